"""What nbgrader hands out of an instructor's notebook: answers that are one text in quotes become ``"?"``.

nbgrader itself would put its stub in their place, which a notebook that is run from top to bottom stumbles over.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kthreadlab.course.items import UNANSWERED, Evidence
from kthreadlab.course.registry import ITEMS
from kthreadlab.grading.cells import NoAnswer, nbgrader_of
from kthreadlab.grading.evidence import place_of_answer


def clear_answers() -> Any:
    """nbgrader's step that takes solutions out of a notebook, for cells of ours too.

    :raises ImportError: if nbgrader is not installed (``pip install 'kthreadlab[grading]'`` brings it).
    """
    clear_solutions = import_module("nbgrader.preprocessors").ClearSolutions

    class ClearAnswers(clear_solutions):  # type: ignore[misc, valid-type]  # known only when it is there
        """`ClearSolutions`, but for what is answered by a text in quotes."""

        def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
            item = _answered_in(cell)
            if item is None:
                return super().preprocess_cell(cell, resources, cell_index)
            try:
                start, end = place_of_answer(cell.source, item)
            except NoAnswer as problem:
                raise RuntimeError(f"{item.answer_id}: {problem}") from None
            cell.source = f'{cell.source[:start]}"{UNANSWERED}"{cell.source[end:]}'
            return cell, resources

    return ClearAnswers


def _answered_in(cell: Any) -> Evidence | None:
    """What a cell answers, if it is the answer's cell of an item."""
    grade_id = nbgrader_of(cell).get("grade_id")
    items = (one for one in ITEMS.values() if isinstance(one, Evidence))
    return next((one for one in items if one.answer_id == grade_id), None)
