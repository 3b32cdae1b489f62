"""Lab 2: mykthread."""

from __future__ import annotations

from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, THREAD, report, world
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.scenario import Call, Identity, Scenario, Signal, Spurious, Thread
from kthreadlab.trace.events import Event, Trace

from .demands import answered, unanswered, wake_ups
from .items import Demand, Duel, Item, Puzzle, Question, Run, Visit
from .listings import listings

PRINTED = listings("listing_2", "listing_3", "listing_5")
"""The article's thread, whoever wakes it, and the handler."""
LOCKED = listings("listing_2_locked_helper", "listing_3", "listing_5")
"""The same, with the lock held while the helper is started."""
QUEUED = listings("listing_2_stays_queued", "listing_3", "listing_5")
"""The same, ending without leaving the queue."""
DISK, FAN, NET = report("disk", 3), report("fan", 12), report("net", 5)
TO_THE_HELPER = "mykthread*6 disk*5 mykthread*10"
"""mykthread sleeps, the disk reports, and mykthread asks for the helper."""


# ---- what is demanded ------------------------------------------------------------------------------------------------


def letter_at(trace: Trace, event: Event) -> str:
    """The thread's letter when *event* came."""
    return next((task.letter for task in trace.views[event.step].tasks if task.name == THREAD), "")


def killed_in_the_helper() -> Demand:
    """The SIGKILL comes while the thread waits for its helper."""

    def met(trace: Trace) -> bool:
        kills = [event for event in trace.events if event.actor == f"kill/{THREAD}"]
        return any(letter_at(trace, event) == "D" for event in kills)

    return Demand("the SIGKILL comes while mykthread waits for its helper", met)


def answered_though_awake() -> Demand:
    """A wake-up finds the thread waiting for a helper, and does nothing; all reports are answered."""

    def met(trace: Trace) -> bool:
        missed = [wake for wake in wake_ups(trace) if wake.outcome is Outcome.WRONG_STATE]
        return not unanswered(trace) and any(letter_at(trace, wake) == "D" for wake in missed)

    return Demand("a wake-up finds mykthread waiting for its helper, and every event is answered", met)


# ---- what is asked ---------------------------------------------------------------------------------------------------

DECLARED = Question(
    "lab2.p1",
    "set_current_state(TASK_INTERRUPTIBLE) has just returned. Where is mykthread?",
    {
        "a": "Asleep, until somebody wakes it.",
        "b": "On its CPU, about to call schedule().",
        "c": "In the run queue, but off its CPU.",
    },
    "b",
    "It has only said what it will do. schedule() does it: it takes whoever is not TASK_RUNNING off the run queue.",
    "M5",
    Run(PRINTED, world("lab2", "p1", report("sensor", 7)), ONE_CPU, "mykthread*6 sensor*5 mykthread*6"),
    ("schedule", THREAD, 1),
)
STAYS = Question(
    "lab2.p2",
    "mykthread sleeps in myevent_waitqueue, and the sensor's report wakes it. Where is it when it runs again?",
    {
        "a": "In the run queue. A wake-up takes it out of the wait queue.",
        "b": "In the run queue, and still in the wait queue.",
        "c": "In the wait queue, until it has the CPU.",
    },
    "b",
    "A wait queue is a list of whom to wake. mykthread has put itself on it, and stays until it takes itself off.",
    "M3",
    Run(
        PRINTED,
        world("lab2", "p2", report("sensor", 7)),
        ONE_CPU,
        "mykthread*6 sensor*5 mykthread*10 khelper*3 mykthread*4",
    ),
    ("schedule:return", THREAD, 1),
)
LATE = Question(
    "lab2.p3",
    "mykthread waits in D for its helper to start. Now comes a SIGKILL. When does mykthread end?",
    {
        "a": "At once: nobody can block a SIGKILL.",
        "b": "Never: in D it does not hear it.",
        "c": "When it has come round its loop, and asks.",
    },
    "c",
    "No kernel thread is ended by a signal. It is left pending; schedule() does not sleep then, and the thread asks.",
    "M17",
    Run(
        PRINTED,
        world("lab2", "p3", report("sensor", 7), signals=(Signal(THREAD),)),
        ONE_CPU,
        "mykthread*6 sensor*5 mykthread*10 kill/mykthread khelper*3 mykthread*9",
    ),
    ("signal_pending", THREAD, 2),
)
HOLDS = Question(
    "lab2.p4",
    "Somebody starts the helper before read_unlock. On the only CPU, the fan reports meanwhile. What happens?",
    {
        "a": "The fan waits until the helper runs, then goes on.",
        "b": "Whoever sleeps lets go of his locks: the fan gets it.",
        "c": "The fan spins for ever.",
    },
    "c",
    "The fan spins for a lock whose holder sleeps, on the CPU that khelper needs to wake the holder.",
    "M11",
    Run(LOCKED, world("lab2", "p4", DISK, FAN), ONE_CPU, "mykthread*6 disk*5 mykthread*9 fan"),
    ("call_usermodehelper", THREAD, 1),
)
CLEARED = Question(
    "lab2.p5",
    "Yours will set myevent_id back to 0. Read it under the lock, release the lock, then clear it: what of that?",
    {
        "a": "It is right: storing a word takes no lock.",
        "b": "A report that comes between the two is erased.",
        "c": "It is right as long as the lock is taken again to clear.",
    },
    "b",
    "Reading and clearing are one thing to whoever reports. Nobody may come between; so both stand in one section.",
    "M11",
)

TWICE = Duel(
    "lab2.duel1",
    13,
    PRINTED,
    world("lab2", "duel1", DISK, FAN, NET),
    A_CPU_EACH,
    "can you have one report answered once, and then another one twice?",
    (answered(2, before="before one is answered again"),),
    "no_stale_helper",
)
LEFT_BEHIND = Duel(
    "lab2.duel2",
    12,
    QUEUED,
    world("lab2", "duel2", DISK, FAN, signals=(Signal(THREAD),)),
    ONE_CPU,
    "can you have it killed while it waits for its helper, and let the next report find the dead one in the queue?",
    (killed_in_the_helper(),),
    "no_dangling",
)
AWAKE = Visit(
    "lab2.visit1",
    6,
    PRINTED,
    world("lab2", "visit1", DISK, FAN, spurious=(Spurious(THREAD),)),
    ONE_CPU,
    "can you have a report come while mykthread waits for the other's helper, and have both answered?",
    (answered_though_awake(),),
)

CACHE = """\
cache_lock = DEFINE_SPINLOCK()
hits = u32(0)
cold = u32(0)


def look_up():
    global hits
    spin_lock(cache_lock)
    hits = 1
    spin_unlock(cache_lock)


def ksweepd(unused):
    global hits, cold
"""
DAEMON = Identity("ksweepd", parent="init", blocked=0xFFFF_FFFF_FFFF_FEFF)
SWEPT = Scenario(
    "lab2/order1",
    threads=(Thread("ksweepd"),),
    calls=(Call("reader", "look_up"),),
    signals=(Signal("ksweepd"),),
    identity=DAEMON,
    stays=True,
)
ORDER = Puzzle(
    "lab2.order1",
    9,
    "Another daemon: once a second ksweepd sees whether anybody has used the cache. A SIGKILL ends it.",
    CACHE,
    {
        "a": "        schedule_timeout(HZ)",
        "b": "    allow_signal(SIGKILL)",
        "c": "    allow_signal(SIGTERM)",
        "d": "        if hits == 0:\n            cold = 1\n        hits = 0",
        "e": "        set_current_state(TASK_INTERRUPTIBLE)",
        "f": "    while not signal_pending(current):",
        "g": "    while True:",
        "h": "        spin_lock(cache_lock)",
        "i": "        local_irq_disable()",
        "j": '    daemonize("ksweepd")',
        "k": "        spin_unlock(cache_lock)",
        "l": "        local_irq_enable()",
    },
    "    return 0",
    ((SWEPT, ONE_CPU), (SWEPT, A_CPU_EACH)),
    (
        "no_oops",
        "dies_cleanly",
        "identity",
        "never_sleeps_atomic",
        "locks_balanced",
        "returns",
        "context_restored",
        "no_data_race",
    ),
    (("b", "c"), ("f", "g"), ("h", "i"), ("k", "l")),
    file="ksweepd",
    module_name="cache",
    distractors=("c", "g", "i"),
)

ITEMS: tuple[Item, ...] = (DECLARED, STAYS, TWICE, LATE, LEFT_BEHIND, HOLDS, CLEARED, ORDER, AWAKE)
