"""Where values are kept: local variables, and places in memory to load from and store to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.ir import S64, IntType, ObjType, PtrType

from .hooks import Writer
from .instructions import Builder
from .statics import element_at
from .structs import offset_of, width
from .values import LowerError, Obj, Place, Val, element_of, kind_of, objects_in, pointee, unnamed


@dataclass(frozen=True)
class OwnField:
    """A field of ``current``.  *load*: the Python of what it holds; *target*: of where a value is stored, if it may be;
    *object*: what its name is the address of, if it is that."""

    load: Callable[[Writer], str] | None = None
    target: Callable[[Writer], str] | None = None
    object: Callable[[Builder], Obj] | None = None


CURRENT: dict[str, OwnField] = {}
"""The fields that ``current`` has, by name."""


def assigned_names(body: tuple[ir.Stmt, ...]) -> Mapping[str, int]:
    """How often each local is assigned in a body; what a loop or a call writes counts twice, as does ``+=``."""
    count: Counter[str] = Counter()

    def walk(node: object) -> None:
        if isinstance(node, tuple):
            for n in node:
                walk(n)
        elif isinstance(node, ir.Assign | ir.AugAssign):
            if isinstance(node.target, ir.Name) and node.target.local:
                count[node.target.name] += 2 if isinstance(node, ir.AugAssign) else 1
            walk(node.value)
        elif isinstance(node, ir.Declare):
            count[node.name] += 1
        elif isinstance(node, ir.ForRange | ir.ForEach | ir.ForList):
            count[node.var] += 2
            walk(node.body)
        elif isinstance(node, ir.If):
            walk((node.test, node.body, node.orelse))
        elif isinstance(node, ir.While):
            walk((node.test, node.body))
        elif isinstance(node, ir.Call):
            for kind, arg in zip(CALLS[node.name].params, node.args, strict=False):
                if kind in ("flags", "word") and isinstance(arg, ir.Name) and arg.local:
                    count[arg.name] += 2
        elif isinstance(node, ir.ExprStmt):
            walk(node.value)

    walk(body)
    return count


class Places(Builder):
    """Assigning to names, and finding, loading and storing what is no local variable."""

    # ---- names ----------------------------------------------------------------------------------------------------

    def assigned_in(self, f: ir.Function) -> Mapping[str, int]:
        """How often each local of a function is assigned; asked wherever it is inlined."""
        known = self.statics.assigned
        if f.name not in known:
            known[f.name] = assigned_names(f.body)
        return known[f.name]

    def store(self, target: ir.Expr, value: Val, pos: ir.Pos) -> None:
        """``target = value``."""
        if isinstance(target, ir.Name) and target.local:
            self.assign_local(target.name, value, pos)
        else:
            self.store_place(self.place(target), value, pos)

    def assign_any(self, name: str, value: Val, pos: ir.Pos) -> None:
        """Assign to a local or, if there is none of this name, to a static."""
        if name in self.statics.objects and name not in self.scopes[-1].names:
            self.store(ir.Name(pos, name, False), value, pos)
        else:
            self.assign_local(name, value, pos)

    def assign_local(self, name: str, value: Val, pos: ir.Pos, type_: ir.Type | None = None) -> None:
        """Assign to a local, declared with *type_* if that is given.  The address of an object that is assigned only
        once needs no variable: the name stands for it."""
        scope = self.scopes[-1]
        known = scope.names.get(name)
        if isinstance(known, Val):
            if known.obj is not None and value.obj is known.obj:
                return
            raise LowerError(f"{name} is an object and cannot be assigned", pos, "objects are declared once")
        names_object = value.obj is not None and not value.obj.constant
        if known is None and type_ is None and names_object and scope.assigned.get(name, 0) <= 1:
            scope.names[name] = value
            return
        if known is None:
            known = scope.names[name] = self.var(name, type_ or self.kept_type(value), user=True)
        var_type = self.var_types[known]
        if isinstance(var_type, IntType):
            value = self.convert(value, var_type)
        elif isinstance(var_type, PtrType) and var_type.target is None and value.const != 0:
            self.var_types[known] = self.kept_type(value)
        self.emit("set", pos, dst=known, src=value)

    @staticmethod
    def kept_type(value: Val) -> ir.Type:
        """The type of a local that nobody declared and *value* is assigned to: an address, or 64 bits."""
        if isinstance(value.type, PtrType):
            return value.type
        return PtrType(pointee(value)) if value.obj or isinstance(value.type, ObjType) else S64

    # ---- memory ---------------------------------------------------------------------------------------------------

    def place(self, e: ir.Expr) -> Place:
        """The place that a static's name, a field or an index denotes."""
        if isinstance(e, ir.Name):
            obj = self.statics.objects.get(e.name)
            if obj is None:
                raise LowerError(f"Unknown symbol {e.name}", e.pos)
            return Place("cell", self.address(obj), None, obj.type)
        if isinstance(e, ir.Field):
            return self.field_place(e)
        assert isinstance(e, ir.Index), "internal: the front end lets no other target through"
        return self.index_place(e)

    def led_to(self, e: ir.Expr) -> str:
        """What the address *e* leads to, as far as types say: a struct's name or a kind of object; "" if they don't."""
        type_ = self.type_of(e)
        return kind_of(type_) if isinstance(type_, ObjType) else getattr(type_, "target", None) or ""

    def type_of(self, e: ir.Expr) -> ir.Type | None:
        """The type of a variable, a field or an element."""
        if isinstance(e, ir.Name):
            known = self.scopes[-1].names.get(e.name) if e.local else None
            if isinstance(known, int):
                return self.var_types[known]
            obj = known.obj if known is not None else self.statics.objects.get(e.name)
            return obj.type if obj is not None else known.type if known is not None else None
        if isinstance(e, ir.Index):
            row = self.type_of(e.base)
            return objects_in(row) or getattr(row, "of", None) if row is not None else None
        if isinstance(e, ir.Field):
            struct = self.statics.structs.get(self.led_to(e.base))
            return dict(struct.fields).get(e.name) if struct is not None else None
        return None

    def field_place(self, e: ir.Field, base: Val | None = None) -> Place:
        """The place that ``base.field`` denotes."""
        if isinstance(e.base, ir.Current):
            if e.name not in CURRENT:
                *names, last = CURRENT
                readable = f"{', '.join(names)} and {last} can be read"
                raise LowerError(f"current has no field {e.name} here", e.pos, readable)
            return Place("task", Val(str(self.actor)), self.const(0), S64, e.name)
        base = unnamed(self.value(e.base) if base is None else base)
        struct = pointee(base)
        if struct not in self.statics.structs:
            raise LowerError(
                f"it is not known what this points to, so .{e.name} cannot be found",
                e.pos,
                "cast(ev, pointer) says what it points to",
            )
        for n, (name, type_) in enumerate(self.statics.structs[struct].fields):
            if name == e.name:
                return Place("field", base, self.const(n), type_, e.name, struct)
        raise LowerError(f"struct {struct} has no field {e.name}", e.pos)

    def field_object(self, base: Val, place: Place) -> Val:
        """The address of an object that is a field."""
        obj = self.statics.field_of(base.obj, place.name) if base.obj is not None else None
        if obj is not None:
            return replace(self.address(obj), lent=base.lent)
        self.statics.walked = True
        by = offset_of(self.statics, place.struct, place.name)
        assert isinstance(place.type, ObjType)
        type_ = place.type if place.type.kind == "array" else PtrType(kind_of(place.type))
        src = f"_offset({place.base.src}, {by})"
        return Val(src, place.base.vars, type_, faults=place.base.faults, member=(place.struct, place.name))

    def element_object(self, base: Val, of: ObjType, index: Val) -> Val:
        """The address of an element of an array of objects."""
        array = base.obj.type if base.obj is not None else base.type
        assert isinstance(array, ObjType)
        if base.obj is not None and index.const is not None and 0 <= index.const < array.size:
            return replace(self.address(element_at(self.statics, base.obj, index.const)), lent=base.lent)
        self.statics.walked = True
        first = base.src if base.obj is None or base.obj.root is not None else f"({base.src} + 1)"
        src = f"_nth({first}, {index.src}, {array.size}, {width(self.statics, of)})"
        member = base.obj.member if base.obj is not None else base.member
        return Val(src, base.vars | index.vars, PtrType(kind_of(of)), faults=True, member=member)

    def index_place(self, e: ir.Index, base: Val | None = None) -> Place:
        """The place that ``base[index]`` denotes."""
        base = unnamed(self.value(e.base) if base is None else base)
        index = self.value(e.index)
        type_ = base.obj.type if base.obj is not None else base.type
        if isinstance(type_, ObjType) and type_.kind == "array":
            return Place("element", base, index, element_of(type_))
        if (isinstance(type_, ObjType) and type_.kind == "text") or (
            isinstance(type_, PtrType) and type_.target in (None, "text")
        ):
            return Place("char", base, index, S64)
        if isinstance(type_, PtrType) and type_.target == "array":
            return Place("element", base, index, S64)
        raise LowerError("this cannot be indexed", e.pos, "arrays and char buffers can")

    def load_place(self, p: Place, pos: ir.Pos) -> Val:
        """What is there now, in a fresh variable."""
        type_ = p.type if isinstance(p.type, IntType | PtrType) else PtrType("text")
        t = self.var(p.name, type_)
        self.op("load", (p.base, p.index), pos, dst=t, place=p)
        return self.ref(t, type_)

    def store_place(self, p: Place, value: Val, pos: ir.Pos) -> None:
        """Store *value* there, as the place's type keeps it."""
        if isinstance(p.type, ObjType):
            raise LowerError("an object cannot be assigned", pos, "objects are passed by address")
        if isinstance(p.type, IntType):
            if value.obj is not None:
                raise LowerError("an address does not fit into a number", pos, "declare a pointer")
            value = self.convert(value, p.type)
        elif isinstance(p.type, PtrType) and p.kind == "cell" and p.type.target is None and pointee(value):
            assert p.base.obj is not None
            p.base.obj.type = PtrType(pointee(value))
        if p.kind == "task" and CURRENT[p.name].target is None:
            raise LowerError(f"current.{p.name} cannot be written", pos)
        self.op("store", (p.base, p.index, value), pos, place=p)
