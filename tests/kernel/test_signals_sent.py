"""Signals that programs send themselves, take one by one, and block by hand as older drivers do."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Scenario, done, succeeded
from kthreadlab.checks.catalogue import explore
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.profile import PROFILES
from tests.kernel.verdicts import EACH, UP, failing, on
from tests.support import module

DRIVER = """
gone = DECLARE_COMPLETION()
ready = DECLARE_COMPLETION()
task = ptr("task_struct")
pid = s32(0)


def mykthread(unused):
    global task
    {daemon}
    spin_lock_irq(current.{lock})
    siginitsetinv(current.blocked, sigmask(SIGTERM) | sigmask(SIGKILL))
    recalc_sigpending({me})
    spin_unlock_irq(current.{lock})
    task = current
    complete(ready)
    while not signal_pending(current):
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    set_current_state(TASK_RUNNING)
    complete_and_exit(gone, 0)


def start():
    global pid
    pid = kernel_thread(mykthread, NULL, CLONE_FS | CLONE_FILES)
    if pid < 0:
        return pid
    wait_for_completion(ready)
    return 0


def stop():
    if kill_proc(pid, SIGTERM, 1) == 0:
        wait_for_completion(gone)
"""
OLD = ("2.4", "2.6.11", "2.6.24")
HANGS = "returns: completion"


def driver(profile: str) -> str:
    """As it stands in that version."""
    first = profile == "2.4"
    return DRIVER.format(
        daemon="daemonize()" if first else 'daemonize("driver")',
        lock="sigmask_lock" if first else "sighand.siglock",
        me="current" if first else "",
    )


def unloaded(text: str, profile: str, config=EACH) -> set[str]:
    """What fails where it is loaded and unloaded."""
    calls = [Call("insmod", "start"), Call("rmmod", "stop", when=succeeded("insmod"))]
    world = Scenario("driver", calls=calls, insmod="insmod", rmmod="rmmod")
    found = explore(module(text), world, on(profile, config))
    return {f"{name}: {v.cause}" for name, v in found.verdicts.items() if v.verdict == "fails"}


@pytest.mark.parametrize("profile", OLD)
@pytest.mark.parametrize(
    ("right", "wrong", "fails"),
    [
        ("", "", set()),
        ("kill_proc(pid, SIGTERM, 1)", "0", {HANGS}),
        ("kill_proc(pid, SIGTERM, 1)", "kill_proc(pid, SIGHUP, 1)", {HANGS}),
        ("kill_proc(pid, SIGTERM, 1)", "send_sig(SIGTERM, task, 1)", set()),
        ("kill_proc(pid, SIGTERM, 1)", "send_sig_info(SIGTERM, 1, task)", set()),
        ("siginitsetinv(current.blocked, sigmask(SIGTERM) | sigmask(SIGKILL))", "sigfillset(current.blocked)", {HANGS}),
        ("siginitsetinv(current.blocked,", "siginitset(current.blocked,", {HANGS}),
        ("sigmask(SIGTERM) | ", "", {HANGS}),
    ],
)
def test_a_driver_tells_its_thread_to_end(right, wrong, fails, profile):
    """By a signal that the thread has let through: any other leaves rmmod waiting."""
    text = driver(profile)
    assert right in text
    assert unloaded(text.replace(right, wrong), profile) == fails
    assert unloaded(text.replace(right, wrong), profile, UP) == fails


@pytest.mark.parametrize("profile", OLD)
@pytest.mark.parametrize(
    ("change", "hears"),
    [
        ("sigfillset(current.blocked)\n    sigdelset(current.blocked, SIGTERM)", True),
        ("sigfillset(current.blocked)\n    sigdelset(current.blocked, SIGHUP)", False),
        ("sigemptyset(current.blocked)", True),
        ("sigemptyset(current.blocked)\n    sigaddset(current.blocked, SIGTERM)", False),
        ("sigemptyset(current.blocked)\n    sigaddset(current.blocked, SIGHUP)", True),
    ],
)
def test_each_way_to_say_what_is_blocked(change, hears, profile):
    text = driver(profile).replace("siginitsetinv(current.blocked, sigmask(SIGTERM) | sigmask(SIGKILL))", change)
    assert unloaded(text, profile, UP) == (set() if hears else {HANGS})


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "6.12"])
def test_what_is_forced_is_not_blocked(profile):
    """force_sig reaches a thread that blocks everything."""
    text = driver(profile).replace("kill_proc(pid, SIGTERM, 1) == 0", "1")
    text = text.replace(
        "siginitsetinv(current.blocked, sigmask(SIGTERM) | sigmask(SIGKILL))", "sigfillset(current.blocked)"
    )
    for call, fails in (("force_sig(SIGTERM, task)", set()), ("send_sig(SIGTERM, task, 1)", {HANGS})):
        tells = text.replace("    if 1:\n", f"    if 1:\n        {call}\n")
        assert unloaded(tells, profile, UP) == fails


TAKES = """
task = ptr("task_struct")
left = u8(0)


def mykthread(unused):
    global task, left
    {allow}
    task = current
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        while signal_pending(current):
            signr = {take}
            if signr == SIGTERM:
                left = 1
                set_current_state(TASK_RUNNING)
                return 0


def pokes():
    if task:
        send_sig(SIGHUP, task, 1)


def ends():
    if task:
        send_sig(SIGTERM, task, 1)
"""
TAKE = {"2.4": "dequeue_signal", "2.6.11": "dequeue_signal_lock", "2.6.24": "dequeue_signal_lock",
        "2.6.32": "dequeue_signal", "6.12": "kernel_dequeue_signal"}  # fmt: skip


@pytest.mark.parametrize("profile", TAKE)
def test_signals_are_taken_one_by_one(profile):
    """Whoever does not take them goes round for ever; the lowest number comes first."""
    take = f"{TAKE[profile]}({'' if profile == '6.12' else 'current, current.blocked, NULL'})"
    allow = "allow_signal(SIGHUP)\n    allow_signal(SIGTERM)" if profile != "2.4" else "left = 0"
    calls = [Call("pokes", "pokes"), Call("ends", "ends", when=done("pokes"))]
    world = Scenario("takes", threads=["mykthread"], calls=calls, stays=False)
    for gives, bad in ((take, set()), ("SIGHUP", {"sleeps_when_idle: endless_loop", "sleeps_when_idle: busy_loop"})):
        found = explore(module(TAKES.format(allow=allow, take=gives)), world, on(profile, UP))
        fails = {f"{n}: {v.cause}" for n, v in found.verdicts.items() if v.verdict == "fails"}
        assert fails <= bad and bool(fails) == bool(bad)


@pytest.mark.parametrize("profile", TAKE)
def test_the_lowest_signal_comes_first(profile):
    call = "kernel_dequeue_signal()" if profile == "6.12" else "dequeue_signal(current)"
    text = "def f():\n    send_sig(SIGTERM, current, 1)\n    send_sig(SIGHUP, current, 1)\n" + "".join(
        f"    BUG_ON({call} != {signal})\n" for signal in ("SIGHUP", "SIGTERM", "0")
    )
    assert failing(text, "f", config=on(profile, UP)) == set()


def test_a_signal_that_there_is_not_is_invalid():
    """-EINVAL; 0 is none that comes, and only asks whether the thread is there."""
    text = (
        "def f():\n    BUG_ON(send_sig(65, current, 1) != -EINVAL)\n    BUG_ON(send_sig(0, current, 1))\n"
        "    BUG_ON(signal_pending(current))\n    BUG_ON(kill_proc(1, SIGTERM, 1) != -ESRCH)\n"
        "    BUG_ON(kill_proc(1, 65, 1) != -EINVAL)\n"
    )
    assert failing(text, "f", config=on("2.6.24", UP)) == set()


@pytest.mark.parametrize(
    "line",
    [
        "send_sig(n, current, 1)",
        "siginitset(n, 1)",
        "sigfillset(current)",
        "dequeue_signal_lock(task)",
        "dequeue_signal_lock(current, n, NULL)",
    ],
)
def test_what_is_not_modelled_says_so(line):
    text = f'task = ptr("task_struct")\nn = u32(1)\n\n\ndef f():\n    {line}\n'
    with pytest.raises(LowerError):
        failing(text, "f", config=on("2.6.24", UP))


def test_a_thread_that_a_program_kills_was_asked_to_end():
    """It stays, and ends by SIGKILL: nobody calls that an end unasked."""
    text = TAKES.format(allow="allow_signal(SIGKILL)", take="SIGTERM").replace("SIGTERM, task", "SIGKILL, task")
    world = Scenario("killed", threads=["mykthread"], calls=[Call("ends", "ends")], stays=True)
    found = explore(module(text), world, on("2.6.24", UP))
    assert found.verdicts["sleeps_when_idle"].verdict == "holds"
    asked = text.replace("SIGKILL", "SIGTERM")
    found = explore(module(asked), world, on("2.6.24", UP))
    assert (found.verdicts["sleeps_when_idle"].verdict, found.verdicts["sleeps_when_idle"].cause) == ("fails", "exits")
