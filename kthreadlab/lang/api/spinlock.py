"""kernel/spinlock.c."""

from kthreadlab.lang.api.declare import declares
from kthreadlab.lang.api.kinds import Flags, Int, Rwlock, Spinlock, Void

SOURCE = "kernel/spinlock.c"


@declares
def DEFINE_SPINLOCK() -> Spinlock:
    """DEFINE_SPINLOCK."""


@declares
def SPIN_LOCK_UNLOCKED() -> Spinlock:
    """SPIN_LOCK_UNLOCKED."""


@declares
def spinlock_t() -> Spinlock:
    """spinlock_t."""


@declares
def DEFINE_RWLOCK() -> Rwlock:
    """DEFINE_RWLOCK."""


@declares
def RW_LOCK_UNLOCKED() -> Rwlock:
    """RW_LOCK_UNLOCKED."""


@declares
def rwlock_t() -> Rwlock:
    """rwlock_t."""


def spin_lock_init(lock: Spinlock) -> Void:
    """Make it unlocked."""


def spin_lock(lock: Spinlock) -> Void:
    """Take it."""


def spin_unlock(lock: Spinlock) -> Void:
    """Release it."""


def spin_lock_irq(lock: Spinlock) -> Void:
    """Interrupts off, take it."""


def spin_unlock_irq(lock: Spinlock) -> Void:
    """Release it, interrupts on."""


def spin_lock_irqsave(lock: Spinlock, flags: Flags) -> Void:
    """Remember whether interrupts are on, off, take it."""


def spin_unlock_irqrestore(lock: Spinlock, flags: Flags) -> Void:
    """Release it, interrupts as remembered."""


def spin_trylock(lock: Spinlock) -> Int:
    """Take it if it is free; 1 if taken."""


def rwlock_init(lock: Rwlock) -> Void:
    """Make it unlocked."""


def read_lock(lock: Rwlock) -> Void:
    """Take it for reading."""


def read_unlock(lock: Rwlock) -> Void:
    """Release it."""


def read_lock_irq(lock: Rwlock) -> Void:
    """Interrupts off, take it for reading."""


def read_unlock_irq(lock: Rwlock) -> Void:
    """Release it, interrupts on."""


def read_lock_irqsave(lock: Rwlock, flags: Flags) -> Void:
    """Remember and switch off interrupts, take it for reading."""


def read_unlock_irqrestore(lock: Rwlock, flags: Flags) -> Void:
    """Release it, interrupts as remembered."""


def write_lock(lock: Rwlock) -> Void:
    """Take it for writing."""


def write_unlock(lock: Rwlock) -> Void:
    """Release it."""


def write_lock_irq(lock: Rwlock) -> Void:
    """Interrupts off, take it for writing."""


def write_unlock_irq(lock: Rwlock) -> Void:
    """Release it, interrupts on."""


def write_lock_irqsave(lock: Rwlock, flags: Flags) -> Void:
    """Remember and switch off interrupts, take it for writing."""


def write_unlock_irqrestore(lock: Rwlock, flags: Flags) -> Void:
    """Release it, interrupts as remembered."""


def write_trylock(lock: Rwlock) -> Int:
    """Take it for writing if it is free; 1 if taken."""


def read_trylock(lock: Rwlock) -> Int:
    """Take it for reading if no writer holds it; 1 if taken."""


def spin_is_locked(lock: Spinlock) -> Int:
    """Is it held?"""


def spin_lock_bh(lock: Spinlock) -> Void:
    """Bottom halves off on this CPU, take it."""


def spin_unlock_bh(lock: Spinlock) -> Void:
    """Release it, bottom halves on again."""


def read_lock_bh(lock: Rwlock) -> Void:
    """Bottom halves off, take it for reading."""


def read_unlock_bh(lock: Rwlock) -> Void:
    """Release it, bottom halves on again."""


def write_lock_bh(lock: Rwlock) -> Void:
    """Bottom halves off, take it for writing."""


def write_unlock_bh(lock: Rwlock) -> Void:
    """Release it, bottom halves on again."""
