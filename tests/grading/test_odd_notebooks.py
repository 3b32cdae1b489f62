"""The check and nbgrader agree on an odd notebook: the same points, or both refuse it with the same sentence."""

import functools
import json
import re
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks.portfolio import LABS
from kthreadlab.grading.answers import answer_module
from kthreadlab.grading.cells import BadInput
from tests.grading.conftest import Course, new_course, with_answer
from tests.grading.odd_notebooks import FULL, LOST, REFUSED, STOPS, TABLE, free
from tests.grading.test_corpus import only_graded
from tests.support import submission

REPO = Path(__file__).resolve().parents[2]
RELEASED = json.loads((REPO / "labs/lab2/lab2.ipynb").read_text())
RIGHT = with_answer(only_graded(RELEASED), submission("lab2/right/reference").text)
QUICK = [name for name, odd in TABLE.items() if odd.quick]
SLOW = [name for name, odd in TABLE.items() if not odd.quick]


def refusal(path: Path) -> str:
    """Why the check refuses a notebook, without the notebook's name; "" if it doesn't."""
    try:
        answer_module(str(path), "lab2")
    except BadInput as refused:
        return str(refused).removeprefix(f"{path}: ")
    return ""


def checked(path: Path) -> dict[str, float]:
    """The points that the check gives."""
    report = kthreadlab.check("lab2", answer_module(str(path), "lab2"))
    return {name: result.points for name, result in report.properties.items() if result.graded}


@pytest.mark.parametrize("name", TABLE)
def test_the_check_gives_every_point_or_refuses(name, tmp_path):
    """As the table says."""

    path = tmp_path / "lab2.ipynb"
    path.write_bytes(TABLE[name].data(RIGHT))

    assert (TABLE[name].outcome == FULL) == (not refusal(path)), refusal(path)
    assert TABLE[name].outcome != FULL or 60 == sum(checked(path).values())


def test_a_check_of_ones_own_is_seen(tmp_path):
    """One line makes every test cell pass where nbgrader runs the notebook; the command runs nothing, and says so."""

    forged = {**RIGHT, "cells": [*RIGHT["cells"]]}
    forged["cells"].insert(2, free("def check(*words, **more): return None"))
    path = tmp_path / "lab2.ipynb"
    path.write_text(json.dumps(forged))

    assert "gives the name check to something else" in refusal(path)


# ---- nbgrader ------------------------------------------------------------------------------------------------------


def student(name: str) -> str:
    """A folder's name for an odd notebook's."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """A course of these alone: nbgrader gives some of them up, and says so of the whole lab."""
    return new_course(tmp_path_factory.mktemp("odd"), "lab2")


@pytest.fixture(scope="module")
def submitted(course: Course):
    """A function name -> its submission, graded: all of the names beside it at once, each that stops nbgrader alone."""

    @functools.cache
    def graded(names: tuple[str, ...]) -> dict[str, Path]:
        paths = {}
        for name in names:
            paths[name] = course.desk / "submitted" / student(name) / "lab2" / "lab2.ipynb"
            paths[name].parent.mkdir(parents=True)
            paths[name].write_bytes(TABLE[name].data(RIGHT))
        alone = [name for name in names if TABLE[name].outcome == STOPS]
        others = f"--CourseDirectory.student_id_exclude={','.join(map(student, alone))}"
        course.nbgrader("autograde", "lab2", others, may_fail=True)
        for name in alone:
            course.nbgrader("autograde", "lab2", f"--student={student(name)}", may_fail=True)
        return paths

    return lambda name: graded(tuple(QUICK if name in QUICK else SLOW))[name]


@pytest.mark.grading
@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in SLOW)])
def test_nbgrader_gives_the_points_that_the_check_gives(course, submitted, name):
    """Cell by cell; and what the check refuses gets nothing, with the same sentence in each test cell."""

    path, given = submitted(name), course.points(student(name))

    if TABLE[name].outcome == FULL:
        assert checked(path) == {name: points for name, points in given.items() if name in LABS["lab2"].points}
    else:
        assert {0} == {score or 0 for score in given.values()}
        said = said_by_tests(course.autograded(student(name)))
        assert (TABLE[name].outcome in (LOST, STOPS)) == (not said)
        assert TABLE[name].outcome != REFUSED or all(squeezed(refusal(path)) in one for one in said)


@pytest.mark.grading
def test_a_cell_that_is_tagged_to_be_skipped_is_run(course):
    """nbgrader gives a test cell that has said nothing its points; so none may keep silent."""

    notebook = with_answer(RIGHT, "x = u32(0)\n")
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
    course.submit("skips", notebook)
    course.nbgrader("autograde", "lab2", "--student=skips")

    assert {0} == set(course.points("skips").values())


def said_by_tests(notebook: dict | None) -> list[str]:
    """What each test cell of a property has printed, on one line."""
    graded = [c for c in (notebook or {"cells": []})["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    cells = [c for c in graded if c["metadata"]["nbgrader"]["grade_id"].removeprefix("lab2-") in LABS["lab2"].points]
    return [squeezed("\n".join(map(printed, cell["outputs"]))) for cell in cells]


def printed(output: dict) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.get("traceback", [])) + "".join(output.get("text", "")))


def squeezed(text: str) -> str:
    return " ".join(text.split())
