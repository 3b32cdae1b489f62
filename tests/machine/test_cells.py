"""Cells: a line of generated code says which ones it stores to, and only those are in the state."""

import ast
from collections.abc import Iterator

import pytest

from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.compile.cells import stored
from kthreadlab.machine.machine import Machine
from kthreadlab.run.search import build
from tests.oracle.programs import program

SEEDS = range(700, 712)
CHANGE = {"_link": (1, 2), "_unlink": (1, 2), "_put": (1,), "_set": (1,), "_wake": (1,), "_tear": (1,)}
"""What generated code calls to change cells, and which arguments name them."""


def machine(seed: int) -> Machine:
    p = program(seed)
    made = build(p.module, p.scenario, p.config, observers=observers_for(list(PROPERTIES)))
    made.traced()
    return made


def stores(source: str) -> Iterator[int]:
    """The cells that generated code stores to, as Python reads it."""
    for node in ast.walk(ast.parse(source)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == "c":
                if isinstance(target.slice, ast.Constant):
                    yield target.slice.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for n in CHANGE.get(node.func.id, ()):
                if isinstance(node.args[n], ast.Constant):
                    yield node.args[n].value


@pytest.mark.parametrize("seed", SEEDS)
def test_every_store_was_announced(seed: int) -> None:
    """A line that stores without saying so would find its cell only as long as another line says it."""

    m = machine(seed)
    said = {m.index[key] for key in m.notes.stored | m.forced if key in m.index}
    found = {*stores(m.source), *stores(m.traced_source)}

    assert found and found <= said


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_else_is_in_the_state(seed: int) -> None:
    """What no line stores to is a constant of the code, and costs the states nothing."""

    m = machine(seed)
    kept = m.notes.stored | m.forced | set(m.statics.hidden) | set(m.cpus.kept) | {""}
    if m.statics.walked:  # an address is computed from that of the whole
        kept |= {x.key for whole in m.all_objects() if whole.parts for x in (whole, *whole.parts)}

    assert m.index.keys() <= kept


def test_a_pointer_is_stored_through_as_it_is() -> None:
    """Only what names a cell is marked, and of a text with two names the first."""

    assert ("@!st.0@", "c[@!st.0@]", "c[p]", "v3") == tuple(map(stored, ("@st.0@", "c[@st.0@]", "c[p]", "v3")))
