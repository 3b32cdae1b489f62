"""Lab 6: the lost wake-up."""

from __future__ import annotations

from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, THREAD, report, world
from kthreadlab.compile.config import Config
from kthreadlab.machine.scenario import Call, Scenario, Signal, Spurious

from .demands import (
    answered,
    lost,
    lost_after_an_answered_one,
    lost_though_woken,
    the_last_answered,
    woken_before_schedule,
)
from .items import Duel, Item, Puzzle, Question, Run, Visit
from .listings import listings

PRINTED = listings("listing_2", "listing_3", "listing_5")
"""The article's thread, whoever wakes it, and the handler."""
TWO_CPUS = Config(cpus=2, smp=True)

EARLY = Question(
    "lab6.p1",
    "The sensor reports event 7 before mykthread has joined the queue. When is it answered?",
    {
        "a": "As soon as mykthread comes to schedule(): a wake-up is waiting for it.",
        "b": "When somebody wakes the queue again, for whatever reason.",
        "c": "At once: a wake-up starts whoever will wait there.",
    },
    "b",
    "A wake-up acts on whoever is in the queue, and is gone. The id is kept, but nobody looks before it has slept.",
    "M8",
    Run(PRINTED, world("lab6", "p1", report("sensor", 7)), ONE_CPU, "sensor*5 mykthread*6"),
    ("schedule", THREAD, 1),
)
WINDOW = Question(
    "lab6.p2",
    "mykthread has declared TASK_INTERRUPTIBLE. The wake-up comes now, before schedule().",
    {
        "a": "It is lost: nobody is asleep.",
        "b": "mykthread sleeps, and wakes at once.",
        "c": "mykthread is TASK_RUNNING again: schedule() returns.",
    },
    "c",
    "A wake-up undoes the declaration. In this window, and only in this one, the article is right: there is no race.",
    "M5",
    Run(
        PRINTED,
        world("lab6", "p2", report("sensor", 7)),
        TWO_CPUS,
        "mykthread*5 sensor*5 mykthread*11 khelper*3 mykthread*4",
    ),
    ("schedule", THREAD, 1),
)
NOTHING = Question(
    "lab6.p3",
    "Event 7 has been answered, and mykthread sleeps. Now it is woken without a reason. What does it do?",
    {
        "a": "It looks, finds nothing, and sleeps.",
        "b": "It answers event 7 again.",
        "c": "Nothing: without an event there is no wake-up.",
    },
    "b",
    "myevent_id is still 7. The test guards against a wake-up without a reason only before the first event.",
    "M8",
    Run(
        PRINTED,
        Scenario(
            "lab6/p3",
            threads=world("", "").threads,
            calls=(report("sensor", 7),),
            spurious=(Spurious(THREAD),),
            helpers=world("", "").helpers,
        ),
        ONE_CPU,
        "mykthread*6 sensor*5 mykthread*10 khelper*3 mykthread*4 spurious/mykthread mykthread*10 khelper*2",
    ),
    ("load", THREAD, 4),
)
SLOT = Question(
    "lab6.p4",
    "mykthread sleeps. The disk reports 3; before mykthread runs, the fan reports 12. Which are answered?",
    {"a": "3, then 12.", "b": "12 alone.", "c": "3 alone: it came first."},
    "b",
    "There is one slot. The wake-up for 3 worked; when mykthread looks, the slot holds 12.",
    "M11",
    Run(
        PRINTED,
        world("lab6", "p4", report("disk", 3), report("fan", 12)),
        ONE_CPU,
        "mykthread*6 disk*5 fan*5 mykthread*10 khelper*3 mykthread*4",
    ),
    ("load", THREAD, 1),
)
KILLED = Question(
    "lab6.p5",
    "mykthread sleeps. The sensor reports 7, and before mykthread runs, a SIGKILL comes. What becomes of event 7?",
    {
        "a": "It is answered, then mykthread dies.",
        "b": "mykthread dies; nobody answers it.",
        "c": "It waits for the next thread.",
    },
    "b",
    "The article looks for signals first. That may be so: the check excuses what a SIGKILL cuts off.",
    "M8",
    Run(
        PRINTED,
        world("lab6", "p5", report("sensor", 7), signals=(Signal(THREAD),)),
        ONE_CPU,
        "mykthread*6 sensor*5 kill/mykthread mykthread*5",
    ),
    ("signal_pending", THREAD, 1),
)
OFTEN = Question(
    "lab6.p6",
    "You boot this kernel a thousand times, and a thousand times the first event is answered. What do you know?",
    {
        "a": "That it is right, as good as certainly.",
        "b": "That it goes wrong once in more than a thousand times.",
        "c": "Nothing of the orders that did not happen.",
    },
    "c",
    "The same machine under the same load gives the same order again; somebody else's gives another.",
    "M12",
)

TWO = report("disk", 3), report("fan", 12)
THREE = *TWO, report("net", 5)
SLEEPS_THROUGH = Duel(
    "lab6.duel1",
    9,
    PRINTED,
    world("lab6", "duel1", *THREE),
    ONE_CPU,
    "can you have one report answered, and then have it sleep through the other two?",
    (lost_after_an_answered_one(), lost(2)),
)
STALE = Duel(
    "lab6.duel2",
    8,
    PRINTED,
    world("lab6", "duel2", *TWO, spurious=(Spurious(THREAD),)),
    ONE_CPU,
    "can you have both reports answered, and then one of them again?",
    (answered(2, before="before one is answered again"),),
    "no_stale_helper",
)
OVERWRITTEN = Duel(
    "lab6.duel3",
    8,
    PRINTED,
    world("lab6", "duel3", *THREE),
    ONE_CPU,
    "can you have the first report and the last answered, and lose one between, although its wake-up worked?",
    (lost_after_an_answered_one(), lost_though_woken(), the_last_answered()),
)
SAFE = Visit(
    "lab6.visit1",
    6,
    PRINTED,
    world("lab6", "visit1", report("disk", 3), report("nic", 9, "irq")),
    ONE_CPU,
    "can you have the disk answered, then land the interrupt between declaring and schedule(), and have it answered?",
    (woken_before_schedule(),),
)

CLEAN = """\
flushed = DECLARE_WAIT_QUEUE_HEAD()
dirty_lock = DEFINE_SPINLOCK()
dirty = u32(2)


def page_written():
    global dirty
    spin_lock_irqsave(dirty_lock, flags)
    dirty -= 1
    spin_unlock_irqrestore(dirty_lock, flags)
    wake_up(flushed)


def wait_until_clean():
    wait = DECLARE_WAITQUEUE(current)
"""
FLUSHED = Scenario(
    "lab6/order1",
    calls=(
        Call("sync", "wait_until_clean"),
        Call("disk0", "page_written", context="irq"),
        Call("disk1", "page_written"),
    ),
)
ORDER = Puzzle(
    "lab6.order1",
    9,
    "A process waits until no page is dirty; two disks write them, one of which says so from an interrupt.",
    CLEAN,
    {
        "a": "        left = dirty",
        "b": "    set_current_state(TASK_RUNNING)",
        "c": "        spin_lock_irq(dirty_lock)",
        "d": "        spin_lock(dirty_lock)",
        "e": "        schedule()",
        "f": "        if left == 0:\n            break",
        "g": "        if left:\n            break",
        "h": "    remove_wait_queue(flushed, wait)",
        "i": "        set_current_state(TASK_UNINTERRUPTIBLE)",
        "j": "    while True:",
        "k": "        spin_unlock_irq(dirty_lock)",
        "l": "        spin_unlock(dirty_lock)",
        "m": "    add_wait_queue(flushed, wait)",
    },
    "",
    ((FLUSHED, ONE_CPU), (FLUSHED, A_CPU_EACH)),
    (
        "no_oops",
        "returns",
        "never_sleeps_atomic",
        "locks_balanced",
        "irq_safe",
        "context_restored",
        "no_dangling",
        "no_data_race",
    ),
    (("c", "d"), ("k", "l"), ("f", "g")),
    distractors=("d", "l", "g"),
)

ITEMS: tuple[Item, ...] = (
    EARLY,
    WINDOW,
    SLEEPS_THROUGH,
    NOTHING,
    STALE,
    SLOT,
    OVERWRITTEN,
    KILLED,
    OFTEN,
    ORDER,
    SAFE,
)
