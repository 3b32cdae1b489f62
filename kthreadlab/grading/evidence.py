"""What a notebook holds beside the module of its lab: schedules and orders, each the text of one assignment.

The answer is what stands in quotes in the first statement of its cell, ``duel_1 = "…"``: it is read, never run.  A
file of kernel Python has none of it.
"""

from __future__ import annotations

import ast
from typing import cast

from kthreadlab.course.items import Evidence

from .answers import answer_cell
from .cells import NoAnswer, cell_body, source_of
from .gradable import is_named, statements, why_no_test


def answer_to(notebook: dict, item: Evidence) -> str:
    """The text that answers *item* in a notebook.

    :raises NoAnswer: if there is no one such text, or if the test cell could not see it.
    """
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    cell = answer_cell(cells, item.answer_id)
    problem = why_no_test(cells, item)
    if problem:
        raise NoAnswer(problem)
    return literal_in(source_of(cell), item).value


def literal_in(source: str, item: Evidence) -> Text:
    """What stands in quotes in the first statement of a cell, as a node of Python's.

    :raises NoAnswer: if it is anything else.
    """
    first = next(iter(statements(cell_body(source))), None)
    wanted = f'{item.variable} = "…"'
    if not isinstance(first, ast.Assign) or len(first.targets) != 1 or not is_named(first.targets[0], item.variable):
        raise NoAnswer(f"the cell {item.answer_id} begins with {wanted}; make it so again.")
    if not isinstance(first.value, ast.Constant) or not isinstance(first.value.value, str):
        raise NoAnswer(f"the answer is the text between the quotes of {wanted}, and nothing that is computed.")
    return cast(Text, first.value)


class Text(ast.Constant):
    """A text in quotes."""

    value: str


def place_of_answer(source: str, item: Evidence) -> tuple[int, int]:
    """Where the text in quotes begins in a cell that nothing stands above of, and where it ends.

    :raises NoAnswer: if there is none.
    """
    found, lines = literal_in(source, item), [line.encode() for line in source.splitlines(keepends=True)]
    assert found.end_lineno is not None and found.end_col_offset is not None
    ends = ((found.lineno, found.col_offset), (found.end_lineno, found.end_col_offset))
    start, end = (len((b"".join(lines[: line - 1]) + lines[line - 1][:col]).decode()) for line, col in ends)
    return start, end
