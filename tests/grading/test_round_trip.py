"""Lab 2 through nbgrader itself: generate, submit, autograde, feedback; and the same points as `kthreadlab check`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.grading.conftest import Course, with_answer

pytestmark = pytest.mark.grading

REPO = Path(__file__).resolve().parents[2]
SOLUTION = json.loads((REPO / "solutions/lab2/lab2.ipynb").read_text())


def solution_answer() -> str:
    (cell,) = [c for c in SOLUTION["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "lab2-mykthread"]
    return "".join(cell["source"]).split("\n", 1)[1]


def submissions(released: dict) -> dict[str, dict]:
    """Four students: right, wrong (it never leaves the wait queue), empty, and one that does not compile."""
    right = solution_answer()
    wrong = right.replace("    remove_wait_queue(myevent_waitqueue, wait)\n", "")
    assert wrong != right
    return {
        "right": with_answer(released, right),
        "wrong": with_answer(released, wrong),
        "empty": released,
        "broken": with_answer(released, right.replace("while True:", "while True")),
    }


@pytest.fixture(scope="module")
def graded(course: Course) -> Course:
    """The course after autograde and generate_feedback of the four."""
    for student, notebook in submissions(course.released()).items():
        course.submit(student, notebook)
    course.nbgrader("autograde", "lab2")
    course.nbgrader("generate_feedback", "lab2")
    return course


def checked(path: Path) -> dict:
    """What `kthreadlab check --json` says of a notebook."""
    command = [sys.executable, "-m", "kthreadlab", "check", "lab2", str(path), "--json"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def graded_points(report: dict, like: dict) -> dict[str, float]:
    return {name: report["properties"][name]["points"] for name in like}


@pytest.mark.parametrize("student", ["right", "wrong", "empty", "broken"])
def test_the_gradebook_and_the_command_agree_cell_by_cell(graded, student):
    """nbgrader runs the notebook, the command reads it: the same points for each property."""

    points = graded.points(student)
    report = checked(graded.desk / "submitted" / student / "lab2" / "lab2.ipynb")

    assert graded_points(report, points) == points
    assert report["points"] == sum(points.values())


def test_the_solution_gets_every_point(graded):
    """60 of 60: what the instructor shows is right."""

    assert 60 == sum(graded.points("right").values())


def test_what_is_not_written_gets_nothing(graded):
    """Neither the untouched notebook nor one that does not compile has earned a point."""

    assert {0} == set(graded.points("empty").values()) | set(graded.points("broken").values())


def test_one_mistake_costs_what_hangs_on_it_and_nothing_else(graded):
    """Never leaving the queue fails the properties of dying and dangling; the rest keeps its points."""

    points, full = graded.points("wrong"), graded.points("right")

    lost = {name for name in full if points[name] < full[name]}
    assert {"dies_cleanly", "no_dangling"} == lost


def test_feedback_tells_the_story_and_not_our_frames(graded):
    """The wrong answer's page has the schedule of the witness; nobody's has a traceback."""

    witness = checked(graded.desk / "submitted/wrong/lab2/lab2.ipynb")["properties"]["no_dangling"]["witness"]

    assert witness.split(": ", 1)[1] in graded.feedback("wrong").replace("&gt;", ">")
    for student in ("right", "wrong", "empty", "broken"):
        assert "Traceback (most recent call last)" not in graded.feedback(student)
        assert str(graded.folder) not in graded.feedback(student)


def test_a_second_definition_of_the_answer_is_refused(course, graded):
    """A copied cell, even without its grade_id: neither counts, in nbgrader as on the command line."""

    notebook = submissions(course.released())["right"]
    answer = next(i for i, c in enumerate(notebook["cells"]) if c["id"] == "lab2-mykthread")
    copy = json.loads(json.dumps(notebook["cells"][answer]))
    copy["id"], copy["metadata"] = "copy", {}
    notebook["cells"].insert(answer, copy)
    path = course.submit("twice", notebook)

    course.nbgrader("autograde", "lab2", "--student=twice")

    assert 0 == sum(course.points("twice").values())
    command = [sys.executable, "-m", "kthreadlab", "check", "lab2", str(path)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert (2, "") == (done.returncode, done.stdout)
    assert "another cell" in done.stderr
