"""include/linux/kernel.h."""

from kthreadlab.lang.api.declare import declares
from kthreadlab.lang.api.kinds import Array, CharBuffer, Int, Pointer, TypeName, Void

SOURCE = "include/linux/kernel.h"

CONSTANTS = {
    "NULL": (0, ""),
    "INT_MAX": (2**31 - 1, ""),
    "UINT_MAX": (2**32 - 1, ""),
}


@declares
def array() -> Array:
    """array."""


@declares
def char_array() -> CharBuffer:
    """char_array."""


def min(n: Int, n2: Int) -> Int:
    """The smaller."""


def max(n: Int, n2: Int) -> Int:
    """The larger."""


def sizeof(type_: TypeName) -> Int:
    """Bytes."""


def cast(type_: TypeName, p: Pointer) -> Pointer:
    """Say what a pointer points to."""


def BUG() -> Void:
    """Stop here: a bug."""


def BUG_ON(n: Int) -> Void:
    """Stop here if it is true."""


def WARN_ON(n: Int) -> Int:
    """Log a warning if it is true."""


def likely(n: Int) -> Int:
    """The same value."""


def unlikely(n: Int) -> Int:
    """The same value."""
