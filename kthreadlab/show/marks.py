"""The marks of a trace: who wakes whom, what comes from outside, and where it broke."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

from .columns import acting_names
from .endings import unserved
from .lanes import HELPERS, INTERRUPTS, WORLD, events_by_step, from_outside
from .nested import frame_name, nested

KINDS = {
    "wake": "wakes",
    "lost": "comes to nothing",
    "world": "from outside",
    "exec": "starts a helper",
    "fault": "fault",
}
WAKES_BY_OTHER_NAMES = ("helper_complete",)


@dataclass(frozen=True)
class Mark:
    """Something at one step: from the lane *source* to the lane *target*, either of which may be ""."""

    step: int
    kind: str
    source: str
    target: str
    text: str


def marks(trace: Trace) -> list[Mark]:
    """Every mark of a trace, in order; whatever an interrupt does begins in the lane of interrupts."""
    return [mark for event in trace.events for mark in marks_of(event)]


def drawn_marks(trace: Trace) -> Iterator[tuple[Event, Mark]]:
    """Every mark of a trace with the event that makes it; an interrupt's begin in the lane that it is drawn in."""
    names, frames = acting_names(trace), nested(trace, events_by_step(trace))
    hosts = {(x.actor, step): x.host for x in frames if x.host in names for step in range(x.start, x.end)}
    for event in trace.events:
        lane = hosts.get((frame_name(event.actor), event.step), "") if event.context == "irq" else ""
        yield from ((event, replace(mark, source=lane or mark.source)) for mark in marks_of(event))


def marks_of(event: Event) -> Iterator[Mark]:
    """The marks of one event."""
    source = INTERRUPTS if event.context == "irq" else event.task
    if event.op == "fault":
        yield Mark(event.step, "fault", source, "", plain(event.outcome.replace("_", " ")))
    elif event.context == "world":
        if event.task:  # a write under /proc/sys is nobody's
            yield Mark(event.step, "world", WORLD, event.task, from_outside(event))
    elif event.op == "exec":
        begins = event.outcome == "ok"
        yield Mark(event.step, "exec" if begins else "lost", source, HELPERS if begins else "", "exec")
    elif event.op in WAKES_BY_OTHER_NAMES:
        yield from (Mark(event.step, "wake", source, name, event.op) for name in _listed(event, "waiting"))
    elif event.op.startswith("wake_up") or _listed(event, "woken"):
        yield from _wake_up(event, source)


def _wake_up(event: Event, source: str) -> Iterator[Mark]:
    """One arrow to each task that the wake-up changes, or one that ends in nothing."""
    reached = _listed(event, "woken") + (_listed(event, "waiters") if event.outcome == "not_asleep_yet" else [])
    if reached:
        yield from (Mark(event.step, "wake", source, name, event.op) for name in reached)
    else:
        yield Mark(event.step, "lost", source, next(iter(_listed(event, "waiters")), ""), event.op)


def _listed(event: Event, key: str) -> list[str]:
    found = event.detail(key, ())
    return [str(found)] if isinstance(found, str) and found else [str(name) for name in found or ()]


def broke(trace: Trace, property: str = "") -> int | None:
    """After how many steps it broke, or None if nothing did.

    Of *property*: where the machine noticed; else where the witness ends, or, when the end comes again and again, where
    it begins to.
    """
    noticed = [v.step for v in trace.violations if not property or v.property == property]
    if noticed:
        return min(noticed) + 1
    if trace.ending == "cycle":
        return len(trace.steps) - trace.cycle + 1
    if property or trace.ending in ("stuck", "fault") or (trace.ending == "asleep" and unserved(trace)):
        return len(trace.steps)
    return None
