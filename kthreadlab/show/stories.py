"""A report whose rows play: below the table stands a player, and a row that has a witness loads its own into it.

All of it travels in the one output of the notebook, as films; what would make that output too long is left out, and its
row says so.
"""

from __future__ import annotations

from typing import Any

from kthreadlab.checks.report import Report
from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

from . import page
from .film import Film, film
from .words import explained

Stories = dict[str, Any]


def stories(report: Report, first: str) -> Stories:
    """The films of all properties of *report* that have a witness, by name, that of *first* in any case.

    ``{"first": …, "source": …, "films": {…}, "left": […], "words": […]}``: *source* is shared by the films that have
    none of their own; *left* are the names of those that would be too much; *words* are those that the rows use.
    """
    films = {first: film(report.trace(first), property=first)}
    others = [p.name for p in report.properties.values() if p.witness and p.name != first]
    told: Stories = {"first": first, "source": films[first].pop("source"), "films": films, "left": []}
    failing = [p for p in report.properties.values() if p.verdict == "fails"]
    told["words"] = explained(text for p in failing for text in (p.sentence, p.rule, *p.hints))
    room = page.LONGEST - len(page.script_json({**told, "left": others}))
    for name in others:
        made = {name: _lean(film(report.trace(name), property=name), told["source"])}
        size = len(page.script_json(made))
        if size <= room:
            films |= made
            room -= size
        else:
            told["left"].append(plain(name))
    return told


def _lean(made: Film, source: object) -> Film:
    """The film without a source that it shares with others."""
    return {key: value for key, value in made.items() if key != "source" or value != source}


def stories_html(report: Report, first: str, trace: Trace) -> str:
    """The still figure of *trace*, the story to start with, and what puts a player in its place; to stand behind the
    report's table."""
    still, held = page.trace_html(trace, first), page.script_json(stories(report, first))
    if len(held) > page.LONGEST:
        return f"{still}\n<p>{page.TOO_LONG}</p>"
    script = page.player_script() + page.lean(page.asset("stories.js"))
    return page.taken_over(still, held, page.player_style(), script, "stories")
