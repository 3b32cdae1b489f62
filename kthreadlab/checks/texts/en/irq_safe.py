"""Interrupts that wait for the code below them."""

from __future__ import annotations

from ..cause import Cause

TITLE = "No interrupt spins on a lock of the code below it"
RULE = "a lock that an interrupt handler takes is taken with interrupts off everywhere else"
CAUSES = {
    "interrupt_deadlock": Cause(
        "An interrupt spins for ever on {lock}: {holder}, which it interrupted, holds it.",
        "The interrupt and the code below it want the same lock on the same CPU. Which of the two can go on?",
        "Listing Three may run in an interrupt, the article says. Then look at what Listing Two's read_lock leaves "
        "switched on.",
        "The interrupt waits for the lock, and the holder waits for the interrupt to end. It must not be able to come "
        "in while the lock is held, and not only in the interrupt's own code.",
        "A disk driver shares its request list with its interrupt. The part that runs in a process makes itself deaf "
        "before it takes the lock, and hears again after.",
    ),
}
