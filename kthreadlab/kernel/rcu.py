"""kernel/rcupdate.c: readers whom nobody holds up, and who waits until they have left.

How deep a task reads is known at each node (``rcu`` of `context.Context`); preemption is off meanwhile.  The cell
``gp`` of a task that waits in synchronize_rcu() holds those who read when it came, and still do; whoever leaves takes
himself out, and the last one wakes it.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Preemption, Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branches, at_once, effects_of, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.lang.task_state import ASLEEP_D, TASK_RUNNING

from .sched import fall_asleep, refuse_interrupt
from .spinlock import counted
from .wakeup import D, try_to_wake_up


def readers(m: Plan) -> list[Actor]:
    """Who ever reads."""
    return [a for a in m.actors if a.does(Does.READS)]


def waiters(m: Plan) -> list[Actor]:
    """Who ever waits for readers."""
    return [a for a in m.actors if a.does(Does.AWAITS_READERS)]


@at_once("rcu_read_lock", context=(Preemption(1),), does=(Does.READS,), seen=by_all)
def rcu_read_lock(g: Gen, i: Instr) -> None:
    g.copy()
    by = next(effects_of(i.op).changes(Preemption)).by
    g.ctx = g.ctx._replace(preempt=counted(g, g.ctx.preempt, by), rcu=g.ctx.rcu + 1)
    g.event()


@at_once("rcu_read_unlock", context=(Preemption(-1),), does=(), seen=by_all)
def rcu_read_unlock(g: Gen, i: Instr) -> None:
    """The outermost one: whoever waits for nobody else goes on."""
    g.copy()
    if not g.ctx.rcu:
        g("raise KernelFault('preempt_count')")
    by = next(effects_of(i.op).changes(Preemption)).by
    g.ctx = g.ctx._replace(preempt=counted(g, g.ctx.preempt, by), rcu=max(0, g.ctx.rcu - 1))
    for a in waiters(g.m) if not g.ctx.rcu else ():
        with g.when(f"c[@gp.{a.index}@] and {g.a.index} in c[@gp.{a.index}@]"):
            g(f"c[@!gp.{a.index}@] = tuple(x for x in c[@gp.{a.index}@] if x != {g.a.index}) or 0")
            g(f"if not c[@gp.{a.index}@]:")
            g(f" {try_to_wake_up(a.index, D)}")
    g.event()


def resume_synchronize(g: Gen, i: Instr) -> Branches:
    """Back on a CPU: have they left?"""
    g.copy()

    def again() -> str:
        g(f"{g.to('st')} = {ASLEEP_D}")
        g.event()
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    return [(f"c[{g.cell('gp')}]", again), (None, g.event)] if readers(g.m) else [(None, g.event)]


@operation(
    "synchronize_rcu",
    resume=resume_synchronize,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.AWAITS_READERS,),
    seen=by_all,
)
def synchronize_rcu(g: Gen, i: Instr) -> Branches:
    """Who reads now is waited for; where nobody does, it gives up the CPU all the same."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    g("r = ()")
    inside = g.m.table(lambda n: n.ctx.rcu > 0)
    for a in readers(g.m):
        if a is g.a:
            g(f"r += ({a.index},)" if g.ctx.rcu else "pass")
        else:
            g(f"if {inside}[c[@pc.{a.index}@]]: r += ({a.index},)")
    if readers(g.m):
        g(f"{g.to('gp')} = r or 0")

    def sleep() -> None:
        fall_asleep(g, str(ASLEEP_D))
        g.ctx = g.ctx._replace(off=0)
        g.event()

    def give_way() -> None:
        g(f"{g.to('st')} = {TASK_RUNNING}")
        g.ctx = g.ctx._replace(off=0)
        g.event()

    return [("r", sleep), (None, give_way)]
