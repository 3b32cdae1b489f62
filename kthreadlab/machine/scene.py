"""A plan in its scenario: what the world's choices are written from."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.plan import Plan

from .actors import task_of
from .scenario import Scenario


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene(Plan):
    """All that is known before code is written, of the world too."""

    scenario: Scenario

    def named(self, name: str) -> Actor | None:
        """The actor of that name."""
        return next((a for a in self.actors if a.name == name), None)

    def task(self, name: str) -> Actor:
        """The task that the scenario calls *name*."""
        return task_of(self.actors, name)
