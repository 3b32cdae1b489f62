"""The columns of a trace: one a task, one for interrupts, each as wide as it needs and the terminal allows."""

from __future__ import annotations

from kthreadlab.lang.api import CALLS
from kthreadlab.trace.events import Event, MachineView, TaskView, Trace
from kthreadlab.trace.narrate import call_text, plain, state_letter

INTERRUPTS = "interrupts"
NARROWEST, WIDEST = 12, 30
RESULT_LATER = ("schedule_timeout", "call_usermodehelper")
"""Calls that sleep: what they give is known when they come back."""
MARGIN = 11
"""The step's number and the CPU, before the first column."""


class Columns:
    """Which columns a trace has (*names*), how wide each is (*rooms*), and how a row looks in them."""

    def __init__(self, trace: Trace, width: int) -> None:
        self.names = _names(trace)
        self.rooms = _share(width - MARGIN - 3 * len(self.names), self._needs(trace))

    def head(self, view: MachineView) -> list[str]:
        """The names, a rule, and the tasks before the first step."""
        names = self._line("step", "cpu", [plain(name) for name in self.names])
        rule = "─" * (MARGIN - 1) + "".join("┼" + "─" * (room + 2) for room in self.rooms)
        return [names, rule[:-1], self._line("", "", self._states(view))]

    def row(self, step: str, cpu: int, view: MachineView, event: Event | None = None, mark: str = " ") -> str:
        """The tasks' letters after a step, and *event* in the column it belongs to."""
        where = self.of(event) if event else ""
        cells = [
            " " if cell == "X" and name != where else cell
            for name, cell in zip(self.names, self._states(view), strict=True)
        ]
        if event and where in self.names:
            n = self.names.index(where)
            cells[n] = f"{cells[n].strip() or 'R'} {cell_text(event, self.rooms[n] - len(cells[n]) - 1)}"
        return self._line(step, "" if cpu < 0 else str(cpu), cells, mark)

    def of(self, event: Event) -> str:
        """Where an event is written: whom the world acts on stands after the slash of the choice."""
        if event.context == "irq":
            return INTERRUPTS
        about = event.actor.rpartition("/")[2]
        return about if event.context == "world" and about in self.names else event.task

    def _states(self, view: MachineView) -> list[str]:
        """A letter for each task; for the interrupts, which ones run on which CPU."""
        letters = {t.name: t.letter for t in view.tasks if not is_away(t)}
        running = " ".join(f"CPU{cpu} {plain(name.removeprefix('irq/'))}" for cpu, name in view.frames)
        return [running if name == INTERRUPTS else letters.get(name, " ") for name in self.names]

    def _needs(self, trace: Trace) -> list[int]:
        """The room that each column would like to have; a long call is content with its short form."""
        needs = [max(NARROWEST, len(plain(name))) for name in self.names]
        for event in trace.events:
            where = self.of(event)
            if where in self.names:
                n = self.names.index(where)
                state = len("CPU0 ") + len(event.actor) if where == INTERRUPTS else 1
                needs[n] = max(needs[n], state + 1 + len(cell_text(event, WIDEST)))
        return needs

    def _line(self, step: str, cpu: str, cells: list[str], mark: str = " ") -> str:
        pairs = zip(cells, self.rooms, strict=True)
        return f"{mark}{step:>4} {cpu:>3} " + "".join(f"│ {_cut(cell, room):<{room}} " for cell, room in pairs)


def _names(trace: Trace) -> list[str]:
    """The tasks that act, then the interrupts if there are any."""
    interrupted = any(e.context == "irq" for e in trace.events) or any(view.frames for view in trace.views)
    return acting_names(trace) + [INTERRUPTS] * interrupted


def acting_names(trace: Trace) -> list[str]:
    """The tasks that act, in the machine's order."""
    acting = {e.task for e in trace.events if e.context == "process"}
    known = dict.fromkeys(t.name for view in trace.views for t in view.tasks)
    names = [name for name in known if name in acting]
    return names + [name for name in dict.fromkeys(e.task for e in trace.events) if name in acting - set(names)]


def _share(width: int, needs: list[int]) -> list[int]:
    """Who needs no more than an even share gets it; the others share what is left, and never get less than a name."""
    rooms: dict[int, int] = {}
    for n in sorted(range(len(needs)), key=needs.__getitem__):
        even = (width - sum(rooms.values())) // (len(needs) - len(rooms))
        rooms[n] = max(NARROWEST, min(needs[n], even))
    return [rooms[n] for n in range(len(needs))]


def is_away(task: TaskView) -> bool:
    """A caller that has not come yet: it could run, and nobody lets it."""
    return task.letter == "R" and not task.on_runqueue and not task.on_cpu and not task.line


def cell_text(event: Event, room: int) -> str:
    """An event in a few characters: the call as the source has it with what it gave, as long as that fits."""
    if event.op == "fault":
        return " ".join(["fault", *(plain(a) for a in event.args)])
    if event.context == "world":
        words = [plain(a) for a in event.args if plain(a) != event.actor.rpartition("/")[2]]
        return f"«{' '.join([event.op, *words])}»"
    first, last = (plain(event.args[i]) if event.args else "?" for i in (0, -1))
    if event.op in ("load", "store"):
        value = event.detail("value", last if event.result is None else event.result)
        return f"{'read' if event.op == 'load' else 'write'} {first}: {plain(value)}"
    if event.op in ("enter", "irq_enter"):
        return f"{first}({', '.join(plain(a) for a in event.args[1:])})"
    if event.op == "exit" and event.outcome in ("process", "irq"):
        return f"end of {first}"
    if event.op == "return":
        return f"end of {first}"
    if event.op.endswith(":return"):
        return f"{event.op.removesuffix(':return')} returns{'' if event.result is None else f' {event.result}'}"
    if event.op not in CALLS:
        return " ".join([event.op.removeprefix("irq_"), *(plain(a) for a in event.args)])
    gives = CALLS[event.op].result != "void" and event.op not in RESULT_LATER and event.result is not None
    result = f" = {plain(event.detail('name', event.result))}" if gives else ""
    short = f"set state {state_letter(event)}" if event.op.endswith("set_current_state") else f"{event.op}(…){result}"
    return next((text for text in (f"{call_text(event)}{result}", short) if len(text) <= room), event.op)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
