"""Lab 3: contexts and locks."""

from __future__ import annotations

from kthreadlab.checks.labs import mover
from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, THREAD, report, world
from kthreadlab.machine.scenario import Call, Fault, Scenario
from kthreadlab.trace.events import Event, Trace

from .demands import answers, reports, unanswered, wake_ups
from .items import Demand, Duel, Item, Puzzle, Question, Run, Visit
from .listings import listings

PRINTED = listings("listing_2", "listing_3", "listing_5")
"""The article's thread, whoever wakes it, and the handler."""
LOCKLESS = listings("listing_2_irqs_off", "listing_3_irqs_off", "listing_5")
"""The same with interrupts off instead of a lock, and a thread that clears what it has taken."""
LOGGING = listings("listing_2", "listing_3_gfp_kernel", "listing_5")
"""The article's, where report_event allocates memory for a line in the log."""
NIC = "irq/nic"
TO_THE_HELPER = "mykthread*6 disk*5 mykthread*10"
"""mykthread sleeps, the disk reports, and mykthread asks for the helper."""


# ---- what is demanded ------------------------------------------------------------------------------------------------


def first(trace: Trace, op: str, actor: str, after: int = -1) -> Event | None:
    """The first event that is *op* of *actor* after step *after*."""
    return next((e for e in trace.events if e.op == op and mover(e) == actor and e.step > after), None)


def reader_interrupted() -> Demand:
    """An event is answered, and later an interrupt lands on the thread that holds the lock."""

    def met(trace: Trace) -> bool:
        landed = [e for e in trace.events if e.op == "irq_enter" and e.task == THREAD]
        answered = min((e.step for e in answers(trace)), default=len(trace.steps))
        held = any(trace.views[e.step].locks.get("myevent_lock", "").startswith(THREAD) for e in landed)
        return held and answered < landed[-1].step

    return Demand("an event is answered, and later the interrupt lands where mykthread holds the lock", met)


def erased_in_the_helper() -> Demand:
    """The thread clears what an interrupt has stored since it looked, and that wakes it while it waits for its
    helper."""

    def met(trace: Trace) -> bool:
        asked = first(trace, "call_usermodehelper", THREAD)
        back = first(trace, "call_usermodehelper:return", THREAD)
        begin, end = (len(trace.steps) if e is None else e.step for e in (asked, back))
        return erased(trace) and any(mover(e) == NIC and begin < e.step < end for e in wake_ups(trace))

    says = "mykthread clears what the interrupt has just stored, whose wake-up finds it waiting for the helper"
    return Demand(says, met)


def erased(trace: Trace) -> bool:
    """Does the thread write over what the interrupt has stored since the thread has looked?"""
    memory = [(mover(e), e.op) for e in trace.events if e.op in ("load", "store") and e.args[:1] == ("myevent_id",)]
    turn = [(THREAD, "load"), (NIC, "store"), (THREAD, "store")]
    return any(memory[n : n + 3] == turn for n in range(len(memory)))


def waits_and_goes_on() -> Demand:
    """An interrupt lands on another CPU while the thread holds the lock, gets it afterwards, and all are answered."""

    def met(trace: Trace) -> bool:
        landed = first(trace, "irq_enter", NIC)
        held = landed is not None and trace.views[landed.step].locks.get("myevent_lock", "").startswith(THREAD)
        return held and len(reports(trace)) > 1 and not unanswered(trace)

    return Demand("the interrupt waits for the lock that mykthread holds, and both events are answered", met)


# ---- what is asked ---------------------------------------------------------------------------------------------------

ON_TOP = Question(
    "lab3.p1",
    "mykthread is at work for event 3, on the only CPU. The network card interrupts. When does its handler run?",
    {
        "a": "When mykthread sleeps next.",
        "b": "At once; mykthread stands still until it returns.",
        "c": "In turns with mykthread, as two processes would.",
    },
    "b",
    "An interrupt is no task and waits for no turn: it runs on top of whoever is there, who goes on when it returns.",
    "M9",
    Run(
        PRINTED,
        world("lab3", "p1", report("disk", 3), report("nic", 9, "irq")),
        ONE_CPU,
        "mykthread*6 disk*5 mykthread*8 irq/nic*5 mykthread*2 khelper*3",
    ),
    ("irq_enter", NIC, 1),
)
HELD = Question(
    "lab3.p2",
    "mykthread holds myevent_lock for reading. The interrupt comes now, on its CPU, and wants to write.",
    {
        "a": "The handler waits; mykthread goes on and releases the lock.",
        "b": "No task on this CPU moves again.",
        "c": "The handler gets the lock: an interrupt comes first.",
    },
    "b",
    "The handler spins until mykthread releases the lock, and mykthread stands still until the handler returns.",
    "M9",
    Run(
        PRINTED,
        world("lab3", "p2", report("disk", 3), report("nic", 9, "irq")),
        ONE_CPU,
        "mykthread*6 disk*5 mykthread*3 irq/nic",
    ),
)
SLEEPY = Question(
    "lab3.p3",
    "Somebody adds a line for the log to report_event: kmalloc(32, GFP_KERNEL) and printk. What of it in an interrupt?",
    {
        "a": "It works: 32 bytes are always there.",
        "b": "It may have to sleep, and there is only the interrupted one to put to sleep.",
        "c": "kmalloc returns NULL rather than wait.",
    },
    "b",
    "GFP_KERNEL may wait, however little is asked for; a handler has no task of its own. GFP_ATOMIC never waits.",
    "M10",
    Run(
        LOGGING,
        world("lab3", "p3", report("disk", 3), report("nic", 9, "irq")),
        ONE_CPU,
        "mykthread*6 disk*2 irq/nic reclaim/irq/nic",
    ),
)
LEGAL = Question(
    "lab3.p4",
    "Which of these may an interrupt call?",
    {
        "a": "schedule()",
        "b": "call_usermodehelper(…)",
        "c": "wake_up_interruptible(&myevent_waitqueue)",
        "d": "down(&some_semaphore)",
    },
    "c",
    "A wake-up changes a state and a run queue, and is done. The others may sleep.",
    "M10",
)
DATA = Question(
    "lab3.p5",
    "report_event stores the id with myevent_lock held. From whom is myevent_id safe then?",
    {
        "a": "From everybody: nobody else runs meanwhile.",
        "b": "From everybody who names it: it belongs to the lock.",
        "c": "From whoever takes the same lock, and from nobody else.",
    },
    "c",
    "A lock keeps out those who ask for it. That it belongs to myevent_id is an agreement of all who touch that.",
    "M11",
)
KIND = Question(
    "lab3.p6",
    "The article calls what guards myevent_id spin locks. Two threads take it with read_lock. What happens?",
    {
        "a": "The second spins until the first is done.",
        "b": "Both go on: only a writer is alone.",
        "c": "The second sleeps until the first is done.",
    },
    "b",
    "It is a reader-writer lock, which spins, too. Whoever clears what he reads is a writer, whatever lock he takes.",
    "M11",
)

DEADLOCK = Duel(
    "lab3.duel1",
    13,
    PRINTED,
    world("lab3", "duel1", report("disk", 3), report("fan", 12), report("nic", 9, "irq")),
    ONE_CPU,
    "can you have an event answered, and then let the interrupt find the lock in mykthread's hands?",
    (reader_interrupted(),),
    "irq_safe",
)
ERASED = Duel(
    "lab3.duel2",
    12,
    LOCKLESS,
    world("lab3", "duel2", report("disk", 3), report("nic", 9, "irq")),
    A_CPU_EACH,
    "can you have the interrupt's event erased, and its wake-up come while mykthread waits for the disk's helper?",
    (erased_in_the_helper(),),
)
ELSEWHERE = Visit(
    "lab3.visit1",
    6,
    PRINTED,
    world("lab3", "visit1", report("disk", 3), report("nic", 9, "irq")),
    A_CPU_EACH,
    "can you let the interrupt want the lock while mykthread holds it, and have both events answered?",
    (waits_and_goes_on(),),
)

TALLY = """\
tally = struct("tally", hits=u32)
tally_lock = DEFINE_SPINLOCK()
counting = ptr("tally")
rotations = u32(0)


def packet():
    spin_lock(tally_lock)
    if counting != NULL:
        counting.hits += 1
    spin_unlock(tally_lock)


def rotate():
    global counting, rotations
"""
ROTATED = Scenario(
    "lab3/order1",
    calls=(Call("nic", "packet", context="irq"), Call("root", "rotate"), Call("cron", "rotate")),
)
NO_MEMORY = Scenario("lab3/order1-no-memory", calls=(Call("root", "rotate"),), faults=(Fault("kmalloc", 1),))
ORDER = Puzzle(
    "lab3.order1",
    9,
    "A network card counts packets, in interrupts. Processes put a fresh counter in the place of the old one.",
    TALLY,
    {
        "a": "    kfree(old)",
        "b": "    rotations += 1",
        "c": "    spin_lock(tally_lock)",
        "d": "    spin_lock_irq(tally_lock)",
        "e": "    counting = fresh",
        "f": "    if fresh == NULL:\n        return -ENOMEM",
        "g": "    spin_unlock(tally_lock)",
        "h": "    spin_unlock_irq(tally_lock)",
        "i": "    fresh = cast(tally, kmalloc(sizeof(tally), GFP_KERNEL))",
        "j": "    old = counting",
        "k": "    fresh.hits = 0",
    },
    "    return 0",
    ((ROTATED, ONE_CPU), (ROTATED, A_CPU_EACH), (NO_MEMORY, ONE_CPU)),
    (
        "no_oops",
        "returns",
        "never_sleeps_atomic",
        "locks_balanced",
        "irq_safe",
        "context_restored",
        "no_leak",
        "no_dangling",
        "no_data_race",
    ),
    (("c", "d"), ("g", "h")),
    distractors=("c", "g"),
)

ITEMS: tuple[Item, ...] = (ON_TOP, HELD, DEADLOCK, SLEEPY, LEGAL, ERASED, DATA, KIND, ORDER, ELSEWHERE)
