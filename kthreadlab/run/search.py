"""Every schedule: a complete breadth-first search over the states of a machine.

A state is a tuple; the reachable ones have numbers in the order of discovery (`states`), so the first path to anything
is a shortest one.  Nothing is bounded by time: a `Budget` bounds states and memory, and a search
that reaches it says that it is not complete, and why.
"""

from __future__ import annotations

import gc
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from kthreadlab.compile.actor import Entry
from kthreadlab.compile.actor import never as nothing
from kthreadlab.compile.cells import State
from kthreadlab.compile.config import Config
from kthreadlab.compile.faults import place_of
from kthreadlab.compile.hooks import Observer
from kthreadlab.compile.limits import MAX_STATES, Budget, LimitReached
from kthreadlab.compile.runtime import MAX_OBJECTS, HeapFull, KernelFault, Wide
from kthreadlab.lang.ir import Pos
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Scenario

from .counters import counter
from .states import MANY, Halves, States

DEFAULT_MAX_STATES = MAX_STATES
HEAP_GROWS = 4
"""So many times as many heap cells a machine gets that has too few."""
LOOPS = ("runaway", "endless_loop")
"""Faults of a task that goes on for ever, and never comes to rest."""
RUN_ALONE = 10_000
"""A task that makes so many steps alone and never comes to rest never will."""
RUN_ALONE_AT = 500
"""After how many states (then twice as many, and so on) the search looks for such a task."""
WEIGHED, HEAVY = 2_000, 1_000_000
"""So many new states, or new states of so many bytes, are weighed by the last `SAMPLE` of them."""
SAMPLE, GROWTH = 8, 4
"""At first, when `GROWTH` times as many have come as there were."""
LOOKED_AT = 32
"""What so many states that were looked at last hold is not weighed again in those found from them."""
OFTEN = 4
"""A long array counts so many times: it is made, hashed and compared whenever somebody comes to the state."""
BESIDE = 200
"""Bytes that are kept beside a state: its number, its place in the index, its edges."""


@dataclass(frozen=True)
class FaultEdge:
    """A step that ended in a fault: from state *source* by choice *entry*; *cause* and *detail* as the machine saw it.
    *state*: the cells when it happened.  *col*: the column, if that is known."""

    source: int
    entry: int
    cause: str
    detail: str
    file: str
    line: int
    state: State = ()
    col: int = -1


@dataclass
class Graph:
    """The reachable states and the edges between them.

    *states*: in order of discovery, number 0 is the initial one. *offsets*, *targets*, *labels*: the edges leaving
    state *n* are ``offsets[n]:offsets[n + 1]``, the internal ones ``offsets[n]:middles[n]``; a label is the number of
    the choice, of which the internal ones come first. *faults*: steps that ended the path. *hits*: violations noted on
    the way, each with the states in which it was, the earliest first. *limit*: why it is not complete, in words, or "".
    """

    machine: Machine
    states: Sequence[State]
    offsets: array[int]
    targets: array[int]
    labels: array[int]
    complete: bool
    faults: list[FaultEdge] = field(default_factory=list)
    hits: dict[int, list[int]] = field(default_factory=dict)
    expanded: int = 0
    limit: str = ""

    @cached_property
    def middles(self) -> array[int]:
        """Where the internal edges of each state end: labels of a state go upwards."""
        first = len(self.machine.internal)
        ends = pairwise(self.offsets)
        return array("i", [bisect_left(self.labels, first, a, b) for a, b in ends])

    @cached_property
    def parents(self) -> array[int]:
        """From which state each was found, where the first edge to it begins; of the initial one -1."""
        found, count = array("i", [-1]), 1
        for n, (a, b) in enumerate(pairwise(self.offsets)):
            for t in self.targets[a:b]:
                if t == count:
                    found.append(n)
                    count += 1
        return found

    @property
    def transitions(self) -> int:
        """How many edges there are."""
        return len(self.targets)

    def edges(self, n: int) -> list[tuple[int, int]]:
        """``(choice, target)`` of every edge that leaves state *n*."""
        a, b = self.offsets[n], self.offsets[n + 1]
        return list(zip(self.labels[a:b], self.targets[a:b], strict=True))

    def internal_edges(self, n: int) -> list[tuple[int, int]]:
        """The internal ones of `edges`."""
        a, b = self.offsets[n], self.middles[n]
        return list(zip(self.labels[a:b], self.targets[a:b], strict=True))


def build(
    module: KernelModule,
    scenario: Scenario,
    config: Config,
    *,
    observers: Sequence[Observer] = (),
    reduce: bool = True,
    exact: bool = True,
    budget: Budget | None = None,
) -> Machine:
    """The machine of a scenario, watched by *observers*; *reduce* and *exact* as for `Machine.of`.  Raises
    `LimitReached` if it would cost more than *budget*."""
    heap = budget.heap if budget is not None else Budget.heap
    return Machine.of(
        module, scenario, config, observers=observers, reduce=reduce, exact=exact, heap=heap, budget=budget
    )


def search(machine: Machine, max_states: int | Budget = DEFAULT_MAX_STATES) -> Graph:
    """All reachable states of *machine*, and the edges between them.  May be interrupted at any time."""
    budget = Budget.of(max_states)
    states, size = budget.states, budget.size
    collecting = gc.isenabled()
    gc.disable()  # a search makes nothing but tuples, which stay: looking through them again and again costs half of it
    try:
        while True:
            machine.meter.charge(budget)
            try:
                return _exact(_search(machine, budget), budget, states, size)
            except HeapFull:
                budget.states, budget.size = states, size
                budget.heap = min(MAX_OBJECTS, machine.heap * HEAP_GROWS)
                machine = machine.again(reduce=machine.reduce, exact=machine.exact, heap=budget.heap, budget=budget)
    finally:
        if collecting:
            gc.enable()


def cells_at(fault: KernelFault, s: State) -> State:
    """The cells as the faulting step had changed them."""
    tb = fault.__traceback__
    while tb is not None:
        c = tb.tb_frame.f_locals.get("c")
        if tb.tb_frame.f_code.co_filename == "<kthreadlab machine>" and isinstance(c, list):
            s = tuple(c)
        tb = tb.tb_next
    return s


def _exact(graph: Graph, budget: Budget, states: int, size: int) -> Graph:
    """A reduced search lets an operation that nobody can observe be part of the step before it.  Where such a step
    ends in a fault, what could have come in between counts: search again without reduction, as far as the budget
    goes, of which the reduced search has had *states* and *size*; where that is not enough, what the reduced search has
    found counts if nothing could have come in between (`at_once`).  A heap that fills up is no such fault: what could
    have come in between is there with fewer objects, too."""
    m = graph.machine
    if not m.reduce or not graph.complete or all(f.cause in (*LOOPS, "heap_full") for f in graph.faults):
        return graph
    left = budget.states, budget.size
    budget.states, budget.size = states, size
    try:
        plain = _search(m.again(reduce=False, heap=m.heap, budget=budget), budget)
    except LimitReached as limit:
        graph.limit = limit.reason
    else:
        if plain.complete:
            return plain
        graph.limit = plain.limit
    finally:
        budget.states, budget.size = min(left[0], budget.states), min(left[1], budget.size)
    graph.complete = all(at_once(graph, f) for f in graph.faults)
    if graph.complete:
        graph.limit = ""
    return graph


def at_once(graph: Graph, f: FaultEdge) -> bool:
    """Did the operation that was chosen end in this fault itself, and none that is part of its step?  Then there is
    nothing between the two that could have come first."""
    m = graph.machine
    entry = (m.internal + m.external)[f.entry]
    node = m.nodes[graph.states[f.source][entry.pc]] if entry.actor >= 0 else None
    if node is None:
        return False
    a, pos = m.actors[node.actor], m.instr(node).pos
    here = f.file, f.line, f.col
    chained = {(i.pos.file, i.pos.line, i.pos.col) for i in (a.code[p] for p in m.chains[a.index].chained)}
    return (pos.file, pos.line, pos.col) == here and here not in chained


def _runs_for_ever(machine: Machine, choices: list[Entry], s: State) -> tuple[int, Pos] | None:
    """Is there a task that, run alone from *s*, makes `RUN_ALONE` steps without coming to rest or back to a state?  Its
    choice, and where it is in its program."""
    for n, e in enumerate(choices):
        if e.external or e.actor < 0:
            continue
        t: State | None = s
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


def _size(some: list[State], before: list[State]) -> int:
    """The bytes that one of *some* states takes; what they have from the states *before* them takes none."""
    seen = {id(x) for s in before for x in s if isinstance(x, LONG)}
    new = {id(x): x for s in some for x in s if isinstance(x, LONG) and id(x) not in seen}
    return BESIDE + 56 + 8 * len(some[0]) + sum(map(_bytes, new.values())) // len(some)


LONG = tuple, str


def _bytes(x: State | str) -> int:
    if isinstance(x, str):
        return 49 + len(x)
    if isinstance(x, Wide):
        return OFTEN * (56 + 8 * len(x))
    return 56 + 8 * len(x) + sum(_bytes(y) for y in x if isinstance(y, tuple))


class _Pauses:
    """When a search pauses to see whether it has been enough."""

    def __init__(self, machine: Machine, choices: list[Entry], budget: Budget) -> None:
        self.machine, self.choices, self.budget = machine, choices, budget
        self.most, self.look, self.weighed, self.size = budget.states, RUN_ALONE_AT, 0, 0

    def account(self, states: States | Halves, here: int) -> None:
        """Pay for the states that are new where state *here* is the next to be looked at.  Raises `LimitReached` if
        there are too many."""
        count = len(states)
        first = max(0, count - SAMPLE)
        known = max(1, min(here, first))
        last, looked_at = range(first, count), range(max(0, known - LOOKED_AT), known)
        self.size = _size([states[n] for n in last], [states[n] for n in looked_at])
        self.budget.size -= (count - self.weighed) * self.size
        self.budget.states = max(0, self.most - count)
        self.weighed = count
        if count > self.most:
            raise LimitReached(f"more than {self.most:,} states{counter(self.machine, states)}")
        if self.budget.size < 0:
            raise LimitReached(f"{count:,} states are too large to be kept{counter(self.machine, states)}")

    def pause(self, states: States | Halves, here: int) -> int:
        """Pay, and look for a task that never comes to rest.  How many states there will be at the next pause."""
        self.account(states, here)
        count = len(states)
        if count > self.look:
            self.look *= 2
            found = _runs_for_ever(self.machine, self.choices, states[here])
            if found is not None:
                raise _Runaway(self.choices[found[0]].name, *found)
        more = min(WEIGHED, max(SAMPLE, GROWTH * count), 1 + HEAVY // self.size)
        return min(self.most, self.look, count + more) + 1


class _Runaway(LimitReached):
    """A task never comes to rest: by choice *entry*, at *place* of its program."""

    def __init__(self, name: str, entry: int, place: Pos) -> None:
        super().__init__(f"{name} never comes to rest")
        self.entry, self.place = entry, place


def _search(machine: Machine, budget: Budget) -> Graph:
    choices = machine.internal + machine.external
    inner = [(n, e.pc, e.st, e.table) for n, e in enumerate(choices)]
    machine.hits.clear()
    machine.triggers.clear()
    states: States | Halves = States(machine.initial)
    offsets, targets, labels = array("i", [0]), array("i"), array("B" if len(choices) <= 0x100 else "H")
    faults: list[FaultEdge] = []
    to, by, mark = targets.append, labels.append, offsets.append
    why, never = "", nothing
    count, next_pause, most = 1, 1, MANY
    pauses = _Pauses(machine, choices, budget)
    try:
        while len(offsets) <= count:
            number, found = states.add, states.keep
            for s in states.after(len(offsets) - 1):
                if count >= next_pause:
                    next_pause = pauses.pause(states, len(offsets) - 1)
                    if count > most:
                        break
                for n, pc, st, table in inner:
                    if s[st] > 3 or (step := table[s[pc]]) is never:
                        continue
                    try:
                        t = step(s)
                    except KernelFault as fault:
                        place = place_of(machine.line_map, fault)
                        at = place.file, place.line, cells_at(fault, s), place.col
                        faults.append(FaultEdge(len(offsets) - 1, n, fault.cause, fault.detail, *at))
                        continue
                    if t is None:
                        continue
                    k = number(t, count)
                    if k == count:
                        found(t)
                        count += 1
                    to(k)
                    by(n)
                mark(len(targets))
            if count > most and isinstance(states, States):
                states, most = Halves(states), budget.states + count
        pauses.account(states, len(offsets) - 1)
    except LimitReached as limit:
        why = limit.reason
        here = len(offsets) - 1
        if isinstance(limit, _Runaway):
            at = limit.place.file, limit.place.line, states[here], limit.place.col
            faults.append(FaultEdge(here, limit.entry, "runaway", "", *at))
    expanded = len(offsets) - 1
    offsets.extend([len(targets)] * (count - expanded))
    hits = _numbered(machine.hits, states)
    return Graph(machine, states.close(), offsets, targets, labels, not why, faults, hits, expanded, why)


def _numbered(hits: Iterable[tuple[int, State]], states: States | Halves) -> dict[int, list[int]]:
    """In which of the *states* each violation was noticed, the earliest first."""
    found: dict[int, list[int]] = {}
    for violation, state in hits:
        known = states.number(state)
        if known is not None:
            found.setdefault(violation, []).append(known)
    for seen in found.values():
        seen.sort()
    return found
