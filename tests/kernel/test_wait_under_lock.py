"""wait_event_lock_irq: the condition is looked at under a lock, which is free while the caller sleeps."""

from __future__ import annotations

import pytest

from tests.kernel.verdicts import EACH, PREEMPT, UP, failing, on

TEXT = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
free = u8(0)


def takes():
    global free
    spin_lock_irq(lock)
    wait_event_lock_irq(queue, free, lock)
    BUG_ON(not free)
    free -= 1
    spin_unlock_irq(lock)


def gives():
    global free
    spin_lock_irq(lock)
    free += 1
    spin_unlock_irq(lock)
    wake_up(queue)
"""
WAIT = "wait_event_lock_irq(queue, free, lock)"


@pytest.mark.parametrize("config", [on("6.12", config) for config in (UP, EACH, PREEMPT)])
def test_what_it_has_seen_is_still_so_when_it_comes_back(config):
    """Two wait, two give; without the wait, or with one that keeps the lock, it goes wrong."""
    calls = ("takes", "gives", "takes", "gives")
    assert failing(TEXT, *calls, config=config) == set()
    assert failing(TEXT.replace(f"    {WAIT}\n", ""), *calls, config=config) == {"no_oops: bug"}
    kept = failing(TEXT.replace(WAIT, "wait_event(queue, free)"), *calls, config=config)
    assert {"never_sleeps_atomic: lock_held", "returns: lock"} <= kept


def test_who_has_not_the_lock_gives_back_what_he_has_not():
    found = failing(TEXT.replace("    spin_lock_irq(lock)\n    wait", "    wait"), "takes", "gives", config=on("6.12"))
    assert "locks_balanced: not_held" in found
