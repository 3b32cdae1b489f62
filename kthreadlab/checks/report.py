"""The result of a check, as data.  How it looks is `kthreadlab.show`'s business."""

from __future__ import annotations

from dataclasses import dataclass, field

from kthreadlab.checks.sentences import RULES


@dataclass(frozen=True)
class PropertyResult:
    """One property of one check.

    *holds*: True / False, or None when the search was not exhausted or the answer is not written yet.  *exercised*: its
    trigger was reached.  *graded*: it carries points.  *witness*: the schedule string of a shortest failing run, or "".
    *scenario*: where it fails.  *cause*: key into the hints.  *sentence*: what goes wrong, in one sentence.  *story*:
    the narrated witness, a line a step.  *hints*: four rungs, gentlest first.  *states*: how many states were searched.
    """

    id: str
    name: str
    title: str
    holds: bool | None
    exercised: bool
    graded: bool
    points: int
    max_points: int
    states: int = 0
    witness: str = ""
    scenario: str = ""
    cause: str = ""
    sentence: str = ""
    story: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.holds) and self.exercised

    @property
    def rule(self) -> str:
        """The rule behind the property, as a report quotes it, or ""."""
        return RULES.get(self.name, "")


@dataclass(frozen=True)
class Report:
    """A check of one answer: *properties* by name, in the lab's order.  *problem*: why nothing could be checked (a
    compile error, a stub, a missing name), else "".  *seconds* is measured apart and never compared or stored."""

    lab: str
    title: str
    module: str
    version: str
    properties: dict[str, PropertyResult]
    problem: str = ""
    states: int = 0
    transitions: int = 0
    scenarios: int = 0
    complete: bool = True
    seconds: float = field(default=0.0, compare=False, repr=False)

    @property
    def points(self) -> int:
        return sum(p.points for p in self.properties.values())

    @property
    def max_points(self) -> int:
        return sum(p.max_points for p in self.properties.values())


class PropertyFails(AssertionError):
    """A graded property does not hold.  Its text is the sentence, the narrated witness and the schedule string; a
    notebook shows just that text, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()
