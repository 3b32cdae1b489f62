"""A game on a program with too many states for a page: they are found as somebody comes to them.

A kernel answers for some states at a time: what there is to see, who moves where, and what is told of it, in the
numbers that a board has, too.  Values that the page does not have yet go along.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from kthreadlab.compile.cells import State
from kthreadlab.compile.config import Config
from kthreadlab.compile.runtime import HeapFull, KernelFault
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.task_state import runnable
from kthreadlab.machine.machine import Machine
from kthreadlab.run.goal import Goal
from kthreadlab.run.search import Graph, cells_at
from kthreadlab.trace.narrate import plain

from .board import OPEN, STOPPED, Board, Telling, atlas, broken_stops, lasting, states_of
from .worlds import World


class Live:
    """The states of *machine* as far as they have been asked for.  *graph*: all of them, if they are known; *goals* as
    they stand on it, or, where nobody knows, their names alone."""

    def __init__(self, machine: Machine, graph: Graph | None, goals: Sequence[Goal], names: Sequence[str]) -> None:
        self.telling, self.graph = Telling(machine), graph
        self.choices = machine.internal + machine.external
        self.goals, self.names = goals, names
        self.states: list[State] = states_of(graph)[0] if graph is not None else [machine.initial]
        self.numbers = {s: n for n, s in enumerate(self.states[: len(graph.states) if graph else None])}
        self.stops = {x: n for x, n in states_of(graph)[1].items()} if graph is not None else {}
        self.stopped = set(self.stops.values())

    def start(self) -> Board:
        """What a page knows before it asks for the first state."""
        known = {goal.name: lasting(goal, self.telling.whose) for goal in self.goals}
        unknown = {name: {"rounds": [], "unknown": True} for name in self.names if name not in known}
        return {
            **self.telling.about(),
            "columns": [{"of": of, "name": plain(name)} for of, name in self.telling.columns],
            "goals": known | unknown,
            **({"size": len(self.states)} if self.graph is not None else {}),
        }

    def whole(self) -> Board | None:
        """What a map shows of all states, in the numbers of `state`; None if they are not known."""
        return None if self.graph is None else atlas(self.graph, self.goals, self.telling)

    def told(self, wanted: Iterable[int], known: Sequence[int] = ()) -> list[tuple[int, Board]]:
        """All that a page wants to know of each of some states.  *known*: how many values it has already of the
        reasons, of what is told, and of each column; nothing is remembered of whoever asks, since pages are loaded
        again."""
        had, found = [*known, *[0] * (2 + len(self.telling.columns) - len(known))], []
        for n in wanted:
            found.append((n, self.state(n, had)))
            had = [max(n, len(values)) for n, values in zip(had, self._tables(), strict=False)]
        return found

    def _tables(self) -> list[Collection[object]]:
        """All values that there are up to now: reasons, what is told, and those of each column."""
        telling = self.telling
        return [telling.reasons, telling.tells, *(piece.values for piece in telling.columns.values())]

    def state(self, n: int, known: Sequence[int]) -> Board:
        """What a page that has so many values wants to know of state number *n*."""
        s, telling = self.states[n], self.telling
        steps = [] if n in self.stopped else self.steps(n)
        can = {k for k, _, _ in steps}
        why = [STOPPED if n in self.stopped else OPEN if k in can else ask(s) for k, ask in enumerate(telling.asked)]
        seen = [piece(s) for piece in telling.columns.values()]
        had = ((values, max(0, n)) for values, n in zip(self._tables(), known, strict=False))
        reasons, tells, *values = (list(islice(values, n, None)) for values, n in had)
        return {
            "steps": steps,
            "why": why,
            "seen": seen,
            "values": values,
            "reasons": reasons,
            "tells": tells,
            "goals": {goal.name: self._standing(goal, n) for goal in self.goals},
        }

    def steps(self, n: int) -> list[tuple[int, int, int]]:
        """The steps out of state *n*: the mover, the number of the state after it, and of what is told of it."""
        s, telling = self.states[n], self.telling
        out = []
        for c, e in enumerate(self.choices):
            if not runnable(s[e.st]):
                continue
            try:
                t = e.table[s[e.pc]](s)
            except KernelFault as fault:
                target = self._stop(n, c, cells_at(fault, s))
            except HeapFull:
                continue
            else:
                if t is None:
                    continue
                target = self._number(t)
            out.append((telling.whose[c], target, telling.tellers[c](s)))
        return out

    def _number(self, s: State) -> int:
        n = self.numbers.setdefault(s, len(self.states))
        if n == len(self.states):
            self.states.append(s)
        return n

    def _stop(self, n: int, choice: int, s: State) -> int:
        """The number of the state in which a fault has stopped the machine: it is nobody else's."""
        if (n, choice) not in self.stops:
            self.stops[n, choice] = len(self.states)
            self.stopped.add(len(self.states))
            self.states.append(s)
        return self.stops[n, choice]

    def _standing(self, goal: Goal, n: int) -> Board:
        """How a goal stands in a state, as a board says it."""
        if n >= len(goal.far):
            broken = int(n in broken_stops(goal, self.stops))
            return {"far": broken, "flags": broken, "breaking": []}
        breaking = sorted({self.telling.whose[c] for c in range(len(self.choices)) if (n, c) in goal.breaking})
        return {
            "far": goal.far[n] + 1,
            "flags": (n in goal.broken) + 2 * goal.doomed[n] + 4 * (n in goal.behind),
            "breaking": breaking,
        }


class Games:
    """One program's games, by the numbers of *worlds*: each is made when somebody first asks for it."""

    def __init__(self, worlds: Sequence[World], make: Callable[[Config], Live]) -> None:
        self.worlds, self.make = worlds, make
        self.made: dict[int, Live] = {}

    def game(self, n: int) -> Live:
        """The game in world number *n*.

        :raises InputError: if there is none.
        """
        if n not in self.made:
            world = self.worlds[n] if 0 <= n < len(self.worlds) else None
            if world is None or world.config is None or world.why:
                raise InputError(world.why if world is not None else f"there is no world {n}")
            self.made[n] = self.make(world.config)
        return self.made[n]

    def about(self) -> list[Board]:
        """The worlds, as a page lists them."""
        return [{"name": x.name, "kind": x.kind, "why": x.why} for x in self.worlds]

    def answer(self, wanted: Any) -> Board | None:
        """What a page is told that asks for *wanted*: a world; of that the map of all states, or some states and what
        it does not know of them yet.  None for what is no such question."""
        if not isinstance(wanted, dict) or not isinstance(wanted.get("world"), int):
            return None
        try:
            game, states = self.game(wanted["world"]), wanted.get("states")
        except InputError as problem:
            return {"trouble": str(problem)}
        if wanted.get("map"):
            return {"map": game.whole()}
        if states is None:
            return game.start()
        if not (isinstance(states, list) and all(isinstance(n, int) and 0 <= n < len(game.states) for n in states)):
            return {"trouble": "The kernel does not know this state: it was restarted. Run the cell again."}
        return {"states": game.told(states, wanted.get("known", ()))}
