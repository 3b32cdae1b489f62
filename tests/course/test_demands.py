"""What a duel demands of a run, on runs that meet it and runs that don't."""

import pytest

from kthreadlab.checks.portfolio import ONE_CPU, report, world
from kthreadlab.checks.replaying import replay
from kthreadlab.course.demands import answered_first, everybody_came, lost, unanswered
from tests.course.samples import DUEL, WON

MIXED = world("lab6", "mixed", report("sensor", 7), report("nic", 9, "irq"))
ONCE = "mykthread*6 sensor*5 mykthread*10 khelper*3"


def run(schedule: str, scenario=DUEL.scenario):
    return replay(DUEL.module, scenario, ONE_CPU, schedule)


@pytest.mark.parametrize(
    ("schedule", "ids"),
    [
        (WON, [9, 4]),
        ("sensor*5 mykthread*6", [7]),
        (f"{ONCE} mykthread*4", []),
        (f"{ONCE} disk*5 mykthread*4", [9]),
        ("mykthread*6 sensor*5 disk*5 mykthread*10 khelper*3 mykthread*4", [7]),
    ],
)
def test_a_report_is_unanswered_if_no_helper_ran_for_it_after_it_began(schedule, ids):
    """Whether its wake-up was lost, or its id was written over."""

    assert ids == [event.detail("report") for event in unanswered(run(schedule))]


@pytest.mark.parametrize(
    ("demand", "schedule", "met"),
    [
        (answered_first(), WON, True),
        (answered_first(2), WON, False),
        (answered_first(), "sensor*5 mykthread*6", False),
        (answered_first(), f"{ONCE} mykthread*4", False),
        (lost(2), WON, True),
        (lost(2), f"{ONCE} disk*5 mykthread*4", False),
        (everybody_came("sensor", "disk", "net"), WON, True),
        (everybody_came("sensor", "disk", "net"), f"{ONCE} disk*5 mykthread*4", False),
        (everybody_came("sensor", "disk"), f"{ONCE} disk*4", False),
    ],
)
def test_a_demand_is_met_or_not(demand, schedule, met):
    """Each by a run of the printed thread."""

    assert met == demand.met(run(schedule))


@pytest.mark.parametrize(("steps", "met"), [(0, False), (1, False), (4, False), (5, True)])
def test_an_interrupt_has_come_when_it_has_returned(steps, met):
    """Not before it lands, and not while it runs."""

    schedule = f"mykthread*6 irq/nic*{steps}" if steps else "mykthread*6"

    assert met == everybody_came("nic").met(run(schedule, MIXED))
