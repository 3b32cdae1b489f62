"""mm/slab.c."""

from kthreadlab.lang.api.kinds import Int, Pointer, Text, Void

SOURCE = "mm/slab.c"

CONSTANTS = {
    "GFP_ATOMIC": (32, ""),
    "GFP_KERNEL": (208, ""),
}


def kmalloc(n: Int, n2: Int) -> Pointer:
    """memory, or NULL; may sleep with GFP_KERNEL."""


def kzalloc(n: Int, n2: Int) -> Pointer:
    """The same, zeroed."""


def kfree(p: Pointer) -> Void:
    """Give memory back; NULL is allowed."""


def ksize(p: Pointer) -> Int:
    """How many bytes are there."""


def kstrdup(text: Text, n: Int) -> Pointer:
    """Memory with a copy of a text, or NULL."""
