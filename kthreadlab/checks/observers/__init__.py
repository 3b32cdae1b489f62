"""Observers: what properties must remember of a run, and what they notice on the way.  A class for each property, or
for a family whose bits belong together."""

from __future__ import annotations

from collections.abc import Collection

from kthreadlab.compile.hooks import Observer

from .contexts import Atomic, Contexts, Locks
from .files import Files
from .handlers import Handlers
from .memory import Dangling, Leaks
from .reports import Reports
from .threads import Ends, Looks, Starts

ANSWERS = frozenset({"delivered", "delivered_when_asleep", "survives_failure"})
"""The properties that ask which reports have been answered."""


def observers_for(names: Collection[str], keys: Collection[str] | None = None) -> tuple[Observer, ...]:
    """The observers of the properties of these names; none for none.  *keys*: see `Noting`.

    What costs the state nothing, and what says whose fault a break is, is always looked at; the order is that of the
    lines they write."""
    if not names:
        return ()
    return (
        Atomic(keys),
        Dangling(keys),
        Locks(keys),
        Contexts(keys),
        Ends(keys),
        *([Looks()] if "identity" in names else []),
        *([Starts(keys)] if "tells_failure" in names else []),
        Reports(not ANSWERS.isdisjoint(names), "delivered_when_asleep" in names, "no_stale_helper" in names),
        Handlers("survives_failure" in names, "exec_vector" in names, "large_ids" in names),
        Leaks(keys),
        *([Files()] if "registration" in names else []),
    )
