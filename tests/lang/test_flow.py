"""A local that is certainly read before it is assigned is a compile error; perhaps is not."""

import pytest

from kthreadlab.lang.module import load


def too_early(*lines: str) -> list[str]:
    """What is said about a function ``f(a)`` with these lines."""
    module = load("lock = DEFINE_SPINLOCK()\ndef f(a):\n" + "\n".join(f"    {line}" for line in lines) + "\n")
    return [f"{d.pos.line - 2}: {d.message.split(' ')[0]}" for d in module.diagnostics]


@pytest.mark.parametrize(
    "lines",
    [
        ["return a"],
        ["x = 1", "return x"],
        ["if a:", "    x = 1", "return x"],
        ["while a:", "    x = 1", "    a = 0", "return x"],
        ["while True:", "    if a:", "        a = x", "    else:", "        x = 1"],
        ["for i in range(3):", "    pass", "return i"],
        ["spin_lock_irqsave(lock, flags)", "spin_unlock_irqrestore(lock, flags)"],
        ["while True:", "    if a:", "        x = 1", "        break", "return x"],
        ["if a and a > 1:", "    x = 1", "    y = x", "return y"],
        ["return a", "return x", "x = 1"],
        ["x = sizeof(x)", "return x"],
        ["DEFINE_WAIT(w)", "finish_wait(q, w)"],
        ["x = 1 if a else 2", "x += 1"],
        ["raise NotImplementedError()", "a = x", "x = 1"],
    ],
)
def test_what_may_be_assigned_is_left_to_the_machine(lines):
    """Reading it unassigned on some path is a fault of that path."""
    assert too_early(*lines) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["return x", "x = 1"], ["1: x"]),
        (["x += 1"], ["1: x"]),
        (["if a:", "    return x", "x = 1"], ["2: x"]),
        (["if x:", "    x = 1"], ["1: x"]),
        (["while True:", "    a = x", "    x = 1"], ["2: x"]),
        (["while x:", "    x = 1"], ["1: x"]),
        (["for i in range(i):", "    pass"], ["1: i"]),
        (["spin_unlock_irqrestore(lock, flags)", "spin_lock_irqsave(lock, flags)"], ["1: flags"]),
        (["y = a and x", "x = 1"], ["1: x"]),
        (["x[0] = 1", "x = a"], ["1: x"]),
        (["if a:", "    y = x", "else:", "    y = z", "x = 1", "z = 1"], ["2: x", "4: z"]),
        (["x: u32", "return x"], ["2: x"]),
    ],
)
def test_what_nobody_survives_is_a_compile_error(lines, said):
    """Every path that gets there reads what nobody wrote."""
    assert said == too_early(*lines)


def test_loops_inside_each_other_are_judged_quickly():
    """Forty-eight loops are a few rounds, not 2**48."""
    lines = ["    " * n + "while a:" for n in range(48)] + ["    " * 48 + "x = y", "    " * 48 + "y = x"]

    assert too_early(*lines) == ["49: y"]
