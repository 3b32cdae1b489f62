"""The wake-up that found nobody, and the sleep that it should have prevented or ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from kthreadlab.trace.events import Event, TaskView, Trace
from kthreadlab.trace.narrate import plain

from .endings import unserved
from .lanes import events_by_step, find
from .marks import Mark, broke, drawn_marks
from .nested import frame_name, hosts_at, nested
from .waits import circle_words, lock_of, waits


@dataclass(frozen=True)
class Lost:
    """In step *step* (from 0) *call* in the lane *source* woke nobody, and *task* sleeps from step *since* on."""

    step: int
    source: str
    call: str
    task: str
    since: int


LOOKS = ("load", "atomic_", "list_", "test_", "wait_event", "completion_done")
"""How the calls begin by which a task learns of what a waker has left for it."""
WRITES = ("store", "atomic_", "list_", "set_bit", "clear_bit", "complete")
"""How those begin by which it leaves something."""

Missed = tuple[Event, Mark]


@dataclass(frozen=True)
class Asleep:
    """A task at a moment at which it sleeps, *since* which moment, and the wake-ups that woke nobody, and of which it
    has read nothing since (of wakers that never write anything, nothing at all): *unread*."""

    task: TaskView
    since: int
    unread: tuple[Missed, ...]

    def missed(self, first: int = 0) -> Missed | None:
        """The wake-up, of those from step *first* on, that it sleeps in spite of: the last before it fell asleep, else
        the first after that.  Links and ties name this one."""
        about = [one for one in self.unread if one[1].step >= first and _concerns(one[0], self.task)]
        before = [one for one in about if one[1].step <= self.since]
        return next(iter(before[-1:] or about[:1]), None)


def is_asleep(task: TaskView | None) -> bool:
    """Is there such a task, off the run queue and able to come back to it?"""
    return task is not None and task.letter in "SD" and not task.on_cpu and not task.on_runqueue


def sleeps(trace: Trace, name: str, marks: Mapping[int, list[Missed]] | None = None) -> Iterator[Asleep | None]:
    """How a task sleeps, moment by moment; None while it doesn't.  *marks*: those of the trace, by their step."""
    marks = marks_by_step(trace) if marks is None else marks
    tasks = [find(view, name) for view in trace.views]
    since, unread, wrote = 0, list[Missed](), dict[str, set[str]]()
    writers = {frame_name(event.actor) for event in trace.events if event.op.startswith(WRITES)}
    yield None
    for step, events in enumerate(events_by_step(trace)):
        before, after = tasks[step], tasks[step + 1]
        if is_asleep(after) and not is_asleep(before):
            since = step + 1
        for event in events:
            if event.op.startswith(WRITES):
                wrote.setdefault(frame_name(event.actor), set()).update(map(str, event.args[:1]))
            if event.task == name and event.op.startswith(LOOKS):
                by = ((frame_name(e.actor), e, m) for e, m in unread)
                unread = [(e, m) for who, e, m in by if who in writers and not _reads(event, wrote.get(who, ()))]
        here = marks.get(step, [])
        if (is_asleep(before) and not is_asleep(after)) or any(m.kind == "wake" and m.target == name for _, m in here):
            unread = []
        unread += [one for one in here if one[1].kind == "lost" and one[0].op.startswith("wake_up")]
        yield Asleep(after, since, tuple(unread)) if after is not None and is_asleep(after) else None


def _reads(event: Event, written: Collection[str]) -> bool:
    """Does somebody look at what a waker has *written* by then?"""
    return bool(written) and (not event.args or str(event.args[0]) in written)


def marks_by_step(trace: Trace) -> dict[int, list[Missed]]:
    """Every mark of a trace with its event, by its step."""
    found: dict[int, list[Missed]] = {}
    for one in drawn_marks(trace):
        found.setdefault(one[1].step, []).append(one)
    return found


def lost(trace: Trace, property: str = "") -> tuple[Lost, ...]:
    """For everybody who sleeps at the end of a trace that ends badly, the wake-up that missed him, if one did.

    Where the trace has reports, that is one that came with, or after, a report that nobody has served.
    """
    reports = [e.step for e in trace.events if e.detail("report") is not None]
    if broke(trace, property) is None or trace.ending not in ("asleep", "cycle") or (reports and not unserved(trace)):
        return ()
    marks = marks_by_step(trace)
    found = (_of(trace, task.name, marks) for task in trace.views[-1].tasks)
    return tuple(one for one in found if one is not None)


def first_unserved(trace: Trace) -> int:
    """The step of the first report whose id no helper run has come after; 0, if there is none."""
    missing = set(unserved(trace))
    last = {e.detail("report"): e.step for e in trace.events if e.detail("report") in missing}
    return min(last.values(), default=0)


def _of(trace: Trace, name: str, marks: Mapping[int, list[Missed]]) -> Lost | None:
    last = [*sleeps(trace, name, marks)][-1]
    missed = last.missed(first_unserved(trace)) if last is not None and last.task.line else None
    if last is None or missed is None:
        return None
    return Lost(missed[1].step, missed[1].source, missed[1].text, name, last.since)


def _concerns(event: Event, task: TaskView) -> bool:
    """Is a wake-up of what the task sleeps on, or of the task itself?  One that sleeps on nothing might mean any."""
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
