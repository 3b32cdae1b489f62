"""Sleeping inside a kernel call: what completions, semaphores and mutexes have in common.

The cell of such an object is ``(value, waiters)``; *waiters* are the tasks that sleep for it, the longest first (task
*n* is ``~n`` where it has been given it).  To be woken is not yet to have it: a waiter stays in line, looks again when
it is back on a CPU, and goes back to sleep if somebody was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import Branch, effects_of
from kthreadlab.lang.errno import EINTR, ERESTARTSYS
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import OFF, asleep, declared

from .sched import declared_state, fall_asleep, pending, refuse_interrupt
from .telling import Happened, Told
from .wakeup import S

KINDS = ("completion", "semaphore", "rw_semaphore", "mutex")
"""The objects that tasks wait for in line."""
MOST = 32
"""What is counted is counted up to here: the states must stay finite.  Differs from Linux: one more is not noticed."""


def fall_in(g: Gen, cell: str, state: int) -> str | None:
    """The caller joins the end of the line and sleeps in *state*; "stop" where nobody can."""
    if refuse_interrupt(g):
        return "stop"
    g(f"{stored(cell)} = ({cell}[0], (*{cell}[1], {g.a.index}))")
    fall_asleep(g, str(state + OFF))
    g.ctx = g.ctx._replace(off=0)
    return None


def fall_out(g: Gen, cell: str, value: str) -> None:
    """The caller leaves the line; the object's value is *value* then."""
    g(f"{stored(cell)} = ({value}, tuple(a for a in {cell}[1] if a != {g.a.index}))")


def sleep_on(g: Gen, name: str, state: int) -> str:
    """Woken for nothing: the caller keeps its place in line and goes back to sleep."""
    g(f"{g.to('st')} = {state + OFF}")
    g.event(name)
    g.m.cpus.give_up(g)
    g.done()
    return "stop"


def returns(g: Gen, name: str, result: str, at_once: bool = False) -> None:
    """The call is over; *at_once*: the caller never slept."""
    g.result(result)
    if at_once:
        g.returned, g.frees = True, False
    g.event(name, result=result)


def signals(g: Gen, state: int, give_up: Callable[[], None]) -> list[Branch]:
    """The branch by which a signal ends a wait in S; none in D, nor where nobody sends one."""
    test = pending(g) if state == S else "0"
    return [] if test == "0" else [(test, give_up)]


def tell_line(x: Happened) -> Told:
    """What a call came to that waits in line for an object, or lets somebody else go on."""
    state = x.becomes(x.actor.index) if x.actor.is_task else 0
    if asleep(state):
        return Told(x.args, Outcome.AGAIN if x.back else Outcome.SLEEPS, {"state": declared(state)})
    interrupted = Outcome.SIGNAL if x.result in (-EINTR, -ERESTARTSYS) else Outcome.ANY
    if x.back:
        expired = x.result == 0 and Does.TIMED in effects_of(x.instr.op).does
        return Told(x.args, Outcome.EXPIRED if expired else interrupted)
    tasks = [a.index for a in x.m.actors if a.is_task]
    woken = [n for n in tasks if asleep(x.was(n)) and not x.becomes(n)]
    return Told(x.args, Outcome.WOKEN, {"woken": x.tasks(woken)}) if woken else Told(x.args, interrupted)


@dataclass
class Lock:
    """What down() and mutex_lock() wait for: the *cell* and the *name* of the object, the test whether it is *free*,
    how to *take* it and how to *pass* it by when a signal came first, and the *state* to sleep in.  *declares_first*:
    that state is declared before signals are looked at, and TASK_RUNNING in the end.  *given*: the test of one who has
    slept whether he has been given it, where it is not enough that it is *free*."""

    cell: str
    name: str
    free: str
    take: Callable[[bool], None]
    pass_by: Callable[[], None]
    state: int
    declares_first: bool = False
    given: str = ""

    def look(self, g: Gen) -> list[Branch]:
        """The first look: taken at once, or not to be had."""

        def take() -> None:
            self.take(False)
            returns(g, self.name, "0", at_once=True)

        def sleep() -> str | None:
            refused = fall_in(g, self.cell, self.state)
            if not refused:
                g.event(self.name)
            return refused

        def give_up() -> None:
            if self.declares_first and declared_state(g.a):
                g(f"{g.to('st')} = 0")
            returns(g, self.name, str(-EINTR), at_once=True)

        late = signals(g, self.state, give_up)
        return [(self.free, take), *late, (None, sleep)]

    def look_again(self, g: Gen, signals_first: bool = False) -> list[Branch]:
        """Back from sleep: taken, given up, or back to sleep."""

        def take() -> None:
            self.take(True)
            returns(g, self.name, "0")

        def give_up() -> None:
            self.pass_by()
            returns(g, self.name, str(-EINTR))

        ways: list[Branch] = [(self.given or self.free, take)]
        late = signals(g, self.state, give_up)
        ways = [*late, *ways] if signals_first else [*ways, *late]
        return [*ways, (None, lambda: sleep_on(g, self.name, self.state))]


def given(line: tuple[int, ...]) -> tuple[int, ...]:
    """Of a line of waiters those that have been given what they waited for, in an order of their own."""
    return tuple(sorted(a for a in line if a < 0))


def handed(line: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Who in a line of waiters is given what they wait for, the longest, and the line after it; -1 if nobody waits."""
    waiting = [a for a in line if a >= 0]
    if not waiting:
        return -1, line
    return waiting[0], (*given((*line, ~waiting[0])), *waiting[1:])


def mutexes(m: Laid) -> tuple[int, ...]:
    """The cells of mutexes, of rw_semaphores, and of semaphores that are used as mutexes."""
    return tuple(sorted(m.index[k] for k in m.as_mutex if k in m.index))


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    return {"_given": given, "_handed": handed}
