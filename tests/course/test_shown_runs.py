"""Points for a duel or a visit are for whoever has found a run: none that a page has shown already earns them."""

import re
from itertools import permutations

import pytest

from kthreadlab import broke, predict
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel, Question, Visit
from kthreadlab.course.registry import ITEMS, questions_of
from tests.course.attacks import called, headless


def films(lab: str) -> dict[str, str]:
    """The schedules of all films of a lab, without their heads."""
    asked: list[Question] = questions_of(lab)
    return {
        one.key: headless(predict(one.key, one.right).film.schedule)  # type: ignore[union-attr]
        for one in asked
        if one.run is not None
    }


def as_theirs(film: Question, ours: Visit) -> list[str]:
    """The film's schedule with its calls called as those of a duel are, in all ways."""
    assert film.run is not None
    names = [call.name for call in film.run.scenario.calls]
    wanted = [f"irq/{call.name}" if call.context == "irq" else call.name for call in ours.scenario.calls]
    schedule = films(film.lab)[film.key]
    return [
        called(schedule, dict(zip(names, chosen, strict=False)))
        for chosen in permutations(wanted, min(len(names), len(wanted)))
    ]


def earning(asked: Visit) -> list[str]:
    """The questions of its lab whose film earns what *asked* gives."""
    judge = broke if isinstance(asked, Duel) else visited
    found = []
    for question in questions_of(asked.lab):
        for schedule in as_theirs(question, asked) if question.run else []:
            try:
                judge(asked.key, schedule)
            except NotEarned:
                continue
            found.append(question.key)
    return found


@pytest.mark.parametrize("key", [key for key, item in ITEMS.items() if isinstance(item, Visit)])
def test_no_film_of_the_lab_earns_a_duel_or_a_visit(key):
    """Pasted as it is, or with the names of the calls exchanged."""
    asked = ITEMS[key]
    assert isinstance(asked, Visit)
    assert len(films(asked.lab)) > 2

    assert [] == earning(asked)


def test_the_names_of_a_film_are_exchanged_for_those_of_a_duel():
    """Those of the calls, and no others."""
    question, duel = ITEMS["lab6.p2"], ITEMS["lab6.visit1"]
    assert isinstance(question, Question) and isinstance(duel, Visit)

    exchanged = as_theirs(question, duel)

    assert 2 == len(exchanged)
    assert any(re.match(r"mykthread(\*5|( mykthread){4}) irq/nic", schedule) for schedule in exchanged)
