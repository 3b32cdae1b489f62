"""The registry of operations: what each kernel call does, written as a generator of code, and what it is to others.

An operation is a function ``emit(g, i)`` that writes the Python of one step through `codegen.Gen`: first its *guard*
(when may the task not move?), then its *effect* on the list of cells ``c``.  It says what follows with `Gen.result`,
`Gen.ctx` and, where the outcome decides how the context goes on, by returning branches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.kinds import OBJECT_KINDS

from .effects import Change, Declares, Deed, Effects, Fails, Operands, Seen, Sleeps, State

Branch = tuple[str | None, Callable[[], str | None]]
"""One way on: the test for it (None: else), and what is written for it, which gives ``stop`` where the path ends."""
Branches = list[Branch] | None
"""How an operation may go on; None where there is one way only."""
Emit = Callable[..., Branches]
"""``emit(g, i)`` writes a phase of an operation."""
E = TypeVar("E", bound=Callable[..., object])


@dataclass(frozen=True)
class Operation:
    """*emit* is the call itself; *resume* the second phase of a call that blocks (None if it does not); *describe*: how
    it is told (`kernel.telling`; None: plainly); *effects*: what everybody else has to know of it."""

    name: str
    emit: Emit
    resume: Emit | None
    describe: Callable[..., object] | None
    effects: Effects


OPERATIONS: dict[str, Operation] = {}


def operation(
    *names: str,
    resume: Emit | None = None,
    describe: Callable[..., object] | None = None,
    sleeps: Sleeps | Callable[..., Sleeps],
    state: State | Declares | Callable[..., State],
    context: tuple[Change, ...],
    reads: Operands,
    writes: Operands,
    does: tuple[Deed, ...],
    seen: Seen,
) -> Callable[[E], E]:
    """Register the decorated function as the operation of each of *names*; the rest is its `Effects`, all of it."""
    effects = Effects(sleeps, state, context, reads, writes, does, seen)

    def register(emit: E) -> E:
        for name in names:
            OPERATIONS[name] = Operation(name, cast(Emit, emit), resume, describe, effects)
        return emit

    return register


def at_once(
    *names: str,
    describe: Callable[..., object] | None = None,
    context: tuple[Change, ...],
    does: tuple[Deed, ...],
    seen: Seen,
) -> Callable[[E], E]:
    """`operation`, of a call that never sleeps, leaves the caller's state as it is and has nothing to do with the
    module's memory."""
    return operation(
        *names,
        describe=describe,
        sleeps=Sleeps.NEVER,
        state=State.KEPT,
        context=context,
        reads=(),
        writes=(),
        does=does,
        seen=seen,
    )


APART = {kind: made for kind, made in OBJECT_KINDS.items() if kind != "list"}
"""The kinds of operands that are objects told apart when code is written, with the kind of each object.  Links are
not: to change some is to change others, wherever they are."""
_OBJECTS: dict[str, tuple[tuple[int, str], ...]] = {}


def object_operands(name: str) -> tuple[tuple[int, str], ...]:
    """Which operands of an operation are objects of the kernel, by number, and the kind of each."""
    if name not in _OBJECTS:
        params = CALLS[name].params if name in CALLS else ()
        _OBJECTS[name] = tuple((n, APART[kind]) for n, kind in enumerate(params) if kind in APART)
    return _OBJECTS[name]


def takes_object(name: str, kind: str) -> None:
    """Operand 0 of an operation that no module can call is an object of that *kind*."""
    _OBJECTS[name] = ((0, kind),)


SLEEP_CHECKS: list[Callable[..., None]] = []


def sleep_check(check: E) -> E:
    """Register what is written, by ``check(g)``, before a call that may sleep."""
    SLEEP_CHECKS.append(cast(Callable[..., None], check))
    return check


def before_sleep(g: object) -> None:
    """A call that may sleep stands here: write what has to be checked."""
    for check in SLEEP_CHECKS:
        check(g)


MODULE_CHECKS: list[Callable[..., None]] = []


def module_check(check: E) -> E:
    """Register what is written, by ``check(g)``, where an actor goes on in the module's code."""
    MODULE_CHECKS.append(cast(Callable[..., None], check))
    return check


def in_module(g: object) -> None:
    """The actor goes on in the module's code: write what has to be checked."""
    for check in MODULE_CHECKS:
        check(g)


def effects_of(name: str) -> Effects:
    """The effects of the operation called *name*."""
    return OPERATIONS[name].effects


def can_fail() -> list[str]:
    """What a scenario can make fail, by the names that it says."""
    return sorted({x.called for operation in OPERATIONS.values() for x in operation.effects.made(Fails)})


class Writes(Protocol):
    """As much of `codegen.Gen` as is needed here."""

    def copy(self) -> None: ...

    def event(self, *operands: str, result: str = "None") -> None: ...


def back(g: Writes, i: object) -> None:
    """Back from sleep, with nothing left to do: the second phase of a call whose return nobody could tell."""
    g.copy()
    g.event()
