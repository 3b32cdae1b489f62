"""Threads that are asked to stand still: kthread_park() and its like."""

from __future__ import annotations

from .run import Run, operation
from .state import RUNNING, UNINTERRUPTIBLE
from .values import KernelFault, Value

EBUSY = 16


@operation("kthread_park")
def kthread_park(run: Run, p: Value) -> Value:
    """One whose function has not begun stands still before it: nobody need wait for that."""
    me = run.task
    if me.interrupt:
        raise KernelFault("sleep_in_interrupt")
    if run.phase:
        target = run.state.tasks[p.obj[1]]
        if target.parker == me.number:
            run.sleep(UNINTERRUPTIBLE)
            return run.wait("back")
        return 0
    target = run.task_at(p)
    if not target.kthread:
        raise KernelFault("bad_pointer")
    if target.park:
        return -EBUSY
    target.park = True
    if target.frames and target.frames[-1].call == "#kthread":
        return 0
    target.parker = me.number
    run.wake(target, 3)
    run.sleep(UNINTERRUPTIBLE)
    return run.wait("back")


@operation("kthread_unpark")
def kthread_unpark(run: Run, p: Value) -> Value:
    target = run.task_at(p)
    if target.park and target.parker is None and target.kthread:
        run.wake(target, 3)
    target.park, target.parker = False, None
    return 0


@operation("kthread_should_park")
def kthread_should_park(run: Run) -> Value:
    return int(run.current().park)


def wanted(run: Run) -> bool:
    return run.task.park and not run.task.should_stop


@operation("kthread_parkme")
def kthread_parkme(run: Run) -> Value:
    me = run.task
    if me.interrupt:
        raise KernelFault("sleep_in_interrupt")
    if not wanted(run):
        if run.phase:
            me.park = False
        else:
            me.state = RUNNING
        return 0
    if me.parker is not None:
        waits, me.parker = run.state.tasks[me.parker], None
        run.wake(waits, UNINTERRUPTIBLE)
    run.sleep(UNINTERRUPTIBLE)
    return run.wait("parked")
