"""Calls: of the module's own functions, and of the kernel's with each operand checked for what the prototype wants."""

from __future__ import annotations

from collections.abc import Callable, Container

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.kinds import ALSO, OBJECT_KINDS
from kthreadlab.lang.diagnostics import manual_page, miscounted
from kthreadlab.lang.ir import S64, IntType, ObjType, PtrType

from .effects import Does
from .expressions import Expressions
from .ops import APART, OPERATIONS, effects_of
from .values import LowerError, Operand, Place, Val, as_pointer, describe, element_of, pointee, unnamed

Macro = Callable[..., Val]
"""``macro(lower, call)`` appends what a call is written out as, and gives its value."""
MACROS: dict[str, Macro] = {}
"""The calls that are no single operation, each with what it is written out as."""


def macro(*names: str) -> Callable[[Macro], Macro]:
    """Register the decorated function as what a call of each of *names* is written out as."""

    def register(write_out: Macro) -> Macro:
        MACROS.update(dict.fromkeys(names, write_out))
        return write_out

    return register


def complaint(kind: str, v: Val, structs: Container[str] = ()) -> str:
    """Why *v* cannot be an operand of this kind; "" if it can.  *structs*: those of the module."""
    object_kind = v.obj.type.kind if v.obj is not None and isinstance(v.obj.type, ObjType) else None
    pointer = isinstance(v.type, PtrType | ObjType)
    wanted = ""
    if kind in OBJECT_KINDS:
        unknown = v.obj is None and pointer and v.const is None and pointee(v) not in structs
        if object_kind not in (OBJECT_KINDS[kind], *ALSO.get(kind, ())) and not unknown:
            wanted = f"a {OBJECT_KINDS[kind]}"
    elif kind == "int" and (v.obj is not None or pointer):
        wanted = "a number"
    elif kind in ("str", "text") and v.obj is not None and object_kind != "text":
        wanted = "text"
    elif kind in ("str", "text", "ptr") and v.obj is None and isinstance(v.type, IntType) and v.const not in (None, 0):
        wanted = "an address"
    elif kind == "text" and v.obj is not None and v.obj.constant:
        return "a string literal cannot be written to"
    elif kind == "task" and not (isinstance(v.type, PtrType) and v.type.target in (None, "task", "task_struct")):
        wanted = "a task"
    return f"{describe(v)} where {wanted} is wanted" if wanted else ""


class Calls(Expressions):
    """Calls as expressions.  *own*: the actor is one of the machine's own threads."""

    own: bool

    def expr_owncall(self, e: ir.OwnCall) -> Val:
        if self.own and e.name in OPERATIONS and Does.OWN in effects_of(e.name).does:
            self.op(e.name, (), e.pos)
            return self.const(0)
        f = self.module.functions.get(e.name)
        if f is None:
            raise LowerError(f"Unknown symbol {e.name}", e.pos)
        return self.inline(f, [self.value(a) for a in e.args], e.pos)

    def expr_call(self, e: ir.Call) -> Val:
        self.statics.require(e.name, e.pos)
        self.count_arguments(e)
        written_out = MACROS.get(e.name)
        if written_out is not None:
            return written_out(self, e)
        return self.api(e.name, self.operands(e), e.pos)

    def count_arguments(self, e: ir.Call) -> None:
        """Some calls take fewer arguments in some versions."""
        profile, call = self.statics.profile, CALLS[e.name]
        names = call.names[: profile.arity.get(e.name, len(call.names))]
        wrong = miscounted(
            e.name,
            names,
            len(e.args),
            variadic=call.variadic and e.name not in profile.arity,
            optional=0 if call.added or call.dropped else call.optional,
        )
        if wrong:
            rule = f"Linux {profile.name}: {e.name}({', '.join(names)})"
            raise LowerError(wrong, e.pos, rule, manual_page(e.name))

    def api(self, name: str, args: list[Operand], pos: ir.Pos) -> Val:
        """Append the operation of a kernel call; what it returns."""
        call = CALLS[name]
        type_ = {"ptr": PtrType(), "task": PtrType("task")}.get(call.result, S64)
        dst = self.var("", type_) if call.result != "void" else None
        self.op(name, tuple(args), pos, dst=dst)
        return self.ref(dst) if dst is not None else self.const(0)

    # ---- operands -------------------------------------------------------------------------------------------------

    def operands(self, e: ir.Call) -> list[Operand]:
        call = CALLS[e.name]
        kinds = (*call.params, *(["any"] * len(e.args)))[: len(e.args)]
        return [self.operand(kind, arg, e.name) for kind, arg in zip(kinds, e.args, strict=True)]

    def operand(self, kind: str, arg: ir.Expr, call: str) -> Operand:
        """An argument as an operation takes it, by its kind in the prototype of *call*."""
        if kind == "flags":
            return self.flags(arg)
        if kind == "word":
            return self.word(arg)
        if kind == "fn":
            name = getattr(arg, "name", "")
            if name not in self.module.functions:
                raise LowerError(f"{call} takes a function", arg.pos, CALLS[call].prototype, manual_page(call))
            return name
        if kind == "type":
            return arg
        value = self.value(arg)
        wrong = complaint(kind, value, self.statics.structs)
        if wrong:
            rule = "current is the running task" if kind == "task" else CALLS[call].prototype
            raise LowerError(f"{call}: {wrong}", arg.pos, rule, manual_page(call))
        return value if kind in APART else as_pointer(unnamed(value))

    def flags(self, arg: ir.Expr) -> int:
        """The local variable that an ``_irqsave`` call writes and its counterpart reads."""
        if not isinstance(arg, ir.Name) or not arg.local:
            raise LowerError(
                "flags must be a local variable", arg.pos, "the call writes it: it belongs to the caller's stack"
            )
        known = self.local(arg.name)
        if isinstance(known, Val):
            raise LowerError("flags must be a variable", arg.pos)
        return known

    def word(self, arg: ir.Expr) -> Place:
        """The integer variable that a call reads and writes in one step; of an array, its first element."""
        if isinstance(arg, ir.Name) and arg.local:
            known = self.local(arg.name)
            if isinstance(known, int):
                return Place("local", self.ref(known), None, self.var_types[known], str(known))
            if known.obj is not None and isinstance(known.obj.type, ObjType) and known.obj.type.kind == "array":
                return Place("element", known, self.const(0), element_of(known.obj.type))
            raise LowerError("this is not a variable", arg.pos)
        place = self.place(arg)
        if place.kind == "cell" and isinstance(place.type, ObjType):
            if place.type.kind == "array":
                return Place("element", place.base, self.const(0), element_of(place.type))
            raise LowerError("this is not an integer variable", arg.pos)
        return place
