"""How observers put down what they notice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kthreadlab.compile.effects import Does
from kthreadlab.compile.hooks import Machine, Observer, Writer
from kthreadlab.compile.ops import effects_of
from kthreadlab.machine.scene import Linked, Scene


@dataclass(frozen=True)
class Noting(Observer):
    """One that records what has come about.  *keys*: those that the judged properties read (`Property.asks`), and no
    other is written; None: all."""

    keys: Collection[str] | None = None

    def wants(self, key: str) -> bool:
        """Does anybody ask for this?"""
        return self.keys is None or key in self.keys

    def record(self, g: Writer, key: str) -> None:
        """Record it, if anybody asks."""
        if self.wants(key):
            g(f"_X[{key!r}] = 1")

    def note(self, g: Writer, key: str) -> None:
        """The same of what is asked only in a world in which no helper is owed."""
        if not scene(g.m).helper_owed:
            self.record(g, key)


def scene(machine: Machine) -> Scene:
    """The machine on which code is written, with what it is in."""
    assert isinstance(machine, Scene)
    return machine


def linked(machine: Machine) -> Linked:
    """The machine on which everything has its place."""
    assert isinstance(machine, Linked)
    return machine


def own_affair(g: Writer) -> bool:
    """Is it a call that no module can make: khelper's, or a system call of a process?"""
    return Does.OWN in effects_of(g.a.code[g.at].op).does
