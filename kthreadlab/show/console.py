"""What a person at a terminal sees of a trace: the echo and cat commands behind its writes and reads, and the log."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from kthreadlab.lang.errno import EACCES, EINVAL, ENOENT
from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

ERRORS = {-ENOENT: "No such file or directory", -EACCES: "Permission denied", -EINVAL: "Invalid argument"}


@dataclass(frozen=True)
class Console:
    """The lines of a terminal; those that somebody typed begin with a prompt."""

    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        typed = (f"<strong>{escape(x)}</strong>" if x.startswith(("# ", "$ ")) else escape(x) for x in self.lines)
        return f'<pre style="margin: 0; white-space: pre-wrap">{chr(10).join(typed)}</pre>'


def console(trace: Trace) -> Console:
    """The writes and reads of *trace* as commands with their output, and what the kernel logged, in order.

    The prompt is # for root and $ for anybody else.
    """
    log = list(trace.log)
    lines: list[str] = []
    for event in trace.events:
        while log and log[0][0] < event.step:
            lines.append(f"[kernel] {plain(log.pop(0)[1])}")
        if event.op in ("write", "read"):
            lines += _command(event)
    return Console(tuple([*lines, *(f"[kernel] {plain(line)}" for _, line in log)]))


def _command(event: Event) -> Iterator[str]:
    """One command and what it prints."""
    prompt = "#" if event.detail("user", "root") == "root" else "$"
    path, error = plain(event.args[0]), ERRORS.get(event.result or 0, f"error {event.result}")
    refused = event.result is not None and event.result < 0
    if event.op == "write":
        text = str(event.args[1])
        yield f"{prompt} echo {plain(shlex.quote(text)) + ' ' if text else ''}> {path}"
        if refused:
            yield f"{path}: {error}"
        return
    yield f"{prompt} cat {path}"
    yield from [f"cat: {path}: {error}"] if refused else map(plain, str(event.detail("text", "")).splitlines())
