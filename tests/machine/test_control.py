"""Control flow and calls of own functions: C's meaning, and the loops that the machine calls endless."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Scenario, explore
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import drive, fault, lines
from tests.support import module

TWO = "def pick(x):\n    if x:\n        return x\n\n\n"
BUMP = "def bump(a: u8, b):\n    a += 255\n    return a * 10 + b\n\n\n"
TALLY = "n = u32(0)\n\n\ndef tally():\n    global n\n    n += 1\n    return n\n\n\n"

RESULTS = {
    "no_return_is_0": ("", ["x = 5"], 0),
    "a_bare_return_is_0": ("", ["return"], 0),
    "a_function_that_returns_on_one_path": (TWO, ["return pick(3) * 10 + pick(0)"], 30),
    "parameters_are_values": (BUMP, ["a = 3", "r = bump(a, 4)", "return r * 10 + a"], 243),
    "each_call_has_its_own_locals": (BUMP, ["return bump(1, 0) + bump(2, 0)"], 10),
    "arguments_from_left_to_right": (TALLY + BUMP, ["return bump(tally(), tally())"], 2),
    "operands_from_left_to_right": (TALLY, ["return tally() * 10 + tally()"], 12),
    "a_call_is_made_once": (TALLY, ["x = tally()", "return x * 10 + n"], 11),
    "and_leaves_out_what_follows": (TALLY, ["x = 0 and tally()", "return n"], 0),
    "or_leaves_out_what_follows": (TALLY, ["x = 1 or tally()", "return n"], 0),
    "only_one_arm_is_evaluated": (TALLY, ["x = 7 if n else tally()", "return x * 10 + n"], 11),
    "chain_of_comparisons": ("", ["x = 5", "return (1 < x <= 5) * 10 + (1 < x < 5)"], 10),
    "range_counts_up": ("", ["n = 0", "for i in range(4):", "    n = n * 10 + i", "return n"], 123),
    "range_counts_down": ("", ["n = 0", "for i in range(3, 0, -1):", "    n = n * 10 + i", "return n"], 321),
    "range_with_a_step": ("", ["n = 0", "for i in range(1, 8, 3):", "    n = n * 10 + i", "return n"], 147),
    "an_empty_range": ("", ["i = 7", "for i in range(5, 5):", "    return 1", "return i"], 7),
    "range_is_evaluated_once": ("", ["k = 3", "n = 0", "for i in range(k):", "    k = 9", "    n += 1", "return n"], 3),
    "the_counter_is_not_the_variable": ("", ["n = 0", "for i in range(3):", "    i = 9", "    n += 1", "return n"], 3),
    "continue_goes_to_the_next_turn": (
        "",
        ["n = 0", "for i in range(4):", "    if i == 2:", "        continue", "    n = n * 10 + i", "return n"],
        13,
    ),
    "break_leaves_the_inner_loop": (
        "",
        ["n = 0", "for i in range(2):", "    while 1:", "        n += 1", "        break", "    n += 10", "return n"],
        22,
    ),
    "while_tests_first": ("", ["n = 0", "while n < 3:", "    n += 1", "return n"], 3),
    "return_leaves_every_loop": ("", ["for i in range(9):", "    while 1:", "        return i + 4"], 4),
    "elif": ("", ["x = 2", "if x == 1:", "    return 1", "elif x == 2:", "    return 2", "else:", "    return 3"], 2),
    "ten_thousand_turns_less_one": ("", ["for i in range(9999):", "    x = i", "return x"], 9998),
}


@pytest.mark.parametrize("claim", RESULTS)
def test_control_flow_is_that_of_c(claim: str) -> None:
    """What the thread returns, on every schedule of its only task."""

    before, body, expected = RESULTS[claim]
    found = outcomes(module(before + lines(*body)), Scenario("flow", threads=["mykthread"]), Config())
    assert {("exited", expected)} == {(o.ending, o.code) for o in found}


def test_a_comparison_is_a_number() -> None:
    """1 or 0, as C has it, also where it is shown."""

    trace = drive("n = u32(0)\n\n\n" + lines("global n", "n = 0", "return n == 0"))
    assert "1" == str(trace.events[-1].detail("code"))


ENDLESS = {
    "nothing_in_it": ["while 1:", "    pass"],
    "a_local_that_grows": ["n = 0", "while 1:", "    n += 1"],
    "a_local_that_does_not": ["while 1:", "    x = 1"],
    "too_many_turns": ["for i in range(20000):", "    x = i"],
    "one_loop_in_another": ["while 1:", "    for i in range(100):", "        x = i"],
}


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("claim", ENDLESS)
def test_a_loop_of_its_own_is_found(claim: str, reduce: bool) -> None:
    """SEMANTICS 3: 10,000 turns without a kernel call or shared memory fail I5."""

    made = module(lines(*ENDLESS[claim]))
    verdict = explore(made, Scenario("loop", threads=["mykthread"]), Config(), reduce=reduce).verdicts[
        "sleeps_when_idle"
    ]
    assert (False, "endless_loop") == (verdict.holds, verdict.cause)
    assert "endless_loop" == fault(drive(lines(*ENDLESS[claim])))


BUSY = {
    "schedule_in_state_running": (["while 1:", "    schedule()"], "busy_loop"),
    "polling_with_a_timer": (
        ["while 1:", "    set_current_state(TASK_INTERRUPTIBLE)", "    schedule_timeout(5)"],
        "polling",
    ),
    "a_shared_word_read_again_and_again": (["while not n:", "    barrier()"], "busy_loop"),
    "a_counter_that_never_repeats": (["global n", "while n + 1:", "    n += 1"], "runaway"),
    "a_counter_that_nobody_reads": (["global n", "while 1:", "    n += 1"], "busy_loop"),
}


@pytest.mark.parametrize("config", [Config(cpus=1), Config(cpus=4)], ids=str)
@pytest.mark.parametrize("claim", BUSY)
def test_a_thread_that_keeps_moving_is_not_idle(claim: str, config: Config) -> None:
    """SEMANTICS 3: a cycle that needs nothing from outside, or 10,000 operations alone, fail I5."""

    body, cause = BUSY[claim]
    text = "n = u64(0)\n\n\ndef set():\n    global n\n    n = 1\n\n\n" + lines(*body)
    verdict = explore(module(text), Scenario("busy", threads=["mykthread"]), config).verdicts["sleeps_when_idle"]
    assert (False, cause) == (verdict.holds, verdict.cause)
