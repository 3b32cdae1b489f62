"""Why a choice may not be made now, as data."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    "over",
    "unborn",
    "away",
    "idle",
    "asleep",
    "sigstop",
    "traced",
    "cpu",
    "irqs_off",
    "bh_off",
    "elsewhere",
    "busy",
    "lock",
    "scenario",
    "in_use",
    "awake",
    "stands",
    "alive",
    "first",
    "missing",
    "armed",
    "other",
)
"""Each kind of reason; how each is said, `trace.refusals` knows."""


@dataclass(frozen=True)
class Refused:
    """One reason: *kind*, a key of `KINDS`; the actors *who* are in the way; on which *cpu*; *what* it speaks of.  Of
    who sleeps *wait* says for what, in a word of `machine.standing.Wait`."""

    kind: str
    who: tuple[int, ...] = ()
    cpu: int = -1
    what: str = ""
    wait: str = ""
