"""Interrupts inside the bars of those whom they interrupt: who holds up whom, from when to when, how deep."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

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


Frames = Sequence[tuple[int, str]]
"""The interrupts and bottom halves under way at a moment: on which CPU, and the name; the innermost last."""


def landed(events: Iterable[Event], tasks: Collection[str]) -> dict[str, str]:
    """The interrupts that do something in a step, each with whom it interrupts, of *tasks*, or ""."""
    hosts: dict[str, str] = {}
    for e in events:
        if e.context == "irq":
            name = frame_name(e.actor)
            hosts[name] = hosts.get(name) or (e.task if e.task in tasks else "")
    return hosts


def inside(before: Frames, after: Frames, acting: Iterable[str], mover: str) -> dict[str, int]:
    """The interrupts that are there during a step of *mover*, each with its depth: those that are there after it, and
    those that do something in it.  The page of a game follows the same rule (`framesIn`, in game.js)."""
    acts, here, cpus = {*acting, mover}, dict[str, int](), dict[int, int]()
    for cpu, actor in dict.fromkeys((*(x for x in before if x in after or x[1] in acts), *after)):
        here[actor] = cpus.get(cpu, 0)
        cpus[cpu] = here[actor] + 1
    return here | {actor: 0 for actor in acting if actor not in here}


def nested(trace: Trace, by_step: list[list[Event]]) -> list[Nested]:
    """Every interrupt of *trace*, in the order in which they come."""
    found: list[Nested] = []
    open_: dict[str, Nested] = {}
    for step, events in enumerate(by_step):
        hosts, here = _during(trace, step, events)
        for actor in [actor for actor in open_ if actor not in here]:
            found.append(_ended(open_.pop(actor), step))
        for actor, depth in here.items():
            if actor not in open_:
                open_[actor] = Nested(step, step, actor, hosts.get(actor, ""), depth)
    found += [_ended(frame, len(by_step)) for frame in open_.values()]
    return sorted(found, key=lambda frame: (frame.start, frame.depth))


def hosts_at(frames: Iterable[Nested], moment: int) -> dict[str, str]:
    """The interrupts that are there after so many steps, each with whom it interrupts ("": nobody)."""
    return {x.actor: x.host for x in frames if x.start < moment <= x.end}


def _ended(frame: Nested, end: int) -> Nested:
    return replace(frame, end=end)


def _during(trace: Trace, step: int, events: list[Event]) -> tuple[dict[str, str], dict[str, int]]:
    """Who does something in a step, with whom he interrupts; and who is there, with his depth."""
    before, after = trace.views[step], trace.views[step + 1]
    if not before.frames and not after.frames and all(e.context != "irq" for e in events):
        return {}, {}
    hosts = landed(events, {task.name for task in before.tasks if task.context == "process"})
    return hosts, inside(before.frames, after.frames, hosts, trace.steps[step])
