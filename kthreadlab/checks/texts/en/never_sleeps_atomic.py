"""Sleep where nobody may sleep."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Never sleeps with a lock held or in an interrupt"
RULE = "code that holds a spinning lock, or runs in an interrupt, must not sleep: others spin till it returns"
CAUSES = {
    "lock_held": Cause(
        "{task} reaches {call}{at} while it holds {lock}.",
        "Something here may sleep while a lock is held. Which lock, and was it meant to be held that long?",
        "Listing Two releases its lock in both branches before anything slow begins. Compare where yours is released.",
        "Whoever spins for the lock burns a CPU until the sleeper comes back, perhaps for ever. Under the lock, take "
        "what is needed into locals; do the slow thing with the copy.",
        "A sound driver takes the next sample's address under its lock, releases the lock, and then asks for memory. "
        "Asked for inside, the memory could make it sleep.",
    ),
    "irqs_off": Cause(
        "{task} reaches {call}{at} with interrupts off.",
        "Something here may sleep with interrupts off. Which call switched them off, and where do they come on again?",
        "The forms `_irq` and `_irqsave` switch interrupts off until their partner runs. Follow them in your way "
        "through Listing Two's loop.",
        "A task that sleeps with interrupts off hands the CPU over without clock or devices. The section with "
        "interrupts off should be a few lines that only move data.",
        "A network driver reads two registers with interrupts off, switches them on, and only then hands the packet "
        "up.",
    ),
    "preempt_off": Cause(
        "{task} reaches {call}{at} with preemption disabled.",
        "Something here may sleep while preemption is disabled. What was to be protected, and for how long?",
        "Each preempt_disable needs its preempt_enable before anything that sleeps, such as the helper call of "
        "Listing Five.",
        "Preemption off says 'leave me on this CPU', and sleeping says the opposite. The pair has to close before the "
        "slow part.",
        "A counter kept for each CPU is raised with preemption off: three lines, none of which waits for anything.",
    ),
    "bh_off": Cause(
        "{task} reaches {call}{at} with bottom halves switched off.",
        "Something here may sleep while bottom halves are switched off. What was to be kept out, and for how long?",
        "Each local_bh_disable, and each _bh form of a lock, needs its counterpart before anything that sleeps, such "
        "as the helper call of Listing Five.",
        "With bottom halves off, timers and tasklets of this CPU have to wait, and preempt_count says so. The slow "
        "part comes after the pair is closed.",
        "A list that a timer also changes is read with bottom halves off: three lines, none of which waits.",
    ),
    "interrupt": Cause(
        "An interrupt reaches {call}{at}: there is no task there that could sleep.",
        "This code runs in an interrupt, and it calls something that may sleep. Who would be put to sleep there?",
        "The article says that Listing Three can run in both contexts and Listing Two in a process context only. "
        "Where does this call belong?",
        "In an interrupt `current` is whoever happened to be running. The interrupt leaves a note and rings a bell; "
        "the slow part belongs to a thread.",
        "A keyboard's interrupt puts one code into a ring and returns. Turning codes into letters, which may wait, is "
        "done later by a task.",
    ),
}
