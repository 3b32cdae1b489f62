"""no_dangling and no_leak."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.cells import Cells, State
from kthreadlab.compile.hooks import Machine, Writer
from kthreadlab.kernel.slab import leaked

from .notes import Noting, linked, own_affair, scene


@dataclass(frozen=True)
class Dangling(Noting):
    """Whether there was anything that somebody could still lead to; that he does is a fault."""

    def gone(self, g: Writer) -> None:
        self.note(g, "left")

    def left(self, g: Writer, code: str) -> None:
        if not own_affair(g) or g.a.queue is not None:
            self.note(g, "left")


@dataclass(frozen=True)
class Leaks(Noting):
    """What is lost at the end of who could have freed it."""

    def allocated(self, g: Writer) -> None:
        self.note(g, "allocated")

    def left(self, g: Writer, code: str) -> None:
        m, a = scene(g.m), g.a
        if m.allocators and (a.index in m.allocators or m.shares_pointers):
            cause = "at_exit" if a.kind == "thread" else "at_return"
            g.after.append(f"_leak(c, s, {m.violation('no_leak', cause, g.pos, a.index)})")

    def environment(self, machine: Machine) -> dict[str, object]:
        m = linked(machine)

        def leak(c: Cells, s: State, number: int, owner: int = -1) -> None:
            """Note violation *number* in state *s* if something on the heap (of *owner*'s) is lost after it."""
            if any(owner < 0 or m.memory.owner(p) == m.allocators.index(owner) for p in leaked(m, c)):
                m.hits.append((number, s))

        return {"_leak": leak}
