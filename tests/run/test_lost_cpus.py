"""An interrupt that never returns takes its CPU with it, and whoever it has interrupted there."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.kernel.frames import landing_places
from kthreadlab.run.search import build
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
SLEEPER = """
a = DEFINE_SPINLOCK()
b = DEFINE_SPINLOCK()
done = DECLARE_COMPLETION()
ready = u32(0)
n = u32(0)

def tell(x: u32):
    complete(done)

def mykthread(unused):
    daemonize("mykthread")
    wait_for_completion(done)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()

"""
HANDLERS = {
    "takes its lock twice": "def line(x: u32):\n    spin_lock(a)\n    spin_lock(a)\n",
    "keeps what another wants": ("def line(x: u32):\n    spin_lock(a)\n    if x != 1:\n        spin_unlock(a)\n"),
    "circle of two": (
        "def line(x: u32):\n    if x == 1:\n        spin_lock(a)\n        spin_lock(b)\n        spin_unlock(b)\n"
        "        spin_unlock(a)\n    else:\n        spin_lock(b)\n        spin_lock(a)\n        spin_unlock(a)\n"
        "        spin_unlock(b)\n"
    ),
    "waits for a flag": "def line(x: u32):\n    while not ready:\n        barrier()\n",
}
LINES = [Call("nic", "line", 1, context="irq"), Call("disk", "line", 2, context="irq")]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("handler", HANDLERS)
def test_whom_such_an_interrupt_has_interrupted_never_goes_on(handler: str, config: str) -> None:
    """Also where the task has a CPU of its own and shares no lock with the interrupt: with and without reduction."""

    world = Scenario("lost", threads=["mykthread"], calls=[Call("p", "tell", 1), *LINES])
    made = module(SLEEPER + HANDLERS[handler])
    plain, reduced = (explore(made, world, CONFIGS[config], reduce=reduce) for reduce in (False, True))
    assert plain.complete
    assert {n: v.holds for n, v in plain.verdicts.items()} == {n: v.holds for n, v in reduced.verdicts.items()}
    assert plain.verdicts["sleeps_when_idle" if handler == "waits for a flag" else "irq_safe"].holds is False


def landings(handler: str) -> list[int]:
    world = Scenario("where", threads=["mykthread"], calls=[Call("p", "tell", 1), LINES[0]])
    machine = build(module(SLEEPER + handler), world, CONFIGS["each"])
    return [cpu for cpus in landing_places(machine).values() for cpu in cpus]


def test_only_an_interrupt_that_certainly_returns_needs_no_more_than_an_idle_cpu() -> None:
    """Where it lands beside a task it has nothing to do with makes no difference then."""

    quick = "def line(x: u32):\n    global n\n    spin_lock(a)\n    n = x\n    spin_unlock(a)\n"
    assert 1 == len(landings(quick))
    waiting = [landings(h) for h in HANDLERS.values()]
    assert all(len(cpus) > 1 for cpus in waiting)
