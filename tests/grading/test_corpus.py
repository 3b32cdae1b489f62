"""Every answer of Lab 2's corpus through nbgrader and through `kthreadlab check`: the same points in each cell."""

from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.cells import module_of_text
from tests.grading.conftest import Course, with_answer

pytestmark = [pytest.mark.grading, pytest.mark.long]

ANSWERS = {
    path.stem: path.read_text()
    for path in sorted((Path(__file__).resolve().parents[1] / "submissions" / "lab2").glob("*/*.py"))
}


@pytest.fixture(scope="module")
def graded(course: Course) -> Course:
    """The course after one `nbgrader autograde` of the whole corpus."""
    released = course.released()
    for student, text in ANSWERS.items():
        course.submit(student, with_answer(released, text))
    course.nbgrader("autograde", "lab2")
    return course


@pytest.mark.parametrize("student", ANSWERS)
def test_nbgrader_gives_the_points_that_the_check_gives(graded, student):
    """Cell by cell, for right, wrong and empty answers alike."""

    points = graded.points(student)
    report = kthreadlab.check("lab2", module_of_text(ANSWERS[student], student))

    assert {name: result.points for name, result in report.properties.items() if name in points} == points
