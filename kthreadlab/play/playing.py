"""What `kthreadlab.play` gives: a program of which a person is the scheduler.

It shows itself as HTML that holds every state and its own script, so that it plays without a kernel and without a
network; where no script runs, a sentence stands in its place.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

from kthreadlab.checks.catalogue import PROPERTIES
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
from kthreadlab.run.search import Graph, build, search
from kthreadlab.show.host import in_notebook, somebody_plays
from kthreadlab.show.page import STYLE, document, script_json, taken_over
from kthreadlab.show.picture import colours
from kthreadlab.trace.narrate import plain

from .assets import play_script, play_style
from .board import Board, beginning, board
from .live import Live

MOST_STATES = 40_000
"""So many states a page can hold: about 350 kB."""
MOST_KNOWN = 200_000
"""Of so many it is found out how the goal stands in each, where a kernel answers for them; of more nobody knows."""
DARES = {
    "delivered": "can you make a report that nobody ever answers?",
    "delivered_when_asleep": "can you make it sleep through a report?",
    "no_oops": "can you make it oops?",
    "returns": "can you keep a call from returning?",
    "ends_when_told": "can you keep it from ending when it is told to?",
    "no_data_race": "can you make two of them meet in one variable?",
}
"""What whoever plays is dared to do; of other goals, to break them."""


class TooManyStates(InputError):
    """A program that cannot be played on a page."""


def dare_of(goal: str) -> str:
    """What whoever plays is dared to do."""
    return DARES.get(goal, f"can you break {goal}?")


@dataclass(frozen=True, repr=False)
class Playing:
    """Boards of one program, in different worlds, the property that is to be broken, and what whoever plays is dared to
    do: by default to break it.  *mapped*: the map of all states is open, and tells which are bad."""

    boards: Sequence[Board] = field(default=())
    goal: str = "delivered"
    own_dare: str = ""
    mapped: bool = False

    def __repr__(self) -> str:
        title, config, size = (self.boards[0][key] for key in ("title", "config", "size"))
        return f"Play {title} ({config}): {size:,} states, to be played in a notebook or browser."

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = {"text/plain": repr(self)}
        if in_notebook():
            bundle["text/html"] = self.output() if somebody_plays() else self.still()
        return bundle

    def map(self) -> Playing:
        """The same, beginning with the map of all states, those that are bad in red."""
        return replace(self, mapped=True)

    @property
    def dare(self) -> str:
        """What whoever plays is dared to do."""
        return self.own_dare or dare_of(self.goal)

    def still(self) -> str:
        """What stands where no script runs."""
        picture = b64encode(first_view(self.boards[0]).encode()).decode()
        how = "To play, trust this notebook (File, Trust Notebook), or run the cell again."
        return (
            f'<figure class="kthreadlab-show kl-figure"><style>{STYLE}</style>\n'
            f'<img alt="{escape(repr(self))}" src="data:image/svg+xml;base64,{picture}">\n'
            f"<p>{escape(repr(self))} {how}</p></figure>"
        )

    def output(self) -> str:
        """What a notebook stores: it plays wherever it is trusted, with its kernel or without."""
        held = script_json({"boards": list(self.boards), "goal": self.goal, "dare": self.dare, "map": self.mapped})
        return taken_over(self.still(), held, play_style(), play_script(), "schedulerOf")

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

    game: Live
    goal: str
    dare: str

    def __repr__(self) -> str:
        start = self.game.start()
        return f"Play {start['title']} ({start['config']}): more states than a page holds, to be played in a notebook."

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if not (in_notebook() and somebody_plays()):
            return {"text/plain": repr(self)}
        from .widget import widget

        shown = widget(self.game, {"goal": self.goal, "dare": self.dare})._repr_mimebundle_()
        data, *metadata = shown if isinstance(shown, tuple) else (shown,)
        return ({**data, "text/plain": repr(self)}, *metadata)

    def html(self) -> str:
        """There is no page of it.

        :raises TooManyStates: always.
        """
        raise TooManyStates(
            f"more than {MOST_STATES:,} states are too many for a page or a map; a notebook's kernel can play it"
        )

    def save(self, path: str | Path) -> Path:
        """Nor can one be written; see `html`."""
        return Path(self.html())

    def map(self) -> LivePlaying:
        """Nor is there a map of it; see `html`."""
        self.html()
        return self


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
    max_states: int = MOST_STATES,
) -> Playing | LivePlaying:
    """Be the scheduler of a module in *scenario*, and try to break the property *goal* (``delivered``); *dare* says so
    in other words.  Of several configurations the first is shown, and the others can be chosen if they are small
    enough.  Of a report: of the answer that it is about, where *goal*, or the first failure to look at, fails.

    With more than *max_states* states it is no page: a kernel answers for one after the other (`LivePlaying`).

    :raises InputError: for a goal that there is not.
    :raises TooManyStates: with more than *max_states*, if that is less than a page could hold.
    """
    if isinstance(what, Report):
        return _of_report(what, goal, dare, max_states)
    if not isinstance(what, KernelModule) or scenario is None:
        raise InputError("play takes a module (%%kmod makes one) and a Scenario, or the report of a check")
    goal = goal or "delivered"
    if goal not in PROPERTIES:
        raise InputError(f"there is no property {goal!r}; there are: {', '.join(PROPERTIES)}")
    module, configs = what, [config] if isinstance(config, Config) else list(config)
    try:
        boards = [board_of(module, scenario, configs[0], goal, max_states)]
    except TooManyStates:
        if max_states < MOST_STATES:
            raise
        return LivePlaying(live_game(module, scenario, configs[0], goal), goal, plain(dare) or dare_of(goal))
    for other in configs[1:]:
        try:
            boards.append(board_of(module, scenario, other, goal, max_states))
        except TooManyStates:
            continue
    return Playing(tuple(boards), goal, plain(dare))


def _of_report(report: Report, goal: str, dare: str, max_states: int) -> Playing | LivePlaying:
    """The answer of a report, where *goal* is to be looked at, or its first failure, or what it shows first."""
    if report.world is None or report.problem:
        raise InputError(f"there is nothing to play yet: {report.problem.partition(chr(10))[0] or 'no answer'}")
    start = report.start.name if report.start is not None else next(iter(report.properties))
    module, scenario, config, goal = report.world(goal or start)
    others = [c for c in (ONE_CPU, PREEMPT, A_CPU_EACH) if c != config]
    return play(module, scenario, [config, *others], goal, dare=dare, max_states=max_states)


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
    world(module, scenario, config)
    try:
        budget = Budget.of(most)
        return search(
            build(module, scenario, config, observers=observers_for([goal]), reduce=False, budget=budget), budget
        )
    except LimitReached as limit:
        raise TooManyStates(f"too large to be played: {limit.reason}") from None


def _goal(graph: Graph, goal: str) -> Goal:
    return goal_of(Analysis(graph, PROPERTIES.values()), PROPERTIES[goal])
