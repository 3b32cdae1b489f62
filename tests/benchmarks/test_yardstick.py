"""The yardstick measures what it says: the state counts it is known by, and the bug it can find."""

import pytest

from tests.benchmarks import spin
from tests.benchmarks.yardstick import MYKTHREAD, System, search

STATE_AFTER_CHECK = MYKTHREAD.replace(
    "        set_current_state(TASK_INTERRUPTIBLE)\n        lock", "        lock"
).replace("            schedule()", "            set_current_state(TASK_INTERRUPTIBLE)\n            schedule()")


@pytest.mark.parametrize(("wakers", "states", "transitions"), [(3, 6_401, 15_490), (4, 65_116, 191_847)])
def test_the_yardstick_has_its_known_size(wakers, states, transitions):
    """The same model as ever, so that figures of different days can be compared."""

    found = search(System(wakers))

    assert (states, transitions, 0) == (found.states, found.transitions, found.lost)


@pytest.mark.long
def test_the_yardstick_has_its_known_size_with_five_wakers():
    """The largest size that is measured."""

    assert 721_783 == search(System(5)).states


@pytest.mark.parametrize("wakers", [1, 2, 3])
@pytest.mark.parametrize("source", [MYKTHREAD, STATE_AFTER_CHECK])
def test_reduction_changes_no_verdict_of_the_yardstick(wakers, source):
    """Fewer states, the same answer: is an id ever slept through?"""

    whole, reduced = (search(System(wakers, reduce, source)) for reduce in (False, True))

    assert (whole.lost > 0) == (reduced.lost > 0) == (source is STATE_AFTER_CHECK)
    assert reduced.states < whole.states


@pytest.mark.skipif(not spin.available(), reason="spin or gcc is not installed")
def test_spin_reads_the_same_model():
    """SPIN's count with its own reduction, as it has been measured before."""

    assert 9_118 == spin.run(3).states
