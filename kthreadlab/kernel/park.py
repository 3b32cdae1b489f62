"""kernel/kthread.c: threads that are asked to stand still for a while.

A thread of kthread_create()'s has a cell ``park``: 0; 1, it has been asked to stand still, and does; or the number of
the task that has asked for it and waits, plus 2.  Differs from Linux: it stands in D, so that a wake-up finds it, in
vain, and not in TASK_PARKED.
"""

from __future__ import annotations

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branch, Branches, at_once, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.values import TASK
from kthreadlab.lang.errno import EBUSY
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_D

from .lifetime import stops
from .sched import fall_asleep, refuse_interrupt
from .telling import Happened, Told
from .wakeup import made_runnable, try_to_wake_up

PARKED, WAITS = 1, 2


def parks(m: Plan) -> bool:
    """Does anybody ever call kthread_park()?"""
    return any(a.does(Does.PARKS) for a in m.actors)


def wanted_parked(g: Gen, at: str = "c") -> str:
    """An expression: is the caller to stand still?"""
    if not (g.a.kthread and parks(g.m)):
        return "0"
    stop = f" and not {at}[{g.cell('stop')}]" if stops(g.m) else ""
    return f"{at}[{g.cell('park')}]{stop}"


def back_to_sleep(g: Gen, *operands: str) -> str:
    """Woken for nothing: back to sleep in D."""
    g(f"{g.to('st')} = {ASLEEP_D}")
    g.event(*operands)
    g.m.cpus.give_up(g)
    g.done()
    return "stop"


def before_first(g: Gen) -> list[Branch]:
    """A thread whose function has not begun stands still before that."""
    wanted = wanted_parked(g)
    return [] if wanted == "0" else [(wanted, lambda: back_to_sleep(g))]


def tell_park(x: Happened) -> Told:
    """Whether the caller waits."""
    return Told(x.args, Outcome.ANY if x.back or x.result is not None else Outcome.SLEEPS)


def asked(g: Gen) -> None:
    """A thread of kthread_create()'s is asked to stand still: ``r`` is what its caller is told at once, if that is not
    None."""
    m = g.m
    numbers = [a.index for a in m.actors if a.kthread]
    g("_task(c, t)")
    g(f"if t not in ({''.join(f'{TASK + k}, ' for k in numbers)}): _no_kthread(t)")
    for k in numbers:
        with g.when(f"t == {TASK + k}"):
            g(f"if c[@park.{k}@]: r = {-EBUSY}")
            g(f"elif c[@pc.{k}@] == _first{k}: r = 0; c[@!park.{k}@] = {PARKED}")
            g("else:")
            g(f" c[@!park.{k}@] = {g.a.index + WAITS}")
            g(f" {try_to_wake_up(k)}")


def resume_park(g: Gen, i: Instr) -> Branches:
    """Back on a CPU: does it stand still?"""
    g.copy()
    g(f"t = {g.src(i.args[0])}")
    mine = g.a.index + WAITS
    stands = " or ".join(f"t == {TASK + a.index} and c[@park.{a.index}@] != {mine}" for a in g.m.actors if a.kthread)

    def done() -> None:
        g.result("0")
        g.event("t", result="0")

    return [(stands or "1", done), (None, lambda: back_to_sleep(g, "t"))]


@operation(
    "kthread_park",
    resume=resume_park,
    describe=tell_park,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.PARKS, Does.LOOKS_AGAIN),
    seen=by_all,
)
def kthread_park(g: Gen, i: Instr) -> Branches:
    """Ask it, wake it, and sleep in D until it stands still."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    g(f"t = {g.src(i.args[0])}; r = None")
    asked(g)

    def at_once_() -> None:
        g.result("r")
        g.returned, g.frees = True, False
        g.event("t", result="r")

    def sleep() -> None:
        fall_asleep(g, str(ASLEEP_D))
        g.ctx = g.ctx._replace(off=0)
        g.event("t")

    return [("r is not None", at_once_), (None, sleep)]


@at_once("kthread_unpark", context=(), does=(), seen=by_all)
def kthread_unpark(g: Gen, i: Instr) -> None:
    """Nobody wants it to stand still any more."""
    g.copy()
    g(f"t = {g.src(i.args[0])}")
    g("_task(c, t)")
    for k in (a.index for a in g.m.actors if a.kthread and parks(g.m)):
        with g.when(f"t == {TASK + k}"):
            with g.when(f"c[@park.{k}@] == {PARKED}"):
                g(try_to_wake_up(k))
            g(f"c[@!park.{k}@] = 0")
    g.event("t")


@at_once("kthread_should_park", context=(), does=(), seen=by_all)
def kthread_should_park(g: Gen, i: Instr) -> None:
    g.copy()
    known = g.a.kthread and parks(g.m)
    answer = f"1 if c[{g.cell('park')}] else 0" if known else "0"
    g.result(answer)
    g.event(result=answer)


def tell_parkme(x: Happened) -> Told:
    """Whether the caller stands still."""
    stands = x.becomes(x.actor.index) == ASLEEP_D
    return Told((), Outcome.SLEEPS if stands and not x.back else Outcome.ANY)


def resume_parkme(g: Gen, i: Instr) -> Branches:
    """Woken: may it go on?"""
    g.copy()

    def done() -> None:
        if g.a.kthread and parks(g.m):
            g(f"{g.to('park')} = 0")
        g.event()

    return [(wanted_parked(g), lambda: back_to_sleep(g)), (None, done)]


@operation(
    "kthread_parkme",
    resume=resume_parkme,
    describe=tell_parkme,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def kthread_parkme(g: Gen, i: Instr) -> Branches:
    """Stand still, and let whoever waits for that go on."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()

    def sleep() -> None:
        g(f"p = c[{g.cell('park')}]; {g.to('park')} = {PARKED}")
        g(f"if p >= {WAITS}: {made_runnable(f'p - {WAITS}')}")
        fall_asleep(g, str(ASLEEP_D))
        g.ctx = g.ctx._replace(off=0)
        g.event()

    def go_on() -> None:
        g(f"{g.to('st')} = 0")
        g.returned, g.frees = True, False
        g.event()

    return [(wanted_parked(g), sleep), (None, go_on)]
