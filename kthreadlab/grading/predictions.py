"""What somebody has predicted, read out of a notebook's cells; nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kthreadlab.course.items import UNANSWERED, Question
from kthreadlab.course.registry import known, questions_of

from .gradable import is_named, python_of, statements


def predictions_in(notebook: dict, lab: str) -> dict[str, str]:
    """The letter that answers each question of a lab, by its key, or "?"; where it is asked twice, the last that is
    answered."""
    found = dict.fromkeys((question.key for question in questions_of(lab)), UNANSWERED)
    for cell in notebook["cells"]:
        for key, answer in _asked(python_of(cell)) if isinstance(cell, dict) else ():
            asked = known(key)
            letter = answer.strip().lower()
            if key in found and isinstance(asked, Question) and letter in asked.choices:
                found[key] = letter
    return found


def _asked(text: str) -> Iterator[tuple[str, str]]:
    """The keys and answers of the calls of ``predict`` in some Python, as far as they are texts."""
    for node in (inner for statement in statements(text) for inner in ast.walk(statement)):
        if isinstance(node, ast.Call) and is_named(node.func, "predict"):
            named = [keyword.value for keyword in node.keywords if keyword.arg == "answer"]
            texts = [x.value for x in [*node.args[:2], *named] if isinstance(x, ast.Constant)]
            if len(texts) == 2 and all(isinstance(x, str) for x in texts):
                yield str(texts[0]), str(texts[1])
