"""no_dangling and no_leak."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.cells import Cells, State
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.observer import Observer
from kthreadlab.kernel.slab import leaked

from .notes import note


@dataclass(frozen=True)
class Dangling(Observer):
    """Whether there was anything that somebody could still lead to; that he does is a fault."""

    def gone(self, g: Gen) -> None:
        note(g, "left")

    def left(self, g: Gen, code: str) -> None:
        note(g, "left")


@dataclass(frozen=True)
class Leaks(Observer):
    """What is lost at the end of who could have freed it."""

    def allocated(self, g: Gen) -> None:
        note(g, "allocated")

    def left(self, g: Gen, code: str) -> None:
        m, a = g.m, g.a
        if m.allocators and (a.index in m.allocators or m.shares_pointers):
            cause = "at_exit" if a.kind == "thread" else "at_return"
            g.after.append(f"_leak(c, s, {m.violation('no_leak', cause, g.pos, a.index)})")

    def environment(self, m: Laid) -> dict[str, object]:
        def leak(c: Cells, s: State, number: int, owner: int = -1) -> None:
            """Note violation *number* in state *s* if something on the heap (of *owner*'s) is lost after it."""
            if any(owner < 0 or m.memory.owner(p) == m.allocators.index(owner) for p in leaked(m, c)):
                m.hits.append((number, s))

        return {"_leak": leak}
