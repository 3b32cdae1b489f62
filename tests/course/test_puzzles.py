"""A puzzle: any order that is right is right, and the engine says what is wrong with the others."""

import pytest

from kthreadlab import arranged
from kthreadlab.course.earned import NotEarned
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
