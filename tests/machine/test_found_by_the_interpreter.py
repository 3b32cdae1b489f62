"""What the second oracle and random programs have found: each a program of a few lines."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Thread, explore
from tests.support import module

BUILDS = {
    "one CPU": Config(cpus=1, smp=True),
    "a CPU each": Config(cpus=8, smp=True),
    "preempt": Config(cpus=1, preempt=True, smp=True),
}


@pytest.mark.parametrize("reduce", [True, False])
def test_no_signal_lands_on_the_only_cpu_while_its_interrupts_are_off(reduce: bool) -> None:
    """It is sent by an interrupt or another task, and neither runs then; also where there is one task alone."""

    made = module(
        "def mykthread(unused):\n    allow_signal(SIGKILL)\n    local_irq_disable()\n    a = signal_pending(current)\n"
        "    b = signal_pending(current)\n    BUG_ON(a != b)\n    local_irq_enable()\n    return 0\n"
    )
    world = Scenario("off", threads=[Thread("mykthread")], signals=[Signal("mykthread")])
    assert explore(made, world, BUILDS["one CPU"], reduce=reduce).verdicts["no_oops"].holds
    assert explore(made, world, BUILDS["a CPU each"], reduce=reduce).verdicts["no_oops"].holds is False


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_a_block_that_nothing_leads_to_is_lost_also_where_its_thread_never_ends(build: str, reduce: bool) -> None:
    """The last pointer to it is gone, whatever goes on."""

    lost = "def mykthread(unused):\n    p = kmalloc(8, GFP_ATOMIC)\n    p = NULL\n    while True:\n        schedule()\n"
    kept = lost.replace("    p = NULL\n", "").replace("        schedule()\n", "        schedule()\n        ksize(p)\n")
    world = Scenario("lost", threads=[Thread("mykthread")])
    assert explore(module(lost), world, BUILDS[build], reduce=reduce).verdicts["no_leak"].holds is False
    assert explore(module(kept), world, BUILDS[build], reduce=reduce).verdicts["no_leak"].holds


@pytest.mark.parametrize("version, allowed", [("2.6.11", True), ("2.6.32", True), ("6.12", False)])
def test_today_wait_event_asks_first_whether_sleeping_is_allowed(version: str, allowed: bool) -> None:
    """Also if what it waits for is true already."""

    made = module(
        "lock = DEFINE_SPINLOCK()\nq = DECLARE_WAIT_QUEUE_HEAD()\n\ndef mykthread(unused):\n    spin_lock(lock)\n"
        "    wait_event(q, 1)\n    spin_unlock(lock)\n    return 0\n"
    )
    found = explore(made, Scenario("asks", threads=[Thread("mykthread")]), Config(version, cpus=1, smp=True))
    assert allowed is (found.verdicts["never_sleeps_atomic"].holds is not False)


@pytest.mark.parametrize("reduce", [True, False])
def test_who_spins_for_a_holder_that_is_on_no_cpu_is_told_so(reduce: bool) -> None:
    """Two CPUs for three tasks: the holder sleeps, and no interrupt stands above it."""

    made = module(
        "table = DEFINE_RWLOCK()\nready = DECLARE_COMPLETION()\n\ndef mykthread(unused):\n    barrier()\n\n"
        "def rival(unused):\n    write_lock(table)\n\ndef caller(x):\n    read_lock_irq(table)\n"
        "    wait_for_completion_interruptible(ready)\n"
    )
    threads = [Thread("mykthread"), Thread("rival")]
    world = Scenario("sleeps", threads=threads, calls=[Call("insmod", "caller", 2)])
    found = explore(made, world, Config(cpus=2), reduce=reduce)
    assert found.complete and not found.bug
    assert found.verdicts["locks_balanced"].holds is False
