"""`kthreadlab replay --html FILE --svg FILE` and `play --html FILE`: pages and a picture that anybody can open."""

import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kthreadlab.front.cli import main

REPO = Path(__file__).resolve().parents[2]
ANSWER = REPO / "tests/submissions/lab2/wrong/listing_two.py"
FETCHES = {"src", "href", "action", "data", "poster", "srcset"}


class Fetched(HTMLParser):
    """The addresses that a page would ask for."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        inside = ("#", "data:")
        self.found += [value or "" for name, value in attrs if name in FETCHES and not (value or "").startswith(inside)]


@pytest.fixture
def schedule(capsys):
    """One that `explore` printed."""
    main(["explore", str(ANSWER), "--calls", "1"])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    return next(line for line in lines if line.startswith("2.6.11/"))


def test_a_page_and_a_picture_are_written(schedule, tmp_path, capsys):
    """Both at once; the page is one file that fetches nothing, the picture is well-formed."""

    page, picture = tmp_path / "größe 1.html", tmp_path / "lost.svg"
    assert 0 == main(["replay", str(ANSWER), schedule, "--html", str(page), "--svg", str(picture)])
    said = capsys.readouterr().out

    assert str(page) in said and str(picture) in said
    assert page.read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")
    assert [] == Fetched(page.read_text(encoding="utf-8")).found
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def test_the_answer_is_never_written_over(schedule, tmp_path, capsys):
    """Not by its own name and not by another."""

    answer = tmp_path / "answer.py"
    answer.write_text(ANSWER.read_text())
    other = tmp_path / "link.html"
    other.symlink_to(answer)

    assert 2 == main(["replay", str(answer), schedule, "--html", str(answer)])
    assert 2 == main(["replay", str(answer), schedule, "--html", str(other)])
    assert ANSWER.read_text() == answer.read_text()
    assert "is the answer itself" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing/page.html", ".", "", "a\0b", "x" * 300])
def test_what_cannot_be_written_is_said(schedule, tmp_path, monkeypatch, capsys, name):
    """A folder that is not there, a folder in the file's place, a name that no file can have."""

    monkeypatch.chdir(tmp_path)
    status = main(["replay", str(ANSWER), schedule, "--svg", name])

    assert status == (2 if name else 0)
    assert "Traceback" not in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_a_page_to_play_on_is_written(tmp_path, capsys):
    """One file that fetches nothing; over the answer, without a goal that there is, or too large: refused."""

    page = tmp_path / "play.html"
    assert 0 == main(["play", str(ANSWER), "--calls", "1", "--html", str(page)])
    assert [] == Fetched(page.read_text(encoding="utf-8")).found

    assert 0 == main(["play", str(ANSWER), "--calls", "1", "--map", "--html", str(page)])
    assert '"map":true' in page.read_text(encoding="utf-8")

    assert 2 == main(["play", str(ANSWER), "--html", str(ANSWER)])
    assert 2 == main(["play", str(ANSWER), "--html", str(tmp_path / "no.html"), "--goal", "speed"])
    assert 2 == main(["play", str(ANSWER), "--html", str(tmp_path / "no.html"), "--calls", "9"])
    said = capsys.readouterr().err
    for words in ("is the answer itself", "there is no property 'speed'", "more than 40,000 states"):
        assert words in said
    assert [page] == list(tmp_path.iterdir())


def test_a_schedule_that_cannot_be_followed_is_shown_as_far_as_it_goes(tmp_path, capsys):
    """With the reason why there is no next step."""

    page = tmp_path / "run.html"
    assert 2 == main(["replay", str(ANSWER), "mykthread*3 reporter1", "--html", str(page)])
    assert "step 4: reporter1 cannot move here: CPU 0 is mykthread's: PREEMPT=n" in capsys.readouterr().err
    assert "allow_signal" in page.read_text(encoding="utf-8")
