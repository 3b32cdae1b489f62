"""The generated code of a machine for people: what its cells and constants are, and what each function does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kthreadlab.compile.context import Context, Node

from .machine import Machine


def listing(m: Machine) -> str:
    """All of it: cells with what they hold at first, constants, functions."""
    return "\n".join([*_cells(m), "", *_constants(m), *_functions(m)])


def _cells(m: Machine) -> Iterator[str]:
    """The cells by number."""
    yield "# The state: a tuple of cells, s before a step and c in it.  What each holds at first:"
    for name, n in m.index.items():
        if name:
            yield f"#  {n:3}  {name:12} {m.initial[n]!r}{_whose(m, name)}"
    for n in m.memory.heap:
        yield f"#  {n:3}  {'heap':12} {m.initial[n]!r}"


def _whose(m: Machine, name: str) -> str:
    """What a person calls a cell that only has a number."""
    kind, *rest = name.split(".")
    if not rest or not rest[0].isdigit() or kind in ("cur", "cpu") or int(rest[0]) >= len(m.actors):
        return ""
    obj = m.layout.objects.get(name)
    return f"   ({m.actors[int(rest[0])].name}{f': {obj.name}' if obj is not None else ''})"


def _constants(m: Machine) -> Iterator[str]:
    """The constants that the code names."""
    named = {name: value for name, value in m.env.items() if re.fullmatch(r"[kz]\d+", name)}
    yield "# Constants:"
    for name, value in named.items():
        yield f"#  {name} = {value!r}"


def _functions(m: Machine) -> Iterator[str]:
    """The functions, each below a line that says what it is."""
    for line in m.source.splitlines():
        name = re.match(r"def (\w+)", line)
        if name is not None:
            yield ""
            yield f"# {_what(m, name[1])}"
        yield line


def _what(m: Machine, name: str) -> str:
    """What a function does."""
    kind, number = name.rstrip("0123456789_"), "".join(re.findall(r"^[a-z]+(\d+)", name))
    node = m.nodes[int(number)] if kind in ("n", "r") else None
    if node is not None:
        return _step(m, node, "sleeping for memory" if kind == "r" else "")
    if kind == "start":
        return f"{m.actors[int(number)].name} comes to its first step"
    if kind == "local":
        return "computation that is remembered"
    return "a choice of the world"


def _step(m: Machine, node: Node, how: str) -> str:
    """A step: whose, the line of the module, and in which context."""
    i = m.instr(node)
    text = m.module.shown_line(i.pos).strip() or i.op
    words = ["" if i.op in text else i.op, how, "back from sleep" if node.phase else "", *_context(node.ctx)]
    said = ", ".join(word for word in words if word)
    return f"{m.actors[node.actor].name}, line {i.pos.line}: {text}{f'  ({said})' if said else ''}"


def _context(ctx: Context) -> Iterator[str]:
    """What is known of whoever stands in this context."""
    yield from (f"holds {h.lock.removeprefix('s.')}" for h in (*ctx.held, *ctx.owned))
    for count, what in ((ctx.off, "interrupts off"), (ctx.bh, "bottom halves off"), (ctx.preempt, "preemption off")):
        if count:
            yield what
