"""What `kthreadlab.show` gives: something that shows itself, as well as the place allows.

Text everywhere; where HTML is looked at, a picture with its steps in words; before a person, a player in its place.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kthreadlab.checks.report import PropertyFails, PropertyResult, Report
from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

from .film import film
from .host import in_notebook, somebody_plays
from .page import page_html, player_html, trace_html
from .picture import Picture, trace_svg
from .report import VERDICTS, first_failure, report_html, report_text, verdict_word
from .stories import stories_html
from .text import trace_text

Bundle = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Showing:
    """A trace that is shown from where *property* broke, or from moment *at*."""

    trace: Trace
    property: str = ""
    at: int | None = field(default=None)

    def __repr__(self) -> str:
        return trace_text(self.trace)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        bundle: Bundle = {"text/plain": repr(self)}
        return bundle | {"text/html": self.figure()} if in_notebook() else bundle

    def figure(self) -> str:
        """What a notebook shows: the picture with its steps in words, or, before a person, a player."""
        if somebody_plays():
            return player_html(self.trace, self.property, at=self.at)
        return trace_html(self.trace, self.property)

    def svg(self) -> str:
        """The picture, as SVG."""
        return trace_svg(self.trace, self.property)

    def html(self) -> str:
        """A page of its own, as HTML that opens without a server."""
        return page_html(self.trace, self.property, at=self.at)

    def widget(self) -> Any:
        """The player as a widget, to be linked with others (see `kthreadlab.show.widget`)."""
        from .widget import player

        return player(film(self.trace, at=self.at, property=self.property))

    def save(self, path: str | Path) -> None:
        """Write the page, or, if the name ends in ``.svg``, the picture."""
        text = self.svg() if str(path).endswith(".svg") else self.html()
        Path(path).write_text(text, encoding="utf-8")


@dataclass(frozen=True, repr=False)
class NothingToShow:
    """Why there is no trace."""

    why: str

    def __repr__(self) -> str:
        return self.why


def show(what: Trace | Report, property: str = "", *, at: int | None = None) -> Showing | NothingToShow:
    """Show a trace, or the witness of a report's failing property (the first graded one, without *property*).

    It opens where it broke, or after step *at*.  Raises ValueError for anything else.
    """
    if at is not None and not isinstance(at, int):
        raise ValueError(f"at is the number of a step, not {at!r}")
    if isinstance(what, Trace):
        return Showing(what, property, at)
    if not isinstance(what, Report):
        raise ValueError(f"show takes a trace or a report, not {type(what).__name__}")
    if property and property not in what.properties:
        raise ValueError(f"{what.lab} has no property {property!r}; it has: {', '.join(what.properties)}")
    result = what.properties[property] if property else first_failure(what)
    if result is None or not result.witness:
        return NothingToShow(_why_nothing(what, result))
    return Showing(what.trace(result.name), result.name, at)


def _why_nothing(report: Report, result: PropertyResult | None) -> str:
    if report.problem or report.bug:
        return f"There is nothing to show yet: {plain((report.problem or report.bug).splitlines()[0])}"
    if result is None:
        return "There is nothing to show: nothing graded fails."
    return f"There is nothing to show: {plain(result.name)} {verdict_word(report, result)}."


def trace_bundle(trace: Trace) -> Bundle:
    """How a trace shows itself."""
    return Showing(trace)._repr_mimebundle_()


def report_bundle(report: Report) -> Bundle:
    """How a report shows itself: a table; and, if something graded fails, how, from the step where it broke.  Before a
    person, each row with a witness loads it into the player below, and full points come with the map of the proof."""
    table, failure = report_html(report, brief=True), first_failure(report)
    if in_notebook() and failure is not None and failure.witness and report.play is not None:
        trace = report.trace(failure.name)
        played = stories_html(report, failure.name, trace) if somebody_plays() else trace_html(trace, failure.name)
        table = f"{table}\n{played}"
    if report.full and report.drawn is not None and somebody_plays():
        table = f"{table}\n{_proof(report)}"
    return {"text/plain": report_text(report, brief=True), "text/html": table}


def _proof(report: Report) -> str:
    """The map of an answer with full points: all states of its first scenario, and nothing red; "" if that is too large
    for a page."""
    found = report.map()
    return str(found.output()) if hasattr(found, "output") else ""


FAILURE = "application/vnd.kthreadlab.failure+json"
"""The type of a failure as data: {"result": a `PropertyResult`, "problem": why nothing could be checked, or ""}."""


def failure_bundle(failure: PropertyFails) -> Bundle:
    """What a failing test cell leaves in a graded notebook beside its text: the failure as data, and the picture of its
    witness, if it has one, with what a listener gets in its place."""
    assert failure.result is not None
    bundle: Bundle = {FAILURE: {"result": asdict(failure.result), "problem": failure.problem}}
    if failure.trace is None:
        word = verdict_word(failure, failure.result)
        return bundle | {"text/plain": f"{VERDICTS[word]} {word}"}
    picture = Picture(failure.trace(), failure.property)
    described = f"{picture.title()}. {picture.described()}"
    return bundle | {"text/plain": described, "image/svg+xml": picture.svg(hover=False)}


def failure_in(bundle: Bundle) -> PropertyFails | None:
    """The failure that `failure_bundle` has put there; None if there is none, or something that is not of its form."""
    failure = PropertyFails()
    try:
        result = bundle[FAILURE]["result"]
        lines = {name: tuple(map(str, result[name])) for name in ("story", "hints")}
        failure.result, failure.problem = PropertyResult(**{**result, **lines}), str(bundle[FAILURE]["problem"])
    except (KeyError, TypeError):
        return None
    return failure
