"""include/linux/err.h: an errno in the place of a pointer."""

from .declare import since
from .kinds import Anything, Int, Long, Pointer

SOURCE = "include/linux/err.h"


def IS_ERR(ptr: Anything) -> Int:
    """Is this pointer an errno?

    NULL is none: what returns ERR_PTR(...) on failure is tested with IS_ERR, and what returns NULL is tested with not.

    Return: 1 for a pointer that ERR_PTR made, 0 for any other, NULL too.
    """


def PTR_ERR(ptr: Anything) -> Long:
    """The errno in a pointer.

    Return: the negative errno, if IS_ERR of the pointer.
    """


def ERR_PTR(error: Long) -> Pointer:
    """An errno as a pointer.

    Return: a pointer that no memory has.
    """


@since("2.6.33")
def IS_ERR_OR_NULL(ptr: Anything) -> Int:
    """Is this pointer an errno, or NULL?

    Return: 1 for NULL and for a pointer that ERR_PTR made, 0 for any other.
    Example: r = IS_ERR_OR_NULL(NULL) * 10 + IS_ERR_OR_NULL(text) gives 10
    """
