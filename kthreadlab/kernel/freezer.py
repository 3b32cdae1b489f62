"""kernel/power/process.c: the freezer, which lets every task stand still before the machine is suspended.

Up to 2.6.24 a task is asked by a signal that nobody sent: it is woken and signal_pending() says yes, though no signal
is queued.  Later a kernel thread is only woken.  A thread that does not let itself be frozen is left alone.

The cell ``frz`` of a task holds 0, `ASKED`, `HUSHED` (asked, and the signal that nobody sent was flushed) or `FROZEN`;
``able`` whether the freezer may ask at all.
"""

from __future__ import annotations

from kthreadlab.compile.effects import Sleeps, State, by_all
from kthreadlab.compile.ops import operation

from .frames import give_up_cpu
from .lifetime import meant
from .signals import may_freeze

ASKED, FROZEN, HUSHED = 1, 2, 3


@operation("freezing", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def freezing(g, i) -> None:
    g.copy()
    g("r = 0")
    for a, test in meant(g, i):
        if may_freeze(g.m, a):
            g(f"if {test}: r = c[@frz.{a.index}@] & 1")
    g.result("r")
    g.event(result="r")


def thawed(g, i) -> list:
    """Back from the refrigerator; woken by anything else, the task goes on standing still."""
    g.copy()
    if not may_freeze(g.m, g.a):
        g.result("0")
        g.event(result="0")
        return [(None, lambda: None)]

    def again() -> str:
        g(f"c[{g.cell('st')}] = 6")
        give_up_cpu(g)
        g("return tuple(c)")
        return "stop"

    def back() -> None:
        if g.m.config.kernel.thaws_running:
            g(f"c[{g.cell('st')}] = 0")
        else:
            g(f"c[{g.cell('st')}] = c[{g.cell('was')}]; c[{g.cell('was')}] = 0")
        g.result("1")
        g.event(result="1")

    return [(f"c[{g.cell('frz')}] == {FROZEN}", again), (None, back)]


def thaws_as(m, i) -> State:
    """The state is what it was, or today TASK_RUNNING, if the task stood still at all."""
    return State.UNSURE if m.config.kernel.thaws_running else State.KEPT


@operation(
    "refrigerator",
    "try_to_freeze",
    resume=thawed,
    sleeps=Sleeps.YIELDS,
    state=thaws_as,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def refrigerator(g, i) -> list:
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
            g(f"c[{g.cell('was')}] = c[{st}]")
        g(f"c[{st}] = 6; c[{g.cell('frz')}] = {FROZEN}")
        g.ctx = g.ctx._replace(off=0)
        g.event()

    if not may_freeze(g.m, g.a):
        return [(None, walk_on)]
    return [(f"not c[{g.cell('frz')}] & 1", walk_on), (None, stand_still)]


@operation(
    "set_freezable", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def set_freezable(g, i) -> None:
    """The freezer may ask the caller from now on."""
    g.copy()
    if may_freeze(g.m, g.a):
        g(f"c[{g.cell('able')}] = 1")
    g.event()


def stands_still(m, s: tuple, task: int) -> bool:
    """Does a task stand still in state *s* because the freezer has asked?"""
    return f"frz.{task}" in m.index and s[m.index[f"frz.{task}"]] == FROZEN


def begins(m) -> list[str]:
    """The suspend begins: the task is asked, if it may be."""
    a = next(a for a in m.actors if may_freeze(m, a))
    t, kernel = a.index, m.config.kernel
    st, frz = f"@st.{t}@", f"@frz.{t}@"
    return [
        f" if s[@able.{t}@] and s[{st}] != 8:",
        f"  c[{frz}] = {ASKED if kernel.freezer == 'signal' else HUSHED}",
        f"  if s[{st}] & 1: c[{st}] = 0",
    ]


def ends(m) -> list[str]:
    """The lines of the choice that the machine comes back: once the task stands still, or need not."""
    a = next(a for a in m.actors if may_freeze(m, a))
    t = a.index
    st, frz = f"@st.{t}@", f"@frz.{t}@"
    return [
        f" if s[{frz}] & 1 and s[{st}] != 8: return None",
        " c = list(s)",
        f" if s[{frz}] == {FROZEN}:",
        f"  c[{frz}] = 0",
        f"  if s[{st}] == 6: c[{st}] = 0",
        f" c[{frz}] = 0",
    ]
