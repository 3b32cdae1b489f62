"""How a property fails."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """How a property fails: at state *state*, by the choice of actor *actor* (``hit``, ``fault``: the step that does
    it), at rest (``dead``), or for ever (``cycle``, on the component *part*).  Of a ``hit``, *part* has all states in
    which the machine noticed the same.  *cause* is a key of the hints.  *fault*: the machine's own word for the fault,
    if it is one; *behind*: what is owed was merely unanswered when it came; *breaking*: it lies in the very step that
    breaks the run.  *path*: the choices of a shortest run that shows it, where not every run to its state does."""

    kind: str
    state: int
    cause: str
    actor: int = -1
    entry: int = -1
    line: int = 0
    file: str = ""
    part: tuple[int, ...] = ()
    id: int | None = None
    detail: str = ""
    fault: str = ""
    behind: bool = False
    breaking: bool = False
    path: tuple[int, ...] = ()
