"""``kthreadlab progress``: how far somebody, or a class, has come; read from notebooks, which are not run."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import kthreadlab
from kthreadlab.checks.own_error import own_error
from kthreadlab.checks.portfolio import LABS
from kthreadlab.checks.report import Report
from kthreadlab.course.items import UNANSWERED, Question
from kthreadlab.course.misconceptions import MISCONCEPTIONS
from kthreadlab.course.registry import item, points_of
from kthreadlab.grading.answers import answer_in
from kthreadlab.grading.cells import BadInput, NoAnswer, nbgrader_of, read_notebook, read_text
from kthreadlab.grading.predictions import predictions_in
from kthreadlab.show.report import first_problem
from kthreadlab.trace.narrate import plain

from .beside import Beside

FOLDER = "kthreadlab-labs"
"""Where `kthreadlab lab` puts the labs."""
MOST_SAID = 72
"""So many characters of what goes wrong stand in a line; a check says all."""
WORDS = ("right", "wrong", "not yet")


@dataclass(frozen=True)
class Standing:
    """How far a notebook has come: its *lab*, "" if it is none's; the *report* on its answer, if there is one, what
    stands *beside* it, and what has been *predicted*.  *problem*: why there is no report, or ""; *unusable*: it can't
    even be read."""

    file: str
    lab: str = ""
    report: Report | None = None
    beside: Beside = field(default_factory=Beside)
    predicted: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    unusable: bool = False

    @property
    def points(self) -> int:
        """The points that it has earned."""
        return (self.report.points if self.report else 0) + self.beside.points

    @property
    def max_points(self) -> int:
        """Those of its lab."""
        return sum(points_of(self.lab).values()) if self.lab else 0

    @property
    def held(self) -> list[str]:
        """The graded properties that it has earned."""
        return [p.name for p in self.report.properties.values() if p.graded and p.passed] if self.report else []

    def guesses(self) -> Counter[tuple[str, str]]:
        """How many of its predictions about each misconception are right, wrong, not made yet."""
        asked = ((item(key, Question), letter) for key, letter in self.predicted.items())
        return Counter((question.about, _word(question, letter)) for question, letter in asked)


def _word(question: Question, letter: str) -> str:
    return "not yet" if letter == UNANSWERED else "right" if letter == question.right else "wrong"


# ---- reading -------------------------------------------------------------------------------------------------------


def standings(names: Sequence[str]) -> list[Standing]:
    """How far these notebooks, and those in these folders, have come; without any, those of the labs' own folder, or of
    this one.

    :raises BadInput: if there are none.
    """
    check = lru_cache(maxsize=None)(kthreadlab.check)
    found = [standing(path, check, asked) for path, asked in _paths(names)]
    found = [one for one in found if one.lab or one.unusable or one.problem]
    if not found:
        raise BadInput("there is no lab's notebook here; name a notebook, or a folder (kthreadlab lab makes one).")
    return found


def _paths(names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The notebooks, each with whether it was asked for by its name."""
    for name in names or [FOLDER if Path(FOLDER).is_dir() else "."]:
        try:
            folder = Path(name).is_dir()
        except (OSError, ValueError):
            folder = False
        if not folder:
            yield name, True
        for path in sorted(Path(name).rglob("*.ipynb")) if folder else ():
            if not any(part.startswith(".") and part not in (".", "..") for part in path.parts):
                yield str(path), False


def standing(path: str, check: Callable[..., Any], asked: bool) -> Standing:
    """How far a notebook has come.  One that is no lab's has a problem only if it was *asked* for."""
    name = plain(path)
    try:
        notebook = read_notebook(read_text(path), name)
    except BadInput as problem:
        return Standing(name, problem=str(problem), unusable=True)
    lab = lab_of(notebook)
    if not lab:
        return Standing(name, problem="this is no lab's notebook" if asked else "", unusable=asked)
    predicted = predictions_in(notebook, lab)
    try:
        report = check(lab, answer_in(notebook, lab))
        return Standing(name, lab, report, Beside.of(notebook, lab), predicted, first_problem(report))
    except NoAnswer as refusal:
        return Standing(name, lab, predicted=predicted, problem=str(refusal))
    except Exception as bug:
        return Standing(name, lab, predicted=predicted, problem=own_error(bug).partition("\n")[0])


def lab_of(notebook: dict) -> str:
    """The lab whose cells a notebook has the most of; "" if it has none."""
    ids = [str(nbgrader_of(cell).get("grade_id", "")) for cell in notebook["cells"]]
    counts = Counter(name for name in (grade_id.partition("-")[0] for grade_id in ids) if name in LABS)
    return max(counts, key=counts.__getitem__, default="")


# ---- telling -------------------------------------------------------------------------------------------------------


def told(found: Sequence[Standing]) -> Iterator[str]:
    """A line for each notebook, a table of predictions, and which lab is next."""
    width = max(len(one.file) for one in found)
    for one in found:
        points = f"{one.points:>3}/{one.max_points:<3}" if one.lab else "   –   "
        yield f"{one.lab:<5} {points}  {one.file:<{width}}  {_in_short(one)}".rstrip()
    guesses = sum((one.guesses() for one in found), Counter[tuple[str, str]]())
    if guesses:
        yield from ("", f"predictions {'right':>8} {'wrong':>6} {'not yet':>8}")
        for name in sorted({about for about, _ in guesses}, key=_number):
            right, wrong, open_ = (guesses[name, word] for word in WORDS)
            yield f"  {name:<10} {right:>7} {wrong:>6} {open_:>8}  {MISCONCEPTIONS.get(name, '')}".rstrip()
    if len({one.lab for one in found}) == len(found):  # of one person, not of a class
        yield from ("", _next(found))


def _in_short(one: Standing) -> str:
    if not one.report:
        return plain(one.problem.partition("\n")[0])
    graded = [p for p in one.report.properties.values() if p.graded]
    parts = [f"{len(one.held)} of {len(graded)} properties hold"]
    parts += [f"{result.item.name} {'✓' if result.points else '✗'}" for result in one.beside.results]
    return "; ".join(parts) + (f" ({plain(one.problem, MOST_SAID)})" if one.problem else "")


def _number(name: str) -> tuple[int, str]:
    digits = re.sub(r"\D", "", name)
    return int(digits or 0), name


def _next(found: Iterable[Standing]) -> str:
    """Which lab comes next: the first that has not all its points."""
    best = Counter[str]()
    for one in found:
        best[one.lab] = max(best[one.lab], one.points)
    for lab in sorted(LABS, key=_number):
        if best[lab] < sum(points_of(lab).values()):
            word = "not all points yet" if best[lab] else "not begun"
            return f"next: {LABS[lab].title} ({word})"
    return "All labs have all their points."


def as_csv(found: Sequence[Standing]) -> str:
    """A row for each notebook: points, the properties (1: holds, 0: doesn't), the points of what stands beside the
    module, and predictions by misconception."""
    labs = [lab for lab in LABS if any(one.lab == lab for one in found)]
    properties = list(dict.fromkeys(name for lab in labs for name in LABS[lab].points))
    beside = list(dict.fromkeys(result.item.key for one in found for result in one.beside.results))
    about = sorted({name for one in found for name, _ in one.guesses()}, key=_number)
    guessed = [(name, word) for name in about for word in WORDS]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    head = ["file", "lab", "points", "max_points", "problem", *properties, *beside]
    rows.writerow([*head, *(f"{name} {word}" for name, word in guessed)])
    for one in found:
        graded = LABS[one.lab].points if one.lab else {}
        earned = {result.item.key: result.points for result in one.beside.results}
        counts = one.guesses()
        holds = [int(name in one.held) if name in graded else "" for name in properties]
        start = [one.file, one.lab, one.points, one.max_points, plain(one.problem.partition("\n")[0])]
        cells = [*start, *holds, *(earned.get(key, "") for key in beside)]
        rows.writerow([harmless(cell) for cell in [*cells, *(counts[each] if counts else "" for each in guessed)]])
    return text.getvalue()


def harmless(cell: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell
