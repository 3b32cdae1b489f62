"""kernel/kthread.c: threads that are asked to stop instead of killed."""

from .declare import accepted, process, since, sleeps
from .kinds import Argument, Completion, Function, Int, Long, Task, Text, UInt, Void

SOURCE = "kernel/kthread.c"


@since("2.6.4")
@sleeps
def kthread_create(fn: Function, data: Argument, name: Text, *args) -> Task:
    """Make a thread that waits to be woken; ERR_PTR(-ENOMEM) if there is none.

    It runs fn(data) after wake_up_process.  The name is formatted as by printf and cut to 15 characters.  It inherits
    nothing from the caller: no address space, no files, no signal handlers.

    Return: the thread, or ERR_PTR(-ENOMEM): test it with IS_ERR, it is never NULL.
    Here: nobody can see the caller sleep. One place in the program makes one thread at a time: ERR_PTR(-ENOMEM) while
    the last one lives, or somebody holds a reference to it. In a for loop over range(2), or up to 8 turns, each turn
    is a place.
    Source: kernel/kthread.c, kthread_create()
    """


@since("2.6.4")
@sleeps
def kthread_run(fn: Function, data: Argument, name: Text, *args) -> Task:
    """kthread_create and wake_up_process.

    Return: the thread, or ERR_PTR(-ENOMEM): test it with IS_ERR, it is never NULL.
    Here: one place in the program makes one thread at a time: ERR_PTR(-ENOMEM) while the last one lives, or somebody
    holds a reference to it. In a for loop over range(2), or up to 8 turns, each turn is a place.
    Source: include/linux/kthread.h
    """


@since("2.6.4")
@accepted
@process
def kthread_bind(p: Task, cpu: UInt) -> Void:
    """Tie a thread that has not run to one CPU.

    Between kthread_create and the first wake-up, no later.

    Here: accepted without effect: any CPU may take any task.
    Source: kernel/kthread.c, kthread_bind()
    """


@since("2.6.4")
def kthread_should_stop() -> Int:
    """Has kthread_stop been called for the caller?

    Test it where you test your condition: after the state is declared, before schedule().

    Context: a thread made by kthread_create.
    Return: 1 if the thread is to return, 0 if not.
    Source: kernel/kthread.c, kthread_should_stop()
    """


@since("5.17")
@process
def kthread_exit(result: Long) -> Void:
    """End the caller, a thread made by kthread_create.

    As if its function had returned the result, from wherever it stands: it does not return.

    Source: kernel/kthread.c, kthread_exit()
    """


@since("5.17")
@process
def kthread_complete_and_exit(comp: Completion, code: Long) -> Void:
    """Complete, and end the caller, a thread made by kthread_create.

    What a module's thread ends with: whoever waits to unload the module cannot get between the two.

    Source: kernel/kthread.c, kthread_complete_and_exit()
    """


@since("2.6.4")
@sleeps
def kthread_stop(p: Task) -> Int:
    """Ask a thread to stop, wake it, wait for its end; what its function returned.

    It waits for ever for a thread that never looks at kthread_should_stop().  A thread that may end by itself may be
    gone, and its task_struct with it, before it is asked: who stops it holds a reference (get_task_struct).  A thread
    that is stopped before it has run never runs, and what it would have freed is its maker's to free.

    Return: what the thread's function returned; -EINTR if it never ran.
    Versions: 2.6.11, 2.6.24: it hears only of a return that comes after it: a thread that ends by do_exit, or has ended
    before, is waited for for ever. And one lock is held all the time: a thread that stops another on its own way out,
    while it is being stopped, waits for ever too.
    Versions: 2.6.32: of two callers who wait only one hears of the end.
    Versions: 6.12: of two callers only one hears of the end.
    Source: kernel/kthread.c, kthread_stop()
    """


@since("3.7")
@sleeps
def kthread_park(k: Task) -> Int:
    """Ask a thread to stand still, wake it, and wait in D until it does.

    The thread has to look at kthread_should_park() and call kthread_parkme(); for one that never does it waits for
    ever.  A thread whose function has not begun is parked before it.

    Return: 0, or -EBUSY if it has been asked already.
    Source: kernel/kthread.c, kthread_park()
    Example: t = kthread_create(child, 0, "kid"); r = kthread_park(t) gives 0
    Story: {who} asks {a} to park: it is parked before its first step, or has been asked already.
    Story: sleeps: {who} asks {a} to park, wakes it, and sleeps in D until it has parked.
    Story: return: {who} is on a CPU again, and looks whether {a} has parked.
    """


@since("3.7")
@process
def kthread_unpark(k: Task) -> Void:
    """Let a parked thread go on.

    Source: kernel/kthread.c, kthread_unpark()
    Example: t = kthread_create(child, 0, "kid"); r = kthread_park(t); kthread_unpark(t)
    Story: {who} lets {a} go on.
    """


@since("3.7")
def kthread_should_park() -> Int:
    """Has kthread_park been called for the caller?

    Context: a thread made by kthread_create.
    Return: 1 if the thread is to park, 0 if not.
    Source: kernel/kthread.c, kthread_should_park()
    Example: r = kthread_should_park() gives 0
    Story: yes: {who} asks whether it should park: yes.
    Story: no: {who} asks whether it should park: no.
    """


@since("3.7")
@sleeps
def kthread_parkme() -> Void:
    """Stand still for as long as kthread_park wants it.

    kthread_stop ends it, too.  The state is TASK_RUNNING afterwards.

    Context: a thread made by kthread_create.
    Here: the thread stands in D, so that a wake-up finds it, in vain.
    Source: kernel/kthread.c, kthread_parkme()
    Example: kthread_parkme()
    Story: {who} is not asked to park, and goes on.
    Story: sleeps: {who} parks.
    Story: return: {who} is on a CPU again, and goes on if nobody wants it parked.
    """
