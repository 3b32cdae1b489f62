"""kernel/kthread.c."""

from kthreadlab.lang.api.declare import process, sleeps
from kthreadlab.lang.api.kinds import Argument, Function, Int, Task, Text, Void

SOURCE = "kernel/kthread.c"


@sleeps
def kthread_create(fn: Function, arg: Argument, text: Text, *args) -> Task:
    """Make a thread that waits to be woken; ERR_PTR(-ENOMEM) if there is none."""


@sleeps
def kthread_run(fn: Function, arg: Argument, text: Text, *args) -> Task:
    """kthread_create and wake_up_process."""


@process
def kthread_bind(p: Task, n: Int) -> Void:
    """Tie a thread that has not run to one CPU."""


def kthread_should_stop() -> Int:
    """Has kthread_stop been called for the caller?"""


@sleeps
def kthread_stop(p: Task) -> Int:
    """Ask a thread to stop, wake it, wait for its end; what its function returned."""
