"""Questions about a graph of states: where does it end, where does it go round, and is that fair?

*Internal* edges are what the machine does by itself; of the others some may be *coming*, which must happen at last.  A
*dead end* has neither.  A strongly connected component of internal edges is a cycle the machine can stay on for ever;
it is *fair* if no task that could always move, and nothing that is coming, is left out of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise

from kthreadlab.compile.actor import Entry
from kthreadlab.compile.cells import State
from kthreadlab.lang.task_state import OFF
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Read, Signal, When, Write
from kthreadlab.machine.standing import unemployed

from .search import Graph

Who = int | str
"""Whose fairness a choice counts for: the number of an actor, or a name of its own."""
FEW = 16
"""A sixteenth of all states are few: what is known of each stands in a dictionary then, and not in a list for all."""
SWEEPS = 4
"""So often all states are gone through backwards before it is asked who leads to each."""


class Sparse(dict[int, int]):
    """Numbers of a few states; all others have the same, *rest*."""

    def __init__(self, rest: int) -> None:
        super().__init__()
        self.rest = rest

    def __missing__(self, n: int) -> int:
        return self.rest


class Paths:
    """The internal structure of a `Graph`, computed once.  *coming*: the external choices that must happen at last.
    *fewer*: what is known of the same graph where fewer of them must."""

    def __init__(self, graph: Graph, coming: Collection[int] = (), fewer: Paths | None = None) -> None:
        self.graph, self.coming, self.fewer = graph, frozenset(coming), fewer
        m = graph.machine
        self.internal = len(m.internal)
        self.choices = m.internal + m.external
        self.fair = self.coming | set(range(self.internal))  # the choices that are made at last, where they can be
        self.by_who: dict[Who, set[int]] = {}
        for c in self.fair:
            self.by_who.setdefault(self._who(c), set()).add(c)
        self._bits = [0] * len(self.choices)  # whose fairness each of all choices counts for, a bit for each
        for k, choices in enumerate(self.by_who.values()):
            for c in choices:
                self._bits[c] = 1 << k
        self._stands = {x.index: (m.index[f"pc.{x.index}"], m.state_cells[x.index]) for x in m.actors}
        self.faulty = {f.source for f in graph.faults if f.entry < self.internal or f.entry in self.coming}
        self.ended = {f.source for f in graph.faults}
        self._failing: dict[int, list[int]] = {}
        for f in graph.faults:
            if f.entry < self.internal or f.entry in self.coming:
                self._failing.setdefault(f.source, []).append(f.entry)
        self.dead_ends = [n for n in self._quiet() if n not in self.faulty]
        self._steady = {self._who(c): steady(_guard(m, self.choices[c])) for c in self.coming}

    def expecting(self, coming: Collection[int]) -> Paths:
        """The same graph where *coming* must happen too."""
        if self.coming >= set(coming):
            return self
        return Paths(self.graph, self.coming | set(coming), self)

    def _quiet(self) -> list[int]:
        """The explored states that nothing leads out of but what need not come."""
        g, coming = self.graph, self.coming
        labels, first_external = g.labels, self.internal
        edges = islice(pairwise(g.offsets), g.expanded)
        quiet = [n for n, (a, b) in enumerate(edges) if a == b or labels[a] >= first_external]
        return [n for n in quiet if not any(c in coming for c, _ in g.edges(n))] if coming else quiet

    def leading_to(self, goals: Iterable[int]) -> bytearray:
        """For each state whether any choices at all lead from it to one of *goals*.  Of a state that the search has not
        looked at nobody knows, so it counts as one that does."""
        g = self.graph
        offsets, targets = g.offsets, g.targets
        reaches = bytearray(g.expanded) + b"\1" * (len(g.states) - g.expanded)
        for n in goals:
            reaches[n] = 1
        left = [n for n in range(g.expanded - 1, -1, -1) if not reaches[n]]
        for _ in range(SWEEPS):  # most edges lead to a state that was found later
            before = left
            left = []
            for n in before:
                if 1 in map(reaches.__getitem__, targets[offsets[n] : offsets[n + 1]]):
                    reaches[n] = 1
                else:
                    left.append(n)
            if len(left) in (0, len(before)):
                return reaches
        self._spread(reaches)
        return reaches

    def _spread(self, reaches: bytearray) -> None:
        """Mark whatever leads to what is marked."""
        starts, sources = self._reversed
        todo = [n for n, marked in enumerate(reaches) if marked]
        while todo:
            n = todo.pop()
            for p in sources[starts[n] : starts[n + 1]]:
                if not reaches[p]:
                    reaches[p] = 1
                    todo.append(p)

    def leading_to_each(self, marks: Sequence[int]) -> list[int]:
        """The same for many goals at once: for each state the bits of the *marks* of all states to which any choices
        lead from it, its own among them.  One that the search has not looked at has all bits."""
        g = self.graph
        offsets, targets = g.offsets, g.targets
        found = [*marks, *[-1] * (len(g.states) - len(marks))]
        for n in range(g.expanded - 1, -1, -1):  # most edges lead to a state that was found later
            for t in targets[offsets[n] : offsets[n + 1]]:
                found[n] |= found[t]
        todo = [t for n in range(g.expanded) for t in targets[offsets[n] : offsets[n + 1]] if found[t] & ~found[n]]
        starts, sources = self._reversed if todo else ((), ())
        while todo:
            t = todo.pop()
            for n in sources[starts[t] : starts[t + 1]]:
                if found[t] & ~found[n]:
                    found[n] |= found[t]
                    todo.append(n)
        return found

    @cached_property
    def _reversed(self) -> tuple[array[int], array[int]]:
        """Every edge backwards: where the edges into each state begin in the list of their sources, and that list."""
        if self.fewer is not None:
            return self.fewer._reversed
        g = self.graph
        starts = array("q", bytes(8 * (len(g.states) + 1)))
        for t in g.targets:
            starts[t + 1] += 1
        for n in range(len(g.states)):
            starts[n + 1] += starts[n]
        sources, free = array("q", bytes(8 * len(g.targets))), array("q", starts)
        for n, (a, b) in enumerate(pairwise(g.offsets)):
            for t in g.targets[a:b]:
                sources[free[t]] = n
                free[t] += 1
        return starts, sources

    def behind(self, states: Iterable[int]) -> set[int]:
        """*states* and whatever can come after them."""
        g, seen = self.graph, set(states)
        todo = list(seen)
        while todo:
            n = todo.pop()
            for t in g.targets[g.offsets[n] : g.offsets[n + 1]]:
                if t not in seen:
                    seen.add(t)
                    todo.append(t)
        return seen

    def way_to(self, target: int) -> list[int]:
        """The states on a shortest path to state *target*."""
        way = [target]
        while self.graph.parents[way[-1]] >= 0:
            way.append(self.graph.parents[way[-1]])
        return way[::-1]

    def next(self, n: int) -> list[tuple[int, int]]:
        """Internal edges ``(choice, target)`` of state *n*."""
        return self.graph.internal_edges(n)

    def cyclic(self) -> list[int]:
        """States that lie on or behind internal cycles; empty for a machine that always comes to rest."""
        return self._cyclic

    @cached_property
    def _cyclic(self) -> list[int]:
        if self.fewer is not None:
            return self.fewer._cyclic
        g = self.graph
        offsets, middles, targets = g.offsets, g.middles, g.targets
        size = len(g.states)
        before = [0] * size  # how many internal edges lead to a state from others of which it is not known yet
        for a, b in zip(offsets, middles, strict=False):
            for t in targets[a:b]:
                before[t] += 1
        free = [n for n in range(size) if not before[n]]
        for n in free:
            for t in targets[offsets[n] : middles[n]]:
                before[t] -= 1
                if not before[t]:
                    free.append(t)
        return [n for n in range(size) if before[n]] if len(free) < size else []

    @cached_property
    def parts(self) -> list[list[int]]:
        """The strongly connected components with at least one internal edge."""
        if self.fewer is not None:
            return self.fewer.parts
        return self._smaller(self._cyclic)

    def components(self, within: Iterable[int]) -> list[list[int]]:
        """Strongly connected components with at least one internal edge, inside the states *within*: each of them lies
        in one of `parts`."""
        inside = set(within)
        out = []
        for part in self.parts:
            left = inside.intersection(part)
            if len(left) == len(part):
                out.append(part)
            elif left:
                out += self._smaller(left)
        return out

    def _smaller(self, left: Collection[int]) -> list[list[int]]:
        """The components inside some states.  Most edges lead to a state that was found later: going backwards, who
        leads to none that may be on a cycle is on none."""
        g, inside = self.graph, set(left)
        offsets, middles, targets = g.offsets, g.middles, g.targets
        for n in sorted(left, reverse=True):
            if inside.isdisjoint(targets[offsets[n] : middles[n]]):
                inside.remove(n)
        return self._components(inside) if inside else []

    def _components(self, within: Collection[int]) -> list[list[int]]:
        """The same, looked for from the beginning."""
        g = self.graph
        offsets, middles, targets = g.offsets, g.middles, g.targets
        inside = sorted(within)
        few = FEW * len(inside) < len(g.states)
        order = Sparse(-1) if few else [-1] * len(g.states)  # -1: not inside, 0: not seen, else when it was seen
        low = Sparse(0) if few else [0] * len(g.states)
        at = Sparse(0) if few else list(offsets)  # the edge to be looked at next
        on = Sparse(0) if few else bytearray(len(g.states))
        for n in inside:
            order[n], at[n] = 0, offsets[n]
        path: list[int] = []
        out, seen = [], 0
        for root in inside:
            if order[root]:
                continue
            work = [root]
            while work:
                n = work[-1]
                if not order[n]:
                    seen += 1
                    order[n] = low[n] = seen
                    path.append(n)
                    on[n] = 1
                e, end = at[n], middles[n]
                while e < end:
                    t = targets[e]
                    if not order[t]:
                        break
                    if on[t] and order[t] < low[n]:
                        low[n] = order[t]
                    e += 1
                at[n] = e
                if e < end:
                    work.append(targets[e])
                    at[n] = e + 1
                    continue
                work.pop()
                if work and low[n] < low[work[-1]]:
                    low[work[-1]] = low[n]
                if low[n] == order[n]:
                    first = len(path) - 1
                    while path[first] != n:
                        first -= 1
                    part = path[first:]
                    del path[first:]
                    for x in part:
                        on[x] = 0
                    if len(part) > 1 or n in targets[offsets[n] : middles[n]]:
                        out.append(sorted(part))
        return out

    @cached_property
    def lasting(self) -> list[list[int]]:
        """Components on which the machine may stay for ever without leaving out a task that could always move.  Each
        lies in one on which it may where fewer must come."""
        around = self.parts if self.fewer is None else self.fewer.lasting
        return sorted(x for part in around for x in self._look_for_fair(part))

    @cached_property
    def staying(self) -> list[int]:
        """The states of all of them."""
        return sorted(n for part in self.lasting for n in part)

    def fair_components(self, within: Iterable[int]) -> list[list[int]]:
        """Those inside the states *within*.  Each lies in one of `lasting`: whoever is left out of a cycle, and could
        always move, is left out of any part of it, or that leads past all places where he can."""
        inside = set(within)
        out = []
        for part in self.lasting:
            left = inside.intersection(part)
            if len(left) == len(part):
                out.append(part)
            elif left:
                out += [x for smaller in self._smaller(left) for x in self._look_for_fair(smaller)]
        return sorted(out)

    def _look_for_fair(self, part: list[int]) -> list[list[int]]:
        todo, out = [part], []
        while todo:
            part = todo.pop()
            starved = self._starved(part)
            if not starved:
                out.append(part)
            else:
                todo.extend(self._smaller([n for n in part if not self._offered(n) & starved]))
        return out

    def offers(self, n: int, choices: set[int]) -> bool:
        """Can one of these choices, which are `fair`, be made in state *n*, be it that it ends in a fault?"""
        g = self.graph
        made = g.labels[g.offsets[n] : g.offsets[n + 1]]
        return not (choices.isdisjoint(made) and choices.isdisjoint(self._failing.get(n, ())))

    def _offered(self, n: int) -> int:
        """Who can move in state *n*, be it that it ends in a fault: the bits of those."""
        g, bits, offered = self.graph, self._bits, 0
        for c in g.labels[g.offsets[n] : g.offsets[n + 1]]:
            offered |= bits[c]
        for c in self._failing.get(n, ()) if self._failing else ():
            offered |= bits[c]
        return offered

    def _who(self, choice: int) -> Who:
        """Whose fairness a choice counts for: its actor's, or its own (timers, helpers, what is coming)."""
        e = self.choices[choice]
        return e.actor if e.actor >= 0 and not e.external else f"{e.kind} {e.actor}" if e.actor >= 0 else e.name

    def _starved(self, part: list[int]) -> int:
        """One who is runnable all round, can move somewhere, and never moves inside *part*: the bit; 0 if none is."""
        starving = self._never_moving(part)
        bits = (1 << k for k, who in enumerate(self.by_who) if starving >> k & 1 and self.always_runnable(who, part))
        return next(bits, 0) if starving else 0

    def _never_moving(self, part: list[int]) -> int:
        """The bits of those who can move in some state of *part*, and by no move come to another one."""
        g, bits, inside = self.graph, self._bits, set(part)
        offsets, labels, targets = g.offsets, g.labels, g.targets
        able = moving = 0
        for n in part:
            a, b = offsets[n], offsets[n + 1]
            for c, t in zip(labels[a:b], targets[a:b], strict=True):
                able |= bits[c]
                if t in inside:
                    moving |= bits[c]
        for n in inside.intersection(self._failing) if self._failing else ():
            able |= self._offered(n)
        return able & ~moving

    def is_runnable(self, who: Who, n: int) -> bool:
        """Does *who* wait for nothing but a turn in state *n*: a task for its CPU, a timer or what is coming for
        itself?"""
        return self.always_runnable(who, (n,))

    def always_runnable(self, who: Who, part: Iterable[int]) -> bool:
        """Does *who* do so in all these states?"""
        if isinstance(who, str):
            return self._steady.get(who, False) or all(self.offers(n, self.by_who[who]) for n in part)
        m, states = self.graph.machine, self.graph.states
        pc, st = self._stands[who]
        for s in map(states.__getitem__, part):
            if m.nodes[s[pc]] is None or s[st] >= OFF or unemployed(m, s, s[pc]):
                return False
        return True

    def first(self, states: Iterable[int], test: Callable[[State], bool]) -> int | None:
        """The earliest discovered of *states* that passes *test*."""
        found = None
        for n in states:
            if (found is None or n < found) and test(self.graph.states[n]):
                found = n
        return found


def _guard(m: Machine, entry: Entry) -> When | None:
    """The scenario's condition on what is coming."""
    if entry.actor >= 0:
        when = m.actors[entry.actor].when
        assert when is None or isinstance(when, When)
        return when
    x = m.scenario
    listed: Mapping[str, Sequence[Signal | Write | Read]] = {"signal": x.signals, "write": x.writes, "read": x.reads}
    return listed[entry.kind][[e for e in m.external if e.kind == entry.kind].index(entry)].when


def steady(when: When | None) -> bool:
    """Does a condition that has come to hold go on holding?"""
    if when is None or when.kind == "done":
        return True
    return when.kind in ("and", "or") and all(steady(x) for x in when.args if isinstance(x, When))
