"""Expressions as C evaluates them: operands in order, conditions as jumps, arithmetic in C's types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kthreadlab.lang import ir
from kthreadlab.lang.ir import S64, IntType, ObjType, PtrType

from .instructions import Instr
from .integers import coerce, common, compare, fold, mask, promote, wrap_const
from .places import CURRENT, Places
from .values import TASK, LowerError, Val, held, objects_in, pointee


def may_assign(e: ir.Node) -> bool:
    """Could evaluating *e* change a variable?  (Only calls can.)"""
    if isinstance(e, ir.Call | ir.OwnCall):
        return True
    return any(
        may_assign(x)
        for value in vars(e).values()
        for x in (value if isinstance(value, tuple) else (value,))
        if isinstance(x, ir.Node)
    )


LOADS: dict[str, Callable[[Expressions, Val, ir.Field], Val | None]] = {}
"""For some kinds of objects what a field of one is; None where it is memory like any other."""


class Expressions(Places):
    """Every node of `ir.Expr` that is no call, by its name: ``expr_name`` lowers `ir.Name`, and so on."""

    def value(self, e: ir.Expr) -> Val:
        """Evaluate *e*."""
        lowered: Val = getattr(self, "expr_" + type(e).__name__.lower())(e)
        return lowered

    def hold(self, v: Val, later: ir.Expr) -> Val:
        """Keep *v* in a variable if evaluating *later* could change what it is made of."""
        if v.vars and may_assign(later):
            t = self.var("", v.type)
            self.emit("set", later.pos, dst=t, src=v)
            return self.ref(t)
        return v

    # ---- names and literals ---------------------------------------------------------------------------------------

    def expr_const(self, e: ir.Const) -> Val:
        return self.const(self.statics.value_of(e), literal=True)

    def expr_str(self, e: ir.Str) -> Val:
        return self.address(self.statics.string(e.value))

    def expr_current(self, e: ir.Current) -> Val:
        return self.current()

    def current(self) -> Val:
        """The address of the running task: this actor's."""
        return Val(str(TASK + self.actor), frozenset(), PtrType("task"))

    def expr_funcref(self, e: ir.FuncRef) -> Val:
        raise LowerError(f"{e.name} is a function", e.pos, "a function's name is a value only where a call takes one")

    def expr_typeref(self, e: ir.TypeRef) -> Val:
        raise LowerError("a type is not a value", e.pos)

    def expr_name(self, e: ir.Name) -> Val:
        if e.local:
            known = self.local(e.name)
            if isinstance(known, Val):
                return known
            if self.user_var[known]:
                self.emit("chk", e.pos, dst=known)
            return self.ref(known)
        place = self.place(e)
        return place.base if isinstance(place.type, ObjType) else self.load_place(place, e.pos)

    def expr_listlit(self, e: ir.ListLit) -> Val:
        items = tuple(self.value(a) for a in e.items)
        type_ = ObjType("array", len(items), held(items))
        obj = self.stack_object(ir.Declare(e.pos, "", type_, "list", ()))
        obj.init, obj.size = (0,) * len(items), len(items)
        self.op("new_list", (self.address(obj), *items), e.pos, silent=True)
        return self.address(obj)

    # ---- memory ---------------------------------------------------------------------------------------------------

    def expr_index(self, e: ir.Index) -> Val:
        base = self.value(e.base)
        of = objects_in(base.obj.type if base.obj is not None else base.type)
        if of is not None:
            return self.element_object(base, of, self.value(e.index))
        return self.load_place(self.index_place(e, base), e.pos)

    def expr_field(self, e: ir.Field) -> Val:
        own = CURRENT.get(e.name) if isinstance(e.base, ir.Current) else None
        if own is not None and own.object is not None:
            return self.address(own.object(self))
        base = None if isinstance(e.base, ir.Current) else self.value(e.base)
        read = LOADS.get(pointee(base) or "") if base is not None else None
        found = read(self, base, e) if read is not None and base is not None else None
        if found is not None:
            return found
        place = self.field_place(e, base)
        if isinstance(place.type, ObjType):
            assert base is not None, "internal: no field of current is an object in a struct"
            return self.field_object(base, place)
        return self.load_place(place, e.pos)

    # ---- conditions -----------------------------------------------------------------------------------------------

    def jump_if_false(self, e: ir.Expr) -> list[Instr]:
        """Evaluate as C would; the jumps to take where it is false, still without a target."""
        if isinstance(e, ir.And):
            return [j for v in e.values for j in self.jump_if_false(v)]
        if isinstance(e, ir.Or):
            hits: list[Instr] = []
            for v in e.values[:-1]:
                outs = self.jump_if_false(v)
                hits.append(self.emit("jmp", v.pos))
                self.patch(outs)
            outs = self.jump_if_false(e.values[-1])
            self.patch(hits)
            return outs
        if isinstance(e, ir.Unary) and e.op == "not":
            outs = self.jump_if_false(e.operand)
            taken = self.emit("jmp", e.pos)
            self.patch(outs)
            return [taken]
        value = self.value(e)
        if value.const is not None:
            return [] if value.const else [self.emit("jmp", e.pos)]
        if value.obj is not None:
            return []
        return [self.emit("jf", e.pos, src=value)]

    def truth(self, e: ir.Expr) -> Val:
        """A condition as a value: 1 or 0."""
        t = self.var("", S64)
        self.emit("set", e.pos, dst=t, src=self.const(0))
        outs = self.jump_if_false(e)
        self.emit("set", e.pos, dst=t, src=self.const(1))
        self.patch(outs)
        return self.ref(t)

    expr_and = expr_or = truth

    def expr_cond(self, e: ir.Cond) -> Val:
        outs = self.jump_if_false(e.test)
        body = self.value(e.body)
        t = self.var("", body.type if isinstance(body.type, IntType | PtrType) else PtrType(pointee(body)))
        self.emit("set", e.pos, dst=t, src=body)
        end = self.emit("jmp", e.pos)
        self.patch(outs)
        self.emit("set", e.pos, dst=t, src=self.value(e.orelse))
        end.target = self.label()
        return self.ref(t)

    def expr_compare(self, e: ir.Compare) -> Val:
        a = self.hold(self.value(e.left), e.right)
        b = self.value(e.right)
        if a.const is not None and b.const is not None:
            t = common(a, b)
            x, y = wrap_const(a.const, t), wrap_const(b.const, t)
            return self.const(int(compare(e.op, x, y)), literal=True)
        if a.obj is not None and b.obj is not None or (a.obj or b.obj) and (a.const == 0 or b.const == 0):
            same = a.obj is b.obj
            return self.const(int(same if e.op == "==" else not same), literal=True)
        pointers = any(v.obj is not None or isinstance(v.type, PtrType) for v in (a, b))
        if pointers and e.op not in ("==", "!="):
            raise LowerError("addresses are equal or not; they have no order", e.pos)
        t = S64 if pointers else common(a, b)
        src = f"({coerce(a, t)} {e.op} {coerce(b, t)})"
        return Val(src, a.vars | b.vars, S64, faults=a.faults or b.faults, condition=True)

    # ---- arithmetic -----------------------------------------------------------------------------------------------

    def expr_unary(self, e: ir.Unary) -> Val:
        if e.op == "not":
            return self.truth(e)
        v = self.value(e.operand)
        t = promote(v)
        if v.const is not None:
            return self.const(wrap_const(-v.const if e.op == "-" else ~v.const, t), t, v.literal)
        if e.op == "~":
            src = f"(~{v.src})" if t.signed else f"(~{v.src} & {mask(t)})"
            return Val(src, v.vars, t, faults=v.faults)
        if not t.signed:
            return Val(f"(-{v.src} & {mask(t)})", v.vars, t, faults=v.faults)
        return Val(f"_s64(-{v.src})", v.vars, t, faults=True)

    def expr_binary(self, e: ir.Binary) -> Val:
        return self.binary(e.op, self.hold(self.value(e.left), e.right), self.value(e.right), e.pos)

    def binary(self, op: str, a: Val, b: Val, pos: ir.Pos) -> Val:
        """*a* *op* *b*; what may go wrong (overflow, division by zero, a wide shift) is found when it is evaluated."""
        for v in (a, b):
            if v.obj is not None or isinstance(v.type, PtrType):
                raise LowerError("no arithmetic on addresses here", pos, "index the array or the buffer instead")
        t = promote(a) if op in ("<<", ">>") else common(a, b)
        both, faults = a.vars | b.vars, a.faults or b.faults
        if a.const is not None and b.const is not None:
            folded = fold(op, a.const, b.const, t)
            if folded is not None:
                return self.const(folded, t, a.literal and b.literal)
        x, y = coerce(a, t), (b.src if op in ("<<", ">>") else coerce(b, t))
        if op in ("&", "|", "^"):
            return Val(f"({x} {op} {y})", both, t, faults=faults)
        if op in ("/", "%"):
            name = ("" if t.signed else "u") + ("div" if op == "/" else "mod")
            return Val(f"_{name}({x}, {y})", both, t, faults=True)
        if op in ("<<", ">>"):
            if b.const is None or not 0 <= b.const < t.bits:
                y, faults = f"_sh({y}, {t.bits})", True
            if op == ">>":
                return Val(f"({x} >> {y})", both, t, faults=faults)
        src = f"{x} {op} {y}"
        if not t.signed:
            return Val(f"(({src}) & {mask(t)})", both, t, faults=faults)
        return Val(f"_s64({src})", both, t, faults=True)

    def convert(self, v: Val, t: IntType) -> Val:
        """*v* as a variable of type *t* keeps it."""
        if v.obj is not None or isinstance(v.type, PtrType):
            return v
        if v.const is not None:
            return self.const(wrap_const(v.const, t), t)
        have = v.type if isinstance(v.type, IntType) else S64
        if have == t or (have.bits < t.bits and (t.signed or not have.signed)):
            return replace(v, type=t)
        if not t.signed:
            return Val(f"({v.src} & {mask(t)})", v.vars, t, faults=v.faults)
        if t.bits == 64:
            return Val(f"_wrap({v.src}, 64)", v.vars, t, faults=v.faults)
        return Val(f"_narrow({v.src}, {t.bits})", v.vars, t, faults=True)
