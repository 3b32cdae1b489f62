"""What a picture ties together: a wake-up that woke nobody with the sleep it should have prevented; whoever waits, over
a lock, with whoever has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from kthreadlab.trace.narrate import plain

from .lost import Lost
from .nested import Nested
from .waits import Wait, circle

GUTTER, APART = 16, 26
"""How far the first arrow of who waits for whom is from the last step, and the next one from it, in pixels."""
RING = 7
"""The radius of the sign of a lost wake-up."""


@dataclass(frozen=True)
class Place:
    """Where a lane is, in pixels from the top of the picture."""

    top: float
    tall: float

    @property
    def middle(self) -> float:
        return self.top + self.tall / 2


# ---- lost wake-ups ---------------------------------------------------------------------------------------------------


def lost_svg(one: Lost, source: Place, target: Place, at: float, asleep: float) -> Iterator[str]:
    """A ring with a cross between two lanes, where a wake-up found nobody, and a way to where the sleep begins."""
    down = target.top >= source.top
    start, edge = (
        source.top + (source.tall - 7 if down else 7),
        target.top - 2 if down else target.top + target.tall + 2,
    )
    told = plain(f"{one.call} woke nobody: {one.task} sleeps")
    low = target.top + target.tall - 3
    tie = f"M{at} {edge}C{round((at + asleep) / 2, 2)} {edge} {round((at + asleep) / 2, 2)} {low} {asleep} {low}"
    yield f"<g><title>{escape(told)}</title>"
    yield f'<path class="halo" d="M{at} {start}V{edge}"/><path class="broke" d="M{at} {start}V{edge}"/>'
    if asleep > at:
        yield f'<path class="halo" d="{tie}"/><path class="broke lost" d="{tie}"/>'
        yield f'<circle class="broke-head" cx="{asleep}" cy="{low}" r="4"/>'
    yield f'<circle class="broke ring" cx="{at}" cy="{edge}" r="{RING}"/>'
    yield f'<path class="broke" d="M{at - 4} {edge - 4}l8 8m0 -8l-8 8"/>'
    yield f'<circle class="broke-head" cx="{at}" cy="{start}" r="3"/></g>'
    yield f'<text class="broke-text outlined" x="{at - RING - 4}" y="{edge + 4}" text-anchor="end">woke nobody</text>'


# ---- who waits for whom ----------------------------------------------------------------------------------------------


def gutter(found: tuple[Wait, ...]) -> float:
    """How much room the arrows need to the right of the last step."""
    return max(90, GUTTER + APART * len(found)) if found else 0


def waits_svg(found: tuple[Wait, ...], places: Mapping[str, Place], x: float, head: str) -> Iterator[str]:
    """A dashed arrow from each lane that waits to that of the lock, a plain one from there to each that has it; those
    that go round in a circle are bolder, and named."""
    if not found:
        return
    around = circle(found)
    left = x + GUTTER
    kind, head = ("broke-text", "deadlock") if around else ("quiet", head)
    yield f'<text class="{kind}" x="{left - 8}" y="20">{head}</text>'
    for wait in found:
        kind = "broke" if wait in around else "arrow"
        between = places.get(wait.lock) if wait.lock else places.get(wait.waiter)
        if wait.lock and between is not None and wait.waiter in places:
            yield from _arrow(places[wait.waiter].middle + 6, between.middle - 4, x, left, f"{kind} asks")
        for holder in wait.holders:
            if between is not None and holder in places and places[holder] != between:
                yield from _arrow(
                    between.middle + 4 * bool(wait.lock), places[holder].middle - 6, x, left + APART / 2, kind
                )
        left += APART


def _arrow(start: float, end: float, x: float, right: float, kind: str) -> Iterator[str]:
    """Out of a lane, down or up beside the picture, and back into a lane, with its tip there."""
    stem = f"M{x + 2} {start}H{right}V{end}H{x + 8}"
    head = "broke-head" if kind.startswith("broke") else "head"
    yield f'<path class="halo" d="{stem}"/><path class="{kind}" d="{stem}"/>'
    yield f'<path class="{head}" d="M{x + 2} {end}l7 -4.5v9z"/>'


def places_of(tops: Mapping[str, tuple[float, float]], frames: Iterable[Nested], lane: str) -> dict[str, Place]:
    """Where everybody is: a lane by its name, an interrupt in the lane of whom it interrupts, else in that of all that
    interrupt nobody (*lane*)."""
    known = {name: Place(*top) for name, top in tops.items()}
    for frame in frames:
        at = known.get(frame.host, known.get(lane))
        if at is not None:
            known[frame.actor] = at
    return known
