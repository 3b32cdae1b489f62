"""Schedules that a student gets without playing: what searches print, and what a hint leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

from kthreadlab import KernelModule, explore
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import Budget
from kthreadlab.course.items import Duel
from kthreadlab.machine.scenario import Scenario, world
from kthreadlab.play.playing import MOST_STATES
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.goal import goal_of
from kthreadlab.run.schedule import Schedule, parse
from kthreadlab.run.search import build, search

CONFIGS = (ONE_CPU, A_CPU_EACH, PREEMPT)


def worlds(duel: Duel, labs: Iterable[str]) -> Iterator[Scenario]:
    """The duel's own world, and every one of these labs' checks in which its module runs."""
    yield duel.scenario
    for lab in labs:
        for scenario in LABS[lab].scenarios:
            try:
                world(duel.module, scenario, ONE_CPU)
            except ValueError:
                continue
            yield scenario


def printed(duel: Duel, labs: Iterable[str]) -> Iterator[str]:
    """What explore prints of the duel's module, in any of these worlds, on any machine, without the head."""
    for scenario in worlds(duel, labs):
        for config in CONFIGS:
            for reduce in (True, False) if scenario is duel.scenario else (True,):
                found = explore(duel.module, scenario, config, reduce=reduce)
                yield from (headless(v.witness) for v in found.verdicts.values() if v.witness)


def hinted(duel: Duel, labs: Iterable[str]) -> Iterator[str]:
    """The way on which play's hint leads from the beginning, in any of these worlds in which play is on a page."""
    for scenario in worlds(duel, labs):
        for config in CONFIGS:
            way = Hints(duel.module, scenario, config, duel.property).follow()
            if way:
                yield " ".join(way)


def helped(duel: Duel) -> Iterator[str]:
    """Somebody lets everybody act by turns up to a point, follows the hints from there, and lets the rest come."""
    hints = Hints(duel.module, duel.scenario, duel.config, duel.property)
    for calls in permutations([call.name for call in duel.scenario.calls]):
        for last in range(len(calls) + 1):
            prefix = hints.and_then([], calls[:last])
            for cut in range(len(prefix) + 1):
                way = hints.follow(prefix[:cut])
                if way:
                    yield " ".join(way)
                    yield " ".join(hints.and_then(way, calls))


def headless(witness: str) -> str:
    """A schedule that can be pasted anywhere."""
    read = parse(witness)
    return str(Schedule(read.steps, read.cycle))


class Hints:
    """A game on a page, and its hints: a step on a shortest way to where the goal is broken."""

    def __init__(self, module: KernelModule, scenario: Scenario, config: Config, goal: str) -> None:
        budget = Budget.of(MOST_STATES)
        machine = build(module, scenario, config, observers=observers_for([goal]), reduce=False, budget=budget)
        self.graph = search(machine, budget)
        self.names = [e.name for e in machine.internal + machine.external]
        self.inner = [e.name for e in machine.internal]
        known = self.graph.complete
        self.far = goal_of(Analysis(self.graph, PROPERTIES.values()), PROPERTIES[goal]).far if known else [-1]

    def step(self, here: int, name: str) -> int | None:
        return next((t for c, t in self.graph.edges(here) if self.names[c] == name), None)

    def end(self, way: Sequence[str]) -> int:
        here = 0
        for name in way:
            here = self.step(here, name)
        return here

    def follow(self, start: Sequence[str] = ()) -> list[str]:
        """The steps *start*, and then a hint after the other until the goal is broken; [] if it never is."""
        here, way = self.end(start), list(start)
        while self.far[here] > 0:
            nearer = [(c, t) for c, t in self.graph.edges(here) if self.far[t] == self.far[here] - 1]
            if not nearer:
                return []
            c, here = nearer[0]
            way.append(self.names[c])
        return way if self.far[here] == 0 else []

    def and_then(self, way: Sequence[str], calls: Sequence[str], most: int = 200) -> list[str]:
        """The steps *way*, and then everybody by turns, each as far as he gets; *calls* come in this order."""
        here, way = self.end(way), list(way)
        for call in ("", *calls):
            for name in (call, *self.inner, *self.inner):
                while len(way) < most and (t := self.step(here, name)) is not None:
                    here = t
                    way.append(name)
        return way
