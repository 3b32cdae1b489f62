"""``kthreadlab doctor``: what is odd about notebooks before they are handed in, and what a grader will see.

Files are read and compared with the labs as they ship; nothing is run and nothing is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import kthreadlab
from kthreadlab.checks.portfolio import LABS
from kthreadlab.grading.cells import BadInput, one_text, read_notebook, read_text
from kthreadlab.grading.examined import LOST, MEND, NOTE, Finding, Patient, findings
from kthreadlab.grading.handed_out import handed_out
from kthreadlab.show.report import verdict_word
from kthreadlab.trace.narrate import plain

from .labs import packaged_labs
from .progress import FOLDER, Standing, lab_of, standing
from .saved import stored_notice

MOST_BYTES = 64 * 2**20
MOST_CELLS = 2000
MOST_TEXT = 2**19
"""So many characters all cells hold, far more than anybody writes, beside what they have printed."""
CLEAR = "Clear what its cells have printed (Edit, Clear Outputs of All Cells) and save it."
SALVAGE = (
    "If it was yours, a text editor still shows what is in it: copy your answer out, move the file away, and get a "
    "fresh copy by kthreadlab lab."
)
_WORDS = {LOST: "STOP", MEND: "mend", NOTE: "note"}


@dataclass(frozen=True)
class Diagnosis:
    """What was found about a *file*, and how far it has come, if it is a lab's notebook that can be read."""

    file: str
    found: list[Finding] = field(default_factory=list)
    standing: Standing | None = None

    @property
    def well(self) -> bool:
        """Is there nothing to mend?"""
        return all(finding.weighs == NOTE for finding in self.found)


def diagnoses(names: Sequence[str]) -> Iterator[Diagnosis]:
    """Of these notebooks and of those in these folders; without any, of those in the labs' own folder, or in this one.

    :raises BadInput: if there are none.
    """
    check = lru_cache(maxsize=None)(kthreadlab.check)
    seen: dict[tuple[Path, str], str] = {}
    told = 0
    for path, asked in notebooks(names):
        found = diagnosis(path, check, asked)
        lab = found.standing.lab if found and found.standing else ""
        if found is not None:
            first = seen.setdefault((Path(path).parent, lab), found.file) if lab else found.file
            yield found if first == found.file else _second(found, first)
            told += 1
    if not told:
        raise BadInput("there is no lab's notebook here; name a notebook, or a folder (kthreadlab lab makes one).")


def notebooks(names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The notebooks, each with whether it was asked for by its name.  No link to a folder is followed."""
    for name in names or [FOLDER if Path(FOLDER).is_dir() else "."]:
        try:
            folder = Path(name).is_dir()
        except (OSError, ValueError):
            folder = False
        if not folder:
            yield name, True
        for root, folders, files in os.walk(name) if folder else ():
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            yield from (
                (os.path.normpath(os.path.join(root, file)), False) for file in sorted(files) if file.endswith(".ipynb")
            )


def diagnosis(path: str, check: Callable[..., Any], asked: bool) -> Diagnosis | None:
    """What is to be said of a file; None if it is no lab's notebook and nobody has *asked* for it."""
    name = plain(path)
    try:
        notebook = read(path)
    except BadInput as problem:
        return Diagnosis(name, [Finding(LOST, f"{problem}{_rescue(path)}")])
    lab = lab_of(notebook)
    if not lab:
        return Diagnosis(name, [Finding(LOST, _no_lab(notebook))]) if asked else None
    released = released_notebook(lab)
    found = findings(Patient(notebook, lab, released, handed_out(lab, released)))
    how_far = standing(path, check, asked)
    if how_far.report is not None:
        stale = stored_notice(notebook, lab, how_far.report.judged)
        found += [Finding(MEND, stale)] if stale else []
    return Diagnosis(name, [*found, *_its_name(path, lab)], how_far)


@cache
def released_notebook(lab: str) -> dict:
    """A lab's notebook as it ships."""
    path = packaged_labs() / lab / f"{lab}.ipynb"
    return read_notebook(path.read_text(encoding="utf-8"), str(path))


def read(path: str) -> dict:
    """A notebook that is no larger than anybody's.

    :raises BadInput: if it is none.
    """
    name = plain(path)
    if not path.endswith(".ipynb"):
        raise BadInput(f"{name} is no notebook: its name does not end in .ipynb.")
    try:
        size = Path(path).stat().st_size
    except (OSError, ValueError):
        size = 0  # reading it says what is the matter
    if size > MOST_BYTES:
        raise BadInput(f"{name} has {size // 2**20} MiB, more than {MOST_BYTES // 2**20}. {CLEAR}")
    notebook = read_notebook(read_text(path), name)
    if len(notebook["cells"]) > MOST_CELLS:
        raise BadInput(
            f"{name} has {len(notebook['cells']):,} cells, more than {MOST_CELLS:,}: delete what is not ours."
        )
    text = sum(len(one_text(cell.get("source"))) for cell in notebook["cells"] if isinstance(cell, dict))
    if text > MOST_TEXT:
        raise BadInput(f"{name} holds {text:,} characters, more than {MOST_TEXT:,}: delete what is no work of yours.")
    return notebook


def _rescue(path: str) -> str:
    """Where an earlier state of a file that can't be read is to be found, if there is one."""
    file = Path(path)
    try:
        if os.path.islink(path) and not file.exists():
            return f" It is a link to {plain(os.readlink(path))}, which is not there."
        kept = file.parent / ".ipynb_checkpoints" / f"{file.stem}-checkpoint{file.suffix}"
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return ""
        read(str(kept))
    except BadInput:
        return f" {SALVAGE}"
    except (OSError, ValueError):
        return ""
    return f" JupyterLab has kept an earlier state of it, which can be read: {plain(str(kept))}"


def _no_lab(notebook: dict) -> str:
    labs = ", ".join(LABS)
    cells = len(notebook["cells"])
    return f"it has {cells} cells, and none with a grade_id of a lab ({labs}): kthreadlab lab brings a fresh copy."


def _its_name(path: str, lab: str) -> Iterator[Finding]:
    """What a grader who collects by name will miss."""
    if os.path.islink(path):
        yield Finding(NOTE, f"it is a link to {plain(os.readlink(path))}: hand in that file, not the link.")
    if Path(path).name != f"{lab}.ipynb":
        yield Finding(NOTE, f"a grader collects {lab}.ipynb by its name, and this file has another.")


def _second(found: Diagnosis, first: str) -> Diagnosis:
    """Of a second notebook of one lab in a folder."""
    two = Finding(MEND, f"{first} beside it is of the same lab: keep one of them in this folder.")
    return Diagnosis(found.file, [two, *found.found], found.standing)


# ---- telling -------------------------------------------------------------------------------------------------------


def told(found: Diagnosis) -> Iterator[str]:
    """A head, a line for each finding, a line for each cell that earns points."""
    how_far = found.standing
    head = f"{LABS[how_far.lab].title}, {how_far.points} of {how_far.max_points} points" if how_far else "can't be used"
    yield f"{found.file}: {head}"
    for finding in found.found:
        first, *more = finding.says.split("\n")
        yield f"  {_WORDS[finding.weighs]}  {plain(first)}"
        yield from (f"        {plain(line)}" for line in more)
    if not found.found:
        yield "  well: nothing is odd about it"
    if how_far is not None:
        yield from ("  what a grader will see:", *_points(how_far))


def _points(how_far: Standing) -> Iterator[str]:
    """A line for each test cell, as `kthreadlab check` has them."""
    if how_far.report is None:
        yield f"     0/{how_far.max_points}  nothing, as said above"
        return
    report = how_far.report
    if report.problem:
        yield f"     0/{report.max_points}  all properties: {plain(report.problem.partition(chr(10))[0])}"
    for result in (one for one in report.properties.values() if one.graded and not report.problem):
        word = verdict_word(report, result)
        why = "" if result.passed else f": {result.sentence if word == 'fails' and result.sentence else word}"
        yield f"    {result.points:>2}/{result.max_points:<2}  {result.name}{plain(why)}"
    for beside in how_far.beside.results:
        why = "" if beside.points else f": {beside.says.partition(chr(10))[0]}"
        yield f"    {beside.points:>2}/{beside.item.points:<2}  {beside.item.name}{plain(why)}"


def as_json(found: Diagnosis) -> str:
    """A diagnosis as one line of JSON."""
    how_far = found.standing
    data: dict[str, object] = {"file": found.file, "found": [vars(finding) for finding in found.found]}
    if how_far is not None:
        data |= {"lab": how_far.lab, "points": how_far.points, "max_points": how_far.max_points}
    return json.dumps(data)
