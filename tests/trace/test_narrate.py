"""A sentence for everything that can happen, exact and short."""

import pytest

import kthreadlab.machine.machine  # noqa: F401  (registers the macros)
from kthreadlab.compile.calls import MACROS
from kthreadlab.compile.ops import OPERATIONS
from kthreadlab.lang.api import CALLS
from kthreadlab.trace.catalogue import CATALOGUE
from kthreadlab.trace.events import Event, MachineView
from kthreadlab.trace.narrate import narrate, plain
from kthreadlab.trace.sentences import Sentences

SAMPLE = {
    "queue": "myevent_waitqueue",
    "entry": "wait",
    "spinlock": "myevent_lock",
    "rwlock": "myevent_lock",
    "flags": "flags",
    "int": 1,
    "task": "current",
    "fn": "mykthread",
    "str": "/bin/alert",
    "text": "buffer",
}
WAKES = [name for name in CALLS if name.startswith("wake_up")]
OF_THE_WORLD = (
    "kill spurious timer fail irq_enter write exec helper_take helper_complete reap exit"
    " enter load store fault schedule:return schedule_timeout:return call_usermodehelper:return"
    " read freeze thaw refrigerator:return"
).split()


def event(op: str, *args: object, outcome: str = "", result: int | None = None, **more: object) -> Event:
    """An event of mykthread on CPU 0; keywords that Event does not know become details."""
    fields = {k: more.pop(k) for k in ("actor", "task", "context", "cpu") if k in more}
    place = {"actor": "mykthread", "task": "mykthread", "context": "process", "cpu": 0} | fields
    return Event(0, op=op, args=args, outcome=outcome, result=result, details=tuple(more.items()), **place)


def sample(op: str, outcome: str = "") -> Event:
    """An event of *op* with likely arguments."""
    kinds = CALLS[op].params if op in CALLS else ("str", "int")
    result = 0 if op in CALLS and CALLS[op].result != "void" else None
    return event(op, *(SAMPLE.get(k, "myevent_id") for k in kinds), outcome=outcome, result=result)


OPERATES = sorted(CALLS.keys() - MACROS.keys())
"""The calls that are operations; a macro is told by those that it is made of."""


@pytest.mark.parametrize("op", OPERATES + OF_THE_WORLD)
def test_every_operation_has_a_sentence_of_its_own(op):
    """No kernel call falls back on `name(arguments)`."""

    assert op in {known for known, _ in CATALOGUE}


def test_no_macro_has_a_sentence():
    """It is never told as such, unless it is written out as an operation of its own name."""

    assert set() == {op.removesuffix(":return") for op, _ in CATALOGUE} & (MACROS.keys() - OPERATIONS.keys())


def test_a_typo_in_an_outcome_is_an_error():
    """Where it is written, and not where it is looked for in vain."""

    with pytest.raises(ValueError, match="wokne"):
        Sentences().say("wake_up", wokne="{who} wakes nobody.")


def test_nothing_has_two_sentences():
    """Neither in one book nor in two."""

    book = Sentences()
    book.say("wake_up", woken="{who} wakes {woken}.")

    with pytest.raises(ValueError, match="two sentences"):
        book.say("wake_up_all wake_up", woken="{who} wakes all.")
    with pytest.raises(ValueError, match="two sentences"):
        Sentences.joined([book, book])


@pytest.mark.parametrize(("op", "outcome"), sorted(CATALOGUE))
def test_a_sentence_is_short_and_addresses_nobody(op, outcome):
    """At most 20 words, a full stop, no 'you', nothing left unfilled."""

    text = narrate(sample(op, outcome))

    assert len(text.split()) <= 20
    assert text.endswith((".", "/bin/alert")) and "{" not in text
    assert not {"you", "your"} & set(text.lower().split())


@pytest.mark.parametrize("op", sorted(CALLS) + OF_THE_WORLD + ["no_such_operation"])
def test_an_unknown_outcome_is_still_told(op):
    """Whatever a later machine reports, the trace can be read."""

    assert narrate(event(op, outcome="sideways"))
    assert narrate(event(op, "x", 2, "z", outcome="sideways", result=-1))


@pytest.mark.parametrize(
    ("outcome", "details", "expected"),
    [
        ("woken", {"woken": ("mykthread",)}, "sensor wakes mykthread, now on the run queue again."),
        (
            "not_asleep_yet",
            {"woken": ("mykthread",)},
            "sensor finds mykthread not yet asleep: TASK_RUNNING again, so schedule() will only yield.",
        ),
        (
            "running",
            {"waiters": ("mykthread",)},
            "sensor calls {op}, but mykthread is TASK_RUNNING: nothing happens, and nothing is remembered.",
        ),
        (
            "wrong_state",
            {"waiters": ("a", "b")},
            "sensor calls {op}, but a and b are asleep in D, which this wake-up passes by.",
        ),
        ("empty", {}, "sensor calls {op}, but nobody is on q: nothing happens, and nothing is remembered."),
        ("mixed", {"woken": ("a", "b", "c")}, "sensor walks along q: of the tasks there, it wakes a, b and c."),
    ],
)
def test_a_wake_up_says_whom_it_reached(outcome, details, expected):
    """The table of wake-ups, as sentences; the same for every form that can come to it."""

    forms = [op for op in WAKES if op != "wake_up_process" and (op, outcome) in CATALOGUE]
    assert {"wake_up_interruptible", "wake_up_interruptible_all"} < set(forms)
    for op in forms:
        assert expected.format(op=op) == narrate(
            event(op, "q", outcome=outcome, task="sensor", actor="sensor", **details)
        )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            event("schedule", outcome="sleeps", state="TASK_INTERRUPTIBLE"),
            "mykthread leaves the run queue: it sleeps in S until it is woken.",
        ),
        (
            event("schedule", outcome="sleeps", state="D"),
            "mykthread leaves the run queue: it sleeps in D until it is woken.",
        ),
        (
            event("schedule", outcome="yields"),
            "mykthread is TASK_RUNNING, so schedule() only yields: it stays on the run queue.",
        ),
        (event("set_current_state", 0), "mykthread declares itself TASK_RUNNING."),
        (
            event("set_current_state", "TASK_INTERRUPTIBLE"),
            "mykthread declares TASK_INTERRUPTIBLE: it is about to sleep, and still runs.",
        ),
        (event("set_current_state", 4), "mykthread sets its state to 4."),
        (event("signal_pending", "current", result=1), "mykthread asks for signals, and one is pending."),
        (event("signal_pending", "current", outcome="no"), "mykthread asks for signals: none is pending."),
        (event("load", "myevent_id", result=9), "mykthread reads myevent_id: 9."),
        (event("load", "myevent_id", 9), "mykthread reads myevent_id: 9."),
        (event("store", "myevent_id", 9), "mykthread writes 9 to myevent_id."),
        (event("enter", "report_event", 9), "mykthread enters report_event(9)."),
        (event("allow_signal", 9, result=0), "mykthread lets SIGKILL through."),
        (
            event("exec", "/bin/alert", outcome="ok", id=9, variable="TROUBLED_DS"),
            "/bin/alert begins to run with TROUBLED_DS=9.",
        ),
        (event("exec", "/bin/alert", outcome="ok", id=9, variable=""), "/bin/alert begins to run with the argument 9."),
        (
            event("exec", "/bin/alert", outcome="missing"),
            "There is no /bin/alert: the exec fails with -ENOENT.",
        ),
        (
            event("kill", "mykthread", "SIGKILL", outcome="blocked", context="world", actor="kill/mykthread"),
            "SIGKILL comes for mykthread, which blocks it: it is queued, and nobody is woken.",
        ),
        (event("kill", actor="kill/mykthread", outcome="dead"), "A signal comes too late: mykthread has ended."),
        (event("spurious", actor="spurious/mykthread"), "mykthread is woken without a reason."),
        (
            event("irq_enter", actor="irq/nic", context="irq", cpu=1, task="sensor"),
            "The nic interrupt lands on CPU 1, on top of sensor.",
        ),
        (
            event("irq_enter", actor="irq/nic", context="irq", task=""),
            "The nic interrupt lands on CPU 0, which was idle.",
        ),
        (
            event("write_lock", "myevent_lock", actor="irq/nic", context="irq"),
            "The nic interrupt takes myevent_lock for writing.",
        ),
        (
            event("write_lock_irqsave", "myevent_lock", "flags", outcome="nothing"),
            "mykthread switches interrupts off; myevent_lock has no lock word in this kernel.",
        ),
        (
            event("printk", "<4>myevent: 1 failed\n", text="myevent: 1 failed\n"),
            "mykthread writes to the log: myevent: 1 failed\\n",
        ),
        (
            event("kmalloc", 32, "GFP_KERNEL", outcome="fails", result=0),
            "mykthread asks for 32 bytes, and there are none: NULL.",
        ),
        (event("exit", outcome="reaped", result=0), "mykthread ends with code 0, and init reaps it at once."),
        (event("fault", "sunspots"), "mykthread faults: sunspots."),
        (
            event("fault", "uninitialised_lock", outcome="uninitialised_lock", text="myevent_lock", actor="irq/nic"),
            "The nic interrupt takes myevent_lock, which nothing has initialised: its zero bytes read as held.",
        ),
        (
            event("write_lock_irq", "myevent_lock", outcome="preempt"),
            "mykthread switches interrupts and preemption off; myevent_lock has no lock word in this kernel.",
        ),
    ],
)
def test_the_sentence_for(given, expected):
    """Each outcome in its own words."""

    assert expected == narrate(given)


def test_the_machine_before_tells_who_holds_the_lock():
    """Who has to wait for a mutex hears of that."""

    before = MachineView(tasks=(), locks={"ready": "sensor"})
    waits = event("mutex_lock", "ready", outcome="sleeps", state=2)

    assert "mykthread finds ready held by sensor: it sleeps in D until it is given back." == narrate(waits, before)


def test_text_of_a_program_cannot_control_the_terminal():
    """Escape sequences and line breaks are shown, not obeyed; long texts are cut."""

    assert r"\x1b[2J\n" == plain("\x1b[2J\n")
    assert "\x1b" not in narrate(event("printk", "\x1b[2J" + "x" * 500))
    assert 120 > len(narrate(event("printk", "x" * 500)))
