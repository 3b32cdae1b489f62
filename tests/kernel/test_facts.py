"""COURSE 5.3: the facts that decide right and wrong (but the ninth, which is about later kernels)."""

from __future__ import annotations

import re

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Thread, asleep, done, explore, inside, replay
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.events import Trace
from tests.support import module, settled

UP, UP_PREEMPT = Config(cpus=1), Config(cpus=1, preempt=True)
TWO_CPUS, EACH = Config(cpus=2), Config(cpus=6)
DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
stage = u32(0)


def until(value: u32):
    while stage != value:
        barrier()


def stop():
    BUG()

"""


def ends(text: str, config: Config, threads: list = ["mykthread"], **more: object) -> set[tuple[str, int | None]]:  # noqa: B006
    """How the watched thread can end, when all that may come has come."""
    scenario = Scenario("fact", threads=threads, **more)
    return {(o.ending, o.code) for o in settled(outcomes(module(DATA + text), scenario, config))}


def trace_to_bug(text: str, config: Config, threads: list, **more: object) -> Trace:
    """A shortest run to the program's own BUG(): the moment at which a test wants to look."""
    scenario, made = Scenario("fact", threads=threads, **more), module(DATA + text)
    verdict = explore(made, scenario, config, properties=("no_oops",)).verdicts["no_oops"]
    assert not verdict.holds
    return replay(made, scenario, config, verdict.witness)


def task(trace: Trace, name: str, back: int = 1) -> object:
    """A task in the last view of a trace (or further *back*)."""
    return next(t for t in trace.views[-back].tasks if t.name == name)


# ---- 1. preempted while TASK_INTERRUPTIBLE


PREEMPTED = """
def mykthread(unused):
    global stage
    set_current_state(TASK_INTERRUPTIBLE)
    stage = 1
    stage = 2
    set_current_state(TASK_RUNNING)
    return 0


def rival(unused):
    while stage == 0:
        barrier()
    return 0
"""


def test_preempted_interruptible_task_stays_on_runqueue() -> None:
    """Fact 1: only schedule() takes it off; rival runs in the middle, and mykthread still gets to its end."""

    assert {("exited", 0)} == ends(PREEMPTED, UP_PREEMPT, ["mykthread", "rival"])


def test_preempted_interruptible_task_is_shown_as_runnable() -> None:
    """Fact 1: on the run queue and off the CPU, in TASK_INTERRUPTIBLE; ps shows S."""

    text = PREEMPTED.replace("    while stage == 0:\n        barrier()\n", "    until(1)\n    BUG()\n")
    target = task(trace_to_bug(text, UP_PREEMPT, ["mykthread", "rival"]), "mykthread")
    assert (True, False, "S") == (target.on_runqueue, target.on_cpu, target.letter)
    assert "TASK_INTERRUPTIBLE" == target.state


def test_wake_up_of_a_preempted_interruptible_task_is_not_lost() -> None:
    """Fact 1 with KERNEL 2.4: the wake-up makes it RUNNING, and its own schedule() is then a yield."""

    text = """
target_task = ptr("task_struct")


def mykthread(unused):
    global stage, target_task
    target_task = current
    set_current_state(TASK_INTERRUPTIBLE)
    stage = 1
    schedule()
    return 0


def rival(unused):
    until(1)
    wake_up_process(target_task)
    return 0
"""
    assert {("exited", 0)} == ends(text, UP_PREEMPT, ["mykthread", "rival"])


# ---- 2. a wake-up acts on TASK_INTERRUPTIBLE only


def test_wake_up_of_a_running_task_is_forgotten() -> None:
    """Fact 2: it sleeps all the same."""

    text = """
def mykthread(unused):
    global stage
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(queue, wait)
    stage = 1
    until(2)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    remove_wait_queue(queue, wait)
    return 0


def waker(unused):
    global stage
    until(1)
    wake_up_interruptible(queue)
    stage = 2
    return 0
"""
    assert {("asleep", None)} == ends(text, TWO_CPUS, ["mykthread", "waker"])


# ---- 3. schedule() with a signal pending


WITH_SIGNAL = """
def wait_for_signal():
    while not signal_pending(current):
        barrier()


def mykthread(unused):
    daemonize("mykthread")
    allow_signal(SIGKILL)
    wait_for_signal()
    set_current_state(TASK_STATE)
    schedule()
    return 5
"""


@pytest.mark.parametrize(
    ("state", "ending"), [("TASK_INTERRUPTIBLE", ("exited", 5)), ("TASK_UNINTERRUPTIBLE", ("asleep", None))]
)
@pytest.mark.parametrize("config", [UP, UP_PREEMPT], ids=str)
def test_schedule_with_a_pending_signal(state: str, ending: tuple, config: Config) -> None:
    """Fact 3: interruptible, it does not sleep; uninterruptible, it does."""

    text = WITH_SIGNAL.replace("TASK_STATE", state)
    kill = Signal("mykthread", "SIGKILL", when=inside("mykthread", "wait_for_signal"))
    assert {ending} == ends(text, config, signals=[kill])


# ---- 4. daemonize blocks all signals


BLOCKED = """
def mykthread(unused):
    daemonize("mykthread")
    ALLOW
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return signal_pending(current)
"""


@pytest.mark.parametrize(
    ("allow", "signal", "ending"),
    [
        ("pass", "SIGKILL", "asleep"),
        ("pass", "SIGTERM", "asleep"),
        ("allow_signal(SIGKILL)", "SIGKILL", "exited"),
        ("allow_signal(SIGKILL)", "SIGTERM", "asleep"),
    ],
)
def test_daemonize_blocks_every_signal(allow: str, signal: str, ending: str) -> None:
    """Fact 4: without allow_signal even SIGKILL does nothing."""

    found = ends(BLOCKED.replace("ALLOW", allow), UP, signals=[Signal("mykthread", signal, when=asleep("mykthread"))])
    assert {ending} == {end for end, _ in found}


def test_a_blocked_sigkill_stays_pending_until_it_is_allowed() -> None:
    """KERNEL 10.1 trap 10: a later allow_signal delivers it."""

    text = """
def mykthread(unused):
    daemonize("mykthread")
    until(2)
    before = signal_pending(current)
    allow_signal(SIGKILL)
    return 10 + before + 2 * signal_pending(current)


def go():
    global stage
    stage = 2
"""
    started = {"calls": [Call("go", "go", when=done("kill/mykthread"))]}
    kill = [Signal("mykthread", "SIGKILL")]
    # sent before daemonize it was flushed (10), after it is pending once allowed (12)
    assert {("exited", 10), ("exited", 12)} == ends(text, TWO_CPUS, signals=kill, **started)


# ---- 5. order of waiters


def waiters(exclusive: bool) -> str:
    join = "add_wait_queue_exclusive" if exclusive else "add_wait_queue"
    return f"""
def first(unused):
    global stage
    wait = DECLARE_WAITQUEUE(current)
    {join}(queue, wait)
    stage = 1
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    remove_wait_queue(queue, wait)
    return 0


def second(unused):
    wait = DECLARE_WAITQUEUE(current)
    until(1)
    {join}(queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    remove_wait_queue(queue, wait)
    return 0


def poke():
    wake_up_interruptible(queue)
    BUG()
"""


POKE = {"calls": [Call("poker", "poke", when=asleep("first") & asleep("second"))]}


def woken(trace: Trace) -> list[str]:
    return [name for e in trace.events if e.op == "wake_up_interruptible" for name in e.detail("woken", ())]


def test_every_non_exclusive_waiter_is_woken_last_in_first() -> None:
    """Fact 5: add_wait_queue inserts at the head."""

    assert ["second", "first"] == woken(trace_to_bug(waiters(False), EACH, ["first", "second"], **POKE))


def test_one_exclusive_waiter_is_woken_first_in_first() -> None:
    """Fact 5: add_wait_queue_exclusive inserts at the tail, and one is woken."""

    assert ["first"] == woken(trace_to_bug(waiters(True), EACH, ["first", "second"], **POKE))


def test_exclusive_waiters_stand_behind_the_others() -> None:
    """KERNEL 3.4: the walk meets the non-exclusive ones first, and wakes one exclusive one."""

    before, join, after = waiters(True).rpartition("add_wait_queue_exclusive")
    text = before + join.removesuffix("_exclusive") + after
    assert ["second", "first"] == woken(trace_to_bug(text, EACH, ["first", "second"], **POKE))


# ---- 6. on a queue and running


def test_a_task_can_be_on_a_wait_queue_and_run() -> None:
    """Fact 6: membership is not sleep."""

    text = """
def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(queue, wait)
    BUG()
"""
    trace = trace_to_bug(text, UP, ["mykthread"])
    target = task(trace, "mykthread", back=2)
    assert ("R", True) == (target.letter, target.on_runqueue)
    assert ("mykthread",) == trace.views[-2].queues["queue"]


# ---- 7. sleeping where one must not


SLEEPS = {
    "schedule": "schedule()",
    "kmalloc": "kfree(kmalloc(16, GFP_KERNEL))",
    "call_usermodehelper": 'call_usermodehelper("/bin/alert", argv, envp, 0)',
}
UNDER_LOCK = """
def mykthread(unused):
    daemonize("mykthread")
    argv = ["/bin/alert", NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin", NULL]
    spin_lock(lock)
    SLEEP
    spin_unlock(lock)
    return 0
"""
IN_INTERRUPT = """
def mykthread(unused):
    return 0


def handler():
    argv = ["/bin/alert", NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin", NULL]
    SLEEP
"""


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, Config(cpus=1, smp=True)], ids=str)
@pytest.mark.parametrize("call", SLEEPS)
def test_sleeping_under_a_lock_is_an_error_in_every_build(call: str, config: Config) -> None:
    """Fact 7: the ledger sees it everywhere; the kernel's message needs preempt_count (KERNEL 4.2)."""

    made = module(DATA + UNDER_LOCK.replace("SLEEP", SLEEPS[call]))
    scenario = Scenario("atomic", threads=[Thread("mykthread")])
    verdict = explore(made, scenario, config, properties=("never_sleeps_atomic",)).verdicts["never_sleeps_atomic"]
    assert (False, "lock_held") == (verdict.holds, verdict.cause)
    log = [line for _, line in replay(made, scenario, config, verdict.witness).log]
    pattern = r"scheduling while atomic: mykthread/0x00000001/\d+|sleeping function called from invalid context"
    assert config.preempt == any(re.search(pattern, line) for line in log), log


@pytest.mark.parametrize("call", SLEEPS)
def test_sleeping_in_an_interrupt_is_an_error(call: str) -> None:
    """Fact 7: and the kernel says so with PREEMPT=n too."""

    made = module(DATA + IN_INTERRUPT.replace("SLEEP", SLEEPS[call]))
    scenario = Scenario("atomic", threads=[Thread("mykthread")], calls=[Call("nic", "handler", context="irq")])
    verdict = explore(made, scenario, UP, properties=("never_sleeps_atomic",)).verdicts["never_sleeps_atomic"]
    assert (False, "interrupt") == (verdict.holds, verdict.cause)
    log = [line for _, line in replay(made, scenario, UP, verdict.witness).log]
    assert any("scheduling while atomic" in line or "sleeping function called" in line for line in log), log


def test_the_message_of_schedule_under_a_lock() -> None:
    """KERNEL 4.5, 2.6.11: name, preempt_count in eight digits, pid."""

    made = module(DATA + UNDER_LOCK.replace("SLEEP", SLEEPS["schedule"]))
    scenario = Scenario("atomic", threads=[Thread("mykthread")])
    verdict = explore(made, scenario, UP_PREEMPT, properties=("never_sleeps_atomic",)).verdicts["never_sleeps_atomic"]
    log = "\n".join(line for _, line in replay(made, scenario, UP_PREEMPT, verdict.witness).log)
    assert re.search(r"scheduling while atomic: mykthread/0x00000001/\d+", log), log


# ---- 8. comm


def test_a_name_has_fifteen_characters() -> None:
    """Fact 8: TASK_COMM_LEN is 16 with its NUL, and the thread has no user memory, so ps shows [name]."""

    text = """
def mykthread(unused):
    daemonize("a_name_of_twenty_ch1")
    BUG()
"""
    target = task(trace_to_bug(text, UP, ["mykthread"]), "mykthread", back=2)
    assert ("a_name_of_twent", False) == (target.comm, target.has_mm)


# ---- 10. zombies


@pytest.mark.parametrize(("daemonize", "letters"), [("pass", {"Z"}), ('daemonize("mykthread")', set())])
def test_a_zombie_stays_until_its_parent_waits(daemonize: str, letters: set[str]) -> None:
    """Fact 10: its creator never waits; init, to which daemonize hands it, reaps it."""

    text = f"""
def mykthread(unused):
    {daemonize}
    return 0
"""
    made = module(DATA + text)
    late = Scenario("late", threads=[Thread("mykthread")], calls=[Call("late", "stop", when=done("mykthread"))])
    verdict = explore(made, late, EACH, properties=("no_oops",)).verdicts["no_oops"]
    trace = replay(made, late, EACH, verdict.witness)
    left = {t.letter for t in trace.views[-1].tasks if t.name == "mykthread" and t.letter != "X"}
    assert letters == left


# ---- 11. SMP


COUNTERS = """
count = u32(0)
finished = u32(0)


def mykthread(unused):
    global count
    count += 1
    while finished == 0:
        schedule()
    return count


def rival(unused):
    global count, finished
    count += 1
    finished = 1
    return 0
"""


@pytest.mark.parametrize(
    ("config", "sums"),
    [(UP, {2}), (Config(cpus=1, smp=True), {2}), (UP_PREEMPT, {1, 2}), (TWO_CPUS, {1, 2})],
    ids=str,
)
def test_two_cpus_or_preemption_lose_an_increment(config: Config, sums: set[int]) -> None:
    """Fact 11: `x += 1` on shared memory is two operations; only on one CPU without preemption nobody comes between."""

    assert {("exited", n) for n in sums} == ends(COUNTERS, config, ["mykthread", "rival"])


def test_an_interrupt_comes_between_on_one_cpu_too() -> None:
    """Fact 11: UP without preemption still has interrupts."""

    text = COUNTERS.replace("def rival(unused):", "def rival():").replace("    return 0\n", "")
    found = ends(text, UP, ["mykthread"], calls=[Call("nic", "rival", context="irq")])
    assert {("exited", 1), ("exited", 2)} == found
