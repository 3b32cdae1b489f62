"""A notebook of Lab 6 with a duel and a puzzle, made from the tests' own items."""

from __future__ import annotations

import copy
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook

from kthreadlab.checks.portfolio import LABS
from tests.course.samples import DUEL, ORDERED, PUZZLE, WON
from tests.support import given

REPO = Path(__file__).resolve().parents[2]
RIGHT = (REPO / "tests/submissions/lab6/right/reference.py").read_text()
SETUP = "%load_ext kthreadlab\nfrom kthreadlab import arranged, broke, check"


def noted(grade_id: str, **values: object) -> dict:
    flags = {"grade": False, "locked": False, "solution": False, "task": False} | values
    return {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **flags}}


def test_cell(grade_id: str, points: int, source: str) -> dict:
    return new_code_cell(source, metadata=noted(grade_id, grade=True, locked=True, points=points))


test_cell.__test__ = False  # type: ignore[attr-defined]


def answer_cell(item, text: str) -> dict:
    return new_code_cell(f'{item.variable} = "{text}"', metadata=noted(item.answer_id, solution=True))


def notebook(answer: str = RIGHT, duel: str = WON, order: str = ORDERED) -> dict:
    """The lab's notebook with these answers."""
    lab = LABS["lab6"]
    cells = [
        new_code_cell(SETUP, id="lab6-setup"),
        new_code_cell(f"%%kmod myevent handler\n{given('lab6')}", metadata=noted("lab6-handler", locked=True)),
        new_code_cell(f"%%kmod myevent mykthread\n{answer}", metadata=noted("lab6-mykthread", solution=True)),
        *(
            test_cell(f"lab6-{name}", points, f'check("lab6", myevent, property="{name}")')
            for name, points in lab.points.items()
        ),
    ]
    for item, text in ((DUEL, duel), (PUZZLE, order)):
        cells.append(answer_cell(item, text))
        cells.append(test_cell(item.test_id, item.points, f'{item.judged_by}("{item.key}", {item.variable})'))
    for n, cell in enumerate(cells):
        cell["id"] = f"c{n}"
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=copy.deepcopy(cells), metadata={"kernelspec": kernel})
