"""KERNEL 9: kthread_create, kthread_run, kthread_should_stop, kthread_stop, in each version that has them."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Scenario, explore
from kthreadlab.compile.values import LowerError
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import drive, lines
from tests.support import module, settled

T = "mykthread"
MODERN = ("2.6.11", "2.6.24", "2.6.32", "6.12")


def on(profile: str, **more: object) -> Config:
    return Config(profile=profile, **more)


def ends(text: str, config: Config, **world: object) -> set[tuple]:
    """``(ending, code)`` of every way it can go, when all that may come has come."""
    scenario = Scenario("kthread", **{"threads": [T], **world})
    return {(o.ending, o.code) for o in settled(outcomes(module(text), scenario, config))}


KTHREAD = """
seen = u32(0)


def worker(unused):
    global seen
    while not kthread_should_stop():
        set_current_state(TASK_INTERRUPTIBLE)
        if not kthread_should_stop():
            schedule()
        set_current_state(TASK_RUNNING)
    seen = signal_pending(current)
    return 42


def mykthread(unused):
    task = {create}(worker, NULL, "worker/%d", 3)
    if IS_ERR(task):
        return PTR_ERR(task)
    {between}
    return {last}
"""


def kthread(create: str = "kthread_run", between: str = "pass", last: str = "kthread_stop(task)") -> str:
    return KTHREAD.format(create=create, between=between, last=last)


@pytest.mark.parametrize("profile", MODERN)
def test_kthread_stop_returns_what_the_function_returned(profile: str) -> None:
    """It runs, is told to stop, and its value comes back; -EINTR if it had not run at all yet."""

    assert {("exited", 42), ("exited", -4)} >= ends(kthread(), on(profile, cpus=4)) >= {("exited", 42)}


@pytest.mark.parametrize("profile", MODERN)
def test_kthread_stop_of_a_thread_that_never_ran(profile: str) -> None:
    """-EINTR: its function is never called."""

    assert {("exited", -4)} == ends(kthread("kthread_create"), on(profile))
    assert {("exited", -4)} == ends(kthread("kthread_create"), on(profile, cpus=4))


@pytest.mark.parametrize("profile", MODERN)
def test_kthread_stop_waits_for_ever_for_who_does_not_listen(profile: str) -> None:
    """fn must poll kthread_should_stop; today the stop is a signal to schedule(), which no longer sleeps in S."""

    text = kthread("kthread_create", "wake_up_process(task)\n    while seen != 7:\n        schedule()")
    for old, new in (
        ("while not kthread_should_stop():", "seen = 7\n    while True:"),
        ("        if not kthread_should_stop():\n            schedule()\n", "        schedule()\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    assert {("hog" if profile == "6.12" else "asleep", None)} == ends(text, on(profile))
    in_d = text.replace("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
    assert {("asleep", None)} == ends(in_d, on(profile))


@pytest.mark.parametrize(("profile", "letter"), [("2.6.11", "S"), ("6.12", "D")])
def test_the_state_in_which_a_kthread_is_born(profile: str, letter: str) -> None:
    """Asleep until its first wake-up: INTERRUPTIBLE in 2.6.11, UNINTERRUPTIBLE today."""

    trace = drive(kthread("kthread_create", last="0"), on(profile))
    born = next(t for t in trace.views[-1].tasks if t.comm == "worker/3")
    assert (letter, False, False) == (born.letter, born.on_runqueue, born.has_mm)


@pytest.mark.parametrize(("profile", "signal"), [("2.6.11", 0), ("2.6.24", 0), ("2.6.32", 0), ("6.12", 1)])
def test_kthread_stop_looks_like_a_signal_today(profile: str, signal: int) -> None:
    """1.4: TIF_NOTIFY_SIGNAL makes signal_pending true."""

    wake = "wake_up_process(task)\n    set_current_state(TASK_RUNNING)"
    text = kthread("kthread_create", wake, last="kthread_stop(task) + seen")
    found = ends(text, on(profile, cpus=4))
    assert ("exited", 42 + signal) in found
    assert found <= {("exited", 42 + signal), ("exited", -4)}


def test_2_4_has_no_kthread_calls() -> None:
    """They came with 2.6."""

    with pytest.raises(LowerError, match="Unknown symbol kthread_"):
        ends(kthread(), on("2.4"))
    with pytest.raises(LowerError, match="Unknown symbol kthread_should_stop"):
        ends(lines("return kthread_should_stop()"), on("2.4"))


@pytest.mark.parametrize("profile", MODERN)
def test_a_created_thread_does_not_run_before_it_is_woken(profile: str) -> None:
    """kthread_create makes it; wake_up_process starts it; kthread_run is both."""

    ran = kthread("kthread_create", last="ran").replace("seen = u32(0)\n", "seen = u32(0)\nran = u32(0)\n")
    ran = ran.replace("    global seen\n    while", "    global seen, ran\n    ran = 1\n    while")
    for cpus in (1, 8):
        assert {("exited", 0)} == ends(ran, on(profile, cpus=cpus))
    woken = ran.replace("    pass\n", "    wake_up_process(task)\n")
    assert {("exited", 0), ("exited", 1)} == ends(woken, on(profile, cpus=8))
    run = ran.replace("kthread_create", "kthread_run")
    assert {("exited", 0), ("exited", 1)} == ends(run, on(profile, cpus=8))


@pytest.mark.parametrize(("profile", "parent"), [("6.12", 2), ("2.6.24", 2), ("2.6.32", 2)])
def test_whose_child_a_kthread_is(profile: str, parent: int) -> None:
    """kthreadd's since 2.6.22; its name is formatted and cut to 15 characters."""

    text = kthread("kthread_create", last="0").replace('"worker/%d", 3', '"a_long_worker_name/%d", 3')
    trace = drive(text, on(profile))
    (born,) = (t for t in trace.views[-1].tasks if t.comm == "a_long_worker_n")
    assert (parent, False) == (born.ppid, born.has_mm)


LOST = """
def worker(unused):
    while True:
        if kthread_should_stop():
            break
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    set_current_state(TASK_RUNNING)
    return 42


def mykthread(unused):
    task = kthread_run(worker, NULL, "worker")
    return kthread_stop(task)
"""


TEST = "        if kthread_should_stop():\n            break\n"
STATE = "        set_current_state(TASK_INTERRUPTIBLE)\n"


@pytest.mark.parametrize("profile", MODERN)
def test_the_order_of_state_and_should_stop(profile: str) -> None:
    """9: set the state, then test, then schedule(): the other way round the stop can be lost, and nobody ever ends.
    Today it cannot, in S: what kthread_stop leaves behind is a signal to schedule()."""

    assert (profile != "6.12") == (("asleep", None) in ends(LOST, on(profile, cpus=8)))
    assert TEST + STATE in LOST
    in_d = LOST.replace("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
    assert ("asleep", None) in ends(in_d, on(profile, cpus=8))
    for text, state in ((LOST, STATE), (in_d, STATE.replace("INTERRUPTIBLE", "UNINTERRUPTIBLE"))):
        right = text.replace(TEST + state, state + TEST)
        assert ("asleep", None) not in ends(right, on(profile, cpus=8))


@pytest.mark.parametrize("profile", MODERN)
def test_kthread_stop_sleeps(profile: str) -> None:
    """So not under a lock."""

    locked = "    spin_lock(lock)\n    kthread_stop(task)\n    spin_unlock(lock)\n    return 0\n"
    text = "lock = DEFINE_SPINLOCK()\n" + LOST.replace("    return kthread_stop(task)\n", locked)
    scenario, name = Scenario("stop", threads=[T]), "never_sleeps_atomic"
    assert not explore(module(text), scenario, on(profile, cpus=8), properties=(name,)).verdicts[name].holds


BY_ITSELF = """
def worker(unused):
    return 5


def mykthread(unused):
    task = kthread_run(worker, NULL, "worker")
    return kthread_stop(task)
"""
DO_EXIT = """
def worker(unused):
    while not kthread_should_stop():
        schedule()
    do_exit(9)


def mykthread(unused):
    task = kthread_run(worker, NULL, "worker")
    return kthread_stop(task)
"""


@pytest.mark.parametrize("profile", MODERN)
def test_who_ends_by_itself_may_be_gone_before_it_is_asked(profile: str) -> None:
    """9: the thread must not be already freed: its task_struct is, once it was reaped."""

    found = ends(BY_ITSELF, on(profile, cpus=8))
    assert {("exited", 5), ("exited", -4), ("fault", None)} == found
    verdict = explore(
        module(BY_ITSELF), Scenario("gone", threads=[T]), on(profile, cpus=8), properties=("no_dangling",)
    ).verdicts["no_dangling"]
    assert (False, "ended_task") == (verdict.holds, verdict.cause)


@pytest.mark.parametrize("profile", MODERN)
def test_do_exit_in_a_kthread(profile: str) -> None:
    """The stop slot of 2.6.11 and 2.6.24 is filled only when the function returns: who stops it waits for ever."""

    last = ("asleep", None) if profile in ("2.6.11", "2.6.24") else ("exited", 9)
    text = DO_EXIT.replace("do_exit", "kthread_exit") if profile == "6.12" else DO_EXIT
    assert {("exited", -4), last} == ends(text, on(profile, cpus=8))
