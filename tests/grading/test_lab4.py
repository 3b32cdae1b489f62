"""Lab 4 through nbgrader: module, duels, puzzle and visits earn in the gradebook what the command says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kthreadlab.course.registry import evidence_of, points_of
from tests.grading.conftest import new_course

REPO = Path(__file__).resolve().parents[2]
SOLVED = json.loads((REPO / "solutions/lab4/lab4.ipynb").read_text())
pytestmark = [pytest.mark.grading, pytest.mark.long]
ANSWERS = [item.answer_id for item in evidence_of("lab4")]
STUDENTS = {
    "all": (("lab4-waits", *ANSWERS), 100),
    "nothing": ((), 0),
    "played": (ANSWERS, 40),
    "wrote": (("lab4-waits",), 60),
}


def grade_id(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def test_the_gradebook_and_the_command_agree(tmp_path):
    """Cell by cell, for those who have solved all, nothing, the games, or the module."""
    course = new_course(tmp_path, "lab4")
    solved = {grade_id(cell): cell["source"] for cell in SOLVED["cells"]}
    for student, (ids, _) in STUDENTS.items():
        notebook = json.loads(json.dumps(course.released("lab4")))
        for cell in notebook["cells"]:
            cell["source"] = solved[grade_id(cell)] if grade_id(cell) in ids else cell["source"]
        course.submit(student, notebook, "lab4")
    course.nbgrader("autograde", "lab4")
    for student, (_, points) in STUDENTS.items():
        notebook = course.desk / f"submitted/{student}/lab4/lab4.ipynb"
        command = [sys.executable, "-m", "kthreadlab", "check", "lab4", str(notebook), "--json"]
        report = json.loads(subprocess.run(command, cwd=REPO, capture_output=True, text=True).stdout)
        said = {name: one["points"] for name, one in (report["properties"] | report["evidence"]).items()}
        assert said == course.points(student, "lab4")
        assert points == sum(said.values()) == report["points"]
        assert said.keys() == points_of("lab4").keys()
