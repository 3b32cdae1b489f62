"""What the interpreter is for: an operation that does something else than a kernel is found by it, soon.

The reduced search and the unreduced one make the same mistake and agree; a few hundred random programs tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import BottomHalves, Change, Does, Drops, Form, Irqs, Preemption, Sleeps, State, Takes
from kthreadlab.compile.ops import OPERATIONS, Operation
from tests.oracle.programs import program
from tests.oracle.programs.compare import as_interpreted, disagreement, interpreted, reduced, unreduced
from tests.oracle.programs.coverage import everything
from tests.oracle.programs.tree import Program

SOON, MOST = 500, 150


def leave_out(g: Gen, beginning: str) -> None:
    """Make nothing of the lines that begin so."""
    g.lines[:] = [re.sub(r"\S.*", "pass", x) if x.strip().startswith(beginning) else x for x in g.lines]


def forgets_interrupts(operation: Operation) -> Operation:
    """The context: it releases its lock and leaves interrupts as they are."""
    return replace(operation, effects=replace(operation.effects, context=(Drops("s", Form.PLAIN),)))


def adds_nothing(operation: Operation) -> Operation:
    """Memory: it says that it has been here, and leaves what it should count as it is."""

    def emit(g, i) -> None:  # noqa: ANN001
        g.copy()
        g.event()

    return replace(operation, emit=emit)


def keeps_the_state(operation: Operation) -> Operation:
    """The declared state: it queues the entry, and forgets to declare anything."""

    def emit(g, i) -> None:  # noqa: ANN001
        operation.emit(g, i)
        leave_out(g, f"{g.to('st')} =")

    return replace(operation, emit=emit)


def wakes_nobody(operation: Operation) -> Operation:
    """It counts, and leaves who waits asleep."""

    def emit(g, i) -> None:  # noqa: ANN001
        operation.emit(g, i)
        leave_out(g, "_rouse")

    return replace(operation, emit=emit)


BROKEN: dict[str, tuple[str, Callable[[Operation], Operation]]] = {
    "context": ("spin_unlock_irq", forgets_interrupts),
    "memory": ("atomic_inc", adds_nothing),
    "state": ("prepare_to_wait", keeps_the_state),
}


def with_call(name: str) -> list[Program]:
    """Those of the first programs that make a call."""
    return [p for p in map(program, range(SOON)) if f"{name}(" in p.text]


@pytest.mark.long
@pytest.mark.parametrize("kind", BROKEN)
def test_an_operation_that_is_broken_on_purpose_is_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each kind of effect, of 500 programs; sound, it differs in none."""

    name, breaks = BROKEN[kind]
    programs = with_call(name)
    assert interpreted is not None
    assert [] == [p for p in programs if disagreement(p, interpreted, as_interpreted, MOST)]
    monkeypatch.setitem(OPERATIONS, name, breaks(OPERATIONS[name]))
    assert any(disagreement(p, interpreted, as_interpreted, MOST) for p in programs)


@pytest.mark.long
def test_what_both_searches_do_wrong_only_the_interpreter_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A complete() that wakes nobody: reduced and unreduced agree on it."""

    programs = with_call("complete")
    monkeypatch.setitem(OPERATIONS, "complete", wakes_nobody(OPERATIONS["complete"]))
    assert [] == [p for p in programs if disagreement(p, reduced, unreduced, MOST)]
    assert interpreted is not None
    assert any(disagreement(p, interpreted, as_interpreted, MOST) for p in programs)


def test_every_kind_of_effect_is_counted() -> None:
    """Whatever an operation can be said to be stands in the table of what random programs exercise."""

    told = "\n".join(everything())
    for kind, said in (
        ("sleeps: ", ["by its operands", *(x.name for x in Sleeps if x is not Sleeps.MEMORY)]),
        ("state: ", [x.name for x in State]),
        ("does: ", [x.name for x in Does]), ("context: ", [str(x) for x in Irqs]),
        ("context: ", [f"{x.__name__}(" for x in (Takes, Drops, Preemption, BottomHalves)]),
        ("context: ", [f"{x.__name__}(" for x in Change.__args__ if x is not Irqs]),
        ("does: ", [f"{x}(" for x in ("MakesThread", "Arms", "Fails", "Links", "Waits")]),
        ("", ["state: Declares(", "reads operand", "writes operand"]),
        ("seen by ", ["all", "nobody", "others"]),
    ):  # fmt: skip
        assert [] == [x for x in said if f"{kind}{x}" not in told]
