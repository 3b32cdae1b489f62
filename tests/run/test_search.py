"""The search as a thing to rely on: interrupted, bounded, repeated; and what its generated code must not contain."""

from __future__ import annotations

import gc
import io
import signal
import tokenize

import pytest

from kthreadlab import Call, Config, Scenario, Signal, explore
from kthreadlab.machine.machine import Machine
from kthreadlab.run.graph import Paths
from kthreadlab.run.outcomes import Incomplete, outcomes
from kthreadlab.run.search import build, search
from kthreadlab.run.verdict import Exploration
from tests.oracle.programs import program
from tests.support import A_CPU_EACH, SERVED, UP, UP_PREEMPT, linked, module, submission

# ---- generated code ------------------------------------------------------------------------------------------------

WEIRD = """
zebra_queue = DECLARE_WAIT_QUEUE_HEAD()
quagga_lock = DEFINE_SPINLOCK()
okapi_number = u32(987654321)
okapi_text = char_array(773, "gnu\\\\'\\"{0}@s.x@<3>")
okapi_array = array(u8, 619)
aardvark = struct("aardvark", left_ear=u32, right_ear=ptr("aardvark"), tail=char_array(541))
burrow = ptr("aardvark")


def wombat_helper(marsupial_count: u16):
    global okapi_number
    okapi_number += marsupial_count * 31337
    return okapi_number % 7919


def mykthread(platypus_argument):
    global burrow
    daemonize("dae%dmon'\\\\", 424243)
    kangaroo_total = 6700417
    numbat = DEFINE_WAIT()
    for dingo_index in range(3, 611, 101):
        okapi_array[dingo_index % 617] = dingo_index
        kangaroo_total = wombat_helper(dingo_index) if dingo_index == 408 else kangaroo_total ^ 65543
    spin_lock_irqsave(quagga_lock, quokka_flags)
    burrow = cast(aardvark, kzalloc(sizeof(aardvark), GFP_ATOMIC))
    burrow.left_ear = 1299709
    sprintf(okapi_text, "%08x of %s", kangaroo_total, "bilby {1} @o.0@")
    spin_unlock_irqrestore(quagga_lock, quokka_flags)
    printk(KERN_ERR + "platypus says %d", burrow.left_ear)
    kfree(burrow)
    prepare_to_wait(zebra_queue, numbat, TASK_INTERRUPTIBLE)
    finish_wait(zebra_queue, numbat)
    return 104729


def emu_handler(cassowary_id: u32):
    global okapi_number
    okapi_number = cassowary_id + 2147483629
    wake_up(zebra_queue)
"""
ANIMALS = (
    "zebra quagga okapi gnu aardvark ear tail burrow wombat marsupial platypus dae mon kangaroo numbat dingo quokka"
    " bilby says emu cassowary mykthread"
).split()
NUMBERS = (
    "987654321 773 619 541 31337 7919 424243 6700417 611 101 617 408 65543 1299709 104729 2147483629 524287".split()
)


def weird_machine(config: Config, reduce: bool) -> Machine:
    scenario = Scenario(
        "zoo",
        threads=["mykthread"],
        calls=[Call("cassowary", "emu_handler", 524287, context="irq"), Call("emu", "emu_handler", 524287)],
        signals=[Signal("mykthread", "SIGKILL")],
    )
    return Machine.of(module(WEIRD), scenario, config, reduce=reduce)


def generated() -> list[str]:
    """The source of several machines, also with the lines that record."""
    out = []
    for config in (UP, UP_PREEMPT, A_CPU_EACH):
        for reduce in (True, False):
            machine = weird_machine(config, reduce)
            machine.traced()
            out += [machine.source, machine.traced_source]
    return out


def test_no_identifier_of_a_module_is_in_generated_code() -> None:
    """SEMANTICS 1: slots and a constant table only; not in a string and not in a comment either."""

    for source in generated():
        assert [] == [word for word in ANIMALS if word in source.lower()]


def test_no_literal_of_a_module_is_in_generated_code() -> None:
    """Numbers and texts stand in the constant table; the code refers to them."""

    forms = {form for n in NUMBERS for form in (n, hex(int(n)), f"-{n}")}
    for source in generated():
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
        numbers = {t.string for t in tokens if t.type == tokenize.NUMBER}
        assert set() == numbers & forms
        strings = {t.string for t in tokens if t.type == tokenize.STRING}
        assert all("%" not in s and "\\\\" not in s and "bilby" not in s for s in strings)


def test_the_weird_module_does_what_it_says() -> None:
    """The names and numbers are not there because the program is not there: it runs to its end."""

    scenario = Scenario("zoo", threads=["mykthread"])
    assert {("exited", 104729)} == {(o.ending, o.code) for o in outcomes(module(WEIRD), scenario, UP)}


# ---- the same again ------------------------------------------------------------------------------------------------

TWO = [Call("sensor", "report_event", 3), Call("nic", "report_event", 5)]
PROGRAMS = {
    "right": ("lab6/right/reference", {"calls": TWO}, A_CPU_EACH),
    "right_killed": ("lab2/right/reference", {"calls": TWO[:1], "signals": [Signal("mykthread")]}, A_CPU_EACH),
    "storm": ("lab6/wrong/storm", {"calls": TWO}, UP),
    "loses": ("lab6/wrong/no_set_state", {"calls": TWO}, UP_PREEMPT),
    "sleeps_under_a_lock": ("lab2/wrong/schedule_under_lock", {"calls": TWO[:1]}, A_CPU_EACH),
    "oops": ("lab2/wrong/bug_on_no_event", {"calls": TWO[:1], "signals": [Signal("mykthread")]}, A_CPU_EACH),
}


def searched(which: str, **more: object) -> Exploration:
    """One of the programs, searched afresh."""
    name, world, config = PROGRAMS[which]
    s = submission(name)
    scenario = Scenario("same", threads=["mykthread"], **SERVED, **world)
    return explore(linked(s.lab, s.text), scenario, config, **more)


def facts(found: Exploration) -> tuple:
    """Everything of a result that is not a clock."""
    verdicts = [(v.name, v.holds, v.exercised, v.cause, v.witness) for v in found.verdicts.values()]
    return found.states, found.transitions, found.complete, found.cells, verdicts


@pytest.mark.parametrize("which", PROGRAMS)
def test_searching_twice_finds_the_same(which: str) -> None:
    """States, transitions, verdicts, causes and witnesses."""

    first = searched(which)
    assert (facts(first), first) == (facts(searched(which)), searched(which))


# ---- too small a budget --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 10, 60, 200])
@pytest.mark.parametrize("which", PROGRAMS)
def test_a_small_budget_decides_nothing_that_is_not_so(which: str, limit: int) -> None:
    """Not complete: what has not failed is undecided, and what failed fails in the whole search as well."""

    whole, part = searched(which), searched(which, max_states=limit)
    if part.complete:
        assert facts(whole) == facts(part)
        return
    assert {v.holds for v in part.verdicts.values()} <= {False, None}
    failed = {v.name for v in part.verdicts.values() if v.holds is False}
    assert failed <= {v.name for v in whole.verdicts.values() if v.holds is False}
    assert part.states < whole.states + limit


@pytest.mark.parametrize("which", ["right", "storm"])
def test_a_budget_of_what_there_is_is_enough(which: str) -> None:
    """Exactly as many states as there are: complete."""

    whole = searched(which)
    assert searched(which, max_states=whole.states).complete
    assert not searched(which, max_states=whole.states // 2).complete


def test_outcomes_refuse_to_guess() -> None:
    """A set of outcomes is given whole, or not at all."""

    s = submission("lab6/right/reference")
    with pytest.raises(Incomplete):
        outcomes(linked(s.lab, s.text), Scenario("same", threads=["mykthread"], calls=TWO), A_CPU_EACH, max_states=20)


# ---- interrupted ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer on this system")
@pytest.mark.parametrize("after", [0.005, 0.02, 0.06, 0.12])
def test_an_interrupted_search_leaves_everything_usable(after: float) -> None:
    """KeyboardInterrupt comes out at once; the collector is on again, and the next search finds what it should."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    expected = facts(searched("right_killed"))
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, after, 0.5)  # a collector's callback swallows one
            while True:
                searched("right_killed")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert gc.isenabled()
    assert expected == facts(searched("right_killed"))


def test_a_search_leaves_the_collector_as_it_found_it() -> None:
    """Whoever has switched it off keeps it off."""

    gc.disable()
    try:
        searched("storm")
        assert not gc.isenabled()
    finally:
        gc.enable()
    searched("storm")
    assert gc.isenabled()


# ---- loops that nobody can see -------------------------------------------------------------------------------------

LOOP = """        for nr in range(1, 32):
            if ids & (1 << nr):
                run_umode_handler(nr)
"""
OTHER_LOOPS = {
    "takes each bit away": LOOP.replace("run_umode", "ids &= ~(1 << nr)\n                run_umode"),
    "ffs": """        while ids:
            nr = ffs(ids) - 1
            ids &= ids - 1
            run_umode_handler(nr)
""",
}


@pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])
def test_a_turn_of_a_loop_that_does_nothing_anybody_can_see_is_no_state(reduce: bool) -> None:
    """A loop over all bits and one over those that are set have as many states, if what is left in a local is the same.
    If it is not, as here where served bits stay in it, the locals are other values, and no more."""

    world = Scenario("bits", threads=["mykthread"], calls=[Call(f"r{n}", "report_event", n) for n in (7, 9, 4)])
    text = submission("lab6/right/reference").text
    assert LOOP in text
    states = {
        name: explore(linked("lab6", text.replace(LOOP, loop)), world, A_CPU_EACH, reduce=reduce).states
        for name, loop in {"as it is": LOOP, **OTHER_LOOPS}.items()
    }
    assert states["ffs"] == states["takes each bit away"] < states["as it is"] < 1.25 * states["ffs"]


@pytest.mark.parametrize("most", [100, 10**6], ids=["cut off", "whole"])
def test_what_many_goals_are_led_to_by_is_what_each_is_led_to_by(most: int) -> None:
    """Also where the search has not looked at everything, and round cycles."""

    for seed in (5, 39):
        p = program(seed)
        paths = Paths(search(build(p.module, p.scenario, p.config, reduce=False), most))
        marks = [(n % 9 == 5) | (n % 7 == 3) << 1 | (n == 11) << 70 for n in range(paths.graph.expanded)]
        found = paths.leading_to_each(marks)
        for bit in (0, 1, 70):
            one = paths.leading_to([n for n, mark in enumerate(marks) if mark >> bit & 1])
            assert [bits >> bit & 1 for bits in found] == list(one)
