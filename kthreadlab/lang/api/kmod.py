"""kernel/kmod.c: running a program in user space."""

from .declare import OMITTED, Versions, sleeps
from .kinds import Int, Text, Vector

SOURCE = "kernel/kmod.c"

CONSTANTS = {
    "UMH_NO_WAIT": (
        -1,
        "call_usermodehelper does not wait at all: what it was given is still needed when it returns",
        Versions("2.6.23", changed={"3.4": 0}),
    ),
    "UMH_WAIT_EXEC": (
        0,
        "call_usermodehelper waits until the program has begun, or cannot",
        Versions("2.6.23", changed={"3.4": 1}),
    ),
    "UMH_WAIT_PROC": (
        1,
        "call_usermodehelper waits until the program has ended",
        Versions("2.6.23", changed={"3.4": 2}),
    ),
    "UMH_KILLABLE": (4, "and a SIGKILL ends the wait", Versions("3.4")),
    "UMH_FREEZABLE": (8, "and the freezer may freeze who waits", Versions("6.1")),
}


@sleeps
def call_usermodehelper(path: Text, argv: Vector, envp: Vector, wait: Int = OMITTED) -> Int:
    """Run a user-mode program with exactly this argv and envp.

    argv and envp are arrays of addresses that NULL ends; the program gets these words and these variables and nothing
    else, as root, in /, with no open file.  No shell looks at path: it is the name of one file, from / on, and blanks
    are part of it.  With an empty path nothing is run, and that counts as success.

    The caller sleeps in TASK_UNINTERRUPTIBLE.  Meanwhile wake_up_interruptible passes it by, and SIGKILL waits.  When
    the program has begun, argv, envp and what they point to are needed no longer.  A program that never ends keeps a
    caller who waits for its end for ever.

    Return: 0; negative if the program could not be run (-ENOENT, -EACCES, -ENOEXEC, -EBUSY before there is a khelper,
    -EPERM before there is a root); who waits for its end gets the wait status, 256 times the exit status.
    Article: Listing Five; section "User-Mode Helpers".
    Versions: 2.4: it takes no wait, and returns when the program has begun.
    Versions: 6.12: Listing Five's 0 does not wait: the memory that it frees then is used after.
    Here: no program runs: it is described by how it ends, or by the error with which it cannot be executed.
    Source: kernel/kmod.c, call_usermodehelper(); kernel/umh.c in 6.12
    """
