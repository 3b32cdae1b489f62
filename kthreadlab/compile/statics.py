"""The module's memory: an object for every static and string literal, and what a declaration puts into a fresh one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from kthreadlab.lang import ir
from kthreadlab.lang.ir import IntType, ObjType, PtrType
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.profile import Profile

from .cells import Cell
from .integers import wrap_const
from .runtime import wide
from .values import Constants, LowerError, Obj, element_of, struct_of

SIZES: dict[str, int] = {}
"""The bytes that an object of the kernel takes, where ``sizeof`` says so."""


class Statics:
    """The module's memory: an `Obj` for every static and string literal, shared by all actors of a machine.  *profile*
    is the version of the kernel that the module is loaded into.  *pointed*: the objects whose addresses some array
    holds from the start.  *assigned*: what is known of the locals of functions that were inlined before."""

    def __init__(self, module: KernelModule, constants: Constants, profile: Profile) -> None:
        self.module, self.constants, self.profile = module, constants, profile
        self.objects: dict[str, Obj] = {}
        self.strings: dict[str, Obj] = {}
        self.hidden: dict[str, Obj] = {}
        self.pointed: list[Obj] = []
        self.assigned: dict[str, Mapping[str, int]] = {}
        self.structs: dict[str, ir.Struct] = dict(module.structs)
        self.struct_ids = {name: n + 2 for n, name in enumerate(self.structs)}
        for static in module.statics.values():
            self.require(static.make, static.pos)
            self.objects[static.name] = make_object(self, f"s.{static.name}", static, None)
        for static in module.statics.values():
            obj = self.objects[static.name]
            if obj.kind in SETTLED:
                SETTLED[obj.kind](self, static, obj)

    def require(self, name: str, pos: ir.Pos) -> None:
        """Refuse a call, a declaration or a constant that this version of the kernel does not have."""
        if name in self.profile.missing or self.profile.constants.get(name, 0) is None:
            raise LowerError(
                f"{self.module.name}: Unknown symbol {name}", pos, f"Linux {self.profile.name} does not have it"
            )

    def value_of(self, e: ir.Const) -> int:
        """The value of a constant in this version of the kernel."""
        if not e.name:
            return e.value
        self.require(e.name, e.pos)
        here = self.profile.constants.get(e.name)
        return e.value if here is None else here

    def size_of(self, type_: ir.Type | str) -> int:
        """Bytes, as ``sizeof`` says: fields stand without gaps."""
        if isinstance(type_, IntType):
            return type_.bits // 8
        if isinstance(type_, PtrType):
            return 8
        if isinstance(type_, str):
            return self.ends(type_)[-1]
        if type_.kind == "struct":
            return self.ends(struct_of(type_))[-1]
        if type_.kind == "array":
            return type_.size * self.size_of(element_of(type_))
        return SIZES.get(type_.kind, type_.size)

    def ends(self, struct: str) -> tuple[int, ...]:
        """The offset behind each field of a struct."""
        return tuple(accumulate(self.size_of(t) for _, t in self.structs[struct].fields))

    def string(self, text: str) -> Obj:
        """The object of a string literal; equal literals share one."""
        if text not in self.strings:
            obj = Obj(f"k.{len(self.strings)}", "", ObjType("text", len(text) + 1), text, constant=True)
            self.strings[text] = obj
        return self.strings[text]


@dataclass(frozen=True)
class Fresh:
    """What a declaration puts into an object: what its cell holds at first, whether it can be used so (*ready*), its
    *size*."""

    init: Cell
    ready: bool = True
    size: int = 0


Declared = ir.Static | ir.Declare
Maker = Callable[["Statics", Declared], Fresh]
Settler = Callable[["Statics", ir.Static, Obj], None]
FRESH: dict[str, Maker] = {}
"""For each kind of object what a declaration puts into one."""
SETTLED: dict[str, Settler] = {}
"""For some kinds what is put into a static when all statics have been made, since it leads to another."""


def fresh(*kinds: str) -> Callable[[Maker], Maker]:
    """Register the decorated function, which gives what is in a fresh object, for objects of these kinds."""

    def register(make: Maker) -> Maker:
        FRESH.update(dict.fromkeys(kinds, make))
        return make

    return register


def settled(kind: str) -> Callable[[Settler], Settler]:
    """Register the decorated function for statics of this kind: all objects have been made when it is called."""

    def register(settle: Settler) -> Settler:
        SETTLED[kind] = settle
        return settle

    return register


def make_object(statics: Statics, key: str, decl: Declared, owner: int | None) -> Obj:
    """The object a declaration makes."""
    type_ = decl.type
    if isinstance(type_, ObjType):
        if type_.kind not in FRESH:
            raise LowerError(f"{type_.kind} objects are not known", decl.pos)
        made = FRESH[type_.kind](statics, decl)
        return Obj(key, decl.name, type_, made.init, owner, made.ready, size=made.size)
    pointless = not decl.args or (isinstance(type_, IntType) and isinstance(decl.args[0], ir.Str))
    return Obj(key, decl.name, type_, 0 if pointless else element(statics, decl.args[0], type_), owner)


@fresh("text")
def fresh_text(statics: Statics, decl: Declared) -> Fresh:
    """A buffer, perhaps with a text in it."""
    size, text = size_of_object(decl.type), decl.args[1] if len(decl.args) > 1 else None
    said = text.value if isinstance(text, ir.Str) else ""
    if len(said) >= size:
        raise LowerError(f"{len(said)} characters and a NUL do not fit into {size}", decl.pos)
    return Fresh(said, size=size)


@fresh("array")
def fresh_array(statics: Statics, decl: Declared) -> Fresh:
    """Elements that are listed, or so many empty ones."""
    of = element_of(decl.type)
    listed = decl.make == "list"
    items = tuple(element(statics, a, of) for a in decl.args) if listed else (initial(of),) * size_of_object(decl.type)
    return Fresh(wide(items), size=len(items))


@fresh("struct")
def fresh_struct(statics: Statics, decl: Declared) -> Fresh:
    """Fields of zeros."""
    return Fresh(tuple(initial(t) for _, t in statics.structs[struct_of(decl.type)].fields))


@settled("array")
def settle_array(statics: Statics, static: ir.Static, array: Obj) -> None:
    """An array of addresses."""
    if static.make == "list":
        given = [statics.objects.get(a.name) if isinstance(a, ir.Name) else None for a in static.args]
        array.init = tuple(obj or old for obj, old in zip(given, array.init, strict=True))
        statics.pointed += [obj for obj in given if obj is not None]


def size_of_object(type_: ir.Type) -> int:
    """How many elements or characters an object has."""
    return type_.size if isinstance(type_, ObjType) else 0


def element(statics: Statics, arg: ir.Expr, type_: ir.Type) -> Cell:
    """What a variable or an element initialised with *arg* holds at first: 0 unless it is a constant or a string."""
    if isinstance(arg, ir.Const):
        return wrap_const(statics.value_of(arg), type_)
    return statics.string(arg.value) if isinstance(arg, ir.Str) else 0


def initial(type_: ir.Type) -> Cell:
    """What a fresh field or element of this type holds."""
    return "" if isinstance(type_, ObjType) and type_.kind == "text" else 0


def initial_count(decl: Declared, default: int) -> int:
    """The number that an object is declared with, folded by the front end; *default* where none is given."""
    if not decl.args:
        return default
    arg = decl.args[0]
    if isinstance(arg, ir.Const):
        return arg.value
    raise LowerError("an initial value must be a constant", arg.pos, "the compiler must know the size of an object")
