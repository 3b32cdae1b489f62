"""What `kthreadlab.play` gives: a program of which a person is the scheduler.

It shows itself as HTML that holds every state and its own script, so that it plays without a kernel and without a
network; where no script runs, a sentence stands in its place.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.labs import shown
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, PREEMPT
from kthreadlab.checks.report import Report
from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import Budget, LimitReached
from kthreadlab.compile.runtime import MAX_OBJECTS
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.scenario import Scenario, world
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.goal import Goal, goal_of
from kthreadlab.run.schedule import parse
from kthreadlab.run.search import Graph, build, search
from kthreadlab.run.verdict import Exploration
from kthreadlab.show.host import in_notebook, somebody_plays
from kthreadlab.show.page import STYLE, document, script_json, taken_over
from kthreadlab.show.picture import colours
from kthreadlab.trace.narrate import plain

from .assets import play_script, play_style
from .board import Board, beginning, board, board_json, in_words
from .live import Games, Live
from .still import MOST_DRAWN, map_svg
from .worlds import judged, reason_of, worlds_of

MOST_STATES = 40_000
"""So many states a page can hold: about 350 kB."""
MOST_BESIDE = 5_000
"""So many states may the worlds have together that nobody has asked for."""
MOST_KNOWN = 200_000
"""Of so many it is found out how the goal stands in each, where a kernel answers for them; of more nobody knows."""
DARES = {
    "delivered": "can you make a report that nobody ever answers?",
    "delivered_when_asleep": "can you make it sleep through a report?",
    "no_oops": "can you make it oops?",
    "returns": "can you keep a call from returning?",
    "ends_when_told": "can you keep it from ending when it is told to?",
    "passes_through": "can you get it into a state that it should not be in?",
    "no_data_race": "can you make two of them meet in one variable?",
}
"""What whoever plays is dared to do; of other goals, to break them."""


class TooManyStates(InputError):
    """A program that cannot be played on a page."""


@dataclass(frozen=True)
class Words:
    """What a page is told beside its boards: the property that is to be broken, *dare*: what whoever plays is dared to
    do, *hints*: if it may give any; *mapped*: if it begins with the map, which tells all; *witness*: a
    schedule that is drawn there; *sentence*: what goes wrong in it."""

    goal: str
    dare: str = ""
    hints: bool = True
    mapped: bool = False
    witness: str = ""
    sentence: str = ""

    def data(self) -> Board:
        """As a page reads it."""
        dare = self.dare or DARES.get(self.goal, f"can you break {self.goal}?")
        known = {"goal": self.goal, "dare": dare, "hints": self.hints, "map": self.mapped}
        return {**known, "witness": self.witness, "sentence": self.sentence}


@dataclass(frozen=True, repr=False)
class Playing:
    """Boards of one program, in different worlds, and what is told of them.  *worlds*: all there are, each with the
    number of its board, or with the reason why it has none."""

    boards: Sequence[Board]
    words: Words
    worlds: Sequence[Board] = field(default=())

    def __repr__(self) -> str:
        title, config, size = (self.boards[0][key] for key in ("title", "config", "size"))
        if self.words.mapped:
            return "\n".join(
                [f"{self.goal} in {title} ({config}): {in_words(self.boards[0], self.goal)}", *self._run()]
            )
        return f"Play {title} ({config}): {size:,} states, to be played in a notebook or browser."

    def _run(self) -> Iterator[str]:
        """The run that is drawn on the map, in words."""
        if self.words.witness:
            told = f"It breaks by {self.boards[0]['head']}: {self.words.witness}"
            yield f"{told}\n{self.words.sentence}".rstrip()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = {"text/plain": repr(self)}
        if in_notebook():
            bundle["text/html"] = self.output() if somebody_plays() else self.still()
        return bundle

    @property
    def goal(self) -> str:
        """The property that is to be broken."""
        return self.words.goal

    def map(self) -> Playing:
        """The map of all states, those that are bad in red, with a shortest way to one; and the game below it."""
        return replace(self, words=replace(self.words, mapped=True))

    def still(self) -> str:
        """What stands where no script runs."""
        picture = b64encode(self._picture().encode()).decode()
        how = "To play, trust this notebook (File, Trust Notebook), or run the cell again."
        return (
            f'<figure class="kthreadlab-show kl-figure"><style>{STYLE}</style>\n'
            f'<img alt="{escape(repr(self))}" src="data:image/svg+xml;base64,{picture}">\n'
            f"<p>{escape(repr(self))} {how}</p></figure>"
        )

    def _picture(self) -> str:
        """The map, if that is what it begins with and it is small; else the beginning of the game."""
        first, witness = self.boards[0], self.words.witness
        drawn = self.words.mapped and map_svg(first, self.goal, parse(witness).steps if witness else ())
        return drawn or first_view(first)

    def svg(self) -> str:
        """The map of its states as a picture, without a script.

        :raises TooManyStates: where there are more than a picture shows.
        """
        drawn = self.map()._picture() if self.boards[0]["size"] <= MOST_DRAWN else ""
        if not drawn:
            raise TooManyStates(f"more than {MOST_DRAWN} states are too many for a picture; a page shows them")
        return drawn

    def output(self) -> str:
        """What a notebook stores: it plays wherever it is trusted, with its kernel or without."""
        script, entry = self.script()
        return taken_over(self.still(), script_json(self.held()), play_style(), script, entry)

    def held(self) -> dict[str, Any]:
        """What its page holds, as JSON."""
        first, *others = self.boards
        shared = [key for key in ("source", "movers", "ever") if all(x[key] == first[key] for x in others)]
        boards = [first, *({k: v for k, v in x.items() if k not in shared} for x in others)]
        return {**self.words.data(), "boards": boards, "worlds": list(self.worlds)}

    def script(self) -> tuple[str, str]:
        """Its script, and the function of it that begins the game."""
        return play_script(), "schedulerOf"

    def html(self) -> str:
        """A page of its own, that opens without a server."""
        title = f"{self.boards[0]['title']}: you are the scheduler"
        return document(title, self.output())

    def save(self, path: str | Path) -> Path:
        """Write the page to a file."""
        to = Path(path)
        to.write_text(self.html(), encoding="utf-8", newline="\n")
        return to


@dataclass(frozen=True, repr=False)
class LivePlaying:
    """A game with too many states for a page: a kernel answers for each (`live`)."""

    games: Games
    words: Words

    def __repr__(self) -> str:
        start = self.games.game(0).start()
        return f"Play {start['title']} ({start['config']}): more states than a page holds, to be played in a notebook."

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if not (in_notebook() and somebody_plays()):
            return {"text/plain": repr(self)}
        from .widget import widget

        shown = widget(self.games, self.words.data())._repr_mimebundle_()
        data, *metadata = shown if isinstance(shown, tuple) else (shown,)
        return ({**data, "text/plain": repr(self)}, *metadata)

    @property
    def goal(self) -> str:
        """The property that is to be broken."""
        return self.words.goal

    def html(self) -> str:
        """There is no page of it.

        :raises TooManyStates: always.
        """
        raise TooManyStates(
            f"more than {MOST_STATES:,} states are too many for a page; a notebook's kernel can play it"
        )

    def save(self, path: str | Path) -> Path:
        """Nor can one be written; see `html`."""
        return Path(self.html())

    def map(self) -> LivePlaying:
        """The map, as far as there is one: of all states, or of those that somebody has come to."""
        return replace(self, words=replace(self.words, mapped=True))


def first_view(data: Board) -> str:
    """The beginning of a game as a still picture: who can move, and who can't for which reason."""
    rows = []
    for n, (name, says, can) in enumerate(beginning(data)):
        y = 30 * n + 6
        edge, weight = ("var(--kl-run)", 600) if can else ("var(--kl-rule)", 400)
        rows.append(
            f'<rect x="6" y="{y}" width="4" height="26" fill="{edge}"/>'
            f'<text x="18" y="{y + 17}" font-weight="{weight}" fill="var(--kl-ink)">{escape(name)}</text>'
            f'<text x="140" y="{y + 17}" fill="var(--kl-{"ink" if can else "quiet"})">{escape(says)}</text>'
        )
    size = f'width="440" height="{30 * len(rows) + 8}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kthreadlab-show" {size} font-family="sans-serif" '
        f'font-size="13"><style>{colours()}</style>{"".join(rows)}</svg>'
    )


def play(
    what: KernelModule | Report,
    scenario: Scenario | None = None,
    config: Config | Sequence[Config] = Config(),  # noqa: B008  (frozen)
    goal: str = "",
    *,
    dare: str = "",
    hints: bool = True,
    max_states: int = MOST_STATES,
) -> Playing | LivePlaying:
    """Be the scheduler of a module in *scenario*, and try to break the property *goal* (``delivered``); *dare* says so
    in other words.  Of several configurations the first is shown; those, or the same machine built otherwise, and other
    versions of the kernel can be chosen there.  Without *hints* it gives none, nor tells which states are bad before it
    is broken.  Of a report: of the answer that it is about, where *goal*, or the first failure to look at, fails.

    With more than *max_states* states it is no page: a kernel answers for one after the other (`LivePlaying`).

    :raises InputError: for a goal that there is not.
    :raises TooManyStates: with more than *max_states*, if that is less than a page could hold.
    """
    if isinstance(what, Report):
        return of_report(what, goal, Words(goal, plain(dare), hints), max_states)
    if not isinstance(what, KernelModule) or scenario is None:
        raise InputError("play takes a module (%%kmod makes one) and a Scenario, or the report of a check")
    goal = goal or "delivered"
    if goal not in PROPERTIES:
        raise InputError(f"there is no property {goal!r}; there are: {', '.join(PROPERTIES)}")
    configs = [config] if isinstance(config, Config) else list(config)
    return game(what, scenario, configs, Words(goal, plain(dare), hints), max_states)


def game(
    module: KernelModule, scenario: Scenario, configs: Sequence[Config], words: Words, max_states: int = MOST_STATES
) -> Playing | LivePlaying:
    """The game of a module in a scenario, on the first of *configs*; see `play`."""
    if not configs:
        raise InputError("play takes a Config, or several; not none")
    for config in configs:
        world(module, scenario, config)
    try:
        first = board_of(module, scenario, configs[0], words.goal, max_states)
    except TooManyStates:
        if max_states < MOST_STATES:
            raise
        return live(module, scenario, configs, words)
    return Playing(*_with_others(module, scenario, configs, words, first, max_states))


def live(module: KernelModule, scenario: Scenario, configs: Sequence[Config], words: Words) -> LivePlaying:
    """The game for which a kernel answers, however small it is."""
    make = partial(live_game, module, scenario, goal=words.goal)
    return LivePlaying(Games([judged(module, scenario, x) for x in worlds_of(configs)], make), words)


def _with_others(
    module: KernelModule, scenario: Scenario, configs: Sequence[Config], words: Words, first: Board, most: int
) -> tuple[list[Board], Words, list[Board]]:
    """The boards of all worlds that a page has room for, those that are alike once; and the worlds."""
    boards, told = [first], list[Board]()
    left, beside = most - first["size"], MOST_BESIDE
    numbers = {_alike(first): 0}
    for one in worlds_of(configs):
        said: Board = {"name": one.name, "kind": one.kind, "why": one.why}
        told.append(said)
        if one.config is None:
            continue
        if one.config == configs[0]:
            said["board"] = 0
            continue
        asked = one.config in configs
        try:
            made = board_of(module, scenario, one.config, words.goal, left if asked else min(left, beside))
        except TooManyStates:
            said["why"] = "too many states for this page"
        except ValueError as problem:
            said["why"] = reason_of(problem)
        else:
            number = numbers.setdefault(_alike(made), len(boards))
            if number == len(boards):
                boards.append(made)
                left -= made["size"]
                beside -= 0 if asked else made["size"]
            said |= {"board": number, "config": made["config"], "head": made["head"]}
    return boards, words, told


def _alike(data: Board) -> str:
    """What is the same of boards on which nothing but the machine's name differs."""
    return board_json({key: value for key, value in data.items() if key not in ("config", "head")})


def of_report(
    report: Report, property: str, words: Words = Words(""), max_states: int = MOST_STATES
) -> Playing | LivePlaying:
    """The game of a report's answer, where *property*, or its first failure, or what earns most, is to be looked at."""
    if report.world is None or report.problem:
        raise InputError(f"there is nothing to play yet: {report.problem.partition(chr(10))[0] or 'no answer'}")
    name = property or (report.start or max(report.properties.values(), key=lambda p: p.max_points)).name
    if name not in {*report.properties, *PROPERTIES}:
        raise InputError(f"{report.lab} has no property {name!r}; it has: {', '.join(report.properties)}")
    module, scenario, config, goal = report.world(name)
    if goal not in PROPERTIES:
        raise InputError(f"{name} compares machines, and does not fail: ask for a property that it compares")
    others = [c for c in (ONE_CPU, PREEMPT, A_CPU_EACH) if c != config]
    found = report.properties.get(name)
    words = replace(words, goal=goal)
    if found is not None and found.witness:
        words = replace(words, witness=steps_of(found.witness), sentence=plain(found.sentence))
    return game(module, scenario, [config, *others], words, max_states)


def of_search(found: Exploration, property: str) -> Playing | LivePlaying:
    """The map of what was searched, of *property*, or of what fails there."""
    if found.machine is None:
        raise InputError(f"there is no map: {found.bug or found.limit or 'nothing was searched'}")
    verdicts = found.verdicts
    if property and property not in verdicts:
        raise InputError(f"{property!r} was not asked; there are: {', '.join(verdicts)}")
    failing = (name for name, verdict in verdicts.items() if verdict.fails)
    name = property or next(failing, next(iter(verdicts), ""))
    if not name:
        raise InputError("there is no map: no property was asked for")
    verdict, m = verdicts[name], found.machine
    sentence, witness = shown(found, verdict) if verdict.finding is not None else ("", "")
    words = Words(name, mapped=True, witness=steps_of(witness) if witness else "", sentence=plain(sentence))
    return game(m.module, m.scenario, [verdict.config or m.config], words)


def steps_of(schedule: str) -> str:
    """A schedule without its head."""
    return plain(replace(parse(schedule), where="", digest=""))


def board_of(module: KernelModule, scenario: Scenario, config: Config, goal: str, max_states: int) -> Board:
    """The board on which *goal* is to be broken.

    :raises TooManyStates: if there are more than *max_states*.
    """
    graph = _graph(module, scenario, config, goal, max_states)
    if not graph.complete:
        raise TooManyStates(f"{plain(scenario.name)} on {config} is too large to be played: {graph.limit}")
    return board(graph, [_goal(graph, goal)])


def live_game(module: KernelModule, scenario: Scenario, config: Config, goal: str) -> Live:
    """The same for a kernel that answers for one state after the other."""
    graph = _graph(module, scenario, config, goal, MOST_KNOWN)
    if graph.complete:
        return Live(graph.machine, graph, [_goal(graph, goal)], [goal])
    machine = build(
        module, scenario, config, observers=observers_for([goal]), reduce=False, budget=Budget(heap=MAX_OBJECTS)
    )
    return Live(machine, None, [], [goal])


def _graph(module: KernelModule, scenario: Scenario, config: Config, goal: str, most: int) -> Graph:
    """All states, as far as *most*, with every choice that there is."""
    try:
        budget = Budget.of(most)
        return search(
            build(module, scenario, config, observers=observers_for([goal]), reduce=False, budget=budget), budget
        )
    except LimitReached as limit:
        raise TooManyStates(f"too large to be played: {limit.reason}") from None


def _goal(graph: Graph, goal: str) -> Goal:
    return goal_of(Analysis(graph, PROPERTIES.values()), PROPERTIES[goal])
