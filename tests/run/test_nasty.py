"""Answers that cost as much as anybody can make them cost are answered, and in little memory."""

from __future__ import annotations

import random

import pytest

from kthreadlab import KernelModule
from tests.run.nasty import PARTS, Answer, cost, nasty

COUNT = 200
MOST = 1_000
"""Megabytes."""
REFUSED = ("too large", "goes too deep", "recursion", "a size of")


def test_an_answer_is_its_number() -> None:
    assert nasty(7) == nasty(7) != nasty(8)


@pytest.mark.parametrize("part", PARTS, ids=[part.__name__ for part in PARTS])
def test_what_is_put_in_is_kernel_python(part) -> None:
    """But for what is too large, too deep or calls itself, which the front end says itself."""

    for seed in range(3):
        answer = Answer(random.Random(seed))
        part(answer)
        made = KernelModule("myevent", {"mykthread": answer.text()})
        assert all(any(word in str(x) for word in REFUSED) for x in made.diagnostics), made.diagnostics


@pytest.mark.long
@pytest.mark.parametrize("seed", range(COUNT))
def test_no_answer_takes_a_gigabyte_or_breaks_the_check(seed: int) -> None:
    """What it takes of time, `tests.run.nasty` tells: the budgets are counted, and no test has a clock."""

    taken = cost(seed)
    assert taken.megabytes < MOST and taken.exit in (0, 1)
