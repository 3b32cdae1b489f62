"""Why a choice may not be made now, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = {
    "over": "it is over",
    "unborn": "it has not been made yet",
    "away": "it has not come yet",
    "idle": "there is nothing for it to do",
    "asleep": "it sleeps",
    "cpu": "its CPU is taken by {who}",
    "irqs_off": "interrupts are off on CPU {cpu}, by {who}",
    "bh_off": "bottom halves are off on CPU {cpu}, by {who}",
    "elsewhere": "{who} is not on CPU {cpu}",
    "busy": "it waits until the end of {who}",
    "lock": "{what} is held by {who}",
    "scenario": "the scenario says: only when {what}",
    "awake": "{who} is awake",
    "stands": "{who} does not stand still yet",
    "alive": "{who} is not to be reaped",
    "first": "{what} comes first",
    "missing": "{what} is not there",
    "armed": "the next {what} fails already",
    "other": "the timer has another function now",
}
"""Each kind of reason, and how it is said.  *who*: actors; *cpu*: a CPU; *what*: a name."""


@dataclass(frozen=True)
class Refused:
    """One reason: *kind*, a key of `KINDS`; the actors *who* are in the way; on which *cpu*; *what* it speaks of.  Of
    who sleeps *wait* says for what, in a word of `machine.standing.Wait`."""

    kind: str
    who: tuple[int, ...] = ()
    cpu: int = -1
    what: str = ""
    wait: str = ""

    def said(self, names: Sequence[str]) -> str:
        """The reason in words; *names*: those of the actors."""
        who = " and ".join(names[x] for x in self.who) or "nobody"
        return KINDS[self.kind].format(who=who, cpu=self.cpu, what=self.what)
