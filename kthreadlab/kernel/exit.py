"""kernel/fork.c, kernel/exit.c, kernel/signal.c: threads begin, become daemons, hear signals, end."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import (
    REST,
    Does,
    Fails,
    MakesThread,
    Sleeps,
    State,
    by_all,
    by_nobody,
    unless,
)
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branches, at_once, effects_of, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.values import TASK, LowerError
from kthreadlab.lang.errno import EAGAIN, EINVAL, ESRCH
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import DEAD

from . import family, kthread, lifetime, park, rcu
from .family import INIT
from .frames import pop_frame
from .lifetime import ALL_SIGNALS, FORK, asks_another, born_again, may_be_used_later, meant, reaped_later, vacant
from .sched import declared_state, pending
from .signals import SIGKILL, fake_signal, hears, may_freeze, sent_now, signals_to
from .telling import Happened, Told
from .wakeup import born

NSIG = 64
"""The highest signal."""


def quiet(m: Plan, a: Actor, i: Instr) -> bool:
    """Nobody sends this task a signal, so its signal state is its own affair."""
    daemon = Does.DAEMONISES in effects_of(i.op).does
    return not hears(m, a) and not (may_freeze(m, a) and daemon) and not asks_another(a, i)


def unnoticed(m: Plan, a: Actor, i: Instr) -> bool:
    """Nobody can tell whose child this task is: no process waits for it, nor sends a signal to it."""
    return quiet(m, a, i) and nobodys(m, a, i)


def nobodys(m: Plan, a: Actor, i: Instr) -> bool:
    """No process waits for this task."""
    return not family.in_family(m, a)


def tracks_signals(g: Gen) -> bool:
    """Can anybody tell which signals the caller blocks?"""
    return bool(signals_to(g.m, g.a)) or g.m.hooks.looks_at(g.m, g.a, "blk")


def tell_enter(x: Happened) -> Told:
    """The function with its arguments, if it is called at all."""
    a = x.actor
    if x.result is not None:
        return Told((a.function,), Outcome.NEVER)
    given = [x.name(v) if isinstance(v, int) and v > TASK else v for v in x.operands]
    return Told((a.function, *(given or (getattr(v, "name", v) for v in a.args))))


@at_once("enter", describe=tell_enter, context=(), does=(), seen=by_all)
def enter(g: Gen, i: Instr) -> Branches:
    """The actor runs for the first time."""
    g.copy()
    if i.dst is not None:
        g.result(f"c[{g.cell('arg')}]")
        g(f"{g.to('arg')} = 0")

    def begin() -> None:
        g.event(*((g.read(i.dst),) if i.dst is not None else ()))

    def give_up(code: str) -> str:
        g.event(result=code)
        leave(g, i, code)
        return "stop"

    ends = ((test, lambda code=code: give_up(code)) for test, code in kthread.never_ran(g))
    return [*ends, *park.before_first(g), (None, begin)]


def tell_daemon(x: Happened) -> Told:
    """What becomes of the caller in this version."""
    kernel = x.m.config.kernel
    if not kernel.daemon_signals:
        return Told(x.operands, Outcome.NOTHING)
    return Told(x.operands, Outcome.ANY if kernel.reaper == INIT else Outcome.DISOWNED)


@operation(
    "daemonize",
    describe=tell_daemon,
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(0, REST),
    writes=(),
    does=(Does.DAEMONISES,),
    seen=unless(unnoticed),
)
def daemonize(g: Gen, i: Instr) -> None:
    """Name (15 characters), no user resources, all signals blocked and flushed, a child of init; in 2.4 it does no more
    than give up what user space had lent."""
    g.copy()
    kernel = g.m.config.kernel
    if g.a.kind == "thread":
        g(f"{g.to('mm')} = 0")
    if g.a.kind == "thread" and i.args:
        args = "".join(g.src(a) + ", " for a in i.args[1:])
        g(f"{g.to('comm')} = _fmt(c, _txt(c, {g.src(i.args[0])}), ({args}))[:15]")
        adopted(g)
        if tracks_signals(g) and kernel.daemon_signals:
            g(f"{g.to('blk')} = {ALL_SIGNALS}")
        if signals_to(g.m, g.a):
            g(f"{g.to('pend')} = 0")
        if may_freeze(g.m, g.a) and not kernel.daemon_freezable:
            g(f"{g.to('able')} = 0")
    g.event(f"c[{g.cell('comm')}]")


@at_once("reparent_to_init", context=(), does=(), seen=unless(nobodys))
def reparent_to_init(g: Gen, i: Instr) -> None:
    g.copy()
    if g.a.kind == "thread":
        adopted(g)
    g.event()


def adopted(g: Gen) -> None:
    """The thread is a child of init, or of kthreadd, and its end sends SIGCHLD."""
    g(f"{g.to('parent')} = {g.m.config.kernel.reaper}")
    if family.in_family(g.m, g.a):
        g(f"{g.to('sig')} = {family.SIGCHLD}")


def tell_mask(x: Happened) -> Told:
    """Whether it was a signal at all."""
    return Told(x.args, Outcome.INVALID if x.result else Outcome.ANY)


@at_once("allow_signal", describe=tell_mask, context=(), does=(Does.HEARS,), seen=unless(quiet))
@at_once("disallow_signal", describe=tell_mask, context=(), does=(), seen=unless(quiet))
def allow_signal(g: Gen, i: Instr) -> None:
    g.copy()
    sig = i.args[0]
    g(f"t = {g.src(sig)}")
    g(f"r = 0 if 1 <= t <= 64 else {-EINVAL}")
    if tracks_signals(g):
        allow, kernel = Does.HEARS in effects_of(i.op).does, g.m.config.kernel
        masks = ["blk"] if allow or not kernel.disallow_ignores else []
        masks += ["ign"] if kernel.signals_ignored or kernel.disallow_ignores else []
        g("if not r:")
        for mask in masks:
            g(f" {g.to(mask)} {'&= ~(1 << t)' if allow else '|= 1 << t'}")
        if not allow and kernel.disallow_flushes:
            g(f" {g.to('pend')} &= ~(1 << t)")
        if allow:
            g.ind += 1
            g.m.hooks.allowed(g, "t")
            g.ind -= 1
    g.result("r")
    g.event("t", result="r")


def tell_pending(x: Happened) -> Told:
    """Whose signals were looked for, and whether there are any."""
    whose = x.name(x.operands[0]) if x.operands else "current"
    return Told((whose,), Outcome.YES if x.result else Outcome.NO)


@at_once("signal_pending", describe=tell_pending, context=(), does=(), seen=unless(quiet))
def signal_pending(g: Gen, i: Instr) -> None:
    g.copy()
    expr = pending(g)
    if asks_another(g.a, i):
        expr = " or ".join(f"{test} and ({pending(g, a)})" for a, test in meant(g, i)) or "0"
    answer = "0" if expr == "0" else f"1 if {expr} else 0"
    g.result(answer)
    g.event(*(("t",) if asks_another(g.a, i) else ()), result=answer)


@at_once("flush_signals", context=(), does=(), seen=unless(quiet))
def flush_signals(g: Gen, i: Instr) -> None:
    g.copy()
    for a, test in meant(g, i):
        if signals_to(g.m, a):
            g(f"if {test}: c[@!pend.{a.index}@] = 0")
        if fake_signal(g.m, a):
            g(f"if {test} and {fake_signal(g.m, a)}: c[@!frz.{a.index}@] = 3")
    g.event(*(("t",) if asks_another(g.a, i) else ()))


def tell_dequeued(x: Happened) -> Told:
    """Which signal it was."""
    return Told((), Outcome.ANY if x.result else Outcome.NO)


@at_once(
    "dequeue_signal_lock",
    "dequeue_signal",
    "kernel_dequeue_signal",
    describe=tell_dequeued,
    context=(),
    does=(),
    seen=unless(quiet),
)
def dequeue_signal(g: Gen, i: Instr) -> None:
    """The lowest number first."""
    g.copy()
    g("r = 0")
    if signals_to(g.m, g.a):
        g(f"x = c[{g.cell('pend')}] & ~c[{g.cell('blk')}]")
        g(f"if x: r = (x & -x).bit_length() - 1; {g.to('pend')} &= ~(1 << r)")
    g.result("r")
    g.event(result="r")


MASKS = {
    "siginitset": "(t << 1) & {all}",
    "siginitsetinv": "{all} & ~(t << 1)",
    "sigfillset": "{all}",
    "sigemptyset": "0",
    "sigaddset": "c[{blk}] | 1 << t",
    "sigdelset": "c[{blk}] & ~(1 << t)",
}
"""What the caller blocks afterwards, of its operand ``t``; bit n is signal n."""


@at_once(*MASKS, context=(), does=(), seen=unless(quiet))
def set_blocked(g: Gen, i: Instr) -> None:
    g.copy()
    if i.args:
        g(f"t = {g.src(i.args[0])}")
    if tracks_signals(g):
        g(f"{g.to('blk')} = {MASKS[i.op].format(all=ALL_SIGNALS, blk=g.cell('blk'))}")
    g.event()


@at_once("recalc_sigpending", context=(), does=(), seen=by_nobody)
def recalc_sigpending(g: Gen, i: Instr) -> None:
    """signal_pending() looks itself."""
    g.copy()
    g.event()


def the_signal(i: Instr) -> int:
    """The signal that a call sends."""
    number: int | None = i.args[0].const
    if number is None:
        raise LowerError(f"{i.op}: a signal is named where it is sent", i.pos, "SIGTERM, and not a variable")
    return number


@at_once("send_sig", "send_sig_info", "force_sig", context=(), does=(Does.SENDS,), seen=by_all)
def send_sig(g: Gen, i: Instr) -> None:
    """Pending, and who sleeps in S and lets it through wakes up."""
    g.copy()
    signal = the_signal(i)
    targets = meant(g, i)
    for a, test in targets if 1 <= signal <= NSIG else ():
        comes(g, a, f"{test} and c[@st.{a.index}@] != {DEAD}", signal, forced=i.op == "force_sig")
    result = "0" if 0 <= signal <= NSIG else str(-EINVAL)
    g.result(result)
    g.event(str(signal), *(("t",) if asks_another(g.a, i) else (str(TASK + g.a.index),)), result=result)


def comes(g: Gen, a: Actor, test: str, signal: int, forced: bool = False) -> None:
    """A program sends *signal* to *a* where *test* holds."""
    with g.when(test):
        if forced:
            g(f"c[@!blk.{a.index}@] &= ~{1 << signal}; c[@!ign.{a.index}@] &= ~{1 << signal}")
        for line in sent_now(g.m, a, signal):
            g(line)
        for line in g.m.hooks.sent(g.m, a, "SIGKILL") if signal == SIGKILL else ():
            g(line.strip())


def tell_kill(x: Happened) -> Told:
    """Whether there is such a thread."""
    return Told(x.operands, Outcome.FAILS if x.result else Outcome.ANY)


@at_once("kill_proc", describe=tell_kill, context=(), does=(Does.SENDS,), seen=by_all)
def kill_proc(g: Gen, i: Instr) -> None:
    """Differs from Linux: of the module's threads alone, and of none that has ended."""
    g.copy()
    signal = the_signal(i)
    g(f"t, r = {g.src(i.args[1])}, {-ESRCH if 0 <= signal <= NSIG else -EINVAL}")
    for a in g.m.actors if 0 <= signal <= NSIG else ():
        if a.kind == "thread":
            unborn = f" and c[@pc.{a.index}@] != {g.m.special_number(a, 'unborn')}" if a.dormant else ""
            with g.when(f"t == {a.pid} and c[@st.{a.index}@] != {DEAD}{unborn}"):
                g("r = 0")
                if signal:
                    comes(g, a, "True", signal)
    g.result("r")
    g.event("t", result="r")


def tell_fork(x: Happened) -> Told:
    """Whether there is a new thread."""
    return Told(x.args, Outcome.ANY if x.result > 0 else Outcome.FAILS)


@operation(
    "kernel_thread",
    describe=tell_fork,
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(MakesThread(kthread=False), Fails(FORK)),
    seen=by_all,
)
def kernel_thread(g: Gen, i: Instr) -> None:
    """A new thread, runnable at once.  Differs from Linux: one place in the program makes one thread at a time
    (-EAGAIN while the last one lives)."""
    g.copy()
    child = i.info.get("child")
    if child is None:
        g(f"r = {-EAGAIN}")
    else:
        m = g.m
        if m.world.can_fail(FORK):
            g("e = c[@arm.fork.0@]; c[@!arm.fork.0@] = 0")
        may = "not e and " if m.world.can_fail(FORK) else ""
        g(f"if {may}{vacant(m, m.actors[child])}:")
        g(f" c[@!pc.{child}@] = _first{child}; {born(child, 0)}; r = {m.actors[child].pid}")
        born_again(g, m.actors[child])
        if family.in_family(m, m.actors[child]):
            family.sends(g, m.actors[child], f"{g.src(i.args[2])} & 255")
        kthread.lend(g, i, m.actors[child])
        g(f"else: r = {-EAGAIN}")
    g.m.hooks.forked(g, "r")
    g.result("r")
    g.event(g.m.constants.ref(i.args[0]), result="r")


def end_thread(g: Gen, i: Instr, code: str) -> None:
    """do_exit of a kernel thread: dead and off every run queue."""
    g.m.hooks.ended(g, code)
    st = g.cell("st")
    g.event(code, result=f"c[{st}]")
    if family.in_family(g.m, g.a):
        family.ends(g, code)
    else:
        g(f"c[{stored(st)}] = {DEAD}")


def leave(g: Gen, i: Instr, code: str, killed: bool = False) -> Branches:
    """The end of any actor; nothing of its stack is left.  *killed*: *code* is the signal that ends a process."""
    m, a = g.m, g.a
    g.copy()
    m.hooks.left(g, code)
    if f"good.{a.index}" in m.flags:
        g(f"{g.to('good')} = int({code} >= 0)")
    if a.kind == "thread":
        end_thread(g, i, code)
        lifetime.ends(g)
        kthread.ends(g, code, returns=Does.LEAVES not in effects_of(i.op).does)
    elif a.kind == "user":
        g.event(str(family.ENDS), code, code if killed else "0")
        family.ends(g, code)
        lifetime.ends(g)
    else:
        g.event(code)
        if a.is_frame:
            pop_frame(m, g)
    for obj in a.objects:
        g(f"c[@!{obj.key}@] = None")
    for slot in sorted(set(g.chains.slots.values())):
        g(f"c[@!v.{a.index}.{slot}@] = None")
    g(f"c[@!pc.{a.index}@] = {m.special_number(a, 'idle' if a.kind == 'softirq' else 'final')}")
    if a.is_frame:
        rcu.returned(g)
    else:
        g.m.cpus.give_up(g)
    for line in g.after:
        g(line)
    g.done()
    return [(None, lambda: "stop")]


def unseen_end(m: Plan, a: Actor, i: Instr) -> bool:
    """Nobody can tell whether it is over yet: a call, an interrupt, or a thread that no property watches, that never
    waits, and that nobody signals, wakes or makes anew.  Where somebody may keep a CPU for good, that comes before the
    end or after it."""
    if not m.cpus_come_back:
        return False
    if a.kind in ("process", "irq", "softirq"):
        return a.kind != "softirq" and a.name not in (m.world.insmod, m.world.rmmod)
    named = {x.task for x in (*m.world.signals, *m.world.spurious)}
    waits = any(getattr(o.type, "kind", "") == "wait_queue" for o in a.objects)
    looked_at = waits or declared_state(a) or may_be_used_later(m, a)
    return not (a.watched or a.dormant or looked_at or a.name in named)


def tell_end(x: Happened) -> Told:
    """Of a thread, the code that it leaves, and who hears of that; today's kernel prints of one that ends atomic."""
    a, kernel = x.actor, x.m.config.kernel
    if a.kind == "user":
        return family.tell_orphan(x) if x.operands[0] == family.ORPHANED else family.tell_end(x)
    if a.kind != "thread":
        return Told((a.function,), Outcome.IRQ if a.is_frame else Outcome.PROCESS)
    comm, parent, _ = x.names.identity(x.before, a)
    if family.in_family(x.m, a) and parent not in (INIT, kernel.reaper):
        outcome = family.fate(x, a)[0]
    elif reaped_later(x.m, a) and parent == INIT:
        outcome = Outcome.LEFT
    elif parent == kernel.reaper:
        outcome = Outcome.REAPED
    else:
        outcome = Outcome.DISOWNED if parent == kernel.kthread_parent else Outcome.ZOMBIE
    details = {"code": x.operands[0], "comm": comm, "pid": a.pid}
    count = x.ctx.count(x.m.config.preempt)
    if not count:
        return Told(x.operands, outcome, details)
    note = kernel.exit_note
    log = (note.format(comm=comm, pid=a.pid, count=count),) if note else ()
    return Told(x.operands, outcome, {**details, "preempt_count": count}, log)


@at_once("exit", describe=tell_end, context=(), does=(Does.ENDS,), seen=unless(unseen_end))
def exit_(g: Gen, i: Instr) -> Branches:
    value = i.args[0]
    return leave(g, i, g.src(value))


@at_once("do_exit", "kthread_exit", describe=tell_end, context=(), does=(Does.ENDS, Does.LEAVES), seen=by_all)
def do_exit(g: Gen, i: Instr) -> Branches:
    if g.a.is_frame:
        g("raise KernelFault('panic', 'Aiee, killing interrupt handler!')")
        return [(None, lambda: "stop")]
    return leave(g, i, g.src(i.args[0]))


@at_once("BUG", context=(), does=(Does.ENDS,), seen=by_all)
def bug(g: Gen, i: Instr) -> Branches:
    g.copy()
    g.event()
    g("raise KernelFault('bug')")
    return [(None, lambda: "stop")]


def tell_bug_on(x: Happened) -> Told:
    """Whether it is so."""
    return Told(x.operands, Outcome.YES if x.operands[0] else Outcome.ANY)


@at_once("BUG_ON", describe=tell_bug_on, context=(), does=(), seen=by_nobody)
def bug_on(g: Gen, i: Instr) -> None:
    g.copy()
    g.event(g.src(i.args[0]))
    g(f"if {g.src(i.args[0])}: raise KernelFault('bug')")


@at_once("WARN_ON", context=(), does=(), seen=by_nobody)
def warn_on(g: Gen, i: Instr) -> None:
    g.copy()
    answer = f"1 if {g.src(i.args[0])} else 0"
    g.result(answer)
    g.event(g.src(i.args[0]), result=answer)
