"""The player in a browser, from a file on a disk: by keyboard, without a network, in light and dark."""

import json
from dataclasses import replace

import pytest

import kthreadlab
from kthreadlab.show.film import film
from kthreadlab.show.page import page_html, player_script, player_style
from tests.benchmarks.long_trace import long_trace
from tests.show.samples import everything, hostile
from tests.support import SUBMISSIONS

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


def witness():
    """The witness of a wrong answer to Lab 2: a real trace, with two files and the kernel's own."""
    wrong = SUBMISSIONS / "lab2" / "wrong" / "ignores_the_same_id.py"
    return kthreadlab.show(kthreadlab.check("lab2", kthreadlab.load(wrong))).trace


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
    """The part of the machine's state that has that title; what is folded in it is unfolded."""
    found = page.locator(".kl-part", has=page.get_by_role("heading", name=title, exact=True))
    if found.get_attribute("open") is None and found.locator("summary").count():
        found.locator("summary").click()
    return found


def tasks(page):
    return page.get_by_role("region", name="Tasks", exact=True)


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
    assert "mykthread R, next" in page.locator(".kl-page li[value='2']").text_content()
    assert "next" not in here.text_content()


def test_after_a_fault_the_machine_has_stopped(player):
    """Nobody runs, nobody could, and nobody goes on anywhere; a step back all is as it was."""

    page = player(everything())
    assert "the machine has stopped" in panel(page, "Queues").inner_text()
    assert 0 == page.locator(".kl-page .kl-chip").count()
    page.locator(".kl-player").focus()
    press(page, "ArrowLeft")

    assert "run queue\nsensor" in panel(page, "Queues").inner_text()


@pytest.mark.parametrize("width", [700, 800, 1100, 1280])
def test_nothing_is_cut_off_at_the_width_of_a_notebook(player, width):
    """Long lines of source wrap, and the table of tasks fits."""

    trace = everything()
    source = {"mykthread": trace.source["mykthread"] + f"    printk({' '.join(['long'] * 60)})\n"}
    page = player(replace(trace, source=source), width=width)
    wide = "all => all.filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth).length"

    assert 0 == page.locator(".kl-page, .kl-scroll").evaluate_all(wide)


def test_the_state_of_the_machine_is_in_words(player):
    """Tasks as ps lists them with heads that say what they head; queue, lock, variables, heap, log, preempt_count."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home", "ArrowRight", "ArrowRight")
    assert "asleep: myevent_waitqueue" in tasks(page).inner_text()
    assert "myevent_waitqueue\nmykthread" in panel(page, "Queues").inner_text()
    press(page, "ArrowRight")
    assert "irq/nic" in tasks(page).inner_text() and "interrupting" in tasks(page).inner_text()
    assert "preempt_count 0x10000" in tasks(page).inner_text()
    assert "0x10000" in panel(page, "ps").inner_text()
    page.locator(".kl-player").press("End")
    assert "held by sensor" in panel(page, "Locks").inner_text()
    assert "myevent: woken" in panel(page, "Log").inner_text()
    assert "HOME=/" in panel(page, "Helper").inner_text()
    assert "myevent_id\n0" in panel(page, "Never changes").inner_text()
    scopes = page.locator(".kl-player th").evaluate_all("all => all.map(th => th.scope)")
    assert {"col", "row"} == set(scopes)


def test_the_whole_log_is_there_also_where_its_lines_are_long(player):
    """A line that takes two is no reason to cut the one above it off; nothing moves when it comes."""

    words = "Debug: sleeping function called from invalid context at mykthread:14, with interrupts off"
    page = player(replace(everything(), log=((2, words), (5, "in_atomic():1"))))
    log = panel(page, "Log").get_by_role("region", name="The kernel's log")
    heights = []
    for key in ("Home", "End"):
        page.locator(".kl-player").press(key)
        heights.append(log.evaluate("box => box.clientHeight"))

    assert f"{words}\nin_atomic():1" == log.locator("pre").first.inner_text()
    assert log.evaluate("box => box.scrollHeight <= box.clientHeight")
    assert heights[0] == heights[1] > 40


def test_where_it_broke_hides_no_number(player):
    """The flag has a row of its own: at a line where the numbers stand, there is nothing red but its pole."""

    page = player(everything(), width=800)
    page.locator(".kl-player").press("Home")
    red = page.evaluate(
        """() => {
            const canvas = document.querySelector('canvas'), c = canvas.getContext('2d'), wide = canvas.width;
            const top = parseInt(getComputedStyle(canvas).getPropertyValue('--kl-axis'));
            const { data } = c.getImageData(0, top - 18, wide, 10);
            const found = new Set();
            for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] === 255 && data[i] > 150 && data[i + 1] < 80) found.add((i / 4) % wide);
            return found.size;
        }"""
    )

    assert red == 2


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
    page.get_by_role("region", name="Tasks", exact=True).focus()
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

    assert "(changed)" in panel(page, "Queues").text_content()


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


@pytest.mark.long
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


# ---- the zoom --------------------------------------------------------------------------------------------------------

SIGHT = """([steps, wide]) => {
    const sight = new Sight(steps), wrong = [];
    const moments = [...new Set(Array.from({ length: 40 }, (_, i) => Math.round(i * steps / 39)))];
    const check = (moment, after) => {
        const step = Math.max(0, moment - 1), end = sight.from + sight.room;
        const filled = sight.from >= 0 && (sight.whole || sight.to - sight.from > sight.room - 0.001);
        const seen = step >= sight.from - 0.001 && step + 1 <= end + 0.001;
        if (!seen || !filled) wrong.push([moment, after, sight.from, end]);
    };
    for (const moment of moments) {
        sight.wide = wide;
        sight.hold(moment);
        check(moment, "a step");
        for (const factor of [2, 2, 2, 2, 2, 2, 0.5, 2, 2]) {
            sight.zoom(factor, moment);
            check(moment, `zoom ${factor}`);
        }
        for (const room of [wide / 2, wide * 2, wide]) {
            sight.wide = room;
            sight.hold(moment);
            check(moment, "a resize");
        }
        for (const way of [-1e9, 1e9]) {
            sight.look(sight.from + way);
            sight.hold(moment);
            check(moment, "a look elsewhere");
        }
        sight.toggle(moment);
        check(moment, "f");
        for (let i = 0; i < 20; i += 1) sight.zoom(0.5, moment);
        check(moment, "the farthest");
        if (sight.from !== 0 || sight.to !== Math.max(1, steps)) wrong.push([moment, "not all", sight.from, sight.to]);
    }
    return wrong;
}"""


@pytest.mark.parametrize("steps", [0, 1, 2, 12, 13, 25, 60, 1_000, 10_000])
def test_the_current_step_is_in_sight_and_the_farthest_zoom_shows_all(open_page, steps):
    """At every width, after each step, zoom, resize and look elsewhere; no room is left empty while there are steps."""

    page = open_page("about:")
    page.add_script_tag(content=player_script())

    assert [] == [wrong for wide in (90, 340, 760, 1240) for wrong in page.evaluate(SIGHT, [steps, wide])]


def test_coming_nearer_twice_leaves_no_step_out(player):
    """The timeline is full from edge to edge, and at the right end there is the last step."""

    page = player(long_trace(40), width=1280)
    page.locator(".kl-player").focus()
    press(page, "End", "+", "+")
    blank = page.locator("canvas").evaluate(
        """canvas => {
            const c = canvas.getContext('2d'), tall = canvas.height - 30;
            const blank = x => c.getImageData(x, 30, 1, tall).data.filter((_, i) => i % 4 === 3).every(a => a < 200);
            return Array.from({ length: 40 }, (_, i) => Math.floor((i + 0.5) * canvas.width / 40)).filter(blank).length;
        }"""
    )
    edge = page.locator(".kl-cursor").evaluate(
        "cursor => cursor.parentElement.getBoundingClientRect().right - cursor.getBoundingClientRect().right"
    )

    assert 0 == blank
    assert abs(edge) < 1.5


# ---- calm ------------------------------------------------------------------------------------------------------------

BOXES = """() => [...document.querySelectorAll(
    '.kl-player, .kl-controls, .kl-says, .kl-timeline, .kl-panel, .kl-part, .kl-page li, .kl-tasks tr, .kl-foot')]
    .map((box, n) => {
        const { x, y, width, height } = box.getBoundingClientRect();
        const scrolled = box.tagName === 'LI' ? box.closest('.kl-page').scrollTop : 0;
        return [n, box.tagName, ...[x, y + scrolled, width, height].map(Math.round)].join(' ');
    })"""


@pytest.mark.parametrize("width", [1280, 800, 500])
@pytest.mark.parametrize("trace", [everything, witness])
def test_nothing_moves_while_stepping(player, trace, width):
    """Every panel, every line of the source and every row of the table stays where it is, as tall as it is."""

    page = player(trace(), width=width)
    page.locator(".kl-player").focus()
    press(page, "Home")
    first = page.evaluate(BOXES)
    moved = {}
    for _ in range(int(page.get_by_label("Go to step").get_attribute("max"))):
        press(page, "ArrowRight")
        moved |= {moment(page): [(a, b) for a, b in zip(first, page.evaluate(BOXES), strict=True) if a != b][:2]}

    assert {} == {at: boxes for at, boxes in moved.items() if boxes}


def test_the_focus_ring_is_whole(player):
    """On whatever has the focus: nothing around it cuts it off, as the output of a notebook's cell would."""

    page = player(everything())
    page.evaluate("document.querySelector('.kl-shown').style.overflow = 'auto'")
    ring = """() => {
        const on = document.activeElement, style = getComputedStyle(on), cut = [];
        const out = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) - 0.5;
        const { left, top, right, bottom } = on.getBoundingClientRect();
        for (let box = on.parentElement; box && box !== document.documentElement; box = box.parentElement) {
            const { overflowX, contain } = getComputedStyle(box), room = box.getBoundingClientRect();
            if (overflowX === 'visible' && !/paint|content|strict/.test(contain)) continue;
            const across = left - out < room.left || right + out > room.right;
            if (across || top - out < room.top || bottom + out > room.bottom) cut.push(box.className);
        }
        return [on.className || on.tagName, style.outlineStyle, cut];
    }"""
    found = []
    for _ in range(24):
        press(page, "Tab")
        found.append(page.evaluate(ring))

    assert "kl-player" in found[0][0]
    assert [] == [ring for ring in found if ring[0] != "BODY" and ring[1:] != ["solid", []]]


def test_the_current_line_stays_in_view_when_the_window_changes(player):
    """A page of source narrower or lower than before is scrolled to it again."""

    trace = everything()
    code = "".join(f"    myevent_id = {n} + some_function_with_a_long_name({n}, {n}, {n}, {n})\n" for n in range(90))
    events = tuple(replace(event, line=70) if event.line else event for event in trace.events)
    page = player(replace(trace, source={"mykthread": f"def mykthread(unused):\n{code}"}, events=events), width=1280)
    seen = """row => { const box = row.getBoundingClientRect(), page = row.closest('.kl-page').getBoundingClientRect();
        return box.top >= page.top && box.bottom <= page.bottom; }"""
    found = []
    for width, height in ((1280, 1000), (700, 800), (500, 600), (1100, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found.append(page.locator("[aria-current=step]").evaluate(seen))

    assert [True] * 4 == found


# ---- the host --------------------------------------------------------------------------------------------------------


def test_only_plain_keys_are_taken(player):
    """What runs cells or has Ctrl, Meta or Alt reaches the host untouched, also from a button and a field."""

    page = player(everything())
    page.evaluate(
        """() => { window.heard = [];
            document.addEventListener('keydown', event => {
                heard.push(event.key + (event.defaultPrevented ? ' taken' : ''));
                event.preventDefault();
            }); }"""
    )
    last = moment(page)
    for on in (
        page.locator(".kl-player"),
        page.get_by_role("button", name="Step back"),
        page.get_by_label("Go to step"),
        page.get_by_role("slider"),
        page.locator(".kl-page"),
    ):
        on.focus()
        press(page, "Shift+Enter", "Control+Enter", "Alt+Enter", "Meta+Enter", "Control+s")
        press(page, "d", "d", "a", "x", "j", "k")
        modifiers = ("Shift", "Control", "Alt", "Meta")
        assert ["Enter"] * 4 + ["s"] == [key for key in page.evaluate("heard.splice(0)") if key not in modifiers]
    assert last == moment(page)


def test_a_click_gives_it_the_focus_and_escape_gives_it_back(player):
    """Unasked it has none, and says what to do; what it says moves nothing."""

    page = player(everything())
    focused = "document.querySelector('.kl-player').contains(document.activeElement)"
    assert not page.evaluate(focused)
    assert page.get_by_text("click here, then → ←").is_visible()
    before = page.evaluate(BOXES)
    page.locator(".kl-says").click()
    press(page, "ArrowLeft")
    assert 9 == moment(page)
    assert not page.get_by_text("click here, then → ←").is_visible() and page.get_by_text("Esc leaves").is_visible()
    press(page, "ArrowRight", "Escape")
    assert not page.evaluate(focused)
    assert before == page.evaluate(BOXES)


def picture(page) -> str:
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 100))")
    return page.locator("canvas").evaluate("canvas => canvas.toDataURL()")


def test_a_theme_that_changes_under_it_is_drawn(player):
    """The system's, or a host's whose style sheet comes before its word on the body, or after: as if opened with it."""

    light, dark = player(everything()), player(everything(), scheme="dark")
    expected = picture(dark)
    assert expected != picture(light)
    light.emulate_media(color_scheme="dark")
    assert expected == picture(light)

    colours = "<style>:root { --jp-layout-color0: #111; --jp-content-font-color1: #fff }</style>"
    theme = f"document.head.insertAdjacentHTML('beforeend', '{colours}')"
    word = "document.body.dataset.jpThemeLight = 'false'"
    pictures = []
    for changes in ((theme, word), (word, theme)):
        page = player(everything())
        for change in changes:
            page.evaluate(change)
            pictures.append(picture(page))

    assert pictures[1] == pictures[3], "in either order"
    assert 4 == len({*pictures, expected}), "each change is drawn"


# ---- lines and lanes -------------------------------------------------------------------------------------------------


def test_a_line_tells_when_it_ran_and_leads_there(player):
    """The pointer is told the steps; a click goes to the next of them, and round; so does n from the current line."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home")
    line = page.locator(".kl-page li[value='2'] code")
    line.hover()
    tip = page.locator(".kl-tip")
    assert "Line 2: steps 1, 2, 3, 4, 5, 6, 7, 8, 10. Click: step 1." == tip.inner_text()
    found = []
    for _ in range(2):
        line.click()
        found.append(moment(page))
    page.locator(".kl-page li[value='3'] code").hover()
    assert "Line 3: step 9. Click: step 9." == tip.inner_text()
    page.locator(".kl-page li[value='3'] code").click()
    press(page, "n")
    found.append(moment(page))
    line.click()
    press(page, "n")
    found.append(moment(page))
    page.locator(".kl-page li[value='4'] code").hover()

    assert "Line 4: no step is taken here." == tip.inner_text()
    assert [1, 2, 9, 1] == found
    assert 1 == moment(page)


def test_a_lane_tells_its_state_and_leads_to_the_step(player):
    """In words, since when and what it waits for; a click goes to that step; above the lanes is the step's sentence."""

    page = player(everything())
    box = page.locator("canvas").bounding_box()
    wide = page.locator(".kl-cursor").bounding_box()["width"]
    tip = page.locator(".kl-tip")

    def over(lane: str, step: int) -> str:
        row = page.locator(".kl-name", has_text=lane).first.bounding_box()
        page.mouse.move(box["x"] + (step - 0.5) * wide, row["y"] + 8)
        return tip.inner_text()

    assert "mykthread: sleeps (S) since step 3, waits for myevent_waitqueue. Step 3: " in over("mykthread", 3)
    assert "myevent_lock: held by sensor since step 9. " in over("myevent_lock", 10)
    assert "myevent_waitqueue: mykthread in it since step 2. " in over("myevent_waitqueue", 2)
    assert "myevent_waitqueue: nobody in it. " in over("myevent_waitqueue", 5)
    assert "myevent_lock: free. " in over("myevent_lock", 2)
    assert "sensor: is interrupted by nic since step 3. " in over("sensor", 3)
    page.mouse.click(box["x"] + 2.5 * wide, box["y"] + 50)
    assert 3 == moment(page)
    page.mouse.move(box["x"] + 3.5 * wide, box["y"] + 6)
    assert "Step 4: sensor" in tip.inner_text()
    page.mouse.move(2, 2)
    assert not tip.is_visible()


def test_a_lanes_name_leads_to_where_it_goes_on(player):
    """A task's to its next step, another's to its next change, and round; the digits do the same."""

    page = player(everything())
    page.locator(".kl-player").focus()
    press(page, "Home")
    found = []
    for name in ("mykthread", "mykthread", "sensor", "myevent_lock", "mykthread"):
        page.locator(".kl-name", has=page.get_by_text(name, exact=True)).click()
        found.append(moment(page))
    page.locator(".kl-name-task").first.hover()
    assert "mykthread: its next step 2: click, or press 2" == page.locator(".kl-tip").inner_text()
    press(page, "Home", "2", "2")

    assert [1, 2, 4, 9, 1] == found
    assert 2 == moment(page)


# ---- the film's future -----------------------------------------------------------------------------------------------


def beginning(trace, until: int):
    """The first steps of a trace, made from the trace."""
    return replace(
        trace,
        steps=trace.steps[:until],
        events=tuple(event for event in trace.events if event.step < until),
        views=tuple(trace.views)[: until + 1],
        log=tuple((step, line) for step, line in trace.log if step < until),
        violations=tuple(v for v in trace.violations if v.step < until),
        ending="",
        schedule="",
    )


def told_of(shown: dict) -> tuple[dict, list]:
    """A film without the moment at which it opens and what is told at its end; and its lanes."""
    tasks = {name: rows for name, rows in shown["tasks"].items() if rows["values"] != [None]}
    links = {name: told for name, told in shown["links"].items() if name in tasks}
    return {**shown, "lanes": [], "tasks": tasks, "links": links, "opens": 0, "ending": ""}, shown["lanes"]


@pytest.mark.parametrize("make", [everything, witness, lambda: long_trace(60)])
def test_a_film_whose_future_is_hidden_is_that_of_its_first_steps(open_page, make):
    """Whatever is told of the first steps, and nothing else: as if the trace had ended there."""

    page, trace = open_page("about:"), make()
    page.add_script_tag(content=player_script())
    whole = json.loads(json.dumps(film(trace)))
    for until in sorted({0, 1, len(trace.steps) // 2, len(trace.steps) - 1}):
        cut = page.evaluate("([data, until]) => firstMoments(data, until)", [whole, until])
        told, lanes = told_of(json.loads(json.dumps(film(beginning(trace, until)))))
        known = [{key: value for key, value in lane.items() if value} for lane in cut["lanes"]]
        used = [{key: value for key, value in lane.items() if value} for lane in lanes]
        assert (told, []) == (told_of(cut)[0], [lane for lane in used if lane not in known]), until


def test_a_hidden_future_is_shown_when_it_is_asked_for(player):
    """No key and no field leads beyond; then everything is there, at the same moment, and what was answered is told."""

    page = player(everything())
    page.add_script_tag(content=player_script())
    page.evaluate(
        """text => { const host = document.querySelector('main'); host.replaceChildren();
            window.made = mount(host, JSON.parse(text), { until: 4 });
            made.root.addEventListener('reveal', () => { window.heard = made.moment; }); }""",
        json.dumps(film(everything())),
    )
    press(page, "Tab", "End", "ArrowRight", "b")
    assert 4 == moment(page)
    hidden = page.locator(".kl-player").evaluate("root => root.outerHTML")
    assert [] == [
        word for word in ("broke here", "broke at", "fault", "/bin/alert", "SIGKILL", "of 10") if word in hidden
    ]
    page.evaluate("made.reveal({ moment: 9, words: 'You said b: look.', right: false })")
    assert (4, 4) == (moment(page), page.evaluate("heard"))
    press(page, *["ArrowRight"] * 5)
    assert "✗ You said b: look. Step 9" in page.get_by_role("status").inner_text()
    press(page, "ArrowRight")
    assert "You said b" not in page.get_by_role("status").inner_text()
    assert [] == page.problems


WIDGET = """async ([script, film]) => {
    const saved = [], listeners = {};
    const values = { film, moment: 2 };
    const model = {
        get: (name) => values[name], set: (name, value) => { values[name] = value; },
        save_changes: () => saved.push(values.moment), on: (name, does) => { listeners[name] = does; }, off: () => {},
    };
    const widget = await import(`data:text/javascript;base64,${btoa(unescape(encodeURIComponent(script)))}`);
    document.body.replaceChildren();
    widget.default.render({ model, el: document.body });
    const root = document.querySelector(".kl-player"), opened = root.dataset.moment;
    root.querySelector("[aria-label='Step forward']").click();
    values.moment = 5;
    listeners["change:moment"]();
    return { opened, saved, shown: root.dataset.moment };
}"""


def test_the_widgets_moment_is_the_players(open_page, tmp_path):
    """Both ways: a step is told to whoever listens, and a moment that is set is shown."""

    pytest.importorskip("anywidget", reason="anywidget is not installed")
    widget = kthreadlab.show(everything()).widget()
    (tmp_path / "empty.html").write_text("<!doctype html><title>empty</title>")
    page = open_page((tmp_path / "empty.html").as_uri(), "data:")
    page.goto((tmp_path / "empty.html").as_uri())
    found = page.evaluate(WIDGET, [widget._esm, widget.film])

    assert {"opened": "2", "saved": [3, 5], "shown": "5"} == found
