"""kernel/sched.c."""

from kthreadlab.lang.api.declare import declares, process, sleeps
from kthreadlab.lang.api.kinds import Completion, Int, Void

SOURCE = "kernel/sched.c"


@declares
def DECLARE_COMPLETION() -> Completion:
    """DECLARE_COMPLETION."""


def init_completion(x: Completion) -> Void:
    """Make it not done."""


def complete(x: Completion) -> Void:
    """Let one waiter go on, now or later."""


def complete_all(x: Completion) -> Void:
    """Let every waiter go on, now and later."""


@process
def complete_and_exit(x: Completion, n: Int) -> Void:
    """complete, and end the caller."""


@sleeps
def wait_for_completion(x: Completion) -> Void:
    """Sleep in D until it is done."""


@sleeps
def wait_for_completion_timeout(x: Completion, n: Int) -> Int:
    """The same with a timer; 0 if it expired."""


@sleeps
def wait_for_completion_interruptible(x: Completion) -> Int:
    """Sleep in S until it is done (0) or a signal comes."""


def try_wait_for_completion(x: Completion) -> Int:
    """Take it if it is done; 1 if taken."""


def completion_done(x: Completion) -> Int:
    """Would nobody have to wait?"""
