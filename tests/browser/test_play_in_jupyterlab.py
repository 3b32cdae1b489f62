"""Play in JupyterLab: its keys and the notebook's, and the notebook on the next day, without its kernel."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.jupyter import choose, open_and_run_all, open_notebook, shoot

pytestmark = pytest.mark.browser

ACTIVE = "() => [...document.querySelectorAll('.jp-Cell')].findIndex(cell => cell.matches('.jp-mod-active'))"
PROGRAM = """%%kmod ring
queue = DECLARE_WAIT_QUEUE_HEAD()
door = u32(0)


def bell():
    global door
    door = 1
    wake_up(queue)


def sleeper(unused):
    if door == 0:
        sleep_on(queue)
    printk("awake\\n")
    return 0
"""
WORLD = """from kthreadlab import Call, Config, Scenario, Thread, play
play(ring, Scenario("bell", threads=[Thread("sleeper")], calls=[Call("visitor", "bell", certain=True)]),
     [Config(preempt=True), Config(cpus=2)], "returns")"""


LARGE = """from kthreadlab import Call, Config, Scenario, Thread, play
calls = [Call(name, "bell") for name in ("ann", "bob", "cas", "dan", "eve", "fay", "gus")]
play(ring, Scenario("crowd", threads=[Thread("sleeper")], calls=calls), Config(cpus=9), "sleeps_when_idle")"""


@pytest.fixture
def notebook(lab, request) -> str:
    """A notebook with one game, of this test alone."""
    name = f"{request.function.__name__[5:25]}.ipynb"
    large = "too_large" in request.function.__name__
    cells = ("%load_ext kthreadlab", PROGRAM, LARGE if large else WORLD, "'after'")
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})
    nbformat.write(made, lab.folder / name)
    return name


def moment(page) -> int:
    return int(page.locator(".kl-play").get_attribute("data-moment"))


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_move_and_the_notebook_keeps_its_own(page, lab, notebook, screenshots):
    """Run All leaves the focus alone; numbers and arrows are the game's; Escape gives the cell back; Shift+Enter goes
    on to the next cell and does not begin a new game."""

    lab.theme("Light")
    page.set_viewport_size({"width": 1280, "height": 800})
    open_and_run_all(page, lab, notebook)
    cells = page.locator(".jp-Cell").count()
    game = page.locator(".kl-play")
    game.locator(".kl-says").click()
    press(page, "1", "1", "ArrowLeft", "d", "d", "x", "a")
    shoot(page, game, screenshots / "play-in-jupyterlab.png")
    assert (1, 2, cells) == (moment(page), page.evaluate(ACTIVE), page.locator(".jp-Cell").count())

    press(page, "Shift+Enter")
    assert (1, 3) == (moment(page), page.evaluate(ACTIVE)), "the game is where it was"
    game.locator(".kl-says").click()
    press(page, "Escape", "ArrowUp")
    assert (1, 1) == (moment(page), page.evaluate(ACTIVE))
    assert [] == page.problems


def test_at_200_percent_the_sentence_is_seen_with_the_movers(page, lab, notebook, screenshots):
    """In a window of 640 × 400, of which a notebook has two thirds: after each move, where the pointer was."""

    lab.theme("Light")
    page.set_viewport_size({"width": 640, "height": 400})
    open_and_run_all(page, lab, notebook)
    for n, name in enumerate(("sleeper", "visitor", "visitor")):
        mover = page.locator(f"[data-mover={name}]")
        mover.click()
        page.wait_for_function(f"document.querySelector('.kl-play').dataset.moment === '{n + 1}'")
        area, says = page.locator(".jp-WindowedPanel-outer").bounding_box(), page.locator(".kl-says").bounding_box()
        low = area["y"] + area["height"]
        assert area["y"] <= says["y"] and says["y"] + says["height"] <= low + 1
        assert area["y"] <= mover.bounding_box()["y"] and mover.bounding_box()["y"] + 20 < says["y"]
    page.screenshot(path=screenshots / "play-in-jupyterlab-640.png")
    assert [] == page.problems


@pytest.mark.long
def test_on_the_next_day_it_plays_without_a_kernel(page, open_page, lab, notebook, screenshots):
    """Saved, its kernel shut down, opened again: it plays.  Somebody else's copy: a picture of its beginning."""

    lab.theme("Dark")
    open_and_run_all(page, lab, notebook)
    choose(page, "File", "docmanager:save")
    page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached")
    choose(page, "Kernel", "kernelmenu:shutdown")
    page.locator("#jp-main-statusbar", has_text="No Kernel").wait_for()

    again = open_page(lab.address, lab.address.replace("http", "ws", 1), "data:", "blob:", width=800)
    open_notebook(again, lab, notebook)
    again.locator(".kl-play .kl-says").click()
    press(again, "1", "m")
    shoot(again, again.locator(".kl-play"), screenshots / "play-next-day-800.png")
    assert 1 == moment(again)

    saved = json.loads((lab.folder / notebook).read_text())
    saved["cells"][3]["source"] = "'changed by somebody'"
    (lab.folder / "copied.ipynb").write_text(json.dumps(saved))
    open_notebook(again, lab, "copied.ipynb")
    picture = again.locator(".jp-OutputArea-output img[alt*='Play bell']")
    shoot(again, picture, screenshots / "play-not-trusted-800.png")
    assert (0, 440) == (again.locator(".kl-play").count(), picture.evaluate("image => image.naturalWidth"))
    assert [] == again.problems


def test_what_is_too_large_for_a_page_asks_its_kernel(page, lab, notebook, screenshots):
    """For what can come next, and once for the map; a kernel that has gone is said to be gone: what is known stays."""

    lab.theme("Light")
    open_and_run_all(page, lab, notebook)
    game = page.locator(".kl-play")
    game.locator(".kl-says").click()
    press(page, "1", "2", "2", "m")
    game.get_by_text("states can be reached, drawn as").wait_for()
    assert "you have seen 4 of them" in game.locator(".kl-map-words").inner_text()
    shoot(page, game, screenshots / "play-live.png")
    assert "ann" in game.locator(".kl-says").inner_text()
    press(page, "ArrowLeft", "ArrowLeft", "3")
    game.get_by_text("you have seen 5 of them").wait_for()
    assert 2 == moment(page)

    choose(page, "Kernel", "kernelmenu:shutdown")
    page.locator("#jp-main-statusbar", has_text="No Kernel").wait_for()
    game.locator(".kl-says").click()
    press(page, "4", "4")
    page.get_by_text("The kernel does not answer").wait_for()
    assert "3" == game.get_attribute("data-moment"), "one step on was known already"


def test_too_large_other_worlds_are_chosen(page, lab, notebook):
    """With a kernel: one CPU is small, and its map is of all states; a version that lacks a call says so."""

    open_and_run_all(page, lab, notebook)
    game = page.locator(".kl-play")
    game.locator(".kl-says").click()
    press(page, "w")
    game.get_by_role("button", name="2.6.11, 1 CPU, PREEMPT=n").click()
    game.locator(".kl-head", has_text="1 CPU").wait_for()
    press(page, "m")
    game.get_by_text("states can be reached; you have seen 1 of them").wait_for()
    game.get_by_role("button", name="Linux 6.12").click(force=True)
    game.get_by_text("It cannot be played there: line").wait_for()
    assert [] == page.problems


@pytest.mark.long
def test_too_large_a_second_view_and_a_page_loaded_again(page, lab, notebook):
    """Each is told everything by the same kernel, and plays on its own."""

    open_and_run_all(page, lab, notebook)
    game = page.locator(".jp-Notebook .kl-play")
    game.locator(".kl-says").click()
    press(page, "1", "2")
    page.wait_for_function("document.querySelector('.kl-play').dataset.moment === '2'")
    page.locator(".jp-Notebook .jp-OutputArea-output .kl-play").click(button="right", position={"x": 200, "y": 10})
    page.locator(".lm-Menu-item", has_text="Create New View for Cell Output").click()
    second = page.locator(".jp-LinkedOutputView .kl-play")
    second.wait_for()
    second.locator("[data-mover=sleeper]").click()
    second.locator(".kl-says", has_text="sleeper").wait_for()
    assert ("1", "2") == (second.get_attribute("data-moment"), game.get_attribute("data-moment"))

    choose(page, "File", "docmanager:save")
    page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached")
    page.reload()
    again = page.locator(".jp-Notebook .kl-play")
    again.locator("[data-mover=sleeper]").click()
    again.locator(".kl-says", has_text="sleeper").wait_for()
    assert "1" == again.get_attribute("data-moment")
    assert [] == page.problems
