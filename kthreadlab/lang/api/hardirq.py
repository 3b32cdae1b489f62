"""include/linux/hardirq.h."""

from kthreadlab.lang.api.declare import sleeps
from kthreadlab.lang.api.kinds import Flags, Int, Void

SOURCE = "include/linux/hardirq.h"


def local_bh_disable() -> Void:
    """No bottom half on this CPU until local_bh_enable."""


def local_bh_enable() -> Void:
    """Undo one local_bh_disable."""


def local_irq_disable() -> Void:
    """Interrupts off on this CPU."""


def local_irq_enable() -> Void:
    """Interrupts on on this CPU."""


def local_irq_save(flags: Flags) -> Void:
    """remember, then off."""


def local_irq_restore(flags: Flags) -> Void:
    """As remembered."""


def irqs_disabled() -> Int:
    """Are interrupts off here?"""


def preempt_disable() -> Void:
    """No preemption until preempt_enable."""


def preempt_enable() -> Void:
    """Undo one preempt_disable."""


def in_interrupt() -> Int:
    """In a hard or soft interrupt?"""


def in_irq() -> Int:
    """In a hard interrupt?"""


def in_softirq() -> Int:
    """In a bottom half, or with bottom halves off?"""


def in_atomic() -> Int:
    """May this context not sleep (as far as preempt_count knows)?"""


@sleeps
def might_sleep() -> Void:
    """Say that this place may sleep."""
