"""kernel/softirq.c: tasklets, functions that a bottom half runs soon."""

from .declare import declares, process, since, sleeps, tag
from .kinds import Argument, Tasklet, TaskletCallback, TaskletFunction, Void

SOURCE = "kernel/softirq.c"


@declares
def DECLARE_TASKLET() -> Tasklet:
    """A tasklet with its function and what that is given.

    Use: tasklet = DECLARE_TASKLET(handler, 0)
    Versions: 6.12: with its function alone, which is given the tasklet.
    Source: include/linux/interrupt.h
    """


@declares
def DECLARE_TASKLET_DISABLED() -> Tasklet:
    """A tasklet that is disabled: scheduled, it runs once somebody has enabled it.

    Use: tasklet = DECLARE_TASKLET_DISABLED(handler, 0)
    Versions: 6.12: with its function alone, which is given the tasklet.
    Source: include/linux/interrupt.h
    """


@tag
def tasklet_struct() -> Tasklet:
    """A tasklet that nothing has initialised yet; tasklet_init does.

    Source: include/linux/interrupt.h
    """


def tasklet_init(t: Tasklet, func: TaskletFunction, data: Argument) -> Void:
    """Make it ready, with its function and what that is given.

    Source: kernel/softirq.c, tasklet_init()
    Example: tasklet_init(soft, fired, 3); tasklet_schedule(soft)
    """


@since("5.9")
def tasklet_setup(t: Tasklet, callback: TaskletCallback) -> Void:
    """Make it ready, with its function, which is given the tasklet.

    Source: kernel/softirq.c, tasklet_setup()
    Example: tasklet_setup(soft, fired); tasklet_schedule(soft)
    """


def tasklet_schedule(t: Tasklet) -> Void:
    """Have its function run soon in a bottom half, once.

    One that is scheduled already is not scheduled again; scheduled from its own function, it runs again.  The function
    must not sleep, and never runs twice at once.

    Here: it may run on any CPU, where Linux takes the one that scheduled it.  A tasklet that nothing has initialised is
    a fault at once.
    Source: include/linux/interrupt.h
    Example: tasklet_init(soft, fired, 3); tasklet_schedule(soft)
    """


def tasklet_hi_schedule(t: Tasklet) -> Void:
    """As tasklet_schedule, before all other bottom halves.

    Here: no bottom half comes before another.
    Source: include/linux/interrupt.h
    Example: tasklet_init(soft, fired, 3); tasklet_hi_schedule(soft)
    """


def tasklet_disable_nosync(t: Tasklet) -> Void:
    """Let it not begin until tasklet_enable has been called as often.

    Its function may be running on another CPU when this returns, and goes on.

    Source: include/linux/interrupt.h
    Example: tasklet_init(soft, fired, 3); tasklet_disable_nosync(soft); tasklet_enable(soft)
    """


@process
def tasklet_disable(t: Tasklet) -> Void:
    """Let it not begin until tasklet_enable has been called as often, and wait for its function if that runs.

    The function must not wait for a lock that the caller holds.

    Source: include/linux/interrupt.h
    Example: tasklet_init(soft, fired, 3); tasklet_disable(soft); tasklet_enable(soft)
    """


def tasklet_enable(t: Tasklet) -> Void:
    """Undo one tasklet_disable: with the last one, a tasklet that is scheduled may run.

    Source: include/linux/interrupt.h
    Example: tasklet_init(soft, fired, 3); tasklet_disable(soft); tasklet_enable(soft)
    """


@process
def tasklet_unlock_wait(t: Tasklet) -> Void:
    """Wait for its function if that runs now.

    Source: include/linux/interrupt.h
    Example: tasklet_init(soft, fired, 3); tasklet_unlock_wait(soft)
    """


@sleeps
def tasklet_kill(t: Tasklet) -> Void:
    """Wait until it is neither scheduled nor runs; nobody may schedule it any more.

    One that is disabled while it is scheduled is waited for in vain, and so is one that schedules itself for ever on
    the CPU of who waits.

    Source: kernel/softirq.c, tasklet_kill()
    Example: tasklet_init(soft, fired, 3); tasklet_kill(soft)
    """
