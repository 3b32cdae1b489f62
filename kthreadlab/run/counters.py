"""Which variable makes the states of a search so many?"""

from __future__ import annotations

from collections.abc import Iterator

from kthreadlab.compile.cells import State
from kthreadlab.machine.machine import Machine

from .states import Halves, States

SAMPLE = 2_000
"""States that are looked at."""
MANY = 64
"""A variable with fewer values than this does not stand out."""
WIDE = 64
"""An array of more elements than this is looked at as a whole."""


def counter(machine: Machine, states: States | Halves) -> str:
    """For a sentence about too many *states*: the variable that has the most values in them, or ""."""
    sample = [states[n] for n in range(0, len(states), -(-len(states) // SAMPLE))]
    best, found = 0.0, ""
    for cell in range(1, len(states[0])):
        for name, column in _columns(machine, cell, sample):
            values = len(set(column))
            if values >= MANY and values * _weight(machine, cell) > best:
                best, found = values * _weight(machine, cell), name
    return f": {found} takes a new value again and again" if found else ""


def _weight(m: Machine, cell: int) -> float:
    """A variable that holds what memory held a moment ago is not the one to be named."""
    return 2.0 if cell >= m.memory.first or _key(m, cell) in m.layout.objects else 1.0


def _key(m: Machine, cell: int) -> str:
    return next((key for key, n in m.index.items() if n == cell), "")


def _columns(m: Machine, cell: int, sample: list[State]) -> Iterator[tuple[str, list[object]]]:
    """The variables that a cell holds by name, each with its values: an array and a struct hold several."""
    name = cell_name(m, cell)
    if not name or len({id(s[cell]) for s in sample}) < MANY:
        return
    values = [s[cell] for s in sample]
    if cell >= m.memory.first:
        structs = [v for v in values if isinstance(v, tuple) and len(v) == 3 and isinstance(v[2], tuple)]
        for kind in sorted({v[0] for v in structs} & set(m.statics.struct_ids.values())):
            items = [v[2] for v in structs if v[0] == kind]
            yield from ((field_name(m, kind, n), list(x)) for n, x in enumerate(zip(*items, strict=False)))
    elif isinstance(values[-1], tuple) and len(values[-1]) > WIDE:
        yield name, [id(v) for v in values]
    elif isinstance(values[-1], tuple):
        items = [v for v in values if isinstance(v, tuple)]
        yield from ((f"an element of {name}", list(x)) for x in zip(*items, strict=False))
    else:
        yield name, values


def cell_name(m: Machine, cell: int) -> str:
    """The name of the variable, or of the memory, that *cell* holds; "" if it is the machine's own."""
    if cell >= m.memory.first:
        return "memory from kmalloc"
    key = _key(m, cell)
    if key in m.layout.objects:
        return m.layout.objects[key].name
    kind, *numbers = key.split(".")
    if kind != "v":
        return ""
    actor, slot = m.actors[int(numbers[0])], int(numbers[1])
    return next((actor.names[v] for v, at in m.chains[actor.index].slots.items() if at == slot and actor.names[v]), "")


def field_name(m: Machine, kind: int, n: int) -> str:
    """Field number *n* of the structs of this kind."""
    struct = next(name for name, number in m.statics.struct_ids.items() if number == kind)
    return f"{m.statics.structs[struct].fields[n][0]} in struct {struct}"
