"""Which call a task, or an interrupt, is in at each step: what stands in its bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from kthreadlab.lang.api import CALLS
from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

from .nested import frame_name

PLACED_FIRST = ("waits", "call", "access", "way")
"""Kinds of names, in the order in which they get their room: a call that waits, any other, a variable that is read or
written, a function that begins."""
NAMELESS = ("exit", "return", "fault", "irq_enter", "expire")
"""What says nothing in a bar: how something ends is seen, a fault has its sign, an interrupt its name."""
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
        event = _last_own(by_step[step], name)
        if event is None:
            continue
        told, kind = name_of(event)
        if found and found[-1].kind == "waits" and found[-1].name == told and event.op.endswith(":return"):
            found[-1] = Call(found[-1].start, step + 1, told, "waits")
        elif any(shape in WAITING for shape in shapes[step + 1 : later]):
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
        own = [e for e in by_step[step] if e.context == "irq" and frame_name(e.actor) == actor and e.op not in NAMELESS]
        if own:
            yield Call(step, step + 1, *name_of(own[-1]))


def _own(event: Event, name: str) -> bool:
    return event.task == name and event.context == "process"


def _last_own(events: list[Event], name: str) -> Event | None:
    """What a step is named after: the last that its task does in it, if that has a name."""
    own = [e for e in events if _own(e, name) and e.op not in NAMELESS]
    return next((e for e in reversed(own) if name_of(e)[1] != "way"), own[-1] if own else None)


def name_of(event: Event) -> tuple[str, str]:
    """How a bar calls what happens, and of which kind that is."""
    op, first = event.op.removesuffix(":return"), plain(event.args[0]) if event.args else ""
    if op in ("load", "store"):
        return f"{'read' if op == 'load' else 'write'} {first}", "access"
    if op == "enter":
        return first, "way"
    return plain(op), "call" if op in CALLS else "way"
