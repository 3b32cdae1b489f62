"""Test cells on what stands beside the module: where nbgrader runs a notebook, they judge what its page holds.

So they give what `kthreadlab check` gives, which reads the page too, whatever has been done to the variable.
"""

from __future__ import annotations

from functools import wraps

from kthreadlab.checks.report import graded_by_nbgrader
from kthreadlab.course import duels, puzzles
from kthreadlab.course.earned import Earned, NotEarned
from kthreadlab.course.items import Duel, Evidence, Puzzle, Visit
from kthreadlab.course.registry import item
from kthreadlab.grading.answers import answer_in
from kthreadlab.grading.cells import NoAnswer
from kthreadlab.grading.evidence import answer_to

from . import saved


@wraps(duels.broke)
def broke(key: str, schedule: str) -> Earned:
    return duels.broke(key, _written(item(key, Duel), schedule))


@wraps(duels.visited)
def visited(key: str, schedule: str) -> Earned:
    return duels.visited(key, _written(item(key, Visit), schedule))


@wraps(puzzles.arranged)
def arranged(key: str, order: str) -> Earned:
    return puzzles.arranged(key, _written(item(key, Puzzle), order))


def _written(asked: Evidence, answer: str) -> str:
    """The answer that a test cell judges: where nbgrader runs the notebook, what the page holds, as `kthreadlab check`
    reads it, whatever else has been done to the variable.

    :raises NotEarned: if the page holds none.
    """
    page = saved.session if graded_by_nbgrader() else None
    notebook = page.submission(asked.lab) if page is not None else None
    try:
        if notebook is None:
            return answer
        answer_in(notebook, asked.lab)  # who can't be graded at all gets nothing for this either
        return answer_to(notebook, asked)
    except NoAnswer as refusal:
        raise NotEarned(asked, str(refusal)) from None
