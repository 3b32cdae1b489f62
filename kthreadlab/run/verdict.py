"""Properties, what a search finds about them, and the verdicts it gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kthreadlab.machine.config import Config
from kthreadlab.machine.limits import Budget
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import spinners

from .graph import Paths
from .search import DEFAULT_MAX_STATES, LOOPS, Graph, build, search


@dataclass(frozen=True)
class Finding:
    """How a property fails: at state *state*, by the choice of actor *actor* (``hit``, ``fault``: the step that does
    it), at rest (``dead``), or for ever (``cycle``, on the component *part*).  *cause* is a key of the hints."""

    kind: str
    state: int
    cause: str
    actor: int = -1
    entry: int = -1
    line: int = 0
    file: str = ""
    part: tuple[int, ...] = ()
    id: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Property:
    """A sentence about all schedules.  *judge* gives every way in which it fails on a searched graph; *trigger* is
    the key that a machine sets when the situation it speaks of came about."""

    name: str
    id: str
    trigger: str
    judge: Callable[[Analysis], Iterable[Finding]]


class Analysis:
    """A searched graph as properties see it."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.machine = graph, graph.machine
        self.paths = Paths(graph)
        self.triggers = dict(graph.machine.triggers)
        m = self.machine
        w = m.watched
        self.st = m.state_cells[w.index] if w is not None else 0
        self.pc = m.index[f"pc.{w.index}"] if w is not None else 0
        self.kob = m.index.get(f"kob.{w.index}") if w is not None else None
        self._fair: dict[str, list] = {}

    def cell(self, name: str) -> int | None:
        """Where a cell stands in a state; None if the machine has none of this name."""
        return self.machine.index.get(name)

    def hits(self, name: str) -> Iterable[Finding]:
        """What the machine noticed on the way about property *name*."""
        for violation, state in sorted(self.graph.hits.items(), key=lambda x: x[1]):
            property_, cause, pos, actor = self.machine.violations[violation]
            if property_ == name:
                yield Finding("hit", state, cause, actor, line=pos.line, file=pos.file)

    def faults(self, causes: Iterable[str]) -> Iterable[Finding]:
        wanted = set(causes)
        for f in self.graph.faults:
            if f.cause in wanted:
                actor = self.paths.choices[f.entry].actor
                yield Finding("fault", f.source, f.cause, actor, f.entry, f.line, f.file, detail=f.detail)

    def unanswered(self, cell: int, test: Callable[[object], bool], key: str) -> Iterable[Finding]:
        """States in which *test* holds of a cell and the machine never leaves it: at rest, going round for ever
        (``busy``), in a fault."""
        states = self.graph.states
        for n in self.paths.dead_ends:
            if test(states[n][cell]):
                yield Finding("dead", n, "")
        for f in self.graph.faults:
            if test(f.state[cell]):
                cause = "busy" if f.cause in LOOPS else "fault"
                yield Finding("fault", f.source, cause, self.paths.choices[f.entry].actor, f.entry, f.line, f.file)
        cyclic = self.paths.cyclic()
        if cyclic:
            for part in self.paths.fair_components(n for n in cyclic if test(states[n][cell])):
                yield Finding("cycle", part[0], "busy", part=tuple(part))

    def fair_cycles(self) -> list[list[int]]:
        if "all" not in self._fair:
            cyclic = self.paths.cyclic()
            self._fair["all"] = self.paths.fair_components(cyclic) if cyclic else []
        return self._fair["all"]

    def spinners(self, n: int) -> list[int]:
        """Actors that wait for a lock on a CPU of their own in state *n*."""
        return spinners(self.machine, self.graph.states[n])

    def unborn(self, n: int) -> bool:
        """Has nobody made the watched thread yet in state *n*?"""
        w = self.machine.watched
        return w is not None and self.graph.states[n][self.pc] == self.machine.special.get((w.index, "unborn"))

    def in_helper(self, n: int) -> bool:
        if self.machine.watched is None:
            return False
        node = self.machine.nodes[self.graph.states[n][self.pc]]
        return node is not None and self.machine.in_helper(node)


@dataclass(frozen=True)
class Verdict:
    """What is known of a property after a search.  *holds* None: the search was not exhausted.  *witness*: the schedule
    string of a shortest failing run.  *findings*: all ways to fail, the earliest first."""

    name: str
    holds: bool | None
    exercised: bool
    cause: str = ""
    scenario: str = ""
    finding: Finding | None = None
    states: int = 0
    _witness: Callable[[], str] | None = field(default=None, compare=False, repr=False)

    @property
    def witness(self) -> str:
        return self._witness() if self._witness is not None else ""


@dataclass
class Exploration:
    """The result of `explore`.  *bug*: an error of the engine's own that kept something from being decided, in words,
    or ""; *limit*: what it would have cost too much of, in words, or "".  *seconds* is for display, never compared."""

    states: int
    transitions: int
    complete: bool
    verdicts: dict[str, Verdict]
    scenario: str
    config: Config
    cells: int
    bug: str = ""
    limit: str = ""
    seconds: float = field(default=0.0, compare=False)
    machine: Machine | None = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        failing = [n for n, v in self.verdicts.items() if v.holds is False]
        end = "" if self.complete else ", not exhausted"
        return (
            f"<Exploration of {self.scenario}: {self.states:,} states{end}; fails: {', '.join(failing) or 'nothing'}>"
        )


def judge(analysis: Analysis, properties: Iterable[Property]) -> dict[str, Finding | None]:
    """For each property its earliest finding (or None)."""
    out = {}
    for p in properties:
        findings = sorted(p.judge(analysis), key=lambda f: (f.state, f.kind, f.actor))
        out[p.name] = findings[0] if findings else None
    return out


def explore(
    module,
    scenario,
    config: Config = Config(),  # noqa: B008  (frozen)
    properties: Iterable[Property] = (),
    max_states: int | Budget = DEFAULT_MAX_STATES,
    reduce: bool = True,
) -> Exploration:
    """Search every schedule of *module* in *scenario* on *config*, and decide *properties*."""
    properties = tuple(properties)
    start = time.perf_counter()
    budget = Budget.of(max_states)
    machine = build(module, scenario, config, observe=[p.name for p in properties], reduce=reduce, budget=budget)
    graph = search(machine, budget)
    analysis = Analysis(graph)
    verdicts = {}
    for p in properties:
        findings = sorted(p.judge(analysis), key=lambda f: (f.state, f.kind, f.actor))
        finding = findings[0] if findings else None
        holds = False if finding else (True if graph.complete else None)
        witness = (lambda p=p, f=finding: _witness(analysis, p, f)) if finding else None
        verdicts[p.name] = Verdict(
            p.name,
            holds,
            bool(analysis.triggers.get(p.trigger)),
            finding.cause if finding else "",
            scenario.name,
            finding,
            len(graph.states),
            witness,
        )
    return Exploration(
        len(graph.states),
        graph.transitions,
        graph.complete,
        verdicts,
        scenario.name,
        config,
        graph.machine.layout.size,
        limit=graph.limit,
        seconds=time.perf_counter() - start,
        machine=graph.machine,
    )


def undecided(scenario, config: Config, properties: Iterable[Property], bug: str, limit: str = "") -> Exploration:
    """The result of an exploration that *bug*, or a *limit*, brought to an end."""
    verdicts = {p.name: Verdict(p.name, None, False, scenario=scenario.name) for p in properties}
    return Exploration(0, 0, False, verdicts, scenario.name, config, 0, bug, limit)


def _witness(analysis: Analysis, property_: Property, finding: Finding) -> str:
    from .witness import witness_of

    return witness_of(analysis, property_, finding)
