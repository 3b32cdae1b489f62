"""The player in a browser, from a file on a disk: by keyboard, without a network, in light and dark."""

import json
from dataclasses import replace

import pytest

from kthreadlab.show.film import film
from kthreadlab.show.page import page_html, player_script, player_style
from tests.benchmarks.long_trace import long_trace
from tests.show.samples import everything, hostile

pytestmark = pytest.mark.browser

SIZES = [(1280, "light"), (1280, "dark"), (800, "light"), (800, "dark")]


@pytest.fixture
def player(open_page, tmp_path):
    """Opens the page of a trace from the disk; nothing may be asked of anybody."""

    def opener(trace, **more):
        path = tmp_path / "run.html"
        path.write_text(page_html(trace), encoding="utf-8")
        page = open_page(path.as_uri(), "data:", **more)
        page.goto(path.as_uri())
        return page

    return opener


def moment(page) -> int:
    return int(page.locator(".kl-player").get_attribute("data-moment"))


def seen(page) -> dict:
    """Everything the player shows: its text, its fields, its picture and its attributes."""
    return page.evaluate(
        """() => {
            const root = document.querySelector('.kl-player'), canvas = root.querySelector('canvas');
            return {
                markup: root.outerHTML, text: root.innerText, picture: canvas.toDataURL(),
                fields: [...root.querySelectorAll('input')].map(input => input.value),
                cursor: root.querySelector('.kl-cursor').style.cssText,
            };
        }"""
    )


def panel(page, title: str):
    return page.locator(".kl-panel", has=page.get_by_role("heading", name=title))


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_forward_and_back_is_where_it_was(player):
    """At every moment: what is shown after a step forward and a step back is what was shown before, to the pixel."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home", "ArrowRight", "ArrowLeft")
    different = []
    for step in range(10):
        before = seen(page)
        press(page, "ArrowRight", "ArrowLeft")
        after = seen(page)
        # which file was opened is the reader's place, and moves with the step
        different += [(step, key) for key in ("text", "picture", "fields", "cursor") if before[key] != after[key]]
        press(page, "ArrowRight")

    assert 10 == moment(page)
    assert [] == different
    assert [] == page.problems


def test_every_key_does_what_it_says(player):
    """Arrows, Home, End, b, Space; the number; and no key when the focus is elsewhere."""

    page = player(everything())
    assert 10 == moment(page), "it opens where it broke"
    page.locator(".kl-player").focus()
    found = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home", "b"):
        press(page, key)
        found.append(moment(page))
    assert [0, 1, 2, 1, 10, 0, 10] == found

    press(page, "Home", "Space")
    page.wait_for_function("document.querySelector('.kl-player').dataset.moment > 0")
    assert "Pause" == page.get_by_role("button", name="Pause").get_attribute("aria-label")
    press(page, "Space")
    assert 1 == page.get_by_role("button", name="Play").count()

    page.get_by_label("Go to step").fill("4")
    press(page, "Enter")
    assert 4 == moment(page)
    assert [] == page.problems


def test_buttons_slider_and_picture_step_too(player):
    """Real buttons with names, a slider that says where it is, a picture that takes clicks."""

    page = player(everything())
    for name, expected in (("First step", 0), ("Step forward", 1), ("Last step", 10), ("Step back", 9)):
        page.get_by_role("button", name=name).click()
        assert expected == moment(page)
    page.get_by_role("button", name="broke here").click()
    assert 10 == moment(page)
    page.get_by_role("slider", name="Step").fill("3")
    assert 3 == moment(page)
    assert "step 3 of 10" == page.get_by_role("slider").get_attribute("aria-valuetext")
    box = page.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 40)
    assert 1 == moment(page)


def test_the_focus_comes_in_goes_round_and_leaves(player):
    """No keyboard trap, and an outline on whatever has the focus."""

    page = player(everything())
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button id=after>after</button>')")
    visited, outlines = [], []
    for _ in range(40):
        press(page, "Tab")
        tag, outline = page.evaluate(
            "() => [document.activeElement.id || document.activeElement.tagName,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        visited.append(tag)
        if tag == "after":
            break
        outlines.append(outline)

    assert "after" == visited[-1]
    assert {"BUTTON", "SELECT", "INPUT", "SUMMARY"} <= set(visited)
    assert "none" not in outlines


def test_each_step_is_said_once_and_politely(player):
    """A status that a screen reader hears; silent while it plays."""

    page = player(everything())
    status = page.get_by_role("status")
    page.locator(".kl-player").focus()
    press(page, "Home")
    assert "Before the first step." == status.inner_text()
    press(page, "ArrowRight")
    assert "Step 1, mykthread line 2. mykthread declares TASK_INTERRUPTIBLE" in status.inner_text()
    assert "polite" == status.get_attribute("aria-live")
    press(page, "Space")
    assert "off" == status.get_attribute("aria-live")


def test_the_line_just_taken_is_the_one_that_is_marked(player):
    """In the source and in the lane of whoever took it; where a task goes on next is a chip, and no more."""

    page = player(everything())
    page.get_by_label("Go to step").fill("9")
    press(page, "Enter")
    here = page.locator("[aria-current=step]")

    assert "Step 9, mykthread line 3." in page.get_by_role("status").inner_text()
    assert ["3"] == here.evaluate_all("all => all.map(row => row.getAttribute('value'))")
    caption = page.locator(".kl-name-task", has_text="mykthread").locator("code")
    assert "3 read_lock(myevent_lock)" == caption.inner_text()
    assert "mykthread R, next" in page.locator(".kl-page li[value='2']").inner_text()
    assert "next" not in here.inner_text()


def test_after_a_fault_the_machine_has_stopped(player):
    """Nobody runs, nobody could, and nobody goes on anywhere; a step back all is as it was."""

    page = player(everything())
    assert "The machine has stopped" in panel(page, "Run queue").inner_text()
    assert "could run" not in panel(page, "Run queue").inner_text()
    assert 0 == page.locator(".kl-page .kl-chip").count()
    page.locator(".kl-player").focus()
    press(page, "ArrowLeft")

    assert "could run" in panel(page, "Run queue").inner_text()


@pytest.mark.parametrize("width", [700, 800, 1100, 1280])
def test_nothing_is_cut_off_at_the_width_of_a_notebook(player, width):
    """Long lines of source wrap, and the table of tasks fits."""

    trace = everything()
    source = {"mykthread": trace.source["mykthread"] + f"    printk({' '.join(['long'] * 60)})\n"}
    page = player(replace(trace, source=source), width=width)
    wide = "all => all.filter(box => box.scrollWidth > box.clientWidth).length"

    assert 0 == page.locator(".kl-page, .kl-scroll").evaluate_all(wide)


def test_the_state_of_the_machine_is_in_words(player):
    """Tasks as ps lists them with heads that say what they head; queue, lock, variables, heap, log, preempt_count."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home", "ArrowRight", "ArrowRight")
    assert "asleep, waits for myevent_waitqueue" in panel(page, "Tasks (ps)").inner_text()
    assert "mykthread" in panel(page, "Wait queues").inner_text()
    press(page, "ArrowRight")
    assert "0x10000" in panel(page, "Tasks (ps)").inner_text()
    assert "nic on CPU 0" in panel(page, "Run queue").inner_text()
    press(page, "End")
    assert "held by sensor" in panel(page, "Locks").inner_text()
    assert "myevent: woken" in panel(page, "Log").inner_text()
    assert "HOME=/" in panel(page, "Helper").inner_text()
    scopes = page.locator(".kl-player th").evaluate_all("all => all.map(th => th.scope)")
    assert {"col", "row"} == set(scopes)


def test_a_sleeper_says_since_when_and_leads_there(player):
    """The step that put it to sleep is a button."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home", *["ArrowRight"] * 3)
    page.get_by_role("button", name="since step 2").click()

    assert 2 == moment(page)


def test_the_focus_survives_a_step(player):
    """Wherever it is when a key steps, the next key still reaches the player."""

    page = player(everything())
    page.get_by_role("region", name="Tasks as ps lists them").focus()
    press(page, "Home", "ArrowRight", "ArrowRight", "ArrowRight")
    assert 3 == moment(page)
    page.get_by_role("button", name="since step 2").focus()
    press(page, "Enter", "ArrowLeft")

    assert 1 == moment(page)


def test_a_film_without_a_step_is_shown(player):
    """The machine after boot, and nowhere to go."""

    trace = everything()
    page = player(replace(trace, steps=(), events=(), views=trace.views[:1], violations=(), log=(), ending=""))
    page.locator(".kl-player").focus()
    press(page, "ArrowRight", "End", "f", "+", "-", "b", "Space")

    assert 0 == moment(page)
    assert [] == page.problems


def test_a_change_is_told_by_a_word_too(player):
    """Not by weight or colour alone."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home", "ArrowRight", "ArrowRight")

    assert "(changed)" in panel(page, "Wait queues").text_content()


def test_no_string_of_a_students_becomes_markup(player):
    """At no step: nothing runs, nothing is loaded, tags are read as text."""

    page = player(hostile())
    page.on("dialog", lambda dialog: page.problems.append("a dialog opened") or dialog.dismiss())
    page.locator(".kl-player").focus()
    press(page, "Home", "ArrowRight", "ArrowRight", "ArrowRight")

    assert 0 == page.locator("img").count()
    assert "<img src=x onerror=alert(1)>\\x1b[31m" in page.locator(".kl-player").inner_text()
    assert [] == page.problems


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_serious(player, screenshots, width, scheme):
    """Names, roles, contrast: axe-core's rules, in light and dark, wide and narrow."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = player(everything(), width=width, scheme=scheme)
    page.locator(".kl-foot summary").first.click()
    page.screenshot(path=screenshots / f"player-{scheme}-{width}.png", full_page=True)
    found = axe.Axe().run(page).response["violations"]

    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert [] == page.problems


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_script_there_are_the_picture_and_the_words(browser, tmp_path, screenshots, scheme):
    """The page as it is where no script runs; axe finds nothing serious in it either."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    path = tmp_path / "run.html"
    path.write_text(page_html(everything()).replace("<script>", '<script type="not-run">'), encoding="utf-8")
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    tab.goto(path.as_uri())
    tab.screenshot(path=screenshots / f"still-{scheme}.png", full_page=True)
    found = axe.Axe().run(tab).response["violations"]
    rows = tab.locator("table tbody tr").count()
    drawn = tab.locator("svg[role=img]").count()
    tab.close()

    assert (10, 1) == (rows, drawn)
    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


def test_less_motion_is_respected(player):
    """Somebody who asked for less motion gets a step a second, however fast the player is set."""

    page = player(everything(), reduced_motion="reduce")
    page.get_by_label("Steps a second").select_option("60")
    page.locator(".kl-player").focus()
    press(page, "Home", "Space")
    page.wait_for_timeout(600)

    assert moment(page) <= 1


def test_a_hundred_thousand_steps_are_usable(open_page):
    """It opens near the beginning, steps, zooms out to the whole, and a click leads far away."""

    page = open_page("about:", "data:")
    page.set_content(f'<style>{player_style()}</style><main id="host"></main>')
    page.add_script_tag(content=player_script())
    page.evaluate(
        "text => mount(document.getElementById('host'), JSON.parse(text))", json.dumps(film(long_trace(100_000)))
    )
    page.locator(".kl-player").focus()
    press(page, "ArrowRight", "f")
    box = page.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)

    assert 45_000 < moment(page) < 55_000
    assert [] == page.problems
