"""Duels: a schedule by which a person has broken a printed module is judged on the graph of all that can happen.

A property is broken by a run if it is not kept where nobody can move any more, if one of its steps breaks it, or if it
goes round for ever among states in which it is not kept; and if it is to blame for that itself.  The run must be longer
than the shortest, and do what the duel demands: what a search or a hint leads to earns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.labs import refine, words_for
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.replaying import replay
from kthreadlab.checks.texts import sentence
from kthreadlab.compile.limits import Budget
from kthreadlab.play.assets import play_script
from kthreadlab.play.playing import MOST_STATES, Playing, play
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.finding import Finding
from kthreadlab.run.goal import Round, Step, goal_of
from kthreadlab.run.schedule import Schedule, ScheduleError, head, parse
from kthreadlab.run.search import build, search
from kthreadlab.run.verdict import Verdict
from kthreadlab.run.words import FAILS
from kthreadlab.trace.events import Trace

from .earned import MOST_LETTERS, Earned, NotEarned, answer_given
from .items import UNANSWERED, Duel, Visit
from .page import keeping
from .registry import item

LONGEST = 300
"""Characters of a message about an answer that can't be read."""


@dataclass(frozen=True, repr=False)
class Game(Playing):
    """A duel that is played: *schedule* is what its cell holds already, or "?".  *breaks*: there is something to break;
    in a visit there is not."""

    key: str = ""
    schedule: str = UNANSWERED
    breaks: bool = True

    def held(self) -> dict[str, Any]:
        return {**super().held(), "key": self.key, "schedule": self.schedule, "breaks": self.breaks}

    def script(self) -> tuple[str, str]:
        return play_script() + keeping("duel.js"), "duelOf"


def duel(key: str, schedule: str = UNANSWERED) -> Game:
    """Play the duel, or the visit, of that key, from *schedule* on.  No hints are given there.

    :raises InputError: if there is none.
    """
    asked = item(key, Visit)
    goal = asked.property if isinstance(asked, Duel) else ""
    played = play(asked.module, asked.scenario, asked.config, goal, dare=asked.dare, hints=False)
    assert isinstance(played, Playing), f"internal: {key} has more states than a page can hold"
    kept = schedule if isinstance(schedule, str) else UNANSWERED
    return Game(played.boards, played.words, played.worlds, asked.key, kept[:MOST_LETTERS], isinstance(asked, Duel))


def broke(key: str, schedule: str) -> Earned:
    """What a schedule has broken that a person found.

    :raises NotEarned: if it has not, or does not what the duel demands.
    :raises InputError: if there is no duel of that key.
    """
    asked = item(key, Duel)
    wanted, trace = _made(asked, schedule)
    ground = ground_of(asked)
    finding = ground.broken_by(wanted)
    if finding is None:
        raise _missing(asked, ground.not_broken(wanted), trace)
    if len(wanted.steps) <= ground.goal.far[0]:
        raise _missing(
            asked, "this is the shortest way there is, which a search finds, too; find one of your own.", trace
        )
    _refuse_unmet(asked, trace, f"{asked.property} is broken, but not in a run in which")
    says = ground.sentence(finding, trace, [state for state, _ in ground.way(wanted.steps)])
    return Earned(asked, f"{says} {len(wanted.steps)} steps, the fewest are {ground.fewest}.")


def visited(key: str, schedule: str) -> Earned:
    """What a schedule comes to that a person found.

    :raises NotEarned: if it does not do what was asked.
    :raises InputError: if there is nothing of that key to visit.
    """
    asked = item(key, Visit)
    _, trace = _made(asked, schedule)
    _refuse_unmet(asked, trace, "this is not a run in which")
    return Earned(asked, f"{'; '.join(demand.says for demand in asked.demands)}.")


def _made(asked: Visit, answer: object) -> tuple[Schedule, Trace]:
    """A schedule that was given as an answer, and its run."""
    wanted = _read(asked, answer_given(asked, answer))
    try:
        return wanted, replay(asked.module, asked.scenario, asked.config, wanted)
    except ScheduleError as problem:
        raise _missing(asked, f"{shortened(str(problem))}.", problem.until) from None


def _refuse_unmet(asked: Visit, trace: Trace, words: str) -> None:
    unmet = [demand.says for demand in asked.demands if not demand.met(trace)]
    if unmet:
        raise _missing(asked, f"{words} {unmet[0]}.", trace)


def _read(asked: Visit, text: str) -> Schedule:
    try:
        return parse(text)
    except ScheduleError as problem:
        raise NotEarned(asked, f"{shortened(str(problem))}.") from None


def shortened(text: str) -> str:
    """A message about what somebody may have pasted, as long as anybody reads."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _missing(asked: Visit, text: str, trace: Trace | None) -> NotEarned:
    refusal = NotEarned(asked, text)
    if trace is not None:
        refusal.trace = lambda: trace
    return refusal


class Ground:
    """All that can happen in a duel, and how its property stands in each state."""

    def __init__(self, asked: Duel) -> None:
        self.property = PROPERTIES[asked.property]
        budget = Budget.of(MOST_STATES)
        watching = observers_for([asked.property])
        machine = build(asked.module, asked.scenario, asked.config, observers=watching, reduce=False, budget=budget)
        self.graph = search(machine, budget)
        assert self.graph.complete, f"internal: {asked.key} has more states than a page can hold"
        self.analysis = Analysis(self.graph, PROPERTIES.values())
        self.goal = goal_of(self.analysis, self.property)
        self.head = "@".join(head(asked.module, asked.scenario, asked.config))

    @property
    def fewest(self) -> int:
        """The fewest steps by which the property is broken."""
        return self.goal.far[0]

    def way(self, steps: tuple[str, ...]) -> list[Step]:
        """The states that *steps* begin in and the choices that they are, and where they end, with choice -1.  A step
        that ends in a fault is the last."""
        choices, faults = self.analysis.paths.choices, {(f.source, f.entry) for f in self.graph.faults}
        here, way = 0, []
        for name in steps:
            open_ = dict(self.graph.edges(here))
            stops = {c for n, c in faults if n == here}
            choice = min(c for c in {*open_, *stops} if choices[c].name == name)
            way.append((here, choice))
            if choice in stops:
                return way
            here = open_[choice]
        return [*way, (here, -1)]

    def broken_by(self, schedule: Schedule) -> Finding | None:
        """How the property is broken by a run; None: it isn't."""
        way = self.way(schedule.steps)
        end, breaking = way[-1][0], set(way) & self.goal.breaking
        circle = way[len(schedule.steps) - schedule.cycle : -1] if schedule.cycle else []
        goes_round = any(_fair(one, circle) for one in self.goal.rounds) if circle else False
        breaks, name = self.analysis.breaks, self.property.name
        findings = [f for f in self.property.judge(self.analysis) if breaks.blames(name, f)]
        for f in findings:
            if f.kind == "dead" and f.state == end and not circle:
                return f
            if f.kind == "cycle" and goes_round and end in f.part:
                return f
            if f.kind == "hit" and breaking & {(n, c) for n, c in way if n in f.part}:
                return f
            if f.kind == "fault" and breaking:
                alike = {(f.state, f.entry), *((x.source, x.entry) for x in self.analysis.alike(self.property, f))}
                for n, _ in breaking & alike:
                    return replace(f, state=n)
        if end in breaks.own(name) and not circle:
            return next((replace(f, state=end) for f in findings if f.kind == "dead"), None)
        return None

    def not_broken(self, schedule: Schedule) -> str:
        """Why a run that can be made does not break the property, in a sentence."""
        name, end = self.property.name, self.way(schedule.steps)[-1][0]
        if end in self.goal.behind:
            return f"something else is broken here, and {name} only follows from that."
        if self.goal.far[end] < 0:
            return f"{name} holds at the end of it, and nobody can break it any more from there."
        return f"{name} is not broken at the end of it: go on, until nobody can move or it goes round for ever."

    def sentence(self, finding: Finding, trace: Trace, states: list[int]) -> str:
        """What is broken by a run through *states*, as a report says it."""
        m, p = self.analysis.machine, self.property
        verdict = Verdict(p.name, FAILS, True, finding.cause, m.scenario.name, finding)
        told = p.words(self.analysis, finding, states) if p.words is not None else {}
        return sentence(p.name, refine(verdict, trace), **{**words_for(verdict, trace, m.scenario), **told})


def _fair(round_: Round, circle: list[Step]) -> bool:
    """May a run go round *circle* for ever, leaving nobody out who must get a turn?"""
    places = {n: k for k, n in enumerate(round_.states)}
    if any(n not in places for n, _ in circle):
        return False
    made, at = {c for _, c in circle}, [places[n] for n, _ in circle]
    owed = (t for t in round_.turns if all(t.runnable[k] for k in at) and any(t.able[k] for k in at))
    return all(made & turn.choices for turn in owed)


@lru_cache(maxsize=8)
def _ground(key: str, digest: str) -> Ground:
    return Ground(item(key, Duel))


def ground_of(asked: Duel) -> Ground:
    """All that can happen in a duel, remembered."""
    return _ground(asked.key, asked.module.digest)
