"""kernel/power/process.c: the freezer, which lets every task stand still before the machine is suspended.

Up to 2.6.24 a task is asked by a signal that nobody sent: it is woken and signal_pending() says yes, though no signal
is queued.  Later a kernel thread is only woken.  A thread that does not let itself be frozen is left alone.

The cell ``frz`` of a task holds 0, `ASKED`, `HUSHED` (asked, and the signal that nobody sent was flushed) or `FROZEN`;
``able`` whether the freezer may ask at all.
"""

from __future__ import annotations

from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import Branches, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.compile.steps import begin
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_D, DEAD

from .lifetime import meant
from .signals import may_freeze
from .telling import Happened, Told
from .wakeup import S, made_runnable, try_to_wake_up

ASKED, FROZEN, HUSHED = 1, 2, 3


@operation("freezing", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def freezing(g: Gen, i: Instr) -> None:
    g.copy()
    g("r = 0")
    for a, test in meant(g, i):
        if may_freeze(g.m, a):
            g(f"if {test}: r = c[@frz.{a.index}@] & 1")
    g.result("r")
    g.event(result="r")


def thawed(g: Gen, i: Instr) -> Branches:
    """Back from the refrigerator; woken by anything else, the task goes on standing still."""
    g.copy()
    if not may_freeze(g.m, g.a):
        g.result("0")
        g.event(result="0")
        return [(None, lambda: None)]

    def again() -> str:
        g(f"{g.to('st')} = {ASLEEP_D}")
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    def back() -> None:
        if g.m.config.kernel.thaws_running:
            g(f"{g.to('st')} = 0")
        else:
            g(f"{g.to('st')} = c[{g.cell('was')}]; {g.to('was')} = 0")
        g.result("1")
        g.event(result="1")

    return [(f"c[{g.cell('frz')}] == {FROZEN}", again), (None, back)]


def thaws_as(m: Plan, i: Instr) -> State:
    """The state is what it was, or today TASK_RUNNING, if the task stood still at all."""
    return State.UNSURE if m.config.kernel.thaws_running else State.KEPT


def tell_freeze(x: Happened) -> Told:
    """Whether the caller stood still at all."""
    return Told(x.args, Outcome.NO if x.result == 0 and not x.back else Outcome.ANY)


@operation(
    "refrigerator",
    "try_to_freeze",
    resume=thawed,
    describe=tell_freeze,
    sleeps=Sleeps.YIELDS,
    state=thaws_as,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def refrigerator(g: Gen, i: Instr) -> Branches:
    """If the freezer has asked: no signal is pending any more, and the task stands still, in D, till it is let go; its
    state is then as it was."""
    g.copy()

    def walk_on() -> None:
        g.result("0")
        g.returned, g.frees = True, False
        g.event(result="0")

    def stand_still() -> None:
        st = g.cell("st")
        if not g.m.config.kernel.thaws_running:
            g(f"{g.to('was')} = c[{st}]")
        g(f"c[{stored(st)}] = {ASLEEP_D}; {g.to('frz')} = {FROZEN}")
        g.ctx = g.ctx._replace(off=0)
        g.event()

    if not may_freeze(g.m, g.a):
        return [(None, walk_on)]
    return [(f"not c[{g.cell('frz')}] & 1", walk_on), (None, stand_still)]


@operation(
    "set_freezable", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def set_freezable(g: Gen, i: Instr) -> None:
    """The freezer may ask the caller from now on."""
    g.copy()
    if may_freeze(g.m, g.a):
        g(f"{g.to('able')} = 1")
    g.event()


def stands_still(m: Laid, s: Now, task: int) -> bool:
    """Does a task stand still in state *s* because the freezer has asked?"""
    return f"frz.{task}" in m.index and s[m.index[f"frz.{task}"]] == FROZEN


def begins(m: Plan) -> list[str]:
    """The suspend begins: the task is asked, if it may be."""
    a = next(a for a in m.actors if may_freeze(m, a))
    t, kernel = a.index, m.config.kernel
    frz = f"@frz.{t}@"
    return [
        f" if s[@able.{t}@] and s[@st.{t}@] != {DEAD}:",
        f"  c[{stored(frz)}] = {ASKED if kernel.freezer == 'signal' else HUSHED}",
        f"  {try_to_wake_up(t, S, 's')}",
    ]


def ends(m: Plan) -> list[str]:
    """The lines of the choice that the machine comes back: once the task stands still, or need not."""
    a = next(a for a in m.actors if may_freeze(m, a))
    t = a.index
    frz = f"@frz.{t}@"
    return [
        refuse(f"s[{frz}] & 1 and s[@st.{t}@] != {DEAD}", because("stands", who=f"({t},)")),
        begin(),
        f" if s[{frz}] == {FROZEN}:",
        f"  c[{stored(frz)}] = 0",
        f"  if s[@st.{t}@] == {ASLEEP_D}: {made_runnable(t)}",
        f" c[{stored(frz)}] = 0",
    ]
