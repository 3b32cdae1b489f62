"""How a goal stands in each state, against what is found by going through the graph forwards, one state at a time."""

from __future__ import annotations

import random

import pytest

from kthreadlab import Config, explore
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import LABS
from kthreadlab.compile.limits import LimitReached
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.goal import Goal, goal_of
from kthreadlab.run.schedule import parse
from kthreadlab.run.search import Graph, build, search
from tests.oracle.programs import program
from tests.support import corpus, linked

FEW = 700
GOALS = ("delivered", "no_oops", "returns", "sleeps_when_idle", "never_sleeps_atomic", "locks_balanced")


def graph_and_goals(module, scenario, config, names=GOALS) -> tuple[Graph, Analysis, list[Goal]] | None:
    try:
        machine = build(module, scenario, config, observers=observers_for(names), reduce=False)
        graph = search(machine, FEW)
    except (LimitReached, InputError):
        return None
    if not graph.complete:
        return None
    analysis = Analysis(graph, PROPERTIES.values())
    return graph, analysis, [goal_of(analysis, PROPERTIES[name]) for name in names]


def steps(graph: Graph, n: int) -> list[tuple[int, int | None]]:
    """The choices that are open in a state, each with where it leads: None is a fault."""
    return [*graph.edges(n), *((f.entry, None) for f in graph.faults if f.source == n)]


def fewest(graph: Graph, goal: Goal, start: int) -> int:
    """By going forwards from one state, level by level."""
    ends = goal.broken.union(*(part.states for part in goal.rounds))
    level, seen, depth = [start], {start}, 0
    while level:
        if ends.intersection(level):
            return depth
        if any((n, c) in goal.breaking for n in level for c, _ in steps(graph, n)):
            return depth + 1
        level = [
            t for t in dict.fromkeys(t for n in level for _, t in steps(graph, n)) if t is not None and t not in seen
        ]
        seen.update(level)
        depth += 1
    return -1


def can_keep_it(graph: Graph, analysis: Analysis, goal: Goal, start: int) -> bool:
    """Does a way, by no step that breaks it, lead to an end with the goal kept, or to where a fair run stays?"""
    at_rest = set(analysis.paths.dead_ends) - goal.broken
    stays = {
        n
        for part in analysis.paths.fair_components(
            set(analysis.paths.cyclic()) - set().union(*(x.states for x in goal.rounds))
        )
        for n in part
    }
    todo, seen = [start], {start}
    for n in todo:
        if n in goal.broken:
            continue
        if n in at_rest or n in stays:
            return True
        for c, t in steps(graph, n):
            if (n, c) in goal.breaking:
                continue
            if t is None:
                return True
            if t not in seen:
                seen.add(t)
                todo.append(t)
    return False


@pytest.mark.parametrize("first", range(0, 60, 6))
def test_the_goal_line_is_what_going_forwards_finds(first: int) -> None:
    """On the graphs of six random programs, but for large ones: the fewest steps, and whether any way out is left."""

    compared = 0
    for p in map(program, range(first, first + 6)):
        made = None if p.module.broken or p.module.undefined else graph_and_goals(p.module, p.scenario, p.config)
        if made is None:
            continue
        graph, analysis, goals = made
        some = random.Random(first).sample(range(len(graph.states)), min(40, len(graph.states)))
        for goal in goals:
            for n in {0, *some}:
                assert goal.far[n] == fewest(graph, goal, n), goal.name
                assert bool(goal.doomed[n]) != can_keep_it(graph, analysis, goal, n), goal.name
        compared += 1
    assert compared


def test_the_fewest_steps_are_the_witness_of_an_exploration() -> None:
    """Of the wrong answers of two labs, on one CPU: as many as before a cycle begins."""

    compared = 0
    for answer in corpus():
        if answer.lab not in ("lab2", "lab6") or answer.kind != "wrong" or "slow" in answer.header:
            continue
        module, scenario = linked(answer.lab, answer.text), LABS[answer.lab].scenarios[1]
        made = (
            None if module.broken or module.undefined else graph_and_goals(module, scenario, Config(), ("delivered",))
        )
        if made is None:
            continue
        verdict = explore(module, scenario, Config(), ["delivered"]).verdicts["delivered"]
        (goal,) = made[2]
        assert (goal.far[0] >= 0) == verdict.fails, answer.name
        if verdict.fails:
            schedule = parse(verdict.witness)
            assert goal.far[0] == len(schedule.steps) - schedule.cycle, answer.name
            compared += 1
    assert compared > 20
