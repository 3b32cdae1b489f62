"""The shortest story of how a property fails.

A reduced search decides; the story is looked for again without reduction, in breadth-first order.  Among equally short
schedules the one with the fewest switches wins, then the order of the actors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from kthreadlab.compile.limits import MAX_SIZE, SHARE, Budget
from kthreadlab.compile.runtime import HeapFull, KernelFault
from kthreadlab.machine.machine import Machine

from .analysis import Analysis, Property
from .finding import Finding
from .graph import Paths
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
    budget = Budget(cap, MAX_SIZE // SHARE)
    return search(
        Machine.of(m.module, m.scenario, m.config, observe=m.observe, reduce=False, heap=m.heap, budget=budget), budget
    )


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
    cost = {id(f): depth[f.state] + (f.kind in ("hit", "fault")) for f in findings}
    least = min(cost.values())
    best = None
    for f in [f for f in findings if cost[id(f)] == least][:CANDIDATES]:
        steps = path_to(a.graph, f.state, depth)
        if f.kind in ("hit", "fault"):
            steps = [*steps, last_step(a, f)]
        key = (switches(steps, a.paths.choices), steps)
        if best is None or key < best[0]:
            best = (key, f)
    assert best is not None
    (_, steps), f = best
    names = [a.paths.choices[c].name for c in steps]
    states = passed(a.graph, steps)
    if f.kind != "cycle":
        return Schedule(tuple(names)), f, states
    cycle = round_trip(a.paths, f.part, f.state)
    return Schedule(tuple(names + [a.paths.choices[c].name for c in cycle]), len(cycle)), f, states


def passed(graph: Graph, steps: list[int]) -> list[int]:
    """The states that *steps* lead through from the start; a fault leads to none."""
    states = [0]
    for c in steps:
        states += [t for label, t in graph.edges(states[-1]) if label == c][:1]
    return states


def switches(steps: list[int], choices) -> int:
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
    best: dict[int, dict[str, tuple[int, tuple]]] = {0: {"": (0, ())}}
    for layer in reversed(layers[:-1]):
        now: dict[int, dict[str, tuple[int, tuple]]] = {}
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
        if s[e.st] > 3:
            continue
        m.hits.clear()
        try:
            e.table[s[e.pc]](s)
        except (KernelFault, HeapFull):
            pass
        for violation, _ in m.hits:
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
        steps, here = walk_until(paths, inside, here, lambda n, c, t, who=who: paths._who(c) == who)
        walk += steps
    if here != start or not walk:
        steps, here = walk_until(paths, inside, here, lambda n, c, t: t == start)
        walk += steps
    return walk


def must_move(paths: Paths, part: tuple[int, ...]) -> list:
    inside = set(part)
    moving = {paths._who(c) for n in part for c, t in paths.next(n) if t in inside}
    return sorted((w for w in moving if all(paths._runnable(w, n) for n in part)), key=str)


def walk_until(paths: Paths, inside: set[int], start: int, test) -> tuple[list[int], int]:
    """The shortest walk inside *inside* whose last edge passes *test*, and where it ends."""
    seen = {start: None}
    todo = deque([start])
    while todo:
        n = todo.popleft()
        for c, t in paths.next(n):
            if t not in inside:
                continue
            if test(n, c, t):
                steps = [c]
                while seen[n] is not None:
                    n, c = seen[n]
                    steps.append(c)
                return steps[::-1], t
            if t not in seen:
                seen[t] = (n, c)
                todo.append(t)
    return [], start


def unfold(m: Machine, schedule: Schedule) -> Schedule:
    """A schedule of a reduced machine as one of the unreduced machine: each step followed until the actor stands where
    the reduced one has it."""
    plain = Machine.of(m.module, m.scenario, m.config, observe=m.observe, reduce=False, heap=m.heap)
    entries = {}
    for e in plain.internal + plain.external:
        entries.setdefault(e.name, []).append(e)

    def step(s: tuple, name: str) -> tuple | None:
        for e in entries.get(name, ()):
            if s[e.st] < 4:
                t = e.table[s[e.pc]](s)
                if t is not None:
                    return t
        return None

    s, r = plain.initial, m.initial
    out: list[str] = []
    cut = len(schedule.steps) - schedule.cycle
    cycle_from = None
    for k, name in enumerate(schedule.steps):
        if k == cut and schedule.cycle:
            cycle_from = len(out)
        entry = next(e for e in m.internal + m.external if e.name == name and r[e.st] < 4 and _moves(e, r))
        try:
            r = entry.table[r[entry.pc]](r)
        except KernelFault:
            r = None
        if entry.actor < 0:
            s = step(s, name)
            out.append(name)
            continue
        actor = m.actors[entry.actor]
        goal = None if r is None else m.nodes[r[m.index[f"pc.{actor.index}"]]]
        pc = plain.index[f"pc.{actor.index}"]
        for n in range(200):
            node = plain.nodes[s[pc]]
            if (
                n
                and r is not None
                and node is not None
                and goal is not None
                and (node.pc, node.phase) == (goal.pc, goal.phase)
            ):
                break
            try:
                t = step(s, name if n == 0 else actor.name)
            except KernelFault:
                out.append(name if n == 0 else actor.name)
                break
            if t is None:
                break
            out.append(name if n == 0 else actor.name)
            s = t
    return Schedule(tuple(out), len(out) - cycle_from if cycle_from is not None else 0)


def _moves(entry, s: tuple) -> bool:
    try:
        return entry.table[s[entry.pc]](s) is not None
    except KernelFault:
        return True
