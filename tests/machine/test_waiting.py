"""Sleeping and waking: what the wait_event family, timers, trylocks and exclusive waiters return and leave behind."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Spurious, asleep, explore
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.events import Trace
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module, settled

CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp_preempt": Config(cpus=1, preempt=True, smp=True),
    "a_cpu_each": Config(cpus=8),
}
DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()
ready = u32(0)
count = u32(0)


def go():
    global ready
    ready = 1
    wake_up(queue)


"""
GO = {"calls": [Call("go", "go")]}
GO_WHEN_ASLEEP = {"calls": [Call("go", "go", when=asleep("mykthread"))]}
KILL = {"signals": [Signal("mykthread", "SIGKILL")]}
SPURIOUS = {"spurious": [Spurious("mykthread")]}
MAX = 2**63 - 1
ALLOW = "allow_signal(SIGKILL)"

ENDS: dict[str, tuple[list[str], dict, set]] = {
    "wait_event_returns_when_it_holds": (["wait_event(queue, ready)", "return 3"], GO, {("exited", 3)}),
    "wait_event_is_deaf_to_signals": ([ALLOW, "wait_event(queue, ready)", "return 3"], KILL, {("asleep", None)}),
    "wait_event_sleeps_on_after_a_spurious_wake": (["wait_event(queue, ready)"], SPURIOUS, {("asleep", None)}),
    "interruptible_returns_0": (["return wait_event_interruptible(queue, ready)"], GO, {("exited", 0)}),
    "interruptible_returns_erestartsys": (
        [ALLOW, "return wait_event_interruptible(queue, ready)"],
        KILL,
        {("exited", -512)},
    ),
    "interruptible_tests_the_condition_before_the_signal": (
        [ALLOW, "return wait_event_interruptible(queue, ready)"],
        GO | KILL,
        {("exited", 0), ("exited", -512)},
    ),
    "interruptible_does_not_hear_a_blocked_signal": (
        ['daemonize("x")', "return wait_event_interruptible(queue, ready)"],
        KILL,
        {("asleep", None)},
    ),
    "exclusive_returns_0": (["return wait_event_interruptible_exclusive(queue, ready)"], GO, {("exited", 0)}),
    "timeout_returns_0_when_it_expires": (["return wait_event_timeout(queue, ready, 5)"], {}, {("exited", 0)}),
    "timeout_returns_what_is_left": (
        ["n = wait_event_timeout(queue, ready, 5)", "return n > 0"],
        GO,
        {("exited", 0), ("exited", 1)},
    ),
    "timeout_is_all_left_if_it_held_before": (
        ["global ready", "ready = 1", "return wait_event_timeout(queue, ready, 5)"],
        {},
        {("exited", 5)},
    ),
    "interruptible_timeout_expires": (
        ["return wait_event_interruptible_timeout(queue, ready, 5)"],
        {},
        {("exited", 0)},
    ),
    "interruptible_timeout_hears_signals": (
        [ALLOW, "return wait_event_interruptible_timeout(queue, ready, 5)"],
        KILL,
        {("exited", 0), ("exited", -512)},
    ),
    "a_timeout_without_end_never_expires": (
        ["return wait_event_timeout(queue, ready, MAX_SCHEDULE_TIMEOUT)"],
        {},
        {("asleep", None)},
    ),
    "schedule_timeout_expires": (
        ["set_current_state(TASK_INTERRUPTIBLE)", "return schedule_timeout(5)"],
        {},
        {("exited", 0)},
    ),
    "schedule_timeout_is_cut_short": (
        ["set_current_state(TASK_UNINTERRUPTIBLE)", "return schedule_timeout(5) > 0"],
        SPURIOUS,
        {("exited", 1)},
    ),
    "schedule_timeout_without_a_state_does_not_sleep": (["return schedule_timeout(5) > 0"], {}, {("exited", 1)}),
    "schedule_timeout_with_a_signal_does_not_sleep": (
        [ALLOW, "while not signal_pending(current):", "    schedule()"]
        + ["set_current_state(TASK_INTERRUPTIBLE)", "return schedule_timeout(5) > 0"],
        KILL,
        {("exited", 1)},
    ),
    "schedule_timeout_in_d_is_deaf_to_signals": (
        ["set_current_state(TASK_UNINTERRUPTIBLE)", "return schedule_timeout(MAX_SCHEDULE_TIMEOUT)"],
        KILL,
        {("asleep", None)},
    ),
    "schedule_timeout_leaves_it_running": (
        ["set_current_state(TASK_INTERRUPTIBLE)", "schedule_timeout(5)", "return current.state"],
        {},
        {("exited", 0)},
    ),
    "schedule_timeout_refuses_a_negative_time": (
        ["set_current_state(TASK_INTERRUPTIBLE)", "n = schedule_timeout(-1)", "return n * 10 + current.state"],
        {},
        {("exited", 0)},
    ),
    "sleep_on_waits_for_a_wake_up": (["sleep_on(queue)", "return 3"], GO_WHEN_ASLEEP, {("exited", 3)}),
    "interruptible_sleep_on_hears_signals": (
        [ALLOW, "interruptible_sleep_on(queue)", "return signal_pending(current)"],
        KILL,
        {("exited", 1)},
    ),
    "do_exit_ends_it_where_it_stands": (["count_and_leave()", "return 1"], {}, {("exited", 7)}),
}
LEAVE = "def count_and_leave():\n    do_exit(7)\n\n\n"


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("claim", ENDS)
def test_how_a_wait_ends(claim: str, config: str) -> None:
    """Every way in which it can end and what it then returned, once all that may come has come (KERNEL.md 2.5, 3.5)."""

    body, world, expected = ENDS[claim]
    scenario = Scenario("wait", threads=["mykthread"], **world)
    found = settled(outcomes(module(DATA + LEAVE + lines(*body)), scenario, CONFIGS[config]))
    assert expected == {(o.ending, o.code) for o in found}


def test_a_timeout_without_end_gives_itself_back() -> None:
    """2.6.11: MAX_SCHEDULE_TIMEOUT is plain schedule(), and returned as it is."""

    body = ["set_current_state(TASK_INTERRUPTIBLE)", "return schedule_timeout(MAX_SCHEDULE_TIMEOUT)"]
    found = settled(outcomes(module(lines(*body)), Scenario("max", threads=["mykthread"], **SPURIOUS), Config()))
    assert {("exited", MAX)} == {(o.ending, o.code) for o in found}


def test_a_wrong_timeout_is_logged() -> None:
    """2.6.11 prints that the value is wrong, and where it was asked for."""

    trace = drive(lines("n = schedule_timeout(-1)"))
    assert any("schedule_timeout: wrong timeout value" in text for _, text in trace.log)


# ---- trylocks ------------------------------------------------------------------------------------------------------

TRY = """
def mykthread(unused):
    if {trylock}({lock}):
        {unlock}({lock})
        return 1
    return 0


def rival(unused):
    global count
    {held}({lock})
    count = 1
    {release}({lock})
"""
TRYLOCKS = {
    "spin": dict(trylock="spin_trylock", unlock="spin_unlock", held="spin_lock", release="spin_unlock", lock="lock"),
    "write": dict(trylock="write_trylock", unlock="write_unlock", held="write_lock", release="write_unlock", lock="rw"),
    "read": dict(trylock="write_trylock", unlock="write_unlock", held="read_lock", release="read_unlock", lock="rw"),
}


@pytest.mark.parametrize("held", TRYLOCKS)
@pytest.mark.parametrize("config, expected", [("up", {1}), ("one_cpu_smp_preempt", {1}), ("a_cpu_each", {0, 1})])
def test_a_trylock_never_waits(config: str, expected: set[int], held: str) -> None:
    """It fails only where somebody can hold the lock just then: preemption is off inside, so on another CPU."""

    made = module(DATA + TRY.format(**TRYLOCKS[held]))
    found = outcomes(made, Scenario("try", threads=["mykthread", "rival"]), CONFIGS[config])
    assert {("exited", code) for code in expected} == {(o.ending, o.code) for o in found}


@pytest.mark.parametrize("smp, expected", [(False, {3}), (True, {2, 3})])
def test_a_trylock_in_an_interrupt_fails_on_its_own_cpus_lock(smp: bool, expected: set[int]) -> None:
    """With lock words a 0 and no deadlock; without them there is nothing to find."""

    tries = ["global ready", "ready = 2", "if spin_trylock(lock):", "    ready = 3", "    spin_unlock(lock)"]
    handler = lines(*tries).replace("mykthread(unused)", "handler()")
    body = ["spin_lock(lock)", "while ready == 0:", "    barrier()", "spin_unlock(lock)", "return ready"]
    made = module(f"{DATA}{handler}\n\n{lines(*body)}")
    world = Scenario("try", threads=["mykthread"], calls=[Call("nic", "handler", context="irq")])
    found = settled(outcomes(made, world, Config(cpus=1, smp=smp)))
    assert {("exited", code) for code in expected} == {(o.ending, o.code) for o in found}


@pytest.mark.parametrize("take", ["spin_lock(lock)", "read_lock(table)"])
def test_who_takes_one_lock_again_and_again_keeps_what_he_takes(take: str) -> None:
    """The fifth time is a fault, so that he needs not be followed any further."""

    locks = "lock = DEFINE_SPINLOCK()\ntable = DEFINE_RWLOCK()\n"
    assert not fault(drive(locks + lines(*[take] * 4), CONFIGS["up"]))
    assert fault(drive(locks + lines(*[take] * 5), CONFIGS["up"])) == "lock_depth"


@pytest.mark.parametrize("config", CONFIGS)
def test_any_number_of_locks_inside_each_other_is_balanced(config: str) -> None:
    """Nobody keeps what he releases, and there is room for three that he has already."""

    locks = "table = DEFINE_RWLOCK()\n" + "".join(f"lock{n} = DEFINE_SPINLOCK()\n" for n in range(12))
    held = [*["read_lock(table)"] * 4, *(f"spin_lock(lock{n})" for n in range(12))]
    body = lines(*held, *(line.replace("lock(", "unlock(") for line in reversed(held)))
    found = explore(module(locks + body), Scenario("deep", threads=["mykthread"]), CONFIGS[config], ["locks_balanced"])
    assert found.verdicts["locks_balanced"].holds
    again = held.index("spin_lock(lock0)")
    assert fault(drive(locks + lines(*held, held[0]), CONFIGS[config])) == "lock_depth"
    assert not fault(drive(locks + lines(*held[1:], held[again - 1]), CONFIGS[config]))


# ---- exclusive waiters ---------------------------------------------------------------------------------------------

WAITERS = """
def joins(exclusive: u32):
    w = DECLARE_WAITQUEUE(current)
    if exclusive:
        add_wait_queue_exclusive(queue, w)
    else:
        add_wait_queue(queue, w)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    remove_wait_queue(queue, w)


def e1(unused):
    joins(1)


def e2(unused):
    joins(1)


def e3(unused):
    joins(1)


def n1(unused):
    joins(0)


def n2(unused):
    joins(0)


def waker():
    {wake}
"""


def woken(wake: str, order: tuple[str, ...], config: Config = Config(cpus=1)) -> list[str]:  # noqa: B008
    """Who is woken by *wake*, once the threads have fallen asleep in this order."""
    text = DATA + WAITERS.format(wake=wake)
    trace = drive(text, config, prefer=(*order, "waker"), threads=list(order), calls=[Call("waker", "waker")])
    wakes = [e for e in trace.events if e.op.startswith("wake_up")]
    assert 1 == len(wakes)
    return list(wakes[0].detail("woken", ()))


@pytest.mark.parametrize(
    "wake, expected",
    [
        ("wake_up(queue)", ["n2", "n1", "e1"]),
        ("wake_up_nr(queue, 1)", ["n2", "n1", "e1"]),
        ("wake_up_nr(queue, 2)", ["n2", "n1", "e1", "e2"]),
        ("wake_up_nr(queue, 3)", ["n2", "n1", "e1", "e2", "e3"]),
        ("wake_up_nr(queue, 9)", ["n2", "n1", "e1", "e2", "e3"]),
        ("wake_up_all(queue)", ["n2", "n1", "e1", "e2", "e3"]),
        ("wake_up_interruptible(queue)", ["n2", "n1", "e1"]),
        ("wake_up_interruptible_nr(queue, 2)", ["n2", "n1", "e1", "e2"]),
        ("wake_up_interruptible_all(queue)", ["n2", "n1", "e1", "e2", "e3"]),
        ("wake_up_interruptible_sync(queue)", ["n2", "n1", "e1"]),
    ],
)
def test_a_wake_up_counts_the_exclusive_waiters(wake: str, expected: list[str]) -> None:
    """All non-exclusive ones, newest first; then as many exclusive ones, oldest first (KERNEL.md 3.4)."""

    assert expected == woken(wake, ("n1", "e1", "e2", "n2", "e3"))
    assert expected == woken(wake, ("n1", "e1", "e2", "n2", "e3"), Config(cpus=8))


# ---- prepare_to_wait, finish_wait ----------------------------------------------------------------------------------


def queues(trace: Trace) -> list[tuple[str, ...]]:
    """Who is on the queue after each step, repeats left out."""
    seen = [v.queues["queue"] for v in trace.views]
    return [q for n, q in enumerate(seen) if not n or q != seen[n - 1]]


def test_prepare_to_wait_twice_queues_once() -> None:
    """It links only what is not linked; finish_wait unlinks and leaves TASK_RUNNING."""

    body = ["w = DEFINE_WAIT()", *["prepare_to_wait(queue, w, TASK_INTERRUPTIBLE)"] * 2, "finish_wait(queue, w)"]
    trace = drive(DATA + lines(*body, "finish_wait(queue, w)", 'printk("%d", current.state)'))
    assert ([(), ("mykthread",), ()], ["0"], "") == (queues(trace), printed(trace), fault(trace))


def test_a_wake_up_that_returns_1_unlinks_a_define_wait_entry() -> None:
    """autoremove_wake_function: off the queue before the sleeper runs again."""

    body = ["w = DEFINE_WAIT()", "prepare_to_wait(queue, w, TASK_INTERRUPTIBLE)", "schedule()"]
    trace = drive(DATA + lines(*body), prefer=("mykthread", "go"), **GO)
    wake = next(e for e in trace.events if e.op == "wake_up")
    assert ((), ("mykthread",)) == (trace.views[wake.step + 1].queues["queue"], wake.detail("woken"))


def test_a_wake_up_before_the_sleep_leaves_the_entry_linked() -> None:
    """It returns 0 in 2.6.11 and does not unlink: the waiter's own finish_wait does (KERNEL.md 3.3)."""

    body = ["w = DEFINE_WAIT()", "prepare_to_wait(queue, w, TASK_INTERRUPTIBLE)", "wake_up(queue)", "x = ready"]
    trace = drive(DATA + lines(*body, "finish_wait(queue, w)"))
    wake = next(e for e in trace.events if e.op == "wake_up")
    assert (("mykthread",), "not_asleep_yet") == (trace.views[wake.step + 1].queues["queue"], wake.outcome)


def test_a_declare_waitqueue_entry_stays_until_it_is_removed() -> None:
    """default_wake_function does not unlink."""

    body = ["w = DECLARE_WAITQUEUE(current)", "add_wait_queue(queue, w)", "set_current_state(TASK_INTERRUPTIBLE)"]
    trace = drive(DATA + lines(*body, "schedule()", "remove_wait_queue(queue, w)"), prefer=("mykthread", "go"), **GO)
    wake = next(e for e in trace.events if e.op == "wake_up")
    assert (("mykthread",), ()) == (trace.views[wake.step + 1].queues["queue"], trace.views[-1].queues["queue"])


# ---- threads that start threads ------------------------------------------------------------------------------------

PARENT = """
def child(number):
    global count
    count = number
    return number


"""


def test_a_child_gets_its_argument_and_the_parent_its_pid() -> None:
    """kernel_thread returns a pid above 0; the child runs by itself and ends with what it returns."""

    trace = drive(DATA + PARENT + lines("pid = kernel_thread(child, 42, CLONE_KERNEL)", 'printk("%d", pid > 0)'))
    ends = {e.task: e.detail("code") for e in trace.events if e.op == "exit"}
    assert (["1"], 42) == (printed(trace), trace.views[-1].statics["count"])
    assert 42 in ends.values()


def test_a_child_may_run_before_its_parent_goes_on() -> None:
    """No order is promised: whether the parent sees what the child wrote depends on the schedule."""

    body = ["kernel_thread(child, 1, CLONE_KERNEL)", "return count"]
    made = module(DATA + PARENT + lines(*body))
    found = outcomes(made, Scenario("born", threads=["mykthread"]), Config(cpus=4))
    assert {("exited", 0), ("exited", 1)} == {(o.ending, o.code) for o in found}
    found = outcomes(made, Scenario("born", threads=["mykthread"]), Config(cpus=1))
    assert {0} <= {o.code for o in found} <= {0, 1}
