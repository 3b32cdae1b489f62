"""A report's rows in a browser: each loads its own witness into the player below; without a script the table stands."""

import pytest

import kthreadlab
from kthreadlab.show import page as pages
from kthreadlab.show.film import film
from kthreadlab.show.page import document
from kthreadlab.show.report import report_html
from kthreadlab.show.stories import stories, stories_html
from tests.patches import text_of
from tests.support import ANSWER, SUBMISSIONS

pytestmark = pytest.mark.browser
SEVERAL = ("lab2/wrong/storm", "lab2/wrong/exits_after_one_event", "lab5/wrong/leaks_the_first_of_two")


def report_on(path: str):
    lab, kind, name = path.split("/")
    made = next((SUBMISSIONS / lab / kind).glob(f"{name}.*"))
    return kthreadlab.check(lab, kthreadlab.load(text_of(made), name=ANSWER[lab]))


def shown(report) -> str:
    first = report.start.name
    return f"{report_html(report)}\n{stories_html(report, first, report.trace(first))}"


@pytest.fixture
def opened(open_page, tmp_path):
    """Opens a page with a report and the player below it."""

    def opener(html: str, **more):
        path = tmp_path / "report.html"
        path.write_text(document("a report", html), encoding="utf-8")
        tab = open_page(path.as_uri(), "data:", **more)
        tab.goto(path.as_uri())
        return tab

    return opener


def told(page) -> list[str]:
    """The sentences of the film that is shown, from its first moment on."""
    page.locator(".kl-player").focus()
    page.keyboard.press("Home")
    said = [page.locator("[role=status]").inner_text()]
    for _ in range(int(page.locator(".kl-player input[type=range]").get_attribute("max"))):
        page.keyboard.press("ArrowRight")
        said.append(page.locator("[role=status]").inner_text())
    return said


@pytest.mark.parametrize("path", SEVERAL)
def test_every_row_loads_the_story_that_replay_tells(opened, path):
    """By Enter on its button: the sentence of each step, and where it broke; the one to start with comes first."""

    report = report_on(path)
    page = opened(shown(report))
    rows = {p.name: p for p in report.properties.values() if p.witness}
    buttons = page.locator("button.story")

    assert len(rows) == buttons.count() > 1
    assert [report.start.name] == page.locator("tr.now [data-story]").evaluate_all(
        "all => all.map(x => x.dataset.story)"
    )
    for name, result in rows.items():
        button = page.locator(f"[data-story='{name}'] button.story")
        button.focus()
        page.keyboard.press("Enter")
        wanted = film(report.play(result.witness), property=name)
        says = [wanted["says"]["values"][n] for n in expanded(wanted["says"]["changes"], wanted["steps"])]

        assert wanted["opens"] == int(page.locator(".kl-player").get_attribute("data-moment"))
        assert "true" == button.get_attribute("aria-pressed")
        assert [] == [(k, want) for k, (want, saw) in enumerate(zip(says, told(page), strict=True)) if want not in saw]
    assert 1 == page.locator(".kl-player").count()
    assert [] == page.problems


def expanded(changes: list[int], steps: int) -> list[int]:
    """The number that holds at each moment, of pairs of the moment and the number of what begins then."""
    numbers = dict(zip(changes[::2], changes[1::2], strict=True))
    out = [numbers[0]]
    for moment in range(1, steps + 1):
        out.append(numbers.get(moment, out[-1]))
    return out


def test_a_click_anywhere_in_a_row_will_do_and_a_fold_only_unfolds(opened):
    """What has a click of its own keeps it."""

    report = report_on(SEVERAL[0])
    page = opened(shown(report))
    row = page.locator("tr.told").nth(1)
    row.locator("summary").first.click()

    assert not row.evaluate("row => row.classList.contains('now')")
    row.locator("td.points").click()
    assert row.evaluate("row => row.classList.contains('now')")
    assert page.evaluate("document.activeElement.classList.contains('kl-player')")


def test_without_a_script_the_table_is_as_ever(opened):
    """No button, the picture of the story to start with."""

    page = opened(shown(report_on(SEVERAL[0])), java_script_enabled=False)

    assert 0 == page.locator("button").count()
    assert 3 == page.locator("[data-story]").count()
    assert page.locator(".kl-figure img").is_visible()


def test_what_would_be_too_much_is_left_out_with_a_word(opened, monkeypatch):
    """The story to start with is there in any case."""

    report = report_on(SEVERAL[0])
    first = report.start.name
    whole = len(pages.script_json(stories(report, first)))
    monkeypatch.setattr(pages, "LONGEST", whole - 2_000)
    page = opened(shown(report))

    assert 2 == page.locator("button.story").count()
    assert 1 == page.get_by_text("too long to be played here").count()
    assert [] == page.problems


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_report(opened, screenshots, scheme):
    """In light and dark; a failing one and one with full points."""

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    for path in (SEVERAL[1], "lab2/right/reference"):
        report = report_on(path)
        page = opened(shown(report) if report.start else report_html(report), scheme=scheme)
        page.screenshot(path=screenshots / f"report-{path.rpartition('/')[2]}-{scheme}.png", full_page=True)
        found = axe.Axe().run(page).response["violations"]

        assert [] == [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
