"""include/linux/err.h."""

from kthreadlab.lang.api.kinds import Argument, Int, Pointer

SOURCE = "include/linux/err.h"


def IS_ERR(arg: Argument) -> Int:
    """Is this pointer an errno?"""


def PTR_ERR(arg: Argument) -> Int:
    """The errno in a pointer."""


def ERR_PTR(n: Int) -> Pointer:
    """An errno as a pointer."""
