"""What lowering computes with: objects and places in memory, values as Python source, constants by number; and what it
says of a program that means nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kthreadlab.lang import ir
from kthreadlab.lang.diagnostics import Diagnostic, InputError
from kthreadlab.lang.ir import S64, IntType, ObjType, PtrType
from kthreadlab.lang.module import KernelModule

from .cells import Cell

TASK = 0xD0000000
"""Addresses of tasks: this plus the actor's number."""


class LowerError(InputError):
    """A program that reads well and means nothing: *message* at *pos*, the *rule* it breaks and where to *look*."""

    def __init__(self, message: str, pos: ir.Pos, rule: str = "", look: str = "") -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(message, pos, rule, look)

    def quote(self, module: KernelModule) -> None:
        """Show the line of *module* that it is about."""
        pos = self.diagnostic.pos
        self.diagnostic = replace(self.diagnostic, source=module.source_line(pos.file, pos.line))

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.diagnostic.message

    @property
    def pos(self) -> ir.Pos:
        """Where."""
        return self.diagnostic.pos

    @property
    def rule(self) -> str:
        return self.diagnostic.rule

    def __str__(self) -> str:
        return str(self.diagnostic)


class NotWrittenError(InputError):
    """The program needs a function whose body is still ``raise NotImplementedError``."""

    def __init__(self, function: str, pos: ir.Pos) -> None:
        super().__init__(f"{function} is not written yet")
        self.function, self.pos = function, pos


@dataclass(eq=False)
class Obj:
    """A kernel object with an address known when the program is built: a static, a string literal, a stack object of
    one actor (*owner*), or one in a block of the heap.  *key* is its cell's name; *initialised* is False for
    ``spinlock_t()`` and its like.

    What lies in a struct or in an array of objects has a cell of its own, *offset* cells behind that of its *root*,
    which knows all of its *parts*; *member*: the struct that it is a field of, and which.  *heap*: its root is such a
    block, and this the struct."""

    key: str
    name: str
    type: ir.Type
    init: Cell
    owner: int | None = None
    initialised: bool = True
    constant: bool = False
    size: int = 0
    root: Obj | None = None
    offset: int = 0
    parts: tuple[Obj, ...] = ()
    member: tuple[str, str] | None = None
    heap: str = ""

    @property
    def kind(self) -> str:
        """What kind of object it is; "" for a variable."""
        return self.type.kind if isinstance(self.type, ObjType) else ""

    @property
    def word(self) -> str:
        """Its name as a schedule has it: in one word, for a shell, too."""
        return self.name.replace("'s object ", ".object")


@dataclass(frozen=True)
class Val:
    """A value while lowering: Python source, the variables it reads, its type; *const* if known, *obj* if it is the
    address of a known object, *faults* if evaluating it may end in a fault, *literal* if it takes the other operand's
    type as a number in C's source does, *condition* if it is Python's True or False.  *member*: it is the address of
    that field, of whichever struct; *lent*: it was looked up through a pointer, so its object may be gone."""

    src: str
    vars: frozenset[int] = frozenset()
    type: ir.Type = S64
    const: int | None = None
    obj: Obj | None = None
    faults: bool = False
    literal: bool = False
    condition: bool = False
    member: tuple[str, str] | None = None
    lent: bool = False


@dataclass(eq=False)
class Place:
    """Memory to load or store: a scalar *cell*, an *element* of an array, a *char* of a text, a *field* of a struct, a
    *task* field of current, or (for ``word`` operands) a *local* variable."""

    kind: str
    base: Val
    index: Val | None
    type: ir.Type
    name: str = ""
    struct: str = ""

    @property
    def number(self) -> Val:
        """Which element, character or field it is."""
        assert self.index is not None
        return self.index


Operand = Any
"""What an operation is given: a `Val`, a `Place`, the name of a function, a type, or the number of a variable, as the
call's declaration has it for that operand."""


class Constants:
    """The table of constants that generated code refers to by number."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._index: dict[tuple[type, object], int] = {}

    def ref(self, value: object) -> str:
        """*value* as source: its number in the table, entered if it is new."""
        key = (type(value), value)
        if key not in self._index:
            self._index[key] = len(self.values)
            self.values.append(value)
        return f"{{{self._index[key]}}}"


def as_number(v: Val) -> Val:
    """A condition as C has it: 1 or 0."""
    return replace(v, src=f"(+{v.src})", condition=False) if v.condition else v


def unnamed(v: Val) -> Val:
    """*v*, if it is an address on the heap as any other address there: as memory, nobody tells those apart."""
    if v.obj is None or not v.obj.heap:
        return v
    assert isinstance(v.obj.type, ObjType)
    type_ = v.obj.type if v.obj.kind == "array" else PtrType(kind_of(v.obj.type))
    return replace(v, obj=None, type=type_)


def as_pointer(v: Val) -> Val:
    """*v*, if it is the address of an array that is not known by name, as a pointer: calls do not know its length."""
    return replace(v, type=PtrType(pointee(v))) if v.obj is None and isinstance(v.type, ObjType) else v


def pointee(v: Val) -> str | None:
    """What the address *v* leads to: a struct's name or a kind of object; None if that is not known."""
    type_ = v.obj.type if v.obj is not None else v.type
    if isinstance(type_, ObjType):
        return kind_of(type_)
    return type_.target if v.obj is None and isinstance(type_, PtrType) else None


def array_of(v: Val) -> ObjType | None:
    """The type of the array that *v* is the address of; None if it is of none whose length is known."""
    type_ = v.obj.type if v.obj is not None else v.type
    return type_ if isinstance(type_, ObjType) and type_.kind == "array" else None


def kind_of(t: ObjType) -> str:
    """What a pointer to an object of this type leads to: a struct's name or the kind."""
    return struct_of(t) or t.kind


def held(items: tuple[Val, ...]) -> IntType | PtrType:
    """What an array made of *items* holds: as its first element, an object being held by its address."""
    if not items:
        return S64
    first = items[0].type
    return PtrType(pointee(items[0])) if isinstance(first, ObjType) else first


def struct_of(t: ir.Type) -> str:
    """The name of the struct that an object is; "" for any other type."""
    return t.of if isinstance(t, ObjType) and t.kind == "struct" and isinstance(t.of, str) else ""


def objects_in(t: ir.Type) -> ObjType | None:
    """What an array of structs or of the kernel's objects is made of; None for any other type."""
    if not isinstance(t, ObjType) or t.kind != "array":
        return None
    return ObjType("struct", of=t.of) if isinstance(t.of, str) else t.of if isinstance(t.of, ObjType) else None


def element_of(t: ir.Type) -> IntType | PtrType:
    """The type of an array's elements."""
    of = t.of if isinstance(t, ObjType) else None
    assert isinstance(of, IntType | PtrType), "internal: this is no array"
    return of


def describe(v: Val) -> str:
    """*v* in a sentence about a wrong operand."""
    if v.obj is not None:
        kind = v.obj.type.kind if isinstance(v.obj.type, ObjType) else "variable"
        return f"{v.obj.name} ({kind})" if v.obj.name else f"a {kind}"
    if isinstance(v.type, PtrType):
        return f"a pointer to {v.type.target}" if v.type.target else "a pointer"
    return "a number"
