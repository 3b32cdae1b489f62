"""What README says of nbgrader's points is so, and compare.py sees it: nbgrader runs an answer, the check reads it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.grading.conftest import Course, new_course, only_graded, with_answer

pytestmark = pytest.mark.grading

REPO = Path(__file__).resolve().parents[2]
README = (REPO / "README.md").read_text(encoding="utf-8")
RIGHT = (REPO / "tests/submissions/lab2/right/reference.py").read_text()
(FORGERY,) = re.findall(r"`(def check\(.*?)`", README)
"""The one line that README warns of."""
FROM_THEN_ON = """
from pathlib import Path
from IPython.paths import get_ipython_dir

startup = Path(get_ipython_dir(), "profile_default/startup")
startup.mkdir(parents=True, exist_ok=True)
(startup / "00.py").write_text("import kthreadlab; kthreadlab.check = lambda *a, **k: None")
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """A course after `nbgrader autograde`, which goes by name; then one notebook is lost, and one comes late."""
    course = new_course(tmp_path_factory.mktemp("forged"), "lab2")
    untouched = only_graded(course.released())
    course.submit("ada", with_answer(untouched, RIGHT))
    course.submit("bob", untouched)
    lost = course.submit("lou", with_answer(untouched, RIGHT))
    course.submit("mallory", with_cell(untouched, FORGERY))
    course.submit("mike", with_cell(untouched, FROM_THEN_ON))
    course.submit("zoe", untouched)
    course.nbgrader("autograde", "lab2")
    lost.unlink()
    course.submit("late", untouched)
    return course


def with_cell(notebook: dict, source: str) -> dict:
    """*notebook* with a cell of the student's own before the test cells."""
    cell = {"cell_type": "code", "id": "mine", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    at = next(i for i, c in enumerate(notebook["cells"]) if c["metadata"].get("nbgrader", {}).get("grade"))
    return {**notebook, "cells": [*notebook["cells"][:at], cell, *notebook["cells"][at:]]}


def compare(course: Course, *words: str) -> subprocess.CompletedProcess:
    """Run compare.py, from anywhere."""
    command = [sys.executable, str(course.desk / "compare.py"), *words]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    return subprocess.run(command, cwd=course.folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def said(course) -> dict[str, list[str]]:
    """Of each student what compare.py prints: nbgrader's points, the check's, and a word if they differ."""
    done = compare(course, "lab2")
    assert (1, "") == (done.returncode, done.stderr)
    rows = [line.split() for line in done.stdout.splitlines()[1:-1]]
    return {student: [nbgrader, check, *remark[:1]] for nbgrader, check, student, *remark in rows}


def test_one_line_in_a_free_cell_forges_every_point_and_is_seen(said):
    """The module's 60 in nbgrader, nothing in the check."""

    assert ["60/100", "none", "DIFFERENT"] == said["mallory"]


def test_a_cell_that_writes_a_startup_file_forges_the_notebooks_after_it_and_is_seen(said):
    """Points for somebody who did nothing, right or wrong."""

    assert ["60/100", "0/100", "DIFFERENT"] == said["zoe"]


def test_honest_points_are_the_same(course, said):
    """The module's points and none; where nobody differs, the exit status says so."""

    assert (["60/100", "60/100"], ["0/100", "0/100"]) == (said["ada"], said["bob"])
    assert 0 == compare(course, "lab2", "--student=ada").returncode


def test_what_only_one_of_the_two_has_is_seen(said):
    """A notebook that was never autograded, and points for a notebook that is not there."""

    assert ["none", "0/100", "DIFFERENT"] == said["late"]
    assert ["60/100", "none", "DIFFERENT"] == said["lou"]


def test_a_lab_that_the_gradebook_does_not_know_is_said(course):
    """And nothing is checked."""

    done = compare(course, "lab5")

    assert (1, "") == (done.returncode, done.stdout)
    assert "has no lab5" in done.stderr
