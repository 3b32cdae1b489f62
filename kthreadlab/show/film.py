"""A trace as a film: everything a viewer needs, as plain data in columns.

The notebook, the page of its own and the widget play the same film with the same script.  A film is JSON: a thing that
lasts is written down once, with the moment it begins.  *Moment* m is the machine after m steps; moment 0 is after boot.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from kthreadlab.trace.events import Event, MachineView, TaskView, Trace, Violation
from kthreadlab.trace.narrate import narrate, plain

from .calls import PLACED_FIRST
from .endings import ending
from .lanes import Lane, events_by_step, lanes
from .links import links, taken_by
from .lost import lost, tied
from .marks import broke, marks
from .text import command
from .words import explained

Film = dict[str, Any]
BEFORE = "Before the first step."


class Column:
    """A value for every moment, written down where it changes: *values*, and pairs (moment, number of the value)."""

    def __init__(self) -> None:
        self.values: dict[Hashable, int] = {}
        self.changes: list[int] = []

    def put(self, moment: int, value: Hashable) -> None:
        number = self.values.setdefault(value, len(self.values))
        if not self.changes or self.changes[-1] != number:
            self.changes += (moment, number)

    def data(self) -> dict[str, list]:
        return {"values": list(self.values), "changes": self.changes}


def film(trace: Trace, *, at: int | None = None, property: str = "") -> Film:
    """The film of a trace.  It opens at moment *at*, else where *property* (or anything) broke, else at the start."""
    broken = broke(trace, property)
    opens = at if at is not None else broken or 0
    says = _told(trace, property, broken)
    return {
        "title": plain(trace.scenario),
        "config": plain(trace.config),
        "schedule": plain(trace.schedule),
        "steps": len(trace.steps),
        "opens": max(0, min(opens, len(trace.steps))),
        "broke": broken,
        "verdict": _verdict(trace, property, broken),
        "cycle": trace.cycle if trace.ending == "cycle" else 0,
        "ending": " ".join([*ending(trace), *tied(trace, property)]),
        "fault": trace.ending == "fault",
        "lanes": [_lane(lane) for lane in lanes(trace)],
        "marks": _marks(trace),
        "lost": [[x.step, plain(x.source), plain(x.task), x.since, x.call] for x in lost(trace, property)],
        "tasks": _tasks(trace.views),
        "queues": _column(
            tuple((plain(k), tuple(map(plain, v))) for k, v in view.queues.items()) for view in trace.views
        ),
        "locks": _column(tuple((plain(k), plain(v)) for k, v in view.locks.items()) for view in trace.views),
        "statics": _column(tuple((plain(k), plain(v)) for k, v in view.statics.items()) for view in trace.views),
        "heap": _column(tuple(map(plain, view.heap)) for view in trace.views),
        "frames": _column(tuple((cpu, plain(name)) for cpu, name in view.frames) for view in trace.views),
        "locals": _column(_locals(view) for view in trace.views),
        "links": {plain(name): _column(told) for name, told in links(trace).items()},
        "helper": _helper(trace),
        "log": [[step + 1, plain(line)] for step, line in trace.log],
        **says,
        "words": explained(says["says"]["values"]),
        "source": {plain(name): [plain(line) for line in text.splitlines()] for name, text in trace.source.items()},
    }


def _locals(view: MachineView) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Of each task that has any: its local variables."""
    known = ((plain(name), tuple((plain(k), plain(v)) for k, v in held)) for name, held in view.locals.items())
    return tuple((name, held) for name, held in known if held)


def _column(values: Iterable[Hashable]) -> dict[str, list]:
    column = Column()
    for moment, value in enumerate(values):
        column.put(moment, value)
    return column.data()


def _helper(trace: Trace) -> dict[str, list]:
    """What the last helper program was given: path, outcome, argv and envp."""
    column = Column()
    column.put(0, None)
    for event in trace.events:
        if event.op == "exec":
            column.put(event.step + 1, given_to(event))
    return column.data()


def given_to(event: Event) -> tuple[object, ...]:
    """What a helper program was given: path, outcome, argv and envp."""
    strings = (tuple(map(plain, event.detail(key) or ())) for key in ("argv", "envp"))
    return plain(event.args[0] if event.args else ""), event.outcome, *strings


def _lane(lane: Lane) -> dict[str, Any]:
    """A lane: its runs; *inside* it, the interrupts (start, end, depth, number of the name, all flat); and what is done
    (how much later than the one before, how long, number of its name and kind), with the *names* of both."""
    made: dict[str, Any] = {"name": plain(lane.name), "kind": lane.kind, **_cells(lane.runs)}
    names: dict[Hashable, int] = {}
    if lane.nested:
        inside = ((x.start, x.end, x.depth, names.setdefault(plain(x.actor), len(names))) for x in lane.nested)
        made["inside"] = [value for row in inside for value in row]
    if lane.calls:
        calls = sorted(lane.calls, key=lambda call: (call.start, call.end))
        starts = [0, *(call.start for call in calls)]
        numbers = (names.setdefault((x.name, PLACED_FIRST.index(x.kind)), len(names)) for x in calls)
        rows = zip(calls, starts, numbers, strict=False)
        made["calls"] = [value for x, last, n in rows for value in (x.start - last, x.end - x.start, n)]
    return made | {"names": list(names)} if names else made


def _cells(runs: tuple) -> dict[str, list]:
    """A lane's runs: what there is (shape, label), and (start, end, number of it) flat."""
    kinds: dict[tuple[str, str], int] = {}
    flat: list[int] = []
    for run in runs:
        flat += (run.start, run.end, kinds.setdefault((run.shape, run.label), len(kinds)))
    return {"kinds": list(kinds), "runs": flat}


def _marks(trace: Trace) -> list[list]:
    return [[m.step, m.kind, plain(m.source), plain(m.target), m.text] for m in marks(trace)]


# ---- what is told ----------------------------------------------------------------------------------------------------


def _told(trace: Trace, property: str, broken: int | None) -> dict[str, Any]:
    """For each moment: its sentence, and who took the step, where in the source."""
    says, places = Column(), Column()
    says.put(0, BEFORE)
    places.put(0, ("", "", 0))
    remarks = _remarks(trace, property, broken)
    for step, events in enumerate(events_by_step(trace)):
        says.put(step + 1, " ".join([sentence(trace, step, events), *remarks.get(step, [])]))
        last = next((e for e in reversed(events) if e.line), None)
        places.put(
            step + 1, (taken_by(trace, step, events), plain(last.file) if last else "", last.line if last else 0)
        )
    return {"says": says.data(), "places": places.data()}


def sentence(trace: Trace, step: int, events: list[Event]) -> str:
    """What happens in a step."""
    before = trace.views[step]
    return " ".join(plain(narrate(e, before)) for e in events) or f"{plain(trace.steps[step])} goes on."


def _verdict(trace: Trace, property: str, broken: int | None) -> str:
    """What is said where it broke: the property, and what the machine noticed there of it."""
    noticed = [_remark(v) for v in trace.violations if _decides(v, property, broken)]
    return "; ".join(dict.fromkeys(noticed)) or plain(property)


def _remarks(trace: Trace, property: str, broken: int | None) -> dict[int, list[str]]:
    """What the checks say, by step, but for what is the verdict."""
    found: dict[int, list[str]] = {}
    for v in trace.violations:
        if not _decides(v, property, broken):
            found.setdefault(v.step, []).append(f"✗ {_remark(v)}.")
    return found


def _decides(v: Violation, property: str, broken: int | None) -> bool:
    return v.step + 1 == broken and property in ("", v.property)


def _remark(v: Violation) -> str:
    return f"{plain(v.property)}: {plain(v.text or v.cause.replace('_', ' '))}"


# ---- tasks -----------------------------------------------------------------------------------------------------------


def _tasks(views: Iterable[MachineView]) -> dict[str, Any]:
    """For each task that there ever is, its row at every moment (None while there is none)."""
    columns: dict[str, Column] = {}
    last: dict[str, TaskView | None] = {}
    rows: dict[TaskView, tuple] = {}
    for moment, view in enumerate(views):
        now: dict[str, TaskView | None] = dict.fromkeys(last)
        now.update((task.name, task) for task in view.tasks)
        for name, task in now.items():
            if name not in columns:
                columns[name] = Column()
                if moment:
                    columns[name].put(0, None)
            if moment == 0 or task is not last.get(name):
                row = rows.get(task) or rows.setdefault(task, row_of(task)) if task else None
                columns[name].put(moment, row)
        last = now
    return {plain(name): column.data() for name, column in columns.items()}


def row_of(task: TaskView) -> tuple:
    """A task as the viewer's table wants it; the order is the ES module's `TASK`."""
    return (
        task.letter,
        task.state,
        _place(task),
        plain(task.waiting_for),
        plain(task.file),
        task.line,
        task.irqs_off,
        task.preempt_count,
        tuple(map(plain, task.locks)),
        tuple(map(plain, task.signals)),
        command(task),
        task.pid,
        task.ppid,
        task.context,
    )


def _place(task: TaskView) -> str:
    """Where a task is: on a CPU, on the run queue, asleep, or gone; an interrupt that has landed is none of these."""
    if task.letter in "XZ":
        return "ended"
    if task.context == "irq":
        return "interrupting" if task.on_runqueue else "not here yet"
    if task.on_cpu:
        return "on a CPU"
    if task.on_runqueue:
        return "on the run queue"
    return "asleep" if task.letter in "SD" else "stopped" if task.letter in "Tt" else "not here yet"
