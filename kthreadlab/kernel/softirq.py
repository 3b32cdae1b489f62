"""kernel/softirq.c: tasklets.

A tasklet is a timer (`timer`) whose time is up at once: its function runs as a frame, never twice at once.  Its cell is
``(function, data, disabled)``; in the cell ``tp`` is `PENDING` what Linux calls TASKLET_STATE_SCHED, and `CLAIMED`
where tasklet_kill() has taken that for itself, so that nobody can schedule it.
"""

from __future__ import annotations

from kthreadlab.compile.calls import Calls, macro
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Arms, Does, Sleeps, State, Waits, by_all, by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.lower import Lower, declares
from kthreadlab.compile.ops import Branches, operation, takes_object
from kthreadlab.compile.refusal import because
from kthreadlab.compile.statics import Declared, Fresh, Statics, fresh, settled
from kthreadlab.compile.values import LowerError, Obj, Val
from kthreadlab.lang import ir
from kthreadlab.lang.outcome import Outcome

from .sched import refuse_interrupt
from .telling import Happened, Told
from .timer import PENDING, TORN, cells, forget_list, function_of, require_ready, running, timers

CLAIMED = 4
DISABLED = "DECLARE_TASKLET_DISABLED"


@fresh("tasklet")
def fresh_tasklet(statics: Statics, decl: Declared) -> Fresh:
    """A tasklet with its function; since 5.9 that is given the tasklet itself."""
    words = ("func", "data")[: 1 if statics.profile.timer_words == 1 else 2]
    if decl.args and len(decl.args) != len(words):
        few = "few" if len(decl.args) < len(words) else "many"
        right = f"{decl.make}({', '.join(words)})"
        raise LowerError(f"too {few} arguments to {decl.make}", decl.pos, f"in this version: {right}")
    data = decl.args[1] if len(decl.args) > 1 else None
    value = data.value if isinstance(data, ir.Const) else 0
    return Fresh((function_of(decl), value, int(decl.make == DISABLED)), size=int(len(decl.args) == 1))


@settled("tasklet")
def settle_tasklet(statics: Statics, static: ir.Static, tasklet: Obj) -> None:
    """A tasklet whose function is given an object."""
    data = static.args[1] if len(static.args) > 1 else None
    function, given, disabled = tasklet.init
    if isinstance(data, ir.Name) and data.name in statics.objects:
        given = statics.objects[data.name]
    elif len(static.args) == 1:
        given = tasklet
    tasklet.init = (function, given, disabled)


@declares("tasklet")
def declare_tasklet(low: Lower, decl: ir.Declare, obj: Obj) -> None:
    """A tasklet on the stack."""
    data = [low.address(obj) if len(decl.args) == 1 else low.value(decl.args[1])] if decl.args else []
    args, disabled = (low.address(obj), *data), int(decl.make == DISABLED)
    low.op("tasklet_declare", args, decl.pos, silent=True, function=function_of(decl), disabled=disabled)


@operation(
    "tasklet_declare", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody
)
def tasklet_declare(g: Gen, i: Instr) -> None:
    """It comes to life."""
    g.copy()
    obj, function = i.named, i.info["function"]
    forget_list(g, f"c[@tp.{obj.key}@]")
    ready = "None" if function is None else g.m.constants.ref(function)
    g(f"c[@!{obj.key}@] = ({ready}, {g.src(i.args[1]) if len(i.args) > 1 else 0}, {i.info['disabled']})")


@operation(
    "tasklet_init",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Arms(1, 2), Does.INITIALISES),
    seen=by_all,
)
@operation(
    "tasklet_setup",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Arms(1, None), Does.INITIALISES),
    seen=by_all,
)
def tasklet_init(g: Gen, i: Instr) -> None:
    """Ready, enabled, not scheduled."""
    g.copy()
    _, cell, pending, name = cells(g, i)
    forget_list(g, pending)
    function = g.m.constants.ref(i.args[1])
    g(f"{stored(cell)} = ({function}, {g.src(i.args[2 if len(i.args) > 2 else 0])}, 0)")
    g.event(name, function)


def tell_whether(x: Happened) -> Told:
    """Whether it makes a difference."""
    return Told(x.args, Outcome.YES if x.result else Outcome.NO)


@operation(
    "tasklet_schedule",
    "tasklet_hi_schedule",
    describe=tell_whether,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def tasklet_schedule(g: Gen, i: Instr) -> None:
    """Scheduled, unless it is so already, or somebody kills it."""
    g.copy()
    _, cell, pending, name = cells(g, i)
    require_ready(g, cell)
    g(f"r = int(not {pending} & {PENDING | CLAIMED}); {stored(pending)} |= r")
    g.event(name, result="r")


@operation(
    "tasklet_disable_nosync",
    "tasklet_enable",
    describe=tell_whether,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def tasklet_enable(g: Gen, i: Instr) -> None:
    """One more, or one less, who wants it not to run."""
    g.copy()
    _, cell, _, name = cells(g, i)
    require_ready(g, cell)
    change = "- 1" if i.op == "tasklet_enable" else "+ 1"
    g(f"r = {cell}[2] {change}")
    g("if not 0 <= r < 16: raise KernelFault('bug')")
    g(f"{stored(cell)} = (*{cell}[:2], r)")
    g.event(name, result="r")


@operation(
    "tasklet_unlock_wait",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.TURNS,),
    seen=by_all,
)
def tasklet_unlock_wait(g: Gen, i: Instr) -> None:
    """Turn in a loop while the function runs; with one CPU it cannot."""
    obj = i.named
    if g.a.kind == "irq":
        g.m.hooks.forbidden(g, "interrupt")
    if g.m.config.is_smp:
        actors = timers(g.m).get(obj, [])
        on = "".join(f"*({a.index},) * (s[@pc.{a.index}@] != {g.m.special_number(a, 'idle')}), " for a in actors)
        g.m.cpus.spin(g, running(g.m, obj), because("busy", who=f"({on})"))
    g.copy()
    _, _, _, name = cells(g, i)
    g.event(name)


@macro("tasklet_disable")
def disable(low: Calls, e: ir.Call) -> Val:
    """It begins no more, and does not run."""
    operands = tuple(low.operands(e))
    low.op("tasklet_disable_nosync", operands, e.pos)
    low.op("tasklet_unlock_wait", operands, e.pos)
    return low.const(0)


@macro("tasklet_kill")
def kill(low: Calls, e: ir.Call) -> Val:
    """It is waited for, and nobody can schedule it meanwhile."""
    operands = tuple(low.operands(e))
    for op in ("tasklet_claim", "tasklet_unlock_wait", "tasklet_unclaim"):
        low.op(op, operands, e.pos)
    return low.const(0)


def resume_claim(g: Gen, i: Instr) -> None:
    """It is not scheduled, and will not be."""
    obj = i.named
    who = "".join(f"{a.index}, " for a in timers(g.m).get(obj, []))
    g.guard(f"s[@tp.{obj.key}@] & {PENDING | CLAIMED}", because("busy", who=f"({who})"))
    g.copy()
    _, _, pending, name = cells(g, i)
    g(f"{stored(pending)} |= {CLAIMED}")
    g.event(name)


@operation(
    "tasklet_claim",
    resume=resume_claim,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Waits("tasklet"),),
    seen=by_all,
)
def tasklet_claim(g: Gen, i: Instr) -> Branches:
    """Give up the CPU again and again until it is not scheduled."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    _, _, _, name = cells(g, i)
    g(f"{g.to('st')} = 0")
    g.ctx = g.ctx._replace(off=0)
    g.event(name)
    return None


@operation(
    "tasklet_unclaim", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def tasklet_unclaim(g: Gen, i: Instr) -> None:
    """Whoever schedules it now has it run."""
    g.copy()
    _, _, pending, name = cells(g, i)
    g(f"{stored(pending)} &= {TORN}")
    g.event(name)


for _op in ("tasklet_claim", "tasklet_unclaim"):
    takes_object(_op, "tasklet")
