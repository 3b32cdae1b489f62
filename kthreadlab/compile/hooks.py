"""Hooks: the moments that a machine tells of, for whoever has to remember something of a run.

An observer writes into the generated code what keeps its few bits beside the state, and what it notices on the way; it
never changes what happens.  Nothing that is compiled asks what an observer is for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .actor import Actor
from .cells import Cells, State

G = TypeVar("G")
P = TypeVar("P")
L = TypeVar("L")
"""What writes code, a plan, a layout: `codegen.Gen`, `plan.Plan` and `layout.Laid`, which know of hooks themselves."""

Given = tuple[list[str], list[str]]
"""argv and envp."""
Executed = Callable[[Cells, State, int, str, Given | None, int], None]
"""``(c, s, caller, path, given, error)``: khelper tries to run *path* for *caller*; *given* as execve
found it, or None; *error* is 0 or a negative errno."""


class Hearer(Generic[G, P, L]):
    """One that is told of nothing; those that have something to notice say what they do there.

    A hook with *g* writes lines at this point of a step, over the state before it (``s``) and after it (``c``); one
    that gives lines does so for a choice of the world."""

    # ---- while the machine is built

    def prepare(self, m: P) -> None:
        """Nothing has been generated yet: time to ask for facts (``m.flags``) that tasks must leave behind."""

    def looks_at(self, m: P, a: Actor, cell: str) -> bool:
        """Must the cell of *a* be kept that nobody else would look at?"""
        return False

    def environment(self, m: L) -> dict[str, object]:
        """The functions that its lines call; the layout is known."""
        return {}

    def executed(self, m: L) -> Executed | None:
        """What is called where khelper has tried to run a program."""
        return None

    # ---- in a step

    def may_sleep(self, g: G) -> None:
        """A call that may sleep stands here."""

    def forbidden(self, g: G, where: str) -> None:
        """It may sleep, or turn in a loop, where it must not: ``interrupt``, ``lock_held``, ``irqs_off``, ``bh_off``,
        ``preempt_off``."""

    def took(self, g: G) -> None:
        """The caller has a lock more."""

    def misused(self, g: G, how: str) -> None:
        """A lock is not used as it is made: ``not_held``, ``wrong_form``, ``recursive``, ``exit_held``."""

    def allocated(self, g: G) -> None:
        """Memory is asked for."""

    def refused(self, g: G) -> None:
        """The caller is refused memory."""

    def gone(self, g: G) -> None:
        """Memory, or what stood on a stack, is gone."""

    def logged(self, g: G) -> None:
        """The caller writes to the log."""

    def allowed(self, g: G, signal: str) -> None:
        """The caller lets a signal reach it; *signal*: its number, as an expression."""

    def slept(self, g: G) -> None:
        """The caller is off the run queue."""

    def wakes(self, g: G) -> None:
        """The caller is about to wake who sleeps on a wait queue."""

    def asked(self, g: G) -> None:
        """The caller asks for a helper."""

    def asked_for_nothing(self, g: G) -> None:
        """It asked for the program "", and nobody will run."""

    def left(self, g: G, code: str) -> None:
        """The actor is at its end, and nothing of its stack is left after it; *code*: what it returns."""

    def ended(self, g: G, code: str) -> None:
        """The actor, a thread, is about to be dead."""

    # ---- in a choice of the world

    def arrived(self, m: P, a: Actor) -> list[str]:
        """Lines for the arrival of a call."""
        return []

    def sent(self, m: P, a: Actor, signal: str) -> list[str]:
        """Lines for a signal to a task, dead or alive."""
        return []

    def signalled(self, m: P, a: Actor, signal: str) -> list[str]:
        """Lines, indented by two, for a signal to a task that is alive."""
        return []

    def written(self, m: P, n: int) -> list[str]:
        """Lines for the scenario's write number *n*."""
        return []

    def read(self, m: P, n: int) -> list[str]:
        """Lines for the scenario's read number *n*, which gave the text ``t`` and returned ``r``."""
        return []


class Hooks(Hearer[G, P, L]):
    """All observers of a machine, told of everything in turn."""

    def __init__(self, observers: Sequence[Hearer[G, P, L]] = ()) -> None:
        self.observers = tuple(observers)

    def prepare(self, m: P) -> None:
        for x in self.observers:
            x.prepare(m)

    def looks_at(self, m: P, a: Actor, cell: str) -> bool:
        return any(x.looks_at(m, a, cell) for x in self.observers)

    def environment(self, m: L) -> dict[str, object]:
        return {name: function for x in self.observers for name, function in x.environment(m).items()}

    def executed(self, m: L) -> Executed:
        watching = [told for x in self.observers if (told := x.executed(m)) is not None]

        def executed(c: Cells, s: State, caller: int, path: str, given: Given | None, error: int) -> None:
            for told in watching:
                told(c, s, caller, path, given, error)

        return executed

    def may_sleep(self, g: G) -> None:
        for x in self.observers:
            x.may_sleep(g)

    def forbidden(self, g: G, where: str) -> None:
        for x in self.observers:
            x.forbidden(g, where)

    def took(self, g: G) -> None:
        for x in self.observers:
            x.took(g)

    def misused(self, g: G, how: str) -> None:
        for x in self.observers:
            x.misused(g, how)

    def allocated(self, g: G) -> None:
        for x in self.observers:
            x.allocated(g)

    def refused(self, g: G) -> None:
        for x in self.observers:
            x.refused(g)

    def gone(self, g: G) -> None:
        for x in self.observers:
            x.gone(g)

    def logged(self, g: G) -> None:
        for x in self.observers:
            x.logged(g)

    def allowed(self, g: G, signal: str) -> None:
        for x in self.observers:
            x.allowed(g, signal)

    def slept(self, g: G) -> None:
        for x in self.observers:
            x.slept(g)

    def wakes(self, g: G) -> None:
        for x in self.observers:
            x.wakes(g)

    def asked(self, g: G) -> None:
        for x in self.observers:
            x.asked(g)

    def asked_for_nothing(self, g: G) -> None:
        for x in self.observers:
            x.asked_for_nothing(g)

    def left(self, g: G, code: str) -> None:
        for x in self.observers:
            x.left(g, code)

    def ended(self, g: G, code: str) -> None:
        for x in self.observers:
            x.ended(g, code)

    def arrived(self, m: P, a: Actor) -> list[str]:
        return [line for x in self.observers for line in x.arrived(m, a)]

    def sent(self, m: P, a: Actor, signal: str) -> list[str]:
        return [line for x in self.observers for line in x.sent(m, a, signal)]

    def signalled(self, m: P, a: Actor, signal: str) -> list[str]:
        return [line for x in self.observers for line in x.signalled(m, a, signal)]

    def written(self, m: P, n: int) -> list[str]:
        return [line for x in self.observers for line in x.written(m, n)]

    def read(self, m: P, n: int) -> list[str]:
        return [line for x in self.observers for line in x.read(m, n)]
