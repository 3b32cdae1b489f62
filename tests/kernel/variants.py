"""KERNEL 10.2's five variants of mykthread as kernel Python, and the files they are linked with."""

from __future__ import annotations

from kthreadlab import load
from kthreadlab.lang.module import KernelModule
from tests.support import given

DATA = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)
"""

V0 = (
    DATA
    + """
def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            break
        read_lock(myevent_lock)
        if myevent_id:
            event_id = myevent_id
            read_unlock(myevent_lock)
            run_umode_handler(event_id)
        else:
            read_unlock(myevent_lock)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
)
"""Listing Two: the brace before set_current_state(TASK_RUNNING), the id declared, the lock initialised."""

V1 = (
    DATA
    + """
def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            break
        write_lock(myevent_lock)
        if myevent_id:
            event_id = myevent_id
            myevent_id = 0
            write_unlock(myevent_lock)
            run_umode_handler(event_id)
        else:
            write_unlock(myevent_lock)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
)
"""V0 that clears the id in the section that reads it, under the write lock."""

V2 = (
    DATA
    + """
def serve(event_id: u32):
    set_current_state(TASK_RUNNING)
    run_umode_handler(event_id)


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        read_lock(myevent_lock)
        event_id = myevent_id
        read_unlock(myevent_lock)
        if event_id:
            serve(event_id)
        else:
            schedule()
        if signal_pending(current):
            break
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
)
"""Checks before it sleeps, never clears."""

V3 = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_ids = u32(0)


def take():
    global myevent_ids
    write_lock_irqsave(myevent_lock, flags)
    ids = myevent_ids
    myevent_ids = 0
    write_unlock_irqrestore(myevent_lock, flags)
    return ids


def serve(ids: u32):
    set_current_state(TASK_RUNNING)
    while ids != 0:
        run_umode_handler(ffs(ids) - 1)
        ids &= ids - 1


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        ids = take()
        if ids == 0:
            schedule()
        else:
            serve(ids)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
"""The reference of 8.1 with a set of ids."""

V4 = (
    DATA
    + """
def take():
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irqrestore(myevent_lock, flags)
    return event_id


def serve(event_id: u32):
    set_current_state(TASK_RUNNING)
    run_umode_handler(event_id)


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        event_id = take()
        if event_id == 0:
            schedule()
        else:
            serve(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
)
"""The reference with a single slot."""

SLOT_PRODUCER = """
def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)
"""
"""Listing Three."""

SET_PRODUCER = """
def report_event(event_id: u32):
    global myevent_ids
    write_lock_irqsave(myevent_lock, flags)
    myevent_ids |= 1 << event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)
"""

TWO_AT_ONCE = """

def report_both(first: u32, second: u32):
    report_event(first)
    report_event(second)
"""

LISTING_FIVE = """
myevent_handler = char_array(256, "/bin/alert")


def run_umode_handler(event_id: s32):
    argv = [myevent_handler, NULL]
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        return
    sprintf(buffer, "TROUBLED_DS=%d", event_id)
    if argv[0] == NULL:
        return
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    call_usermodehelper(argv[0], argv, envp, 0)
    kfree(buffer)
"""
"""Listing Five as it is printed: the test of argv[0] is dead, and nobody looks at what the call returns."""

FREEZER_STEP = """            if freezing(current):
                refrigerator()
                continue
"""
"""8.1's step (2): what a thread does about the freezer's signal before it takes it for SIGKILL."""

TEXTS = {"V0": V0, "V1": V1, "V2": V2, "V3": V3, "V4": V4}
SERVING = {"V0": "run_umode_handler", "V1": "run_umode_handler", "V2": "serve", "V3": "serve", "V4": "serve"}
"""The function whose inside begins right behind the unlock (a call of an own function is no operation)."""


def variant(name: str, freezer: bool = False, path: str | None = None) -> KernelModule:
    """A variant linked with its producer (``events``) and with a handler (``handler``): the given one, or, with *path*
    registered, the one that belongs to the variant.  *freezer*: with 8.1's freezer step."""
    producer = SET_PRODUCER if name == "V3" else SLOT_PRODUCER
    text = TEXTS[name]
    if freezer:
        text = text.replace("            break\n", FREEZER_STEP + "            break\n")
    handler = given("lab6")
    if path is not None:
        handler = (handler if name in ("V3", "V4") else LISTING_FIVE).replace("/bin/alert", path)
    linked = load(text, name=name).with_file("events", producer + TWO_AT_ONCE).with_file("handler", handler)
    assert not linked.broken, linked.diagnostics
    return linked
