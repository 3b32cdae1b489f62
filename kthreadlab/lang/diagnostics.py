"""What is wrong with a module's text, told the way a compiler tells it: where, what, which rule, what to look at.

A `Diagnostic` is about the student's text.  An `InputError` is about how kthreadlab was asked: for a file that is not
there, say.
"""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.lang.ir import Pos

WIDTH = 110
"""How much of a line of source is shown."""


class InputError(ValueError):
    """What was asked for can't be read at all; the text says why.  (Bad kernel text is a `Diagnostic` instead.)"""


@dataclass(frozen=True)
class Diagnostic:
    """One thing a module does wrong: *message* says what, *rule* why the kernel has it so, *look* what to do about it,
    *source* is the line that *pos* points at.  ``str()`` is the whole of it, as a person reads it."""

    message: str
    pos: Pos
    rule: str = ""
    look: str = ""
    source: str = ""

    @property
    def headline(self) -> str:
        """``file:line:col: message``, columns from 1."""
        return f"{self.pos.file}:{self.pos.line}:{self.pos.col + 1}: {self.message}"

    def __str__(self) -> str:
        lines = [self.headline]
        if self.source.strip():
            lines += pointed(self.source, self.pos.col, self.pos.end)
        lines += [f"  {word:<4}  {text}" for word, text in (("rule", self.rule), ("look", self.look)) if text]
        return "\n".join(lines)


class Refused(Exception):
    """Carries a `Diagnostic` from where a rule is broken to whoever can go on behind it.  Never leaves `lang`."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def pointed(line: str, col: int, end: int) -> list[str]:
    """The line, and under it a caret at *col* with tildes up to *end*; a long line is cut around the place."""
    col = min(max(col, 0), len(line))
    end = min(max(end, col + 1), max(len(line), col + 1))
    start = max(0, col - WIDTH // 2) if len(line) > WIDTH else 0
    before, marked, after = line[start:col], line[col:end], line[end : start + WIDTH]
    room = max(WIDTH - len(before), 1)
    left, mid = plain(before).expandtabs(4), plain(marked[:room]).expandtabs(4)
    shown = ("..." if start else "") + left + mid + plain(after).expandtabs(4)
    cut = "..." if start + WIDTH < len(line) else ""
    caret = " " * (len(left) + (3 if start else 0)) + "^" + "~" * (max(len(mid), 1) - 1)
    return [f"    {shown.rstrip()}{cut}", f"    {caret}"]


def plain(text: str) -> str:
    """*text* without characters that a terminal would obey instead of show."""
    return "".join(char if char.isprintable() or char == "\t" else "?" for char in text)


def quoted(name: str) -> str:
    """A name as messages show it: never longer than a line."""
    return name if len(name) <= 64 else name[:61] + "..."
