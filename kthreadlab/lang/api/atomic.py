"""include/asm/atomic.h: integers that are changed in one step."""

from .declare import declares, type_name
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
