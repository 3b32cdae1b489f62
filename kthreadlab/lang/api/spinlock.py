"""kernel/spinlock.c: locks for which others spin.

Whoever holds one must not sleep: anybody who spins for it spins for ever.  A lock that an interrupt takes too is taken
with interrupts off everywhere else, or the interrupt spins for what its own CPU cannot release.
"""

from .declare import declares, since, type_name, until
from .kinds import Flags, Int, Rwlock, Spinlock, Void

SOURCE = "kernel/spinlock.c"


@declares
def DEFINE_SPINLOCK() -> Spinlock:
    """A spinlock, free.

    Source: include/linux/spinlock.h
    """


@until("2.6.39")
@declares
def SPIN_LOCK_UNLOCKED() -> Spinlock:
    """The value of a spinlock that is free.

    Source: include/asm/spinlock.h
    """


@type_name
def spinlock_t() -> Spinlock:
    """A spinlock that nothing has initialised yet; spin_lock_init does.

    A static of this type is zero bytes, and zero is not free: the first spin_lock spins for ever.

    Source: include/asm/spinlock.h
    """


@declares
def DEFINE_RWLOCK() -> Rwlock:
    """A reader-writer lock, free.

    Source: include/linux/spinlock.h
    """


@until("2.6.39")
@declares
def RW_LOCK_UNLOCKED() -> Rwlock:
    """The value of a reader-writer lock that is free.

    Source: include/asm/spinlock.h
    """


@type_name
def rwlock_t() -> Rwlock:
    """A reader-writer lock that nothing has initialised yet; rwlock_init does.

    A static of this type, as Listing Two has it, is zero bytes, and zero is not free: the first read_lock spins for
    ever.

    Article: Listing Two.
    Source: include/asm/spinlock.h
    """


def spin_lock_init(lock: Spinlock) -> Void:
    """Make it unlocked.

    Source: include/linux/spinlock.h
    """


def spin_lock(lock: Spinlock) -> Void:
    """Take it; spins while it is held.

    No preemption until it is released; interrupts stay as they are.  A task that takes it twice spins for ever.

    Here: a task that spins for ever is found by looking at the state; no watchdog prints anything.
    Source: kernel/spinlock.c, _spin_lock()
    """


def spin_unlock(lock: Spinlock) -> Void:
    """Release it.

    Source: kernel/spinlock.c, _spin_unlock()
    """


def spin_lock_irq(lock: Spinlock) -> Void:
    """Interrupts off, take it.

    For where interrupts are known to be on: spin_unlock_irq switches them on whatever they were.

    Source: kernel/spinlock.c, _spin_lock_irq()
    """


def spin_unlock_irq(lock: Spinlock) -> Void:
    """Release it, interrupts on.

    On even if they were off before spin_lock_irq.

    Source: kernel/spinlock.c, _spin_unlock_irq()
    """


def spin_lock_irqsave(lock: Spinlock, flags: Flags) -> Void:
    """Remember and switch off interrupts, take it.

    Always right, in any context.  flags is a local variable, which the macro writes.

    Source: kernel/spinlock.c, _spin_lock_irqsave()
    """


def spin_unlock_irqrestore(lock: Spinlock, flags: Flags) -> Void:
    """Release it, interrupts as remembered.

    With the flags of the spin_lock_irqsave that it undoes.

    Source: kernel/spinlock.c, _spin_unlock_irqrestore()
    """


def spin_trylock(lock: Spinlock) -> Int:
    """Take it if it is free; 1 if taken.

    Return: 1 if it was taken, 0 if somebody holds it.
    Source: kernel/spinlock.c, _spin_trylock()
    """


def spin_is_locked(lock: Spinlock) -> Int:
    """Is it held?

    By anybody, the caller too.

    Return: 1 if it is held, 0 if not.
    Source: include/asm/spinlock.h
    """


def spin_lock_bh(lock: Spinlock) -> Void:
    """Bottom halves off on this CPU, take it.

    For what tasks share with timers and other bottom halves, and no interrupt.

    Source: kernel/spinlock.c, _spin_lock_bh()
    """


def spin_unlock_bh(lock: Spinlock) -> Void:
    """Release it, bottom halves on again.

    Source: kernel/spinlock.c, _spin_unlock_bh()
    """


def rwlock_init(lock: Rwlock) -> Void:
    """Make it unlocked.

    Source: include/linux/spinlock.h
    """


def read_lock(lock: Rwlock) -> Void:
    """Take it for reading; spins while a writer holds it.

    Any number of readers may hold it, and one reader more than once.  Where an interrupt takes it for writing, a
    reader whom that interrupt finds on its own CPU holds it for ever: use read_lock_irq or read_lock_irqsave.

    Article: Listing Two.
    Source: kernel/spinlock.c, _read_lock()
    """


def read_unlock(lock: Rwlock) -> Void:
    """Release it.

    Article: Listing Two.
    Source: kernel/spinlock.c, _read_unlock()
    """


def read_lock_irq(lock: Rwlock) -> Void:
    """Interrupts off, take it for reading.

    For where interrupts are known to be on.

    Source: kernel/spinlock.c, _read_lock_irq()
    """


def read_unlock_irq(lock: Rwlock) -> Void:
    """Release it, interrupts on.

    On even if they were off before.

    Source: kernel/spinlock.c, _read_unlock_irq()
    """


def read_lock_irqsave(lock: Rwlock, flags: Flags) -> Void:
    """Remember and switch off interrupts, take it for reading.

    Always right, in any context.  flags is a local variable, which the macro writes.

    Source: kernel/spinlock.c, _read_lock_irqsave()
    """


def read_unlock_irqrestore(lock: Rwlock, flags: Flags) -> Void:
    """Release it, interrupts as remembered.

    With the flags of the read_lock_irqsave that it undoes.

    Source: kernel/spinlock.c, _read_unlock_irqrestore()
    """


def write_lock(lock: Rwlock) -> Void:
    """Take it for writing; spins while anybody holds it.

    What fetches and clears takes it for writing, however short: two readers would both find what one of them clears.

    Article: Listing Three.
    Source: kernel/spinlock.c, _write_lock()
    """


def write_unlock(lock: Rwlock) -> Void:
    """Release it.

    Article: Listing Three.
    Source: kernel/spinlock.c, _write_unlock()
    """


def write_lock_irq(lock: Rwlock) -> Void:
    """Interrupts off, take it for writing.

    For where interrupts are known to be on.

    Source: kernel/spinlock.c, _write_lock_irq()
    """


def write_unlock_irq(lock: Rwlock) -> Void:
    """Release it, interrupts on.

    On even if they were off before.

    Source: kernel/spinlock.c, _write_unlock_irq()
    """


def write_lock_irqsave(lock: Rwlock, flags: Flags) -> Void:
    """Remember and switch off interrupts, take it for writing.

    Always right, in any context.  flags is a local variable, which the macro writes.

    Source: kernel/spinlock.c, _write_lock_irqsave()
    """


def write_unlock_irqrestore(lock: Rwlock, flags: Flags) -> Void:
    """Release it, interrupts as remembered.

    With the flags of the write_lock_irqsave that it undoes.

    Source: kernel/spinlock.c, _write_unlock_irqrestore()
    """


def write_trylock(lock: Rwlock) -> Int:
    """Take it for writing if it is free; 1 if taken.

    Return: 1 if it was taken, 0 if anybody holds it.
    Source: kernel/spinlock.c, _write_trylock()
    """


@since("2.6")
def read_trylock(lock: Rwlock) -> Int:
    """Take it for reading if no writer holds it; 1 if taken.

    Return: 1 if it was taken, 0 if a writer holds it.
    Source: kernel/spinlock.c, _read_trylock()
    """


def read_lock_bh(lock: Rwlock) -> Void:
    """Bottom halves off, take it for reading.

    Source: kernel/spinlock.c, _read_lock_bh()
    """


def read_unlock_bh(lock: Rwlock) -> Void:
    """Release it, bottom halves on again.

    Source: kernel/spinlock.c, _read_unlock_bh()
    """


def write_lock_bh(lock: Rwlock) -> Void:
    """Bottom halves off, take it for writing.

    Source: kernel/spinlock.c, _write_lock_bh()
    """


def write_unlock_bh(lock: Rwlock) -> Void:
    """Release it, bottom halves on again.

    Source: kernel/spinlock.c, _write_unlock_bh()
    """


@since("2.6.18")
def spin_lock_nested(lock: Spinlock, subclass: Int) -> Void:
    """As spin_lock; says to lockdep that another of its class may be held.

    Here: it is spin_lock: nobody looks at classes.
    Source: include/linux/spinlock.h
    Example: spin_lock_nested(lock, 1); spin_unlock(lock)
    """
