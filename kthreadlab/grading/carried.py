"""A student's work, carried from a notebook into a fresh one of the present release; nothing of it is run.

What was ever handed out stays behind; everything else is the student's.  An answer goes where its ``grade_id`` is, a
prediction where its question is, another text where the text that it was written over stands now, a cell of the
student's own below the cell that it stood below.  What has no place any more is kept at the end.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kthreadlab.course.items import UNANSWERED, Evidence
from kthreadlab.course.registry import ITEMS

from .cells import NoAnswer, kmod_cell, nbgrader_of, one_text
from .evidence import literal_in, place_of_answer
from .gradable import is_named, statements
from .handed_out import HandedOut, digest, grade_id

_FENCE = re.compile(r"`{3,}")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass
class Carrying:
    """The *fresh* notebook that *old* is carried into; *moved* and *kept*: what of it found a place, and what did not,
    as people name it."""

    old: dict
    fresh: dict
    was: HandedOut
    moved: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells: list[dict] = [_unrun(cell) for cell in self.fresh["cells"]]
        self.made_from = self.was.release_of(self.old)
        self.taken: set[int] = set()
        self.own: dict[int, list[dict]] = {}
        self.rest: list[dict] = []

    def run(self) -> dict:
        """The fresh notebook with the work in it."""
        below = -1
        for n, cell in enumerate(self.old["cells"]):
            place = self.place_of(cell)
            blank = place is not None and not one_text(cell.get("source")).strip()
            if blank or self.was.ours(cell) or self.predicted(cell):
                below = below if place is None else place
            elif place is not None and self.may_hold(place):
                self.put(cell, place)
                below = place
            elif place is not None and place == self.split_at(n):
                self.cells[place]["source"] += f"\n{one_text(cell.get('source'))}"
            elif place is None and not grade_id(cell) and str(cell.get("id")) not in self.made_from:
                self.own.setdefault(below, []).append(cell)
            elif one_text(cell.get("source")).strip():
                self.keep(cell)
        return {**self.fresh, "metadata": self.head(), "cells": self.in_order()}

    # ---- places ----------------------------------------------------------------------------------------------------

    def place_of(self, cell: dict) -> int | None:
        """Where a cell of the old notebook stands in the fresh one, from 0."""
        name, known = grade_id(cell), str(cell.get("id"))
        if name:
            return next((n for n, one in enumerate(self.cells) if grade_id(one) == name), None)
        text = self.made_from.get(known, digest(cell))
        same = [n for n, one in enumerate(self.fresh["cells"]) if not grade_id(one) and digest(one) == text]
        free = [n for n in same if n not in self.taken]
        return next((n for n in free if self.cells[n].get("id") == known), free[0] if free else None)

    def may_hold(self, place: int) -> bool:
        """May a text of the student's stand there?"""
        noted = nbgrader_of(self.cells[place])
        return place not in self.taken and not noted.get("locked") and not noted.get("grade")

    def split_at(self, n: int) -> int | None:
        """Where the beginning has gone of an answer of which the *n*-th old cell is a later piece: JupyterLab gives all
        pieces one name, and only the first begins with the magic line."""
        cells, first = self.old["cells"], n
        while first and grade_id(cells[first - 1]) == grade_id(cells[n]) != "":
            first -= 1
        magic = [kmod_cell(one_text(cells[k].get("source"))) is not None for k in (first, n)]
        return self.place_of(cells[first]) if magic == [True, False] and not self.was.ours(cells[first]) else None

    def put(self, cell: dict, place: int) -> None:
        """Put the student's text into a cell of the fresh notebook."""
        self.taken.add(place)
        to, source = self.cells[place], one_text(cell.get("source"))
        to["source"] = self.answered(to, source) or source
        if to["cell_type"] == "markdown" and isinstance(cell.get("attachments"), dict):
            to["attachments"] = cell["attachments"]
        self.moved.append(_called(cell))

    def answered(self, to: dict, source: str) -> str:
        """The fresh text of an answer's cell with the answer in it, if the student has written nothing else; or ""."""
        item = next(
            (one for one in ITEMS.values() if isinstance(one, Evidence) and one.answer_id == grade_id(to)), None
        )
        if item is None:
            return ""
        try:
            answer = literal_in(source, item).value
            start, end = place_of_answer(source, item)
            blank = f'{source[:start]}"{UNANSWERED}"{source[end:]}'
            fresh = one_text(to["source"])
            at, to_ = place_of_answer(fresh, item)
        except NoAnswer:
            return ""
        ours = self.was.ours({"source": blank})
        return f"{fresh[:at]}{_quoted(answer)}{fresh[to_:]}" if ours else ""

    # ---- predictions -----------------------------------------------------------------------------------------------

    def predicted(self, cell: dict) -> bool:
        """Is a cell of ours changed by nothing but what was predicted?  Then that is carried."""
        source = one_text(cell.get("source"))
        found = [*_predictions(source)]
        if not found or not self.was.ours({"source": _replaced(source, found, UNANSWERED)}):
            return False
        for key, answer, _ in found:
            if answer != UNANSWERED:
                (self.moved if self.predict(key, answer) else self.kept).append(f"{key}: {answer}")
        if any(f"{key}: {answer}" in self.kept for key, answer, _ in found):
            self.rest.append(_told(cell))
        return True

    def predict(self, key: str, answer: str) -> bool:
        """Write a prediction to where its question is asked; is it anywhere?"""
        for cell in self.cells:
            source = one_text(cell["source"])
            asked = [one for one in _predictions(source) if one[0] == key]
            if asked:
                cell["source"] = _replaced(source, asked, answer)
                return True
        return False

    # ---- what has no place -----------------------------------------------------------------------------------------

    def keep(self, cell: dict) -> None:
        """Keep a text that has no place at the end of the notebook."""
        self.kept.append(_called(cell))
        self.rest.append(_told(cell))

    def in_order(self) -> list[dict]:
        """All cells: ours, each with the student's own below it, and what was kept."""
        rows = [[cell, *map(_own, self.own.get(n, []))] for n, cell in enumerate(self.cells)]
        cells = [*map(_own, self.own.get(-1, [])), *(cell for row in rows for cell in row), *self.rest]
        used = {str(cell.get("id")) for cell in self.cells}
        ours = {id(cell) for cell in self.cells}
        for n, cell in enumerate(cells):
            if id(cell) not in ours:
                cell["id"] = _new_id(cell, n, used)
        return cells

    def head(self) -> dict:
        """The fresh notebook's metadata, with the kernel that the student has chosen."""
        kernel = self.old["metadata"].get("kernelspec")
        named = isinstance(kernel, dict) and all(isinstance(kernel.get(x), str) for x in ("name", "display_name"))
        return {**self.fresh["metadata"], **({"kernelspec": kernel} if named else {})}


def same_work(one: dict, other: dict) -> bool:
    """Do two notebooks hold the same cells, whatever these have printed?"""
    return [*map(_told_apart, one["cells"])] == [*map(_told_apart, other["cells"])]


def _told_apart(cell: dict) -> tuple[object, ...]:
    return cell["cell_type"], one_text(cell.get("source")), cell["metadata"].get("nbgrader"), cell.get("attachments")


def _unrun(cell: dict) -> dict:
    """A copy of a cell that has printed nothing."""
    made = copy.deepcopy(cell)
    made["source"] = one_text(made.get("source"))
    if made["cell_type"] == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def _own(cell: dict) -> dict:
    """A cell of the student's own, which no grader knows."""
    made = _unrun(cell)
    made["metadata"] = {key: value for key, value in made["metadata"].items() if key != "nbgrader"}
    return made


def _told(cell: dict) -> dict:
    """A text without a place, to be read; code does nothing any more."""
    source, head = one_text(cell.get("source")), f"**Kept from your former copy**: {_called(cell)}"
    code = cell["cell_type"] != "markdown"
    fence = "`" * max(3, 1 + max((len(row) for row in _FENCE.findall(source)), default=0))
    text = f"{fence}python\n{source.rstrip()}\n{fence}" if code else source
    pictures = {} if code or not isinstance(cell.get("attachments"), dict) else {"attachments": cell["attachments"]}
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": f"{head}\n\n{text}", **pictures}


def _called(cell: dict) -> str:
    """How a cell is spoken of."""
    name = grade_id(cell) or str(cell.get("id") or "")
    return name if _ID.fullmatch(name) else "a cell"


def _new_id(cell: dict, n: int, used: set[str]) -> str:
    """An id that no other cell has: its own, if it can be."""
    name = str(cell.get("id") or "")
    name = name if _ID.fullmatch(name) and name not in used else f"own-{digest(cell)}"
    name = name if name not in used else f"{name}-{n}"
    used.add(name)
    return name


def _quoted(answer: str) -> str:
    """A text in quotes, as a person would write it."""
    plain = '"' not in answer and "\\" not in answer and "\n" not in answer
    return f'"{answer}"' if plain else repr(answer)


_Prediction = tuple[str, str, ast.Constant]


def _predictions(source: str) -> Iterator[_Prediction]:
    """The calls of ``predict`` in some Python: the key, the answer, and where that stands."""
    for node in (inner for statement in statements(source) for inner in ast.walk(statement)):
        if isinstance(node, ast.Call) and is_named(node.func, "predict") and len(node.args) > 1:
            key, answer = node.args[:2]
            if isinstance(key, ast.Constant) and isinstance(answer, ast.Constant) and isinstance(answer.value, str):
                yield str(key.value), answer.value, answer


def _replaced(source: str, found: list[_Prediction], answer: str) -> str:
    """*source* with another answer in all these calls."""
    lines = source.encode().splitlines(keepends=True)
    for _, _, node in sorted(found, key=lambda one: (one[2].lineno, one[2].col_offset), reverse=True):
        if node.end_lineno == node.lineno and node.end_col_offset is not None:
            line = lines[node.lineno - 1]
            new = _quoted(answer).encode()
            lines[node.lineno - 1] = line[: node.col_offset] + new + line[node.end_col_offset :]
    return b"".join(lines).decode()
