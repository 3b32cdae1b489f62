"""What a property is, only the checks know: whatever runs a machine is told by observers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kthreadlab.checks.catalogue import PROPERTIES
from tests.repo.test_engine_knows_no_course import HOME, literals

ENGINE = sorted(
    path
    for folder in ("lang", "compile", "kernel", "machine", "run", "linux")
    for path in (HOME / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(HOME)))
def test_no_file_of_the_engine_names_a_property(path: Path) -> None:
    """None is a literal of it, docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [] == [f"{node.lineno}: {node.value!r}" for node in literals(tree) if node.value in PROPERTIES]
