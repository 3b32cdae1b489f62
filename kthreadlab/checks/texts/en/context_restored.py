"""Calls that leave interrupts or preemption off."""

from __future__ import annotations

from ..cause import Cause

TITLE = "A call leaves interrupts and preemption as it found them"
RULE = "what a call switches off it switches on again, on every path: its caller may want to sleep"
CAUSES = {
    "irqs_off": Cause(
        "{task} returns{at} with interrupts off, and had found them on.",
        "Whoever called came with interrupts on. On which path do they stay off?",
        "Pair each call that switches interrupts off with the one that undoes it; then follow every `return` between "
        "the two.",
        "An `_irqsave` writes its variable. Used for two locks, one inside the other, the variable holds what the "
        "inner one found: off.",
        "A serial driver left its handler early on a bad byte, interrupts still off: the next task that slept for "
        "memory slept with a deaf CPU.",
    ),
    "bh_off": Cause(
        "{task} returns{at} with bottom halves switched off, and had found them on.",
        "Bottom halves were on when the call began. What switches them off, and what should bring them back?",
        "A lock taken with `_bh` is released with `_bh`; local_bh_disable needs its local_bh_enable on every path.",
        "These calls count: each level must be taken back once, by a call of its own kind. A plain unlock takes back "
        "no level.",
        "A network driver forgot one level in an error path. From then on no packet was handled on that CPU.",
    ),
    "preempt_off": Cause(
        "{task} returns{at} with preemption disabled, and had found it enabled.",
        "The call came back and its CPU can no longer be taken away. Which level of preempt_disable is still there?",
        "Count preempt_disable and preempt_enable along every path, an early `return` included.",
        "preempt_count belongs to the task, not to the function: what a call leaves behind its caller carries on.",
        "A counter of a CPU's own was read with preemption off, and one branch returned early. Much later an innocent "
        "schedule() was blamed.",
    ),
}
