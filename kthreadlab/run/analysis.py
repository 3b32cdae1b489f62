"""A searched graph as properties see it, and what a property is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from kthreadlab.compile.cells import Cell
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import spinners

from .breaks import Breaks
from .finding import Finding
from .graph import Paths
from .search import LOOPS, FaultEdge, Graph

T = TypeVar("T")


@dataclass(frozen=True)
class Property:
    """A sentence about all schedules.  *judge* gives every way in which it fails on a searched graph; *trigger* says
    whether the situation it speaks of came about: the key that a machine sets then, or a question to the graph;
    *general* the same where no helper is owed; *reads*: the machine's keys that such questions look at.

    *promise*: it says what comes at last, and is not kept where nothing comes any more.  *faults*: the faults that are
    its to answer for; *broken*: the states in which the machine is broken and it is to blame, with all that come after
    them.  *worst*: causes from the worst on, the others come after them.  *words*: what a witness tells of a finding,
    from the states it goes through."""

    name: str
    id: str
    trigger: Trigger
    judge: Callable[[Analysis], Iterable[Finding]]
    general: Trigger = ""
    reads: tuple[str, ...] = ()
    promise: bool = False
    faults: frozenset[str] = frozenset()
    broken: Callable[[Analysis], set[int]] | None = None
    worst: tuple[str, ...] = ()
    words: Callable[[Analysis, Finding, list[int]], dict[str, object]] | None = None

    @property
    def asks(self) -> set[str]:
        """The keys of the machine that say whether what it speaks of came about."""
        return {*self.reads, *(key for key in (self.trigger, self.general) if isinstance(key, str))}

    def rank(self, cause: str) -> int:
        """How bad a cause is: 0 is the worst."""
        return self.worst.index(cause) if cause in self.worst else len(self.worst)


Trigger = str | Callable[["Analysis"], bool]


class Analysis:
    """A searched graph as properties see it; *owners* are those that may be to blame for a break."""

    def __init__(self, graph: Graph, owners: Iterable[Property] = ()) -> None:
        self.graph, self.machine = graph, graph.machine
        self.owners = tuple(owners)
        self._memo: dict[Hashable, object] = {}
        self.paths = Paths(graph, certain(graph.machine))
        self.triggers = dict(graph.machine.triggers)
        m = self.machine
        w = m.watched
        self.st = m.state_cells[w.index] if w is not None else 0
        self.pc = m.index[f"pc.{w.index}"] if w is not None else 0
        self.kob = m.index.get(f"kob.{w.index}") if w is not None else None

    @cached_property
    def breaks(self) -> Breaks:
        """Where runs break, and by whose fault."""
        zones = {p.name: p.broken(self) for p in self.owners if p.broken is not None}
        return Breaks(self.paths, zones, {cause: p.name for p in reversed(self.owners) for cause in p.faults})

    @cached_property
    def arriving(self) -> Paths:
        """The graph if every call, interrupt and use of a file comes at last."""
        choices = enumerate(self.paths.choices)
        return self.paths.expecting([n for n, e in choices if e.external and e.kind in ("arrival", "write", "read")])

    def once(self, key: Hashable, look: Callable[[], T]) -> T:
        """What *look* finds out, which it does once for each *key*."""
        if key not in self._memo:
            self._memo[key] = look()
        return cast(T, self._memo[key])

    def exercised(self, property_: Property) -> bool:
        """Did what *property_* speaks of ever come about?"""
        owed = self.machine.helper_owed or not property_.general
        trigger = property_.trigger if owed else property_.general
        return bool(self.triggers.get(trigger) if isinstance(trigger, str) else trigger(self))

    def cell(self, name: str) -> int | None:
        """Where a cell stands in a state; None if the machine has none of this name."""
        return self.machine.index.get(name)

    def hits(self, name: str, counts: Callable[[str, int], bool] = lambda cause, state: True) -> Iterable[Finding]:
        """What the machine noticed on the way about property *name*: each at its earliest, and at its earliest that
        is not behind another's break.  *counts*: whether it is one there."""
        for violation, states in sorted(self.graph.hits.items(), key=lambda x: x[1][0]):
            property_, cause, pos, actor = self.machine.violations[violation]
            states = [n for n in states if counts(cause, n)] if property_ == name else []
            if states:
                own = next((n for n in states if self.breaks.open(name, n)), states[0])
                for n in sorted({states[0], own}):
                    yield Finding("hit", n, cause, actor, line=pos.line, file=pos.file, part=tuple(states))

    def faults(self, causes: Iterable[str]) -> Iterable[Finding]:
        """The faults of these kinds that the search has met."""
        wanted = set(causes)
        for f in self.earliest(f for f in self.graph.faults if f.cause in wanted):
            actor = self.paths.choices[f.entry].actor
            at = f.line, f.file
            yield Finding("fault", f.source, f.cause, actor, f.entry, *at, detail=f.detail, fault=f.cause)

    def earliest(self, faults: Iterable[FaultEdge]) -> Iterator[FaultEdge]:
        """Those that may be shown: of faults alike the first, and all those behind a break, which may be another's."""
        seen = set()
        for f in faults:
            alike = f.entry, f.cause, f.line, f.file
            if f.source in self.breaks.broken:
                yield f
            elif alike not in seen:
                seen.add(alike)
                yield f

    def alike(self, property_: Property, finding: Finding) -> Iterator[FaultEdge]:
        """All the faults that *finding*, the first of them, stands for, and for which the property is to blame."""
        if finding.behind or finding.fault not in property_.faults:
            return
        for f in self.graph.faults:
            same = (f.entry, f.cause, f.line, f.file) == (finding.entry, finding.fault, finding.line, finding.file)
            if same and self.breaks.open(property_.name, f.source):
                yield f

    def unanswered(self, cell: int, test: Callable[[Cell], bool]) -> Iterable[Finding]:
        """States in which *test* holds of a cell and the machine never leaves it: at rest, going round for ever
        (``busy``), in a fault."""
        states = self.graph.states
        for n in self.paths.dead_ends:
            if test(states[n][cell]):
                yield Finding("dead", n, "")
        for f in self.graph.faults:
            if test(f.state[cell]):
                yield self.cut_off(f)
        for part in self.paths.fair_components(n for n in self.paths.staying if test(states[n][cell])):
            yield Finding("cycle", part[0], "busy", part=tuple(part))

    def cut_off(self, f: FaultEdge) -> Finding:
        """What is owed is unanswered at a fault."""
        cause = "busy" if f.cause in LOOPS else "fault"
        who = self.paths.choices[f.entry].actor
        return Finding("fault", f.source, cause, who, f.entry, f.line, f.file, fault=f.cause, behind=True)

    def fair_cycles(self) -> list[list[int]]:
        """The cycles on which the machine may stay for ever."""
        return self.paths.lasting

    def spinners(self, n: int) -> list[int]:
        """Actors that wait for a lock on a CPU of their own in state *n*."""
        return spinners(self.machine, self.graph.states[n])

    def unborn(self, n: int) -> bool:
        """Has nobody made the watched thread yet in state *n*?"""
        w = self.machine.watched
        return w is not None and self.graph.states[n][self.pc] == self.machine.special.get((w.index, "unborn"))

    def in_helper(self, n: int) -> bool:
        """Does the watched thread wait inside call_usermodehelper in state *n*?"""
        if self.machine.watched is None:
            return False
        node = self.machine.nodes[self.graph.states[n][self.pc]]
        return node is not None and self.machine.in_helper(node)


def certain(machine: Machine) -> list[int]:
    """The external choices that a scenario says will come."""
    calls = {a.index for a in machine.actors if getattr(a.call, "certain", False)}
    signals = iter(machine.scenario.signals)
    out = []
    for n, e in enumerate(machine.external, len(machine.internal)):
        sure = next(signals).certain if e.kind == "signal" else e.kind == "arrival" and e.actor in calls
        if sure:
            out.append(n)
    return out
