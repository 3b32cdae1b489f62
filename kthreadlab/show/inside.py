"""What stands inside the bars of a picture: interrupts, and the names of calls as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from .calls import PLACED_FIRST, WAITING, Call
from .lanes import Lane

LETTER_WIDE = 5.7
"""How wide a letter of a name is, at most, in pixels."""
INSET, BELOW = 5, 3
"""How far an interrupt stays below the edge of what it interrupts, and above its lower one."""
NAME_LOW, CALL_LOW = 17, 27
"""Where the interrupt's name stands, and that of its call, in pixels from the top of the lane."""
ZONES = {"run": "bar", "spin": "spin", **dict.fromkeys(WAITING, "line")}
"""Where in a lane there is room for names, by the shape that is there."""


@dataclass(frozen=True)
class Zone:
    """Steps *start* to *end* (without it) in which the names of one *kind* may stand: bar, spin, line or irq."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Name:
    """A call's name that has its room, from *x* on; *at*: where its step begins."""

    x: float
    text: str
    kind: str


def zones(lane: Lane) -> list[Zone]:
    """Where names may stand, from left to right; within an interrupt, its own, and nobody else's."""
    found: list[Zone] = []
    for run in lane.runs:
        kind = ZONES.get(run.shape, "")
        if found and found[-1].end == run.start and found[-1].kind == kind == "bar":
            found[-1] = Zone(found[-1].start, run.end, kind)
        elif kind:
            found.append(Zone(run.start, run.end, kind))
    free = [piece for zone in found for piece in _without(zone, lane, -1)]
    inner = [piece for x in lane.nested for piece in _without(Zone(x.start, x.end, "irq"), lane, x.depth)]
    return sorted([*free, *inner], key=lambda zone: (zone.start, zone.end))


def _without(zone: Zone, lane: Lane, depth: int) -> Iterator[Zone]:
    """What of a zone is left beside the interrupts that are deeper."""
    start = zone.start
    for x in sorted((x for x in lane.nested if x.depth > depth), key=lambda x: x.start):
        if start < x.end and x.start < zone.end:
            if start < x.start:
                yield Zone(start, x.start, zone.kind)
            start = x.end
    if start < zone.end:
        yield Zone(start, zone.end, zone.kind)


def names(lane: Lane, x: Callable[[float], float]) -> list[Name]:
    """The names that have room, none over another: a call that waits first, then the others in their order."""
    rooms, placed, taken = zones(lane), [], dict[Zone, list[tuple[float, float]]]()
    for call in sorted(lane.calls, key=lambda call: (PLACED_FIRST.index(call.kind), call.start)):
        zone = _zone(call, rooms)
        if zone is None:
            continue
        left = x(max(call.start, zone.start)) + 3
        right = left + LETTER_WIDE * len(call.name)
        limit = x(min(zone.end, call.end) if zone.kind == "line" else zone.end) - 2
        if right <= limit and all(right + 4 <= a or b + 4 <= left for a, b in taken.setdefault(zone, [])):
            taken[zone].append((left, right))
            placed.append(Name(left, call.name, zone.kind))
    return placed


def _zone(call: Call, rooms: list[Zone]) -> Zone | None:
    """Where a call's name belongs: one that waits, to the first place where it does; any other to its first step,
    innermost."""
    if call.kind == "waits":
        return next(
            (z for z in rooms if z.kind in ("line", "spin") and z.start < call.end and call.start < z.end), None
        )
    return next((z for z in reversed(rooms) if z.kind in ("bar", "irq") and z.start <= call.start < z.end), None)


def names_svg(lane: Lane, x: Callable[[float], float], y: float) -> Iterator[str]:
    """The names of the calls of a lane whose top is at *y*, each with a tick where its step begins."""
    for name in names(lane, x):
        low = y + (CALL_LOW if name.kind == "irq" else 11)
        kind = "call on-bar" if name.kind in ("bar", "irq") else "call"
        if name.kind == "spin":
            wide = round(LETTER_WIDE * len(name.text) + 2, 2)
            yield f'<rect class="plate" x="{name.x - 1}" y="{low - 9}" width="{wide}" height="11"/>'
        elif name.kind != "line":
            yield f'<path class="tick" d="M{round(name.x - 3, 2)} {low - 8}v9"/>'
        yield f'<text x="{round(name.x, 2)}" y="{low}" class="{kind}">{escape(name.text)}</text>'


def nested_svg(lane: Lane, x: Callable[[float], float], y: float, tall: float) -> Iterator[str]:
    """The interrupts inside a lane, each with the notch of its shape and with its name if there is room."""
    for frame in lane.nested:
        left, inset = x(frame.start), INSET + 4 * frame.depth
        wide = round(max(2, x(frame.end) - left - (1 if x(frame.end) - left > 6 else 0)), 2)
        top, low, right = y + inset, y + tall - BELOW, round(left + wide, 2)
        notch = round(left + min(6, wide / 2), 2)
        yield f'<path class="irq" d="M{left} {top}H{right}V{low - 6}L{notch} {low}L{left} {low - 6}Z"/>'
        if not frame.depth and wide - 6 >= 6.2 * len(frame.name):
            told, at = escape(frame.name), round(left + 4, 2)
            yield f'<text x="{at}" y="{y + NAME_LOW}" class="soft run-letter">{told}</text>'
