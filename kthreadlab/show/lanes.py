"""The lanes of a trace: what everybody is doing at each step, as shapes that need no colour to be told apart.

A lane is a row of the picture: a task, the user-mode helpers, a CPU that several share, a wait queue, a lock.  Its
cells are *runs* of steps in which nothing about it changes.  An interrupt is drawn inside the bar of whom it
interrupts; those that land on an idle CPU have a lane of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from kthreadlab.trace.events import Event, MachineView, TaskView, Trace
from kthreadlab.trace.narrate import plain

from .calls import Call, calls_in, calls_of
from .columns import acting_names, is_away
from .nested import Nested, interrupt_name, nested

SHAPES = {
    "run": "runs",
    "spin": "spins",
    "held": "is interrupted",
    "ready": "could run",
    "sleep": "sleeps",
    "deep": "sleeps uninterruptibly",
    "stopped": "is stopped",
    "zombie": "zombie",
    "irq": "interrupt",
    "helper": "helper program",
    "world": "comes from outside",
    "cpu": "on this CPU",
    "queue": "waiting here",
    "lock": "held by",
}
"""What a cell's shape means.  Full height: on a CPU.  Half height, hatched: on the run queue.  A line: asleep."""

WORLD, INTERRUPTS, HELPERS = "from outside", "interrupts", "helper programs"
LETTERS = {"S": "sleep", "D": "deep", "Z": "zombie", "T": "stopped", "t": "stopped"}


@dataclass(frozen=True)
class Run:
    """Steps *start* to *end* (without it) with one shape and one label: a state's letter, or a name."""

    start: int
    end: int
    shape: str
    label: str


@dataclass(frozen=True)
class Lane:
    """A row of the picture.  *kind*: world, task, helper, irq, cpu, queue or lock.  *nested*: the interrupts inside its
    runs; *calls*: what is done in them."""

    name: str
    kind: str
    runs: tuple[Run, ...]
    nested: tuple[Nested, ...] = ()
    calls: tuple[Call, ...] = ()


def lanes(trace: Trace) -> list[Lane]:
    """Every lane of a trace, the world above, the tasks next.  What never comes to anything has no lane."""
    by_step = events_by_step(trace)
    names, frames = acting_names(trace), nested(trace, by_step)
    rows = [Lane(WORLD, "world", _world(by_step))]
    rows += [_task_lane(trace, by_step, name, [x for x in frames if x.host == name]) for name in names]
    rows.append(Lane(HELPERS, "helper", _helpers(trace)))
    rows.append(_interrupts(trace, [x for x in frames if x.host not in names]))
    rows += [Lane(f"CPU {cpu}", "cpu", _cpu(trace, by_step, cpu)) for cpu in _shared_cpus(trace)]
    rows += [Lane(name, "queue", _queue(trace, name)) for name in _names(view.queues for view in trace.views)]
    rows += [Lane(name, "lock", _lock(trace, name)) for name in _names(view.locks for view in trace.views)]
    return [lane for lane in rows if lane.runs or lane.kind == "task"]


def events_by_step(trace: Trace) -> list[list[Event]]:
    """The events of each step."""
    found: list[list[Event]] = [[] for _ in trace.steps]
    for event in trace.events:
        found[event.step].append(event)
    return found


def _runs(cells: Iterable[tuple[str, str] | None]) -> tuple[Run, ...]:
    """Equal neighbours become one run; None is nothing at all."""
    found, start = [], 0
    for cell, group in groupby(cells):
        end = start + sum(1 for _ in group)
        if cell is not None:
            found.append(Run(start, end, *cell))
        start = end
    return tuple(found)


# ---- tasks -----------------------------------------------------------------------------------------------------------


def _task_lane(trace: Trace, by_step: list[list[Event]], name: str, inside: list[Nested]) -> Lane:
    """A task's lane, with the interrupts *inside* it."""
    cells = [
        task_cell(find(after, name), after, _acts(events, step, name))
        for events, step, after in zip(by_step, trace.steps, trace.views[1:], strict=False)
    ]
    for frame in inside:
        for step in range(frame.start, frame.end):
            shape, letter = cells[step] or ("held", "R")
            cells[step] = ("spin" if shape == "spin" else "held", letter)
    own = calls_of(trace, by_step, name, [cell[0] if cell else "" for cell in cells])
    theirs = [call for x in inside for call in calls_in(by_step, x.actor, x.start, x.end)]
    return Lane(name, "task", _runs(cells), tuple(inside), (*own, *theirs))


def task_cell(task: TaskView | None, view: MachineView, acts: bool) -> tuple[str, str] | None:
    """The shape and the letter of a task; one that acts in this step ran, whatever has become of it."""
    if task is None or (not acts and (task.letter == "X" or is_away(task))):
        return None
    if task.letter == "Z" and not acts:
        return "zombie", "Z"
    if task.on_cpu and task.waiting_for in view.locks:
        return "spin", task.letter
    if acts:
        return "run", task.letter
    if task.on_runqueue:
        return "ready", task.letter
    return LETTERS.get(task.letter, "ready"), task.letter


def find(view: MachineView, name: str) -> TaskView | None:
    """The task of that name, if there is one now."""
    return next((task for task in view.tasks if task.name == name), None)


def _acts(events: list[Event], step: str, name: str) -> bool:
    """Does this task take this step?  A step in which nothing is told is that of the task it is named after."""
    if events:
        return any(event.task == name and event.context == "process" for event in events)
    return step == name


# ---- the others ------------------------------------------------------------------------------------------------------


def _world(by_step: list[list[Event]]) -> tuple[Run, ...]:
    """Signals, timers, writes and whatever else nobody on the machine does."""
    outside = ([from_outside(e) for e in events if e.context == "world"] for events in by_step)
    return _runs(("world", ", ".join(words)) if words else None for words in outside)


def from_outside(event: Event) -> str:
    """A signal by its name, a write by what is written, anything else by what it is."""
    if event.op == "write" and event.args:
        return plain(f'write "{event.args[-1]}"')
    words = [str(a) for a in event.args if str(a) != event.task]
    return plain(" ".join(words) if event.op in ("kill", "signal") and words else event.op)


def _helpers(trace: Trace) -> tuple[Run, ...]:
    """From each exec to the helper's end, if it is told."""
    cells: list[tuple[str, str] | None] = [None] * len(trace.steps)
    running = ""
    by_step: dict[int, list[Event]] = {}
    for event in trace.events:
        if event.op in ("exec", "helper_exit"):
            by_step.setdefault(event.step, []).append(event)
    lasting = any(event.op == "helper_exit" for event in trace.events)
    for step in range(len(cells)):
        label = running
        for event in by_step.get(step, []):
            label = helper_label(event) if event.op == "exec" and event.outcome == "ok" else label
            running = label if lasting and event.op == "exec" else ""
        cells[step] = ("helper", label) if label else None
    return _runs(cells)


def helper_label(event: Event) -> str:
    """A helper program by its path, and the id that it is given."""
    path = plain(event.args[0]) if event.args else "?"
    return path if event.detail("id") is None else f"{path} {plain(event.detail('id'))}"


def _interrupts(trace: Trace, alone: list[Nested]) -> Lane:
    """The interrupts that hold up nobody who has a lane."""
    there: list[dict[str, None]] = [{} for _ in trace.steps]
    for frame in alone:
        for names in there[frame.start : frame.end]:
            names[frame.name] = None
    cells = (("irq", ", ".join(names)) if names else None for names in there)
    return Lane(INTERRUPTS, "irq", _runs(cells))


def _shared_cpus(trace: Trace) -> list[int]:
    """The CPUs that more than one task runs on: a lane for any other would say the same twice."""
    users: dict[int, set[str]] = {}
    for event in trace.events:
        if event.cpu >= 0 and event.context == "process":
            users.setdefault(event.cpu, set()).add(event.task)
    return sorted(cpu for cpu, tasks in users.items() if len(tasks) > 1)


def _cpu(trace: Trace, by_step: list[list[Event]], cpu: int) -> tuple[Run, ...]:
    def cells() -> Iterator[tuple[str, str] | None]:
        here = ""
        for events, after in zip(by_step, trace.views[1:], strict=False):
            mine = [e for e in events if e.cpu == cpu and e.context != "world"]
            if mine:
                here = mine[-1].actor if mine[-1].context == "irq" else mine[-1].task
            elif here and not any(e.context == "world" for e in events) and not _still_on_cpu(after, cpu, here):
                here = ""
            yield ("cpu", interrupt_name(here)) if here else None

    return _runs(cells())


def _still_on_cpu(view: MachineView, cpu: int, name: str) -> bool:
    task = find(view, name)
    return (cpu, name) in view.frames or (task is not None and task.on_cpu)


def _queue(trace: Trace, name: str) -> tuple[Run, ...]:
    waiting = (view.queues.get(name, ()) for view in trace.views[1:])
    return _runs(("queue", ", ".join(map(plain, names))) if names else None for names in waiting)


def _lock(trace: Trace, name: str) -> tuple[Run, ...]:
    holders = (view.locks.get(name, "") for view in trace.views[1:])
    return _runs(("lock", plain(holder)) if holder else None for holder in holders)


def _names(tables: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table))
