"""kernel/sched.c."""

from kthreadlab.lang.api.declare import sleeps
from kthreadlab.lang.api.kinds import Int, Task, Void, WaitQueueHead

SOURCE = "kernel/sched.c"

CONSTANTS = {
    "TASK_RUNNING": (0, ""),
    "TASK_INTERRUPTIBLE": (1, ""),
    "TASK_UNINTERRUPTIBLE": (2, ""),
    "MAX_SCHEDULE_TIMEOUT": (2**63 - 1, ""),
}


@sleeps
def schedule() -> Void:
    """Give up the CPU; off the run queue too, if the state is not TASK_RUNNING."""


@sleeps
def schedule_timeout(n: Int) -> Int:
    """schedule() with a timer; returns what is left, 0 if it expired."""


def set_current_state(n: Int) -> Void:
    """Declare the caller's state, with a memory barrier."""


def __set_current_state(n: Int) -> Void:
    """Declare the caller's state, without a barrier."""


@sleeps
def yield_() -> Void:
    """Stay runnable, let others run."""


@sleeps
def cond_resched() -> Int:
    """Let others run if they should."""


def wake_up_process(p: Task) -> Int:
    """Make a task runnable whatever it waits for; 1 if it was off the run queue."""


def wake_up(q: WaitQueueHead) -> Void:
    """Wake every non-exclusive waiter and one exclusive, asleep in S or D."""


def wake_up_nr(q: WaitQueueHead, n: Int) -> Void:
    """As wake_up, up to n exclusive waiters."""


def wake_up_all(q: WaitQueueHead) -> Void:
    """Wake every waiter."""


def wake_up_interruptible(q: WaitQueueHead) -> Void:
    """Wake every non-exclusive waiter and one exclusive, asleep in S."""


def wake_up_interruptible_nr(q: WaitQueueHead, n: Int) -> Void:
    """As wake_up_interruptible, up to n exclusive waiters."""


def wake_up_interruptible_all(q: WaitQueueHead) -> Void:
    """Wake every waiter asleep in S."""


def wake_up_interruptible_sync(q: WaitQueueHead) -> Void:
    """As wake_up_interruptible; the waker is about to schedule."""


@sleeps
def sleep_on(q: WaitQueueHead) -> Void:
    """racy: sleep in D until woken."""


@sleeps
def interruptible_sleep_on(q: WaitQueueHead) -> Void:
    """racy: sleep in S until woken."""
