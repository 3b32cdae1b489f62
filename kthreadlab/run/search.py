"""Every schedule: a complete breadth-first search over the states of a machine.

A state is a tuple; the set of reachable ones is a dictionary from state to number, in the order of discovery, so the
first path to anything is a shortest one.  Nothing is bounded by time: *max_states* bounds memory, and a search that
reaches it says that it is not complete.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Collection
from dataclasses import dataclass, field

from kthreadlab.lang.ir import Pos
from kthreadlab.machine.faults import place_of
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.runtime import MAX_OBJECTS, HeapFull, KernelFault

DEFAULT_MAX_STATES = 1_000_000
LOOPS = ("runaway", "endless_loop")
"""Faults of a task that goes on for ever, and never comes to rest."""
RUN_ALONE = 10_000
"""A task that makes so many steps alone and never comes to rest never will."""
RUN_ALONE_AT = 500
"""After how many states (then twice as many, and so on) the search looks for such a task."""


@dataclass(frozen=True)
class FaultEdge:
    """A step that ended in a fault: from state *source* by choice *entry*; *cause* and *detail* as the machine saw it.
    *state*: the cells when it happened."""

    source: int
    entry: int
    cause: str
    detail: str
    file: str
    line: int
    state: tuple = ()


@dataclass
class Graph:
    """The reachable states and the edges between them.

    *states*: in order of discovery, number 0 is the initial one. *offsets*, *targets*, *labels*: the edges leaving
    state *n* are ``offsets[n]:offsets[n + 1]``; a label is the number of the choice in `choices`. *internal*: how
    many choices are internal (they come first). *faults*: steps that ended the path. *hits*: violations noted on the
    way, each with the states in which it was, the earliest first.
    """

    machine: Machine
    states: list[tuple]
    offsets: array
    targets: array
    labels: array
    complete: bool
    faults: list[FaultEdge] = field(default_factory=list)
    hits: dict[int, list[int]] = field(default_factory=dict)
    index: dict[tuple, int] = field(default_factory=dict)
    parents: array = field(default_factory=lambda: array("l"))
    expanded: int = 0

    @property
    def transitions(self) -> int:
        return len(self.targets)

    def edges(self, n: int) -> list[tuple[int, int]]:
        """``(choice, target)`` of every edge that leaves state *n*."""
        a, b = self.offsets[n], self.offsets[n + 1]
        return list(zip(self.labels[a:b], self.targets[a:b], strict=True))


def build(module, scenario, config, *, observe: Collection[str] = (), reduce: bool = True) -> Machine:
    """The machine of a scenario."""
    return Machine(module, scenario, config, observe=observe, reduce=reduce)


def search(machine: Machine, max_states: int = DEFAULT_MAX_STATES) -> Graph:
    """All reachable states of *machine*, and the edges between them.  May be interrupted at any time."""
    collecting = gc.isenabled()
    gc.disable()  # a search makes nothing but tuples, which stay: looking through them again and again costs half of it
    try:
        while True:
            try:
                return _exact(_search(machine, max_states), max_states)
            except HeapFull:
                m = machine
                machine = Machine(
                    m.module,
                    m.scenario,
                    m.config,
                    observe=m.observe,
                    reduce=m.reduce,
                    heap=min(MAX_OBJECTS, m.heap * 2),
                )
    finally:
        if collecting:
            gc.enable()


def _cells(fault: KernelFault, s: tuple) -> tuple:
    """The cells as the faulting step had changed them."""
    tb = fault.__traceback__
    while tb is not None:
        c = tb.tb_frame.f_locals.get("c")
        if tb.tb_frame.f_code.co_filename == "<kthreadlab machine>" and isinstance(c, list):
            s = tuple(c)
        tb = tb.tb_next
    return s


def _exact(graph: Graph, max_states: int) -> Graph:
    """A reduced search lets an operation that nobody can observe be part of the step before it.  Where such a step
    ends in a fault, what could have come in between counts: search again without reduction, as far as the budget
    goes."""
    m = graph.machine
    if not m.reduce or not any(f.cause not in LOOPS for f in graph.faults):
        return graph
    plain = _search(Machine(m.module, m.scenario, m.config, observe=m.observe, reduce=False, heap=m.heap), max_states)
    if plain.complete:
        return plain
    graph.complete = False
    return graph


def _runs_for_ever(machine: Machine, choices: list, s: tuple) -> tuple[int, Pos] | None:
    """Is there a task that, run alone from *s*, makes `RUN_ALONE` steps without coming to rest or back to a state?  Its
    choice, and where it is in its program."""
    for n, e in enumerate(choices):
        if e.external or e.actor < 0:
            continue
        t: tuple | None = s
        seen = set()
        try:
            while t is not None and t[e.st] < 4 and t not in seen:
                seen.add(t)
                if len(seen) > RUN_ALONE:
                    node = machine.nodes[t[e.pc]]
                    return n, (machine.instr(node).pos if node is not None else Pos("", 0))
                t = e.table[t[e.pc]](t)
        except (KernelFault, HeapFull):
            continue
    return None


def _search(machine: Machine, max_states: int) -> Graph:
    choices = machine.internal + machine.external
    inner = [(n, e.pc, e.st, e.table) for n, e in enumerate(choices)]
    machine.hits.clear()
    machine.triggers.clear()
    index = {machine.initial: 0}
    states = [machine.initial]
    offsets, targets, labels = array("l", [0]), array("l"), array("H")
    faults: list[FaultEdge] = []
    number, found = index.setdefault, states.append
    to, by, mark = targets.append, labels.append, offsets.append
    complete = True
    parents = array("l", [-1])
    came_from = parents.append
    count = 1
    here, look = -1, RUN_ALONE_AT
    for s in states:
        here += 1
        if count > look:
            look *= 2
            alone = _runs_for_ever(machine, choices, s)
            if alone is not None:
                n, place = alone
                faults.append(FaultEdge(here, n, "runaway", "", place.file, place.line, s))
                complete = False
                break
        for n, pc, st, table in inner:
            if s[st] > 3:
                continue
            try:
                t = table[s[pc]](s)
            except KernelFault as fault:
                place = place_of(machine, fault)
                faults.append(FaultEdge(here, n, fault.cause, fault.detail, place.file, place.line, _cells(fault, s)))
                continue
            if t is None:
                continue
            k = number(t, count)
            if k == count:
                found(t)
                came_from(here)
                count += 1
            to(k)
            by(n)
        mark(len(targets))
        if count > max_states:
            complete = False
            break
    while len(offsets) <= count:
        mark(len(targets))
    graph = Graph(machine, states, offsets, targets, labels, complete, faults, {}, index, parents, here + 1)
    for violation, state in machine.hits:
        if state in index:
            graph.hits.setdefault(violation, []).append(index[state])
    for seen in graph.hits.values():
        seen.sort()
    return graph
