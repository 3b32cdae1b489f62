"""Loops that make threads: a place for each of their few turns."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Scenario, explore
from tests.support import module

T = "mykthread"
BEGIN = f"""
NR = 2
MANY = 9
left = u32(2)
made = array(u32, 9)


def fn(n: u32):
    return 0


def start(n: u32):
    made[n] = not IS_ERR(kthread_create(fn, n, "fn/%d", n))


def {T}(unused):
    global left
"""
LOOPS = {
    "known": ("for n in range(0, 2):\n        start(n)", 1),
    "named": ("for n in range(NR):\n        start(n)", 1),
    "down": ("for n in range(1, -1, -1):\n        start(n)", 1),
    "continued": ("for n in range(2):\n        start(n)\n        continue", 1),
    "inside": ("for n in range(0, 2):\n        for k in range(n, n + 1):\n            start(k)", 1),
    "two of one": ("for n in range(0, 2):\n        if n < 9:\n            start(n)", 1),
    "not left": ("for n in range(2):\n        start(n)\n        if n == 5:\n            break", 1),
    "left": ("for n in range(3):\n        if n == 1:\n            break\n        start(n)", 0),
    "left late": ("for n in range(3):\n        if n == 2:\n            break\n        start(n)", 1),
    "both": ("for n in range(2):\n        start(n)\n        if n:\n            break\n        continue", 0),
    "unknown": ("for n in range(left):\n        start(n)\n    left = 0", 0),
    "many": ("for n in range(MANY):\n        start(n)", 0),
}


@pytest.mark.parametrize("name", LOOPS)
def test_each_turn_is_a_place(name: str) -> None:
    """Where it is known how many they are, and not both *break* and *continue* are there; else it is one place."""
    loop, both = LOOPS[name]
    text = f"{BEGIN}    {loop}\n    BUG_ON(made[0] + made[1] != {1 + both})\n    return 0\n"
    found = explore(module(text), Scenario("turns", threads=(T,)), Config("2.6.24"), ["no_oops"])
    assert not found.verdicts["no_oops"].fails
