"""Views: how traces and reports look.  A view only reads; it never makes anything happen.

The package can be called: ``kthreadlab.show(trace)`` and ``kthreadlab.show(report, "delivered")`` show a recorded run,
as a player in a notebook, else as a picture, else as text.  See `kthreadlab.show.showing.show`.
"""

import sys
from types import ModuleType
from typing import Any


class _Show(ModuleType):
    """This package, with a call."""

    def __call__(self, what: Any, property: str = "", *, at: int | None = None) -> Any:
        from .showing import show

        return show(what, property, at=at)


show = sys.modules[__name__]
"""The package by the name under which `kthreadlab` hands it out."""
show.__class__ = _Show
