"""kernel/fork.c, kernel/exit.c, kernel/signal.c: threads begin, become daemons, hear signals, end."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
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
from kthreadlab.compile.layout import ALL_SIGNALS
from kthreadlab.compile.ops import effects_of, operation
from kthreadlab.compile.program import successors, switches, tries
from kthreadlab.compile.values import TASK

from . import kthread, lifetime
from .frames import give_up_cpu, pop_frame
from .lifetime import FORK, INIT, asks_another, born_again, may_be_used_later, meant, reaped_later, stops, told, vacant
from .sched import SIGKILL, declared_state, pending
from .signals import fake_signal, hears, killed, may_freeze, signalled, signals_to
from .telling import Happened, Outcome, Told


def quiet(m, a, i) -> bool:
    """Nobody sends this task a signal, so its signal state is its own affair."""
    daemon = Does.DAEMONISES in effects_of(i.op).does
    return not hears(m, a) and not (may_freeze(m, a) and daemon) and not asks_another(a, i)


def tracks_signals(g) -> bool:
    return bool(signals_to(g.m, g.a)) or (g.m.is_watched(g.a) and "identity" in g.m.observe)


def tell_enter(x: Happened) -> Told:
    """The function with its arguments, if it is called at all."""
    a = x.actor
    if a.kthread and x.after[x.m.index[f"pc.{a.index}"]] == x.m.special.get((a.index, "final")):
        return Told((a.function,), Outcome.NEVER)
    given = [x.name(v) if isinstance(v, int) and v > TASK else v for v in x.operands]
    return Told((a.function, *(given or (getattr(v, "name", v) for v in a.args))))


@operation(
    "enter",
    describe=tell_enter,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def enter(g, i) -> list:
    """The actor runs for the first time."""
    g.copy()
    if i.dst is not None:
        g.result(f"c[{g.cell('arg')}]")
        g(f"c[{g.cell('arg')}] = 0")

    def begin() -> None:
        g.event(*((g.read(i.dst),) if i.dst is not None else ()))

    def give_up(code: str) -> str:
        g.event()
        leave(g, i, code)
        return "stop"

    return [*((test, lambda code=code: give_up(code)) for test, code in kthread.never_ran(g)), (None, begin)]


@operation(
    "daemonize",
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(0, REST),
    writes=(),
    does=(Does.DAEMONISES,),
    seen=unless(quiet),
)
def daemonize(g, i) -> None:
    """Name (15 characters), no user resources, all signals blocked and flushed, a child of init; in 2.4 it does no more
    than give up what user space had lent."""
    g.copy()
    kernel = g.m.config.kernel
    if g.a.kind == "thread":
        g(f"c[{g.cell('mm')}] = 0")
    if g.a.kind == "thread" and i.args:
        args = "".join(g.src(a) + ", " for a in i.args[1:])
        g(f"c[{g.cell('comm')}] = _fmt(c, _txt(c, {g.src(i.args[0])}), ({args}))[:15]")
        g(f"c[{g.cell('parent')}] = {kernel.reaper}")
        if tracks_signals(g) and kernel.daemon_signals:
            g(f"c[{g.cell('blk')}] = {ALL_SIGNALS}")
        if signals_to(g.m, g.a):
            g(f"c[{g.cell('pend')}] = 0")
        if may_freeze(g.m, g.a) and not kernel.daemon_freezable:
            g(f"c[{g.cell('able')}] = 0")
    g.event(f"c[{g.cell('comm')}]")


@operation(
    "reparent_to_init", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody
)
def reparent_to_init(g, i) -> None:
    g.copy()
    if g.a.kind == "thread":
        g(f"c[{g.cell('parent')}] = {g.m.config.kernel.reaper}")
    g.event()


@operation(
    "allow_signal",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.HEARS,),
    seen=unless(quiet),
)
@operation(
    "disallow_signal",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=unless(quiet),
)
def allow_signal(g, i) -> None:
    g.copy()
    sig = i.args[0]
    g(f"t = {g.src(sig)}")
    g("r = 0 if 1 <= t <= 64 else -22")
    if tracks_signals(g):
        allow, kernel = Does.HEARS in effects_of(i.op).does, g.m.config.kernel
        masks = ["blk"] if allow or not kernel.disallow_ignores else []
        masks += ["ign"] if kernel.signals_ignored or kernel.disallow_ignores else []
        g("if not r:")
        for mask in masks:
            g(f" c[{g.cell(mask)}] {'&= ~(1 << t)' if allow else '|= 1 << t'}")
        if allow and g.m.is_watched(g.a) and signals_to(g.m, g.a):
            g(f" if t == {SIGKILL}: c[{g.cell('alw')}] = 1")
    g.result("r")
    g.event("t", result="r")


def tell_pending(x: Happened) -> Told:
    """Whose signals were looked for, and whether there are any."""
    whose = x.name(x.operands[0]) if x.operands else "current"
    return Told((whose,), Outcome.YES if x.result else Outcome.NO)


@operation(
    "signal_pending",
    describe=tell_pending,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=unless(quiet),
)
def signal_pending(g, i) -> None:
    g.copy()
    expr = pending(g)
    if asks_another(g.a, i):
        expr = " or ".join(f"{test} and ({pending(g, a)})" for a, test in meant(g, i)) or "0"
    answer = "0" if expr == "0" else f"1 if {expr} else 0"
    g.result(answer)
    g.event(*(("t",) if asks_another(g.a, i) else ()), result=answer)


@operation(
    "flush_signals", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=unless(quiet)
)
def flush_signals(g, i) -> None:
    g.copy()
    for a, test in meant(g, i):
        if signals_to(g.m, a):
            g(f"if {test}: c[@pend.{a.index}@] = 0")
        if fake_signal(g.m, a):
            g(f"if {test} and {fake_signal(g.m, a)}: c[@frz.{a.index}@] = 3")
    g.event(*(("t",) if asks_another(g.a, i) else ()))


@operation(
    "kernel_thread",
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(MakesThread(kthread=False), Fails(FORK)),
    seen=by_all,
)
def kernel_thread(g, i) -> None:
    """A new thread, runnable at once.  Differs from Linux: one place in the program makes one thread at a time
    (-EAGAIN while the last one lives)."""
    g.copy()
    child = i.info.get("child")
    if child is None:
        g("r = -11")
    else:
        m = g.m
        if m.world.can_fail(FORK):
            g("e = c[@arm.fork.0@]; c[@arm.fork.0@] = 0")
        may = "not e and " if m.world.can_fail(FORK) else ""
        g(f"if {may}{vacant(m, m.actors[child])}:")
        g(f" c[@pc.{child}@] = _first{child}; c[@st.{child}@] = 0; r = {m.actors[child].pid}")
        born_again(g, m.actors[child])
        kthread.lend(g, i, m.actors[child])
        g("else: r = -11")
    g.result("r")
    g.event(g.m.constants.ref(i.args[0]), result="r")


def end_thread(g, i, code: str) -> None:
    """do_exit of a kernel thread: what properties see of it, then dead and off every run queue."""
    if g.m.observe and g.a in stayers(g.m):
        unasked_end(g)
    if g.m.is_watched(g.a):
        observed_end(g, code)
    st = g.cell("st")
    g.event(code, result=f"c[{st}]")
    g(f"c[{st}] = 8")


def stayers(m) -> list[Actor]:
    """The threads that must not end unasked: those of a scenario that says so, or the first that its module makes."""
    there = [a for a in m.actors if a.kind == "thread" and not a.dormant] or [m.watched]
    return there if m.scenario.stays else []


def unasked_end(g) -> None:
    """Did anybody ask a thread that stays to end?"""
    m, a = g.m, g.a
    kills = any(x.task == a.name and x.signal == "SIGKILL" for x in m.world.signals)
    asked = [killed(m, a)] if kills else []
    if a.index in told(m) and stops(m):
        asked.append(f"c[{g.cell('stop')}]")
    with g.when(f"not ({' or '.join(asked) or '0'})"):
        g.hit("sleeps_when_idle", "exits")
        if m.is_watched(a) and kills and signalled(m, a) != "0":
            with g.when(signalled(m, a)):
                g.hit("dies_cleanly", "other_signal")


def observed_end(g, code: str) -> None:
    """If SIGKILL asked the watched thread to end: is nothing of it left behind?"""
    for test, cause in what_is_left(g, code):
        with g.when(f"c[{g.cell('kob')}] and ({test})"):
            g.hit("dies_cleanly", cause)


def what_is_left(g, code: str) -> list[tuple[str, str]]:
    """Tests over ``c`` for what a thread that was killed must not leave, each with its cause.  How it should lie there
    is known only of one that is there to be killed."""
    entries = [o for o in g.a.objects if getattr(o.type, "kind", "") == "wait_queue"]
    linked = " or ".join(f"(c[@{o.key}@] and c[@{o.key}@][3] > 0)" for o in entries)
    queued = [(linked, "on_queue")] if linked else []
    if not g.m.scenario.stays:
        return queued
    return [
        *queued,
        (f"c[{g.cell('st')}]", "state"),
        (code, "code"),
        (f"c[{g.cell('parent')}] != {g.m.config.kernel.reaper}", "stays"),
    ]


def leave(g, i, code: str) -> list:
    """The end of any actor; nothing of its stack is left."""
    m, a = g.m, g.a
    g.copy()
    g.trigger("left")
    if g.ctx.held or g.ctx.owned:
        g.hit("locks_balanced", "exit_held")
    if a.changes_context:
        g(f"_X[{('context' if changed_for_certain(a.code, g.at) else MAYBE)!r}] = 1")
    if g.ctx.unrestored:
        g.hit("context_restored", g.ctx.unrestored)
    g.m.observers.call_ends(g)
    if m.observes_leaks and (a.index in m.allocators or m.shares_pointers):
        cause = "at_exit" if a.kind == "thread" else "at_return"
        g.after.append(f"_leak(c, s, {m.violation('no_leak', cause, g.pos, a.index)})")
    if f"good.{a.index}" in m.flags:
        g(f"c[{g.cell('good')}] = int({code} >= 0)")
    if a.kind == "thread":
        end_thread(g, i, code)
        lifetime.ends(g)
        kthread.ends(g, code, returns=Does.LEAVES not in effects_of(i.op).does)
    else:
        g.event(code)
        if a.is_frame:
            pop_frame(m, g)
    for obj in a.objects:
        g(f"c[@{obj.key}@] = None")
    for slot in sorted({a.slots[v] for v in a.slots}):
        g(f"c[@v.{a.index}.{slot}@] = None")
    g(f"c[@pc.{a.index}@] = {m.special_number(a, 'idle' if a.kind == 'softirq' else 'final')}")
    if not a.is_frame:
        give_up_cpu(g)
    for line in g.after:
        g(line)
    g("return tuple(c)")
    return [(None, lambda: "stop")]


MAYBE = "context, perhaps"
"""What is triggered where a context was perhaps changed on the way to an end."""


def changed_for_certain(code: list[Instr], end: int) -> bool:
    """Does every way to the instruction *end* lead through a change of context?"""
    seen, todo = {0}, [0]
    while todo:
        p = todo.pop()
        if p == end:
            return False
        if not switches(code[p]) or tries(code[p]):
            new = set(successors(code, p)) - seen
            seen |= new
            todo += new
    return True


def unseen_end(m, a, i) -> bool:
    """Nobody can tell whether it is over yet: a call, an interrupt, or a thread that no property watches, that never
    waits, and that nobody signals, wakes or makes anew.  Where somebody may keep a CPU for good, that comes before the
    end or after it."""
    if not m.cpus_come_back:
        return False
    if a.kind in ("process", "irq", "softirq"):
        return a.kind != "softirq"
    named = {x.task for x in (*m.world.signals, *m.world.spurious)}
    waits = any(getattr(o.type, "kind", "") == "wait_queue" for o in a.objects)
    looked_at = waits or declared_state(a) or may_be_used_later(m, a)
    return not (a is m.watched or a.dormant or looked_at or a.name in named)


def tell_end(x: Happened) -> Told:
    """Of a thread, the code that it leaves, and who hears of that; today's kernel prints of one that ends atomic."""
    a, kernel = x.actor, x.m.config.kernel
    if a.kind != "thread":
        return Told((a.function,), Outcome.IRQ if a.is_frame else Outcome.PROCESS)
    comm, parent, _ = x.names.identity(x.before, a)
    if reaped_later(x.m, a) and parent == INIT:
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


@operation(
    "exit",
    describe=tell_end,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.ENDS,),
    seen=unless(unseen_end),
)
def exit_(g, i) -> list:
    value = i.args[0]
    return leave(g, i, g.src(value))


@operation(
    "do_exit",
    "kthread_exit",
    describe=tell_end,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.ENDS, Does.LEAVES),
    seen=by_all,
)
def do_exit(g, i) -> list:
    if g.a.is_frame:
        g("raise KernelFault('panic', 'Aiee, killing interrupt handler!')")
        return [(None, lambda: "stop")]
    return leave(g, i, g.src(i.args[0]))


@operation(
    "BUG", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(Does.ENDS,), seen=by_all
)
def bug(g, i) -> list:
    g.copy()
    g.event()
    g("raise KernelFault('bug')")
    return [(None, lambda: "stop")]


def tell_bug_on(x: Happened) -> Told:
    """Whether it is so."""
    return Told(x.operands, Outcome.YES if x.operands[0] else Outcome.ANY)


@operation(
    "BUG_ON",
    describe=tell_bug_on,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_nobody,
)
def bug_on(g, i) -> None:
    g.copy()
    g.event(g.src(i.args[0]))
    g(f"if {g.src(i.args[0])}: raise KernelFault('bug')")


@operation("WARN_ON", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody)
def warn_on(g, i) -> None:
    g.copy()
    answer = f"1 if {g.src(i.args[0])} else 0"
    g.result(answer)
    g.event(g.src(i.args[0]), result=answer)
