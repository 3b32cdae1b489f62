"""What the compiler knows of a task where it stands: the locks it holds, its interrupts, its preemption.

A *node* is an operation together with that knowledge.  Knowing it at compile time keeps it out of the state.
"""

from __future__ import annotations

from typing import NamedTuple

from .effects import Form

DEPTH = 8
"""As many levels of preempt_disable() or local_bh_disable() as one task can stand in."""
REPEATED = 3
"""So often one task can take a spinning lock that it has already, as whoever takes locks and keeps them does sooner or
later.  Of locks that it has once there are no more than the module has."""
SOFTIRQ, HARDIRQ = 0x100, 0x10000
"""What one level of softirq, or of hard interrupt, is in preempt_count."""


class Held(NamedTuple):
    """A lock in a task's ledger: the lock's cell, ``s``/``r``/``w``, the form it was taken in, its flags variable."""

    lock: str
    mode: str
    form: str
    flags: int = -1


class Context(NamedTuple):
    """What the compiler knows of a task's context at a point of its program: which spinning locks are *held*, whether
    interrupts are *off*, what the variables of ``_irqsave`` *saved*, how often preemption (*preempt*) and bottom halves
    (*bh*) were disabled, which mutexes are *owned*, how deep it reads under RCU (*rcu*)."""

    held: tuple[Held, ...] = ()
    off: int = 0
    preempt: int = 0
    saved: tuple[tuple[int, int], ...] = ()
    bh: int = 0
    owned: tuple[Held, ...] = ()
    rcu: int = 0

    @property
    def atomic(self) -> bool:
        return bool(self.held or self.off or self.preempt or self.bh)

    def full(self, lock: str) -> bool:
        """Is there no room in the ledger for *lock*?"""
        locks = [*(h.lock for h in self.held), lock]
        return len(locks) - len(set(locks)) > REPEATED

    @property
    def unrestored(self) -> str:
        """What a call that returns here has left switched off, as a cause: ``irqs_off``, ``bh_off``, ``preempt_off``;
        "" for nothing, or nothing but what a lock still held accounts for."""
        forms = [h.form for h in self.held]
        if self.off and not {Form.IRQ.value, Form.SAVE.value} & set(forms):
            return "irqs_off"
        if self.bh > forms.count(Form.BH.value):
            return "bh_off"
        return "preempt_off" if self.preempt else ""

    def count(self, preempt_build: bool) -> int:
        """preempt_count: locks and preempt_disable() count only where CONFIG_PREEMPT is set, in bits 0 to 7; disabled
        bottom halves always, in bits 8 to 15."""
        return (len(self.held) + self.preempt if preempt_build else 0) + SOFTIRQ * self.bh


class Node(NamedTuple):
    """One operation of one actor in one context; *phase* 1 is the return of a call that blocks."""

    actor: int
    pc: int
    phase: int
    ctx: Context
