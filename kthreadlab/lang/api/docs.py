"""A declaration's docstring, read: paragraphs of prose, and fields, lines that begin with one of a few words."""

from __future__ import annotations

import re

FIELDS = ("Context", "Return", "Article", "Versions", "Here", "Use", "Source", "Example", "Story")
"""The words; what each is for stands in `kthreadlab.lang.api`."""

_FIELD = re.compile(rf"({'|'.join(FIELDS)}): +(.*)")
_STORY = re.compile(r"([a-z_]+): +(.*)")
_GIVES = " gives "


def read(doc: str) -> tuple[list[str], dict[str, list[str]]]:
    """The paragraphs of a docstring, and its fields."""
    paragraphs: list[list[str]] = []
    fields: dict[str, list[str]] = {}
    for block in re.split(r"\n\s*\n", doc.strip()):
        paragraph: list[str] = []
        lines = paragraph
        for line in block.splitlines():
            field = _FIELD.fullmatch(line.strip())
            lines = fields.setdefault(field[1], []) if field else lines
            if field or lines is paragraph:
                lines.append(field[2] if field else line)
            else:
                lines[-1] += f" {line.strip()}"
        paragraphs.append(paragraph)
    return [" ".join(lines) for lines in paragraphs if lines], fields


def example(doc: str) -> tuple[str, str] | None:
    """The statements of ``Example: … gives N``, and what its ``r`` is afterwards ("" without ``gives``); None if there
    is no example."""
    found = read(doc)[1].get("Example")
    if not found:
        return None
    program, _, result = found[0].partition(_GIVES)
    return program, result


def stories(doc: str) -> dict[str, str]:
    """The sentences of ``Story: …`` by the outcome that each begins with (``Story: no: …``); "" is any other."""
    matches = ((_STORY.fullmatch(text), text) for text in read(doc)[1].get("Story", []))
    return {match[1] if match else "": match[2] if match else text for match, text in matches}
