"""mm/slab.c: memory."""

from .declare import process, since, sleeps
from .kinds import AnyPointer, CharPointer, GfpFlags, Pointer, Size, Text, ULong, Void

SOURCE = "mm/slab.c"

CONSTANTS = {
    "GFP_ATOMIC": (0x20, "for where sleeping is not allowed: it may fail where waiting would have helped"),
    "GFP_KERNEL": (0xD0, "may sleep until there is memory; for process context with nothing locked"),
}


def kmalloc(size: Size, flags: GfpFlags) -> Pointer:
    """memory, or NULL; may sleep with GFP_KERNEL.

    What is in it is anything.  There is no owner: whoever has it gives it back with kfree, once, on every path.  It
    may fail: test for NULL before anything else.

    Context: process with nothing locked for GFP_KERNEL, any for GFP_ATOMIC.
    Return: the memory, or NULL if there is none.
    Article: Listing Five.
    Here: memory that was given back and is still pointed to is not given out again, so a use after free is always
    seen.
    Source: mm/slab.c, __kmalloc()
    """


@since("2.6")
def kzalloc(size: Size, flags: GfpFlags) -> Pointer:
    """As kmalloc, zeroed.

    Context: process with nothing locked for GFP_KERNEL, any for GFP_ATOMIC.
    Return: the memory, or NULL if there is none.
    Here: it is in 2.6.11 too, as vendors' kernels of that age had it; the main line got it in 2.6.14.
    Source: mm/util.c, kzalloc()
    """


def kfree(p: AnyPointer) -> Void:
    """Give memory back; NULL is allowed.

    Twice is a bug, and so is to use it afterwards: somebody else may have it.

    Article: Listing Five.
    Source: mm/slab.c, kfree()
    """


def ksize(p: AnyPointer) -> Size:
    """How many bytes are there.

    Return: the size of the memory, which may be more than was asked for.
    Here: it is what was asked for.
    Source: mm/slab.c, ksize()
    """


@since("2.6.13")
def kstrdup(s: Text, flags: GfpFlags) -> CharPointer:
    """memory with a copy of a text, or NULL.

    kfree gives it back.

    Context: process with nothing locked for GFP_KERNEL, any for GFP_ATOMIC.
    Return: the copy, or NULL if there is no memory.
    Source: mm/util.c, kstrdup()
    """


@since("2.6.9")
def kcalloc(n: Size, size: Size, flags: GfpFlags) -> Pointer:
    """Memory for so many elements of a size, zeroed.

    Context: process with nothing locked for GFP_KERNEL, any for GFP_ATOMIC.
    Return: the memory, or NULL if there is none.
    Source: mm/slab.c, kcalloc()
    Example: p = kcalloc(2, 4, GFP_ATOMIC); r = ksize(p); kfree(p) gives 8
    """


@sleeps
def vmalloc(size: ULong) -> Pointer:
    """Memory, or NULL: many pages, one behind the other in their addresses only.

    It may sleep, so it is for process context with nothing locked.  vfree gives it back.

    Return: the memory, or NULL if there is none.
    Here: it is kmalloc's, with GFP_KERNEL, and no more than 128 KiB.
    Source: mm/vmalloc.c, vmalloc()
    Example: p = vmalloc(8); r = p != NULL; vfree(p) gives 1
    """


@process
def vfree(addr: AnyPointer) -> Void:
    """Give memory of vmalloc back; NULL is allowed.

    Not in an interrupt.

    Here: it is kfree.
    Source: mm/vmalloc.c, vfree()
    Example: vfree(NULL)
    """
