"""Which call a task, or an interrupt, is in at each step: what stands in its bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from kthreadlab.lang.api import CALLS
from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

from .nested import frame_name

PLACED_FIRST = ("waits", "call", "access", "way")
"""Kinds of names, in the order in which they get their room: a call that waits, any other, a variable that is read or
written, a function that begins."""
WAITING = ("sleep", "deep")


@dataclass(frozen=True)
class Call:
    """From step *start* to *end* (without it): the *name* of what is done, and its *kind*, of `PLACED_FIRST`."""

    start: int
    end: int
    name: str
    kind: str


def calls_of(trace: Trace, by_step: list[list[Event]], name: str, shapes: list[str]) -> tuple[Call, ...]:
    """What task *name* does at each of its steps.  A call in which it sleeps lasts until it has come back; *shapes*:
    how the task's lane looks at each step."""
    found: list[Call] = []
    steps = [s for s, events in enumerate(by_step) if any(_own(e, name) for e in events)]
    for step, later in zip(steps, [*steps[1:], len(by_step)], strict=True):
        told, kind, event = _named(e for e in by_step[step] if _own(e, name))
        if event is None:
            continue
        if found and found[-1].kind == "waits" and found[-1].name == told and event.op.endswith(":return"):
            found[-1] = Call(found[-1].start, step + 1, told, "waits")
        elif kind == "call" and any(shape in WAITING for shape in shapes[step + 1 : later]):
            found.append(Call(step, later, told, "waits"))
        else:
            found.append(Call(step, step + 1, told, kind))
    return (*found, *_spins(trace, name, shapes))


def _spins(trace: Trace, name: str, shapes: list[str]) -> Iterator[Call]:
    """What a task spins for, while it does."""
    start = 0
    for shape, group in groupby(shapes):
        end = start + sum(1 for _ in group)
        if shape == "spin":
            wanted = next(task.waiting_for for task in trace.views[start + 1].tasks if task.name == name)
            yield Call(start, end, plain(wanted), "waits")
        start = end


def calls_in(by_step: list[list[Event]], actor: str, start: int, end: int) -> Iterator[Call]:
    """What the interrupt *actor* does between two steps."""
    for step in range(start, end):
        own = (e for e in by_step[step] if e.context == "irq" and frame_name(e.actor) == actor)
        name, kind, event = _named(own)
        if event is not None:
            yield Call(step, step + 1, name, kind)


def _own(event: Event, name: str) -> bool:
    return event.task == name and event.context == "process"


def _named(events: Iterable[Event]) -> tuple[str, str, Event | None]:
    """What a step is named after: the last that is done in it, before a function that only begins."""
    named = [(*name_of(event), event) for event in events]
    known = [one for one in named if one[1]]
    return next((one for one in reversed(known) if one[1] != "way"), known[-1] if known else ("", "", None))


def name_of(event: Event) -> tuple[str, str]:
    """How a bar calls what happens, and of which kind that is; nothing, if it has no name: how something ends is seen,
    a fault has its sign, an interrupt its name."""
    op, first = event.op.removesuffix(":return"), plain(event.args[0]) if event.args else ""
    if op in ("load", "store"):
        return f"{'read' if op == 'load' else 'write'} {first}", "access"
    if op == "enter":
        return first, "way"
    return (op, "call") if op in CALLS or op == "exec" else ("", "")
