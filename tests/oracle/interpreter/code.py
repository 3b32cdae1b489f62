"""Functions of a module as lists of simple instructions for a stack machine, so that a frame can stop anywhere.

An instruction is ``(op, a, b, line)``.  The macros of the wait_event family are expanded here, because they run the
code of their condition again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.module import KernelModule

from .values import Fn, LocalRef, NotInterpreted, Ptr, TypeVal
from .versions import Version

Instruction = tuple[str, Any, Any, int]
ERESTARTSYS = 512
MAX_TIMEOUT = (1 << 63) - 1


NEVER_RETURN = {
    "BUG", "do_exit", "kthread_exit", "complete_and_exit", "kthread_complete_and_exit", "module_put_and_exit",
    "module_put_and_kthread_exit",
}  # fmt: skip


class Code:
    """A compiled function."""

    def __init__(self, function: ir.Function, module: KernelModule, version: Version) -> None:
        self.function, self.module, self.version = function, module, version
        self.instructions: list[Instruction] = []
        self.types: dict[str, Any] = {p.name: p.type for p in function.params if p.type is not None}
        self.objects: set[str] = set()
        self._loops: list[tuple[list[int], list[int]]] = []
        self._temporaries = 0
        self._live: dict[int, frozenset[str]] = {}
        self._collect(function.body)
        self.line = function.pos.line
        self.block(function.body)
        self.emit("const", 0)
        self.emit("ret")

    def _collect(self, nodes: tuple) -> None:
        for node in nodes:
            if isinstance(node, ir.Declare):
                self.types[node.name] = node.type
                if isinstance(node.type, ir.ObjType):
                    self.objects.add(node.name)
            self._collect(tuple(ir.parts(node)))

    # ---- emitting --------------------------------------------------------------------------------------------------

    def emit(self, op: str, a: Any = None, b: Any = None) -> int:
        self.instructions.append((op, a, b, self.line))
        return len(self.instructions) - 1

    def patch(self, place: int, target: int | None = None) -> None:
        op, _, b, line = self.instructions[place]
        self.instructions[place] = (op, self.here if target is None else target, b, line)

    @property
    def here(self) -> int:
        return len(self.instructions)

    def live(self, pc: int) -> frozenset[str]:
        """The locals whose value some instruction may still read from *pc* on."""
        if pc not in self._live:
            names = {a for op, a, _, _ in self.instructions if op == "local"}
            names |= {a.name for op, a, _, _ in self.instructions if op == "const" and isinstance(a, LocalRef)}
            self._live[pc] = frozenset(name for name in names if self._is_read(name, pc))
        return self._live[pc]

    @property
    def has_objects(self) -> bool:
        """Is there room for objects in the function's frame, whether or not they are made there?"""
        return any(op in ("declare", "list") for op, *_ in self.instructions)

    def _is_read(self, name: str, pc: int) -> bool:
        """Is there a way from *pc* on which the local is read before anything else is stored in it?"""
        seen, todo = set(), [pc]
        while todo:
            at = todo.pop()
            if at in seen or at >= len(self.instructions):
                continue
            seen.add(at)
            op, a, b, _ = self.instructions[at]
            if a == name and op == "local" or op == "const" and a == LocalRef(name):
                return True
            if op == "setlocal" and a == name or op == "kernel" and a in NEVER_RETURN:
                continue
            if op in ("jump", "jz", "jnz"):
                todo.append(a)
            if op not in ("jump", "ret", "stub"):
                todo.append(at + 1)
        return False

    def temporary(self) -> str:
        self._temporaries += 1
        return f"#{self._temporaries}"

    # ---- statements ------------------------------------------------------------------------------------------------

    def block(self, body: tuple) -> None:
        for statement in body:
            self.line = statement.pos.line
            getattr(self, f"do_{type(statement).__name__}")(statement)

    def do_Declare(self, s: ir.Declare) -> None:
        if isinstance(s.type, ir.ObjType):
            for arg in s.args:
                self.argument(arg, "any")
            self.emit("declare", (s.name, s.type, s.make), len(s.args))
        elif s.args:
            self.value(s.args[0])
            self.emit("setlocal", s.name, self.types.get(s.name))
        else:
            self.emit("const", 0)
            self.emit("setlocal", s.name, self.types.get(s.name))

    def do_Assign(self, s: ir.Assign) -> None:
        self.address(s.target)
        self.value(s.value)
        self.line = s.pos.line
        self.store(s.target)

    def do_AugAssign(self, s: ir.AugAssign) -> None:
        self.address(s.target)
        if not isinstance(s.target, ir.Name):
            self.emit("dup", 2 if isinstance(s.target, ir.Index) else 1)
        self.load(s.target)
        self.value(s.value)
        self.emit("binary", s.op, self.operation_type(s.op, s.target, s.value))
        self.store(s.target)

    def do_ExprStmt(self, s: ir.ExprStmt) -> None:
        self.value(s.value)
        self.emit("pop")

    def do_If(self, s: ir.If) -> None:
        self.value(s.test)
        skip = self.emit("jz")
        self.block(s.body)
        over = self.emit("jump")
        self.patch(skip)
        self.block(s.orelse)
        self.patch(over)

    def do_While(self, s: ir.While) -> None:
        self._loops.append(([], []))
        top = self.here
        self.value(s.test)
        leave = self.emit("jz")
        self.block(s.body)
        self.line = s.pos.line
        self.emit("jump", top)
        self.patch(leave)
        self.close(top)

    def close(self, again: int) -> None:
        """The end of a loop, whose *continue* goes to *again*."""
        breaks, continues = self._loops.pop()
        for place in breaks:
            self.patch(place)
        for place in continues:
            self.patch(place, again)

    def do_ForRange(self, s: ir.ForRange) -> None:
        stop, following = self.temporary(), self.temporary()
        self.value(s.start)
        self.emit("setlocal", following)
        self.value(s.stop)
        self.emit("setlocal", stop)
        top = self.here
        self.emit("local", following)
        self.emit("local", stop)
        self.emit("compare", "<" if s.step > 0 else ">")
        leave = self.emit("jz")
        self.emit("local", following)
        self.emit("setlocal", s.var, self.types.get(s.var))
        self._loops.append(([], []))
        self.block(s.body)
        again = self.here
        self.emit("local", following)
        self.emit("const", s.step)
        self.emit("binary", "+", ir.S64)
        self.emit("setlocal", following)
        self.emit("jump", top)
        self.patch(leave)
        self.close(again)
        self.emit("forget", (stop, following))

    def do_ForEach(self, s: ir.ForEach) -> None:
        array, index = self.temporary(), self.temporary()
        self.value(s.array)
        self.emit("setlocal", array)
        self.emit("const", 0)
        self.emit("setlocal", index)
        top = self.here
        self.emit("local", index)
        self.emit("local", array)
        self.emit("length")
        self.emit("compare", "<")
        leave = self.emit("jz")
        self.emit("local", array)
        self.emit("local", index)
        self.emit("index")
        self.emit("setlocal", s.var, self.types.get(s.var))
        self._loops.append(([], []))
        self.block(s.body)
        again = self.here
        self.emit("local", index)
        self.emit("const", 1)
        self.emit("binary", "+", ir.S64)
        self.emit("setlocal", index)
        self.emit("jump", top)
        self.patch(leave)
        self.close(again)
        self.emit("forget", (array, index))

    def do_ForList(self, s: ir.ForList) -> None:
        """As the macros: *following* is looked up after the body, or before it in the safe form."""
        head, at = self.temporary(), self.temporary()
        following = self.temporary()
        self.value(s.head)
        self.emit("setlocal", head)
        self.emit("local", head)
        self.emit("local", head)
        self.emit("next", s.back)
        self.emit("setlocal", at)
        top = self.here
        self.emit("local", at)
        self.emit("local", head)
        self.emit("compare", "!=")
        leave = self.emit("jz")
        self.emit("local", at)
        if s.struct:
            self.emit("container", s.member, s.struct)
        self.emit("setlocal", s.var)
        if s.safe:
            self.emit("local", head)
            self.emit("local", at)
            self.emit("next", s.back)
            self.emit("setlocal", following)
        self._loops.append(([], []))
        self.block(s.body)
        again, self.line = self.here, s.pos.line
        if s.safe:
            self.emit("local", following)
        else:
            self.emit("local", head)
            self.emit("local", s.var)
            if s.struct:
                self.emit("field", s.member)
            self.emit("next", s.back)
        self.emit("setlocal", at)
        self.emit("jump", top)
        self.patch(leave)
        self.close(again)
        self.emit("forget", (head, at, following))

    def do_Break(self, s: ir.Break) -> None:
        self._loops[-1][0].append(self.emit("jump"))

    def do_Continue(self, s: ir.Continue) -> None:
        self._loops[-1][1].append(self.emit("jump"))

    def do_Return(self, s: ir.Return) -> None:
        if s.value is None:
            self.emit("const", 0)
        else:
            self.value(s.value)
        self.emit("ret")

    def do_NotWritten(self, s: ir.NotWritten) -> None:
        self.emit("stub")

    # ---- places ----------------------------------------------------------------------------------------------------

    def address(self, target: ir.Expr) -> None:
        """What has to be on the stack before the value that is stored."""
        if isinstance(target, ir.Index):
            self.value(target.base)
            self.value(target.index)
        elif isinstance(target, ir.Field):
            self.value(target.base)

    def store(self, target: ir.Expr) -> None:
        match target:
            case ir.Name(name=name, local=True):
                self.emit("setlocal", name, self.types.get(name))
            case ir.Name(name=name):
                self.emit("setstatic", name)
            case ir.Index():
                self.emit("setindex")
            case ir.Field(name=name):
                self.emit("setfield", name)

    def load(self, target: ir.Expr) -> None:
        match target:
            case ir.Name(name=name, local=True):
                self.emit("local", name)
            case ir.Name(name=name):
                static = self.module.statics.get(name)
                if static is not None and isinstance(static.type, ir.ObjType):
                    self.emit("const", Ptr(("s", name)))
                else:
                    self.emit("static", name)
            case ir.Index():
                self.emit("index")
            case ir.Field(name=name):
                self.emit("field", name)

    # ---- expressions -----------------------------------------------------------------------------------------------

    def value(self, e: ir.Expr) -> None:
        """Leave the value of *e* on the stack."""
        match e:
            case ir.Const(value=value, name=name):
                self.emit("const", self.constant(name, value))
            case ir.Str(value=text):
                self.emit("const", Ptr(("str", text)))
            case ir.Current():
                self.emit("current")
            case ir.FuncRef(name=name):
                self.emit("const", Fn(name))
            case ir.TypeRef(type=type_):
                self.emit("const", TypeVal(type_))
            case ir.Name() | ir.Index() | ir.Field():
                self.address(e)
                self.load(e)
            case ir.Unary(op=op, operand=operand):
                self.value(operand)
                self.emit("unary", op, self.type_of(operand))
            case ir.Binary(op=op, left=left, right=right):
                self.value(left)
                self.value(right)
                self.emit("binary", op, self.operation_type(op, left, right))
            case ir.Compare(op=op, left=left, right=right):
                self.value(left)
                self.value(right)
                self.emit("compare", op)
            case ir.And(values=values) | ir.Or(values=values):
                self.chain(values, isinstance(e, ir.And))
            case ir.Cond(test=test, body=body, orelse=orelse):
                self.value(test)
                skip = self.emit("jz")
                self.value(body)
                over = self.emit("jump")
                self.patch(skip)
                self.value(orelse)
                self.patch(over)
            case ir.ListLit(items=items):
                for item in items:
                    self.value(item)
                self.emit("list", len(items))
            case ir.OwnCall(name="#set", args=(ir.Str(value=name), value)):
                self.value(value)
                self.emit("setlocal", name)
                self.emit("const", 1)
            case ir.OwnCall(name=name, args=args):
                for arg in args:
                    self.value(arg)
                self.line = e.pos.line
                self.emit("own", name, len(args))
            case ir.Call():
                self.kernel_call(e)
            case _:
                raise NotInterpreted(type(e).__name__)

    def chain(self, values: tuple, every: bool) -> None:
        """``and`` and ``or``: 0 or 1."""
        out = []
        for value in values:
            self.value(value)
            out.append(self.emit("jz" if every else "jnz"))
        self.emit("const", int(every))
        over = self.emit("jump")
        for place in out:
            self.patch(place)
        self.emit("const", int(not every))
        self.patch(over)

    def constant(self, name: str, value: int) -> int:
        numbers = {
            "UMH_NO_WAIT": self.version.no_wait,
            "UMH_WAIT_EXEC": self.version.wait_exec,
            "UMH_WAIT_PROC": self.version.wait_proc,
            "HZ": self.version.hz,
        }
        return numbers[name] if numbers.get(name) is not None else value  # type: ignore[return-value]

    def type_of(self, e: ir.Expr) -> ir.IntType:
        """The type of an operand as far as a declaration says it."""
        found: Any = None
        if isinstance(e, ir.Name):
            static = self.module.statics.get(e.name)
            found = self.types.get(e.name) if e.local else static.type if static else None
        elif isinstance(e, ir.Call) and e.args and isinstance(e.args[0], ir.TypeRef):
            found = e.args[0].type
        elif isinstance(e, ir.Binary):
            found = self.operation_type(e.op, e.left, e.right)
        return found if isinstance(found, ir.IntType) else ir.S64

    def operation_type(self, op: str, left: ir.Expr, right: ir.Expr) -> ir.IntType:
        a, b = self.type_of(left), self.type_of(right)
        if op in ("<<", ">>"):
            return a
        return next((t for t in (a, b) if t.bits == 64 and not t.signed), ir.S64)

    # ---- calls -----------------------------------------------------------------------------------------------------

    def argument(self, e: ir.Expr, kind: str) -> None:
        """An argument: its value, or its address where the call wants a variable."""
        if kind in ("word", "flags"):
            match e:
                case ir.Name(name=name, local=True):
                    self.emit("const", LocalRef(name))
                case ir.Name(name=name):
                    self.emit("const", Ptr(("s", name), "value"))
                case ir.Index(base=base, index=index):
                    self.value(base)
                    self.value(index)
                    self.emit("element")
                case ir.Field(base=base, name=name):
                    self.value(base)
                    self.emit("member", name)
                case _:
                    self.value(e)
        else:
            self.value(e)

    def kernel_call(self, e: ir.Call) -> None:
        self.line = e.pos.line
        macro: Callable | None = getattr(self, f"macro_{e.name}", None)
        if macro is not None:
            self.emit("mark", e.name)
            macro(*e.args)
            return
        declared = CALLS.get(e.name)
        kinds = list(declared.params) if declared is not None else []
        kinds += ["any"] * (len(e.args) - len(kinds))
        for arg, kind in zip(e.args, kinds, strict=False):
            self.argument(arg, kind)
        self.line = e.pos.line
        self.emit("kernel", e.name, len(e.args))

    def macro_sizeof(self, what: ir.Expr) -> None:
        self.emit("const", sizeof(self.module, self.declared(what)))

    def macro_ARRAY_SIZE(self, array: ir.Expr) -> None:
        type_ = self.declared(array)
        if type_ is None or isinstance(type_, ir.IntType | ir.PtrType):
            raise NotInterpreted("an array of which no declaration is found")
        self.emit("const", type_.size)

    def declared(self, what: ir.Expr) -> Any:
        """The type of a variable or a field, as its declaration says."""
        type_: Any = what.type if isinstance(what, ir.TypeRef) else None
        if isinstance(what, ir.Name):
            static = self.module.statics.get(what.name)
            type_ = self.types.get(what.name) if what.local else static.type if static else None
        elif isinstance(what, ir.Field):
            type_ = next(
                (t for s in self.module.structs.values() for n, t in s.fields if n == what.name),
                None,
            )
        return type_

    def macro_container_of(self, pointer: ir.Expr, type_: ir.Expr, member: ir.Expr) -> None:
        self.value(pointer)
        name = member.value if isinstance(member, ir.Str) else getattr(member, "name", "")
        self.emit("container", name, type_.type if isinstance(type_, ir.TypeRef) else "")

    macro_list_entry = macro_container_of

    def macro_list_first_entry(self, head: ir.Expr, type_: ir.Expr, member: ir.Expr, back: bool = False) -> None:
        self.value(head)
        self.emit("dup", 1)
        self.emit("next", back)
        self.emit("container", getattr(member, "value", ""), getattr(type_, "type", ""))

    def macro_list_last_entry(self, head: ir.Expr, type_: ir.Expr, member: ir.Expr) -> None:
        self.macro_list_first_entry(head, type_, member, True)

    def macro_list_first_entry_or_null(self, head: ir.Expr, type_: ir.Expr, member: ir.Expr) -> None:
        """The first links are looked at once."""
        top, first = self.temporary(), self.temporary()
        self.value(head)
        self.emit("setlocal", top)
        self.emit("local", top)
        self.emit("local", top)
        self.emit("next", False)
        self.emit("setlocal", first)
        self.emit("local", first)
        self.emit("local", top)
        self.emit("compare", "!=")
        empty = self.emit("jz")
        self.emit("local", first)
        self.emit("container", getattr(member, "value", ""), getattr(type_, "type", ""))
        over = self.emit("jump")
        self.patch(empty)
        self.emit("const", 0)
        self.patch(over)
        self.emit("forget", (top, first))

    def macro_kcalloc(self, n: ir.Expr, size: ir.Expr, flags: ir.Expr) -> None:
        self.value(n)
        self.value(size)
        self.emit("binary", "*", self.operation_type("*", n, size))
        self.value(flags)
        self.emit("kernel", "kzalloc", 2)

    def macro_vmalloc(self, size: ir.Expr) -> None:
        self.value(size)
        self.emit("const", 0xD0)
        self.emit("kernel", "kmalloc", 2)

    def macro_vfree(self, p: ir.Expr) -> None:
        self.value(p)
        self.emit("kernel", "kfree", 1)

    def macro_spin_lock_nested(self, lock: ir.Expr, subclass: ir.Expr) -> None:
        self.value(lock)
        self.value(subclass)
        self.emit("pop")
        self.emit("kernel", "spin_lock", 1)

    def macro_mutex_lock_nested(self, lock: ir.Expr, subclass: ir.Expr) -> None:
        self.value(lock)
        self.value(subclass)
        self.emit("pop")
        self.emit("kernel", "mutex_lock", 1)

    def macro_pr_debug(self, *args: ir.Expr) -> None:
        self.emit("const", 0)

    def macro_kref_put(self, counted: ir.Expr, release: ir.Expr) -> None:
        """The function is called in place when the last reference goes."""
        kref, last = self.temporary(), self.temporary()
        self.value(counted)
        self.emit("setlocal", kref)
        self.emit("local", kref)
        self.emit("kernel", "#kref_drop", 1)
        self.emit("setlocal", last)
        self.emit("local", last)
        skip = self.emit("jz")
        self.emit("local", kref)
        self.emit("own", getattr(release, "name", ""), 1)
        self.emit("pop")
        self.patch(skip)
        self.emit("local", last)
        self.emit("forget", (kref, last))

    # ---- the wait_event family -------------------------------------------------------------------------------------

    def expanded(self, body: tuple, result: str, buried: tuple = ()) -> None:
        """A macro written out as statements, whose value is left in *result*."""
        self._collect(body)
        self.block(body)
        self.emit("local", result)
        self.emit("bury", buried)

    def macro_wait_event(self, queue: ir.Expr, condition: ir.Expr) -> None:
        self.wait_event(queue, condition, 2)

    def macro_wait_event_interruptible(self, queue: ir.Expr, condition: ir.Expr) -> None:
        self.wait_event(queue, condition, 1)

    def macro_wait_event_interruptible_exclusive(self, queue: ir.Expr, condition: ir.Expr) -> None:
        self.wait_event(queue, condition, 1, exclusive=True)

    def macro_wait_event_timeout(self, queue: ir.Expr, condition: ir.Expr, timeout: ir.Expr) -> None:
        self.wait_event(queue, condition, 2, timeout)

    def macro_wait_event_interruptible_timeout(self, queue: ir.Expr, condition: ir.Expr, timeout: ir.Expr) -> None:
        self.wait_event(queue, condition, 1, timeout)

    def macro_wait_event_lock_irq(self, queue: ir.Expr, condition: ir.Expr, lock: ir.Expr) -> None:
        self.wait_event(queue, condition, 2, lock=lock)

    def wait_event(
        self,
        queue: ir.Expr,
        condition: ir.Expr,
        state: int,
        timeout: ir.Expr | None = None,
        exclusive: bool = False,
        lock: ir.Expr | None = None,
    ) -> None:
        macro = WaitEvent(self, condition.pos, state, timeout, exclusive)
        macro.lock = lock
        body = macro.modern(queue, condition) if self.version.event_wait else macro.old(queue, condition)
        self.expanded(body, macro.result.name, (macro.entry.name,))

    def macro_wait_event_freezable(self, queue: ir.Expr, condition: ir.Expr) -> None:
        """Wait for the condition or the freezer's request; obey that and wait again."""
        pos, result = condition.pos, ir.Name(condition.pos, self.temporary(), True)
        asked = ir.Call(pos, "freezing", (ir.Current(pos),))
        wait = ir.Call(pos, "wait_event_interruptible", (queue, ir.Or(pos, (condition, asked))))
        turn = (
            ir.Assign(pos, result, wait),
            ir.If(pos, ir.Unary(pos, "not", ir.Call(pos, "try_to_freeze", ())), (ir.Break(pos),), ()),
        )
        self.expanded((ir.While(pos, ir.Const(pos, 1), turn),), result.name)


class WaitEvent:
    """One use of a macro of the family, as statements."""

    def __init__(self, code: Code, pos: ir.Pos, state: int, timeout: ir.Expr | None, exclusive: bool) -> None:
        self.pos, self.state, self.timeout, self.exclusive = pos, state, timeout, exclusive
        self.lock: ir.Expr | None = None
        self.queue, self.entry, self.result, self.woken = (ir.Name(pos, code.temporary(), True) for _ in range(4))

    def call(self, name: str, *args: ir.Expr) -> ir.Call:
        return ir.Call(self.pos, name, args)

    def assign(self, target: ir.Name, value: ir.Expr) -> ir.Assign:
        return ir.Assign(self.pos, target, value)

    def number(self, value: int) -> ir.Const:
        return ir.Const(self.pos, value)

    def leave(self, test: ir.Expr, *first: ir.Stmt) -> ir.If:
        return ir.If(self.pos, test, (*first, ir.Break(self.pos)), ())

    def no(self, test: ir.Expr) -> ir.Unary:
        return ir.Unary(self.pos, "not", test)

    def begin(self, queue: ir.Expr) -> tuple[ir.Stmt, ...]:
        left = self.timeout if self.timeout is not None else self.number(0)
        return self.assign(self.queue, queue), self.assign(self.result, left)

    def declared(self) -> ir.Declare:
        return ir.Declare(self.pos, self.entry.name, ir.ObjType("wait_queue"), "DEFINE_WAIT", ())

    def finish(self) -> ir.ExprStmt:
        return ir.ExprStmt(self.pos, self.call("finish_wait", self.queue, self.entry))

    def old(self, queue: ir.Expr, condition: ir.Expr) -> tuple[ir.Stmt, ...]:
        """Up to 2.6.32: the timer's expiry is not followed by another look at the condition."""
        prepare = "prepare_to_wait_exclusive" if self.exclusive else "prepare_to_wait"
        turn: list[ir.Stmt] = [
            ir.ExprStmt(self.pos, self.call(prepare, self.queue, self.entry, self.number(self.state))),
            self.leave(condition),
        ]
        if self.state == 1:
            interrupted = self.assign(self.result, self.number(-ERESTARTSYS))
            turn.append(self.leave(self.call("signal_pending", ir.Current(self.pos)), interrupted))
        if self.timeout is None:
            turn.append(ir.ExprStmt(self.pos, self.call("schedule")))
        else:
            turn += [
                self.assign(self.result, self.call("schedule_timeout", self.result)),
                self.leave(self.no(self.result)),
            ]
        slow = (self.declared(), ir.While(self.pos, self.number(1), tuple(turn)), self.finish())
        return (*self.begin(queue), ir.If(self.pos, self.no(condition), slow, ()))

    def modern(self, queue: ir.Expr, condition: ir.Expr) -> tuple[ir.Stmt, ...]:
        """6.12: a timer that has expired while the condition holds counts as 1; a signal is told by the preparation,
        which has then taken the entry off."""
        prepare = f"#prepare_to_wait_event{'_exclusive' * self.exclusive}"
        test = condition
        if self.timeout is not None:
            at_least_1 = ir.Cond(self.pos, self.result, self.result, self.number(1))
            test = ir.Cond(
                self.pos,
                condition,
                ir.OwnCall(self.pos, "#set", (ir.Str(self.pos, self.result.name), at_least_1)),
                self.no(self.result),
            )
        turn: list[ir.Stmt] = [
            self.assign(self.woken, self.call(prepare, self.queue, self.entry, self.number(self.state))),
            self.leave(test, self.finish()),
        ]
        if self.state == 1:
            turn.append(self.leave(self.woken, self.assign(self.result, self.number(-ERESTARTSYS))))
        if self.lock is not None:
            turn.append(ir.ExprStmt(self.pos, self.call("spin_unlock_irq", self.lock)))
        if self.timeout is None:
            turn.append(ir.ExprStmt(self.pos, self.call("schedule")))
        else:
            turn.append(self.assign(self.result, self.call("schedule_timeout", self.result)))
        if self.lock is not None:
            turn.append(ir.ExprStmt(self.pos, self.call("spin_lock_irq", self.lock)))
        slow = (self.declared(), ir.While(self.pos, self.number(1), tuple(turn)))
        might = [ir.ExprStmt(self.pos, self.call("might_sleep"))] * (self.lock is None)
        return (*might, *self.begin(queue), ir.If(self.pos, self.no(test), slow, ()))


BYTES = {
    "list": 16, "spinlock": 4, "rwlock": 4, "atomic": 4, "completion": 32, "semaphore": 32, "mutex": 32, "timer": 56,
    "wait_queue_head": 24, "wait_queue": 40, "rcu_head": 16,
}  # fmt: skip


def sizeof(module: KernelModule, type_: Any) -> int:
    """The size of a type; what the model needs no exact number for is 8."""
    if isinstance(type_, str) and type_ in module.structs:
        return sum(sizeof(module, t) for _, t in module.structs[type_].fields) or 1
    if isinstance(type_, ir.IntType):
        return type_.bits // 8
    if isinstance(type_, ir.ObjType):
        if type_.kind == "text":
            return type_.size
        if type_.kind == "array":
            return type_.size * sizeof(module, type_.of)
        if type_.kind == "struct":
            return sizeof(module, type_.of)
        return BYTES.get(type_.kind, 8)
    return 8
