"""kernel/exit.c: shedding what is a user's, and ending."""

from .declare import OMITTED, added, process, sleeps, until
from .kinds import Int, Long, Status, Text, Usage, Void

SOURCE = "kernel/exit.c"

CONSTANTS = {"WNOHANG": (1, "for sys_wait4: do not sleep, but return 0 where no child has ended yet")}


@until("3.8")
@sleeps
@added(name="2.6")
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


@until("4.17")
@sleeps
def sys_wait4(upid: Int, stat_addr: Status, options: Int, ru: Usage) -> Long:
    """Sleep in S until a child has ended, and reap it: what wait4() of user space calls.

    A process that has started a thread with SIGCHLD in the flags, and has not given it away, gets rid of it so.  It
    waits for the child whose pid is upid, or for any with -1.  What is no child of the caller's any more, since it
    has made itself init's, is not waited for.

    Return: the pid of the child that is reaped; -ECHILD if there is no such child; -ERESTARTSYS if a signal comes
    first; with WNOHANG 0 where no child has ended yet; -EINVAL for other options.
    Here: NULL is all that it takes for stat_addr and ru.  Only a process of user space that has entered the module has
    children: whoever else calls it gets -ECHILD.
    Source: kernel/exit.c, sys_wait4(); kernel/kmod.c, wait_for_helper() calls it
    """
