"""The page that a student gets back: what nbgrader's graded notebook says, in the order in which it is read.

The template ``autograder/templates/feedback`` draws it; `arranged` and `numbered` are its filters.  Points and comments
are the gradebook's; verdicts, stories and pictures are what the test cells left in the notebook when they were run, so
that the page tells what was judged and checks nothing again.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from kthreadlab.checks.portfolio import LABS
from kthreadlab.checks.report import PropertyResult, Report, replay_command
from kthreadlab.checks.sentences import TITLES
from kthreadlab.show.report import STYLE, VERDICTS, failure_html, verdict_word
from kthreadlab.show.showing import FAILURE
from kthreadlab.trace.narrate import plain

Cell = Any
"""A cell of a notebook, as nbformat has it: a dictionary whose keys are attributes too."""

KINDS = {"solution": "answer", "task": "task"}
"""What is graded by hand, in words."""


@dataclass(frozen=True)
class Part:
    """Some of the notebook's cells under a heading; *folded*: for whoever wants to look."""

    heading: str
    cells: list[Cell]
    folded: bool = False


@dataclass(frozen=True)
class Row:
    """A line of the table: one graded cell.  *word* and *mark* are a verdict's, or say who grades it."""

    grade_id: str
    name: str
    title: str
    points: float
    max_points: float
    word: str
    mark: str


@dataclass(frozen=True)
class Feedback:
    """One student's graded notebook; *notebook* is its name without the ending."""

    notebook: str
    cells: list[Cell]

    style = STYLE

    @property
    def title(self) -> str:
        return LABS[self.notebook].title if self.notebook in LABS else self.notebook

    @cached_property
    def report(self) -> Report:
        """The verdicts of the test cells, by grade_id."""
        results = {_meta(cell)["grade_id"]: self.result(cell) for cell in self.cells if _is_test(cell)}
        problem = next(filter(None, map(problem_of, self.cells)), "")
        return Report(self.notebook, self.title, "", "", results, problem)

    def result(self, cell: Cell) -> PropertyResult:
        """What a test cell found: what it says itself, or that it came to its end or did not."""
        failure = failure_in(cell)
        if failure:
            return failure[0]
        grade_id = _meta(cell)["grade_id"]
        name = grade_id.removeprefix(f"{self.notebook}-")
        return PropertyResult(grade_id, name, TITLES.get(name, ""), not _went_wrong(cell), True, True, 0, 0)

    @property
    def rows(self) -> list[Row]:
        """The table's lines, in the notebook's order."""
        return [row for row in map(self.row, self.cells) if row]

    def row(self, cell: Cell) -> Row | None:
        """The table's line for a cell that is graded."""
        meta = _meta(cell)
        if "score" not in meta:
            return None
        result = self.report.properties.get(meta["grade_id"])
        kind = next((words for key, words in KINDS.items() if meta.get(key)), "")
        name, title = (result.name, result.title) if result else (meta["grade_id"], kind)
        word = verdict_word(self.report, result) if result else "graded by hand"
        return Row(meta["grade_id"], name, title, meta["score"], meta["points"], word, VERDICTS.get(word, ""))

    @property
    def commented(self) -> list[Cell]:
        """The cells that somebody has written a comment on."""
        return [cell for cell in self.cells if _meta(cell).get("comment")]

    @property
    def parts(self) -> list[Part]:
        """All cells: what fails, what the student wrote, and the rest of the notebook."""
        failing = [c for c in self.cells if _is_test(c) and _went_wrong(c) and not problem_of(c)]
        written = [cell for cell in self.cells if any(_meta(cell).get(kind) for kind in KINDS)]
        rest = [cell for cell in self.cells if cell not in failing and cell not in written]
        parts = [Part("What fails", failing), Part("What you wrote", written), Part("The rest of your notebook", rest, True)]
        return [part for part in parts if part.cells]

    def failure(self, cell: Cell) -> str:
        """How a test cell's property fails, as HTML; "" if the cell is not one of ours."""
        if not failure_in(cell):
            return ""
        result = self.result(cell)
        again = replay_command(self.notebook, result.witness, f"{self.notebook}.ipynb")
        return failure_html(result, again, "".join(_pictures(cell)))


def arranged(notebook: Any, resources: dict[str, Any]) -> Feedback:
    """The template's filter: a graded notebook, after nbgrader has put points and comments into its metadata."""
    return Feedback(resources["nbgrader"]["notebook"], list(notebook.cells))


def numbered(source: str) -> str:
    """The template's filter: a cell of kernel Python with the line numbers that stories and messages speak of."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(stripnl=False), HtmlFormatter(linenos="inline"))


def points(number: float) -> str:
    """The template's filter: points as people write them, 8 and 2.5."""
    return f"{round(number, 2):g}"


def failure_in(cell: Cell) -> tuple[PropertyResult, str] | None:
    """What a failing test cell of ours left in its outputs: the result and why nothing could be checked, or "".  What
    is not of that form somebody else has put there."""
    for output in cell.get("outputs", []) if _went_wrong(cell) else []:
        try:
            data = output["data"][FAILURE]
            lists = {name: tuple(map(str, data["result"][name])) for name in ("story", "hints")}
            return PropertyResult(**{**data["result"], **lists}), str(data["problem"])
        except (KeyError, TypeError):
            continue
    return None


def problem_of(cell: Cell) -> str:
    """Why a test cell could check nothing, or ""."""
    failure = failure_in(cell)
    return failure[1] if failure else ""


def _pictures(cell: Cell) -> Iterator[str]:
    for output in cell.outputs:
        data = output.get("data", {})
        if FAILURE in data and "image/svg+xml" in data:
            image = b64encode(data["image/svg+xml"].encode()).decode()
            yield f'<img alt="{escape(plain(data["text/plain"]))}" src="data:image/svg+xml;base64,{image}">'


def _meta(cell: Cell) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def _is_test(cell: Cell) -> bool:
    """Is this a cell whose points come from running it?"""
    meta = _meta(cell)
    return cell.cell_type == "code" and bool(meta.get("grade")) and not meta.get("solution")


def _went_wrong(cell: Cell) -> bool:
    """Did nbgrader take the cell's points for what it put out?"""
    outputs = cell.get("outputs", [])
    return any(output.output_type == "error" or output.get("name") == "stderr" for output in outputs)
