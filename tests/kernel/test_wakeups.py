"""KERNEL 2.6, try_to_wake_up in 2.6.11: what a wake-up does to a target, and what it returns.

Each program holds the moment still with a shared word `stage`: whoever is not due spins.  The waker is the watched
thread and exits with what wake_up_process returned.
"""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Thread, asleep, done
from kthreadlab.run.outcomes import outcomes
from tests.support import module, settled

TWO_CPUS = Config(cpus=2)
EACH = Config(cpus=4)

DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
stage = u32(0)
other = ptr("task_struct")


def until(value: u32):
    while stage != value:
        barrier()


def go():
    global stage
    stage = 9

"""


def results(text: str, config: Config = TWO_CPUS, **more: object) -> set[tuple[str, int | None]]:
    """How the watched thread (the first) can end, when all that may come has come."""
    threads = more.pop("threads", ["waker", "target"])
    scenario = Scenario("wake", threads=threads, **more)
    return {(o.ending, o.code) for o in settled(outcomes(module(DATA + text, "wake"), scenario, config))}


RUNNING = """
def target(unused):
    global stage, other
    other = current
    stage = 1
    until(2)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return 0


def waker(unused):
    global stage
    until(1)
    woken = wake_up_process(other)
    stage = 2
    return woken
"""

NOT_YET_ASLEEP = RUNNING.replace(
    """    stage = 1
    until(2)
    set_current_state(TASK_INTERRUPTIBLE)
""",
    """    set_current_state(TASK_INTERRUPTIBLE)
    stage = 1
    until(2)
""",
)

QUEUED = """
def target(unused):
    global stage, other
    other = current
    stage = 1
    while stage == 1:
        schedule()
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return 0


def waker(unused):
    global stage
    while stage != 1:
        schedule()
    woken = wake_up_process(other)
    stage = 2
    return woken
"""

ASLEEP_TEXT = """
def target(unused):
    global other
    other = current
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return 0


def waker(unused):
    until(9)
    return wake_up_process(other)
"""

ITSELF = """
def waker(unused):
    set_current_state(TASK_INTERRUPTIBLE)
    woken = wake_up_process(current)
    schedule()
    return woken
"""

DEAD = """
def target(unused):
    global other
    other = current
    return 0


def waker(unused):
    until(9)
    return wake_up_process(other)
"""

GO_WHEN_ASLEEP = {"calls": [Call("go", "go", when=asleep("target"))]}


@pytest.mark.parametrize("config", [TWO_CPUS, Config(cpus=2, preempt=True)], ids=str)
def test_a_running_target_is_not_touched_and_nothing_is_remembered(config: Config) -> None:
    """Row 1: returns 0, and the target's next sleep is a real one."""

    assert {("exited", 0)} == results(RUNNING, config)
    assert {("asleep", None)} == results(RUNNING, config, threads=["target", "waker"])


def test_a_runnable_target_that_waits_for_the_cpu_is_not_touched_either() -> None:
    """Row 1 again, on one CPU: queued is as good as running."""

    assert {("exited", 0)} == results(QUEUED, Config(cpus=1))
    assert {("asleep", None)} == results(QUEUED, Config(cpus=1), threads=["target", "waker"])


@pytest.mark.parametrize("config", [TWO_CPUS, Config(cpus=2, preempt=True)], ids=str)
def test_a_target_not_yet_dequeued_becomes_running_and_the_wake_up_returns_0(config: Config) -> None:
    """Row 2 (2.6): state := RUNNING, return 0; its schedule() only yields."""

    assert {("exited", 0)} == results(NOT_YET_ASLEEP, config)
    assert {("exited", 0)} == results(NOT_YET_ASLEEP, config, threads=["target", "waker"])


@pytest.mark.parametrize("state", ["TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE"])
def test_a_sleeping_target_is_put_on_the_run_queue_and_the_wake_up_returns_1(state: str) -> None:
    """Row 3: asleep and matching (wake_up_process reaches D as well)."""

    text = ASLEEP_TEXT.replace("TASK_INTERRUPTIBLE", state)
    assert {("exited", 1)} == results(text, EACH, **GO_WHEN_ASLEEP)
    assert {("exited", 0)} == results(text, EACH, threads=["target", "waker"], **GO_WHEN_ASLEEP)


ON_A_QUEUE = """
def target(unused):
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(queue, wait)
    set_current_state(TASK_STATE)
    schedule()
    remove_wait_queue(queue, wait)
    return 0


def poke():
    WAKE(queue)
"""


@pytest.mark.parametrize(
    ("state", "wake", "ending"),
    [
        ("TASK_INTERRUPTIBLE", "wake_up_interruptible", "exited"),
        ("TASK_INTERRUPTIBLE", "wake_up_interruptible_all", "exited"),
        ("TASK_INTERRUPTIBLE", "wake_up_interruptible_sync", "exited"),
        ("TASK_INTERRUPTIBLE", "wake_up", "exited"),
        ("TASK_INTERRUPTIBLE", "wake_up_all", "exited"),
        ("TASK_UNINTERRUPTIBLE", "wake_up_interruptible", "asleep"),
        ("TASK_UNINTERRUPTIBLE", "wake_up_interruptible_all", "asleep"),
        ("TASK_UNINTERRUPTIBLE", "wake_up_interruptible_sync", "asleep"),
        ("TASK_UNINTERRUPTIBLE", "wake_up", "exited"),
        ("TASK_UNINTERRUPTIBLE", "wake_up_all", "exited"),
    ],
)
def test_the_mask_decides_who_is_woken(state: str, wake: str, ending: str) -> None:
    """Row 4: asleep in D is passed by wake_up_interruptible; KERNEL 3.4's masks."""

    text = ON_A_QUEUE.replace("TASK_STATE", state).replace("WAKE", wake)
    calls = [Call("poker", "poke", when=asleep("target"))]
    assert {ending} == {end for end, _ in results(text, EACH, threads=["target"], calls=calls)}


@pytest.mark.parametrize("config", [Config(cpus=1), Config(cpus=1, preempt=True)], ids=str)
def test_a_task_may_wake_itself(config: Config) -> None:
    """Row 5: returns 0 in 2.6.11, and the schedule() that follows is a yield."""

    assert {("exited", 0)} == results(ITSELF, config, threads=["waker"])


def test_a_dead_target_is_not_woken() -> None:
    """Row 6: Z or X: returns 0."""

    assert {("exited", 0)} == results(DEAD, EACH, calls=[Call("go", "go", when=done("target"))])


def test_a_signal_wakes_s_and_not_d() -> None:
    """KERNEL 2.2: an unblocked signal reaches an interruptible sleeper only."""

    text = """
def target(unused):
    daemonize("target")
    allow_signal(SIGKILL)
    set_current_state(TASK_STATE)
    schedule()
    return 0
"""
    kill = {"threads": ["target"], "signals": [Signal("target", "SIGKILL", when=asleep("target"))]}
    assert {("exited", 0)} == results(text.replace("TASK_STATE", "TASK_INTERRUPTIBLE"), **kill)
    assert {("asleep", None)} == results(text.replace("TASK_STATE", "TASK_UNINTERRUPTIBLE"), **kill)


def test_an_exclusive_wake_that_finds_nobody_asleep_goes_on_to_the_next() -> None:
    """KERNEL 3.4: a 0 return does not count, so in 2.6 the next exclusive waiter is woken as well."""

    text = """
def target(unused):
    global stage
    wait = DECLARE_WAITQUEUE(current)
    set_current_state(TASK_INTERRUPTIBLE)
    add_wait_queue_exclusive(queue, wait)
    stage = 1
    until(2)
    schedule()
    remove_wait_queue(queue, wait)
    return 0


def second(unused):
    wait = DECLARE_WAITQUEUE(current)
    until(1)
    add_wait_queue_exclusive(queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    remove_wait_queue(queue, wait)
    return 0


def poke():
    global stage
    wake_up_interruptible(queue)
    stage = 2
"""
    calls = [Call("poker", "poke", when=asleep("second"))]
    assert {("exited", 0)} == results(text, EACH, threads=[Thread("target"), Thread("second")], calls=calls)
    assert {("exited", 0)} == results(text, EACH, threads=[Thread("second"), Thread("target")], calls=calls)
