"""Calls that are no single operation: the macros of kernel.h, of compiler.h and of wait.h, written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kthreadlab.lang import ir
from kthreadlab.lang.ir import S64, IntType, ObjType, PtrType

from .instructions import Builder, Instr
from .integers import coerce, common
from .values import Obj, Val

TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE = 1, 2
ERESTARTSYS = 512


class Macros(Builder):
    """One method for each, by its name: ``call_min`` lowers a call of ``min``."""

    def call_likely(self, e: ir.Call) -> Val:
        return self.value(e.args[0])

    call_unlikely = call_likely

    def call_READ_ONCE(self, e: ir.Call) -> Val:  # noqa: N802  (the call's name)
        """A load that says it is meant to race."""
        first = self.label()
        value = self.value(e.args[0])
        self.mark(first)
        return value

    call_ACCESS_ONCE = call_READ_ONCE  # noqa: N815

    def call_WRITE_ONCE(self, e: ir.Call) -> Val:  # noqa: N802
        """A store that says so."""
        first = self.label()
        self.store(e.args[0], self.value(e.args[1]), e.pos)
        self.mark(first)
        return self.const(0)

    def mark(self, first: int) -> None:
        """The access that was written last, from instruction *first* on, is marked (``info["once"]``); those by which
        its place is found are not."""
        if self.label() > first and "place" in self.code[-1].info:
            self.code[-1].info["once"] = True

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
            return self.convert(value, type_)
        t = self.var("", PtrType(type_))
        self.op("cast", (value,), e.pos, dst=t, silent=True, struct=type_)
        return self.ref(t)

    def call_list_entry(self, e: ir.Call) -> Val:
        """The struct around links: an address less an offset."""
        links, struct, member = self.value(e.args[0]), e.args[1].type, e.args[2].value
        field = self.links(struct, member, e.pos)
        return Val(f"_entry({links.src}, {field})", links.vars, PtrType(struct), faults=links.faults)

    def call_kstrdup(self, e: ir.Call) -> Val:
        """mm/util.c: memory for the text and its NUL, and the copy."""
        text, gfp = self.operands(e)
        text = self.kept(text, e.pos)
        if text.const == 0:
            return self.const(0, PtrType("text"))
        if text.obj is not None:
            return self.copied(e, text, gfp)
        copy = self.var("", PtrType("text"))
        self.emit("set", e.pos, dst=copy, src=self.const(0, PtrType("text")))
        missing = self.emit("jf", e.pos, src=text)
        self.emit("set", e.pos, dst=copy, src=self.copied(e, text, gfp))
        missing.target = self.label()
        return self.ref(copy)

    def copied(self, e: ir.Call, text: Val, gfp: Val) -> Val:
        """Memory with a copy of *text*."""
        length = self.api("strlen", [text], e.pos)
        return self.filled(e, length, gfp, lambda p: self.api("strcpy", [p, text], e.pos))

    def call_kasprintf(self, e: ir.Call) -> Val:
        """lib/kasprintf.c: first the length, then memory for it, then the text."""
        gfp, *words = self.operands(e)
        words = [self.kept(w, e.pos) for w in words]
        length = self.var("", S64)
        self.op("vsnprintf", tuple(words), e.pos, dst=length, silent=True)
        return self.filled(e, self.ref(length), gfp, lambda p: self.api("sprintf", [p, *words], e.pos))

    def kept(self, v: Val, pos: ir.Pos) -> Val:
        """*v* in a variable of its own, if it is not known now."""
        if v.const is not None or v.obj is not None:
            return v
        t = self.var("", v.type)
        self.emit("set", pos, dst=t, src=v)
        return self.ref(t)

    def filled(self, e: ir.Call, length: Val, gfp: Val, fill: Callable[[Val], Val]) -> Val:
        """Memory for *length* characters and a NUL, filled if there is any."""
        size = Val(f"({length.src} + 1)", length.vars, S64)
        p = replace(self.api("kmalloc", [size, gfp], e.pos), type=PtrType("text"))
        missing = self.emit("jf", e.pos, src=p)
        fill(p)
        missing.target = self.label()
        return p

    def call_IS_ERR(self, e: ir.Call) -> Val:
        """An errno as a pointer is one of the last 4095 addresses, kept here as a negative number."""
        v = self.value(e.args[0])
        if v.obj is not None:
            return self.const(0)
        return Val(f"(-4096 < {v.src} < 0)", v.vars, S64, faults=v.faults, condition=True)

    def call_PTR_ERR(self, e: ir.Call) -> Val:
        v = self.value(e.args[0])
        return Val(v.src, v.vars, S64, v.const, faults=v.faults)

    def call_ERR_PTR(self, e: ir.Call) -> Val:
        v = self.value(e.args[0])
        return Val(v.src, v.vars, PtrType(), v.const, faults=v.faults)

    def call_complete_and_exit(self, e: ir.Call) -> Val:
        """kernel/exit.c: one after the other."""
        return self.complete_and_end(e, "do_exit")

    def call_kthread_complete_and_exit(self, e: ir.Call) -> Val:
        """kernel/kthread.c: the same."""
        return self.complete_and_end(e, "kthread_exit")

    def complete_and_end(self, e: ir.Call, end: str) -> Val:
        x, code = self.operands(e)
        if x.const != 0:
            self.op("complete", (x,), e.pos)
        self.op(end, (code,), e.pos)
        return self.const(0)

    # ---- waiting --------------------------------------------------------------------------------------------------

    def call_wait_event(self, e: ir.Call) -> Val:
        return self.wait_event(e, TASK_UNINTERRUPTIBLE)

    def call_wait_event_interruptible(self, e: ir.Call) -> Val:
        return self.wait_event(e, TASK_INTERRUPTIBLE)

    def call_wait_event_interruptible_exclusive(self, e: ir.Call) -> Val:
        return self.wait_event(e, TASK_INTERRUPTIBLE, exclusive=True)

    def call_wait_event_timeout(self, e: ir.Call) -> Val:
        return self.wait_event(e, TASK_UNINTERRUPTIBLE, timeout=e.args[2])

    def call_wait_event_interruptible_timeout(self, e: ir.Call) -> Val:
        return self.wait_event(e, TASK_INTERRUPTIBLE, timeout=e.args[2])

    def call_wait_event_freezable(self, e: ir.Call) -> Val:
        """include/linux/freezer.h: the freezer ends the wait too, and after it the wait begins again."""
        queue, condition = e.args
        asked = ir.Call(e.pos, "freezing", (ir.Current(e.pos),))
        ret, top = self.var("", S64), self.label()
        either = ir.Or(e.pos, (condition, asked))
        waited = self.wait_event(ir.Call(e.pos, e.name, (queue, either)), TASK_INTERRUPTIBLE)
        self.emit("set", e.pos, dst=ret, src=waited)
        out = self.emit("jf", e.pos, src=self.api("try_to_freeze", [], e.pos))
        self.emit("back", e.pos, target=top)
        self.patch([out])
        return self.ref(ret)

    def call_kthread_freezable_should_stop(self, e: ir.Call) -> Val:
        """kernel/kthread.c: stand still if the freezer asks, then look."""
        self.api("try_to_freeze", [], e.pos)
        return self.api("kthread_should_stop", [], e.pos)

    def wait_event(self, e: ir.Call, state: int, exclusive: bool = False, timeout: ir.Expr | None = None) -> Val:
        """The macros of include/linux/wait.h: test first, then prepare, test, sleep, in a loop."""
        queue = self.operand("queue", e.args[0], e.name)
        ret = self.var("", S64)
        if self.statics.profile.wait_asks:
            self.op("might_sleep", (), e.pos, silent=True)
        self.emit("set", e.pos, dst=ret, src=self.value(timeout) if timeout else self.const(0))
        first = self.jump_if_false(e.args[1])
        done = [self.emit("jmp", e.pos)]
        self.patch(first)
        wait = self.entry(e, "DEFINE_WAIT")
        top = self.label()
        prepare = "prepare_to_wait_exclusive" if exclusive else "prepare_to_wait"
        self.op(prepare, (queue, self.address(wait), self.const(state)), e.pos)
        false = self.jump_if_false(e.args[1])
        out = [self.emit("jmp", e.pos)]
        self.patch(false)
        if state == TASK_INTERRUPTIBLE:
            pending = self.api("signal_pending", [self.current()], e.pos)
            quiet = self.emit("jf", e.pos, src=pending)
            self.emit("set", e.pos, dst=ret, src=self.const(-ERESTARTSYS))
            out.append(self.emit("jmp", e.pos))
            quiet.target = self.label()
        if timeout:
            left = self.api("schedule_timeout", [self.ref(ret)], e.pos)
            self.emit("set", e.pos, dst=ret, src=left)
            out += self.time_up(e, ret)
        else:
            self.op("schedule", (), e.pos)
        self.emit("back", e.pos, target=top)
        self.patch(out)
        self.op("finish_wait", (queue, self.address(wait)), e.pos)
        self.emit("kill", e.pos, objs=(wait,))
        self.patch(done)
        return self.ref(ret)

    def time_up(self, e: ir.Call, ret: int) -> list[Instr]:
        """The jumps that leave a wait whose time is up, *ret* being 0; today a condition that has come true counts."""
        late = self.statics.profile.late_condition
        if not late:
            return [self.emit("jf", e.pos, src=self.ref(ret))]
        up = self.emit("jf", e.pos, src=self.ref(ret))
        on = self.emit("jmp", e.pos)
        up.target = self.label()
        false = self.jump_if_false(e.args[1])
        self.emit("set", e.pos, dst=ret, src=self.const(late))
        out = [self.emit("jmp", e.pos), *false]
        on.target = self.label()
        return out

    def call_sleep_on(self, e: ir.Call) -> Val:
        return self.sleep_on(e, TASK_UNINTERRUPTIBLE)

    def call_interruptible_sleep_on(self, e: ir.Call) -> Val:
        return self.sleep_on(e, TASK_INTERRUPTIBLE)

    def sleep_on(self, e: ir.Call, state: int) -> Val:
        """kernel/sched.c, sleep_on(): it looks at no condition, so a wake-up before it is lost."""
        queue = self.operand("queue", e.args[0], e.name)
        wait = self.entry(e, "DECLARE_WAITQUEUE")
        self.op("set_current_state", (self.const(state),), e.pos)
        self.op("add_wait_queue", (queue, self.address(wait)), e.pos)
        self.op("schedule", (), e.pos)
        self.op("remove_wait_queue", (queue, self.address(wait)), e.pos)
        self.emit("kill", e.pos, objs=(wait,))
        return self.const(0)

    def entry(self, e: ir.Call, make: str) -> Obj:
        """The wait-queue entry that the call *e* declares with the macro *make*."""
        obj = self.stack_object(ir.Declare(e.pos, "", ObjType("wait_queue"), make, ()))
        self.new_entry(obj, make, e.pos)
        return obj
