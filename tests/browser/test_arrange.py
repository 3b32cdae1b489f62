"""A puzzle in a page and in JupyterLab: lines by mouse, by buttons and by keys; the order is the cell's text."""

from __future__ import annotations

import pytest

from kthreadlab import arrange
from kthreadlab.show.page import document
from tests.browser.asking import saved, write_notebook
from tests.browser.jupyter import cell_with, open_and_run_all, open_notebook, shoot

pytestmark = pytest.mark.browser


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.fixture
def puzzle(open_page, tmp_path, items):
    """Opens the page of the puzzle from the disk; nothing may be asked of anybody."""

    def opener(order: str = "?", **more):
        path = tmp_path / "puzzle.html"
        path.write_text(document("A puzzle", arrange("lab6.order1", order).output()), encoding="utf-8")
        page = open_page(path.as_uri(), "data:", **more)
        page.goto(path.as_uri())
        page.wait_for_selector(".kl-lines")
        return page

    return opener


def order(page) -> list[str]:
    """The lines by their letters, as they stand there."""
    return [grip.get_attribute("aria-label").partition(",")[0] for grip in page.locator(".kl-grip").all()]


def verdict(page) -> str:
    return page.locator(".kl-verdict").inner_text()


def test_a_line_is_dragged_to_its_place(puzzle):
    """Alternatives stand together as one line, of which one is taken."""

    page = puzzle()
    assert ["a", "b", "c", "d", "e or f"] == order(page)
    page.locator(".kl-line").nth(2).drag_to(page.locator(".kl-line").nth(0))
    assert ["c", "a", "b", "d", "e or f"] == order(page)
    assert 'c is line 1 of 5. Put "c a b d" between the quotes' in verdict(page)
    page.get_by_role("radio").first.check()

    assert 'e is taken. Put "c a b d e" between the quotes' in verdict(page)
    assert [] == page.problems


def test_by_keyboard_alone(puzzle):
    """The focus goes with the line that it moves."""

    page = puzzle()
    page.locator(".kl-grip").nth(2).focus()
    press(page, "ArrowUp", "ArrowUp", "ArrowUp")
    assert ["c", "a", "b", "d", "e or f"] == order(page)
    assert "c, line 1 of 5: up and down move it" == page.evaluate("document.activeElement.getAttribute('aria-label')")
    press(page, "ArrowDown")
    assert ["a", "c", "b", "d", "e or f"] == order(page)
    page.get_by_role("button", name="c up").click()

    assert ["c", "a", "b", "d", "e or f"] == order(page)


def test_an_order_that_was_written_stands_there_again(puzzle):
    """With what it has come to."""

    page = puzzle("c a b d f")

    assert ["c", "a", "b", "d", "e or f"] == order(page)
    assert page.get_by_role("radio").nth(1).is_checked()
    assert "irq_safe fails. An interrupt spins for ever on myevent_lock" in verdict(page)
    assert "✓ lab6.order1" in verdict(puzzle("c a b d e"))


def test_a_line_drops_out_after_two_wrong_tries(puzzle):
    """The first tries stay in the text, and the line that belongs nowhere goes."""

    page = puzzle("a c b d e")
    page.locator(".kl-grip").nth(1).focus()
    press(page, "ArrowUp")
    assert 'Put "a c b d e / c a b d e" between the quotes' in verdict(page)
    page = puzzle("a c b d e / c a b d f")
    assert ["c", "a", "b", "d", "e"] == order(page)
    assert "f has dropped out: it belongs nowhere." in verdict(page) and not page.get_by_role("radio").count()
    page.locator(".kl-grip").nth(3).focus()
    press(page, "ArrowUp")
    assert 'Put "a c b d e / c a b d f / c a d b e" between the quotes' in verdict(page)
    assert [] == page.problems


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (800, "dark")])
def test_axe_finds_nothing_serious(puzzle, screenshots, width, scheme):
    """Names, roles, contrast."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = puzzle("c a b d f", width=width, height=800, scheme=scheme)
    found = axe.Axe().run(page).response["violations"]
    page.screenshot(path=screenshots / f"puzzle-{width}-{scheme}.png", full_page=True)

    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


# ---- JupyterLab ----------------------------------------------------------------------------------------------------


@pytest.fixture
def notebook(lab, request) -> str:
    name = f"{request.function.__name__[5:25]}.ipynb"
    write_notebook(lab.folder / name)
    return name


def test_an_order_is_written_into_the_cell_and_judged(page, lab, notebook, screenshots):
    """By keys; Shift+Enter runs the cell that it stands in; it is there on the next day."""

    lab.theme("Dark")
    open_and_run_all(page, lab, notebook)
    cells = page.locator(".jp-Cell").count()
    page.locator(".kl-grip").nth(2).focus()
    press(page, "ArrowUp", "ArrowUp", "d", "d", "a")
    page.get_by_role("radio", name="e spin_lock_irqsave").check()
    assert cells == page.locator(".jp-Cell").count()
    assert 'order_1 = "c a b d e"\narrange("lab6.order1", order_1)' == saved(page, lab.folder / notebook)[3]
    press(page, "Shift+Enter")
    page.get_by_text("✓ lab6.order1, 15 points").first.wait_for()
    shoot(page, page.locator(".kl-lines"), screenshots / "arrange-lab.png")
    cell_with(page, 'arranged("lab6').locator(".cm-content").click()
    press(page, "Shift+Enter")
    page.locator(".jp-OutputArea-output", has_text="✓ lab6.order1, 15 points").nth(1).wait_for()
    saved(page, lab.folder / notebook)

    page.reload()
    open_notebook(page, lab, notebook)
    page.wait_for_selector(".kl-lines")
    assert ["c", "a", "b", "d", "e or f"] == order(page)
    assert [] == page.problems
