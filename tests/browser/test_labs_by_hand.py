"""Labs 2 and 5 as a student has them: chosen, played by mouse and by keyboard, kept, and earned."""

from __future__ import annotations

import json
import shutil

import pytest

from kthreadlab.grading.judging import evidence_in
from tests.browser.asking import saved
from tests.browser.jupyter import REPO, cell_with, open_notebook
from tests.browser.test_lab6_in_jupyterlab import click, press, run
from tests.course.test_lab2 import WON as LAB2
from tests.course.test_lab5 import WON as LAB5

pytestmark = pytest.mark.browser


@pytest.fixture
def student(page, lab):
    """A student's notebook of a lab, open and loaded."""

    def opened(name: str):
        path = lab.folder / f"{name}-mine.ipynb"
        shutil.copy(REPO / f"labs/{name}/{name}.ipynb", path)
        open_notebook(page, lab, path.name)
        run(page, "%load_ext")
        return path

    return opened


def clicks(schedule: str) -> list[tuple[str, int]]:
    """Who moves how often, in order."""
    parts = (part.partition("*") for part in schedule.split())
    return [(mover, int(times or 1)) for mover, _, times in parts]


def points(path, lab: str) -> dict[str, int]:
    return {result.item.name: result.points for result in evidence_in(json.loads(path.read_text()), lab)}


def test_lab_2_is_predicted_and_won_by_mouse(page, student, screenshots):
    path = student("lab2")
    run(page, 'predict("lab2.p3"')
    question = cell_with(page, 'predict("lab2.p3"')
    question.get_by_label("When it has come round its loop").click()
    question.locator(".kl-verdict", has_text="You said c").wait_for()

    run(page, 'duel("lab2.duel2", ')
    game = cell_with(page, 'duel("lab2.duel2", ').locator(".kl-play")
    for mover, times in clicks(LAB2["lab2.duel2"]):
        click(game, mover, times)
    assert "You broke it" in game.locator(".kl-goal").inner_text()
    page.screenshot(path=screenshots / "lab2-duel2.png")
    game.get_by_role("button", name="Keep as my answer").click()
    run(page, 'duel("lab2.duel2", ')
    assert "12 points: " in run(page, 'broke("lab2.duel2"').locator(".jp-OutputArea").inner_text()

    saved(page, path)
    assert {"duel1": 0, "duel2": 12, "order1": 0, "visit1": 0} == points(path, "lab2")
    assert [] == page.problems


@pytest.mark.long
def test_lab_5_is_won_by_keyboard(page, student, screenshots):
    path = student("lab5")
    run(page, 'duel("lab5.duel1", ')
    game = cell_with(page, 'duel("lab5.duel1", ').locator(".kl-play")
    game.locator(".kl-says").click()
    press(page, "c")
    game.locator(".kl-schedule").fill(LAB5["lab5.duel1"])
    press(page, "Enter")
    game.locator(".kl-goal", has_text="You broke it in 22 steps").wait_for()
    page.screenshot(path=screenshots / "lab5-duel1.png")
    game.get_by_role("button", name="Keep as my answer").press("Enter")
    run(page, 'duel("lab5.duel1", ')
    assert "13 points: " in run(page, 'broke("lab5.duel1"').locator(".jp-OutputArea").inner_text()

    saved(page, path)
    assert {"duel1": 13, "duel2": 0, "order1": 0, "visit1": 0} == points(path, "lab5")
    assert [] == page.problems
