"""What interrupts were is kept in a variable, and C's rules for variables decide what is restored."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.checks.observers import observers_for
from kthreadlab.run.search import build, search
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "UP": Config(cpus=1),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
DATA = """
a = DEFINE_SPINLOCK()
b = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()
n = u32(0)

"""
SLEEPS = "kfree(kmalloc(8, GFP_KERNEL))"


def made(body: list[str], more: str = "") -> object:
    lines = "".join(f"    {line}\n" for line in body)
    return module(f"{DATA}{more}\ndef call(x: u32):\n    global n\n{lines}")


def noticed(body: list[str], config: Config, more: str = "", reduce: bool = True) -> set[tuple[str, str]]:
    """What is wrong with a call of these lines, as properties and causes."""
    world = Scenario("flags", calls=[Call("p", "call", 1)])
    machine = build(made(body, more), world, config, observers=observers_for(["no_oops"]), reduce=reduce)
    graph = search(machine)
    assert graph.complete and not graph.faults
    return {machine.violations[v][:2] for v in graph.hits}


BACK = "def back(g):\n    local_irq_restore(g)\n"
OFF = {("never_sleeps_atomic", "irqs_off"), ("context_restored", "irqs_off")}
PAIRS = {
    "spin": ("spin_lock_irqsave(a, {})", "spin_unlock_irqrestore(a, {})"),
    "read": ("read_lock_irqsave(rw, {})", "read_unlock_irqrestore(rw, {})"),
    "write": ("write_lock_irqsave(rw, {})", "write_unlock_irqrestore(rw, {})"),
    "cpu": ("local_irq_save({})", "local_irq_restore({})"),
}
OUTER = ("spin_lock_irqsave(b, {})", "spin_unlock_irqrestore(b, {})")


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("pair", PAIRS)
def test_an_inner_save_into_the_same_variable_overwrites_the_outer(pair: str, config: str, reduce: bool) -> None:
    """Both restores then say "off"."""

    save, restore = PAIRS[pair]
    same = [OUTER[0].format("f"), save.format("f"), restore.format("f"), OUTER[1].format("f"), SLEEPS]
    assert OFF == noticed(same, CONFIGS[config], reduce=reduce)
    two = [OUTER[0].format("f"), save.format("g"), restore.format("g"), OUTER[1].format("f"), SLEEPS]
    assert set() == noticed(two, CONFIGS[config], reduce=reduce)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_variable_may_be_restored_more_than_once(config: str) -> None:
    """It still holds what it held."""

    body = ["local_irq_save(f)", "local_irq_restore(f)", "local_irq_disable()", "local_irq_restore(f)", SLEEPS]
    assert set() == noticed(body, CONFIGS[config])


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(
    "body, more, expected",
    [
        (["local_irq_save(f)", "g = f", "local_irq_restore(g)", SLEEPS], "", set()),
        (["local_irq_disable()", "local_irq_save(f)", "g = f", "local_irq_restore(g)", SLEEPS], "", OFF),
        (["local_irq_save(f)", "back(f)", SLEEPS], BACK, set()),
        (
            ["local_irq_disable()", "local_irq_save(f)", "back(f)", SLEEPS],
            BACK,
            OFF,
        ),
        (["f = off()", "local_irq_restore(f)", SLEEPS], "def off():\n    local_irq_save(g)\n    return g\n", set()),
        (["local_irq_save(f)", "f = 1", "local_irq_restore(f)", SLEEPS], "", OFF),
        (
            ["local_irq_save(f)", "local_irq_save(g)", "if n:", "    g = f", "local_irq_restore(g)", SLEEPS],
            "",
            OFF,
        ),
        (
            ["n = 1", "local_irq_save(f)", "local_irq_save(g)", "if n:", "    g = f", "local_irq_restore(g)", SLEEPS],
            "",
            set(),
        ),
    ],
)
def test_flags_are_a_value_like_any_other(body: list[str], more: str, expected: set, config: str, reduce: bool) -> None:
    """Copied, handed to a function, returned by one, assigned: what arrives at the restore decides."""

    assert expected == noticed(body, CONFIGS[config], more, reduce)


@pytest.mark.parametrize(
    "body, cause",
    [
        (["local_irq_disable()"], "irqs_off"),
        (["local_bh_disable()"], "bh_off"),
        (["preempt_disable()"], "preempt_off"),
        (["spin_lock_irq(a)", "spin_unlock(a)"], "irqs_off"),
        (["if x == 1:", "    local_irq_disable()"], "irqs_off"),
        (["local_irq_disable()", "local_irq_enable()"], ""),
        (["spin_lock_irqsave(a, f)", "n = 1", "spin_unlock_irqrestore(a, f)"], ""),
        (["spin_lock_irq(a)"], ""),  # the lock accounts for it
        (["spin_lock_bh(a)"], ""),
    ],
)
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("context", ["process", "irq"])
def test_a_call_returns_with_interrupts_and_preemption_as_it_found_them(
    context: str, config: str, body: list[str], cause: str
) -> None:
    """Whoever it returns to pays for what it has left switched off."""

    world = Scenario("returns", calls=[Call("c", "call", 1, context=context)])
    found = explore(made(body), world, CONFIGS[config], properties=["context_restored"])
    assert cause == found.verdicts["context_restored"].cause
    assert found.verdicts["context_restored"].exercised
