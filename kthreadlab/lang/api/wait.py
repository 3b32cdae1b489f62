"""kernel/wait.c."""

from kthreadlab.lang.api.declare import declares, sleeps
from kthreadlab.lang.api.kinds import Condition, Int, Task, Void, WaitQueue, WaitQueueHead

SOURCE = "kernel/wait.c"


@declares
def DECLARE_WAIT_QUEUE_HEAD() -> WaitQueueHead:
    """DECLARE_WAIT_QUEUE_HEAD."""


@declares
def wait_queue_head_t() -> WaitQueueHead:
    """wait_queue_head_t."""


@declares
def DECLARE_WAITQUEUE() -> WaitQueue:
    """DECLARE_WAITQUEUE."""


@declares
def DEFINE_WAIT() -> WaitQueue:
    """DEFINE_WAIT."""


@declares
def wait_queue_t() -> WaitQueue:
    """wait_queue_t."""


def init_waitqueue_head(q: WaitQueueHead) -> Void:
    """Make an empty queue."""


def init_waitqueue_entry(wait: WaitQueue, p: Task) -> Void:
    """Make an entry for a task."""


def add_wait_queue(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """Put an entry at the head, non-exclusive."""


def add_wait_queue_exclusive(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """Put an entry at the tail, exclusive."""


def remove_wait_queue(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """Take an entry off."""


def prepare_to_wait(q: WaitQueueHead, wait: WaitQueue, n: Int) -> Void:
    """Enqueue if it is not yet there, and set the state."""


def prepare_to_wait_exclusive(q: WaitQueueHead, wait: WaitQueue, n: Int) -> Void:
    """The same at the tail, exclusive."""


def finish_wait(q: WaitQueueHead, wait: WaitQueue) -> Void:
    """State TASK_RUNNING, and off the queue if still on it."""


def waitqueue_active(q: WaitQueueHead) -> Int:
    """Is anybody on the queue?"""


@sleeps
def wait_event(q: WaitQueueHead, condition: Condition) -> Void:
    """Sleep in D until the condition holds."""


@sleeps
def wait_event_interruptible(q: WaitQueueHead, condition: Condition) -> Int:
    """Sleep in S until it holds (0) or a signal comes (-ERESTARTSYS)."""


@sleeps
def wait_event_interruptible_exclusive(q: WaitQueueHead, condition: Condition) -> Int:
    """The same as an exclusive waiter."""


@sleeps
def wait_event_timeout(q: WaitQueueHead, condition: Condition, n: Int) -> Int:
    """wait_event with a timer; 0 if it expired."""


@sleeps
def wait_event_interruptible_timeout(q: WaitQueueHead, condition: Condition, n: Int) -> Int:
    """Both."""


@sleeps
def wait_event_freezable(q: WaitQueueHead, condition: Condition) -> Int:
    """wait_event_interruptible that the freezer may freeze."""
