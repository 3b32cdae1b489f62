"""A question in a page and in JupyterLab: chosen by mouse and by keys, kept in the cell's text, its film held back."""

from __future__ import annotations

import nbformat
import pytest

from kthreadlab import predict
from kthreadlab.checks.replaying import replay
from kthreadlab.show.page import document
from tests.browser.asking import CELLS, saved, sources, write_notebook
from tests.browser.jupyter import SETTINGS, open_and_run_all, open_notebook, shoot, write_settings
from tests.course.samples import DUEL, QUESTION, WON

pytestmark = pytest.mark.browser

DECIDES = 28
ACTIVE = "() => [...document.querySelectorAll('.jp-Cell')].findIndex(cell => cell.matches('.jp-mod-active'))"


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.fixture
def asked(open_page, tmp_path, items):
    """Opens the page of a question from the disk; nothing may be asked of anybody."""

    def opener(answer: str = "?", filmed: bool = True, **more):
        film = replay(DUEL.module, DUEL.scenario, DUEL.config, WON) if filmed else None
        path = tmp_path / "question.html"
        path.write_text(document("A question", predict("lab6.p1", answer, film).output()), encoding="utf-8")
        page = open_page(path.as_uri(), "data:", **more)
        page.goto(path.as_uri())
        page.wait_for_selector(".kl-asks")
        return page

    return opener


def verdict(page) -> str:
    return page.locator(".kl-verdict").inner_text()


def test_the_film_is_held_back_until_somebody_chooses(asked):
    """It ends before the step that decides; then it goes on, and says what was said when that comes."""

    page = asked()
    player = page.locator(".kl-player")
    assert f"of {DECIDES - 1}" in player.inner_text()
    press(page, "End")
    assert "Choose, and see how it goes on." == verdict(page)
    assert 0 == page.get_by_text(QUESTION.why).count()

    page.get_by_label("forgotten").click()
    assert f"You said b. Step on, to step {DECIDES}. " in verdict(page) + " "
    assert "of 38" in player.inner_text()
    assert str(DECIDES - 1) == player.get_attribute("data-moment"), "nothing has moved yet"
    player.locator(".kl-says").click()
    press(page, "ArrowRight")

    assert "You said b: look." in player.locator(".kl-says").inner_text()
    assert f"You said b: so it is. {QUESTION.why}" in verdict(page)
    assert [] == page.problems


def test_where_there_is_no_cell_it_says_what_to_type(asked):
    """A page of its own can't keep anything."""

    page = asked(filmed=False)
    page.get_by_label("kept until").click()

    assert f"Put a between the quotes of the cell, to keep it. You said a: it is b. {QUESTION.why}" == verdict(page)
    assert page.get_by_text("an error <i>&</i> an oops").is_visible(), "names hold no markup"


def test_by_keyboard_alone(asked):
    """Tab leads to the choices, a letter chooses, arrows choose another."""

    page = asked(filmed=False)
    press(page, "Tab", "b")
    assert "You said b" in verdict(page)
    press(page, "ArrowUp")
    assert "You said a" in verdict(page)
    press(page, "Escape")

    assert page.evaluate("() => document.activeElement === document.body")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (800, "dark")])
def test_axe_finds_nothing_serious(asked, screenshots, width, scheme):
    """Before an answer, and after it."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = asked(width=width, height=800, scheme=scheme)
    before = axe.Axe().run(page).response["violations"]
    page.screenshot(path=screenshots / f"question-{width}-{scheme}.png")
    page.get_by_label("kept until").click()
    press(page, "Tab", "Tab")
    found = before + axe.Axe().run(page).response["violations"]
    page.screenshot(path=screenshots / f"answered-{width}-{scheme}.png")

    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


# ---- JupyterLab ----------------------------------------------------------------------------------------------------


@pytest.fixture
def notebook(lab, request) -> str:
    name = f"{request.function.__name__[5:25]}.ipynb"
    write_notebook(lab.folder / name)
    return name


def asks(page, n: int):
    return page.locator("form.kl-asks").nth(n)


def test_a_click_writes_the_letter_into_the_cell(page, lab, notebook, screenshots):
    """Between its quotes, as if it were typed: it is saved, and there on the next day, without a kernel.  What was
    typed there counts as much."""

    lab.theme("Light")
    path = lab.folder / notebook
    path.write_text(path.read_text().replace('\\"?\\")', '\\"c\\")', 1))
    open_and_run_all(page, lab, notebook)
    assert asks(page, 0).get_by_label("an error").is_checked()
    assert "You said c: it is b" in asks(page, 0).inner_text()
    asks(page, 0).get_by_label("kept until").click()
    asks(page, 1).get_by_label("forgotten").click()
    asks(page, 0).get_by_label("forgotten").click()
    shoot(page, asks(page, 1), screenshots / "predict-lab.png")
    cells = saved(page, lab.folder / notebook)
    assert ['predict("lab6.p1", "b")', CELLS[2].replace('"?",', '"b",')] == cells[1:3]

    page.reload()
    open_notebook(page, lab, notebook)
    page.wait_for_selector("form.kl-asks")
    assert asks(page, 0).get_by_label("forgotten").is_checked()
    assert "You said b: so it is" in asks(page, 0).inner_text()
    assert "of 38" in page.locator(".kl-player").first.inner_text(), "the film is whole"
    assert [] == page.problems


def test_keys_in_a_question_are_not_the_notebooks(page, lab, notebook):
    """a, b and c choose, and make no cells; arrows choose, and lead to no other cell; Escape gives the keys back."""

    open_and_run_all(page, lab, notebook)
    cells = page.locator(".jp-Cell").count()
    asks(page, 0).get_by_label("kept until").click()
    active = page.evaluate(ACTIVE)
    press(page, "b", "c", "ArrowUp", "ArrowUp", "d", "d", "x")
    assert asks(page, 0).get_by_label("kept until").is_checked()
    assert (cells, active) == (page.locator(".jp-Cell").count(), page.evaluate(ACTIVE))
    assert 'predict("lab6.p1", "a")' == saved(page, lab.folder / notebook)[1]
    press(page, "Escape", "a")

    assert cells + 1 == page.locator(".jp-Cell").count(), "now a cell is made above"
    assert sources(lab.folder / notebook)[0] == CELLS[0]


@pytest.mark.long
def test_a_notebook_may_make_its_cells_when_they_come_into_sight(page, lab, notebook):
    """What was clicked there and not run again is there all the same."""

    path = lab.folder / notebook
    made = nbformat.read(path, as_version=4)
    more = [nbformat.v4.new_markdown_cell("# more\n\n" + "text\n\n" * 40) for _ in range(24)]
    made.cells = [made.cells[0], *more[:12], made.cells[1], *more[12:], made.cells[2]]
    nbformat.write(made, path)
    open_and_run_all(page, lab, notebook)
    asks(page, 1).get_by_label("forgotten").click()
    saved(page, path)
    tracker = "notebook-extension/tracker"
    write_settings(lab.settings, tracker, {"windowingMode": "full"})
    try:
        page.reload()
        open_notebook(page, lab, notebook)
        page.locator(".jp-Notebook").first.click()
        press(page, "Escape", "Control+End")
        page.locator(".jp-WindowedPanel-outer").first.evaluate("e => { e.scrollTop = e.scrollHeight; }")
        page.wait_for_timeout(500)
        page.locator(".jp-WindowedPanel-outer").first.evaluate("e => { e.scrollTop = e.scrollHeight; }")
        page.locator("form.kl-asks").last.get_by_label("forgotten").wait_for()
        page.wait_for_function("() => document.querySelector('form.kl-asks :checked') !== null")
    finally:
        write_settings(lab.settings, tracker, SETTINGS[tracker])
