"""Traces and ps tables as text, from traces made by hand."""

from pathlib import Path

import pytest

from kthreadlab.show.endings import unserved
from kthreadlab.show.text import ps_text, trace_text
from kthreadlab.trace.events import Event, MachineView, TaskView, Trace, Violation

FILES = Path(__file__).parent / "files"
PIDS = {"init": 1, "khelper": 5, "mykthread": 27, "sensor": 28}


def machine(frames: tuple = (), waiting: dict | None = None, locks: dict | None = None, **letters: str) -> MachineView:
    """A machine whose tasks are in these states; an interrupt is a task whose context says so."""
    tasks = tuple(
        TaskView(
            name,
            name,
            PIDS.get(name, 0),
            1,
            letter,
            "",
            letter == "R",
            False,
            (waiting or {}).get(name, ""),
            context="irq" if name == "nic" else "process",
        )
        for name, letter in letters.items()
    )
    return MachineView(tasks, locks=locks or {}, frames=frames)


def event(step: int, actor: str, op: str, *args: object, **more: object) -> Event:
    """One event; a task's own unless *more* says otherwise."""
    known = {k: more.pop(k) for k in ("task", "context", "cpu", "result", "outcome") if k in more}
    task, _, world = actor.partition("/")
    place = {"task": "" if world else task, "context": "world" if world else "process", "cpu": -1 if world else 0}
    return Event(step, actor, op=op, args=args, details=tuple(more.items()), **(place | known))


LOST = Trace(
    scenario="busy-helper",
    config="2.6.11, 1 CPU, PREEMPT=n",
    schedule="2.6.11/lab2/busy-helper@c0ffee12: mykthread helper//bin/alert sensor*3 mykthread*3",
    steps=("mykthread", "khelper", "sensor", "sensor", "mykthread", "mykthread"),
    events=(
        event(0, "mykthread", "call_usermodehelper", "/bin/alert", "argv", "envp", 0),
        event(1, "khelper", "exec", "/bin/alert", outcome="ok", id=7, variable="TROUBLED_DS"),
        event(2, "sensor", "enter", "report_event", 9, report=9),
        event(2, "sensor", "store", "myevent_id", 9),
        event(3, "sensor", "wake_up_interruptible", "myevent_waitqueue", outcome="wrong_state", waiters=("mykthread",)),
        event(4, "mykthread", "set_current_state", "TASK_INTERRUPTIBLE"),
        event(5, "mykthread", "schedule", outcome="sleeps", state="TASK_INTERRUPTIBLE"),
    ),
    views=(
        machine(init="S", khelper="S", mykthread="R", sensor="R"),
        machine(init="S", khelper="R", mykthread="D", sensor="R"),
        machine(init="S", khelper="S", mykthread="D", sensor="R"),
        machine(init="S", khelper="S", mykthread="D", sensor="R"),
        machine(init="S", khelper="S", mykthread="R", sensor="R"),
        machine(init="S", khelper="S", mykthread="S", sensor="R"),
        machine(init="S", khelper="S", mykthread="S", sensor="X", waiting={"mykthread": "myevent_waitqueue"}),
    ),
    log=((2, "myevent: in trouble"),),
    violations=(Violation("delivered", "during_helper", 5, "mykthread slept on while id 9 was pending."),),
    ending="asleep",
)

SPINS, HELD = {"nic": "myevent_lock"}, {"myevent_lock": "mykthread (read)"}
NIC = {"context": "irq", "task": "mykthread"}
DEADLOCK = Trace(
    scenario="irq-on-the-holder",
    config="2.6.11, 1 CPU SMP, PREEMPT=n",
    schedule="",
    steps=("mykthread", "irq/nic", "irq/nic", "kill/mykthread"),
    events=(
        event(0, "mykthread", "read_lock", "myevent_lock"),
        event(1, "irq/nic", "irq_enter", "nic", **NIC, cpu=0),
        event(2, "irq/nic", "load", "myevent_id", **NIC, cpu=0, value=9),
        event(3, "kill/mykthread", "kill", "mykthread", "SIGKILL", outcome="pending"),
    ),
    views=(
        machine(mykthread="R"),
        machine(mykthread="R"),
        machine(mykthread="R", frames=((0, "nic"),)),
        machine(mykthread="R", nic="R", frames=((0, "nic"),), waiting=SPINS, locks=HELD),
        machine(mykthread="R", nic="R", frames=((0, "nic"),), waiting=SPINS, locks=HELD),
    ),
    ending="stuck",
)

STORM = Trace(
    scenario="quiet",
    config="2.6.11, 2 CPUs, PREEMPT=n",
    schedule="2.6.11/lab6/quiet@c0ffee12: mykthread (mykthread*2)",
    steps=("mykthread", "mykthread", "mykthread"),
    events=(
        event(0, "mykthread", "set_current_state", "TASK_RUNNING"),
        event(1, "mykthread", "load", "myevent_id", result=0),
        event(2, "mykthread", "schedule", outcome="yields", cpu=1),
    ),
    views=(machine(mykthread="R"),) * 4,
    ending="cycle",
    cycle=2,
)


@pytest.mark.parametrize(("name", "trace"), [("lost", LOST), ("deadlock", DEADLOCK), ("storm", STORM)])
def test_a_trace_reads_as_it_always_did(name, trace):
    """Golden text: a change is a readable diff."""

    assert (FILES / f"trace_{name}.txt").read_text() == trace_text(trace) + "\n"


@pytest.mark.parametrize("trace", [LOST, DEADLOCK, STORM])
@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_a_trace_keeps_to_its_width(trace, width):
    """No line but the schedule's is longer than the terminal is wide."""

    assert [] == [n for n in trace_text(trace, width=width).splitlines() if len(n) > width and "schedule  " not in n]


def test_every_event_has_its_sentence():
    """No row without text: a picture is never the only bearer."""

    rows = [line for line in trace_text(STORM).splitlines() if line[:5].strip(" ↻").isdigit()]

    assert 3 == len(rows)
    assert "mykthread reads myevent_id: 0." in trace_text(STORM)


def test_a_cycle_is_marked_where_it_begins():
    """What repeats for ever is told from the way there."""

    marked = [line[:5].split()[-1] for line in trace_text(STORM).splitlines() if line.startswith("↻")]

    assert ["2", "3"] == marked


def test_what_was_reported_and_never_served_is_named():
    """An id counts as served by a helper that begins after its last report."""

    assert [9] == unserved(LOST)
    assert "never given to a helper: 9." in " ".join(trace_text(LOST).split())


def test_a_hostile_name_stays_on_its_row():
    """Control characters of a program's texts are shown, not obeyed."""

    bad = "\x1b[2J\n"
    trace = Trace(bad, bad, bad, (bad,), (event(0, bad, "printk", bad),), (MachineView(()),) * 2, log=((0, bad),))

    assert "\x1b" not in trace_text(trace)


def test_a_step_without_an_event_is_still_a_row():
    """Every choice of the schedule can be found in the text."""

    trace = Trace("s", "c", "", ("mykthread",), (), (machine(mykthread="R"),) * 2)

    assert "mykthread goes on." in trace_text(trace)


def test_ps_puts_brackets_around_what_has_no_memory():
    """Kernel threads in brackets, a zombie marked, a task that is gone not listed."""

    tasks = (
        TaskView("mykthread", "mykthread", 27, 1, "S", "TASK_INTERRUPTIBLE", False, False),
        TaskView("init", "init", 1, 0, "S", "TASK_INTERRUPTIBLE", False, False, has_mm=True),
        TaskView("helper", "alert", 30, 5, "Z", "EXIT_ZOMBIE", False, False),
        TaskView("sensor", "sensor", 28, 1, "X", "EXIT_DEAD", False, False),
    )
    expected = """\
UID        PID  PPID STAT COMMAND
root         1     0 S    init
root        27     1 S    [mykthread]
root        30     5 Z    [alert] <defunct>"""

    assert expected == ps_text(MachineView(tasks))
