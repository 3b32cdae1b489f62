"""What a declaration puts into an object: whoever implements a kind of object registers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kthreadlab.lang import ir

from .cells import Cell


@dataclass(frozen=True)
class Fresh:
    """What a declaration puts into an object: what its cell holds at first, whether it can be used so (*ready*), its
    *size*."""

    init: Cell
    ready: bool = True
    size: int = 0


Declared = ir.Static | ir.Declare
Maker = Callable[..., Fresh]
"""``make(statics, declaration)``"""
FRESH: dict[str, Maker] = {}
"""For each kind of object what a declaration puts into one."""


LOOKED_AT: set[str] = set()
"""The kinds of objects whose operations find by themselves that one was never initialised."""


def fresh(*kinds: str, looked_at: bool = False) -> Callable[[Maker], Maker]:
    """Register the decorated function, which gives what is in a fresh object, for objects of these kinds.  *looked_at*:
    their operations find by themselves that one was never initialised."""

    def register(make: Maker) -> Maker:
        FRESH.update(dict.fromkeys(kinds, make))
        LOOKED_AT.update(kinds if looked_at else ())
        return make

    return register
