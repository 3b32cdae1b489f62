"""A duel: what breaks the property by a run of one's own earns it, and nothing else."""

import pytest

from kthreadlab import broke
from kthreadlab.course.duels import ground_of
from kthreadlab.course.earned import NotEarned
from tests.course.samples import DUEL, WON

pytestmark = pytest.mark.usefixtures("items")


def test_a_run_that_does_what_is_asked_for_earns_the_duel():
    """It says what is broken, and how short a run could be."""

    text = repr(broke("lab6.duel1", WON))

    assert text.startswith("✓ lab6.duel1, 25 points: ")
    assert "38 steps, the fewest are 11" in text


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("?", "nothing is answered yet"),
        ("sensor*5 mykthread*6", "this is the shortest way there is"),
        ("mykthread*6 sensor*5", "delivered is not broken at the end of it"),
        ("mykthread*99", "step 7: mykthread cannot move here: asleep on myevent_waitqueue"),
        ("nobody", "there is no choice 'nobody' here"),
        ("mykthread*", "is not a choice"),
        ("(mykthread)", "the cycle does not come back"),
        ("2.6.11/lab6/duel1@00000000: sensor*5 mykthread*6", "this schedule was recorded for"),
        ("mykthread*6 sensor*5 mykthread*10 disk*5 khelper*3 mykthread*4", "a report is answered before the first"),
        ("mykthread*6 sensor*5 mykthread*10 khelper*3 disk*5 mykthread*4", "2 reports are never answered"),
        (7, "the answer is a text in quotes, not int"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(schedule, says):
    """Of the schedule, of what it breaks, or of what is demanded besides."""

    with pytest.raises(NotEarned) as refusal:
        broke("lab6.duel1", schedule)

    assert says in str(refusal.value)


def test_a_schedule_with_its_head_is_good_too():
    """As play writes it."""

    trace = broke("lab6.duel1", WON)
    head = f"{ground_of(DUEL).head}: "

    assert trace == broke("lab6.duel1", head + WON)
