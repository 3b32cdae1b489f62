"""What a helper call hands over, and what it cost: argv and envp as boxes of memory, and the ledger of allocations.

Both are drawn from a trace, as text and as tables.  A box is one slot of an array of pointers; what stands behind it is
what the kernel finds there when it executes the program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from kthreadlab.lang.errno import EFAULT
from kthreadlab.trace.events import Event, MachineView, Trace
from kthreadlab.trace.narrate import plain

ALLOCATE = ("kmalloc", "kzalloc", "kstrdup", "kasprintf")
ENDS = "the vector ends here"
NO_END = "no NULL: the kernel reads on, into whatever lies behind the array"


# ---- what there is to show -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """One pointer: where it points, the text there (None: no text), and the size of that memory if it is the heap's."""

    points_to: str
    text: str | None
    size: int = 0

    @property
    def is_null(self) -> bool:
        return self.points_to == "NULL"

    @property
    def note(self) -> str:
        """How much of the memory the text takes."""
        if self.is_null or self.text is None:
            return ENDS if self.is_null else "nothing that can be read"
        used = len(self.text.encode("utf-8", "surrogateescape")) + 1
        return f"{used} of {self.size} bytes, NUL included" if self.size else f"{used} bytes, NUL included"


@dataclass(frozen=True)
class Vector:
    """argv or envp, slot by slot, as far as the array goes."""

    name: str
    slots: tuple[Slot, ...]

    @property
    def ended(self) -> bool:
        """Is there a NULL in it?"""
        return any(slot.is_null for slot in self.slots)

    def rows(self) -> Iterator[tuple[str, Slot, str]]:
        """Each slot by its C name, with a note; what stands behind the first NULL is never read."""
        over = False
        for n, slot in enumerate(self.slots):
            yield f"{self.name}[{n}]", slot, "never read: behind the NULL" if over else slot.note
            over = over or slot.is_null


@dataclass(frozen=True)
class HelperCall:
    """One call of call_usermodehelper: by whom, at which step (from 1), with what, and what came of it."""

    step: int
    caller: str
    path: str
    wait: object
    vectors: tuple[Vector, ...]
    outcome: str


@dataclass(frozen=True)
class Vectors:
    """The helper calls of a trace."""

    calls: tuple[HelperCall, ...]

    def __repr__(self) -> str:
        return vectors_text(self)

    def _repr_html_(self) -> str:
        return vectors_html(self)


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: *change* in bytes (0: an allocation that failed), and what is *live* after it."""

    step: int
    task: str
    call: str
    name: str
    change: int
    live: int
    note: str = ""


@dataclass(frozen=True)
class Ledger:
    """Every allocation and every free of a trace; *left* is what is live at its end, name and bytes."""

    entries: tuple[Entry, ...]
    left: tuple[tuple[str, int], ...]

    @property
    def verdict(self) -> str:
        """The last line, in one sentence."""
        if not self.entries:
            return "Nothing was allocated."
        if any(entry.note for entry in self.entries if entry.note.startswith("a second")):
            return "Something was freed twice."
        if self.left:
            objects = ", ".join(f"{name} ({size} bytes)" for name, size in self.left)
            return f"Still live at the end: {objects}."
        return "Nothing is live at the end: what was allocated was freed."

    def __repr__(self) -> str:
        return ledger_text(self)

    def _repr_html_(self) -> str:
        return ledger_html(self)


# ---- out of a trace --------------------------------------------------------------------------------------------------


def vectors(trace: Trace) -> Vectors:
    """Every call of call_usermodehelper in *trace*, with the vectors as they were when the program was executed."""
    calls = []
    for n, event in enumerate(trace.events):
        if event.op != "call_usermodehelper":
            continue
        later = trace.events[n + 1 :]
        executed = next((e for e in later if e.op == "exec" and e.detail("caller", event.task) == event.task), None)
        ended = next((e for e in later if e.op == "call_usermodehelper:return" and e.task == event.task), None)
        again = next((e for e in later if e.op == "call_usermodehelper"), None)
        if executed and again and executed.step > again.step:
            executed = None
        sizes = heap_sizes(trace.views[min(event.step + 1, len(trace.views) - 1)])
        made = tuple(_vector(name, executed or event, sizes) for name in ("argv", "envp"))
        path, wait = str(event.args[0]), event.detail("wait", 0)
        calls.append(HelperCall(event.step + 1, event.task, path, wait, made, _outcome(event, executed, ended, trace)))
    return Vectors(tuple(calls))


def _vector(name: str, event: Event, sizes: dict[str, int]) -> Vector:
    """One array of an event; where the trace does not say what the slots point to, the strings that it names."""
    slots: Any = event.detail(f"{name}_slots")
    if slots is None:
        strings: Any = event.detail(name, ())
        slots = (*((json.dumps(text), text) for text in strings), *([("NULL", None)] if event.result != -14 else []))
    return Vector(name, tuple(Slot(where, text, sizes.get(where, 0)) for where, text in slots))


def _outcome(event: Event, executed: Event | None, ended: Event | None, trace: Trace) -> str:
    """What came of a call, in a sentence."""
    if not event.args[0]:
        return "The path is empty: nothing was executed, and the call returned 0."
    if executed is None:
        return "Nothing was executed (yet)."
    words = {
        "ok": "The program was started",
        "missing": "There is no such file: -ENOENT",
        "denied": "The file may not be executed: -EACCES",
        "noexec": "The file is no program: -ENOEXEC",
    }
    said = words.get(executed.outcome, "The vectors could not be read: -EFAULT" if executed.result == -EFAULT else "")
    said = said or f"exec failed: {executed.result}"
    result = ended.result if ended is not None else None
    return f"{said}; the call returned {result}." if result is not None else f"{said}; the call has not returned."


def heap_sizes(view: MachineView) -> dict[str, int]:
    """The live objects of the heap and their sizes."""
    matches = (re.match(r"(.*): (\d+) bytes", text, re.S) for text in view.heap)
    return {match[1]: int(match[2]) for match in matches if match}


def ledger(trace: Trace) -> Ledger:
    """What *trace* allocates and frees."""
    entries = []
    for event in trace.events:
        if event.op not in (*ALLOCATE, "kfree"):
            continue
        before, after = trace.views[event.step], trace.views[min(event.step + 1, len(trace.views) - 1)]
        name = str(event.args[0]) if event.op == "kfree" else str(event.detail("name", ""))
        if event.op == "kfree":
            change = -heap_sizes(before).get(name, 0)
            note = "" if change else "of NULL: nothing happens" if event.outcome == "null" else "a second time"
        else:
            change = heap_sizes(after).get(name, 0)
            note = "" if name else "fails: NULL"
        live = sum(heap_sizes(after).values())
        entries.append(Entry(event.step + 1, event.task, event.op, name, change, live, note))
    faults = [e for e in trace.events if e.op == "fault" and e.outcome == "double_free"]
    for event in faults:
        live = sum(heap_sizes(trace.views[-1]).values())
        entries.append(Entry(event.step + 1, event.task, "kfree", "", 0, live, "a second time: the kernel oopses"))
    left = heap_sizes(trace.views[-1]) if trace.views else {}
    return Ledger(tuple(entries), tuple(left.items()))


# ---- text ------------------------------------------------------------------------------------------------------------


def vectors_text(shown: Vectors) -> str:
    """The calls for a terminal: a column of boxes for each vector."""
    if not shown.calls:
        return "no helper was called"
    return "\n\n".join("\n".join(_call_lines(call)) for call in shown.calls)


def _call_lines(call: HelperCall) -> Iterator[str]:
    yield plain(_heading(call))
    for vector in call.vectors:
        yield ""
        width = max((len(plain(slot.points_to)) for slot in vector.slots), default=0)
        for n, (name, slot, note) in enumerate(vector.rows()):
            yield f"{'':9}{'├' if n else '┌'}───{'┤' if n else '┐'}"
            if slot.is_null:
                yield f"{name:>8} │ 0 │    NULL: {note}"
            else:
                text = _quoted(slot.text) if slot.text is not None else "?"
                place = plain(slot.points_to)
                shown = (
                    f"{text}" if place == text else f"{place:<{width}}  {text}" if width < 30 else f"{place}  {text}"
                )
                yield f"{name:>8} │ ●─┼──▶ {shown}  ({note})"
        yield f"{'':9}└───┘"
        if not vector.ended:
            yield f"{'':9} ✗ {NO_END}"
    yield ""
    yield plain(call.outcome)


def _heading(call: HelperCall) -> str:
    return f"Step {call.step}: {call.caller} calls call_usermodehelper({_quoted(call.path)}, argv, envp, {call.wait})"


def _quoted(text: str) -> str:
    return plain(json.dumps(text, ensure_ascii=False))


def ledger_text(shown: Ledger) -> str:
    """The ledger for a terminal."""
    lines = [f"{'step':>5}  {'task':<10} {'call':<9} {'object':<24} {'bytes':>6} {'live':>6}"] if shown.entries else []
    for e in shown.entries:
        lines.append(
            f"{e.step:>5}  {plain(e.task):<10} {e.call:<9} {plain(e.name) or '-':<24} {e.change:>+6} {e.live:>6}"
            + (f"  {e.note}" if e.note else "")
        )
    return "\n".join([*lines, *([""] if lines else []), plain(shown.verdict)])


# ---- HTML ------------------------------------------------------------------------------------------------------------

STYLE = """
.kthreadlab-vector { color: var(--jp-content-font-color1, CanvasText); font-size: var(--jp-content-font-size1, 14px);
  font-family: var(--jp-content-font-family, sans-serif); line-height: 1.45; max-width: 60em; }
.kthreadlab-vector p { margin: .4em 0; }
.kthreadlab-vector table.memory { border-collapse: collapse; table-layout: auto; margin: .2em 0 .8em; color: inherit;
  font-size: inherit; }
.kthreadlab-vector table.memory caption { text-align: left; font-weight: 600; padding: .3em 0; color: inherit; }
.kthreadlab-vector table.memory th, .kthreadlab-vector table.memory td { text-align: left; vertical-align: top;
  padding: .25em .7em; color: inherit; white-space: normal; line-height: inherit;
  background: var(--jp-layout-color0, Canvas); border-bottom: 1px solid var(--jp-border-color2, GrayText); }
.kthreadlab-vector table.memory th[scope=row] { font-weight: 400; white-space: nowrap; }
.kthreadlab-vector table.boxes th[scope=row] { border: 2px solid var(--jp-content-font-color2, GrayText);
  font-family: var(--jp-code-font-family, monospace); }
.kthreadlab-vector table.memory td.number { text-align: right; white-space: nowrap; }
.kthreadlab-vector code { font-family: var(--jp-code-font-family, monospace); color: inherit; background: none;
  overflow-wrap: anywhere; }
.kthreadlab-vector table.boxes tr.end th[scope=row] { border-style: dashed; }
.kthreadlab-vector .wrong { border-left: .3em solid var(--jp-error-color1, #b3261e); padding-left: .5em;
  font-weight: 600; }
"""
"""JupyterLab's own colours where it is the host, the browser's where it is not."""


def vectors_html(shown: Vectors) -> str:
    """The calls as tables: a row a slot, a box for its name.  No script, nothing fetched."""
    if not shown.calls:
        return '<div class="kthreadlab-vector"><p>No helper was called.</p></div>'
    parts = [f'<div class="kthreadlab-vector"><style>{STYLE}</style>']
    for call in shown.calls:
        parts.append(f"<p>{_html(_heading(call))}</p>")
        parts += [_vector_html(vector, call.caller) for vector in call.vectors]
        parts.append(f"<p>{_html(call.outcome)}</p>")
    return "\n".join([*parts, "</div>"])


def _vector_html(vector: Vector, caller: str) -> str:
    slots = f"{len(vector.slots)} slot{'s' * (len(vector.slots) != 1)}"
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Slot", "Points to", "Text there", "Note"))
    rows = []
    for name, slot, note in vector.rows():
        text = f"<code>{_html(_quoted(slot.text))}</code>" if slot.text is not None else ""
        end = ' class="end"' if slot.is_null else ""
        place = _html(slot.points_to) if slot.points_to != _quoted(slot.text or "") else "a string constant"
        arrow = "" if slot.is_null else '<span aria-hidden="true">→ </span>'
        cells = f"<td>{arrow}{place}</td><td>{text}</td><td>{_html(note)}</td>"
        rows.append(f'<tr{end}><th scope="row">{name}</th>{cells}</tr>')
    wrong = "" if vector.ended else f'<p class="wrong"><span aria-hidden="true">✗</span> {NO_END}.</p>'
    return (
        f'<table class="memory boxes"><caption>{vector.name} of {_html(caller)}: {slots}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{wrong}"
    )


def ledger_html(shown: Ledger) -> str:
    """The ledger as a table, its verdict below."""
    names = ("Step", "Task", "Call", "Object", "Bytes", "Live after it")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = []
    for e in shown.entries:
        note = f" ({_html(e.note)})" if e.note else ""
        rows.append(
            f'<tr><th scope="row">{e.step}</th><td>{_html(e.task)}</td><td><code>{e.call}</code>{note}</td>'
            f'<td>{_html(e.name)}</td><td class="number">{e.change:+}</td><td class="number">{e.live}</td></tr>'
        )
    table = (
        f'<table class="memory"><caption>Ledger of allocations</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
        if rows
        else ""
    )
    wrong = ' class="wrong"' if shown.left or "twice" in shown.verdict else ""
    return f'<div class="kthreadlab-vector"><style>{STYLE}</style>{table}<p{wrong}>{_html(shown.verdict)}</p></div>'


def _html(text: object) -> str:
    return escape(plain(str(text)))
