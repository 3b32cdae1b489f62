"""Lab 4: going to sleep properly."""

from __future__ import annotations

from kthreadlab.checks.labs import mover
from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, PREEMPT, THREAD
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.processes import Enter, Process
from kthreadlab.machine.scenario import Call, Passage, Scenario, Signal, Thread, asleep, done, inside
from kthreadlab.trace.events import Trace

from .demands import states_of, wake_ups
from .items import Demand, Duel, Item, Puzzle, Question, Run, Visit
from .listings import listings

PRINTED = listings("listing_4")
"""The article's way of sleeping, and whoever wakes it."""
LOOKS = listings("listing_4_looks")
"""Looks, then declares."""
LEAVES = listings("listing_4_leaves")
"""Leaves by a return where a signal has come."""
STATES = listings("listing_4_states")
"""Sleeps in S for what may never come, and in D for what is sure to."""


def sleeper(name: str, *calls: Call, processes: tuple[Process, ...] = (), signals: tuple[Signal, ...] = ()) -> Scenario:
    """Listing Four's thread in a world."""
    return Scenario(f"lab4/{name}", threads=(Thread(THREAD),), calls=calls, processes=processes, signals=signals)


def reading(name: str, *signals: Signal) -> Scenario:
    """dd reads from a disk that has to be plugged in first."""
    usb, disk = Call("usb", "report_event"), Call("disk", "disk_interrupt", context="irq", when=inside("dd", READ))
    return Scenario(f"lab4/{name}", processes=(Process("dd", Enter(READ)),), calls=(usb, disk), signals=signals)


READ, WAIT = "read_block", "wait_for_key"
SENSOR = Call("sensor", "report_event")
NIC = Call("nic", "report_event", context="irq")


# ---- what is demanded ------------------------------------------------------------------------------------------------


def woken_and_passed_by() -> Demand:
    """One wake-up finds one task asleep and another that is on the queue and runs."""

    def met(trace: Trace) -> bool:
        return any(w.detail("woken") and w.detail("waiters") for w in wake_ups(trace))

    return Demand("the key wakes one of them and passes by the other, which is on the queue and runs", met)


def killed_before_point_a(task: str) -> Demand:
    """The SIGKILL finds *task* woken, and not yet back from schedule()."""

    def met(trace: Trace) -> bool:
        kill = next((e.step for e in trace.events if e.op == "kill"), -1)
        before = [e for e in trace.events if e.step < kill and mover(e) == task and e.op.startswith("schedule")]
        on_queue = any(x.name == task and x.on_runqueue for x in trace.views[kill].tasks) if kill >= 0 else False
        return on_queue and bool(before) and before[-1].outcome is Outcome.SLEEPS

    return Demand(f"the SIGKILL finds {task} woken by the key, and not yet at Point A", met)


def left_the_queue(task: str) -> Demand:
    """*task* has had its key."""
    return Demand(
        f"{task} leaves the queue as it should",
        lambda trace: any(e.op == "remove_wait_queue" and mover(e) == task for e in trace.events),
    )


SLEPT, WOKEN_FIRST, SIGNALLED = "out of its sleep", "without a sleep, by a wake-up", "without a sleep, by a signal"


def ways_to_point_a(trace: Trace) -> list[str]:
    """How the thread has come to Point A each time."""
    ways, undone = [], SIGNALLED
    for event in trace.events:
        if event.outcome is Outcome.NOT_ASLEEP_YET:
            undone = WOKEN_FIRST if event in wake_ups(trace) else SIGNALLED
        if mover(event) == THREAD and event.op == "set_current_state":
            undone = SIGNALLED
        if mover(event) == THREAD and event.op == "schedule":
            ways.append(SLEPT if event.outcome is Outcome.SLEEPS else undone)
    back = sum(mover(event) == THREAD and event.op == "schedule:return" for event in trace.events)
    return ways[:back]


def to_point_a(way: str) -> Demand:
    """The thread comes to Point A so."""
    return Demand(f"mykthread comes to Point A {way}", lambda trace: way in ways_to_point_a(trace))


def passes_through(task: str, states: str) -> Demand:
    """*task* passes through these states, whatever others do."""
    return Demand(f"{task} is {states}, in this order", lambda trace: states_of(trace, task) == states.split())


# ---- what is asked ---------------------------------------------------------------------------------------------------

DECLARED = Question(
    "lab4.p1",
    "mykthread has made set_current_state(TASK_INTERRUPTIBLE). What does it do next?",
    {
        "a": "Nothing, until somebody wakes it.",
        "b": "It goes on, to schedule().",
        "c": "It runs until its time is up, and sleeps then.",
    },
    "b",
    "A state was stored, no more. It is schedule() that takes off the run queue whoever has declared so.",
    "M5",
    Run(PRINTED, sleeper("p1", SENSOR), ONE_CPU, "mykthread*6"),
    ("schedule", THREAD, 1),
)
PREEMPTED = Question(
    "lab4.p2",
    "Between its two calls mykthread is preempted: cp runs on the only CPU. Where is mykthread?",
    {
        "a": "Asleep: so it has declared.",
        "b": "On the run queue, and TASK_RUNNING again.",
        "c": "On the run queue, and TASK_INTERRUPTIBLE.",
    },
    "c",
    "Whoever is preempted keeps what it has declared, and its place on the run queue: to sleep it must call schedule() "
    "itself. The S of ps tells only what was declared.",
    "M5",
    Run(PRINTED, sleeper("p2", SENSOR, processes=(Process("cp"),)), PREEMPT, "mykthread*5 cp mykthread"),
    ("sys_exit", "cp", 1),
)
POINT_A = Question(
    "lab4.p3",
    "sensor wakes mykthread, which comes to Point A. Is it on myevent_waitqueue then?",
    {
        "a": "No: the wake-up takes it off, and puts it on the run queue.",
        "b": "Yes, although it runs.",
        "c": "Yes; and so it can't run before remove_wait_queue().",
    },
    "b",
    "The wake-up made it TASK_RUNNING and put it on the run queue. Off the wait queue it goes by itself, later: to "
    "stand there is not to sleep.",
    "M3",
    Run(PRINTED, sleeper("p3", SENSOR), ONE_CPU, "mykthread*6 sensor*2 mykthread*2"),
    ("wake_up_interruptible", "sensor", 1),
)
TWO_R = Question(
    "lab4.p4",
    "One CPU. ps prints R for sensor and for mykthread. How can that be?",
    {
        "a": "It can't: one of them must be asleep.",
        "b": "Both are on the run queue; one has the CPU.",
        "c": "One is stopped, and will go on.",
    },
    "b",
    "TASK_RUNNING means: a candidate for the CPU. sensor has just woken mykthread, and still has it.",
    "M4",
    Run(PRINTED, sleeper("p4", SENSOR), ONE_CPU, "mykthread*6 sensor*2"),
    ("wake_up_interruptible", "sensor", 1),
)
TOO_EARLY = Question(
    "lab4.p5",
    "mykthread has joined the queue, and has declared nothing yet. The wake-up comes now. What of its schedule()?",
    {
        "a": "It returns at once: a wake-up is waiting for it.",
        "b": "It sleeps.",
        "c": "There is none: whoever is woken need not sleep.",
    },
    "b",
    "A wake-up is for whoever has declared a sleep. It finds mykthread TASK_RUNNING, does nothing, and is gone.",
    "M8",
    Run(PRINTED, sleeper("p5", NIC), ONE_CPU, "mykthread*4 irq/nic*2 mykthread*2"),
    ("schedule", THREAD, 1),
)
IN_D = Question(
    "lab4.p6",
    "dd waits for its disk, in TASK_UNINTERRUPTIBLE. Somebody sends it a SIGKILL. When does it end?",
    {"a": "At once.", "b": "When the disk is done.", "c": "Never."},
    "b",
    "No signal takes anybody out of D. It stays pending, and ends dd on its way back to user space: by then nobody "
    "writes into its memory any more.",
    "M17",
    Run(
        STATES,
        reading("p6", Signal("dd")),
        ONE_CPU,
        "dd*6 usb*3 dd*8 kill/dd irq/disk*3 dd*5",
    ),
    ("fatal_signal", "dd", 1),
)

LOOKED = Duel(
    "lab4.duel1",
    9,
    LOOKS,
    Scenario("lab4/duel1", calls=(Call("sh", WAIT), Call("vi", WAIT), Call("user", "press_key", context="irq"))),
    ONE_CPU,
    "can you have the key wake one of the two, and the other sleep through it?",
    (woken_and_passed_by(),),
    "returns",
)
LEFT = Duel(
    "lab4.duel2",
    8,
    LEAVES,
    Scenario(
        "lab4/duel2",
        processes=(Process("sh", Enter(WAIT)), Process("vi", Enter(WAIT))),
        calls=(Call("user", "press_key"), Call("again", "press_key")),
        signals=(Signal("sh"),),
    ),
    ONE_CPU,
    "can you have a SIGKILL come for sh after a key has woken it, let vi have the key, and then have the next key "
    "oops?",
    (left_the_queue("vi"), killed_before_point_a("sh")),
    "no_dangling",
)
THREE_WAYS = Visit(
    "lab4.visit1",
    8,
    PRINTED,
    sleeper("visit1", SENSOR, NIC, signals=(Signal(THREAD),)),
    ONE_CPU,
    "can you bring mykthread to Point A in three ways: out of its sleep; without a sleep, by a wake-up; without a "
    "sleep, by a signal?",
    (
        to_point_a(SLEPT),
        to_point_a(WOKEN_FIRST),
        to_point_a(SIGNALLED),
    ),
)
JOURNEY = Visit(
    "lab4.visit2",
    6,
    STATES,
    reading("visit2", Signal("dd", "SIGSTOP"), Signal("dd", "SIGCONT")),
    ONE_CPU,
    "can you take dd through R S R D R T R Z X? It is S or D where it is off the run queue; to declare is not enough.",
    (passes_through("dd", "R S R D R T R Z X"),),
)

PAGES = """\
pages = DECLARE_WAIT_QUEUE_HEAD()
page_read = u32(0)


def disk_interrupt():
    global page_read
    page_read = 1
    wake_up(pages)


def page_wanted():
    wake_up(pages)


def wait_for_page():
    wait = DECLARE_WAITQUEUE(current)
"""
PAGE_IN = Process("cp", Enter("wait_for_page"))
READ_AT_LAST = Call("disk", "disk_interrupt", context="irq", when=inside("cp", "wait_for_page"), certain=True)
READ_ASLEEP = Call("disk", "disk_interrupt", context="irq", when=asleep("cp"), certain=True)
ANY_TIME = Scenario("lab4/order1", processes=(PAGE_IN,), calls=(READ_AT_LAST,))
FOR_NOTHING = Call("kswapd", "page_wanted", when=asleep("cp"), certain=True)
READ_AFTER = Call("disk", "disk_interrupt", context="irq", when=asleep("cp") & done("kswapd"), certain=True)
TWICE_WOKEN = Scenario(
    "lab4/order1-twice",
    processes=(PAGE_IN,),
    calls=(FOR_NOTHING, READ_AFTER),
    passes=Passage("cp", "R D R D R Z X"),
)
KILLED = Scenario(
    "lab4/order1-killed",
    processes=(PAGE_IN,),
    calls=(READ_ASLEEP,),
    signals=(Signal("cp", when=asleep("cp")),),
    passes=Passage("cp", "R D R Z X"),
)
ORDER = Puzzle(
    "lab4.order1",
    9,
    "A process waits until a page has been read into its memory. Not even a SIGKILL lets it go before that.",
    PAGES,
    {
        "a": "    remove_wait_queue(pages, wait)",
        "b": "        schedule()",
        "c": "    set_current_state(TASK_UNINTERRUPTIBLE)",
        "d": "    set_current_state(TASK_INTERRUPTIBLE)",
        "e": "    while not page_read:",
        "f": "        set_current_state(TASK_UNINTERRUPTIBLE)",
        "g": "        set_current_state(TASK_INTERRUPTIBLE)",
        "h": "    set_current_state(TASK_RUNNING)",
        "i": "    add_wait_queue(pages, wait)",
    },
    "    schedule()",
    ((ANY_TIME, ONE_CPU), (ANY_TIME, A_CPU_EACH), (TWICE_WOKEN, ONE_CPU), (KILLED, A_CPU_EACH)),
    ("no_oops", "returns", "passes_through", "no_dangling"),
    (("c", "d"), ("f", "g")),
)

ITEMS: tuple[Item, ...] = (
    DECLARED,
    PREEMPTED,
    TOO_EARLY,
    LOOKED,
    POINT_A,
    TWO_R,
    LEFT,
    THREE_WAYS,
    IN_D,
    ORDER,
    JOURNEY,
)
