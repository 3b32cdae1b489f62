"""The links of a film: why a task sleeps, and who woke it, told by the steps that say so."""

from itertools import pairwise

import pytest

import kthreadlab
from kthreadlab.checks.portfolio import LABS
from kthreadlab.compile.config import Config
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Call, Scenario
from kthreadlab.run.replay import Recorder, replay
from kthreadlab.run.schedule import Schedule
from kthreadlab.show.links import links
from kthreadlab.show.lost import lost
from tests.show.samples import everything
from tests.support import SUBMISSIONS, linked, module, submission

ANSWERS = (
    ("lab2", "ignores_the_same_id"),
    ("lab2", "listing_two"),
    ("lab2", "never_enqueues"),
    ("lab6", "ignores_the_same_id"),
)


def witnesses():
    """Every witness of some wrong answers."""
    for lab, name in ANSWERS:
        path = next((SUBMISSIONS / lab / "wrong").glob(f"{name}.*"))
        if path.suffix == ".py":
            report = kthreadlab.check(lab, kthreadlab.load(path))
            yield from (report.trace(r.name) for r in report.properties.values() if r.witness)


def rests(view, name: str) -> bool | None:
    """Is a task off every CPU and off the run queue, and sleeps?  None if there is no such task."""
    task = next((task for task in view.tasks if task.name == name), None)
    return None if task is None else task.letter in "SD" and not task.on_runqueue and not task.on_cpu


def test_since_is_the_step_at_which_it_fell_asleep_and_woken_that_at_which_it_no_longer_was():
    """At every moment of every witness, from the views alone."""

    looked = 0
    for trace in [everything(), *witnesses()]:
        for name, told in links(trace).items():
            for moment, found in enumerate(told):
                for kind, step, _ in found:
                    before, after = (rests(trace.views[m], name) for m in (step - 1, step))
                    between = {rests(view, name) for view in list(trace.views)[step : moment + 1]}
                    assert kind == "lost" or (step, before, after) == (step, kind == "woke", kind == "since")
                    assert kind != "since" or between == {True}
                    looked += kind != "lost"

    assert looked > 100


def test_whoever_falls_asleep_says_since_when_and_whoever_was_woken_by_which_step():
    """From that step on, until it sleeps again or has ended."""

    for trace in [everything(), *witnesses()]:
        for name, told in links(trace).items():
            woken = False
            for moment, (before, after) in enumerate(pairwise(trace.views), start=1):
                was, now = rests(before, name), rests(after, name)
                woken = (woken or was is True) and now is False
                task = next((task for task in after.tasks if task.name == name), None)
                kinds = [kind for kind, *_ in told[moment]]
                assert not (now and not was) or kinds[0] == "since"
                if task is not None and task.letter not in "XZ" and not now:
                    assert kinds == ["woke"] * woken


LOST = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
ready = u32(0)

def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    add_wait_queue(myevent_waitqueue, wait)
    if ready == 0:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    remove_wait_queue(myevent_waitqueue, wait)
    return 0

def report():
    global ready
    ready = 1
    wake_up_interruptible(myevent_waitqueue)
"""


def runs():
    """The thread makes so many steps, then the waker all of its own, then the thread the rest: for each number."""
    world = Scenario("lost", threads=("mykthread",), calls=[Call("sensor", "report")])
    recorder = Recorder(Machine.of(module(LOST), world, Config(preempt=True), reduce=False))
    for first in range(40):
        state, steps = recorder.m.initial, []
        for name, most in (("mykthread", first), ("sensor", 40), ("mykthread", 40)):
            for _ in range(most):
                after, entry, _ = recorder.step(state, name)
                if entry < 0 or after is None:
                    break
                state = after
                steps.append(name)
        yield replay(module(LOST), world, Config(preempt=True), Schedule(tuple(steps)))


def test_a_wake_up_is_lost_on_whoever_has_looked_before_it_and_sleeps_after_it():
    """And is told of nobody who has looked since, or who does not sleep."""

    told = set()
    for trace in runs():
        woke = next(e.step for e in trace.events if e.op == "wake_up_interruptible")
        looked = next((e.step for e in trace.events if e.op == "load" and e.task == "mykthread"), None)
        asleep = rests(trace.views[len(trace.steps)], "mykthread")
        lost = [(step, who) for kind, step, who in links(trace)["mykthread"][-1] if kind == "lost"]
        expected = [(woke + 1, "sensor")] if asleep and looked is not None and looked < woke else []
        assert expected == lost
        told.add(bool(lost))

    assert {True, False} == told


MISSED = {
    **{f"lab2/wrong/{name}": True for name in ("listing_two", "never_enqueues", "autoremove_entry_once")},
    **{f"lab6/wrong/{name}": True for name in ("order_13_autoremove_once", "order_14_leaves_the_queue")},
    "lab2/wrong/clears_before_it_reads": False,
    "lab6/wrong/order_15_clears_after_the_helper": False,
}
"""Answers that lose an event, and whether a wake-up is what they miss: two read what it was about, and forget it."""


@pytest.mark.parametrize("name", MISSED)
def test_link_and_tie_name_the_same_wake_up(name):
    """At the end of every witness, on one CPU: of everybody who sleeps there, or of nobody."""

    answer, shown = submission(name), set()
    made = linked(answer.lab, answer.text)
    for said in ("one-report", "two-reports", "report-and-interrupt"):
        for world in (x for x in LABS[answer.lab].scenarios if x.name == f"{answer.lab}/{said}"):
            found = kthreadlab.explore(made, world, Config(), ["delivered", "delivered_when_asleep"])
            for verdict in (x for x in found.verdicts.values() if x.verdict == "fails"):
                trace = replay(made, world, Config(), verdict.witness)
                ties = {one.task: one.step + 1 for one in lost(trace, verdict.name)}
                last = {task: told[-1] for task, told in links(trace).items()}
                linked_to = {task: step for task, told in last.items() for kind, step, _ in told if kind == "lost"}
                assert ties == linked_to, (said, verdict.name)
                shown.add(bool(ties))
    assert shown and any(shown) == MISSED[name]
