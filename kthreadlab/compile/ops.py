"""The registry of operations: what each kernel call does, written as a generator of code, and what it is to others.

An operation is a function ``emit(g, i)`` that writes the Python of one step through `codegen.Gen`: first its *guard*
(when may the task not move?), then its *effect* on the list of cells ``c``.  It says what follows with `Gen.result`,
`Gen.ctx` and, where the outcome decides how the context goes on, by returning branches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .effects import Change, Declares, Deed, Effects, Fails, Operands, Seen, Sleeps, State


@dataclass(frozen=True)
class Operation:
    """*emit* is the call itself; *resume* the second phase of a call that blocks (None if it does not); *describe*: how
    it is told (`kernel.telling`; None: plainly); *effects*: what everybody else has to know of it."""

    name: str
    emit: Callable
    resume: Callable | None
    describe: Callable | None
    effects: Effects


OPERATIONS: dict[str, Operation] = {}


def operation(
    *names: str,
    resume: Callable | None = None,
    describe: Callable | None = None,
    sleeps: Sleeps | Callable,
    state: State | Declares | Callable,
    context: tuple[Change, ...],
    reads: Operands,
    writes: Operands,
    does: tuple[Deed, ...],
    seen: Seen,
) -> Callable[[Callable], Callable]:
    """Register the decorated function as the operation of each of *names*; the rest is its `Effects`, all of it."""
    effects = Effects(sleeps, state, context, reads, writes, does, seen)

    def register(emit: Callable) -> Callable:
        for name in names:
            OPERATIONS[name] = Operation(name, emit, resume, describe, effects)
        return emit

    return register


SLEEP_CHECKS: list[Callable] = []


def sleep_check(check: Callable) -> Callable:
    """Register what is written, by ``check(g)``, before a call that may sleep."""
    SLEEP_CHECKS.append(check)
    return check


def before_sleep(g) -> None:
    """A call that may sleep stands here: write what has to be checked."""
    for check in SLEEP_CHECKS:
        check(g)


def effects_of(name: str) -> Effects:
    """The effects of the operation called *name*."""
    return OPERATIONS[name].effects


def can_fail() -> list[str]:
    """What a scenario can make fail, by the names that it says."""
    return sorted({x.called for operation in OPERATIONS.values() for x in operation.effects.made(Fails)})


def back(g, i) -> None:
    """Back from sleep, with nothing left to do: the second phase of a call whose return nobody could tell."""
    g.copy()
    g.event()
