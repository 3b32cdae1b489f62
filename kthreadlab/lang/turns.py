"""Loops that make threads: each of their few turns is a place of its own.

One place in the program makes one thread at a time.  A loop over a handful of devices that starts a thread for each is
so many places, as if its body were written out: so many loops of one turn, of which *continue* is still the end; where
*break* leaves it, each at the end of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kthreadlab.lang import ir

MOST_TURNS = 8
"""A loop of more turns stays one place."""


def written_out(
    functions: Mapping[str, ir.Function], statics: Mapping[str, ir.Static], makes_threads: frozenset[str]
) -> dict[str, ir.Function]:
    """The functions, with such loops turn by turn; *makes_threads*: the calls of the kernel that do."""
    makers = _makers(functions, makes_threads)
    if not makers:
        return dict(functions)
    loops = _Loops(makers | makes_threads, _numbers(functions, statics))
    return {name: replace(f, body=loops.block(f.body)) if name in makers else f for name, f in functions.items()}


def _numbers(functions: Mapping[str, ir.Function], statics: Mapping[str, ir.Static]) -> dict[str, int]:
    """The statics that are numbers from the beginning and for good: nobody writes them, or is given their place."""
    found = {
        name: s.args[0].value
        for name, s in statics.items()
        if isinstance(s.type, ir.IntType) and s.args and isinstance(s.args[0], ir.Const)
    }
    todo: list[ir.Node] = [statement for f in functions.values() for statement in f.body]
    while todo:
        node = todo.pop()
        written = node.target if isinstance(node, ir.Assign | ir.AugAssign) else None
        for place in (written, *(node.args if isinstance(node, ir.Call) else ())):
            if isinstance(place, ir.Name) and not place.local:
                found.pop(place.name, None)
        todo += ir.parts(node)
    return found


def _makers(functions: Mapping[str, ir.Function], makes_threads: frozenset[str]) -> frozenset[str]:
    """The functions that call one of *makes_threads*, or a function that does."""
    calls = {name: _called(function.body) for name, function in functions.items()}
    makers: set[str] = set()
    while more := {name for name, found in calls.items() if found & (makers | makes_threads)} - makers:
        makers |= more
    return frozenset(makers)


def _called(nodes: tuple[ir.Node, ...]) -> set[str]:
    """The names of all that is called somewhere in *nodes*."""
    found, todo = set[str](), list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ir.Call | ir.OwnCall):
            found.add(node.name)
        todo += ir.parts(node)
    return found


def _has(body: tuple[ir.Node, ...], kind: type[ir.Node]) -> bool:
    """Is there a *break* or a *continue* of the loop around *body*?"""
    todo = list(body)
    while todo:
        s = todo.pop()
        if isinstance(s, kind):
            return True
        if not isinstance(s, ir.While | ir.ForRange | ir.ForEach | ir.ForList):
            todo += ir.parts(s)
    return False


class _Loops:
    """Writes loops out whose bodies call one of *made*; *numbers*: what names stand for that are never written."""

    def __init__(self, made: frozenset[str], numbers: Mapping[str, int]) -> None:
        self.made, self.numbers = made, numbers

    def block(self, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """What stands for the statements of a block."""
        return tuple(one for statement in body for one in self.statement(statement))

    def statement(self, s: Any) -> list[Any]:
        """What stands for a statement."""
        for part in ("body", "orelse"):
            if isinstance(inner := getattr(s, part, None), tuple):
                s = replace(s, **{part: self.block(inner)})
        if not isinstance(s, ir.ForRange) or not _called(s.body) & self.made:
            return [s]
        return self.turns(s)

    def turns(self, loop: ir.ForRange) -> list[Any]:
        """A loop of few turns, whose number is known, as so many loops of one."""
        start, stop = self.number(loop.start), self.number(loop.stop)
        if start is None or stop is None or not 2 <= len(range(start, stop, loop.step)) <= MOST_TURNS:
            return [loop]
        by = 1 if loop.step > 0 else -1
        one = (ir.Const(loop.start.pos, n) for n in range(start, stop, loop.step))
        turns = [replace(loop, start=n, stop=replace(n, value=n.value + by)) for n in one]
        if not _has(loop.body, ir.Break):
            return turns
        return [loop] if _has(loop.body, ir.Continue) else [_nested(turns)]

    def number(self, e: ir.Expr) -> int | None:
        """The number that an expression is, if it is known."""
        if isinstance(e, ir.Name) and not e.local:
            return self.numbers.get(e.name)
        return e.value if isinstance(e, ir.Const) else None


def _nested(turns: list[Any]) -> Any:
    """Each turn at the end of the one before, which *break* leaves with all that come after it."""
    *before, whole = turns
    for turn in reversed(before):
        whole = replace(turn, body=(*turn.body, whole))
    return whole
