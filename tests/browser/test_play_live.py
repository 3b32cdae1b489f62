"""A game for which a kernel answers, with this process in the kernel's place: what the page asks, and what it makes of
the answers."""

from __future__ import annotations

import json

import pytest

from kthreadlab import Config
from kthreadlab.play import playing
from kthreadlab.play.assets import play_script, play_style
from kthreadlab.show.page import asset
from tests.play.test_board import answer, scenario

pytestmark = pytest.mark.browser

HOST = """async ([esm, start]) => {
    const { default: host } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
    const heard = new Set();
    const model = {
        get: () => start, on: (_, hear) => heard.add(hear), off: (_, hear) => heard.delete(hear),
        send: (wanted) => kernel(JSON.stringify(wanted)).then((told) => {
            if (told) for (const hear of [...heard]) hear({ view: wanted.view, told });
        }),
    };
    const el = document.body.appendChild(document.createElement("div"));
    await host.render({ model, el });
}"""


class Kernel:
    """What a page asks, answered by a game; *gone*: it answers no more."""

    def __init__(self, game: playing.LivePlaying) -> None:
        self.game, self.gone, self.asked, self.told = game, False, [], 0

    def __call__(self, wanted: str) -> str:
        self.asked.append(json.loads(wanted))
        told = None if self.gone else self.game.games.answer(self.asked[-1])
        self.told += told is not None
        return "" if told is None else json.dumps(told)

    @property
    def start(self) -> str:
        games = self.game.games
        return json.dumps({**self.game.words.data(), "worlds": games.about(), "first": games.game(0).start()})


def lives(name: str, said: str, config: Config, goal: str = "delivered", **more) -> playing.LivePlaying:
    """A game of an answer that a kernel answers for, however small it is."""
    words, given = playing.Words(goal, **more), (answer(name), scenario(said))
    return playing.live(*given, [config], words)


@pytest.fixture
def hosted(open_page, tmp_path):
    """Opens a page on which such a game is shown; gives the page and the kernel."""

    def opener(game: playing.LivePlaying, views: int = 1, **more):
        path = tmp_path / "host.html"
        path.write_text(f"<!doctype html><title>host</title><style>{play_style()}</style>")
        page, kernel = open_page(path.as_uri(), "blob:", **more), Kernel(game)
        page.goto(path.as_uri())
        page.expose_function("kernel", kernel)
        for _ in range(views):
            page.evaluate(HOST, [play_script() + asset("widget.js", "play"), kernel.start])
        page.locator(".kl-play").first.wait_for()
        return page, kernel

    return opener


def move(page, name: str, after: int, game: int = 0) -> None:
    """A click on a mover, and its picture."""
    page.locator(".kl-play").nth(game).locator(f'[data-mover="{name}"]').click()
    page.wait_for_function(f"document.querySelectorAll('.kl-play')[{game}].dataset.moment === '{after}'")


def looked_ahead(page, kernel: Kernel, after: int) -> None:
    """Wait until the page knows what can come next: it asks once after each of *after* moves, and before the first."""
    while kernel.told < after + 2:
        page.wait_for_timeout(10)


def says(page, game: int = 0) -> str:
    return page.locator(".kl-play").nth(game).locator(".kl-says").inner_text()


def test_what_lands_late_can_be_played(hosted):
    """Its button is made when several states are known already, and others are not."""

    page, _ = hosted(lives("lab6/right/reference", "lab6/report-and-interrupt", Config(cpus=16)))
    for n, name in enumerate(("mykthread", "mykthread", "cpu0>irq/nic", "irq/nic", "irq/nic")):
        move(page, name, n + 1)
    assert says(page).startswith("Step 5.")
    assert [] == page.problems


def test_the_page_of_a_kernel_says_what_a_page_of_its_own_says(hosted, open_page):
    """For the same clicks: the sentence, every button, and how the goal stands."""

    given = "lab2/wrong/listing_two", "lab2/two-reports", Config()
    page, _ = hosted(lives(*given))
    own = open_page("about:")
    own.set_content(playing.play(answer(given[0]), scenario(given[1]), given[2]).html())
    own.locator(".kl-play").wait_for()
    for n, name in enumerate(["sensor"] * 5 + ["mykthread"] * 6):
        for tab in (page, own):
            move(tab, name, n + 1)
        told = [
            [tab.locator(part).all_inner_texts() for part in (".kl-says", ".kl-mover", ".kl-goal")]
            for tab in (page, own)
        ]
        assert told[0] == told[1]
    assert "You broke it in 11 steps" in page.locator(".kl-goal").inner_text()


def test_a_hint_and_the_map_ask_once(hosted):
    """For all states together; hints followed to the end break it in the fewest steps."""

    page, kernel = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()))
    page.locator(".kl-play").focus()
    for n in range(11):
        page.keyboard.press("?")
        page.locator(".kl-hinted").click()
        page.wait_for_function(f"document.querySelector('.kl-play').dataset.moment === '{n + 1}'")
    page.keyboard.press("m")
    page.get_by_text("233 states can be reached: 8 broken").wait_for()
    assert "You broke it in 11 steps" in page.locator(".kl-goal").inner_text()
    assert 1 == sum("map" in wanted for wanted in kernel.asked)
    assert [] == page.problems


def test_the_map_of_what_nobody_knows_is_what_was_seen(hosted, monkeypatch):
    """It grows as somebody plays; a hint says that nobody knows."""

    monkeypatch.setattr(playing, "MOST_KNOWN", 100)
    page, _ = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()))
    assert "Not known: too many states" in page.locator(".kl-goal").inner_text()
    page.locator(".kl-play").focus()
    page.keyboard.press("m")
    page.get_by_text("You have come to 1 state; nobody knows how many there are.").wait_for()
    for n in range(5):
        move(page, "sensor", n + 1)
    page.get_by_text("You have come to 6 states").wait_for()
    page.keyboard.press("?")
    page.get_by_text("Nobody knows: there are too many states.").wait_for()
    assert [] == page.problems


def test_two_views_of_one_game_play_apart(hosted):
    """The same kernel tells each all that it does not know yet."""

    page, _ = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()), views=2)
    move(page, "sensor", 1)
    move(page, "sensor", 2)
    move(page, "mykthread", 1, game=1)
    assert says(page, 0).startswith("Step 2.") and says(page, 1).startswith("Step 1. mykthread enters")
    assert [] == page.problems


def test_another_world_is_found_when_it_is_chosen(hosted):
    """A version too; one that the module does not fit says why, and what is seen stays."""

    page, kernel = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()))
    page.locator(".kl-play").focus()
    page.keyboard.press("w")
    page.get_by_role("button", name="Linux 2.6.32").click()
    page.locator(".kl-head", has_text="2.6.32").wait_for()
    move(page, "mykthread", 1)
    page.get_by_role("button", name="Linux 6.12").click(force=True)
    page.get_by_text("It cannot be played there: line 13 of mykthread").wait_for()
    assert "1" == page.locator(".kl-play").get_attribute("data-moment")
    assert [] == page.problems


def test_what_comes_next_is_known_before_it_is_asked_for(hosted):
    """One question a step, for all that can follow it: a click waits for nobody.  What was not played is not seen."""

    page, kernel = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()))
    for n in range(3):
        looked_ahead(page, kernel, n)
        move(page, "sensor", n + 1)
    looked_ahead(page, kernel, 3)
    first, *ahead = [wanted["states"] for wanted in kernel.asked]
    assert [0] == first and 4 == len(ahead)
    assert {len(set(states)) for states in ahead} != {1}, "where several can move, all of their steps"
    assert "3" == page.locator(".kl-play").get_attribute("data-moment")
    assert [] == page.problems


def test_a_kernel_that_has_gone_is_said_to_be_gone(hosted):
    """What is seen stays, what is known can be walked, and once it answers the game goes on."""

    page, kernel = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()))
    looked_ahead(page, kernel, 0)
    kernel.gone = True
    move(page, "mykthread", 1)
    page.locator("[data-mover=mykthread]").click()
    page.get_by_text("The kernel does not answer. What you see stays").wait_for()
    assert "1" == page.locator(".kl-play").get_attribute("data-moment")
    page.locator(".kl-play").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('.kl-play').dataset.moment === '0'")
    kernel.gone = False
    move(page, "sensor", 1)
    assert [] == page.problems


def test_a_kernel_that_was_restarted_does_not_know_the_state(hosted):
    """It says so at once: the numbers are of another game."""

    page, kernel = hosted(lives("lab2/wrong/listing_two", "lab2/two-reports", Config()))
    for n in range(5):
        move(page, "sensor", n + 1)
    looked_ahead(page, kernel, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playing, "MOST_KNOWN", 1)
        kernel.game = lives("lab2/wrong/listing_two", "lab2/two-reports", Config())
        kernel.game.games.game(0)
    move(page, "mykthread", 6)
    page.locator("[data-mover=mykthread]").click()
    page.get_by_text("The kernel does not know this state").wait_for()
    assert "6" == page.locator(".kl-play").get_attribute("data-moment")
