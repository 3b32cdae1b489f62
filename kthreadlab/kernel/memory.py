"""lib/string.c: memory copied and compared by its bytes, whatever it is: texts, arrays, structs.

What is a number is so many bytes, the lowest first.  Fields and elements are copied whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kthreadlab.compile.cells import Cell, Cells
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import operation
from kthreadlab.compile.runtime import FREED, HEAP, RAW, TEXT, UNWRITTEN, KernelFault, Memory, wide
from kthreadlab.compile.statics import Statics
from kthreadlab.compile.values import element_of, struct_of
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
    it is text, or memory of the heap that is nothing yet); the *kind* of struct, if it is one; *heap*: it lies there.
    *blank*: of memory that is nothing yet, whether it was never written (0) or is all zeros (1)."""

    size: int
    items: Sequence[Cell] = ()
    ends: tuple[int, ...] = ()
    kind: int = 0
    heap: bool = False
    blank: int | None = None

    def with_items(self, items: Sequence[Cell]) -> Cell:
        """The cell with other items."""
        return (self.kind, self.size, tuple(items)) if self.heap else wide(tuple(items))


class Blocks:
    """Memory by the byte, for one machine."""

    def __init__(self, m: Laid) -> None:
        self.memory: Memory = m.memory
        self.statics: Statics = m.statics
        self.types = {m.layout.address(key): obj.type for key, obj in m.layout.objects.items()}

    def at(self, c: Cells, p: int) -> Block:
        """What lies at *p*."""
        value = self.memory.obj(c, p)
        if p >= HEAP and value != FREED:
            kind, size, payload = value
            if kind in (RAW, TEXT):
                return Block(size, heap=True, blank=payload if kind == RAW else None)
            ends = tuple(x for x in self.memory.structs[kind] if x <= size)
            return Block(size, payload, ends, kind, True)
        type_ = self.types.get(p)
        if not isinstance(type_, ObjType) or type_.kind not in ("text", "array", "struct"):
            raise KernelFault("bad_pointer", "this is no memory to copy")
        size = self.statics.size_of(type_)
        if type_.kind == "text":
            return Block(size)
        if type_.kind == "struct":
            name = struct_of(type_)
            return Block(size, value, self.statics.ends(name), self.statics.struct_ids[name])
        each = self.statics.size_of(element_of(type_))
        return Block(size, value, tuple(range(each, size + 1, each)))

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
        if b.ends:
            self.memory.write(c, to, self.mixed(a, b, count))
        elif a.ends:
            self.memory.write(c, to, self.made(a, b, count))
        else:
            self.copy_text(c, to, source, count)

    def mixed(self, a: Block, b: Block, count: int) -> Cell:
        """What the struct or array *b* is with the first *count* bytes of *a*."""
        covered = whole_items(b.ends, count)
        if a.ends:
            if a.ends[:covered] != b.ends[:covered]:
                raise KernelFault("bad_pointer", MIXED)
            first = a.items[:covered]
        elif a.blank:
            first = tuple("" if isinstance(x, str) else 0 for x in b.items[:covered])
        else:
            raise KernelFault("bad_pointer", MIXED)
        return b.with_items((*first, *b.items[covered:]))

    def made(self, a: Block, b: Block, count: int) -> Cell:
        """What memory *b* that is nothing yet is when the first *count* bytes of the struct *a* are there."""
        if b.blank is None or not a.kind:
            raise KernelFault("bad_pointer", MIXED)
        covered = whole_items(a.ends, count)
        rest = (0 if b.blank else None,) * (len(self.memory.structs[a.kind]) - covered)
        return (a.kind, b.size, (*a.items[:covered], *rest))

    def copy_text(self, c: Cells, to: int, source: int, count: int) -> None:
        """Bytes of texts."""
        new, old = self.memory.bytes_of(c, source)[0], self.memory.bytes_of(c, to)[0]
        self.memory.keep(c, to, new[:count].ljust(count, "\0") + old[count:])

    def octets(self, c: Cells, p: int, count: int) -> bytes:
        """The first *count* bytes at *p*."""
        x = self.at(c, p)
        within(count, x.size, "out_of_bounds")
        if x.blank == 0 or None in x.items:
            raise KernelFault("uninitialised_local", "this memory was never written")
        if not x.ends:
            text = self.memory.bytes_of(c, p)[0]
            return ("" if text == UNWRITTEN else text)[:count].ljust(count, "\0").encode("latin-1", "replace")
        starts = (0, *x.ends)
        parts = (octets_of(item, end - start) for item, start, end in zip(x.items, starts, x.ends, strict=False))
        return b"".join(parts)[:count]

    def compare(self, c: Cells, p: int, q: int, count: int) -> int:
        """memcmp()."""
        if not count:
            return 0
        x, y = self.octets(c, p, count), self.octets(c, q, count)
        return (x > y) - (x < y)


def within(count: int, size: int, cause: str) -> None:
    """Are there so many bytes?"""
    if not 0 <= count <= size:
        raise KernelFault(cause, f"{count} bytes of {size}")


def whole_items(ends: tuple[int, ...], count: int) -> int:
    """How many fields or elements *count* bytes are."""
    if count not in ends:
        raise KernelFault("bad_pointer", PIECE)
    return ends.index(count) + 1


def octets_of(item: Cell, size: int) -> bytes:
    """A field or an element as bytes."""
    if isinstance(item, str):
        return item.encode("latin-1", "replace").ljust(size, b"\0")
    assert isinstance(item, int)
    return (item & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    blocks = Blocks(m)
    return {"_memcpy": blocks.copy, "_memcmp": blocks.compare}
