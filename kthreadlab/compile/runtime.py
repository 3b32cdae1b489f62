"""What generated code calls: C's arithmetic, memory through a pointer, text, the heap.

Addresses: 0 is NULL; a static's or stack object's is the index of its cell; from `CONSTANT` on they name string
literals, from `HEAP` on heap cells.
A block of the heap is a cell that holds None (never used, or forgotten), `FREED`, or ``(kind, size, payload)`` with
kind 0 raw, 1 text, 2 and more a struct; and behind it cells for the objects in such a struct, None while there are none
or nothing has initialised them.  Arrays, texts and structs among those hold such a triple, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from kthreadlab.lang.ir import Pos

from .cells import Cell, Cells, State

CONSTANT = 1_000_000
HEAP = 0xC0000000
MAX_OBJECTS = 32
"""A task that keeps more heap objects alive than this leaks."""
FREED = (-1, 0, 0)
RAW, TEXT, ARRAY = 0, 1, -4
UNWRITTEN = "\0\0"
"""The bytes of memory that was allocated and never written: what no buffer holds, since NULs at the end are not
kept."""


NOWHERE, NEAR_NULL, REACH = 0x7FF00000, 0x7FFE0000, 0x4000
"""Addresses before that of the first static, and so many cells around NULL: they lead nowhere."""


class KernelFault(Exception):
    """The path ends here: *cause* says why (see `checks`), *detail* names what was touched."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause)
        self.cause, self.detail = cause, detail
        self.place: Pos | None = None


class HeapFull(Exception):
    """The program keeps more objects alive than this machine has heap cells; build it again with more."""


# ---- arithmetic ----------------------------------------------------------------------------------------------------


def _s64(v: int) -> int:
    if -0x8000000000000000 <= v <= 0x7FFFFFFFFFFFFFFF:
        return v
    raise KernelFault("overflow")


def _narrow(v: int, bits: int) -> int:
    if -(1 << (bits - 1)) <= v < 1 << (bits - 1):
        return v
    raise KernelFault("overflow")


def _div(a: int, b: int) -> int:
    if not b:
        raise KernelFault("divide_by_zero")
    return _s64(a // b if (a < 0) == (b < 0) or not a % b else a // b + 1)


def _mod(a: int, b: int) -> int:
    if not b:
        raise KernelFault("divide_by_zero")
    return a - b * _div(a, b)


def _udiv(a: int, b: int) -> int:
    if not b:
        raise KernelFault("divide_by_zero")
    return a // b


def _umod(a: int, b: int) -> int:
    if not b:
        raise KernelFault("divide_by_zero")
    return a % b


def _sh(count: int, bits: int) -> int:
    if not 0 <= count < bits:
        raise KernelFault("shift")
    return count


def _bit(nr: int, bits: int) -> int:
    if not 0 <= nr < bits:
        raise KernelFault("out_of_bounds", f"bit {nr} of {bits}")
    return nr


def _wrap(v: int, bits: int) -> int:
    v &= (1 << bits) - 1
    return v - (1 << bits) if v >> (bits - 1) else v


def lowest_bit(v: int) -> int:
    """The number of the lowest of 32 bits that is set, from 1; 0 for none."""
    v &= 0xFFFFFFFF
    return (v & -v).bit_length()


def highest_bit(v: int) -> int:
    """The number of the highest of 32 bits that is set, from 1; 0 for none."""
    return (v & 0xFFFFFFFF).bit_length()


def count_bits(v: int) -> int:
    """How many of 32 bits are set."""
    return (v & 0xFFFFFFFF).bit_count()


HIGH = 1 << 40
"""What the addresses of statics and of the stack have in common, as numbers."""


def number_of(p: int) -> int:
    """The address *p* as a number, which is a large one; an errno is one already."""
    return p + HIGH if 0 < p < HEAP else p


def address_of(n: int) -> int:
    """The number *n* as an address."""
    return n - HIGH if n > HIGH else n


def _offset(p: int, by: int) -> int:
    """The address *by* cells behind *p*.  What is near NULL, or before the first static, leads nowhere and finds back;
    an errno stays one."""
    if p <= 0:
        return NEAR_NULL + by if not p and by else p
    if abs(p - NEAR_NULL) < REACH:
        return p + by if p + by != NEAR_NULL else 0
    if NOWHERE - REACH < p <= NOWHERE < p + by:
        return p + by - NOWHERE
    return p + by if p + by > 0 else NOWHERE + p + by


def _nth(p: int, n: int, count: int, width: int) -> int:
    """The address of element *n* of an array of *count* objects, so many cells each."""
    if not 0 <= n < count:
        raise KernelFault("out_of_bounds", f"index {n} of {count}")
    return _offset(p, n * width)


def _have(v: Cell) -> Cell:
    """The value of memory that must have been written before."""
    if v is None:
        raise KernelFault("uninitialised_local")
    return v


# ---- arrays --------------------------------------------------------------------------------------------------------

WIDE = 64
"""An array of more elements than this keeps its hash, and what it leads to."""
HASHED = (1 << 60) - 1
"""The bits of such a hash."""


class Wide(tuple[Cell, ...]):
    """The elements of a long array.  Every state is hashed, and most of them have the array as it was, or with another
    element: the hash is a sum, of which one term changes then.  A tuple that is none has another hash, so it is never
    equal to one."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wide) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        known: dict[str, int] = self.__dict__
        if "hash" not in known:
            known["hash"] = sum(map(hash, enumerate(self))) & HASHED
        return known["hash"]

    def with_element(self, i: int, value: Cell) -> Wide:
        """The same with another element number *i*."""
        new, known = Wide((*self[:i], value, *self[i + 1 :])), self.__dict__.get("hash")
        if known is not None:
            new.__dict__["hash"] = known - hash((i, self[i])) + hash((i, value)) & HASHED
        return new

    @property
    def addresses(self) -> frozenset[Cell]:
        """What may be addresses on the heap among all that the elements hold, however deep."""
        known: dict[str, frozenset[Cell]] = self.__dict__
        if "addresses" not in known:
            items = set(self)
            inner = references([x for x in items if isinstance(x, tuple)])
            known["addresses"] = frozenset(x for x in items | inner if isinstance(x, int) and x >= HEAP)
        return known["addresses"]


def _cleared(array: State) -> State:
    """As many zeros as an array has elements, or a struct fields."""
    zeros = (0,) * len(array)
    if not isinstance(array, Wide):
        return zeros
    new = Wide(zeros)
    new.__dict__["hash"] = _hash_of_zeros(len(array))
    return new


@lru_cache(64)
def _hash_of_zeros(size: int) -> int:
    return hash(Wide((0,) * size))


def wide(items: State) -> State:
    """*items* as an array holds them."""
    return Wide(items) if len(items) > WIDE else items


def _el(array: State | None, i: int) -> Cell:
    if array is None:
        raise KernelFault("dead_stack")
    if not 0 <= i < len(array):
        raise KernelFault("out_of_bounds", f"index {i} of {len(array)}")
    return array[i]


def _sel(array: State | None, i: int, value: Cell) -> State:
    if array is None:
        raise KernelFault("dead_stack")
    if not 0 <= i < len(array):
        raise KernelFault("out_of_bounds", f"index {i} of {len(array)}")
    if array[i] == value:
        return array
    if isinstance(array, Wide):
        return array.with_element(i, value)
    return (*array[:i], value, *array[i + 1 :])


def _pad(text: str, width: int, flags: str) -> str:
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _integer(n: int, bits: int, conv: str, flags: str, width: int, exact: int | None) -> str:
    """One integer as C prints it; *n* is its bit pattern."""
    signed = conv in "di"
    if signed and n >> (bits - 1):
        n -= 1 << bits
    digits = format(abs(n), {"x": "x", "X": "X", "o": "o", "p": "x"}.get(conv, "d"))
    if exact is not None:
        digits = "" if not exact and not n else digits.rjust(exact, "0")
    if conv == "o" and "#" in flags and not digits.startswith("0"):
        digits = "0" + digits
    prefix = "-" if n < 0 else ("+" if "+" in flags else " " if " " in flags else "") if signed else ""
    if conv == "p" or (conv in "xX" and "#" in flags and n):
        prefix = "0X" if conv == "X" else "0x"
    if "0" in flags and "-" not in flags and exact is None:
        digits = digits.rjust(width - len(prefix), "0")
    return _pad(prefix + digits, width, flags)


_CONVERSION = re.compile(r"%([-+ #0]*)(\*|\d*)(\.(\*|\d*))?(hh|h|ll|l|L|z)?([diuxXocsp%])")


@lru_cache(1024)
def _text_arguments(format_: str) -> frozenset[int]:
    """Which arguments of a format are texts."""
    number, out = 0, set()
    for _, width, _, precision, _, conv in _CONVERSION.findall(format_):
        number += (width == "*") + (precision == "*") + (conv != "%")
        if conv == "s":
            out.add(number - 1)
    return frozenset(out)


@lru_cache(4096)
def _formatted(format_: str, args: State) -> str:
    """A format with its arguments, texts instead of their addresses."""
    it = iter(args)

    def number(text: str) -> int | None:
        return next(it, 0) if text == "*" else int(text) if text else None

    def one(m: re.Match[str]) -> str:
        flags, width, dot, precision, length, conv = m.groups()
        if conv == "%":
            return "%"
        wide = number(width) or 0
        exact = (number(precision) or 0) if dot else None
        if wide < 0:
            flags, wide = flags + "-", -wide
        arg = next(it, None)
        if arg is None:
            raise KernelFault("bad_pointer", "a format without its argument")
        if conv == "s":
            text = arg if isinstance(arg, str) else "(null)"
            return _pad(text[:exact] if exact is not None else text, wide, flags)
        if conv == "c":
            return _pad(chr(arg & 0xFF), wide, flags)
        bits = {"hh": 8, "h": 16, "l": 64, "ll": 64, "L": 64, "z": 64}.get(length, 64 if conv == "p" else 32)
        return _integer(arg & ((1 << bits) - 1), bits, conv, flags, wide, exact)

    return _CONVERSION.sub(one, format_)


class Shape(NamedTuple):
    """An object in a struct on the heap: its *kind*, the number of the struct that it is (0: none), where it ends in
    bytes, and what it holds in memory that was never written and in memory of zeros."""

    kind: str
    struct: int
    end: int
    raw: Cell
    zero: Cell


class Memory:
    """Access through pointers for one machine.  *heap* is the range of the first cells of the heap's blocks, *each* how
    many an allocator has, *literals* the string literals, *sizes* the capacity of each text object and array by
    address, *structs* the offset behind each field of each struct kind, *shapes* the objects in it; *kinds* the struct
    that is at an address, *inside* what lies in it, with what that is when zero; *stacks*: the cells of what dies with
    a function.  *roots*: by a block's first cell those cells that lead to it while they are not 0; *named*: by the
    number of a node the first cells of the blocks that the code behind it names, for the tasks that *stand* there."""

    def __init__(
        self,
        heap: range,
        each: int,
        literals: list[Cell],
        sizes: dict[int, int],
        structs: dict[int, tuple[int, ...]],
        shapes: dict[int, tuple[Shape, ...]],
        kinds: dict[int, int],
        inside: dict[int, tuple[tuple[int, Cell], ...]],
        stacks: frozenset[int],
        roots: dict[int, tuple[int, ...]],
        stand: tuple[int, ...],
        named: dict[int, frozenset[int]],
    ) -> None:
        self.heap, self.literals, self.sizes, self.structs = heap, literals, sizes, structs
        self.shapes, self.kinds, self.inside, self.stacks = shapes, kinds, inside, stacks
        self.roots, self.stand, self.named, self.width = roots, stand, named, heap.step
        self.said = {CONSTANT + n: x.partition("\0")[0] for n, x in enumerate(literals) if isinstance(x, str)}
        self.each = each
        self.more_heap = each < MAX_OBJECTS
        self.first = heap.start
        self.shift = HEAP - heap.start

    def on_heap(self, p: int) -> bool:
        """Is this an address that kmalloc() may give?"""
        return p >= HEAP and p - self.shift in self.heap

    def owner(self, p: int) -> int:
        """The number of the allocator that the heap object at *p* came from."""
        return (p - HEAP) // (self.each * self.width)

    def block(self, p: int) -> int:
        """The address of the block of the heap that *p* leads into."""
        return p - (p - HEAP) % self.width

    def in_heap(self, p: Cell) -> bool:
        """Does this lead into some block of the heap?"""
        return isinstance(p, int) and 0 <= p - HEAP < len(self.heap) * self.width

    def shape(self, c: Cells | State, p: int) -> Shape:
        """The object at *p*, in a block of the heap, if there is one now."""
        block = c[self.block(p) - self.shift]
        if block is None:
            raise KernelFault("bad_pointer")
        if block == FREED:
            raise KernelFault("use_after_free")
        shapes, n = self.shapes.get(block[0], ()), (p - HEAP) % self.width - 1
        if n >= len(shapes):
            raise KernelFault("bad_pointer", "this is not such a struct")
        if shapes[n].end > block[1]:
            raise KernelFault("out_of_bounds", f"byte {shapes[n].end} of {block[1]}")
        return shapes[n]

    def functions(self) -> dict[str, object]:
        """The names generated code uses."""
        own = (
            self.obj, self.txt, self.put, self.chr, self.sch, self.fld, self.sfld, self.alloc, self.free, self.gc,
            self.cast, self.arr, self.sarr, self.fmt, self.set, self.ncopy, self.ntxt, self.ksize, self.present,
            self.astray,
        )  # fmt: skip
        return {f"_{f.__name__}": f for f in own}

    def obj(self, c: Cells, p: int) -> Cell:
        """The value of the object at *p*."""
        if not p:
            raise KernelFault("null_pointer")
        if p >= HEAP and p - self.shift in self.heap:
            v = c[p - self.shift]
            if v is None:
                raise KernelFault("bad_pointer")
            if v == FREED:
                raise KernelFault("use_after_free")
            return v
        if self.in_heap(p):
            if self.shape(c, p).kind not in ("struct", "array", "text"):
                raise KernelFault("bad_pointer", "an object of the kernel's is used as memory")
            return c[p - self.shift]
        if NEAR_NULL <= p < NEAR_NULL + REACH:
            raise KernelFault("null_pointer")
        if CONSTANT <= p < CONSTANT + len(self.literals):
            return self.literals[p - CONSTANT]
        if p not in self.sizes:
            raise KernelFault("bad_pointer", f"address {p:#x}")
        v = c[p]
        if v is None:
            raise KernelFault("dead_stack" if p in self.stacks else "bad_pointer")
        return v

    def present(self, c: Cells | State, first: int, struct: int, n: int) -> None:
        """Is the block of the heap whose first cell is *first* that struct now, with its object number *n*?"""
        shape = self.shape(c, first + self.shift + n)
        if c[first][0] != struct:
            raise KernelFault("bad_pointer", f"this is no struct with such a {shape.kind}")

    def astray_unless(self, c: Cells, p: int, kind: str) -> None:
        """*p* leads into the heap: to an object of that *kind*?"""
        if not self.in_heap(p) or not (p - HEAP) % self.width or self.shape(c, p).kind != kind:
            self.astray(c, p, kind)

    def of_kind(self, c: Cells | State, kind: str) -> Iterator[int]:
        """The cells of all objects of that *kind* that are on the heap now."""
        for n in self.heap:
            for k, shape in enumerate(self.shapes.get(c[n][0], ()) if c[n] is not None else (), n + 1):
                if shape.kind == kind:
                    yield k

    def astray(self, c: Cells, p: int, kind: str) -> None:
        """*p* leads to no object of that *kind*: what is there, if anything?"""
        if self.in_heap(p) and (p - HEAP) % self.width:
            self.shape(c, p)
        elif p in self.stacks and c[p] is None:
            raise KernelFault("dead_stack")
        elif p not in self.sizes:
            self.obj(c, p)
        raise KernelFault("bad_pointer", f"this is no {kind}")

    def write(self, c: Cells, p: int, value: Cell) -> None:
        """Put a value into the cell at address *p*."""
        c[p - self.shift if p >= HEAP else p] = value

    # Text.  A char buffer holds its bytes up to the last that is not NUL; what they say ends at the first NUL.

    def bytes_of(self, c: Cells, p: int) -> tuple[str, int]:
        """The bytes of the char buffer at *p*, and its capacity."""
        v = self.obj(c, p)
        if isinstance(v, str):
            return v, len(v) + 1 if CONSTANT <= p < HEAP else self.sizes[p]
        if p >= HEAP and v[0] == TEXT:
            return v[2], v[1]
        if p >= HEAP and v[0] == RAW:
            return ("" if v[2] else UNWRITTEN), v[1]
        raise KernelFault("bad_pointer", "this is not text")

    def keep(self, c: Cells, p: int, text: str) -> None:
        """Store the bytes of the char buffer at *p*."""
        if CONSTANT <= p < HEAP:
            raise KernelFault("bad_pointer", "a string literal cannot be written to")
        text = text.rstrip("\0")
        self.write(c, p, text if p < HEAP else (TEXT, c[p - self.shift][1], text))

    def txt(self, c: Cells, p: int) -> str:
        """What the buffer at *p* says."""
        known = self.said.get(p)
        if known is not None:
            return known
        text, size = self.bytes_of(c, p)
        if text == UNWRITTEN:
            raise KernelFault("uninitialised_local", "this memory was never written")
        said, nul, _ = text.partition("\0")
        if not nul and len(text) >= size:
            raise KernelFault("out_of_bounds", "the text has no NUL at its end")
        return said

    def ntxt(self, c: Cells, p: int, count: int) -> str:
        """What the first *count* bytes of the buffer at *p* say; they need no NUL."""
        text, size = self.bytes_of(c, p)
        if text == UNWRITTEN:
            raise KernelFault("uninitialised_local", "this memory was never written")
        said, nul, _ = text.ljust(size, "\0")[: max(0, count)].partition("\0")
        if not nul and count > size:
            raise KernelFault("out_of_bounds", "the text has no NUL at its end")
        return said

    def put(self, c: Cells, p: int, text: str) -> None:
        """Write *text* and a NUL into the buffer at *p*."""
        _, size = self.bytes_of(c, p)
        need = len(text.encode()) + 1
        if need > size:
            raise KernelFault("text_overflow", f"{need} bytes into {size}")
        self.keep(c, p, text)

    def chr(self, c: Cells, p: int, i: int) -> int:
        """``buf[i]``."""
        text, size = self.bytes_of(c, p)
        if not 0 <= i < size:
            raise KernelFault("out_of_bounds", f"index {i} of {size}")
        if text == UNWRITTEN:
            raise KernelFault("uninitialised_local", "this memory was never written")
        return ord(text[i]) if i < len(text) else 0

    def sch(self, c: Cells, p: int, i: int, value: int) -> None:
        """``buf[i] = value``."""
        text, size = self.bytes_of(c, p)
        if not 0 <= i < size:
            raise KernelFault("out_of_bounds", f"index {i} of {size}")
        text = text.ljust(i, "\0")
        self.keep(c, p, text[:i] + chr(value & 0xFF) + text[i + 1 :])

    def ncopy(self, c: Cells, p: int, text: str, count: int) -> None:
        """strncpy: exactly *count* bytes are written; without a NUL if the text is not shorter."""
        old, size = self.bytes_of(c, p)
        if not 0 <= count <= size:
            raise KernelFault("text_overflow", f"{count} bytes into {size}")
        self.keep(c, p, text[:count].ljust(count, "\0") + old[count:])

    def set(self, c: Cells, p: int, value: int, count: int) -> None:
        """memset."""
        v = self.obj(c, p)
        if p >= HEAP and v[0] not in (RAW, TEXT) or p < CONSTANT and isinstance(v, tuple):
            fields = v[2] if p >= HEAP else v
            cleared = _cleared(fields) if not value else fields
            self.write(c, p, (v[0], v[1], cleared) if p >= HEAP else cleared)
            for cell, zero in self.objects_in(c, p) if not value else ():
                c[cell] = zero
            return
        old, size = self.bytes_of(c, p)
        if not 0 <= count <= size:
            raise KernelFault("text_overflow", f"{count} bytes into {size}")
        if p >= HEAP and v[0] == RAW and not value & 0xFF:
            self.write(c, p, (RAW, v[1], 1))
        else:
            self.keep(c, p, chr(value & 0xFF) * count + old[count:])

    def objects_in(self, c: Cells, p: int) -> Iterable[tuple[int, Cell]]:
        """The cells of the objects in the struct at *p*, with what they hold when they are zero."""
        if p < CONSTANT:
            return self.inside.get(p, ())
        n = p - self.shift
        return [(n + k, shape.zero) for k, shape in enumerate(self.shapes.get(c[n][0], ()), 1)]

    def fmt(self, c: Cells, format_: str, args: State) -> str:
        """C's formatted output: ``%d %i %u %x %X %o %c %s %p %%`` with flags, width, precision, ``hh h l ll z``; %d
        is 32 bits wide."""
        texts = _text_arguments(format_)
        if texts:
            args = tuple(self.txt(c, a) if n in texts and a else a for n, a in enumerate(args))
        return _formatted(format_, args)

    # arrays and structs through a pointer

    def arr(self, c: Cells, p: int, i: int) -> Cell:
        """Element *i* of the array at *p*."""
        v = self.obj(c, p)
        if not isinstance(v, tuple) or (p >= HEAP and v[0] != ARRAY):
            raise KernelFault("bad_pointer", "this is not an array")
        return _have(_el(v[2], i)) if p >= HEAP else _el(v, i)

    def sarr(self, c: Cells, p: int, i: int, value: Cell) -> None:
        """Store into element *i* of the array at *p*."""
        v = self.obj(c, p)
        if not isinstance(v, tuple) or (p >= HEAP and v[0] != ARRAY):
            raise KernelFault("bad_pointer", "this is not an array")
        if p >= HEAP:
            self.write(c, p, (ARRAY, v[1], _sel(v[2], i, value)))
        else:
            c[p] = _sel(v, i, value)

    def reach(self, v: State, n: int) -> None:
        """Is field *n* inside the memory that was allocated?"""
        end = self.structs[v[0]][n]
        if end > v[1]:
            raise KernelFault("out_of_bounds", f"byte {end} of {v[1]}")

    def fld(self, c: Cells, p: int, n: int, kind: int) -> Cell:
        """Field *n* of the struct of that *kind* at *p*."""
        v = self.obj(c, p)
        if p >= HEAP:
            if v[0] != kind:
                raise KernelFault("bad_pointer", "this is not such a struct")
            self.reach(v, n)
            v = v[2]
        elif p < CONSTANT and self.kinds.get(p) != kind:
            raise KernelFault("bad_pointer", "this is not such a struct")
        return _have(v[n])

    def sfld(self, c: Cells, p: int, n: int, kind: int, value: Cell) -> None:
        """Store into field *n* of the struct of that *kind* at *p*."""
        v = self.obj(c, p)
        if p >= HEAP:
            if v[0] != kind:
                raise KernelFault("bad_pointer", "this is not such a struct")
            self.reach(v, n)
            self.write(c, p, (kind, v[1], (*v[2][:n], value, *v[2][n + 1 :])))
        elif self.kinds.get(p) != kind:
            raise KernelFault("bad_pointer", "this is not such a struct")
        else:
            c[p] = (*v[:n], value, *v[n + 1 :])

    # heap

    def alloc(self, c: Cells, size: int, zero: int, owner: int) -> int:
        """The lowest free cell of allocator number *owner*.  Each has cells of its own, so that the order in which
        two of them allocate leaves no trace."""
        if size < 0 or size > 131072:
            return 0
        for p in self.heap[owner * self.each : (owner + 1) * self.each]:
            if c[p] is None:
                c[p] = (RAW, size, zero)
                return p + self.shift
        if self.more_heap:
            raise HeapFull
        raise KernelFault("heap_full", f"{self.each} objects are alive")

    def ksize(self, c: Cells, p: int) -> int:
        """How many bytes were asked for."""
        if p and not self.on_heap(p):
            raise KernelFault("bad_pointer", "ksize of what kmalloc did not give")
        return self.obj(c, p)[1] if p else 0

    def free(self, c: Cells, p: int) -> None:
        """kfree()."""
        if not p:
            return
        if not self.on_heap(p) or c[p - self.shift] is None:
            raise KernelFault("bad_pointer", "kfree of what kmalloc did not give")
        if c[p - self.shift] == FREED:
            raise KernelFault("double_free")
        c[p - self.shift] = FREED
        for n in range(p - self.shift + 1, p - self.shift + self.width):
            c[n] = None

    def gc(self, c: Cells) -> None:
        """Forget the tombstones whose address nobody holds any more."""
        for p in self.heap:
            if c[p] == FREED and not self.led_to(c, p):
                c[p] = None

    def led_to(self, c: Cells, n: int) -> bool:
        """Does anything lead into the block whose first cell is *n*?"""
        if self.width == 1:
            return holds(c, n + self.shift)
        if any(c[cell] for cell in self.roots.get(n, ())):
            return True
        if self.named and any(n in self.named.get(c[cell], ()) for cell in self.stand):
            return True
        return any(holds(c, p) for p in range(n + self.shift, n + self.shift + self.width))

    def cast(self, c: Cells, p: int, kind: int) -> int:
        """``cast(struct, p)``: raw memory becomes that struct."""
        if self.on_heap(p):
            v = c[p - self.shift]
            if v is not None and v[0] == RAW:
                c[p - self.shift] = (kind, v[1], ((0 if v[2] else None),) * len(self.structs[kind]))
                for n, shape in enumerate(self.shapes.get(kind, ()), p - self.shift + 1):
                    c[n] = shape.zero if v[2] else shape.raw
        return p


def holds(cells: Cells | State, address: int) -> bool:
    """Does any cell hold *address*, which is one on the heap, however deep?"""
    if isinstance(cells, Wide):
        return address in cells.addresses
    if address in cells:
        return True
    for x in cells:  # it is asked in every state in which freed memory may still be known to somebody
        if x and isinstance(x, tuple) and holds(x, address):
            return True
    return False


def references(c: Cells | State) -> set[Cell]:
    """Everything that any cell holds, however deep, but of a long array only what may be addresses on the heap."""
    out: set[Cell] = set()
    todo: list[Cells | State] = [c]
    while todo:
        x = todo.pop()
        if isinstance(x, Wide):
            out |= x.addresses
        else:
            out.update(x)
            todo.extend(filter(tuple.__instancecheck__, x))
    return out


ENVIRONMENT = {
    name: value
    for name, value in globals().items()
    if name
    in (
        "_s64",
        "_narrow",
        "_div",
        "_mod",
        "_udiv",
        "_umod",
        "_sh",
        "_offset",
        "_nth",
        "_bit",
        "_wrap",
        "_have",
        "_el",
        "_sel",
        "KernelFault",
    )
} | {
    "_ffs": lowest_bit,
    "_fls": highest_bit,
    "_hweight32": count_bits,
    "_wide": wide,
    "_number": number_of,
    "_address": address_of,
}
