"""kernel/signal.c."""

from kthreadlab.lang.api.kinds import Int, Task, Void

SOURCE = "kernel/signal.c"

CONSTANTS = {
    "SIGHUP": (1, ""),
    "SIGINT": (2, ""),
    "SIGQUIT": (3, ""),
    "SIGKILL": (9, ""),
    "SIGUSR1": (10, ""),
    "SIGUSR2": (12, ""),
    "SIGALRM": (14, ""),
    "SIGTERM": (15, ""),
    "SIGCHLD": (17, ""),
    "SIGSTOP": (19, ""),
}


def allow_signal(n: Int) -> Int:
    """Let a signal through; 0 or -EINVAL."""


def disallow_signal(n: Int) -> Int:
    """Block it again; 0 or -EINVAL."""


def signal_pending(p: Task) -> Int:
    """Is an unblocked signal pending?"""


def flush_signals(p: Task) -> Void:
    """Forget all pending signals."""
