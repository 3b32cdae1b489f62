"""What lies in structs and arrays of objects: where each part is, and what it holds at first.

A struct has a cell for its numbers and pointers, and behind it one for each object in it.  The cells of a static, of an
object on a stack and of a block of the heap are laid out alike, so the address of a part is that of the whole and an
offset, and `container_of` takes it off again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from kthreadlab.lang import ir
from kthreadlab.lang.api import OBJECT_TYPES
from kthreadlab.lang.ir import ObjType

from .cells import Cell
from .fresh import FRESH
from .values import Obj, objects_in, struct_of

BARE = {kind: name for name, kind in OBJECT_TYPES.items()}
"""By the kind of an object the name that declares one which nothing has initialised."""


class Types(Protocol):
    """The structs of a module, and the parts of all types that anybody has asked for."""

    structs: dict[str, ir.Struct]
    parts: dict[object, tuple[Part, ...]]


@dataclass(frozen=True)
class Part:
    """An object in a struct or an array of objects: so many cells behind its beginning, how it is called from there
    (``hub.lock``, ``[2].wait``), its type, and the field that it is, with the struct."""

    offset: int
    path: str
    type: ObjType
    member: tuple[str, str] | None


def parts_of(types: Types, type_: ir.Type) -> tuple[Part, ...]:
    """All parts of an object of this type, in the order of their cells."""
    struct, element = struct_of(type_), objects_in(type_)
    key = struct or type_
    if key not in types.parts:
        types.parts[key] = tuple(_fields(types, struct) if struct else _elements(types, type_, element))
    return types.parts[key]


def width(types: Types, type_: ir.Type) -> int:
    """How many cells an object of this type takes as a part of another; what is not an object takes none."""
    if not isinstance(type_, ObjType):
        return 0
    inside = len(parts_of(types, type_))
    return inside if objects_in(type_) is not None else 1 + inside


def _fields(types: Types, struct: str) -> Iterator[Part]:
    offset = 1
    for name, type_ in types.structs[struct].fields:
        if isinstance(type_, ObjType):
            yield from _inside(types, offset, name, type_, (struct, name))
            offset += width(types, type_)


def _elements(types: Types, type_: ir.Type, element: ObjType | None) -> Iterator[Part]:
    assert isinstance(type_, ObjType)
    for n in range(type_.size if element is not None else 0):
        assert element is not None
        yield from _inside(types, 1 + n * width(types, element), f"[{n}]", element, None)


def _inside(types: Types, offset: int, path: str, type_: ObjType, member: tuple[str, str] | None) -> Iterator[Part]:
    """One object at *offset*, and what lies in it."""
    if objects_in(type_) is None:
        yield Part(offset, path, type_, member)
    else:
        offset -= 1  # the array itself has no cell
    for x in parts_of(types, type_):
        dot = "" if x.path.startswith("[") else "."
        yield Part(offset + x.offset, f"{path}{dot}{x.path}", x.type, x.member or member)


def offset_of(types: Types, struct: str, name: str) -> int:
    """How many cells behind the beginning of *struct* the field called *name* is; 0 if it is no object."""
    offset = 1
    for field_, type_ in types.structs[struct].fields:
        if field_ == name:
            return offset if isinstance(type_, ObjType) else 0
        offset += width(types, type_)
    raise KeyError(name)


# ---- what they hold at first ----------------------------------------------------------------------------------------


def zeros(types: Types, type_: ObjType) -> Cell:
    """What an object of this type holds whose bytes are all 0."""
    if type_.kind == "struct":
        return (0,) * len(types.structs[struct_of(type_)].fields)
    if type_.kind == "text":
        return ""
    if type_.kind == "array":
        return (0,) * type_.size if objects_in(type_) is None else ()
    made = FRESH[type_.kind](types, ir.Static("", type_, BARE.get(type_.kind, ""), (), ir.Pos("", 0)))
    return made.init


def ready(types: Types, type_: ObjType) -> bool:
    """Can an object of zeros be used?"""
    return zeros(types, type_) is not None


def add_parts(types: Types, obj: Obj) -> tuple[Obj, ...]:
    """Make the parts of a new object, which are all zeros."""
    obj.parts = tuple(
        Obj(
            f"{obj.key}.{x.offset}",
            f"{obj.name}{'' if x.path.startswith('[') else '.'}{x.path}",
            x.type,
            zeros(types, x.type),
            obj.owner,
            ready(types, x.type),
            size=x.type.size,
            root=obj,
            offset=x.offset,
            member=x.member,
            heap=obj.heap,
        )
        for x in parts_of(types, obj.type)
    )
    return obj.parts


def is_part(key: str) -> bool:
    """Does what has this cell lie in another object?"""
    return key.count(".") > {"s": 1, "o": 2, "m": 2}.get(key.split(".")[0], key.count("."))


def part(obj: Obj, offset: int) -> Obj:
    """The object so many cells behind *obj*."""
    root = obj.root or obj
    return root.parts[obj.offset + offset - 1]


def row(obj: Obj, offset: int, type_: ObjType) -> Obj:
    """The array of objects so many cells behind *obj*: it is where its first element is."""
    first = part(obj, offset)
    array = Obj(first.key, first.name.removesuffix("[0]"), type_, (), obj.owner, size=type_.size)
    array.root, array.offset, array.member, array.heap = obj.root or obj, first.offset, first.member, first.heap
    return array


def enclosing(obj: Obj, by: int, struct: str) -> Obj | None:
    """The *struct* that begins so many cells before *obj*; None if none does there."""
    root, at = obj.root or obj, obj.offset - by
    whole = root if at == 0 else root.parts[at - 1] if at > 0 else None
    return whole if whole is not None and struct_of(whole.type) == struct else None
