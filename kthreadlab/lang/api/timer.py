"""kernel/timer.c."""

from kthreadlab.lang.api.declare import declares, process
from kthreadlab.lang.api.kinds import Argument, Function, Int, Timer, Void

SOURCE = "kernel/timer.c"

CONSTANTS = {
    "HZ": (1000, ""),
}


@declares
def DEFINE_TIMER() -> Timer:
    """DEFINE_TIMER."""


@declares
def TIMER_INITIALIZER() -> Timer:
    """TIMER_INITIALIZER."""


@declares
def timer_list() -> Timer:
    """timer_list."""


def init_timer(timer: Timer) -> Void:
    """Make it ready, not pending."""


def setup_timer(timer: Timer, fn: Function, arg: Argument) -> Void:
    """Make it ready, with its function and that function's argument."""


def timer_setup(timer: Timer, fn: Function, n: Int) -> Void:
    """Make it ready, with its function, which is given the timer."""


def add_timer(timer: Timer) -> Void:
    """Start it: its function is to run in a bottom half, once."""


def mod_timer(timer: Timer, n: Int) -> Int:
    """Start it, or put off its expiry; 1 if it was pending."""


def del_timer(timer: Timer) -> Int:
    """Stop it; 1 if it was pending."""


@process
def del_timer_sync(timer: Timer) -> Int:
    """Stop it, and wait for its function if that runs now; 1 if it was pending."""


def timer_pending(timer: Timer) -> Int:
    """Is it started and not yet run?"""
