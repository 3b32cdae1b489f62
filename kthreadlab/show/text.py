"""A trace as text: one column a task, one for interrupts, one sentence a step.

Each row is one event.  The letter at the left of a column is the task's state after that step, as ps shows it, so that
a column read downwards is the life of a task.  Rows that repeat for ever carry a ``↻``.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from kthreadlab.lang.api import CALLS
from kthreadlab.trace.events import Event, MachineView, TaskView, Trace
from kthreadlab.trace.narrate import call_text, narrate, plain, state_letter

INTERRUPTS = "interrupts"
NARROWEST = 12
MARGIN = 11
"""The step's number and the CPU, before the first column."""


def trace_text(trace: Trace, *, width: int = 100) -> str:
    """The whole trace, ready for a terminal of *width* characters (columns never get narrower than a name)."""
    columns = _columns(trace)
    room = max(NARROWEST, (width - MARGIN) // max(1, len(columns)) - 3)
    lines = [f"{plain(trace.scenario)}: {plain(trace.config)}", "", *_head(trace, columns, room)]
    for step in range(len(trace.steps)):
        lines += _step(trace, step, columns, room, width)
    lines += ["", *_ending(trace, width)]
    if trace.schedule:
        lines += ["", f"schedule  {plain(trace.schedule)}"]
    return "\n".join(line.rstrip() for line in lines)


def ps_text(view: MachineView) -> str:
    """The machine's tasks as ``ps -e -o user,pid,ppid,stat,args`` lists them; a task that is gone is not there."""
    rows = ["UID        PID  PPID STAT COMMAND"]
    for task in sorted(view.tasks, key=lambda t: t.pid):
        if task.pid > 0 and task.letter != "X":
            rows.append(f"root     {task.pid:>5} {task.ppid:>5} {task.letter:<4} {_command(task)}")
    return "\n".join(rows)


def _command(task: TaskView) -> str:
    """Brackets where there is no command line to read, as there is none without user memory."""
    name = plain(task.comm)
    if task.letter == "Z":
        return f"[{name}] <defunct>"
    return name if task.has_mm else f"[{name}]"


# ---- columns ---------------------------------------------------------------------------------------------------------


def _columns(trace: Trace) -> list[str]:
    """The tasks that act, in the machine's order, then the interrupts if there are any."""
    acting = {e.task for e in trace.events if e.context == "process"}
    known = dict.fromkeys(t.name for view in trace.views for t in view.tasks)
    columns = [name for name in known if name in acting]
    columns += [name for name in dict.fromkeys(e.task for e in trace.events) if name in acting - set(columns)]
    interrupted = any(e.context == "irq" for e in trace.events) or any(view.frames for view in trace.views)
    return columns + [INTERRUPTS] * interrupted


def _column_of(event: Event, columns: list[str]) -> str:
    """Where an event is written: whom the world acts on stands after the slash of the choice."""
    if event.context == "irq":
        return INTERRUPTS
    if event.context == "process":
        return event.task
    about = event.actor.rpartition("/")[2]
    return about if about in columns else event.task


def _head(trace: Trace, columns: list[str], room: int) -> list[str]:
    names = _line("step", "cpu", [_cut(plain(name), room) for name in columns], room)
    rule = "─" * (MARGIN - 1) + "".join("┼" + "─" * (room + 2) for _ in columns)
    return [names, rule[:-1], _line("", "", _cells(trace.views[0], columns, room), room)]


def _line(step: str, cpu: str, cells: list[str], room: int, mark: str = " ") -> str:
    return f"{mark}{step:>4} {cpu:>3} " + "".join(f"│ {cell:<{room}} " for cell in cells)


def _cells(view: MachineView, columns: list[str], room: int, column: str = "", text: str = "") -> list[str]:
    """One row's cells: each task's letter, the interrupts that run, and *text* in *column*."""
    letters = {t.name: t.letter for t in view.tasks}
    running = " ".join(f"CPU{cpu} {plain(name.removeprefix('irq/'))}" for cpu, name in view.frames)
    cells = []
    for name in columns:
        state = running if name == INTERRUPTS else letters.get(name, " ")
        cells.append(_cut(f"{state} {text}" if name == column else state, room))
    return cells


# ---- rows ------------------------------------------------------------------------------------------------------------


def _step(trace: Trace, step: int, columns: list[str], room: int, width: int) -> Iterator[str]:
    """The rows of one choice: its events, each with its sentence, then what the log and the checks say."""
    before, after = trace.views[step], trace.views[step + 1]
    first_of_cycle = len(trace.steps) - trace.cycle
    mark = "↻" if trace.ending == "cycle" and step >= first_of_cycle else " "
    if mark != " " and step == first_of_cycle:
        yield f"─── from here the same {trace.cycle} steps come again and again ".ljust(min(width, 100), "─")
    events = [e for e in trace.events if e.step == step]
    if not events:
        yield _line(str(step + 1), "", _cells(after, columns, room), room, mark)
        yield from _under(f"{plain(trace.steps[step])} goes on.", width)
    for number, event in enumerate(events):
        shown = _frames_of(event, before, after)
        column = _column_of(event, columns)
        cells = _cells(shown, columns, room, column, _cell(event, room - _taken(shown, column)))
        yield _line("" if number else str(step + 1), "" if event.cpu < 0 else str(event.cpu), cells, room, mark)
        yield from _under(narrate(event, before), width)
    yield from _remarks(trace, step, width)


def _frames_of(event: Event, before: MachineView, after: MachineView) -> MachineView:
    """The machine after the step; but an interrupt that returns in it is still shown on its own row."""
    if event.context == "irq" and not after.frames:
        frames = before.frames or ((event.cpu, event.actor),)
        return MachineView(after.tasks, frames=frames)
    return after


def _taken(view: MachineView, column: str) -> int:
    """The room that the state at the left of a cell takes."""
    if column != INTERRUPTS:
        return 2
    return sum(len(f"CPU{cpu} {name.removeprefix('irq/')} ") for cpu, name in view.frames)


def _cell(event: Event, room: int) -> str:
    """An event in a few characters: the call as the source has it with what it gave, as long as that fits."""
    if event.context == "world":
        words = [plain(a) for a in event.args if plain(a) != event.actor.rpartition("/")[2]]
        return f"«{' '.join([event.op, *words])}»"
    first, last = (plain(event.args[i]) if event.args else "?" for i in (0, -1))
    if event.op in ("load", "store"):
        value = event.detail("value", last if event.result is None else event.result)
        return f"{'read' if event.op == 'load' else 'write'} {first}: {plain(value)}"
    if event.op == "enter":
        return f"{first}({', '.join(plain(a) for a in event.args[1:])})"
    if event.op == "return":
        return f"end of {first}"
    if event.op.endswith(":return"):
        return f"{event.op.removesuffix(':return')} returns"
    if event.op not in CALLS:
        return " ".join([event.op.removeprefix("irq_"), *(plain(a) for a in event.args)])
    result = "" if event.result is None else f" = {event.result}"
    short = f"set state {state_letter(event)}" if event.op.endswith("set_current_state") else f"{event.op}(…){result}"
    return next((text for text in (f"{call_text(event)}{result}", short) if len(text) <= room), event.op)


def _under(sentence: str, width: int) -> Iterator[str]:
    for line in wrap(plain(sentence), max(40, width - MARGIN - 4)):
        yield " " * (MARGIN + 3) + line


def _remarks(trace: Trace, step: int, width: int) -> Iterator[str]:
    for when, line in trace.log:
        if when == step:
            yield from _under(f"log: {line}", width)
    for violation in trace.violations:
        if violation.step == step:
            yield from _under(f"✗ {violation.property}: {violation.text}", width)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


# ---- the end ---------------------------------------------------------------------------------------------------------


def _ending(trace: Trace, width: int) -> list[str]:
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
        sentences += [_where(task) for task in last.tasks if task.letter in "RSD" and _was_seen(trace, task)]
    missing = unserved(trace)
    if missing:
        sentences.append(f"Reported, and never given to a helper: {', '.join(map(str, missing))}.")
    return wrap(" ".join(sentences), width)


def _was_seen(trace: Trace, task: TaskView) -> bool:
    return any(e.task == task.name and e.context == "process" for e in trace.events)


def _where(task: TaskView) -> str:
    what = {"R": "cannot go on", "S": "sleeps in S", "D": "sleeps in D"}[task.letter]
    if task.letter == "R" and task.waiting_for:
        what = "spins"
    return f"{plain(task.name)} {what}" + (f", waiting for {plain(task.waiting_for)}." if task.waiting_for else ".")


def unserved(trace: Trace) -> list[object]:
    """The ids whose last report no helper run came after, in the order of the reports."""
    open_ids: dict[object, None] = {}
    for event in trace.events:
        if event.op == "enter" and event.args[:1] == ("report_event",) and len(event.args) > 1:
            open_ids.setdefault(event.args[1])
        elif event.op == "exec" and event.outcome == "ok":
            open_ids.pop(event.detail("id"), None)
    return list(open_ids)
