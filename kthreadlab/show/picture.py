"""A trace as one SVG picture: a lane for everybody, time from left to right, no script and nothing fetched.

The same shapes as the player draws: full height runs, half height could run, a line sleeps.  Each state has its letter,
each shape its pattern; colour only repeats them.  A long trace is merged: neighbouring steps share a column, in which
what is rare wins over what is common, so that no interrupt is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib.resources import files
from textwrap import wrap

from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

from .endings import ending
from .film import BEFORE, sentence
from .inside import names_svg, nested_svg
from .lanes import INTERRUPTS, SHAPES, Lane, Run, events_by_step, find, lanes
from .lost import lost, tied
from .marks import KINDS, Mark, broke, drawn_marks
from .nested import Nested, hosts_at, nested
from .ties import gutter, lost_svg, places_of, waits_svg
from .waits import waits, waits_words

LEFT, TOP, STEP, ROOM = 236, 40, 40, 960
"""Where the lanes begin; the widest step; how much room all steps have together, in pixels."""
MOST = 320
"""How many columns a picture has at the most; a longer trace is merged."""
HEIGHTS = {"world": 20, "task": 34, "helper": 22, "irq": 22, "cpu": 22, "queue": 22, "lock": 22}
RARE = ("irq", "helper", "world", "spin", "zombie", "deep")
"""What must not get lost when steps are merged."""
BESIDE = ("helper", "irq", "world")
"""Shapes whose name may stand beside them."""
LETTER_LOW = {"run": 26, "spin": 26, "zombie": 21, "ready": 13, "sleep": -11, "deep": -11, "stopped": -11}
"""How deep in its lane a state's letter stands, from the top, or, if negative, from the bottom."""

STYLE = """
.kthreadlab-show text { font: 12px system-ui, sans-serif; fill: var(--kl-ink); }
.kthreadlab-show .paper { fill: var(--kl-paper); }
.kthreadlab-show .name { font-weight: 600; }
.kthreadlab-show .code { font: 11px ui-monospace, monospace; fill: var(--kl-quiet); }
.kthreadlab-show .quiet { fill: var(--kl-quiet); font-size: 11px; }
.kthreadlab-show .letter { font-weight: 600; text-anchor: middle; }
.kthreadlab-show .soft { font-size: 11px; fill: var(--kl-on-soft); }
.kthreadlab-show .run-letter { fill: var(--kl-on-run); }
.kthreadlab-show .rule { stroke: var(--kl-rule); fill: none; }
.kthreadlab-show .run { fill: var(--kl-run); }
.kthreadlab-show .call { font-size: 10px; fill: var(--kl-ink); }
.kthreadlab-show .on-bar { fill: var(--kl-on-run); }
.kthreadlab-show .tick { stroke: var(--kl-on-run); opacity: .6; }
.kthreadlab-show .held { fill: none; stroke: var(--kl-run); stroke-width: 2; }
.kthreadlab-show .declared { fill: var(--kl-on-run); opacity: .75; }
.kthreadlab-show .zombie { fill: none; stroke: var(--kl-zombie); stroke-width: 1.5; }
.kthreadlab-show .stopped { fill: none; stroke: var(--kl-sleep); stroke-width: 1.5; }
.kthreadlab-show .sleep { fill: var(--kl-sleep); }
.kthreadlab-show .irq { fill: var(--kl-irq); }
.kthreadlab-show .helper { fill: var(--kl-helper); }
.kthreadlab-show .world { fill: none; stroke: var(--kl-irq); }
.kthreadlab-show .cpu { fill: var(--kl-cpu); }
.kthreadlab-show .queue { fill: var(--kl-queue); }
.kthreadlab-show .lock { fill: var(--kl-lock); }
.kthreadlab-show .arrow { stroke: var(--kl-ink); stroke-width: 1.5; fill: none; }
.kthreadlab-show .halo { stroke: var(--kl-paper); stroke-width: 4; fill: none; }
.kthreadlab-show .plate { fill: var(--kl-paper); }
.kthreadlab-show .lost { stroke-dasharray: 3 2.5; }
.kthreadlab-show .head { fill: var(--kl-ink); }
.kthreadlab-show .broke { stroke: var(--kl-broke); stroke-width: 2; fill: none; }
.kthreadlab-show .ring { fill: var(--kl-paper); }
.kthreadlab-show .asks { stroke-dasharray: 4 3; }
.kthreadlab-show .broke-head { fill: var(--kl-broke); }
.kthreadlab-show .outlined { paint-order: stroke; stroke: var(--kl-paper); stroke-width: 4px; stroke-linejoin: round; }
.kthreadlab-show .broke-text { fill: var(--kl-broke); font-weight: 600; }
.kthreadlab-show .hit { fill: transparent; }
"""


def trace_svg(trace: Trace, property: str = "") -> str:
    """The picture, as one ``<svg>`` element that is also a file of its own.

    It marks where *property* broke, or, without a property, where anything did.
    """
    return Picture(trace, property).svg()


def colours() -> str:
    """The style sheet of colours that all views share."""
    return (files("kthreadlab.show") / "static" / "colours.css").read_text(encoding="utf-8")


class Picture:
    """One trace, laid out."""

    def __init__(self, trace: Trace, property: str = "") -> None:
        self.trace, self.total = trace, len(trace.steps)
        self.broken = broke(trace, property)
        self.at = self.broken if self.broken is not None else self.total
        self.each = max(1, -(-self.total // MOST))
        self.wide = min(STEP, ROOM / max(1, self.total))
        every = lanes(trace)
        self.frames = nested(trace, events_by_step(trace))
        self.waits = waits(trace.views[self.at], hosts_at(self.frames, self.at))
        self.lost, self.tied = lost(trace, property), tied(trace, property, self.at)
        self.lanes = [merged(lane, self.each) for lane in every]
        self.tops = self._tops()
        self.bottom = TOP + sum(HEIGHTS[lane.kind] + 4 for lane in self.lanes)
        self.width = max(640, int(LEFT + self.total * self.wide + gutter(self.waits)) + 24)
        # the same trace gives the same names, and two traces on a page do not share any
        seed = repr((trace.scenario, trace.schedule, trace.steps, property))
        self.id = "kl" + sha256(seed.encode()).hexdigest()[:8]

    def _tops(self) -> dict[str, tuple[float, Lane]]:
        tops: dict[str, tuple[float, Lane]] = {}
        y = TOP
        for lane in self.lanes:
            tops[lane.kind + lane.name] = tops[lane.name] = (y, lane)
            y += HEIGHTS[lane.kind] + 4
        return tops

    def x(self, step: float) -> float:
        return round(LEFT + step * self.wide, 2)

    def svg(self, *, hover: bool = True) -> str:
        """The picture; with *hover*, each step says its sentence to the pointer."""
        caption = wrap(self.caption(), max(60, (self.width - 24) // 7))
        used = legend(self)
        height = self.bottom + 22 + 16 * len(used) + 18 * len(caption) + 8
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="kthreadlab-show" role="img" width="{self.width}"'
            f' viewBox="0 0 {self.width} {height}" style="max-width:100%;height:auto" aria-labelledby="{self.id}-title'
            f' {self.id}-desc"><title id="{self.id}-title">{escape(self.title())}</title>',
            f'<desc id="{self.id}-desc">{escape(self.described())}</desc><style>{colours()}{STYLE}</style>',
            patterns(self.id),
            f'<rect class="paper" width="{self.width}" height="{height}"/>',
            *axis(self),
            *(part for lane in self.lanes for part in lane_svg(self, lane)),
            *(part for mark in self.kept_marks() for part in mark_svg(self, mark)),
            *broke_svg(self),
            *ties_svg(self),
            *(hits(self) if hover else ()),
            *(text(12, self.bottom + 22 + 16 * n, "", line) for n, line in enumerate(used)),
        ]
        below = self.bottom + 22 + 16 * len(used) + 6
        parts += [text(12, below + 18 * n, escape(line)) for n, line in enumerate(caption)]
        return "\n".join([*parts, "</svg>"])

    def kept_marks(self) -> list[Mark]:
        """Arrows, as long as there is room to tell one from the next."""
        kept: dict[tuple, Mark] = {}
        tied = {one.step for one in self.lost}
        for _, mark in drawn_marks(self.trace):
            if mark.kind != "lost" or mark.step not in tied:
                kept.setdefault((mark.step // self.each, mark.kind, mark.source, mark.target), mark)
        return list(kept.values())

    def caption(self) -> str:
        """What the marked step is, and how it ends."""
        told = f"Step {self.at}: {self.says(self.at)}" if self.at else ""
        return " ".join(filter(None, (told, *ending(self.trace), *self.tied)))

    def says(self, moment: int) -> str:
        if not moment:
            return BEFORE
        return sentence(self.trace, moment - 1, [e for e in self.trace.events if e.step == moment - 1])

    def title(self) -> str:
        return f"{plain(self.trace.scenario)}: {self.total} steps"

    def described(self) -> str:
        """The picture in words: each lane with what it does when, as far as that can be listened to."""
        told = []
        for lane in self.lanes:
            spans = [f"{run_words(run)} {run.start + 1}-{run.end}" for run in lane.runs[:24]]
            more = f", and {len(lane.runs) - 24} more" if len(lane.runs) > 24 else ""
            told.append(f"{plain(lane.name)}: {', '.join(spans)}{more}.")
        where = f" It broke at step {self.broken}." if self.broken is not None else ""
        tied = " ".join(self.tied) or waits_words(self.waits)
        return f"{plain(self.trace.config)}.{where}{tied and f' {tied}'} By steps: {' '.join(told)}"


def run_words(run: Run) -> str:
    """A run in words, with its letter or its names."""
    return f"{SHAPES[run.shape]} ({run.label})" if run.label else SHAPES[run.shape]


def merged(lane: Lane, each: int) -> Lane:
    """The lane with *each* steps in one column: the rarest shape in it wins, else the one that lasts longest."""
    if each == 1:
        return lane
    columns: dict[int, dict[tuple[str, str], int]] = {}
    for run in lane.runs:
        for column in range(run.start // each, (run.end - 1) // each + 1):
            steps = min(run.end, (column + 1) * each) - max(run.start, column * each)
            shares = columns.setdefault(column, {})
            shares[run.shape, run.label] = shares.get((run.shape, run.label), 0) + steps
    found: list[Run] = []
    for column, shares in sorted(columns.items()):
        shape, label = max(shares, key=lambda key: (key[0] in RARE, shares[key]))
        start, end = column * each, (column + 1) * each
        if found and found[-1].end == start and (found[-1].shape, found[-1].label) == (shape, label):
            found[-1] = Run(found[-1].start, end, shape, label)
        else:
            found.append(Run(start, end, shape, label))
    return Lane(lane.name, lane.kind, tuple(found), tuple(dict.fromkeys(_widened(x, each) for x in lane.nested)))


def _widened(frame: Nested, each: int) -> Nested:
    """An interrupt as wide as the columns that it is in."""
    start, end = frame.start // each * each, -(-frame.end // each) * each
    return Nested(start, end, frame.actor, frame.host, frame.depth)


# ---- parts -----------------------------------------------------------------------------------------------------------


def text(x: float, y: float, body: str, markup: str = "", kind: str = "") -> str:
    """A line of text; *markup* may hold elements, *body* is escaped already."""
    return f'<text x="{x}" y="{y}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{body}{markup}</text>'


def patterns(name: str) -> str:
    """Hatched, cross-hatched and striped, in the colours of their shapes."""

    def pattern(kind: str, path: str, size: int, colour: str) -> str:
        return (
            f'<pattern id="{name}-{kind}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
            f'<path d="{path}" stroke="var({colour})" stroke-width="1.6" fill="none"/></pattern>'
        )

    hatched = pattern("ready", "M-1 7L7 -1M2 10L10 2", 8, "--kl-ready")
    crossed = pattern("deep", "M0 0L6 6M6 0L0 6", 6, "--kl-deep")
    return f"<defs>{hatched}{crossed}{pattern('spin', 'M2 0V6M5 0V6', 6, '--kl-spin')}</defs>"


def axis(p: Picture) -> Iterator[str]:
    """The steps' numbers, and a faint line for each that has one."""
    yield text(12, 18, escape(plain(p.trace.scenario)), kind="name")
    yield text(12, 33, escape(plain(p.trace.config)), kind="quiet")
    every = next(n for n in (1, 5, 10, 50, 100, 500, 1000, 5000, 10**4, 10**5, 10**6, 10**9) if n * p.wide >= 22)
    for step in range(every, p.total + 1, every):
        x = round(p.x(step - 0.5), 2)
        yield f'<path class="rule" d="M{x} {TOP - 4}V{p.bottom}"/>'
        yield text(x, TOP - 8, str(step), kind="quiet").replace("<text ", '<text text-anchor="middle" ')


def lane_svg(p: Picture, lane: Lane) -> Iterator[str]:
    """A lane: its name, the source line its task is at, and its runs."""
    y, tall = p.tops[lane.kind + lane.name][0], HEIGHTS[lane.kind]
    yield f'<path class="rule" d="M12 {y + tall + 2}H{p.width - 12}"/>'
    yield text(12, y + 14, escape(shorten(lane.name, 30)), kind="name" if lane.kind == "task" else "quiet")
    if lane.kind == "task":
        yield text(12, y + 29, escape(source_line(p, lane.name)), kind="code")
    nexts = [p.x(run.start) for run in lane.runs[1:]] + [p.width]
    for run, free in zip(lane.runs, nexts, strict=True):
        x, wide = p.x(run.start), round(max(2 if run.shape in RARE else 0.5, (run.end - run.start) * p.wide), 2)
        yield from shape_svg(p.id, run.shape, run.label, x, y, wide, tall)
        yield from label_svg(run, x, y, wide, tall, free - x - wide)
    yield from nested_svg(lane, p.x, y, tall)
    yield from names_svg(lane, p.x, y) if p.each == 1 else ()


def source_line(p: Picture, name: str) -> str:
    """Where the task goes on, with the line itself: ``27 schedule()``."""
    task = find(p.trace.views[p.at], name)
    if task is None or not task.line:
        return ""
    lines = p.trace.source.get(task.file, "").splitlines()
    code = plain(lines[task.line - 1].strip()) if 0 < task.line <= len(lines) else plain(task.file)
    return shorten(f"{task.line} {code.partition('  #')[0].strip()}", 33)


def shorten(words: str, room: int) -> str:
    words = plain(words)
    return words if len(words) <= room else words[: room - 1] + "…"


def shape_svg(name: str, shape: str, label: str, x: float, y: float, wide: float, tall: float) -> Iterator[str]:
    """The shape of a run.  A task that runs and has declared that it will sleep carries a stripe."""

    def box(top: float, high: float, how: str) -> str:
        return f'<rect x="{x}" y="{round(y + top, 2)}" width="{wide}" height="{round(high, 2)}" {how}/>'

    if shape == "run":
        yield box(0, tall, 'class="run"')
        if label in ("S", "D"):
            yield box(tall - 5, 2, 'class="declared"')
    elif shape == "held":
        yield f'<rect x="{x + 1}" y="{y + 1}" width="{max(0.5, round(wide - 2, 2))}" height="{tall - 2}" class="held"/>'
    elif shape == "spin":
        yield box(0, tall, f'fill="url(#{name}-spin)"')
    elif shape == "ready":
        yield box(tall / 2, tall / 2, f'fill="url(#{name}-ready)"')
    elif shape == "sleep":
        yield box(tall - 4, 2, 'class="sleep"')
    elif shape == "deep":
        yield box(tall - 9, 9, f'fill="url(#{name}-deep)"')
    elif shape == "stopped":
        yield box(tall - 7, 6, 'class="stopped"')
    elif shape == "zombie":
        yield box(6, tall - 8, 'class="zombie"')
    elif shape == "irq":
        notch = min(6, wide / 2)
        top, end, low = y + 2, round(x + wide, 2), y + tall
        yield f'<path class="irq" d="M{x} {top}H{end}V{low - 6}L{round(x + notch, 2)} {low}L{x} {low - 6}Z"/>'
    else:
        wide = max(1, round(wide - 1, 2))
        yield box(2, tall - 4, f'class="{shape}"')


def label_svg(run: Run, x: float, y: float, wide: float, tall: float, free: float) -> Iterator[str]:
    """A state's letter in the middle, a name at the beginning; one too long for its run stands beside it, if free."""
    if run.shape == "held":
        return
    if run.shape in LETTER_LOW:
        if wide >= 10:
            low = LETTER_LOW[run.shape] if LETTER_LOW[run.shape] > 0 else tall + LETTER_LOW[run.shape]
            kind = "letter run-letter" if run.shape == "run" else "letter"
            if run.shape == "spin":
                at = round(x + wide / 2 - 7, 2)
                yield f'<rect class="plate" x="{at}" y="{y + low - 11}" width="14" height="14"/>'
            yield text(round(x + wide / 2, 2), round(y + low, 2), escape(run.label), kind=kind)
        return
    low, long = y + tall - 7, len(run.label) * 6.2
    if run.shape in BESIDE and wide - 7 < long < free - 10 and wide >= 8:
        yield text(round(x + wide + 4, 2), low, escape(run.label), kind="quiet")
        return
    kind = {"irq": "soft run-letter", "helper": "soft run-letter", "world": "quiet"}.get(run.shape, "soft")
    room = int((wide - 6) / 6.2)
    if wide >= 18 and room >= min(3, len(run.label)):
        yield text(round(x + 4, 2), low, escape(shorten(run.label, room)), kind=kind)


def mark_svg(p: Picture, mark: Mark) -> Iterator[str]:
    """An arrow from lane to lane; a wake-up that wakes nobody ends in a cross; a fault is a cross in its lane."""
    source, target = p.tops.get(mark.source), p.tops.get(mark.target)
    if source is None:
        return
    x, (y, lane) = round(p.x(mark.step + 0.5), 2), source
    if mark.kind == "fault":
        path = f"M{x - 5} {y + HEIGHTS[lane.kind] / 2 + 4}l10 10m0 -10l-10 10"
        yield f'<path class="halo" d="{path}"/><path class="broke" d="{path}"/>'
        return
    down = target is None or target[0] >= y
    if p.each > 1:
        y, lane = target or source
        yield f'<path class="arrow" d="M{x} {y if target and down else y + HEIGHTS[lane.kind] - 5}v5"/>'
        return
    start = y + (HEIGHTS[lane.kind] - 7 if down else 7)
    edge = start + 19 if target is None else target[0] + (2 if down else HEIGHTS[target[1].kind] - 2)
    words = f"{plain(mark.source)}: {mark.text}, {KINDS[mark.kind]} {plain(mark.target)}"
    yield f"<g><title>{escape(words.strip())}</title>{arrow(x, start, edge, mark.kind == 'lost')}</g>"


def arrow(x: float, start: float, edge: float, lost: bool) -> str:
    """From a dot to a tip, or, if it is lost, to a cross; with a halo, to be seen on bars."""
    sign = 1 if edge >= start else -1
    if lost:
        stem, cross = f"M{x} {start}V{edge - 4 * sign}", f"M{x - 4} {edge - 4 * sign - 4}l8 8m0 -8l-8 8"
        end = f'<path class="halo" d="{cross}"/><path class="arrow lost" d="{stem}"/><path class="arrow" d="{cross}"/>'
    else:
        stem = f"M{x} {start}V{edge - 6 * sign}"
        end = f'<path class="arrow" d="{stem}"/><path class="head" d="M{x} {edge}l-4.5 {-7 * sign}h9z"/>'
    return f'<path class="halo" d="{stem}"/>{end}<circle class="head" cx="{x}" cy="{start}" r="2.5"/>'


def broke_svg(p: Picture) -> Iterator[str]:
    """A line down the picture after the step at which it broke, and words at its head."""
    if p.broken is not None and p.broken:
        x = p.x(p.broken)
        yield f'<path class="broke" d="M{x} 20V{p.bottom}"/><path class="broke" d="M{x - 4} 12l8 8m0 -8l-8 8"/>'
        left = x > p.width / 2
        words = text(x - 8 if left else x + 8, 20, "broke here", kind="broke-text")
        yield words.replace("<text ", '<text text-anchor="end" ') if left else words


def ties_svg(p: Picture) -> Iterator[str]:
    """Lost wake-ups and their sleeps, and who waits for whom at the marked step."""
    tops = {name: (top, HEIGHTS[lane.kind]) for name, (top, lane) in p.tops.items()}
    places = places_of(tops, p.frames, INTERRUPTS)
    for one in p.lost:
        if one.source in places and one.task in places:
            at, asleep = round(p.x(one.step + 0.5), 2), p.x(one.since)
            yield from lost_svg(one, places[one.source], places[one.task], at, asleep)
    yield from waits_svg(p.waits, places, p.x(p.total), "waits for" if p.at == p.total else f"at step {p.at}")


def hits(p: Picture) -> Iterator[str]:
    """An unseen column over each step that says its sentence to the pointer."""
    if p.each == 1:
        for step, events in enumerate(events_by_step(p.trace)):
            told = escape(f"{step + 1}  {sentence(p.trace, step, events)}")
            yield (
                f'<rect class="hit" x="{p.x(step)}" y="{TOP}" width="{round(p.wide, 2)}" height="{p.bottom - TOP}">'
                f"<title>{told}</title></rect>"
            )


def legend(p: Picture) -> list[str]:
    """What the shapes mean, for those that are there."""
    words = {
        "run": "full height: runs (a stripe: has declared that it will sleep)",
        "ready": "half, hatched: could run",
        "sleep": "thin line: sleeps in S",
        "deep": "cross-hatched: sleeps in D",
        "spin": "upright stripes: spins",
        "stopped": "low outline: stopped, or traced",
        "zombie": "outline: zombie",
        "irq": "notched: interrupt, inside whom it interrupts",
    }
    used = {run.shape for lane in p.lanes for run in lane.runs} | {"irq" for lane in p.lanes if lane.nested}
    kinds = {mark.kind for mark in p.kept_marks()}
    parts = [told for shape, told in words.items() if shape in used]
    if p.each > 1:
        parts += ["a stroke at a lane's edge: is woken"] * ("wake" in kinds)
        parts.append(f"each column is {p.each} steps; what is rare in it is shown")
    else:
        parts += ["arrow: wakes"] * ("wake" in kinds) + ["dashed, with a cross: comes to nothing"] * ("lost" in kinds)
    parts += ["ring with a cross: woke nobody; dashed from it: to the sleep it missed"] * bool(p.lost)
    parts += ["at the end, dashed: waits for; plain: held by"] * bool(p.waits)
    room = max(60, (p.width - 24) // 6)
    return [f'<tspan class="quiet">{escape(line)}</tspan>' for line in wrap(" · ".join(parts), room)]
