"""The local variables of a task where it stands, as people read them.

A variable is in the state while somebody will still read it; one that nobody reads again is told by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cell, State
from kthreadlab.lang import ir
from kthreadlab.machine.machine import Machine

SHOWN = ("array", "text", "struct")
"""The kinds of objects on a stack that hold something to be shown."""


class Locals:
    """Reads the local variables in states of one machine; *name* gives an address as text."""

    def __init__(self, machine: Machine, name: Callable[[object], str]) -> None:
        self.m, self.name = machine, name
        self.pointers = {a.index: _pointers(a) for a in machine.actors}

    def of(self, s: State, a: Actor) -> tuple[tuple[str, str], ...]:
        """Name and value of each local variable that *a* has in state *s*; of two functions' variables of one name,
        that of the inner one."""
        node = self.m.nodes[s[self.m.index[f"pc.{a.index}"]]]
        if node is None:
            return ()
        found = dict(self._variables(s, a, self.m.chains[a.index].program.live_at(node)))
        return tuple({**found, **dict(self._objects(s, a))}.items())

    def _variables(self, s: State, a: Actor, live: frozenset[int]) -> Iterator[tuple[str, str]]:
        slots = self.m.chains[a.index].slots
        for v in sorted(live & slots.keys()):
            n = self.m.index.get(f"v.{a.index}.{slots[v]}")
            if n is not None and s[n] is not None and a.names[v] and not a.names[v].endswith("()"):
                yield a.names[v], self.name(s[n]) if v in self.pointers[a.index] else _shown(s[n])

    def _objects(self, s: State, a: Actor) -> Iterator[tuple[str, str]]:
        for obj in a.objects:
            n = self.m.index.get(obj.key)
            if n is None or s[n] is None or not isinstance(obj.type, ir.ObjType) or obj.type.kind not in SHOWN:
                continue
            yield obj.name, self._elements(s[n], isinstance(obj.type.of, ir.PtrType))

    def _elements(self, value: Cell, pointers: bool) -> str:
        """What an object on a stack holds, as C writes it."""
        if not isinstance(value, tuple):
            return _shown(value)
        return f"{{{', '.join(self.name(x) if pointers else _shown(x) for x in value)}}}"


def _pointers(a: Actor) -> frozenset[int]:
    """The variables of *a* that hold addresses."""
    assigned = (i for i in a.code if i.kind == "set" and i.src is not None)
    return frozenset(i.variable for i in assigned if isinstance(i.given.type, ir.PtrType))


def _shown(value: Cell) -> str:
    return "not set" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
