"""kernel/fork.c."""

from kthreadlab.lang.api.declare import sleeps
from kthreadlab.lang.api.kinds import Argument, Function, Int

SOURCE = "kernel/fork.c"

CONSTANTS = {
    "CLONE_VM": (0x100, ""),
    "CLONE_FS": (0x200, ""),
    "CLONE_FILES": (0x400, ""),
    "CLONE_SIGHAND": (0x800, ""),
    "CLONE_KERNEL": (0xE00, ""),
}


@sleeps
def kernel_thread(fn: Function, arg: Argument, n: Int) -> Int:
    """Start a thread of the kernel; its pid, or a negative errno."""
