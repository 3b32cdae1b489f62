"""never_sleeps_atomic, locks_balanced and context_restored, and when irq_safe speaks of anything."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.observer import Observer
from kthreadlab.kernel.exit import MAYBE, changed_for_certain

from .notes import hit, note


@dataclass(frozen=True)
class Atomic(Observer):
    """Where a call may sleep that must not."""

    def may_sleep(self, g: Gen) -> None:
        note(g, "may_sleep")

    def forbidden(self, g: Gen, where: str) -> None:
        hit(g, "never_sleeps_atomic", where)


@dataclass(frozen=True)
class Locks(Observer):
    """Locks that are taken, misused, or kept to the end."""

    def took(self, g: Gen) -> None:
        note(g, "locked")
        if g.a.is_frame:
            note(g, "frame_locked")

    def misused(self, g: Gen, how: str) -> None:
        hit(g, "locks_balanced", how)

    def left(self, g: Gen, code: str) -> None:
        if g.ctx.held or g.ctx.owned:
            hit(g, "locks_balanced", "exit_held")


@dataclass(frozen=True)
class Contexts(Observer):
    """Whoever returns leaves interrupts, bottom halves and preemption as they were."""

    def left(self, g: Gen, code: str) -> None:
        if g.a.changes_context:
            g(f"_X[{('context' if changed_for_certain(g.a.code, g.at) else MAYBE)!r}] = 1")
        if g.ctx.unrestored:
            hit(g, "context_restored", g.ctx.unrestored)
