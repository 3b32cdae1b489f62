"""READ_ONCE, WRITE_ONCE, ACCESS_ONCE: accesses like any other, and marked as meant to race."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.machine.machine import Machine
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import drive, lines, printed
from tests.machine.test_links import CONFIGS, PLACED, SEARCHES
from tests.support import module, settled

DATA = """
node = struct("node", count=u32, next=ptr("node"))
first = ptr("node")
head = node()
level = u8(0)
slots = array(u32, 4)
turn = u32(1)


def bump():
    global level
    level = READ_ONCE(level) + 1


"""
TODAY = Config(profile="6.12", cpus=16, smp=True)

USES: dict[str, tuple[list[str], str, list[tuple[str, bool]]]] = {
    # what is written, the value in the end, and the loads and stores with their marks
    "a_static": (["WRITE_ONCE(level, 3)", "x = READ_ONCE(level)"], "3", [("store", True), ("load", True)]),
    "its_width": (["WRITE_ONCE(level, 259)", "x = READ_ONCE(level)"], "3", [("store", True), ("load", True)]),
    "an_element": (["WRITE_ONCE(slots[2], 7)", "x = READ_ONCE(slots[2])"], "7", [("store", True), ("load", True)]),
    "the_index_is_not_marked": (
        ["turn = 2", "x = READ_ONCE(slots[turn])"],
        "0",
        [("store", False), ("load", False), ("load", True)],
    ),
    "a_field_through_a_pointer": (
        ["first = head", "WRITE_ONCE(first.count, 9)", "x = READ_ONCE(first.count)"],
        "9",
        [("store", False), ("load", False), ("store", True), ("load", False), ("load", True)],
    ),
    "a_pointer_keeps_its_type": (
        ["head.count = 4", "WRITE_ONCE(first, head)", "p = READ_ONCE(first)", "x = p.count"],
        "4",
        [("store", False), ("store", True), ("load", True), ("load", False)],
    ),
    "the_value_is_not_marked": (
        ["turn = 5", "WRITE_ONCE(level, turn)", "x = level"],
        "5",
        [("store", False), ("load", False), ("store", True), ("load", False)],
    ),
    "a_local_is_nobody_elses": (["y = 6", "x = READ_ONCE(y)"], "6", []),
}


@pytest.mark.parametrize("claim", USES)
def test_what_is_read_and_written_once(claim: str) -> None:
    """The value is C's, and the mark is on the access itself only."""

    body, value, accesses = USES[claim]
    text = DATA + lines("global level, first, turn", *body, 'printk("%d", x)')
    assert [value] == printed(drive(text, TODAY))
    machine = Machine.of(module(text), Scenario("one", threads=["mykthread"]), TODAY, reduce=False)
    ops = [i for a in machine.actors if a.kind == "thread" for i in a.code if i.kind == "op" and "place" in i.info]
    assert accesses == [(i.op, bool(i.info.get("once"))) for i in ops]


def test_access_once_reads() -> None:
    """It is what 2.6.32 has."""

    text = DATA.replace("READ_ONCE", "ACCESS_ONCE")
    body = lines("global level", "level = 2", 'printk("%d", ACCESS_ONCE(level))')
    assert ["2"] == printed(drive(text + body, Config(profile="2.6.32", cpus=1)))


@PLACED
@SEARCHES
def test_a_marked_access_is_a_step_like_any_other(config: str, reduce: bool) -> None:
    """Two that add one to it may lose one."""

    calls = [Call("a", "bump"), Call("b", "bump")]
    text = DATA + lines("while READ_ONCE(level) == 0:", "    schedule()", "return READ_ONCE(level)")
    world = Scenario("race", threads=["mykthread"], calls=calls)
    profile = {"profile": "6.12", **{k: getattr(CONFIGS[config], k) for k in ("cpus", "preempt", "smp")}}
    codes = {o.code for o in settled(outcomes(module(text), world, Config(**profile))) if o.ending == "exited"}
    assert {1, 2} == codes
    assert explore(module(text), world, Config(**profile), ["no_oops"], reduce=reduce).verdicts["no_oops"].holds
