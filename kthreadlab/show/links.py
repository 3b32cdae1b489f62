"""Why a task is asleep, and who woke it: for each moment, the steps that say so."""

from __future__ import annotations

from collections.abc import Iterator

from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

from .lanes import events_by_step, find
from .lost import Asleep, first_unserved, is_asleep, marks_by_step, sleeps

Link = tuple[str, int, str]
"""What a step is to a task, the step as people count, and who took it: ``since`` (it fell asleep), ``lost`` (the
wake-up that it sleeps in spite of, as `lost` says), ``woke``."""


def links(trace: Trace) -> dict[str, list[tuple[Link, ...]]]:
    """For each task that there ever is, its links at every moment."""
    names = dict.fromkeys(task.name for view in trace.views for task in view.tasks)
    told, marks, first = events_by_step(trace), marks_by_step(trace), first_unserved(trace)
    return {name: list(_links(trace, told, name, list(sleeps(trace, name, marks)), first)) for name in names}


def _links(
    trace: Trace, told: list[list[Event]], name: str, asleep: list[Asleep | None], first: int
) -> Iterator[tuple[Link, ...]]:
    """The links of one task, moment by moment; in the sleep in which it ends, of wake-ups from step *first* on."""
    woke: tuple[Link, ...] = ()
    last = asleep[-1].since if asleep[-1] is not None else len(asleep)
    yield ()
    for moment, now in enumerate(asleep[1:], start=1):
        step, task = moment - 1, find(trace.views[moment], name)
        if is_asleep(find(trace.views[step], name)) and now is None:
            woke = (("woke", moment, taken_by(trace, step, told[step])),)
        if task is None or task.letter in "XZ":
            yield ()
        elif now is None:
            yield woke
        else:
            missed = now.missed(first if moment >= last else 0)
            by = () if missed is None else (("lost", missed[1].step + 1, taken_by(trace, missed[1].step, [missed[0]])),)
            yield (*((("since", now.since, ""),) if now.since else ()), *by)


def taken_by(trace: Trace, step: int, events: list[Event]) -> str:
    """Who took a step: a task, or what came from outside by its name in schedules."""
    told = next((e for e in reversed(events) if e.line), events[-1] if events else None)
    return plain(trace.steps[step] if told is None else told.task if told.context == "process" else told.actor)
