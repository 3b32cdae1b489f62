"""Lab 1: birth, parents, zombies."""

from __future__ import annotations

from dataclasses import replace

from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, THREAD, report, world
from kthreadlab.compile.config import Config
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.processes import Enter, Exit, Pause, Process, Wait4
from kthreadlab.machine.scenario import Fault, Identity, Scenario, Signal
from kthreadlab.trace.events import Event, Trace

from .demands import answers
from .items import Demand, Duel, Item, Puzzle, Question, Run, Visit
from .listings import listings

PRINTED = listings("listing_1", "listing_2", "listing_3", "listing_5")
"""The article's thread, and who starts it."""
EXCHANGED = listings("listing_1", "listing_2_allow_first", "listing_3", "listing_5")
"""The same, but that the thread lets SIGKILL through first, and then becomes a daemon."""
CHECKER = listings("listing_1_no_daemon")
"""A thread that is no daemon."""
SILENT = listings("listing_1_no_sigchld")
"""The same, started without SIGCHLD."""
START, CHECK = "start_mykthread", "start_checker"
LATER = Config("2.6.32", cpus=1, smp=True)


def driver(name: str, *after: Exit | Pause, **more: tuple[Signal | Fault, ...]) -> Scenario:
    """A world in which the process of a driver starts the article's thread."""
    started = (Process("driver", Enter(START), *after),)
    return replace(world("lab1", name), threads=(), processes=started, starts=(START,), **more)  # type: ignore[arg-type]


def checking(name: str, *processes: Process, signals: tuple[Signal, ...] = ()) -> Scenario:
    """A world in which processes start threads that are no daemons."""
    return Scenario(f"lab1/{name}", processes=processes, signals=signals, helper_owed=False, starts=(CHECK,))


def parent(name: str) -> Process:
    """A process that starts a checker, and lives on without waiting for anybody."""
    return Process(name, Enter(CHECK), Pause())


# ---- what is demanded ------------------------------------------------------------------------------------------------


def ends(trace: Trace) -> list[Event]:
    """Where threads end."""
    return [e for e in trace.events if e.op == "exit"]


def reaped_by_init(trace: Trace, thread: Event) -> int:
    """The step in which init reaps the *thread* that ends there; -1: it does not."""
    return next((e.step for e in trace.events if e.op == "reap" and thread.task in e.actor), -1)


def inherited_as_zombie() -> Demand:
    """Init reaps a thread that had ended before its parent was killed."""

    def met(trace: Trace) -> bool:
        return any(e.outcome is Outcome.AWAITED and reaped_by_init(trace, e) > e.step for e in ends(trace))

    return Demand("somebody gets rid of a zombie by killing its parent: init gets it, and reaps it", met)


def one_left() -> Demand:
    """One thread is a zombie in the end."""

    def met(trace: Trace) -> bool:
        own = {e.task for e in ends(trace)}
        return sum(t.letter == "Z" and t.name in own for t in trace.views[-1].tasks) == 1

    return Demand("one thread, and one alone, stays a zombie", met)


def slept_through_sigkill() -> Demand:
    """A SIGKILL finds the thread asleep and does not wake it, and an event is answered later."""

    def met(trace: Trace) -> bool:
        killed = [e for e in trace.events if e.op == "kill" and e.outcome is Outcome.BLOCKED]
        asleep = [e.step for e in killed if letter_of(trace, THREAD, e.step) == "S"]
        return any(helper.step > min(asleep, default=len(trace.steps)) for helper in answers(trace))

    return Demand("SIGKILL finds mykthread asleep, and an event is answered afterwards", met)


def letter_of(trace: Trace, task: str, step: int) -> str:
    """The letter of *task* in ps after *step*; "" if it is not there."""
    return next((t.letter for t in trace.views[step].tasks if t.name == task), "")


def reaped_at_once() -> Demand:
    """A parent finds its child a zombie, and reaps it without having slept."""

    def met(trace: Trace) -> bool:
        return any(e.op == "wait4" and e.outcome is Outcome.REAPED for e in trace.events)

    return Demand("a parent that waits finds a zombie, and does not sleep for it", met)


def outlived() -> Demand:
    """A thread ends when it is init's, since its parent has ended, and init reaps it."""

    def met(trace: Trace) -> bool:
        left = [e for e in ends(trace) if e.outcome is Outcome.LEFT]
        return any(reaped_by_init(trace, e) > e.step for e in left)

    return Demand("another thread outlives its parent, and init reaps it", met)


# ---- what is asked ---------------------------------------------------------------------------------------------------

WHOSE = Question(
    "lab1.p1",
    "A driver's process has started mykthread, and lives on. mykthread sleeps by now. Which PPID does ps show for it?",
    {
        "a": "That of the driver's process, which started it.",
        "b": "1: it is init's child, though its creator lives.",
        "c": "None: threads of the kernel have no parent.",
    },
    "b",
    "daemonize() makes its caller init's child, in 2.6.11. The reparent_to_init() that the article has after it does "
    "nothing new.",
    "M7",
    Run(PRINTED, driver("p1", Pause()), ONE_CPU, "driver*3 mykthread*6"),
    ("daemonize", THREAD, 1),
)
ORPHAN = Question(
    "lab1.p2",
    "checker is no daemon. mount has started it, and is killed before it is done. What becomes of checker?",
    {
        "a": "It dies with mount, whose thread it is.",
        "b": "It goes on; init is its parent now.",
        "c": "It goes on without a parent, and stays a zombie in the end.",
    },
    "b",
    "Its parent's death is nothing to it. Init gets the child, and always waits in the end.",
    "M7",
    Run(
        CHECKER,
        checking("p2", parent("mount"), signals=(Signal("mount"),)),
        ONE_CPU,
        "mount*3 kill/mount mount checker*2 reap/checker",
    ),
    ("reparent", "mount", 1),
)
UNDEAD = Question(
    "lab1.p3",
    "checker has ended; mount lives on and does not wait. ps has a line [mount] <defunct>. Root says kill -9 to it.",
    {
        "a": "The line is gone: SIGKILL works on everybody.",
        "b": "Nothing changes.",
        "c": "mount is told, and waits.",
    },
    "b",
    "It does not run, so no signal ends it. Left are its name (its creator's), pid and exit code, for whoever waits.",
    "M6",
    Run(
        CHECKER,
        checking("p3", parent("mount"), signals=(Signal("checker"),)),
        ONE_CPU,
        "mount*3 checker*2 kill/checker",
    ),
    ("kill", "checker", 1),
)
PASSED_BY = Question(
    "lab1.p4",
    "Somebody leaves SIGCHLD out of the flags with which mount starts checker. checker ends; then mount calls wait4(), "
    "to reap it. What does mount get?",
    {
        "a": "checker's pid, as ever.",
        "b": "It sleeps for ever: nobody tells it that checker has ended.",
        "c": "-ECHILD: no child to wait for; and checker stays a zombie.",
    },
    "c",
    "The low byte of the flags is the signal that the parent gets at the end; wait4() looks for SIGCHLD alone.",
    "M6",
    Run(
        SILENT,
        checking("p4", Process("mount", Enter(CHECK), Wait4(), Pause())),
        A_CPU_EACH,
        "mount*2 checker*2 mount*2",
    ),
    ("wait4", "mount", 1),
)
BLOCKED = Question(
    "lab1.p5",
    "SIGKILL comes for mykthread between daemonize() and allow_signal(SIGKILL). What comes of it?",
    {
        "a": "It is lost, as a wake-up would be: nobody looked.",
        "b": "mykthread is dead at once.",
        "c": "It waits; allow_signal() lets it in, and mykthread ends.",
    },
    "c",
    "daemonize() blocks every signal, SIGKILL too, and what is blocked stays pending. What was pending before "
    "daemonize(), it forgets.",
    "M17",
    Run(
        PRINTED,
        driver("p5", Exit(), signals=(Signal(THREAD),)),
        ONE_CPU,
        "driver*3 mykthread*2 kill/mykthread mykthread*9 reap/mykthread",
    ),
    ("allow_signal", THREAD, 1),
)
REFUSED = Question(
    "lab1.p6",
    "There is no room for one more thread. Listing One calls kernel_thread() all the same. Who learns of it?",
    {
        "a": "Nobody: it returns -EAGAIN, which nobody looks at.",
        "b": "Whoever reads the log: the kernel oopses.",
        "c": "Nobody needs to: it sleeps until there is room.",
    },
    "a",
    "It has worked every time so far. Here there is no thread, and start_mykthread() still returns 0: all is well.",
    "M12",
    Run(PRINTED, driver("p6", Pause(), faults=(Fault("fork"),)), ONE_CPU, "fail/fork driver*3"),
    ("kernel_thread", "driver", 1),
)
MODERN = Question(
    "lab1.p7",
    "The same listings in Linux 2.6.32. mykthread sleeps. Which PPID does ps show?",
    {"a": "1: init.", "b": "2: kthreadd.", "c": "The driver's."},
    "b",
    "Since 2.6.22 daemonize() makes its caller kthreadd's child; kthreadd ignores SIGCHLD, so its children are never "
    "zombies.",
    "M7",
    Run(PRINTED, replace(driver("p7", Pause()), identity=Identity(THREAD)), LATER, "driver*3 mykthread*6"),
    ("daemonize", THREAD, 1),
)

UNWAITED = Duel(
    "lab1.duel1",
    13,
    CHECKER,
    checking("duel1", parent("mount"), parent("fsck"), signals=(Signal("mount"), Signal("fsck"))),
    ONE_CPU,
    "can you make two zombies, get rid of one by killing its parent, and leave the other for good?",
    (inherited_as_zombie(), one_left()),
    "no_zombie",
)
DEAF = Duel(
    "lab1.duel2",
    12,
    EXCHANGED,
    replace(driver("duel2", Pause(), signals=(Signal(THREAD),)), calls=(report("disk", 3),)),
    ONE_CPU,
    "can you have SIGKILL come while mykthread sleeps, and have it answer an event afterwards?",
    (slept_through_sigkill(),),
    "dies_cleanly",
)
TWICE = Visit(
    "lab1.visit1",
    6,
    CHECKER,
    checking("visit1", Process("mount", Enter(CHECK), Wait4(), Enter(CHECK), Exit())),
    A_CPU_EACH,
    "can you have the first checker reaped by mount, which never sleeps for it, and the second by init?",
    (reaped_at_once(), outlived()),
)

GIVEN = """\
job = struct("job", disk=u32)
taken = DECLARE_COMPLETION()
busy = u32(0)


def checker(arg):
    global busy
    daemonize("checker")
"""
CHECKED = Scenario(
    "lab1/order1",
    processes=(Process("mount", Enter("check_disk", 3), Pause()),),
    starts=("check_disk",),
    helper_owed=False,
)
NO_ROOM = Scenario(
    "lab1/order1-no-room",
    processes=(Process("mount", Enter("check_disk", 3), Pause()),),
    faults=(Fault("fork"),),
    starts=("check_disk",),
    helper_owed=False,
)
ORDER = Puzzle(
    "lab1.order1",
    9,
    "check_disk hands a daemon its job, which lies on check_disk's own stack, and returns as soon as that is safe.",
    GIVEN,
    {
        "a": "    complete(taken)",
        "b": "    mine = cast(job, arg)",
        "c": "    return 0\n\n\ndef check_disk(disk: u32):\n    it = job()",
        "d": "    wait_for_completion(taken)",
        "e": "    schedule()",
        "f": "    disk = mine.disk",
        "g": "    pid = kernel_thread(checker, it, SIGCHLD)",
        "h": "    if pid < 0:\n        return pid",
        "i": "    if pid == 0:\n        return -EAGAIN",
        "j": "    it.disk = disk",
        "k": "    busy = disk",
    },
    "    return 0",
    ((CHECKED, ONE_CPU), (CHECKED, A_CPU_EACH), (NO_ROOM, ONE_CPU)),
    ("no_oops", "returns", "no_dangling", "tells_failure", "never_sleeps_atomic", "no_data_race"),
    (("d", "e"), ("h", "i")),
    distractors=("e", "i"),
)

ITEMS: tuple[Item, ...] = (
    WHOSE,
    ORPHAN,
    UNDEAD,
    PASSED_BY,
    UNWAITED,
    BLOCKED,
    DEAF,
    REFUSED,
    ORDER,
    MODERN,
    TWICE,
)
