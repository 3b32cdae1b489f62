"""What the player tells beside the step: letters, variables, lines that have run, words that stand out, and search."""

from dataclasses import replace

import pytest

import kthreadlab
from kthreadlab.play.assets import play_script
from kthreadlab.show.film import film
from kthreadlab.show.page import asset, page_html, player_script
from tests.show.samples import everything
from tests.support import SUBMISSIONS

pytestmark = pytest.mark.browser


@pytest.fixture
def player(open_page, tmp_path):
    """Opens the page of a trace, and steps to its beginning."""

    def opener(trace, **more):
        path = tmp_path / "run.html"
        path.write_text(page_html(trace), encoding="utf-8")
        page = open_page(path.as_uri(), "data:", **more)
        page.set_default_timeout(20_000)
        page.goto(path.as_uri())
        page.locator(".kl-player").press("Home")
        return page

    return opener


@pytest.fixture(scope="module")
def witness():
    report = kthreadlab.check("lab2", kthreadlab.load(SUBMISSIONS / "lab2" / "wrong" / "ignores_the_same_id.py"))
    return kthreadlab.show(report).trace


def moment(page) -> int:
    return int(page.locator(".kl-player").get_attribute("data-moment"))


# ---- the state -------------------------------------------------------------------------------------------------------


def test_a_states_letter_says_what_it_means(player):
    """To the pointer, to whoever comes with the Tab key, to a screen reader, and in the legend."""

    page = player(everything())
    letters = page.get_by_role("region", name="Tasks", exact=True).get_by_role("button")
    assert "R: runs, or could run" == letters.first.get_attribute("aria-label")
    letters.first.hover()
    assert "R: runs, or could run" == page.locator(".kl-tip").inner_text()
    page.mouse.move(2, 2)
    assert not page.locator(".kl-tip").is_visible()
    letters.nth(2).focus()
    assert "S: sleeps; a wake-up or a signal ends it" == page.locator(".kl-tip").inner_text()
    page.keyboard.press("Tab")
    page.locator("summary", has_text="Letters").click()
    legend = page.locator(".kl-foot details[open] dt").all_inner_texts()
    assert list("RSDTtZX") == legend


def test_local_variables_are_those_of_the_trace_and_the_changed_ones_are_marked(player, witness):
    """At every step: name and value, a dot and a word at what is new."""

    page = player(witness)
    before: dict[str, str] = {}
    for n, view in enumerate(witness.views):
        now = dict(view.locals.get("mykthread", ()))
        shown = page.locator(".kl-variable").evaluate_all(
            """all => all.filter(one => !one.closest('.kl-unseen')).map(one => [
                ...[...one.querySelectorAll('code')].map(code => code.textContent),
                one.textContent.includes('(changed)')])"""
        )
        told = [[f"{name} = ", value, bool(n) and before.get(name) != value] for name, value in now.items()]
        assert told == shown, n
        before = now
        page.keyboard.press("ArrowRight")


def test_a_sleeper_leads_to_the_steps_that_say_why(player, witness):
    """Since when, and once it is awake, to the step that woke it."""

    page = player(witness)
    told = film(witness)["links"]["mykthread"]
    for at, number in zip(told["changes"][::2], told["changes"][1::2], strict=True):
        for kind, step, _ in told["values"][number]:
            page.get_by_label("Go to step").fill(str(at))
            page.get_by_label("Go to step").press("Enter")
            row = page.locator(".kl-tasks tr", has=page.locator("th", has_text="mykthread")).first
            row.get_by_role(
                "button", name={"since": "since step", "woke": "woken", "lost": "lost wake-up"}[kind]
            ).click()
            assert step == moment(page)


def test_what_never_changes_is_behind_one_control(player, witness):
    """Every name is told: where it changes, or folded; none twice."""

    page = player(witness)
    view = witness.views[0]
    names = [*view.queues, *view.locks, *view.statics]
    shown = page.locator(".kl-parts dt").all_inner_texts()
    page.locator(".kl-folded summary", has_text="Never changes").click()
    folded = page.locator(".kl-folded[open] dt").all_inner_texts()
    still = [n for of in ("queues", "locks", "statics") for n in getattr(view, of)
             if len({repr(getattr(v, of)[n]) for v in witness.views}) == 1]  # fmt: skip

    assert sorted(still) == sorted(folded)
    assert sorted(set(names) - set(still)) == sorted(name for name in shown if name in names)


# ---- the source ------------------------------------------------------------------------------------------------------


def test_a_bar_says_which_lines_have_run(player, witness):
    """Those at which a step has been taken by that moment, in whichever file, forward and back."""

    page = player(witness)
    places = []
    for n in range(len(witness.steps) + 1):
        places.append({e.line for e in witness.events if e.file == "mykthread" and e.step == n})
    # the last event of a step that has a line says where it was taken
    last = {}
    for e in witness.events:
        if e.line:
            last[e.step] = (e.file, e.line)
    for at in (0, 1, 15, len(witness.steps), 20, 3):
        page.get_by_label("Go to step").fill(str(at))
        page.get_by_label("Go to step").press("Enter")
        for name in witness.source:
            bars = page.get_by_role("region", name=f"Source of {name}", include_hidden=True).locator("li.kl-ran")
            told = bars.evaluate_all("all => all.map(row => row.value)")
            assert sorted({line for step, (file, line) in last.items() if file == name and step < at}) == told


PYTHON = '''# a remark with "quotes"
def f(x):
    """Words,
    if they go on."""
    if x == 0x1f and x != '#':
        return None
'''
C = """/* a remark, if it
   goes on: "x" */
#define N 3
static int f(int *x) // for ever
{
    return *x == 'c' ? 0 : printk("for %d\\n", 12u);
}
"""
WORDS = """([lines, language]) => highlighted(lines, language).map(pieces => pieces.map(piece =>
    typeof piece === 'string' ? piece : [piece.className.replace('kl-word-', ''), piece.textContent]))"""


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            PYTHON,
            "python",
            {
                "remark": ['# a remark with "quotes"'],
                "key": ["def", "if", "and", "return", "None"],
                "text": ['"""Words,', '    if they go on."""', "'#'"],
                "number": ["0x1f"],
            },
        ),
        (
            C,
            "c",
            {
                "remark": ["/* a remark, if it", '   goes on: "x" */', "// for ever"],
                "key": ["#define N 3", "static", "int", "int", "return"],
                "text": ["'c'", '"for %d\\n"'],
                "number": ["0", "12u"],
            },
        ),
        ("x = '", "python", {"text": ["'"]}),
        ("", "c", {}),
        ("anything goes", "no such language", {}),
    ],
)
def test_words_of_the_source_stand_out(open_page, text, language, expected):
    """Keywords, numbers, texts and remarks, also over lines; and every character is still there."""

    page = open_page("about:")
    page.add_script_tag(content=player_script())
    lines = text.splitlines()
    found = page.evaluate(WORDS, [lines, language])

    assert [line or " " for line in lines] == [
        "".join(p if isinstance(p, str) else p[1] for p in line) for line in found
    ][: len(lines)]
    kinds: dict[str, list[str]] = {}
    for piece in (piece for line in found for piece in line if not isinstance(piece, str)):
        kinds.setdefault(piece[0], []).append(piece[1])
    assert expected == kinds


def test_a_file_that_is_c_is_read_as_c(player):
    """By its name's end; the step's line and the bars are the same."""

    trace = everything()
    events = tuple(replace(event, file="mykthread.c") if event.line else event for event in trace.events)
    text = "static int mykthread(void *unused)\n{\n\tread_lock(&myevent_lock); /* if it is free */\n\treturn 0;\n}\n"
    page = player(replace(trace, events=events, source={"mykthread.c": text.expandtabs(4)}))
    page.keyboard.press("End")

    assert ["static", "int", "return"] == [
        word for word in page.locator(".kl-word-key").all_inner_texts() if word != "void"
    ]
    assert "2" == page.locator("[aria-current=step]").get_attribute("value")
    assert [2, 3] == page.locator(".kl-ran").evaluate_all("all => all.map(row => row.value)")


# ---- search ----------------------------------------------------------------------------------------------------------


def test_search_leads_to_the_steps_of_a_word_a_task_or_a_variable(player, witness):
    """By / and Enter, round and round; by the arrows both ways; how many there are is said."""

    page = player(witness)
    told = film(witness)
    field = page.get_by_role("combobox", name="Find a word, a task or a variable")
    says = [told["says"]["values"][n] for n in told["says"]["changes"][1::2]]
    word = "releases"
    steps = [m for m, text in zip(told["says"]["changes"][::2], says, strict=True) if word in text]
    page.keyboard.press("/")
    page.keyboard.type("RELEASES")
    assert f"– of {len(steps)}" == page.locator(".kl-count").inner_text()
    found = []
    for key in ["Enter"] * len(steps) + ["ArrowDown", "ArrowUp"]:
        page.keyboard.press(key)
        found.append(moment(page))
    assert [*steps, steps[0], steps[-1]] == found
    assert f"{len(steps)} of {len(steps)}" == page.locator(".kl-count").inner_text()

    changes = [
        m
        for m in range(1, len(witness.views))
        if witness.views[m].statics["myevent_id"] != witness.views[m - 1].statics["myevent_id"]
    ]
    for name, expected in (
        ("myevent_id", changes),
        ("sensor#2", [n + 1 for n, by in enumerate(witness.steps) if by == "sensor#2"]),
    ):
        field.fill(name)
        page.locator(".kl-player").press("Home")
        led = set()
        for _ in range(60):
            field.press("Enter")
            led.add(moment(page))
        assert set(expected) <= led, name
    field.fill("no such thing")
    field.press("Enter")
    assert "none" == page.locator(".kl-count").inner_text()
    field.press("Escape")
    page.keyboard.press("Home")
    assert 0 == moment(page), "the keys step again"
    assert {"mykthread", "myevent_id", "event_id", "myevent_lock"} <= set(
        page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_also_where_everything_is_unfolded(player, witness, scheme, width, height):
    """And where the sentence's box has to scroll."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = player(witness, scheme=scheme, width=width, height=height)
    page.keyboard.press("End")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = axe.Axe().run(page).response["violations"]

    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert [] == page.problems


@pytest.mark.parametrize(
    "script",
    [player_script() + asset("widget.js"), play_script(), play_script() + asset("widget.js", "play")],
    ids=["player", "play", "play with a kernel"],
)
def test_a_browser_reads_every_script(open_page, script):
    """As one module: no name in it is declared twice, by whichever file."""

    page = open_page("about:", "data:")
    page.evaluate(
        "text => import(`data:text/javascript;base64,${btoa(unescape(encodeURIComponent(text)))}`).then(() => null)",
        script,
    )
    assert [] == page.problems
