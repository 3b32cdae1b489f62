"""The labs' portfolios: which worlds an answer is searched in, which properties it is graded on, and for how many
points.

A scenario has at most three arrivals and one hazard (a signal, a spurious wake-up, an interrupt, a failure).  Each is
searched
on one CPU and on a CPU for every task, without preemption, locks being real in both; a third time, on one CPU with
preemption, for ``survives_preemption`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_
from pathlib import Path
from types import MappingProxyType

from kthreadlab.compile.config import Config
from kthreadlab.lang.api import CALLS
from kthreadlab.machine.processes import Enter, Exit, Pause, Process
from kthreadlab.machine.scenario import (
    Call,
    Fault,
    Helper,
    Identity,
    Passage,
    Read,
    Scenario,
    Signal,
    Spurious,
    Store,
    Thread,
    When,
    Write,
    asleep,
    done,
    in_helper,
    inside,
    stopped,
)
from kthreadlab.run.analysis import Trigger

from . import passages
from .catalogue import served_and_tried, served_in_turn
from .zombies import ended_by_itself

VERSION = "4"
"""Of the checks: every report carries it."""

ONE_CPU = Config(cpus=1, smp=True)
A_CPU_EACH = Config(cpus=16, smp=True)
PREEMPT = Config(cpus=1, preempt=True, smp=True)

THREAD, REPORT, RUN = "mykthread", "report_event", "run_umode_handler"
HANDLER, VARIABLE = "myevent_handler", "TROUBLED_DS"
ALERT = "/bin/alert"
WORKING = {ALERT: Helper()}
DAEMON = Identity(THREAD, parent="init", blocked=0xFFFF_FFFF_FFFF_FEFF)
"""Listing Two's thread: a child of init, with every signal blocked but SIGKILL, whose bit is 8."""


def report(name: str, id_: int, context: str = "process") -> Call:
    """One call of report_event(id)."""
    return Call(name, REPORT, id_, context=context)


def world(
    lab: str, name: str, *calls: Call, signals: tuple[Signal, ...] = (), spurious: tuple[Spurious, ...] = ()
) -> Scenario:
    """A scenario of Labs 2, 3 and 6: the thread stays, and owes each report a helper."""
    return Scenario(
        f"{lab}/{name}",
        threads=(Thread(THREAD),),
        calls=calls,
        signals=signals,
        helpers=WORKING,
        spurious=spurious,
        report=REPORT,
        handler=HANDLER,
        variable=VARIABLE,
        helper_owed=True,
        identity=DAEMON,
        stays=True,
    )


@dataclass(frozen=True)
class Onward:
    """Where to go on from full points: the *lab*, and what *text* says of the way there."""

    lab: str
    text: str


@dataclass(frozen=True, eq=False)
class Lab:
    """*given*: the file that the check links beside the answer, "" for none. *answer*: the file that is the answer.
    *owns*: what the answer must define. *points* by property, in the report's order; *shown*: decided and not graded.
    *judged*: what a scenario decides, by its name, where that is not everything. *reached*: what must have come about
    for a property to score, where that is something else than elsewhere. *onward*: what is left to do where everything
    graded is earned and what is shown is not, if there is such a thing. *without*: the calls whose work the answer is
    to do itself."""

    name: str
    title: str
    given: str
    owns: tuple[str, ...]
    points: dict[str, int]
    shown: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    module: str = "myevent"
    answer: str = "mykthread"
    judged: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    reached: Mapping[str, Trigger] = field(default_factory=lambda: MappingProxyType({}))
    onward: Onward | None = None
    without: tuple[str, ...] = ()

    @cached_property
    def given_text(self) -> str:
        """The text of the given file, as it ships."""
        if not self.given:
            return ""
        return (Path(__file__).parent / "given" / self.name / f"{self.given}.py").read_text(encoding="utf-8")

    @property
    def properties(self) -> tuple[str, ...]:
        """Everything the report speaks of, graded first."""
        return (*self.points, *self.shown)


START, FLUSH, SYNC = "start_mykthread", "flush_and_wait", "sync_disk"
LAB1_POINTS = {
    "no_oops": 5,
    "identity": 7,
    "no_zombie": 18,
    "tells_failure": 10,
    "dies_cleanly": 7,
    "sleeps_when_idle": 5,
    "returns": 8,
}
LAB1_JUDGED: dict[str, tuple[str, ...]] = {}


def starting(
    name: str, after: Exit | Pause, *signals: Signal, faults: int = 0, spurious: tuple[Spurious, ...] = ()
) -> Scenario:
    """A world of Lab 1 in which a driver's process starts mykthread, and does *after*."""
    LAB1_JUDGED[f"lab1/{name}"] = tuple(LAB1_POINTS)
    return Scenario(
        f"lab1/{name}",
        processes=(Process("driver", Enter(START), after),),
        signals=signals,
        faults=(Fault("fork"),) * faults,
        spurious=spurious,
        helper_owed=False,
        identity=DAEMON,
        stays=True,
        starts=(START,),
    )


def flushing(name: str, *processes: Process, faults: int = 0, signals: tuple[Signal, ...] = ()) -> Scenario:
    """A world of Lab 1 in which processes flush the disk, and rely on that.  Whoever a signal interrupts may say so."""
    told = ("tells_failure",) * (not signals)
    LAB1_JUDGED[f"lab1/{name}"] = ("no_oops", "no_zombie", *told, "returns")
    return Scenario(
        f"lab1/{name}",
        processes=processes,
        faults=(Fault("fork"),) * faults,
        signals=signals,
        helper_owed=False,
        starts=(SYNC,),
    )


LAB1 = Lab(
    "lab1",
    "Lab 1: birth, parents, zombies",
    "flusher",
    ("mykthread", START, FLUSH),
    LAB1_POINTS,
    (),
    (
        starting("kill", Pause(), Signal(THREAD)),
        starting("started", Pause()),
        starting("parent-dies", Exit()),
        starting("kill-an-orphan", Exit(), Signal(THREAD)),
        starting("other-signal", Pause(), Signal(THREAD, "SIGTERM")),
        starting("spurious", Pause(), spurious=(Spurious(THREAD),)),
        starting("no-thread", Pause(), faults=1),
        flushing("flush", Process("sync", Enter(SYNC), Pause())),
        flushing("twice", Process("sync", Enter(SYNC), Enter(SYNC), Pause())),
        flushing("two-at-once", *(Process(name, Enter(SYNC), Pause()) for name in ("sync", "umount"))),
        flushing("no-flusher", Process("sync", Enter(SYNC), Pause()), faults=1),
        flushing("kill-who-waits", Process("sync", Enter(SYNC), Pause()), signals=(Signal("sync"),)),
    ),
    answer="start",
    judged=MappingProxyType(LAB1_JUDGED),
    reached=MappingProxyType(dict.fromkeys(("no_oops", "no_zombie", "returns"), ended_by_itself)),
)

LAB2 = Lab(
    "lab2",
    "Lab 2: mykthread",
    "events",
    ("mykthread", "myevent_waitqueue", "myevent_lock", "myevent_id"),
    {
        "no_oops": 1,
        "delivered_when_asleep": 6,
        "no_stale_helper": 31,
        "never_sleeps_atomic": 4,
        "locks_balanced": 3,
        "sleeps_when_idle": 5,
        "dies_cleanly": 5,
        "no_dangling": 2,
        "survives_preemption": 1,
        "identity": 2,
    },
    ("delivered",),
    (
        world("lab2", "one-report", report("sensor", 7)),
        world("lab2", "two-reports", report("sensor", 7), report("disk", 9)),
        world("lab2", "same-report-twice", report("sensor", 7), report("sensor", 7)),
        world("lab2", "three-reports", report("sensor", 7), report("disk", 9), report("net", 4)),
        world("lab2", "kill", report("sensor", 7), signals=(Signal(THREAD),)),
        world("lab2", "kill-and-two-reports", report("sensor", 7), report("disk", 9), signals=(Signal(THREAD),)),
        world("lab2", "other-signal", report("sensor", 7), signals=(Signal(THREAD, "SIGTERM"),)),
        world("lab2", "spurious", report("sensor", 7), spurious=(Spurious(THREAD),)),
    ),
    reached=MappingProxyType({"no_stale_helper": served_in_turn}),
    onward=Onward("lab3", "Lab 3: contexts and locks; one way is left in which an event is slept through, for Lab 6"),
)

LAB3_JUDGED: dict[str, tuple[str, ...]] = {}
LAB3_POINTS = {
    "no_oops": 2,
    "irq_safe": 22,
    "no_data_race": 10,
    "returns": 9,
    "delivered_when_asleep": 6,
    "never_sleeps_atomic": 3,
    "locks_balanced": 2,
    "no_stale_helper": 2,
    "context_restored": 2,
    "survives_preemption": 2,
}


def context_world(
    name: str,
    *calls: Call,
    races: bool = False,
    signals: tuple[Signal, ...] = (),
    spurious: tuple[Spurious, ...] = (),
) -> Scenario:
    """A scenario of Lab 3.  *races*: no_data_race, which searches every interleaving, is judged in it too."""
    made = world("lab3", name, *calls, signals=signals, spurious=spurious)
    LAB3_JUDGED[made.name] = tuple(x for x in LAB3_POINTS if races or x != "no_data_race")
    return made


LAB3 = Lab(
    "lab3",
    "Lab 3: contexts and locks",
    "thread",
    ("report_event", "fetch_event"),
    LAB3_POINTS,
    (),
    (
        context_world("from-a-process", report("sensor", 7), races=True),
        context_world("from-an-interrupt", report("nic", 9, "irq"), races=True),
        context_world("process-and-interrupt", report("sensor", 7), report("nic", 9, "irq"), races=True),
        context_world("two-processes", report("sensor", 7), report("disk", 9)),
        context_world("two-interrupts", report("nic", 9, "irq"), report("timer", 4, "irq")),
        context_world("same-id-from-both", report("sensor", 7), report("nic", 7, "irq")),
        context_world("two-processes-and-interrupt", report("sensor", 7), report("disk", 9), report("nic", 4, "irq")),
        context_world("kill", report("nic", 9, "irq"), signals=(Signal(THREAD),)),
        context_world("spurious", report("nic", 9, "irq"), spurious=(Spurious(THREAD),)),
    ),
    answer="events",
    judged=MappingProxyType(LAB3_JUDGED),
    reached=MappingProxyType({"irq_safe": served_and_tried, "returns": "served"}),
)

READER, READ = "reader", "read_block"
PLUGGED, DISK = "report_event", "disk_interrupt"
WAITS = ("wait_for_event", "wait_for_disk")
DD = Process("dd", Enter(READ))


def plugged(context: str = "process", *, when: When | None = None) -> Call:
    """Somebody plugs the disk in; with *when*, it is sure to happen."""
    return Call("usb", PLUGGED, context=context, when=when, certain=when is not None)


def disk(task: str, *, when: When | None = None) -> Call:
    """The disk has done what *task* has asked it for, which is sure to happen."""
    asked = inside(task, WAITS[1])
    return Call("disk", DISK, context="irq", when=asked if when is None else asked & when, certain=True)


def process_world(
    name: str,
    *calls: Call,
    processes: tuple[Process, ...] = (DD,),
    signals: tuple[Signal, ...] = (),
    spurious: tuple[Spurious, ...] = (),
    passes: str = "",
) -> Scenario:
    """A scenario of Lab 4 in which processes read; *passes*: the states of the first."""
    return Scenario(
        f"lab4/{name}",
        processes=processes,
        calls=calls,
        signals=signals,
        spurious=spurious,
        helper_owed=False,
        passes=Passage(processes[0].name, passes) if passes else None,
    )


def thread_world(name: str, *, signals: tuple[Signal, ...] = (), spurious: tuple[Spurious, ...] = ()) -> Scenario:
    """A scenario of Lab 4 in which a thread of the kernel reads."""
    return Scenario(
        f"lab4/{name}",
        threads=(Thread(READER),),
        calls=(plugged(), disk(READER)),
        signals=signals,
        spurious=spurious,
        helper_owed=False,
    )


IN_S, IN_D = asleep("dd") & inside("dd", WAITS[0]), asleep("dd") & inside("dd", WAITS[1])
KILLED, HELD = done("kill/dd"), done("SIGSTOP/dd")


def sure(signal: str, when: When) -> Signal:
    """A signal for dd that is sure to come."""
    return Signal("dd", signal, when=when, certain=True)


LAB4_BOTH = passages.slept_inside(*WAITS)
LAB4 = Lab(
    "lab4",
    "Lab 4: going to sleep properly",
    "reader",
    WAITS,
    {
        "no_oops": 4,
        "passes_through": 16,
        "returns": 18,
        "dies_cleanly": 10,
        "sleeps_when_idle": 4,
        "never_sleeps_atomic": 2,
        "no_dangling": 4,
        "survives_preemption": 2,
    },
    (),
    (
        process_world("from-an-interrupt", plugged("irq"), disk("dd")),
        process_world("asleep-in-both", plugged(when=IN_S), disk("dd", when=IN_D), passes="R S R D R Z X"),
        process_world(
            "already-there",
            disk("dd", when=IN_D),
            processes=(Process("dd", Enter(PLUGGED), Enter(READ)),),
            passes="R D R Z X",
        ),
        process_world("killed-in-s", signals=(sure("SIGKILL", IN_S),), passes="R S R Z X"),
        process_world(
            "killed-in-d",
            plugged("irq", when=IN_S),
            disk("dd", when=KILLED),
            signals=(sure("SIGKILL", IN_D),),
            passes="R S R D R Z X",
        ),
        process_world(
            "stopped-in-d",
            plugged(when=IN_S),
            disk("dd", when=HELD),
            signals=(sure("SIGSTOP", IN_D), sure("SIGCONT", stopped("dd"))),
            passes="R S R D R T R Z X",
        ),
        process_world(
            "woken-for-nothing",
            Call("cat", "rattle", when=IN_S, certain=True),
            plugged("irq", when=IN_S & done("cat")),
            Call("dog", "rattle", when=IN_D, certain=True),
            disk("dd", when=IN_D & done("dog")),
            passes="R S R S R D R D R Z X",
        ),
        process_world("from-a-process", plugged(), disk("dd")),
        process_world("told-twice", plugged(), Call("nic", PLUGGED, context="irq"), disk("dd")),
        process_world("kill", plugged(), disk("dd"), signals=(Signal("dd"),)),
        process_world("spurious", plugged(), disk("dd"), spurious=(Spurious("dd"),)),
        process_world(
            "two-wait", plugged("irq"), processes=(Process("dd", Enter(WAITS[0])), Process("cp", Enter(WAITS[0])))
        ),
        thread_world("thread"),
        thread_world("thread-killed", signals=(Signal(READER),)),
        thread_world("thread-other-signal", signals=(Signal(READER, "SIGTERM"),)),
        thread_world("thread-spurious", spurious=(Spurious(READER),)),
    ),
    answer="waits",
    without=tuple(name for name in CALLS if name.startswith("wait_event")),
    reached=MappingProxyType(
        {
            "no_oops": LAB4_BOTH,
            "returns": LAB4_BOTH,
            "dies_cleanly": passages.slept_inside(*WAITS, key="kill"),
            "sleeps_when_idle": LAB4_BOTH,
            "never_sleeps_atomic": LAB4_BOTH,
            "no_dangling": LAB4_BOTH,
        }
    ),
)

LAB6 = Lab(
    "lab6",
    "Lab 6: the lost wake-up",
    "handler",
    ("mykthread", "report_event"),
    {
        "no_oops": 1,
        "delivered": 26,
        "no_stale_helper": 8,
        "never_sleeps_atomic": 3,
        "locks_balanced": 1,
        "sleeps_when_idle": 12,
        "dies_cleanly": 3,
        "no_leak": 1,
        "no_dangling": 1,
        "survives_preemption": 1,
        "irq_safe": 3,
    },
    (),
    (
        world("lab6", "one-report", report("sensor", 7)),
        world("lab6", "two-reports", report("sensor", 7), report("disk", 9)),
        world("lab6", "same-report-twice", report("sensor", 7), report("sensor", 7)),
        world("lab6", "one-interrupt", report("nic", 9, "irq")),
        world("lab6", "report-and-interrupt", report("sensor", 7), report("nic", 9, "irq")),
        world("lab6", "two-interrupts", report("nic", 9, "irq"), report("timer", 4, "irq")),
        world("lab6", "same-id-from-both", report("sensor", 7), report("nic", 7, "irq")),
        world("lab6", "two-reports-and-interrupt", report("sensor", 7), report("disk", 9), report("nic", 4, "irq")),
        world("lab6", "kill", report("sensor", 7), signals=(Signal(THREAD),)),
        world("lab6", "kill-and-two-reports", report("sensor", 7), report("disk", 9), signals=(Signal(THREAD),)),
        world("lab6", "other-signal", report("sensor", 7), signals=(Signal(THREAD, "SIGTERM"),)),
        world("lab6", "spurious", report("sensor", 7), report("disk", 9), spurious=(Spurious(THREAD),)),
        world("lab6", "three-reports", report("sensor", 7), report("disk", 9), report("net", 4)),
    ),
)

FILE = "/proc/sys/kernel/myevent_handler"
SAFETY = ("no_oops", "never_sleeps_atomic", "no_leak", "no_dangling")
ALWAYS = (*SAFETY, "exec_vector", "no_stale_helper")
WITH_FAILURE = (*SAFETY, "exec_vector", "survives_failure")
WITH_FILE = (*SAFETY, "registration")
LONGEST = "/opt/" + "x" * 250
"""A path that just fits: 255 characters and a NUL."""
BOTH = {ALERT: Helper(), "/bin/other": Helper()}
LAB5_JUDGED: dict[str, tuple[str, ...]] = {}


def event(id_: int, *after: str) -> Call:
    """One call of run_umode_handler(id), once everything of *after* (calls, writes) is done."""
    when = reduce(and_, map(done, after)) if after else None
    return Call(f"event-{id_}", RUN, id_, when=when)


def handler_world(
    judged: tuple[str, ...],
    name: str,
    *calls: Call,
    path: str = ALERT,
    helpers: Mapping[str, Helper] = WORKING,
    writes: tuple[Write, ...] = (),
    reads: tuple[Read, ...] = (),
    faults: tuple[Fault, ...] = (),
) -> Scenario:
    """A scenario of Lab 5 that decides *judged*, with *path* registered from the start."""
    LAB5_JUDGED[f"lab5/{name}"] = judged
    return Scenario(
        f"lab5/{name}",
        calls=calls,
        writes=writes,
        helpers=helpers,
        faults=faults,
        reads=reads,
        stores=(Store(HANDLER, path),),
        report=RUN,
        handler=HANDLER,
        variable=VARIABLE,
        helper_owed=True,
    )


def after_failure(name: str, helper: Helper | None) -> Scenario:
    """The first event's program cannot be run, or never ends; then another one is registered, and serves the next."""
    helpers = {ALERT: Helper()} if helper is None else {ALERT: Helper(), "/bin/other": helper}
    return handler_world(
        WITH_FAILURE,
        name,
        event(7),
        event(9, "write0"),
        path="/bin/other",
        helpers=helpers,
        writes=(Write(HANDLER, ALERT, when=done("event-7")),),
    )


def written(name: str, *texts: str, reads: tuple[Read, ...] = (), helpers: Mapping[str, Helper] = WORKING) -> Scenario:
    """Root writes each text in turn and an event comes after each; whoever likes reads the file afterwards."""
    writes: list[Write] = []
    calls: list[Call] = []
    for n, text in enumerate(texts):
        writes.append(Write(FILE, text, when=done(calls[-1].name) if calls else None))
        calls.append(event(7 + n, f"write{n}"))
    return handler_world(WITH_FILE, name, *calls, path="", helpers=helpers, writes=tuple(writes), reads=reads)


LAB5 = Lab(
    "lab5",
    "Lab 5: run_umode_handler",
    "",
    (HANDLER, RUN),
    {
        "no_oops": 3,
        "never_sleeps_atomic": 4,
        "no_leak": 6,
        "exec_vector": 7,
        "no_dangling": 3,
        "survives_failure": 31,
        "registration": 6,
    },
    ("no_stale_helper", "large_ids"),
    (
        handler_world(ALWAYS, "one-event", event(7)),
        handler_world(ALWAYS, "three-events", event(1), event(9, "event-1"), event(2**31 - 1, "event-9")),
        handler_world(ALWAYS, "same-event-twice", event(7), event(7, "event-7")),
        handler_world(
            ALWAYS, "another-program", event(4), path="/usr/local/bin/page", helpers={"/usr/local/bin/page": Helper()}
        ),
        handler_world(ALWAYS, "exits-3", event(7), event(9, "event-7"), helpers={ALERT: Helper(exit=3)}),
        handler_world(("large_ids",), "large-id", event(2**31), event(2**32 - 1, f"event-{2**31}")),
        handler_world(
            WITH_FAILURE,
            "unset",
            event(7),
            event(9, "write0"),
            path="",
            writes=(Write(HANDLER, ALERT, when=done("event-7")),),
        ),
        handler_world(WITH_FAILURE, "no-memory", event(7), event(9, "event-7"), faults=(Fault("kmalloc", 1),)),
        after_failure("missing", None),
        after_failure("not-executable", Helper(error=-13)),
        after_failure("no-program", Helper(error=-8)),
        after_failure("never-ends", Helper(ends=False)),
        written(
            "registered", f"{ALERT}\n", "/bin/other\n", reads=(Read(FILE), Read(FILE, user="nobody")), helpers=BOTH
        ),
        written("switched-off", f"{ALERT}\n", "\n"),
        written("with-a-blank", f"{ALERT} now\n"),
        written("longest-path", f"{LONGEST}\n", helpers={LONGEST: Helper()}),
        written("too-long-a-path", f"{LONGEST}{'y' * 45}\n", helpers={LONGEST: Helper()}),
        handler_world(
            WITH_FILE, "by-somebody", event(7, "write0"), writes=(Write(FILE, "/bin/evil\n", user="nobody"),)
        ),
        handler_world(
            WITH_FILE,
            "while-it-runs",
            event(7),
            event(9, "event-7", "write0"),
            helpers=BOTH,
            writes=(Write(FILE, "/bin/other\n", when=in_helper("event-7") | done("event-7")),),
        ),
    ),
    answer="handler",
    judged=MappingProxyType(LAB5_JUDGED),
)

LABS: dict[str, Lab] = {lab.name: lab for lab in (LAB1, LAB2, LAB3, LAB4, LAB5, LAB6)}
