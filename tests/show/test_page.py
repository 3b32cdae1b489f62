"""The static figure and the page: one file, readable without script, safe whatever a student writes."""

import json
import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from kthreadlab.show.page import page_html, player_html, trace_html
from tests.benchmarks.long_trace import long_trace
from tests.show.samples import EVIL, everything, hostile


class Elements(HTMLParser):
    """The elements of a page, each with its attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.mark.parametrize("render", [trace_html, player_html, page_html])
def test_every_head_of_the_table_says_what_it_heads(render):
    """scope=col above, scope=row at the left of each step."""

    heads = Elements(render(everything())).all("th")

    assert 3 == sum(head.get("scope") == "col" for head in heads)
    assert 10 == sum(head.get("scope") == "row" for head in heads)
    assert [] == [head for head in heads if head.get("scope") not in ("col", "row")]


def test_the_step_where_it_broke_is_told_in_words():
    """Not by its weight or colour alone."""

    row = re.search(r'<tr class="kl-broke-row">.*?</tr>', page_html(everything()))[0]

    assert '<th scope="row">10</th>' in row
    assert "✗ Here it broke." in row


@pytest.mark.parametrize("render", [trace_html, player_html, page_html])
def test_nothing_is_fetched_from_anywhere(render):
    """No src, no link but an empty icon, no import, no address."""

    text = render(everything())
    page = Elements(text)

    assert [] == [a["src"] for tag, a in page.found if not a.get("src", "data:").startswith("data:")]
    assert set() <= {a["href"] for tag, a in page.found if "href" in a} <= {"data:,"}
    assert {"http://www.w3.org/2000/svg"} >= set(re.findall(r"https?://[^\s\"'<)]+", text))
    assert "@import" not in text and not re.search(r"^\s*import ", text, re.M)


@pytest.mark.parametrize("render", [trace_html, player_html, page_html])
def test_no_string_of_a_students_becomes_markup(render):
    """Tags stay text, control characters are shown, and no script element ends early."""

    page = Elements(render(hostile()))

    assert (0 if render is page_html else 1) == len(page.all("img"))
    assert [] == [a for tag, a in page.found if any(name.startswith("on") for name in a)]
    assert (0 if render is trace_html else 2) == len(page.all("script"))
    assert "\x1b" not in render(hostile())


def test_the_picture_in_a_notebook_is_an_image_with_words():
    """An untrusted notebook keeps images; the words are the picture's own."""

    image = Elements(trace_html(everything())).all("img")[0]

    assert "2.6.11/everything: 10 steps." in image["alt"]
    assert b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")).startswith(b"<svg")


def test_the_film_in_a_page_is_the_film():
    """What the script element holds reads back as it was."""

    held = re.search(r'<script type="application/json">(.*?)</script>', page_html(hostile()), re.S)[1]

    assert EVIL.replace("\x1b", r"\x1b") == json.loads(held)["title"]


def test_a_long_trace_lists_the_steps_around_the_one_that_matters():
    """A stored output stays small: the film holds the rest."""

    text = trace_html(long_trace(5_000))

    assert len(text) < 410_000
    assert '<th scope="row">1</th>' in text and '<th scope="row">5000</th>' in text
    assert "steps …" in text
