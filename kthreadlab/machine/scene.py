"""A plan in its scenario: what the world's choices are written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.context import Node
from kthreadlab.compile.effects import Does, Serves, Takes
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Plan

from .actors import task_of
from .scenario import Scenario


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene(Plan):
    """All that is known before code is written, of the world too."""

    scenario: Scenario

    @cached_property
    def watched(self) -> Actor | None:
        """The thread that properties speak of."""
        return next((a for a in self.actors if a.watched), None)

    @cached_property
    def ids(self) -> Sequence[int]:
        """The ids of the reports."""
        return sorted({a.report for a in self.actors if a.report is not None})

    @cached_property
    def helper_owed(self) -> bool:
        """Does a report owe a helper?"""
        asks = any(a.kind == "thread" and a.does(Does.ASKS_HELPER) for a in self.actors)
        return asks if self.scenario.helper_owed is None else self.scenario.helper_owed

    def named(self, name: str) -> Actor | None:
        """The actor of that name."""
        return next((a for a in self.actors if a.name == name), None)

    def task(self, name: str) -> Actor:
        """The task that the scenario calls *name*."""
        return task_of(self.actors, name)

    def never_there(self, name: str) -> bool:
        """Does the scenario speak of a thread that runs the function of that name, and the module starts none?"""
        return name in self.module.functions and not any(a.is_task and a.name == name for a in self.actors)


@dataclass(frozen=True, eq=False, kw_only=True)
class Linked(Scene, Laid):
    """Everything has its place."""

    @cached_property
    def waiting_places(self) -> frozenset[int]:
        """The numbers of the nodes where whoever stands there may have to wait without sleeping."""
        return frozenset(n for n, node in enumerate(self.nodes) if node is not None and may_block(self, node))

    @cached_property
    def locks_at(self) -> Mapping[int, tuple[str, int | None]]:
        """Of the nodes, by number, where a spinning lock is taken: how, and the cell of its word, if it has one."""
        at = ((n, self.instr(node)) for n in self.waiting_places if (node := self.nodes[n]) is not None)
        taken = ((n, i, next((x for x in effects_of(i.op).changes(Takes) if not x.tries), None)) for n, i in at)
        return {n: (x.mode, self.index.get(i.args[0].obj.key)) for n, i, x in taken if x is not None}

    @cached_property
    def work(self) -> Mapping[int, int]:
        """Of the nodes, by number, where somebody serves others: the cell of what there is to do."""
        at = ((n, self.instr(node)) for n, node in enumerate(self.nodes) if node is not None)
        return {n: self.index[x.cell.format(**i.info)] for n, i in at for x in effects_of(i.op).made(Serves)}

    @cached_property
    def stands(self) -> tuple[tuple[Actor, int, int], ...]:
        """Each actor with the cell of where it stands and that of its state."""
        return tuple((a, self.index[f"pc.{a.index}"], self.state_cells[a.index]) for a in self.actors)


def may_block(m: Plan, node: Node) -> bool:
    """May whoever stands at this node have to wait there without sleeping?"""
    effects = effects_of(m.instr(node).op)
    return Does.TURNS in effects.does or any(not x.tries for x in effects.changes(Takes))
