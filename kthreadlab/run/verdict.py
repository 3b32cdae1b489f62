"""The verdicts that a search gives on properties."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kthreadlab.compile.config import Config
from kthreadlab.compile.hooks import Observer
from kthreadlab.compile.limits import Budget
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Scenario

from .analysis import Analysis, Property
from .finding import Finding
from .search import DEFAULT_MAX_STATES, build, search
from .witness import Witness, witness_of
from .words import FAILS, FOLLOWS, HOLDS, NOT_DECIDED, NOT_EXERCISED


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
        """Is it earned?  None where nobody knows, or nothing came about."""
        if self.verdict == FOLLOWS:
            return self.exercised and not self.promise
        return {HOLDS: True, FAILS: False}.get(self.verdict)

    @property
    def shown(self) -> Finding:
        """The finding, which there is wherever it fails or follows."""
        assert self.finding is not None
        return self.finding

    @property
    def fails(self) -> bool:
        """Does it fail by itself?"""
        return self.verdict == FAILS

    @property
    def sound(self) -> bool:
        """Is there nothing against it?"""
        return self.verdict in (HOLDS, NOT_EXERCISED)

    @property
    def witness(self) -> str:
        """The schedule string of a shortest failing run, or ""."""
        return self._witness().schedule if self._witness is not None else ""

    @property
    def words(self) -> Mapping[str, object]:
        """What its witness tells of the failure, for a sentence about it."""
        return self._witness().words if self._witness is not None else {}


@dataclass
class Exploration:
    """The result of `explore`.  *bug*: an error of the engine's own that kept something from being decided, in words,
    or ""; *limit*: what it would have cost too much of, in words, or "".  *seconds* is for display, never compared.
    *drawn* draws its map (`map`), if there is somebody who does."""

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
    drawn: Callable[[Exploration, str], object] | None = field(default=None, compare=False, repr=False)

    def map(self, property: str = "") -> object:
        """All states, as a map that shows itself: of *property*, or the first that fails, or the first, with a witness
        if it fails.  Raises ValueError for a property that was not decided, or where nobody draws (`kthreadlab.explore`
        gives a result that can be drawn)."""
        if self.drawn is None:
            raise ValueError("nobody draws this exploration: kthreadlab.explore gives one that has a map")
        return self.drawn(self, property)

    def __repr__(self) -> str:
        failing = [n for n, v in self.verdicts.items() if v.fails]
        end = "" if self.complete else ", not exhausted"
        return (
            f"<Exploration of {self.scenario}: {self.states:,} states{end}; fails: {', '.join(failing) or 'nothing'}>"
        )


def judge(analysis: Analysis, property_: Property) -> Verdict:
    """The verdict on a searched graph.  Of several findings the worst counts, then the earliest."""
    p = property_
    scenario, states = analysis.machine.scenario.name, len(analysis.graph.states)
    findings = sorted(p.judge(analysis), key=lambda f: (f.state, f.kind, f.actor))
    own = [f for f in findings if analysis.breaks.blames(p.name, f)]
    exercised = analysis.exercised(p)
    finding, root = None, ""
    if own:
        word, finding = FAILS, min(own, key=lambda f: p.rank(f.cause))
    elif not analysis.graph.complete:
        word = NOT_DECIDED
    elif findings:
        word, finding = FOLLOWS, findings[0]
        root = analysis.breaks.root(p.name, finding)
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
        """The schedule string of a shortest failing run, or ""."""
        if not found:
            found.append(witness_of(analysis, property_, finding))
        return found[0]

    return witness


def explore(
    module: KernelModule,
    scenario: Scenario,
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
    machine = build(module, scenario, config, observers=observers, reduce=reduce, exact=not reduce, budget=budget)
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


def undecided(
    scenario: Scenario, config: Config, properties: Iterable[Property], bug: str, limit: str = ""
) -> Exploration:
    """The result of an exploration that *bug*, or a *limit*, brought to an end."""
    verdicts = {p.name: Verdict(p.name, NOT_DECIDED, False, scenario=scenario.name) for p in properties}
    return Exploration(0, 0, False, verdicts, scenario.name, config, 0, bug, limit)
