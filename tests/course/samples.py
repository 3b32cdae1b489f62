"""A lab's items for tests: a question, a duel on the printed thread, a puzzle of its loop."""

from __future__ import annotations

from kthreadlab.checks.portfolio import ONE_CPU, report, world
from kthreadlab.course.demands import answered_first, everybody_came, lost
from kthreadlab.course.items import Duel, Item, Puzzle, Question
from kthreadlab.lang.module import KernelModule
from tests.support import given

PRINTED = """\
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    event_id = u32(0)
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
THREE = world("lab6", "duel1", report("sensor", 7), report("disk", 9), report("net", 4))
"""A world in which no check searches."""

QUESTION = Question(
    "lab6.p1",
    "A wake-up comes while the thread runs. It is",
    {"a": "kept until the thread sleeps", "b": "forgotten", "c": "an error <i>&</i> an oops"},
    "b",
    "Nobody was asleep, so there was nobody to wake; only the variable remembers.",
    "M8",
    at=("wake_up_interruptible", "disk", 1),
)
DUEL = Duel(
    "lab6.duel1",
    25,
    KernelModule("listing", {"mykthread": PRINTED, "events": given("lab2")}),
    THREE,
    ONE_CPU,
    "Let it answer one report. Then lose two at once.",
    (answered_first(), lost(2), everybody_came("sensor", "disk", "net")),
)
WON = "mykthread*6 sensor*5 mykthread*10 khelper*3 disk*5 net*5 mykthread*4"
"""A schedule that wins the duel."""

BEFORE = """\
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
pending = u32(0)


def report_event(id: u32):
    global pending
    spin_lock_irqsave(myevent_lock, flags)
    pending |= 1 << id
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def mykthread(unused):
    global pending
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
"""
AFTER = """\
        while ids:
            id = ffs(ids) - 1
            ids &= ~(1 << id)
            run_umode_handler(id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
PUZZLE = Puzzle(
    "lab6.order1",
    15,
    "Put the loop in an order in which no report is lost.",
    BEFORE,
    {
        "a": "        if not pending:\n            schedule()",
        "b": "        set_current_state(TASK_RUNNING)",
        "c": "        set_current_state(TASK_INTERRUPTIBLE)",
        "d": "        if signal_pending(current):\n            break",
        "e": "        spin_lock_irqsave(myevent_lock, flags)\n        ids = pending\n        pending = 0\n"
        "        spin_unlock_irqrestore(myevent_lock, flags)",
        "f": "        spin_lock(myevent_lock)\n        ids = pending\n        pending = 0\n"
        "        spin_unlock(myevent_lock)",
    },
    AFTER,
    ((world("lab6", "order1", report("sensor", 7), report("nic", 9, "irq")), ONE_CPU),),
    ("no_oops", "delivered", "sleeps_when_idle", "irq_safe"),
    (("e", "f"),),
    files={"handler": given("lab6")},
    distractors=("f",),
)
ORDERED = "c a b d e"
"""An order that is right."""

ITEMS: tuple[Item, ...] = (QUESTION, DUEL, PUZZLE)
