"""The start page's first minute, in JupyterLab: by mouse, and by keyboard alone."""

from __future__ import annotations

import pytest

from tests.browser.jupyter import open_notebook, shoot

pytestmark = pytest.mark.browser


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def first_cells(page, lab) -> None:
    """Shift+Enter down to the game, from a fresh copy of the page."""
    open_notebook(page, lab, "index.ipynb")
    page.locator(".jp-Notebook .jp-Cell").first.click()
    press(page, "Escape")
    for _ in range(6):
        press(page, "Shift+Enter")
    page.locator(".kl-play").wait_for()


def test_an_event_is_lost_by_mouse(page, lab, screenshots):
    """Three clicks on the porter, the visitor to his end, the porter to his."""

    lab.theme("Light")
    page.set_viewport_size({"width": 1280, "height": 800})
    first_cells(page, lab)
    game = page.locator(".kl-play")
    assert "can you ring, and leave the porter asleep?" in game.locator(".kl-goal").inner_text()
    for _ in range(3):
        game.locator("[data-mover=porter]").click()
    game.locator("[data-mover=visitor]").click(modifiers=["Shift"])
    game.locator("[data-mover=porter]").click(modifiers=["Shift"])
    shoot(page, game, screenshots / "start-page-broken.png")
    assert "You broke it" in game.locator(".kl-goal").inner_text()
    game.get_by_role("button", name="Map").click()
    assert "37 states can be reached" in game.locator(".kl-map-words").inner_text()
    assert [] == page.problems


def test_by_keyboard_alone_it_is_lost_and_mended(page, lab, screenshots):
    """Into the game with Tab, out with Shift+Enter; one line moved in the editor; then a proof."""

    lab.theme("Dark")
    page.set_viewport_size({"width": 1280, "height": 800})
    first_cells(page, lab)
    page.locator(".kl-play").focus()
    press(page, "1", "1", "1", "Shift+2", "Shift+1", "m")
    shoot(page, page.locator(".kl-map"), screenshots / "start-page-map-dark.png")
    assert "You broke it" in page.locator(".kl-goal").inner_text()
    press(page, "Shift+Enter", "ArrowDown", "Enter", "Control+Home")
    press(page, *["ArrowDown"] * 15, "Alt+ArrowUp", "Control+[", "Shift+Enter", "Shift+Enter")
    proof = page.locator(".kl-play", has_text="Nobody can ever break it")
    proof.wait_for()
    shoot(page, proof, screenshots / "start-page-proof-dark.png")
    assert "and nobody can break it in any of them" in proof.locator(".kl-map-words").inner_text()
    assert [] == page.problems
