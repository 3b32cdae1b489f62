"""How a property stands in each state of a searched graph: is it broken, can it still be, and by how few steps?

For a person who is the scheduler and means to break it.  A step is one choice, whoever makes it.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kthreadlab.machine.standing import hits_of

from .analysis import Analysis, Property
from .finding import Finding
from .graph import Paths
from .search import Graph

Step = tuple[int, int]
"""A state and a choice that is open in it, by their numbers."""


@dataclass(frozen=True)
class Turn:
    """Who may not be left out for ever, by the *choices* that they have: for each state of a round, *able*: can one of
    these be made there, and *runnable*: do they wait for nothing but their turn?"""

    choices: frozenset[int]
    able: bytes
    runnable: bytes


@dataclass(frozen=True)
class Round:
    """States among which a run may go on for ever, and who must get a *turn* on a walk round: whoever is able to move
    somewhere on it, and runnable all the way."""

    states: tuple[int, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Goal:
    """For each state of a graph: *far*, the fewest steps by which it comes to be broken, 0: it is, -1: nobody can break
    it any more; *doomed*: every way on that leaves out nobody breaks it.

    *broken*: the states at rest in which it is not kept, and those in which the machine is broken and it is to blame;
    *breaking*: the steps that break it themselves; *rounds*:
    where a run may go on for ever, and does not keep it then: of these *far* counts the steps up to the first.
    *behind*: the states at rest in which it is not kept because of another's failure; *blameless*: there is such a
    failure."""

    name: str
    far: Sequence[int]
    doomed: bytearray
    broken: frozenset[int]
    breaking: frozenset[Step]
    rounds: tuple[Round, ...]
    behind: frozenset[int] = frozenset()
    blameless: bool = False


def goal_of(analysis: Analysis, property_: Property) -> Goal:
    """How *property_* stands, for which it alone is to blame: what only follows from another's failure does not break
    it.  The graph must be complete."""
    judged = list(property_.judge(analysis))
    findings = [f for f in judged if analysis.breaks.blames(property_.name, f)]
    ways = Backwards(analysis.graph)
    broken = frozenset(f.state for f in findings if f.kind == "dead") | analysis.breaks.own(property_.name)
    rounds = tuple(frozenset(f.part) for f in findings if f.kind == "cycle")
    trips = tuple(round_of(analysis.paths, part) for part in rounds)
    breaking = frozenset(_breaking(analysis, property_, findings))
    far = ways.far(broken.union(*rounds), {n for n, _ in breaking})
    doomed = _doomed(analysis, ways, broken, rounds, breaking)
    behind = frozenset(f.state for f in judged if f.kind == "dead") - broken
    return Goal(property_.name, far, doomed, broken, breaking, trips, behind, len(judged) > len(findings))


def round_of(paths: Paths, part: Collection[int]) -> Round:
    """A round through the states *part*."""
    states = tuple(sorted(part))
    turns = (
        Turn(
            frozenset(choices),
            bytes(paths.offers(n, choices) for n in states),
            bytes(paths.is_runnable(who, n) for n in states),
        )
        for who, choices in paths.by_who.items()
    )
    return Round(states, tuple(turn for turn in turns if any(turn.able)))


def _breaking(a: Analysis, property_: Property, findings: Iterable[Finding]) -> Iterable[Step]:
    """The steps that end in a fault of the property's, and those by which the machine notices that it is broken."""
    graph, m = a.graph, a.machine
    noticed: set[int] = set()
    for f in findings:
        if f.kind == "fault":
            yield f.state, f.entry
            yield from ((x.source, x.entry) for x in a.alike(property_, f))
        elif f.kind == "hit":
            noticed.update(f.part)
    own = {v for v, (name, *_) in enumerate(m.violations) if name == property_.name}
    choices = m.internal + m.external
    for n in noticed:
        s = graph.states[n]
        for c in {*(c for c, _ in graph.edges(n)), *(f.entry for f in graph.faults if f.source == n)}:
            if own.intersection(hits_of(m, s, choices[c])):
                yield n, c


class Backwards:
    """The edges of a graph against their direction: where those into each state begin in the list of their *sources*,
    and the *choices* that lead along them."""

    def __init__(self, graph: Graph) -> None:
        size = len(graph.states)
        self.starts = array("q", bytes(8 * (size + 1)))
        for t in graph.targets:
            self.starts[t + 1] += 1
        for n in range(size):
            self.starts[n + 1] += self.starts[n]
        free = array("q", self.starts)
        self.sources, self.choices = (
            array("q", bytes(8 * len(graph.targets))),
            array("H", bytes(2 * len(graph.targets))),
        )
        for n in range(size):
            for e in range(graph.offsets[n], graph.offsets[n + 1]):
                at = free[graph.targets[e]]
                self.sources[at], self.choices[at] = n, graph.labels[e]
                free[graph.targets[e]] = at + 1

    def far(self, here: Collection[int], next_step: Collection[int]) -> array[int]:
        """How many steps each state is from one of *here*, or from one step beyond one of *next_step*; -1: no way."""
        far = array("i", [-1]) * (len(self.starts) - 1)
        for n in next_step:
            far[n] = 1
        for n in here:
            far[n] = 0
        todo = sorted({*here, *next_step}, key=far.__getitem__)
        for n in todo:
            for e in range(self.starts[n], self.starts[n + 1]):
                p = self.sources[e]
                if far[p] < 0 or far[p] > far[n] + 1:
                    far[p] = far[n] + 1
                    todo.append(p)
        return far

    def reaching(self, goals: Iterable[int], without: Collection[Step], shut: Collection[int]) -> bytearray:
        """For each state whether any steps but *without*, from states other than *shut*, lead to one of *goals*."""
        reaches = bytearray(len(self.starts) - 1)
        todo = list(dict.fromkeys(goals))
        for n in todo:
            reaches[n] = 1
        for n in todo:
            for e in range(self.starts[n], self.starts[n + 1]):
                p = self.sources[e]
                if not reaches[p] and p not in shut and (p, self.choices[e]) not in without:
                    reaches[p] = 1
                    todo.append(p)
        return reaches


def _doomed(
    a: Analysis,
    ways: Backwards,
    broken: Collection[int],
    rounds: Iterable[Collection[int]],
    breaking: Collection[Step],
) -> bytearray:
    """The states from which no way leads to where the run may end, or go on for ever, with the property kept.  A fault
    that is another's ends it, too."""
    kept = [n for n in a.paths.dead_ends if n not in broken]
    kept += [f.source for f in a.graph.faults if f.source not in broken and (f.source, f.entry) not in breaking]
    lost = set().union(*rounds)
    for part in a.paths.fair_components(set(a.paths.cyclic()) - lost) if lost else a.fair_cycles():
        kept += part
    escapes = ways.reaching(kept, breaking, broken)
    return bytearray(0 if x else 1 for x in escapes)
