"""The notebook that a kernel runs, as it is saved, and a check that knows of it.

A kernel does not see the editor; it sees the file.  Where nbgrader runs a notebook, the file is the submission as
nbgrader has put it right, and the answer is what its answer cell holds, whatever else has been done to the module: as
`kthreadlab check` reads it.  Where a person works, what was last run counts; if the page has been saved since, with
something else in the answer cell, a check says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path

from kthreadlab.checks import labs
from kthreadlab.checks.report import Judged, Report, graded_by_nbgrader
from kthreadlab.course.registry import evidence_of
from kthreadlab.grading.answers import answer_cell, answer_in, the_lab
from kthreadlab.grading.cells import BadInput, NoAnswer, file_in, nbgrader_of, one_text, read_notebook, read_text
from kthreadlab.grading.evidence import answer_to
from kthreadlab.lang.module import KernelModule
from kthreadlab.play.mapped import mapping

STALE = "The answer cell, as saved, is not what was last run: run it (Shift+Enter), then check again."

Stamp = tuple[int, int, int]
"""By which two saved states of one file are told apart."""


@dataclass(frozen=True)
class Run:
    """A run of a ``%%kmod`` cell: the text, and which state of the notebook was saved then."""

    text: str
    saved: Stamp | None


class Page:
    """The page of one session: the notebook's file, and what of it was last run, by module and file."""

    def __init__(self) -> None:
        self.folder = Path.cwd()
        self.runs: dict[tuple[str, str], Run] = {}

    def ran(self, name: str, file: str, text: str) -> None:
        """A ``%%kmod`` cell was run."""
        self.runs[name, file] = Run(text, _stamp(_live_notebook()))

    def submission(self, lab: str) -> dict | None:
        """The notebook that nbgrader runs: the one in its folder that has cells of *lab*; None if that is not one."""
        found = [notebook for notebook in map(_read, sorted(self.folder.glob("*.ipynb"))) if _has_cells(notebook, lab)]
        return found[0] if len(found) == 1 else None

    def refusal(self, missing: str = "") -> str:
        """Why no test cell of the notebook that nbgrader runs can earn anything, or none that needs the name *missing*;
        or ""."""
        for lab in labs.LABS:
            notebook = self.submission(lab)
            if notebook is None:
                continue
            try:
                answer_in(notebook, lab)
                for asked in (one for one in evidence_of(lab) if one.variable == missing):
                    answer_to(notebook, asked)
            except NoAnswer as refusal:
                return str(refusal)
        return ""

    def notice(self, lab: str, judged: Judged | None) -> str:
        """`STALE`, if the page was saved after what is *judged* was run, and then had another answer; else ""."""
        wanted, path = the_lab(lab), _live_notebook()
        same = [run for run in self.runs.values() if Judged.of(wanted.answer, run.text) == judged]
        if not same or _stamp(path) in (None, *(run.saved for run in same)):
            return ""
        try:
            answer = answer_cell(_read(path)["cells"], f"{lab}-{wanted.answer}")
        except NoAnswer:
            return ""
        return STALE if Judged.of(wanted.answer, file_in(answer)) != judged else ""


def _live_notebook() -> Path:
    """The file of the notebook that a Jupyter server has started this kernel for."""
    return Path(os.environ.get("JPY_SESSION_NAME", ""))


def _stamp(path: Path) -> Stamp | None:
    """Of a notebook's file; None if there is none."""
    try:
        stat = path.stat() if path.suffix == ".ipynb" else None
    except (OSError, ValueError):
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino) if stat else None


def _read(path: Path) -> dict:
    """A notebook, or one without cells if it can't be read."""
    try:
        return read_notebook(read_text(str(path)), str(path))
    except BadInput:
        return {"cells": []}


def _has_cells(notebook: dict, lab: str) -> bool:
    return any(str(nbgrader_of(cell).get("grade_id")).startswith(f"{lab}-") for cell in notebook["cells"])


def stored_notice(notebook: dict, lab: str, judged: Judged | None) -> str:
    """What to know of the reports that a notebook has stored, if one is of another text than what is *judged*; else
    ""."""
    wanted = the_lab(lab)
    head = rf"^{re.escape(wanted.title)} \({wanted.module}\): [\s\S]*?^ *judged: .*, ([0-9a-f]{{8}}) *$"
    for text in _shown_in(notebook):
        report = re.search(head, text, re.MULTILINE)
        if report and judged and report[1] != judged.digest:
            return f"The report stored in this notebook is of another text ({report[1]}): save after running it again."
    return ""


def _shown_in(notebook: dict) -> Iterator[str]:
    """The text of every result that a notebook has stored."""
    for cell in notebook.get("cells", ()):
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            yield one_text(data.get("text/plain")) if isinstance(data, dict) else ""


session: Page | None = None
"""The page of the session that has loaded the extension, if one has."""


@mapping
@wraps(labs.check)
def check(lab: str, module: KernelModule, property: str | None = None) -> Report | None:
    if session is None or lab not in labs.LABS:
        return labs.check(lab, module, property)
    if graded_by_nbgrader():
        return labs.check(lab, module if property is None else _submitted(session, lab, module, property), property)
    notice = session.notice(lab, labs.judged(lab, module))
    if notice and property is not None:
        print(notice)
    report = labs.check(lab, module, property)
    return replace(report, notice=notice) if report is not None else None


def _submitted(page: Page, lab: str, module: KernelModule, property: str) -> KernelModule:
    """The answer that a test cell judges where nbgrader runs the notebook: what the page holds, if that can be told.

    :raises PropertyFails: if the page holds no answer.
    """
    notebook = page.submission(lab)
    try:
        return module if notebook is None else answer_in(notebook, lab)
    except NoAnswer as refusal:
        raise labs.refused(lab, property, str(refusal)) from None
