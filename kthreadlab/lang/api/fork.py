"""kernel/fork.c: making a thread of the kernel."""

from .declare import sleeps, until
from .kinds import Argument, Function, Int, ULong

SOURCE = "kernel/fork.c"

CONSTANTS = {
    "CLONE_VM": (0x100, "share the address space; kernel_thread adds it by itself"),
    "CLONE_FS": (0x200, "share root, working directory and umask"),
    "CLONE_FILES": (0x400, "share the open files"),
    "CLONE_SIGHAND": (0x800, "share the table of what signals do: allow_signal in one then counts for the other too"),
    "CLONE_KERNEL": (0xE00, "CLONE_FS, CLONE_FILES and CLONE_SIGHAND"),
}


@until("3.7")
@sleeps
def kernel_thread(fn: Function, arg: Argument, flags: ULong) -> Int:
    """Start a thread of the kernel; its pid, or a negative errno.

    The thread calls fn(arg), and what that returns ends it, as by do_exit.  It is on a run queue when kernel_thread
    returns, and may have run already.  It starts with what the caller has: daemonize sheds it.  The flags say what
    the two share, and the low byte which signal the parent gets at its end: SIGCHLD, or wait4() of the parent passes it
    by (sys_wait4, in the kernel).  Until its parent has waited, a thread that has ended is a zombie; reparent_to_init
    makes it init's.

    Return: the pid, greater than 0; -EAGAIN or -ENOMEM if there can be no further thread.
    Article: Listing One; section "Creating a Kernel Thread".
    Here: one place in the program has one thread at a time: it gives -EAGAIN while the last it made lives.
    Source: arch/i386/kernel/process.c, kernel/fork.c, do_fork()
    """
