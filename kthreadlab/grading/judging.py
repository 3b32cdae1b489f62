"""What a notebook's answers beside the module come to."""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.course.duels import broke, visited
from kthreadlab.course.earned import Earned, NotEarned, Result
from kthreadlab.course.items import Evidence
from kthreadlab.course.puzzles import arranged
from kthreadlab.course.registry import evidence_of

from .cells import NoAnswer
from .evidence import answer_to

JUDGES: dict[str, Callable[[str, str], Earned]] = {"broke": broke, "visited": visited, "arranged": arranged}
"""What judges an answer, by the name that a test cell calls."""


def evidence_in(notebook: dict, lab: str) -> tuple[Result, ...]:
    """Every answer to *lab* that a notebook holds beside the module, judged."""
    return tuple(_result(notebook, item) for item in evidence_of(lab))


def _result(notebook: dict, item: Evidence) -> Result:
    try:
        earned = JUDGES[item.judged_by](item.key, answer_to(notebook, item))
    except NoAnswer as refusal:
        return Result(item, 0, str(refusal))
    except NotEarned as refusal:
        return Result(item, 0, refusal.missing)
    return Result(item, item.points, earned.says)
