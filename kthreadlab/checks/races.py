"""no_data_race: nobody is about to touch data that another is about to touch at the same moment, on another CPU or from
an interrupt above him, one of them to write and one of them plainly.

It is asked of the unreduced graph in which every task has a CPU of its own, whatever else is searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State
from kthreadlab.compile.config import Config
from kthreadlab.compile.races import Access, Step, access, clash, meet, shared_steps
from kthreadlab.lang.ir import Pos
from kthreadlab.lang.task_state import runnable
from kthreadlab.machine.machine import Machine
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.finding import Finding
from kthreadlab.run.search import FaultEdge

NAME = "no_data_race"
CPUS = 16
SPILLS = ("out_of_bounds", "text_overflow", "uninitialised_local")
"""Faults that come of how much, or what, is in the memory that a call is given."""


def everybody_apart(config: Config) -> Config:
    """The same kernel with a CPU for each task."""
    return Config(profile=config.profile, cpus=CPUS, smp=True)


def no_data_race(a: Analysis) -> Iterator[Finding]:
    """For each pair of actors and each place the earliest state in which they can meet there."""
    seen = set()
    for n in range(a.graph.expanded):
        for x, y in clashes(a, n):
            key = (x.actor.index, y.actor.index, x.touched.where)
            if key not in seen:
                seen.add(key)
                yield Finding("dead", n, "plain", x.actor.index)


@dataclass(frozen=True)
class Next:
    """Who is about to do what; *held*: once the interrupts on its CPU have returned."""

    actor: Actor
    touched: Access
    held: bool


def clashes(a: Analysis, n: int) -> Iterator[tuple[Next, Next]]:
    """The pairs that can meet in state *n*."""
    below = a.machine.index
    for x, y in combinations(about_to(a, n), 2):
        if x.actor is not y.actor and clash(x.touched, y.touched) and not (x.held and y.held):
            held, other = (x, y) if x.held else (y, x)
            if not held.held or other.actor.index in a.graph.states[n][below[f"frm.{held.actor.index}"]]:
                yield x, y


def about_to(a: Analysis, n: int) -> list[Next]:
    """Who may act in state *n*, or is held up by an interrupt, and what is touched by that."""
    m, s, sites = a.machine, a.graph.states[n], touching(a)
    choices = *(c for c, _ in a.graph.edges(n)), *stopped(a).get(n, ())
    able = {(e.actor, e.external) for e in (a.paths.choices[c] for c in choices) if e.actor >= 0}
    out = []
    for actor in m.actors:
        x = actor.index
        at = m.first[x] if (x, True) in able else s[m.index[f"pc.{x}"]]
        held = not {(x, True), (x, False)} & able
        if at in sites and (not held or held_up(m, s, actor)):
            out += [Next(actor, touched, held) for touched in accesses(m, s, actor, sites[at])]
    return out


def stopped(a: Analysis) -> dict[int, list[int]]:
    """For each state the choices that end in a fault and have touched something by then: it comes after that, in the
    same step; or a text ends too late, or nowhere, and whoever runs past its end has been at all of it."""
    m, graph, sites = a.machine, a.graph, touching(a)

    def touches(f: FaultEdge) -> bool:
        e = a.paths.choices[f.entry]
        at = m.first[e.actor] if e.external else graph.states[f.source][e.pc]
        steps, node = sites.get(at, []), m.nodes[at]
        if node is None or not it_is_at(m.instr(node).pos, f):
            return True
        return f.cause in SPILLS and all(x.place.kind == "whole" for x in steps)

    def look() -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for f in graph.faults:
            if a.paths.choices[f.entry].actor >= 0 and touches(f):
                found.setdefault(f.source, []).append(f.entry)
        return found

    return a.once("stopped", look)


def it_is_at(pos: Pos, f: FaultEdge) -> bool:
    """Did the fault come in what stands there?"""
    return (pos.file, pos.line) == (f.file, f.line) and f.col in (-1, pos.col)


def accesses(m: Machine, s: State, actor: Actor, steps: list[Step]) -> list[Access]:
    """What *steps* of an actor touch in state *s*."""
    return [touched for step in steps if (touched := access(m, s, actor, step)) is not None]


def held_up(m: Machine, s: State, actor: Actor) -> bool:
    """Does an interrupt run on the CPU of this task, which would run?"""
    cell = m.index.get(f"frm.{actor.index}") if actor.is_task else None
    return cell is not None and bool(s[cell]) and runnable(s[m.state_cells[actor.index]])


def touching(a: Analysis) -> dict[int, list[Step]]:
    """The nodes that touch memory others may reach, each with the places."""
    m = a.machine

    def look() -> dict[int, list[Step]]:
        return {n: steps for n, node in enumerate(m.nodes) if (steps := shared_steps(m, node))}

    return a.once("touching", look)


def met(a: Analysis) -> bool:
    """Did two actors ever touch one place?"""
    m, sites = a.machine, touching(a)
    users: dict[tuple[int, int], set[int]] = {}
    for n in range(a.graph.expanded):
        s = a.graph.states[n]
        for actor in m.actors:
            at = s[m.index[f"pc.{actor.index}"]]
            for touched in accesses(m, s, actor, sites.get(at, [])):
                users.setdefault(touched.where, set()).add(actor.index)
        for x in about_to(a, n):
            users.setdefault(x.touched.where, set()).add(x.actor.index)
    if any(len(actors) > 1 for actors in users.values()):
        return True
    return any(meet(x, y) and users[x] != users[y] for x, y in combinations(users, 2))


def agreed(a: Analysis) -> bool:
    """Do any two who write plainly to one object of the module's do so with a lock in common?"""
    m, writes = a.machine, dict[object, set[tuple[int, frozenset[str]]]]()
    stood = {s[m.index[f"pc.{x.index}"]] for s in a.graph.states for x in m.actors} | {*m.first}
    for n, steps in touching(a).items():
        node = m.nodes[n]
        locks = frozenset(held.lock for held in node.ctx.held) if node is not None else frozenset()
        for obj in (step.place.base.obj for step in steps if step.writes and step.plain):
            if node is not None and obj is not None and (locks or n in stood):
                writes.setdefault(obj.key, set()).add((node.actor, locks))
    pairs = (pair for sites in writes.values() for pair in combinations(sites, 2))
    return all(mine & theirs for (x, mine), (y, theirs) in pairs if x != y)


def words(a: Analysis, f: Finding, states: list[int]) -> dict[str, object]:
    """Who meets where."""
    for x, y in clashes(a, f.state):
        return {"task": x.actor.name, "other": y.actor.name, "object": x.touched.name}
    return {}
