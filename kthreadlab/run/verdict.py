"""Properties, what a search finds about them, and the verdicts it gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from kthreadlab.compile.config import Config
from kthreadlab.compile.hooks import Observer
from kthreadlab.compile.limits import Budget
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import spinners

from .breaks import Breaks
from .graph import Paths
from .search import DEFAULT_MAX_STATES, LOOPS, FaultEdge, Graph, build, search
from .words import FAILS, FOLLOWS, HOLDS, NOT_DECIDED, NOT_EXERCISED


@dataclass(frozen=True)
class Finding:
    """How a property fails: at state *state*, by the choice of actor *actor* (``hit``, ``fault``: the step that does
    it), at rest (``dead``), or for ever (``cycle``, on the component *part*).  *cause* is a key of the hints.  *fault*:
    the machine's own word for the fault, if it is one; *behind*: what is owed was merely unanswered when it came;
    *breaking*: it lies in the very step that breaks the run."""

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
    fault: str = ""
    behind: bool = False
    breaking: bool = False


@dataclass(frozen=True)
class Property:
    """A sentence about all schedules.  *judge* gives every way in which it fails on a searched graph; *trigger* says
    whether the situation it speaks of came about: the key that a machine sets then, or a question to the graph;
    *general* the same where no helper is owed.

    *promise*: it says what comes at last, and is not kept where nothing comes any more.  *faults*: the faults that are
    its to answer for; *broken*: the states in which the machine is broken and it is to blame, with all that come after
    them.  *worst*: causes from the worst on, the others come after them.  *words*: what a witness tells of a finding,
    from the states it goes through."""

    name: str
    id: str
    trigger: Trigger
    judge: Callable[[Analysis], Iterable[Finding]]
    general: Trigger = ""
    promise: bool = False
    faults: frozenset[str] = frozenset()
    broken: Callable[[Analysis], set[int]] | None = None
    worst: tuple[str, ...] = ()
    words: Callable[[Analysis, Finding, list[int]], dict[str, object]] | None = None

    def rank(self, cause: str) -> int:
        """How bad a cause is: 0 is the worst."""
        return self.worst.index(cause) if cause in self.worst else len(self.worst)


Trigger = str | Callable[["Analysis"], bool]


class Analysis:
    """A searched graph as properties see it; *owners* are those that may be to blame for a break, *memo* what has been
    found out once."""

    def __init__(self, graph: Graph, owners: Iterable[Property] = ()) -> None:
        self.graph, self.machine = graph, graph.machine
        self.owners = tuple(owners)
        self.memo: dict = {}
        self.paths = Paths(graph, certain(graph.machine))
        self.triggers = dict(graph.machine.triggers)
        m = self.machine
        w = m.watched
        self.st = m.state_cells[w.index] if w is not None else 0
        self.pc = m.index[f"pc.{w.index}"] if w is not None else 0
        self.kob = m.index.get(f"kob.{w.index}") if w is not None else None
        self._fair: dict[str, list] = {}

    @cached_property
    def breaks(self) -> Breaks:
        """Where runs break, and by whose fault."""
        return Breaks(self, self.owners)

    @cached_property
    def arriving(self) -> Paths:
        """The graph if every call, interrupt and use of a file comes at last."""
        choices = enumerate(self.paths.choices)
        return self.paths.expecting([n for n, e in choices if e.external and e.kind in ("arrival", "write", "read")])

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
                    yield Finding("hit", n, cause, actor, line=pos.line, file=pos.file)

    def faults(self, causes: Iterable[str]) -> Iterable[Finding]:
        wanted = set(causes)
        for f in self.graph.faults:
            if f.cause in wanted:
                actor = self.paths.choices[f.entry].actor
                at = f.line, f.file
                yield Finding("fault", f.source, f.cause, actor, f.entry, *at, detail=f.detail, fault=f.cause)

    def unanswered(self, cell: int, test: Callable[[object], bool], key: str) -> Iterable[Finding]:
        """States in which *test* holds of a cell and the machine never leaves it: at rest, going round for ever
        (``busy``), in a fault."""
        states = self.graph.states
        for n in self.paths.dead_ends:
            if test(states[n][cell]):
                yield Finding("dead", n, "")
        for f in self.graph.faults:
            if test(f.state[cell]):
                yield self.cut_off(f)
        cyclic = self.paths.cyclic()
        if cyclic:
            for part in self.paths.fair_components(n for n in cyclic if test(states[n][cell])):
                yield Finding("cycle", part[0], "busy", part=tuple(part))

    def cut_off(self, f: FaultEdge) -> Finding:
        """What is owed is unanswered at a fault."""
        cause = "busy" if f.cause in LOOPS else "fault"
        who = self.paths.choices[f.entry].actor
        return Finding("fault", f.source, cause, who, f.entry, f.line, f.file, fault=f.cause, behind=True)

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


@dataclass(frozen=True)
class Verdict:
    """What is known of a property after a search: *verdict*, in a word.

    *root*: the property that it follows from, or "".  *holds*: True where it is earned, that is: what it speaks of came
    about, it holds wherever nothing else is broken, and, if it is a promise, it is kept everywhere.  None where it was
    not exercised, or the search was not exhausted.  *witness*: the schedule string of a shortest failing run, on
    *config*.
    """

    name: str
    verdict: str
    exercised: bool
    cause: str = ""
    scenario: str = ""
    finding: Finding | None = None
    states: int = 0
    root: str = ""
    promise: bool = False
    config: Config | None = None
    _witness: Callable[[], Witness] | None = field(default=None, compare=False, repr=False)

    @property
    def holds(self) -> bool | None:
        if self.verdict == FOLLOWS:
            return self.exercised and not self.promise
        return {HOLDS: True, FAILS: False}.get(self.verdict)

    @property
    def fails(self) -> bool:
        return self.verdict == FAILS

    @property
    def sound(self) -> bool:
        """Is there nothing against it?"""
        return self.verdict in (HOLDS, NOT_EXERCISED)

    @property
    def witness(self) -> str:
        return self._witness().schedule if self._witness is not None else ""

    @property
    def words(self) -> Mapping[str, object]:
        """What its witness tells of the failure, for a sentence about it."""
        return self._witness().words if self._witness is not None else {}


@dataclass(frozen=True)
class Witness:
    """The schedule string of a shortest failing run, and what it tells of the failure."""

    schedule: str
    words: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


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
        failing = [n for n, v in self.verdicts.items() if v.fails]
        end = "" if self.complete else ", not exhausted"
        return (
            f"<Exploration of {self.scenario}: {self.states:,} states{end}; fails: {', '.join(failing) or 'nothing'}>"
        )


def judge(analysis: Analysis, property_: Property) -> Verdict:
    """The verdict on a searched graph.  Of several findings the worst counts, then the earliest."""
    p, breaks = property_, analysis.breaks
    scenario, states = analysis.machine.scenario.name, len(analysis.graph.states)
    findings = sorted(p.judge(analysis), key=lambda f: (f.state, f.kind, f.actor))
    own = [f for f in findings if breaks.blames(p.name, f)]
    exercised = analysis.exercised(p)
    finding, root = None, ""
    if own:
        word, finding = FAILS, min(own, key=lambda f: p.rank(f.cause))
    elif not analysis.graph.complete:
        word = NOT_DECIDED
    elif findings:
        word, finding = FOLLOWS, findings[0]
        root = breaks.root(p.name, finding)
    else:
        word = HOLDS if exercised else NOT_EXERCISED
    witness = _remembered(analysis, p, finding) if finding else None
    cause = finding.cause if finding else ""
    config = analysis.machine.config
    return Verdict(p.name, word, exercised, cause, scenario, finding, states, root, p.promise, config, witness)


def _remembered(analysis: Analysis, property_: Property, finding: Finding) -> Callable[[], Witness]:
    """The witness of *finding*, looked for when somebody asks, and once."""
    found: list[Witness] = []

    def witness() -> Witness:
        from .witness import witness_of

        if not found:
            found.append(witness_of(analysis, property_, finding))
        return found[0]

    return witness


def explore(
    module,
    scenario,
    config: Config = Config(),  # noqa: B008  (frozen)
    properties: Iterable[Property] = (),
    max_states: int | Budget = DEFAULT_MAX_STATES,
    reduce: bool = True,
    owners: Iterable[Property] = (),
    observers: Sequence[Observer] = (),
) -> Exploration:
    """Search every schedule of *module* in *scenario* on *config*, and decide *properties*; *owners*: what else may be
    to blame for a break; *observers*: what they need of those."""
    properties = tuple(properties)
    start = time.perf_counter()
    budget = Budget.of(max_states)
    machine = build(module, scenario, config, observers=observers, reduce=reduce, budget=budget)
    graph = search(machine, budget)
    analysis = Analysis(graph, dict.fromkeys((*properties, *owners)))
    verdicts = {p.name: judge(analysis, p) for p in properties}
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
    verdicts = {p.name: Verdict(p.name, NOT_DECIDED, False, scenario=scenario.name) for p in properties}
    return Exploration(0, 0, False, verdicts, scenario.name, config, 0, bug, limit)
