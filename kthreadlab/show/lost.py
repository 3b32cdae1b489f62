"""The wake-up that found nobody, and the sleep that it should have prevented or ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kthreadlab.trace.events import Event, TaskView, Trace
from kthreadlab.trace.narrate import plain

from .endings import unserved
from .lanes import events_by_step, find
from .marks import Mark, broke, drawn_marks
from .nested import hosts_at, nested
from .waits import circle_words, lock_of, waits


@dataclass(frozen=True)
class Lost:
    """In step *step* (from 0) *call* in the lane *source* woke nobody, and *task* sleeps from step *since* on."""

    step: int
    source: str
    call: str
    task: str
    since: int


def lost(trace: Trace, property: str = "") -> tuple[Lost, ...]:
    """For everybody who sleeps at the end of a trace that ends badly, the wake-up that missed him, if one did.

    Where the trace has reports, that is one that came with, or after, a report that nobody has served.
    """
    reports = [e.step for e in trace.events if e.detail("report") is not None]
    if broke(trace, property) is None or trace.ending not in ("asleep", "cycle") or (reports and not unserved(trace)):
        return ()
    first = _first_unserved(trace) if reports else 0
    told = list(drawn_marks(trace))
    found = (_of(trace, told, task, first) for task in trace.views[-1].tasks)
    return tuple(one for one in found if one is not None)


def _first_unserved(trace: Trace) -> int:
    """The step of the first report whose id no helper run has come after."""
    missing = set(unserved(trace))
    last = {e.detail("report"): e.step for e in trace.events if e.detail("report") in missing}
    return min(last.values(), default=0)


def _of(trace: Trace, told: list[tuple[Event, Mark]], task: TaskView, first: int) -> Lost | None:
    since = _asleep_since(trace, task.name)
    if since is None:
        return None
    woken = max((m.step for _, m in told if m.kind == "wake" and m.target == task.name), default=-1)
    missed = [m for e, m in told if m.step >= max(first, woken + 1) and _missed(e, m, task)]
    before = [mark for mark in missed if mark.step <= since]
    return next((Lost(m.step, m.source, m.text, task.name, since) for m in before[-1:] or missed[:1]), None)


def _asleep_since(trace: Trace, name: str) -> int | None:
    """The step from which on a task does nothing but sleep; None if it does not."""
    since = None
    for moment in range(len(trace.views) - 1, -1, -1):
        task = find(trace.views[moment], name)
        if task is None or task.letter not in "SD" or task.on_runqueue or task.on_cpu or not task.line:
            break
        since = moment
    return since


def _missed(event: Event, mark: Mark, task: TaskView) -> bool:
    """Is it a wake-up that woke nobody, on what the task sleeps on, or of the task itself?"""
    if mark.kind != "lost" or not event.op.startswith("wake_up"):
        return False
    about = str(event.args[0]) if event.args else ""
    return about in (lock_of(task.waiting_for), task.name) or task.waiting_for.startswith("nothing")


def lost_words(found: tuple[Lost, ...]) -> Iterator[str]:
    """Each in a sentence."""
    for one in found:
        when = (
            f"in step {one.since} {plain(one.task)} falls asleep"
            if one.since > one.step
            else f"{plain(one.task)} sleeps on"
        )
        yield f"Lost wake-up: {one.call}() in step {one.step + 1} woke nobody, and {when}."


def tied(trace: Trace, property: str = "", moment: int | None = None) -> list[str]:
    """What a picture ties together, in words: who waits for whom in a circle at *moment* (at the end, without it), and
    which wake-up missed whom."""
    moment = len(trace.steps) if moment is None else moment
    hosts = hosts_at(nested(trace, events_by_step(trace)), moment)
    return [*filter(None, [circle_words(waits(trace.views[moment], hosts))]), *lost_words(lost(trace, property))]
