"""A trace as text: one column a task, one for interrupts, one sentence a step.

Each row is one event.  The letter at the left of a column is the task's state after that step, as ps shows it, so that
a column read downwards is the life of a task.  Rows that repeat for ever carry a ``↻``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from kthreadlab.trace.events import Event, MachineView, TaskView, Trace
from kthreadlab.trace.narrate import narrate, plain

from .columns import MARGIN, Columns
from .endings import ending
from .lost import tied


def trace_text(trace: Trace, *, width: int = 100) -> str:
    """The whole trace, ready for a terminal of *width* characters (columns never get narrower than a name)."""
    columns = Columns(trace, width)
    lines = [f"{plain(trace.scenario)}: {plain(trace.config)}", "", *columns.head(trace.views[0])]
    for step in range(len(trace.steps)):
        lines += _step(trace, step, columns, width)
    lines += ["", *wrap(" ".join([*ending(trace), *tied(trace)]), width)]
    if trace.schedule:
        lines += ["", f"schedule  {plain(trace.schedule)}"]
    return "\n".join(line.rstrip() for line in lines)


ANCESTORS = {1: "init", 2: "[kthreadd]"}
"""Whom a forest stands under, though nobody of them is in any view."""


def ps_text(view: MachineView, forest: bool = False) -> str:
    """The machine's tasks as ``ps -e -o user,pid,ppid,stat,args`` lists them; a task that is gone is not there.
    *forest*: each below its parent, as ``ps --forest`` has it, from init and kthreadd on."""
    there = [t for t in sorted(view.tasks, key=lambda t: t.pid) if t.pid > 0 and t.letter != "X" and t.context != "irq"]
    rows = [(t.pid, t.ppid, t.letter, command(t)) for t in there]
    head = "UID        PID  PPID STAT COMMAND"
    if forest:
        parents = {t.ppid for t in there}
        rows = [*((pid, 0, "S", name) for pid, name in ANCESTORS.items() if pid in parents), *rows]
        rows = [row for top in rows if top[1] not in {pid for pid, *_ in rows} for row in below(rows, top, 0)]
    return "\n".join([head, *(f"root     {pid:>5} {ppid:>5} {letter:<4} {name}" for pid, ppid, letter, name in rows)])


Row = tuple[int, int, str, str]
"""Pid, parent's pid, letter and command."""


def below(rows: Sequence[Row], top: Row, depth: int) -> Iterator[Row]:
    """A row of a forest, and all that stand below it."""
    pid, ppid, letter, name = top
    yield pid, ppid, letter, "    " * (depth - 1) + " \\_ " * (depth > 0) + name
    for child in rows:
        if child[1] == pid:
            yield from below(rows, child, depth + 1)


def command(task: TaskView) -> str:
    """Brackets where there is no command line to read, as there is none without user memory."""
    name = plain(task.comm)
    if task.letter == "Z":
        return f"[{name}] <defunct>"
    return name if task.has_mm else f"[{name}]"


# ---- rows ------------------------------------------------------------------------------------------------------------


def _step(trace: Trace, step: int, columns: Columns, width: int) -> Iterator[str]:
    """The rows of one choice: its events, each with its sentence, then what the log and the checks say."""
    before, after = trace.views[step], trace.views[step + 1]
    first_of_cycle = len(trace.steps) - trace.cycle
    mark = "↻" if trace.ending == "cycle" and step >= first_of_cycle else " "
    if mark != " " and step == first_of_cycle:
        yield f"─── from here the same {trace.cycle} steps come again and again ".ljust(min(width, 100), "─")
    events = [e for e in trace.events if e.step == step]
    if not events:
        yield columns.row(str(step + 1), -1, after, mark=mark)
        yield from _under(f"{plain(trace.steps[step])} goes on.", width)
    for number, event in enumerate(events):
        shown = _frames_of(event, before, after)
        yield columns.row("" if number else str(step + 1), event.cpu, shown, event, mark)
        yield from _under(narrate(event, before), width)
    yield from _remarks(trace, step, width)


def _frames_of(event: Event, before: MachineView, after: MachineView) -> MachineView:
    """The machine after the step; but an interrupt that returns in it is still shown on its own row."""
    if event.context == "irq" and not after.frames:
        return MachineView(after.tasks, frames=before.frames or ((event.cpu, event.actor),))
    return after


def _under(sentence: str, width: int) -> Iterator[str]:
    for line in wrap(plain(sentence), max(40, width - MARGIN - 4)):
        yield " " * (MARGIN + 3) + line


def _remarks(trace: Trace, step: int, width: int) -> Iterator[str]:
    for when, line in trace.log:
        if when == step:
            yield from _under(f"log: {line}", width)
    for violation in trace.violations:
        if violation.step == step:
            yield from _under(f"✗ {violation.property}: {violation.text or violation.cause.replace('_', ' ')}", width)
