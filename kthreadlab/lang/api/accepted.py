"""What asks for no more than speed, or for a place in the queue: accepted without effect."""

from .declare import accepted, process, since, until
from .kinds import AnyPointer, Int, Long, Task, Void

SOURCE = "include/asm/processor.h"

CONSTANTS = {
    "SCHED_NORMAL": (0, "the policy of who shares the CPU with others"),
    "SCHED_FIFO": (1, "a real-time policy: whoever has it runs until it sleeps"),
    "SCHED_RR": (2, "a real-time policy: in turns with others of the same priority"),
}


@accepted
def cpu_relax() -> Void:
    """What a loop calls that waits for another CPU.

    It tells the CPU that it need not hurry; nobody else gets it meanwhile.

    Here: accepted without effect: there is no CPU that could hurry.
    Example: cpu_relax()
    Story: {who} tells its CPU that it need not hurry.
    """


@accepted
def prefetch(x: AnyPointer) -> Void:
    """Have memory brought near that will be read soon.

    The address may be a wrong one: nothing is read.

    Here: accepted without effect: there is no cache.
    Source: include/linux/prefetch.h
    Example: prefetch(text)
    Story: {who} has {a} brought near.
    """


@since("2.6")
@accepted
@process
def set_user_nice(p: Task, nice: Long) -> Void:
    """How much of the CPU a task is to get: from -20, which is most, to 19.

    Here: accepted without effect: the run queue has no priorities.
    Source: kernel/sched.c, set_user_nice()
    Example: set_user_nice(current, 5)
    Story: {who} calls {op} on {a}, with {b}.
    """


@since("2.6.19")
@until("5.9")
@accepted
@process
def sched_setscheduler(p: Task, policy: Int, param: AnyPointer) -> Int:
    """Give a task a policy, as SCHED_FIFO, and the priority that a struct holds.

    Return: 0, or a negative errno.
    Here: accepted without effect: the run queue has no priorities.
    Source: kernel/sched.c, sched_setscheduler()
    Example: r = sched_setscheduler(current, SCHED_FIFO, text) gives 0
    Story: {who} gives {a} the policy {b}.
    """


@since("5.9")
@accepted
@process
def sched_set_fifo(p: Task) -> Void:
    """Give a task the policy SCHED_FIFO.

    Here: accepted without effect: the run queue has no priorities.
    Source: kernel/sched/core.c, sched_set_fifo()
    Example: sched_set_fifo(current)
    Story: {who} gives {a} the policy SCHED_FIFO.
    """
