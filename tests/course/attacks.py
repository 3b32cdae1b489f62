"""Schedules that a student gets without playing: what searches print, and what a hint leads to."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import permutations

from kthreadlab import KernelModule, explore
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import Budget
from kthreadlab.course.items import Duel
from kthreadlab.machine.scenario import Scenario
from kthreadlab.play.playing import MOST_STATES
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.goal import goal_of
from kthreadlab.run.schedule import Schedule, parse
from kthreadlab.run.search import build, search

PRINTED: dict[tuple[str, str, Config, bool], list[str]] = {}
"""The witnesses of a module in a world, which several duels have in common."""
CONFIGS = (ONE_CPU, A_CPU_EACH, PREEMPT)


def configs(duel: Duel) -> tuple[Config, ...]:
    """The duel's own machine, and those of the checks."""
    return tuple(dict.fromkeys((duel.config, *CONFIGS)))


def worlds(duel: Duel, everywhere: bool) -> Iterator[Scenario]:
    """The duel's own world, and those of the checks in which its module runs: of its own lab those with two calls at
    most, or all of all labs."""
    yield duel.scenario
    for lab in LABS.values() if everywhere else [LABS[duel.lab]]:
        for scenario in lab.scenarios if everywhere else [x for x in lab.scenarios if len(x.calls) < 3]:
            try:
                build(duel.module, scenario, duel.config, observers=(), reduce=True, budget=Budget.of(MOST_STATES))
            except ValueError:  # it lacks what is called there
                continue
            yield scenario


def printed(duel: Duel, everywhere: bool) -> Iterator[str]:
    """What explore prints of the duel's module, in any of these worlds, on any machine, without the head."""
    for scenario in worlds(duel, everywhere):
        for config in configs(duel):
            for reduce in (True, False) if scenario is duel.scenario else (True,):
                key = duel.module.digest, scenario.name, config, reduce
                if key not in PRINTED:
                    verdicts = explore(duel.module, scenario, config, reduce=reduce).verdicts.values()
                    PRINTED[key] = [headless(verdict.witness) for verdict in verdicts if verdict.witness]
                for witness in PRINTED[key]:
                    yield from renamed(witness, scenario, duel.scenario)


def hinted(duel: Duel, everywhere: bool) -> Iterator[str]:
    """The way on which play's hint leads from the beginning, in any of these worlds in which play is on a page."""
    for scenario in worlds(duel, everywhere):
        for config in configs(duel):
            way = Hints(duel.module, scenario, config, duel.property).follow()
            if way:
                yield from renamed(" ".join(way), scenario, duel.scenario)


def renamed(schedule: str, theirs: Scenario, ours: Scenario) -> Iterator[str]:
    """The schedule of another world, with its calls called as ours are, in all ways."""
    names = [call.name for call in theirs.calls]
    for chosen in permutations([call.name for call in ours.calls], len(names)) if names else [()]:
        yield called(schedule, dict(zip(names, chosen, strict=True)))
    if len(names) > len(ours.calls):
        yield schedule


def called(schedule: str, names: dict[str, str]) -> str:
    """The schedule, with other names; of an interrupt, too."""
    return re.sub(r"(?<![\w/])(?:cpu\d+>)?(?:irq/)?([A-Za-z_][\w-]*)", lambda m: names.get(m[1], m[0]), schedule)


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


MOST_CLICKS, MOST_STEPS = 30, 200
"""Of a game that is played at random."""


def at_random(duel: Duel, games: int) -> Iterator[str]:
    """Games of somebody who clicks about: a mover drawn by lot goes on as far as it gets, and then another one."""
    lots, hints = random.Random(6), Hints(duel.module, duel.scenario, duel.config, duel.property)
    for _ in range(games):
        here, way = 0, []
        for _ in range(MOST_CLICKS):
            open_ = sorted({hints.names[c] for c, _ in hints.graph.edges(here)})
            name = lots.choice(open_) if open_ else ""
            while len(way) < MOST_STEPS and (t := hints.step(here, name)) is not None:
                here = t
                way.append(name)
        yield " ".join(way)


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
        self.goal = goal_of(Analysis(self.graph, PROPERTIES.values()), PROPERTIES[goal]) if known else None
        self.far = self.goal.far if self.goal else [-1]

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
            last = next((c for n, c in sorted(self.goal.breaking) if n == here), None)
            if last is not None:
                return [*way, self.names[last]]
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
