"""Every declared effect of every operation, turned round.

A flip is noticed if a random program that features the call has other verdicts, faults or ends under it than the
unreduced search finds without it, or if what the declarations say no longer fits the prototypes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from kthreadlab.lang.api import CALLS
from kthreadlab.machine.effects import Declares, Does, Effects, Irqs, Sleeps, State, by_all, by_nobody
from kthreadlab.machine.ops import OPERATIONS
from tests.mutants.probes import probes
from tests.oracle.programs.compare import Found, Runs, differences, reduced, unreduced
from tests.oracle.programs.generate import NAMES, program

PROGRAMS = 24
"""So many programs that feature a call are tried before a flip of it counts as a survivor."""
COMMON = 60
"""So many of the first programs are tried for an operation that is no call."""


@dataclass(frozen=True)
class Flip:
    """The effects of the operation *name* with one of them turned round, and *what* that is.  *safe*: it can only cost
    states, since an analysis then knows less than is true."""

    name: str
    what: str
    effects: Effects
    safe: bool = False


def flips(name: str) -> Iterator[Flip]:
    """All flips of one operation."""
    x = OPERATIONS[name].effects
    yield from _sleeps(name, x)
    yield from _state(name, x)
    for n, change in enumerate(x.context):
        yield Flip(name, f"without {change}", replace(x, context=(*x.context[:n], *x.context[n + 1 :])))
    yield Flip(name, "interrupts off afterwards", replace(x, context=(*x.context, Irqs.OFF)))
    if x.reads:
        yield Flip(name, f"reads {x.reads} hidden", replace(x, reads=()), safe=set(x.reads) <= set(x.writes))
    if x.writes:
        yield Flip(name, f"writes {x.writes} hidden", replace(x, writes=()))
    for n, deed in enumerate(x.does):
        yield Flip(name, f"without {deed}", replace(x, does=(*x.does[:n], *x.does[n + 1 :])))
    if Does.ENDS not in x.does:
        yield Flip(name, "ends the path", replace(x, does=(*x.does, Does.ENDS)))
    if x.seen is by_nobody:
        yield Flip(name, "seen by all", replace(x, seen=by_all), safe=True)
    else:
        yield Flip(name, "seen by nobody", replace(x, seen=by_nobody))


def _sleeps(name: str, x: Effects) -> Iterator[Flip]:
    """It sleeps where it does not, or does not where it does."""
    to = Sleeps.ASKS if x.sleeps is Sleeps.NEVER else Sleeps.NEVER
    yield Flip(name, f"sleeps: {to.value}", replace(x, sleeps=to))


def _state(name: str, x: Effects) -> Iterator[Flip]:
    """It leaves another declared state."""
    if x.state is State.RUNNING:
        yield Flip(name, "keeps the declared state", replace(x, state=State.KEPT), safe=True)
    elif isinstance(x.state, Declares):
        yield Flip(name, "declares no state", replace(x, state=State.KEPT))
    else:
        yield Flip(name, "leaves TASK_RUNNING", replace(x, state=State.RUNNING))


@contextmanager
def flipped(flip: Flip) -> Iterator[None]:
    """The engine with this effect turned round."""
    right = OPERATIONS[flip.name]
    OPERATIONS[flip.name] = replace(right, effects=flip.effects)
    try:
        yield
    finally:
        OPERATIONS[flip.name] = right


@cache
def truth(seed: int) -> Found:
    """What there is to find in a program."""
    return unreduced(program(seed))


@cache
def whole(name: str) -> tuple[Found, ...]:
    """What there is to find in the probes of a call."""
    return tuple(map(unreduced, probes(name)))


def seeds(name: str) -> list[int]:
    """Programs that feature a call; for other operations the first ones of all."""
    if name in NAMES:
        return [NAMES.index(name) + n * len(NAMES) for n in range(PROGRAMS)]
    return list(range(COMMON))


def noticed(flip: Flip) -> str:
    """Who notices the flip; "" if nobody does."""
    if misfit(flip):
        return "declarations"
    for given, sure in zip(probes(flip.name), whole(flip.name), strict=True):
        if who := different(flip, given, sure):
            return f"probe {given.scenario.name}: {who}"
    for seed in seeds(flip.name):
        if who := different(flip, program(seed), truth(seed)):
            return f"seed {seed}: {who}"
    return ""


def different(flip: Flip, p: Runs, sure: Found) -> str:
    """Where the flip makes a difference to a program, in a word; "" if nowhere."""
    with flipped(flip):
        try:
            found = differences(reduced(p), sure)
        except Exception as error:  # the engine cannot even build it
            return type(error).__name__
    return found[0].partition(":")[0] if found else ""


def misfit(flip: Flip) -> bool:
    """Do the effects contradict the call's prototype and its page?"""
    call = CALLS.get(flip.name)
    if call is None:
        return False
    x = flip.effects
    if isinstance(x.sleeps, Sleeps) and (x.sleeps is not Sleeps.NEVER) != call.sleeps:
        return True
    if (x.saves or x.restores) != ("flags" in call.params):
        return True
    hidden = [
        n for n, kind in enumerate(call.params) if kind in ("text", "str", "word") and n not in (*x.reads, *x.writes)
    ]
    return bool(hidden) or any(kind == "text" and n not in x.writes for n, kind in enumerate(call.params))
