"""Lab 4 in JupyterLab: run from top to bottom, and its journeys made by clicks in the student's copy."""

from __future__ import annotations

import json
import shutil

import pytest

from kthreadlab.grading.judging import evidence_in
from tests.browser.asking import saved
from tests.browser.jupyter import REPO, cell_with, open_and_run_all, shoot

pytestmark = [pytest.mark.browser, pytest.mark.long]
WAYS = {
    "visit1": [
        *(("mykthread", 6), ("sensor", 2), ("mykthread", 3), ("irq/nic", 2), ("mykthread", 3)),
        *(("kill/mykthread", 1), ("mykthread", 4)),
    ],
    "visit2": [
        *(("dd", 6), ("usb", 3), ("dd", 8), ("SIGSTOP/dd", 1), ("irq/disk", 3), ("dd", 5), ("SIGCONT/dd", 1)),
        *(("dd", 1), ("reap/dd", 1)),
    ],
}


@pytest.fixture
def copies(lab):
    """The solutions and the student's copy, beside the other notebooks."""
    for name in ("solutions", "labs"):
        shutil.copy(REPO / name / "lab4" / "lab4.ipynb", lab.folder / f"lab4-{name}.ipynb")
    return lab


def run(page, text: str):
    """Run the cell that holds *text*, and wait for it."""
    cell = cell_with(page, text)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-InputPrompt", has_text="*").wait_for(state="detached")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    return cell


def test_two_journeys_are_made_by_clicks(copies, page, screenshots):
    """To Point A in three ways, and through all states; what is kept stands in the cells and earns its points."""
    copies.theme("Light")
    open_and_run_all(page, copies, "lab4-labs.ipynb")
    for name, way in WAYS.items():
        game = cell_with(page, f'duel("lab4.{name}"').locator(".kl-play")
        for mover, times in way:
            for _ in range(times):
                game.locator(f'.kl-mover[data-mover="{mover}"]').click()
        shoot(page, game, screenshots / f"lab4-{name}.png")
        game.get_by_role("button", name="Schedule", exact=True).click()
        game.get_by_role("button", name="Keep as my answer").click()
        run(page, f'duel("lab4.{name}"')
        assert "points: " in run(page, f'visited("lab4.{name}"').locator(".jp-OutputArea").inner_text()
    path = copies.folder / "lab4-labs.ipynb"
    saved(page, path)
    points = {result.item.name: result.points for result in evidence_in(json.loads(path.read_text()), "lab4")}
    assert {"duel1": 0, "visit1": 8, "duel2": 0, "order1": 0, "visit2": 6} == points
    assert [] == page.problems
