"""What a submission holds beside its module, as the command tells it: schedules and orders, from a notebook alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kthreadlab.checks.report import Report
from kthreadlab.course.earned import Result
from kthreadlab.course.registry import evidence_of
from kthreadlab.trace.narrate import plain


@dataclass(frozen=True)
class Beside:
    """The *results* of a notebook's answers beside the module; *elsewhere*: the points that only a notebook can earn,
    where none was given."""

    results: tuple[Result, ...] = ()
    elsewhere: int = 0

    @classmethod
    def of(cls, notebook: dict, lab: str) -> Beside:
        """Of a notebook; {} if there is none."""
        if not notebook or not evidence_of(lab):
            return cls((), sum(item.points for item in evidence_of(lab)))
        from kthreadlab.grading.judging import evidence_in

        return cls(evidence_in(notebook, lab))

    @property
    def points(self) -> int:
        """The points that are earned."""
        return sum(result.points for result in self.results)

    @property
    def max_points(self) -> int:
        """The points that this notebook could earn."""
        return sum(result.item.points for result in self.results)

    @property
    def first_problem(self) -> str:
        """The first answer that earns nothing, in a line, or ""."""
        lost = next((result for result in self.results if not result.points), None)
        return f"{lost.item.name}: {_first_line(lost.says)}" if lost else ""

    def told(self, report: Report) -> Iterator[str]:
        """What stands below the *report*: a line for each answer, and the sum of all points."""
        if self.results:
            yield from ("", "  beside the module:")
        for result in self.results:
            mark, points = "✓" if result.points else "✗", f"{result.points:>2}/{result.item.points:<2}"
            first, *more = result.says.split("\n")
            yield f"  {mark} {points}  {result.item.name}: {plain(first)}"
            yield from (f"           {plain(line)}" for line in more)
        if self.results:
            yield from ("", f"together {report.points + self.points} of {report.max_points + self.max_points} points")
        if self.elsewhere:
            yield from ("", f"these are of {report.max_points} points; {self.elsewhere} more are in the notebook")

    def data(self) -> dict[str, object]:
        """As ``--json`` has it."""
        told = {
            result.item.name: {"points": result.points, "max_points": result.item.points, "says": result.says}
            for result in self.results
        }
        return {"evidence": told, **({"elsewhere": self.elsewhere} if self.elsewhere else {})}


def _first_line(text: str) -> str:
    return plain(text.partition("\n")[0])
