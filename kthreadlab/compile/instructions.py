"""The instructions of one actor, and the builder that writes them one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kthreadlab.lang import ir
from kthreadlab.lang.api.kinds import ALSO
from kthreadlab.lang.ir import S64

from .cells import ADDRESS
from .limits import LimitReached
from .ops import object_operands
from .pointers import MAX_CANDIDATES, candidates
from .statics import Statics, make_object
from .values import LowerError, Obj, Operand, Val, as_number

MAX_OPERATIONS = 10_000


@dataclass
class Instr:
    """One instruction.  *kind*: ``set`` (dst := src), ``chk`` (a variable must have been assigned), ``jf`` (jump to
    *target* if src is false), ``jmp``, ``back`` (a loop's back edge), ``kill`` (stack objects die), ``op``.  *stack*:
    the functions it is inlined from, outermost first."""

    kind: str
    pos: ir.Pos
    dst: int | None = None
    src: Val | None = None
    target: int = -1
    op: str = ""
    args: tuple[Operand, ...] = ()
    stack: tuple[str, ...] = ()
    objs: tuple[Obj, ...] = ()
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> Obj:
        """The object of the kernel in operand 0: which it is, is known (`Builder.op`)."""
        obj: Obj | None = self.args[0].obj
        assert obj is not None, "internal: nobody has told this object apart"
        return obj

    @property
    def given(self) -> Val:
        """What a ``set`` keeps or a ``jf`` asks."""
        assert self.src is not None
        return self.src

    @property
    def variable(self) -> int:
        """The variable that a ``set`` writes or a ``chk`` looks at."""
        assert self.dst is not None
        return self.dst


@dataclass
class Lowered:
    """An actor's program.  *names* are the source names of its variables, for display."""

    code: list[Instr]
    names: list[str]
    objects: list[Obj]


@dataclass
class Loop:
    """A loop around the statement being lowered: where it stands, where it goes on, and the jumps that leave it."""

    pos: ir.Pos
    top: int
    breaks: list[Instr] = field(default_factory=list)


@dataclass
class Scope:
    """One inlined call: the variable of its result, where its stack objects begin, how often each local is assigned,
    what each name means (a variable's number, or a value that needs none), its return jumps and its open loops.
    *stack*: the functions that it is inside of, the last of which is its own."""

    function: str
    result: int
    first_object: int
    assigned: Mapping[str, int]
    stack: tuple[str, ...]
    names: dict[str, int | Val] = field(default_factory=dict)
    returns: list[Instr] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)


class Builder(ABC):
    """An actor's program so far: its instructions, variables and stack objects, and the calls it is inside of."""

    def __init__(self, statics: Statics, actor: int) -> None:
        self.statics, self.actor = statics, actor
        self.module, self.k = statics.module, statics.constants
        self.code: list[Instr] = []
        self.names: list[str] = []
        self.var_types: list[ir.Type] = []
        self.user_var: list[bool] = []
        self.objects: list[Obj] = []
        self.scopes: list[Scope] = []

    # ---- instructions ---------------------------------------------------------------------------------------------

    @property
    def stack(self) -> tuple[str, ...]:
        """The functions that the next instruction is inside of."""
        return self.scopes[-1].stack if self.scopes else ()

    def emit(self, kind: str, pos: ir.Pos, **fields: Operand) -> Instr:
        """Append an instruction; the values it keeps are numbers."""
        if kind == "set":
            fields["src"] = as_number(fields["src"])
        elif kind == "op":
            fields["args"] = tuple(as_number(a) if isinstance(a, Val) else a for a in fields["args"])
        instr = Instr(kind, pos, stack=self.stack, **fields)
        self.code.append(instr)
        if len(self.code) > MAX_OPERATIONS:
            rule = f"a kernel module must stay small: more than {MAX_OPERATIONS:,} operations after inlining"
            raise LowerError(f"{self.scopes[0].function} is too large, with all that it calls", pos, rule)
        return instr

    def op(
        self,
        name: str,
        args: tuple[Operand, ...],
        pos: ir.Pos,
        *,
        dst: int | None = None,
        objs: tuple[Obj, ...] = (),
        **info: object,
    ) -> Instr:
        """Append an operation; *info* is for the function that writes its step.  Where it is given a pointer to an
        object, one for each object that this may be."""
        for n, kind in object_operands(name):
            if n < len(args) and args[n].obj is None:
                return self._for_each(
                    n, kind, name, args, pos, lambda found: self.op(name, found, pos, dst=dst, objs=objs, **info)
                )
        return self.emit("op", pos, op=name, args=args, dst=dst, objs=objs, info=info)

    def _for_each(
        self,
        n: int,
        kind: str,
        name: str,
        args: tuple[Operand, ...],
        pos: ir.Pos,
        again: Callable[[tuple[Operand, ...]], Instr],
    ) -> Instr:
        """Operand number *n* is a pointer: append the operation once for each object of its *kind* that this may lead
        to (*again*, with other operands), and for all other addresses their fault.  The pointer is needed until then,
        since a block of the heap lasts as long as something leads to it."""
        found = candidates(self.statics, (kind, *ALSO.get(kind, ())), args[n].member) if args[n].const is None else []
        if len(found) > MAX_CANDIDATES:
            raise LimitReached(f"a pointer that may lead to more than {MAX_CANDIDATES} objects", pos)
        pointer = self.kept(args[n], pos)
        ends = []
        for obj in found:
            it = replace(self.address(obj), lent=True, vars=pointer.vars if obj.heap else frozenset())
            test = Val(f"({pointer.src} == {it.src})", pointer.vars, condition=True)
            other = self.emit("jf", pos, src=test)
            again((*args[:n], it, *args[n + 1 :]))
            ends.append(self.emit("jmp", pos))
            self.patch([other])
        last = self.emit("op", pos, op="astray", args=(pointer,), info={"kind": kind, "call": name})
        self.patch(ends)
        return last

    def label(self) -> int:
        """The number of the next instruction."""
        return len(self.code)

    def patch(self, jumps: list[Instr]) -> None:
        """These jumps lead to the next instruction."""
        for j in jumps:
            j.target = self.label()

    # ---- variables and values -------------------------------------------------------------------------------------

    def var(self, name: str = "", type_: ir.Type = S64, user: bool = False) -> int:
        """A new variable; *user*: reading it before it is assigned is a fault."""
        self.names.append(name)
        self.var_types.append(type_)
        self.user_var.append(user)
        return len(self.names) - 1

    def local(self, name: str) -> int | Val:
        """What a local name means in the current call; a new variable where it is first mentioned."""
        names = self.scopes[-1].names
        if name not in names:
            names[name] = self.var(name, S64, user=True)
        return names[name]

    def ref(self, var: int, type_: ir.Type | None = None) -> Val:
        return Val(f"<{var}>", frozenset((var,)), type_ if type_ is not None else self.var_types[var])

    def const(self, value: int, type_: ir.Type = S64, literal: bool = False) -> Val:
        """A number; *literal*: as the program's text has it."""
        return Val(self.k.ref(value), frozenset(), type_, value, literal=literal)

    def address(self, obj: Obj) -> Val:
        """Where an object is."""
        return Val(f"@{ADDRESS if obj.heap else ''}{obj.key}@", frozenset(), obj.type, obj=obj)

    def kept(self, v: Val, pos: ir.Pos) -> Val:
        """*v* in a variable of its own, if it is not known now."""
        if v.const is not None or v.obj is not None:
            return v
        t = self.var("", v.type)
        self.emit("set", pos, dst=t, src=v)
        return self.ref(t)

    # ---- what it is put together from -----------------------------------------------------------------------------

    @abstractmethod
    def value(self, e: ir.Expr) -> Val:
        """Evaluate *e*."""

    @abstractmethod
    def convert(self, v: Val, t: ir.IntType) -> Val:
        """*v* as a variable of type *t* keeps it."""

    @abstractmethod
    def inline(self, f: ir.Function, args: list[Val], pos: ir.Pos) -> Val:
        """Inline a call; the value it returns."""

    # ---- stack objects --------------------------------------------------------------------------------------------

    def stack_object(self, decl: ir.Declare) -> Obj:
        """A new object on this actor's stack; it dies with the call that declared it."""
        key, stacks = f"o.{self.actor}.{len(self.objects)}", self.statics.blocks.stacks
        declared, obj = stacks.get(key, (None, None))
        if obj is None or declared != decl:
            obj = make_object(self.statics, key, decl, self.actor)
            stacks[key] = decl, obj
        self.objects += [obj, *obj.parts]
        return obj
