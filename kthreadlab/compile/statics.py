"""The module's memory: an object for every static and string literal, and what a declaration puts into a fresh one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from kthreadlab.lang import ir
from kthreadlab.lang.ir import IntType, ObjType, PtrType
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.profile import Profile

from .cells import Cell
from .fresh import FRESH, Declared, Fresh, fresh
from .integers import wrap_const
from .pointers import Blocks
from .runtime import wide
from .structs import BARE, Part, add_parts, offset_of, part, row, width
from .unread import Variable
from .values import Constants, LowerError, Obj, element_of, objects_in, struct_of

__all__ = ["FRESH", "SETTLED", "SIZES", "Declared", "Fresh", "Statics", "fresh", "make_object", "settled"]

SIZES: dict[str, int] = {}
"""The bytes that an object of the kernel takes, where ``sizeof`` says so."""


class Statics:
    """The module's memory: an `Obj` for every static and string literal, shared by all actors of a machine.  *profile*
    is the version of the kernel that the module is loaded into.  *pointed*: the objects whose addresses some array
    holds from the start.  *assigned*: what is known of the locals of functions that were inlined before.  *parts*: what
    lies in the types of objects that somebody has asked for.  *blocks*: what there is on stacks and on the heap, in
    blocks of *heap* for each allocator; *cast_to*: the structs that lie there.  *walked*: somebody computes the address
    of a part from that of the whole, or the other way round.  *unread*: the numbers that nobody ever looks at."""

    def __init__(self, module: KernelModule, constants: Constants, profile: Profile, heap: int = 0) -> None:
        self.module, self.constants, self.profile = module, constants, profile
        self.objects: dict[str, Obj] = {}
        self.strings: dict[str, Obj] = {}
        self.hidden: dict[str, Obj] = {}
        self.pointed: list[Obj] = []
        self.assigned: dict[str, Mapping[str, int]] = {}
        self.structs: dict[str, ir.Struct] = dict(module.structs)
        self.struct_ids = {name: n + 2 for n, name in enumerate(self.structs)}
        self.parts: dict[object, tuple[Part, ...]] = {}
        self.blocks = Blocks(heap)
        self.cast_to: set[str] = set()
        self.walked = False
        self.unread: frozenset[Variable] = frozenset()
        for struct in self.structs.values():
            self.require_types(struct)
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

    def require_types(self, struct: ir.Struct) -> None:
        """Refuse a struct with a field of a type that this version of the kernel does not have."""
        for _, type_ in struct.fields:
            of = objects_in(type_) or type_
            if isinstance(of, ObjType) and of.kind in BARE:
                self.require(BARE[of.kind], struct.pos)

    def all_objects(self) -> Iterator[Obj]:
        """The statics, with what lies in them."""
        for obj in (*self.objects.values(), *self.hidden.values()):
            yield obj
            yield from obj.parts

    def address(self, e: ir.Expr) -> Obj | None:
        """The object whose address a constant expression is: a static, or what lies in one."""
        if isinstance(e, ir.Name):
            return self.objects.get(e.name)
        base = self.address(e.base) if isinstance(e, ir.Field | ir.Index) else None
        if base is None:
            return None
        if isinstance(e, ir.Field):
            return self.field_of(base, e.name)
        assert isinstance(e, ir.Index)
        element = objects_in(base.type)
        n = e.index.value if isinstance(e.index, ir.Const) else -1
        return element_at(self, base, n) if element is not None and 0 <= n < size_of_object(base.type) else None

    def field_of(self, obj: Obj, name: str) -> Obj | None:
        """The object that is this field of *obj*, a struct; None if it has no such field, or that is no object."""
        struct = struct_of(obj.type)
        type_ = dict(self.structs[struct].fields).get(name) if struct in self.structs else None
        if not isinstance(type_, ObjType):
            return None
        offset = offset_of(self, struct, name)
        return part(obj, offset) if objects_in(type_) is None else row(obj, offset, type_)

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
            return type_.size * self.size_of(objects_in(type_) or element_of(type_))
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


Settler = Callable[["Statics", ir.Static, Obj], None]
SETTLED: dict[str, Settler] = {}
"""For some kinds what is put into a static when all statics have been made, since it leads to another."""


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
        obj = Obj(key, decl.name, type_, made.init, owner, made.ready, size=made.size)
        add_parts(statics, obj)
        return obj
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
    if objects_in(decl.type) is not None:
        return Fresh(())
    of = element_of(decl.type)
    listed = decl.make == "list"
    items = tuple(element(statics, a, of) for a in decl.args) if listed else (0,) * size_of_object(decl.type)
    return Fresh(wide(items), size=len(items))


@fresh("struct")
def fresh_struct(statics: Statics, decl: Declared) -> Fresh:
    """Fields of zeros."""
    return Fresh((0,) * len(statics.structs[struct_of(decl.type)].fields))


@settled("array")
def settle_array(statics: Statics, static: ir.Static, array: Obj) -> None:
    """An array of addresses."""
    if static.make == "list":
        given = [statics.address(a) for a in static.args]
        for a, obj in zip(static.args, given, strict=True):
            if obj is None and isinstance(a, ir.Field | ir.Index):
                raise LowerError("initializer element is not constant", a.pos, "the address of an object is, no value")
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


def element_at(statics: Statics, array: Obj, n: int) -> Obj:
    """Element *n* of an array of objects."""
    of = objects_in(array.type)
    assert of is not None, "internal: this is no array of objects"
    first = 0 if array.root is not None else 1  # the address of an array in a struct is that of its first element
    return part(array, first + n * width(statics, of))


def initial_count(decl: Declared, default: int) -> int:
    """The number that an object is declared with, folded by the front end; *default* where none is given."""
    if not decl.args:
        return default
    arg = decl.args[0]
    if isinstance(arg, ir.Const):
        return arg.value
    raise LowerError("an initial value must be a constant", arg.pos, "the compiler must know the size of an object")
