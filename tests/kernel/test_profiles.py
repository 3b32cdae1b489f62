"""The same module under two versions of the kernel: the different verdicts, values and messages of KERNEL.md.

Sections name their source: 0.2 (symbols), 1.2-1.5 (daemonize, signals, death), 2.6 and 3.3-3.4 (what a wake-up
returns), 4.5 (messages), 6 (helpers).
"""

from __future__ import annotations

import re

import pytest

from kthreadlab import Call, Config, Freeze, Scenario, Signal, Thread, asleep, done, explore, inside, replay
from kthreadlab.compile.values import LowerError
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.events import TaskView, Trace
from tests.kernel.variants import LISTING_FIVE, variant
from tests.machine.drive import code, drive, fault, lines
from tests.support import HANDLED, SERVED, module, settled

PROFILES = ("2.4", "2.6.11", "2.6.24", "2.6.32", "6.12")
WITH_DAEMONIZE = ("2.6.11", "2.6.24", "2.6.32")
T = "mykthread"
ASLEEP = asleep(T)


def on(profile: str, **more: object) -> Config:
    return Config(profile=profile, **more)


def ends(text: str, config: Config, **world: object) -> set[tuple]:
    """``(ending, code)`` of every way it can go, when all that may come has come."""
    scenario = Scenario("profile", **{"threads": [T], **world})
    return {(o.ending, o.code) for o in settled(outcomes(module(text), scenario, config))}


def verdict(text: str, config: Config, name: str, **world: object) -> object:
    scenario = Scenario("profile", **{"threads": [T], **world})
    return explore(module(text), scenario, config, properties=(name,)).verdicts[name]


def failure(text: str, config: Config, name: str, **world: object) -> Trace:
    """The witness of a property that fails, replayed."""
    scenario, made = Scenario("profile", **{"threads": [T], **world}), module(text)
    found = explore(made, scenario, config, properties=(name,)).verdicts[name]
    assert not found.holds
    return replay(made, scenario, config, found.witness)


def watched(trace: Trace, name: str = T) -> TaskView:
    return next(t for t in trace.views[-1].tasks if t.name == name)


def log(trace: Trace) -> list[str]:
    return [text for _, text in trace.log]


# ---- which symbols there are (0.2, 1.2, 9)

ABSENT = {
    "do_exit(0)": ("6.12",),
    "kthread_exit(0)": ("2.4", "2.6.11", "2.6.24", "2.6.32"),
    # a line of a thread: versions that lack it
    'daemonize("x")': ("2.4", "6.12"),  # 2.4 has it without a name
    "reparent_to_init()": ("6.12",),
    "allow_signal(SIGKILL)": ("2.4",),
    "disallow_signal(SIGKILL)": ("2.4",),
    "kfree(kzalloc(8, GFP_KERNEL))": ("2.4",),
    "return UMH_WAIT_EXEC": ("2.4", "2.6.11"),
    "return UMH_NO_WAIT": ("2.4", "2.6.11"),
    "return UMH_WAIT_PROC": ("2.4", "2.6.11"),
    "return UMH_KILLABLE": ("2.4", "2.6.11", "2.6.24", "2.6.32"),
    "return UMH_FREEZABLE": ("2.4", "2.6.11", "2.6.24", "2.6.32"),
    "set_freezable()": ("2.4", "2.6.11"),
    "schedule()": (),
    "set_current_state(TASK_RUNNING)": (),
    "return signal_pending(current)": (),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("line", ABSENT)
def test_symbols_of_a_version(line: str, profile: str) -> None:
    """A call or a constant that a version lacks is an unknown symbol at insmod."""

    text = lines(line, "return 0")
    scenario = Scenario("insmod", threads=[T])
    if profile not in ABSENT[line]:
        explore(module(text), scenario, on(profile), properties=("no_oops",))
        return
    symbol = re.match(r"(?:return |kfree\()?(\w+)", line)[1]
    with pytest.raises(LowerError, match=f"Unknown symbol {symbol}|too many arguments to {symbol}"):
        explore(module(text), scenario, on(profile), properties=("no_oops",))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("call", ["complete_and_exit", "kthread_complete_and_exit"])
def test_what_a_modules_thread_ends_with(call: str, profile: str) -> None:
    """Since 5.17 do_exit() is not for modules, and what completes and ends has a name of kthread's."""

    text = "over = DECLARE_COMPLETION()\n\n\n" + lines(f"{call}(over, 3)", "return 0")
    if (call == "kthread_complete_and_exit") == (profile == "6.12"):
        assert {("exited", 3)} == ends(text, on(profile))
    else:
        with pytest.raises(LowerError, match=f"Unknown symbol {call}"):
            ends(text, on(profile))


MUTEX = "lock = DEFINE_MUTEX()\n\n\n" + lines("mutex_lock(lock)", "mutex_unlock(lock)", "return 0")


@pytest.mark.parametrize(
    ("profile", "there"), [("2.4", False), ("2.6.11", False), ("2.6.24", True), ("2.6.32", True), ("6.12", True)]
)
def test_mutexes_came_with_2_6_16(profile: str, there: bool) -> None:
    """Before, there are semaphores."""

    if there:
        assert {("exited", 0)} == ends(MUTEX, on(profile))
    else:
        with pytest.raises(LowerError, match="Unknown symbol (DEFINE_MUTEX|mutex_lock)"):
            ends(MUTEX, on(profile))


def test_call_usermodehelper_takes_three_arguments_in_2_4() -> None:
    """Listing Five's literal is one too many there, and one is missing elsewhere."""

    short = lines('argv = ["/bin/alert", NULL]', 'return call_usermodehelper("/bin/alert", argv, NULL)')
    long = short.replace("argv, NULL)", "argv, NULL, 0)")
    assert {("exited", 0)} == ends(short, on("2.4")) == ends(long, on("2.6.11"))
    with pytest.raises(LowerError, match="too many arguments to call_usermodehelper"):
        ends(long, on("2.4"))
    with pytest.raises(LowerError, match="too few arguments to call_usermodehelper"):
        ends(short, on("2.6.11"))


@pytest.mark.parametrize("profile", PROFILES)
def test_listing_two_compiles_for_no_version_as_printed(profile: str) -> None:
    """E-11: a name for daemonize, reparent_to_init and allow_signal together: only 2.6 has all three, where the second
    is a harmless repeat."""

    body = ['daemonize("mykthread")', "reparent_to_init()", "allow_signal(SIGKILL)", "return 0"]
    if profile in WITH_DAEMONIZE:
        assert {("exited", 0)} == ends(lines(*body), on(profile))
    else:
        with pytest.raises(LowerError):
            ends(lines(*body), on(profile))


# ---- parents and zombies (1.2, 1.3, 1.5)

DAEMON = {
    "2.4": ["daemonize()", "reparent_to_init()"],
    "2.6.11": ['daemonize("mykthread")'],
    "2.6.24": ['daemonize("mykthread")'],
    "2.6.32": ['daemonize("mykthread")'],
    "6.12": [],
}
SLEEP = ["set_current_state(TASK_INTERRUPTIBLE)", "schedule()"]


@pytest.mark.parametrize(("profile", "parent"), [("2.4", 1), ("2.6.11", 1), ("2.6.24", 2), ("2.6.32", 2), ("6.12", 2)])
def test_whose_child_a_daemon_is(profile: str, parent: int) -> None:
    """init's, and since 2.6.22 kthreadd's; in 6.12 it is born so."""

    idle = watched(drive(lines(*DAEMON[profile], *SLEEP, "return 0"), on(profile)))
    assert (parent, "S", False) == (idle.ppid, idle.letter, idle.has_mm)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_daemon_that_ends_is_reaped(profile: str) -> None:
    """init waits; kthreadd ignores SIGCHLD."""

    trace = drive(lines(*DAEMON[profile], "return 0"), on(profile))
    assert ("X", 0) == (watched(trace).letter, code(trace))
    assert "reaped" == next(e.outcome for e in trace.events if e.op == "exit" and e.task == T)


@pytest.mark.parametrize("profile", PROFILES)
def test_without_daemonize_a_zombie_waits_for_its_creator(profile: str) -> None:
    """Before kthreadd made all threads: its parent lives and never waits."""

    trace = drive(lines("return 0"), on(profile))
    if profile == "6.12":
        assert (2, "X") == (watched(trace).ppid, watched(trace).letter)
    else:
        assert "Z" == watched(trace).letter
        assert watched(trace).ppid not in (1, 2)


def test_in_2_4_daemonize_alone_leaves_the_parent() -> None:
    """reparent_to_init is a call of its own there."""

    trace = drive(lines("daemonize()", "return 0"), on("2.4"))
    assert ("Z", False) == (watched(trace).letter, watched(trace).has_mm)


# ---- signals (1.2, 1.4)


def killed(profile: str, signal: str, *body: str) -> set[tuple]:
    """A daemon that sleeps once, is sent *signal* there, and ends with what signal_pending says."""
    text = lines(*DAEMON[profile], *body, *SLEEP, "return 10 + signal_pending(current)")
    return ends(text, on(profile), signals=[Signal(T, signal, when=ASLEEP)])


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("profile", PROFILES)
def test_signals_after_daemonize(profile: str, signal: str) -> None:
    """2.4 leaves them alone, so any signal wakes it; 2.6 blocks them all; today's kernel threads ignore them all."""

    assert {("exited", 11) if profile == "2.4" else ("asleep", None)} == killed(profile, signal)


@pytest.mark.parametrize("profile", [p for p in PROFILES if p != "2.4"])
def test_allow_signal_lets_one_through(profile: str) -> None:
    """SIGKILL, and nothing else."""

    assert {("exited", 11)} == killed(profile, "SIGKILL", "allow_signal(SIGKILL)")
    assert {("asleep", None)} == killed(profile, "SIGTERM", "allow_signal(SIGKILL)")
    assert {("asleep", None)} == killed(profile, "SIGKILL", "allow_signal(SIGKILL)", "disallow_signal(SIGKILL)")


LATE = """
go = u32(0)


def nap():
    while go == 0:
        schedule()


def release():
    global go
    go = 1


def mykthread(unused):
    {daemon}
    {before}
    nap()
    early = signal_pending(current)
    allow_signal(SIGKILL)
    return 10 + early + 2 * signal_pending(current)
"""


def late(profile: str, before: str = "pass") -> set[tuple]:
    """A thread that is sent SIGKILL before it allows it, and looks before and after."""
    text = LATE.format(daemon="\n    ".join(DAEMON[profile]) or "pass", before=before)
    kill = [Signal(T, "SIGKILL", when=inside(T, "nap"))]
    return ends(text, on(profile, cpus=4), signals=kill, calls=[Call("go", "release", when=done(f"kill/{T}"))])


@pytest.mark.parametrize(("profile", "after"), [("2.6.11", 12), ("2.6.24", 12), ("2.6.32", 12), ("6.12", 10)])
def test_a_signal_before_it_is_allowed(profile: str, after: int) -> None:
    """Blocked, it stays pending, and allow_signal delivers it (10.1, trap 10); ignored, it is gone."""

    assert {("exited", after)} == late(profile)


@pytest.mark.parametrize(("profile", "after"), [("2.6.11", 12), ("2.6.24", 10), ("2.6.32", 10), ("6.12", 10)])
def test_a_signal_after_disallow_signal(profile: str, after: int) -> None:
    """2.6.11 blocks it again, so it is kept; since 2.6.22 it is ignored."""

    assert {("exited", after)} == late(profile, "allow_signal(SIGKILL)\n    disallow_signal(SIGKILL)")


# ---- the freezer (1.2, 1.4, E-9)

LISTING_TWO = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    {daemon}
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            break
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""


@pytest.mark.parametrize(
    ("profile", "ending"),
    [("2.6.11", ("exited", 0)), ("2.6.24", ("asleep", None)), ("2.6.32", ("asleep", None)), ("6.12", ("asleep", None))],
)
def test_listing_two_and_a_suspend(profile: str, ending: tuple) -> None:
    """2.6.11: the freezer's signal is taken for SIGKILL; later daemonize says PF_NOFREEZE; today nobody asks."""

    text = LISTING_TWO.format(daemon="\n    ".join([*DAEMON[profile], "allow_signal(SIGKILL)"]))
    assert {ending} == ends(text, on(profile), freeze=Freeze(T, when=ASLEEP))


def test_the_freezers_signal_is_seen_although_all_are_blocked() -> None:
    """1.4: signal_wake_up sets TIF_SIGPENDING without queuing a signal: no blocked mask is asked."""

    text = LISTING_TWO.format(daemon='daemonize("mykthread")')
    assert {("exited", 0)} == ends(text, on("2.6.11"), freeze=Freeze(T, when=ASLEEP))
    assert {("asleep", None)} == ends(text, on("2.6.11"), signals=[Signal(T, "SIGKILL", when=ASLEEP)])


def test_flushing_signals_flushes_the_freezers_too() -> None:
    """1.4: flush_signals clears TIF_SIGPENDING, whoever set it."""

    text = lines(*DAEMON["2.6.11"], *SLEEP, "flush_signals(current)", "return 10 + signal_pending(current)")
    assert {("exited", 10)} == ends(text, on("2.6.11"), freeze=Freeze(T, when=ASLEEP))


# ---- what a wake-up returns (2.6) and what follows from it (3.3, 3.4)

QUEUED = """
queue = DECLARE_WAIT_QUEUE_HEAD()
stage = u32(0)
other = ptr("task_struct")


def until(value: u32):
    while stage != value:
        barrier()


def target(unused):
    global stage, other
    other = current
    set_current_state(TASK_INTERRUPTIBLE)
    stage = 1
    until(2)
    schedule()
    return 0


def mykthread(unused):
    global stage
    until(1)
    woken = wake_up_process(other)
    stage = 2
    return woken
"""
ITSELF = lines(
    "set_current_state(TASK_INTERRUPTIBLE)", "woken = wake_up_process(current)", "schedule()", "return woken"
)


@pytest.mark.parametrize(("profile", "returned"), [(p, int(p == "6.12")) for p in PROFILES])
def test_waking_who_is_not_asleep_yet_returns(profile: str, returned: int) -> None:
    """2.6, row 2 and row 5: its state becomes RUNNING everywhere; 0 until 2.6.3x, 1 in 6.12."""

    threads = [Thread(T), Thread("target")]
    assert {("exited", returned)} == ends(QUEUED, on(profile, cpus=2), threads=threads)
    assert {("exited", 0)} == ends(QUEUED, on(profile, cpus=2), threads=threads[::-1])  # the target only yields
    assert {("exited", returned)} == ends(ITSELF, on(profile))


AUTOREMOVE = """
queue = DECLARE_WAIT_QUEUE_HEAD()
stage = u32(0)


def mykthread(unused):
    global stage
    wait = DEFINE_WAIT()
    prepare_to_wait(queue, wait, TASK_INTERRUPTIBLE)
    stage = 1
    while stage != 2:
        barrier()
    still = waitqueue_active(queue)
    finish_wait(queue, wait)
    return 10 + still


def poke():
    global stage
    wake_up(queue)
    stage = 2
"""


@pytest.mark.parametrize(("profile", "still"), [("2.6.11", 11), ("2.6.24", 11), ("2.6.32", 11), ("6.12", 10)])
def test_a_wake_up_before_the_sleep_unlinks_an_autoremove_entry(profile: str, still: int) -> None:
    """3.3: only if it returned non-zero; before 6.12 the entry stays until its own finish_wait."""

    text = AUTOREMOVE.replace("    wake_up(queue)\n", "    while stage != 1:\n        barrier()\n    wake_up(queue)\n")
    assert {("exited", still)} == ends(text, on(profile, cpus=4), calls=[Call("poker", "poke")])


EXCLUSIVE = """
queue = DECLARE_WAIT_QUEUE_HEAD()
stage = u32(0)


def until(value: u32):
    while stage != value:
        barrier()


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


def mykthread(unused):
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


@pytest.mark.parametrize(
    ("profile", "second"), [(p, ("asleep", None) if p == "6.12" else ("exited", 0)) for p in PROFILES]
)
def test_an_exclusive_wake_that_found_nobody_asleep(profile: str, second: tuple) -> None:
    """3.4: a return of 0 does not count, so that before 6.12 the next exclusive waiter is woken as well."""

    threads = [Thread(T), Thread("target")]
    calls = [Call("poker", "poke", when=ASLEEP)]
    assert {second} == ends(EXCLUSIVE, on(profile, cpus=4), threads=threads, calls=calls)
    assert {("exited", 0)} == ends(EXCLUSIVE, on(profile, cpus=4), threads=threads[::-1], calls=calls)


@pytest.mark.parametrize(("profile", "left"), [("2.6.11", 0), ("2.6.24", 0), ("2.6.32", 0), ("6.12", 1)])
def test_wait_event_timeout_when_the_condition_comes_with_the_expiry(profile: str, left: int) -> None:
    """3.5: 0 in 2.6.11 although the condition holds; today at least 1."""

    text = """
queue = DECLARE_WAIT_QUEUE_HEAD()
ready = u32(0)


def mykthread(unused):
    return wait_event_timeout(queue, ready, HZ) > 0


def silently():
    global ready
    ready = 1
"""
    # nobody calls wake_up: only the timer ends the sleep, and finds the condition true
    assert {("exited", left)} == ends(text, on(profile), calls=[Call("p", "silently", when=ASLEEP)])


# ---- locks (4.1)


@pytest.mark.parametrize("lock", ["spinlock_t", "rwlock_t"])
@pytest.mark.parametrize(("profile", "works"), [("2.4", False), ("2.6.11", False), ("6.12", True)])
def test_a_lock_that_nobody_initialised(profile: str, works: bool, lock: str) -> None:
    """E-3: zero is not the unlocked value of i386's 2.4 and 2.6.11; on modern x86 it is, and all works by luck."""

    take = {"spinlock_t": ("spin_lock", "spin_unlock"), "rwlock_t": ("read_lock", "read_unlock")}[lock]
    text = f"lock = {lock}()\n\n\n" + lines(*(f"{call}(lock)" for call in take), "return 0")
    trace = drive(text, on(profile, smp=True))
    assert ("" if works else "uninitialised_lock") == fault(trace)
    assert works == (code(trace) == 0)


# ---- messages (4.5)

UNDER_LOCK = "lock = DEFINE_SPINLOCK()\n\n\ndef mykthread(unused):\n{daemon}    spin_lock(lock)\n{body}    return 0\n"


def under_lock(profile: str, *body: str) -> str:
    """A daemon that does *body* with a spinlock held, and releases it."""
    daemon = "".join(f"    {line}\n" for line in DAEMON[profile])
    return UNDER_LOCK.format(daemon=daemon, body="".join(f"    {line}\n" for line in [*body, "spin_unlock(lock)"]))


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ("2.6.11", "scheduling while atomic: mykthread/0x00000001/{pid}"),
        # since CFS schedule() has disabled preemption itself by the time it looks: 2, as measured on a 6.1
        ("2.6.24", "BUG: scheduling while atomic: mykthread/{pid}/0x00000002"),
        ("2.6.32", "BUG: scheduling while atomic: mykthread/{pid}/0x00000002"),
        ("6.12", "BUG: scheduling while atomic: mykthread/{pid}/0x00000002"),
    ],
)
def test_message_of_schedule_with_a_lock_held(profile: str, line: str) -> None:
    """Name, count in eight digits, pid, in this version's order; with PREEMPT=y."""

    text = under_lock(profile, "schedule()")
    trace = failure(text, on(profile, preempt=True), "never_sleeps_atomic")
    assert line.format(pid=watched(trace).pid) in log(trace)


@pytest.mark.parametrize("profile", ["2.6.11", "2.6.24", "2.6.32"])
def test_no_message_without_a_preempt_count(profile: str) -> None:
    """4.2: PREEMPT=n: spin_lock does not touch preempt_count; the verdict is there all the same."""

    for call in ("schedule()", "kfree(kmalloc(8, GFP_KERNEL))"):
        trace = failure(under_lock(profile, call), on(profile), "never_sleeps_atomic")
        assert [] == [text for text in log(trace) if "atomic" in text or "sleeping" in text]


@pytest.mark.parametrize(
    ("profile", "first", "second"),
    [
        (
            "2.6.11",
            r"Debug: sleeping function called from invalid context at \S+:\d+",
            r"in_atomic\(\):1, irqs_disabled\(\):0",
        ),
        (
            "2.6.24",
            r"BUG: sleeping function called from invalid context at \S+:\d+",
            r"in_atomic\(\):1, irqs_disabled\(\):0",
        ),
        (
            "2.6.32",
            r"BUG: sleeping function called from invalid context at \S+:\d+",
            r"in_atomic\(\):1, irqs_disabled\(\):0",
        ),
        (
            "6.12",
            r"BUG: sleeping function called from invalid context at \S+:\d+",
            r"in_atomic\(\): 1, irqs_disabled\(\): 0, non_block: 0, pid: \d+, name: mykthread",
        ),
    ],
)
def test_message_of_might_sleep(profile: str, first: str, second: str) -> None:
    """Two lines: where, and why."""

    text = under_lock(profile, "kfree(kmalloc(8, GFP_KERNEL))")
    said = log(failure(text, on(profile, preempt=True), "never_sleeps_atomic"))
    assert re.fullmatch(first, said[0]) and re.fullmatch(second, said[1]), said


@pytest.mark.parametrize("profile", [p for p in PROFILES if p != "2.4"])
def test_message_of_might_sleep_with_interrupts_off(profile: str) -> None:
    """irqs_disabled is 1, the count is 0, and PREEMPT=n sees it too."""

    text = lines("local_irq_disable()", "might_sleep()", "local_irq_enable()", "return 0")
    said = log(failure(text, on(profile), "never_sleeps_atomic"))
    assert re.match(r"in_atomic\(\): ?0, irqs_disabled\(\): ?1", said[1]), said


@pytest.mark.parametrize("preempt", [False, True])
@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ("2.6.11", "scheduling while atomic: mykthread/0x00000100/{pid}"),
        ("2.6.24", "BUG: scheduling while atomic: mykthread/{pid}/0x00000100"),
        ("2.6.32", "BUG: scheduling while atomic: mykthread/{pid}/0x00000100"),
    ],
)
def test_message_of_schedule_with_bottom_halves_off(profile: str, line: str, preempt: bool) -> None:
    """4.2: the softirq bits are counted in every build."""

    text = lines(*DAEMON[profile], "local_bh_disable()", "schedule()", "local_bh_enable()", "return 0")
    trace = failure(text, on(profile, preempt=preempt), "never_sleeps_atomic")
    if preempt and profile != "2.6.11":
        line = line.replace("0x00000100", "0x00000101")
    assert line.format(pid=watched(trace).pid) in log(trace)


SCHEDULES_IN_IRQ = lines(*SLEEP, "return 0") + "\n\ndef handler():\n    schedule()\n"


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ("2.4", "Scheduling in interrupt"),
        ("2.6.11", r"scheduling while atomic: \S+/0x00010000/\d+"),
        ("2.6.24", r"BUG: scheduling while atomic: \S+/\d+/0x00010000"),
        ("2.6.32", r"BUG: scheduling while atomic: \S+/\d+/0x00010000"),
        ("6.12", r"BUG: scheduling while atomic: \S+/\d+/0x00010000"),
    ],
)
def test_message_of_schedule_in_an_interrupt(profile: str, line: str) -> None:
    """Whatever PREEMPT is: the hardirq bits are counted."""

    calls = [Call("nic", "handler", context="irq", when=ASLEEP)]
    said = log(failure(SCHEDULES_IN_IRQ, on(profile), "never_sleeps_atomic", calls=calls))
    assert [text for text in said if re.fullmatch(line, text)], said


@pytest.mark.parametrize(("profile", "says"), [("2.4", False), *((p, True) for p in PROFILES[1:])])
def test_message_of_an_exit_with_a_lock_held(profile: str, says: bool) -> None:
    """`note: mykthread[pid] exited with preempt_count 1`."""

    daemon = "".join(f"    {line}\n" for line in DAEMON[profile])
    text = UNDER_LOCK.format(daemon=daemon, body="")
    trace = drive(text, on(profile, preempt=profile != "2.4"))
    note = f"note: mykthread[{watched(trace).pid}] exited with preempt_count 1"
    assert says == (note in log(trace)), log(trace)


def test_2_6_11_has_no_watchdog() -> None:
    """10.1, trap 9: a CPU that is stuck for ever is our verdict, not the kernel's message."""

    text = "go = u32(0)\n\n\n" + lines("while go == 0:", "    barrier()", "return 0")
    said = log(failure(text, on("2.6.11"), "sleeps_when_idle"))
    assert [] == [line for line in said if "soft lockup" in line]


# ---- Listing Five's literal 0 (6.2)


@pytest.mark.parametrize(("profile", "safe"), [("2.6.11", True), ("2.6.24", True), ("2.6.32", True), ("6.12", False)])
@pytest.mark.parametrize("cpus", [1, 8])
def test_listing_five_as_printed(profile: str, safe: bool, cpus: int) -> None:
    """E-17: the same text: kfree after the exec, or, since 3.4, before it."""

    scenario = Scenario("five", calls=[Call("first", "run_umode_handler", 7)], **HANDLED)
    found = explore(module(LISTING_FIVE), scenario, on(profile, cpus=cpus), properties=("no_dangling", "no_leak"))
    assert safe == found.verdicts["no_dangling"].holds
    assert found.verdicts["no_leak"].sound


@pytest.mark.parametrize("profile", WITH_DAEMONIZE)
def test_the_reference_is_right_in_every_version_that_has_its_calls(profile: str) -> None:
    """Masked wake-ups and the order of state and check are the same in all."""

    calls = [Call("a", "report_event", 7), Call("b", "report_event", 9)]
    scenario = Scenario("reference", threads=[T], calls=calls, **SERVED)
    names = ("no_oops", "delivered", "no_stale_helper", "never_sleeps_atomic", "sleeps_when_idle", "no_dangling")
    for config in (on(profile), on(profile, preempt=True), on(profile, cpus=8)):
        found = explore(variant("V3"), scenario, config, properties=names)
        assert [] == [name for name, v in found.verdicts.items() if not v.sound]
