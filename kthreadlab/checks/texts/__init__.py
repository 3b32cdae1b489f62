"""What a report says about a property: its title, the rule behind it, and of each cause a headline and four hints.

A language is a package here, with a module for each property, named as the property is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from . import en
from .cause import Cause


class Text(NamedTuple):
    """What is said of one property; *causes* in the order of the manual."""

    title: str
    rule: str
    causes: Mapping[str, Cause]


def _read(name: str) -> Text:
    """The text in a property's module."""
    module = import_module(f"{en.__name__}.{name}")
    return Text(module.TITLE, module.RULE, module.CAUSES)


TEXTS: dict[str, Text] = {found.name: _read(found.name) for found in iter_modules(en.__path__)}
"""What is said of each property, by name."""


def sentence(property: str, cause: str, /, **fields: object) -> str:
    """The headline of a verdict.  A field that is missing or None reads as a general word; *line* also makes the place
    (``at line 9``, or ``at line 9 of events``), and *detail* what the machine saw there, in brackets."""
    given = {key: value for key, value in fields.items() if value not in (None, "")}
    if cause == "uninitialised_lock" and "detail" in given:
        given["lock"] = given.pop("detail")
    words: dict[str, object] = defaultdict(lambda: en.ANYTHING, en.UNKNOWN | given)
    where = en.AT + (en.OF if "file" in given else "") if "line" in given else ""
    words["at"] = where.format_map(given)
    text = TEXTS[property].causes[cause].sentence.format_map(words)
    if "detail" in given:
        text = f"{text.removesuffix('.')} ({given['detail']})."
    return text[:1].upper() + text[1:] if text.startswith((*_GENERAL, "the ")) else text


_GENERAL = tuple(f"{word} " for word in en.UNKNOWN.values())
"""A sentence that begins with a general word begins with a capital; one that begins with a name keeps it as it is."""
