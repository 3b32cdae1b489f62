"""The marks of a declaration: what a signature and a docstring do not say to the front end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

OMITTED: Any = None
"""The default of a parameter that may be left out, or that some versions do not have."""


def sleeps(call: Callable) -> Callable:
    """It may sleep, so it needs process context with nothing locked."""
    return _marked(call, context="sleeps")


def process(call: Callable) -> Callable:
    """Process context only."""
    return _marked(call, context="process")


def declares(name: Callable) -> Callable:
    """It is no call: it declares an object, of the kind that the annotation of its result makes."""
    return _marked(name, context="declares")


def type_name(name: Callable) -> Callable:
    """It declares an object that nothing has initialised; without brackets it stands for the type: of a field, of what
    an array holds or a pointer leads to."""
    return _marked(name, context="declares", type_name=True)


def tag(name: Callable) -> Callable:
    """A `type_name` that C writes behind ``struct``: a module may use the name for something else, too."""
    return _marked(name, context="declares", type_name=True, tag=True)


def word(name: Callable) -> Callable:
    """It is a word of the language, which the front end knows by itself: it is here for its manual page."""
    return _marked(name, context="word")


def accepted(call: Callable) -> Callable:
    """It is accepted without effect: whoever leaves it out gets the same verdicts.  Its page says why."""
    return _marked(call, accepted=True)


def since(version: str) -> Callable[[Callable], Callable]:
    """It came with *version*: a machine of an earlier one lacks it."""
    return partial(_marked, since=version)


def until(version: str) -> Callable[[Callable], Callable]:
    """It went with *version*: a machine of that one, or of a later one, lacks it."""
    return partial(_marked, until=version)


def added(**versions: str) -> Callable[[Callable], Callable]:
    """Each of these parameters came with its version: on an earlier machine the call has none such."""
    return partial(_marked, added=tuple(versions.values()))


def dropped(**versions: str) -> Callable[[Callable], Callable]:
    """Each of these parameters, the last ones, went with its version: on a later machine the call has none such."""
    return partial(_marked, dropped=tuple(versions.values()))


def _marked(name: Callable, **marks: object) -> Callable:
    """The declaration, with what is said of it."""
    vars(name).update(marks)
    return name


@dataclass(frozen=True)
class Versions:
    """Where a constant depends on the version, the third part of its entry in ``CONSTANTS``: *since* and *until* as for
    a call; *changed* says what it is from some version on, for those whose value is not the entry's own."""

    since: str = ""
    until: str = ""
    changed: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
