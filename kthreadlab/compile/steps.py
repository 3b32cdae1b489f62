"""How a step has its cells: by value, or in place.

By value, which is what a search needs, a step makes a list ``c`` of the state ``s``, changes that and gives a new
state.  In place it changes the list of cells that it is given, and says whether it did: that costs no more where there
are more tasks.

Whoever writes a step writes it once, by value.  The few lines that differ are made here and know their other text
(`Line`); and since ``s`` and ``c`` are one list in place, what a line looks at of the state before, when something may
have been stored there already, is kept first (`changing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .cells import STORED
from .refusal import Refusal

ALL = ""
"""Any cell, among names of cells."""
NAME = re.compile(r"@[^@]*@")
LOOKS_AT = re.compile(r"\bs\[@([^@]+)@\]")
STORES_TO = re.compile(rf"@{STORED}([^@]+)@")
LOOKS_AT_WHOLE = re.compile(r"\bs\b(?!\[@\])")
HANDS_ON = re.compile(r"\bc\b(?!\[@\])")
"""Cells are handed to a function, or found by an index that is computed: with `NAME` taken out of a line."""
OVER = ("return", "raise", "continue")


class Line(str):
    """A line of a step by value; *in_place*: the same in a step in place."""

    in_place: str

    def __new__(cls, line: str, in_place: str) -> Line:
        made = super().__new__(cls, line)
        made.in_place = in_place
        return made


class Begin(Line):
    """The line behind which there is a next state."""


def begin(indent: int = 1) -> Begin:
    """From here on there is a next state, ``c``."""
    return Begin(f"{' ' * indent}c = list(s)", f"{' ' * indent}c = s")


def done(indent: int = 1) -> Line:
    """The step has been made."""
    return Line(f"{' ' * indent}return tuple(c)", f"{' ' * indent}return True")


def comes(first: str) -> Line:
    """A call or a frame has come, to its node *first* (an expression), and makes its first step if it can."""
    return Line(f" return _come({first}, s, tuple(c))", f" return _came({first}, c)")


def notices(number: int, indent: int = 1, test: str = "") -> Line:
    """The violation of that number is noticed; *test*: ``if …: ``, or nothing."""
    return Line(f"{' ' * indent}{test}_hit(({number}, s))", f"{' ' * indent}{test}_hit({number})")


def of_the_world(op: str, task: int) -> Line:
    """The trace is told of a choice of the world, which concerns *task*."""
    return Line(f" _world({op!r}, {task}, s, c)", f" _world({op!r}, {task}, c, c)")


def changing(lines: list[str]) -> list[str]:
    """The lines of one function, as a step in place."""
    out = [x.in_place if isinstance(x, Line) else x for x in lines]
    for n, line in enumerate(lines):
        if isinstance(line, Begin):
            end = next((k for k in range(n + 1, len(out)) if _indent(out[k]) < _indent(line)), len(out))
            out[n:end] = _kept(out[n], out[n + 1 : end], lines[n + 1 : end])
    return out


def _kept(first: str, rest: list[str], by_value: list[str]) -> list[str]:
    """A step from its `Begin` on, with what must be kept of the state before."""
    late = sorted(set(_late(rest, by_value)))
    if ALL in late:
        return [f"{first}; s = tuple(c)", *rest]
    kept = {name: f"was{n}" for n, name in enumerate(late)}
    saves = [f"; {variable} = s[@{name}@]" for name, variable in kept.items()]
    return ["".join([first, *saves]), *(LOOKS_AT.sub(lambda x: kept.get(x[1], x[0]), line) for line in rest)]


def _late(lines: list[str], by_value: list[str]) -> Iterator[str]:
    """The cells that are looked at in the state before though something may be stored there by then; or `ALL`."""
    stored = {x for line in lines for x in _stores(line)} if any("while " in x for x in lines) else set()
    blocks: list[tuple[int, set[str]]] = []
    previous = ""
    for line, original in zip(lines, by_value, strict=True):
        while blocks and _indent(line) <= blocks[-1][0]:
            _, before = blocks.pop()
            if previous.lstrip().startswith(OVER):
                stored = before
        assert not (stored and isinstance(original, Refusal)), f"internal: {line} comes after something is stored"
        for statement in line.split("; "):
            if HANDS_ON.search(NAME.sub("@", statement)):
                stored = stored | {ALL}
            yield from _looks(statement, stored)
            stored = stored | set(_stores(statement))
        if line.endswith(":"):
            blocks.append((_indent(line), stored))
        previous = line


def _stores(line: str) -> Iterable[str]:
    """The cells that a line stores to, `ALL` if that is not known."""
    found = STORES_TO.findall(line)
    return [*found, ALL] if HANDS_ON.search(NAME.sub("@", line)) else found


def _looks(statement: str, stored: set[str]) -> Iterator[str]:
    """What a statement looks at of those cells of the state before."""
    if stored and LOOKS_AT_WHOLE.search(NAME.sub("@", statement)):
        yield ALL
    for name in LOOKS_AT.findall(statement):
        if name in stored or ALL in stored:
            yield name


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
