"""Bottom halves off: what the `_bh` forms and local_bh_disable() count, allow, and must be paired with."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module

DATA = """
lock = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()


def taker():
    spin_lock(lock)
    spin_unlock(lock)


def reader():
    read_lock(rw)
    read_unlock(rw)


"""
BUILDS = {
    "UP": Config(cpus=1),
    "UP_preempt": Config(cpus=1, preempt=True),
    "SMP": Config(cpus=1, smp=True),
    "SMP_preempt": Config(cpus=1, preempt=True, smp=True),
    "a_cpu_each": Config(cpus=8),
}


def violations(*body: str, config: Config = BUILDS["UP"]) -> set[tuple[str, str]]:
    trace = drive(DATA + lines(*body), config)
    return {(v.property, v.cause) for v in trace.violations if v.property != "sleeps_when_idle"}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("take, give", [("spin_lock_bh(lock)", "spin_unlock_bh(lock)"), ("local_bh_disable()",) * 2])
def test_bottom_halves_are_off_in_every_build(build: str, take: str, give: str) -> None:
    """in_softirq(), in_interrupt() and in_atomic() all see them off; in_irq() and irqs_disabled() do not."""

    ask = 'printk("%d%d%d%d%d", in_softirq(), in_interrupt(), in_atomic(), in_irq(), irqs_disabled())'
    give = give.replace("disable", "enable")

    assert ["11100", "00000"] == printed(drive(DATA + lines(take, ask, give, ask), BUILDS[build]))


def test_the_count_nests() -> None:
    """Off as often as it was disabled."""

    ask = 'printk("%d", in_softirq())'
    body = ["local_bh_disable()", "spin_lock_bh(lock)", "local_bh_enable()", ask, "spin_unlock_bh(lock)", ask]

    assert ["1", "0"] == printed(drive(DATA + lines(*body)))


@pytest.mark.parametrize("build, count", [("UP", 0x100), ("SMP", 0x100), ("SMP_preempt", 0x101), ("UP_preempt", 0x101)])
def test_preempt_count_has_a_softirq_part(build: str, count: int) -> None:
    """Bits 8 to 15 in every build; the lock itself counts only with CONFIG_PREEMPT."""

    trace = drive(DATA + lines("spin_lock_bh(lock)", "schedule()", "spin_unlock_bh(lock)"), BUILDS[build])

    assert count in {t.preempt_count for view in trace.views for t in view.tasks}
    assert [f"scheduling while atomic: insmod/{count:#010x}/100"] == [text for _, text in trace.log]


@pytest.mark.parametrize(
    "body, cause",
    [
        (["local_bh_disable()", "schedule()", "local_bh_enable()"], "bh_off"),
        (["local_bh_disable()", "kfree(kmalloc(8, GFP_KERNEL))", "local_bh_enable()"], "bh_off"),
        (["spin_lock_bh(lock)", "schedule()", "spin_unlock_bh(lock)"], "lock_held"),
    ],
)
def test_sleeping_with_bottom_halves_off_is_noticed(body: list[str], cause: str) -> None:
    """A task that may not be scheduled away may not sleep."""

    assert {("never_sleeps_atomic", cause)} == violations(*body)


@pytest.mark.parametrize(
    "take, give, expected",
    [
        ("spin_lock_bh(lock)", "spin_unlock_bh(lock)", set()),
        ("read_lock_bh(rw)", "read_unlock_bh(rw)", set()),
        ("write_lock_bh(rw)", "write_unlock_bh(rw)", set()),
        ("spin_lock_bh(lock)", "spin_unlock(lock)", {("locks_balanced", "wrong_form"), ("context_restored", "bh_off")}),
        ("spin_lock(lock)", "spin_unlock_bh(lock)", {("locks_balanced", "wrong_form")}),
        (
            "spin_lock_irq(lock)",
            "spin_unlock_bh(lock)",
            {("locks_balanced", "wrong_form"), ("context_restored", "irqs_off")},
        ),
        ("read_lock_bh(rw)", "write_unlock_bh(rw)", {("locks_balanced", "wrong_form")}),
        ("spin_lock_bh(lock)", "pass", {("locks_balanced", "exit_held")}),
        ("pass", "spin_unlock_bh(lock)", {("locks_balanced", "not_held")}),
        ("r = read_trylock(rw)", "if r: read_unlock(rw)", set()),
    ],
)
def test_a_lock_is_released_in_the_form_it_was_taken_in(take: str, give: str, expected: set) -> None:
    """_bh pairs with _bh."""

    assert expected == violations(take, give)


def test_enabling_more_often_than_disabling_is_a_fault() -> None:
    """preempt_count would run below its softirq part."""

    assert "preempt_count" == fault(drive(DATA + lines("local_bh_enable()")))


def test_interrupts_still_land_with_bottom_halves_off() -> None:
    """_bh protects from bottom halves only: an interrupt that wants the lock spins for good on its holder's CPU."""

    made = module(DATA + lines("spin_lock_bh(lock)", "schedule()", "spin_unlock_bh(lock)"))
    world = Scenario("irq", threads=["mykthread"], calls=[Call("nic", "taker", context="irq")])

    found = explore(made, world, BUILDS["SMP"], properties=["irq_safe"])

    assert found.verdicts["irq_safe"].holds is False


@pytest.mark.parametrize("mode, expected", [("read", "1"), ("write", "0")])
def test_read_trylock_fails_only_where_a_writer_is(mode: str, expected: str) -> None:
    """Readers share."""

    body = [f"{mode}_lock(rw)", 'printk("%d", read_trylock(rw))']

    assert [expected] == printed(drive(DATA + lines(*body), BUILDS["SMP"]))


@pytest.mark.parametrize("build, expected", [("SMP", "1"), ("UP", "0")])
def test_spin_is_locked_needs_a_lock_word(build: str, expected: str) -> None:
    """A kernel for one CPU has none, and answers 0 even to the holder."""

    body = ["spin_lock(lock)", 'printk("%d", spin_is_locked(lock))', "spin_unlock(lock)"]

    assert [expected] == printed(drive(DATA + lines(*body), BUILDS[build]))
