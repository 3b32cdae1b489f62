"""The marks of a declaration: what a signature and a docstring do not say to the front end."""

from collections.abc import Callable


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
