"""The marks of a declaration: what a signature and a docstring do not say to the front end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

OMITTED: Any = None
"""The default of a parameter that some versions do not have."""


def sleeps(call: Callable) -> Callable:
    """It may sleep, so it needs process context with nothing locked."""
    call.context = "sleeps"  # type: ignore[attr-defined]
    return call


def process(call: Callable) -> Callable:
    """Process context only."""
    call.context = "process"  # type: ignore[attr-defined]
    return call


def declares(name: Callable) -> Callable:
    """It is no call: it declares an object, of the kind that the annotation of its result makes."""
    name.context = "declares"  # type: ignore[attr-defined]
    return name


def word(name: Callable) -> Callable:
    """It is a word of the language, which the front end knows by itself: it is here for its manual page."""
    name.context = "word"  # type: ignore[attr-defined]
    return name


def since(version: str) -> Callable[[Callable], Callable]:
    """It came with *version*: a machine of an earlier one lacks it."""

    def mark(name: Callable) -> Callable:
        name.since = version  # type: ignore[attr-defined]
        return name

    return mark


def until(version: str) -> Callable[[Callable], Callable]:
    """It went with *version*: a machine of that one, or of a later one, lacks it."""

    def mark(name: Callable) -> Callable:
        name.until = version  # type: ignore[attr-defined]
        return name

    return mark


@dataclass(frozen=True)
class Versions:
    """Where a constant depends on the version, the third part of its entry in ``CONSTANTS``: *since* and *until* as for
    a call; *changed* says what it is from some version on, for those whose value is not the entry's own."""

    since: str = ""
    until: str = ""
    changed: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
