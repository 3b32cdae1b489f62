"""Why a task is asleep, and who woke it: for each moment, the steps that say so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from kthreadlab.trace.events import Event, TaskView, Trace
from kthreadlab.trace.narrate import plain

from .lanes import events_by_step

LOOKS = ("load", "atomic_", "list_", "test_", "wait_event", "completion_done")
"""How the calls begin by which a task learns of what a waker has left for it."""

Link = tuple[str, int, str]
"""What a step is to a task, the step as people count, and who took it: ``since`` (it fell asleep), ``lost`` (a wake-up
of its queue woke nobody, and it has looked at nothing since), ``woke``."""


def links(trace: Trace) -> dict[str, list[tuple[Link, ...]]]:
    """For each task that there ever is, its links at every moment."""
    names = dict.fromkeys(task.name for view in trace.views for task in view.tasks)
    told = events_by_step(trace)
    return {name: list(_links(trace, told, name)) for name in names}


def _links(trace: Trace, told: list[list[Event]], name: str) -> Iterator[tuple[Link, ...]]:
    """The links of one task, moment by moment."""
    tasks = [next((task for task in view.tasks if task.name == name), None) for view in trace.views]
    since, lost = 0, dict[tuple[object, ...], Link]()
    woke: tuple[Link, ...] = ()
    yield ()
    for step, (before, after) in enumerate(pairwise(tasks)):
        if is_asleep(after) and not is_asleep(before):
            since = step + 1
        elif is_asleep(before) and not is_asleep(after):
            woke, lost = (("woke", step + 1, taken_by(trace, step, told[step])),), {}
        for event in told[step]:
            if event.op.startswith("wake_up") and reaches_nobody(event):
                lost[event.args[:1]] = ("lost", step + 1, taken_by(trace, step, [event]))
            elif event.task == name and event.op.startswith(LOOKS):
                lost = {}
        if after is None or after.letter in "XZ":
            yield ()
        elif not is_asleep(after):
            yield woke
        else:
            missed = lost.get((after.waiting_for,))
            yield (*((("since", since, ""),) if since else ()), *((missed,) if missed else ()))


def is_asleep(task: TaskView | None) -> bool:
    """Is there such a task, off the run queue and able to come back to it?"""
    return task is not None and task.letter in "SD" and not task.on_cpu and not task.on_runqueue


def reaches_nobody(event: Event) -> bool:
    """Does a wake-up change nobody's state?"""
    return not event.detail("woken") and event.outcome != "not_asleep_yet"


def taken_by(trace: Trace, step: int, events: list[Event]) -> str:
    """Who took a step: a task, or what came from outside by its name in schedules."""
    told = next((e for e in reversed(events) if e.line), events[-1] if events else None)
    return plain(trace.steps[step] if told is None else told.task if told.context == "process" else told.actor)
