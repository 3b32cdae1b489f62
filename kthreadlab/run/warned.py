"""Where a kernel warns of a call that may sleep: an observer of replays, which print what the kernel prints."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.observer import Observer

NOBODY = ""
"""Stands for the property where the kernel notices something by itself."""


@dataclass(frozen=True)
class Warned(Observer):
    """The kernel notices what it may print a warning of."""

    def forbidden(self, g: Gen, where: str) -> None:
        number = g.m.violation(NOBODY, where, g.pos, g.a.index)
        g(f"_hit(({number}, s))")
