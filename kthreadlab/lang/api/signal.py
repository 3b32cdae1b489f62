"""kernel/signal.c: signals, which a thread of the kernel has to look for itself."""

from .declare import OMITTED, accepted, since, until
from .kinds import Int, SignalInfo, SignalSet, Task, ULong, Void

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


def send_sig(sig: Int, p: Task, priv: Int) -> Int:
    """Send a signal to a task; 0 or -EINVAL.

    It is pending then, unless the task ignores it, and wakes the task if that sleeps in TASK_INTERRUPTIBLE and lets
    it through.  *priv*: 1, it comes from the kernel.

    Return: 0, or -EINVAL if there is no such signal.
    Here: the signal is a number that is known when the module is compiled, and nobody looks at *priv*.
    Source: kernel/signal.c, send_sig()
    Example: r = send_sig(SIGTERM, current, 1) gives 0
    Story: {who} sends a signal to {b}.
    """


@until("5.3")
def send_sig_info(sig: Int, info: SignalInfo, p: Task) -> Int:
    """As send_sig, with more to know of it.

    Return: 0, or -EINVAL if there is no such signal.
    Here: the signal is a number that is known when the module is compiled, and nobody looks at *info*.
    Source: kernel/signal.c, send_sig_info()
    Example: r = send_sig_info(SIGTERM, 1, current) gives 0
    Story: {who} sends a signal to a task.
    """


@until("5.3")
def force_sig(sig: Int, p: Task) -> Void:
    """Send a signal that the task can neither block nor ignore.

    It is unblocked first.

    Here: the signal is a number that is known when the module is compiled.
    Source: kernel/signal.c, force_sig()
    Example: force_sig(SIGTERM, current)
    Story: {who} sends {b} a signal that nobody blocks.
    """


@until("2.6.27")
def kill_proc(pid: Int, sig: Int, priv: Int) -> Int:
    """Send a signal to the task with that pid, as kernel_thread gave it; 0, -ESRCH or -EINVAL.

    Return: 0, -ESRCH if no thread has that pid, -EINVAL if there is no such signal.
    Here: only threads of the module are found, and none that has ended.
    Source: kernel/signal.c, kill_proc()
    Example: r = kill_proc(1, SIGTERM, 1) gives -3
    Story: {who} sends a signal to the thread {a}.
    Story: fails: {who} wants to signal the thread {a}, and there is none: -ESRCH.
    """


@since("2.6.0")
@until("4.4")
def dequeue_signal_lock(tsk: Task, mask: SignalSet = OMITTED, info: SignalInfo = OMITTED) -> Int:
    """Take the next signal that is pending and not blocked; its number, or 0.

    The lowest number comes first.  Once the last one is taken signal_pending() is no longer true.

    Return: the number of the signal, 0 if there is none.
    Here: of the caller's own signals; *mask* is current.blocked, and nobody looks at *info*: both may be left out.
    Source: include/linux/sched.h, dequeue_signal_lock()
    Example: r = dequeue_signal_lock(current) gives 0
    Story: {who} takes the signal {result}.
    Story: no: {who} looks for a signal, and there is none.
    """


@until("4.4")
def dequeue_signal(tsk: Task, mask: SignalSet = OMITTED, info: SignalInfo = OMITTED) -> Int:
    """As dequeue_signal_lock, by a caller that holds the lock of its signals.

    Return: the number of the signal, 0 if there is none.
    Versions: 2.4: it is not told the task, and has two arguments in C.
    Here: of the caller's own signals; *mask* is current.blocked, and nobody looks at *info*: both may be left out.
    Source: kernel/signal.c, dequeue_signal()
    Example: r = dequeue_signal(current) gives 0
    Story: {who} takes the signal {result}.
    Story: no: {who} looks for a signal, and there is none.
    """


@since("4.20")
def kernel_dequeue_signal() -> Int:
    """Take the next signal that is pending and not blocked; its number, or 0.

    Return: the number of the signal, 0 if there is none.
    Source: include/linux/sched/signal.h, kernel_dequeue_signal()
    Example: r = kernel_dequeue_signal() gives 0
    Story: {who} takes the signal {result}.
    Story: no: {who} looks for a signal, and there is none.
    """


def siginitset(set_: SignalSet, mask: ULong) -> Void:
    """Block the signals of a mask, and no others.

    Under the lock of the caller's signals, and recalc_sigpending() after it.

    Here: only of current.blocked.
    Source: include/linux/signal.h
    Example: siginitset(current.blocked, sigmask(SIGHUP))
    Story: {who} blocks the signals of a mask, and no others.
    """


def siginitsetinv(set_: SignalSet, mask: ULong) -> Void:
    """Block all signals but those of a mask.

    How threads of older drivers say which signals they hear, under the lock of their signals, and with
    recalc_sigpending() after it.

    Here: only of current.blocked.
    Source: include/linux/signal.h
    Example: siginitsetinv(current.blocked, sigmask(SIGKILL) | sigmask(SIGTERM))
    Story: {who} blocks all signals but those of a mask.
    """


def sigfillset(set_: SignalSet) -> Void:
    """Block all signals.

    Here: only of current.blocked.
    Source: include/linux/signal.h
    Example: sigfillset(current.blocked)
    Story: {who} blocks all signals.
    """


def sigemptyset(set_: SignalSet) -> Void:
    """Block no signal.

    Here: only of current.blocked.
    Source: include/linux/signal.h
    Example: sigemptyset(current.blocked)
    Story: {who} blocks no signal any more.
    """


def sigaddset(set_: SignalSet, sig: Int) -> Void:
    """Block one signal more.

    Here: only of current.blocked.
    Source: include/linux/signal.h
    Example: sigaddset(current.blocked, SIGHUP)
    Story: {who} blocks one signal more.
    """


def sigdelset(set_: SignalSet, sig: Int) -> Void:
    """Let one signal through.

    Here: only of current.blocked.
    Source: include/linux/signal.h
    Example: sigdelset(current.blocked, SIGKILL)
    Story: {who} lets one signal through.
    """


def sigmask(sig: Int) -> ULong:
    """The mask of one signal: bit *sig* - 1.

    Return: the bit of the signal.
    Source: include/linux/signal.h
    Example: r = sigmask(SIGKILL) gives 256
    """


@accepted
def recalc_sigpending(tsk: Task = OMITTED) -> Void:
    """Look again whether a signal is pending that is not blocked.

    Whoever has changed what he blocks calls it, under the lock of his signals.

    Versions: 2.4: it is told the task, which is current.
    Here: accepted without effect: signal_pending() always looks itself.
    Source: kernel/signal.c, recalc_sigpending()
    Example: recalc_sigpending()
    Story: {who} looks again whether a signal is pending.
    """
