"""Lab 6's items: what wins them, what does not, and that its films show what is asked."""

from __future__ import annotations

import random
from functools import cache

import pytest

from kthreadlab import arranged, broke, check, load, predict
from kthreadlab.checks.catalogue import PROPERTIES, explore
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel, Visit
from kthreadlab.course.lab6 import PRINTED
from kthreadlab.course.registry import ITEMS, points_of

WON = {
    "lab6.duel1": "mykthread*6 disk*5 mykthread*10 fan*5 net*5 khelper*3 mykthread*4",
    "lab6.duel2": "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 fan*5 mykthread*10 khelper*3 mykthread*4 "
    "spurious/mykthread mykthread*10 khelper*2",
    "lab6.duel3": "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 "
    "fan*5 net*5 mykthread*10 khelper*3 mykthread*4",
}
SAFE = "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*3 irq/nic*5 mykthread*11 khelper*3 mykthread*4"
ORDERED = "m j i c a k f e b h"


def items(kind):
    return [key for key, item in ITEMS.items() if isinstance(item, kind) and item.lab == "lab6"]


def test_the_lab_has_a_hundred_points():
    assert sum(points_of("lab6").values()) == 100
    assert sum(LABS["lab6"].points.values()) == 60


@pytest.mark.parametrize("key", items(Duel))
def test_a_duel_is_won(key):
    assert f"{ITEMS[key].points} points" in repr(broke(key, WON[key]))


def test_the_window_is_visited():
    assert "6 points" in repr(visited("lab6.visit1", SAFE))


def test_the_lines_have_an_order_that_is_right():
    assert "9 points" in repr(arranged("lab6.order1", ORDERED))


@cache
def found_by_search() -> frozenset[str]:
    """The steps of the shortest story of any property, on any machine, in any world of the lab with two reports."""
    witnesses = set()
    worlds = (*(ITEMS[key].scenario for key in items(Visit)), *LABS["lab6"].scenarios)
    for scenario in (one for one in worlds if len(one.calls) < 3):
        for config in (ONE_CPU, A_CPU_EACH, PREEMPT):
            found = explore(PRINTED, scenario, config, list(PROPERTIES))
            witnesses |= {verdict.witness for verdict in found.verdicts.values() if verdict.witness}
    return frozenset(witness.partition(": ")[2] for witness in witnesses)


@pytest.mark.parametrize("key", items(Visit))
def test_what_a_search_finds_earns_nothing(key):
    """With the head of another world taken off, too; nor does what wins another duel."""
    other = {won for duel, won in WON.items() if duel != key}
    assert len(found_by_search()) > 8
    for steps in found_by_search() | other:
        with pytest.raises(NotEarned):
            broke(key, steps) if isinstance(ITEMS[key], Duel) else visited(key, steps)


def test_no_order_that_is_drawn_by_lot_is_right():
    """There are 29 million; 300 of them, each of the right lines."""
    lots = random.Random(6)
    for _ in range(300):
        letters = list("mjicakfebh")
        lots.shuffle(letters)
        if "".join(letters) not in ("mjicakfebh", "mjicakfehb"):
            with pytest.raises(NotEarned):
                arranged("lab6.order1", " ".join(letters))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("m j c a k i f e b h", "sleeps for good"),
        ("m j i d a l f e b h", "irq_safe"),
        ("m j i d a k f e b h", "locks_balanced"),
        ("m j i c a k g e b h", "returns"),
        ("m j i c a f e k b h", "never_sleeps_atomic|returns|locks_balanced"),
        ("j m i c a k f e b h", "does not compile"),
        ("m j i c a k f e b", "not in place yet: h"),
    ],
)
def test_an_order_that_is_wrong_says_why(order, why):
    with pytest.raises(NotEarned, match=why):
        arranged("lab6.order1", order)


def test_the_printed_thread_is_not_worth_half_the_points():
    """Whoever writes it down in kernel Python from the C that duels and films show."""
    text = "".join(PRINTED.files[name] for name in ("listing_2.c", "listing_3.c"))

    assert 0 < check("lab6", load(text, name="mykthread")).points < 30


@pytest.mark.parametrize(
    ("key", "answered"), [("lab6.p1", []), ("lab6.p2", [7]), ("lab6.p3", [7, 7]), ("lab6.p4", [12]), ("lab6.p5", [])]
)
def test_a_film_ends_as_the_right_choice_says(key, answered):
    assert predict(key).film.execs() == answered
