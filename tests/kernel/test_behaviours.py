"""KERNEL 10: the 25 behaviours, each shown by the reference and missed by the mistake that the table names.

A row's tests are called ``test_row_NN_...``.  The reference is KERNEL 8.1 (`variants`: V3, ids in a set); a mistake is
made by changing as little of it as possible, or is Listing Two itself (V0, and V1, V2, which mend half of it).
"""

from __future__ import annotations

import pytest

from kthreadlab import (
    Call,
    Config,
    Fault,
    Helper,
    Read,
    Scenario,
    Signal,
    Spurious,
    Thread,
    Write,
    asleep,
    before_first,
    done,
    explore,
    in_helper,
    inside,
    never_slept,
    replay,
)
from kthreadlab.lang.module import KernelModule
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.events import TaskView, Trace
from tests.kernel.variants import variant
from tests.machine.drive import code, drive, fault, printed, schedule_of
from tests.support import A_CPU_EACH, HANDLED, ONE_CPU, SERVED, UP, UP_PREEMPT, calls_of, module, once, settled

T = "mykthread"
A, B, C = 7, 9, 11
ASLEEP = asleep(T)


def report(name: str, event_id: int, **more: object) -> Call:
    return Call(name, "report_event", event_id, **more)


FIRST = report("first", A, when=ASLEEP)
SECOND = report("second", B, when=ASLEEP & done("first"))


def world(*calls: Call, **more: object) -> Scenario:
    return Scenario("row", **{"threads": [T], **SERVED, **more}, calls=calls)


def changed(name: str, *exchanges: tuple[str, str]) -> KernelModule:
    """A variant with parts of its files exchanged; each must be there."""
    made = variant(name)
    files = dict(made.files)
    for old, new in exchanges:
        there = [f for f, text in files.items() if old in text]
        assert there, old
        for f in there:
            made = made.with_file(f, files[f].replace(old, new))
            files = dict(made.files)
    assert not made.broken, made.diagnostics
    return made


def ends(made: KernelModule, scenario: Scenario, config: Config = UP) -> set[tuple]:
    """``(ids in order, ending, code)`` of every way it can go, when all that may come has come."""
    return {(o.execs, o.ending, o.code) for o in settled(outcomes(made, scenario, config))}


def run(made: KernelModule, scenario: Scenario, config: Config = UP, first: tuple[str, ...] = ()) -> Trace:
    """One run: what may come comes as soon as it may, before anything else moves."""
    arrivals = (*first, "kill/*", "spurious/*", "fail/*", "write*", *(c.name for c in scenario.calls), "irq/*")
    return replay(made, scenario, config, " ".join(schedule_of(made, scenario, config, arrivals)))


def watched(trace: Trace, view: int = -1, name: str = T) -> TaskView:
    return next(t for t in trace.views[view].tasks if t.name == name)


def events(trace: Trace, op: str, task: str = "") -> list:
    return [e for e in trace.events if e.op == op and task in ("", e.task)]


def failing(made: KernelModule, scenario: Scenario, config: Config, name: str) -> str:
    """The cause for which a property fails."""
    verdict = explore(made, scenario, config, properties=(name,)).verdicts[name]
    assert not verdict.holds
    return verdict.cause


def holds(made: KernelModule, scenario: Scenario, config: Config, name: str) -> bool:
    verdict = explore(made, scenario, config, properties=(name,)).verdicts[name]
    return verdict.holds and verdict.exercised


# ---- 1. creation

CREATION = """
def mykthread(unused):
    {daemonize}
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return 0


def creator(unused):
    pid = kernel_thread(mykthread, NULL, CLONE_KERNEL | SIGCHLD)
    BUG_ON(pid <= 0)
    printk("%d", pid)
    return 0
"""


def created(daemonize: str, profile: str) -> tuple[Trace, TaskView]:
    """The thread that `creator` makes, when all is at rest."""
    text = CREATION.format(daemonize=daemonize)
    trace = drive(text, Config(profile=profile), threads=["creator"])
    return trace, next(t for t in trace.views[-1].tasks if t.pid == int(printed(trace)[0]))


@pytest.mark.parametrize(("profile", "parent"), [("2.6.11", 1), ("2.6.24", 2), ("2.6.32", 2)])
def test_row_01_creation(profile: str, parent: int) -> None:
    """A pid above 0; named by daemonize, [bracketed] for want of user memory, a child of init or kthreadd."""

    trace, child = created('daemonize("mykthread")', profile)
    assert "" == fault(trace)
    assert ("mykthread", parent, False, "S") == (child.comm, child.ppid, child.has_mm, child.letter)


@pytest.mark.parametrize("profile", ["2.6.11", "2.6.24", "2.6.32"])
def test_row_01_without_daemonize_it_stays_its_creators(profile: str) -> None:
    """Name and parent of the creator, and no brackets: it still has the creator's memory."""

    trace, child = created("pass", profile)
    creator = watched(trace, 0, "creator")
    assert child.comm != "mykthread"
    assert (creator.comm, True) == (child.comm, child.has_mm)
    assert child.ppid not in (1, 2)


def test_row_01_creation_in_2_4_takes_three_steps() -> None:
    """daemonize takes no name there and leaves the parent; reparent_to_init is one's own affair."""

    _, half = created("daemonize()", "2.4")
    assert half.ppid != 1
    _, child = created("daemonize()\n    reparent_to_init()", "2.4")
    assert (1, False) == (child.ppid, child.has_mm)


# ---- 2. name length


@pytest.mark.parametrize(
    ("given", "shown"), [("x" * 14, 14), ("x" * 15, 15), ("x" * 16, 15), ("a_name_of_20_letters", 15)]
)
def test_row_02_name_length(given: str, shown: int) -> None:
    """TASK_COMM_LEN is 16, with the NUL."""

    trace, child = created(f'daemonize("{given}")', "2.6.11")
    assert given[:shown] == child.comm


def test_row_02_the_name_is_a_format() -> None:
    """daemonize(fmt, ...): formatted first, cut afterwards."""

    _, child = created('daemonize("worker_thread/%d", 123)', "2.6.11")
    assert "worker_thread/1" == child.comm


# ---- 3. order of daemonize and allow_signal

SWAPPED = (
    '    daemonize("mykthread")\n    allow_signal(SIGKILL)\n',
    '    allow_signal(SIGKILL)\n    daemonize("mykthread")\n',
)
KILL_ASLEEP = {"signals": [Signal(T, "SIGKILL", when=ASLEEP)]}


def test_row_03_daemonize_then_allow_signal() -> None:
    """SIGKILL is unblocked afterwards; the other way round it is blocked again, and kill -9 has no effect."""

    assert {((), "exited", 0)} == ends(variant("V3"), world(**KILL_ASLEEP))
    assert {((), "asleep", None)} == ends(changed("V3", SWAPPED), world(**KILL_ASLEEP))
    assert "blocked" == events(run(changed("V3", SWAPPED), world(**KILL_ASLEEP)), "kill")[0].outcome
    assert "woken" == events(run(variant("V3"), world(**KILL_ASLEEP)), "kill")[0].outcome


# ---- 4. idle state

IN_D = ("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
NEVER_DECLARED = ("        set_current_state(TASK_INTERRUPTIBLE)\n", "")


def test_row_04_idle_state() -> None:
    """S, on the queue, off the run queue; nothing moves."""

    trace = run(variant("V3"), world())
    idle = watched(trace)
    assert ("asleep", "S", False, (T,)) == (
        trace.ending,
        idle.letter,
        idle.on_runqueue,
        trace.views[-1].queues["myevent_waitqueue"],
    )


def test_row_04_idle_in_d_hears_nobody() -> None:
    """D: not woken by wake_up_interruptible, SIGKILL is only pending."""

    made = changed("V3", IN_D)
    assert "D" == watched(run(made, world())).letter
    assert {((), "asleep", None)} == ends(made, world(FIRST)) == ends(made, world(**KILL_ASLEEP))
    assert "wrong_state" == events(run(made, world(FIRST)), "wake_up_interruptible")[0].outcome
    assert "pending" == events(run(made, world(**KILL_ASLEEP)), "kill")[0].outcome


def test_row_04_idle_in_r_is_a_busy_loop() -> None:
    """schedule() in TASK_RUNNING only yields."""

    assert {((), "hog", None)} == ends(changed("V3", NEVER_DECLARED), world())


# ---- 5. plain event


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, ONE_CPU, A_CPU_EACH], ids=str)
@pytest.mark.parametrize("v", ["V0", "V1", "V3", "V4"])
def test_row_05_plain_event(v: str, config: Config) -> None:
    """Asleep: the wake-up wakes it, one helper gets the id, it sleeps again.  Even Listing Two can do this."""

    assert {((A,), "asleep", None)} == ends(variant(v), world(FIRST), config)


def test_row_05_plain_event_in_the_trace() -> None:
    """The wake-up says whom it woke; one exec, with that id."""

    trace = run(variant("V3"), world(FIRST))
    wake = events(trace, "wake_up_interruptible")
    assert [("woken", (T,))] == [(e.outcome, e.detail("woken")) for e in wake]
    assert [A] == trace.execs()


# ---- 6. wake-up between the state and schedule()

NAP = (
    ("            schedule()\n", "            nap()\n"),
    (
        "def mykthread(",
        "def nap():\n    barrier()\n    schedule()\n\n\ndef mykthread(",
    ),
)
IN_THE_GAP = report("first", A, when=inside(T, "nap") & ~ASLEEP, whole=True)


@pytest.mark.parametrize("config", [UP_PREEMPT, A_CPU_EACH], ids=str)
def test_row_06_wake_between_state_and_schedule(config: Config) -> None:
    """Not asleep yet: the state becomes TASK_RUNNING, schedule() only yields, the event is handled."""

    trace = run(changed("V3", *NAP), world(IN_THE_GAP), config, first=("first",))
    wake = events(trace, "wake_up_interruptible")[0]
    assert ("not_asleep_yet", ()) == (wake.outcome, tuple(wake.detail("woken", ())))
    assert "R" == watched(trace, wake.step + 1).letter
    after = [e.outcome for e in events(trace, "schedule", T) if e.step > wake.step]
    assert ["yields", "sleeps"] == after
    assert [A] == trace.execs()


def test_row_06_who_takes_a_return_of_0_for_lost_does_it_twice() -> None:
    """The mistake: "nobody was woken, so I serve the event myself"."""

    producer = (
        "    wake_up_interruptible(myevent_waitqueue)\n",
        "    if wake_up_process(mytask) == 0:\n        run_umode_handler(event_id)\n",
    )
    task = ("myevent_ids = u32(0)\n", 'myevent_ids = u32(0)\nmytask = ptr("task_struct")\n')
    start = ("    wait = DECLARE", "    global mytask\n    mytask = current\n    wait = DECLARE")
    made = changed("V3", *NAP, producer, task, start)
    gap = report("first", A, when=inside(T, "nap") & ~ASLEEP)
    assert ((A, A), "asleep", None) in ends(made, world(gap), A_CPU_EACH)
    assert {((A,), "asleep", None)} == ends(changed("V3", *NAP), world(gap), A_CPU_EACH)


# ---- 7. event between check and state

STATE_AFTER_CHECK = (
    """        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        ids = take()
        if ids == 0:
""",
    """        if signal_pending(current):
            break
        ids = take()
        set_current_state(TASK_INTERRUPTIBLE)
        if ids == 0:
""",
)


@pytest.mark.parametrize("config", [UP_PREEMPT, A_CPU_EACH], ids=str)
def test_row_07_event_between_check_and_state(config: Config) -> None:
    """The reference has no such moment: handled whenever it comes.  Pattern 5 has, and there it sleeps on the event."""

    anytime = world(report("first", A))
    assert {((A,), "asleep", None)} == ends(variant("V3"), anytime, config)
    assert ((), "asleep", None) in ends(changed("V3", STATE_AFTER_CHECK), anytime, config)
    assert "slept_through" == failing(changed("V3", STATE_AFTER_CHECK), anytime, config, "delivered")


def test_row_07_on_one_cpu_without_preemption_nobody_comes_between() -> None:
    """2.8: wakers that are tasks; an interrupt is nobody's turn."""

    made = changed("V3", STATE_AFTER_CHECK)
    assert {((A,), "asleep", None)} == ends(made, world(report("first", A)))
    assert ((), "asleep", None) in ends(made, world(report("nic", A, context="irq")))


# ---- 8. event while the helper runs


def during_helper(v: str) -> Scenario:
    return world(FIRST, report("second", B, when=in_helper(T), whole=True))


def test_row_08_event_while_the_helper_runs() -> None:
    """The wake-up finds it in D and does nothing; the second helper follows at once, without another wake-up."""

    trace = run(variant("V3"), during_helper("V3"))
    wakes = [e.outcome for e in events(trace, "wake_up_interruptible")]
    assert (["woken", "wrong_state"], [A, B]) == (wakes, trace.execs())
    between = [e.step for e in events(trace, "exec")]
    slept = [e for e in events(trace, "schedule", T) if between[0] < e.step < between[1]]
    assert not [e for e in slept if e.outcome == "sleeps"]


@pytest.mark.parametrize("v", ["V0", "V1"])
def test_row_08_listing_two_sleeps_on_it(v: str) -> None:
    """Asleep with the id pending."""

    trace = run(variant(v), during_helper(v))
    assert ([A], "asleep", "S", B) == (
        trace.execs(),
        trace.ending,
        watched(trace).letter,
        trace.views[-1].statics["myevent_id"],
    )
    assert {((A,), "asleep", None)} == ends(variant(v), during_helper(v))


# ---- 9. event before the first state

EARLY = world(report("first", A, when=before_first(T, "set_current_state"), whole=True))


@pytest.mark.parametrize(("v", "expected"), [("V0", ()), ("V1", ()), ("V3", (A,)), ("V4", (A,))])
def test_row_09_event_before_the_first_set_current_state(v: str, expected: tuple) -> None:
    """Store and wake-up before it ever declared a state: the reference looks before it first sleeps (E-5, 2.8 #18)."""

    for config in (UP, UP_PREEMPT):
        assert {(expected, "asleep", None)} == ends(variant(v), EARLY, config)


# ---- 10. fetch and clear

CLEARED_AFTER = (
    ("    myevent_id = 0\n    write_unlock", "    write_unlock"),
    (
        "    set_current_state(TASK_RUNNING)\n    run_umode_handler(event_id)\n",
        "    global myevent_id\n    set_current_state(TASK_RUNNING)\n    run_umode_handler(event_id)\n"
        "    myevent_id = 0\n",
    ),
)
POKED = {"spurious": [Spurious(T, when=ASLEEP & done("first"))]}


def test_row_10_fetch_and_clear() -> None:
    """Read and cleared in one locked section: a spurious wake finds nothing, a second event is kept."""

    for v in ("V3", "V4"):
        assert {((A,), "asleep", None)} == ends(variant(v), world(FIRST, **POKED))
        assert {((A, B), "asleep", None)} == ends(variant(v), during_helper(v))


def test_row_10_never_cleared_runs_a_stale_id() -> None:
    """After a spurious wake; or, if it looks before it sleeps, for ever."""

    assert {((A, A), "asleep", None)} == ends(variant("V0"), world(FIRST, **POKED))
    assert "stale_id" == failing(variant("V0"), world(FIRST, **POKED), UP, "no_stale_helper")
    (outcome,) = {(once(o.execs), o.ending, o.storm) for o in settled(outcomes(variant("V2"), world(FIRST), UP))}
    assert ((A,), "storm", {A}) == outcome
    assert "storm" == failing(variant("V2"), world(FIRST), UP, "sleeps_when_idle")


def test_row_10_cleared_after_the_helper_erases_the_second_event() -> None:
    """2.8 #15: without preemption too, since the helper sleeps."""

    assert {((A,), "asleep", None)} == ends(changed("V4", *CLEARED_AFTER), during_helper("V4"))


# ---- 11. spurious wake-up

NO_GUARD = (
    "        if ids == 0:\n            schedule()\n        else:\n            serve(ids)\n",
    "        if ids == 0:\n            schedule()\n            ids = take()\n        serve(ids)\n",
)
ONCE_ONLY = (
    """        if myevent_id:
            event_id = myevent_id
            myevent_id = 0
            write_unlock(myevent_lock)
            run_umode_handler(event_id)
        else:
            write_unlock(myevent_lock)
""",
    """        event_id = myevent_id
        myevent_id = 0
        write_unlock(myevent_lock)
        run_umode_handler(event_id)
""",
)


@pytest.mark.parametrize("v", ["V1", "V3", "V4"])
def test_row_11_spurious_wake(v: str) -> None:
    """The check says no, nothing runs, it sleeps again."""

    trace = run(variant(v), world(spurious=[Spurious(T, when=ASLEEP)]))
    assert ([], "asleep", "S") == (trace.execs(), trace.ending, watched(trace).letter)
    assert ["woken"] == [e.outcome for e in events(trace, "spurious")]
    assert {((), "asleep", None)} == ends(variant(v), world(spurious=[Spurious(T, when=ASLEEP)]))


def test_row_11_who_trusts_the_wake_up_runs_a_helper_for_nothing() -> None:
    """2.8 #19: no `if` behind schedule(): the helper gets id 0."""

    made = changed("V1", ONCE_ONLY)
    assert {((0,), "asleep", None)} == ends(made, world(spurious=[Spurious(T, when=ASLEEP)]))
    assert {((A,), "asleep", None)} == ends(made, world(FIRST))


# ---- 12. two ids before the thread runs

BOTH = world(Call("nic", "report_both", A, B, context="irq", when=ASLEEP))


@pytest.mark.parametrize(("v", "expected"), [("V0", (B,)), ("V1", (B,)), ("V4", (B,)), ("V3", (A, B))])
def test_row_12_two_ids_before_the_thread_runs(v: str, expected: tuple) -> None:
    """A set keeps both; a single slot only the last (E-7)."""

    assert {(expected, "asleep", None)} == ends(variant(v), BOTH)


# ---- 13. the same id again

IGNORES_THE_LAST = (
    ("myevent_id = u32(0)\n", "myevent_id = u32(0)\nlast_id = u32(0)\n"),
    (
        "            run_umode_handler(event_id)\n",
        "            if event_id != last_id:\n"
        "                last_id = event_id\n"
        "                run_umode_handler(event_id)\n",
    ),
    ("    global myevent_id\n    wait", "    global myevent_id, last_id\n    wait"),
)
AGAIN = world(FIRST, report("second", A, when=ASLEEP & done("first")))


def test_row_13_same_id_again_after_handling() -> None:
    """A second helper; a filter "ignore if equal to last" eats it."""

    for v in ("V1", "V3", "V4"):
        assert {((A, A), "asleep", None)} == ends(variant(v), AGAIN)
    assert {((A,), "asleep", None)} == ends(changed("V1", *IGNORES_THE_LAST), AGAIN)


# ---- 14. SIGKILL while asleep

NO_SIGNAL_TEST = ("        if signal_pending(current):\n            break\n", "")


def test_row_14_sigkill_while_asleep() -> None:
    """Woken, off the queue, exit 0, reaped by init; no helper."""

    trace = run(variant("V3"), world(**KILL_ASLEEP))
    assert [("kill", "woken"), ("remove_wait_queue", ""), ("exit", "reaped")] == [
        (e.op, e.outcome) for e in trace.events if e.op in ("kill", "remove_wait_queue", "exit", "exec")
    ]
    assert (0, "X", ()) == (code(trace), watched(trace).letter, trace.views[-1].queues["myevent_waitqueue"])


@pytest.mark.parametrize("v", ["V0", "V3"])
def test_row_14_without_a_signal_test_it_burns_the_cpu(v: str) -> None:
    """The signal stays pending, so that every schedule() returns at once."""

    made = changed(v, NO_SIGNAL_TEST)
    assert {((), "hog", None)} == ends(made, world(**KILL_ASLEEP))
    witness = explore(made, world(**KILL_ASLEEP), UP, properties=("dies_cleanly",)).verdicts["dies_cleanly"].witness
    trace = replay(made, world(**KILL_ASLEEP), UP, witness)
    assert {"signal"} == {e.outcome for e in events(trace, "schedule", T) if e.step >= len(trace.steps) - trace.cycle}


# ---- 15. SIGKILL while the helper runs

KILL_IN_HELPER = {"signals": [Signal(T, "SIGKILL", when=in_helper(T))]}
GIVES_UP = (
    "        run_umode_handler(ffs(ids) - 1)\n",
    "        run_umode_handler(ffs(ids) - 1)\n        if signal_pending(current):\n            return\n",
)


def test_row_15_sigkill_while_the_helper_runs() -> None:
    """D is not left early: the helper completes, then it exits."""

    trace = run(variant("V3"), world(FIRST, **KILL_IN_HELPER))
    kill = events(trace, "kill")[0]
    assert ("pending", "D") == (kill.outcome, watched(trace, kill.step + 1).letter)
    order = [e.op for e in trace.events if e.op in ("kill", "exec", "exit") and e.task in (T, "khelper")]
    assert ["kill", "exec", "exit"] == order
    for config in (UP, UP_PREEMPT, A_CPU_EACH):
        assert {((A,), "exited", 0)} == ends(variant("V3"), world(FIRST, **KILL_IN_HELPER), config)


def test_row_15_ids_taken_are_finished_and_later_ones_dropped() -> None:
    """Both of two ids that were taken together; not one that came during the helper."""

    taken = world(*BOTH.calls, **KILL_IN_HELPER)
    assert {((A, B), "exited", 0)} == ends(variant("V3"), taken)
    after = report("second", B, when=in_helper(T) & done(f"kill/{T}"), whole=True)
    later = world(FIRST, after, **KILL_IN_HELPER)
    assert {((A,), "exited", 0)} == ends(variant("V3"), later)


def test_row_15_mistakes() -> None:
    """Exits in the middle of what it has taken; or never."""

    taken = world(*BOTH.calls, **KILL_IN_HELPER)
    assert ((A,), "exited", 0) in ends(changed("V3", GIVES_UP), taken)
    assert {((A,), "hog", None)} == ends(changed("V3", NO_SIGNAL_TEST), world(FIRST, **KILL_IN_HELPER))


# ---- 16. allow_signal forgotten

FORGOTTEN = ("    allow_signal(SIGKILL)\n", "")


def test_row_16_allow_signal_forgotten() -> None:
    """kill succeeds, the signal is queued, the task stays S and never sees it."""

    made = changed("V3", FORGOTTEN)
    trace = run(made, world(**KILL_ASLEEP))
    assert ("blocked", "S", ("SIGKILL",), "asleep") == (
        events(trace, "kill")[0].outcome,
        watched(trace).letter,
        watched(trace).signals,
        trace.ending,
    )
    assert {((), "asleep", None)} == ends(made, world(**KILL_ASLEEP))
    # woken by an event afterwards, it still sees nothing
    later = world(report("first", A, when=ASLEEP & done(f"kill/{T}")), **KILL_ASLEEP)
    trace = run(made, later)
    assert {"no"} == {e.outcome for e in events(trace, "signal_pending", T)}
    assert [A] == trace.execs()


# ---- 17. clean-up

NOT_REMOVED = ("    remove_wait_queue(myevent_waitqueue, wait)\n", "")
BRACE_AT_THE_END = (
    """    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
""",
    """        set_current_state(TASK_RUNNING)
        remove_wait_queue(myevent_waitqueue, wait)
        return 0
    return 0
""",
)
AFTERWARDS = report("late", B, when=done(T))


def test_row_17_clean_up() -> None:
    """Off the queue before its exit, in TASK_RUNNING; a wake-up afterwards finds an empty queue."""

    trace = run(variant("V3"), world(AFTERWARDS, **KILL_ASLEEP))
    ops = [e.op for e in trace.events if e.task == T and e.op in ("remove_wait_queue", "exit")]
    assert ["remove_wait_queue", "exit"] == ops
    assert "TASK_RUNNING" == watched(trace, events(trace, "exit", T)[0].step).state
    assert "empty" == events(trace, "wake_up_interruptible")[0].outcome
    assert not any(o.on_queue for o in outcomes(variant("V3"), world(**KILL_ASLEEP), UP))


@pytest.mark.parametrize("mistake", [NOT_REMOVED, BRACE_AT_THE_END], ids=["not removed", "brace at the end"])
def test_row_17_an_entry_left_behind_is_walked_into(mistake: tuple) -> None:
    """Nothing happens until the next wake-up, which touches a dead task; E-1's naive brace does that on SIGKILL."""

    made = changed("V0", mistake)
    assert {((), "exited", 0)} == ends(made, world(**KILL_ASLEEP))
    assert all(o.on_queue for o in settled(outcomes(made, world(**KILL_ASLEEP), UP)))
    assert "dangling_entry" == fault(run(made, world(AFTERWARDS, **KILL_ASLEEP)))
    assert "dangling_entry" == failing(made, world(FIRST, AFTERWARDS, **KILL_ASLEEP), UP, "no_dangling")


def test_row_17_naive_brace_serves_one_event() -> None:
    """E-1, repair A: it handles one wake-up and exits."""

    assert {((A,), "exited", 0)} == ends(changed("V0", BRACE_AT_THE_END), world(FIRST))


# ---- 18. queue discipline

EVERY_TURN = (
    (
        "    add_wait_queue(myevent_waitqueue, wait)\n    while True:\n",
        "    while True:\n        add_wait_queue(myevent_waitqueue, wait)\n",
    ),
)
AUTOREMOVED = (("DECLARE_WAITQUEUE(current)", "DEFINE_WAIT()"),)
PER_TURN = (
    ("DECLARE_WAITQUEUE(current)", "DEFINE_WAIT()"),
    ("    add_wait_queue(myevent_waitqueue, wait)\n", ""),
    (
        "        set_current_state(TASK_INTERRUPTIBLE)\n",
        "        prepare_to_wait(myevent_waitqueue, wait, TASK_INTERRUPTIBLE)\n",
    ),
    ("    set_current_state(TASK_RUNNING)\n    remove_wait_queue(", "    finish_wait("),
)


def test_row_18_queue_discipline() -> None:
    """Once, or per turn with an entry that removes itself."""

    trace = run(variant("V3"), world(FIRST, SECOND))
    assert 1 == len(events(trace, "add_wait_queue", T))
    for made in (variant("V3"), changed("V3", *PER_TURN)):
        assert {((A, B), "asleep", None)} == ends(made, world(FIRST, SECOND))


def test_row_18_queued_every_turn_corrupts_the_list() -> None:
    """The same links twice: the next walk goes round for ever."""

    made = changed("V3", *EVERY_TURN)
    assert "corrupted_queue" == failing(made, world(FIRST, SECOND), UP, "no_dangling")


def test_row_18_an_autoremove_entry_queued_once_hears_only_the_first_event() -> None:
    """2.8 #13: the wake-up that woke it took it off."""

    made = changed("V3", *AUTOREMOVED)
    assert {((A,), "asleep", None)} == ends(made, world(FIRST, SECOND))
    assert [["woken"], ["empty"]] == [
        [e.outcome] for e in events(run(made, world(FIRST, SECOND)), "wake_up_interruptible")
    ]


# ---- 19. no sleeping under the lock

UNDER_LOCK = (
    "            event_id = myevent_id\n            myevent_id = 0\n            write_unlock(myevent_lock)\n"
    "            run_umode_handler(event_id)\n",
    "            event_id = myevent_id\n            myevent_id = 0\n            run_umode_handler(event_id)\n"
    "            write_unlock(myevent_lock)\n",
)
SCHEDULES_UNDER_LOCK = (
    "        else:\n            write_unlock(myevent_lock)\n",
    "        else:\n            set_current_state(TASK_INTERRUPTIBLE)\n            schedule()\n"
    "            write_unlock(myevent_lock)\n",
)


def test_row_19_no_sleeping_under_the_lock() -> None:
    """Released before the helper, the allocation and schedule()."""

    for config in (UP, UP_PREEMPT, ONE_CPU, A_CPU_EACH):
        assert holds(variant("V3"), world(FIRST, SECOND), config, "never_sleeps_atomic")


def test_row_19_the_message_with_preempt() -> None:
    """`scheduling while atomic: mykthread/0x00000001/<pid>`: one lock held."""

    made = changed("V1", SCHEDULES_UNDER_LOCK)
    scenario = world(spurious=[Spurious(T, when=ASLEEP)])
    verdict = explore(made, scenario, UP_PREEMPT, properties=("never_sleeps_atomic",)).verdicts["never_sleeps_atomic"]
    trace = replay(made, scenario, UP_PREEMPT, verdict.witness)
    line = f"scheduling while atomic: mykthread/0x00000001/{watched(trace).pid}"
    assert ("lock_held", True) == (verdict.cause, line in [text for _, text in trace.log])


def test_row_19_without_preempt_nobody_says_anything_and_producers_spin() -> None:
    """PREEMPT=n: no count, no message; on one CPU a producer spins and nobody can ever release the lock."""

    made = changed("V1", UNDER_LOCK)
    producer = report("second", B, when=in_helper(T))
    assert "lock_held" == failing(made, world(FIRST, producer), UP, "never_sleeps_atomic")
    verdict = explore(made, world(FIRST), UP, properties=("never_sleeps_atomic",)).verdicts["never_sleeps_atomic"]
    assert [] == [text for _, text in replay(made, world(FIRST), UP, verdict.witness).log if "atomic" in text]
    assert "stuck" in {ending for _, ending, _ in ends(made, world(FIRST, producer), ONE_CPU)}
    assert "stuck" == run(made, world(FIRST, producer), ONE_CPU, first=("first", "second", T)).ending


# ---- 20. irq-safe locking


@pytest.mark.parametrize("preempt", [False, True])
def test_row_20_irq_safe_locking(preempt: bool) -> None:
    """An interrupt that reports may land before any operation: the reference always comes to rest, both served."""

    config = Config(cpus=1, preempt=preempt, smp=True)
    anytime = world(FIRST, report("nic", B, context="irq"))
    made = variant("V3")
    assert {((A, B), "asleep", None), ((B, A), "asleep", None)} >= ends(made, anytime, config)
    assert holds(made, anytime, config, "irq_safe")


@pytest.mark.parametrize("v", ["V0", "V1", "V2"])
def test_row_20_a_plain_lock_deadlocks_its_cpu(v: str) -> None:
    """The handler spins on the lock that the task under it holds: read or write, the same."""

    anytime = world(FIRST, report("nic", B, context="irq"))
    assert "interrupt_deadlock" == failing(variant(v), anytime, ONE_CPU, "irq_safe")
    assert "stuck" in {ending for _, ending, _ in ends(variant(v), anytime, ONE_CPU)}


def test_row_20_the_producer_in_a_process_is_a_holder_too() -> None:
    """write_lock without irqsave in Listing Three: an interrupt that reports deadlocks on that one."""

    plain = (
        ("write_lock_irqsave(myevent_lock, flags)", "write_lock(myevent_lock)"),
        ("write_unlock_irqrestore(myevent_lock, flags)", "write_unlock(myevent_lock)"),
    )
    made = variant("V3")
    text = made.files["events"]
    for old, new in plain:
        text = text.replace(old, new)
    made = made.with_file("events", text)
    two = world(FIRST, report("nic", B, context="irq"))
    assert "interrupt_deadlock" == failing(made, two, ONE_CPU, "irq_safe")


# ---- 21. yields the CPU

RIVAL = """

ran = u32(0)


def rival(unused):
    global ran
    ran = 1
    return 0
"""
NO_SCHEDULE = (
    "        if ids == 0:\n            schedule()\n        else:\n            serve(ids)\n",
    "        serve(ids)\n",
)


def with_rival(made: KernelModule) -> KernelModule:
    return made.with_file("rival", RIVAL)


@pytest.mark.parametrize("preempt", [False, True])
def test_row_21_yields_the_cpu(preempt: bool) -> None:
    """Others run while it is idle, with PREEMPT=n too."""

    scenario = world(threads=[Thread("rival"), Thread(T)])
    config = Config(cpus=1, preempt=preempt)
    assert {((), "exited", 0)} == ends(with_rival(variant("V3")), scenario, config)


@pytest.mark.parametrize(("preempt", "rival_ends"), [(False, {None, 0}), (True, {0})])
def test_row_21_a_hog_starves_the_others_without_preemption(preempt: bool, rival_ends: set) -> None:
    """E-28: UP and PREEMPT=n: once it has the CPU nothing else runs; with PREEMPT=y it merely eats its time."""

    made, config = with_rival(changed("V3", NO_SCHEDULE)), Config(cpus=1, preempt=preempt)
    assert {((), "hog", None)} == ends(made, world(), config)
    found = ends(made, world(threads=[Thread("rival"), Thread(T)]), config)
    assert {((), "hog", code) for code in rival_ends} == found


# ---- 22. handler unset

UNSET = ('"/bin/alert"', '""')
TEST_TOO_LATE = (
    (
        "    if myevent_handler[0] == '\\0':\n        return\n    buffer = kmalloc(32, GFP_KERNEL)\n",
        "    buffer = kmalloc(32, GFP_KERNEL)\n",
    ),
    (
        "    if buffer == NULL:\n        return\n",
        "    if buffer == NULL:\n        return\n    if myevent_handler[0] == '\\0':\n        return\n",
    ),
)
NO_TEST = ("    if myevent_handler[0] == '\\0':\n        return\n", "")


def test_row_22_handler_unset() -> None:
    """No exec, nothing left allocated, and the call returns."""

    trace = run(changed("V3", UNSET), world(FIRST))
    assert ([], (), "asleep") == (trace.execs(), trace.views[-1].heap, trace.ending)
    assert [] == calls_of(trace, "kmalloc", "call_usermodehelper", "exec")


def test_row_22_tested_after_the_allocation_it_leaks_32_bytes_an_event() -> None:
    """E-15, where the test can fire."""

    made = changed("V3", UNSET, *TEST_TOO_LATE)
    after = [run(made, world(*calls)).views[-1].heap for calls in ([FIRST], [FIRST, SECOND])]
    assert [1, 2] == [len(heap) for heap in after]
    assert all("32 bytes" in x for heap in after for x in heap)


def test_row_22_an_exec_of_nothing_counts_as_success() -> None:
    """E-14: call_usermodehelper("") returns 0 and runs nothing."""

    trace = run(changed("V3", UNSET, NO_TEST), world(FIRST))
    call = events(trace, "call_usermodehelper")[0]
    assert ("empty", 0, []) == (call.outcome, call.result, events(trace, "exec"))
    assert [] == [text for _, text in trace.log]


# ---- 23. exec vector

HANDLER = variant("V3").files["handler"]


def handler_text(*exchanges: tuple[str, str]) -> str:
    """The given handler with parts exchanged."""
    text = HANDLER
    for old, new in exchanges:
        assert old in text, old
        text = text.replace(old, new)
    return text


def executed(*exchanges: tuple[str, str], event_id: int = A) -> Trace:
    """One event, served by the given handler with parts exchanged."""
    scenario = Scenario("row", calls=[Call("first", "run_umode_handler", event_id)], **HANDLED)
    return run(module(handler_text(*exchanges)), scenario)


NO_NULL = ("buffer, NULL]", "buffer]")
NO_PATH = ('"PATH=/sbin:/bin:/usr/sbin:/usr/bin", ', "")
IN_HEX = ("TROUBLED_DS=%u", "TROUBLED_DS=%x")
SIGNED = ("TROUBLED_DS=%u", "TROUBLED_DS=%d")


@pytest.mark.parametrize("event_id", [1, 7, 9, 2**31 - 1])
def test_row_23_exec_vector(event_id: int) -> None:
    """argv = path; envp = HOME, PATH, TROUBLED_DS; from a process, after the exec."""

    trace = executed(event_id=event_id)
    exec_ = events(trace, "exec")[0]
    assert ("ok", "/bin/alert", ("/bin/alert",)) == (exec_.outcome, exec_.args[0], exec_.detail("argv"))
    assert [0] == [e.detail("wait") for e in events(trace, "call_usermodehelper")]
    assert ("HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", f"TROUBLED_DS={event_id}") == exec_.detail("envp")
    assert "process" == exec_.context


def test_row_23_no_null_at_the_end_is_efault() -> None:
    """KERNEL 6.4."""

    exec_ = events(executed(NO_NULL), "exec")[0]
    assert ("failed", -14) == (exec_.outcome, exec_.result)


def test_row_23_no_path_means_that_the_script_has_none() -> None:
    """Exactly envp, nothing else."""

    exec_ = events(executed(NO_PATH), "exec")[0]
    assert ("HOME=/", f"TROUBLED_DS={A}") == exec_.detail("envp")


@pytest.mark.parametrize(
    ("how", "event_id", "text"),
    [
        (IN_HEX, 31, "TROUBLED_DS=1f"),
        (SIGNED, 2**31, "TROUBLED_DS=-2147483648"),
        (SIGNED, 2**31 - 1, "TROUBLED_DS=2147483647"),
        (SIGNED, 2**32 - 1, "TROUBLED_DS=-1"),
    ],
)
def test_row_23_the_id_formatted_wrongly(how: tuple, event_id: int, text: str) -> None:
    """E-18: %d goes negative from 2^31."""

    assert text == events(executed(how, event_id=event_id), "exec")[0].detail("envp")[-1]


@pytest.mark.parametrize("size", [12, 16, 22, 23])
def test_row_23_a_buffer_too_small_overflows(size: int) -> None:
    """12 characters, up to ten digits, NUL: 23 bytes for the largest id."""

    trace = executed(
        ("kmalloc(32", f"kmalloc({size}"), ("snprintf(buffer, 32, ", "sprintf(buffer, "), event_id=2**32 - 1
    )
    assert ("text_overflow" if size < 23 else "") == fault(trace)


# ---- 24. results and memory


def world_with(error: int, **more: object) -> Scenario:
    return world(FIRST, SECOND, helpers={"/bin/alert": Helper(error=error)}, **more)


@pytest.mark.parametrize("error", [-2, -13, -8])
def test_row_24_a_failed_exec_is_reported_once_and_survived(error: int) -> None:
    """One line an event; the next event is served; nothing stays allocated."""

    trace = run(variant("V3"), world_with(error))
    lines = [text for _, text in trace.log if str(error) in text]
    assert (2, 2, "asleep", ()) == (len(lines), len(events(trace, "exec")), trace.ending, trace.views[-1].heap)
    assert 2 == len([e for e in events(trace, "kfree") if e.outcome == "ok"])


def test_row_24_listing_five_says_nothing() -> None:
    """E-16: the alert is lost silently."""

    trace = run(variant("V1", path="/bin/missing"), world(FIRST, helpers={}))
    assert [-2] == [e.result for e in events(trace, "exec")]
    assert () == trace.log


def test_row_24_each_allocation_is_freed_once_after_the_exec() -> None:
    """In every interleaving; and in order."""

    ops = [op for _, op in calls_of(run(variant("V3"), world(FIRST)), "kmalloc", "exec", "kfree")]
    assert ["kmalloc", "exec", "kfree"] == ops
    for config in (UP, A_CPU_EACH):
        assert holds(variant("V3"), world(FIRST, SECOND), config, "no_leak")
        assert holds(variant("V3"), world(FIRST, SECOND), config, "no_dangling")


def test_row_24_kmalloc_null_is_skipped() -> None:
    """No exec with NULL; the next event is served."""

    fails = {"faults": [Fault("kmalloc", when=never_slept(T))]}
    assert {((B,), "asleep", None)} == ends(variant("V3"), world(FIRST, SECOND, **fails))
    no_test = changed("V3", ("    if buffer == NULL:\n        return\n", ""))
    assert "null_pointer" == failing(no_test, world(FIRST, SECOND, **fails), UP, "no_oops")


FREED_BEFORE = (
    (
        "    value = call_usermodehelper(",
        "    kfree(buffer)\n    value = call_usermodehelper(",
    ),
    ('failed: %d\\n", myevent_handler, value)\n    kfree(buffer)\n', 'failed: %d\\n", myevent_handler, value)\n'),
)
FREED_TWICE = ("    kfree(buffer)\n", "    kfree(buffer)\n    kfree(buffer)\n")
NOT_FREED = ("    kfree(buffer)\n", "")
FREED_ON_SUCCESS = ("    kfree(buffer)\n", "    if value == 0:\n        kfree(buffer)\n")


def handler_with(*exchanges: tuple[str, str]) -> KernelModule:
    """The reference with a changed handler."""
    made = variant("V3").with_file("handler", handler_text(*exchanges))
    assert not made.broken, made.diagnostics
    return made


@pytest.mark.parametrize(
    ("how", "symptom"),
    [(FREED_BEFORE, "use_after_free"), ((FREED_TWICE,), "double_free")],
    ids=["freed before the exec", "freed twice"],
)
def test_row_24_freed_too_early_or_twice(how: tuple, symptom: str) -> None:
    """The exec reads freed memory; the second free is of memory that is nobody's."""

    assert symptom == fault(run(handler_with(*how), world(FIRST)))


def test_row_24_never_freed_grows_with_the_events() -> None:
    """Live bytes grow with events."""

    after = [run(handler_with(NOT_FREED), world(*calls)).views[-1].heap for calls in ([FIRST], [FIRST, SECOND])]
    assert [1, 2] == [len(heap) for heap in after]


def test_row_24_freed_on_success_only_leaks_on_failure() -> None:
    """Exactly once on *every* path."""

    assert () == run(handler_with(FREED_ON_SUCCESS), world(FIRST)).views[-1].heap
    assert 2 == len(run(handler_with(FREED_ON_SUCCESS), world_with(-2)).views[-1].heap)


# ---- 25. registration

ROW = """
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)
"""
FILE = "/proc/sys/kernel/myevent_handler"
KNOWN = {"/bin/alert": Helper(), "/bin/other": Helper()}


def registered(*exchanges: tuple[str, str], row: str = ROW) -> KernelModule:
    """The given handler, unset, with its row."""
    text = handler_text(*exchanges).replace('char_array(256, "/bin/alert")', "char_array(256)")
    at = text.index("\n\n\ndef ")
    return module(text[:at] + "\n" + row.strip() + text[at:])


def served(made: KernelModule, *writes: Write, **more: object) -> Trace:
    """The writes that may come, then one event; then the others, and the next event."""
    events_ = [Call("first", "run_umode_handler", A), Call("second", "run_umode_handler", B, when=done("first"))]
    scenario = Scenario("row", **{"calls": events_, "helpers": KNOWN, **HANDLED, **more}, writes=writes)
    return run(made, scenario, first=("write*", "read*"))


def value(trace: Trace) -> str:
    return trace.views[-1].statics["myevent_handler"]


def tried(trace: Trace) -> list[tuple[str, int]]:
    """The paths given to exec, and what came of it."""
    return [(e.args[0], e.result) for e in events(trace, "exec")]


def test_row_25_registration() -> None:
    """Stored without the newline, all of it counts as written, and both events are given to that path."""

    trace = served(registered(), Write(FILE, "/bin/alert\n"))
    (write,) = events(trace, "write")
    assert (11, "/bin/alert") == (write.result, value(trace))
    assert [("/bin/alert", 0), ("/bin/alert", 0)] == tried(trace)
    assert [A, B] == trace.execs()


def test_row_25_read_gives_it_back_with_a_newline() -> None:
    """To anybody: the mode is 0644."""

    for user in ("root", "nobody"):
        read = Read(FILE, when=done("second"), user=user)
        trace = served(registered(), Write(FILE, "/bin/alert\n"), reads=[read])
        (event,) = events(trace, "read")
        assert (11, "/bin/alert\n") == (event.result, event.detail("text"))


@pytest.mark.parametrize(("length", "kept"), [(255, 255), (256, 255), (300, 255)])
def test_row_25_three_hundred_characters_become_255(length: int, kept: int) -> None:
    """Cut without a word; the helper is then another file, most likely none."""

    path = "/" + "x" * (length - 1)
    trace = served(registered(), Write(FILE, path + "\n"))
    assert (path[:kept], length + 1) == (value(trace), events(trace, "write")[0].result)
    assert [-2, -2] == [result for _, result in tried(trace)]


def test_row_25_an_empty_line_switches_it_off() -> None:
    """`echo > file`: the next event runs nothing."""

    trace = served(registered(), Write(FILE, "/bin/alert\n"), Write(FILE, "\n", when=done("first")))
    assert ("", [A]) == (value(trace), trace.execs())
    assert 1 == len(events(trace, "call_usermodehelper"))


def test_row_25_a_non_root_write_is_refused() -> None:
    """-EPERM or -EACCES, and nothing has changed."""

    trace = served(registered(), Write(FILE, "/bin/alert\n"), Write(FILE, "/bin/other\n", user="nobody"))
    first, second = events(trace, "write")
    assert 11 == first.result
    assert second.result in (-1, -13)
    assert ("/bin/alert", [A, B]) == (value(trace), trace.execs())


def test_row_25_a_change_takes_effect_at_the_next_event() -> None:
    """The path is read when the event is served."""

    trace = served(registered(), Write(FILE, "/bin/alert\n"), Write(FILE, "/bin/other\n", when=done("first")))
    assert [("/bin/alert", 0), ("/bin/other", 0)] == tried(trace)


@pytest.mark.parametrize("path", ["/bin/alert arg", " /bin/alert", "/bin/alert ", "/bin/alert\t", "/bin/alert\r"])
def test_row_25_a_path_is_one_file_name(path: str) -> None:
    """Blanks are part of it: -ENOENT."""

    trace = served(registered(), Write(FILE, path + "\n"))
    assert path == value(trace)
    assert [(path, -2), (path, -2)] == tried(trace)


SPLIT = (
    "    if myevent_handler[0] == '\\0':\n        return\n",
    """    if myevent_handler[0] == '\\0':
        return
    for i in range(255):
        if myevent_handler[i] == ' ':
            myevent_handler[i] = '\\0'
            break
        if myevent_handler[i] == '\\0':
            break
""",
)
CACHED = (
    ('"/bin/alert")\n', '"/bin/alert")\ncached = char_array(256)\n'),
    (
        "    if myevent_handler[0] == '\\0':\n        return\n",
        "    if cached[0] == '\\0':\n        strcpy(cached, myevent_handler)\n"
        "    if cached[0] == '\\0':\n        return\n",
    ),
    ("[myevent_handler, NULL]", "[cached, NULL]"),
    ("call_usermodehelper(myevent_handler,", "call_usermodehelper(cached,"),
)
NEWLINE_KEPT = (
    (
        "    argv = [myevent_handler, NULL]",
        '    path = char_array(300)\n    sprintf(path, "%s\\n", myevent_handler)\n    argv = [path, NULL]',
    ),
    ("call_usermodehelper(myevent_handler,", "call_usermodehelper(path,"),
)


def test_row_25_split_on_blanks_runs_what_nobody_registered() -> None:
    """The mistake: a command line where a file name is meant."""

    trace = served(registered(SPLIT), Write(FILE, "/bin/alert arg\n"))
    assert ("/bin/alert", 0) == tried(trace)[0]


def test_row_25_a_path_cached_at_the_start_does_not_change() -> None:
    """The mistake: the second event still goes to the first helper."""

    writes = Write(FILE, "/bin/alert\n"), Write(FILE, "/bin/other\n", when=done("first"))
    trace = served(registered(*CACHED), *writes)
    assert [("/bin/alert", 0), ("/bin/alert", 0)] == tried(trace)


def test_row_25_a_newline_kept_is_no_such_file() -> None:
    """What a row without proc_dostring's scan would do."""

    trace = served(registered(*NEWLINE_KEPT), Write(FILE, "/bin/alert\n"))
    assert ("/bin/alert\n", -2) == tried(trace)[0]


def test_row_25_a_row_that_says_more_than_the_array_holds() -> None:
    """maxlen 512 over char[256]: a long write runs over the array."""

    made = registered(row=ROW.replace("256", "512"))
    assert "/bin/alert" == value(served(made, Write(FILE, "/bin/alert\n")))
    assert fault(served(made, Write(FILE, "x" * 300 + "\n"))) in ("text_overflow", "out_of_bounds")


@pytest.mark.parametrize(("mode", "user", "may"), [("0o666", "nobody", True), ("0o600", "root", True)])
def test_row_25_the_mode_says_who_may_write(mode: str, user: str, may: bool) -> None:
    """Another mode than 0644 lets in others, or keeps them out."""

    trace = served(registered(row=ROW.replace("0o644", mode)), Write(FILE, "/bin/alert\n", user=user))
    assert may == (events(trace, "write")[0].result > 0)
    assert "/bin/alert" == value(trace)


def test_row_25_the_mode_says_who_may_read() -> None:
    """0600: not anybody."""

    made = registered(row=ROW.replace("0o644", "0o600"))
    trace = served(made, Write(FILE, "/bin/alert\n"), reads=[Read(FILE, when=done("second"), user="nobody")])
    assert events(trace, "read")[0].result in (-1, -13)


@pytest.mark.parametrize("cpus", [1, 8])
def test_row_25_on_every_schedule(cpus: int) -> None:
    """A write at any time around an event: it runs the old path or the new one, never anything else."""

    made = registered()
    writes = [Write(FILE, "/bin/alert\n")]
    scenario = Scenario("row", calls=[Call("first", "run_umode_handler", A)], helpers=KNOWN, writes=writes, **HANDLED)
    found = explore(made, scenario, Config(cpus=cpus), properties=("no_oops", "no_dangling", "no_leak"))
    assert found.complete
    assert [] == [name for name, verdict in found.verdicts.items() if not verdict.sound]
