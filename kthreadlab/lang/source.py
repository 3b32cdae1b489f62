"""The text of a file, before anybody parses it: normalised, and small enough to be compiled without fear.

Normalising keeps every line where it was, so that a place in the result is the same place in the student's cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .diagnostics import Diagnostic
from .ir import Pos

MAX_BYTES = 64 * 1024
MAX_LINES = 2000
MAX_NESTING = 50
MAX_STRING = 4096
MAX_INT = 2**64 - 1

_TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\n]* )
    | (?P<string>  '''(?:\\.|[^\\])*?''' | \"\"\"(?:\\.|[^\\])*?\"\"\"
                 | '(?!'')(?:\\.|[^\\\n'])*' | "(?!"")(?:\\.|[^\\\n"])*" )
    | (?P<torn>    '''.* | \"\"\".* | ['"][^\n]* )
    | (?P<word>    [A-Za-z_][A-Za-z0-9_]* )
    | (?P<number>  [0-9][0-9A-Za-z_.]* )
    | (?P<open>    [(\[{] )
    | (?P<close>   [)\]}] )
    | (?P<strange> [^\x01-\x7f] )
    """,
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*")
_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"


@dataclass(frozen=True)
class Source:
    """One file of a module: *file* is its name, *text* is normalised."""

    file: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def line(self, number: int) -> str:
        """The text of line *number* (from 1), or "" if there is none."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def char_column(self, line: int, offset: int) -> int:
        """The character at which byte *offset* of a line stands (Python's `ast` counts bytes)."""
        text = self.line(line)
        return offset if text.isascii() else len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore"))

    def problem(
        self, message: str, line: int, col: int = 0, end: int = 0, rule: str = "", look: str = ""
    ) -> Diagnostic:
        """A `Diagnostic` at a place of this file."""
        return Diagnostic(message, Pos(self.file, line, col, end), rule, look, self.line(line))

    def problem_at(self, offset: int, end: int, message: str, rule: str = "", look: str = "") -> Diagnostic:
        """A `Diagnostic` at a place counted in characters from the start of the file."""
        line = self.text.count("\n", 0, offset) + 1
        start = self.text.rfind("\n", 0, offset) + 1
        return self.problem(message, line, offset - start, end - start, rule, look)


@dataclass(frozen=True)
class Rendering:
    """A *text* that people see in place of a file: the same in another language.  *at*: where a line of the file stands
    in it, both from 1; a line that is not there stands with the nearest one above that is."""

    text: str
    at: Mapping[int, int]

    def line(self, number: int) -> int:
        """The line of the text that shows line *number* of the file."""
        above = [known for known in self.at if known <= number]
        return self.at[max(above)] if above else 1


FORM_FEEDS, BLANKS = re.compile(r"(?m)^([ \t]*)\f+"), re.compile(r"(?m)^[ \t]+$")
"""Form feeds where a line begins; a line of nothing but blanks."""
MAGIC = re.compile(r"\s*%%kmod(?![A-Za-z0-9_])[^\n]*")
"""The first line of a cell that is a file of a module."""


def normalise(text: str) -> str:
    """The text with one kind of line end, without byte order mark, form feeds, blanks on empty lines (a notebook drops
    them before the magic sees a cell), and the ``%%kmod`` line of a cell."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = FORM_FEEDS.sub(r"\1", text).replace("\f", " ")
    text = BLANKS.sub("", text)
    magic = MAGIC.match(text)
    if magic:
        text = "\n" * magic.group().count("\n") + text[magic.end() :]
    return text


def limits(file: str, text: str) -> tuple[Source, Diagnostic | None]:
    """The normalised source, and the first limit that it breaks.  Nothing that breaks one reaches Python's parser."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return _too_large(file, f"more than {MAX_BYTES // 1024} KB of text")
    source = Source(file, normalise(text))
    if len(source.lines) > MAX_LINES + (source.text.endswith("\n")):
        return _too_large(file, f"more than {MAX_LINES} lines")
    return source, _scan(source)


def _too_large(file: str, what: str) -> tuple[Source, Diagnostic]:
    rule = "a kernel module is small: what grows beyond a few pages is cut into files"
    return Source(file, ""), Diagnostic(f"the file is too large: {what}", Pos(file, 1), rule)


def _scan(source: Source) -> Diagnostic | None:
    """The first token that no module may hold."""
    depth = 0
    for token in _TOKEN.finditer(source.text):
        kind, start, end = token.lastgroup, token.start(), token.end()
        if kind == "open":
            depth += 1
            if depth > MAX_NESTING:
                return source.problem_at(start, end, *too_deep("brackets"))
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "number" and _too_wide(token.group()):
            return source.problem_at(start, end, "this integer does not fit into 64 bits", "the widest integer is u64")
        elif kind == "string" and end - start - 2 > MAX_STRING:
            return source.problem_at(start, start + 1, *too_long())
        elif kind == "strange":
            return _strange(source, start)
        if kind in ("comment", "string", "torn"):
            bad = _not_text(token.group())
            if bad is not None:
                return _strange(source, start + bad)
    return None


def too_deep(what: str) -> tuple[str, str]:
    return f"more than {MAX_NESTING} {what} inside each other", "the kernel stack is 8 KiB, and a reader's is smaller"


def too_long() -> tuple[str, str, str]:
    rule = f"a text may have {MAX_STRING} characters: a page of memory"
    return "this string is too long", rule, "a quote that was never closed?"


def _too_wide(number: str) -> bool:
    digits = number.replace("_", "")
    return bool(_INTEGER.fullmatch(number)) and (len(digits.lstrip("0xXoObB")) > 66 or _value(digits) > MAX_INT)


def _value(digits: str) -> int:
    """The value of an integer literal; 0 for what Python refuses anyway (``0777``)."""
    try:
        return int(digits, 0)
    except ValueError:
        return 0


def _not_text(text: str) -> int | None:
    """Where a NUL byte or half a character stands, if anywhere."""
    if text.isascii():
        return text.index("\0") if "\0" in text else None
    return next((n for n, char in enumerate(text) if char == "\0" or "\ud800" <= char <= "\udfff"), None)


def _strange(source: Source, start: int) -> Diagnostic:
    char = source.text[start]
    if char == "\0":
        return source.problem_at(start, start + 1, "the file holds a NUL byte", "source is text")
    if "\ud800" <= char <= "\udfff":
        return source.problem_at(start, start + 1, "the file is not UTF-8", "source is UTF-8 text", "save it as UTF-8")
    rule = "outside comments and strings, source is ASCII"
    if char in _QUOTES:
        look = 'this is a typographic quote, as a printed page has it: type a plain " instead'
    elif char in _DASHES:
        look = "this is a typographic dash, as a printed page has it: type a plain - instead"
    elif char.isspace() or not char.isprintable():
        look = "an invisible character, perhaps pasted from a web page: type a plain space instead"
    else:
        look = "names are written with the letters a to z, digits and _"
    return source.problem_at(start, start + 1, f"stray character U+{ord(char):04X} in the program", rule, look)
