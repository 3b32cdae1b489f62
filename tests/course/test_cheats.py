"""Points for a duel are for whoever has played it: nothing that a search prints or a hint leads to earns them."""

import functools
from dataclasses import replace

import pytest

from kthreadlab import broke
from kthreadlab.checks.portfolio import LABS
from kthreadlab.course import registry
from kthreadlab.course.duels import ground_of
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel
from tests.course.attacks import at_random, helped, hinted, printed
from tests.course.samples import DUEL

SAMPLE = replace(DUEL, key="lab6.sample1")
DUELS = [SAMPLE, *(item for item in registry.ITEMS.values() if isinstance(item, Duel))]
each = pytest.mark.parametrize("duel", DUELS, ids=lambda duel: duel.key)
where = pytest.mark.parametrize("everywhere", [False, pytest.param(True, marks=pytest.mark.long)])


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The sample's duel beside those of the labs."""
    monkeypatch.setattr(registry, "ITEMS", {**registry.ITEMS, **{duel.key: duel for duel in DUELS}})


def earning(duel: Duel, schedules) -> list[str]:
    """Those of some schedules that earn the duel."""

    @functools.cache
    def earns(schedule: str) -> bool:
        try:
            broke(duel.key, schedule)
        except NotEarned:
            return False
        return True

    tried = list(schedules)
    assert tried, "nothing was tried"
    return [schedule for schedule in tried if earns(schedule)]


@each
@where
def test_nothing_that_a_search_prints_earns_a_duel(duel, everywhere):
    """Witnesses of every property, on every machine, in the duel's world and those of the checks; with their heads
    taken off, which is as good as any head."""

    assert [] == earning(duel, printed(duel, everywhere))


@each
@where
def test_nothing_that_hints_lead_to_earns_a_duel(duel, everywhere):
    """In play, from the beginning, in the same worlds."""

    assert [] == earning(duel, hinted(duel, everywhere))


def test_a_demand_can_withstand_whoever_plays_half_by_hand_and_then_asks_for_hints():
    """From any point of a run in which everybody acts by turns; with the rest let come behind it, too.  That is more
    than a duel owes, in which no hints are given."""

    assert [] == earning(SAMPLE, helped(SAMPLE))


@each
def test_a_duel_is_played_in_a_world_of_its_own(duel):
    """No check searches it, so that no page prints a schedule of it; and a page can hold it."""

    theirs = [scenario for lab in LABS.values() for scenario in lab.scenarios]

    assert duel.scenario.name not in [scenario.name for scenario in theirs]
    assert not duel.module.diagnostics
    assert 0 < ground_of(duel).fewest


@each
def test_a_duel_is_not_won_by_clicking_about(duel):
    """Somebody who goes on at random, each mover as far as it gets, wins seldom."""

    games = 60

    assert len(earning(duel, at_random(duel, games))) <= games // 4
