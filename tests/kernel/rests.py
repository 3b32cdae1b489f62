"""Where a program can come to rest: every state in which nothing moves any more, as a test can compare it."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab import Config, Scenario
from kthreadlab.lang.module import KernelModule
from kthreadlab.run.graph import Paths
from kthreadlab.run.search import build, search
from kthreadlab.run.view import Viewer


@dataclass(frozen=True)
class Rests:
    """*ends*: at each rest the numbers in the statics (in the order of their names) and each thread's letter; *faults*:
    causes of the paths that ended in one; *cycles*: whether some task can go on for ever."""

    ends: frozenset[tuple]
    faults: frozenset[str]
    cycles: bool


def rests(made: KernelModule, scenario: Scenario, config: Config, reduce: bool = True) -> Rests:
    """All rests of *scenario*."""
    graph = search(build(made, scenario, config, reduce=reduce))
    assert graph.complete
    paths, viewer = Paths(graph), Viewer(graph.machine)
    names = [t.name or t.function for t in scenario.threads]
    ends = set()
    for n in paths.dead_ends:
        view = viewer.view(graph.states[n])
        numbers = tuple(v for _, v in sorted(view.statics.items()) if isinstance(v, int))
        letters = {t.name: t.letter for t in view.tasks}
        ends.add((numbers, tuple(letters[name] for name in names)))
    return Rests(frozenset(ends), frozenset(f.cause for f in graph.faults), bool(paths.cyclic()))
