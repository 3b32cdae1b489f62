"""The shortest story of how a property fails.

A reduced search decides; the story is looked for again without reduction, in breadth-first order.  Among equally short
schedules the one with the fewest switches wins, then the order of the actors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from kthreadlab.compile.actor import Actor, Entry
from kthreadlab.compile.cells import State
from kthreadlab.compile.limits import MAX_SIZE, SHARE, Budget
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.lang.task_state import runnable
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import hits_of

from .analysis import Analysis, Property
from .finding import Finding
from .graph import Paths, Who
from .schedule import Schedule, head
from .search import Graph, search

CAPS = (3_000, 30_000, 120_000)
CANDIDATES = 40


@dataclass(frozen=True)
class Witness:
    """The schedule string of a shortest failing run, and what it tells of the failure."""

    schedule: str
    words: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def witness_of(analysis: Analysis, property_: Property, finding: Finding) -> Witness:
    """A shortest run on which *property_* fails as *finding* says (or, where the unreduced graph is too large, the
    shortest run of the reduced search), and what it tells."""
    m, p = analysis.machine, property_
    blamed = analysis.breaks.blames(p.name, finding)
    where, digest = head(m.module, m.scenario, m.config)
    for cap in CAPS:
        graph = unreduced(m, cap)
        found = Analysis(graph, analysis.owners)
        findings = [f for f in p.judge(found) if f.kind != "cycle" or graph.complete]
        findings = [f for f in findings if found.breaks.blames(p.name, f) == blamed]
        alike = [f for f in findings if f.cause == finding.cause]
        if alike or (findings and graph.complete):
            schedule, chosen, states = shortest(found, alike or findings)
            told = p.words(found, chosen, states) if p.words is not None else {}
            return Witness(str(Schedule(schedule.steps, schedule.cycle, where, digest)), told)
        if graph.complete:
            break
    schedule, chosen, states = shortest(analysis, [finding])
    told = p.words(analysis, chosen, states) if p.words is not None else {}
    schedule = unfold(m, schedule)
    return Witness(str(Schedule(schedule.steps, schedule.cycle, where, digest)), told)


@lru_cache(maxsize=len(CAPS))
def unreduced(m: Machine, cap: int) -> Graph:
    """The graph of *m* without reduction, as far as *cap* states: several properties fail in one scenario.
    Raises `LimitReached` if it would be too much code."""
    return search(without_reduction(m), Budget(cap, MAX_SIZE // SHARE))


@lru_cache(maxsize=1)
def without_reduction(m: Machine) -> Machine:
    """The machine of the same scenario that leaves nothing out, for all searches.  Raises `LimitReached` as well."""
    return m.again(reduce=False, heap=m.heap, budget=Budget())


def depths(graph: Graph) -> list[int]:
    """How many steps each state is from the start."""
    out = [0] * len(graph.states)
    for n, p in enumerate(graph.parents):
        if p >= 0:
            out[n] = out[p] + 1
    return out


def shortest(a: Analysis, findings: list[Finding]) -> tuple[Schedule, Finding, list[int]]:
    """The best schedule to any of *findings*, the one it leads to, and the states on the way to that."""
    depth = depths(a.graph)
    cost = {id(f): len(f.path) or depth[f.state] + (f.kind in ("hit", "fault")) for f in findings}
    least = min(cost.values())
    best = None
    for f in [f for f in findings if cost[id(f)] == least][:CANDIDATES]:
        steps = list(f.path) or path_to(a.graph, f.state, depth)
        if not f.path and f.kind in ("hit", "fault"):
            steps = [*steps, last_step(a, f)]
        key = (switches(steps, a.paths.choices), steps)
        if best is None or key < best[0]:
            best = (key, f)
    assert best is not None
    (_, steps), f = best
    names = [a.paths.choices[c].name for c in steps]
    states = passed(a.graph, steps)
    if f.path or f.kind != "cycle":
        return Schedule(tuple(names)), f, states
    cycle = round_trip(a.paths, f.part, f.state)
    return Schedule(tuple(names + [a.paths.choices[c].name for c in cycle]), len(cycle)), f, states


def passed(graph: Graph, steps: list[int]) -> list[int]:
    """The states that *steps* lead through from the start; a fault leads to none."""
    states = [0]
    for c in steps:
        states += [t for label, t in graph.edges(states[-1]) if label == c][:1]
    return states


def switches(steps: list[int], choices: Sequence[Entry]) -> int:
    """How often another one moves next."""
    names = [choices[c].name for c in steps]
    return sum(x != y for x, y in zip(names, names[1:], strict=False))


def path_to(graph: Graph, target: int, depth: list[int]) -> list[int]:
    """A shortest path to state *target* with the fewest switches, as choice numbers."""
    cone = {target}
    back: dict[int, list[tuple[int, int]]] = {}
    want = depth[target]
    for s in range(min(graph.expanded, len(graph.states))):
        if depth[s] >= want:
            break
        for c, t in graph.edges(s):
            if depth[t] == depth[s] + 1 and depth[t] <= want:
                back.setdefault(t, []).append((s, c))
    layers: list[set[int]] = [cone]
    for _ in range(want):
        layers.append({s for t in layers[-1] for s, _ in back.get(t, ())})
    names = [e.name for e in graph.machine.internal + graph.machine.external]
    best: dict[int, dict[str, tuple[int, tuple[int, ...]]]] = {0: {"": (0, ())}}
    for layer in reversed(layers[:-1]):
        now: dict[int, dict[str, tuple[int, tuple[int, ...]]]] = {}
        for t in layer:
            options = now.setdefault(t, {})
            for s, c in back[t]:
                for last, (n, steps) in best.get(s, {}).items():
                    new = (n + (last not in ("", names[c])), (*steps, c))
                    if names[c] not in options or new < options[names[c]]:
                        options[names[c]] = new
        best = now
    return list(min(best[target].values())[1]) if target in best else []


def last_step(a: Analysis, f: Finding) -> int:
    """The choice that does it at the finding's state."""
    if f.entry >= 0:
        return f.entry
    m, s = a.machine, a.graph.states[f.state]
    for n, e in enumerate(a.paths.choices):
        for violation in hits_of(m, s, e):
            _, cause, pos, actor = m.violations[violation]
            if (cause, pos.line, actor) == (f.cause, f.line, f.actor):
                return n
    raise AssertionError("internal: the step that broke the property is gone")


def round_trip(paths: Paths, part: tuple[int, ...], start: int) -> list[int]:
    """A closed walk from *start* inside *part* on which everybody moves who must."""
    inside = set(part)
    needed = [who for who in must_move(paths, part)]
    walk: list[int] = []
    here = start
    for who in needed:
        if any(paths._who(c) == who for c in walk):
            continue
        steps, here = walk_until(paths, inside, here, moved_by(paths, who))
        walk += steps
    if here != start or not walk:
        steps, here = walk_until(paths, inside, here, lambda n, c, t: t == start)
        walk += steps
    return walk


def moved_by(paths: Paths, who: Who) -> Callable[[int, int, int], bool]:
    """A test of edges: is it *who* that moves?"""
    return lambda n, c, t: paths._who(c) == who


def must_move(paths: Paths, part: tuple[int, ...]) -> list[Who]:
    """Who has to move on a cycle through *part*: they move there, and could at each of its states."""
    inside = set(part)
    moving = {paths._who(c) for n in part for c, t in paths.next(n) if t in inside}
    return sorted((w for w in moving if all(paths.is_runnable(w, n) for n in part)), key=str)


def walk_until(
    paths: Paths, inside: set[int], start: int, test: Callable[[int, int, int], bool]
) -> tuple[list[int], int]:
    """The shortest walk inside *inside* whose last edge passes *test*, and where it ends."""
    seen: dict[int, tuple[int, int] | None] = {start: None}
    todo = deque([start])
    while todo:
        n = todo.popleft()
        for c, t in paths.next(n):
            if t not in inside:
                continue
            if test(n, c, t):
                steps = [c]
                while (before := seen[n]) is not None:
                    n, c = before
                    steps.append(c)
                return steps[::-1], t
            if t not in seen:
                seen[t] = (n, c)
                todo.append(t)
    return [], start


def unfold(m: Machine, schedule: Schedule) -> Schedule:
    """A schedule of a reduced machine as one of the unreduced machine: each step followed until the actor stands where
    the reduced one has it."""
    whole = Unfolding(m)
    cut = len(schedule.steps) - schedule.cycle
    for name in schedule.steps[:cut]:
        whole.follow(name)
    before = len(whole.steps)
    for name in schedule.steps[cut:]:
        whole.follow(name)
    return Schedule(tuple(whole.steps), len(whole.steps) - before)


MOST_BEHIND = 200
"""So many steps of the unreduced machine may be one of the reduced machine."""


class Unfolding:
    """A run of a reduced machine (*its* state: None after a fault), and beside it the same in the unreduced one, whose
    *steps* it collects."""

    def __init__(self, reduced: Machine) -> None:
        m = self.reduced = reduced
        self.plain = m.again(reduce=False, heap=m.heap)
        self.entries: dict[str, list[Entry]] = {}
        for e in self.plain.internal + self.plain.external:
            self.entries.setdefault(e.name, []).append(e)
        self.state: State = self.plain.initial
        self.its: State | None = m.initial
        self.steps: list[str] = []

    def follow(self, name: str) -> None:
        """Make the choice *name* in both."""
        m, its = self.reduced, self.its
        assert its is not None
        entry = next(e for e in m.internal + m.external if e.name == name and runnable(its[e.st]) and moves(e, its))
        try:
            self.its = entry.table[its[entry.pc]](its)
        except KernelFault:
            self.its = None
        if entry.actor >= 0:
            self.catch_up(name, m.actors[entry.actor])
            return
        self.steps.append(name)
        if self.its is not None:
            after = self.step(name)
            assert after is not None, f"internal: {name} is not open in the unreduced machine"
            self.state = after

    def catch_up(self, name: str, actor: Actor) -> None:
        """The steps of *actor*, *name* the first of them, until it stands where the reduced machine has it."""
        for n in range(MOST_BEHIND):
            if n and self.together(actor):
                return
            choice = actor.name if n else name
            try:
                after = self.step(choice)
            except KernelFault:
                self.steps.append(choice)
                return
            if after is None:
                return
            self.steps.append(choice)
            self.state = after

    def together(self, actor: Actor) -> bool:
        """Does *actor* stand at the same operation in both?"""
        if self.its is None:
            return False
        key = f"pc.{actor.index}"
        here = self.plain.nodes[self.state[self.plain.index[key]]]
        goal = self.reduced.nodes[self.its[self.reduced.index[key]]]
        return here is not None and goal is not None and (here.pc, here.phase) == (goal.pc, goal.phase)

    def step(self, name: str) -> State | None:
        """What the choice *name* makes of the unreduced state; None if it is not open."""
        for e in self.entries.get(name, ()):
            if runnable(self.state[e.st]):
                after: State | None = e.table[self.state[e.pc]](self.state)
                if after is not None:
                    return after
        return None


def moves(entry: Entry, s: State) -> bool:
    """Is this choice open?  One that ends in a fault is."""
    try:
        return entry.table[s[entry.pc]](s) is not None
    except KernelFault:
        return True
