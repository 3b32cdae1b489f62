"""Schedules as text: what is written is what is read, and what does not belong here is refused, never obeyed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kthreadlab import Call, Config, Scenario, Signal, Thread, explore, replay
from kthreadlab.run.schedule import MAX_STEPS, Schedule, ScheduleError, digest, parse
from kthreadlab.trace.events import Trace
from tests.support import A_CPU_EACH, SERVED, UP, UP_PREEMPT, linked, module, submission

NAMES = st.sampled_from(
    "mykthread rival#2 irq/nic irq/nic#2 cpu1>mykthread cpu0>irq/nic kill/mykthread timer/mykthread fail/kmalloc"
    " spurious/my_thread reclaim/mykthread khelper helper/bin SIGTERM/mykthread x9".split()
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any schedule that a machine could write."""
    runs = draw(st.lists(st.tuples(NAMES, st.integers(1, 5)), max_size=12))
    steps = tuple(name for name, n in runs for _ in range(n))
    cycle = draw(st.integers(0, len(steps)))
    if draw(st.booleans()):
        where = draw(st.sampled_from(["2.6.11/lab6", "2.6.32/three-sensors", "6.12/x"]))
        return Schedule(steps, cycle, where, f"{draw(st.integers(0, 2**32 - 1)):08x}")
    return Schedule(steps, cycle)


@settings(max_examples=300, deadline=None)
@given(schedules())
def test_what_is_written_is_read(schedule: Schedule) -> None:
    """parse(str(schedule)) == schedule, heads, repeats and cycles included."""

    assert schedule == parse(str(schedule))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """A Schedule or a ScheduleError; what is read is written in a form that reads the same."""

    try:
        schedule = parse(text)
    except ScheduleError:
        return
    assert len(schedule.steps) <= MAX_STEPS
    assert 0 <= schedule.cycle <= len(schedule.steps)


@pytest.mark.parametrize("value", [None, 3, b"mykthread", ["mykthread"]])
def test_only_text_is_a_schedule(value: object) -> None:
    """Anything else is refused in a sentence."""

    with pytest.raises(ScheduleError, match="a schedule is text"):
        parse(value)


@pytest.mark.parametrize("text", ["(a) (b)", "((a))", "a)", ") a (", "a*100001", "a*99999 b*99999"])
def test_text_that_is_no_schedule_is_refused(text: str) -> None:
    """One cycle, at the end; at most so many steps."""

    with pytest.raises(ScheduleError):
        parse(text)


@pytest.mark.parametrize("text", ["a (b) c", "a (b", "a*0", "(a)*3"])
def test_text_that_only_looks_like_a_schedule_is_refused(text: str) -> None:
    """Steps behind the cycle, a cycle left open, no times."""

    with pytest.raises(ScheduleError):
        parse(text)


# ---- against a machine ---------------------------------------------------------------------------------------------

RACE = """
n = u32(0)


def mykthread(unused):
    global n
    n += 1
    BUG_ON(n == 1 and done)
    return 0


def rival(unused):
    global n, done
    n += 1
    done = 1
    return 0


done = u32(0)
"""
WORLD = Scenario("race", threads=["mykthread", "rival"])


@pytest.fixture(scope="module")
def race() -> object:
    return module(RACE)


def witness(made: object, scenario: Scenario, config: Config, name: str = "no_oops") -> str:
    verdict = explore(made, scenario, config, properties=(name,)).verdicts[name]
    assert verdict.holds is False
    return verdict.witness


def test_a_witness_says_where_it_was_found(race: object) -> None:
    """Profile, scenario and digest stand before the choices."""

    found = parse(witness(race, WORLD, A_CPU_EACH))
    assert ("2.6.11/race", digest(race, WORLD, A_CPU_EACH)) == (found.where, found.digest)


OTHERS = {
    "module": (RACE + "\n# another comment\n", WORLD, A_CPU_EACH),
    "scenario": (RACE, Scenario("race", threads=["rival", "mykthread"]), A_CPU_EACH),
    "config": (RACE, WORLD, Config(cpus=7, smp=True)),
    "preempt": (RACE, WORLD, Config(cpus=8, smp=True, preempt=True)),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_schedule_of_something_else_is_refused(race: object, other: str) -> None:
    """Module, scenario and configuration are in the digest; the message names both."""

    text, scenario, config = OTHERS[other]
    schedule = witness(race, WORLD, A_CPU_EACH)
    with pytest.raises(ScheduleError, match=digest(race, WORLD, A_CPU_EACH)):
        replay(module(text), scenario, config, schedule)


@pytest.mark.parametrize("where", ["2.4/race", "2.6.11/other", "race"])
def test_a_head_that_says_something_else_than_its_digest_is_refused(race: object, where: str) -> None:
    """Another version, or another scenario: somebody has changed it."""

    schedule = witness(race, WORLD, A_CPU_EACH).replace("2.6.11/race@", f"{where}@")
    with pytest.raises(ScheduleError, match=f"this schedule is of {where}, says its head; of 2.6.11/race, says its"):
        replay(race, WORLD, A_CPU_EACH, schedule)


def test_without_a_head_it_is_tried_as_it_is(race: object) -> None:
    """A schedule written by hand needs no digest."""

    bare = witness(race, WORLD, A_CPU_EACH).split(": ", 1)[1]
    assert "fault" == replay(race, WORLD, A_CPU_EACH, bare).ending


@pytest.mark.parametrize("more", ["{0} mykthread", "({0})"])
def test_nothing_comes_after_a_fault(race: object, more: str) -> None:
    """A machine that has faulted makes no step more, and does not go round."""

    bare = witness(race, WORLD, A_CPU_EACH).split(": ", 1)[1]
    with pytest.raises(ScheduleError, match="ends in a fault, and nothing can come after it"):
        replay(race, WORLD, A_CPU_EACH, more.format(bare))


def test_a_cycle_comes_back() -> None:
    """What can't be taken again and again is no cycle; what can is one, wherever it is cut."""

    alone = Scenario("alone", threads=["mykthread"])
    polls = module("def mykthread(unused):\n    schedule()\n    while True:\n        cond_resched()\n")
    ends = module("def mykthread(unused):\n    schedule()\n    schedule()\n    return 0\n")

    assert {"cycle"} == {replay(polls, alone, UP, cut).ending for cut in ("mykthread*3 (mykthread*2)", "(mykthread*3)")}
    with pytest.raises(ScheduleError, match="does not come back to where it began"):
        replay(ends, alone, UP, "(mykthread*2)")


@pytest.mark.parametrize(
    "schedule, message",
    [
        ("nobody", "there is no choice 'nobody'"),
        ("mykthread*99", "mykthread cannot move"),
        ("irq/nic", "there is no choice 'irq/nic'"),
        ("mykthread rival; DROP", "there is no choice 'rival;'"),
        ("__import__('os')", "a schedule has one cycle|there is no choice"),
        ("{0} %s $(ls)", "there is no choice|a schedule"),
    ],
)
def test_a_choice_that_is_not_open_is_refused(race: object, schedule: str, message: str) -> None:
    """Unknown actors and actors that cannot move are said, with the step; the machine is none the worse."""

    with pytest.raises(ScheduleError, match=message):
        replay(race, WORLD, A_CPU_EACH, schedule)
    assert "fault" == replay(race, WORLD, A_CPU_EACH, witness(race, WORLD, A_CPU_EACH)).ending


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["mykthread", "rival", "mykthread*2", "rival*3", "cpu1>rival", "x", "*", "(", ")"])))
def test_hostile_choices_are_replayed_or_refused(words: list[str]) -> None:
    """Any text over a machine's own words ends in a trace or in a ScheduleError."""

    try:
        trace = replay(module(RACE), WORLD, UP_PREEMPT, " ".join(words))
    except ScheduleError:
        return
    assert len(trace.steps) + 1 >= len(trace.views) > 0


@pytest.mark.parametrize("name", ["two words", "at@12345678: x", "tab\tbed"])
def test_a_scenarios_name_fits_into_a_schedule(name: str) -> None:
    """What a witness could not carry is refused where it is given, or carried all the same."""

    made = module("def mykthread(unused):\n    BUG()\n")
    try:
        scenario = Scenario(name, threads=["mykthread"])
    except ValueError:
        return
    assert "fault" == replay(made, scenario, UP, witness(made, scenario, UP)).ending


@pytest.mark.parametrize("name", ["a b", "a(b", "a*2"])
def test_a_threads_name_fits_into_a_schedule(name: str) -> None:
    """The same of the actors."""

    made = module("def mykthread(unused):\n    BUG()\n")
    try:
        scenario = Scenario("named", threads=[Thread("mykthread", name=name)])
    except ValueError:
        return
    assert "fault" == replay(made, scenario, UP, witness(made, scenario, UP)).ending


# ---- witnesses -----------------------------------------------------------------------------------------------------

TWO = [Call("sensor", "report_event", 3), Call("nic", "report_event", 5)]
FROM_NIC = [Call("nic", "report_event", 5, context="irq")]
KILLED = [Signal("mykthread", "SIGKILL")]
BROKEN = {
    "lab6/wrong/storm": ("sleeps_when_idle", {"calls": TWO}, UP),
    "lab2/wrong/never_enqueues": ("delivered", {"calls": TWO[:1]}, A_CPU_EACH),
    "lab6/wrong/no_set_state": ("sleeps_when_idle", {"calls": TWO[:1]}, UP),
    "lab2/wrong/schedule_under_lock": ("never_sleeps_atomic", {"calls": TWO[:1]}, UP),
    "lab2/wrong/no_allow_signal": ("dies_cleanly", {"signals": KILLED}, UP),
    "lab6/wrong/allocates_with_gfp_kernel": ("never_sleeps_atomic", {"calls": FROM_NIC}, UP),
}


def violates(trace: Trace, name: str) -> bool:
    """Does a trace show how the property fails: a violation on the way, a fault, or an end that nobody leaves?"""
    return name in {v.property for v in trace.violations} or trace.ending in ("fault", "cycle", "asleep", "stuck")


@pytest.mark.parametrize("which", BROKEN)
def test_a_witness_replays_to_its_violation(which: str) -> None:
    """Every schedule that a search gives is one that the machine can follow, to the end, to what it was given for."""

    name, world, config = BROKEN[which]
    s = submission(which)
    made, scenario = linked(s.lab, s.text), Scenario("broken", threads=["mykthread"], **SERVED, **world)
    failing = [v for v in explore(made, scenario, config).verdicts.values() if v.holds is False]
    assert name in {v.name for v in failing}
    for verdict in failing:
        trace = replay(made, scenario, config, verdict.witness)
        assert str(parse(verdict.witness)) == trace.schedule
        assert violates(trace, verdict.name), verdict
        if verdict.finding.kind == "hit":
            assert (verdict.name, verdict.cause) in {(v.property, v.cause) for v in trace.violations}
        if verdict.finding.kind == "cycle":
            assert ("cycle", trace.views[-1]) == (trace.ending, trace.views[-1 - trace.cycle])


@pytest.mark.parametrize("which", BROKEN)
def test_two_replays_are_the_same(which: str) -> None:
    """Events, views, log, everything; on a machine built afresh too."""

    name, world, config = BROKEN[which]
    s = submission(which)
    scenario = Scenario("broken", threads=["mykthread"], **SERVED, **world)
    schedule = witness(linked(s.lab, s.text), scenario, config, name)
    first = replay(linked(s.lab, s.text), scenario, config, schedule)
    again = replay(
        linked(s.lab, s.text), Scenario("broken", threads=["mykthread"], **SERVED, **world), config, schedule
    )
    assert first == again
