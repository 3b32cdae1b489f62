"""Every choice that is not open says why, and costs the search nothing for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kthreadlab import (
    Call,
    Config,
    Fault,
    Freeze,
    Pause,
    Process,
    Ptrace,
    Read,
    Scenario,
    Signal,
    Spurious,
    Thread,
    Write,
    asleep,
    done,
)
from kthreadlab.compile.actor import Entry
from kthreadlab.compile.cells import State
from kthreadlab.compile.refusal import Refusal
from kthreadlab.compile.runtime import HeapFull, KernelFault
from kthreadlab.kernel.refused import KINDS, Refused
from kthreadlab.machine.machine import Machine, write
from kthreadlab.run.refusals import told_of
from tests.machine.drive import lines
from tests.oracle.programs import program
from tests.support import module

ENOUGH = 300
"""States of one world that are looked at."""
ONE, TWO, EACH = Config(cpus=1, smp=True), Config(cpus=2), Config(cpus=9)
DATA = """
lock = DEFINE_SPINLOCK()
queue = DECLARE_WAIT_QUEUE_HEAD()
path = char_array(16)
seen = u32(0)
t = TIMER_INITIALIZER(late, 0, 0)


def late(data):
    global seen
    seen = 3


def later(data):
    global seen
    seen = 4


def handler():
    global seen
    spin_lock(lock)
    seen = 1
    spin_unlock(lock)


def other(unused):
    global seen
    spin_lock_irq(lock)
    seen = 2
    spin_unlock_irq(lock)
    return 0


"""
TABLE = """
path = char_array(16)
row = ctl_table("path", path, 16, 0o644, proc_dostring)


"""
NIC = Call("nic", "handler", context="irq")
THREADS = (Thread("mykthread"), Thread("other"))
SLEEPS = ("set_current_state(TASK_INTERRUPTIBLE)", "schedule()")
LONG = ("set_current_state(TASK_UNINTERRUPTIBLE)", "schedule_timeout(9)")


def step(s: State, e: Entry) -> State | bool:
    """The next state; True for a fault, False where the choice is not open."""
    if s[e.st] > 3:
        return False
    try:
        return e.table[s[e.pc]](s) or False
    except (KernelFault, HeapFull):
        return True


def states(m: Machine, most: int = ENOUGH) -> Iterator[State]:
    """The first states that are reached."""
    found = [m.initial]
    known = {m.initial}
    for s in found:
        yield s
        for e in m.internal + m.external:
            after = step(s, e)
            if isinstance(after, tuple) and after not in known and len(found) < most:
                known.add(after)
                found.append(after)


def machine(body: tuple[str, ...], config: Config, **world) -> Machine:
    scenario = Scenario("why", **{"threads": THREADS, **world})
    return Machine.of(
        module((TABLE if "reads" in world else DATA) + lines(*body, "return 0")), scenario, config, reduce=False
    )


def reasons(m: Machine) -> set[tuple[str, str, str]]:
    """(choice, kind, sentence) of every refusal in the first states."""
    told = [(s, e, m.why_not(s, e)) for s in states(m) for e in m.internal + m.external]
    return {(e.name, r.kind, told_of(m, s, e, r)) for s, e, r in told if r is not None}


@pytest.mark.parametrize("seed", range(40))
def test_a_choice_is_open_or_says_why_not(seed: int) -> None:
    """In every state, of every choice: one or the other."""

    p = program(seed)
    if p.module.broken or p.module.undefined:
        pytest.skip("no machine")
    m = Machine.of(p.module, p.scenario, p.config, reduce=bool(seed % 2), heap=4)

    for s in states(m, 150):
        for e in m.internal + m.external:
            assert (step(s, e) is False) == isinstance(m.why_not(s, e), Refused), e.name


@pytest.mark.parametrize("seed", range(40, 60))
def test_every_line_that_gives_up_has_a_reason(seed: int) -> None:
    """None is written without one, and the text is what it was."""

    p = program(seed)
    if p.module.broken or p.module.undefined:
        pytest.skip("no machine")
    m = Machine.of(p.module, p.scenario, p.config, heap=4)

    bare = [x for text, _ in write(m, trace=False) for x in text if x.endswith("return None")]
    assert [x for x in bare if not isinstance(x, Refusal)] == []
    assert "_Refused" not in m.source


def test_asking_changes_nothing() -> None:
    """What a step of the explaining code comes across is not noted, nor charged to the search."""

    m = machine(SLEEPS, ONE, calls=(NIC,))
    before = (list(m.hits), dict(m.triggers), len(m.nodes), m.source)
    reasons(m)

    assert before == (list(m.hits), dict(m.triggers), len(m.nodes), m.source)


LOCKED = ("spin_lock(lock)", "barrier()", "spin_unlock(lock)")
OFF = ("local_irq_disable()", "seen = 1 if False else 1", "local_irq_enable()")
WORLDS = {
    "cpu, one": (LOCKED, ONE, {}, ("other", "cpu", "CPU 0 is mykthread's: PREEMPT=n")),
    "cpu, two": (
        SLEEPS,
        TWO,
        {"threads": (*THREADS, Thread("other"))},
        ("other#2", "cpu", "no CPU is free: mykthread and other have them: PREEMPT=n"),
    ),
    "cpu, an interrupt": (SLEEPS, EACH, {"calls": (NIC,)}, ("mykthread", "cpu", "the nic interrupt runs on top of it")),
    "cpu, a call": (
        LOCKED,
        ONE,
        {"calls": (Call("cat", "handler"),)},
        ("cat", "cpu", "CPU 0 is mykthread's: PREEMPT=n"),
    ),
    "irqs_off": (SLEEPS, ONE, {"calls": (NIC,)}, ("irq/nic", "irqs_off", "interrupts are off on CPU 0, by other")),
    "irqs_off, each": (
        SLEEPS,
        EACH,
        {"calls": (NIC,)},
        ("cpu1>irq/nic", "irqs_off", "interrupts are off on CPU 1, by other"),
    ),
    "irqs_off, a signal": (
        SLEEPS,
        ONE,
        {"signals": (Signal("mykthread"),)},
        ("kill/mykthread", "irqs_off", "interrupts are off on CPU 0, by other"),
    ),
    "elsewhere": (
        SLEEPS,
        TWO,
        {"threads": (*THREADS, Thread("other")), "calls": (Call("nic", "handler", context="irq", cpu_of="mykthread"),)},
        ("cpu1>irq/nic", "elsewhere", "mykthread is not on CPU 1"),
    ),
    "busy": (
        SLEEPS,
        EACH,
        {"calls": (NIC, Call("nic", "handler", context="irq"))},
        ("cpu0>irq/nic#2", "busy", "it waits until the end of the nic interrupt"),
    ),
    "lock": (LOCKED, EACH, {}, ("other", "lock", "spins: lock is held by mykthread")),
    "scenario": (
        SLEEPS,
        ONE,
        {"calls": (Call("cat", "handler", when=asleep("mykthread") & ~done("other")),)},
        ("cat", "scenario", "the scenario says: only when (asleep('mykthread') & ~done('other'))"),
    ),
    "scenario, whole": (
        LOCKED,
        EACH,
        {"calls": (Call("cat", "handler", when=~done("other"), whole=True),)},
        ("cat", "scenario", "the scenario says: only when ~done('other')"),
    ),
    "awake": (
        SLEEPS,
        ONE,
        {"spurious": (Spurious("mykthread"),)},
        ("spurious/mykthread", "awake", "mykthread is awake"),
    ),
    "awake, a timer": (LONG, EACH, {}, ("timer/mykthread", "idle", "there is nothing for it to do")),
    "asleep": (SLEEPS, ONE, {}, ("mykthread", "asleep", "asleep: it is on no wait queue")),
    "over": (SLEEPS, ONE, {}, ("other", "over", "it is over")),
    "over, a signal": (SLEEPS, ONE, {"signals": (Signal("mykthread"),)}, ("kill/mykthread", "over", "it is over")),
    "away": (SLEEPS, ONE, {"calls": (Call("cat", "handler"),)}, ("cat", "away", "it has not come yet")),
    "unborn": (
        ("kernel_thread(other, 0, 0)",),
        ONE,
        {"threads": THREADS[:1]},
        ("other", "unborn", "nobody has made it yet"),
    ),
    "first": (
        SLEEPS,
        ONE,
        {"writes": (Write("/proc/sys/kernel/path", "a"), Write("/proc/sys/kernel/path", "b"))},
        ("write/proc/sys/kernel/path#2", "first", "/proc/sys/kernel/path comes first"),
    ),
    "armed": (
        ("kfree(kmalloc(8, GFP_KERNEL))",),
        ONE,
        {"faults": (Fault(budget=2),)},
        ("fail/kmalloc", "armed", "the next kmalloc fails already"),
    ),
    "stands": (
        SLEEPS,
        ONE,
        {"freeze": Freeze("mykthread")},
        ("thaw/mykthread", "stands", "mykthread does not stand still yet"),
    ),
    "bh_off": (
        ("add_timer(t)", "local_bh_disable()", "schedule()", "local_bh_enable()"),
        ONE,
        {"threads": THREADS[:1]},
        ("timer/t", "bh_off", "bottom halves are off on CPU 0, by mykthread"),
    ),
    "other": (
        ("mod_timer(t, 5)", "t.function = later"),
        EACH,
        {"threads": THREADS[:1]},
        ("cpu0>timer/t", "other", "the timer has another function now"),
    ),
    "busy, a timer": (
        ("mod_timer(t, 5)", "del_timer_sync(t)"),
        EACH,
        {"threads": THREADS[:1]},
        ("mykthread", "busy", "it waits until the end of softirq/t"),
    ),
    "missing": (
        ('register_sysctl("kernel", row)',),
        Config(profile="6.12"),
        {"threads": THREADS[:1], "reads": (Read("/proc/sys/kernel/path"),)},
        ("read/proc/sys/kernel/path", "missing", "/proc/sys/kernel/path is not there"),
    ),
    "sigstop": (
        ("return 0",),
        ONE,
        {"processes": [Process("sh", Pause())], "signals": [Signal("sh", "SIGSTOP")]},
        ("sh", "sigstop", "a signal has stopped it: it waits for SIGCONT"),
    ),
    "traced": (
        ("return 0",),
        ONE,
        {"processes": [Process("sh", Pause())], "ptraces": [Ptrace("sh")]},
        ("sh", "traced", "its tracer has stopped it"),
    ),
    "in_use": (
        ("__module_get(THIS_MODULE)", *SLEEPS),
        ONE,
        {"threads": THREADS[:1], "calls": [Call("rmmod", "handler")], "rmmod": "rmmod"},
        ("rmmod", "in_use", "rmmod: ERROR: the module is in use (-EWOULDBLOCK)"),
    ),
    "alive": (
        ("get_task_struct(current)", "put_task_struct(current)", 'daemonize("x")'),
        ONE,
        {},
        ("reap/mykthread", "alive", "mykthread is not to be reaped"),
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_reason_is_the_one_in_the_way(name: str) -> None:
    """With who, where and what."""

    body, config, world, wanted = WORLDS[name]

    assert wanted in reasons(machine(body, config, **world))


def test_every_kind_is_met() -> None:
    """In one of these worlds."""

    assert {wanted[1] for _, _, _, wanted in WORLDS.values()} == set(KINDS)


def test_who_sleeps_says_for_what() -> None:
    """A word of `standing.Wait`, the object, and who has it."""

    body = ("mutex_lock(m)", *SLEEPS, "mutex_unlock(m)")
    text = (
        "m = DEFINE_MUTEX()\n\n\n" + lines(*body, "return 0") + lines(*body, "return 0").replace("mykthread", "other")
    )
    m = Machine.of(module(text), Scenario("two", threads=THREADS), Config(profile="2.6.24"), reduce=False)
    entry = next(e for e in m.internal if e.name == "other")
    told = {r for s in states(m) if (r := m.why_not(s, entry)) is not None and r.kind == "asleep"}

    assert Refused("asleep", (0,), -1, "m", "mutex") in told
    assert Refused("asleep", (), -1, "", "wakeup") in told
