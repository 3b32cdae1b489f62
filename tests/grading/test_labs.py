"""Every lab through nbgrader: module, duels, puzzle and visit earn in the gradebook what the command says."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from kthreadlab.checks.portfolio import LABS
from kthreadlab.course.registry import evidence_of, points_of
from tests.grading.conftest import Course, new_course
from tests.grading.pages import seen
from tests.support import ANSWER

REPO = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.grading


def page_of(kind: str, lab: str) -> dict:
    return json.loads((REPO / kind / lab / f"{lab}.ipynb").read_text())


WRITTEN = [lab for lab in LABS if (REPO / "solutions" / lab).is_dir()]


def grade_id(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def written(released: dict, lab: str, wanted: list[str], texts: dict[str, str]) -> dict:
    """What was released, with the solution's text in the cells that are *wanted*, and other *texts* in others."""
    solved = {grade_id(cell): cell["source"] for cell in page_of("solutions", lab)["cells"]}
    for cell in released["cells"]:
        if grade_id(cell) in wanted:
            cell["source"] = solved[grade_id(cell)]
        cell["source"] = texts.get(grade_id(cell), cell["source"])
    return released


def students(lab: str) -> dict[str, tuple[list[str], dict[str, str], int]]:
    """By name: the cells that are solved, those that hold something else, and what it earns."""
    module, evidence = f"{lab}-{ANSWER[lab]}", evidence_of(lab)
    answers = [item.answer_id for item in evidence]
    earned = sum(points_of(lab).values())
    beside = sum(item.points for item in evidence)
    texts = ("7", '"nobody*5"', '""', '"?"')
    odd = {item.answer_id: f"{item.variable} = {texts[n % 4]}" for n, item in enumerate(evidence)}
    return {
        "all": ([module, *answers], {}, earned),
        "nothing": ([], {}, 0),
        "played": (answers, {}, beside),
        "wrote": ([module], odd, earned - beside),
    }


QUICK, MORE = ("all", "nothing"), ("played", "wrote")
"""What a change is likeliest to break, and the rest: in the long tests, but for Lab 6's."""


def cases() -> list:
    more = [(lab, name, MORE, () if lab == "lab6" else pytest.mark.long) for lab in WRITTEN for name in MORE]
    quick = [(lab, name, QUICK, ()) for lab in WRITTEN for name in QUICK]
    return [pytest.param(lab, name, group, id=f"{lab}-{name}", marks=marks) for lab, name, group, marks in quick + more]


by_student = pytest.mark.parametrize(("lab", "student", "group"), cases())


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A function: the course after autograde and feedback of a group of students of a lab."""
    course = new_course(tmp_path_factory.mktemp("labs"))

    @cache
    def of(lab: str, group: tuple[str, ...]) -> Course:
        for name in group:
            solved, texts, _ = students(lab)[name]
            course.submit(name, written(course.released(lab), lab, solved, texts), lab)
        course.nbgrader("autograde", lab)
        course.nbgrader("generate_feedback", lab)
        return course

    return of


@by_student
def test_the_gradebook_and_the_command_agree(graded, lab, student, group):
    """Cell by cell, the module's and what stands beside it."""
    course = graded(lab, group)
    notebook = course.desk / f"submitted/{student}/{lab}/{lab}.ipynb"
    command = [sys.executable, "-m", "kthreadlab", "check", lab, str(notebook), "--json"]
    report = json.loads(subprocess.run(command, cwd=REPO, capture_output=True, text=True).stdout)
    said = {name: one["points"] for part in ("properties", "evidence") for name, one in report.get(part, {}).items()}
    points = course.points(student, lab)

    assert points_of(lab).keys() == points.keys()
    assert {name: said[name] for name in points} == points
    assert students(lab)[student][2] == sum(points.values()) == report["points"]


@by_student
def test_feedback_adds_up(graded, lab, student, group):
    page = graded(lab, group).feedback(student, lab)

    assert f"{students(lab)[student][2]} of {sum(points_of(lab).values())} points" in " ".join(page.split())
    assert "Traceback (most recent call last)" not in page


def test_feedback_says_why_a_duel_was_not_earned(graded):
    page = seen(graded("lab6", MORE).feedback("wrote", "lab6")).text

    assert "nothing that is computed" in page
