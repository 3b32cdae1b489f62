"""The layout of a state: which symbolic cells of generated code (``@st.0@``) exist, where, and what they hold at first.

Only what some generated line says it stores to (``@!st.0@``, see `cells.stored`) becomes a cell; everything else is a
constant of the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kthreadlab.lang import ir
from kthreadlab.lang.ir import ObjType

from .actor import Actor
from .cells import ADDRESS, STORED, Cell, Cells, Env, State
from .instructions import Instr
from .plan import Plan
from .pointers import on_heap
from .program import successors
from .runtime import ARRAY, CONSTANT, RAW, Memory, Shape
from .statics import Statics
from .structs import part, parts_of, width, zeros
from .values import Obj, Val

ACCESS, ALONE = re.compile(r"\b[cs]\[@(!?)([^@]+)@\]"), re.compile(r"@!?([^@]+)@")
"""A cell in generated code, as it is before the step or after it; and its index, or its address, alone."""
BLOCK = re.compile(rf"@{ADDRESS}(m\.\d+\.\d+)")
"""The address of a block of the heap, or of what lies in it: the name of its first cell."""
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
        self.plan = m
        self.objects = {o.key: o for o in [*m.all_objects(), *m.statics.strings.values()] if not o.heap}
        kept = {key for key in m.notes.stored | (m.notes.used & m.forced) | always if not on_heap(key)}
        self.index = {"": 0} | {key: n + 1 for n, key in enumerate(self._ordered(kept))}
        heap = self._heap(len(self.index))
        self.size = heap.start + len(heap) * heap.step
        constant = sorted(self.objects.keys() - self.index.keys(), key=_cell_order)
        self.literal_index = {key: CONSTANT + n for n, key in enumerate(constant)}
        self.literals = [self._resolve(self.objects[key].init) for key in constant]
        structs = {n: m.statics.ends(name) for name, n in m.statics.struct_ids.items()}
        shapes = {m.statics.struct_ids[name]: shapes_of(m.statics, name) for name in m.statics.cast_to}
        kinds, inside = self._structs()
        stacks = frozenset(n for key, n in self.index.items() if (o := self.objects.get(key)) and o.owner is not None)
        stand = tuple(self.index[f"pc.{a.index}"] for a in m.actors if f"pc.{a.index}" in self.index)
        self.memory = Memory(
            heap,
            m.heap,
            self.literals,
            self._sizes(),
            structs,
            shapes,
            kinds,
            inside,
            stacks,
            self._roots(heap),
            stand,
            self._named(),
        )

    def _ordered(self, kept: set[str]) -> list[str]:
        """The cells in the order of their indices.  Where addresses of parts are computed, all parts of an object stand
        behind it."""
        if not self.plan.statics.walked:
            return sorted(kept, key=_cell_order)
        wholes = [o for o in self.objects.values() if o.parts]
        in_order = {o.key: (o.key, *(x.key for x in o.parts)) for o in wholes}
        inside = {key for keys in in_order.values() for key in keys}
        alone = sorted(kept - inside, key=_cell_order)
        return [*alone, *(key for whole in sorted(in_order, key=_cell_order) for key in in_order[whole])]

    def _heap(self, start: int) -> range:
        """The first cells of the heap's blocks, in which the largest struct that anybody allocates has room; their
        cells go into the index."""
        m = self.plan
        width = 1 + max((len(parts_of(m.statics, ObjType("struct", of=name))) for name in m.statics.cast_to), default=0)
        heap = range(start, start + m.heap * len(m.allocators) * width, width)
        self.index |= {
            ".".join(("m", str(actor), str(slot), *([str(k)] * (k > 0)))): heap[n * m.heap + slot] + k
            for n, actor in enumerate(m.allocators if m.statics.blocks.asked else ())
            for slot in range(m.heap)
            for k in range(width)
        }
        return heap

    def _structs(self) -> tuple[dict[int, int], dict[int, tuple[tuple[int, Cell], ...]]]:
        """Of the cells that hold structs: which struct; and the cells of what lies in it, with what zeros are there."""
        kinds, inside = {}, {}
        for key, n in self.index.items():
            obj = self.objects.get(key)
            if obj is None or obj.kind != "struct":
                continue
            kinds[n] = self.plan.statics.struct_ids[str(getattr(obj.type, "of", ""))]
            parts = parts_of(self.plan.statics, obj.type)
            keys = [part(obj, x.offset).key for x in parts]
            zero = [zeros(self.plan.statics, x.type) for x in parts]
            inside[n] = tuple((self.index[k], z) for k, z in zip(keys, zero, strict=True) if k in self.index)
        return kinds, inside

    def _named(self) -> dict[int, frozenset[int]]:
        """The blocks of the heap that the code behind a node names, by its number."""
        m = self.plan
        if not m.statics.blocks.heap:
            return {}
        behind = {a.index: named_behind(a) for a in m.actors}
        keys = {n: behind[node.actor](node.pc) for n, node in enumerate(m.nodes) if node is not None}
        return {
            n: frozenset(self.index[key] for key in found if key in self.index) for n, found in keys.items() if found
        }

    def _roots(self, heap: range) -> dict[int, tuple[int, ...]]:
        """The cells that are named after an object in a block of the heap, by the block's first cell."""
        out: dict[int, tuple[int, ...]] = {}
        for key, n in self.index.items():
            _, _, whose = key.partition(".")
            if on_heap(whose):
                cell = self.index[whose]
                first = cell - (cell - heap.start) % heap.step
                out[first] = (*out.get(first, ()), n)
        return out

    def _sizes(self) -> dict[int, int]:
        """Of every cell that holds an object: how many elements or characters it has."""
        cells = ((n, self.objects[k]) for k, n in self.index.items() if k in self.objects)
        return {n: obj.size for n, obj in cells if isinstance(obj.type, ir.ObjType)}

    def cells_of(self, kind: str) -> tuple[int, ...]:
        """The cells of the objects of one kind."""
        return tuple(n for k, n in self.index.items() if k in self.objects and self.objects[k].kind == kind)

    def address(self, key: str) -> int:
        """The index of a cell, or the address of what is constant; 0 if there is neither."""
        if key[:1] == ADDRESS:
            return self.index[key[1:]] + self.memory.shift
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
            if key and not on_heap(key):
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
        source = ALONE.sub(lambda m: str(self.address(m[1])), source)
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


def named_behind(a: Actor) -> Callable[[int], frozenset[str]]:
    """``named(p)``: the blocks of the heap that the actor's code names from instruction *p* on.  Where a pointer was
    compared with the addresses of all, only the call at hand does: later ones will compare again."""
    here = [_blocks(i, lent=False) for i in a.code]
    behind = list(here)
    changed = any(here)
    while changed:
        changed = False
        for p in reversed(range(len(a.code))):
            new = behind[p].union(*(behind[q] for q in successors(a.code, p)))
            changed, behind[p] = changed or new != behind[p], new
    return lambda p: behind[p] | _blocks(a.code[p], lent=True)


def _blocks(i: Instr, lent: bool) -> frozenset[str]:
    """The blocks that the operands of an instruction name; *lent*: those too that a pointer leads to."""
    place = i.info.get("place")
    values = (
        [i.src, *i.args, *((place.base, place.index) if place is not None else ())] if i.kind in ("op", "set") else []
    )
    known = [v for v in values if isinstance(v, Val) and (lent or not v.lent)]
    return frozenset(m[1] for v in known for m in BLOCK.finditer(v.src))


def shapes_of(statics: Statics, struct: str) -> tuple[Shape, ...]:
    """The objects in a struct that lies on the heap."""
    whole = ObjType("struct", of=struct)
    return tuple(
        Shape(
            x.type.kind,
            statics.struct_ids.get(str(x.type.of), 0),
            byte_behind(statics, whole, x.offset),
            _in_block(statics, x.type, None),
            _in_block(statics, x.type, 0),
        )
        for x in parts_of(statics, whole)
    )


def _in_block(statics: Statics, type_: ObjType, value: int | None) -> Cell:
    """What an object holds in a block of the heap: of memory of zeros, or of what was never written (None)."""
    if type_.kind == "struct":
        return statics.struct_ids[str(type_.of)], statics.size_of(type_), (value,) * len(zeros(statics, type_))
    if type_.kind == "array":
        return ARRAY, type_.size, (value,) * type_.size
    if type_.kind == "text":
        return RAW, type_.size, int(value is not None)
    return None if value is None else zeros(statics, type_)


def byte_behind(statics: Statics, type_: ObjType, offset: int) -> int:
    """The offset in bytes behind the object that lies *offset* cells behind the beginning of one of this type."""
    ends = statics.ends(str(type_.of))
    first = 1
    for (_, field), end in zip(statics.structs[str(type_.of)].fields, ends, strict=True):
        first += width(statics, field)
        if offset < first:
            return end
    return ends[-1]
