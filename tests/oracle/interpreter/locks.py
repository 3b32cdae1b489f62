"""Spinning locks, and what keeps interrupts, bottom halves and preemption out.

A spinlock's word is 1 when free.  A reader-writer lock's is `BIAS` when free; a reader subtracts 1, a writer the bias:
so an unlock too many, or of the other kind, leaves a word that no writer ever finds free.  Where readers queue (6.12)
the word is 0 when free; a reader adds 1 above a byte that is the writer's alone, and that his unlock clears.  Of
unlocks too many a lock remembers eight of readers, and one of a writer.  The ledger of who holds what is kept in every
build; the words count only on an SMP build.
"""

from __future__ import annotations

from collections.abc import Hashable

from .run import Run, operation
from .state import Obj
from .values import Blocked, KernelFault, Value
from .versions import Version

PLAIN, IRQ, IRQSAVE, BH = "plain", "irq", "irqsave", "bh"
BIAS = 0x01000000


def lock_of(run: Run, lock: Value) -> Obj:
    """The lock; one that nothing has initialised is a fault in every build."""
    thing = run.thing(lock)
    if thing.kind not in ("spinlock", "rwlock"):
        raise KernelFault("bad_pointer")
    if not thing.data["ready"]:
        raise KernelFault("uninitialised_lock")
    return thing


def tried(run: Run) -> None:
    if run.task.interrupt:
        run.triggers.add("irq_safe")


def free_for(run: Run, thing: Obj, mode: str) -> bool:
    if not run.world.smp:
        return True
    word = thing.data["word"]
    if thing.kind == "rwlock" and run.version.fair_readers:
        return word % 256 == 0 if mode == "read" else word == 0
    return word > 0 if mode == "read" else word == (BIAS if mode == "write" else 1)


def hold(run: Run, lock: Value, thing: Obj, mode: str, form: str) -> None:
    task = run.task
    task.changed = True
    run.triggers.add("locks_balanced")
    task.held = (*task.held, (lock.obj, mode, form))
    if thing.kind == "rwlock" and run.version.fair_readers:
        thing.data["word"] += 255 if mode == "write" else 256
    else:
        thing.data["word"] -= BIAS if mode == "write" else 1


def twice(run: Run, lock: Value, mode: str) -> bool:
    """Does the task hold the lock already in a way in which taking it again can deadlock?"""
    mine = [m for address, m, _ in run.task.held if address == lock.obj]
    if mode == "read" and set(mine) <= {"read"}:
        return bool(mine) and run.version.fair_readers and not run.task.interrupt
    return bool(mine)


def acquire(run: Run, lock: Value, mode: str, form: str) -> None:
    thing = lock_of(run, lock)
    tried(run)
    if twice(run, lock, mode):
        run.hit("locks_balanced", "twice")
    if not free_for(run, thing, mode):
        raise Blocked
    hold(run, lock, thing, mode, form)
    if form in (IRQ, IRQSAVE):
        run.task.irqs = False
    if form == BH:
        run.task.bh += 1


def wrong_one(run: Run, given_back: Hashable, held: list[Hashable]) -> None:
    """What lies in a struct or an array is one of many; to give back the wrong one, with another held, is the end."""
    objects = run.state.objects
    if objects[given_back].parent is not None and any(objects[x].parent is not None for x in held if x in objects):
        raise KernelFault("other_lock")


def release(run: Run, lock: Value, mode: str, form: str) -> None:
    """The word is changed whoever holds the lock; the ledger loses the latest hold."""
    thing = lock_of(run, lock)
    task = run.task
    mine = [n for n, (address, _, _) in enumerate(task.held) if address == lock.obj]
    mine = [n for n in mine if task.held[n][1] == mode] or mine
    if mine:
        _, held_mode, held_form = task.held[mine[-1]]
        if (held_mode, held_form) != (mode, form):
            run.hit("locks_balanced", "another_form")
        task.held = task.held[: mine[-1]] + task.held[mine[-1] + 1 :]
    else:
        run.hit("locks_balanced", "not_held")
        wrong_one(run, lock.obj, [address for address, _, _ in task.held])
    if mode == "spin":
        thing.data["word"] = 1
    else:
        let_go(run, thing, mode)


def let_go(run: Run, thing: Obj, mode: str) -> None:
    """A reader-writer lock's word after an unlock."""
    word = thing.data["word"]
    if run.version.fair_readers:
        readers, writer = divmod(word, 256)
        word = readers * 256 if mode == "write" else max(readers - 1, -8) * 256 + writer
    elif mode == "write":
        word += BIAS if word < 3 * BIAS // 2 else 0
    else:
        near = (word + BIAS // 2) // BIAS * BIAS
        word += word - near < 8
    thing.data["word"] = word


def try_(run: Run, lock: Value, mode: str) -> int:
    thing = lock_of(run, lock)
    tried(run)
    if not free_for(run, thing, mode):
        return 0
    hold(run, lock, thing, mode, PLAIN)
    return 1


def save(run: Run, flags: Value) -> None:
    run.set_word(flags, int(run.task.irqs))


def restore(run: Run, flags: Value) -> None:
    run.task.irqs = bool(run.word(flags))


def _lock_calls() -> None:
    for prefix, mode in (("spin", "spin"), ("read", "read"), ("write", "write")):

        def lock(run: Run, lock: Value, mode: str = mode) -> Value:
            acquire(run, lock, mode, PLAIN)
            return 0

        def unlock(run: Run, lock: Value, mode: str = mode) -> Value:
            release(run, lock, mode, PLAIN)
            return 0

        def lock_irq(run: Run, lock: Value, mode: str = mode) -> Value:
            acquire(run, lock, mode, IRQ)
            return 0

        def unlock_irq(run: Run, lock: Value, mode: str = mode) -> Value:
            release(run, lock, mode, IRQ)
            run.task.irqs = True
            return 0

        def lock_irqsave(run: Run, lock: Value, flags: Value, mode: str = mode) -> Value:
            on = run.task.irqs
            acquire(run, lock, mode, IRQSAVE)
            run.set_word(flags, int(on))
            return 0

        def unlock_irqrestore(run: Run, lock: Value, flags: Value, mode: str = mode) -> Value:
            release(run, lock, mode, IRQSAVE)
            restore(run, flags)
            return 0

        def lock_bh(run: Run, lock: Value, mode: str = mode) -> Value:
            acquire(run, lock, mode, BH)
            return 0

        def unlock_bh(run: Run, lock: Value, mode: str = mode) -> Value:
            release(run, lock, mode, BH)
            run.task.bh = max(run.task.bh - 1, 0)
            return 0

        def trylock(run: Run, lock: Value, mode: str = mode) -> Value:
            return try_(run, lock, mode)

        for name, call in (
            ("lock", lock),
            ("unlock", unlock),
            ("lock_irq", lock_irq),
            ("unlock_irq", unlock_irq),
            ("lock_irqsave", lock_irqsave),
            ("unlock_irqrestore", unlock_irqrestore),
            ("lock_bh", lock_bh),
            ("unlock_bh", unlock_bh),
            ("trylock", trylock),
        ):
            operation(f"{prefix}_{name}")(call)


_lock_calls()


def free_word(version: Version, kind: str) -> int:
    """What says that nobody has the lock."""
    return 1 if kind == "spinlock" else 0 if version.fair_readers else BIAS


@operation("spin_lock_init", "rwlock_init")
def lock_init(run: Run, lock: Value) -> Value:
    thing = run.thing(lock)
    thing.data.update(ready=True, word=free_word(run.version, thing.kind))
    return 0


@operation("spin_is_locked")
def spin_is_locked(run: Run, lock: Value) -> Value:
    word = lock_of(run, lock).data["word"]
    return int(run.world.smp and word != 1)


# ---- interrupts, bottom halves, preemption -------------------------------------------------------------------------


def bh_on(run: Run) -> None:
    if run.task.bh == 0:
        raise KernelFault("preempt_count")
    run.task.bh -= 1


@operation("local_bh_disable")
def local_bh_disable(run: Run) -> Value:
    run.task.changed = True
    run.task.bh += 1
    return 0


@operation("local_bh_enable")
def local_bh_enable(run: Run) -> Value:
    run.task.changed = True
    bh_on(run)
    return 0


@operation("local_irq_disable")
def local_irq_disable(run: Run) -> Value:
    run.task.changed = True
    run.task.irqs = False
    return 0


@operation("local_irq_enable")
def local_irq_enable(run: Run) -> Value:
    run.task.changed = True
    run.task.irqs = True
    return 0


@operation("local_irq_save")
def local_irq_save(run: Run, flags: Value) -> Value:
    run.task.changed = True
    save(run, flags)
    run.task.irqs = False
    return 0


@operation("local_irq_restore")
def local_irq_restore(run: Run, flags: Value) -> Value:
    run.task.changed = True
    restore(run, flags)
    return 0


@operation("irqs_disabled")
def irqs_disabled(run: Run) -> Value:
    return int(not run.task.irqs)


@operation("preempt_disable")
def preempt_disable(run: Run) -> Value:
    run.task.changed = True
    run.task.preempt += 1
    return 0


@operation("preempt_enable")
def preempt_enable(run: Run) -> Value:
    run.task.changed = True
    if run.task.preempt == 0:
        raise KernelFault("preempt_count")
    run.task.preempt -= 1
    return 0


def softirq_bits(run: Run) -> bool:
    below = [run.state.tasks[n].kind for n in frames_below(run)]
    return bool(run.task.bh or run.task.kind == "softirq" or "softirq" in below or interrupted(run).bh)


def frames_below(run: Run) -> tuple[int, ...]:
    return run.state.cpus[run.task.cpu].frames if run.task.interrupt else ()


def interrupted(run: Run):  # noqa: ANN201
    return run.below() if run.task.interrupt else run.task


def hardirq_bits(run: Run) -> bool:
    return run.task.kind == "irq" or any(run.state.tasks[n].kind == "irq" for n in frames_below(run))


@operation("in_interrupt")
def in_interrupt(run: Run) -> Value:
    return int(softirq_bits(run) or hardirq_bits(run))


@operation("in_irq")
def in_irq(run: Run) -> Value:
    return int(hardirq_bits(run))


@operation("in_softirq")
def in_softirq(run: Run) -> Value:
    return int(softirq_bits(run))


@operation("in_atomic")
def in_atomic(run: Run) -> Value:
    counted = run.world.config.preempt and (run.task.held or run.task.preempt)
    return int(bool(counted) or softirq_bits(run) or hardirq_bits(run))


@operation("mb", "rmb", "wmb", "smp_mb", "smp_rmb", "smp_wmb", "barrier")
def barrier(run: Run) -> Value:
    return 0
