"""What was right only without CONFIG_PREEMPT."""

from __future__ import annotations

from ..cause import Cause

TITLE = "What holds without preemption holds with it"
RULE = "with CONFIG_PREEMPT the CPU may be taken away wherever no lock is held and interrupts are on"
CAUSES = {
    "preemption": Cause(
        "{property} holds without preemption and fails with it, on one CPU.",
        "Without preemption this is right; with it, your thread can lose the CPU between two lines. Between which two "
        "does it matter?",
        "The article's paragraph on CONFIG_PREEMPT says when kernel threads are preemptible. Find the step of the "
        "witness at which another task comes in.",
        "Without preemption, a task that calls nothing that sleeps has one CPU to itself. Look for lines that were "
        "right only thanks to that: a test and the act that relies on it.",
        "Two lines `n = counter` and `counter = n + 1` were right for years, until the kernel was built so that they "
        "could be parted.",
    ),
}
