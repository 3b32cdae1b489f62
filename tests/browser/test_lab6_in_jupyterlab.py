"""Lab 6 as a student has it: run, predicted, played, undone, compared, kept, put in order, written, proved."""

from __future__ import annotations

import json
import shutil

import pytest

from kthreadlab.grading.judging import evidence_in
from tests.browser.asking import saved
from tests.browser.jupyter import REPO, cell_with, choose, open_and_run_all, shoot

pytestmark = pytest.mark.browser
RIGHT = (REPO / "tests/submissions/lab6/right/reference.py").read_text()
DUELS = {
    "lab6.duel1": [
        ("mykthread", 6),
        ("disk", 5),
        ("mykthread", 10),
        ("fan", 5),
        ("net", 5),
        ("khelper", 3),
        ("mykthread", 4),
    ],
    "lab6.duel3": [
        *(("mykthread", 6), ("disk", 5), ("mykthread", 10), ("khelper", 3), ("mykthread", 4)),
        *(("fan", 5), ("net", 5), ("mykthread", 10), ("khelper", 3), ("mykthread", 4)),
    ],
}


@pytest.fixture
def notebook(lab, request):
    """The student's Lab 6, of this test alone."""
    path = lab.folder / f"{request.function.__name__[5:20]}.ipynb"
    shutil.copy(REPO / "labs/lab6/lab6.ipynb", path)
    return path


def run(page, text: str):
    """Run the cell that holds *text*, and wait for it."""
    cell = cell_with(page, text)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-InputPrompt", has_text="*").wait_for(state="detached")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    return cell


def click(game, mover: str, times: int) -> None:
    for _ in range(times):
        game.locator(f'.kl-mover[data-mover="{mover}"]').click()


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def play(page, key: str) -> None:
    """Win a duel by clicks, keep it, and run its test cell."""
    game = cell_with(page, f'duel("{key}", ').locator(".kl-play")
    for mover, times in DUELS[key]:
        click(game, mover, times)
    assert "You broke it" in game.locator(".kl-goal").inner_text()
    game.get_by_role("button", name="Keep as my answer").click()
    assert "It stands in the cell above" in game.inner_text()
    run(page, f'duel("{key}", ')
    assert "points: " in run(page, f'broke("{key}"').locator(".jp-OutputArea").inner_text()


def test_it_is_walked_from_top_to_bottom(page, lab, notebook, screenshots):
    """By mouse; what is clicked stands in the cells, is saved, and earns what the check says."""

    lab.theme("Light")
    page.set_viewport_size({"width": 1280, "height": 800})
    open_and_run_all(page, lab, notebook.name)
    question = cell_with(page, 'predict("lab6.p1"')
    question.get_by_label("When somebody wakes").click()
    assert 'predict("lab6.p1", "b")' in question.locator(".cm-content").inner_text()
    press(page, "Escape")
    player = question.locator(".kl-player")
    player.locator(".kl-says").click()
    press(page, "ArrowRight")
    assert "You said b: look" in player.inner_text()
    shoot(page, question, screenshots / "lab6-predicted.png")

    play(page, "lab6.duel1")
    play(page, "lab6.duel3")
    shoot(page, cell_with(page, 'duel("lab6.duel3", '), screenshots / "lab6-duel3.png")
    order = cell_with(page, 'arrange("lab6.order1"').locator(".cm-content")
    order.click()
    press(page, "Control+a")
    page.keyboard.insert_text('order_1 = "m j i c a k f e b h"\narrange("lab6.order1", order_1)')
    run(page, 'arrange("lab6.order1"')
    assert "points: " in run(page, 'arranged("lab6.order1"').locator(".jp-OutputArea").inner_text()

    cell_with(page, "%%kmod myevent mykthread").locator(".cm-content").click()
    press(page, "Control+a")
    page.keyboard.insert_text(f"%%kmod myevent mykthread\n{RIGHT}")
    run(page, "%%kmod myevent mykthread")
    report = run(page, 'check("lab6", myevent)')
    assert "60 of 60 points" in report.inner_text()
    shoot(page, report.locator(".jp-OutputArea"), screenshots / "lab6-report.png")
    proof = report.locator(".kl-play")
    shoot(page, proof, screenshots / "lab6-proof.png")
    assert "Nobody can ever break it" in proof.inner_text()

    saved(page, notebook)
    points = {result.item.name: result.points for result in evidence_in(json.loads(notebook.read_text()), "lab6")}
    assert {"duel1": 9, "duel2": 0, "duel3": 8, "order1": 9, "visit1": 0} == points
    assert [] == page.problems


def test_a_duel_is_undone_branched_and_compared_by_keyboard(page, lab, notebook, screenshots):
    """Back, another way, both side by side; a written schedule is played again; on the next day it plays without a
    kernel."""

    lab.theme("Dark")
    open_and_run_all(page, lab, notebook.name)
    game = cell_with(page, 'duel("lab6.duel1", ').locator(".kl-play")
    game.locator(".kl-says").click()
    press(page, "1", "ArrowLeft", "2", "b")
    assert "from step" in game.locator(".kl-branches").inner_text()
    game.get_by_role("button", name="compare").click()
    assert "The same up to step" in game.locator(".kl-compared").inner_text()
    shoot(page, game, screenshots / "lab6-compared.png")
    game.locator(".kl-says").click()
    press(page, "c")
    game.locator(".kl-schedule").fill("mykthread*6 disk*5 mykthread*10 fan*5 net*5 khelper*3 mykthread*4")
    press(page, "Enter")
    game.locator(".kl-goal", has_text="You broke it in 38 steps").wait_for()
    assert "38" == game.get_attribute("data-moment")

    saved(page, notebook)
    choose(page, "Kernel", "kernelmenu:shutdown")
    page.locator("#jp-main-statusbar", has_text="No Kernel").wait_for()
    page.reload()
    open_notebook_without_kernel(page, lab, notebook.name)
    again = cell_with(page, 'duel("lab6.duel1", ').locator(".kl-play")
    again.locator(".kl-says").click()
    press(page, "1", "1")
    assert "2" == again.get_attribute("data-moment")


def open_notebook_without_kernel(page, lab, name: str) -> None:
    page.goto(f"{lab.address}/lab/tree/{name}?reset")
    page.wait_for_selector(".kl-play")
