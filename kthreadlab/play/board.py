"""A searched graph as plain data that a person can play on without a kernel: a *board*.

For every state it has numbers of what there is to see, of who cannot move and why, and of the steps that lead on, each
with what is told of it.  All of these are a few different values in tens of thousands of states (`run.pieces`).  A
board is JSON: its columns are packed numbers.
"""

from __future__ import annotations

import base64
import gzip
import json
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from kthreadlab.compile.actor import Actor, Entry
from kthreadlab.compile.cells import State
from kthreadlab.machine.machine import Machine
from kthreadlab.run.goal import Goal
from kthreadlab.run.pieces import Piece
from kthreadlab.run.refusals import why_not
from kthreadlab.run.replay import Recorder
from kthreadlab.run.schedule import head
from kthreadlab.run.search import Graph
from kthreadlab.run.view import Viewer, group_of
from kthreadlab.show.film import row_of
from kthreadlab.show.lanes import from_outside, helper_label, task_cell
from kthreadlab.show.marks import marks_of
from kthreadlab.show.nested import frame_name, landed
from kthreadlab.trace.english.refusals import REFUSALS
from kthreadlab.trace.events import Event, MachineView
from kthreadlab.trace.narrate import call_text, narrate, plain

Board = dict[str, Any]
OPEN, STOPPED = 0, 1
"""The numbers of two reasons: that of a mover that can move, and that of all when a fault has stopped the machine."""
FAULTS = 1 << 24
"""Where targets begin in which a fault has stopped the machine."""
UNNOTICED = ("reclaim", "reap")
"""Kinds of choices that nobody misses while they are not open: their buttons come and go."""

# ---- movers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mover:
    """Choices that are one button: an arrival, and what then goes on.  *name*: as a schedule has it."""

    name: str
    entries: tuple[tuple[int, Entry], ...]

    @property
    def kind(self) -> str:
        """What it is: the kind of its actor, else that of the choice itself."""
        entry = self.entries[0][1]
        return entry.kind

    @property
    def inner(self) -> bool:
        """Does the machine make it by itself?"""
        return any(not e.external for _, e in self.entries)

    @property
    def shown(self) -> bool:
        """Is it shown while it cannot move?"""
        return self.kind not in UNNOTICED


def movers_of(choices: Iterable[Entry]) -> list[Mover]:
    """The movers, in the order of their first choices."""
    found: dict[str, list[tuple[int, Entry]]] = {}
    for n, e in enumerate(choices):
        found.setdefault(e.name, []).append((n, e))
    return [Mover(name, tuple(entries)) for name, entries in found.items()]


# ---- what there is to see --------------------------------------------------------------------------------------------


def columns_of(viewer: Viewer) -> dict[tuple[str, str], Piece[Hashable]]:
    """What is shown of a state, by the part of the machine and the name."""
    m = viewer.m
    found: dict[tuple[str, str], Callable[[State], Hashable]] = {}
    for a in m.actors:
        found["tasks", a.name] = partial(_task, viewer, a)
    for obj in m.statics.objects.values():
        if group := group_of(m, obj):
            found[group, obj.name] = partial(_object, viewer, obj)
    if m.memory.heap:
        found["heap", ""] = lambda s: tuple(map(plain, viewer.heap(s)))
    if any(key.startswith("frm.") for key in m.index):
        found["frames", ""] = lambda s: tuple((cpu, plain(name)) for cpu, name in viewer.frames(s))
    return {key: Piece(make) for key, make in found.items()}


def _task(viewer: Viewer, a: Actor, s: State) -> Hashable:
    """A task's row as a film has it, and its lane's cell, whether it acts in the step or not; None while there is no
    such task."""
    if not viewer.exists(s, a):
        return None
    task, view = viewer.task(s, a), MachineView((), locks=viewer.locks(s))
    lane = a.is_task
    return row_of(task), *((task_cell(task, view, acts) if lane else None) for acts in (False, True))


def _object(viewer: Viewer, obj: Any, s: State) -> Hashable:
    shown = viewer.shown(s, obj)
    return tuple(map(plain, shown)) if isinstance(shown, tuple) else plain(shown)


# ---- what is told of a step ------------------------------------------------------------------------------------------


Irqs = tuple[tuple[str, str] | tuple[str, int, str], ...]
"""The interrupts that do something in a step, each with whom it interrupts ("": nobody); or, of one that lands where
the state does not say who ran there, with the CPU, and the step's sentence for a `HOST` who did."""
HOST = "⟨host⟩"
LANDS = ("irq_enter", "expire", "tasklet_run", "rcu_run")
"""What comes of an arrival: an interrupt, or a timer's function, is there from now on."""


def told(events: Sequence[Event], mover: str, view: MachineView, irqs: Irqs = (), stays: int | None = None) -> Hashable:
    """What a step is, for whoever looks on: its sentence, its button, where in the source, marks, who acts, and what
    else its lanes and panels show.  *stays*: as `Recorder.stays` says it."""
    says = said(events, view) or f"{plain(mover)} goes on."
    last = next((e for e in reversed(events) if e.line), None)
    by = last or (events[-1] if events else None)
    who = mover if by is None else by.task if by.context == "process" else by.actor
    acts = dict.fromkeys(e.task for e in events if e.context == "process") if events else {mover: None}
    executed = next((e for e in reversed(events) if e.op == "exec"), None)
    return (
        says,
        button(events[0] if events else None),
        (plain(who), plain(last.file) if last else "", last.line if last else 0),
        tuple((mark.kind, plain(mark.source), plain(mark.target), mark.text) for e in events for mark in marks_of(e)),
        tuple(map(plain, acts)),
        ", ".join(from_outside(e) for e in events if e.context == "world"),
        irqs,
        helper_label(executed) if executed is not None and executed.outcome == "ok" else "",
        stays,
        any(e.op == "fault" for e in events),
    )


def said(events: Iterable[Event], view: MachineView) -> str:
    """What happens in a step, in sentences."""
    return " ".join(plain(narrate(e, view)) for e in events)


NEXT = {
    "enter": "begins {inner}",
    "irq_enter": "lands: {inner}",
    "load": "reads {first}",
    "store": "writes {first}",
    "exit": "returns from {first}",
    "kill": "{first} comes",
    "spurious": "a wake-up for nothing",
    "expire": "expires: {inner}",
    "tasklet_run": "runs: {inner}",
    "rcu_run": "runs: {inner}",
    "timer": "its time is up",
    "fault": "line {line}",
    "fail": "the next {first} fails",
    "helper_take": "takes a request",
    "exec": "executes {first}",
    "helper_complete": "reports back",
}
"""What a button says comes next, where that is not a call as the source has it.  Of a fault it says the line alone:
whoever plays is to find it."""


def button(event: Event | None) -> str:
    """What a button says comes next."""
    if event is None:
        return "goes on"
    first, *rest = [*map(plain, event.args), ""][: max(1, len(event.args))]
    if event.op == "exit" and event.args and isinstance(event.args[0], int):
        return f"returns {first}"
    if event.op in NEXT:
        return NEXT[event.op].format(first=first, inner=f"{first}({', '.join(rest)})", line=event.line)
    return f"comes back from {event.op[:-7]}()" if event.op.endswith(":return") else call_text(event)


class Telling:
    """All that is told of the states and the steps of one machine that leaves nothing out.

    *columns*: what there is to see, by the part of the machine and the name; *tellers*: of each choice what a step by
    it is, in a state in which it is open, *tells* has the values; *asked*: why a mover cannot move, where none of its
    choices is open, *reasons* has the values."""

    def __init__(self, m: Machine) -> None:
        assert not m.reduce, "internal: whoever plays makes every choice there is"
        self.m, self.recorder = m, Recorder(m)
        self.movers = movers_of(self.recorder.entries)
        self.tasks = {a.name for a in m.actors if a.is_task}
        self.whose = {n: k for k, mover in enumerate(self.movers) for n, _ in mover.entries}
        self.columns = columns_of(self.recorder.viewer)
        self.tells: dict[Hashable, int] = {}
        self.tellers = [Piece(partial(self._tell, n), self.tells) for n in range(len(self.recorder.entries))]
        self.reasons = {"": OPEN, REFUSALS["stopped"]: STOPPED}
        asked = (partial(why_not, m, choices=[e for _, e in x.entries]) for x in self.movers)
        self.asked = [Piece(ask, self.reasons) for ask in asked]

    def _tell(self, n: int, s: State) -> Hashable:
        recorder, e = self.recorder, self.recorder.entries[n]
        events, after = recorder.choice(n, s)
        view = MachineView((), locks=recorder.viewer.locks(s))
        stays = None if after is None or not self.m.frames else recorder.stays(e, s, after)
        return told(events, e.name, view, self._irqs(events, view), stays)

    def _irqs(self, events: Sequence[Event], view: MachineView) -> Irqs:
        """Who does something in a step, and whom each interrupts."""
        lands = {frame_name(e.actor): e.cpu for e in events if e.op in LANDS and not e.task and self.m.cpus.shared}
        over = said((replace(e, task=HOST) if e.op in LANDS else e for e in events), view) if lands else ""
        hosts = landed(events, self.tasks).items()
        return tuple(
            (plain(irq), lands[irq], over) if irq in lands else (plain(irq), plain(host)) for irq, host in hosts
        )

    def about(self) -> Board:
        """What a board has whatever states there are."""
        m = self.m
        where, digest = head(m.module, m.scenario, m.config)
        movers = [{"name": plain(x.name), "inner": x.inner, "shown": x.shown} for x in self.movers]
        return {
            "title": plain(m.scenario.name),
            "config": plain(m.config),
            "head": f"{where}@{digest}",
            "ever": self.ever(),
            "movers": movers,
            "source": {
                plain(name): [plain(line) for line in text.splitlines()] for name, text in m.module.shown.items()
            },
        }

    def ever(self) -> Board:
        """What there may ever be a lane for: something from outside, helper programs, interrupts, each task."""
        m = self.m
        frames = {a.name for a in m.frames}
        return {
            "outside": any(e.actor < 0 and frame_name(e.name) not in frames for e in self.recorder.entries),
            "programs": any(a.kind == "khelper" for a in m.actors),
            "interrupts": bool(m.frames),
            "tasks": [plain(a.name) for a in m.actors if a.is_task],
        }


# ---- the board -------------------------------------------------------------------------------------------------------


def board(graph: Graph, goals: Sequence[Goal]) -> Board:
    """A complete graph of a machine that leaves nothing out, and how *goals* stand on it."""
    telling = Telling(graph.machine)
    states, stops = states_of(graph)
    steps = Steps(graph, telling.whose, stops)
    return {
        **telling.about(),
        **_graph(graph, goals, telling, states, steps),
        **_words(steps, telling, states),
    }


def atlas(graph: Graph, goals: Sequence[Goal], telling: Telling) -> Board:
    """Of a board what a map shows: everything but what is told of each step, and why somebody cannot move."""
    states, stops = states_of(graph)
    return _graph(graph, goals, telling, states, Steps(graph, telling.whose, stops))


def _graph(graph: Graph, goals: Sequence[Goal], telling: Telling, states: Sequence[State], steps: Steps) -> Board:
    """The states, with what there is to see of each, the steps, and how the goals stand."""
    assert graph.complete, "internal: a board is of all there is"
    columns = [(*key, piece, [piece(s) for s in states]) for key, piece in telling.columns.items()]
    return {
        "size": len(states),
        "stops": len(steps.stops),
        "columns": [
            {"of": of, "name": plain(name), "values": list(p.values), "at": packed(at)} for of, name, p, at in columns
        ],
        **steps.data(),
        "goals": {goal.name: _goal(goal, telling.whose, len(states), steps.stops) for goal in goals},
    }


def _words(steps: Steps, telling: Telling, states: Sequence[State]) -> Board:
    """What is told of each step, and of each mover why it cannot move."""
    told, why = array("I"), [array("H") for _ in telling.movers]
    for n, s in enumerate(states):
        out = steps.out_of(n)
        told.extend(telling.tellers[choice](s) for choice, _ in out)
        can = {telling.whose[choice] for choice, _ in out}
        for k, ask in enumerate(telling.asked):
            why[k].append(STOPPED if n >= steps.last else OPEN if k in can else ask(s))
    return {
        "told": packed(told),
        "tells": list(telling.tells),
        "why": [packed(column) for column in why],
        "reasons": list(telling.reasons),
    }


def beginning(data: Board) -> Iterator[tuple[str, str, bool]]:
    """Of each mover on a board: its name, what comes next of it or why it can't move at first, and if it can."""
    degree = next(unpacked(data["degrees"]))
    steps = zip(islice(unpacked(data["by"]), degree), islice(unpacked(data["told"]), degree), strict=True)
    following = {k: data["tells"][told][1] for k, told in steps}
    for k, mover in enumerate(data["movers"]):
        if k in following or mover["shown"]:
            reason = data["reasons"][next(unpacked(data["why"][k]))]
            yield mover["name"], following.get(k, reason), k in following


KINDS = {
    "broken": "broken",
    "breaking": "step{s} that break{} it",
    "doomed": "in which it will break, whatever comes",
    "open": "still open",
    "safe": "in which nobody can break it any more",
}
"""What is counted of a map, and how it is said."""


def kinds(data: Board, goal: str) -> Iterator[str]:
    """How the goal stands in each state of a board, in the words of `KINDS`."""
    stands = data["goals"][goal]
    for flags, far in zip(unpacked(stands["flags"]), unpacked(stands["far"]), strict=True):
        yield "broken" if flags & 1 or far == 1 else "doomed" if flags & 2 else "open" if far else "safe"


def counts(data: Board, goal: str) -> dict[str, int]:
    """By the words of `KINDS`: how many states of a board there are of each kind, and steps that break the goal."""
    found = dict.fromkeys(KINDS, 0) | {"breaking": len(data["goals"][goal]["breaking"])}
    for kind in kinds(data, goal):
        found[kind] += 1
    return found


def targets_of(data: Board) -> list[int]:
    """Where the steps of a board lead to."""
    targets, fresh = [], 1
    for back in unpacked(data["targets"]):
        targets.append(data["size"] - data["stops"] + back - FAULTS if back >= FAULTS else fresh - back)
        fresh += not back
    return targets


def in_words(data: Board, goal: str) -> str:
    """The map of a board as a sentence."""
    size, stops, found = data["size"], data["stops"], counts(data, goal)
    said = f"{size - stops:,} state{'s' * (size - stops != 1)} can be reached"
    if stops:
        said += f", and {stops:,} in which a fault has stopped the machine"
    if found["safe"] == size:
        return f"{said}, and nobody can break it in any of them."
    many = found["breaking"] != 1
    told = (f"{n:,} {KINDS[kind].format('s' * (not many), s='s' * many)}" for kind, n in found.items() if n)
    return f"{said}: {', '.join(told)}."


def states_of(graph: Graph) -> tuple[list[State], dict[tuple[int, int], int]]:
    """The states, behind them those in which a fault has stopped the machine; and the numbers of these, by where it
    came from and which choice led there."""
    states = list(graph.states)
    stops = {}
    for f in graph.faults:
        stops[f.source, f.entry] = len(states)
        states.append(f.state or graph.states[f.source])
    return states, stops


class Steps:
    """The steps of a board: how many lead out of each state, where to, and by which mover.  *stops*: the states in
    which a fault has stopped the machine, behind the *last* other one."""

    def __init__(self, graph: Graph, whose: Mapping[int, int], stops: Mapping[tuple[int, int], int]) -> None:
        self.graph, self.whose, self.stops, self.last = graph, whose, stops, len(graph.states)
        self.stopping: dict[int, list[tuple[int, int]]] = {}
        for (source, choice), n in stops.items():
            self.stopping.setdefault(source, []).append((choice, n))

    def out_of(self, n: int) -> list[tuple[int, int]]:
        """The steps out of state *n*: choices, and where they lead to."""
        out = list(self.graph.edges(n)) if n < self.last else []
        return sorted([*out, *self.stopping[n]]) if n in self.stopping else out

    def data(self) -> Board:
        """As a board has it.  A target is how far back it lies from the next new state: most are 0, the next new."""
        degrees, back, by, fresh = array("H"), array("I"), array("H"), 1
        for n in range(self.last + len(self.stops)):
            out = self.out_of(n)
            degrees.append(len(out))
            for choice, t in out:
                by.append(self.whose[choice])
                back.append(0 if t == fresh else fresh - t if t < fresh else t - self.last + FAULTS)
                fresh += t == fresh
        return {"degrees": packed(degrees), "targets": packed(back), "by": packed(by)}


def _goal(goal: Goal, whose: dict[int, int], size: int, stops: Mapping[tuple[int, int], int]) -> Board:
    """How a goal stands: for each state 1 + its distance (0: nobody can break it any more), and flags: 1 it is broken
    there, 2 it is about to be, whatever comes, 4 it is at rest and another's failure broke it; and the steps that break
    it, and what `lasting` says."""
    flags = bytearray(size)
    flags[: len(goal.doomed)] = bytes(2 * x for x in goal.doomed)
    for n in goal.broken:
        flags[n] |= 1
    for n in goal.behind:
        flags[n] |= 4
    far = [x + 1 for x in goal.far]
    far += [0] * (size - len(far))
    for stop in broken_stops(goal, stops):
        flags[stop], far[stop] = 1, 1
    return {
        "flags": packed(flags),
        "far": packed(far),
        "breaking": sorted([n, whose[c]] for n, c in goal.breaking),
        **lasting(goal, whose),
    }


def broken_stops(goal: Goal, stops: Mapping[tuple[int, int], int]) -> set[int]:
    """Of the states in which a fault has stopped the machine those whose fault is what breaks the goal."""
    return {n for step, n in stops.items() if step in goal.breaking}


def lasting(goal: Goal, whose: Mapping[int, int]) -> Board:
    """Of a goal what is not of one state: its rounds, each with the movers that must get a turn, and for each of its
    states 1: they are able to move, 2: they are runnable; and if only others' failures break it."""
    return {
        "blameless": goal.blameless,
        "rounds": [
            {
                "states": packed(part.states),
                "turns": [
                    {
                        "movers": sorted({whose[c] for c in turn.choices}),
                        "at": packed([a + 2 * b for a, b in zip(turn.able, turn.runnable, strict=True)]),
                    }
                    for turn in part.turns
                ],
            }
            for part in goal.rounds
        ],
    }


# ---- as text ---------------------------------------------------------------------------------------------------------


def packed(numbers: Iterable[int]) -> str:
    """Numbers from 0 up as text: how wide each is (B, H, I: 1, 2, 4 bytes), then gzip in base64."""
    values = numbers if isinstance(numbers, (array, bytearray)) else list(numbers)
    top = max(values, default=0)
    kind = "B" if top < 1 << 8 else "H" if top < 1 << 16 else "I"
    raw = values.tobytes() if isinstance(values, array) and values.typecode == kind else array(kind, values).tobytes()
    return kind + base64.b64encode(gzip.compress(raw, 6, mtime=0)).decode()


def unpacked(text: str) -> Iterator[int]:
    """The numbers that `packed` has packed."""
    return iter(array(text[0], gzip.decompress(base64.b64decode(text[1:]))))


def board_json(data: Board) -> str:
    """A board as JSON."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
