"""kernel/wait.c, include/linux/wait.h: wait queues.

Being on a queue and being asleep are different facts: a task joins with add_wait_queue, and stops running only when it
later calls schedule().
"""

from .declare import declares, process, since, sleeps, type_name
from .kinds import Condition, Int, Long, QueueItself, Spinlock, Task, Void, WaitQueue, WaitQueueHead

SOURCE = "kernel/wait.c"


@declares
def DECLARE_WAIT_QUEUE_HEAD() -> WaitQueueHead:
    """A wait queue, empty and ready.

    Article: Listing Two.
    Source: include/linux/wait.h
    """


@type_name
def wait_queue_head_t() -> WaitQueueHead:
    """A wait queue that nothing has initialised yet; init_waitqueue_head does.

    A field or a static that is only zero bytes has NULL for its links, and the first use of it oopses.

    Source: include/linux/wait.h
    """


@declares
def DECLARE_WAITQUEUE(p: Task) -> WaitQueue:
    """An entry for a wait queue that stands for a task, which is current nearly always.

    Its wake function leaves it on the queue, so it has to be taken off before the function that declares it returns:
    an entry is a piece of that function's stack, and a wake-up later would walk into what is no longer one.  Its links
    are NULL until it is queued: to take it off a queue that it is not on oopses, and prepare_to_wait takes NULL for
    "on a list already" and never queues it.

    Use: wait = DECLARE_WAITQUEUE(current)
    Article: Listing Two.
    Source: include/linux/wait.h
    """


@since("2.6")
@declares
def DEFINE_WAIT() -> WaitQueue:
    """An entry for current that a successful wake-up takes off the queue.

    Made for prepare_to_wait and finish_wait, which put it back and take it off as needed.  Queued once with
    add_wait_queue and never again, it hears of the first event only.

    Source: include/linux/wait.h
    """


@type_name
def wait_queue_t() -> WaitQueue:
    """An entry for a wait queue that nothing has initialised yet; init_waitqueue_entry does.

    Source: include/linux/wait.h
    """


def init_waitqueue_head(q: WaitQueueHead) -> Void:
    """Make an empty queue.

    Whoever was on it is forgotten.

    Source: include/linux/wait.h
    """


def init_waitqueue_entry(wait: WaitQueue, p: Task) -> Void:
    """Make an entry for a task.

    It gets the default wake function and no flags.  Its links stay as they are: on a queue, NULL, or poison.

    Source: include/linux/wait.h
    """


@since("2.6")
def init_wait(wait: WaitQueue) -> Void:
    """Make an entry for current that a successful wake-up takes off the queue.

    As DEFINE_WAIT, for an entry that exists already: its links are an empty list afterwards.

    Source: include/linux/wait.h
    """


def add_wait_queue(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """Put an entry at the head, non-exclusive.

    So the newest waiter is woken first.  It does not put anybody to sleep, and it does not touch the state.  An entry
    that is on the queue already would make the links run in a circle: do it once, outside the loop.

    Context: any; it takes the queue's own lock with interrupts off.
    Article: Listing Two and Listing Four.
    Source: kernel/wait.c, add_wait_queue()
    """


def add_wait_queue_exclusive(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """Put an entry at the tail, exclusive.

    A wake-up of one exclusive waiter (wake_up, wake_up_interruptible) stops at the first it has woken, so the longest
    waiter is served first.

    Context: any; it takes the queue's own lock with interrupts off.
    Source: kernel/wait.c, add_wait_queue_exclusive()
    """


def remove_wait_queue(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """Take an entry off.

    The state stays as it is.  An entry made by DECLARE_WAITQUEUE that is on no queue has NULL for its links: an oops.
    Afterwards the links are poison: only add_wait_queue, which overwrites them, may come next, and neither
    prepare_to_wait nor finish_wait.

    Versions: 2.4: the links stay as they were.
    Context: any; it takes the queue's own lock with interrupts off.
    Article: Listing Two and Listing Four.
    Source: kernel/wait.c, remove_wait_queue()
    """


@since("2.6")
def prepare_to_wait(q: WaitQueueHead, wait: WaitQueue, state: Int) -> Void:
    """Enqueue if it is not yet there, and set the state.

    The state is set inside the queue's lock, with a barrier.  Called at the top of each turn of a loop, it puts back
    an entry that a wake-up has taken off; then test the condition, then schedule().  "Not yet there" is what
    list_empty() says of the entry's links, so it is for entries of DEFINE_WAIT: NULL links (DECLARE_WAITQUEUE) and
    poisoned ones (after remove_wait_queue) are not empty, and such an entry is never queued.  The exclusive flag is
    cleared, on the queue or not.

    Context: process; it changes the state of the task that runs.
    Source: kernel/wait.c, prepare_to_wait()
    """


@since("2.6")
def prepare_to_wait_exclusive(q: WaitQueueHead, wait: WaitQueue, state: Int) -> Int:
    """As prepare_to_wait, but at the tail and exclusive.

    An entry that is on the queue already becomes exclusive, and stays where it is.
    An exclusive waiter that takes a wake-up and leaves because of a signal has taken it from somebody else.

    Context: process; it changes the state of the task that runs.
    Return: 1 if the entry was put on an empty queue: nobody else waits.
    Versions: 2.6.11, 2.6.24, 2.6.32: it returns nothing in C.
    Source: kernel/wait.c, prepare_to_wait_exclusive()
    """


@since("2.6")
def finish_wait(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """State TASK_RUNNING, and off the queue if still on it.

    What ends a loop of prepare_to_wait, on every way out of it.  Whether the entry is on the queue, list_empty() says:
    links that are NULL or poison are followed, and the kernel oopses.  Afterwards they are an empty list.

    Context: process; it changes the state of the task that runs.
    Source: kernel/wait.c, finish_wait()
    """


def waitqueue_active(q: WaitQueueHead) -> Int:
    """Is anybody on the queue?

    Without the queue's lock the answer may be old before it is used.  On several CPUs, a waker that stores the
    condition and then asks needs a full memory barrier between the two.

    Return: not 0 if an entry is on the queue.
    Here: memory is sequentially consistent, so the missing barrier cannot be seen.
    Source: include/linux/wait.h
    """


@sleeps
def wait_event(q: QueueItself, condition: Condition) -> Void:
    """Sleep in D until the condition holds.

    It tests the condition first and sleeps only if it is false; then prepare_to_wait, the test and schedule() are
    repeated.  The condition is run again at each turn, and while the state is not TASK_RUNNING: it must not sleep.

    Source: include/linux/wait.h
    """


@sleeps
def wait_event_interruptible(q: QueueItself, condition: Condition) -> Int:
    """Sleep in S until it holds (0) or a signal comes (-ERESTARTSYS).

    The condition is tested before the signal, so both at once give 0.

    Return: 0 if the condition holds, -ERESTARTSYS if it does not and a signal is pending.
    Source: include/linux/wait.h
    """


@since("2.6")
@sleeps
def wait_event_interruptible_exclusive(q: QueueItself, condition: Condition) -> Int:
    """As wait_event_interruptible, as an exclusive waiter.

    Return: 0 if the condition holds, -ERESTARTSYS if it does not and a signal is pending.
    Source: include/linux/wait.h
    """


@since("2.6")
@sleeps
def wait_event_timeout(q: QueueItself, condition: Condition, timeout: Long) -> Long:
    """As wait_event, with a timer; 0 if it expired.

    Return: the jiffies that were left; 0 if the timer expired before the condition was seen to hold.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: include/linux/wait.h
    """


@since("2.6")
@sleeps
def wait_event_interruptible_timeout(q: QueueItself, condition: Condition, timeout: Long) -> Long:
    """As wait_event_interruptible, with a timer; 0 if it expired.

    Return: the jiffies that were left, 0 if the timer expired, -ERESTARTSYS if a signal came.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: include/linux/wait.h
    """


@since("2.6.23")
@sleeps
def wait_event_freezable(q: QueueItself, condition: Condition) -> Int:
    """As wait_event_interruptible, but the freezer may freeze the sleeper.

    A request of the freezer is obeyed and the wait goes on afterwards, where wait_event_interruptible would return.

    Return: 0 if the condition holds, -ERESTARTSYS if a signal came.
    Source: include/linux/freezer.h
    """


@since("4.5")
def wq_has_sleeper(wq_head: WaitQueueHead) -> Int:
    """Is anybody on the queue?  With a memory barrier before it looks.

    What a waker calls that has stored the condition without the queue's lock: waitqueue_active without the barrier may
    look before the store is seen.

    Return: 1 if an entry is on the queue, 0 if not.
    Source: include/linux/wait.h
    Example: r = wq_has_sleeper(queue) gives 0
    Story: yes: {who} sees somebody on {a}.
    Story: no: {who} sees nobody on {a}.
    """


@since("5.0")
def wq_has_single_sleeper(wq_head: WaitQueueHead) -> Int:
    """Is exactly one entry on the queue?

    It may be the caller's own.  Without the queue's lock the answer may be old before it is used.

    Return: 1 if there is one, 0 if there is none, or more.
    Source: include/linux/wait.h
    Example: w = DEFINE_WAIT(); prepare_to_wait(queue, w, 0); r = wq_has_single_sleeper(queue);
    finish_wait(queue, w) gives 1
    Story: yes: {who} sees exactly one entry on {a}.
    Story: no: {who} sees no entry on {a}, or more than one.
    """


@since("3.7")
@process
def wait_event_lock_irq(q: QueueItself, condition: Condition, lock: Spinlock) -> Void:
    """Sleep in D until the condition holds, which is looked at under a lock.

    The caller holds the lock, with interrupts off, and has it again when it comes back; while it sleeps the lock is
    free and interrupts are on.  Nothing else may be locked.

    Context: process, with the lock held and nothing else.
    Source: include/linux/wait.h
    Example: spin_lock_irq(lock); wait_event_lock_irq(queue, ready == 1, lock); spin_unlock_irq(lock)
    """
