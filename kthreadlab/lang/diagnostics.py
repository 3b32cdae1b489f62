"""What is wrong with a module's text, told the way a compiler tells it: where, what, which rule, what to look at.

A `Diagnostic` is about the student's text.  An `InputError` is about how kthreadlab was asked: for a file that is not
there, say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .ir import Function, Pos

WIDTH = 110
"""How much of a line of source is shown."""


class InputError(ValueError):
    """What was asked for can't be read at all; the text says why.  (Bad kernel text is a `Diagnostic` instead.)"""


Span = tuple[str, str]
"""A piece of a line and what it is: ``place``, ``error`` or ``warning``, ``message``, ``source``, ``caret``, ``label``,
``text``.  Who shows it may give each its colour."""


@dataclass(frozen=True)
class Diagnostic:
    """One thing a module does wrong: *message* says what, *rule* why the kernel has it so, *look* what to do about it,
    *source* is the line that *pos* points at, *also* more lines of the file with the same mistake.  *kind* is
    ``error``, or ``warning`` where another file may still put it right.  ``str()`` is all of it, as a person reads it.
    """

    message: str
    pos: Pos
    rule: str = ""
    look: str = ""
    source: str = ""
    also: tuple[int, ...] = ()
    kind: str = "error"

    @property
    def headline(self) -> str:
        """``file:line:col: error: message``, columns from 1."""
        return joined([self._head])

    @property
    def _head(self) -> tuple[Span, ...]:
        place = f"{self.pos.file}:{self.pos.line}:{self.pos.col + 1}:"
        return ("place", place), ("text", " "), (self.kind, f"{self.kind}:"), ("text", " "), ("message", self.message)

    def lines(self, *, brief: bool = False) -> Iterator[tuple[Span, ...]]:
        """What is shown, a line at a time; *brief*: what and where, and no more."""
        yield self._head
        if self.source.strip():
            line, caret = pointed(self.source, self.pos.col, self.pos.end)
            yield (("source", line),)
            yield (("caret", caret),)
        also = f"line{'s' * (len(self.also) > 1)} {listed(list(map(str, self.also)))}" if self.also else ""
        for word, text in (("also", also), ("rule", self.rule), ("look", self.look)):
            if text and not brief:
                yield ("label", f"  {word}"), ("text", f"  {text}")

    def __str__(self) -> str:
        return joined(self.lines())


def joined(lines: Iterable[tuple[Span, ...]]) -> str:
    """Lines without their colours."""
    return "\n".join("".join(text for _, text in line) for line in lines)


def folded(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each mistake once: where a file makes the same one again, the first has a note of the other lines."""
    first: dict[tuple[str, ...], Diagnostic] = {}
    for one in diagnostics:
        key = (one.pos.file, one.kind, one.message, one.rule, one.look)
        known = first.get(key)
        if known is None:
            first[key] = one
        elif one.pos.line not in (known.pos.line, *known.also):
            first[key] = replace(known, also=(*known.also, one.pos.line))
    return tuple(first.values())


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


def told(diagnostics: Iterable[Diagnostic], *, brief: bool = False) -> Iterator[tuple[Span, ...]]:
    """All of them, each mistake once, a blank line between two; *brief*: the first, without its rule, and how many more
    there are."""
    first, *rest = folded(diagnostics)
    yield from first.lines(brief=brief)
    for one in () if brief else rest:
        yield (("text", ""),)
        yield from one.lines()
    if brief and rest:
        yield (("text", f"and {len(rest)} more {first.kind}{'s' * (len(rest) > 1)}"),)


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def miscounted(name: str, params: Sequence[str], given: int, *, variadic: bool = False, optional: int = 0) -> str:
    """What is wrong with a call of ``name(params)`` with so many arguments; "" if nothing is.  *optional*: so many of
    the last parameters may be left out."""
    head = f"{quoted(name)}({', '.join([*map(quoted, params), *['...'] * variadic])})"
    missing = [quoted(param) for param in params[given : len(params) - optional]]
    if missing:
        return f"too few arguments to {head}: {listed(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if given > len(params) and not variadic:
        return f"too many arguments to {head}: it takes {len(params) or 'none'}, not {given}"
    return ""


def place_of(pos: Pos, file: str) -> str:
    """A place in words, for somebody who reads *file*."""
    return f"line {pos.line}" if pos.file == file else f"{pos.file}, line {pos.line}"


THREAD_RULE = "a thread's function is int fn(void *data): it has one parameter, which whoever starts it gives"
IRQ_RULE = "a handler is irqreturn_t fn(int irq, void *dev), before 2.6.19 with struct pt_regs *regs behind these"
WORK_RULE = "a work item's function has one parameter: the data that it was given, or, since 2.6.20, the item itself"
RELEASE_RULE = "a release function is void release(struct kref *kref): it has one parameter, the count that came to 0"
TIMER_RULE = "a timer's function has one parameter, which is what the timer was given for it"


def unfit(function: Function, given: int, caller: str) -> tuple[str, str]:
    """(message, look) of a function that somebody calls with another number of arguments than it takes."""
    params = [quoted(param.name) for param in function.params]
    takes = f"{len(params) or 'no'} argument{'s' * (len(params) != 1)}"
    wanted = [*params, *(f"arg{n}" if given > 1 else "data" for n in range(1, given + 1 - len(params)))][:given]
    message = f"{quoted(function.name)} takes {takes}, and {caller} gives it {given or 'none'}"
    return message, f"def {quoted(function.name)}({', '.join(wanted)}):"


def manual_page(name: str) -> str:
    """Where more is said about a name of the kernel's."""
    return f"kthreadlab man {name}; in a notebook: {name}?"
