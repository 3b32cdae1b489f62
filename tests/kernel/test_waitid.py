"""sys_wait4(): code of the kernel waits for a thread that it has started, in the process that has entered it."""

from __future__ import annotations

import pytest

from kthreadlab import (
    Call,
    Config,
    Enter,
    Exit,
    Fault,
    Fork,
    Pause,
    Process,
    Scenario,
    Signal,
    Spurious,
    Wait4,
    done,
    explore,
)
from kthreadlab.checks.replaying import replay
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.outcome import Outcome
from tests.support import A_CPU_EACH, ONE_CPU, module

TEXT = """
def child(unused):
    return 0


def other(unused):
    cond_resched()
    return 1


def demon(unused):
    daemonize("demon")
    return 0


def start():
    return kernel_thread(child, NULL, SIGCHLD)


def wait_for_it():
    pid = kernel_thread(child, NULL, SIGCHLD)
    return sys_wait4(pid, NULL, OPTIONS, NULL)


def wait_for_the_second():
    kernel_thread(child, NULL, SIGCHLD)
    pid = kernel_thread(other, NULL, SIGCHLD)
    return sys_wait4(pid, NULL, 0, NULL)


def wait_for_the_demon():
    pid = kernel_thread(demon, NULL, SIGCHLD)
    return sys_wait4(pid, NULL, 0, NULL)


def wait_for_any():
    return sys_wait4(-1, NULL, 0, NULL)


def lonely(unused):
    return sys_wait4(-1, NULL, 0, NULL)
"""
ECHILD, EINVAL, ERESTARTSYS = -10, -22, -512


def world(*processes, **more):
    return Scenario("waiting", processes=processes, **more)


def told(schedule, scenario, options="0", config=ONE_CPU):
    """How each sys_wait4() of a run came out, with what it returned; and the letters of ps at the end."""
    trace = replay(module(TEXT.replace("OPTIONS", options)), scenario, config, schedule)
    calls = [(e.op, e.outcome, e.result) for e in trace.events if e.op.startswith("sys_wait4")]
    return calls, {t.name: t.letter for t in trace.views[-1].tasks}


def test_who_comes_too_early_sleeps_in_s_and_reaps_when_it_is_back():
    calls, letters = told("sh*3 child*2", world(Process("sh", Enter("wait_for_it"), Pause())))
    assert calls == [("sys_wait4", Outcome.SLEEPS, None)] and letters == {"sh": "R", "child": "Z"}
    calls, letters = told("sh*3 child*2 sh", world(Process("sh", Enter("wait_for_it"), Pause())))
    assert calls[-1] == ("sys_wait4:return", Outcome.REAPED, 101) and letters["child"] == "X"


def test_who_finds_a_zombie_does_not_sleep():
    scenario = world(Process("sh", Enter("wait_for_it"), Pause()))
    calls, letters = told("sh*2 child*2 sh", scenario, config=A_CPU_EACH)
    assert calls == [("sys_wait4", Outcome.REAPED, 101)] and letters["child"] == "X"


def test_of_several_the_one_that_is_named_is_waited_for():
    scenario = world(Process("sh", Enter("wait_for_the_second"), Pause()))
    calls, letters = told("sh*4 child*2 sh other*2 sh", scenario)
    assert [c[1:] for c in calls] == [(Outcome.SLEEPS, None), (Outcome.AGAIN, None), (Outcome.REAPED, 102)]
    assert (letters["child"], letters["other"]) == ("Z", "X")


@pytest.mark.parametrize("profile", ["2.4", "2.6.11", "2.6.24", "2.6.32"])
def test_a_process_that_user_space_has_forked_is_a_child_too(profile):
    scenario = world(Process("sh", Fork(Process("ls", Exit(3))), Enter("wait_for_any"), Pause()))
    text = TEXT.replace("OPTIONS", "0")
    text = text if profile != "2.4" else text.replace('daemonize("demon")', "daemonize()")
    trace = replay(module(text), scenario, Config(profile, cpus=1, smp=True), "sh ls sh*2")
    assert [e.result for e in trace.events if e.op == "sys_wait4"] == [101]


def test_without_a_child_it_says_so():
    calls, _ = told("sh*2", world(Process("sh", Enter("wait_for_any"), Pause())))
    assert calls == [("sys_wait4", Outcome.NOTHING, ECHILD)]


def test_a_thread_of_the_kernel_has_no_children():
    calls, _ = told("lonely*2", Scenario("waiting", threads=["lonely"]))
    assert calls == [("sys_wait4", Outcome.NOTHING, ECHILD)]


@pytest.mark.parametrize(("options", "result"), [("WNOHANG", 0), ("2", EINVAL), ("WNOHANG | 8", EINVAL)])
def test_options(options, result):
    calls, letters = told("sh*3", world(Process("sh", Enter("wait_for_it"), Pause())), options)
    assert [c[2] for c in calls] == [result] and letters["child"] == "R"


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM", "SIGSTOP"])
def test_a_signal_makes_it_return(signal):
    """Unlike wait4() of user space it is not begun anew by itself."""
    scenario = world(Process("sh", Enter("wait_for_it"), Pause()), signals=[Signal("sh", signal)])
    arrival = f"{'kill' if signal == 'SIGKILL' else signal}/sh"
    calls, _ = told(f"sh*3 {arrival} sh", scenario)
    assert calls[-1] == ("sys_wait4:return", Outcome.SIGNAL, ERESTARTSYS)
    calls, _ = told(f"sh*2 {arrival} sh", scenario)
    assert calls[-1] == ("sys_wait4", Outcome.SIGNAL, ERESTARTSYS)


def test_woken_for_nothing_it_sleeps_on():
    scenario = world(Process("sh", Enter("wait_for_it"), Pause()), spurious=[Spurious("sh")])
    calls, letters = told("sh*3 spurious/sh sh", scenario)
    assert calls[-1] == ("sys_wait4:return", Outcome.AGAIN, None) and letters["sh"] == "S"


def test_who_waits_for_a_child_that_becomes_inits_sleeps_on():
    """reparent_to_init() wakes nobody; and nobody who ends later is a child."""
    scenario = world(Process("sh", Enter("wait_for_the_demon"), Pause()))
    found = explore(module(TEXT.replace("OPTIONS", "0")), scenario, ONE_CPU, ["returns"])
    assert (found.verdicts["returns"].verdict, found.verdicts["returns"].cause) == ("fails", "child")
    calls, letters = told("sh*3 demon*2 reap/demon", scenario)
    assert letters == {"sh": "S", "demon": "X"} and calls == [("sys_wait4", Outcome.SLEEPS, None)]


def test_wait4_of_user_space_gets_what_the_kernel_has_left():
    calls, letters = told("sh*5 child*2 sh", world(Process("sh", Enter("start"), Enter("start"), Wait4(), Pause())))
    assert calls == [] and sorted(letters.values()) == ["R", "R", "X"]


@pytest.mark.parametrize("place", ["child_status, 0, NULL", "NULL, 0, child_status"])
def test_what_wait4_tells_is_not_kept(place):
    text = f"child_status = array(u32, 1)\n\n\ndef wait():\n    return sys_wait4(-1, {place})\n"
    with pytest.raises(LowerError, match="is NULL here"):
        replay(module(text), world(Process("sh", Enter("wait"))), ONE_CPU, "sh")


# ---- no_zombie and tells_failure -------------------------------------------------------------------------------------

STARTS = """
def child(unused):
    FIRST
    return 0


def idle(unused):
    while True:
        yield()


def start():
    pid = kernel_thread(child, NULL, FLAGS)
    RETURN


def spin():
    kernel_thread(idle, NULL, SIGCHLD)
    BUG_ON(0)


def oops():
    BUG()
"""


def verdicts(*steps, first="cond_resched()", flags="SIGCHLD", back="return pid", config=ONE_CPU, **more):
    text = STARTS.replace("FIRST", first).replace("FLAGS", flags).replace("RETURN", back)
    scenario = Scenario("starting", processes=[Process("sh", *steps)], starts=("start",), helper_owed=False, **more)
    found = explore(module(text), scenario, config, ["no_oops", "no_zombie", "tells_failure"])
    return {name: (v.verdict, v.cause) for name, v in found.verdicts.items() if name != "no_oops"}


@pytest.mark.parametrize("config", [ONE_CPU, A_CPU_EACH], ids=["one", "each"])
@pytest.mark.parametrize(
    ("steps", "flags", "expected"),
    [
        ((Pause(),), "SIGCHLD", ("fails", "unwaited")),
        ((Wait4(), Pause()), "SIGCHLD", ("holds", "")),
        ((Wait4(), Pause()), "CLONE_FS", ("fails", "passed_by")),
        ((Exit(),), "CLONE_FS", ("holds", "")),
    ],
    ids=["never waits", "waits", "waits past it", "exits"],
)
def test_who_stays_a_zombie(config, steps, flags, expected):
    assert verdicts(Enter("start"), *steps, flags=flags, config=config)["no_zombie"] == expected


def test_a_zombie_stays_one_while_others_go_round():
    steps = (Enter("start"), Enter("spin"), Pause())
    assert verdicts(*steps, config=A_CPU_EACH)["no_zombie"] == ("fails", "unwaited")


def test_init_comes_at_last_while_others_go_round():
    steps = (Enter("start"), Enter("spin"), Exit())
    assert verdicts(*steps, config=A_CPU_EACH)["no_zombie"] == ("holds", "")


def test_a_zombie_before_a_fault_follows_from_that():
    """It can be waited for only behind the fault."""
    found = verdicts(Enter("start"), Wait4(), Pause(), config=A_CPU_EACH, calls=[Call("other", "oops")])
    assert found["no_zombie"] == ("follows", "fault")


def test_a_child_of_init_is_no_zombie_at_a_fault():
    """Init would have come to it."""
    oops = Call("other", "oops", when=done("sh"))
    assert verdicts(Enter("start"), Exit(), config=A_CPU_EACH, calls=[oops])["no_zombie"] == ("holds", "")


def test_nobody_who_never_ends_is_spoken_of():
    first = "set_current_state(TASK_INTERRUPTIBLE)\n    schedule()"
    assert verdicts(Enter("start"), Pause(), first=first)["no_zombie"] == ("not exercised", "")


@pytest.mark.parametrize(
    ("back", "faults", "expected"),
    [
        ("return pid", 1, ("holds", "")),
        ("return pid", 0, ("not exercised", "")),
        ("return 0", 1, ("fails", "silent")),
        ("return 0", 0, ("not exercised", "")),
        ("return -pid", 0, ("fails", "false_alarm")),
        ("return -1", 1, ("fails", "false_alarm")),
        ("return", 1, ("fails", "silent")),
    ],
)
def test_whether_a_failure_is_told(back, faults, expected):
    assert verdicts(Enter("start"), Pause(), back=back, faults=[Fault("fork")] * faults)["tells_failure"] == expected


def test_the_last_word_on_a_thread_counts():
    """Whoever asks again, and is given one, has one."""
    again = "if pid < 0:\n        pid = kernel_thread(idle, NULL, SIGCHLD)\n    return pid"
    found = verdicts(Enter("start"), Pause(), back=again, faults=[Fault("fork")], config=A_CPU_EACH)
    assert found["tells_failure"] == ("not exercised", "")
