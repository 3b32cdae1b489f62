"""What belongs to the course is data of its scenarios; the machine and what runs it know nothing of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kthreadlab.checks import portfolio

HOME = Path(portfolio.__file__).parent.parent
ENGINE = sorted(
    path
    for folder in ("compile", "kernel", "machine", "run", "trace", "linux")
    for path in (HOME / folder).rglob("*.py")
)
COURSE = re.compile(
    r"mykthread|myevent|report_event|run_umode_handler|user_mode_handler|/bin/alert|TROUBLED|listing", re.I
)


def literals(tree: ast.AST) -> Iterator[ast.Constant]:
    """The text in a program, but for docstrings and other sentences that stand alone."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(HOME)))
def test_no_file_of_the_engine_names_what_is_the_courses(path: Path) -> None:
    """No function, text, file or variable of the labs stands in it, in no spelling."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [] == [f"{node.lineno}: {node.value!r}" for node in literals(tree) if COURSE.search(node.value)]


def test_the_labs_say_what_they_are_judged_by() -> None:
    """Every scenario of every portfolio, in so many words: whether it owes a helper, or which calls start a thread; if
    so, all that there is to say of it."""
    said = [x for lab in portfolio.LABS.values() for x in lab.scenarios if x.helper_owed is not False]
    served = [x for x in said if not x.starts]
    assert [] == [x.name for x in served if None in (x.report, x.handler, x.variable, x.helper_owed, x.helpers)]
    assert [] == [x.name for x in said if x.threads and not (x.stays and x.identity)]
