"""The film: plain data that holds every moment of a trace."""

import json
from dataclasses import replace

import pytest

from kthreadlab import Call, Config, Scenario, load
from kthreadlab.checks.replaying import replay
from kthreadlab.show.film import BEFORE, film, row_of
from kthreadlab.trace.events import Violation
from kthreadlab.trace.narrate import plain
from tests.benchmarks.long_trace import long_trace
from tests.show.samples import everything, hostile


def at(column: dict, moment: int) -> object:
    """The value of a column at a moment, as the player finds it."""
    value = None
    for start, number in zip(column["changes"][::2], column["changes"][1::2], strict=True):
        if start <= moment:
            value = column["values"][number]
    return value


@pytest.mark.parametrize("make", [everything, hostile, lambda: long_trace(300)])
def test_every_moment_is_the_machine_after_so_many_steps(make):
    """Tasks, queues, locks, variables, heap and interrupts: the film says of each moment what the trace says."""

    trace = make()
    shown = json.loads(json.dumps(film(trace)))

    for moment, view in enumerate(trace.views):
        tasks = {name: at(rows, moment) for name, rows in shown["tasks"].items()}
        assert {plain(t.name): t.letter for t in view.tasks} == {n: row[0] for n, row in tasks.items() if row}
        assert [[plain(k), list(map(plain, v))] for k, v in view.queues.items()] == at(shown["queues"], moment)
        assert [[plain(k), plain(v)] for k, v in view.locks.items()] == at(shown["locks"], moment)
        assert [[plain(k), plain(v)] for k, v in view.statics.items()] == at(shown["statics"], moment)
        assert list(map(plain, view.heap)) == at(shown["heap"], moment)


def test_no_moment_is_without_its_sentence():
    """One sentence or more for each, from the first to the last."""

    shown = film(everything())

    assert BEFORE == at(shown["says"], 0)
    assert "wakes mykthread" in at(shown["says"], 4)
    assert [] == [m for m in range(11) if not at(shown["says"], m).rstrip().endswith((".", "✗"))]


def test_what_the_machine_noticed_where_it_broke_is_said_once():
    """It is the verdict, and no remark beside it; what was noticed elsewhere, or of another property, is a remark."""

    noticed = (Violation("never_sleeps_atomic", "lock_held", 7, ""), Violation("no_leak", "lost", 7, "32 bytes lost"))
    shown = film(replace(everything(), violations=noticed), property="never_sleeps_atomic")

    assert (8, "never_sleeps_atomic: lock held") == (shown["broke"], shown["verdict"])
    assert at(shown["says"], 8).endswith("✗ no_leak: 32 bytes lost.")
    assert "never_sleeps_atomic" not in at(shown["says"], 8)
    assert "delivered" == film(replace(everything(), violations=()), property="delivered")["verdict"]


def test_a_step_is_where_its_event_was_and_whose_it_was():
    """An interrupt's step is its own, not that of the task it came upon."""

    places = film(everything())["places"]

    assert [("mykthread", "mykthread", 3), ("irq/nic", "mykthread", 2)] == [at(places, 9), at(places, 3)]


def test_it_opens_where_it_broke():
    """And elsewhere if it is told to."""

    assert 10 == film(everything())["opens"]
    assert 3 == film(everything(), at=3)["opens"]
    assert 10 == film(everything(), at=99)["opens"]


def test_ten_thousand_steps_are_compact():
    """Changes only: less than 80 bytes a step."""

    assert len(json.dumps(film(long_trace(10_000)), separators=(",", ":"))) < 800_000


def test_no_control_character_is_left_in_a_film():
    """A terminal's colours are shown as text, everywhere."""

    assert "\\u001b" not in json.dumps(film(hostile()))


def test_an_interrupt_is_nowhere_before_it_lands_and_gone_when_it_has_returned():
    """It interrupts in between."""
    text = "def handler():\n    barrier()\n    barrier()\n"
    scenario = Scenario("film/irq", calls=(Call("nic", "handler", context="irq"),))
    trace = replay(load(text), scenario, Config(), "irq/nic*3")
    nic = [next(t for t in view.tasks if t.name == "irq/nic") for view in trace.views]
    assert ["not here yet", "interrupting", "interrupting", "ended"] == [row_of(task)[2] for task in nic]
