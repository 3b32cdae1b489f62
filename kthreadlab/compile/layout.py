"""The layout of a state: which symbolic cells of generated code (``@st.0@``) exist, where, and what they hold at first.

Only what some generated line says it stores to (``@!st.0@``, see `cells.stored`) becomes a cell; everything else is a
constant of the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kthreadlab.lang import ir

from .cells import STORED, Cell, Cells, Env, State
from .plan import Plan
from .runtime import CONSTANT, Memory
from .values import Obj

ACCESS, ADDRESS = re.compile(r"\b[cs]\[@(!?)([^@]+)@\]"), re.compile(r"@!?([^@]+)@")
"""A cell in generated code, as it is before the step or after it; and its index alone."""
NUMBERED = re.compile(r"\{(\d+)\}")
"""A constant, by its number."""
Initial = Callable[[Plan, int], Cell]
INITIAL: dict[str, Initial] = {}
"""For some cells, by the first part of their name, what they hold at first; any other holds 0."""


def initially(*kinds: str) -> Callable[[Initial], Initial]:
    """Register the decorated function, ``first(m, n)``, as what cells of these names hold at first; *n* is the number
    in the name."""

    def register(first: Initial) -> Initial:
        INITIAL.update(dict.fromkeys(kinds, first))
        return first

    return register


@initially("v")
def no_value(m: Plan, actor: int) -> Cell:
    """A variable lives nowhere yet."""
    return None


@dataclass(frozen=True, eq=False, kw_only=True)
class Laid(Plan):
    """Where everything is.  *index*: the place of each cell; *state_cells*: those of the tasks' states, by actor."""

    layout: Layout
    index: Mapping[str, int]
    memory: Memory
    state_cells: tuple[int, ...]


class Layout:
    """``index``: the place of each cell; ``literal_index`` and ``literals``: addresses and values of objects that
    nothing writes; ``memory``: what the running code has to know of all of them."""

    def __init__(self, m: Plan) -> None:
        always = set(m.statics.hidden) | set(m.cpus.kept)
        order = sorted(m.notes.stored | (m.notes.used & m.forced) | always, key=_cell_order)
        self.index = {"": 0} | {key: n + 1 for n, key in enumerate(order)}
        self.plan = m
        heap = range(len(self.index), len(self.index) + m.heap * len(m.allocators))
        self.size = heap.stop
        self.objects = {o.key: o for o in [*m.all_objects(), *m.statics.strings.values()]}
        constant = sorted(self.objects.keys() - self.index.keys(), key=_cell_order)
        self.literal_index = {key: CONSTANT + n for n, key in enumerate(constant)}
        self.literals = [self._resolve(self.objects[key].init) for key in constant]
        structs = {n: m.statics.ends(name) for name, n in m.statics.struct_ids.items()}
        self.memory = Memory(heap, m.heap, self.literals, self._sizes(), structs)

    def _sizes(self) -> dict[int, int]:
        """Of every cell that holds an object: how many elements or characters it has."""
        cells = ((n, self.objects[k]) for k, n in self.index.items() if k in self.objects)
        return {n: obj.size for n, obj in cells if isinstance(obj.type, ir.ObjType)}

    def cells_of(self, kind: str) -> tuple[int, ...]:
        """The cells of the objects of one kind."""
        return tuple(n for k, n in self.index.items() if k in self.objects and self.objects[k].kind == kind)

    def address(self, key: str) -> int:
        """The index of a cell, or the address of what is constant; 0 if there is neither."""
        return self.index.get(key) or self.literal_index.get(key, 0)

    def _resolve(self, value: Cell) -> Cell:
        """An initial value, with addresses for the objects it points to."""
        if isinstance(value, Obj):
            return self.address(value.key)
        if isinstance(value, tuple):
            return type(value)(self._resolve(v) for v in value)
        return value

    def initial_value(self, key: str) -> Cell:
        """What a cell holds when nothing has run."""
        obj = self.objects.get(key)
        if obj is not None:
            return None if obj.owner is not None else self._resolve(obj.init)
        kind, *numbers = key.split(".")
        first = INITIAL.get(kind)
        return first(self.plan, int(numbers[0])) if first is not None else 0

    def initial_state(self) -> State:
        """The cells before anything has run, boot included; the heap is empty."""
        s: Cells = [None] * self.size
        s[0] = 0
        for key, n in self.index.items():
            if key:
                s[n] = self.initial_value(key)
        return tuple(s)

    def substitute(self, source: str, env: Env) -> str:
        """*source* with indexes for its symbolic cells, and with constants, named in *env*, for what is no cell."""

        def access(m: re.Match[str]) -> str:
            key = m[2]
            if key in self.index:
                return f"{m[0][0]}[{self.index[key]}]"
            assert m[1] != STORED, f"internal: {key} is stored to, and was not when the state was laid out"
            if key in self.literal_index:
                return _constant_name(self.literals[self.literal_index[key] - CONSTANT], env)
            return _constant_name(self.initial_value(key), env)

        source = ACCESS.sub(access, source)
        source = ADDRESS.sub(lambda m: str(self.address(m[1])), source)
        return NUMBERED.sub(r"k\1", source)


def _cell_order(key: str) -> tuple[str, str]:
    """Any order will do that is the same every time: by the number of parts, then by the parts."""
    parts = [f"~{key.count('.')}", *key.split(".")]
    return repr(tuple(int(part) if part.isdigit() else part for part in parts)), key


def _constant_name(value: Cell, env: Env) -> str:
    """The Python of a constant: itself if it is a simple one, else a name for it in *env*."""
    if value in (0, 1, -1, None, ()) and not isinstance(value, str):
        return repr(value)
    name = f"z{len([k for k in env if k[0] == 'z'])}"
    env[name] = value
    return name
