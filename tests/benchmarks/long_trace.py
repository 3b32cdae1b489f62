"""A long trace for the views: three tasks, an interrupt, a lock and a queue, of which every step changes something."""

from __future__ import annotations

from kthreadlab.trace.events import Event, MachineView, TaskView, Trace

SOURCE = {"mykthread": "\n".join(f"    line_{n}()" for n in range(1, 61))}
NAMES = ("mykthread", "sensor", "khelper")


def long_trace(steps: int) -> Trace:
    """A trace of so many steps.  The same number gives the same trace."""
    views = [_view(0, steps)]
    events: list[Event] = []
    for step in range(steps):
        actor = _actor(step)
        events.append(_event(step, actor))
        views.append(_view(step + 1, steps))
    names = tuple(_actor(step) for step in range(steps))
    return Trace("bench/long", "2.6.11, 1 CPU SMP, PREEMPT=n", "", names, tuple(events), tuple(views), source=SOURCE)


def _actor(step: int) -> str:
    if step % 97 == 13:
        return "irq/nic"
    return NAMES[(step // 7) % 3]


def _event(step: int, actor: str) -> Event:
    line = 1 + step % 60
    if actor == "irq/nic":
        place = {"file": "mykthread", "line": line}
        return Event(step, actor, "", "irq", 0, "store", ("myevent_id", step), details=(("value", step),), **place)
    if step % 21 == 20:
        woken = (("woken", ("mykthread",)),)
        return Event(step, actor, actor, "process", 0, "wake_up_interruptible", ("q",), 1, "woken", woken)
    return Event(step, actor, actor, "process", 0, "load", ("myevent_id",), 0, "", (), "mykthread", line)


def _view(moment: int, steps: int) -> MachineView:
    running = _actor(max(0, moment - 1))
    tasks = tuple(_task(n, name, running, moment) for n, name in enumerate(NAMES))
    held = running if moment % 5 < 2 and running in NAMES else ""
    waiting = ("mykthread",) if moment % 40 < 25 else ()
    frames = ((0, running),) if running == "irq/nic" else ()
    return MachineView(tasks, {"q": waiting}, {"l": held}, {"myevent_id": moment // 9}, (), frames)


def _task(n: int, name: str, running: str, moment: int) -> TaskView:
    asleep = name != running and (moment // 11 + n) % 3 == 0
    letter = ("S", "D")[n % 2] if asleep else "R"
    state = {"S": "TASK_INTERRUPTIBLE", "D": "TASK_UNINTERRUPTIBLE", "R": "TASK_RUNNING"}[letter]
    waits, line = "q" if asleep else "", 1 + (moment // (n + 1)) % 60
    return TaskView(name, name, 100 + n, 1, letter, state, not asleep, name == running, waits, line, "mykthread")
