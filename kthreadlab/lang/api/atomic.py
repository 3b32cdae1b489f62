"""include/asm/atomic.h."""

from kthreadlab.lang.api.declare import declares
from kthreadlab.lang.api.kinds import Atomic, Int, Void

SOURCE = "include/asm/atomic.h"


@declares
def ATOMIC_INIT() -> Atomic:
    """ATOMIC_INIT."""


@declares
def atomic_t() -> Atomic:
    """atomic_t."""


def atomic_set(v: Atomic, n: Int) -> Void:
    """Store."""


def atomic_read(v: Atomic) -> Int:
    """Load."""


def atomic_add(n: Int, v: Atomic) -> Void:
    """add, in one step."""


def atomic_sub(n: Int, v: Atomic) -> Void:
    """subtract, in one step."""


def atomic_inc(v: Atomic) -> Void:
    """Add 1."""


def atomic_dec(v: Atomic) -> Void:
    """Subtract 1."""


def atomic_inc_and_test(v: Atomic) -> Int:
    """Add 1; is it 0 now?"""


def atomic_dec_and_test(v: Atomic) -> Int:
    """Subtract 1; is it 0 now?"""


def atomic_inc_return(v: Atomic) -> Int:
    """Add 1, return the new value."""


def atomic_dec_return(v: Atomic) -> Int:
    """Subtract 1, return the new value."""


def atomic_add_return(n: Int, v: Atomic) -> Int:
    """add, return the new value."""


def atomic_sub_return(n: Int, v: Atomic) -> Int:
    """subtract, return the new value."""
