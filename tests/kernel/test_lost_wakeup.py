"""KERNEL 10.3, worked out: Listing Two loses an event.  A golden trace, so that a change is a readable diff."""

from __future__ import annotations

import os
from pathlib import Path

from kthreadlab import Call, Config, Scenario, Thread, asleep, explore, in_helper, replay
from kthreadlab.trace.events import Event, MachineView, Trace
from tests.kernel.variants import variant
from tests.support import SERVED

GOLDEN = Path(__file__).parent / "golden" / "lost_wakeup.txt"
A, B = 7, 9
S2 = Scenario(
    "S2",
    threads=[Thread("mykthread")],
    calls=[
        Call("first", "report_event", A, when=asleep("mykthread")),
        Call("second", "report_event", B, when=in_helper("mykthread"), whole=True),
    ],
    **SERVED,
)
CONFIG = Config(cpus=1)


def lost() -> Trace:
    made = variant("V0")
    verdict = explore(made, S2, CONFIG, properties=("delivered",)).verdicts["delivered"]
    assert not verdict.holds
    return replay(made, S2, CONFIG, verdict.witness)


def state(view: MachineView) -> str:
    """mykthread as ps shows it, where it is, and the id."""
    task = next(t for t in view.tasks if t.name == "mykthread")
    where = "running" if task.on_cpu else "queued" if task.on_runqueue else "asleep"
    on_queue = "on the queue" if view.queues["myevent_waitqueue"] else "not on it"
    return f"{task.letter} {where}, {on_queue}, myevent_id={view.statics['myevent_id']}"


def line(event: Event, view: MachineView) -> str:
    args = ", ".join(str(a) for a in event.args)
    result = "" if event.result is None else f" = {event.result}"
    outcome = f" [{event.outcome}]" if event.outcome else ""
    return f"{event.actor}: {event.op}({args}){result}{outcome}"


def rendered(trace: Trace) -> str:
    """One line an event; behind the last event of a step, what the machine looks like."""
    lines = []
    for i, event in enumerate(trace.events):
        text = line(event, trace.views[event.step])
        last = i + 1 == len(trace.events) or trace.events[i + 1].step != event.step
        lines.append(f"{text:<75} | {state(trace.views[event.step + 1])}" if last else text)
    return "\n".join([*lines, f"ending: {trace.ending}; helpers: {trace.execs()}"]) + "\n"


def test_listing_two_sleeps_on_an_event() -> None:
    """10.3's end: asleep in S, on the queue, B pending, one helper run (A)."""

    trace = lost()
    assert ([A], "asleep") == (trace.execs(), trace.ending)
    assert f"S asleep, on the queue, myevent_id={B}" == state(trace.views[-1])


def test_the_rows_of_the_worked_interleaving_in_their_order() -> None:
    """10.3's rows t = 0 … 6 are there, in this order."""

    rows = [
        ("mykthread", "set_current_state", "TASK_INTERRUPTIBLE"),
        ("mykthread", "schedule", "sleeps"),
        ("first", "wake_up_interruptible", "woken"),
        ("mykthread", "signal_pending", None),
        ("mykthread", "call_usermodehelper", None),
        ("second", "wake_up_interruptible", "wrong_state"),
        ("mykthread", "set_current_state", "TASK_INTERRUPTIBLE"),
        ("mykthread", "schedule", "sleeps"),
    ]
    events = iter(lost().events)
    for task, op, outcome in rows:
        assert any(e.task == task and e.op == op and outcome in (None, e.outcome) for e in events), (task, op, outcome)


def test_the_second_wake_up_finds_d_and_does_nothing() -> None:
    """t = 4: state 2 & mask 1 = 0: nobody is woken."""

    trace = lost()
    second = next(e for e in trace.events if e.task == "second" and e.op == "wake_up_interruptible")
    assert ("wrong_state", ()) == (second.outcome, tuple(second.detail("woken", ())))
    assert "D" == next(t.letter for t in trace.views[second.step].tasks if t.name == "mykthread")


def test_golden_trace_of_the_lost_wakeup() -> None:
    """The whole story, step by step.  ``UPDATE_GOLDEN=1`` writes it anew: read the diff."""

    text = rendered(lost())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert GOLDEN.read_text() == text
