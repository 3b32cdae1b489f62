"""How observers put down what they notice."""

from __future__ import annotations

from kthreadlab.compile.hooks import Machine, Writer
from kthreadlab.machine.scene import Linked, Scene


def note(g: Writer, key: str) -> None:
    """Record that something has come about, where properties ask for it: in a world in which no helper is owed."""
    if not scene(g.m).helper_owed:
        g(f"_X[{key!r}] = 1")


def scene(machine: Machine) -> Scene:
    """The machine on which code is written, with what it is in."""
    assert isinstance(machine, Scene)
    return machine


def linked(machine: Machine) -> Linked:
    """The machine on which everything has its place."""
    assert isinstance(machine, Linked)
    return machine
