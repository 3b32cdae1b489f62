"""never_sleeps_atomic, locks_balanced and context_restored, and when irq_safe speaks of anything."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.hooks import Writer
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.program import successors, switches, tries

from .notes import Noting, own_affair


@dataclass(frozen=True)
class Atomic(Noting):
    """Where a call may sleep that must not."""

    def may_sleep(self, g: Writer) -> None:
        if not own_affair(g):
            self.note(g, "may_sleep")

    def forbidden(self, g: Writer, where: str) -> None:
        g.hit("never_sleeps_atomic", where)


@dataclass(frozen=True)
class Locks(Noting):
    """Locks that are taken, misused, or kept to the end."""

    def tries(self, g: Writer) -> None:
        if g.a.is_frame:
            self.note(g, "frame_locked")

    def took(self, g: Writer, spins: bool) -> None:
        if spins:
            self.note(g, "spins")
        self.note(g, "locked")

    def misused(self, g: Writer, how: str) -> None:
        g.hit("locks_balanced", how)

    def left(self, g: Writer, code: str) -> None:
        if g.ctx.held or g.ctx.owned:
            g.hit("locks_balanced", "exit_held")


@dataclass(frozen=True)
class Contexts(Noting):
    """Whoever returns leaves interrupts, bottom halves and preemption as they were."""

    def left(self, g: Writer, code: str) -> None:
        if self.wants(CHANGED) and g.a.changes_context:
            self.record(g, CHANGED if changed_for_certain(g.a.code, g.at) else MAYBE)
        if g.ctx.unrestored:
            g.hit("context_restored", g.ctx.unrestored)


CHANGED, MAYBE = "context", "context, perhaps"
"""What is triggered where a context was changed on the way to an end, for certain or perhaps."""


def changed_for_certain(code: list[Instr], end: int) -> bool:
    """Does every way to the instruction *end* lead through a change of context?"""
    seen, todo = {0}, [0]
    while todo:
        p = todo.pop()
        if p == end:
            return False
        if not switches(code[p]) or tries(code[p]):
            new = set(successors(code, p)) - seen
            seen |= new
            todo += new
    return True
