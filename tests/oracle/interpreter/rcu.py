"""Readers under RCU, and who waits until those that read now have left."""

from __future__ import annotations

from .locks import preempt_disable, preempt_enable
from .run import Run, operation
from .state import RUNNING, UNINTERRUPTIBLE
from .values import KernelFault, Value


@operation("rcu_read_lock")
def rcu_read_lock(run: Run) -> Value:
    run.task.reading += 1
    return preempt_disable(run)


@operation("rcu_read_unlock")
def rcu_read_unlock(run: Run) -> Value:
    me = run.task
    if not me.reading:
        raise KernelFault("preempt_count")
    preempt_enable(run)
    me.reading -= 1
    if not me.reading:
        for other in run.state.tasks:
            if me.number in other.grace:
                other.grace = tuple(n for n in other.grace if n != me.number)
                if not other.grace:
                    run.wake(other, UNINTERRUPTIBLE)
    return 0


@operation("synchronize_rcu")
def synchronize_rcu(run: Run) -> Value:
    me = run.task
    if me.interrupt:
        raise KernelFault("sleep_in_interrupt")
    if run.phase:
        if not me.grace:
            return 0
        run.sleep(UNINTERRUPTIBLE)
        return run.wait("back")
    me.grace = tuple(t.number for t in run.state.tasks if t.reading and not t.done)
    if me.grace:
        run.sleep(UNINTERRUPTIBLE)
    else:
        run.sleep(RUNNING)
    return run.wait("back")
