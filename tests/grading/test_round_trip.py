"""The labs through nbgrader itself: generate, submit, autograde, feedback; the same points as `kthreadlab check`."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.grading.conftest import Course, with_answer
from tests.support import ANSWER

pytestmark = pytest.mark.grading

REPO = Path(__file__).resolve().parents[2]
STUDENTS = ["right", "wrong", "empty", "broken"]


@dataclass(frozen=True)
class Slip:
    """What the wrong student left out, the properties that hang on it, and a line that is broken without its colon."""

    left_out: str
    costs: frozenset[str]
    line: str


SLIPS = {
    "lab2": Slip(
        "    remove_wait_queue(myevent_waitqueue, wait)\n", frozenset({"dies_cleanly", "no_dangling"}), "while True:"
    ),
    "lab5": Slip("    kfree(buffer)\n", frozenset({"no_leak", "survives_failure"}), "if value < 0:"),
}
by_lab = pytest.mark.parametrize("lab", SLIPS)


def solution_answer(lab: str) -> str:
    cells = json.loads((REPO / f"solutions/{lab}/{lab}.ipynb").read_text())["cells"]
    wanted = f"{lab}-{ANSWER[lab]}"
    (cell,) = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == wanted]
    return "".join(cell["source"]).split("\n", 1)[1]


def submissions(released: dict, lab: str) -> dict[str, dict]:
    """Four students: right, wrong, empty, and one that does not compile."""
    right, slip = solution_answer(lab), SLIPS[lab]
    assert slip.left_out in right and slip.line in right
    return {
        "right": with_answer(released, right, lab),
        "wrong": with_answer(released, right.replace(slip.left_out, ""), lab),
        "empty": released,
        "broken": with_answer(released, right.replace(slip.line, slip.line.rstrip(":")), lab),
    }


@pytest.fixture(scope="module")
def graded(course: Course) -> Course:
    """The course after autograde and generate_feedback of the four, in each lab."""
    for lab in SLIPS:
        for student, notebook in submissions(course.released(lab), lab).items():
            course.submit(student, notebook, lab)
        course.nbgrader("autograde", lab)
        course.nbgrader("generate_feedback", lab)
    return course


def checked(path: Path, lab: str) -> dict:
    """What `kthreadlab check --json` says of a notebook."""
    command = [sys.executable, "-m", "kthreadlab", "check", lab, str(path), "--json"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def graded_points(report: dict, like: dict) -> dict[str, float]:
    return {name: report["properties"][name]["points"] for name in like}


@by_lab
@pytest.mark.parametrize("student", STUDENTS)
def test_the_gradebook_and_the_command_agree_cell_by_cell(graded, lab, student):
    """nbgrader runs the notebook, the command reads it: the same points for each property."""

    points = graded.points(student, lab)
    report = checked(graded.desk / "submitted" / student / lab / f"{lab}.ipynb", lab)

    assert graded_points(report, points) == points
    assert report["points"] == sum(points.values())


@by_lab
def test_the_solution_gets_every_point(graded, lab):
    """60 of 60: what the instructor shows is right."""

    assert 60 == sum(graded.points("right", lab).values())


@by_lab
def test_what_is_not_written_gets_nothing(graded, lab):
    """Neither the untouched notebook nor one that does not compile has earned a point."""

    assert {0} == set(graded.points("empty", lab).values()) | set(graded.points("broken", lab).values())


@by_lab
def test_one_mistake_costs_what_hangs_on_it_and_nothing_else(graded, lab):
    """One line left out fails the properties that it was there for; the rest keeps its points."""

    points, full = graded.points("wrong", lab), graded.points("right", lab)

    assert SLIPS[lab].costs == {name for name in full if points[name] < full[name]}


@by_lab
def test_feedback_tells_the_story_and_not_our_frames(graded, lab):
    """The wrong answer's page has the schedule of the witness; nobody's has a traceback."""

    report = checked(graded.desk / f"submitted/wrong/{lab}/{lab}.ipynb", lab)
    for name in SLIPS[lab].costs:
        witness = report["properties"][name]["witness"]
        assert witness.split(": ", 1)[1] in graded.feedback("wrong", lab).replace("&gt;", ">")
    for student in STUDENTS:
        assert "Traceback (most recent call last)" not in graded.feedback(student, lab)
        assert str(graded.folder) not in graded.feedback(student, lab)


@by_lab
def test_a_test_cell_names_the_text_that_the_check_names(graded, lab):
    """File, lines and digest of what was judged: the same where nbgrader ran it and where the command read it."""

    judged = checked(graded.desk / f"submitted/wrong/{lab}/{lab}.ipynb", lab)["judged"]

    assert "judged {file}, {lines} lines, {digest}".format(**judged) in graded.feedback("wrong", lab)


def test_a_second_definition_of_the_answer_is_refused(course, graded):
    """A copied cell, even without its grade_id: neither counts, in nbgrader as on the command line."""

    notebook = submissions(course.released(), "lab2")["right"]
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
