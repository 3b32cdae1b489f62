"""What a step is about is seen without scrolling: in a page and in JupyterLab, in windows of any size, and zoomed."""

from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import kthreadlab
from kthreadlab.show.page import page_html
from kthreadlab.trace.events import Trace
from tests.browser.jupyter import open_and_run_all
from tests.show.samples import event, everything, task, view
from tests.support import SUBMISSIONS

pytestmark = pytest.mark.browser

WITNESSES = {"lab2": "ignores_the_same_id", "lab5": "leaks_the_second_buffer", "lab6": "ignores_the_same_id"}
PARTS = {
    "sentence": ".kl-says",
    "controls": ".kl-controls",
    "line": ".kl-page:not(.kl-shut) [aria-current]",
    "mover": ".kl-tasks tr.kl-on",
    "tasks": ".kl-tasks",
    "lanes": ".kl-lanes",
    "source": ".kl-source",
}
HIDDEN = """(player, [parts, lanes]) => {
    // of each part that there is: is any of it, or for the lanes more than their beginning, clipped or covered?
    const clipped = (part, low) => {
        const { left, right, top, bottom } = part.getBoundingClientRect(), end = low ?? bottom, out = 1;
        if (top < -out || end > innerHeight + out) return true;
        for (let box = part.parentElement; box && box !== document.body; box = box.parentElement) {
            const { overflowY } = getComputedStyle(box), room = box.getBoundingClientRect();
            if (overflowY !== 'visible' && (top < room.top - out || end > room.bottom + out)) return true;
        }
        const there = [top + 2, (top + end) / 2, end - 2].map(y => document.elementFromPoint(left + 30, y));
        return !there.every(on => part === on || part.contains(on) || on?.contains(part));
    };
    const found = Object.entries(parts).map(([name, selector]) => [name, player.querySelector(selector)]);
    const low = (name, part) => name === 'lanes' ? part.getBoundingClientRect().top + lanes : null;
    return found.filter(([name, part]) => part && clipped(part, low(name, part)))
        .map(([name]) => name);
}"""
"""The names of those parts that are not seen whole; *lanes*: as many pixels of the lanes as must be seen."""


@pytest.fixture(scope="module")
def traces():
    """The witness of a wrong answer to each lab."""

    def made(lab: str, name: str):
        report = kthreadlab.check(lab, kthreadlab.load(SUBMISSIONS / lab / "wrong" / f"{name}.py"))
        return kthreadlab.show(report).trace

    return {lab: made(lab, name) for lab, name in WITNESSES.items()}


@pytest.fixture
def shown(open_page, tmp_path):
    """Opens the page of a trace in a window of some size."""

    def opener(trace, width: int, height: int, **more):
        path = tmp_path / "run.html"
        path.write_text(page_html(trace), encoding="utf-8")
        page = open_page(path.as_uri(), "data:", width=width, height=height, **more)
        page.goto(path.as_uri())
        return page

    return opener


def hidden_somewhere(player, *names: str, every: int = 1) -> dict[int, list[str]]:
    """Step through a film by its keys, from its beginning with the player at the top of the window: at which moments
    which of these parts are not seen, if one never scrolls."""
    parts, found = {name: PARTS[name] for name in names}, {}
    player.press("Home")
    player.evaluate("player => player.scrollIntoView()")
    steps = int(player.get_by_label("Go to step").get_attribute("max"))
    for moment in range(steps + 1):
        if moment % every == 0 or moment == steps:
            found[moment] = player.evaluate(HIDDEN, [parts, 100])
        player.page.keyboard.press("ArrowRight")
    assert steps == int(player.get_attribute("data-moment"))
    return {moment: hidden for moment, hidden in found.items() if hidden}


@pytest.mark.parametrize("lab", WITNESSES)
def test_lanes_source_sentence_and_state_are_seen_together(shown, traces, lab, screenshots):
    """In a window of 1280 by 800: at every step of a witness, without a scroll."""

    page = shown(traces[lab], 1280, 800)
    assert {} == hidden_somewhere(
        page.locator(".kl-player"), "controls", "sentence", "lanes", "source", "line", "tasks", "mover"
    )
    page.screenshot(path=screenshots / f"one-screen-{lab}-1280.png")


@pytest.mark.parametrize("lab", WITNESSES)
def test_in_a_small_window_what_the_step_is_about_is_seen(shown, traces, lab, screenshots):
    """800 by 600: the sentence, the line, and the row of whoever took the step."""

    page = shown(traces[lab], 800, 600)
    assert {} == hidden_somewhere(page.locator(".kl-player"), "controls", "sentence", "line", "mover")
    page.screenshot(path=screenshots / f"one-screen-{lab}-800.png")


@pytest.mark.parametrize("lab", WITNESSES)
def test_zoomed_to_twice_its_size_the_sentence_and_the_controls_stay(shown, traces, lab, screenshots):
    """200 % in a window of 1280 by 800: wherever in the player one has scrolled to, they are seen."""

    page = shown(traces[lab], 640, 400, device_scale_factor=2)
    page.locator(".kl-player").press("Home")
    page.keyboard.press("ArrowRight")
    parts = {name: PARTS[name] for name in ("controls", "sentence")}
    top, room = page.evaluate("() => [scrollY + document.querySelector('.kl-player').getBoundingClientRect().top,"
                              " document.querySelector('.kl-player').offsetHeight - innerHeight]")  # fmt: skip
    for part in range(6):
        page.evaluate("y => scrollTo(0, y)", top + room * part / 5)
        assert [] == page.locator(".kl-player").evaluate(HIDDEN, [parts, 0]), part
    page.screenshot(path=screenshots / f"one-screen-{lab}-zoomed.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_has_the_focus_is_not_under_what_stays(shown, traces):
    """Zoomed, forwards through everything and back: the sentence covers nobody who has the focus."""

    page = shown(traces["lab6"], 640, 400)
    covered = """() => {
        const on = document.activeElement, top = document.querySelector('.kl-top');
        if (on === document.body || !on.closest('.kl-below, .kl-foot')) return null;
        const { bottom } = on.getBoundingClientRect();
        return bottom < top.getBoundingClientRect().bottom + 8 ? on.textContent : null;
    }"""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.locator(".kl-player").focus()
    found = []
    for key in ["Tab"] * 30 + ["Shift+Tab"] * 30:
        page.keyboard.press(key)
        found.append(page.evaluate(covered))

    assert [] == [on for on in found if on is not None]


def crowd(size: int) -> Trace:
    """So many tasks, of which each takes one step after the other."""
    names = [f"sensor#{n}" for n in range(size)]
    events = tuple(event(n, name, "schedule", outcome="sleeps", line=n % 4 + 1) for n, name in enumerate(names))
    views = tuple(view(*(task(name, "R", "queue") for name in names)) for _ in range(size + 1))
    return replace(everything(), steps=tuple(names), events=events, views=views, violations=(), log=(), ending="")


def test_many_tasks_scroll_to_whoever_moves(shown):
    """Where the lanes, or the table, are too many for the window, those of the step are seen in their boxes."""

    page = shown(crowd(30), 1280, 800)
    assert {} == hidden_somewhere(
        page.locator(".kl-player"), "controls", "sentence", "lanes", "source", "line", "mover"
    )
    lane = page.locator(".kl-name", has_text="sensor#29")
    assert [] == page.locator(".kl-player").evaluate(HIDDEN, [{"lane": ".kl-name:last-child"}, 0]) and lane.is_visible()


# ---- in JupyterLab ---------------------------------------------------------------------------------------------------


@pytest.fixture
def notebook(lab) -> str:
    """A notebook with the witness of each lab."""
    cells = ["%load_ext kthreadlab\nimport kthreadlab"]
    for name, wrong in WITNESSES.items():
        path = SUBMISSIONS / name / "wrong" / f"{wrong}.py"
        cells.append(f"kthreadlab.show(kthreadlab.check({name!r}, kthreadlab.load({str(path)!r})))")
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})
    nbformat.write(made, lab.folder / "witnesses.ipynb")
    return "witnesses.ipynb"


SIZES = [
    (1280, 800, ("controls", "sentence", "lanes", "source", "line", "tasks", "mover")),
    (800, 600, ("controls", "sentence", "line", "mover")),
    (640, 400, ("controls", "sentence")),
]


@pytest.mark.parametrize(("width", "height", "parts"), SIZES)
def test_in_jupyterlab_too(page, lab, notebook, screenshots, width, height, parts):
    """The same of each witness in a notebook, beside the file browser; the controls stay while the notebook scrolls."""

    lab.theme("Light")
    page.set_viewport_size({"width": width, "height": height})
    open_and_run_all(page, lab, notebook)
    for n, name in enumerate(WITNESSES):
        player = page.locator(".kl-player").nth(n)
        hidden = hidden_somewhere(player, *parts, every=3)
        page.screenshot(path=screenshots / f"one-screen-lab-{name}-{width}.png")
        assert {} == hidden, name
        player.evaluate("player => player.scrollIntoView({ block: 'end' })")
        controls = {name: PARTS[name] for name in ("controls", "sentence")}
        assert [] == player.evaluate(HIDDEN, [controls, 0]), f"{name}, scrolled to its end"
    assert [] == page.problems
