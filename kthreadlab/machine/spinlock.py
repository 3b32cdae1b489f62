"""kernel/spinlock.c, include/linux/spinlock.h: spin and reader-writer locks, interrupts, bottom halves, preemption.

Which locks a task holds, and whether its interrupts or bottom halves are off, is known at each node when the machine
is built (see `context.Context`); only the lock words of an SMP build are state: 0 free, a positive number of readers
(or the owner's number + 1), negative: a writer.  Without CONFIG_SMP a lock has no word, so it never waits and protects
from nobody.
"""

from __future__ import annotations

import re

from .context import HARDIRQ, LOCK_DEPTH, SOFTIRQ, Held
from .ops import operation
from .values import LowerError

NAME = re.compile(r"(spin|read|write)_(lock|unlock|trylock)(|_irq|_irqsave|_irqrestore|_bh)$")
FORMS = {"": "plain", "_irq": "irq", "_irqsave": "save", "_irqrestore": "save", "_bh": "bh"}


def the_lock(i):
    obj = i.args[0].obj
    if obj is None:
        raise LowerError("a lock is named where it is used", i.pos, "pass the lock itself, not a pointer that varies")
    return obj


def require_initialised(g, obj) -> None:
    """spinlock_t() and rwlock_t() are zero-filled memory, and zero is not the unlocked value."""
    if not obj.initialised:
        g(f"if s[@{obj.key}@] is None: raise KernelFault('uninitialised_lock', {g.m.constants.ref(obj.name)})")


def taken(g, obj, mode: str) -> None:
    key, me = obj.key, g.a.index
    if g.m.config.is_smp:
        value = {"s": f"{me + 1}", "r": f"c[@{key}@] + 1", "w": f"{-1 - me}"}[mode]
        g(f"c[@{key}@] = {value}")


def busy(g, obj, mode: str) -> str:
    """An expression over ``s``: would the caller have to wait?"""
    if not g.m.config.is_smp:
        return "0"
    return f"s[@{obj.key}@] < 0" if mode == "r" else f"s[@{obj.key}@]"


LOCKS = [f"{k}_lock{s}" for k in ("spin", "read", "write") for s in ("", "_irq", "_irqsave", "_bh")]
UNLOCKS = [f"{k}_unlock{s}" for k in ("spin", "read", "write") for s in ("", "_irq", "_irqrestore", "_bh")]


@operation(*LOCKS, waits="lock")
def lock(g, i):
    kind, _, suffix = NAME.match(i.op).groups()
    obj, mode = the_lock(i), kind[0]
    require_initialised(g, obj)
    if len(g.ctx.held) >= LOCK_DEPTH:
        g.hit("locks_balanced", "exit_held")
        g("raise KernelFault('lock_depth')")
        return [(None, lambda: "stop")]
    mine = [h.mode for h in g.ctx.held if h.lock == obj.key]
    if g.m.config.is_smp and mine and (mode != "r" or mine != ["r"] * len(mine)):
        g.spin("True")  # its own holder waits for it: nothing behind this point is ever reached
        g("return None")
        return [(None, lambda: "stop")]
    cannot = busy(g, obj, mode)
    if cannot != "0":
        g.spin(cannot)
    g.copy()
    taken(g, obj, mode)
    flags = i.args[1] if suffix == "_irqsave" else -1
    ctx = g.ctx
    saved = ctx.saved
    if flags >= 0:
        saved = tuple(sorted({**dict(saved), flags: ctx.off}.items()))
        g.assign(flags, str(ctx.off))
    g.ctx = ctx._replace(
        held=(*ctx.held, Held(obj.key, mode, FORMS[suffix], flags)),
        off=1 if suffix.startswith("_irq") else ctx.off,
        saved=saved,
        bh=ctx.bh + (suffix == "_bh"),
    )
    g.event(g.m.constants.ref(obj.name))
    return None


def taken_again(m, node) -> str:
    """Whether the task at *node* is about to take a lock that it holds, as a cause: ``recursive``, it waits for itself;
    ``read_twice``, it may wait for a writer that waits for it; else ""."""
    i = m.instr(node)
    if i.op not in LOCKS:
        return ""
    mine, mode = {h.mode for h in node.ctx.held if h.lock == the_lock(i).key}, i.op[0]
    if mine and (mine | {mode}) != {"r"}:
        return "recursive"
    queue = m.config.kernel.readers_queue and not m.actors[node.actor].is_frame
    return "read_twice" if mine and queue else ""


@operation(*UNLOCKS)
def unlock(g, i) -> None:
    kind, _, suffix = NAME.match(i.op).groups()
    obj, mode, ctx = the_lock(i), kind[0], g.ctx
    require_initialised(g, obj)
    g.copy()
    mine = [n for n, h in enumerate(ctx.held) if h.lock == obj.key]
    exact = [n for n in mine if ctx.held[n].mode == mode]
    held = list(ctx.held)
    if not mine:
        g.hit("locks_balanced", "not_held")
    else:
        n = (exact or mine)[-1]
        h = held.pop(n)
        if h.mode != mode or h.form != FORMS[suffix]:
            g.hit("locks_balanced", "wrong_form")
        if g.m.config.is_smp:
            g(f"c[@{obj.key}@] = {f'c[@{obj.key}@] - 1' if h.mode == 'r' else '0'}")
    off, saved = ctx.off, ctx.saved
    if suffix == "_irq":
        off = 0
    elif suffix == "_irqrestore":
        off = dict(saved).get(i.args[1], 0)
        saved = tuple(x for x in saved if x[0] != i.args[1])
    g.ctx = ctx._replace(held=tuple(held), off=off, saved=saved, bh=max(0, ctx.bh - (suffix == "_bh")))
    g.event(g.m.constants.ref(obj.name))


@operation("spin_trylock", "read_trylock", "write_trylock")
def trylock(g, i):
    obj, mode = the_lock(i), i.op[0]
    require_initialised(g, obj)
    g.copy()

    def fail() -> None:
        g.result("0")
        g.event(g.m.constants.ref(obj.name), result="0")

    def take() -> None:
        taken(g, obj, mode)
        g.result("1")
        g.ctx = g.ctx._replace(held=(*g.ctx.held, Held(obj.key, mode, "plain")))
        g.event(g.m.constants.ref(obj.name), result="1")

    cannot = busy(g, obj, mode)
    if len(g.ctx.held) >= LOCK_DEPTH:
        return [(None, fail)]
    return [(None, take)] if cannot == "0" else [(cannot, fail), (None, take)]


@operation("spin_is_locked")
def spin_is_locked(g, i) -> None:
    """Does anybody hold it now?  A kernel for one CPU has no lock word to look at, and says no."""
    obj = the_lock(i)
    require_initialised(g, obj)
    g.copy()
    answer = f"1 if c[@{obj.key}@] else 0" if g.m.config.is_smp else "0"
    g.result(answer)
    g.event(g.m.constants.ref(obj.name), result=answer)


@operation("spin_lock_init", "rwlock_init")
def lock_init(g, i) -> None:
    g.copy()
    obj = the_lock(i)
    if not obj.initialised or g.m.config.is_smp:
        g(f"c[@{obj.key}@] = 0")
    g.event(g.m.constants.ref(obj.name))


@operation("local_irq_disable", "local_irq_enable", "local_irq_save", "local_irq_restore")
def local_irq(g, i) -> None:
    g.copy()
    ctx = g.ctx
    off, saved = ctx.off, ctx.saved
    if i.op == "local_irq_save":
        saved = tuple(sorted({**dict(saved), i.args[0]: off}.items()))
        g.assign(i.args[0], str(off))
        off = 1
    elif i.op == "local_irq_restore":
        off = dict(saved).get(i.args[0], 0)
        saved = tuple(x for x in saved if x[0] != i.args[0])
    else:
        off = int(i.op == "local_irq_disable")
    g.ctx = ctx._replace(off=off, saved=saved)
    g.event()


@operation("preempt_disable", "preempt_enable")
def preempt(g, i) -> None:
    g.copy()
    g.ctx = g.ctx._replace(preempt=counted(g, g.ctx.preempt, i.op == "preempt_disable"))
    g.event()


def counted(g, depth: int, more: bool) -> int:
    """One level of preempt_count more or less; what is enabled more often than it was disabled is a fault."""
    depth += 1 if more else -1
    if not 0 <= depth <= LOCK_DEPTH:
        g("raise KernelFault('preempt_count')")
    return max(0, min(depth, LOCK_DEPTH))


@operation("local_bh_disable", "local_bh_enable")
def local_bh(g, i) -> None:
    """No bottom half begins on this CPU while the count is not 0.  Differs from Linux: one that is due begins
    some time after local_bh_enable(), not in it."""
    g.copy()
    g.ctx = g.ctx._replace(bh=counted(g, g.ctx.bh, i.op == "local_bh_disable"))
    g.event()


def in_context(g) -> int:
    """preempt_count as far as it tells where code runs: in a hard interrupt, in a bottom half or with them off."""
    return (HARDIRQ if g.a.kind == "irq" else SOFTIRQ if g.a.kind == "softirq" else 0) + SOFTIRQ * g.ctx.bh


def known(g, i) -> None:
    """What the compiler knows of the context."""
    g.copy()
    where = in_context(g)
    answer = {
        "irqs_disabled": g.ctx.off,
        "in_interrupt": where,
        "in_irq": where >= HARDIRQ,
        "in_softirq": where % HARDIRQ,
        "in_atomic": where or g.ctx.count(g.m.config.preempt),
    }[i.op]
    g.result(str(int(bool(answer))))
    g.event(result=str(int(bool(answer))))


operation("irqs_disabled", "in_interrupt", "in_irq", "in_softirq", "in_atomic", local=True)(known)


def barrier(g, i) -> None:
    """Memory is sequentially consistent here: a barrier changes nothing."""
    g.copy()
    g.event()


operation("mb", "rmb", "wmb", "smp_mb", "smp_rmb", "smp_wmb", "barrier", local=True)(barrier)
