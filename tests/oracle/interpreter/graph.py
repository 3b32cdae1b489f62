"""The graph of all states, its cycles, and which of them are fair."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any

from .state import State
from .world import Move, World


class Edge:
    """A move between numbered states; *to* is -1 behind a fault."""

    __slots__ = ("mover", "fair", "to", "fault", "hits", "events", "done", "last")

    def __init__(self, move: Move, to: int) -> None:
        self.mover, self.fair, self.to = move.mover, move.fair, to
        self.fault, self.hits, self.last = move.fault, move.hits, move.last
        self.events, self.done = move.events, move.done


class Graph:
    """Every state that can be reached, breadth first."""

    def __init__(self, world: World, max_states: int) -> None:
        self.world = world
        self.states: list[State] = []
        self.edges: list[list[Edge]] = []
        self.depth: list[int] = []
        self.noticed: list[list] = []
        self.complete = True
        self.exercised: Counter = Counter()
        self.triggers: set[str] = set()
        self._search(max_states)

    def _search(self, max_states: int) -> None:
        first = self.world.first()
        seen = {first.key(): 0}
        self.states, self.depth = [first], [0]
        todo = deque([0])
        while todo:
            n = todo.popleft()
            out = []
            self.world.noticed = []
            for move in self.world.moves(self.states[n]):
                self.exercised.update(move.done)
                self.triggers |= move.triggers
                to = -1
                if move.to is not None:
                    key = move.to.key()
                    to = seen.get(key, -2)
                    if to == -2:
                        if len(self.states) >= max_states:
                            self.complete = False
                            continue
                        to = seen[key] = len(self.states)
                        self.states.append(move.to)
                        self.depth.append(self.depth[n] + 1)
                        todo.append(to)
                    move.to = None
                out.append(Edge(move, to))
            self.edges.append(out)
            self.noticed.append(self.world.noticed)

    # ---- ends and cycles -------------------------------------------------------------------------------------------

    def is_dead_end(self, n: int) -> bool:
        """No task, frame, helper or timer can move."""
        return not any(edge.fair for edge in self.edges[n])

    def components(self, inside: set[int]) -> list[list[int]]:
        """Strongly connected components with a cycle, in the graph of the states *inside* (Tarjan)."""
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        stack: list[int] = []
        on: set[int] = set()
        found = []
        for root in sorted(inside):
            if root in index:
                continue
            work: list[tuple[int, Any]] = [(root, None)]
            while work:
                n, steps = work.pop()
                if steps is None:
                    index[n] = low[n] = len(index)
                    stack.append(n)
                    on.add(n)
                    steps = iter([e.to for e in self.edges[n] if e.to in inside])
                for to in steps:
                    if to not in index:
                        work.append((n, steps))
                        work.append((to, None))
                        break
                    if to in on:
                        low[n] = min(low[n], index[to])
                else:
                    if low[n] == index[n]:
                        part = []
                        while True:
                            x = stack.pop()
                            on.discard(x)
                            part.append(x)
                            if x == n:
                                break
                        if len(part) > 1 or any(e.to == n for e in self.edges[n]):
                            found.append(sorted(part))
                    if work:
                        above = work[-1][0]
                        low[above] = min(low[above], low[n])
        return found

    def fair_components(self, inside: Iterable[int], certain: bool = False) -> list[list[int]]:
        """Components on which everybody moves who is fair and could: what is left of others is looked at again."""
        todo = self.components(set(inside))
        fair = []
        while todo:
            part = todo.pop()
            starved = self.starved(part, certain)
            if starved is None:
                fair.append(part)
            else:
                todo += self.components({n for n in part if not self.may_move(n, starved, certain)})
        return fair

    def weight(self, edge: Edge, certain: bool) -> bool:
        return edge.fair or (certain and edge.mover[0] in ("call", "write", "read"))

    def who(self, mover: tuple) -> tuple:
        """The mover, whatever CPU it takes."""
        return mover[:2]

    def may_move(self, n: int, who: tuple, certain: bool) -> bool:
        return any(self.who(e.mover) == who and self.weight(e, certain) for e in self.edges[n])

    def starved(self, part: list[int], certain: bool) -> tuple | None:
        """Somebody who is ready all round, could move somewhere on it, and does not."""
        inside = set(part)
        movers = {self.who(e.mover) for n in part for e in self.edges[n] if e.to in inside}
        able = {self.who(e.mover) for n in part for e in self.edges[n] if self.weight(e, certain)}
        for who in sorted(able - movers, key=repr):
            if all(self.ready(n, who, certain) for n in part):
                return who
        return None

    def ready(self, n: int, who: tuple, certain: bool) -> bool:
        if who[0] == "task":
            task = self.states[n].tasks[who[1]] if who[1] < len(self.states[n].tasks) else None
            return task is not None and task.runnable
        return self.waits_to_come(n, who) or self.may_move(n, who, certain)

    def waits_to_come(self, n: int, who: tuple) -> bool:
        """Is *who* a call or a signal that may come at any time from now on, if somebody lets it in?"""
        scenario = self.world.scenario
        listed = vars(scenario).get(f"{who[0]}s", ()) if who[0] in ("call", "signal", "write", "read") else ()
        return bool(listed) and lasting(listed[who[1]].when) and bool(self.states[n].left[f"{who[0]}:{who[1]}"])

    # ---- reaching --------------------------------------------------------------------------------------------------

    def backwards(self, goals: Iterable[int]) -> set[int]:
        """The states from which one of *goals* can be reached."""
        before: list[list[int]] = [[] for _ in self.states]
        for n, edges in enumerate(self.edges):
            for edge in edges:
                if edge.to >= 0:
                    before[edge.to].append(n)
        found = set(goals)
        todo = list(found)
        while todo:
            for n in before[todo.pop()]:
                if n not in found:
                    found.add(n)
                    todo.append(n)
        return found

    def forwards(self, starts: Iterable[int]) -> set[int]:
        found = set(starts)
        todo = list(found)
        while todo:
            for edge in self.edges[todo.pop()]:
                if edge.to >= 0 and edge.to not in found:
                    found.add(edge.to)
                    todo.append(edge.to)
        return found

    def where(self, test: Callable[[State], bool]) -> list[int]:
        return [n for n, state in enumerate(self.states) if test(state)]


def lasting(when: Any) -> bool:
    """Does a condition that is met once stay so?"""
    return when is None or when.kind == "done" or (when.kind in ("and", "or") and all(map(lasting, when.args)))
