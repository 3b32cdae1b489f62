"""kernel/power/process.c: the freezer, which stops everybody before the machine is suspended.

In 2.6.11 it asks a thread by a false signal: signal_pending() is true, and no signal is there.
"""

from .declare import Versions, process, since, sleeps, until
from .kinds import Int, Task, Void

SOURCE = "kernel/power/process.c"

CONSTANTS = {
    "PF_FREEZE": (
        0x10000,
        "the freezer asks this task to freeze; what refrigerator and try_to_freeze are given",
        Versions("2.6", until="3.3"),
    ),
    "PF_NOFREEZE": (0x8000, "the freezer leaves this task alone", Versions("2.6")),
}


@since("2.6")
def freezing(p: Task) -> Int:
    """Is the freezer waiting for this task?

    Return: not 0 if it is to freeze.
    Here: it is in 2.6.11 too, which spells it current->flags & PF_FREEZE.
    Source: include/linux/sched.h
    """


@since("2.6")
@sleeps
def try_to_freeze(*args) -> Int:
    """If the freezer asks, stay frozen until it lets go; 1 if it was so.

    A request that comes just after it is seen as a signal by the signal_pending() that follows; so ask freezing()
    there, and only then take a signal for SIGKILL.

    Return: 1 if the caller was frozen, 0 if nobody had asked.
    Here: it takes no argument, where 2.6.11's takes PF_FREEZE. The freezer never gives up waiting.
    Source: include/linux/sched.h
    """


@since("2.6")
@until("3.3")
@sleeps
def refrigerator(*args) -> Void:
    """Stay frozen until the freezer lets go.

    For a caller that has found freezing(current) true.  The state is as before when it returns; the false signal is
    gone.

    Here: it takes no argument, where 2.6.11's takes PF_FREEZE. The freezer never gives up waiting.
    Source: kernel/power/process.c, refrigerator()
    """


@since("2.6.23")
@process
def set_freezable() -> Void:
    """Let the freezer freeze the caller.

    Threads of the kernel are left alone unless they ask not to be.

    Source: include/linux/freezer.h
    """


@since("3.3")
@sleeps
def kthread_freezable_should_stop(*args) -> Int:
    """try_to_freeze and kthread_should_stop in one.

    Return: 1 if the thread is to return, 0 if not.
    Source: kernel/kthread.c, kthread_freezable_should_stop()
    """
