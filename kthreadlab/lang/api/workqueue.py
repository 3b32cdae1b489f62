"""kernel/workqueue.c: functions that threads of the kernel's own run later, in process context."""

from .declare import OMITTED, Versions, declares, dropped, since, sleeps, tag, until
from .kinds import Argument, DelayedWork, Int, Pointer, Text, UInt, ULong, Void, Work, WorkFunction, Workqueue

SOURCE = "kernel/workqueue.c"

CONSTANTS = {
    "WQ_UNBOUND": (2, "a queue whose items run on any CPU", Versions(since="2.6.36")),
    "WQ_FREEZABLE": (4, "a queue that stands still for a suspend; here accepted", Versions(since="2.6.38")),
    "WQ_MEM_RECLAIM": (8, "a queue with a worker in reserve; here accepted", Versions(since="2.6.37")),
    "WQ_HIGHPRI": (16, "a queue whose workers come first; here accepted", Versions(since="2.6.36")),
}


@since("2.5.41")
@declares
def DECLARE_WORK() -> Work:
    """A work item, not pending, with its function.

    Use: work = DECLARE_WORK(handler, NULL)
    Versions: 2.6.24: with its function alone, which is given the work item.
    Source: include/linux/workqueue.h
    """


@since("2.5.41")
@tag
def work_struct() -> Work:
    """A work item that nothing has initialised yet; INIT_WORK does.

    Source: include/linux/workqueue.h
    """


@since("2.5.41")
@dropped(data="2.6.20")
def INIT_WORK(work: Work, func: WorkFunction, data: Argument = OMITTED) -> Void:
    """Make a work item ready, not pending, with its function and what that is given.

    One that is pending must not be made ready: it is on a list.

    Versions: 2.6.24: without data; the function is given the work item.
    Example: INIT_WORK(work, fired, NULL); r = schedule_work(work) gives 1
    Source: include/linux/workqueue.h
    """


@since("2.5.41")
def schedule_work(work: Work) -> Int:
    """Queue a work item: a thread of the kernel's own calls its function, once.

    One that is pending is not queued again.  It is pending until just before its function begins, so that it can be
    queued again while that runs.  The function runs in process context and may sleep.

    Return: 1 if it was queued, 0 if it was pending already.
    Versions: 6.12: an item never runs twice at once, and one that sleeps does not hold up the next.
    Here: a queue is one list, with two workers where there are two CPUs.  Up to 2.6.32 each CPU has a list and a worker
    of its own, and what is queued from one CPU runs in order.
    Example: INIT_WORK(work, fired, NULL); r = schedule_work(work) * 10 + schedule_work(work) gives 10
    Source: kernel/workqueue.c, schedule_work()
    """


@since("2.5.41")
@sleeps
def flush_scheduled_work() -> Void:
    """Wait in D until all that schedule_work has queued by now has run.

    It must not be called with a lock that one of these functions takes.

    Versions: 2.6.11, 2.6.24: called by one of these functions itself, it runs what is queued; later it waits for ever.
    Example: INIT_WORK(work, fired, NULL); schedule_work(work); flush_scheduled_work(); r = schedule_work(work) gives 1
    Source: kernel/workqueue.c, flush_scheduled_work()
    """


@since("2.5.41")
@sleeps
def create_workqueue(name: Text) -> Workqueue:
    """Make a queue with threads of its own.

    Return: the queue; NULL if there is no memory.
    Here: one place in the program makes one queue at a time, and is given NULL while that lives.
    Example: q = create_workqueue("jobs"); r = q != NULL; destroy_workqueue(q) gives 1
    Source: kernel/workqueue.c, __create_workqueue()
    """


@since("2.5.41")
@sleeps
def create_singlethread_workqueue(name: Text) -> Workqueue:
    """Make a queue with one thread, which runs one item after the other.

    Return: the queue; NULL if there is no memory.
    Here: one place in the program makes one queue at a time, and is given NULL while that lives.
    Example: q = create_singlethread_workqueue("jobs"); r = q != NULL; destroy_workqueue(q) gives 1
    Source: kernel/workqueue.c, __create_workqueue()
    """


@since("2.6.36")
@sleeps
def alloc_workqueue(name: Text, flags: UInt, max_active: Int) -> Workqueue:
    """Make a queue; at most so many of its items are run at once, 0 for as many as is usual.

    Return: the queue; NULL if there is no memory.
    Here: one place in the program makes one queue at a time, and is given NULL while that lives.  What matters of the
    flags is whether it is WQ_UNBOUND with a max_active of 1: then it runs one item after the other.
    Example: q = alloc_workqueue("jobs", WQ_UNBOUND, 1); r = q != NULL; destroy_workqueue(q) gives 1
    Source: kernel/workqueue.c, alloc_workqueue()
    """


@since("2.6.38")
@sleeps
def alloc_ordered_workqueue(name: Text, flags: UInt) -> Workqueue:
    """Make a queue that runs one item after the other.

    Return: the queue; NULL if there is no memory.
    Here: one place in the program makes one queue at a time, and is given NULL while that lives.
    Example: q = alloc_ordered_workqueue("jobs", 0); r = q != NULL; destroy_workqueue(q) gives 1
    Source: include/linux/workqueue.h
    """


@since("2.5.41")
def queue_work(wq: Workqueue, work: Work) -> Int:
    """Queue a work item on this queue: one of its threads calls the function, once.

    Return: 1 if it was queued, 0 if it was pending already.
    Example: INIT_WORK(work, fired, NULL); q = create_workqueue("jobs"); r = queue_work(q, work); destroy_workqueue(q)
    gives 1
    Source: kernel/workqueue.c, queue_work()
    """


@since("2.5.41")
@sleeps
def flush_workqueue(wq: Workqueue) -> Void:
    """Wait in D until all that is on this queue by now has run.

    It must not be called with a lock that one of these functions takes.

    Versions: 2.6.11, 2.6.24: called by one of these functions itself, it runs what is queued; later it waits for ever.
    Example: INIT_WORK(work, fired, NULL); q = create_workqueue("jobs"); queue_work(q, work); flush_workqueue(q);
    r = queue_work(q, work); destroy_workqueue(q) gives 1
    Source: kernel/workqueue.c, flush_workqueue()
    """


@since("2.5.41")
@sleeps
def destroy_workqueue(wq: Workqueue) -> Void:
    """Wait for what is on the queue, then end its threads and free it.

    Nobody may queue anything on it any more.

    Versions: 6.12: what is queued meanwhile is waited for, too.
    Here: up to 2.6.32 what is queued while it waits is forgotten.
    Example: q = create_workqueue("jobs"); destroy_workqueue(q)
    Source: kernel/workqueue.c, destroy_workqueue()
    """


@since("2.6.27")
@sleeps
def flush_work(work: Work) -> Int:
    """Wait in D until a work item is neither pending nor runs.

    Return: 1 if there was anything to wait for, 0 if it was idle.
    Example: INIT_WORK(work, fired); r = flush_work(work) gives 0
    Source: kernel/workqueue.c, flush_work()
    """


@since("2.6.22")
@sleeps
def cancel_work_sync(work: Work) -> Int:
    """Take a work item off its queue, and wait in D for its function if that runs.

    It must not be called with a lock that the function takes, nor by the function itself.

    Return: 1 if the item was pending, 0 if it was not.
    Example: INIT_WORK(work, fired); r = cancel_work_sync(work) gives 0
    Source: kernel/workqueue.c, cancel_work_sync()
    """


@since("2.6.24")
def work_pending(work: Work) -> Int:
    """Is it queued, and its function not begun?

    Return: 1 if the item is pending, 0 if not.
    Example: INIT_WORK(work, fired); r = work_pending(work) gives 0
    Source: include/linux/workqueue.h
    """


@since("2.6.20")
@declares
def DECLARE_DELAYED_WORK() -> DelayedWork:
    """A work item with a timer, not pending, with its function, which is given the item.

    Use: dwork = DECLARE_DELAYED_WORK(handler)
    Source: include/linux/workqueue.h
    """


@since("2.6.20")
@tag
def delayed_work() -> DelayedWork:
    """A work item with a timer that nothing has initialised yet; INIT_DELAYED_WORK does.

    Source: include/linux/workqueue.h
    """


@since("2.6.20")
def INIT_DELAYED_WORK(dwork: DelayedWork, func: WorkFunction) -> Void:
    """Make a work item with a timer ready, not pending, with its function.

    One that is pending must not be made ready: it is on a list.

    Example: INIT_DELAYED_WORK(dwork, fired); r = schedule_delayed_work(dwork, HZ) gives 1
    Source: include/linux/workqueue.h
    """


@since("2.5.41")
def schedule_delayed_work(dwork: DelayedWork, delay: ULong) -> Int:
    """Queue a work item when a time is up: it is pending from now on.

    Return: 1 if its timer was started, 0 if it was pending already.
    Versions: 2.6.11: it takes a work_struct. 2.6.24: a delay of 0 queues it at once.
    Here: the machine has no time.  The timer may expire at any time, and does in the end.
    Example: INIT_WORK(work, fired, NULL); r = schedule_delayed_work(work, HZ) gives 1
    Source: kernel/workqueue.c, schedule_delayed_work()
    """


@since("2.5.41")
def queue_delayed_work(wq: Workqueue, dwork: DelayedWork, delay: ULong) -> Int:
    """Queue a work item on this queue when a time is up: it is pending from now on.

    Return: 1 if its timer was started, 0 if it was pending already.
    Versions: 2.6.11: it takes a work_struct. 2.6.24: a delay of 0 queues it at once.
    Here: the machine has no time.  The timer may expire at any time, and does in the end.
    Example: INIT_WORK(work, fired, NULL); q = create_workqueue("jobs"); r = queue_delayed_work(q, work, HZ) gives 1
    Source: kernel/workqueue.c, queue_delayed_work()
    """


@since("3.7")
def mod_delayed_work(wq: Workqueue, dwork: DelayedWork, delay: ULong) -> Int:
    """Queue a work item on this queue when a time is up, which counts from now on, pending or not.

    Return: 1 if it was pending, and is put off, 0 if not.
    Here: the machine has no time.  The timer may expire at any time, and does in the end.
    Example: INIT_DELAYED_WORK(dwork, fired); q = create_workqueue("jobs"); r = mod_delayed_work(q, dwork, HZ) gives 0
    Source: kernel/workqueue.c, mod_delayed_work_on()
    """


@since("2.5.41")
def cancel_delayed_work(dwork: DelayedWork) -> Int:
    """Stop the timer of a work item, and wait for nothing.

    Its function may run when this returns, and goes on.

    Return: 1 if the item was pending by its timer, 0 if not.
    Versions: 2.6.11: it takes a work_struct. 6.12: it takes the item off its queue, too.
    Example: INIT_WORK(work, fired, NULL); schedule_delayed_work(work, HZ); cancel_delayed_work(work)
    Source: kernel/workqueue.c, cancel_delayed_work()
    """


@since("2.6.23")
@sleeps
def cancel_delayed_work_sync(dwork: DelayedWork) -> Int:
    """Stop the timer of a work item, take it off its queue, and wait in D for its function if that runs.

    It must not be called with a lock that the function takes, nor by the function itself; that one may start the timer
    again meanwhile.

    Return: 1 if the item was pending, 0 if it was not.
    Example: INIT_DELAYED_WORK(dwork, fired); r = cancel_delayed_work_sync(dwork) gives 0
    Source: kernel/workqueue.c, cancel_delayed_work_sync()
    """


@since("2.6.13")
@until("2.6.39")
@sleeps
def cancel_rearming_delayed_work(dwork: DelayedWork) -> Void:
    """Stop a work item that starts its timer again and again, and wait in D for its function if that runs.

    Example: INIT_DELAYED_WORK(dwork, fired); cancel_rearming_delayed_work(dwork)
    Source: kernel/workqueue.c, cancel_rearming_delayed_work()
    """


@since("2.6.33")
@sleeps
def flush_delayed_work(dwork: DelayedWork) -> Int:
    """Queue a work item at once whose timer runs, and wait in D until it is neither pending nor runs.

    Return: 1 if there was anything to wait for, 0 if it was idle.
    Example: INIT_DELAYED_WORK(dwork, fired); r = flush_delayed_work(dwork) gives 0
    Source: kernel/workqueue.c, flush_delayed_work()
    """


@since("2.6.20")
def delayed_work_pending(dwork: DelayedWork) -> Int:
    """Does its timer run, or is it queued, and its function not begun?

    Return: 1 if the item is pending, 0 if not.
    Example: INIT_DELAYED_WORK(dwork, fired); schedule_delayed_work(dwork, HZ); r = delayed_work_pending(dwork) gives 1
    Source: include/linux/workqueue.h
    """


@since("2.6.30")
def to_delayed_work(work: Work) -> Pointer:
    """The delayed_work that a work item is part of.

    Return: its address.
    Example: INIT_DELAYED_WORK(dwork, fired); r = to_delayed_work(dwork) == dwork gives 1
    Source: include/linux/workqueue.h
    """
