"""A puzzle: any order that is right is right, and the engine says what is wrong with the others."""

import json
import re
from pathlib import Path

import pytest

from kthreadlab import arrange, arranged
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Puzzle
from kthreadlab.course.lab6 import ORDER as LAB6
from kthreadlab.course.puzzles import dropped, letters_of
from kthreadlab.course.registry import ITEMS
from tests.course.samples import ORDERED, PUZZLE

pytestmark = pytest.mark.usefixtures("items")


@pytest.mark.parametrize("order", [ORDERED, "cabde", "c, a, b, d, e,", " c a  b d\ne "])
def test_an_order_may_be_written_in_several_ways(order):
    """With blanks, commas, or nothing between the letters."""

    assert "✓ lab6.order1, 15 points" in repr(arranged("lab6.order1", order))


def test_another_order_that_is_right_earns_as_much():
    """Nothing is compared with a solution."""

    assert PUZZLE is arranged("lab6.order1", "c a d b e").item


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("a c b d e", "sleeps_when_idle fails. mykthread never comes to rest"),
        ("c a b d f", "irq_safe fails. An interrupt spins for ever on myevent_lock"),
        ("c a", "of e and f one belongs there, not 0"),
        ("c a b d e f", "of e and f one belongs there, not 2"),
        ("c a b e", "not in place yet: d"),
        ("c a b d e e", "the line e stands there 2 times"),
        ("c a b d z", "there is no line 'z'; there are: a, b, c, d, e, f"),
        ("?", "nothing is answered yet"),
        ("", "nothing is answered yet"),
        (None, "the answer is a text in quotes, not NoneType"),
        ("c a b d e " * 10_000, "at most 20,000 characters"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(order, says):
    """Of the order, or of the program that it makes, with the schedule that shows it."""

    with pytest.raises(NotEarned) as refusal:
        arranged("lab6.order1", order)

    assert says in str(refusal.value)


# ---- several tries -------------------------------------------------------------------------------------------------

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
WRONG = ("a c b d e", "c a b d f")


def test_the_last_try_counts():
    """Whatever stands before it; and it is what is shown."""

    assert "✓ lab6.order1" in repr(arranged("lab6.order1", f"{WRONG[0]} / {ORDERED}"))
    assert "✓ lab6.order1" in repr(arranged("lab6.order1", f"nonsense // {ORDERED} / "))
    with pytest.raises(NotEarned, match="irq_safe fails"):
        arranged("lab6.order1", f"{ORDERED} / {WRONG[1]}")


@pytest.mark.parametrize(
    ("tries", "gone"),
    [
        ("?", ""),
        (WRONG[0], ""),
        (f"{WRONG[0]} / {WRONG[0]}", ""),
        (f"{WRONG[0]} / c a", ""),
        (f"{WRONG[0]} / {ORDERED}", ""),
        (f"{WRONG[0]} / {WRONG[1]}", "f"),
        (f"{WRONG[0]} / c a / {WRONG[1]} / {ORDERED}", "f"),
    ],
)
def test_a_line_drops_out_after_two_wrong_tries(tries, gone):
    """Two different orders with nothing missing; as text and as data alike, and every time again."""

    shown = arrange("lab6.order1", tries)
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', shown.output(), re.S)[1])

    assert gone == shown.dropped == data["dropped"]
    assert (not gone) == any(line.startswith("f  ") for line in repr(shown).split("\n"))
    assert (not gone) == ("f" in data["pieces"]) == any("f" in block for block in data["blocks"])
    assert bool(gone) == ("f has dropped out: it belongs nowhere." in repr(shown))
    assert ('Write the next try behind this one, with a "/"' in repr(shown)) == (tries[:1] == "a" and not gone)


def test_what_drops_out_is_what_was_taken():
    """Of the lines that belong nowhere: the first that one of the tries has, else the first."""

    assert "l" == dropped(LAB6, ["abl", "abg"])
    assert "d" == dropped(LAB6, ["abc", "acb"])
    assert "" == dropped(LAB6, ["abl"])


@pytest.mark.parametrize("asked", [x for x in ITEMS.values() if isinstance(x, Puzzle)], ids=lambda asked: asked.key)
def test_what_drops_out_belongs_nowhere(asked: Puzzle):
    """One of each group is left, and the solution's order has none of them."""

    cells = json.loads((SOLUTIONS / asked.lab / f"{asked.lab}.ipynb").read_text())["cells"]
    told = "\n".join("".join(cell["source"]) for cell in cells)
    letters = letters_of(asked, re.search(r'^order_1 = "(.*)"', told, re.M)[1])

    assert 1 <= len(asked.distractors) <= 3
    assert not set(letters) & set(asked.distractors)
    assert set(asked.distractors) <= set(sum(asked.alternatives, ()))
    assert all(set(group) - set(asked.distractors) for group in asked.alternatives)
