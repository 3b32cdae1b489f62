"""Every answer of the corpus through nbgrader and through `kthreadlab check`: the same points in each cell."""

import functools

import pytest

import kthreadlab
from kthreadlab.checks.portfolio import LABS
from kthreadlab.grading.answers import module_of_text
from tests.grading.conftest import Course, only_graded, with_answer
from tests.support import ANSWER, corpus

pytestmark = [pytest.mark.grading, pytest.mark.long]

ANSWERS = {lab: {f"{s.kind}-{s.path.stem}": s.text for s in corpus() if s.lab == lab} for lab in LABS}
EACH = [(lab, student) for lab, answers in ANSWERS.items() for student in answers]


@pytest.fixture(scope="module")
def graded(course: Course):
    """The points of a student, after one `nbgrader autograde` of a lab's whole corpus."""

    @functools.cache
    def autograded(lab: str) -> None:
        released = only_graded(course.released(lab))
        for student, text in ANSWERS[lab].items():
            course.submit(student, with_answer(released, text, lab), lab)
        course.nbgrader("autograde", lab)

    def points(lab: str, student: str) -> dict[str, float]:
        autograded(lab)
        return course.points(student, lab)

    return points


@pytest.mark.parametrize(("lab", "student"), EACH, ids=[f"{lab}-{student}" for lab, student in EACH])
def test_nbgrader_gives_the_points_that_the_check_gives(graded, lab, student):
    """Cell by cell, for right, wrong and empty answers alike."""

    points = {name: earned for name, earned in graded(lab, student).items() if name in LABS[lab].points}
    report = kthreadlab.check(lab, module_of_text(ANSWERS[lab][student], student, ANSWER[lab]))

    assert {name: result.points for name, result in report.properties.items() if name in points} == points
    assert {name for name, result in report.properties.items() if result.graded} == set(points)
