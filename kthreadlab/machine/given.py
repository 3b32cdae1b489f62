"""What a helper is told of a report: the id, in argv or envp."""

from __future__ import annotations

from collections.abc import Sequence

from .scenario import Scenario


def given_id(scenario: Scenario, argv: Sequence[str], envp: Sequence[str]) -> tuple[str, str] | None:
    """The id that a helper is given, as text, and the name of the variable that gives it: the scenario's, or the first
    whose value is a number; else an argument, and no name.  None if it is given none."""
    told = [(name, value) for name, equals, value in (e.partition("=") for e in envp) if equals]
    if scenario.variable is not None:
        return next((x for x in told if x[0] == scenario.variable), None)
    return next((x for x in [*told, *(("", x) for x in argv[1:])] if is_number(x[1])), None)


def is_number(text: str) -> bool:
    """Is this how printf writes a whole number?"""
    return text.isascii() and text.removeprefix("-").isdigit()
