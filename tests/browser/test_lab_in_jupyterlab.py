"""The labs in a real JupyterLab in a real browser: they run from top to bottom, and show reports and witnesses."""

import pytest

from kthreadlab.checks.portfolio import LABS
from tests.browser.jupyter import cell_with, open_and_run_all, open_notebook, shoot

pytestmark = pytest.mark.browser


LABELS = "all => all.map(one => one.getAttribute('aria-label'))"


def moment(player) -> int:
    return int(player.get_attribute("data-moment"))


def test_the_solution_runs_top_to_bottom_and_shows_its_report(page, lab, screenshots):
    """Every cell runs, the report is a table with a row for each graded property, and the console stays silent."""

    open_and_run_all(page, lab, "solution.ipynb")
    report = cell_with(page, 'check("lab2", myevent)').locator(".jp-OutputArea-output table").first
    shoot(page, report, screenshots / "solution-report.png")
    for part in ('predict("lab2.p1"', 'duel("lab2.duel1"', 'arrange("lab2.order1"', 'duel("lab2.visit1"'):
        shoot(page, cell_with(page, part), screenshots / f"solution-{part[-7:-1].strip('.')}.png")
    shoot(page, cell_with(page, "%load_ext"), screenshots / "solution-top.png")

    text = report.inner_text()
    assert [] == [name for name in LABS["lab2"].points if name not in text]
    assert "next: Lab 6" in cell_with(page, 'check("lab2", myevent)').inner_text()
    assert "✗" not in cell_with(page, 'check("lab2", myevent)').inner_text()
    visit = cell_with(page, 'duel("lab2.visit1"')
    assert [] == [text for text in visit.locator("[aria-label]").evaluate_all(LABELS) if "It broke" in text]
    assert 0 == page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count()
    assert 0 == page.locator(".jp-RenderedText[data-mime-type*=error]").count()
    assert [] == page.problems


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_notebook_that_was_not_run_yet_shows_its_pictures(page, lab, screenshots, theme):
    """JupyterLab does not trust it and takes its HTML apart; the image of a game and its words stay."""

    lab.theme(theme)
    open_notebook(page, lab, "solution.ipynb")
    output = cell_with(page, 'duel("lab2.duel2"').locator(".jp-OutputArea-output").first
    picture = output.locator("img")
    shoot(page, picture, screenshots / f"not-run-{theme}.png")

    assert picture.evaluate("image => image.naturalWidth") > 400
    assert "to be played in a notebook or browser" in picture.get_attribute("alt")
    assert [] == page.problems


def test_a_witness_is_stepped_through_by_keyboard_alone(page, lab, screenshots):
    """From the notebook into the player with Tab, back and forth with the arrows, and out again; JupyterLab takes none
    of the keys for itself."""

    open_and_run_all(page, lab, "wrong.ipynb")
    player = cell_with(page, 'check("lab2", myevent)').locator(".kl-player")
    cells = page.locator(".jp-Cell").count()
    last = moment(player)
    assert tab_into(page, player)
    found = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "Home", "ArrowRight", "End", "b", "d", "d", "a", "x", "f"):
        page.keyboard.press(key)
        found.append(moment(player))
    shoot(page, player, screenshots / "witness-by-keyboard.png")

    assert [last - 1, last - 2, last - 1, 0, 1, last, last, last, last, last, last, last] == found
    assert cells == page.locator(".jp-Cell").count(), "a key reached the notebook"
    assert leaves(page, player)
    assert [] == page.problems


def tab_into(page, player) -> bool:
    """Press Tab until the focus is on the player itself; from the notebook's last cell, backwards."""
    page.keyboard.press("Escape")
    handle = player.element_handle()
    for _ in range(200):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("player => document.activeElement === player", handle):
            return True
    return False


def leaves(page, player) -> bool:
    """Does Tab lead out again?"""
    handle = player.element_handle()
    for _ in range(40):
        page.keyboard.press("Tab")
        if not page.evaluate("player => player.contains(document.activeElement)", handle):
            return True
    return False


@pytest.mark.parametrize(("theme", "width"), [("Light", 1280), ("Dark", 1280), ("Light", 800), ("Dark", 800)])
def test_a_failing_check_opens_the_witness_where_it_broke(page, lab, screenshots, theme, width):
    """Below the report's table, at the step where it broke, in light and dark; axe finds nothing serious in it."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    lab.theme(theme)
    page.set_viewport_size({"width": width, "height": 1200})
    open_and_run_all(page, lab, "wrong.ipynb")
    output = cell_with(page, 'check("lab2", myevent)')
    player = output.locator(".kl-player")
    shoot(page, output.locator("table.verdicts"), screenshots / f"failing-report-{theme}-{width}.png")
    shoot(page, player.locator(".kl-controls"), screenshots / f"failing-witness-{theme}-{width}.png")
    found = axe.Axe().run(page, context=".kl-player").response["violations"]

    assert "✗ Here it broke: delivered_when_asleep." in player.get_by_role("status").inner_text()
    assert "delivered_when_asleep" in output.locator("table.verdicts").inner_text()
    assert 1 == cell_with(page, 'property="delivered_when_asleep"').locator(".kl-player").count(), "below the words"
    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert [] == page.problems


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_lab_5_runs_top_to_bottom_and_shows_its_pictures(page, lab, screenshots, theme):
    """Questions, the boxes of argv and envp, two films beside each other, games; axe finds nothing serious in them."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    lab.theme(theme)
    open_and_run_all(page, lab, "solution5.ipynb")
    for name, text in (
        ("question", 'predict("lab5.p5"'),
        ("vectors", "vectors(call)"),
        ("beside", "beside("),
        ("duel", 'duel("lab5.duel1"'),
    ):
        shoot(page, cell_with(page, text).locator(".jp-OutputArea"), screenshots / f"lab5-{name}-{theme}.png")
    found = axe.Axe().run(page, context=".jp-OutputArea-output").response["violations"]

    assert page.locator(".kl-play").count() >= 3
    assert "The same up to step 5." in cell_with(page, "beside(").locator("caption").inner_text()
    assert "60 of 60 points" in cell_with(page, 'check("lab5", myevent)').locator("caption").inner_text()
    assert 0 == page.locator(".jp-RenderedText[data-mime-type*=error]").count()
    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert [] == page.problems


def test_a_students_copy_opens_and_says_that_mykthread_is_not_written(page, lab, screenshots):
    """The copy that `kthreadlab lab` made runs up to its first graded cell, and the report is kind about it."""

    open_and_run_all(page, lab, "lab2/lab2.ipynb")
    output = cell_with(page, 'check("lab2", myevent)').locator(".jp-OutputArea-output").first
    shoot(page, output, screenshots / "student-report.png")

    assert "not written yet" in output.inner_text()
    assert [] == page.problems


def test_a_student_meets_the_lab_and_not_the_tools_of_an_instructor(page, lab, screenshots):
    """A first visit: no question about news, no side bar to create assignments; Validate works, the list stays."""

    open_notebook(page, lab, "lab2/lab2.ipynb")
    page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
    offered = page.locator(".lm-Menu-item:not(.lm-mod-hidden) .lm-Menu-itemLabel").all_inner_texts()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Validate").click()
    answer = page.locator(".jp-Dialog").inner_text(timeout=120_000)  # the notebook has run: news would have come by now
    page.screenshot(path=screenshots / "student-first-visit.png")

    news = page.locator("[class*=toast], [class*=Toast]").all_inner_texts()
    tabs = page.locator(".jp-SideBar .lm-TabBar-tab").evaluate_all("tabs => tabs.map(tab => tab.title)")
    assert (["Assignment List"], [], []) == (offered, news, [title for title in tabs if "ssignment" in title])
    assert "not written yet" in answer
    assert [] == page.problems
