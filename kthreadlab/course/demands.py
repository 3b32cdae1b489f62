"""What a duel asks of a schedule besides breaking the property, so that no shortest story does.

What is asked should be about what the property does not speak of: a search, and a hint, lead to the break and ask for
nothing else.  "Lose two at once" asks whoever plays to see the window in which a wake-up finds nobody asleep; the
nearest way to lose one ends with the other report waking a sleeper.
"""

from __future__ import annotations

from kthreadlab.lang.outcome import Outcome
from kthreadlab.trace.events import Event, Trace

from .items import Demand


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


def everybody_came(*names: str) -> Demand:
    """Each of these calls has begun and ended."""

    def met(trace: Trace) -> bool:
        over = {task.name for task in trace.views[-1].tasks if task.letter == "X"}
        begun = {event.actor for event in trace.events if event.op in ("enter", "irq_enter")}
        return all(name in begun and (name in over or _returned(trace, name)) for name in names)

    return Demand(f"{' and '.join(names)} have come and are done", met)


def _returned(trace: Trace, name: str) -> bool:
    """Has it no row any more?  A process that has exited, and a frame that has returned, have none."""
    return name not in {task.name for task in trace.views[-1].tasks} and name not in {
        frame for _, frame in trace.views[-1].frames
    }
