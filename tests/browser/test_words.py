"""Words of the glossary in a player and in a report: explained by pointer and by keys, and quiet."""

import pytest

import kthreadlab
from kthreadlab.show.page import document, page_html
from kthreadlab.show.report import report_html
from kthreadlab.show.stories import stories_html
from kthreadlab.trace.english.words import GLOSSARY
from tests.support import submission

pytestmark = pytest.mark.browser
TIP = ".kl-tip:visible"


@pytest.fixture(scope="module")
def report():
    return kthreadlab.check(
        "lab2", kthreadlab.load(submission("lab2/wrong/schedule_under_lock").text, name="mykthread")
    )


@pytest.fixture
def opened(open_page, tmp_path):
    """Opens a page from the disk; nothing may be asked of anybody."""

    def opener(html: str, **more):
        path = tmp_path / "words.html"
        path.write_text(html, encoding="utf-8")
        page = open_page(path.as_uri(), "data:", **more)
        page.goto(path.as_uri())
        return page

    return opener


def player(opened, report, **more):
    """A player at the first step whose sentence has a word."""
    page = opened(page_html(report.trace(report.start.name)), **more)
    page.locator(".kl-player").focus()
    page.keyboard.press("Home")
    for _ in range(200):
        if page.locator("[role=status] .kl-word").count():
            return page
        page.keyboard.press("ArrowRight")
    raise AssertionError("no word in any sentence")


def test_a_word_is_explained_by_pointer_and_by_keys(opened, report):
    """The sheet says the glossary's text; a step on, nothing is left of it, and the keys go on working."""

    page = player(opened, report)
    word = page.locator("[role=status] .kl-word").first
    meaning = GLOSSARY[GLOSSARY.known(word.inner_text())].text

    word.hover()
    assert meaning in page.locator(TIP).inner_text()
    page.mouse.move(0, 0)
    assert 0 == page.locator(TIP).count()
    word.focus()
    assert meaning in page.locator(TIP).inner_text() and meaning == word.get_attribute("aria-description")
    before = page.locator(".kl-player").get_attribute("data-moment")
    page.keyboard.press("ArrowRight")
    assert before != page.locator(".kl-player").get_attribute("data-moment")
    assert 0 == page.locator(TIP).count()
    page.keyboard.press("ArrowLeft")
    assert before == page.locator(".kl-player").get_attribute("data-moment")


def test_the_sentence_reads_as_before_and_nothing_unseen_takes_the_focus(opened, report):
    """The buttons are part of the text; those that keep a box large are none."""

    page = player(opened, report)
    said = page.locator("[role=status]").inner_text()

    assert "\n" not in said.strip()
    assert 0 == page.locator(".kl-unseen .kl-word").count()


def test_a_report_explains_its_words(opened, report, screenshots):
    """In its sentences, and in the hints once they are unfolded; each word once in a row."""

    stories = stories_html(report, report.start.name, report.trace(report.start.name))
    page = opened(document("a report", f"{report_html(report)}\n{stories}"), width=1280, height=800)
    page.evaluate("document.querySelectorAll('.kthreadlab-report details').forEach((fold) => { fold.open = true; })")
    word = page.locator(".kthreadlab-report .kl-word").first
    word.focus()
    page.screenshot(path=screenshots / "words-report.png")

    assert GLOSSARY[GLOSSARY.known(word.inner_text())].text in page.locator(f".kthreadlab-report {TIP}").inner_text()
    for row in page.locator(".kthreadlab-report tr").all():
        names = [GLOSSARY.known(text) for text in row.locator(".kl-word").all_text_contents()]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (800, "dark")])
def test_axe_finds_nothing_serious(opened, report, screenshots, width, scheme):
    """With the sheet open."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = player(opened, report, width=width, height=800, scheme=scheme)
    page.locator("[role=status] .kl-word").first.focus()
    found = axe.Axe().run(page).response["violations"]
    page.screenshot(path=screenshots / f"words-{width}-{scheme}.png")

    assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
