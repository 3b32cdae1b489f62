"""kernel/rcupdate.c: readers whom nobody holds up, and who waits until they have left.

How deep a task reads is known at each node (``rcu`` of `context.Context`); preemption is off meanwhile.  The cell
``gp`` of a task that waits in synchronize_rcu() holds those who read when it came, and still do; whoever leaves takes
himself out, and the last one wakes it.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Arms, Does, Preemption, Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branches, at_once, effects_of, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh
from kthreadlab.lang.task_state import ASLEEP_D, TASK_RUNNING

from .sched import fall_asleep, refuse_interrupt
from .spinlock import counted
from .timer import PENDING, cells, timers
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
    for key in heads(g.m) if not g.ctx.rcu else ():
        with g.when(f"c[@{key}@] and c[@{key}@][2] and {g.a.index} in c[@{key}@][2]"):
            g(f"x = c[@{key}@]; c[@!{key}@] = (*x[:2], tuple(y for y in x[2] if y != {g.a.index}) or 0)")
    g.event()


def waits(test: str, g: Gen) -> Branches:
    """Asleep in D where *test* holds; else the caller gives up its CPU, and that is all."""

    def sleep() -> None:
        fall_asleep(g, str(ASLEEP_D))
        g.ctx = g.ctx._replace(off=0)
        g.event()

    def give_way() -> None:
        g(f"{g.to('st')} = {TASK_RUNNING}")
        g.ctx = g.ctx._replace(off=0)
        g.event()

    return [(test, sleep), (None, give_way)]


def looks_again(test: str, g: Gen) -> Branches:
    """Back on a CPU: is *test* still so?"""

    def again() -> str:
        g(f"{g.to('st')} = {ASLEEP_D}")
        g.event()
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    return [(test, again), (None, g.event)]


def resume_synchronize(g: Gen, i: Instr) -> Branches:
    """Back on a CPU: have they left?"""
    g.copy()

    return looks_again(f"c[{g.cell('gp')}]", g) if readers(g.m) else [(None, g.event)]


SIZES["rcu_head"] = 16


@fresh("rcu_head")
def fresh_head(statics: Statics, decl: Declared) -> Fresh:
    """It has no function until call_rcu() gives it one."""
    return Fresh((None, 0, 0))


def heads(m: Plan) -> list[str]:
    """The rcu_heads with a function."""
    return [obj.key for obj in timers(m) if obj.kind == "rcu_head"]


def reading(g: Gen) -> None:
    """Who reads now, in ``r``."""
    g("r = ()")
    inside = g.m.table(lambda n: n.ctx.rcu > 0)
    for a in readers(g.m):
        if a is g.a:
            g(f"r += ({a.index},)" if g.ctx.rcu else "pass")
        else:
            g(f"if {inside}[c[@pc.{a.index}@]]: r += ({a.index},)")


@at_once("call_rcu", context=(), does=(Arms(1, None), Does.INITIALISES), seen=by_all)
def call_rcu(g: Gen, i: Instr) -> None:
    """The function is called when those who read now have left."""
    g.copy()
    obj, cell, pending, name = cells(g, i)
    g(f"if {pending} & {PENDING}: raise KernelFault('corrupted_list', 'this rcu_head waits for its function already')")
    reading(g)
    function = g.m.constants.ref(i.args[1])
    g(f"{stored(cell)} = ({function}, @{obj.key}@, r or 0); {stored(pending)} = {PENDING}")
    g.event(name, function)


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
    reading(g)
    if readers(g.m):
        g(f"{g.to('gp')} = r or 0")

    return waits("r", g)


def under_way(g: Gen) -> str:
    """An expression over ``c``: is there a function that call_rcu() was given and that has not returned?"""
    tests = []
    for obj, actors in timers(g.m).items():
        if obj.kind == "rcu_head":
            tests.append(f"c[@tp.{obj.key}@] & {PENDING}")
            tests += [f"c[@pc.{a.index}@] != {g.m.special_number(a, 'idle')}" for a in actors]
    return " or ".join(tests) or "0"


def returned(g: Gen) -> None:
    """The function of an rcu_head has returned: whoever waits for all of them looks again."""
    if g.a.timer is not None and g.a.timer.kind == "rcu_head":
        for a in g.m.actors:
            if a.does(Does.AWAITS_CALLBACKS):
                g(try_to_wake_up(a.index, D))


def resume_barrier(g: Gen, i: Instr) -> Branches:
    """Back on a CPU: has everything been called?"""
    g.copy()
    return looks_again(under_way(g), g)


@operation(
    "rcu_barrier",
    resume=resume_barrier,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.AWAITS_CALLBACKS,),
    seen=by_all,
)
def rcu_barrier(g: Gen, i: Instr) -> Branches:
    """Differs from Linux: what is given to call_rcu() meanwhile is waited for, too."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    return waits(under_way(g), g)
