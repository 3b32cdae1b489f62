"""The lines of a shell script: words, quotes, variables, pipes and redirections, and what goes beyond them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_UNREAD_WORDS = frozenset(
    "if then elif else fi for while until do done case esac select function time coproc { } ! [[ ]] . source eval exec"
    " trap read set shift alias unset local return break continue wait kill cd umask ulimit getopts".split()
)
_OPERATORS = ("&&", "||", "2>&1", "1>&2", ">&2", ">&1", "2>>", "1>>", "2>", "1>", ">>", ">", "<<", "<", "|", ";", "&")


class Unread(Exception):
    """A construct beyond this shell; the text says which, and on which line."""


Part = tuple[str, str, bool]
"""(``text`` or ``var``, what, quoted)."""


@dataclass
class Simple:
    words: list[list[Part]] = field(default_factory=list)
    redirections: list[tuple[str, list[Part]]] = field(default_factory=list)


Pipeline = list[Simple]
Listed = list[tuple[str, Pipeline]]
"""Pipelines, each with the operator before it: ``;``, ``&&`` or ``||``."""


class Reader:
    """Reads one line."""

    def __init__(self, line: str, number: int) -> None:
        self.line, self.number, self.at = line, number, 0

    def unread(self, what: str) -> Unread:
        return Unread(f"line {self.number}: {what}")

    def lists(self) -> Iterator[tuple[int, Listed]]:
        """The line's commands, if it has any."""
        if self.line.endswith("\\"):
            raise self.unread("a line that goes on in the next")
        listed: Listed = []
        operator, pipeline, command = ";", [], Simple()
        for kind, value in self.tokens():
            if kind == "word":
                command.words.append(value)
            elif kind == "redirect":
                command.redirections.append(value)
            else:
                if not command.words and not command.redirections:
                    raise self.unread(f"nothing stands before {value}")
                pipeline.append(command)
                command = Simple()
                if value != "|":
                    listed.append((operator, pipeline))
                    operator, pipeline = value, []
        if command.words or command.redirections:
            pipeline.append(command)
            listed.append((operator, pipeline))
        elif pipeline or operator != ";":
            raise self.unread("the command ends too early")
        for _, commands in listed:
            for simple in commands:
                self.check(simple)
        if listed:
            yield self.number, listed

    def check(self, command: Simple) -> None:
        """Refuse the words that begin what is no simple command."""
        first = command.words[0] if command.words else []
        if len(first) == 1 and first[0][0] == "text" and not first[0][2] and first[0][1] in _UNREAD_WORDS:
            raise self.unread(f"`{first[0][1]}` is more than plain commands")

    def tokens(self) -> Iterator[tuple[str, Any]]:
        while True:
            rest = self.line[self.at :]
            blank = len(rest) - len(rest.lstrip(" \t"))
            self.at += blank
            rest = rest[blank:]
            if not rest or rest[0] == "#":
                return
            operator = next((o for o in _OPERATORS if rest.startswith(o)), "")
            if operator:
                self.at += len(operator)
                yield self.operator(operator)
            else:
                yield "word", self.word()

    def operator(self, operator: str) -> tuple[str, Any]:
        if operator in ("<<", "&"):
            raise self.unread(f"`{operator}` is more than plain commands")
        if operator in ("|", "||", "&&", ";"):
            return "operator", operator
        if operator.endswith(("&1", "&2")):
            return "redirect", (operator if operator[0] != ">" else f"1{operator}", [])
        while self.line[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        target = self.word()
        if not target:
            raise self.unread(f"nothing stands behind {operator}")
        return "redirect", ({">": "1>", ">>": "1>>"}.get(operator, operator), target)

    def word(self) -> list[Part]:
        parts: list[Part] = []
        line = self.line
        while self.at < len(line):
            c = line[self.at]
            if c in " \t|;&<>":
                break
            if c == "'":
                end = line.find("'", self.at + 1)
                if end < 0:
                    raise self.unread("a quote that this line does not close")
                parts.append(("text", line[self.at + 1 : end], True))
                self.at = end + 1
            elif c == '"':
                parts += self.double_quoted()
            elif c == "$":
                parts.append(self.variable(quoted=False))
            elif c == "\\":
                parts.append(("text", line[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif c in "`()*?[" and not (c == "[" and line[self.at : self.at + 2].strip() == "[" and not parts):
                raise self.unread(f"`{c}` is more than plain commands")
            else:
                parts.append(("text", c, False))
                self.at += 1
        return _joined(parts)

    def double_quoted(self) -> list[Part]:
        parts: list[Part] = [("text", "", True)]
        self.at += 1
        while self.at < len(self.line):
            c = self.line[self.at]
            if c == '"':
                self.at += 1
                return parts
            if c == "$":
                parts.append(self.variable(quoted=True))
            elif c == "`":
                raise self.unread("a command inside a word")
            elif c == "\\" and self.line[self.at + 1 : self.at + 2] in ('"', "$", "\\", "`"):
                parts.append(("text", self.line[self.at + 1], True))
                self.at += 2
            else:
                parts.append(("text", c, True))
                self.at += 1
        raise self.unread("a quote that this line does not close")

    def variable(self, quoted: bool) -> Part:
        rest = self.line[self.at + 1 :]
        match = re.match(r"\{([A-Za-z_]\w*|[0-9#?@*])\}|([A-Za-z_]\w*|[0-9#?@*])", rest)
        if match is None:
            if rest[:1] in ("(", "{", "$", "!", "-", "'", '"'):
                raise self.unread(f"`${rest[:1]}` is more than a variable's value")
            self.at += 1
            return "text", "$", quoted
        self.at += 1 + match.end()
        return "var", match.group(1) or match.group(2), quoted


def _joined(parts: list[Part]) -> list[Part]:
    """Neighbouring letters as one part."""
    out: list[Part] = []
    for kind, what, quoted in parts:
        if out and kind == "text" and out[-1][0] == "text" and out[-1][2] == quoted:
            out[-1] = ("text", out[-1][1] + what, quoted)
        else:
            out.append((kind, what, quoted))
    return out
