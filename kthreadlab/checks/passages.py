"""passes_through: in all that can happen a task passes through the states that its scenario says, in that order and
through no other, and comes to the last.

A run may come to one state of the machine after more or fewer of a task's states, so what is searched here is pairs: a
state, and how far the task has come by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kthreadlab.compile.program import declares
from kthreadlab.lang.task_state import asleep
from kthreadlab.machine.machine import Machine
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.finding import Finding
from kthreadlab.run.view import Viewer

NAME = "passes_through"
ASLEEP = "SD"
Pair = tuple[int, int]
"""A state, and the place of the task's letter in the passage, from 0."""
Edge = tuple[int, int]
"""A choice, and the state that it leads to."""


@dataclass(frozen=True)
class Walk:
    """What can happen up to the first wrong step.  *letters* and *places*: of each state, what the task is and where in
    its program it stands.  *way*: the pairs that are reached rightly, each with the one before
    it and the choice between.  *strays*: the pairs behind which a choice leads to a state that is not due."""

    machine: Machine
    actor: int
    wanted: tuple[str, ...]
    letters: list[str]
    places: list[int]
    way: dict[Pair, tuple[Pair, int] | None]
    strays: list[tuple[Pair, Edge]]

    def path(self, pair: Pair) -> tuple[int, ...]:
        """The choices of a shortest run to *pair*."""
        steps = []
        while (before := self.way[pair]) is not None:
            pair, choice = before
            steps.append(choice)
        return tuple(reversed(steps))

    def ends(self, pair: Pair) -> bool:
        """Has the task come to the last of its states?"""
        return pair[1] == len(self.wanted) - 1

    def right(self, n: int) -> bool:
        """Does a run come to state *n* rightly?"""
        return any((n, place) in self.way for place in range(len(self.wanted)))

    def stray(self, pair: Pair, edge: Edge, cycles: list[list[int]]) -> Finding:
        """A step into a state that is not due.  Where a right run leads there, too, it is to go round one of the
        *cycles*, on which the task changes, that breaks it."""
        choice, there = edge
        found = Finding("dead", there, self.cause(pair, there), self.actor, path=(*self.path(pair), choice))
        turning = (part for part in cycles if there in part and len({self.letters[n] for n in part}) > 1)
        part = next(turning, None) if self.right(there) else None
        return found if part is None else replace(found, kind="cycle", part=tuple(part))

    def cause(self, pair: Pair, there: int) -> str:
        """What is wrong with the letter of the task in state *there*, which comes after *pair*."""
        due, letter = "" if self.ends(pair) else self.wanted[pair[1] + 1], self.letters[there]
        if letter not in ASLEEP:
            return "goes_on"
        if due not in ASLEEP or self.again(pair, there) or self.left_over(pair, there):
            return "sleeps"
        return "deaf" if letter == "D" else "woken_by_signals"

    def back(self, pair: Pair) -> Iterator[int]:
        """The states on the way to *pair*, from the last to the first."""
        yield pair[0]
        while (before := self.way[pair]) is not None:
            pair = before[0]
            yield pair[0]

    def again(self, pair: Pair, there: int) -> bool:
        """Did the task last sleep where it sleeps in state *there*?"""
        slept = (n for n in self.back(pair) if self.letters[n] in ASLEEP)
        return self.places[next(slept, 0)] == self.places[there]

    def left_over(self, pair: Pair, there: int) -> bool:
        """Has it left the function in which it declared what it sleeps in?"""
        instrs = (self.machine.instr(node) for n in self.back(pair) if (node := self.machine.nodes[self.places[n]]))
        declared = next((i.stack for i in instrs if i.kind == "op" and declares(i) is not None), ())
        sleeping = self.machine.nodes[self.places[there]]
        return sleeping is not None and self.machine.instr(sleeping).stack[: len(declared)] != declared


def walk(a: Analysis) -> Walk:
    """Everything that can happen to the task of the scenario's passage, in breadth."""
    passes = a.machine.scenario.passes
    assert passes is not None, "nobody asks of a task what its scenario says nothing of"
    task, wanted = a.machine.task(passes.task), passes.letters
    viewer = Viewer(a.machine)
    letters = [viewer.place(s, task) for s in a.graph.states]
    pc = a.machine.index[f"pc.{task.index}"]
    found = Walk(a.machine, task.index, wanted, letters, [s[pc] for s in a.graph.states], {(0, 0): None}, [])
    todo: list[Pair] = [(0, 0)]
    for pair in todo:
        for choice, there in a.graph.edges(pair[0]) if pair[0] < a.graph.expanded else ():
            place = pair[1] + (letters[there] != letters[pair[0]] and bool(letters[pair[0]]))
            if place >= len(wanted) or letters[there] not in ("", wanted[place]):
                found.strays.append((pair, (choice, there)))
            elif (there, place) not in found.way:
                found.way[there, place] = pair, choice
                todo.append((there, place))
    return found


def passes_through(a: Analysis) -> Iterator[Finding]:
    """Steps into a state that is not due, and where a task stays that should come to the next."""
    if a.machine.scenario.passes is None:
        return
    w = walk(a)
    seen = set()
    for pair, edge in w.strays:
        found = w.stray(pair, edge, a.fair_cycles())
        if (found.state, found.cause) not in seen:
            seen.add((found.state, found.cause))
            yield found
    unfinished = [pair for pair in w.way if not w.ends(pair)]
    yield from stays(a, w, unfinished)
    yield from cut_off(a, w, unfinished)
    yield from goes_round(a, w, unfinished)


def stays(a: Analysis, w: Walk, unfinished: list[Pair]) -> Iterator[Finding]:
    """At rest, with states still to come."""
    rests = set(a.paths.dead_ends)
    for pair in unfinished:
        if pair[0] in rests:
            yield Finding("dead", pair[0], "stays", w.actor, path=w.path(pair))


def cut_off(a: Analysis, w: Walk, unfinished: list[Pair]) -> Iterator[Finding]:
    """The machine faults first."""
    reached = {pair[0]: pair for pair in reversed(unfinished)}
    for f in a.graph.faults:
        if f.source in reached:
            yield replace(a.cut_off(f), path=(*w.path(reached[f.source]), f.entry))


def goes_round(a: Analysis, w: Walk, unfinished: list[Pair]) -> Iterator[Finding]:
    """For ever in one state, be it running."""
    for place in range(len(w.wanted)):
        for part in a.paths.fair_components(n for n, k in unfinished if k == place):
            yield Finding("cycle", part[0], "busy", w.actor, part=tuple(part))


def slept(a: Analysis) -> bool:
    """Has the task of the passage been off the run queue, and not ended?"""
    passes = a.machine.scenario.passes
    if passes is None:
        return False
    cell = a.machine.state_cells[a.machine.task(passes.task).index]
    return any(asleep(s[cell]) for s in a.graph.states)


def slept_inside(*functions: str, key: str = "") -> Callable[[Analysis], bool]:
    """A trigger: was somebody off the run queue inside each of these functions of the module, and is *key* set?"""

    def reached(a: Analysis) -> bool:
        m, found = a.machine, set[str]()
        tasks = [(m.index[f"pc.{x.index}"], m.state_cells[x.index]) for x in m.actors if x.is_task]
        stands = {s[pc] for s in a.graph.states for pc, st in tasks if st and asleep(s[st])}
        for node in (m.nodes[n] for n in stands):
            found |= set(functions).intersection(m.instr(node).stack if node is not None else ())
        return found == set(functions) and bool(not key or a.triggers.get(key))

    return reached


def words(a: Analysis, f: Finding, states: list[int]) -> dict[str, object]:
    """What the task has been on the way to a finding, what it is there, and what would have been due."""
    passes = a.machine.scenario.passes
    assert passes is not None
    task, viewer = a.machine.task(passes.task), Viewer(a.machine)
    been: list[str] = []
    for n in states:
        letter = viewer.place(a.graph.states[n], task)
        if letter and been[-1:] != [letter]:
            been.append(letter)
    strayed = bool(been) and tuple(been) != passes.letters[: len(been)]
    due = passes.letters[len(been) - strayed :]
    return {"task": task.name, "been": " ".join(been), "due": due[0] if due else "nothing", "letter": been[-1]}
