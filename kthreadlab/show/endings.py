"""How a trace ends, in words."""

from __future__ import annotations

from kthreadlab.trace.events import MachineView, TaskView, Trace
from kthreadlab.trace.narrate import plain


def ending(trace: Trace) -> list[str]:
    """How it ends, in a sentence or two."""
    last = trace.views[-1]
    how = {
        "asleep": "Here it ends: nobody can move.",
        "stuck": "Here it ends: stuck, and nobody can move.",
        "fault": "Here it ends: the machine has faulted.",
        "cycle": f"There is no end: the last {trace.cycle} steps come again and again.",
    }.get(trace.ending, "The schedule ends here; the machine could go on.")
    sentences = [how]
    if trace.ending in ("asleep", "stuck"):
        sentences += [_where(task, last) for task in last.tasks if task.letter in "RSD" and _was_seen(trace, task)]
    missing = unserved(trace)
    if missing:
        sentences.append(f"Reported, and never given to a helper: {', '.join(map(str, missing))}.")
    return sentences


def _was_seen(trace: Trace, task: TaskView) -> bool:
    running = {name for _, name in trace.views[-1].frames}
    return task.name in running or any(e.task == task.name and e.context == "process" for e in trace.events)


def _where(task: TaskView, view: MachineView) -> str:
    """Why this one does not go on."""
    name = plain(task.name.removeprefix("irq/"))
    who = f"The {name} interrupt" if task.context == "irq" else name
    if name.startswith("softirq/"):
        who = f"The function of {name.removeprefix('softirq/')}"
    wanted = plain(task.waiting_for)
    if task.waiting_for in view.locks:
        return f"{who} spins: {wanted} is held by {plain(view.locks[task.waiting_for] or 'nobody')}."
    if task.letter == "R" or task.on_runqueue:
        return f"{who} could run, and cannot go on."
    return f"{who} sleeps in {task.letter}" + (f", waiting for {wanted}." if wanted else ".")


def unserved(trace: Trace) -> list[object]:
    """The ids whose last report no helper run came after, in the order of the reports."""
    open_ids: dict[object, None] = {}
    for event in trace.events:
        if event.detail("report") is not None:
            open_ids.setdefault(event.detail("report"))
        elif event.op == "exec" and event.outcome == "ok":
            open_ids.pop(event.detail("id"), None)
    return list(open_ids)
