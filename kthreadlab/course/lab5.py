"""Lab 5: user-mode helpers and /proc."""

from __future__ import annotations

from dataclasses import replace

from kthreadlab.checks.labs import mover
from kthreadlab.checks.portfolio import ALERT, FILE, HANDLER, ONE_CPU, RUN, VARIABLE
from kthreadlab.compile.config import Config
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.scenario import Call, Fault, Helper, Scenario, Write
from kthreadlab.trace.events import Event, Trace

from .demands import answers
from .items import Demand, Duel, Item, Puzzle, Question, Run, Visit
from .listings import listings

PRINTED = listings("listing_5_printed")
"""The article's function, step by step."""
REGISTERED = listings("listing_5_printed", "listing_5_row")
"""The same, and a file under /proc/sys that anybody may write."""
THEN, NOW = ONE_CPU, Config(cpus=16, smp=True, profile="6.12")
OTHER, EVIL = "/bin/other", "/bin/evil"
WRITES = f"write{FILE}"
"""The choice by which somebody writes the file."""


def calling(name: str, *calls: Call, writes: tuple[Write, ...] = (), programs: tuple[str, ...] = (ALERT,)) -> Scenario:
    """A scenario of Lab 5: each call owes its event a program."""
    return Scenario(
        f"lab5/{name}",
        calls=calls,
        writes=writes,
        helpers={path: Helper() for path in programs},
        report=RUN,
        handler=HANDLER,
        variable=VARIABLE,
        helper_owed=True,
    )


def event(id_: int, name: str = "", context: str = "process") -> Call:
    """One call of run_umode_handler(id)."""
    return Call(name or f"event-{id_}", RUN, id_, context=context)


# ---- what is demanded ------------------------------------------------------------------------------------------------


def asked(trace: Trace) -> list[Event]:
    """The calls of call_usermodehelper."""
    return [one for one in trace.events if one.op == "call_usermodehelper"]


def freed_too_soon() -> Demand:
    """A program has run, and khelper finds another's buffer freed, whose arrays are still alive."""

    def met(trace: Trace) -> bool:
        return bool(answers(trace)) and any(
            one.op == "fault" and one.outcome is Outcome.USE_AFTER_FREE for one in trace.events
        )

    return Demand("one program runs, and khelper finds the other's buffer freed before run_umode_handler returns", met)


def nothing_run() -> Demand:
    """After a program has run, root writes the file, and a call that begins after that returns 0 for nothing."""

    def met(trace: Trace) -> bool:
        first = min((one.step for one in answers(trace)), default=len(trace.steps))
        written = [one.step for one in trace.events if one.actor.startswith(WRITES) and one.step > first]
        late = [one for one in trace.events if one.op == "enter" and written and one.step > written[0]]
        return any(mover(one) == mover(begun) and one.step > begun.step for begun in late for one in asked(trace))

    return Demand("one program runs, then root switches it off, and only then comes the other event", met)


def another_run() -> Demand:
    """A program runs that was not registered yet when it was asked for."""

    def met(trace: Trace) -> bool:
        wanted = [one.args[0] for one in asked(trace) if one.args[0]]  # khelper serves them in this order
        return any(ran.args[0] != path for path, ran in zip(wanted, answers(trace), strict=False))

    return Demand(f"{OTHER} runs though {ALERT} was asked for", met)


# ---- what is asked ---------------------------------------------------------------------------------------------------

WHOSE = Question(
    "lab5.p1",
    "mykthread calls run_umode_handler(7), which has /bin/alert run. Where does that program run?",
    {
        "a": "In mykthread, which does nothing else meanwhile.",
        "b": "In a process of its own, a child of khelper.",
        "c": "In khelper, as a function that it calls.",
    },
    "b",
    "The kernel has a process forked and the file executed there. mykthread knows neither its PID nor how it ends.",
    "M14",
    Run(PRINTED, calling("p1", event(7, "mykthread")), THEN, "mykthread*6 khelper*2"),
    ("helper_take", "khelper", 1),
)
WAITED = Question(
    "lab5.p2",
    "The last argument is called wait. When does call_usermodehelper(path, argv, envp, 0) return, on 2.6.11?",
    {
        "a": "At once.",
        "b": "When the program has begun, or could not.",
        "c": "When the program has ended.",
    },
    "b",
    "It always waits in D, with 0 until exec has read path, argv and envp. Then buffer may be freed.",
    "M14",
    Run(PRINTED, calling("p2", event(7, "mykthread")), THEN, "mykthread*6 khelper*3 mykthread*3"),
    ("helper_complete", "khelper", 1),
)
CONTEXT = Question(
    "lab5.p3",
    "An interrupt handler calls run_umode_handler itself, and memory is there. What becomes of call_usermodehelper?",
    {
        "a": "It returns at once: a handler never waits.",
        "b": "Whoever was interrupted waits in the handler's place.",
        "c": "The kernel has a bug: there is nobody to put to sleep.",
    },
    "c",
    "It sleeps, so it wants a task of its own: process context. That is what mykthread is for.",
    "M10",
    Run(PRINTED, calling("p3", event(3, "disk"), event(7, "nic", "irq")), THEN, "disk irq/nic*6"),
)
TODAY = Question(
    "lab5.p4",
    "The same file, not a letter changed, on 6.12. When does call_usermodehelper(path, argv, envp, 0) return?",
    {
        "a": "At once.",
        "b": "When the program has begun, or could not.",
        "c": "When the program has ended.",
    },
    "a",
    "Since 3.4, 0 is UMH_NO_WAIT. The function frees, and returns, before anybody has looked.",
    "M14",
    Run(PRINTED, calling("p4", event(7, "mykthread")), replace(NOW, cpus=1), "mykthread*9 khelper*2"),
    ("call_usermodehelper", "mykthread", 1),
)
ROOT = Question(
    "lab5.p5",
    "The file's mode is 0666. A user called nobody writes /bin/evil into it. Who is it that runs /bin/evil?",
    {
        "a": "nobody, who has registered it.",
        "b": "root, with every capability.",
        "c": "Nobody at all: whoever is not root can't register.",
    },
    "b",
    "What the kernel starts is root's. Whoever may write this file is root when he likes: so 0644.",
    "M14",
    Run(
        REGISTERED,
        calling("p5", event(7), writes=(Write(FILE, f"{EVIL}\n", user="nobody"),), programs=(ALERT, EVIL)),
        THEN,
        f"{WRITES} event-7*6 khelper*3 event-7*3",
    ),
    ("exec", "khelper", 1),
)
EMPTY = Question(
    "lab5.p6",
    "Root types echo > /proc/sys/kernel/myevent_handler. What does if (!argv[0]) make of the next event?",
    {
        "a": "It returns: nothing is registered.",
        "b": "It goes on; the call fails with -ENOENT.",
        "c": "It goes on; the call runs nothing, and returns 0.",
    },
    "c",
    'The array holds "" now, for the newline is dropped; but its address is never NULL. Ask for its first character.',
    "M14",
    Run(
        REGISTERED,
        calling("p6", event(7), writes=(Write(FILE, "\n"),)),
        THEN,
        f"{WRITES} event-7*8",
    ),
    ("load", "event-7", 1),
)

TOO_SOON = Duel(
    "lab5.duel1",
    13,
    PRINTED,
    calling("duel1", event(7), event(9)),
    NOW,
    "can you have one program run, and have khelper find the other's buffer freed before run_umode_handler returns?",
    (freed_too_soon(),),
    "no_dangling",
)
SWITCHED_OFF = Duel(
    "lab5.duel2",
    12,
    REGISTERED,
    calling("duel2", event(7), event(9), writes=(Write(FILE, "\n"),)),
    THEN,
    "can you have one event answered, and the other dropped, which comes after root has switched the program off?",
    (nothing_run(),),
    "survives_failure",
)
EXCHANGED = Visit(
    "lab5.visit1",
    6,
    REGISTERED,
    calling("visit1", event(7), event(9), writes=(Write(FILE, f"{OTHER}\n"),), programs=(ALERT, OTHER)),
    THEN,
    f"can you have {OTHER} run for an event for which {ALERT} was asked?",
    (another_run(),),
)

FULL = """\
def disk_full(nr: u32):
"""
ASKED = Scenario("lab5/order1", calls=(Call("disk", "disk_full", 3),), faults=(Fault("kmalloc", 1),))
ORDER = Puzzle(
    "lab5.order1",
    9,
    "Two pieces of memory, of which each may be refused. What is taken is given back, once, on every way out.",
    FULL,
    {
        "a": "    kfree(name)",
        "b": "    if line == NULL:\n        return -ENOMEM",
        "c": "    if line == NULL:\n        kfree(name)\n        return -ENOMEM",
        "d": '    snprintf(line, 64, "%s is full", name)',
        "e": "    line = kmalloc(64, GFP_KERNEL)",
        "f": '    snprintf(name, 32, "disk %u", nr)',
        "g": "    if name == NULL:\n        return -ENOMEM",
        "h": '    printk(KERN_WARNING + "%s\\n", line)',
        "i": "    name = NULL",
        "j": "    kfree(line)",
        "k": "    name = kmalloc(32, GFP_KERNEL)",
    },
    "    return 0",
    ((ASKED, ONE_CPU),),
    ("no_oops", "no_leak", "no_dangling", "returns"),
    (("a", "i"), ("b", "c")),
    file="disk",
    module_name="disk",
    distractors=("b", "i"),
)

ITEMS: tuple[Item, ...] = (WHOSE, WAITED, CONTEXT, TODAY, TOO_SOON, ROOT, EMPTY, SWITCHED_OFF, ORDER, EXCHANGED)
