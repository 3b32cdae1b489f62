"""Reports and explorations that can draw their map.

What makes them knows nothing of pages: whoever hands them out gives them the hand that draws (`mapping`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from kthreadlab.checks.catalogue import explore as plainly
from kthreadlab.checks.report import Report
from kthreadlab.run.verdict import Exploration

if TYPE_CHECKING:
    from .playing import LivePlaying, Playing

P = ParamSpec("P")
Found = TypeVar("Found", Report, Exploration, Report | None)


def mapping(make: Callable[P, Found]) -> Callable[P, Found]:
    """*make*, of which each result can draw its map."""

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Found:
        found = make(*args, **kwargs)
        return found if found is None else replace(found, drawn=map_of)

    return made


def map_of(what: Report | Exploration, property: str = "") -> Playing | LivePlaying:
    """The map of what a report or an exploration is about; see `Report.map`, `Exploration.map`."""
    from . import playing  # a page and its views, which nobody needs for a search

    return playing.of_report(what, property).map() if isinstance(what, Report) else playing.of_search(what, property)


explore = mapping(plainly)
