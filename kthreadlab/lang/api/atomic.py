"""include/asm/atomic.h: integers that are changed in one step."""

from .declare import declares, since, type_name
from .kinds import Atomic, Int, Void

SOURCE = "include/asm/atomic.h"


@declares
def ATOMIC_INIT(i: Int) -> Atomic:
    """An atomic integer with a value.

    Use: count = ATOMIC_INIT(0)
    """


@type_name
def atomic_t() -> Atomic:
    """An atomic integer, 0.

    There is no other way to it than these calls: count += 1 is refused.
    """


def atomic_set(v: Atomic, i: Int) -> Void:
    """Store a value."""


def atomic_read(v: Atomic) -> Int:
    """Load the value.

    What is decided by it afterwards is a step of its own: a test and a change in one step is atomic_dec_and_test or
    its like.

    Return: the value.
    """


def atomic_add(i: Int, v: Atomic) -> Void:
    """Add, in one step."""


def atomic_sub(i: Int, v: Atomic) -> Void:
    """Subtract, in one step."""


def atomic_inc(v: Atomic) -> Void:
    """Add 1, in one step."""


def atomic_dec(v: Atomic) -> Void:
    """Subtract 1, in one step."""


def atomic_inc_and_test(v: Atomic) -> Int:
    """Add 1, in one step; is it 0 now?

    Return: 1 if it is 0 now, 0 if not.
    """


def atomic_dec_and_test(v: Atomic) -> Int:
    """Subtract 1, in one step; is it 0 now?

    Of several who give something back, one sees the last.

    Return: 1 if it is 0 now, 0 if not.
    """


def atomic_inc_return(v: Atomic) -> Int:
    """Add 1, in one step, return the new value.

    Return: the new value.
    """


def atomic_dec_return(v: Atomic) -> Int:
    """Subtract 1, in one step, return the new value.

    Return: the new value.
    """


def atomic_add_return(i: Int, v: Atomic) -> Int:
    """Add, in one step, return the new value.

    Return: the new value.
    """


def atomic_sub_return(i: Int, v: Atomic) -> Int:
    """Subtract, in one step, return the new value.

    Return: the new value.
    """


def atomic_sub_and_test(i: Int, v: Atomic) -> Int:
    """Subtract, in one step; is it 0 now?

    Return: 1 if it is 0 now, 0 if not.
    Example: atomic_set(count, 3); r = atomic_sub_and_test(3, count) gives 1
    Story: {who} subtracts {a} from {b}, in one step; {op} gives {result}.
    """


def atomic_add_negative(i: Int, v: Atomic) -> Int:
    """Add, in one step; is it negative now?

    Return: 1 if it is negative now, 0 if not.
    Example: r = atomic_add_negative(-1, count) gives 1
    Story: {who} adds {a} to {b}, in one step; {op} gives {result}.
    """


@since("2.6.15")
def atomic_cmpxchg(v: Atomic, old: Int, new: Int) -> Int:
    """Store the new value if it holds the old one, in one step; returns what it held.

    Of several who try, one finds the old value: a door that one of them gets through.

    Return: the value before: it was stored if and only if that is the old value given.
    Example: r = atomic_cmpxchg(count, 0, 5) * 10 + atomic_read(count) gives 5
    Story: {who} finds {result} in {a}, in one step; {c} goes in if that is {b}.
    """


@since("2.6.16")
def atomic_xchg(v: Atomic, new: Int) -> Int:
    """Store and return the old value, in one step.

    Return: the value before.
    Example: atomic_set(count, 3); r = atomic_xchg(count, 5) * 10 + atomic_read(count) gives 35
    Story: {who} swaps {a} in one step: {b} goes in, {result} comes out.
    """


@since("2.6.15")
def atomic_add_unless(v: Atomic, a: Int, u: Int) -> Int:
    """Add unless it is a certain value, in one step.

    Return: 1 if it was added, 0 if not.
    Example: r = atomic_add_unless(count, 2, 0) * 10 + atomic_read(count) gives 0
    Story: yes: {who} adds {b} to {a}, in one step: it was not {c}.
    Story: no: {who} finds {c} in {a}, and adds nothing.
    """


@since("2.6.15")
def atomic_inc_not_zero(v: Atomic) -> Int:
    """Add 1 unless it is 0, in one step.

    How a reference is taken to what may be on its way out: at 0 nobody may bring it back.

    Return: 1 if 1 was added, 0 if it is 0.
    Example: atomic_set(count, 3); r = atomic_inc_not_zero(count) * 10 + atomic_read(count) gives 14
    Story: yes: {who} adds 1 to {a}, in one step: it was not 0.
    Story: no: {who} finds 0 in {a}, and adds nothing.
    """
