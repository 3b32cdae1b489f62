"""Two runs beside each other, step by step: the same text on two kernels, or two schedules of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from textwrap import wrap

from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import narrate, plain

from .endings import ending

WIDTH = 46
"""Characters of a column, as text."""
CELL = 'style="text-align: left; vertical-align: top; white-space: normal"'
HEAD = CELL.replace("normal", "nowrap")
UNLIKE = "≠"
"""What marks a row whose two sides differ."""


@dataclass(frozen=True, repr=False)
class Beside:
    """Two traces that show themselves as one table, a row for each step from the first on that differs."""

    left: Trace
    right: Trace

    @property
    def first(self) -> int:
        """The first step, from 1, at which they differ; 0 if they never do."""
        return next((n for n, (a, b) in enumerate(self.rows(), 1) if a != b), 0)

    def rows(self) -> list[tuple[str, str]]:
        """What each step did, in sentences; "" where one of the two has ended already."""
        return list(zip_longest(_steps(self.left), _steps(self.right), fillvalue=""))

    def unlike(self) -> Iterator[tuple[str, str, str]]:
        """The rows from the first that differs on, each with its number and its mark."""
        for n, (left, right) in enumerate(self.rows(), 1):
            if 0 < self.first <= n:
                yield str(n) if left == right else f"{n} {UNLIKE}", left, right

    @property
    def heads(self) -> tuple[str, str]:
        """The two machines, without what they have in common."""
        left, right = (plain(trace.config).split(", ") for trace in (self.left, self.right))
        own = [[x for x in a if x not in b] for a, b in ((left, right), (right, left))]
        return ", ".join(own[0]) or "left", ", ".join(own[1]) or "right"

    @property
    def caption(self) -> str:
        """Where they part."""
        if not self.first:
            return "The same at every step."
        return f"The same up to step {self.first - 1}." if self.first > 1 else "They differ from the first step on."

    @property
    def ends(self) -> tuple[str, str]:
        """How each of them ends."""
        return " ".join(map(plain, ending(self.left))), " ".join(map(plain, ending(self.right)))

    def __repr__(self) -> str:
        lines = [self.caption, "", _line("", *self.heads)]
        for row in self.unlike():
            lines += _wrapped(*row)
        return "\n".join(line.rstrip() for line in [*lines, "", *_wrapped("", *self.ends)])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {HEAD}>{escape(name)}</th>' for name in ("step", *self.heads))
        body = "".join(_row(*row) for row in self.unlike())
        body += _row("end", *self.ends)
        return (
            f"<table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


def beside(left: Trace, right: Trace) -> Beside:
    """Show two runs beside each other.

    :raises ValueError: for anything that is no trace.
    """
    for what in (left, right):
        if not isinstance(what, Trace):
            raise ValueError(f"beside takes two traces, not {type(what).__name__}")
    return Beside(left, right)


def _steps(trace: Trace) -> Iterator[str]:
    for step, name in enumerate(trace.steps):
        told = [narrate(event, trace.views[step]) for event in trace.events if event.step == step]
        yield " ".join(map(plain, told)) or f"{plain(name)} goes on."


def _row(name: str, left: str, right: str) -> str:
    cells = "".join(f"<td {CELL}>{escape(text)}</td>" for text in (left, right))
    return f'<tr><th scope="row" {HEAD}>{escape(name)}</th>{cells}</tr>'


def _wrapped(name: str, left: str, right: str) -> Iterator[str]:
    for n, (a, b) in enumerate(zip_longest(wrap(left, WIDTH), wrap(right, WIDTH), fillvalue="")):
        yield _line("" if n else name, a, b)


def _line(name: str, left: str, right: str) -> str:
    return f"{name:>5}  {left:<{WIDTH}}  {right}"
