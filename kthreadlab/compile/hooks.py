"""Hooks: the moments that a machine tells of, for whoever has to remember something of a run.

An observer writes into the generated code what keeps its few bits beside the state, and what it notices on the way; it
never changes what happens.  Nothing that is compiled asks what an observer is for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from kthreadlab.lang import ir

from .actor import Actor
from .cells import Cells, State
from .context import Context

Machine = object
"""A machine at any of its stages (`plan`): an observer knows in what it looks."""


class Writer(Protocol):
    """What observers write with: as much of `codegen.Gen` as they need."""

    @property
    def m(self) -> Machine: ...

    @property
    def a(self) -> Actor: ...

    @property
    def ctx(self) -> Context: ...

    @property
    def pos(self) -> ir.Pos: ...

    @property
    def at(self) -> int: ...

    @property
    def after(self) -> list[str]: ...

    def __call__(self, line: str) -> None: ...

    def to(self, name: str) -> str: ...

    def when(self, test: str) -> AbstractContextManager[None]: ...

    def cell(self, name: str) -> str: ...

    def hit(self, property_: str, cause: str) -> None: ...


Given = tuple[list[str], list[str]]
"""argv and envp."""
Executed = Callable[[Cells, State, int, str, Given | None, int, bool], None]
"""``(c, s, caller, path, given, error, waits)``: khelper tries to run *path* for *caller*; *given* as execve
found it, or None; *error* is 0 or a negative errno; *waits*: will the caller be told of it?"""


class Observer:
    """One that is told of nothing; those that have something to notice say what they do there.

    A hook with *g* writes lines at this point of a step, over the state before it (``s``) and after it (``c``); one
    that gives lines does so for a choice of the world."""

    # ---- while the machine is built

    def prepare(self, machine: Machine) -> None:
        """Nothing has been generated yet: time to ask for facts (``m.flags``) that tasks must leave behind."""

    def looks_at(self, machine: Machine, a: Actor, cell: str) -> bool:
        """Must the cell of *a* be kept that nobody else would look at?"""
        return False

    def environment(self, machine: Machine) -> dict[str, object]:
        """The functions that its lines call; the layout is known."""
        return {}

    def executed(self, machine: Machine) -> Executed | None:
        """What is called where khelper has tried to run a program."""
        return None

    # ---- in a step

    def may_sleep(self, g: Writer) -> None:
        """A call that may sleep stands here."""

    def forbidden(self, g: Writer, where: str) -> None:
        """It may sleep, or turn in a loop, where it must not: ``interrupt``, ``lock_held``, ``irqs_off``, ``bh_off``,
        ``preempt_off``."""

    def tries(self, g: Writer) -> None:
        """The caller is about to take a spinning lock, if it can."""

    def took(self, g: Writer, spins: bool) -> None:
        """The caller has a lock more; *spins*: one that others spin for."""

    def misused(self, g: Writer, how: str) -> None:
        """A lock is not used as it is made: ``not_held``, ``wrong_form``, ``recursive``, ``exit_held``."""

    def allocated(self, g: Writer) -> None:
        """Memory is asked for."""

    def refused(self, g: Writer) -> None:
        """The caller is refused memory."""

    def gone(self, g: Writer) -> None:
        """Memory, or what stood on a stack, is gone."""

    def forked(self, g: Writer, pid: str) -> None:
        """The caller has asked for a thread; *pid*: what it is told, as an expression, greater than 0 if there is
        one."""

    def returned(self, g: Writer, code: str) -> None:
        """A function that starts a thread returns *code* to the process that has entered it."""

    def logged(self, g: Writer) -> None:
        """The caller writes to the log."""

    def allowed(self, g: Writer, signal: str) -> None:
        """The caller lets a signal reach it; *signal*: its number, as an expression."""

    def slept(self, g: Writer) -> None:
        """The caller is off the run queue."""

    def wakes(self, g: Writer, whom: str) -> None:
        """The caller is about to wake who sleeps on a wait queue, or the task whose address the expression *whom*
        gives."""

    def asked(self, g: Writer) -> None:
        """The caller asks for a helper."""

    def asked_for_nothing(self, g: Writer) -> None:
        """It asked for the program "", and nobody will run."""

    def left(self, g: Writer, code: str) -> None:
        """The actor is at its end, and nothing of its stack is left after it; *code*: what it returns."""

    def ended(self, g: Writer, code: str) -> None:
        """The actor, a thread, is about to be dead."""

    # ---- in a choice of the world

    def arrived(self, machine: Machine, a: Actor) -> list[str]:
        """Lines for the arrival of a call."""
        return []

    def sent(self, machine: Machine, a: Actor, signal: str) -> list[str]:
        """Lines for a signal to a task, dead or alive."""
        return []

    def signalled(self, machine: Machine, a: Actor, signal: str) -> list[str]:
        """Lines, indented by two, for a signal to a task that is alive."""
        return []

    def written(self, machine: Machine, n: int) -> list[str]:
        """Lines for the scenario's write number *n*."""
        return []

    def read(self, machine: Machine, n: int) -> list[str]:
        """Lines for the scenario's read number *n*, which gave the text ``t`` and returned ``r``."""
        return []


class Hooks(Observer):
    """All observers of a machine, told of everything in turn."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self.observers = tuple(observers)

    def prepare(self, machine: Machine) -> None:
        for x in self.observers:
            x.prepare(machine)

    def looks_at(self, machine: Machine, a: Actor, cell: str) -> bool:
        return any(x.looks_at(machine, a, cell) for x in self.observers)

    def environment(self, machine: Machine) -> dict[str, object]:
        return {name: function for x in self.observers for name, function in x.environment(machine).items()}

    def executed(self, machine: Machine) -> Executed:
        watching = [told for x in self.observers if (told := x.executed(machine)) is not None]

        def executed(c: Cells, s: State, caller: int, path: str, given: Given | None, error: int, waits: bool) -> None:
            for told in watching:
                told(c, s, caller, path, given, error, waits)

        return executed

    def may_sleep(self, g: Writer) -> None:
        for x in self.observers:
            x.may_sleep(g)

    def forbidden(self, g: Writer, where: str) -> None:
        for x in self.observers:
            x.forbidden(g, where)

    def tries(self, g: Writer) -> None:
        for x in self.observers:
            x.tries(g)

    def took(self, g: Writer, spins: bool) -> None:
        for x in self.observers:
            x.took(g, spins)

    def misused(self, g: Writer, how: str) -> None:
        for x in self.observers:
            x.misused(g, how)

    def allocated(self, g: Writer) -> None:
        for x in self.observers:
            x.allocated(g)

    def refused(self, g: Writer) -> None:
        for x in self.observers:
            x.refused(g)

    def gone(self, g: Writer) -> None:
        for x in self.observers:
            x.gone(g)

    def forked(self, g: Writer, pid: str) -> None:
        for x in self.observers:
            x.forked(g, pid)

    def returned(self, g: Writer, code: str) -> None:
        for x in self.observers:
            x.returned(g, code)

    def logged(self, g: Writer) -> None:
        for x in self.observers:
            x.logged(g)

    def allowed(self, g: Writer, signal: str) -> None:
        for x in self.observers:
            x.allowed(g, signal)

    def slept(self, g: Writer) -> None:
        for x in self.observers:
            x.slept(g)

    def wakes(self, g: Writer, whom: str) -> None:
        for x in self.observers:
            x.wakes(g, whom)

    def asked(self, g: Writer) -> None:
        for x in self.observers:
            x.asked(g)

    def asked_for_nothing(self, g: Writer) -> None:
        for x in self.observers:
            x.asked_for_nothing(g)

    def left(self, g: Writer, code: str) -> None:
        for x in self.observers:
            x.left(g, code)

    def ended(self, g: Writer, code: str) -> None:
        for x in self.observers:
            x.ended(g, code)

    def arrived(self, machine: Machine, a: Actor) -> list[str]:
        return [line for x in self.observers for line in x.arrived(machine, a)]

    def sent(self, machine: Machine, a: Actor, signal: str) -> list[str]:
        return [line for x in self.observers for line in x.sent(machine, a, signal)]

    def signalled(self, machine: Machine, a: Actor, signal: str) -> list[str]:
        return [line for x in self.observers for line in x.signalled(machine, a, signal)]

    def written(self, machine: Machine, n: int) -> list[str]:
        return [line for x in self.observers for line in x.written(machine, n)]

    def read(self, machine: Machine, n: int) -> list[str]:
        return [line for x in self.observers for line in x.read(machine, n)]
