"""Questions and puzzles as HTML: they take a click where scripts run, and are read where none does."""

from __future__ import annotations

from html import escape

from kthreadlab.show.page import STYLE, asset, lean, player_script, player_style, taken_over
from kthreadlab.show.page import script_json as held
from kthreadlab.show.picture import colours


def still(paragraphs: list[str], code: str = "") -> str:
    """What stands where no script runs: some paragraphs, and code."""
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    body += f"<pre>{escape(code)}</pre>" if code else ""
    return f'<figure class="kthreadlab-show kl-figure"><style>{STYLE}</style>{body}</figure>'


def question_html(figure: str, data: dict[str, object]) -> str:
    """A question in the place of a *figure*; with its player, if *data* has a film."""
    filmed = "film" in data
    views = player_script() if filmed else _elements()
    style = (player_style() if filmed else lean(colours())) + _style()
    return taken_over(figure, held(data), style, views + keeping("question.js"), "ask")


def puzzle_html(figure: str, data: dict[str, object]) -> str:
    """A puzzle in the place of a *figure*."""
    return taken_over(figure, held(data), lean(colours()) + _style(), _elements() + keeping("puzzle.js"), "arrange")


def _style() -> str:
    return lean(asset("course.css", "course"))


def _elements() -> str:
    return lean(asset("elements.js"))


def keeping(name: str) -> str:
    """A script of this folder, with what keeps an answer in the text of a notebook's cell."""
    return lean("\n".join(asset(each, "course") for each in ("cell.js", name)))
