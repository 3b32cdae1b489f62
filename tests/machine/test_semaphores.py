"""Semaphores and mutexes: who waits sleeps, who gives back wakes, and what is taken must be given back."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Spurious, explore
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import deadlocked
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.outcomes import outcomes
from kthreadlab.run.search import search
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import drive, fitting, lines, printed
from tests.support import module, settled

CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp": Config(cpus=1, smp=True),
    "a_cpu_each": Config(cpus=8),
}
SEMAPHORE = """
sem = DECLARE_MUTEX()
count = u32(0)


def other():
    global count
    down(sem)
    count += 1
    up(sem)


def give():
    up(sem)


"""
MUTEX = """
mut = DEFINE_MUTEX()
second = DEFINE_MUTEX()
count = u32(0)


def other():
    global count
    mutex_lock(mut)
    count += 1
    mutex_unlock(mut)


def crosswise():
    mutex_lock(second)
    mutex_lock(mut)
    mutex_unlock(mut)
    mutex_unlock(second)


"""
OTHER = {"calls": [Call("other", "other")]}
GIVE = {"calls": [Call("give", "give")]}
KILL = {"signals": [Signal("mykthread", "SIGKILL")]}
SPURIOUS = {"spurious": [Spurious("mykthread")]}
ALLOW = "allow_signal(SIGKILL)"
INCREMENT = ["global count", "{take}", "n = count", "cond_resched()", "count = n + 1", "{give}", "return count"]


def ends(text: str, config: Config, **world: object) -> set[tuple[str, int | None]]:
    """How the thread ends, over every schedule in which all arrivals come."""
    scenario = Scenario("end", **{"threads": ["mykthread"], **world})
    found = settled(outcomes(module(text), scenario, fitting(text, config)))
    return {(o.ending, o.code) for o in found}


def violations(text: str, config: Config = CONFIGS["up"], **world: object) -> set[tuple[str, str]]:
    trace = drive(text, config, **world)
    return {(v.property, v.cause) for v in trace.violations if v.property in ("locks_balanced", "never_sleeps_atomic")}


KINDS = {"semaphore": (SEMAPHORE, "down(sem)", "up(sem)"), "mutex": (MUTEX, "mutex_lock(mut)", "mutex_unlock(mut)")}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("kind", KINDS)
def test_only_one_is_inside(kind: str, config: str) -> None:
    """An increment in two steps, with a sleep between them, loses nothing."""

    data, take, give = KINDS[kind]
    body = [line.format(take=take, give=give) for line in INCREMENT]

    assert {("exited", 1), ("exited", 2)} == ends(data + lines(*body), CONFIGS[config], **OTHER)
    assert {("exited", 1)} < ends(data + lines(*(x for x in body if x not in (take, give))), CONFIGS[config], **OTHER)


ENDS: dict[str, tuple[str, list[str], dict, set]] = {
    "a_semaphore_of_1_is_taken_once": (SEMAPHORE, ["down(sem)", "down(sem)"], {}, {("asleep", None)}),
    "anybody_may_give_it_back": (SEMAPHORE, ["down(sem)", "down(sem)", "return 3"], GIVE, {("exited", 3)}),
    "from_an_interrupt_too": (
        SEMAPHORE,
        ["down(sem)", "down(sem)", "return 3"],
        {"calls": [Call("nic", "give", context="irq")]},
        {("exited", 3)},
    ),
    "what_is_given_is_counted": (SEMAPHORE, ["up(sem)", "down(sem)", "down(sem)", "return 3"], {}, {("exited", 3)}),
    "a_semaphore_may_begin_at_0": (
        SEMAPHORE.replace("DECLARE_MUTEX()", "DECLARE_MUTEX_LOCKED()"),
        ["return down_trylock(sem)"],
        {},
        {("exited", 1)},
    ),
    "down_is_deaf_to_signals": (SEMAPHORE, [ALLOW, "down(sem)", "down(sem)"], KILL, {("asleep", None)}),
    "down_interruptible_hears_them": (
        SEMAPHORE,
        [ALLOW, "down(sem)", "return down_interruptible(sem)"],
        KILL,
        {("exited", -4)},
    ),
    "down_interruptible_takes_what_is_there": (
        SEMAPHORE,
        [ALLOW, "while not signal_pending(current):", "    cond_resched()", "return down_interruptible(sem)"],
        KILL,
        {("exited", 0)},
    ),
    "a_spurious_wake_up_does_not_take_it": (SEMAPHORE, ["down(sem)", "down(sem)"], SPURIOUS, {("asleep", None)}),
    "a_mutex_waits_for_its_own_holder": (MUTEX, ["mutex_lock(mut)", "mutex_lock(mut)"], {}, {("asleep", None)}),
    "mutex_lock_interruptible_hears_signals": (
        MUTEX,
        [ALLOW, "mutex_lock(mut)", "return mutex_lock_interruptible(mut)"],
        KILL,
        {("exited", -4)},
    ),
    "a_free_mutex_is_taken_though_a_signal_is_pending": (
        MUTEX,
        [ALLOW, "while not signal_pending(current):", "    cond_resched()", "return mutex_lock_interruptible(mut)"],
        KILL,
        {("exited", 0)},
    ),
    "a_trylock_says_1_if_taken": (
        MUTEX,
        ["n = mutex_trylock(mut)", "return n * 10 + mutex_trylock(mut)"],
        {},
        {("exited", 10)},
    ),
    "who_waits_gets_it": (
        MUTEX,
        ["mutex_lock(mut)", "schedule()", "mutex_unlock(mut)", "mutex_lock(mut)", "return count"],
        OTHER,
        {("exited", 0), ("exited", 1)},
    ),
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", ENDS)
def test_it_ends_as_it_should(name: str, config: str) -> None:
    """The thread's end over every schedule."""

    data, body, world, expected = ENDS[name]

    assert expected == ends(data + lines(*body), CONFIGS[config], **world)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body, expected",
    [
        (["{take}", "{give}"], set()),
        (["{take}", "schedule()", "{give}"], set()),
        (["{take}", "if count:", "    return 1", "{give}"], set()),
        (["{take}", "if not count:", "    return 1", "{give}"], {("locks_balanced", "exit_held")}),
        (["{take}"], {("locks_balanced", "exit_held")}),
        (["{give}", "{take}", "{give}"], {("locks_balanced", "not_held")}),
        (["{take}", "{give}", "{give}"], {("locks_balanced", "not_held")}),
        (["{take}", "{take}"], {("locks_balanced", "recursive")}),
    ],
)
def test_what_is_taken_is_given_back(kind: str, body: list[str], expected: set) -> None:
    """By who took it, on every path; but who holds it may sleep."""

    data, take, give = KINDS[kind]

    assert expected == violations(data + lines(*(line.format(take=take, give=give) for line in body)))


def test_a_semaphore_that_others_give_back_is_no_mutex() -> None:
    """Where somebody ups who never downs, it counts events, and nobody holds it."""

    assert set() == violations(SEMAPHORE + lines("down(sem)"), **GIVE)
    assert set() == violations(SEMAPHORE.replace("MUTEX()", "MUTEX_LOCKED()") + lines("up(sem)"))


@pytest.mark.parametrize("call", ["mutex_lock(mut)", "mutex_trylock(mut)", "mutex_unlock(mut)"])
def test_a_mutex_is_not_for_interrupts(call: str) -> None:
    """There is no task there that could own it."""

    text = f"{MUTEX}def handler():\n    {call}\n\n\n" + lines("return 0")
    calls = [Call("nic", "handler", context="irq")]

    assert ("never_sleeps_atomic", "interrupt") in violations(text, calls=calls, prefer=("irq/nic",))


def test_up_is_for_interrupts_too() -> None:
    """It never sleeps."""

    calls = [Call("nic", "give", context="irq")]

    assert set() == violations(SEMAPHORE + lines("return 0"), calls=calls, prefer=("irq/nic",))


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_held_spins_and_a_mutex_held_does_not(kind: str) -> None:
    """Sleeping for one with a spinning lock held is noticed; the other way round is allowed."""

    data, take, give = KINDS[kind]
    data = "lock = DEFINE_SPINLOCK()\n" + data

    assert set() == violations(data + lines(take, "spin_lock(lock)", "spin_unlock(lock)", give))
    assert {("never_sleeps_atomic", "lock_held")} == violations(
        data + lines("spin_lock(lock)", take, give, "spin_unlock(lock)")
    )


def test_two_mutexes_taken_crosswise_deadlock() -> None:
    """Some schedule ends with both asleep in D, each waiting for what the other has."""

    text = MUTEX + lines("mutex_lock(mut)", "mutex_lock(second)", "mutex_unlock(second)", "mutex_unlock(mut)")
    config = fitting(text, CONFIGS["up_preempt"])
    world = Scenario("cross", threads=["mykthread"], calls=[Call("p", "crosswise")])
    graph = search(Machine.of(module(text), world, config))
    caught = [deadlocked(graph.machine, graph.states[n]) for n in Analysis(graph).paths.dead_ends]

    assert [0, 1] in [sorted(x) for x in caught] and [] in caught


def test_a_deadlock_is_a_verdict_of_its_own() -> None:
    """sleeps_when_idle fails with the cause deadlock, whoever is caught in it."""

    rest = ["while True:", "    set_current_state(TASK_INTERRUPTIBLE)", "    schedule()"]
    first, then = ["mutex_lock(mut)", "mutex_lock(second)"], ["mutex_unlock(second)", "mutex_unlock(mut)"]
    world = Scenario("cross", threads=["mykthread"], calls=[Call("p", "crosswise")])

    def cause(*body: str) -> str:
        text = MUTEX + lines(*body, *rest)
        config = fitting(text, CONFIGS["a_cpu_each"])
        return explore(module(text), world, config, properties=["sleeps_when_idle"]).verdicts["sleeps_when_idle"].cause

    assert "deadlock" == cause(*first, *then)
    assert "" == cause(*reversed(first), *reversed(then))


def test_the_view_says_who_has_it_and_who_waits() -> None:
    """Locks with their holders, the waiter in D, and for what."""

    text = MUTEX + lines("mutex_lock(mut)", "set_current_state(TASK_INTERRUPTIBLE)", "schedule()", "mutex_unlock(mut)")
    trace = drive(text, prefer=("mykthread", "other"), **OTHER)
    last = trace.views[-1]
    waiter = next(t for t in last.tasks if t.name == "other")

    assert {"mut": "mykthread", "second": ""} == last.locks
    assert ("D", "the mutex mut") == (waiter.letter, waiter.waiting_for)
    assert ("mut",) == next(t for t in last.tasks if t.name == "mykthread").locks
    sentences = [narrate(e, v) for e, v in zip(trace.events, trace.views, strict=False)]
    assert "other finds mut held by mykthread: it sleeps in D until it is given back." in sentences


def test_a_pointer_may_lead_to_the_mutex() -> None:
    """Who holds which is known where it is looked for through a pointer, too."""

    text = MUTEX + "where = ptr()\n\n\n" + lines("global where", "where = mut", "mutex_lock(where)", "return 3")

    assert ("mut",) == next(t for t in drive(text).views[-2].tasks if t.name == "mykthread").locks


def test_a_function_may_be_given_the_mutex() -> None:
    """Own functions are inlined, so the name stands for the object."""

    text = MUTEX + "def with_it(m):\n    mutex_lock(m)\n    mutex_unlock(m)\n    return 1\n\n\n"

    assert ["1"] == printed(drive(text + lines('printk("%d", with_it(mut))')))
