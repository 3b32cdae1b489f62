"""Lab 3 in JupyterLab: the solutions from top to bottom, and the student's copy asked, chosen and checked."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.asking import saved
from tests.browser.jupyter import REPO, cell_with, open_and_run_all, open_notebook, shoot

pytestmark = pytest.mark.browser

SEEN = {
    "question": 'predict("lab3.p2"',
    "duel1": 'duel("lab3.duel1"',
    "duel2": 'duel("lab3.duel2"',
    "sleepy": 'predict("lab3.p3"',
    "answer": "%%kmod myevent events",
    "report": 'check("lab3", myevent)',
    "order": 'arrange("lab3.order1"',
    "visit": 'duel("lab3.visit1"',
}


@pytest.fixture
def copies(lab):
    """The solutions and the student's copy, beside the other notebooks."""
    for name in ("solutions", "labs"):
        shutil.copy(REPO / name / "lab3" / "lab3.ipynb", lab.folder / f"lab3-{name}.ipynb")
    return lab


def errors(page) -> int:
    return page.locator(".jp-RenderedText[data-mime-type*=error], .jp-RenderedText[data-mime-type*=stderr]").count()


OTHERS = [pytest.param(*how, marks=pytest.mark.long) for how in ((800, 600, "Light"), (1280, 800, "Dark"))]


@pytest.mark.parametrize(("width", "height", "theme"), [(1280, 800, "Light"), *OTHERS])
def test_the_solutions_run_and_show_what_they_are_about(copies, open_page, screenshots, width, height, theme):
    copies.theme(theme)
    page = open_page(
        copies.address, copies.address.replace("http", "ws", 1), "data:", "blob:", width=width, height=height
    )
    open_and_run_all(page, copies, "lab3-solutions.ipynb")
    for name, text in SEEN.items():
        shoot(page, cell_with(page, text), screenshots / f"lab3-{name}-{width}-{theme}.png")
    assert 0 == errors(page)
    assert "60 of 60 points" in cell_with(page, SEEN["report"]).locator(".jp-OutputArea").inner_text()
    goal = cell_with(page, SEEN["visit"]).locator(".kl-goal").inner_text()
    assert "both events answered" in goal and "break" not in goal
    assert [] == page.problems


def test_a_student_predicts_and_what_was_chosen_is_saved(copies, page):
    """The run stops nowhere before the first test cell that is not earned."""
    open_notebook(page, copies, "lab3-labs.ipynb")
    for text in ("%load_ext", 'predict("lab3.p1"'):
        cell_with(page, text).locator(".jp-InputArea-editor").click()
        page.keyboard.press("Shift+Enter")
    question = cell_with(page, 'predict("lab3.p1"')
    question.get_by_label("At once; mykthread stands still until it returns.").click()
    question.locator(".kl-verdict", has_text="You said b").wait_for()
    assert 'predict("lab3.p1", "b")' in saved(page, copies.folder / "lab3-labs.ipynb")
    assert [] == page.problems
