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
name = char_array(16, "none")
label = char_array(16)
pair = struct("pair", left=u32, right=u32)
both = pair()
code = char_array(2)


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


def call_it():
    strcpy(name, "one")


def call_it_locked():
    spin_lock_irqsave(gate, flags)
    snprintf(name, 16, "%d", 7)
    spin_unlock_irqrestore(gate, flags)


def copy_it_locked():
    spin_lock_irqsave(gate, flags)
    strscpy(label, name, 16)
    spin_unlock_irqrestore(gate, flags)


def copy_by_hand():
    p = ptr("text")
    p = name
    strcat(label, p)


def print_it():
    printk("%s", name)


def print_where():
    printk("%p", name)


def print_number():
    sprintf(label, "%d", sum)


def measure():
    return strlen(name)


def first_letter():
    return name[0]


def last_letter():
    name[15] = 'x'


def double_it():
    p = ptr("text")
    p = kstrdup(name, GFP_ATOMIC)
    kfree(p)


def name_it_alone():
    mine = char_array(16)
    strcpy(mine, "one")
    strcat(mine, "two")


def clear_both():
    memset(both, 0, sizeof(pair))


def clear_parts():
    memset(parts, 0, sizeof(parts))


def look_right():
    return both.right


def swap_letter():
    xchg(code[0], 66)


def write_too_much():
    strcpy(code, "abcdef")


def print_without_end():
    xchg(code[0], 65)
    xchg(code[1], 65)
    kasprintf(GFP_ATOMIC, "%s", code)


def write_behind_it():
    n = 2
    code[n] = 'a'


def stop_at_once():
    BUG_ON(sum == 0)
"""
RACES = [
    ("add", "add"), ("add", "look"), ("add", "add_locked"), ("add_locked", "look"), ("swap", "look"), ("swap", "add"),
    ("look_once", "add"), ("look", "write_once"), ("part_0", "part_of_sum"),
    ("call_it", "call_it"), ("call_it", "call_it_locked"), ("call_it", "print_it"), ("call_it_locked", "measure"),
    ("call_it", "first_letter"), ("last_letter", "measure"), ("call_it", "last_letter"), ("call_it", "copy_it_locked"),
    ("call_it", "copy_by_hand"), ("copy_by_hand", "copy_it_locked"), ("call_it", "double_it"), ("add", "print_number"),
    ("print_number", "copy_by_hand"), ("clear_both", "look_right"), ("clear_parts", "part_0"),
    ("clear_both", "clear_both"),
    ("swap_letter", "write_too_much"), ("swap_letter", "print_without_end"), ("swap", "stop_at_once"),
]  # fmt: skip
SAFE = [
    ("look_once", "write_once"), ("look_once", "swap"), ("add_locked", "add_locked"), ("swap", "swap"),
    ("count", "count"), ("part_0", "part_1"), ("part_1", "part_of_sum"),
    ("call_it_locked", "call_it_locked"), ("call_it_locked", "copy_it_locked"), ("print_it", "measure"),
    ("call_it", "print_where"), ("call_it", "print_number"), ("first_letter", "last_letter"), ("double_it", "print_it"),
    ("name_it_alone", "name_it_alone"), ("clear_both", "clear_parts"),
    ("write_behind_it", "swap_letter"), ("write_behind_it", "write_too_much"),
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


def test_of_a_text_that_a_call_fills_its_name_is_said():
    """Whatever of it the other looks at."""
    for second in ("call_it", "print_it", "first_letter"):
        assert "can touch name at the same moment" in shown(*race("call_it", second))[0]


def test_it_is_asked_for_by_name_and_is_no_exit_status(tmp_path, capsys):
    """A race is not among what is judged unasked, and never what makes a command fail."""
    file = tmp_path / "race.py"
    file.write_text(DATA)
    options = ["explore", str(file), "--call", "add", "--call", "add", "--smp", "--json"]
    assert 0 == main(options)
    assert "no_data_race" not in json.loads(capsys.readouterr().out)["properties"]
    assert 0 == main([*options, "--property", "no_data_race"])
    assert "fails" == json.loads(capsys.readouterr().out)["properties"]["no_data_race"]["verdict"]
