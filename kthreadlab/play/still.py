"""The map of a board as a still picture, for where no script runs: as the page draws it (static/map.js), but for the
way that somebody has played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from math import floor

from kthreadlab.show.picture import colours

from .board import Board, kinds, targets_of, unpacked

MOST_DRAWN = 600
"""Of more states there is no still picture: a notebook would have to keep it."""
WIDE, HIGH, ROW = 900, 320, 34
SWEEPS, NEAR = 8, 1024
INK = {"broken": "broke", "doomed": "deep", "open": "sleep", "safe": "run"}
"""The colour of each kind of state."""


@dataclass(frozen=True)
class Places:
    """Where the states lie: *x*, the fewest steps to come there; *y*, in rows, near the middle of a state's
    neighbours."""

    x: Sequence[int]
    y: Sequence[float]

    def pixel(self, n: int) -> tuple[int, int]:
        """Where state *n* lies in the picture."""
        low, high = min(self.y), max(self.y)
        dx = min(46.0, (WIDE - 32) / max(1, max(self.x)))
        dy = min(float(ROW), (HIGH - 24) / max(1.0, high - low))
        return round(16 + self.x[n] * dx), round(self.height / 2 + (self.y[n] - (low + high) / 2) * dy)

    @property
    def height(self) -> int:
        """Of the picture, in pixels: no more than its rows need."""
        return round(min(HIGH, max(60, 30 + ROW * (max(self.y) - min(self.y)))))


def map_svg(data: Board, goal: str, run: Sequence[str] = ()) -> str:
    """The map of a small board as SVG, with a run by the names of its movers; "" of a larger one."""
    if data["size"] > MOST_DRAWN:
        return ""
    edges, by = edges_of(data)
    places = laid_out(data["size"], edges)
    at = [places.pixel(n) for n in range(data["size"])]
    shapes = "".join(_shapes(data, goal, at, edges, by))
    way = [at[n] for n in states_of_run(data, edges, by, run)]
    dashes = f'<path d="{_line(way)}" stroke="var(--kl-broke)" stroke-width="4" stroke-dasharray="7 6"/>' if run else ""
    lines = "".join(_line([at[a], at[b]]) for a, b in edges)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kthreadlab-show" width="{WIDE}" height="{places.height}">'
        f"<style>{colours()}</style>"
        f'<g fill="none"><path d="{lines}" stroke="var(--kl-edge)"/>{dashes}</g>{shapes}</svg>'
    )


def edges_of(data: Board) -> tuple[list[tuple[int, int]], list[int]]:
    """The steps of a board, from which state to which; and the mover of each."""
    degrees, targets = list(unpacked(data["degrees"])), targets_of(data)
    sources = (n for n, degree in enumerate(degrees) for _ in range(degree))
    return list(zip(sources, targets, strict=True)), list(unpacked(data["by"]))


def states_of_run(data: Board, edges: Sequence[tuple[int, int]], by: Sequence[int], run: Sequence[str]) -> list[int]:
    """The states that a run goes through, by the names of its movers."""
    names = [mover["name"] for mover in data["movers"]]
    following = {(a, names[k]): b for (a, b), k in zip(edges, by, strict=True)}
    return list(accumulate(run, lambda n, name: following[n, name], initial=0))


def laid_out(size: int, edges: Sequence[tuple[int, int]]) -> Places:
    """Levels from the left; in each as near to the neighbours' middle as there is room: least squares, in a few sweeps
    there and back."""
    x = _levels(size, edges)
    rows: list[list[int]] = [[] for _ in range(max(x) + 1)]
    for n, level in enumerate(x):
        rows[level].append(n)
    y = [0.0] * size
    for row in rows:
        for i, n in enumerate(row):
            y[n] = i - (len(row) - 1) / 2
    for sweep in range(SWEEPS):
        both, forward = sweep > SWEEPS / 2, sweep % 2 == 0
        near: list[list[float]] = [[] for _ in range(size)]
        for a, b in edges:
            if x[a] != x[b]:
                if both or forward == (x[a] < x[b]):
                    near[b].append(y[a])
                if both or forward != (x[a] < x[b]):
                    near[a].append(y[b])
        wishes = [sum(ys) / len(ys) if ys else y[n] for n, ys in enumerate(near)]
        for row in rows:
            _apart(row, y, wishes.__getitem__)
    return Places(x, y)


def _levels(size: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """By how few steps one comes to each state; a board's states can all be reached."""
    out: list[list[int]] = [[] for _ in range(size)]
    for a, b in edges:
        out[a].append(b)
    x, todo = {0: 0}, [0]
    for n in todo:
        for t in out[n]:
            if t not in x:
                x[t] = x[n] + 1
                todo.append(t)
    return [x[n] for n in range(size)]


def _apart(row: Sequence[int], y: list[float], wish: Callable[[int], float]) -> None:
    """Put the states of a level as near to where they wish to be as a distance of 1 allows."""
    wished = sorted((floor(wish(n) * NEAR + 0.5) / NEAR, n) for n in row)
    blocks: list[tuple[float, int]] = []
    for i, (w, _) in enumerate(wished):
        blocks.append((w - i, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            (s, n), (t, m) = blocks.pop(), blocks.pop()
            blocks.append((s + t, n + m))
    means = (total / n for total, n in blocks for _ in range(n))
    for i, ((_, n), mean) in enumerate(zip(wished, means, strict=True)):
        y[n] = mean + i


def _shapes(
    data: Board, goal: str, at: Sequence[tuple[int, int]], edges: Sequence[tuple[int, int]], by: Sequence[int]
) -> Iterator[str]:
    """The states, a path for each kind: circle open, ring safe, diamond doomed, cross broken, square at rest; and a
    cross on each step that breaks the goal itself."""
    resting = {n for n, degree in enumerate(unpacked(data["degrees"])) if not degree}
    drawn = dict.fromkeys(INK, "")
    for n, kind in enumerate(kinds(data, goal)):
        drawn[kind] += _shape(kind, *at[n], n in resting)
    breaking = set(map(tuple, data["goals"][goal]["breaking"]))
    for (a, b), k in zip(edges, by, strict=True):
        if (a, k) in breaking:
            x, y = (round(p + 0.6 * (q - p)) for p, q in zip(at[a], at[b], strict=True))
            drawn["broken"] += _shape("broken", x, y, False)
    for kind in ("open", "safe", "doomed", "broken"):
        fill = {"safe": "var(--kl-paper)", "broken": "none"}.get(kind, f"var(--kl-{INK[kind]})")
        stroke = f'stroke="var(--kl-{INK[kind]})" stroke-width="{2.5 if kind == "broken" else 1.5}"'
        if drawn[kind]:
            yield f'<path d="{escape(drawn[kind])}" fill="{fill}" {stroke}/>'


def _shape(kind: str, x: int, y: int, rests: bool) -> str:
    if kind == "broken":
        return f"M{x - 4} {y - 4}l8 8m0-8l-8 8"
    if rests:
        return f"M{x - 4} {y - 4}h8v8h-8z"
    return f"M{x - 5} {y}l5-5l5 5l-5 5z" if kind == "doomed" else f"M{x - 4} {y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0"


def _line(points: Sequence[tuple[int, int]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)
