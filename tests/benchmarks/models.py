"""What is measured: kernel Python for the engine, and where the answers of the labs lie."""

from __future__ import annotations

from pathlib import Path

ANSWERS = Path(__file__).resolve().parents[1] / "submissions"
GIVEN = Path(__file__).resolve().parents[2] / "kthreadlab" / "checks" / "given"

YARDSTICK_MODEL = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevent_id = u32(0)
handled = u64(0)


def mykthread(unused):
    global myevent_id, handled
    wait = DECLARE_WAITQUEUE(current)
    seen = 0
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        spin_lock(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        spin_unlock(myevent_lock)
        if event_id == 0:
            schedule()
            if signal_pending(current):
                break
        else:
            set_current_state(TASK_RUNNING)
            seen = seen * 8 + event_id
            handled = seen
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0


def report_event(event_id):
    global myevent_id
    spin_lock(myevent_lock)
    myevent_id = event_id
    spin_unlock(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)
"""
"""The yardstick's model as a kernel module.

The yardstick's ``helper(id)`` appends the id to a tuple that is part of its state.  Here the thread keeps the same list
as digits of a number (base 8, ids 1 to 7) and stores it in a static: the state tells the same ids in the same order
apart, and the step is one visible operation, as it is there.
"""


def lab6_answer() -> dict[str, str]:
    """The files of Lab 6's reference: an id set, everything right."""
    return {
        "handler": (GIVEN / "lab6" / "handler.py").read_text(),
        "mykthread": (ANSWERS / "lab6" / "right" / "reference.py").read_text(),
    }
