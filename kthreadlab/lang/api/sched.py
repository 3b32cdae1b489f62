"""kernel/sched.c: giving up the CPU, and getting somebody back onto it."""

from kthreadlab.lang import task_state

from .declare import since, sleeps, until
from .kinds import Int, Long, Task, Void, WaitQueueHead

SOURCE = "kernel/sched.c"

CONSTANTS = {
    "TASK_RUNNING": (task_state.TASK_RUNNING, "running, or on the run queue and waiting for a CPU: R in ps"),
    "TASK_INTERRUPTIBLE": (
        task_state.TASK_INTERRUPTIBLE,
        "asleep, or about to be; a matching wake-up or a signal ends it: S in ps",
    ),
    "TASK_UNINTERRUPTIBLE": (
        task_state.TASK_UNINTERRUPTIBLE,
        "asleep, or about to be; a matching wake-up ends it, a signal does not: D in ps",
    ),
    "MAX_SCHEDULE_TIMEOUT": (2**63 - 1, "no timeout at all: schedule_timeout with it is schedule"),
}


@sleeps
def schedule() -> Void:
    """Give up the CPU; off the run queue too, if the state is not TASK_RUNNING.

    A caller in TASK_RUNNING only yields: it stays on the run queue and may go on at once.  In TASK_INTERRUPTIBLE or
    TASK_UNINTERRUPTIBLE it leaves the run queue, and only a wake-up that matches its state brings it back.  With a
    signal pending, TASK_INTERRUPTIBLE counts as TASK_RUNNING.

    The state is looked at here and not where it was set: a wake-up in between has made it TASK_RUNNING, and then
    schedule() only yields.  That is why a sleeper sets its state first, tests its condition next and calls schedule()
    last.  A task that is preempted between the two is not asleep: it stays on the run queue whatever its state says.

    Article: Listing Two and Listing Four; section "Process States and Wait Queues".
    Versions: 2.4: called in an interrupt, it stops the kernel.
    Here: the run queue has no order and no priorities: any task on it may be next.
    Source: kernel/sched.c, schedule()
    """


@sleeps
def schedule_timeout(timeout: Long) -> Long:
    """schedule() with a timer; returns what is left, 0 if it expired.

    The caller sets its state first, as for schedule(); the timer then wakes it after so many jiffies, if nobody has
    before.  Called in TASK_RUNNING it returns at once: the sleep that does not sleep.  With MAX_SCHEDULE_TIMEOUT there
    is no timer.

    Return: the jiffies that were left, 0 if the timer expired; never negative.
    Here: the machine has no time.  A timer may expire whenever it runs, and what is left is 0 or 1.
    Source: kernel/timer.c, schedule_timeout()
    """


@since("2.6.14")
@sleeps
def schedule_timeout_interruptible(timeout: Long) -> Long:
    """Sleep in S until the time is up, somebody wakes the caller, or a signal comes.

    It declares its own state: set_current_state(TASK_INTERRUPTIBLE), then schedule_timeout.

    Return: the jiffies that were left, 0 if the timer expired; never negative.
    Here: the machine has no time.  A timer may expire whenever it runs, and what is left is 0 or 1.
    Source: kernel/timer.c, schedule_timeout_interruptible()
    Example: r = schedule_timeout_interruptible(5) gives 0
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} until it is woken or its timer expires.
    Story: signal: {who} has a signal pending: {op}() does not put it to sleep.
    Story: wrong: {op}({a}) refuses a negative time and returns 0 to {who} at once.
    """


@since("2.6.14")
@sleeps
def schedule_timeout_uninterruptible(timeout: Long) -> Long:
    """Sleep in D until the time is up or somebody wakes the caller.

    It declares its own state: set_current_state(TASK_UNINTERRUPTIBLE), then schedule_timeout.

    Return: the jiffies that were left, 0 if the timer expired; never negative.
    Here: the machine has no time.  A timer may expire whenever it runs, and what is left is 0 or 1.
    Source: kernel/timer.c, schedule_timeout_uninterruptible()
    Example: r = schedule_timeout_uninterruptible(5) gives 0
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} until it is woken or its timer expires.
    Story: wrong: {op}({a}) refuses a negative time and returns 0 to {who} at once.
    """


@since("2.6")
@sleeps
def io_schedule() -> Void:
    """As schedule(), in a wait for a disk.

    The time that it takes counts as waiting for I/O.

    Source: kernel/sched.c, io_schedule()
    Example: io_schedule()
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} until it is woken.
    Story: yields: {who} is TASK_RUNNING, so {op}() only yields: it stays on the run queue.
    Story: signal: {who} has a signal pending: {op}() makes it TASK_RUNNING and does not put it to sleep.
    Story: return: {who} is on a CPU again and comes back from io_schedule().
    """


@since("2.6")
@sleeps
def io_schedule_timeout(timeout: Long) -> Long:
    """As schedule_timeout, in a wait for a disk.

    Return: the jiffies that were left, 0 if the timer expired; never negative.
    Here: the machine has no time.  A timer may expire whenever it runs, and what is left is 0 or 1.
    Source: kernel/sched.c, io_schedule_timeout()
    Example: set_current_state(TASK_UNINTERRUPTIBLE); r = io_schedule_timeout(5) gives 0
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} until it is woken or its timer expires.
    Story: yields: {who} is TASK_RUNNING, so {op}() only yields: it stays on the run queue.
    Story: signal: {who} has a signal pending: {op}() makes it TASK_RUNNING and does not put it to sleep.
    Story: wrong: {op}({a}) refuses a negative time and returns 0 to {who} at once.
    """


def set_current_state(state: Long) -> Void:
    """Declare the caller's state, with a memory barrier.

    Declaring TASK_INTERRUPTIBLE is not sleeping: the caller runs on until it calls schedule().  The barrier orders the
    store of the state before the loads that follow, so that a waker that stores the condition and then looks at the
    state cannot miss a sleeper that has stored its state and then looks at the condition.

    Context: any, but it means the task that runs: in an interrupt, that is whoever was interrupted.
    Article: Listing Two and Listing Four.
    Here: memory is sequentially consistent, so the barrier changes nothing.
    Source: include/linux/sched.h
    """


def __set_current_state(state: Long) -> Void:
    """Declare the caller's state, without a barrier.

    Enough for TASK_RUNNING, and where the condition and the wake-up are under one lock.  Before a condition that
    nothing guards, on several CPUs, it is a bug: the load of the condition may come before the store of the state.

    Context: any, but it means the task that runs.
    Here: memory is sequentially consistent, so that bug cannot be seen.
    Source: include/linux/sched.h
    """


@sleeps
def yield_() -> Void:
    """Stay runnable, let others run.

    The state becomes TASK_RUNNING, whatever it was, and the scheduler picks somebody: the caller again, perhaps.
    Waiting for something in a loop around yield() burns a CPU.

    Here: the run queue has no order and no priorities: any task on it may be next.
    Source: kernel/sched.c, yield()
    """


def need_resched() -> Int:
    """Should the caller let others run?

    What cond_resched() asks.  A loop that asks so calls schedule() then.

    Context: any.
    Return: 1 if it should, 0 if not.
    Here: the machine has no time: it may be either at any moment.
    Source: include/linux/sched.h
    Example: r = need_resched() >= 0 gives 1
    Story: yes: {who} sees that others should run.
    Story: no: {who} sees that it may go on.
    """


@sleeps
def cond_resched() -> Int:
    """Let others run if they should.

    What a long loop calls so that it does not keep its CPU without CONFIG_PREEMPT.  The state of the caller is left
    alone, and a state other than TASK_RUNNING does not put it to sleep.

    Return: 1 if it gave up the CPU, 0 if not.
    Source: kernel/sched.c, cond_resched()
    """


def wake_up_process(p: Task) -> Int:
    """Make a task runnable whatever it waits for; 1 if it was off the run queue.

    It asks no wait queue.  A task in TASK_RUNNING is left alone, and nothing is remembered: it is no use before the
    task has declared that it is about to sleep.

    The pointer must still lead to a task_struct: that of a thread which may have ended needs a reference
    (get_task_struct).

    Return: 1 if the task was asleep, 0 if it was on the run queue or has ended.
    Source: kernel/sched.c, try_to_wake_up()
    """


@since("2.6")
def get_task_struct(t: Task) -> Task:
    """Take a reference: the task_struct stays until put_task_struct.

    A task_struct is gone once its task has ended, was reaped and nobody holds a reference.  A thread of kthread_create
    is reaped in the step in which it ends; one that init has adopted, whenever init comes to it; another child of
    kernel_thread, never, as long as its creator lives and does not wait.  Take the reference while the task certainly
    lives: before its first wake-up, or by the task itself.

    Context: any.
    Return: the task.
    Versions: 2.6.11, 2.6.24, 2.6.32: it returns nothing in C.
    Here: of references no more than 32 are counted.
    Source: include/linux/sched.h
    """


@since("2.6")
def put_task_struct(t: Task) -> Void:
    """Give a reference back; with the last one the task_struct of a reaped task goes.

    One too many takes the structure away from a task that still uses it.

    Context: any.
    Source: include/linux/sched.h
    """


def wake_up(q: WaitQueueHead) -> Void:
    """Wake every non-exclusive waiter and one exclusive, asleep in S or D.

    It walks the queue from its head and compares each waiter's state with the states it is to wake; that is all.  A
    waiter that is TASK_RUNNING learns nothing, and nothing is kept for later: there is no counter of wake-ups.  The
    walk ends after the first exclusive waiter that was really woken.

    Source: kernel/sched.c, __wake_up()
    """


def wake_up_nr(q: WaitQueueHead, nr: Int) -> Void:
    """As wake_up, but up to so many exclusive waiters.

    With 0 it wakes all of them.

    Source: kernel/sched.c, __wake_up()
    """


def wake_up_all(q: WaitQueueHead) -> Void:
    """Wake every waiter asleep in S or D, exclusive ones too.

    Where each of them finds the condition false but one, all the others were woken for nothing (a thundering herd).

    Source: kernel/sched.c, __wake_up()
    """


def wake_up_interruptible(q: WaitQueueHead) -> Void:
    """Wake every non-exclusive waiter and one exclusive, asleep in S.

    A waiter in TASK_UNINTERRUPTIBLE, inside call_usermodehelper for example, is passed by.  A wake-up is not a count:
    a waiter that still runs learns nothing from it.  Store the condition first and wake second; the sleeper declares
    its state first and looks at the condition second.

    Article: Listing Three; section "Process States and Wait Queues".
    Source: kernel/sched.c, __wake_up()
    """


def wake_up_interruptible_nr(q: WaitQueueHead, nr: Int) -> Void:
    """As wake_up_interruptible, but up to so many exclusive waiters.

    With 0 it wakes all of them.

    Source: kernel/sched.c, __wake_up()
    """


def wake_up_interruptible_all(q: WaitQueueHead) -> Void:
    """Wake every waiter asleep in S.

    Exclusive ones too; waiters in TASK_UNINTERRUPTIBLE sleep on.

    Source: kernel/sched.c, __wake_up()
    """


def wake_up_interruptible_sync(q: WaitQueueHead) -> Void:
    """As wake_up_interruptible; the waker is about to schedule.

    It says that the waker will soon give up its CPU, so that a task woken onto that CPU need not preempt it.  Who is
    woken is the same.

    Source: kernel/sched.c, __wake_up_sync()
    """


@until("3.16")
@sleeps
def sleep_on(q: WaitQueueHead) -> Void:
    """Racy: sleep in D until woken.

    It joins the queue and sleeps without another look at the condition that the caller has tested before.  An event
    between that test and the sleep is lost.  Use wait_event.

    Source: kernel/sched.c, sleep_on()
    """


@until("3.16")
@sleeps
def interruptible_sleep_on(q: WaitQueueHead) -> Void:
    """Racy: sleep in S until woken.

    As sleep_on, but a signal ends it too.  An event between the caller's test and the sleep is lost.  Use
    wait_event_interruptible.

    Source: kernel/sched.c, interruptible_sleep_on()
    """


@until("3.16")
@sleeps
def sleep_on_timeout(q: WaitQueueHead, timeout: Long) -> Long:
    """Racy: as sleep_on, with a timer.

    An event between the caller's test and the sleep is lost until the time is up.  Use wait_event_timeout.

    Return: the jiffies that were left, 0 if the timer expired.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/sched.c, sleep_on_timeout()
    Example: r = sleep_on_timeout(queue, 5) gives 0
    """


@until("3.16")
@sleeps
def interruptible_sleep_on_timeout(q: WaitQueueHead, timeout: Long) -> Long:
    """Racy: as interruptible_sleep_on, with a timer.

    An event between the caller's test and the sleep is lost until the time is up.  Use
    wait_event_interruptible_timeout.

    Return: the jiffies that were left, 0 if the timer expired.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/sched.c, interruptible_sleep_on_timeout()
    Example: r = interruptible_sleep_on_timeout(queue, 5) gives 0
    """
