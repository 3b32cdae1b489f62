"""The layout of a state: which symbolic cells of generated code (``@st.0@``) exist, where, and what they hold at first.

Only what some generated line says it stores to (``@!st.0@``, see `cells.stored`) becomes a cell; everything else is a
constant of the code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kthreadlab.lang import ir

from .cells import STORED, Cell, Cells, Env, State
from .plan import Plan
from .runtime import CONSTANT, Memory
from .values import Obj

ALL_SIGNALS = (1 << 65) - 2
CREATOR = 2000
"""The pid of insmod, the parent of every thread until daemonize()."""


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
        self.profile, self.functions = m.config.kernel, [a.name.split("#")[0] for a in m.actors]
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
        kind = key.split(".")[0]
        if kind in ("cur", "cpu"):
            return -1
        if kind in ("frm", "req", "run"):
            return ()
        if kind in ("v", "res"):
            return None
        if kind in ("comm", "parent", "ign", "able", "mm"):
            return self.born(kind, int(key.split(".")[1]))
        return 0

    def born(self, kind: str, actor: int) -> Cell:
        """What a thread is before it has run: a child of insmod with its name; today, a thread of kthreadd's."""
        kernel = self.profile
        if kind == "able":
            return int(kernel.freezable)
        if kind == "ign":
            return ALL_SIGNALS if kernel.signals_ignored else 0
        if kind == "mm":
            return int(not kernel.own_threads)
        if kernel.own_threads:
            return self.functions[actor][:15] if kind == "comm" else kernel.kthread_parent
        return "insmod" if kind == "comm" else CREATOR

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

        source = re.sub(r"\b[cs]\[@(!?)([^@]+)@\]", access, source)
        source = re.sub(r"@!?([^@]+)@", lambda m: str(self.address(m[1])), source)
        return re.sub(r"\{(\d+)\}", r"k\1", source)


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
