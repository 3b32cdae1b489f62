"""lib/string.c: memory copied and compared by its bytes, whatever it is: texts, arrays, structs.

What is a number is so many bytes, the lowest first.  Fields and elements are copied whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kthreadlab.compile.cells import Cell, Cells
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid, shapes_of
from kthreadlab.compile.ops import operation
from kthreadlab.compile.runtime import ARRAY, HEAP, RAW, TEXT, UNWRITTEN, KernelFault, Memory, Shape, wide
from kthreadlab.compile.statics import Statics
from kthreadlab.compile.structs import Part, part, parts_of
from kthreadlab.compile.values import objects_in, struct_of
from kthreadlab.lang.ir import ObjType

from .string import private_texts, text_call, will_be_written

MIXED = "what is copied has another layout"
PIECE = "a piece of a field is copied"


@text_call("memcmp", reads=(0, 1), writes=())
def memcmp(g: Gen, i: Instr) -> None:
    """Byte by byte, without looking for a NUL."""
    g.copy()
    x, y, count = (g.src(a) for a in i.args)
    g(f"r = _memcmp(c, {x}, {y}, {count})")
    g.result("r")
    g.event(x, y, count, result="r")


@operation(
    "memcpy",
    "memmove",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(1,),
    writes=(0,),
    does=(Does.PLAIN, Does.PUBLISHES),
    seen=unless(private_texts),
)
def memcpy(g: Gen, i: Instr) -> None:
    """What is copied may be an address that others find then."""
    g.copy()
    will_be_written(g, i)
    to, source, count = (g.src(a) for a in i.args)
    g(f"_memcpy(c, {to}, {source}, {count})")
    g.result(to)
    g.event(to, source, count)


@dataclass(frozen=True)
class Block:
    """What lies at an address: its *size* in bytes; its *items*, of a struct or an array, and where each *ends* (none:
    it is text, or memory of the heap that is nothing yet); the *kind* of struct, if it is one, and which of its fields
    are *objects*, of what type; *heap*: it lies there, and what its cell holds *before* the items.  *blank*: of memory
    that is nothing yet, whether it was never written (0) or is all zeros (1)."""

    size: int
    items: Sequence[Cell] = ()
    ends: tuple[int, ...] = ()
    kind: int = 0
    objects: tuple[ObjType | None, ...] = ()
    before: tuple[int, int] | None = None
    blank: int | None = None

    def with_items(self, items: Sequence[Cell]) -> Cell:
        """The cell with other items."""
        return (*self.before, tuple(items)) if self.before is not None else wide(tuple(items))


class Blocks:
    """Memory by the byte, for one machine.  *types*: what is at an address that is not on the heap; *parts*: by the
    number of a struct, what lies in it, in the order of its cells."""

    def __init__(self, m: Laid) -> None:
        self.memory: Memory = m.memory
        self.statics: Statics = m.statics
        named = [(m.layout.address(key), obj) for key, obj in m.layout.objects.items()]
        self.types = {n: obj.type for n, obj in named}
        self.cells = {
            n: tuple(m.layout.index.get(part(obj, x.offset).key, 0) for x in parts_of(m.statics, obj.type))
            for n, obj in named
            if obj.kind == "struct"
        }
        self.names = {n: name for name, n in m.statics.struct_ids.items()}
        self.parts = {n: shapes_of(m.statics, name) for n, name in self.names.items()}
        self.sizes = {n: tuple(m.statics.size_of(x.type) for x in self.lie_in(name)) for n, name in self.names.items()}

    def at(self, c: Cells, p: int) -> Block:
        """What lies at *p*."""
        value = self.memory.obj(c, p)
        if p >= HEAP:
            kind, size, payload = value
            if kind in (RAW, TEXT):
                return Block(size, before=(kind, size), blank=payload if kind == RAW else None)
            if kind == ARRAY:
                width = self.bytes_at(c, p)
                return Block(width, payload, evenly(width, len(payload)), before=(kind, size))
            ends = tuple(x for x in self.memory.structs[kind] if x <= size)
            return Block(size, payload, ends, kind, self.objects(kind), (kind, size))
        type_ = self.types.get(p)
        if not isinstance(type_, ObjType) or type_.kind not in ("text", "array", "struct") or objects_in(type_):
            raise KernelFault("bad_pointer", "this is no memory to copy")
        size = self.statics.size_of(type_)
        if type_.kind == "text":
            return Block(size)
        if type_.kind == "array":
            return Block(size, value, evenly(size, len(value)))
        kind = self.statics.struct_ids[struct_of(type_)]
        return Block(size, value, self.statics.ends(struct_of(type_)), kind, self.objects(kind))

    def lie_in(self, struct: str) -> tuple[Part, ...]:
        """What lies in a struct."""
        return parts_of(self.statics, ObjType("struct", of=struct))

    def bytes_at(self, c: Cells, p: int) -> int:
        """How many bytes the object takes that lies at *p* in a block of the heap."""
        block = self.memory.block(p)
        return self.sizes[c[block - self.memory.shift][0]][p - block - 1]

    def objects(self, kind: int) -> tuple[ObjType | None, ...]:
        """Of each field of a struct its type, if it is an object."""
        return tuple(t if isinstance(t, ObjType) else None for _, t in self.statics.structs[self.names[kind]].fields)

    def inside(self, p: int, kind: int) -> Iterator[tuple[int, Shape]]:
        """The cells of what lies in the struct at *p* and is memory of the module's; 0 where nobody uses it."""
        whole = p >= HEAP and self.memory.block(p) == p
        first = p - self.memory.shift + 1
        for n, shape in enumerate(self.memory.shapes.get(kind, ()) if whole else self.parts[kind]):
            if shape.kind in ("text", "array", "struct"):
                yield (first + n if p >= HEAP else self.cells[p][n]), shape

    # ---- copies ---------------------------------------------------------------------------------------------------

    def copy(self, c: Cells, to: int, source: int, count: int) -> None:
        """memcpy()."""
        if not count:
            return
        a, b = self.at(c, source), self.at(c, to)
        within(count, a.size, "out_of_bounds")
        if not 0 <= count <= b.size:
            raise KernelFault("text_overflow", f"{count} bytes into {b.size}")
        if a.blank == 0:
            raise KernelFault("uninitialised_local", "this memory was never written")
        if b.blank is not None and a.kind:
            self.memory.cast(c, to, a.kind)
            b = self.at(c, to)
        if b.ends:
            self.memory.write(c, to, b.with_items(self.mixed(a, b, count)))
            self.copy_inside(c, (to, b), (source, a), count)
        elif a.ends:
            raise KernelFault("bad_pointer", MIXED)
        else:
            new, old = self.memory.bytes_of(c, source)[0], self.memory.bytes_of(c, to)[0]
            self.memory.keep(c, to, new[:count].ljust(count, "\0") + old[count:])

    def mixed(self, a: Block, b: Block, count: int) -> tuple[Cell, ...]:
        """The items of the struct or array *b* with the first *count* bytes of *a*."""
        covered = whole_items(b.ends, count)
        if a.blank:
            return ((0,) * covered + tuple(b.items[covered:])) if not any(b.objects[:covered]) else tuple(b.items)
        if not a.ends or (a.ends[:covered], a.objects[:covered]) != (b.ends[:covered], b.objects[:covered]):
            raise KernelFault("bad_pointer", MIXED)
        return (*a.items[:covered], *b.items[covered:])

    def copy_inside(self, c: Cells, to: tuple[int, Block], source: tuple[int, Block], count: int) -> None:
        """Of what lies in a struct, texts, arrays and structs are copied; the kernel's objects stay what they are."""
        (p, b), (q, a) = to, source
        if not b.kind:
            return
        old = [cell for cell, _ in self.inside(q, a.kind)] if a.kind else []
        for n, (cell, shape) in enumerate(self.inside(p, b.kind)):
            if shape.end <= count and cell:
                self.copy_part(c, (cell, p >= HEAP), (old[n] if n < len(old) else 0, q >= HEAP), shape)

    def copy_part(self, c: Cells, to: tuple[int, bool], source: tuple[int, bool], shape: Shape) -> None:
        """One of them: the cells, and whether each is on the heap; from nowhere come zeros."""
        (new, on_heap), (old, from_heap) = to, source
        if shape.kind == "text":
            text = self.memory.bytes_of(c, self.address(old, from_heap))[0] if old else ""
            if text != UNWRITTEN:
                self.memory.keep(c, self.address(new, on_heap), text)
            return
        value = shape.zero[2] if not old else c[old][2] if from_heap else c[old]
        c[new] = (*shape.zero[:2], value) if on_heap else value

    def address(self, cell: int, on_heap: bool) -> int:
        """Where that cell is."""
        return cell + self.memory.shift * on_heap

    # ---- comparisons ----------------------------------------------------------------------------------------------

    def octets(self, c: Cells, p: int, count: int) -> bytes:
        """The first *count* bytes at *p*."""
        x = self.at(c, p)
        within(count, x.size, "out_of_bounds")
        if x.blank == 0:
            raise KernelFault("uninitialised_local", "this memory was never written")
        if not x.ends:
            text = self.memory.bytes_of(c, p)[0]
            return ("" if text == UNWRITTEN else text)[:count].ljust(count, "\0").encode("latin-1", "replace")
        starts, out = (0, *x.ends), b""
        objects = x.objects or (None,) * len(x.items)
        for item, start, end, object_ in zip(x.items, starts, x.ends, objects, strict=False):
            if start < count:
                out += octets_of(item, end - start, object_)
        return out[:count]

    def compare(self, c: Cells, p: int, q: int, count: int) -> int:
        """memcmp()."""
        if not count:
            return 0
        x, y = self.octets(c, p, count), self.octets(c, q, count)
        return (x > y) - (x < y)


def evenly(size: int, items: int) -> tuple[int, ...]:
    """Where each of so many equal items ends."""
    each = size // items
    return tuple(range(each, size + 1, each))


def within(count: int, size: int, cause: str) -> None:
    """Are there so many bytes?"""
    if not 0 <= count <= size:
        raise KernelFault(cause, f"{count} bytes of {size}")


def whole_items(ends: tuple[int, ...], count: int) -> int:
    """How many fields or elements *count* bytes are."""
    if count not in ends:
        raise KernelFault("bad_pointer", PIECE)
    return ends.index(count) + 1


def octets_of(item: Cell, size: int, object_: ObjType | None) -> bytes:
    """A field or an element as bytes."""
    if object_ is not None:
        raise KernelFault("bad_pointer", f"a {object_.kind} in a struct is compared")
    if item is None:
        raise KernelFault("uninitialised_local", "this memory was never written")
    assert isinstance(item, int)
    return (item & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    blocks = Blocks(m)
    return {"_memcpy": blocks.copy, "_memcmp": blocks.compare}
