"""Two that can touch the same at the same moment, one of them to write and one of them plainly: a data race."""

from __future__ import annotations

import json

import pytest

from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.checks.labs import shown
from kthreadlab.front.cli import main
from tests.support import module

CONFIGS = [Config(cpus=1, smp=True), Config(cpus=16, smp=True), Config(cpus=1, preempt=True, smp=True)]
DATA = """
sum = u32(0)
parts = array(u32, 4)
mark = atomic_t()
gate = DEFINE_SPINLOCK()
task = ptr("task_struct")


def add():
    global sum
    sum += 1


def add_locked():
    global sum
    spin_lock_irqsave(gate, flags)
    sum += 1
    spin_unlock_irqrestore(gate, flags)


def add_half_locked():
    global sum
    spin_lock(gate)
    sum += 1
    spin_unlock(gate)


def look():
    return sum


def swap():
    xchg(sum, 7)


def count():
    atomic_inc(mark)


def look_once():
    return READ_ONCE(sum)


def write_once():
    WRITE_ONCE(sum, 7)


def part_0():
    parts[0] = 1


def part_1():
    parts[1] = 1


def part_of_sum():
    parts[sum] = 1
"""
RACES = [
    ("add", "add"), ("add", "look"), ("add", "add_locked"), ("add_locked", "look"), ("swap", "look"), ("swap", "add"),
    ("look_once", "add"), ("look", "write_once"), ("part_0", "part_of_sum"),
]  # fmt: skip
SAFE = [
    ("look_once", "write_once"), ("look_once", "swap"), ("add_locked", "add_locked"), ("swap", "swap"),
    ("count", "count"), ("part_0", "part_1"), ("part_1", "part_of_sum"),
]  # fmt: skip


def race(first: str, second: str, context: str = "process", config: Config = CONFIGS[0], **options: object) -> object:
    calls = [Call("anna", first), Call("ben", second, context=context)]
    today = Config(profile="6.12", cpus=config.cpus, preempt=config.preempt, smp=True)
    found = explore(module(DATA), Scenario("race", calls=calls), today, ["no_data_race"], **options)
    return found, found.verdicts["no_data_race"]


@pytest.mark.parametrize("config", CONFIGS, ids=["up", "each", "pre"])
@pytest.mark.parametrize("pair", [*RACES, *SAFE], ids="-".join)
def test_who_can_meet_at_the_same_place(pair, config):
    """Whatever machine is asked for: it is looked at with a CPU for each; and the order does not matter."""
    owed = "fails" if pair in RACES else {"holds", "not exercised"}
    for reduce in (True, False):
        assert race(*pair, config=config, reduce=reduce)[1].verdict in owed
    assert race(*reversed(pair), config=config)[1].verdict in owed


def test_what_nobody_shares_is_not_exercised():
    """One element each, or nothing that is written."""
    assert "not exercised" == race("part_0", "part_1")[1].verdict
    assert "holds" == race("add_locked", "add_locked")[1].verdict


@pytest.mark.parametrize(("first", "second", "word"), [
    ("add", "add", "fails"), ("add", "add_locked", "fails"), ("add_locked", "add_half_locked", "holds"),
])  # fmt: skip
def test_an_interrupt_and_whom_it_may_interrupt(first, second, word):
    """The interrupt comes between; with interrupts off it cannot."""
    assert word == race(first, second, context="irq")[1].verdict


def test_it_says_who_meets_where():
    """With a schedule that leads there."""
    found, verdict = race("add", "look")
    told, witness = shown(found, verdict)
    assert "anna and ben can touch sum at the same moment, and one of them writes." == told
    assert witness.startswith("6.12/race@")


def test_it_is_asked_for_by_name_and_is_no_exit_status(tmp_path, capsys):
    """A race is not among what is judged unasked, and never what makes a command fail."""
    file = tmp_path / "race.py"
    file.write_text(DATA)
    options = ["explore", str(file), "--call", "add", "--call", "add", "--smp", "--json"]
    assert 0 == main(options)
    assert "no_data_race" not in json.loads(capsys.readouterr().out)["properties"]
    assert 0 == main([*options, "--property", "no_data_race"])
    assert "fails" == json.loads(capsys.readouterr().out)["properties"]["no_data_race"]["verdict"]
