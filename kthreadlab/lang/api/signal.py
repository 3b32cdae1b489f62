"""kernel/signal.c: signals, which a thread of the kernel has to look for itself."""

from .declare import since
from .kinds import Int, Task, Void

SOURCE = "kernel/signal.c"

CONSTANTS = {
    "SIGHUP": (1, "signal 1"),
    "SIGINT": (2, "signal 2"),
    "SIGQUIT": (3, "signal 3"),
    "SIGKILL": (9, "signal 9: kill -9; a thread of the kernel sees it only if it has allowed it"),
    "SIGUSR1": (10, "signal 10"),
    "SIGUSR2": (12, "signal 12"),
    "SIGALRM": (14, "signal 14"),
    "SIGTERM": (15, "signal 15: kill without a number"),
    "SIGCHLD": (17, "signal 17: a child has ended; in kernel_thread's flags, what the parent is to get"),
    "SIGCONT": (18, "signal 18: a process that SIGSTOP has stopped goes on"),
    "SIGSTOP": (19, "signal 19: a process stops on its way back to user space, where a thread of the kernel never is"),
}


@since("2.6")
def allow_signal(sig: Int) -> Int:
    """Let a signal through; 0 or -EINVAL.

    Nothing handles it in the kernel: it makes signal_pending() true and ends a sleep in TASK_INTERRUPTIBLE, and what
    that means is up to you.  After daemonize, which blocks every signal again.  A signal that was blocked and has
    stayed pending arrives now.

    Context: process; it changes the task that runs.
    Return: 0, or -EINVAL if there is no such signal.
    Article: Listing Two; section "Creating a Kernel Thread".
    Versions: 6.12: it returns nothing in C.
    Source: kernel/exit.c, allow_signal()
    """


@since("2.6")
def disallow_signal(sig: Int) -> Int:
    """Block it again; 0 or -EINVAL.

    Context: process; it changes the task that runs.
    Return: 0, or -EINVAL if there is no such signal.
    Source: kernel/exit.c, disallow_signal()
    """


def signal_pending(p: Task) -> Int:
    """Is an unblocked signal pending?

    It takes nothing away: it stays true until flush_signals.  A loop that sees it and goes on never sleeps in
    TASK_INTERRUPTIBLE again.

    Return: not 0 if a signal that is let through is pending.
    Article: Listing Two; section "Creating a Kernel Thread".
    Source: include/linux/sched.h
    """


def flush_signals(p: Task) -> Void:
    """Forget all pending signals.

    Source: kernel/signal.c, flush_signals()
    """
