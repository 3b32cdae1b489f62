"""Play in a browser, from a file on a disk: by mouse, by keyboard alone, without a network, in light and dark."""

from __future__ import annotations

import pytest

import kthreadlab
from kthreadlab import Call, Config, Scenario, done
from kthreadlab.checks.portfolio import LABS
from kthreadlab.play.assets import play_script
from kthreadlab.play.board import kinds
from kthreadlab.play.playing import TooManyStates
from kthreadlab.play.still import edges_of, laid_out
from tests.support import corpus, linked, module

pytestmark = pytest.mark.browser

ONE, EACH = Config(), Config(cpus=16)
WITNESS = "sensor*5 mykthread*6"


def game(
    name: str = "lab2/wrong/listing_two", scenario: str = "lab2/two-reports", configs=(ONE, EACH), goal="delivered"
):
    """Listing Two before two reports: the first may be lost."""
    answer = next(x for x in corpus() if x.name == name)
    world = next(x for x in LABS[answer.lab].scenarios if x.name == scenario)
    return kthreadlab.play(linked(answer.lab, answer.text), world, list(configs), goal)


@pytest.fixture
def board(open_page, tmp_path):
    """Opens the page of a game from the disk; nothing may be asked of anybody."""

    def opener(playing=None, **more):
        path = (playing or game()).save(tmp_path / "play.html")
        page = open_page(path.as_uri(), "data:", **more)
        page.goto(path.as_uri())
        page.wait_for_selector(".kl-play")
        return page

    return opener


def goal(page) -> str:
    return page.locator(".kl-goal").inner_text()


def movers(page) -> dict[str, str]:
    """What each button says, by the mover."""
    return {m.get_attribute("data-mover"): m.inner_text() for m in page.locator(".kl-mover").all()}


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_an_event_is_lost_by_hand(board):
    """By mouse: a click is a step, a long one goes on; who cannot move says why; the fewest steps are told."""

    page = board()
    assert "Still open" in goal(page)
    assert "Nothing has happened yet" in page.locator(".kl-says").inner_text()
    page.locator("[data-mover=sensor]").click()
    assert "CPU 0 is sensor's: PREEMPT=n" in movers(page)["mykthread"]
    page.locator("[data-mover=mykthread]").click(force=True)
    assert "mykthread: CPU 0 is sensor's" in page.locator(".kl-says").inner_text()
    page.locator("[data-mover=sensor]").click(delay=700)
    assert "it is over" in movers(page)["sensor"]
    page.locator("[data-mover=mykthread]").click(modifiers=["Shift"])

    assert "You broke it in 11 steps" in goal(page) and "11 is the fewest" in goal(page)
    assert "asleep on myevent_waitqueue" in movers(page)["mykthread"]
    assert [] == page.problems


def test_the_same_by_keyboard_alone(board):
    """Numbers move, the arrows go back and on, Home and End go to the ends; what was played is still there."""

    page = board()
    page.locator(".kl-play").focus()
    press(page, "Shift+2", "Shift+1")
    assert "You broke it" in goal(page)
    press(page, "ArrowLeft", "ArrowLeft")
    assert "9" == page.locator(".kl-play").get_attribute("data-moment")
    press(page, "ArrowRight", "ArrowRight")
    assert "You broke it" in goal(page)
    press(page, "Home", "1", "b")
    assert "2" in page.locator(".kl-branches").inner_text()
    press(page, "ArrowDown", "End")
    assert "11" == page.locator(".kl-play").get_attribute("data-moment"), "the other branch, to its end"
    assert "You broke it" in goal(page)
    assert [] == page.problems


def test_branches_stand_side_by_side(board):
    """From the first step in which they differ."""

    page = board()
    page.locator(".kl-play").focus()
    press(page, "Shift+2", "Shift+1", "Home", "1", "1", "b")
    page.get_by_role("button", name="compare").click()
    rows = page.locator(".kl-compared tbody tr").all_inner_texts()

    assert rows[0].startswith("1") and "mykthread enters" in rows[0] and "sensor enters" in rows[0]
    assert "✗ broken" in rows[-1]


def test_a_schedule_is_copied_and_pasted(board):
    """One that a check printed plays here; one that doesn't fit says why, and goes as far as it can."""

    page = board()
    page.get_by_role("button", name="Schedule", exact=True).click()
    field = page.locator(".kl-schedule")
    field.fill(WITNESS)
    field.press("Enter")
    assert "You broke it in 11 steps" in goal(page)
    page.get_by_role("button", name="Copy").click()
    written = field.input_value()
    assert written.endswith(WITNESS) and "@" in written
    for wrong, why in (
        ("mykthread*2 sensor", "Step 3: sensor cannot move here: CPU 0 is mykthread's: PREEMPT=n"),
        ("nobody", "nobody here is called nobody"),
        ("2.6.11/lab2/kill@00000000: mykthread", "This schedule is of"),
        (written.replace("2.6.11/", "2.4/"), "This schedule is of 2.4/lab2/two-reports@"),
        ("mykthread*100000 " * 3, "Step 7"),
        ("<img src=x onerror=alert(1)>", "nobody here is called <img"),
    ):
        field.fill(wrong)
        field.press("Enter")
        assert why in page.locator(".kl-says").inner_text()
    field.fill(written)
    field.press("Enter")
    assert "You broke it in 11 steps" in goal(page)
    assert [] == page.problems


def test_fog_gives_nothing_away(board):
    """Until it is broken, or asked for, neither the line nor the map says what is bad."""

    page = board()
    page.locator(".kl-play").focus()
    press(page, "m", "2", "2", "2", "2", "2")
    assert "Still open" in goal(page), "it must break now, and nobody says so"
    assert "you have seen 6 of them" in page.locator(".kl-map-words").inner_text()
    assert ["where you have been", "your way"] == page.locator(".kl-legend li").all_inner_texts()
    page.get_by_role("button", name="Show which are bad").click()
    assert "It will break now" in goal(page)
    legend = page.locator(".kl-legend").inner_text()
    assert all(words in legend for words in ("still open", "will break", "broken", "square: at rest"))
    assert "233 states can be reached: 8 broken" in page.locator(".kl-map-words").inner_text()


DRAWN = """() => {
    const { set, get } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");
    window.drawn = 0;
    Object.defineProperty(HTMLCanvasElement.prototype, "width", { get, set(value) {
        window.drawn += Boolean(this.closest(".kl-map-box"));
        set.call(this, value);
    } });
}"""


def test_the_map_is_drawn_once(board):
    """Neither a step, nor a fold, nor the fog's lifting draws the steps between states again; another width does."""

    page = board()
    page.evaluate(DRAWN)
    page.locator(".kl-play").focus()
    press(page, "m")
    page.wait_for_function("drawn === 3")  # a canvas each for what never changes, the states, and the way
    press(page, "Shift+2", "s", "Shift+1")
    assert "You broke it in 11 steps" in goal(page)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert 3 == page.evaluate("drawn")
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_function("drawn === 6")
    assert [] == page.problems


def test_another_machine_is_another_board(board):
    """One CPU, or a CPU each; each begins at its beginning."""

    page = board()
    page.locator(".kl-play").focus()
    press(page, "1", "w")
    page.get_by_role("button", name="16 CPUs").click()
    page.locator(".kl-says", has_text="Nothing has happened yet").wait_for()
    press(page, "1", "2")
    assert "2" == page.locator(".kl-play").get_attribute("data-moment"), "both can move"
    assert [] == page.problems


def test_a_program_that_cannot_be_broken_says_so(board):
    """At once: it is a proof."""

    page = board(game("lab2/right/reference", goal="delivered_when_asleep"))
    assert "Nobody can ever break it" in goal(page)
    page.locator(".kl-play").focus()
    press(page, "?")
    assert "no way to break it" in page.locator(".kl-says").inner_text()


def test_a_hint_is_the_first_step_of_a_shortest_way(board):
    """Followed to the end, it breaks it in the fewest steps."""

    page = board()
    page.locator(".kl-play").focus()
    for _ in range(11):
        press(page, "?")
        page.locator(".kl-hinted").click()
    assert "You broke it in 11 steps" in goal(page)


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1280, 800, "light"), (1280, 800, "dark"), (800, 600, "light"), (640, 400, "dark")]
)
def test_axe_finds_nothing_serious(board, screenshots, width, height, scheme):
    """Names, roles, contrast; with everything unfolded."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = board(width=width, height=height, scheme=scheme)
    page.locator(".kl-play").focus()
    press(page, "1", "Shift+2", "Shift+1", "Home", "Shift+2", "Shift+1", "b", "m", "s", "w", "c")
    page.get_by_role("button", name="compare").click()
    page.locator(".kl-map-box").focus()
    press(page, "Home", "ArrowRight")
    found = axe.Axe().run(page).response["violations"]
    page.screenshot(path=screenshots / f"play-{scheme}-{width}.png", full_page=True)

    assert [] == [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (640, 400, "dark")])
def test_axe_finds_nothing_serious_on_a_map(board, screenshots, width, height, scheme):
    """That begins with it, before and after its run is played, with the game unfolded; and a world that is grey."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = board(game().map(), width=width, height=height, scheme=scheme)
    page.screenshot(path=screenshots / f"map-{scheme}-{width}.png")
    found = axe.Axe().run(page).response["violations"]
    page.get_by_role("button", name="Go along the dashes").click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="World").click()
    found += axe.Axe().run(page).response["violations"]
    page.screenshot(path=screenshots / f"map-played-{scheme}-{width}.png", full_page=True)

    assert [] == [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]


def test_movers_sentence_lanes_and_source_are_seen_together(board):
    """Without scrolling, at 1280 × 800."""

    page = board(width=1280, height=800)
    low = page.evaluate("document.querySelector('.kl-timeline').getBoundingClientRect().bottom")

    assert low <= 800


def test_a_proof_is_a_map_with_nothing_red(board):
    """All states, told in words too; of a program that fails, the bad ones counted."""

    oops = game("lab6/wrong/restarts_on_signal", "lab6/kill", goal="never_sleeps_atomic")
    stops = kthreadlab.play(
        module("def mykthread(unused):\n    BUG()\n"), Scenario("one", threads=["mykthread"]), ONE, "no_oops"
    )
    for made in (game("lab2/right/reference", goal="delivered_when_asleep"), game(), oops, stops):
        page = board(made.map())
        words = page.locator(".kl-map-words").inner_text()
        assert words in repr(made.map()), "a terminal says what the page says"
        assert [] == page.problems
    page = board(game("lab2/right/reference", goal="delivered_when_asleep").map())
    words = page.locator(".kl-map-words").inner_text()
    assert "386 states can be reached, and nobody can break it in any of them." == words
    shapes = page.locator(".kl-legend li").all_inner_texts()
    assert ["nobody can break it any more", "square: at rest", "your way"] == shapes, "and no others are on it"


STORM = "sensor*5 disk*5 mykthread*14 khelper*2 (khelper mykthread*12 khelper*2)"


def storm():
    """An answer that runs the program again and again for one report: 299 states, and the second is never answered."""
    return game("lab2/wrong/storm", configs=(ONE,))


def paste(page, schedule: str) -> None:
    """Play a schedule from the beginning."""
    if not page.locator(".kl-schedule").is_visible():
        page.get_by_role("button", name="Schedule", exact=True).click()
    page.locator(".kl-schedule").fill(schedule)
    page.locator(".kl-schedule").press("Enter")


def test_a_board_of_more_than_255_states_leads_where_the_machine_does(board):
    """However narrow the numbers are that say how far back a step leads."""

    page = board(storm())
    paste(page, STORM.replace("(", "").replace(")", ""))

    assert "41" == page.locator(".kl-play").get_attribute("data-moment")
    assert "/bin/alert begins to run" in page.locator(".kl-says").inner_text()


def test_going_round_for_ever_breaks_it_when_the_round_is_closed(board):
    """Not when it is entered; what a check printed says so, and so does whoever follows the hints."""

    page = board(storm())
    paste(page, STORM)
    assert "You broke it in 41 steps" in goal(page) and "27 to 41 can go on for ever" in goal(page)
    page.locator(".kl-play").focus()
    press(page, "ArrowLeft")
    assert "It will break now" in goal(page)

    press(page, "Home")
    for _ in range(60):
        if "You broke it" in goal(page):
            break
        press(page, "?")
        page.locator(".kl-hinted").click()
    assert "can go on for ever" in goal(page)
    press(page, "?")
    assert "It is broken. Go back" in page.locator(".kl-says").inner_text()
    assert [] == page.problems


def test_a_round_waits_for_nobody_who_need_not_come(board):
    """A thread that polls for ever does so whether a report comes or not."""

    page = board(game("lab6/wrong/spins_on_the_set", "lab6/one-report", (EACH,), "sleeps_when_idle"))
    page.locator(".kl-play").focus()
    press(page, "Shift+1")
    assert "can go on for ever" in goal(page)


def test_what_another_failure_breaks_is_no_proof(board):
    """A lock that is never given back: no report is answered, and it isn't the answering that failed."""

    answer = next(x for x in corpus() if x.name == "lab6/wrong/lock_leak_when_idle")
    page = board(kthreadlab.play(kthreadlab.check("lab6", linked("lab6", answer.text)), goal="delivered"))
    assert "another failure" in goal(page) and "✓" not in goal(page)
    page.locator(".kl-play").focus()
    press(page, "Shift+1", "2")
    assert "Another failure came first" in goal(page)


def test_no_button_moves_while_somebody_plays(board):
    """Nor does its number change, when an interrupt has landed, and somebody can't move for a long reason."""

    page = board(game("lab6/right/reference", "lab6/report-and-interrupt", (Config(cpus=2),)))
    rows = page.locator(".kl-movers > *")
    seen = set()
    page.locator(".kl-play").focus()
    for key in "31213231":
        seen.add(tuple((row.locator("kbd").inner_text(), row.bounding_box()["y"]) for row in rows.all()))
        press(page, key)
    assert 1 == len(seen) and "1234" == "".join(number for number, _ in seen.pop())
    kept = page.locator("[data-mover=sensor]").element_handle()
    kept.focus()
    press(page, "ArrowLeft", "Home", "2")
    assert kept.evaluate("x => x === document.activeElement"), "the button is still the same, and has the focus"
    assert [] == page.problems


def test_on_a_small_screen_the_sentence_stays_in_sight(board):
    """At 200 % of 1280 × 800 it is seen with the movers."""

    page = board(width=640, height=400)
    page.locator("[data-mover=mykthread]").click()
    box = page.locator(".kl-says").bounding_box()
    assert box["y"] + box["height"] <= 400

    for _ in range(9):
        press(page, "Tab")
        focused = page.evaluate("document.activeElement.getBoundingClientRect().bottom")
        assert focused <= page.locator(".kl-says").bounding_box()["y"] + 1, "and hides nobody who has the focus"


def test_the_focus_stays_where_somebody_works(board):
    """On a branch that is chosen or compared, and on a world; what is unfolded stays so."""

    page = board()
    page.locator(".kl-play").focus()
    press(page, "Shift+2", "Shift+1", "Home", "1", "b", "w")
    for name in ("compare", "1", "2.6.11, 16 CPUs, PREEMPT=n"):
        page.get_by_role("button", name=name, exact=True).first.focus()
        press(page, "Enter")
        page.wait_for_function("name => document.activeElement.innerText.trim() === name", arg=name)
    assert page.locator(".kl-worlds").is_visible() and page.locator(".kl-branches").is_visible()
    assert [] == page.problems


def test_a_version_is_chosen_or_says_why_not(board):
    """The same program on another kernel; what it lacks is the reason of a grey one."""

    page = board(game(configs=(ONE,)))
    page.locator(".kl-play").focus()
    press(page, "w")
    grey = page.get_by_role("button", name="Linux 6.12")
    assert "true" == grey.get_attribute("aria-disabled")
    assert "Unknown symbol daemonize" in page.locator(".kl-worlds li", has=grey).inner_text()
    page.get_by_role("button", name="Linux 2.6.32").click()
    page.locator(".kl-head", has_text="2.6.32").wait_for()
    paste(page, WITNESS)
    assert "You broke it in 11 steps" in goal(page)
    assert page.locator(".kl-schedule").input_value().startswith("2.6.32/lab2/two-reports@"), "with its own head"
    grey.click(force=True)
    assert "It cannot be played there: line 13" in page.locator(".kl-says").inner_text()
    assert [] == page.problems


def test_a_finished_schedule_is_shown_to_be_copied(board):
    """With its head, as soon as it is broken, so that it fits anywhere."""

    page = board()
    assert not page.locator(".kl-schedule").is_visible()
    page.locator(".kl-play").focus()
    press(page, "Shift+2", "Shift+1")
    page.locator(".kl-schedule").wait_for()
    written = page.locator(".kl-schedule").input_value()
    answer = next(x for x in corpus() if x.name == "lab2/wrong/listing_two")
    world = next(x for x in LABS["lab2"].scenarios if x.name == "lab2/two-reports")
    assert "asleep" == kthreadlab.replay(linked("lab2", answer.text), world, ONE, written).ending


def test_without_hints_it_gives_none(board):
    """No button, no key, and the map says nothing before it is broken; nor does it play the game for whoever clicks."""

    answer = next(x for x in corpus() if x.name == "lab2/wrong/listing_two")
    world = next(x for x in LABS["lab2"].scenarios if x.name == "lab2/two-reports")
    page = board(kthreadlab.play(linked("lab2", answer.text), world, ONE, "delivered", hints=False))
    page.locator(".kl-play").focus()
    press(page, "?", "m")
    assert 0 == page.get_by_role("button", name="hint").count() == page.locator(".kl-hinted").count()
    assert not page.get_by_role("button", name="Show which are bad").count()
    assert "you have seen 1 of them" in page.locator(".kl-map-words").inner_text()
    map_ = page.locator("canvas.kl-canvas[role=img]").last
    width, height = map_.evaluate("e => [e.clientWidth, e.clientHeight]")
    said = page.locator(".kl-says")
    for x, y in ((x, y) for x in range(width - 8, 40, -12) for y in range(8, height, 12)):
        map_.click(position={"x": x, "y": y})
        if "You have not been there" in said.inner_text():
            break
    assert "You have not been there" in said.inner_text()
    assert "0" == page.locator(".kl-play").get_attribute("data-moment"), "it leads nowhere"
    page.locator(".kl-play").focus()
    press(page, "Shift+2", "Shift+1")
    assert "You broke it in 11 steps" in goal(page)


def test_the_map_is_walked_by_keys(board):
    """One tab stop: the arrows go along the steps and among those beside each other, and say what the mouse is told;
    Enter goes there.  Elsewhere they are the game's."""

    page = board()
    page.locator(".kl-play").focus()
    press(page, "1", "m")
    page.locator(".kl-map-box").focus()
    page.keyboard.press("Home")
    said, moment = page.locator(".kl-map [role=status]"), page.locator(".kl-play")
    here = said.inner_text()
    assert here.startswith("A state: mykthread runs") and "Enter: go there." in here and "It is one" not in here
    press(page, "ArrowRight", "ArrowLeft")
    assert here == said.inner_text(), "back to where it came from"
    press(page, "ArrowLeft", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown")
    assert "disk runs" in said.inner_text() and "It is 3 of 3, from the top." in said.inner_text()
    assert page.locator(".kl-tip").inner_text() == said.inner_text()
    assert "1" == moment.get_attribute("data-moment"), "nobody has moved"
    press(page, "ArrowRight", "ArrowRight", "Enter")
    page.wait_for_function("document.querySelector('.kl-play').dataset.moment === '3'")
    assert page.locator(".kl-map-box").evaluate("box => box === document.activeElement")
    page.keyboard.press("Tab")
    assert "" == said.inner_text() and not page.locator(".kl-tip").is_visible()
    page.keyboard.press("ArrowLeft")
    assert "2" == moment.get_attribute("data-moment"), "the game's again"
    page.locator(".kl-map-box").click()
    assert page.locator(".kl-map-box").evaluate("box => box !== document.activeElement")
    assert [] == page.problems


def test_without_hints_the_keys_on_the_map_lead_nowhere_new(board):
    """As the mouse's clicks."""

    answer = next(x for x in corpus() if x.name == "lab2/wrong/listing_two")
    world = next(x for x in LABS["lab2"].scenarios if x.name == "lab2/two-reports")
    page = board(kthreadlab.play(linked("lab2", answer.text), world, ONE, "delivered", hints=False))
    page.locator(".kl-play").focus()
    page.keyboard.press("m")
    page.locator(".kl-map-box").focus()
    press(page, "Home", "ArrowRight")
    assert "go there" not in page.locator(".kl-map [role=status]").inner_text()
    page.keyboard.press("Enter")
    assert "You have not been there" in page.locator(".kl-says").inner_text()
    assert "0" == page.locator(".kl-play").get_attribute("data-moment")


def test_a_report_s_map_holds_the_run_that_was_found(board):
    """Counted, told in words, and played by one button."""

    answer = next(x for x in corpus() if x.name == "lab2/wrong/listing_two")
    report = kthreadlab.check("lab2", linked("lab2", answer.text))
    page = board(report.map("delivered"))
    assert "delivered in lab2/one-report" in page.locator(".kl-head").inner_text()
    assert "40 states can be reached: 1 broken" in page.locator(".kl-map-words").inner_text()
    dashes = page.locator(".kl-map-dashes").inner_text()
    assert f"the run that was found, 11 steps: {WITNESS}. mykthread slept on" in dashes
    assert not page.locator(".kl-table").is_visible()
    page.get_by_role("button", name="Go along the dashes").click()
    page.get_by_role("button", name="Play", exact=True).click()
    assert "You broke it in 11 steps" in goal(page) and page.locator(".kl-table").is_visible()
    assert page.locator(".kl-timeline").bounding_box()["height"] > 50

    page = board(report.map("no_stale_helper"))
    assert "8 steps that break it" in page.locator(".kl-map-words").inner_text()
    page.get_by_role("button", name="Go along the dashes").click()
    assert "You broke it in 41 steps" in goal(page)
    assert [] == page.problems


def test_the_dashes_of_a_game_are_a_shortest_way(board):
    """Where nobody gave a run; it breaks what it says."""

    page = board(game().map())
    assert f"a shortest way to break it, 11 steps: {WITNESS}" in page.locator(".kl-map-dashes").inner_text()
    page.get_by_role("button", name="Go along the dashes").click()
    assert "You broke it in 11 steps" in goal(page)


def crowd(*names: str):
    """As many visitors as there are names, each to come after the one before, who open a door."""
    text = 'word = char_array(60, "<img src=x onerror=alert(1)>")\ndoor = u32(0)\n\n\n'
    text += "def bell():\n    global door\n    door = 1\n    printk(word)\n"
    calls = [Call(name, "bell", when=done(names[n - 1]) if n else None) for n, name in enumerate(names)]
    return module(text), Scenario("<i&crowd", calls=calls)


def test_movers_beyond_the_ninth_have_keys(board):
    """0, then the letters that are nobody's; with Shift they go on."""

    names = [f"guest{n}" for n in range(1, 13)]
    page = board(kthreadlab.play(*crowd(*names), ONE, "no_oops"))
    page.locator(".kl-play").focus()
    for key in ("Shift+Digit1 2 2 2 3 3 3 4 4 4 5 5 5 6 6 6 7 7 7 8 8 8 9 9 9 0 0 0 a a a d").split():
        press(page, key)
    assert "34" == page.locator(".kl-play").get_attribute("data-moment")
    assert "guest12 enters bell()" in page.locator(".kl-says").inner_text()
    press(page, "Shift+D")
    assert "36" == page.locator(".kl-play").get_attribute("data-moment")
    assert [] == page.problems


def test_what_looks_like_markup_is_text(board):
    """Names of a scenario, and what a variable holds, wherever they are shown."""

    page = board(kthreadlab.play(*crowd("ann", "bob"), ONE, "no_oops"))
    page.locator(".kl-play").focus()
    press(page, "Shift+1", "s", "m", "w", "c", "b")
    assert "<i&crowd" in page.locator(".kl-head").inner_text()
    assert "<img src=x onerror=alert(1)>" in page.locator(".kl-play").inner_text()
    assert 0 == page.locator(".kl-play :is(img, i)").count()
    page = board(kthreadlab.play(*crowd("ann"), ONE, "no_oops", dare="<img src=x onerror=alert(1)>").map())
    assert 0 == page.locator(".kl-play :is(img, i)").count()
    assert [] == page.problems


def test_a_hundred_thousand_steps_are_played_as_far_as_there_is_room(board):
    """A thread that polls for ever goes on for ever; the page stays alive, and says what it has left out."""

    page = board(game("lab6/wrong/spins_on_the_set", "lab6/one-report", (EACH,), "no_oops"))
    paste(page, "mykthread*100000")
    page.get_by_text("These are its first 20,000 steps: no more are played here.").wait_for()
    assert "20000" == page.locator(".kl-play").get_attribute("data-moment")
    page.locator(".kl-play").focus()
    press(page, "ArrowLeft")
    assert "19999" == page.locator(".kl-play").get_attribute("data-moment")
    assert [] == page.problems


def test_a_still_map_lies_as_the_page_s_does(open_page):
    """State for state; and it has the same shapes, counted."""

    page = open_page("about:")
    page.goto("about:blank")
    page.add_script_tag(content=play_script())
    for made in (game(), game("lab6/right/reference", "lab6/two-reports"), storm()):
        board = made.boards[0]
        places = laid_out(board["size"], edges_of(board)[0])
        script = "async (data) => { const { x, y } = laidOut(nodesOf(...await of(data))); return [[...x], [...y]]; }"
        of = "async (data) => { const board = await WholeBoard.read(data); return [board, board.goals.delivered]; }"
        x, y = page.evaluate(f"{script.replace('of(data)', f'({of})(data)')}", board)
        assert x == list(places.x)
        assert y == pytest.approx(list(places.y), abs=0.01)
        counted = [kind for kind in kinds(board, "delivered") if kind == "broken"]
        assert made.svg().count("l8 8") == len(counted)
    with pytest.raises(TooManyStates, match="too many for a picture"):
        game(configs=(Config(preempt=True),)).svg()
