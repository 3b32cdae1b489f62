"""What a duel asks of a schedule besides breaking the property, so that no shortest story does.

What is asked should be about what the property does not speak of: a search, and a hint, lead to the break and ask for
nothing else.  "Lose two at once" asks whoever plays to see the window in which a wake-up finds nobody asleep; the
nearest way to lose one ends with the other report waking a sleeper.
"""

from __future__ import annotations

from itertools import groupby

from kthreadlab.checks.labs import mover
from kthreadlab.lang.outcome import Outcome
from kthreadlab.trace.events import Event, Trace

from .items import Demand

IRQ = "irq/"
"""What the name of an interrupt's choice begins with."""


def reports(trace: Trace) -> list[Event]:
    """The beginnings of the calls that are reports."""
    return [event for event in trace.events if event.detail("report") is not None]


def answers(trace: Trace) -> list[Event]:
    """The helpers that ran."""
    return [event for event in trace.events if event.op == "exec" and event.outcome is Outcome.OK]


def unanswered(trace: Trace) -> list[Event]:
    """The reports after whose beginning no helper ran for their id."""
    helpers = answers(trace)
    return [
        report
        for report in reports(trace)
        if not any(one.detail("id") == report.detail("report") and one.step > report.step for one in helpers)
    ]


def answered_first(count: int = 1) -> Demand:
    """That many reports are answered before the first begins that never is."""

    def met(trace: Trace) -> bool:
        lost = min((report.step for report in unanswered(trace)), default=-1)
        return sum(helper.step < lost for helper in answers(trace)) >= count

    what = "a report is answered" if count == 1 else f"{count} reports are answered"
    return Demand(f"{what} before the first begins that never is", met)


def lost(count: int) -> Demand:
    """That many reports are never answered."""
    return Demand(f"{count} reports are never answered", lambda trace: len(unanswered(trace)) >= count)


def lost_after_an_answered_one() -> Demand:
    """A report is answered that began before the first that never is."""

    def met(trace: Trace) -> bool:
        left = unanswered(trace)
        first = min((report.step for report in left), default=-1)
        return any(report.step < first for report in reports(trace) if report not in left)

    return Demand("a report is answered, and a later one never", met)


def the_last_answered() -> Demand:
    """The report that began last is answered."""

    def met(trace: Trace) -> bool:
        begun = reports(trace)
        return bool(begun) and begun[-1] not in unanswered(trace)

    return Demand("the last report is answered", met)


def answered(count: int, *, before: str) -> Demand:
    """That many reports of different ids are answered before a helper runs once more for one of them; *before* says so
    in words."""

    def met(trace: Trace) -> bool:
        ids = [helper.detail("id") for helper in answers(trace)]
        again = next((n for n, id_ in enumerate(ids) if id_ in ids[:n]), 0)
        return again >= count

    return Demand(f"{count} different reports are answered {before}", met)


def lost_though_woken() -> Demand:
    """The wake-up of a report that is never answered found somebody asleep."""

    def met(trace: Trace) -> bool:
        return any(
            wake.outcome is Outcome.WOKEN and mover(wake) == mover(report) and wake.step > report.step
            for report in unanswered(trace)
            for wake in wake_ups(trace)
        )

    return Demand("the report that is lost did wake the thread", met)


def woken_before_schedule() -> Demand:
    """After a helper has run, a wake-up finds its thread declared and not yet asleep, and its report is answered."""

    def met(trace: Trace) -> bool:
        left = {mover(report) for report in unanswered(trace)}
        first = min((helper.step for helper in answers(trace)), default=len(trace.steps))
        early = [w for w in wake_ups(trace) if w.outcome is Outcome.NOT_ASLEEP_YET and w.step > first]
        return any(mover(wake) not in left for wake in early)

    return Demand(
        "after one report has been answered, another's wake-up comes between declaring and schedule(), and that is "
        "answered, too",
        met,
    )


def wake_ups(trace: Trace) -> list[Event]:
    """The calls that wake whoever waits."""
    return [event for event in trace.events if event.op.startswith("wake_up")]


def states_of(trace: Trace, task: str) -> list[str]:
    """The states that *task* passes through, by the letters of ps; R as long as it is on the run queue, whatever it has
    declared."""
    stands = [("R" if x.on_runqueue else x.letter) for view in trace.views for x in view.tasks if x.name == task]
    return [letter for letter, _ in groupby(stands)]


def everybody_came(*names: str) -> Demand:
    """Each of these calls has begun and ended."""

    def met(trace: Trace) -> bool:
        last = trace.views[-1]
        begun = {event.actor.removeprefix(IRQ) for event in trace.events if event.op in ("enter", "irq_enter")}
        under_way = {frame.removeprefix(IRQ) for _, frame in last.frames}
        under_way |= {task.name for task in last.tasks if task.letter != "X"}
        return begun.difference(under_way).issuperset(names)

    return Demand(f"{' and '.join(names)} {'have come and are' if len(names) > 1 else 'has come and is'} done", met)
