"""The player in JupyterLab: whose keys are whose, a theme that changes, and the notebook on the next day."""

import json
import re

import pytest
from nbconvert import HTMLExporter

from tests.browser.jupyter import choose, open_and_run_all, open_notebook, players, shoot

pytestmark = pytest.mark.browser

ACTIVE = """() => [...document.querySelectorAll('.jp-Cell')].findIndex(cell => cell.matches('.jp-mod-active'))"""
INSIDE = """() => document.activeElement.closest('.kl-player') !== null"""


@pytest.fixture
def notebook(lab, request) -> str:
    """A notebook with two players, of this test alone."""
    name = f"{request.function.__name__[5:25]}.ipynb"
    players(lab.folder / name)
    return name


def moment(page) -> int:
    """Where the first player is."""
    return int(page.locator(".kl-player").first.get_attribute("data-moment"))


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def prompts(page) -> list[str]:
    return [prompt.inner_text() for prompt in page.locator(".jp-CodeCell .jp-InputPrompt").all()]


def runs(page, cell: int, number: int) -> None:
    """Wait until a cell has run as the number-th."""
    page.locator(".jp-CodeCell .jp-InputPrompt").nth(cell).get_by_text(f"[{number}]:").wait_for()


def test_the_players_keys_are_its_own_and_the_notebooks_stay_the_notebooks(page, lab, notebook, screenshots):
    """Run All leaves the focus alone; a click, and the arrows step; Escape, and they lead to another cell; Shift+Enter
    runs the cell again, from the player and from a button of it, and then the next one."""

    lab.theme("Light")
    open_and_run_all(page, lab, notebook)
    cells = page.locator(".jp-Cell").count()
    player = page.locator(".kl-player").first
    assert not page.evaluate(INSIDE)
    assert player.get_by_text("click here, then → ←").is_visible()
    assert player.get_by_text("from $HOME to $PATH").is_visible(), "no formula is made of it"
    assert {"nowrap"} == set(
        player.locator(".kl-name code").evaluate_all("all => all.map(code => getComputedStyle(code).whiteSpace)")
    ), "a lane has room for one line of the source"

    player.locator(".kl-says").click()
    press(page, "ArrowLeft", "ArrowLeft", "ArrowRight", "d", "d", "ArrowDown", "j", "x", "a")
    shoot(page, player, screenshots / "player-with-the-focus.png")
    assert (9, 1, cells) == (moment(page), page.evaluate(ACTIVE), page.locator(".jp-Cell").count())

    press(page, "Escape", "ArrowDown")
    assert (9, 2) == (moment(page), page.evaluate(ACTIVE))

    player.get_by_role("button", name="Step back").click()
    assert 8 == moment(page)
    press(page, "Shift+Enter")
    runs(page, 1, 5)
    assert (10, 2) == (moment(page), page.evaluate(ACTIVE)), "it ran again, and did not step"
    player.locator("canvas").click()
    press(page, "Shift+Enter")
    runs(page, 1, 6)
    press(page, "Shift+Enter")
    runs(page, 2, 7)
    assert ["[1]:", "[6]:", "[7]:", "[4]:"] == prompts(page)
    assert [] == page.problems


def test_a_theme_that_is_switched_redraws_everything(page, lab, notebook, screenshots):
    """Also a player that is out of sight; each colour on the canvas is the new theme's, as the style sheet has it."""

    lab.theme("Light")
    page.set_viewport_size({"width": 1280, "height": 700})
    open_and_run_all(page, lab, notebook)
    choose(page, "Settings", "Theme", "JupyterLab Dark")
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    drawn = """player => {
        const canvas = player.querySelector('canvas'), c = canvas.getContext('2d'), probe = document.createElement('i');
        player.append(probe);
        const rgb = name => {
            probe.style.color = `var(--kl-${name})`;
            return getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3).join();
        };
        const on = new Set(), { data } = c.getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) on.add([...data.slice(i, i + 3)].join());
        const found = ['run', 'ink', 'cpu', 'broke'].filter(name => on.has(rgb(name)));
        probe.remove();
        return found;
    }"""
    found = []
    for n in range(2):
        player = page.locator(".kl-player").nth(n)
        shoot(page, player.locator(".kl-timeline"), screenshots / f"player-switched-to-dark-{n}.png")
        page.wait_for_timeout(200)
        found.append(player.evaluate(drawn))

    assert [["run", "ink", "cpu", "broke"]] * 2 == found
    assert [] == page.problems


def test_the_next_day_it_plays_or_is_a_picture(page, open_page, lab, notebook, screenshots):
    """Saved, its kernel shut down, opened again: a player that asks no kernel.  Somebody else's copy: the picture, its
    words and the table.  As a page: the same, and with scripts the player.  Never an error in its place."""

    lab.theme("Light")
    open_and_run_all(page, lab, notebook)
    choose(page, "File", "docmanager:save")
    page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached")
    choose(page, "Kernel", "kernelmenu:shutdown")
    page.locator("#jp-main-statusbar", has_text="No Kernel").wait_for()
    saved = json.loads((lab.folder / notebook).read_text())
    assert [set(), {"text/plain", "text/html"}, {"text/plain", "text/html"}, {"text/plain"}] == [
        {kind for output in cell["outputs"] for kind in output["data"]} for cell in saved["cells"]
    ]

    again = open_page(lab.address, lab.address.replace("http", "ws", 1), "data:", "blob:", width=800)
    open_notebook(again, lab, notebook)
    again.locator(".kl-player").first.locator(".kl-says").click()
    press(again, "ArrowLeft")
    shoot(again, again.locator(".kl-player").first, screenshots / "next-day-trusted-800.png")
    assert (2, 1, 9) == (again.locator(".kl-player").count(), again.locator("table.verdicts").count(), moment(again))

    saved["cells"][3]["source"] = "'changed by somebody'"
    (lab.folder / "copy.ipynb").write_text(json.dumps(saved))
    open_notebook(again, lab, "copy.ipynb")
    shoot(again, again.locator(".jp-OutputArea-output img").first, screenshots / "next-day-not-trusted-800.png")
    assert (0, 2, 1) == (again.locator(".kl-player").count(), stands(again), again.locator("table.verdicts").count())
    assert "Error displaying widget" not in again.content()

    path = lab.folder / "players.html"
    path.write_text(HTMLExporter().from_filename(str(lab.folder / notebook))[0])
    for scripts in (True, False):
        page = open_page("", java_script_enabled=scripts)
        page.route(re.compile("^https?:"), lambda route: route.abort())
        page.goto(path.as_uri(), wait_until="commit")
        page.locator(".kl-shown").nth(1).wait_for(state="attached")
        page.screenshot(path=screenshots / f"as-a-page-{'with' if scripts else 'without'}-scripts.png")
        counts = [page.locator(part).count() for part in (".kl-player", ".kl-figure img", "table.verdicts")]
        assert ([2, 0, 1] if scripts else [0, 2, 1]) == counts


def stands(page) -> int:
    """How many pictures are there, with words, and with the table of steps below."""
    pictures = page.locator(".jp-OutputArea-output img[alt*='By steps:']")
    wide = pictures.evaluate_all("all => all.filter(image => image.naturalWidth > 600).length")
    return min(wide, page.locator("table.kl-steps").count())
