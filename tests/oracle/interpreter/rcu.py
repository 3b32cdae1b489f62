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
        for thing in run.state.objects.values():
            if thing.kind == "rcu_head" and me.number in thing.data["grace"]:
                thing.data["grace"] = tuple(n for n in thing.data["grace"] if n != me.number)
    return 0


def who_reads(run: Run) -> tuple[int, ...]:
    return tuple(t.number for t in run.state.tasks if t.reading and not t.done)


@operation("call_rcu")
def call_rcu(run: Run, head: Value, function: Value) -> Value:
    thing = run.thing(head, "rcu_head")
    if thing.data["pending"]:
        raise KernelFault("corrupted_list")
    thing.data.update(function=function, arg=head, pending=True, grace=who_reads(run))
    run.state.publish(head)
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
    me.grace = who_reads(run)
    if me.grace:
        run.sleep(UNINTERRUPTIBLE)
    else:
        run.sleep(RUNNING)
    return run.wait("back")


def under_way(run: Run) -> bool:
    heads = {address for address, thing in run.state.objects.items() if thing.kind == "rcu_head"}
    pending = any(run.state.objects[address].data["pending"] for address in heads)
    return pending or any(t.kind == "softirq" and t.site in heads and not t.done for t in run.state.tasks)


@operation("rcu_barrier")
def rcu_barrier(run: Run) -> Value:
    if run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")
    if run.phase and not under_way(run):
        return 0
    run.sleep(UNINTERRUPTIBLE if under_way(run) else RUNNING)
    return run.wait("back")


def callback_over(run: Run) -> None:
    """Whoever waits for all functions of rcu_heads looks again."""
    thing = run.state.objects.get(run.task.site) if run.task.kind == "softirq" else None
    if run.task.kind == "softirq" and (thing is None or thing.kind == "rcu_head"):
        for other in run.state.tasks:
            if other.frames and other.frames[-1].call == "rcu_barrier":
                run.wake(other, UNINTERRUPTIBLE)
