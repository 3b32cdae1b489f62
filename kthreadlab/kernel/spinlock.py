"""kernel/spinlock.c, include/linux/spinlock.h: spin and reader-writer locks, interrupts, bottom halves, preemption.

Which locks a task holds, and whether its interrupts or bottom halves are off, is known at each node when the machine
is built (see `context.Context`); only the lock words of an SMP build are state.  Without CONFIG_SMP a lock has no word,
so it never waits and protects from nobody.

A spinlock's word is 0 (free) or 1.  A reader-writer lock's is 0 when free, a reader adds `Word.reader` and a writer
`Word.writer`: a release takes that off again, whoever makes it, so one too many, or of the other kind, is remembered.
Differs from Linux: a lock that is released too often remembers `SURPLUS` readers and one writer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kthreadlab.compile import cells
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.context import DEPTH, HARDIRQ, SOFTIRQ, Held, Node
from kthreadlab.compile.effects import (
    BottomHalves,
    Change,
    Deed,
    Does,
    Drops,
    Form,
    Irqs,
    Looks,
    Preemption,
    Resets,
    Takes,
    Waits,
    by_all,
    by_nobody,
)
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import Branches, Emit, at_once, effects_of
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.program import flags
from kthreadlab.compile.refusal import because
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh
from kthreadlab.compile.structs import is_part
from kthreadlab.compile.values import Obj
from kthreadlab.lang.outcome import Outcome

from .telling import Happened, Told

SIZES["spinlock"] = 4
SIZES["rwlock"] = 4


@fresh("spinlock", "rwlock", looked_at=True)
def fresh_lock(statics: Statics, decl: Declared) -> Fresh:
    """A free lock; where zeros are none, one that is declared without a value can't be used yet."""
    ready = decl.make not in ("spinlock_t", "rwlock_t") or statics.profile.zero_is_unlocked
    return Fresh(0 if ready else None, ready)


def require_initialised(g: Gen, obj: Obj) -> None:
    """spinlock_t() and rwlock_t() are zero-filled memory, and zero is not the unlocked value."""
    if not obj.initialised:
        g(f"if s[@{obj.key}@] is None: raise KernelFault('uninitialised_lock', {g.m.constants.ref(obj.name)})")


SURPLUS = 8
"""So many readers' releases too many does a lock remember."""


class Word(NamedTuple):
    """How a version counts in the word of a reader-writer lock.  *queued*: a writer has a byte of its own in it, which
    his release clears, and keeps readers out by it; else he takes off what all readers together never could."""

    reader: int
    writer: int
    queued: bool

    def keeps_out(self, mode: str, word: str) -> str:
        """The Python of: must one who wants *mode* wait, where the word is *word*?"""
        if mode != "r":
            return word
        return f"{word} & {self.reader - 1}" if self.queued else f"{word} >= {self.writer}"

    def after_release(self, mode: str, word: str, owed: bool) -> str:
        """The Python of the word after a release; *owed*: the caller had the lock in this mode."""
        if mode == "s":
            return "0"
        if mode == "w" and self.queued:
            return f"{word} & ~{self.writer}"
        unit = self.writer if mode == "w" else self.reader
        return f"{word} - {unit}" + ("" if owed else f" * ({self.remembers(mode, word)})")

    def remembers(self, mode: str, word: str) -> str:
        """The Python of: does one release too many still make a difference to the word?"""
        if mode == "w":
            return f"{word} > -{self.writer // 2}"
        return (
            f"{word} >= {(1 - SURPLUS) * self.reader}" if self.queued else f"({word} + {SURPLUS}) % {self.writer} > 0"
        )


BIASED, QUEUED = Word(1, 0x1000000, False), Word(0x200, 0xFF, True)


def word_of(m: Plan) -> Word:
    """How reader-writer locks count here."""
    return QUEUED if m.config.kernel.readers_queue else BIASED


def kept_out(m: Plan, mode: str, word: int) -> bool:
    """Must one who wants *mode* wait, where the word is *word*?"""
    kind = word_of(m)
    if mode != "r":
        return word != 0
    return bool(word & (kind.reader - 1)) if kind.queued else word >= kind.writer


def taken(g: Gen, obj: Obj, mode: str) -> None:
    """The lock's word, with one holder more; where nobody else can be one, it was 0."""
    if g.m.config.is_smp:
        units = {"s": 1, "r": word_of(g.m).reader, "w": word_of(g.m).writer}
        g(f"c[@!{obj.key}@] {'+' if mode == 'r' else ''}= {units[mode]}")


def busy(g: Gen, obj: Obj, mode: str) -> str:
    """An expression over ``s``: would the caller have to wait?"""
    return word_of(g.m).keeps_out(mode, f"s[@{obj.key}@]") if g.m.config.is_smp else "0"


def lock(g: Gen, i: Instr) -> Branches:
    """Take a spinning lock, or spin."""
    takes = next(effects_of(i.op).changes(Takes))
    obj, mode = i.named, takes.mode
    require_initialised(g, obj)
    g.m.hooks.tries(g)
    if g.ctx.full(obj.key):
        return [(None, lambda: too_deep(g))]
    cannot = busy(g, obj, mode)
    if cannot != "0":
        g.m.cpus.spin(g, cannot, because("lock", what=obj.key))
    g.copy()
    taken(g, obj, mode)
    ctx = g.ctx
    if takes.form is Form.SAVE:
        save(g, flags(i))
    g.ctx = g.ctx._replace(
        held=(*ctx.held, Held(obj.key, mode, takes.form.value)),
        off=1 if takes.form in (Form.IRQ, Form.SAVE) else ctx.off,
        bh=ctx.bh + (takes.form is Form.BH),
    )
    g.event(g.m.constants.ref(obj.name))
    return None


def too_deep(g: Gen) -> str:
    """The ledger has no more room for locks that it has already: somebody keeps what he takes."""
    g.m.hooks.misused(g, "exit_held")
    g("raise KernelFault('lock_depth')")
    return "stop"


def taken_again(m: Plan, node: Node) -> str:
    """Whether the task at *node* is about to take a lock that it holds, as a cause: ``recursive``, it waits for itself;
    ``read_twice``, it may wait for a writer that waits for it; else ""."""
    i = m.instr(node)
    takes = next((x for x in effects_of(i.op).changes(Takes) if not x.tries), None)
    if takes is None:
        return ""
    mine = {h.mode for h in node.ctx.held if h.lock == i.named.key}
    if mine and (mine | {takes.mode}) != {"r"}:
        return "recursive"
    queue = m.config.kernel.readers_queue and not m.actors[node.actor].is_frame
    return "read_twice" if mine and queue else ""


def save(g: Gen, var: int) -> None:
    """What interrupts are now, in the variable *var*: what it held before is gone."""
    g.assign(var, str(g.ctx.off))
    g.ctx = g.ctx._replace(saved=tuple(sorted({**dict(g.ctx.saved), var: g.ctx.off}.items())))


def restored(g: Gen, var: int, after: Callable[[], None]) -> Branches:
    """Interrupts are again what the variable *var* says; *after* writes what else there is to do.  It is known now,
    but for a variable with which more is done than saving and restoring.  What was never saved is whatever lay there,
    and found to be so."""

    def to(off: int) -> Callable[[], None]:
        def effect() -> None:
            g.ctx = g.ctx._replace(off=off)
            after()

        return effect

    unsaved = "raise KernelFault('uninitialised_local', 'these flags were never saved')"
    if var in g.program.varying:
        g(f"if {g.read(var)} is None: {unsaved}")
        return [(g.read(var), to(1)), (None, to(0))]
    saved = dict(g.ctx.saved)
    if var not in saved:
        g(unsaved)
    to(saved.get(var, 0))()
    return None


def another(obj: Obj, held: tuple[Held, ...]) -> bool:
    """Is what is given back, and not had, one of many, and had another?  There the path ends: who gives back the wrong
    one of many keeps the right one, and in how many ways he could go on nobody wants to know."""
    return obj.root is not None and any(is_part(h.lock) for h in held)


def wrong_one(g: Gen) -> str:
    """It is: that is a fault of whoever gives it back."""
    g.m.hooks.misused(g, "not_held")
    g("raise KernelFault('other_lock')")
    return "stop"


def unlock(g: Gen, i: Instr) -> Branches:
    """Release a spinning lock, whoever has it: the word follows, and the ledger loses the latest hold of the caller."""
    drops = next(effects_of(i.op).changes(Drops))
    obj, mode, ctx = i.named, drops.mode, g.ctx
    require_initialised(g, obj)
    g.copy()
    mine = [n for n, h in enumerate(ctx.held) if h.lock == obj.key]
    exact = [n for n in mine if ctx.held[n].mode == mode]
    held = list(ctx.held)
    if not mine and another(obj, ctx.held):
        return [(None, lambda: wrong_one(g))]
    if not mine:
        g.m.hooks.misused(g, "not_held")
    else:
        n = (exact or mine)[-1]
        h = held.pop(n)
        if h.mode != mode or h.form != drops.form.value:
            g.m.hooks.misused(g, "wrong_form")
    if g.m.config.is_smp:
        g(f"c[@!{obj.key}@] = {word_of(g.m).after_release(mode, f'c[@{obj.key}@]', bool(exact))}")
    off = 0 if drops.form is Form.IRQ else ctx.off
    g.ctx = ctx._replace(held=tuple(held), off=off, bh=max(0, ctx.bh - (drops.form is Form.BH)))

    def tell() -> None:
        g.event(g.m.constants.ref(obj.name))

    if drops.form is Form.SAVE:
        return restored(g, flags(i), tell)
    tell()
    return None


def trylock(g: Gen, i: Instr) -> Branches:
    """Take a spinning lock if it is free."""
    obj, mode = i.named, next(effects_of(i.op).changes(Takes)).mode
    require_initialised(g, obj)
    g.m.hooks.tries(g)
    g.copy()

    def fail() -> None:
        g.result("0")
        g.event(g.m.constants.ref(obj.name), result="0")

    def take() -> str | None:
        if g.ctx.full(obj.key):
            return too_deep(g)
        taken(g, obj, mode)
        g.result("1")
        g.ctx = g.ctx._replace(held=(*g.ctx.held, Held(obj.key, mode, Form.PLAIN.value)))
        g.event(g.m.constants.ref(obj.name), result="1")
        return None

    cannot = busy(g, obj, mode)
    return [(None, take)] if cannot == "0" else [(cannot, fail), (None, take)]


def tell_lock(x: Happened) -> Told:
    """What taking or releasing a lock came to; a kernel for one CPU has no lock words."""
    takes = next(effects_of(x.instr.op).changes(Takes), None)
    if takes is not None and takes.tries:
        return Told(x.args, Outcome.TAKEN if x.result else Outcome.BUSY)
    if not x.m.config.is_smp:
        return Told(x.args, Outcome.PREEMPT if x.m.config.preempt else Outcome.NOTHING)
    return Told(x.args, Outcome.RELEASED if takes is None else Outcome.TAKEN)


def _context_call(name: str, change: Change, emit: Emit, *does: Deed) -> None:
    """Register a call that does no more than change the context of who calls it."""
    describe = tell_lock if isinstance(change, Takes | Drops) else None
    at_once(name, describe=describe, context=(change,), does=does, seen=by_all)(emit)


for _kind in ("spin", "read", "write"):
    for _suffix, _form in (("", Form.PLAIN), ("_irq", Form.IRQ), ("_irqsave", Form.SAVE), ("_bh", Form.BH)):
        _context_call(f"{_kind}_lock{_suffix}", Takes(_kind[0], _form), lock, Waits("lock"))
    for _suffix, _form in (("", Form.PLAIN), ("_irq", Form.IRQ), ("_irqrestore", Form.SAVE), ("_bh", Form.BH)):
        _context_call(f"{_kind}_unlock{_suffix}", Drops(_kind[0], _form), unlock)
    _context_call(f"{_kind}_trylock", Takes(_kind[0], Form.PLAIN, tries=True), trylock)


@at_once("spin_is_locked", context=(Looks(),), does=(), seen=by_all)
def spin_is_locked(g: Gen, i: Instr) -> None:
    """Does anybody hold it now?  A kernel for one CPU has no lock word to look at, and says no."""
    obj = i.named
    require_initialised(g, obj)
    g.copy()
    answer = f"1 if c[@{obj.key}@] else 0" if g.m.config.is_smp else "0"
    g.result(answer)
    g.event(g.m.constants.ref(obj.name), result=answer)


@at_once("spin_lock_init", "rwlock_init", context=(Resets(),), does=(Does.INITIALISES,), seen=by_all)
def lock_init(g: Gen, i: Instr) -> None:
    g.copy()
    obj = i.named
    if not obj.initialised or g.m.config.is_smp:
        g(f"c[@!{obj.key}@] = 0")
    g.event(g.m.constants.ref(obj.name))


def local_irq(g: Gen, i: Instr) -> Branches:
    """Interrupts of this CPU off, on, or as they were."""
    g.copy()
    change = next(effects_of(i.op).changes(Irqs))
    if change is Irqs.RESTORE:
        return restored(g, flags(i), g.event)
    if change is Irqs.SAVE:
        save(g, flags(i))
    g.ctx = g.ctx._replace(off=int(change is not Irqs.ON))
    g.event()
    return None


def preempt(g: Gen, i: Instr) -> None:
    """One level of preempt_count more, or less."""
    g.copy()
    g.ctx = g.ctx._replace(preempt=counted(g, g.ctx.preempt, next(effects_of(i.op).changes(Preemption)).by))
    g.event()


def counted(g: Gen, depth: int, by: int) -> int:
    """So many levels of preempt_count more; what is enabled more often than it was disabled is a fault."""
    depth += by
    if not 0 <= depth <= DEPTH:
        g("raise KernelFault('preempt_count')")
    return max(0, min(depth, DEPTH))


def local_bh(g: Gen, i: Instr) -> None:
    """No bottom half begins on this CPU while the count is not 0.  Differs from Linux: one that is due begins
    some time after local_bh_enable(), not in it."""
    g.copy()
    g.ctx = g.ctx._replace(bh=counted(g, g.ctx.bh, next(effects_of(i.op).changes(BottomHalves)).by))
    g.event()


for _change in Irqs:
    _name = {Irqs.OFF: "disable", Irqs.ON: "enable"}.get(_change, _change.value)
    _context_call(f"local_irq_{_name}", _change, local_irq)
for _name, _by in (("disable", 1), ("enable", -1)):
    _context_call(f"preempt_{_name}", Preemption(_by), preempt)
    _context_call(f"local_bh_{_name}", BottomHalves(_by), local_bh)


def in_context(g: Gen) -> int:
    """preempt_count as far as it tells where code runs: in a hard interrupt, in a bottom half or with them off."""
    return (HARDIRQ if g.a.kind == "irq" else SOFTIRQ if g.a.kind == "softirq" else 0) + SOFTIRQ * g.ctx.bh


def softirq_below(g: Gen) -> str:
    """The Python of: does an interrupt run on top of a bottom half, or of a task that has them off?  That counts, too:
    preempt_count goes on."""
    return f"_soft_below(s, {g.a.index})" if g.a.kind == "irq" and not g.ctx.bh else "0"


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    stacks = [(int(key[4:]), n) for key, n in m.index.items() if key.startswith("frm.")]
    off: list[bool] = [node is not None and node.ctx.bh > 0 for node in m.nodes]
    soft = {a.index for a in m.softirqs}

    def below(s: cells.State, me: int) -> bool:
        cpu, stack = next((cpu, s[n]) for cpu, n in stacks if me in s[n])
        if soft & set(stack[: stack.index(me)]):
            return True
        task = m.cpus.task_on(m, s, cpu)
        return task >= 0 and off[s[m.index[f"pc.{task}"]]]

    return {"_soft_below": below}


@at_once("irqs_disabled", "in_interrupt", "in_irq", "in_softirq", "in_atomic", context=(), does=(), seen=by_nobody)
def known(g: Gen, i: Instr) -> None:
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
    told = softirq_below(g) if i.op == "in_softirq" else "0"
    told = str(int(bool(answer))) if told == "0" else f"int({told})"
    g.result(told)
    g.event(result=told)


@at_once("mb", "rmb", "wmb", "smp_mb", "smp_rmb", "smp_wmb", "barrier", context=(), does=(), seen=by_nobody)
def barrier(g: Gen, i: Instr) -> None:
    """Memory is sequentially consistent here: a barrier changes nothing."""
    g.copy()
    g.event()
