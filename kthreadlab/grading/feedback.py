"""The page that a student gets back: what nbgrader's graded notebook says, in the order in which it is read.

The template ``autograder/templates/feedback`` draws it, with `arranged`, `numbered` and `points` for filters.  Points
and comments are the gradebook's; verdicts, stories and pictures are what the test cells left in the notebook when they
were run.  So the page tells what was judged, and checks nothing again.  Only where no test cell came to call the check
does it say itself why the notebook is refused.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

from kthreadlab.checks.portfolio import LABS
from kthreadlab.checks.report import JUDGED, Judged, PropertyFails, replay_command
from kthreadlab.checks.texts import TEXTS
from kthreadlab.course.registry import evidence_of
from kthreadlab.grading.answers import answer_cell, answer_in
from kthreadlab.grading.cells import NoAnswer, file_in
from kthreadlab.show.report import STYLE, VERDICTS, failure_html, verdict_word
from kthreadlab.show.showing import failure_in
from kthreadlab.trace.narrate import plain

Cell = Any
"""A cell of a notebook, as nbformat has it: a dictionary whose keys are attributes too."""


@dataclass(frozen=True)
class Part:
    """Some of the notebook's cells under a heading; *folded*: for whoever wants to look."""

    heading: str
    cells: list[Cell]
    folded: bool = False


@dataclass(frozen=True)
class Row:
    """A line of the table: one cell that earns points.  *word* is its verdict, or who gives the points."""

    grade_id: str
    name: str
    title: str
    points: float
    max_points: float
    word: str

    @property
    def mark(self) -> str:
        return VERDICTS.get(self.word, "")

    @property
    def anchor(self) -> str:
        """Where the page says more."""
        return "problem" if self.word == "not checked" else self.grade_id


@dataclass(frozen=True)
class Feedback:
    """One student's graded notebook; *notebook* is its name without the ending."""

    notebook: str
    cells: list[Cell]

    style = STYLE

    @property
    def title(self) -> str:
        return LABS[self.notebook].title if self.notebook in LABS else self.notebook

    @property
    def judged(self) -> Judged | None:
        """What was judged: the answer, as nbgrader has run it."""
        if self.notebook not in LABS:
            return None
        answer = LABS[self.notebook].answer
        try:
            return Judged.of(answer, file_in(answer_cell(self.cells, f"{self.notebook}-{answer}")))
        except NoAnswer:
            return None

    @property
    def problem(self) -> str:
        """Why nothing could be checked, or ""."""
        return next(filter(None, map(_problem, self.cells)), self.refusal)

    @cached_property
    def refusal(self) -> str:
        """Why the check refuses a notebook whose test cells never came to call it, or ""."""
        if self.judged is None or any(map(_failure, self.cells)) or not any(map(_fails, self.cells)):
            return ""
        cells = [_without_grade(cell) for cell in self.cells]
        try:
            answer_in({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": cells}, self.notebook)
        except NoAnswer as refusal:
            return str(refusal)
        return ""

    def unchecked(self, cell: Cell) -> bool:
        """Is the problem all there is to say of a test cell?"""
        return _fails(cell) and bool(_problem(cell) or self.refusal)

    @property
    def rows(self) -> list[Row]:
        """The table, in the notebook's order."""
        return [row for row in map(self.row, self.cells) if row]

    @property
    def asked(self) -> dict[str, str]:
        """What the lab asks beside the module, by name."""
        return {item.name: item.asks for item in evidence_of(self.notebook)}

    def row(self, cell: Cell) -> Row | None:
        """The table's line for a cell, if it earns points."""
        meta = _meta(cell)
        if "score" not in meta:
            return None
        name = meta["grade_id"].removeprefix(f"{self.notebook}-")
        tested = TEXTS[name].title if name in TEXTS else self.asked.get(name, "")
        title = tested if _is_test(cell) else "Task" if meta.get("task") else "Answer"
        return Row(meta["grade_id"], name, title, meta["score"], meta["points"], self.word(cell))

    def word(self, cell: Cell) -> str:
        """The verdict of a cell that earns points."""
        if not _is_test(cell):
            return "graded by hand"
        if self.unchecked(cell):
            return "not checked"
        failure = _failure(cell)
        if failure and failure.result:
            return verdict_word(failure, failure.result)
        return "fails" if _fails(cell) else "holds"

    @property
    def commented(self) -> list[str]:
        """The grade_ids of the cells that have a comment."""
        return [_meta(cell)["grade_id"] for cell in self.cells if _meta(cell).get("comment")]

    @property
    def parts(self) -> list[Part]:
        """All cells: what went wrong, what the student wrote, and the rest of the notebook."""
        failing = [cell for cell in self.cells if _fails(cell) and not self.unchecked(cell)]
        written = [cell for cell in self.cells if _meta(cell).get("solution") or _meta(cell).get("task")]
        rest = [cell for cell in self.cells if cell not in failing and cell not in written]
        parts = [
            Part("What went wrong", failing),
            Part("What you wrote", written),
            Part("The rest of your notebook", rest, folded=True),
        ]
        return [part for part in parts if part.cells]

    def failure(self, cell: Cell) -> str:
        """How the property of a failing test cell fails, as HTML; "" where nothing but its outputs tells."""
        failure = _failure(cell)
        if failure is None or failure.result is None or failure.problem:
            return ""
        result = failure.result
        if not result.sentence:
            result = replace(result, sentence=_said(cell))
        again = replay_command(self.notebook, result.witness, f"{self.notebook}.ipynb")
        return failure_html(result, again, _picture(cell))


def arranged(notebook: Any, resources: dict[str, Any]) -> Feedback:
    """A filter: the page of a graded notebook into which nbgrader has put points and comments."""
    return Feedback(resources["nbgrader"]["notebook"], list(notebook.cells))


def numbered(source: str) -> str:
    """A filter: a cell of kernel Python with the line numbers that stories and messages speak of."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(stripnl=False), HtmlFormatter(linenos="inline"))


def points(number: float) -> str:
    """A filter: points as people write them, 8 and 2.5."""
    return f"{round(number, 2):g}"


def _failure(cell: Cell) -> PropertyFails | None:
    """The failure that a test cell has left in its outputs."""
    if not _fails(cell):
        return None
    return next(filter(None, (failure_in(output.get("data", {})) for output in cell.outputs)), None)


def _problem(cell: Cell) -> str:
    """Why a test cell could check nothing, or ""."""
    failure = _failure(cell)
    return failure.problem if failure else ""


def _said(cell: Cell) -> str:
    """Why a cell failed, as its error has it."""
    text = next((output.evalue for output in cell.outputs if output.output_type == "error"), "")
    return text.partition(f"\n{JUDGED}")[0]


def _picture(cell: Cell) -> str:
    """The picture of a witness, with the words that stand for it; "" if there is none."""
    for data in (output.get("data", {}) for output in cell.outputs):
        if failure_in(data) and "image/svg+xml" in data:
            image = b64encode(data["image/svg+xml"].encode()).decode()
            return f'<img alt="{escape(plain(data["text/plain"]))}" src="data:image/svg+xml;base64,{image}">'
    return ""


def _meta(cell: Cell) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def _without_grade(cell: Cell) -> Cell:
    """A cell without what nbgrader has noted of it for this page alone."""
    kept = {key: value for key, value in _meta(cell).items() if key not in ("score", "comment")}
    return {**cell, "metadata": {**cell.metadata, "nbgrader": kept}} if kept else cell


def _is_test(cell: Cell) -> bool:
    """Does running this cell earn its points?"""
    meta = _meta(cell)
    return cell.cell_type == "code" and bool(meta.get("grade")) and not meta.get("solution")


def _fails(cell: Cell) -> bool:
    """Is it a test cell that nbgrader took the points of, for what it put out?"""
    outputs = cell.get("outputs", []) if _is_test(cell) else []
    return any(output.output_type == "error" or output.get("name") == "stderr" for output in outputs)
