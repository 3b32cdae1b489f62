"""KERNEL 2.8: which orders of queue, state, check, sleep and dequeue lose a wake-up, and where.

The head of 2.8: the verdicts hold on SMP and on 1 CPU with PREEMPT=y; on 1 CPU with PREEMPT=n and wakers that are
tasks, 4, 5, 6, 9 and 16 cannot lose; with wakers in interrupts all but 9 do.
"""

from __future__ import annotations

import functools

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Thread, asleep, done, explore, replay
from kthreadlab.lang.module import KernelModule
from kthreadlab.run.outcomes import outcomes
from tests.support import A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT, SERVED, UP, UP_PREEMPT, calls_of, linked, submission

DATA = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevent_ids = u32(0)


def report_event(event_id: u32):
    global myevent_ids
    spin_lock_irqsave(myevent_lock, flags)
    myevent_ids |= 1 << event_id
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def take():
    global myevent_ids
    spin_lock_irqsave(myevent_lock, flags)
    ids = myevent_ids
    myevent_ids = 0
    spin_unlock_irqrestore(myevent_lock, flags)
    return ids


def serve(ids: u32):
    while ids != 0:
        run_umode_handler(ffs(ids) - 1)
        ids &= ids - 1


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
"""

ORDER_1 = (
    DATA
    + """
    while True:
        add_wait_queue(myevent_waitqueue, wait)
        set_current_state(TASK_INTERRUPTIBLE)
        ids = take()
        if ids == 0:
            schedule()
        set_current_state(TASK_RUNNING)
        remove_wait_queue(myevent_waitqueue, wait)
        serve(ids)
"""
)

ORDER_2 = (
    DATA
    + """
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        add_wait_queue(myevent_waitqueue, wait)
        ids = take()
        if ids == 0:
            schedule()
        remove_wait_queue(myevent_waitqueue, wait)
        set_current_state(TASK_RUNNING)
        serve(ids)
"""
)

ORDER_3 = (
    DATA.replace("DECLARE_WAITQUEUE(current)", "DEFINE_WAIT()")
    + """
    while True:
        prepare_to_wait(myevent_waitqueue, wait, TASK_INTERRUPTIBLE)
        ids = take()
        while ids == 0:
            schedule()
            prepare_to_wait(myevent_waitqueue, wait, TASK_INTERRUPTIBLE)
            ids = take()
        finish_wait(myevent_waitqueue, wait)
        serve(ids)
"""
)

ORDER_8 = (
    DATA
    + """
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        ids = take()
        if ids == 0:
            note = kmalloc(16, GFP_KERNEL)
            kfree(note)
            schedule()
        else:
            serve(ids)
"""
)

ORDER_17 = (
    DATA
    + """
    add_wait_queue_exclusive(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        ids = take()
        if ids == 0:
            schedule()
        else:
            set_current_state(TASK_RUNNING)
            serve(ids)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
)

OWN = {"1": ORDER_1, "2": ORDER_2, "3": ORDER_3, "8": ORDER_8}
FROM_CORPUS = {
    "4": "order_4_sleep_on",
    "5": "order_5_state_after_check",
    "6": "order_6_queue_after_check",
    "7": "order_7_sleeps_before_it_checks",
    "9": "order_9_wakes_before_it_stores",
    "12": "order_12_mask_mismatch",
    "13": "order_13_autoremove_once",
    "14": "order_14_leaves_the_queue",
    "15": "order_15_clears_after_the_helper",
    "16": "order_16_two_sections",
    "18": "order_18_first_sleep_unchecked",
    "19": "order_19_trusts_the_wake_up",
    "20": "order_20_waits_once_more",
}
SAFE = ["1", "2", "3"]
LOST = ["4", "5", "6", "7", "9", "12", "13", "14", "15", "16", "18"]
NEEDS_A_SECOND_PLACE = {"4", "5", "6", "9", "16"}
"""Cannot lose where the waker is a task that shares the thread's only CPU and nobody is preempted."""

EVERYWHERE = [
    pytest.param(A_CPU_EACH, id="a-cpu-each"),
    pytest.param(Config(cpus=8, preempt=True), id="a-cpu-each-preempt"),
    pytest.param(UP_PREEMPT, id="up-preempt"),
    pytest.param(ONE_CPU_PREEMPT, id="one-cpu-preempt"),
]
ONE_CPU_NO_PREEMPT = [pytest.param(UP, id="up"), pytest.param(ONE_CPU, id="one-cpu")]


@functools.cache
def order(number: str) -> KernelModule:
    text = OWN[number] if number in OWN else submission(f"lab6/wrong/{FROM_CORPUS[number]}").text
    return linked("lab6", text)


def two_reports(context: str) -> Scenario:
    calls = [Call("one", "report_event", 3, context=context), Call("two", "report_event", 5, context=context)]
    return Scenario(f"two-{context}", threads=[Thread("mykthread")], calls=calls, **SERVED)


def loses(number: str, scenario: Scenario, config: Config) -> bool:
    """Whether an event can be slept through; then its witness replays and ends with everybody asleep."""
    made = order(number)
    verdict = explore(made, scenario, config, properties=("delivered",)).verdicts["delivered"]
    if verdict.holds:
        return False
    trace = replay(made, scenario, config, verdict.witness)
    assert "asleep" == trace.ending
    assert len(trace.execs()) < len([e for e in trace.events if e.op.startswith("wake_up")])
    return True


@pytest.mark.parametrize("context", ["process", "irq"])
@pytest.mark.parametrize("config", EVERYWHERE + ONE_CPU_NO_PREEMPT)
@pytest.mark.parametrize("number", SAFE)
def test_safe_orders_lose_nothing(number: str, config: Config, context: str) -> None:
    """Orders 1, 2, 3: queue and state before the check, the check before schedule()."""

    found = explore(order(number), two_reports(context), config, properties=("delivered", "sleeps_when_idle"))
    assert found.complete
    assert {"delivered": True, "sleeps_when_idle": True} == {n: v.holds for n, v in found.verdicts.items()}


@pytest.mark.parametrize("config", EVERYWHERE)
@pytest.mark.parametrize("number", LOST)
def test_losing_orders_lose_on_smp_and_with_preemption(number: str, config: Config) -> None:
    """Orders 4-7, 9, 12-16, 18 lose a wake-up of a task, and the witness replays."""

    assert loses(number, two_reports("process"), config)


@pytest.mark.parametrize("config", ONE_CPU_NO_PREEMPT)
@pytest.mark.parametrize("number", LOST)
def test_one_cpu_without_preemption_hides_five_of_them_from_tasks(number: str, config: Config) -> None:
    """1 CPU, PREEMPT=n, wakers that are tasks: 4, 5, 6, 9, 16 cannot lose."""

    assert (number not in NEEDS_A_SECOND_PLACE) == loses(number, two_reports("process"), config)


@pytest.mark.parametrize("config", ONE_CPU_NO_PREEMPT)
@pytest.mark.parametrize("number", LOST)
def test_interrupts_find_all_of_them_but_the_ninth(number: str, config: Config) -> None:
    """1 CPU, PREEMPT=n, wakers in interrupts: all but 9 lose."""

    assert (number != "9") == loses(number, two_reports("irq"), config)


@pytest.mark.parametrize("context", ["process", "irq"])
@pytest.mark.parametrize("config", EVERYWHERE + ONE_CPU_NO_PREEMPT)
def test_order_8_is_a_busy_loop_and_loses_nothing(config: Config, context: str) -> None:
    """A call that sleeps between state and schedule() sets TASK_RUNNING: schedule() returns at once, for ever."""

    found = explore(order("8"), two_reports(context), config, properties=("delivered", "sleeps_when_idle"))
    assert found.verdicts["delivered"].holds
    assert not found.verdicts["sleeps_when_idle"].holds
    trace = replay(order("8"), two_reports(context), config, found.verdicts["sleeps_when_idle"].witness)
    assert trace.cycle > 0
    cycle = {e.op for e in trace.events if e.step >= len(trace.steps) - trace.cycle}
    assert {"kmalloc", "schedule", "set_current_state"} <= cycle


@pytest.mark.parametrize("config", [A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT], ids=str)
def test_order_10_needs_weak_memory(config: Config) -> None:
    """waitqueue_active() without a barrier is safe in a sequentially consistent machine: README says so."""

    made = linked("lab6", submission("lab6/right/waitqueue_active").text)
    assert explore(made, two_reports("process"), config, properties=("delivered",)).verdicts["delivered"].holds


@pytest.mark.parametrize("config", [A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT], ids=str)
def test_order_11_needs_weak_memory(config: Config) -> None:
    """__set_current_state instead of set_current_state before the check loses nothing here."""

    made = linked("lab6", ORDER_1.replace("set_current_state(TASK_INT", "__set_current_state(TASK_INT"))
    assert explore(made, two_reports("process"), config, properties=("delivered",)).verdicts["delivered"].holds


def exclusive_pair() -> Scenario:
    """Two exclusive waiters asleep; one event; SIGKILL for the one that takes the wake-up."""
    both = asleep("survivor") & asleep("victim")
    return Scenario(
        "pair",
        threads=[Thread("mykthread", name="survivor"), Thread("mykthread", name="victim")],
        calls=[Call("sensor", "report_event", 3, when=both)],
        signals=[Signal("victim", "SIGKILL", when=done("sensor"))],
    )


@pytest.mark.parametrize("config", [A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT], ids=str)
def test_order_17_a_killed_exclusive_waiter_keeps_the_wake_up(config: Config) -> None:
    """The first exclusive waiter is woken, is killed before it looks, and leaves: the other sleeps on the event."""

    found = outcomes(linked("lab6", ORDER_17), exclusive_pair(), config)
    endings = {(o.execs, o.ending) for o in found if not o.pending}
    assert ((), "asleep") in endings
    assert ((3,), "asleep") in endings


@pytest.mark.parametrize("config", [A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT], ids=str)
def test_order_17_without_exclusive_waiters_loses_nothing(config: Config) -> None:
    """When both were woken, the survivor finds the event."""

    made = linked("lab6", ORDER_17.replace("add_wait_queue_exclusive", "add_wait_queue"))
    found = outcomes(made, exclusive_pair(), config)
    assert {((3,), "asleep")} == {(o.execs, o.ending) for o in found if not o.pending}


@pytest.mark.parametrize("config", [A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT], ids=str)
def test_order_19_takes_a_spurious_wake_for_an_event(config: Config) -> None:
    """`if (!cond) schedule();` once instead of a loop: nothing is lost, something is made up."""

    found = explore(order("19"), two_reports("process"), config, properties=("delivered", "no_stale_helper"))
    assert found.verdicts["delivered"].holds
    if config.cpus == 1 and not config.preempt:
        return  # nobody wakes it without an event there
    assert not found.verdicts["no_stale_helper"].holds
    trace = replay(order("19"), two_reports("process"), config, found.verdicts["no_stale_helper"].witness)
    assert set(trace.execs()) - {3, 5}


@pytest.mark.parametrize("config", [A_CPU_EACH, ONE_CPU, ONE_CPU_PREEMPT], ids=str)
def test_order_20_sleeps_where_it_wanted_to_leave(config: Config) -> None:
    """State left TASK_INTERRUPTIBLE, then a bare schedule(): asleep until the next wake-up."""

    scenario = Scenario("kill", threads=[Thread("mykthread")], signals=[Signal("mykthread")], **SERVED)
    found = explore(order("20"), scenario, config, properties=("dies_cleanly",))
    assert not found.verdicts["dies_cleanly"].holds
    trace = replay(order("20"), scenario, config, found.verdicts["dies_cleanly"].witness)
    assert "asleep" == trace.ending
    assert ("mykthread", "flush_signals") in calls_of(trace)


@pytest.mark.parametrize("config", EVERYWHERE + ONE_CPU_NO_PREEMPT)
def test_order_13_loses_from_the_second_event_on(config: Config) -> None:
    """The wake that returned 1 took the autoremove entry off the queue: one event alone is never lost."""

    one = Scenario("one", threads=[Thread("mykthread")], calls=[Call("one", "report_event", 3)], **SERVED)
    assert not loses("13", one, config)
    assert loses("13", two_reports("process"), config)
