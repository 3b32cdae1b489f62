"""The numbers of a task's states stand in lang/task_state.py and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "kthreadlab"
WRITERS = [
    p
    for folder in ("compile", "kernel", "machine", "checks", "checks/observers")
    for p in (PACKAGE / folder).glob("*.py")
]
OF_A_STATE = r"(@!?st\.|'st'\)|\{st\}|\.st\b|\bst\b|state_cells|_ST\[|\bborn\b|\bstates?\b)"
NUMBERED = re.compile(rf"{OF_A_STATE}[^,:]*([<>]=?|[!=]?=|\+|&|\bin) \(?[34568]\b|\b[34568] <=? [^,:]*{OF_A_STATE}")


@pytest.mark.parametrize("path", sorted(WRITERS), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_states_are_named_where_code_is_written(path: Path) -> None:
    """Whoever writes code, or reads a state, says which of a task's states is meant."""

    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    assert [] == [(n, line.strip()) for n, line in lines if NUMBERED.search(line)]


@pytest.mark.parametrize(
    "line",
    [
        "g(f\"{g.to('st')} = 6\")",
        'g(f"c[{stored(st)}] = 8")',
        'refuse(f"s[@st.{n}@] != 8 or not ({heirs(m, a)})")',
        'f"(4 < {st} < 8 and not {m.helper_table()}[{pc}])"',
        "if s[m.state_cells[who]] < 4:",
        "kernel.born + 4",
        "g(f\"{g.to('st')} = {state + 4}\")",
        'return "" if st in (5, 8) else "stuck"',
        "text = f\"{g.to('st')} = {value} & 3\"",
    ],
)
def test_a_number_would_be_seen(line: str) -> None:
    assert NUMBERED.search(line)
