"""kernel/timer.c, include/linux/delay.h: sleeps that declare their state themselves, and pauses that are none.

The cell ``tmo`` is that of schedule_timeout(): what these calls are made of.
"""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, by_all, by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branch, Branches, at_once, operation
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import OFF, asleep, declared

from .jiffies import hertz
from .sched import MAX_TIMEOUT, declared_state, fall_asleep, pending, refuse_interrupt
from .telling import Happened, Told
from .wakeup import D, S


@dataclass(frozen=True)
class Nap:
    """A sleep in *state*; *again*: who is woken before the time is up goes back to sleep, unless a signal ends it."""

    state: int
    again: bool


NAPS = {
    "schedule_timeout_interruptible": Nap(S, False),
    "schedule_timeout_uninterruptible": Nap(D, False),
    "msleep": Nap(D, True),
    "ssleep": Nap(D, True),
    "usleep_range": Nap(D, True),
    "msleep_interruptible": Nap(S, True),
}


def milliseconds(g: Gen) -> int:
    """How many of them a jiffy is."""
    return 1_000 // hertz(g.m.config.kernel)


def tell_nap(x: Happened) -> Told:
    """Whether it sleeps, and what ended that."""
    now = x.becomes(x.actor.index)
    if asleep(now):
        return Told(x.operands, Outcome.AGAIN if x.back else Outcome.SLEEPS, {"state": declared(now)})
    if x.back:
        return Told((), Outcome.EXPIRED if not x.result else Outcome.WOKEN)
    return Told(x.operands, Outcome.WRONG if x.result == 0 else Outcome.SIGNAL)


def signal_for(g: Gen, nap: Nap) -> str:
    """The test whether a signal ends it; "0" where none can."""
    return pending(g) if nap.state == S else "0"


def wake_with(g: Gen, result: str, at_once: bool = False) -> None:
    """The call is over; *at_once*: nobody slept."""
    if at_once:
        if declared_state(g.a):
            g(f"{g.to('st')} = 0")
        g.returned, g.frees = True, False
    g(f"r = {result}")
    g.result("r")
    g.event(*(["t"] if at_once else []), result="r")


def resume_nap(g: Gen, i: Instr) -> Branches:
    """The time is up, or something woke the caller before."""
    g.copy()
    nap, tmo = NAPS[i.op], f"c[{g.cell('tmo')}]"
    g(f"n = {tmo}")

    def over(result: str) -> None:
        g(f"{stored(tmo)} = 0")
        wake_with(g, result)

    def sleep_on() -> str:
        g(f"{g.to('st')} = {nap.state + OFF}")
        g.event()
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    if not nap.again:
        return [(None, lambda: over(f"{g.m.constants.ref((1, 1, 0, MAX_TIMEOUT))}[n]"))]
    ways: list[Branch] = [("n == 2", lambda: over("0"))]
    signal = signal_for(g, nap)
    if signal != "0":
        ways.append((signal, lambda: over(str(milliseconds(g)))))
    return [*ways, (None, sleep_on)]


@operation(
    *NAPS,
    resume=resume_nap,
    describe=tell_nap,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.SWITCHES, Does.TIMED),
    seen=by_all,
)
def nap(g: Gen, i: Instr) -> Branches:
    """Off the run queue in a state of its own, whatever was declared before."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    kind = NAPS[i.op]
    g(f"t = {g.src(i.args[0])}")

    def sleep() -> None:
        fall_asleep(g, str(kind.state + OFF))
        forever = "" if kind.again else f"3 if t == {g.m.constants.ref(MAX_TIMEOUT)} else "
        g(f"{g.to('tmo')} = {forever}1")
        g.ctx = g.ctx._replace(off=0)
        g.event("t")

    def awake() -> None:
        """With a signal pending schedule() only yields: a turn of it has passed, or none."""
        if kind.again:
            ticks = f"(((t & 0xFFFFFFFF) * {hertz(g.m.config.kernel)} + 999) // 1000 + 1)"
            wake_with(g, f"{ticks} * {milliseconds(g)}", at_once=True)
        else:
            g(f"{g.to('st')} = 0; {g.to('tmo')} = 0")
            g.ctx = g.ctx._replace(off=0)
            g.event("t", result="1")

    ways: list[Branch] = [] if kind.again else [("t < 0", lambda: wake_with(g, "0", at_once=True))]
    signal = signal_for(g, kind)
    if signal != "0":
        ways.append((signal, awake))
    return [*ways, (None, sleep)]


@at_once("udelay", "ndelay", "mdelay", context=(), does=(), seen=by_nobody)
def delay(g: Gen, i: Instr) -> None:
    """There is no time that could pass."""
    g.copy()
    g.event(g.src(i.args[0]))
