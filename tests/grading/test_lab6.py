"""Lab 6 through nbgrader: module, duels, puzzle and visit earn in the gradebook what the command says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kthreadlab.course.registry import evidence_of, points_of
from tests.grading.conftest import Course, new_course
from tests.grading.pages import seen

REPO = Path(__file__).resolve().parents[2]
SOLVED = json.loads((REPO / "solutions/lab6/lab6.ipynb").read_text())
pytestmark = pytest.mark.grading


def written(released: dict, *grade_ids: str, **texts: str) -> dict:
    """What was released, with the solution's text in some cells, and other *texts* in others (- for _)."""
    notebook = json.loads(json.dumps(released))
    texts = {name.replace("_", "-"): text for name, text in texts.items()}
    solved = {
        c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in SOLVED["cells"] if "nbgrader" in c["metadata"]
    }
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in grade_ids:
            cell["source"] = solved[grade_id]
        cell["source"] = texts.get(grade_id, cell["source"])
    return notebook


ANSWERS = [item.answer_id for item in evidence_of("lab6")]
STUDENTS = {
    "all": (("lab6-mykthread", *ANSWERS), {}, 100),
    "nothing": ((), {}, 0),
    "played": (ANSWERS, {}, 40),
    "wrote": (("lab6-mykthread",), {}, 60),
    "pasted": ((), {"lab6_duel1_answer": 'duel_1 = "disk*5 mykthread*6"', "lab6_duel3_answer": "duel_3 = 3"}, 0),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Course:
    course = new_course(tmp_path_factory.mktemp("lab6"), "lab6")
    for student, (solved, texts, _) in STUDENTS.items():
        course.submit(student, written(course.released("lab6"), *solved, **texts), "lab6")
    course.nbgrader("autograde", "lab6")
    course.nbgrader("generate_feedback", "lab6")
    return course


@pytest.mark.parametrize("student", STUDENTS)
def test_the_gradebook_and_the_command_agree(graded, student):
    """Cell by cell, the module's and what stands beside it."""
    notebook = graded.desk / f"submitted/{student}/lab6/lab6.ipynb"
    command = [sys.executable, "-m", "kthreadlab", "check", "lab6", str(notebook), "--json"]
    report = json.loads(subprocess.run(command, cwd=REPO, capture_output=True, text=True).stdout)
    said = {name: one["points"] for name, one in report["properties"].items()}
    said |= {name: one["points"] for name, one in report["evidence"].items()}

    assert said == graded.points(student, "lab6")
    assert STUDENTS[student][2] == sum(said.values()) == report["points"]
    assert said.keys() == points_of("lab6").keys()


@pytest.mark.parametrize("student", STUDENTS)
def test_feedback_adds_up_to_a_hundred(graded, student):
    page = graded.feedback(student, "lab6")

    assert f"{STUDENTS[student][2]} of 100 points" in " ".join(page.split())
    assert "Traceback (most recent call last)" not in page


def test_feedback_says_why_a_duel_was_not_earned(graded):
    page = seen(graded.feedback("pasted", "lab6")).text

    assert "this is the shortest way there is" in page
    assert "nothing that is computed" in page
