"""Lanes and marks: what everybody does at each step, and who wakes whom."""

from dataclasses import replace

import pytest

from kthreadlab.show.lanes import SHAPES, interrupt_name, lanes
from kthreadlab.show.marks import broke, marks
from kthreadlab.trace.events import Trace, Violation
from tests.show.samples import event, everything, task, view

EVENTS = everything().events


def lane(name: str) -> list[tuple]:
    """The runs of that lane, as (first step, last step, shape, label), counted from 1 as people do."""
    found = next(lane for lane in lanes(everything()) if lane.name == name)
    return [(run.start + 1, run.end, run.shape, run.label) for run in found.runs]


def test_a_tasks_lane_tells_its_life():
    """Declared and still running, asleep, woken, asleep in D, spinning: each has a shape and ps's letter."""

    assert [
        (1, 2, "run", "S"),
        (3, 3, "sleep", "S"),
        (4, 5, "ready", "R"),
        (6, 6, "run", "D"),
        (7, 7, "deep", "D"),
        (8, 8, "ready", "R"),
        (9, 10, "spin", "R"),
    ] == lane("mykthread")


def test_every_shape_is_in_the_sample_and_has_words():
    """What the tests of pictures look at is everything there is, but for a stopped task (test_stopped)."""

    every = lanes(everything())
    drawn = {run.shape for lane in every for run in lane.runs} | {"irq" for lane in every if lane.nested}

    assert set(SHAPES) == drawn | {"stopped"}


def test_signals_helpers_queues_and_locks_have_lanes():
    """Each with the name of what is there."""

    assert [(8, 8, "world", "SIGKILL")] == lane("from outside")
    assert [(7, 7, "helper", "/bin/alert 7")] == lane("helper programs")
    assert [(2, 2, "queue", "mykthread")] == lane("myevent_waitqueue")
    assert [(9, 10, "lock", "sensor")] == lane("myevent_lock")


def test_an_interrupt_is_inside_the_lane_of_whom_it_interrupts():
    """That lane says that its task is held up; on an idle CPU the interrupt has a lane of its own."""

    found = {lane.name: lane for lane in lanes(everything())}
    idle = replace(everything(), events=tuple(replace(e, task="irq/nic") if e.context == "irq" else e for e in EVENTS))
    alone = {lane.name: lane for lane in lanes(idle)}

    assert [(2, 3, "irq/nic", "sensor", 0)] == [tuple(vars(x).values()) for x in found["sensor"].nested]
    assert (3, 3, "held", "R") in lane("sensor")
    assert "interrupts" not in found
    assert ["nic"] == [run.label for run in alone["interrupts"].runs]
    assert () == alone["sensor"].nested


def test_a_cpu_that_one_task_has_to_itself_has_no_lane():
    """It would say the same twice."""

    alone = Trace("s", "c", "", ("a",), (event(0, "a", "yield"),), (view(task("a", "R", "cpu")),) * 2)

    assert [] == [lane.name for lane in lanes(alone) if lane.kind == "cpu"]
    assert ["CPU 0"] == [lane.name for lane in lanes(everything()) if lane.kind == "cpu"]


def test_a_wake_up_points_to_whom_it_wakes_and_a_lost_one_to_nobody():
    """One arrow that arrives, one that ends in a cross."""

    found = [(m.step, m.kind, m.source, m.target) for m in marks(everything())]

    assert (3, "wake", "sensor", "mykthread") in found
    assert (4, "lost", "sensor", "mykthread") in found
    assert (7, "world", "from outside", "mykthread") in found
    assert (6, "exec", "khelper", "helper programs") in found


def test_whatever_wakes_somebody_has_an_arrow():
    """complete(), up() and the rest, as far as they say whom they woke."""

    steps = (event(0, "a", "complete", "done", woken=("b",)), event(1, "a", "complete", "done"))
    trace = Trace("s", "c", "", ("a", "a"), steps, (view(),) * 3)

    assert [(0, "wake", "a", "b")] == [(m.step, m.kind, m.source, m.target) for m in marks(trace)]


@pytest.mark.parametrize(
    ("facts", "property", "expected"),
    [
        ({"violations": (Violation("no_oops", "x", 1, ""),)}, "", 2),
        ({"violations": (Violation("no_oops", "x", 1, ""),)}, "delivered", 3),
        ({"ending": "cycle", "cycle": 2}, "sleeps_when_idle", 2),
        ({"ending": "stuck"}, "", 3),
        ({"ending": "fault"}, "", 3),
        ({"ending": "asleep"}, "", None),
        ({"ending": ""}, "", None),
    ],
)
def test_where_it_broke(facts, property, expected):
    """Where the machine noticed; else where the witness ends, or where its end begins to come again."""

    trace = Trace("s", "c", "", ("a",) * 3, (), (view(),) * 4, **facts)

    assert expected == broke(trace, property)


def test_an_interrupt_has_one_name_wherever_it_lands() -> None:
    """Its landing on a CPU is the interrupt's."""

    assert {"nic"} == {interrupt_name(name) for name in ("irq/nic", "cpu0>irq/nic", "cpu12>irq/nic")}
    assert "softirq/t" == interrupt_name("softirq/t")
