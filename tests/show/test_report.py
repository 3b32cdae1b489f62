"""A report says the same in a terminal and in a notebook, and nothing in it can do harm."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kthreadlab.checks.report import PropertyResult, Report
from kthreadlab.checks.texts import TEXTS, sentence
from kthreadlab.show.report import report_html, report_text

FILES = Path(__file__).parent / "files"
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J&amp;"
LOST = "2.6.11/lab2/busy-helper@c0ffee12: mykthread*9 sensor*5 mykthread*6 sensor#2*5 mykthread*4"


def result(name: str, points: int = 4, **more: object) -> PropertyResult:
    """A property that holds with full points, unless *more* says otherwise."""
    given = {"id": "I", "holds": True, "exercised": True, "graded": True, "points": points, "max_points": points}
    return PropertyResult(name=name, title=TEXTS[name].title, **(given | more))


def lost(**more: object) -> PropertyResult:
    """The lost wakeup, as a check finds it."""
    what = {
        "holds": False,
        "points": 0,
        "max_points": 14,
        "witness": LOST,
        "scenario": "busy-helper",
        "cause": "during_helper",
        "sentence": sentence("delivered", "during_helper", thread="mykthread", id=9),
        "story": (
            "  1  mykthread: call_usermodehelper asks khelper to run /bin/alert, and waits in D.",
            "  2  sensor: takes the lock.",
            "  2  sensor: wake_up_interruptible passes it by.",
            "     and now nobody can move",
        ),
        "hints": TEXTS["delivered"].causes["during_helper"].hints,
    }
    return result("delivered", **(what | more))


def lab2(*results: PropertyResult, **more: object) -> Report:
    """A report on these properties."""
    given = {"scenarios": 11, "states": 31234, "seconds": 1.25}
    return Report("lab2", "Lab 2: mykthread", "myevent", "1", {r.name: r for r in results}, **(given | more))


MIXED = lab2(
    result("no_oops"),
    result("delivered_when_asleep", 14),
    result("locks_balanced", 0, holds=None, max_points=8),
    result("dies_cleanly", 0, exercised=False, max_points=8),
    lost(graded=False, max_points=0),
    result("no_stale_helper", 0, graded=False, exercised=False),
)
FAILING = lab2(result("no_oops"), lost())


class Tags(HTMLParser):
    """Checks that tags are closed in order; collects them and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag != "br":
            self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += "" if "style" in self.open else data


@pytest.mark.parametrize(("name", "report"), [("mixed", MIXED), ("failing", FAILING)])
def test_a_report_reads_as_it_always_did(name, report):
    """Golden text: a change is a readable diff."""

    assert (FILES / f"report_{name}.txt").read_text() == report_text(report) + "\n"


@pytest.mark.parametrize("show", [report_text, report_html])
def test_a_report_is_the_same_however_long_the_search_took(show):
    """Seconds are measured and never shown."""

    assert show(FAILING) == show(replace(FAILING, seconds=99.0))
    assert not re.search(r"seconds|/s\b|0x[0-9a-f]{6}", show(FAILING))


@pytest.mark.parametrize("show", [report_text, report_html])
def test_a_verdict_is_a_word(show):
    """Every verdict can be read without its colour and without its mark."""

    text = show(MIXED)

    assert [w for w in ("holds", "fails", "not exercised", "not decided", "not graded here yet") if w not in text] == []


@pytest.mark.parametrize("show", [report_text, report_html])
def test_a_failure_comes_with_everything_one_needs_to_go_on(show):
    """Sentence, story, rule, hint and the command that plays it again."""

    text = re.sub(r"\s+", " ", show(FAILING))

    assert "nothing woke mykthread again" in text
    assert "wake_up_interruptible passes it by" in text
    assert "a wake-up is not remembered" in text
    assert "While the helper runs" in text
    assert "kthreadlab replay" in text and "sensor#2*5" in text


def test_every_failure_has_its_sentence_and_its_command():
    """Graded or not, first or not; the story and the hint only the first."""

    second = result("dies_cleanly", 0, holds=False, max_points=8, sentence="It stays.", witness="w2", story=("  1  x",))
    ungraded = result("no_stale_helper", 0, graded=False, holds=False, sentence="It is stale.", witness="w3")
    text = report_text(lab2(lost(), second, ungraded))

    assert [] == [w for w in (f"'{LOST}'", "It stays.", "ipynb w2", "It is stale.", "ipynb w3") if w not in text]
    assert (1, 1) == (text.count("  story"), text.count("  hint "))


def test_one_property_alone_comes_with_all_its_hints():
    """The story and the whole ladder, and nothing about the others."""

    text = report_text(FAILING, property="delivered")
    words = re.sub(r"\s+", " ", text)

    assert [] == [hint for hint in TEXTS["delivered"].causes["during_helper"].hints if hint not in words]
    assert "wake_up_interruptible passes it by" in text and "no_oops" not in text
    assert "holds" in report_text(FAILING, property="no_oops")
    with pytest.raises(ValueError, match="no_oops, delivered"):
        report_text(FAILING, property="spelt wrong")


def test_a_step_has_its_number_once_and_the_end_has_none():
    """Two events of a step are one item; how it ends stands below the list."""

    html = report_html(FAILING)
    items = [a["value"] for t, a in Tags(html).seen if t == "li"]

    assert ["1", "2"] == items
    assert "</ol><div>and now nobody can move</div>" in html
    assert "Hint 1 of 4" in html and "Hint 4 of 4" in html
    assert 1 == len(re.findall(r"^ +2  sensor", report_text(FAILING), re.M))


def test_only_the_first_hint_is_given_away_in_a_terminal():
    """The ladder is climbed on demand."""

    assert TEXTS["delivered"].causes["during_helper"].hints[1] not in re.sub(r"\s+", " ", report_text(FAILING))


@pytest.mark.parametrize("show", [report_text, report_html])
def test_a_problem_is_shown_and_nothing_else_fails(show):
    """An answer that could not be checked says why."""

    report = lab2(result("no_oops", 0, holds=None), problem="myevent, line 3: no such call\n    shedule()\n    ^")

    assert "    shedule()" in show(report)
    assert "Rule" not in show(report)


def test_text_of_a_student_stays_text():
    """Names, sentences and schedules are escaped in HTML and can't drive a terminal."""

    bad = lost(sentence=HOSTILE, story=(HOSTILE,), witness=HOSTILE, scenario=HOSTILE, hints=(HOSTILE,) * 4)
    report = replace(lab2(bad, problem=HOSTILE), module=HOSTILE)
    html = report_html(report)

    assert {"script", "img"} & {tag for tag, _ in Tags(html).seen} == set()
    assert "\x1b" not in html and "\x1b" not in report_text(report)
    assert "<script" not in html and " onerror=" not in re.sub(r"&lt;.*?&gt;", "", html)


def test_the_table_has_a_caption_and_scopes():
    """A screen reader can tell what each cell belongs to; nothing is fetched and nothing runs."""

    tags = Tags(report_html(MIXED))

    assert ["col", "col", "col", "row", "row"] == [a.get("scope") for t, a in tags.seen if t == "th"][:5]
    assert 1 == len([t for t, _ in tags.seen if t == "caption"])
    assert {} == {k: v for _, a in tags.seen for k, v in a.items() if k.startswith("on") or k in ("src", "href")}
    assert all(a.get("aria-hidden") == "true" for t, a in tags.seen if t == "span")


def test_a_schedule_survives_the_shell():
    """The command can be pasted: the schedule is quoted."""

    assert f"kthreadlab replay my.py '{LOST}'" in report_text(FAILING, file="my.py")


FULL = lab2(result("no_oops"), lost(graded=False, max_points=0), then=("lab5", "Lab 5: run_umode_handler"))


@pytest.mark.parametrize("report", [MIXED, FAILING, FULL])
def test_colours_on_a_terminal_only_repeat_words(report):
    """Without its escapes a coloured report is the plain one; each verdict has its own colour."""

    coloured, escapes = report_text(report, coloured=True), re.compile(r"\x1b\[[\d;]*m")

    assert report_text(report) == escapes.sub("", coloured)
    assert "\x1b[32m✓ holds" in coloured
    assert "\x1b" not in report_text(report)
    assert ("\x1b[1;31m✗ fails" in coloured) == (not report.full)


@pytest.mark.parametrize("show", [report_text, report_html])
def test_full_points_say_so_and_what_comes_next(show):
    """And nothing is crossed, whatever is not graded here."""

    text = show(FULL)

    assert "full points, next: " in text and "Lab 5: run_umode_handler" in text
    assert "kthreadlab check lab5 FILE.py" in text
    assert "fails" in text and "✗" not in text and 'class="verdict fails"' not in text
    assert "full points" not in show(MIXED)


def test_at_the_end_of_the_course_full_points_stand_alone():
    """Nothing comes next."""

    text = report_text(replace(FULL, then=None))

    assert "full points" == text.splitlines()[-1]
