"""Numbers of errno and of task states stand in one place each."""

import ast
from pathlib import Path

import pytest

from kthreadlab.lang import errno, task_state
from kthreadlab.lang.api import CONSTANTS

PACKAGE = Path(errno.__file__).parents[1]
KERNEL_PYTHON = (PACKAGE / "checks" / "given", PACKAGE / "linux")
NAMES = {name for name in (*vars(errno), *vars(task_state)) if name.isupper() and name in CONSTANTS}
SOURCES = [p for p in sorted(PACKAGE.rglob("*.py")) if not any(top in p.parents for top in KERNEL_PYTHON)]
HOMES = {Path(errno.__file__), Path(task_state.__file__)}


def numeric(value: ast.expr) -> bool:
    """Is it a number, or several?"""
    if isinstance(value, ast.Tuple):
        return all(numeric(x) for x in value.elts)
    return isinstance(value, ast.Constant) and isinstance(value.value, int)


def assigned(path: Path) -> set[str]:
    """The names to which a file gives numbers of its own."""
    found = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Assign) and numeric(n.value)]
    targets = [t for n in found for t in n.targets]
    flat = [x for t in targets for x in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return {x.id for x in flat if isinstance(x, ast.Name)}


def test_every_number_is_a_constant_of_the_language():
    """What kernel Python may name has the same value there."""

    for home in (errno, task_state):
        for name in NAMES & vars(home).keys():
            assert CONSTANTS[name] == getattr(home, name)
    assert {"EINTR", "ERESTARTSYS", "TASK_UNINTERRUPTIBLE"} < NAMES


@pytest.mark.parametrize("path", [p for p in SOURCES if p not in HOMES], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_no_other_file_says_such_a_number_again(path):
    """It is imported."""

    assert set() == assigned(path) & NAMES
