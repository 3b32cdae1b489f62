"""kernel/irq/manage.c: handlers of interrupts, which are called while they are registered and their line is enabled."""

from .declare import Versions, process, sleeps
from .kinds import AnyPointer, Int, IrqHandler, Text, UInt, ULong, Void

SOURCE = "kernel/irq/manage.c"

CONSTANTS = {
    "IRQ_NONE": (0, "what a handler returns whose device did not ask for it"),
    "IRQ_HANDLED": (1, "what a handler returns that has served its device"),
    "SA_INTERRUPT": (0x20000000, "a handler that runs with interrupts off; here accepted", Versions(until="2.6.24")),
    "SA_SHIRQ": (0x04000000, "others may have handlers on this line, too", Versions(until="2.6.24")),
    "IRQF_SHARED": (0x80, "others may have handlers on this line, too", Versions(since="2.6.18")),
    "IRQF_DISABLED": (
        0x20,
        "a handler that runs with interrupts off; here accepted",
        Versions(since="2.6.18", until="4.1"),
    ),
}


@sleeps
def request_irq(irq: UInt, handler: IrqHandler, flags: ULong, name: Text, dev: AnyPointer) -> Int:
    """Register a handler for an interrupt line: it may be called from now on, even before this returns.

    The handler is given the line and dev, by which free_irq finds it again.

    Return: 0; -EBUSY if somebody else has the line and not both share it, -EINVAL if it is shared without dev, -ENOMEM.
    Versions: 2.4, 2.6.11: the handler is given the registers, too.
    Here: the world says when an interrupt comes, and which function it calls: one that the module registers is called
    only while it is registered and its line is enabled.
    Example: r = request_irq(11, served, 0, "nic", text); free_irq(11, text) gives 0
    Source: kernel/irq/manage.c, request_irq()
    """


@process
def free_irq(irq: UInt, dev: AnyPointer) -> Void:
    """Take a handler off its line, and wait for it if it runs now.

    The handler must not wait for a lock that the caller holds.

    Source: kernel/irq/manage.c, free_irq()
    Example: free_irq(11, NULL)
    """


@process
def disable_irq(irq: UInt) -> Void:
    """Let no interrupt of this line come until enable_irq has been called as often, and wait for its handlers.

    The handlers must not wait for a lock that the caller holds, and must not call it.

    Source: kernel/irq/manage.c, disable_irq()
    Example: disable_irq(11); enable_irq(11)
    """


def disable_irq_nosync(irq: UInt) -> Void:
    """Let no interrupt of this line come until enable_irq has been called as often.

    A handler may be running on another CPU when this returns, and goes on.

    Source: kernel/irq/manage.c, disable_irq_nosync()
    Example: disable_irq_nosync(11); enable_irq(11)
    """


def enable_irq(irq: UInt) -> Void:
    """Undo one disable_irq: with the last one, interrupts of this line come again.

    Source: kernel/irq/manage.c, enable_irq()
    Example: disable_irq(11); enable_irq(11)
    """


@process
def synchronize_irq(irq: UInt) -> Void:
    """Wait until no handler of this line runs.

    The handlers must not wait for a lock that the caller holds.

    Source: kernel/irq/manage.c, synchronize_irq()
    Example: synchronize_irq(11)
    """
