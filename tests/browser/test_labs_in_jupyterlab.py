"""Every lab's solutions in JupyterLab: from top to bottom without an error, full points, for any eye."""

from __future__ import annotations

import shutil

import pytest

from kthreadlab.checks.portfolio import LABS
from tests.browser.jupyter import REPO, cell_with, open_and_run_all, seen, shoot

pytestmark = pytest.mark.browser
WRITTEN = [name for name in LABS if (REPO / "solutions" / name / f"{name}.ipynb").is_file()]
LABELS = "all => all.map(one => one.getAttribute('aria-label'))"
LOOKS = [(1280, 800, "Light"), (800, 600, "Dark")]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_solutions_run_and_can_be_read_by_anybody(page, lab, screenshots, name):
    """No error, nothing on stderr, 60 of 60; axe finds nothing serious, in a wide light page or in a small dark one."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    shutil.copy(REPO / "solutions" / name / f"{name}.ipynb", lab.folder / f"{name}-solutions.ipynb")
    width, height, theme = LOOKS[0]
    lab.theme(theme)
    page.set_viewport_size({"width": width, "height": height})
    open_and_run_all(page, lab, f"{name}-solutions.ipynb")

    assert 0 == page.locator(".jp-RenderedText[data-mime-type*=error], [data-mime-type$=stderr]").count()
    report = cell_with(page, f'check("{name}", ').locator(".jp-OutputArea").inner_text()
    assert "60 of 60 points" in report
    assert [] == [name for name in LABS[name].points if name not in report]
    assert "✗" not in report
    visit = cell_with(page, f'duel("{name}.visit1"')
    assert [] == [said for said in visit.locator("[aria-label]").evaluate_all(LABELS) if "It broke" in said]
    for look in LOOKS:
        seen(page, look)
        for n, output in enumerate(page.locator(".jp-CodeCell:has(.jp-OutputArea-output)").all()):
            shoot(page, output, screenshots / f"{name}-{look[2]}-{n:02}.png")
        found = axe.Axe().run(page, context=".jp-OutputArea-output").response["violations"]
        assert [] == [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in ("serious", "critical")]
    assert [] == page.problems
