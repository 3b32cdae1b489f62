"""What is odd about a lab's notebook: cells deleted, copied, split, moved, edited, run in another order, or of another
release.  It is read as data and compared with what was handed out; nothing of it is run.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from kthreadlab.checks.portfolio import LABS
from kthreadlab.course.items import UNANSWERED, Evidence
from kthreadlab.course.registry import evidence_of
from kthreadlab.trace.narrate import plain

from .answers import answer_in
from .cells import NoAnswer, kmod_cell, nbgrader_of, one_text
from .evidence import answer_to
from .gradable import is_named, is_test, python_of, statements, unwritable, why_given_up
from .handed_out import HandedOut, digest, grade_id

UPDATE = "kthreadlab lab --update puts your answers into a fresh copy, and keeps this one."
LOST, MEND, NOTE = "lost", "mend", "note"
"""What a finding weighs: nothing earns a point, something may be lost, or it does no harm."""
_DEFINES = re.compile(r"^[ \t]*def[ \t]+(\w+)|^(\w+)[ \t]*=", re.MULTILINE)
_COPIED = re.compile(r"has \d+ cells with the grade_id ")
_MOST_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """*says* what is so, where, and how to mend it; what it *weighs* is LOST, MEND or NOTE."""

    weighs: str
    says: str


@dataclass(frozen=True)
class Patient:
    """A *notebook* of *lab*, beside the one that is *released* today and all that *was* ever handed out."""

    notebook: dict
    lab: str
    released: dict
    was: HandedOut

    @property
    def cells(self) -> list[dict]:
        """Its cells."""
        found: list[dict] = self.notebook["cells"]
        return found

    @property
    def answer_id(self) -> str:
        """The ``grade_id`` of the answer's cell."""
        return f"{self.lab}-{LABS[self.lab].answer}"

    def all_of(self, name: str) -> list[int]:
        """The places of the cells with that ``grade_id``, from 0."""
        return [n for n, cell in enumerate(self.cells) if grade_id(cell) == name]

    def name(self, n: int) -> str:
        """How a cell is spoken of: by its place, and its ``grade_id`` or first line."""
        known = grade_id(self.cells[n])
        lines = one_text(self.cells[n].get("source")).strip().splitlines()
        return f"cell {n + 1} ({plain(known, 60) if known else f'“{plain(lines[0], 40)}”' if lines else 'empty'})"

    def names(self, places: list[int]) -> str:
        """Several of them, in a row."""
        said = [self.name(n) for n in places[:_MOST_NAMED]]
        more = len(places) - len(said)
        return ", ".join([*said, *([f"and {more} more"] if more else [])])


def findings(patient: Patient) -> list[Finding]:
    """Everything that is odd about it, what weighs most first."""
    broken = [Finding(LOST, problem) for problem in unwritable(patient.notebook)]
    if broken:
        return broken
    looked = [look(patient) for look in _LOOKS]
    found = dict.fromkeys(finding for one in looked for finding in one)
    return sorted(found, key=lambda finding: (LOST, MEND, NOTE).index(finding.weighs))


# ---- what a grader has against it ----------------------------------------------------------------------------------


def _refused(patient: Patient) -> Iterator[Finding]:
    """Why nothing in it earns anything, as the check says it."""
    reasons = [*why_given_up(patient.notebook, patient.lab)]
    try:
        answer_in(patient.notebook, patient.lab)
    except NoAnswer as refusal:
        reasons.append(str(refusal))
    for reason in dict.fromkeys(reasons):
        if not _COPIED.search(reason):  # `_copies` says more, and "delete the copy" would lose half of what was split
            yield Finding(LOST, f"nothing earns a point: {reason}")


def _beside(patient: Patient) -> Iterator[Finding]:
    """Why an answer beside the module can't be read; and one that stands in another cell."""
    for item in evidence_of(patient.lab):
        try:
            answered = answer_to(patient.notebook, item) != UNANSWERED
        except NoAnswer as refusal:
            answered = False
            yield Finding(MEND, f"{item.name} earns nothing: {refusal}")
        elsewhere = [
            n for n, cell in enumerate(patient.cells) if grade_id(cell) != item.answer_id and _answers(cell, item)
        ]
        if elsewhere and not answered:
            there = f"{item.variable} is given a value in {patient.names(elsewhere)}"
            yield Finding(MEND, f"{there}, and only the cell {item.answer_id} counts: write it there.")


def _answers(cell: dict, item: Evidence) -> bool:
    """Does a cell give the variable of *item* a text that could be an answer?"""
    for node in statements(python_of(cell)):
        if isinstance(node, ast.Assign) and any(is_named(target, item.variable) for target in node.targets):
            return isinstance(node.value, ast.Constant) and node.value.value != UNANSWERED
    return False


# ---- copies and pieces of cells ------------------------------------------------------------------------------------


def _copies(patient: Patient) -> Iterator[Finding]:
    """Cells that bear one name."""
    for name in dict.fromkeys(map(grade_id, patient.cells)):
        places = patient.all_of(name) if name else []
        if len(places) < 2:
            continue
        first, *others = (one_text(patient.cells[n].get("source")).strip() for n in places)
        if all(other == first for other in others):
            what = "hold the same text: delete all but one (Esc, d, d)"
        elif places[1] == places[0] + 1 and kmod_cell(first) and not any(map(kmod_cell, others)):
            what = "were one and have been split: select both and press Shift+M, which joins them"
        else:
            what = (
                "bear one name and hold different texts: copy what you want to keep into the first, delete the others"
            )
        yield Finding(LOST, f"nothing earns a point: {patient.names(places)} {what}.")


def _joined(patient: Patient) -> Iterator[Finding]:
    """Cells that have swallowed another."""
    texts = [one_text(cell.get("source")) for cell in patient.cells]
    for cell in patient.released["cells"]:
        name, text = grade_id(cell), one_text(cell.get("source")).strip()
        if name and not patient.all_of(name):
            for n, other in enumerate(texts):
                if grade_id(patient.cells[n]) and text in other:
                    yield Finding(
                        MEND, f"{patient.name(n)} holds the text of {name} too: the two were joined. {UPDATE}"
                    )


def _gone(patient: Patient) -> Iterator[Finding]:
    """Cells of ours that are not there any more."""
    asked = {item.answer_id for item in evidence_of(patient.lab)} | {patient.answer_id}
    if patient.was.release_of(patient.notebook) != patient.was.now:
        return
    for cell in patient.released["cells"]:
        name = grade_id(cell)
        if name and not patient.all_of(name) and name not in asked:
            yield Finding(NOTE, f"the cell {name} is gone; a grader puts it back. {UPDATE}")
    have = {str(cell.get("id")) for cell in patient.cells} | {digest(cell) for cell in patient.cells}
    free = [cell for cell in patient.released["cells"] if not grade_id(cell)]
    gone = [cell for cell in free if have.isdisjoint({str(cell.get("id")), digest(cell)})]
    if gone:
        said = ", ".join(f"“{plain(one_text(cell['source']).splitlines()[0], 40)}”" for cell in gone[:_MOST_NAMED])
        yield Finding(
            NOTE, f"{len(gone)} of our cells without points {'is' if len(gone) == 1 else 'are'} gone: {said}."
        )


# ---- the answer ----------------------------------------------------------------------------------------------------


def _answer(patient: Patient) -> Iterator[Finding]:
    """What is odd about the text of the answer."""
    places = patient.all_of(patient.answer_id)
    if len(places) != 1:
        return
    cell = patient.cells[places[0]]
    if patient.was.ours(cell):
        elsewhere = [*_written_elsewhere(patient, places[0], LABS[patient.lab].owns)]
        yield from elsewhere or [
            Finding(NOTE, f"{patient.name(places[0])} is as it was handed out: nothing is answered.")
        ]
        return
    have = _defined(cell)
    missing = [name for name in LABS[patient.lab].owns if name not in have]
    said = [*_written_elsewhere(patient, places[0], missing)]
    yield from said
    yield from () if said else _renamed(patient, places[0], missing)


def _defined(cell: dict) -> list[str]:
    """What the text of a cell defines."""
    return [function or variable for function, variable in _DEFINES.findall(one_text(cell.get("source")))]


def _written_elsewhere(patient: Patient, answer: int, names: tuple[str, ...] | list[str]) -> Iterator[Finding]:
    """What should stand in the answer's cell and stands in another of one's own."""
    for n, cell in enumerate(patient.cells):
        noted = nbgrader_of(cell)
        own = n != answer and not noted.get("locked") and not patient.was.ours(cell)
        found = [name for name in names if own and name in _defined(cell)]
        if found:
            there = f"{', '.join(found)} {'stands' if len(found) == 1 else 'stand'} in {patient.name(n)}"
            yield Finding(MEND, f"{there}, and only {patient.name(answer)} counts: move the text there.")


def _renamed(patient: Patient, answer: int, missing: list[str]) -> Iterator[Finding]:
    """Names that the check asks for and the answer does not define."""
    have = [name for name in _defined(patient.cells[answer]) if name not in LABS[patient.lab].owns]
    for name in missing:
        near = get_close_matches(name, have, n=1, cutoff=0.6)
        hint = f"; it has {near[0]}: give that its name back" if near else ""
        yield Finding(MEND, f"{patient.name(answer)} does not define {name}, which the check asks for{hint}.")


# ---- what was handed out, and what has become of it ----------------------------------------------------------------


def _release(patient: Patient) -> Iterator[Finding]:
    """A notebook of another release."""
    was, made_from = patient.was, patient.was.release_of(patient.notebook)
    if made_from != was.now:
        old = made_from in was.releases and any(made_from.get(str(cell.get("id"))) for cell in patient.cells)
        what = "is of an older release, and will be graded by the present one" if old else "is no copy of ours"
        yield Finding(MEND, f"this notebook {what}: {UPDATE}")


def _edited(patient: Patient) -> Iterator[Finding]:
    """Locked cells with another text, and cells of another type."""
    types = {grade_id(cell): cell["cell_type"] for cell in patient.released["cells"] if grade_id(cell)}
    for n, cell in enumerate(patient.cells):
        name, locked = grade_id(cell), nbgrader_of(cell).get("locked") or is_test(cell, patient.lab)
        if name in types and locked and not patient.was.ours(cell):
            yield Finding(NOTE, f"{patient.name(n)} is locked and was edited: a grader puts the original back.")
        if name in types and cell["cell_type"] != types[name]:
            key = {"code": "y", "markdown": "m", "raw": "r"}[types[name]]
            was = f"has become {cell['cell_type']}, and was {types[name]}"
            yield Finding(MEND, f"{patient.name(n)} {was}: select it and press Esc, {key}.")


def _moved(patient: Patient) -> Iterator[Finding]:
    """Cells that stand elsewhere than they were handed out: the fewest that need have been moved."""
    order = [*patient.was.release_of(patient.notebook)]
    placed = [
        (n, order.index(str(cell.get("id")))) for n, cell in enumerate(patient.cells) if str(cell.get("id")) in order
    ]
    stays = _longest_rising([place for _, place in placed])
    moved = [n for at, (n, _) in enumerate(placed) if at not in stays]
    if moved:
        stand = "stands" if len(moved) == 1 else "stand"
        yield Finding(
            NOTE, f"{patient.names(moved)} {stand} elsewhere than handed out; a grader runs from top to bottom."
        )


def _longest_rising(values: list[int]) -> set[int]:
    """The places of a longest rising row among *values*."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, value in enumerate(values):
        at = bisect_left(tails, value)
        tails[at:], ends[at:] = [value, *tails[at + 1 :]], [n, *ends[at + 1 :]]
        before.append(ends[at - 1] if at else -1)
    found, last = set(), ends[-1] if ends else -1
    while last >= 0:
        found.add(last)
        last = before[last]
    return found


# ---- how it was run ------------------------------------------------------------------------------------------------


def _runs(patient: Patient) -> Iterator[Finding]:
    """Cells that were run in another order than they stand in, more than once, or not at all."""
    counts = [(n, cell.get("execution_count")) for n, cell in enumerate(patient.cells) if cell["cell_type"] == "code"]
    run = [(n, count) for n, count in counts if isinstance(count, int) and not isinstance(count, bool)]
    if not run:
        return
    again = "Kernel, Restart Kernel and Run All Cells shows what a grader sees"
    late = [n for (_, before), (n, count) in zip(run, run[1:], strict=False) if count <= before]
    same = len({count for _, count in run}) < len(run)
    if late:
        why = "two sessions of the kernel are mixed" if same else "cells were run in another order than they stand in"
        yield Finding(NOTE, f"{why} (at {patient.names(late)}). {again}.")
    elif max(count for _, count in run) > len(run):
        yield Finding(NOTE, f"cells were run more than once: {max(c for _, c in run)} runs, {len(run)} cells. {again}.")
    for n in patient.all_of(patient.answer_id):
        cell = patient.cells[n]
        if cell["cell_type"] == "code" and cell.get("execution_count") is None and not patient.was.ours(cell):
            yield Finding(
                NOTE, f"{patient.name(n)} was not run as it stands here: what you saw last may be another text."
            )


_LOOKS = (_refused, _copies, _beside, _answer, _release, _joined, _edited, _gone, _moved, _runs)
