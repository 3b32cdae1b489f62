"""Where a kernel warns of a call that may sleep: an observer of replays, which print what the kernel prints."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.hooks import Observer, Writer

NOBODY = ""
"""Stands for the property where the kernel notices something by itself."""


@dataclass(frozen=True)
class Warned(Observer):
    """The kernel notices what it may print a warning of."""

    def forbidden(self, g: Writer, where: str) -> None:
        g.hit(NOBODY, where)
