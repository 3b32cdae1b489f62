"""include/linux/hardirq.h, interrupt.h, preempt.h: in which context this is, and keeping others out of it."""

from .declare import since, sleeps
from .kinds import Flags, Int, Void

SOURCE = "include/linux/hardirq.h"


def local_bh_disable() -> Void:
    """No bottom half on this CPU until local_bh_enable.

    They nest.  The caller must not sleep in between.

    Here: one that is due begins some time after local_bh_enable(), and not in it.
    Source: include/linux/interrupt.h
    """


def local_bh_enable() -> Void:
    """Undo one local_bh_disable.

    Bottom halves that wait run now.  Not with interrupts off.

    Here: one that is due begins some time after it, and not in it.
    Source: kernel/softirq.c, local_bh_enable()
    """


def local_irq_disable() -> Void:
    """Interrupts off on this CPU.

    They do not nest: the first local_irq_enable switches them on again.  Other CPUs are as before, so on several CPUs
    this alone guards nothing that they share.

    Source: include/asm/system.h
    """


def local_irq_enable() -> Void:
    """Interrupts on on this CPU.

    Source: include/asm/system.h
    """


def local_irq_save(flags: Flags) -> Void:
    """Remember whether interrupts are on, then off.

    flags is a local variable, which the macro writes.

    Source: include/asm/system.h
    """


def local_irq_restore(flags: Flags) -> Void:
    """Interrupts as remembered.

    With the flags of the local_irq_save that it undoes.

    Source: include/asm/system.h
    """


@since("2.6")
def irqs_disabled() -> Int:
    """Are interrupts off here?

    Return: not 0 if they are.
    Source: include/asm/system.h
    """


@since("2.6")
def preempt_disable() -> Void:
    """No preemption until preempt_enable.

    They nest.  Without CONFIG_PREEMPT there is nothing to switch off.  The caller must not sleep in between.

    Source: include/linux/preempt.h
    """


@since("2.6")
def preempt_enable() -> Void:
    """Undo one preempt_disable.

    Source: include/linux/preempt.h
    """


def in_interrupt() -> Int:
    """In a hard or soft interrupt?

    True also for a task that has switched bottom halves off.

    Return: not 0 in a hard interrupt, in a bottom half, and with bottom halves off.
    """


def in_irq() -> Int:
    """In a hard interrupt?

    Return: not 0 in a hard interrupt.
    """


def in_softirq() -> Int:
    """In a bottom half, or with bottom halves off?

    Return: not 0 in a bottom half, and with bottom halves off.
    """


@since("2.6")
def in_atomic() -> Int:
    """May this context not sleep (as far as preempt_count knows)?

    Without CONFIG_PREEMPT a spinlock is not counted: it may be 0 with a lock held, where sleeping is a bug all the
    same.  It cannot be used to decide whether to sleep.

    Return: not 0 in an interrupt, with bottom halves off, and with preemption off where that is counted.
    """


@since("2.6")
@sleeps
def might_sleep() -> Void:
    """Say that this place may sleep.

    It does nothing but warn, with debugging on, where that is a bug.  What may sleep begins with it, so that the bug
    shows even when it happens not to sleep.

    Source: include/linux/kernel.h, kernel/sched.c, __might_sleep()
    """
