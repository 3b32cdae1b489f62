"""passes_through: a task passes through the states that its scenario says, whatever happens."""

import pytest

from kthreadlab import (
    Call,
    Enter,
    Fork,
    Passage,
    Process,
    Scenario,
    Signal,
    Wait4,
    asleep,
    done,
    explore,
    replay,
    stopped,
)
from kthreadlab.checks.labs import shown
from kthreadlab.lang.diagnostics import InputError
from tests.support import A_CPU_EACH, ONE_CPU, UP_PREEMPT, module

SLEEPER = """\
queue = DECLARE_WAIT_QUEUE_HEAD()
ready = u32(0)

def tell():
    global ready
    ready = 1
    wake_up(queue)

def sleep():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(queue, wait)
    while True:
        set_current_state({state})
        if {look}:
            break
        {sleep}
    set_current_state({after})
    remove_wait_queue(queue, wait)
"""
RIGHT = {"state": "TASK_UNINTERRUPTIBLE", "look": "ready", "sleep": "schedule()", "after": "TASK_RUNNING"}
CONFIGS = [ONE_CPU, A_CPU_EACH, UP_PREEMPT]


def sleeper(**changes):
    return module(SLEEPER.format(**RIGHT | changes))


def world(states, *, when=None, signals=()):
    told = Call("sensor", "tell", when=asleep("dd") if when is None else when, certain=True)
    return Scenario(
        "world",
        processes=(Process("dd", Enter("sleep")),),
        calls=(told,),
        signals=signals,
        passes=Passage("dd", states),
    )


def verdict(made, scenario, config=ONE_CPU, **how):
    return explore(made, scenario, config, ["passes_through"], **how).verdicts["passes_through"]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize(
    ("changes", "states", "cause"),
    [
        ({}, "R D R Z X", ""),
        ({"state": "TASK_INTERRUPTIBLE"}, "R S R Z X", ""),
        ({}, "R S R Z X", "deaf"),
        ({"state": "TASK_INTERRUPTIBLE"}, "R D R Z X", "woken_by_signals"),
        ({}, "R Z X", "sleeps"),
        ({"look": "ready or True"}, "R D R Z X", "goes_on"),
        ({}, "R D R D R Z X", "goes_on"),
        ({"sleep": "schedule_timeout(HZ)"}, "R D R Z X", "sleeps"),
        ({"sleep": "cond_resched()"}, "R D R Z X", "busy"),
        ({"look": "ready > 1"}, "R D R D R Z X", "stays"),
        ({"sleep": "BUG()"}, "R D R Z X", "fault"),
        ({}, "R D R Z", "goes_on"),
    ],
)
def test_a_task_is_judged_by_the_states_that_it_passes_through(changes, states, cause, config):
    """Declaring a state is none yet; on every machine."""
    found = verdict(sleeper(**changes), world(states), config)

    expected = {"": ("holds", "", ""), "fault": ("follows", "fault", "no_oops")}
    assert expected.get(cause, ("fails", cause, "")) == (found.verdict, found.cause, found.root)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize(("enters", "expected"), [("nap", "holds"), ("sleep", "fails"), ("fidget", "fails")])
def test_every_way_is_looked_at(enters, expected, config, reduce):
    """A nap is a nap, whoever else moves; an event that may come early makes another way, on which nobody sleeps."""
    naps = (
        "\ndef nap():\n    set_current_state(TASK_INTERRUPTIBLE)\n    schedule_timeout(HZ)\n"
        "\ndef fidget():\n    nap()\n    if ready:\n        nap()\n"
    )
    made = module(SLEEPER.format(**RIGHT | {"state": "TASK_INTERRUPTIBLE"}) + naps)
    calls = (Call("sensor", "tell", certain=True), Call("nic", "tell", context="irq"))
    there = Scenario("free", processes=(Process("dd", Enter(enters)),), calls=calls, passes=Passage("dd", "R S R Z X"))

    assert not there.directed
    assert expected == verdict(made, there, config, reduce=reduce).verdict


def test_a_story_shows_the_second_round_where_the_first_is_right():
    """After a timer the machine is where it was before: a shortest run there would show nothing."""
    made, there = sleeper(sleep="schedule_timeout(HZ)"), world("R D R Z X")
    found = explore(made, there, ONE_CPU, ["passes_through"])
    says, witness = shown(found, found.verdicts["passes_through"])

    letters = [
        next(t.letter for t in view.tasks if t.name == "dd") for view in replay(made, there, ONE_CPU, witness).views
    ]
    assert 2 == sum(a != "D" and b == "D" for a, b in zip(letters, letters[1:], strict=False))
    assert "dd was R D R D: it sleeps once more, where Z is due." == says


def test_a_map_of_it_proves_nothing_that_is_not_so():
    """It is to go round that breaks it; the states themselves are reached rightly, too."""
    made, there = sleeper(sleep="schedule_timeout(HZ)"), world("R D R Z X")
    drawn = repr(explore(made, there, ONE_CPU, ["passes_through"]).map("passes_through"))

    assert "nobody can break it in any of them" not in drawn and "broken" in drawn
    assert "dd was R D R D: it sleeps once more" in drawn


def test_a_sleep_in_what_another_function_has_declared_is_one_too_many():
    """Whatever letter is due: it is no choice of a state."""
    rest = "\ndef rest():\n    sleep()\n    schedule()\n"
    made = module(SLEEPER.format(**RIGHT | {"after": "TASK_INTERRUPTIBLE"}) + rest)
    told = Call("sensor", "tell", when=asleep("dd"), certain=True)
    there = Scenario("world", processes=(Process("dd", Enter("rest")),), calls=(told,), passes=Passage("dd", "R D R D"))

    assert ("fails", "sleeps") == (verdict(made, there).verdict, verdict(made, there).cause)


def test_a_process_that_is_stopped_in_its_sleep_stops_after_it():
    """SIGSTOP leaves a sleep in D alone, and stops it on its way back to user space."""
    signals = (
        Signal("dd", "SIGSTOP", when=asleep("dd"), certain=True),
        Signal("dd", "SIGCONT", when=stopped("dd"), certain=True),
    )
    told = world("R D R T R Z X", when=done("SIGSTOP/dd"), signals=signals)

    assert "holds" == verdict(sleeper(), told).verdict


def test_what_a_child_is_before_it_is_forked_counts_for_nothing():
    """It is there in R; its parent sleeps in S, unless it has ended first."""
    child = Process("ls", Enter("sleep"))
    told = Call("sensor", "tell", when=asleep("ls"), certain=True)
    for task, states, expected in (("ls", "R D R Z X", "holds"), ("sh", "R S R Z X", "fails")):
        there = Scenario(
            "family", processes=(Process("sh", Fork(child), Wait4()),), calls=(told,), passes=Passage(task, states)
        )
        assert expected == verdict(sleeper(), there).verdict


def test_nobody_is_judged_who_never_sleeps():
    there = Scenario("idle", processes=(Process("dd"),), passes=Passage("dd", "R Z X"))

    assert "not exercised" == verdict(sleeper(), there).verdict


@pytest.mark.parametrize("states", ["", "S R", "R S S R", "R Q", "RS", 7, None])
def test_a_passage_is_letters(states):
    with pytest.raises(ValueError, match="passage|passes into"):
        Passage("dd", states)


def test_a_passage_is_some_tasks():
    there = Scenario("world", processes=(Process("dd"),), passes=Passage("cp", "R Z X"))

    with pytest.raises(InputError, match="no task 'cp'"):
        verdict(sleeper(), there)
    with pytest.raises(ValueError, match=r"Passage\(…\)"):
        Scenario("world", passes="R Z X")
