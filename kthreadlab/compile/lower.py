"""From the tree of a module to the instructions of one actor: own functions inlined, expressions flat, control flow
as jumps.

An actor is whatever can move by itself: a thread, a process or an interrupt that makes one call, the machine's own
threads.  Its program is a list of `Instr`; between two *operations* (``op``) everything is local computation that
nobody else can observe.  Expressions are Python source over variables (``<7>``), cells (``@name@``) and constants
(``{3}``): no identifier and no literal of a module ever reaches generated code.

Here are functions and statements; `Lower` takes the rest from the files it is put together from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from kthreadlab.lang import ir
from kthreadlab.lang.ir import S64, IntType, PtrType

from .calls import Calls
from .instructions import Instr, Loop, Lowered, Scope
from .statics import Statics, size_of_object
from .values import LowerError, NotWrittenError, Obj, Place, Val, array_of, element_of, held, objects_in, unnamed

Declaration = Callable[["Lower", ir.Declare, Obj], None]
Assignment = Callable[["Lower", Val, ir.Assign], None]
DECLARES: dict[str, Declaration] = {}
"""For some kinds of objects what declaring one on the stack is written out as."""
STORES: dict[str, Assignment] = {}
"""For some kinds of objects what an assignment to a field of one is written out as, for want of memory of its own."""
STATEMENTS: dict[type[ir.Node], Callable[..., None]] = {}
"""For some statements, by their class, what they are written out as."""

S = TypeVar("S", bound=ir.Node)


def declares(kind: str) -> Callable[[Declaration], Declaration]:
    """Register the decorated function as what declaring an object of this kind is written out as."""

    def register(write_out: Declaration) -> Declaration:
        DECLARES[kind] = write_out
        return write_out

    return register


def stores(kind: str) -> Callable[[Assignment], Assignment]:
    """Register the decorated function as what assigning to a field of such an object is written out as."""

    def register(write_out: Assignment) -> Assignment:
        STORES[kind] = write_out
        return write_out

    return register


def statement(kind: type[S]) -> Callable[[Callable[[Lower, S], None]], Callable[[Lower, S], None]]:
    """Register the decorated function as what statements of this class are written out as."""

    def register(write_out: Callable[[Lower, S], None]) -> Callable[[Lower, S], None]:
        STATEMENTS[kind] = write_out
        return write_out

    return register


def new_object(low: Lower, decl: ir.Declare, obj: Obj) -> None:
    """An object on the stack that is what its declaration says."""
    low.op("new_object", (low.address(obj),), decl.pos, silent=True)


@declares("array")
def new_array(low: Lower, decl: ir.Declare, obj: Obj) -> None:
    """An array on the stack, perhaps with elements."""
    if decl.make != "list":
        new_object(low, decl, obj)
        return
    items = tuple(low.value(a) for a in decl.args)
    obj.type = ir.ObjType("array", size_of_object(obj.type), held(items))
    low.op("new_list", (low.address(obj), *items), decl.pos, silent=True)


class Lower(Calls):
    """One actor: `run(function, args)` gives its `Lowered` program.

    *returns*: the value that the function returns means something. *own*: the actor is one of the machine's own
    threads.  What exists in this version of the kernel, `Statics` knows.
    """

    def __init__(
        self,
        statics: Statics,
        actor: int,
        *,
        returns: bool = True,
        own: bool = False,
    ) -> None:
        super().__init__(statics, actor)
        self.returns, self.own = returns, own

    def run(self, function: str, args: tuple[int | Obj | Val, ...]) -> Lowered:
        """Lower a call of *function* and the end of the actor.  Its arguments are numbers (0 for those left out),
        objects, or a value of which only the type is known now: the actor's first operation gets it."""
        f = self.module.functions[function]
        args = (*args, *(0 for _ in f.params))[: len(f.params)]
        ret = self.inline(f, [self.given(a) for a in args], f.pos, top=True)
        end = self.op("exit", (ret if self.returns else self.const(0),), f.pos, objs=tuple(self.objects))
        end.stack = (function,)
        return Lowered(self.code, self.names, self.objects)

    def given(self, a: int | Obj | Val) -> Val:
        """An argument of the actor's function."""
        if isinstance(a, Obj):
            return self.address(a)
        if isinstance(a, Val):
            self.code[0].dst = self.var("", a.type)
            return self.ref(self.code[0].dst)
        return self.const(a, literal=True)

    # ---- functions ------------------------------------------------------------------------------------------------

    def inline(self, f: ir.Function, args: list[Val], pos: ir.Pos, top: bool = False) -> Val:
        """Inline a call; the value it returns (0 if it returns none).  Its stack objects die where it ends, those of
        the *top* function with the actor."""
        if f.name in self.stack:
            raise LowerError(f"{f.name} calls itself", pos, "the kernel stack is 8 KiB: recursion is refused")
        if f.stub:
            raise NotWrittenError(f.name, f.pos)
        if len(args) != len(f.params):
            raise LowerError(f"{f.name} takes {len(f.params)} arguments, not {len(args)}", pos)
        result, stack = self.var(f"{f.name}()"), (*self.stack, f.name)
        scope = Scope(f.name, result, len(self.objects), self.assigned_in(f), stack)
        self.emit("set", pos, dst=scope.result, src=self.const(0))
        for param, val in zip(f.params, args, strict=True):
            scope.names[param.name] = self.argument(param, val, param.name in scope.assigned, pos)
        self.scopes.append(scope)
        self.body(f.body)
        self.patch(scope.returns)
        mine = tuple(self.objects[scope.first_object :])
        self.scopes.pop()
        if mine and not top:
            self.emit("kill", pos, objs=mine)
        return self.ref(scope.result)

    def argument(self, param: ir.Param, val: Val, assigned: bool, pos: ir.Pos) -> int | Val:
        """What a parameter stands for: a value known now, unless the body assigns to it; else a variable."""
        known = val.const is not None or val.obj is not None
        if isinstance(param.type, IntType):
            val = self.convert(val, param.type)
        elif isinstance(param.type, PtrType) and val.const is not None:
            val = replace(val, type=param.type)
        if known and not assigned:
            return replace(val, literal=False)
        type_ = param.type or (val.type if isinstance(val.type, PtrType | IntType) else PtrType())
        v = self.var(param.name, type_)
        self.emit("set", pos, dst=v, src=val)
        return v

    def body(self, stmts: tuple[ir.Stmt, ...]) -> None:
        """Lower statements, each as it is registered (`statement`), or by the method of its name."""
        for s in stmts:
            written_out = STATEMENTS.get(type(s))
            if written_out is not None:
                written_out(self, s)
            else:
                getattr(self, "stmt_" + type(s).__name__.lower())(s)

    # ---- declarations and assignments -----------------------------------------------------------------------------

    def stmt_declare(self, s: ir.Declare) -> None:
        if isinstance(s.type, IntType | PtrType):
            value = self.value(s.args[0]) if s.args else self.const(0, literal=True)
            self.assign_local(s.name, value, s.pos, s.type)
            return
        self.statics.require(s.make, s.pos)
        names = self.scopes[-1].names
        known = names.get(s.name)
        if isinstance(known, Val) and known.obj is not None and known.obj.name == s.name and known.obj.type == s.type:
            obj = known.obj
        else:
            obj = self.stack_object(s)
            names[s.name] = self.address(obj)
        DECLARES.get(s.type.kind, new_object)(self, s, obj)

    def stmt_assign(self, s: ir.Assign) -> None:
        if isinstance(s.target, ir.Field) and (written_out := STORES.get(self.led_to(s.target.base))):
            written_out(self, self.value(s.target.base), s)
            return
        value = self.value(s.value)
        if isinstance(s.value, ir.Const) and s.value.name == "NULL":
            value = replace(value, type=PtrType())
        self.store(s.target, value, s.pos)

    def stmt_augassign(self, s: ir.AugAssign) -> None:
        if isinstance(s.target, ir.Name):
            left = self.value(s.target)
            self.store(s.target, self.binary(s.op, left, self.value(s.value), s.pos), s.pos)
            return
        place = self.place(s.target)
        left = self.load_place(place, s.pos)
        self.store_place(place, self.binary(s.op, left, self.value(s.value), s.pos), s.pos)

    def stmt_exprstmt(self, s: ir.ExprStmt) -> None:
        if not isinstance(s.value, ir.Const | ir.Str):
            self.value(s.value)

    # ---- control flow ---------------------------------------------------------------------------------------------

    def stmt_if(self, s: ir.If) -> None:
        outs = self.jump_if_false(s.test)
        self.body(s.body)
        if s.orelse:
            end = self.emit("jmp", s.pos)
            self.patch(outs)
            self.body(s.orelse)
            end.target = self.label()
        else:
            self.patch(outs)

    def stmt_while(self, s: ir.While) -> None:
        top = self.label()
        self.loop_body(s, top, self.jump_if_false(s.test))

    def stmt_forrange(self, s: ir.ForRange) -> None:
        counter, stop = self.var("", S64), self.var("", S64)
        self.emit("set", s.pos, dst=counter, src=self.value(s.start))
        self.emit("set", s.pos, dst=stop, src=self.value(s.stop))
        top = self.label()
        op = "<" if s.step > 0 else ">"
        test = Val(f"(<{counter}> {op} <{stop}>)", frozenset((counter, stop)))
        out = self.emit("jf", s.pos, src=test)
        self.assign_any(s.var, self.ref(counter), s.pos)
        self.emit("set", s.pos, dst=counter, src=Val(f"(<{counter}> + {self.k.ref(s.step)})", frozenset((counter,))))
        self.loop_body(s, top, [out])

    def stmt_foreach(self, s: ir.ForEach) -> None:
        """Its elements, or the addresses of the objects that are."""
        array = self.kept(self.value(s.array), s.pos)
        type_ = array_of(array)
        if type_ is None:
            raise LowerError("only an array can be walked through", s.pos, "for x in array")
        counter, of = self.var("", S64), objects_in(type_)
        self.emit("set", s.pos, dst=counter, src=self.const(0))
        top = self.label()
        out = self.emit("jf", s.pos, src=Val(f"(<{counter}> < {type_.size})", frozenset((counter,))))
        if of is not None:
            element = self.element_object(array, of, self.ref(counter))
        else:
            element = self.load_place(Place("element", unnamed(array), self.ref(counter), element_of(type_)), s.pos)
        self.assign_any(s.var, element, s.pos)
        self.emit("set", s.pos, dst=counter, src=Val(f"(<{counter}> + 1)", frozenset((counter,))))
        self.loop_body(s, top, [out])

    def loop_body(self, s: ir.While | ir.ForRange | ir.ForEach, top: int, outs: list[Instr]) -> None:
        """The body of a loop that goes on at *top*; *outs* leave it."""
        loop = Loop(s.pos, top)
        self.scopes[-1].loops.append(loop)
        self.body(s.body)
        self.emit("back", s.pos, target=loop.top)
        self.scopes[-1].loops.pop()
        self.patch(outs + loop.breaks)

    def stmt_break(self, s: ir.Break) -> None:
        self.scopes[-1].loops[-1].breaks.append(self.emit("jmp", s.pos))

    def stmt_continue(self, s: ir.Continue) -> None:
        loop = self.scopes[-1].loops[-1]
        self.emit("back", loop.pos, target=loop.top)

    def stmt_return(self, s: ir.Return) -> None:
        scope = self.scopes[-1]
        if s.value is not None:
            value = self.value(s.value)
            if value.type is not self.var_types[scope.result] and isinstance(value.type, PtrType):
                self.var_types[scope.result] = value.type
            self.emit("set", s.pos, dst=scope.result, src=value)
        scope.returns.append(self.emit("jmp", s.pos))

    def stmt_notwritten(self, s: ir.NotWritten) -> None:
        raise NotWrittenError(self.scopes[-1].function, s.pos)
