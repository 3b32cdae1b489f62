"""What the kernel's log and a trace say of one run, in the words of each version (KERNEL.md 4.5, 6 and 11)."""

from __future__ import annotations

import re

import pytest

from kthreadlab import Call, Config, Helper, Scenario, replay
from kthreadlab.trace.events import Trace
from tests.machine.drive import drive, lines
from tests.support import module

NEW = ("2.6.24", "2.6.32", "6.12")
ALL = ("2.6.11", *NEW)
DECLARE = "set_current_state(TASK_INTERRUPTIBLE)"
DATA = """
lock = DEFINE_SPINLOCK()
words = DEFINE_RWLOCK()
done = DECLARE_COMPLETION()
page = char_array(16, "/bin/page")


"""
WAITS = {"2.6.11": ("0", "1"), "2.6.24": ("UMH_WAIT_EXEC", "UMH_WAIT_PROC"), "6.12": ("UMH_WAIT_EXEC", "UMH_WAIT_PROC")}


def said(trace: Trace) -> list[str]:
    """The log: each line by its kind."""
    kinds = {"scheduling while atomic": "atomic", "sleeping function": "might_sleep", "in_atomic()": "why"}
    return [next((k for words, k in kinds.items() if words in line), line) for _, line in trace.log]


def count(trace: Trace) -> list[str]:
    return [m[0] for _, line in trace.log if "atomic:" in line for m in [re.search("0x[0-9a-f]{8}", line)] if m]


def held(profile: str, *body: str, take: str = "spin_lock(lock)", give: str = "spin_unlock(lock)", **world) -> Trace:
    """A run of *body* with a lock held, with CONFIG_PREEMPT."""
    text = DATA + lines("argv = [page, NULL]", take, *body, give)
    world = {"helpers": {"/bin/page": Helper()}, **world}
    return drive(text, Config(profile=profile, cpus=1, preempt=True), **world)


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize(
    "call",
    ["schedule()", "schedule_timeout(5)", "set_current_state(TASK_INTERRUPTIBLE); schedule_timeout(5)", "yield()"],
)
def test_what_goes_straight_to_schedule_says_one_line(call: str, profile: str) -> None:
    """schedule_timeout() has no might_sleep() of its own; since CFS the count has schedule()'s own level in it."""

    trace = held(profile, *call.split("; "))
    assert (["atomic"], ["0x00000001" if profile == "2.6.11" else "0x00000002"]) == (said(trace), count(trace))


def test_a_wrong_timeout_never_comes_to_schedule() -> None:
    """It says so, and returns."""

    assert ["schedule_timeout: wrong timeout value"] == [
        line[:37] for line in said(held("2.6.24", "schedule_timeout(-1)"))
    ]


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("take", ["read_lock(words)", "spin_lock(lock)"])
def test_a_helper_under_a_lock_says_both(take: str, profile: str) -> None:
    """might_sleep() first, two lines, then schedule(), when it waits."""

    wait = WAITS.get(profile, WAITS["2.6.24"])[0]
    give = take.replace("_lock", "_unlock")
    trace = held(profile, f"call_usermodehelper(page, argv, NULL, {wait})", take=take, give=give)
    assert (["might_sleep", "why", "atomic"]) == said(trace)
    assert ["0x00000001" if profile == "2.6.11" else "0x00000002"] == count(trace)


@pytest.mark.parametrize(
    "call, kinds",
    [
        ("wait_for_completion(done)", ["might_sleep", "why", "atomic"]),
        ("complete(done); wait_for_completion(done)", ["might_sleep", "why"]),
        ("kfree(kmalloc(8, GFP_KERNEL))", ["might_sleep", "why"]),
        ("kfree(kmalloc(8, GFP_ATOMIC))", []),
        ("might_sleep()", ["might_sleep", "why"]),
        ('t = kthread_create(mykthread, NULL, "t")', ["might_sleep", "why", "atomic"]),
    ],
)
def test_who_does_not_sleep_in_the_end_says_only_that_he_might(call: str, kinds: list[str]) -> None:
    """schedule()'s line comes with the sleep."""

    assert kinds == said(held("2.6.24", *call.split("; ")))


def test_memory_that_has_to_be_waited_for_says_both() -> None:
    """kmalloc() has two outcomes."""

    trace = held("2.6.24", DECLARE, "kfree(kmalloc(8, GFP_KERNEL))", prefer=("reclaim/*",))
    assert ["might_sleep", "why", "atomic"] == said(trace)


def test_a_helper_from_an_interrupt_says_both() -> None:
    """There the path ends, and the two warnings stand before it."""

    text = DATA
    text += "def line():\n    argv = [page, NULL]\n    call_usermodehelper(page, argv, NULL, 0)\n\n\n" + lines(
        "schedule()"
    )
    trace = drive(text, Config(cpus=1), prefer=("irq/nic", "*"), calls=[Call("nic", "line", context="irq")])
    assert ("fault", ["might_sleep", "why", "atomic"], ["0x00010000"]) == (trace.ending, said(trace), count(trace))


# ---- whose child a helper is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "profile, wait, parent",
    [
        ("2.6.11", "0", "khelper"),
        ("2.6.11", "1", "khelper"),
        ("2.6.24", "UMH_NO_WAIT", "khelper"),
        ("2.6.32", "UMH_WAIT_EXEC", "khelper"),
        ("6.12", "UMH_NO_WAIT", "kthreadd"),
        ("6.12", "UMH_WAIT_EXEC", "kthreadd"),
        ("6.12", "UMH_WAIT_PROC", "kworker/u8:0"),
    ],
)
def test_the_parent_of_a_helper(profile: str, wait: str, parent: str) -> None:
    """Today's worker makes its child with CLONE_PARENT, unless it is to wait for the child's end."""

    text = DATA + lines("argv = [page, NULL]", f"call_usermodehelper(page, argv, NULL, {wait})", DECLARE, "schedule()")
    trace = drive(text, Config(profile=profile, cpus=1), helpers={"/bin/page": Helper()})
    assert [parent] == [e.detail("parent") for e in trace.events if e.op == "exec"]


@pytest.mark.parametrize("profile, field", [("2.6.11", "state"), ("2.6.32", "state"), ("6.12", "__state")])
def test_what_the_state_is_called(profile: str, field: str) -> None:
    """task_struct.state got its underscores in 5.14."""

    trace = drive(lines("x = current.state", "schedule()"), Config(profile=profile, cpus=1))
    assert [(f"current.{field}",)] == [e.args for e in trace.events if e.op == "load"]


# ---- who is interrupted --------------------------------------------------------------------------------------------

CUT = """
mail = DEFINE_TIMER(late, 0, 0)
seen = u32(0)


def late(data):
    global seen
    seen = 9
    schedule()


def work():
    global seen
    mod_timer(mail, jiffies + 1)
    seen = 1
    seen = 2


def mykthread(unused):
    schedule()
    return 0
"""
BUILDS = [
    Config(profile="2.6.24", cpus=1, preempt=preempt, smp=smp)
    for preempt, smp in ((True, True), (True, False), (False, True))
]


def cut(config: Config, schedule: str, calls: list[Call]) -> Trace:
    world = Scenario("cut", threads=["mykthread"], calls=calls)
    return replay(module(CUT), world, config, schedule)


@pytest.mark.parametrize("config", BUILDS, ids=str)
def test_a_bottom_half_names_the_call_that_it_interrupts(config: Config) -> None:
    """It is not the idle task, though somebody else could have been given the CPU."""

    trace = cut(config, "exe*3 timer/mail softirq/mail", [Call("exe", "work")])
    landed = next(e for e in trace.events if e.op == "expire")
    assert ("exe", "exe") == (landed.task, re.search(r"atomic: (\w+)/", trace.log[-1][1])[1])


@pytest.mark.parametrize("config", BUILDS, ids=str)
def test_behind_the_last_call_it_finds_an_idle_cpu(config: Config) -> None:
    """Whoever has ended runs no more."""

    trace = cut(config, "mykthread*3 exe*4 timer/mail softirq/mail", [Call("exe", "work")])
    landed = next(e for e in trace.events if e.op == "expire")
    assert ("", "swapper") == (landed.task, re.search(r"atomic: (\w+)/", trace.log[-1][1])[1])
