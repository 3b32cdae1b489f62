"""kernel/kmod.c."""

from kthreadlab.lang.api.declare import sleeps
from kthreadlab.lang.api.kinds import Int, Pointer, Text

SOURCE = "kernel/kmod.c"

CONSTANTS = {
    "UMH_NO_WAIT": (-1, ""),
    "UMH_WAIT_EXEC": (0, ""),
    "UMH_WAIT_PROC": (1, ""),
    "UMH_KILLABLE": (4, ""),
    "UMH_FREEZABLE": (8, ""),
}


@sleeps
def call_usermodehelper(text: Text, p: Pointer, p2: Pointer, n: Int = None) -> Int:
    """Run a user-mode program with exactly this argv and envp."""
