"""Arrivals: each lands once, at any time that its guard allows, and at no other; budgets are kept."""

from __future__ import annotations

import re

import pytest

from kthreadlab import Call, Config, Fault, Scenario, Signal, Spurious, explore
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.machine.scenario import (
    When,
    Write,
    asleep,
    before_first,
    done,
    holds,
    idle,
    inside,
    never_slept,
    on_cpu,
    succeeded,
)
from kthreadlab.run.outcomes import outcomes
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp": Config(cpus=1, smp=True),
    "a_cpu_each": Config(cpus=8),
}
SPURIOUS = [Spurious("mykthread", when=asleep("mykthread"))]
PHASES = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
phase = u32(0)
other = u32(0)


def part():
    global phase
    phase = 2
    barrier()
    phase = 3


def mykthread(unused):
    global phase
    phase = 1
    part()
    phase = 4
    spin_lock(lock)
    phase = 5
    phase = 6
    spin_unlock(lock)
    phase = 7
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    phase = 8
    return phase


def second():
    global other
    other = 1


def probe():
    BUG_ON({wrong})
    wake_up_process_of()


def wake_up_process_of():
    barrier()
"""

GUARDS: dict[str, tuple[When, str]] = {
    "inside": (inside("mykthread", "part"), "phase < 1 or phase > 3"),
    "not_inside": (~inside("mykthread", "part"), "phase == 2"),
    "holds": (holds("mykthread", "lock"), "phase < 4 or phase > 6"),
    "not_holding": (~holds("mykthread", "lock"), "phase == 5"),
    "asleep": (asleep("mykthread"), "phase != 7"),
    "awake": (~asleep("mykthread") & never_slept("mykthread"), "phase == 8"),
    "never_slept": (never_slept("mykthread"), "phase == 8"),
    "before_first": (before_first("mykthread", "spin_lock"), "phase > 4"),
    "after_first": (~before_first("mykthread", "spin_lock"), "phase < 4"),
    "idle": (idle(), "phase < 7"),
    "done": (done("second"), "other == 0"),
    "done_and_asleep": (done("second") & asleep("mykthread"), "other == 0 or phase != 7"),
    "either": (inside("mykthread", "part") | asleep("mykthread"), "phase == 5"),
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("guard", GUARDS)
def test_an_interrupt_lands_only_when_its_guard_holds(guard: str, config: str) -> None:
    """The handler looks at once what the thread was doing; without the guard it would see the wrong moment too."""

    when, wrong = GUARDS[guard]
    made = module(PHASES.format(wrong=wrong))

    def found(when: When | None) -> bool | None:
        calls = [
            Call("nic", "probe", context="irq", when=when, cpu_of="mykthread"),
            Call("second", "second"),
        ]
        world = Scenario("guard", threads=["mykthread"], calls=calls, spurious=SPURIOUS)
        return explore(made, world, CONFIGS[config], properties=("no_oops",)).verdicts["no_oops"].holds

    assert (True, False) == (found(when), found(None))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("guard", sorted(set(GUARDS) - {"idle"}))
def test_an_interrupt_can_land_when_its_guard_holds(guard: str, config: str) -> None:
    """A guard that holds somewhere lets it in: nothing is left pending in some run."""

    made = module(PHASES.format(wrong="0"))
    calls = [Call("nic", "probe", context="irq", when=GUARDS[guard][0]), Call("second", "second")]
    scenario = Scenario("guard", threads=["mykthread"], calls=calls, spurious=SPURIOUS)
    assert any(not o.pending for o in outcomes(made, scenario, CONFIGS[config]))


def test_an_unknown_name_in_a_guard_is_said() -> None:
    """No silent never."""

    made = module(PHASES.format(wrong="0"))
    for when in (asleep("nobody"), holds("nobody", "lock"), done("nobody"), on_cpu("nobody")):
        world = Scenario("guard", threads=["mykthread"], calls=[Call("nic", "probe", when=when)])
        with pytest.raises(ValueError, match="nobody"):
            explore(made, world, Config())


COUNTS = """
n = u32(0)


def count():
    global n
    n += 1
    BUG_ON(n > {most})


def mykthread(unused):
    global n
    a = kmalloc(8, GFP_ATOMIC)
    b = kmalloc(8, GFP_ATOMIC)
    c = kmalloc(8, GFP_ATOMIC)
    x = (a == NULL) * 100 + (b == NULL) * 10 + (c == NULL)
    kfree(a)
    kfree(b)
    kfree(c)
    return x


def sleeper(unused):
    while 1:
        set_current_state(TASK_UNINTERRUPTIBLE)
        schedule()
        count()
"""


@pytest.mark.parametrize("budget, failures", [(1, {0, 1}), (2, {0, 1, 2}), (3, {0, 1, 2, 3})])
def test_an_allocation_fails_as_often_as_its_budget_says(budget: int, failures: set[int]) -> None:
    """Any of the three, at most so many of them; each way is explored."""

    scenario = Scenario("fail", threads=["mykthread"], faults=[Fault("kmalloc", budget=budget)])
    found = outcomes(module(COUNTS.format(most=9)), scenario, Config())
    expected = {x for x in (0, 1, 10, 11, 100, 101, 110, 111) if str(x).count("1") in failures}
    assert {("exited", x) for x in expected} == {(o.ending, o.code) for o in found}


@pytest.mark.parametrize("budget", [1, 2, 3])
def test_spurious_wakes_come_as_often_as_their_budget_says(budget: int) -> None:
    """Never more; and all of them in some run."""

    def holds_with(most: int) -> bool | None:
        world = Scenario("wake", threads=["sleeper"], spurious=[Spurious("sleeper", budget=budget)])
        return explore(module(COUNTS.format(most=most)), world, Config()).verdicts["no_oops"].holds

    assert (True, False) == (holds_with(budget), holds_with(budget - 1))


def test_a_call_comes_once() -> None:
    """Two calls of one name are two, no more."""

    calls = [Call("sensor", "count"), Call("sensor", "count")]
    for config in CONFIGS.values():
        for most, expected in ((2, True), (1, False)):
            made, scenario = module(COUNTS.format(most=most)), Scenario("twice", threads=["mykthread"], calls=calls)
            assert expected is explore(made, scenario, config).verdicts["no_oops"].holds


def test_a_signal_comes_once() -> None:
    """Flushed, it does not come again."""

    text = """
def mykthread(unused):
    allow_signal(SIGTERM)
    n = 0
    while n < 2:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            flush_signals(current)
            n += 1
    return n
"""
    scenario = Scenario("once", threads=["mykthread"], signals=[Signal("mykthread", "SIGTERM")])
    assert {"asleep"} == {o.ending for o in outcomes(module(text), scenario, Config())}


def test_a_write_to_proc_lands() -> None:
    """proc_dostring in 2.6.11: the text without its newline replaces what the buffer held."""

    text = "handler = char_array(256)\n\n\ndef mykthread(unused):\n    return strlen(handler)\n"
    world = Scenario("write", threads=["mykthread"], writes=[Write("/proc/sys/kernel/handler", "/bin/alert\n")])
    assert {0, 10} == {o.code for o in outcomes(module(text), world, Config())}


RETURNS = """
given = u32(0)


def open_it(answer):
    global given
    given = 1
    barrier()
    return answer


def use_it():
    BUG()
"""


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize(("answer", "used"), [(0, True), (1, True), (-12, False)])
def test_what_waits_for_a_success_waits_for_ever_after_a_failure(config, answer, used):
    """A negative number is a failure; before the return nothing has succeeded yet."""
    calls = [Call("open", "open_it", answer), Call("use", "use_it", when=succeeded("open"))]
    found = explore(module(RETURNS), Scenario("open", calls=calls), config, ["no_oops"])
    assert used == (found.verdicts["no_oops"].holds is False)
    if used:
        assert re.search(r": open\*\d+ use$", found.verdicts["no_oops"].witness)


def test_only_a_call_can_have_succeeded():
    """A name that nobody has is refused."""
    calls = [Call("use", "use_it", when=succeeded("nobody"))]
    with pytest.raises(InputError, match="has no task 'nobody'"):
        explore(module(RETURNS), Scenario("open", calls=calls), Config())


MAKES = """
def child(unused):
    return 0


def make():
    p = kthread_run(child, NULL, "child")
    BUG_ON(IS_ERR(p))
"""


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("make", ["kthread_run", "kthread_create"])
def test_a_thread_may_not_be_had(make, config):
    """The fault named fork is that of every new thread."""
    made, calls = module(MAKES.replace("kthread_run", make)), [Call("maker", "make")]
    for faults, holds_ in (([], True), ([Fault("fork")], False)):
        assert holds_ == explore(made, Scenario("f", calls=calls, faults=faults), config).verdicts["no_oops"].holds
