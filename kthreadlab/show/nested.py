"""Interrupts inside the bars of those whom they interrupt: who holds up whom, from when to when, how deep."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

LANDING = re.compile(r"cpu\d+>")


@dataclass(frozen=True)
class Nested:
    """An interrupt, or a bottom half, from step *start* to *end* (without it).  *actor*: its name as a task of the
    machine has it (``irq/nic``); *host*: the task whose CPU it has, "" on an idle one; *depth*: how many other frames
    it has interrupted there."""

    start: int
    end: int
    actor: str
    host: str
    depth: int = 0

    @property
    def name(self) -> str:
        """What a picture calls it: ``nic``."""
        return interrupt_name(self.actor)


def interrupt_name(actor: str) -> str:
    """``irq/nic`` is the nic's, and so is ``cpu1>irq/nic``, its landing on a CPU."""
    return plain(re.sub(r"^(cpu\d+>)?irq/", "", actor))


def frame_name(actor: str) -> str:
    """A landing by the name that the frame has once it is there."""
    return actor.partition(">")[2] if LANDING.match(actor) else actor


def nested(trace: Trace, by_step: list[list[Event]]) -> list[Nested]:
    """Every interrupt of *trace*, in the order in which they come."""
    found: list[Nested] = []
    open_: dict[str, Nested] = {}
    for step, events in enumerate(by_step):
        here = _frames(trace, step, events)
        for actor in [actor for actor in open_ if actor not in here]:
            found.append(_ended(open_.pop(actor), step))
        for actor, depth in here.items():
            if actor not in open_:
                open_[actor] = Nested(step, step, actor, _host(trace, step, events, actor), depth)
    found += [_ended(frame, len(by_step)) for frame in open_.values()]
    return sorted(found, key=lambda frame: (frame.start, frame.depth))


def hosts_at(frames: Iterable[Nested], moment: int) -> dict[str, str]:
    """The interrupts that are there after so many steps, each with whom it interrupts ("": nobody)."""
    return {x.actor: x.host for x in frames if x.start < moment <= x.end}


def _ended(frame: Nested, end: int) -> Nested:
    return Nested(frame.start, end, frame.actor, frame.host, frame.depth)


def _frames(trace: Trace, step: int, events: list[Event]) -> dict[str, int]:
    """The frames that are there during a step, each with its depth: those that are there after it, and the one that
    makes it."""
    before, after = trace.views[step].frames, trace.views[step + 1].frames
    if not before and not after and all(e.context != "irq" for e in events):
        return {}
    acting = {frame_name(e.actor) for e in events if e.context == "irq"} | {trace.steps[step]}
    here: dict[str, int] = {}
    cpus: dict[int, int] = {}
    for cpu, actor in dict.fromkeys((*(x for x in before if x in after or x[1] in acting), *after)):
        here[actor] = cpus.get(cpu, 0)
        cpus[cpu] = here[actor] + 1
    return here | {frame_name(e.actor): 0 for e in events if e.context == "irq" and frame_name(e.actor) not in here}


def _host(trace: Trace, step: int, events: list[Event], actor: str) -> str:
    """Whom a frame interrupts that comes with this step."""
    tasks = {task.name for task in trace.views[step].tasks if task.context == "process"}
    return next((e.task for e in events if frame_name(e.actor) == actor and e.task in tasks), "")
