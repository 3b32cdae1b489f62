"""What a call leaves of the state that its caller has declared."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kthreadlab import Call, Config, Freeze, Helper, Scenario, Signal, before_first, explore
from tests.machine.drive import drive, lines, printed
from tests.machine.test_links import CONFIGS, PLACED, SEARCHES
from tests.support import module

DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
done = DECLARE_COMPLETION()
gate = DEFINE_MUTEX()
count = DECLARE_MUTEX()
page = char_array(16, "/bin/page")
nothing = char_array(16)
ready = u32(1)


def child(unused):
    return 0


"""
HELPER = {"/bin/page": Helper()}
DECLARE = "set_current_state(TASK_INTERRUPTIBLE)"

LEFT: dict[str, tuple[str, str, int]] = {
    # a call made in TASK_INTERRUPTIBLE, in which version, and the state behind it
    "a_helper_that_is_waited_for": ("call_usermodehelper(page, argv, NULL, 0)", "2.6.11", 0),
    "an_empty_path": ("call_usermodehelper(nothing, argv, NULL, 0)", "2.6.11", 1),
    "an_empty_path_given_as_text": ('call_usermodehelper("", argv, NULL, 1)', "2.6.24", 1),
    "no_wait": ("call_usermodehelper(page, argv, NULL, UMH_NO_WAIT)", "2.6.24", 1),
    "no_wait_today": ("call_usermodehelper(page, argv, NULL, UMH_NO_WAIT)", "6.12", 1),
    "wait_exec": ("call_usermodehelper(page, argv, NULL, UMH_WAIT_EXEC)", "6.12", 0),
    "wait_proc": ("call_usermodehelper(page, argv, NULL, UMH_WAIT_PROC)", "6.12", 0),
    "no_path": ("call_usermodehelper(NULL, argv, NULL, UMH_WAIT_EXEC)", "6.12", 1),
    "memory_that_is_there": ("p = kmalloc(8, GFP_ATOMIC); kfree(p)", "2.6.11", 1),
    "a_condition_that_holds": ("wait_event(queue, ready)", "2.6.11", 1),
    "a_free_mutex": ("mutex_lock(gate); mutex_unlock(gate)", "2.6.24", 1),
    "a_free_semaphore": ("down(count); up(count)", "2.6.11", 1),
    "a_semaphore_that_is_tried": ("down_trylock(count); up(count)", "2.6.24", 1),
    "what_is_completed": ("complete(done); wait_for_completion(done)", "2.6.11", 1),
    "a_completion_after_no_time": ("wait_for_completion_timeout(done, -1)", "2.6.11", 0),
    "no_time_at_all": ("schedule_timeout(0)", "2.6.11", 0),
    "a_wrong_time": ("schedule_timeout(-1)", "2.6.11", 0),
    "a_yield": ("yield()", "2.6.11", 0),
    "a_place_to_give_way": ("cond_resched()", "2.6.11", 1),
    "might_sleep": ("might_sleep()", "2.6.11", 1),
    "nobody_freezes": ("try_to_freeze()", "2.6.11", 1),
    "a_thread_is_made": ('t = kthread_create(child, NULL, "c")', "2.6.11", 0),
    "a_thread_is_made_and_woken": ('t = kthread_run(child, NULL, "c")', "6.12", 0),
    "a_thread_is_stopped": ('t = kthread_create(child, NULL, "c"); AGAIN; kthread_stop(t)', "2.6.24", 0),
}


@pytest.mark.parametrize("claim", LEFT)
def test_the_declared_state_behind_a_call(claim: str) -> None:
    """Whoever sleeps in a call comes back TASK_RUNNING; whoever does not keeps what he has declared."""

    call, profile, state = LEFT[claim]
    body = ["argv = [page, NULL]", DECLARE, *call.replace("AGAIN", DECLARE).split("; "), 'printk("%d", current.state)']
    text = "\n".join(x for x in DATA.splitlines() if not re.match("gate|count", x) or x.split()[0] in call)
    trace = drive(f"{text}\n\n\n{lines(*body)}", Config(profile=profile, cpus=1), helpers=HELPER)
    assert [str(state)] == printed(trace)


@pytest.mark.parametrize("profile, state", [("2.6.11", 1), ("2.6.24", 1), ("2.6.32", 1), ("6.12", 0)])
def test_who_was_frozen(profile: str, state: int) -> None:
    """The refrigerator gave the declared state back, until 6.1 made being frozen a state of its own."""

    willing = ["set_freezable()"] if profile in ("2.6.32", "6.12") else []
    body = [*willing, DECLARE, "r = try_to_freeze()", 'printk("%d %d", r, current.state)', "return 0"]
    text = lines(*body)
    after = ~before_first("mykthread", "set_freezable") if willing else None
    suspend = Freeze("mykthread", when=after)
    trace = drive(text, Config(profile=profile, cpus=8), prefer=("freeze*", "*"), freeze=suspend)
    assert [f"1 {state}"] == printed(trace)


@pytest.mark.parametrize("profile, state", [("2.6.11", 0), ("2.6.24", 0), ("2.6.32", 1), ("6.12", 1)])
def test_a_signal_before_down_interruptible(profile: str, state: int) -> None:
    """The old semaphores declared their state, looked, and took it back; today's look first."""

    make = "DEFINE_SEMAPHORE()" if profile == "6.12" else "DECLARE_MUTEX()"
    text = f"gate = {make}\n\n\n" + lines(
        "sema_init(gate, 0)", "allow_signal(SIGKILL)", "while signal_pending(current) == 0:", "    cond_resched()",
        DECLARE, "r = down_interruptible(gate)", 'printk("%d %d", r, current.state)',
    )  # fmt: skip
    world = {"signals": [Signal("mykthread", when=~before_first("mykthread", "cond_resched"))]}
    trace = drive(text, Config(profile=profile, cpus=1), prefer=("kill/*", "mykthread"), **world)
    assert [f"-4 {state}"] == printed(trace)


KEPT = {
    # a call that does not sleep where this version's others do
    "no_wait": ("call_usermodehelper(page, argv, NULL, UMH_NO_WAIT)", ("2.6.24", "2.6.32", "6.12")),
    "empty": ("call_usermodehelper(nothing, argv, NULL, 0)", ("2.6.11", "2.6.24", "6.12")),
    "perhaps": ("if ready:\n        call_usermodehelper(page, argv, NULL, 0)", ("2.6.11",)),
}
ASLEEP_OR_NOT = """
page = char_array(16, "/bin/page")
nothing = char_array(16)
ready = u32(0)


def raise_it():
    global ready
    ready = 1


def mykthread(unused):
    argv = [page, NULL]
    set_current_state(TASK_INTERRUPTIBLE)
    {call}
    p = kmalloc(8, GFP_KERNEL)
    kfree(p)
    schedule()
    return 0
"""


@pytest.mark.parametrize("kind, profile", [(kind, p) for kind, (_, profiles) in KEPT.items() for p in profiles])
@PLACED
@SEARCHES
def test_an_allocation_behind_it_may_wake(kind: str, profile: str, config: str, reduce: bool) -> None:
    """The declared state is still there: if kmalloc() sleeps, schedule() does not, and the thread ends unasked."""

    world = Scenario("one", threads=["mykthread"], stays=True, calls=[Call("raise", "raise_it")], helpers=HELPER)
    made = module(ASLEEP_OR_NOT.format(call=KEPT[kind][0]))
    found = explore(made, world, replace(CONFIGS[config], profile=profile), ["sleeps_when_idle"], reduce=reduce)
    assert (False, "exits") == (found.verdicts["sleeps_when_idle"].holds, found.verdicts["sleeps_when_idle"].cause)


FIRST_DECLARED = """
def mykthread(unused):
    argv = ["/bin/page", NULL]
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        call_usermodehelper("/bin/page", argv, NULL, {wait})
        p = kmalloc(8, GFP_KERNEL)
        kfree(p)
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
"""


@pytest.mark.parametrize("wait, profile", [("0", "2.6.11"), ("UMH_WAIT_PROC", "6.12")])
def test_a_path_that_is_known_costs_nothing(wait: str, profile: str) -> None:
    """Whoever certainly waits is certainly TASK_RUNNING then, and an allocation that sleeps changes nothing."""

    made, world = (
        module(FIRST_DECLARED.format(wait=wait)),
        Scenario("one", threads=["mykthread"], stays=True, helpers=HELPER),
    )
    found = explore(made, world, Config(profile=profile, cpus=16, smp=True), ["no_oops"])
    assert found.machine is not None and {} == found.machine.notes.seconds
