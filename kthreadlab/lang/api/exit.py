"""kernel/exit.c: shedding what is a user's, and ending."""

from .declare import OMITTED, process, sleeps, until
from .kinds import Long, Text, Void

SOURCE = "kernel/exit.c"


@until("3.8")
@sleeps
def daemonize(name: Text = OMITTED, *args) -> Void:
    """Name the caller, drop user resources, block all signals, become init's child.

    The name is formatted as by printf and cut to 15 characters.  Gone are the address space, the terminal, the open
    files.  Every signal is blocked, SIGKILL too, and what was pending is forgotten: allow_signal comes after it, and
    a signal that came before it is lost.  Twice does no harm.

    Article: Listing Two; section "Creating a Kernel Thread".
    Versions: 2.4: it does not change the parent: call reparent_to_init, which does.
    Source: kernel/exit.c, daemonize()
    """


@until("3.8")
def reparent_to_init() -> Void:
    """Become init's child.

    So that somebody is there to wait for the thread when it ends.  daemonize does it too, from 2.6 on; then it is
    repeated work that does no harm.

    Context: process; it changes the task that runs.
    Article: Listing Two; section "Creating a Kernel Thread".
    Source: kernel/exit.c, reparent_to_init()
    """


@until("5.17")
@process
def do_exit(code: Long) -> Void:
    """End the caller.

    It does not return.  What the task holds is not given back by it: an entry left on a wait queue, a lock, memory.
    The task is a zombie until its parent waits for it.  In an interrupt it makes the kernel panic.  Modules cannot call
    it since 5.17, which has kthread_exit for them.

    Source: kernel/exit.c, do_exit()
    """
