"""Calls that are no single operation: the macros of kernel.h, of compiler.h and of wait.h, written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kthreadlab.compile.calls import macro
from kthreadlab.compile.expressions import LOADS
from kthreadlab.compile.instructions import Builder, Instr, Loop
from kthreadlab.compile.integers import coerce, common
from kthreadlab.compile.lower import Lower, statement
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh
from kthreadlab.compile.structs import enclosing, offset_of
from kthreadlab.compile.values import LowerError, Obj, Val, pointee
from kthreadlab.lang import ir
from kthreadlab.lang.errno import ERESTARTSYS
from kthreadlab.lang.ir import INTS, S64, IntType, ObjType, PtrType
from kthreadlab.lang.task_state import TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE

from .module import THIS_MODULE
from .wait import new_entry_of


@macro("likely", "unlikely")
def likely(low: Lower, e: ir.Call) -> Val:
    return low.value(e.args[0])


@macro("READ_ONCE", "ACCESS_ONCE", "smp_load_acquire", "rcu_dereference")
def read_once(low: Lower, e: ir.Call) -> Val:
    """A load that says it is meant to race."""
    first = low.label()
    value = low.value(e.args[0])
    mark(low, first)
    return value


@macro("WRITE_ONCE", "smp_store_release", "rcu_assign_pointer")
def write_once(low: Lower, e: ir.Call) -> Val:
    """A store that says so."""
    first = low.label()
    low.store(e.args[0], low.value(e.args[1]), e.pos)
    mark(low, first)
    return low.const(0)


def mark(low: Lower, first: int) -> None:
    """The access that was written last, from instruction *first* on, is marked (``info["once"]``); those by which
    its place is found are not."""
    if low.label() > first and "place" in low.code[-1].info:
        low.code[-1].info["once"] = True


@macro("min", "max")
def less_or_more(low: Lower, e: ir.Call) -> Val:
    a = low.hold(low.value(e.args[0]), e.args[1])
    b = low.value(e.args[1])
    t = common(a, b)
    return Val(f"{e.name}({coerce(a, t)}, {coerce(b, t)})", a.vars | b.vars, t, faults=a.faults or b.faults)


@macro("ffs", "fls", "hweight32")
def ffs(low: Lower, e: ir.Call) -> Val:
    v = low.value(e.args[0])
    return Val(f"_{e.name}({v.src})", v.vars, S64, faults=v.faults)


@macro("sizeof")
def sizeof(low: Lower, e: ir.Call) -> Val:
    arg = e.args[0]
    if isinstance(arg, ir.TypeRef):
        return low.const(low.statics.size_of(arg.type))
    return low.const(low.statics.size_of(type_of(low, arg)))


def type_of(low: Lower, e: ir.Expr) -> ir.Type:
    """The type of an expression, none of whose code is run: of a field, that of its declaration."""
    first = low.label()
    value = low.value(e)
    type_ = value.type if value.obj is None else value.obj.type
    if isinstance(e, ir.Field) and not isinstance(e.base, ir.Current):
        struct = low.statics.structs.get(pointee(low.value(e.base)) or "")
        type_ = dict(struct.fields).get(e.name, type_) if struct is not None else type_
    del low.code[first:]
    return type_


def named_type(e: ir.Expr) -> IntType | str:
    """The type that an argument names: a struct by its name."""
    assert isinstance(e, ir.TypeRef)
    return e.type


@macro("cast")
def cast(low: Lower, e: ir.Call) -> Val:
    type_, value = named_type(e.args[0]), low.value(e.args[1])
    if isinstance(type_, IntType):
        return low.convert(value, type_)
    t = low.var("", PtrType(type_))
    low.statics.cast_to.add(type_)
    low.op("cast", (value,), e.pos, dst=t, silent=True, struct=type_)
    return low.ref(t)


@macro("list_entry", "container_of")
def container_of(low: Lower, e: ir.Call) -> Val:
    """The struct around an object: an address less an offset."""
    it, struct, member = low.value(e.args[0]), str(named_type(e.args[1])), e.args[2]
    assert isinstance(member, ir.Str)
    if e.name == "list_entry":
        links_field(low, struct, member.value, e.pos)
    return around(low, it, struct, member.value, e.pos)


def around(low: Lower, it: Val, struct: str, member: str, pos: ir.Pos) -> Val:
    """The address of the *struct* whose field *member* is at *it*."""
    if member not in dict(low.statics.structs[struct].fields):
        raise LowerError(f"struct {struct} has no member {member}", pos)
    by = offset_of(low.statics, struct, member)
    if not by:
        rule = "only what is an object has an address of its own here"
        raise LowerError(f"{member} of struct {struct} is a number or a pointer", pos, rule)
    whole = enclosing(it.obj, by, struct) if it.obj is not None else None
    if whole is not None:
        return replace(low.address(whole), lent=it.lent)
    low.statics.walked = True
    return Val(f"_offset({it.src}, {-by})", it.vars, PtrType(struct), faults=it.faults)


@macro("kstrdup")
def kstrdup(low: Lower, e: ir.Call) -> Val:
    """mm/util.c: memory for the text and its NUL, and the copy of so many bytes, whatever they are by then."""
    text, gfp = low.operands(e)
    text = low.kept(text, e.pos)
    if text.const == 0:
        return low.const(0, PtrType("text"))
    if text.obj is not None:
        return copied(low, e, text, gfp)
    copy = low.var("", PtrType("text"))
    low.emit("set", e.pos, dst=copy, src=low.const(0, PtrType("text")))
    missing = low.emit("jf", e.pos, src=text)
    low.emit("set", e.pos, dst=copy, src=copied(low, e, text, gfp))
    missing.target = low.label()
    return low.ref(copy)


def copied(low: Lower, e: ir.Call, text: Val, gfp: Val) -> Val:
    """Memory with a copy of *text*."""
    length = low.api("strlen", [text], e.pos)
    return filled(low, e, length, gfp, lambda p, size: low.api("strncpy", [p, text, size], e.pos))


@macro("kasprintf")
def kasprintf(low: Lower, e: ir.Call) -> Val:
    """lib/kasprintf.c: first the length, then memory for it, then as much of the text as fits."""
    gfp, *words = low.operands(e)
    words = [low.kept(w, e.pos) for w in words]
    length = low.var("", S64)
    low.op("vsnprintf", tuple(words), e.pos, dst=length)
    return filled(low, e, low.ref(length), gfp, lambda p, size: low.api("snprintf", [p, size, *words], e.pos))


def filled(low: Lower, e: ir.Call, length: Val, gfp: Val, fill: Callable[[Val, Val], Val]) -> Val:
    """Memory for *length* characters and a NUL, filled, ``fill(memory, size)``, if there is any."""
    size = Val(f"({length.src} + 1)", length.vars, S64)
    p = replace(low.api("kmalloc", [size, gfp], e.pos), type=PtrType("text"))
    missing = low.emit("jf", e.pos, src=p)
    fill(p, size)
    missing.target = low.label()
    return p


@macro("IS_ERR")
def is_err(low: Lower, e: ir.Call) -> Val:
    """An errno as a pointer is one of the last 4095 addresses, kept here as a negative number."""
    v = low.value(e.args[0])
    if v.obj is not None:
        return low.const(0)
    return Val(f"(-4096 < {v.src} < 0)", v.vars, S64, faults=v.faults, condition=True)


@macro("IS_ERR_OR_NULL")
def is_err_or_null(low: Lower, e: ir.Call) -> Val:
    v = low.value(e.args[0])
    if v.obj is not None:
        return low.const(0)
    return Val(f"(-4096 < {v.src} <= 0)", v.vars, S64, faults=v.faults, condition=True)


@macro("ARRAY_SIZE")
def array_size(low: Lower, e: ir.Call) -> Val:
    """The compiler knows it of an array, and of nothing else."""
    array = type_of(low, e.args[0])
    if not isinstance(array, ObjType) or array.kind not in ("array", "text"):
        raise LowerError("ARRAY_SIZE: this is no array", e.pos, "of a pointer nobody knows where its array ends")
    return low.const(array.size)


@macro("PTR_ERR")
def ptr_err(low: Lower, e: ir.Call) -> Val:
    """An errno; of what is none, the address, which no narrow signed variable holds."""
    v = low.value(e.args[0])
    return Val(v.src if v.const is not None else f"_number({v.src})", v.vars, S64, v.const, faults=v.faults)


@macro("ERR_PTR")
def err_ptr(low: Lower, e: ir.Call) -> Val:
    v = low.value(e.args[0])
    return Val(v.src if v.const is not None else f"_address({v.src})", v.vars, PtrType(), v.const, faults=v.faults)


@macro("complete_and_exit")
def complete_and_exit(low: Lower, e: ir.Call) -> Val:
    """kernel/exit.c: one after the other."""
    return complete_and_end(low, e, "do_exit")


@macro("module_put_and_exit")
def module_put_and_exit(low: Lower, e: ir.Call) -> Val:
    """kernel/module.c: the reference and the end, both by code of the kernel."""
    return put_and_end(low, e, "do_exit")


@macro("module_put_and_kthread_exit")
def module_put_and_kthread_exit(low: Lower, e: ir.Call) -> Val:
    """kernel/module/main.c: the same."""
    return put_and_end(low, e, "kthread_exit")


def put_and_end(low: Lower, e: ir.Call, end: str) -> Val:
    """The two calls one after the other."""
    (code,) = low.operands(e)
    low.op("module_put", (low.const(THIS_MODULE),), e.pos)
    low.op(end, (code,), e.pos, in_kernel=True)
    return low.const(0)


@macro("kthread_complete_and_exit")
def kthread_complete_and_exit(low: Lower, e: ir.Call) -> Val:
    """kernel/kthread.c: the same."""
    return complete_and_end(low, e, "kthread_exit")


def complete_and_end(low: Lower, e: ir.Call, end: str) -> Val:
    """The two calls one after the other."""
    x, code = low.operands(e)
    if x.const != 0:
        low.op("complete", (x,), e.pos)
    low.op(end, (code,), e.pos, in_kernel=True)
    return low.const(0)


# ---- signals --------------------------------------------------------------------------------------------------


def is_own(e: ir.Expr, field: str = "") -> bool:
    """Is this ``current``, or that field of it?"""
    if not field:
        return isinstance(e, ir.Current)
    return isinstance(e, ir.Field) and isinstance(e.base, ir.Current) and e.name == field


@macro("siginitset")
@macro("siginitsetinv")
@macro("sigfillset")
@macro("sigemptyset")
@macro("sigaddset")
@macro("sigdelset")
def set_blocked(low: Lower, e: ir.Call) -> Val:
    """include/linux/signal.h: what the caller blocks."""
    blocked, *more = e.args
    if not is_own(blocked, "blocked"):
        raise LowerError(f"{e.name} of another set than current.blocked", e.pos, "only that is modelled")
    low.op(e.name, tuple(low.value(x) for x in more), e.pos)
    return low.const(0)


@macro("dequeue_signal_lock")
@macro("dequeue_signal")
def dequeue_signal(low: Lower, e: ir.Call) -> Val:
    """kernel/signal.c: of the caller's own signals, but those that it blocks."""
    own, *mask = e.args[:2]
    if not is_own(own) or mask and not is_own(mask[0], "blocked"):
        raise LowerError(f"{e.name} of others than current, current.blocked", e.pos, "only those are modelled")
    return low.api(e.name, [], e.pos)


@macro("kill_proc")
def kill_proc(low: Lower, e: ir.Call) -> Val:
    """kernel/signal.c, the signal first."""
    pid, *sig = low.operands(e)
    return low.api(e.name, [sig[0], pid, *sig[1:]], e.pos)


@macro("sigmask")
def sigmask(low: Lower, e: ir.Call) -> Val:
    (sig,) = low.operands(e)
    if sig.const is None:
        return Val(f"(1 << ({sig.src} - 1) % 64)", sig.vars, INTS["u64"], faults=sig.faults)
    return Val(str(1 << (sig.const - 1) % 64), type=INTS["u64"])


# ---- waiting --------------------------------------------------------------------------------------------------


@macro("wait_event")
def wait_event(low: Lower, e: ir.Call) -> Val:
    return wait(low, e, TASK_UNINTERRUPTIBLE)


@macro("wait_event_interruptible")
def wait_event_interruptible(low: Lower, e: ir.Call) -> Val:
    return wait(low, e, TASK_INTERRUPTIBLE)


@macro("wait_event_interruptible_exclusive")
def wait_event_interruptible_exclusive(low: Lower, e: ir.Call) -> Val:
    return wait(low, e, TASK_INTERRUPTIBLE, exclusive=True)


@macro("wait_event_timeout")
def wait_event_timeout(low: Lower, e: ir.Call) -> Val:
    return wait(low, e, TASK_UNINTERRUPTIBLE, timeout=e.args[2])


@macro("wait_event_interruptible_timeout")
def wait_event_interruptible_timeout(low: Lower, e: ir.Call) -> Val:
    return wait(low, e, TASK_INTERRUPTIBLE, timeout=e.args[2])


@macro("wait_event_freezable")
def wait_event_freezable(low: Lower, e: ir.Call) -> Val:
    """include/linux/freezer.h: the freezer ends the wait too, and after it the wait begins again."""
    queue, condition = e.args
    asked = ir.Call(e.pos, "freezing", (ir.Current(e.pos),))
    ret, top = low.var("", S64), low.label()
    either = ir.Or(e.pos, (condition, asked))
    waited = wait(low, ir.Call(e.pos, e.name, (queue, either)), TASK_INTERRUPTIBLE)
    low.emit("set", e.pos, dst=ret, src=waited)
    out = low.emit("jf", e.pos, src=low.api("try_to_freeze", [], e.pos))
    low.emit("back", e.pos, target=top)
    low.patch([out])
    return low.ref(ret)


@macro("kthread_freezable_should_stop")
def kthread_freezable_should_stop(low: Lower, e: ir.Call) -> Val:
    """kernel/kthread.c: stand still if the freezer asks, then look."""
    low.api("try_to_freeze", [], e.pos)
    return low.api("kthread_should_stop", [], e.pos)


def wait(low: Lower, e: ir.Call, state: int, exclusive: bool = False, timeout: ir.Expr | None = None) -> Val:
    """The macros of include/linux/wait.h: test first, then prepare, test, sleep, in a loop."""
    queue = low.operand("queue", e.args[0], e.name)
    if low.statics.profile.wait_asks:
        low.op("might_sleep", (), e.pos, silent=True)
    ret = low.var("", S64)
    low.emit("set", e.pos, dst=ret, src=low.value(timeout) if timeout else low.const(0))
    waits = Wait(low, e, queue, ret, state, timeout is not None, exclusive)
    if low.statics.profile.wait_tells:
        waits.told()
    else:
        waits.asking()
    return low.ref(ret)


@dataclass(frozen=True)
class Wait:
    """One use of such a macro, *e*: it waits on *queue* in *state*, and leaves its result in the variable *ret*; with a
    timer, if *timed*."""

    low: Lower
    e: ir.Call
    queue: Val
    ret: int
    state: int
    timed: bool
    exclusive: bool

    def asking(self) -> None:
        """Up to 2.6.32: who is woken by a timer's end has waited in vain, and a signal is looked for after the
        condition."""
        low, pos = self.low, self.e.pos
        first = low.jump_if_false(self.e.args[1])
        done = low.emit("jmp", pos)
        low.patch(first)
        wait = entry(low, self.e, "DEFINE_WAIT")
        top = low.label()
        self.prepare(wait)
        false = low.jump_if_false(self.e.args[1])
        out = [low.emit("jmp", pos)]
        low.patch(false)
        if self.state == TASK_INTERRUPTIBLE:
            out.append(self.interrupted(low.api("signal_pending", [low.current()], pos)))
        self.sleep()
        if self.timed:
            out.append(low.emit("jf", pos, src=low.ref(self.ret)))
        low.emit("back", pos, target=top)
        low.patch(out)
        low.op("finish_wait", (self.queue, low.address(wait)), pos)
        low.emit("kill", pos, objs=(wait,))
        low.patch([done])

    def told(self) -> None:
        """Today prepare_to_wait_event() says whether there is a signal, and the condition is looked at after that, as
        it is when the time is up; with a time of 0 nobody sleeps."""
        low, pos = self.low, self.e.pos
        first = self.in_vain()
        done = low.emit("jmp", pos)
        low.patch(first)
        wait = entry(low, self.e, "DEFINE_WAIT")
        top = low.label()
        signal = self.prepare(wait)
        false = self.in_vain()
        out = low.emit("jmp", pos)
        low.patch(false)
        gone = [self.interrupted(low.ref(signal))] if signal is not None else []
        self.sleep()
        low.emit("back", pos, target=top)
        low.patch([out])
        low.op("finish_wait", (self.queue, low.address(wait)), pos)
        low.patch(gone)
        low.emit("kill", pos, objs=(wait,))
        low.patch([done])

    def prepare(self, wait: Obj) -> int | None:
        """prepare_to_wait(); the variable in which it says whether there is a signal, where it does."""
        low, tells = self.low, self.low.statics.profile.wait_tells and self.state == TASK_INTERRUPTIBLE
        signal = low.var("", S64) if tells else None
        name = "prepare_to_wait_exclusive" if self.exclusive else "prepare_to_wait"
        operands = self.queue, low.address(wait), low.const(self.state)
        low.op(name, operands, self.e.pos, dst=signal, tells=tells)
        return signal

    def interrupted(self, signal: Val) -> Instr:
        """The jump by which a signal ends the wait."""
        low, pos = self.low, self.e.pos
        quiet = low.emit("jf", pos, src=signal)
        low.emit("set", pos, dst=self.ret, src=low.const(-ERESTARTSYS))
        out = low.emit("jmp", pos)
        quiet.target = low.label()
        return out

    def sleep(self) -> None:
        """schedule(), with the timer if there is one."""
        low, pos = self.low, self.e.pos
        if self.timed:
            left = low.api("schedule_timeout", [low.ref(self.ret)], pos)
            low.emit("set", pos, dst=self.ret, src=left)
        else:
            low.op("schedule", (), pos)

    def in_vain(self) -> list[Instr]:
        """The jumps to where the wait goes on: the condition is false, and there is time.  If it is true there is some
        left, whatever the timer says."""
        low, pos = self.low, self.e.pos
        false = low.jump_if_false(self.e.args[1])
        if not self.timed:
            return false
        up = low.emit("jf", pos, src=low.ref(self.ret))
        over = [low.emit("jmp", pos)]
        up.target = low.label()
        low.emit("set", pos, dst=self.ret, src=low.const(low.statics.profile.late_condition))
        over.append(low.emit("jmp", pos))
        low.patch(false)
        over.append(low.emit("jf", pos, src=low.ref(self.ret)))
        on = low.emit("jmp", pos)
        low.patch(over)
        return [on]


@dataclass(frozen=True)
class LockedWait(Wait):
    """One in which a *lock* is held, but while the caller sleeps."""

    lock: Val

    def sleep(self) -> None:
        self.low.api("spin_unlock_irq", [self.lock], self.e.pos)
        super().sleep()
        self.low.api("spin_lock_irq", [self.lock], self.e.pos)


@macro("wait_event_lock_irq")
def wait_event_lock_irq(low: Lower, e: ir.Call) -> Val:
    """include/linux/wait.h: the condition is looked at under the lock."""
    queue, lock = low.operand("queue", e.args[0], e.name), low.operand("spinlock", e.args[2], e.name)
    ret = low.var("", S64)
    low.emit("set", e.pos, dst=ret, src=low.const(0))
    LockedWait(low, e, queue, ret, TASK_UNINTERRUPTIBLE, False, False, lock).told()
    return low.const(0)


@macro("sleep_on")
def sleep_on(low: Lower, e: ir.Call) -> Val:
    return sleep_blindly(low, e, TASK_UNINTERRUPTIBLE)


@macro("interruptible_sleep_on")
def interruptible_sleep_on(low: Lower, e: ir.Call) -> Val:
    return sleep_blindly(low, e, TASK_INTERRUPTIBLE)


@macro("sleep_on_timeout")
def sleep_on_timeout(low: Lower, e: ir.Call) -> Val:
    return sleep_blindly(low, e, TASK_UNINTERRUPTIBLE, timeout=e.args[1])


@macro("interruptible_sleep_on_timeout")
def interruptible_sleep_on_timeout(low: Lower, e: ir.Call) -> Val:
    return sleep_blindly(low, e, TASK_INTERRUPTIBLE, timeout=e.args[1])


def sleep_blindly(low: Lower, e: ir.Call, state: int, timeout: ir.Expr | None = None) -> Val:
    """kernel/sched.c, sleep_on(): it looks at no condition, so a wake-up before it is lost.  What is left of the
    time, if there is one."""
    queue = low.operand("queue", e.args[0], e.name)
    ticks = low.kept(low.operand("int", timeout, e.name), e.pos) if timeout is not None else None
    wait = entry(low, e, "DECLARE_WAITQUEUE")
    low.op("set_current_state", (low.const(state),), e.pos)
    low.op("add_wait_queue", (queue, low.address(wait)), e.pos)
    if ticks is None:
        low.op("schedule", (), e.pos)
        left = low.const(0)
    else:
        left = low.api("schedule_timeout", [ticks], e.pos)
    low.op("remove_wait_queue", (queue, low.address(wait)), e.pos)
    low.emit("kill", e.pos, objs=(wait,))
    return left


def entry(low: Lower, e: ir.Call, make: str) -> Obj:
    """The wait-queue entry that the call *e* declares with the macro *make*."""
    obj = low.stack_object(ir.Declare(e.pos, "", ObjType("wait_queue"), make, ()))
    new_entry_of(low, obj, make, e.pos)
    return obj


# ---- include/linux/list.h -------------------------------------------------------------------------------------------


@fresh("list")
def fresh_list(statics: Statics, decl: Declared) -> Fresh:
    """An empty list, or links of zeros."""
    return Fresh(() if decl.make == "LIST_HEAD" else 0)


SIZES["list"] = 16


def links_field(low: Lower, struct: str, member: str, pos: ir.Pos) -> None:
    """Refuse a field of *struct* that has no links."""
    type_ = dict(low.statics.structs[struct].fields).get(member)
    if not isinstance(type_, ObjType) or type_.kind != "list":
        raise LowerError(
            f"struct {struct} has no links called {member}", pos, f'{struct} = struct("{struct}", {member}=list_head)'
        )


def list_step(low: Builder, base: Val, back: bool, pos: ir.Pos) -> Val:
    """The links beside *base*."""
    t = low.var("", PtrType("list"))
    low.op("list_step", (base,), pos, dst=t, back=back)
    return low.ref(t)


def beside(low: Builder, base: Val, e: ir.Field) -> Val | None:
    """``head.next``, ``head.prev``."""
    return list_step(low, base, e.name == "prev", e.pos) if e.name in ("next", "prev") else None


LOADS["list"] = beside


@macro("list_first_entry", "list_last_entry")
def end_of_list(low: Lower, e: ir.Call) -> Val:
    """``list_entry(head->next)``, whether or not anything is there."""
    head, struct, member = the_list(low, e)
    return around(low, list_step(low, head, e.name == "list_last_entry", e.pos), struct, member, e.pos)


@macro("list_first_entry_or_null")
def first_or_null(low: Lower, e: ir.Call) -> Val:
    """The first links are looked at once."""
    head, struct, member = the_list(low, e)
    first, found = list_step(low, head, False, e.pos), low.var("", PtrType(struct))
    low.emit("set", e.pos, dst=found, src=low.const(0, PtrType(struct)))
    empty = low.emit("jf", e.pos, src=Val(f"({first.src} != {head.src})", first.vars | head.vars))
    low.emit("set", e.pos, dst=found, src=around(low, first, struct, member, e.pos))
    empty.target = low.label()
    return low.ref(found)


def the_list(low: Lower, e: ir.Call) -> tuple[Val, str, str]:
    """The head, the struct and its field that such a macro is given."""
    head, struct, member = low.operand("list", e.args[0], e.name), str(named_type(e.args[1])), e.args[2]
    assert isinstance(member, ir.Str)
    links_field(low, struct, member.value, e.pos)
    return low.kept(head, e.pos), struct, member.value


@statement(ir.ForList)
def list_for_each_entry(low: Lower, s: ir.ForList) -> None:
    """The next entry is looked up after the body, or (_safe) before it."""
    if s.struct:
        links_field(low, s.struct, s.member, s.pos)
    head = low.kept(low.operand("list", s.head, "list_for_each_entry"), s.pos)
    at, after = low.var("", PtrType("list")), low.var("", PtrType("list"))
    low.assign_local(s.var, low.const(0, PtrType(s.struct or "list")), s.pos)
    low.emit("set", s.pos, dst=at, src=list_step(low, head, s.back, s.pos))
    first = low.emit("jmp", s.pos)
    loop = Loop(s.pos, low.label())
    found = around(low, low.ref(at), s.struct, s.member, s.pos) if s.struct else low.ref(at)

    def following() -> Val:
        here = ir.Name(s.pos, s.var, True)
        links = ir.Field(s.pos, here, s.member) if s.struct else here
        return list_step(low, low.value(links), s.back, s.pos)

    low.emit("set", s.pos, dst=at, src=low.ref(after) if s.safe else following())
    first.target = low.label()
    out = low.emit("jf", s.pos, src=Val(f"(<{at}> != {head.src})", head.vars | {at}))
    low.assign_local(s.var, found, s.pos)
    if s.safe:
        low.emit("set", s.pos, dst=after, src=following())
    low.scopes[-1].loops.append(loop)
    low.body(s.body)
    low.emit("back", s.pos, target=loop.top)
    low.scopes[-1].loops.pop()
    out.target = low.label()
    low.assign_local(s.var, found, s.pos)
    low.patch(loop.breaks)
