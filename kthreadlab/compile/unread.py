"""Numbers that nobody reads: statics and fields of structs that a program only counts up, or stores to.

``dev.packets += 1`` is a load and a store that others may come between; but whatever the number is, nothing follows
from it.  A reduced search leaves such a number what it is, or a server that counts would have no end of states.  A
replay has it right.
"""

from __future__ import annotations

from collections.abc import Iterator

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.module import KernelModule

Variable = str | tuple[str, str]
"""A static's name; or "" and a field's name, whichever struct's."""
COUNTS = frozenset("+-&|^")
"""Operators that are no fault, whatever they are applied to."""
BYTES = ("", "")
"""Any field."""
COMPARES = frozenset(name for name, call in CALLS.items() if call.result == "int" and call.params.count("ptr") > 1)
"""The calls that compare memory, whatever lies in it."""
NARROW = 64
"""A signed number of fewer bits may overflow, which is a fault that can be reached."""


def unread(module: KernelModule) -> frozenset[Variable]:
    """The numbers of a module that no expression depends on but that which counts them."""
    numbers: set[Variable] = {name for name, s in module.statics.items() if _counts(s.type)}
    numbers |= {("", name) for s in module.structs.values() for name, type_ in s.fields if _counts(type_)}
    nodes: list[ir.Node] = [node for s in module.statics.values() for node in s.args]
    nodes += [node for f in module.functions.values() for node in f.body]
    read = set(_read(nodes))
    return frozenset(x for x in numbers if x not in read and (isinstance(x, str) or BYTES not in read))


def _counts(type_: ir.Type) -> bool:
    return isinstance(type_, ir.IntType) and (not type_.signed or type_.bits >= NARROW)


def _variable(e: ir.Node) -> Variable | None:
    """Which static or field an expression names."""
    if isinstance(e, ir.Name):
        return None if e.local else e.name
    return ("", e.name) if isinstance(e, ir.Field) else None


def _read(nodes: list[ir.Node]) -> Iterator[Variable]:
    """The variables that these nodes read; `BYTES` where some call looks at memory as such."""
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ir.Assign | ir.AugAssign):
            todo += _read_by(node)
            continue
        found = BYTES if isinstance(node, ir.Call) and node.name in COMPARES else _variable(node)
        if found is not None:
            yield found
        todo += ir.parts(node)


def _read_by(node: ir.Assign | ir.AugAssign) -> list[ir.Node]:
    """What an assignment reads: the way to its target, and its value, but not what it counts."""
    target, value = node.target, node.value
    way: list[ir.Node] = [part for part in ir.parts(target) if not isinstance(target, ir.Name)]
    if isinstance(node, ir.AugAssign):
        return [*way, value] if node.op in COUNTS else [*way, target, value]
    if isinstance(value, ir.Binary) and value.op in COUNTS and _same(value.left, target):
        return [*way, value.right]
    return [*way, value]


def _same(a: ir.Node, b: ir.Node) -> bool:
    """Do two expressions name the same variable, wherever they stand?"""
    if isinstance(a, ir.Field) and isinstance(b, ir.Field):
        return a.name == b.name and _same(a.base, b.base)
    return isinstance(a, ir.Name) and isinstance(b, ir.Name) and (a.name, a.local) == (b.name, b.local)
