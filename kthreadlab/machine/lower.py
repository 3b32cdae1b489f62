"""From the tree of a module to the instructions of one actor: own functions inlined, expressions flat, control flow
as jumps.

An actor is whatever can move by itself: a thread, a process or an interrupt that makes one call, the machine's own
threads.  Its program is a list of `Instr`; between two *operations* (``op``) everything is local computation that
nobody else can observe.  Expressions are Python source over variables (``<7>``), cells (``@name@``) and constants
(``{3}``): no identifier and no literal of a module ever reaches generated code.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import accumulate

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.ir import S64, U32, IntType, ObjType, PtrType

MAX_OPERATIONS = 10_000
TASK = 0xD0000000
"""Addresses of tasks: this plus the actor's number."""


class LowerError(InputError):
    """A program that reads well and means nothing: *message* at *pos*, with the *rule* it breaks."""

    def __init__(self, message: str, pos: ir.Pos, rule: str = "") -> None:
        super().__init__(f"{pos.file}:{pos.line}: {message}" + (f" ({rule})" if rule else ""))
        self.message, self.pos, self.rule = message, pos, rule


class NotWrittenError(InputError):
    """The program needs a function whose body is still ``raise NotImplementedError``."""

    def __init__(self, function: str, pos: ir.Pos) -> None:
        super().__init__(f"{function} is not written yet")
        self.function, self.pos = function, pos


@dataclass(eq=False)
class Obj:
    """A kernel object with an address known when the program is built: a static, a string literal, or a stack object of
    one actor (*owner*).  *key* is its cell's name; *initialised* is False for ``spinlock_t()`` and its like."""

    key: str
    name: str
    type: ObjType | IntType | PtrType
    init: object
    owner: int | None = None
    initialised: bool = True
    constant: bool = False
    size: int = 0


@dataclass(frozen=True)
class Val:
    """A value while lowering: Python source, the variables it reads, its type; *const* if known, *obj* if it is the
    address of a known object, *faults* if evaluating it may end in a fault, *condition* if it is Python's True or
    False."""

    src: str
    vars: frozenset[int] = frozenset()
    type: object = S64
    const: int | None = None
    obj: Obj | None = None
    faults: bool = False
    literal: bool = False
    condition: bool = False


@dataclass
class Instr:
    """One instruction.  *kind*: ``set`` (dst := src), ``chk`` (a variable must have been assigned), ``jf`` (jump to
    *target* if src is false), ``jmp``, ``back`` (a loop's back edge), ``kill`` (stack objects die), ``op``."""

    kind: str
    pos: ir.Pos
    dst: int | None = None
    src: Val | None = None
    target: int | None = None
    op: str = ""
    args: tuple = ()
    stack: tuple[str, ...] = ()
    objs: tuple[Obj, ...] = ()
    info: dict = field(default_factory=dict)
    chained: bool = False


@dataclass
class Lowered:
    """An actor's program.  *names* are the source names of its variables, for display."""

    code: list[Instr]
    names: list[str]
    objects: list[Obj]


class Constants:
    """The table of constants that generated code refers to by number."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._index: dict[tuple[type, object], int] = {}

    def ref(self, value: object) -> str:
        key = (type(value), value)
        if key not in self._index:
            self._index[key] = len(self.values)
            self.values.append(value)
        return f"{{{self._index[key]}}}"


class Statics:
    """The module's memory: an `Obj` for every static and string literal, shared by all actors of a machine."""

    def __init__(self, module, constants: Constants) -> None:
        self.module, self.constants = module, constants
        self.objects: dict[str, Obj] = {}
        self.strings: dict[str, Obj] = {}
        self.hidden: dict[str, Obj] = {}
        self.structs: dict[str, ir.Struct] = dict(module.structs)
        self.struct_ids = {name: n + 2 for n, name in enumerate(self.structs)}
        for static in module.statics.values():
            self.objects[static.name] = make_object(self, f"s.{static.name}", static, None)

    def size_of(self, type_: object) -> int:
        """Bytes, as ``sizeof`` says: fields stand without gaps."""
        if isinstance(type_, IntType):
            return type_.bits // 8
        if isinstance(type_, PtrType):
            return 8
        if isinstance(type_, str):
            return self.ends(type_)[-1]
        if type_.kind == "struct":
            return self.size_of(type_.of)
        return type_.size * (self.size_of(type_.of) if type_.kind == "array" else 1)

    def ends(self, struct: str) -> tuple[int, ...]:
        """The offset behind each field of a struct."""
        return tuple(accumulate(self.size_of(t) for _, t in self.structs[struct].fields))

    def string(self, text: str) -> Obj:
        if text not in self.strings:
            obj = Obj(f"k.{len(self.strings)}", "", ObjType("text", len(text) + 1), text, constant=True)
            self.strings[text] = obj
        return self.strings[text]


def const_arg(arg: ir.Expr, what: str) -> int:
    """The value of a constant expression (folded by the front end), or an error that names *what* needs one."""
    if isinstance(arg, ir.Const):
        return arg.value
    raise LowerError(f"{what} must be a constant", arg.pos, "the compiler must know the size of an object")


def initial(type_: object) -> object:
    """What a fresh field or element of this type holds."""
    return "" if isinstance(type_, ObjType) and type_.kind == "text" else 0


def make_object(statics: Statics, key: str, decl: ir.Static | ir.Declare, owner: int | None) -> Obj:
    """The object a declaration makes; its initial value is what a cell holds (see `memory`)."""
    type_, make, args = decl.type, decl.make, decl.args
    if isinstance(type_, IntType | PtrType):
        value: object = 0
        if args and isinstance(args[0], ir.Const):
            value = wrap_const(args[0].value, type_)
        elif args and isinstance(args[0], ir.Str) and isinstance(type_, PtrType):
            value = statics.string(args[0].value)
        return Obj(key, decl.name, type_, value, owner)
    kind = type_.kind
    if kind == "wait_queue_head":
        ready = make != "wait_queue_head_t"
        return Obj(key, decl.name, type_, () if ready else None, owner, ready)
    if kind == "wait_queue":
        return Obj(key, decl.name, type_, None, owner)
    if kind in ("spinlock", "rwlock"):
        ready = make not in ("spinlock_t", "rwlock_t")
        return Obj(key, decl.name, type_, 0 if ready else None, owner, ready)
    if kind == "atomic":
        return Obj(key, decl.name, type_, const_arg(args[0], "an initial value") if args else 0, owner)
    if kind == "text":
        text = args[1].value if len(args) > 1 and isinstance(args[1], ir.Str) else ""
        if len(text) >= type_.size:
            raise LowerError(f"{len(text)} characters and a NUL do not fit into {type_.size}", decl.pos)
        return Obj(key, decl.name, type_, text, owner, size=type_.size)
    if kind == "array":
        if make == "list":
            items = []
            for arg in args:
                if isinstance(arg, ir.Str):
                    items.append(statics.string(arg.value))
                elif isinstance(arg, ir.Const):
                    items.append(wrap_const(arg.value, type_.of))
                else:
                    items.append(0)
            return Obj(key, decl.name, type_, tuple(items), owner, size=len(items))
        return Obj(key, decl.name, type_, (initial(type_.of),) * type_.size, owner, size=type_.size)
    if kind == "struct":
        fields = statics.structs[type_.of].fields
        return Obj(key, decl.name, type_, tuple(initial(t) for _, t in fields), owner)
    raise LowerError(f"{kind} objects are not known", decl.pos)


def wrap_const(value: int, type_: object) -> int:
    """*value* as a variable of *type_* keeps it: modulo 2**bits, read as signed where the type is."""
    if not isinstance(type_, IntType):
        return value
    value &= (1 << type_.bits) - 1
    return value - (1 << type_.bits) if type_.signed and value >> (type_.bits - 1) else value


class Lower:
    """One actor: `run(function, args)` gives its `Lowered` program.

    *returns*: the value that the function returns means something. *missing*: calls that this version of the kernel
    does not have. *private*: operations that only the machine's own threads may call.
    """

    def __init__(
        self,
        statics: Statics,
        actor: int,
        *,
        returns: bool = True,
        missing: frozenset[str] = frozenset(),
        private: frozenset[str] = frozenset(),
    ) -> None:
        self.statics, self.actor, self.returns = statics, actor, returns
        self.missing, self.private = missing, private
        self.module, self.k = statics.module, statics.constants
        self.code: list[Instr] = []
        self.names: list[str] = []
        self.var_types: list[object] = []
        self.user_var: list[bool] = []
        self.objects: list[Obj] = []
        self.scopes: list[Scope] = []

    # ---- building blocks ------------------------------------------------------------------------------------------

    def run(self, function: str, args: tuple[int, ...], pos: ir.Pos | None = None) -> Lowered:
        """Lower a call of *function* with constant arguments and the end of the actor."""
        f = self.module.functions[function]
        if len(args) < len(f.params):
            args = tuple(args) + (0,) * (len(f.params) - len(args))
        vals = [self.const(a, literal=True) for a in args[: len(f.params)]]
        ret = self.call_own(f, vals, pos or f.pos, top=True)
        self.op("exit", (ret if self.returns else self.const(0),), pos or f.pos, objs=tuple(self.objects), dst=None)
        return Lowered(self.code, self.names, self.objects)

    def emit(self, kind: str, pos: ir.Pos, **fields) -> Instr:
        if kind == "set":
            fields["src"] = as_number(fields["src"])
        elif kind == "op":
            fields["args"] = tuple(as_number(a) if isinstance(a, Val) else a for a in fields["args"])
        instr = Instr(kind, pos, stack=tuple(s.function for s in self.scopes), **fields)
        self.code.append(instr)
        if len(self.code) > 4 * MAX_OPERATIONS:
            raise LowerError(
                f"more than {MAX_OPERATIONS:,} operations after inlining", pos, "a kernel module must stay small"
            )
        return instr

    def op(self, name: str, args: tuple, pos: ir.Pos, *, dst: int | None = None, **info) -> Instr:
        objs = info.pop("objs", ())
        return self.emit("op", pos, op=name, args=args, dst=dst, objs=objs, info=info)

    def var(self, name: str = "", type_: object = S64, user: bool = False) -> int:
        self.names.append(name)
        self.var_types.append(type_)
        self.user_var.append(user)
        return len(self.names) - 1

    def ref(self, var: int, type_: object = None) -> Val:
        return Val(f"<{var}>", frozenset((var,)), type_ if type_ is not None else self.var_types[var])

    def const(self, value: int, type_: object = S64, literal: bool = False) -> Val:
        return Val(self.k.ref(value), frozenset(), type_, value, literal=literal)

    def address(self, obj: Obj) -> Val:
        return Val(f"@{obj.key}@", frozenset(), obj.type, obj=obj)

    def label(self) -> int:
        return len(self.code)

    # ---- functions ------------------------------------------------------------------------------------------------

    def call_own(self, f: ir.Function, args: list[Val], pos: ir.Pos, top: bool = False) -> Val:
        """Inline a call; the value it returns (0 if it returns none)."""
        if any(s.function == f.name for s in self.scopes):
            raise LowerError(f"{f.name} calls itself", pos, "the kernel stack is 8 KiB: recursion is refused")
        if f.stub:
            raise NotWrittenError(f.name, f.pos)
        if len(args) != len(f.params):
            raise LowerError(f"{f.name} takes {len(f.params)} arguments, not {len(args)}", pos)
        assigned = assigned_names(f.body)
        scope = Scope(f.name, self.var(f"{f.name}()"), len(self.objects))
        self.emit("set", pos, dst=scope.result, src=self.const(0))
        binding: dict[str, object] = {}
        for param, val in zip(f.params, args, strict=True):
            keep = val.const is not None or val.obj is not None
            if isinstance(param.type, IntType):
                val = self.convert(val, param.type, pos)
            if keep and param.name not in assigned:
                binding[param.name] = replace(val, literal=False)
            else:
                type_ = param.type or (val.type if isinstance(val.type, PtrType | IntType) else PtrType())
                v = self.var(param.name, type_)
                self.emit("set", pos, dst=v, src=val)
                binding[param.name] = v
        scope.names = binding
        self.scopes.append(scope)
        self.body(f.body)
        for j in scope.returns:
            j.target = self.label()
        mine = tuple(self.objects[scope.first_object :])
        self.scopes.pop()
        if mine and not top:
            self.emit("kill", pos, objs=mine)
        return self.ref(scope.result)

    def body(self, stmts: tuple[ir.Stmt, ...]) -> None:
        for s in stmts:
            getattr(self, "stmt_" + type(s).__name__.lower())(s)

    # ---- statements -----------------------------------------------------------------------------------------------

    def stmt_declare(self, s: ir.Declare) -> None:
        scope = self.scopes[-1]
        if isinstance(s.type, IntType) or (isinstance(s.type, PtrType) and s.make in ("ptr", "list") and not s.args):
            value = self.value(s.args[0]) if s.args else self.const(0, literal=True)
            self.assign_local(s.name, value, s.pos, s.type)
            return
        if isinstance(s.type, PtrType):
            self.assign_local(s.name, self.value(s.args[0]), s.pos, s.type)
            return
        known = scope.names.get(s.name)
        if isinstance(known, Val) and known.obj is not None and known.obj.name == s.name and known.obj.type == s.type:
            obj = known.obj
        else:
            obj = make_object(self.statics, f"o.{self.actor}.{len(self.objects)}", s, self.actor)
            self.objects.append(obj)
            scope.names[s.name] = self.address(obj)
        if s.make == "list":
            items = tuple(self.value(a) for a in s.args)
            obj.type = replace(obj.type, of=items[0].type if items else S64)
            self.op("new_list", (self.address(obj), *items), s.pos, silent=True)
        elif s.type.kind == "wait_queue":
            self.op(
                "new_entry",
                (self.address(obj),),
                s.pos,
                silent=True,
                auto=s.make == "DEFINE_WAIT",
                ready=s.make != "wait_queue_t",
            )
        else:
            self.op("new_object", (self.address(obj),), s.pos, silent=True)

    def assign_local(self, name: str, value: Val, pos: ir.Pos, type_: object = None) -> None:
        scope = self.scopes[-1]
        known = scope.names.get(name)
        if isinstance(known, Val):
            if known.obj is not None and value.obj is known.obj:
                return
            raise LowerError(f"{name} is an object and cannot be assigned", pos, "objects are declared once")
        if (
            value.obj is not None
            and known is None
            and value.obj.constant is False
            and type_ is None
            and not assigned_twice(self, name)
        ):
            scope.names[name] = value
            return
        if known is None:
            if type_ is None:
                type_ = (
                    value.type if isinstance(value.type, PtrType) else (PtrType(pointee(value)) if value.obj else S64)
                )
            known = scope.names[name] = self.var(name, type_, user=True)
        var_type = self.var_types[known]
        if isinstance(var_type, IntType):
            value = self.convert(value, var_type, pos)
        elif isinstance(var_type, PtrType) and var_type.target is None and pointee(value):
            self.var_types[known] = PtrType(pointee(value))
        self.emit("set", pos, dst=known, src=value)

    def stmt_assign(self, s: ir.Assign) -> None:
        self.store(s.target, self.value(s.value, s.target), s.pos)

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
            self.value(s.value, unused=True)

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
        loop = Loop(self.label())
        self.scopes[-1].loops.append(loop)
        outs = self.jump_if_false(s.test)
        self.body(s.body)
        self.emit("back", s.pos, target=loop.top)
        self.scopes[-1].loops.pop()
        self.patch(outs + loop.breaks)

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
        array = self.value(s.array)
        if array.obj is None or array.obj.type.kind != "array":
            raise LowerError("only an array can be walked through", s.pos, "for x in array")
        counter = self.var("", S64)
        self.emit("set", s.pos, dst=counter, src=self.const(0))
        top = self.label()
        out = self.emit("jf", s.pos, src=Val(f"(<{counter}> < {array.obj.size})", frozenset((counter,))))
        place = Place("element", array, self.ref(counter), array.obj.type.of)
        self.assign_any(s.var, self.load_place(place, s.pos), s.pos)
        self.emit("set", s.pos, dst=counter, src=Val(f"(<{counter}> + 1)", frozenset((counter,))))
        self.loop_body(s, top, [out])

    def loop_body(self, s: ir.ForRange | ir.ForEach, top: int, outs: list[Instr]) -> None:
        loop = Loop(top)
        self.scopes[-1].loops.append(loop)
        self.body(s.body)
        self.emit("back", s.pos, target=top)
        self.scopes[-1].loops.pop()
        self.patch(outs + loop.breaks)

    def assign_any(self, name: str, value: Val, pos: ir.Pos) -> None:
        if name in self.statics.objects and name not in self.scopes[-1].names:
            self.store(ir.Name(pos, name, False), value, pos)
        else:
            self.assign_local(name, value, pos)

    def stmt_break(self, s: ir.Break) -> None:
        self.scopes[-1].loops[-1].breaks.append(self.emit("jmp", s.pos))

    def stmt_continue(self, s: ir.Continue) -> None:
        self.emit("back", s.pos, target=self.scopes[-1].loops[-1].top)

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

    def patch(self, jumps: list[Instr]) -> None:
        for j in jumps:
            j.target = self.label()

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

    # ---- expressions ----------------------------------------------------------------------------------------------

    def value(self, e: ir.Expr, target: ir.Expr | None = None, unused: bool = False) -> Val:
        method = getattr(self, "expr_" + type(e).__name__.lower())
        if isinstance(e, ir.Call | ir.OwnCall):
            return method(e, unused)
        return method(e)

    def expr_const(self, e: ir.Const) -> Val:
        return self.const(e.value, literal=True)

    def expr_str(self, e: ir.Str) -> Val:
        return self.address(self.statics.string(e.value))

    def expr_current(self, e: ir.Current) -> Val:
        return Val(str(TASK + self.actor), frozenset(), PtrType("task"), const=None)

    def expr_funcref(self, e: ir.FuncRef) -> Val:
        raise LowerError(f"{e.name} is a function", e.pos, "a function's name is a value only where a call takes one")

    def expr_typeref(self, e: ir.TypeRef) -> Val:
        raise LowerError("a type is not a value", e.pos)

    def expr_name(self, e: ir.Name) -> Val:
        if e.local:
            known = self.scopes[-1].names.get(e.name)
            if known is None:
                known = self.scopes[-1].names[e.name] = self.var(e.name, S64, user=True)
            if isinstance(known, Val):
                return known
            if self.user_var[known]:
                self.emit("chk", e.pos, dst=known)
            return self.ref(known)
        obj = self.statics.objects.get(e.name)
        if obj is None:
            raise LowerError(f"Unknown symbol {e.name}", e.pos)
        if isinstance(obj.type, ObjType):
            return self.address(obj)
        return self.load_place(Place("cell", self.address(obj), None, obj.type), e.pos)

    def expr_unary(self, e: ir.Unary) -> Val:
        if e.op == "not":
            return self.truth(e)
        return self.unary(e.op, self.value(e.operand), e.pos)

    def unary(self, op: str, v: Val, pos: ir.Pos) -> Val:
        t = promote(v)
        if v.const is not None:
            return self.const(wrap_const(-v.const if op == "-" else ~v.const, t), t, v.literal)
        if op == "~":
            src = f"(~{v.src})" if t.signed else f"(~{v.src} & {mask(t)})"
            return Val(src, v.vars, t, faults=v.faults)
        if not t.signed:
            return Val(f"(-{v.src} & {mask(t)})", v.vars, t, faults=v.faults)
        return Val(f"_s64(-{v.src})", v.vars, t, faults=True)

    def expr_binary(self, e: ir.Binary) -> Val:
        return self.binary(e.op, self.hold(self.value(e.left), e.right), self.value(e.right), e.pos)

    def hold(self, v: Val, later: ir.Expr) -> Val:
        """Keep *v* in a variable if evaluating *later* could change what it is made of."""
        if v.vars and may_assign(later):
            t = self.var("", v.type)
            self.emit("set", later.pos, dst=t, src=v)
            return self.ref(t)
        return v

    def binary(self, op: str, a: Val, b: Val, pos: ir.Pos) -> Val:
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

    def expr_compare(self, e: ir.Compare) -> Val:
        a = self.hold(self.value(e.left), e.right)
        b = self.value(e.right)
        both = a.vars | b.vars
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
        return Val(
            f"({coerce(a, t)} {e.op} {coerce(b, t)})", both, S64, faults=a.faults or b.faults, condition=True
        )

    def expr_and(self, e: ir.And) -> Val:
        return self.truth(e)

    def expr_or(self, e: ir.Or) -> Val:
        return self.truth(e)

    def truth(self, e: ir.Expr) -> Val:
        """A condition as a value: 1 or 0."""
        t = self.var("", S64)
        self.emit("set", e.pos, dst=t, src=self.const(0))
        outs = self.jump_if_false(e)
        self.emit("set", e.pos, dst=t, src=self.const(1))
        self.patch(outs)
        return self.ref(t)

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

    def expr_index(self, e: ir.Index) -> Val:
        return self.load_place(self.place(e), e.pos)

    def expr_field(self, e: ir.Field) -> Val:
        if isinstance(e.base, ir.Current) and e.name == "comm":
            key = f"comm.{self.actor}"
            name = Obj(key, "current->comm", ObjType("text", 16), "insmod", size=16)
            return self.address(self.statics.hidden.setdefault(key, name))
        return self.load_place(self.place(e), e.pos)

    def expr_listlit(self, e: ir.ListLit) -> Val:
        items = tuple(self.value(a) for a in e.items)
        decl = ir.Declare(e.pos, "", ObjType("array", len(items), items[0].type if items else S64), "list", ())
        obj = make_object(self.statics, f"o.{self.actor}.{len(self.objects)}", decl, self.actor)
        obj.init, obj.size = (0,) * len(items), len(items)
        self.objects.append(obj)
        self.op("new_list", (self.address(obj), *items), e.pos, silent=True)
        return self.address(obj)

    def convert(self, v: Val, t: IntType, pos: ir.Pos) -> Val:
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

    # ---- places ---------------------------------------------------------------------------------------------------

    def place(self, e: ir.Expr) -> Place:
        if isinstance(e, ir.Name):
            obj = self.statics.objects.get(e.name)
            if obj is None:
                raise LowerError(f"Unknown symbol {e.name}", e.pos)
            return Place("cell", self.address(obj), None, obj.type)
        if isinstance(e, ir.Field):
            if isinstance(e.base, ir.Current):
                if e.name not in ("state", "pid"):
                    raise LowerError(f"current has no field {e.name} here", e.pos, "state, pid and comm can be read")
                return Place("task", Val(str(self.actor)), self.const(0), S64, e.name)
            base = self.value(e.base)
            name = (
                base.obj.type.of
                if base.obj is not None and isinstance(base.obj.type, ObjType)
                else getattr(base.type, "target", None)
            )
            if name not in self.statics.structs:
                raise LowerError(
                    f"it is not known what this points to, so .{e.name} cannot be found",
                    e.pos,
                    "cast(ev, pointer) says what it points to",
                )
            for n, (field_name, field_type) in enumerate(self.statics.structs[name].fields):
                if field_name == e.name:
                    return Place("field", base, self.const(n), field_type, e.name, name)
            raise LowerError(f"struct {name} has no field {e.name}", e.pos)
        base = self.value(e.base)
        index = self.value(e.index)
        type_ = base.obj.type if base.obj is not None else base.type
        if isinstance(type_, ObjType) and type_.kind == "array":
            return Place("element", base, index, type_.of)
        if (isinstance(type_, ObjType) and type_.kind == "text") or (
            isinstance(type_, PtrType) and type_.target in (None, "text")
        ):
            return Place("char", base, index, S64)
        if isinstance(type_, PtrType) and type_.target == "array":
            return Place("element", base, index, S64)
        raise LowerError("this cannot be indexed", e.pos, "arrays and char buffers can")

    def load_place(self, p: Place, pos: ir.Pos) -> Val:
        type_ = p.type if isinstance(p.type, IntType | PtrType) else PtrType("text")
        t = self.var(p.name, type_)
        self.op("load", (p.base, p.index), pos, dst=t, place=p)
        return self.ref(t, type_)

    def store(self, target: ir.Expr, value: Val, pos: ir.Pos) -> None:
        if isinstance(target, ir.Name) and target.local:
            self.assign_local(target.name, value, pos)
        else:
            self.store_place(self.place(target), value, pos)

    def store_place(self, p: Place, value: Val, pos: ir.Pos) -> None:
        if isinstance(p.type, ObjType):
            raise LowerError("an object cannot be assigned", pos, "objects are passed by address")
        if isinstance(p.type, IntType):
            if value.obj is not None:
                raise LowerError("an address does not fit into a number", pos, "declare a pointer")
            value = self.convert(value, p.type, pos)
        elif isinstance(p.type, PtrType) and p.kind == "cell" and p.type.target is None and pointee(value):
            p.base.obj.type = PtrType(pointee(value))
        if p.kind == "task" and p.name != "state":
            raise LowerError(f"current.{p.name} cannot be written", pos)
        self.op("store", (p.base, p.index, value), pos, place=p)

    # ---- calls ----------------------------------------------------------------------------------------------------

    def expr_owncall(self, e: ir.OwnCall, unused: bool = False) -> Val:
        if e.name in self.private:
            self.op(e.name, (), e.pos)
            return self.const(0)
        f = self.module.functions.get(e.name)
        if f is None:
            raise LowerError(f"Unknown symbol {e.name}", e.pos)
        return self.call_own(f, [self.value(a) for a in e.args], e.pos)

    def expr_call(self, e: ir.Call, unused: bool = False) -> Val:
        if e.name in self.missing:
            raise LowerError(
                f"{self.module.name}: Unknown symbol {e.name}", e.pos, "this version of the kernel does not have it"
            )
        special = getattr(self, "call_" + e.name, None)
        if special is not None:
            return special(e)
        return self.api(e.name, self.operands(e), e.pos)

    def operands(self, e: ir.Call) -> list:
        call = CALLS[e.name]
        kinds = call.params + ("any",) * (len(e.args) - len(call.params))
        return [self.operand(kind, arg, e.name) for kind, arg in zip(kinds, e.args, strict=True)]

    def operand(self, kind: str, arg: ir.Expr, call: str) -> object:
        if kind in ("flags",):
            return self.flags(arg)
        if kind == "word":
            return self.word(arg)
        if kind == "fn":
            name = getattr(arg, "name", "")
            if name not in self.module.functions:
                raise LowerError(f"{call} takes a function", arg.pos)
            return name
        if kind == "type":
            return arg
        value = self.value(arg)
        wanted = {
            "queue": "wait_queue_head",
            "entry": "wait_queue",
            "spinlock": "spinlock",
            "rwlock": "rwlock",
            "atomic": "atomic",
        }.get(kind)
        if wanted:
            have = value.obj.type.kind if value.obj is not None and isinstance(value.obj.type, ObjType) else None
            if have != wanted and not (have is None and isinstance(value.type, PtrType) and value.const is None):
                raise LowerError(
                    f"{call}: {describe(value)} where a {wanted} is wanted", arg.pos, CALLS[call].prototype
                )
        elif kind in ("int",) and (value.obj is not None or isinstance(value.type, PtrType)):
            raise LowerError(f"{call}: {describe(value)} where a number is wanted", arg.pos, CALLS[call].prototype)
        elif (
            kind in ("str", "text")
            and value.obj is not None
            and not (isinstance(value.obj.type, ObjType) and value.obj.type.kind == "text")
        ):
            raise LowerError(f"{call}: {describe(value)} where text is wanted", arg.pos, CALLS[call].prototype)
        elif (
            kind in ("str", "text", "ptr")
            and value.obj is None
            and isinstance(value.type, IntType)
            and value.const not in (None, 0)
        ):
            raise LowerError(f"{call}: {describe(value)} where an address is wanted", arg.pos, CALLS[call].prototype)
        elif kind == "text" and value.obj is not None and value.obj.constant:
            raise LowerError(f"{call}: a string literal cannot be written to", arg.pos, CALLS[call].prototype)
        elif kind == "task" and not (
            isinstance(value.type, PtrType) and value.type.target in (None, "task", "task_struct")
        ):
            raise LowerError(
                f"{call}: {describe(value)} where a task is wanted", arg.pos, "current is the running task"
            )
        return value

    def flags(self, arg: ir.Expr) -> int:
        if not isinstance(arg, ir.Name) or not arg.local:
            raise LowerError(
                "flags must be a local variable", arg.pos, "the call writes it: it belongs to the caller's stack"
            )
        known = self.scopes[-1].names.get(arg.name)
        if isinstance(known, Val):
            raise LowerError("flags must be a variable", arg.pos)
        if known is None:
            known = self.scopes[-1].names[arg.name] = self.var(arg.name, S64, user=True)
        return known

    def word(self, arg: ir.Expr) -> Place:
        if isinstance(arg, ir.Name) and arg.local:
            known = self.scopes[-1].names.get(arg.name)
            if isinstance(known, Val):
                if known.obj is not None and isinstance(known.obj.type, ObjType) and known.obj.type.kind == "array":
                    return Place("element", known, self.const(0), known.obj.type.of)
                raise LowerError("this is not a variable", arg.pos)
            if known is None:
                known = self.scopes[-1].names[arg.name] = self.var(arg.name, S64, user=True)
            return Place("local", self.ref(known), None, self.var_types[known], str(known))
        place = self.place(arg)
        if place.kind == "cell" and isinstance(place.type, ObjType):
            if place.type.kind == "array":
                return Place("element", place.base, self.const(0), place.type.of)
            raise LowerError("this is not an integer variable", arg.pos)
        return place

    def api(self, name: str, args: list, pos: ir.Pos, **info) -> Val:
        call = CALLS[name]
        dst = self.var("", PtrType() if call.result == "ptr" else S64) if call.result != "void" else None
        self.op(name, tuple(args), pos, dst=dst, **info)
        return self.ref(dst) if dst is not None else self.const(0)

    def call_likely(self, e: ir.Call) -> Val:
        return self.value(e.args[0])

    call_unlikely = call_likely

    def call_min(self, e: ir.Call) -> Val:
        a = self.hold(self.value(e.args[0]), e.args[1])
        b = self.value(e.args[1])
        t = common(a, b)
        return Val(f"{e.name}({coerce(a, t)}, {coerce(b, t)})", a.vars | b.vars, t, faults=a.faults or b.faults)

    call_max = call_min

    def call_ffs(self, e: ir.Call) -> Val:
        v = self.value(e.args[0])
        return Val(f"_{e.name}({v.src})", v.vars, S64, faults=v.faults)

    call_fls = call_hweight32 = call_ffs

    def call_sizeof(self, e: ir.Call) -> Val:
        arg = e.args[0]
        type_ = arg.type if isinstance(arg, ir.TypeRef) else None
        if type_ is None:
            value = self.value(arg)
            if value.obj is None:
                return self.const(8 if isinstance(value.type, PtrType) else value.type.bits // 8)
            type_ = value.obj.type
        return self.const(self.statics.size_of(type_))

    def call_cast(self, e: ir.Call) -> Val:
        type_, value = e.args[0].type, self.value(e.args[1])
        if isinstance(type_, IntType):
            return self.convert(value, type_, e.pos)
        t = self.var("", PtrType(type_))
        self.op("cast", (value,), e.pos, dst=t, silent=True, struct=type_)
        return self.ref(t)

    def call_wait_event(self, e: ir.Call) -> Val:
        return self.wait_event(e, state=2)

    def call_wait_event_interruptible(self, e: ir.Call) -> Val:
        return self.wait_event(e, state=1)

    def call_wait_event_interruptible_exclusive(self, e: ir.Call) -> Val:
        return self.wait_event(e, state=1, exclusive=True)

    def call_wait_event_timeout(self, e: ir.Call) -> Val:
        return self.wait_event(e, state=2, timeout=e.args[2])

    def call_wait_event_interruptible_timeout(self, e: ir.Call) -> Val:
        return self.wait_event(e, state=1, timeout=e.args[2])

    def wait_event(self, e: ir.Call, state: int, exclusive: bool = False, timeout: ir.Expr | None = None) -> Val:
        """The macros of include/linux/wait.h: test first, then prepare, test, sleep, in a loop."""
        queue = self.operand("queue", e.args[0], e.name)
        ret = self.var("", S64)
        self.emit("set", e.pos, dst=ret, src=self.value(timeout) if timeout else self.const(0))
        first = self.jump_if_false(e.args[1])
        done = [self.emit("jmp", e.pos)]
        self.patch(first)
        decl = ir.Declare(e.pos, "", ObjType("wait_queue"), "DEFINE_WAIT", ())
        obj = make_object(self.statics, f"o.{self.actor}.{len(self.objects)}", decl, self.actor)
        self.objects.append(obj)
        entry = self.address(obj)
        self.op("new_entry", (entry,), e.pos, silent=True, auto=True, ready=True)
        top = self.label()
        prepare = "prepare_to_wait_exclusive" if exclusive else "prepare_to_wait"
        self.op(prepare, (queue, entry, self.const(state)), e.pos)
        false = self.jump_if_false(e.args[1])
        out = [self.emit("jmp", e.pos)]
        self.patch(false)
        if state == 1:
            pending = self.api("signal_pending", [self.expr_current(None)], e.pos)
            quiet = self.emit("jf", e.pos, src=pending)
            self.emit("set", e.pos, dst=ret, src=self.const(-512))
            out.append(self.emit("jmp", e.pos))
            quiet.target = self.label()
        if timeout:
            left = self.api("schedule_timeout", [self.ref(ret)], e.pos)
            self.emit("set", e.pos, dst=ret, src=left)
            out.append(self.emit("jf", e.pos, src=self.ref(ret)))
        else:
            self.op("schedule", (), e.pos)
        self.emit("back", e.pos, target=top)
        self.patch(out)
        self.op("finish_wait", (queue, entry), e.pos)
        self.emit("kill", e.pos, objs=(obj,))
        self.patch(done)
        return self.ref(ret)

    def call_sleep_on(self, e: ir.Call) -> Val:
        return self.sleep_on(e, 2)

    def call_interruptible_sleep_on(self, e: ir.Call) -> Val:
        return self.sleep_on(e, 1)

    def sleep_on(self, e: ir.Call, state: int) -> Val:
        queue = self.operand("queue", e.args[0], e.name)
        decl = ir.Declare(e.pos, "", ObjType("wait_queue"), "DECLARE_WAITQUEUE", ())
        obj = make_object(self.statics, f"o.{self.actor}.{len(self.objects)}", decl, self.actor)
        self.objects.append(obj)
        entry = self.address(obj)
        self.op("new_entry", (entry,), e.pos, silent=True, auto=False, ready=True)
        self.op("set_current_state", (self.const(state),), e.pos)
        self.op("add_wait_queue", (queue, entry), e.pos)
        self.op("schedule", (), e.pos)
        self.op("remove_wait_queue", (queue, entry), e.pos)
        self.emit("kill", e.pos, objs=(obj,))
        return self.const(0)


@dataclass(eq=False)
class Place:
    """Memory to load or store: a scalar *cell*, an *element* of an array, a *char* of a text, a *field* of a struct, a
    *task* field of current, or (for ``word`` operands) a *local* variable."""

    kind: str
    base: Val
    index: Val | None
    type: object
    name: str = ""
    struct: str = ""


class Loop:
    def __init__(self, top: int) -> None:
        self.top, self.breaks = top, []


class Scope:
    """One inlined call."""

    def __init__(self, function: str, result: int, first_object: int) -> None:
        self.function, self.result, self.first_object = function, result, first_object
        self.names: dict[str, object] = {}
        self.returns: list[Instr] = []
        self.loops: list[Loop] = []


# ---- small questions -----------------------------------------------------------------------------------------------


def assigned_names(stmts: tuple) -> dict[str, int]:
    """How often each local is assigned in a body."""
    count: dict[str, int] = {}

    def bump(name: str) -> None:
        count[name] = count.get(name, 0) + 1

    def walk(node: object) -> None:
        if isinstance(node, tuple):
            for n in node:
                walk(n)
        elif isinstance(node, ir.Assign | ir.AugAssign):
            if isinstance(node.target, ir.Name) and node.target.local:
                bump(node.target.name)
                if isinstance(node, ir.AugAssign):
                    bump(node.target.name)
            walk(node.value)
        elif isinstance(node, ir.Declare):
            bump(node.name)
        elif isinstance(node, ir.ForRange | ir.ForEach):
            bump(node.var)
            bump(node.var)
            walk(node.body)
        elif isinstance(node, ir.If):
            walk(node.test)
            walk(node.body)
            walk(node.orelse)
        elif isinstance(node, ir.While):
            walk(node.test)
            walk(node.body)
        elif isinstance(node, ir.Call):
            kinds = CALLS[node.name].params
            for kind, arg in zip(kinds, node.args, strict=False):
                if kind in ("flags", "word") and isinstance(arg, ir.Name) and arg.local:
                    bump(arg.name)
                    bump(arg.name)
        elif isinstance(node, ir.ExprStmt):
            walk(node.value)

    walk(stmts)
    return count


def assigned_twice(lower: Lower, name: str) -> bool:
    f = lower.module.functions.get(lower.scopes[-1].function)
    return f is None or assigned_names(f.body).get(name, 0) > 1


def may_assign(e: ir.Expr) -> bool:
    """Could evaluating *e* change a variable?  (Only calls can.)"""
    if isinstance(e, ir.Call | ir.OwnCall):
        return True
    return any(
        may_assign(x)
        for value in vars(e).values()
        for x in (value if isinstance(value, tuple) else (value,))
        if isinstance(x, ir.Node)
    )


def as_number(v: Val) -> Val:
    """A condition as C has it: 1 or 0."""
    return replace(v, src=f"(+{v.src})", condition=False) if v.condition else v


def pointee(v: Val) -> str | None:
    if v.obj is not None:
        t = v.obj.type
        return (t.of if t.kind == "struct" else t.kind) if isinstance(t, ObjType) else None
    return v.type.target if isinstance(v.type, PtrType) else None


def describe(v: Val) -> str:
    if v.obj is not None:
        kind = v.obj.type.kind if isinstance(v.obj.type, ObjType) else "variable"
        return f"{v.obj.name or 'a ' + kind} ({kind})" if v.obj.name else f"a {kind}"
    return "a pointer" if isinstance(v.type, PtrType) else "a number"


def promote(v: Val) -> IntType:
    t = v.type if isinstance(v.type, IntType) else S64
    return t if t.bits == 64 or t == U32 else S64


def common(a: Val, b: Val) -> IntType:
    """The type in which C would compute: a literal takes the other operand's type."""
    ta, tb = promote(a), promote(b)
    if ta == tb:
        return ta
    if a.literal and a.const is not None and -(2**31) <= a.const < 2**32:
        return tb
    if b.literal and b.const is not None and -(2**31) <= b.const < 2**32:
        return ta
    for t in (ta, tb):
        if t.bits == 64 and not t.signed:
            return t
    narrow = all(isinstance(v.type, IntType) and v.type.bits <= 32 for v in (a, b))
    return U32 if narrow and U32 in (ta, tb) else S64


def coerce(v: Val, t: IntType) -> str:
    if not t.signed and (
        v.const is not None and v.const < 0 or (isinstance(v.type, IntType) and v.type.signed and v.const is None)
    ):
        return f"({v.src} & {mask(t)})"
    return v.src


def mask(t: IntType) -> str:
    return hex((1 << t.bits) - 1)


def compare(op: str, x: int, y: int) -> bool:
    return {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op]


def fold(op: str, x: int, y: int, t: IntType) -> int | None:
    """A constant result, or None where evaluating it at run time must report what is wrong."""
    if op in ("/", "%"):
        if y == 0:
            return None
        q = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
        r = q if op == "/" else x - q * y
    elif op in ("<<", ">>"):
        if not 0 <= y < t.bits:
            return None
        r = x << y if op == "<<" else x >> y
    else:
        r = {"+": x + y, "-": x - y, "*": x * y, "&": x & y, "|": x | y, "^": x ^ y}[op]
    if t.signed and not -(1 << (t.bits - 1)) <= r < 1 << (t.bits - 1):
        return None
    return wrap_const(r, t)
