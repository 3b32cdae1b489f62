"""Completions: what is completed is remembered, for one waiter each, in the order in which they came."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Spurious, asleep, before_first, explore
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module, settled

CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp": Config(cpus=1, smp=True),
    "a_cpu_each": Config(cpus=8),
}
DATA = """
done = DECLARE_COMPLETION()
lock = DEFINE_SPINLOCK()
got = u32(0)


def go():
    complete(done)


def all():
    complete_all(done)


def other():
    global got
    wait_for_completion(done)
    got += 1


"""
TIMEOUT = "wait_for_completion_timeout"
GO = {"calls": [Call("go", "go")]}
TWICE = {"calls": [Call("go", "go"), Call("go", "go")]}
FROM_INTERRUPT = {"calls": [Call("nic", "go", context="irq")]}
GO_ONCE_EXPIRED = [Call("go", "go", when=~asleep("mykthread") & ~before_first("mykthread", TIMEOUT))]
KILL = {"signals": [Signal("mykthread", "SIGKILL")]}
SPURIOUS = {"spurious": [Spurious("mykthread")]}
ALLOW = "allow_signal(SIGKILL)"

ENDS: dict[str, tuple[list[str], dict, set]] = {
    "a_waiter_is_let_go": (["wait_for_completion(done)", "return 3"], GO, {("exited", 3)}),
    "an_interrupt_may_complete": (["wait_for_completion(done)", "return 3"], FROM_INTERRUPT, {("exited", 3)}),
    "without_it_the_waiter_sleeps_for_ever": (["wait_for_completion(done)"], {}, {("asleep", None)}),
    "each_completion_is_for_one": (["wait_for_completion(done)"] * 2, GO, {("asleep", None)}),
    "two_completions_are_for_two": ([*["wait_for_completion(done)"] * 2, "return 3"], TWICE, {("exited", 3)}),
    "complete_all_is_for_everybody": (
        [*["wait_for_completion(done)"] * 3, "return 3"],
        {"calls": [Call("all", "all")]},
        {("exited", 3)},
    ),
    "a_spurious_wake_up_is_not_enough": (["wait_for_completion(done)"], SPURIOUS, {("asleep", None)}),
    "a_waiter_in_d_is_deaf_to_signals": ([ALLOW, "wait_for_completion(done)"], KILL, {("asleep", None)}),
    "interruptible_hears_them": (
        [ALLOW, "return wait_for_completion_interruptible(done)"],
        KILL,
        {("exited", -512)},
    ),
    "interruptible_prefers_what_is_done": (
        [ALLOW, "complete(done)", "return wait_for_completion_interruptible(done)"],
        KILL,
        {("exited", 0)},
    ),
    "interruptible_returns_0": (["return wait_for_completion_interruptible(done)"], GO, {("exited", 0)}),
    "a_timeout_returns_0_when_it_expires": (["return wait_for_completion_timeout(done, 5)"], {}, {("exited", 0)}),
    "a_timeout_returns_what_is_left": (
        ["return wait_for_completion_timeout(done, 5) > 0"],
        GO,
        {("exited", 0), ("exited", 1)},
    ),
    "a_timeout_is_all_left_if_it_was_done": (
        ["complete(done)", "return wait_for_completion_timeout(done, 5)"],
        {},
        {("exited", 5)},
    ),
    "a_timeout_without_end_never_expires": (
        ["return wait_for_completion_timeout(done, MAX_SCHEDULE_TIMEOUT)"],
        {},
        {("asleep", None)},
    ),
    "what_comes_at_the_last_moment_is_kept": (
        ["n = wait_for_completion_timeout(done, 5)", "return n * 10 + wait_for_completion_timeout(done, 5)"],
        GO,
        {("exited", code) for code in (50, 10, 5, 1, 0)},
    ),
    "it_leaves_the_task_running": (["wait_for_completion(done)", "return current.state"], GO, {("exited", 0)}),
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", ENDS)
def test_waiting_ends_as_it_should(name: str, config: str) -> None:
    """The thread's end over every schedule."""

    body, world, expected = ENDS[name]
    scenario = Scenario("end", **{"threads": ["mykthread"], **world})

    found = outcomes(module(DATA + lines(*body)), scenario, CONFIGS[config])

    assert expected == {(o.ending, o.code) for o in settled(found)}


@pytest.mark.parametrize("config", CONFIGS)
def test_one_completion_lets_one_of_two_go(config: str) -> None:
    """The second waiter sleeps on, in D, and the view says for what."""

    body = ["wait_for_completion(done)", 'printk("first")', "return 0"]
    calls = [Call("other", "other"), Call("go", "go")]
    trace = drive(DATA + lines(*body), CONFIGS[config], prefer=("mykthread", "other", "go"), calls=calls)
    last = trace.views[-1]

    assert ["first"] == printed(trace)
    assert {"done": ("other",)} == last.queues
    assert [("D", "the completion done")] == [(t.letter, t.waiting_for) for t in last.tasks if t.name == "other"]


def test_a_completion_may_be_on_the_stack() -> None:
    """Its address is handed on; who completes it after its function has returned uses what is no longer there."""

    text = """
where = ptr()


def go():
    if where != NULL:
        complete(where)


def wait_here():
    global where
    mine = DECLARE_COMPLETION()
    where = mine
    wait_for_completion(mine)


"""
    body = ["wait_here()", "return 3"]
    prefer = ("mykthread", "go", "go#2")
    calls = [Call("go", "go", when=asleep("mykthread")), Call("go", "go")]

    assert [] == [e for e in drive(text + lines(*body), prefer=prefer, calls=calls[:1]).events if e.op == "fault"]
    assert "dead_stack" == fault(drive(text + lines(*body), prefer=prefer, calls=calls))


@pytest.mark.parametrize(
    "address, cause", [("NULL", "null_pointer"), ("lock", "bad_pointer")], ids=["NULL", "another object"]
)
def test_a_pointer_must_lead_to_a_completion(address: str, cause: str) -> None:
    """Anything else is an oops."""

    text = f"where = ptr()\n\n\ndef put():\n    global where\n    where = {address}\n\n\n"

    assert cause == fault(drive(DATA + text + lines("put()", "complete(where)")))


@pytest.mark.parametrize("call", ["wait_for_completion", "wait_for_completion_interruptible"])
def test_waiting_with_a_lock_held_is_noticed(call: str) -> None:
    """It may sleep, even where it does not have to."""

    trace = drive(DATA + lines("complete(done)", "spin_lock(lock)", f"{call}(done)", "spin_unlock(lock)"))

    assert ("never_sleeps_atomic", "lock_held") in {(v.property, v.cause) for v in trace.violations}


def test_completing_for_ever_is_a_finite_graph() -> None:
    """What nobody takes is counted only so far."""

    made = module(DATA + lines("while True:", "    complete(done)", "    schedule()"))

    found = explore(made, Scenario("storm", threads=["mykthread"]), properties=["sleeps_when_idle"])

    assert found.complete and found.verdicts["sleeps_when_idle"].cause == "busy_loop"


def test_init_completion_forgets_what_was_done() -> None:
    """Made again, it is not done."""

    text = DATA + lines("complete_all(done)", "init_completion(done)", 'printk("%d", try_wait_for_completion(done))')

    assert ["0"] == printed(drive(text))


@pytest.mark.parametrize("profile, returned", [("2.6.11", "0"), ("2.6.24", "0"), ("2.6.32", "1"), ("6.12", "1")])
def test_a_completion_after_the_timer_is_taken_since_2_6_27(profile: str, returned: str) -> None:
    """The timer wakes the waiter, and it is completed before that runs: whether it sees so depends on the version."""

    text = DATA + lines('printk("%d", wait_for_completion_timeout(done, 5))')
    trace = drive(text, Config(profile=profile), prefer=("timer/*", "go", "mykthread"), calls=GO_ONCE_EXPIRED)

    assert [returned] == printed(trace)


def test_complete_and_exit_is_the_last_word_of_a_thread() -> None:
    """The one who waits for its end goes on; nothing after it is run."""

    text = 'def child(unused):\n    complete_and_exit(done, 0)\n    printk("never")\n\n\n'
    body = ["kernel_thread(child, 0, CLONE_KERNEL)", "wait_for_completion(done)", 'printk("gone")']

    assert ["gone"] == printed(drive(DATA + text + lines(*body)))
