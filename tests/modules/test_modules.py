"""Modules as others write them: the right one fails nothing on any machine, its broken twin exactly what it says.

A file's header names its shape, the calls that come, what the twin breaks, and what that breaks by itself (*also*).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kthreadlab.checks.catalogue import PROPERTIES
from tests.modules.pairs import MACHINES, failing, header, options, twin

HERE = Path(__file__).parent / "files"
FILES = sorted(HERE.glob("*.py"))


def named(paths: list[Path]) -> list:
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("path", named(FILES))
def test_a_right_module_fails_nothing(path, machine, capsys):
    """With no option but what comes."""
    assert set() == failing(path, options(path), machine, capsys)


def broken(paths: list[Path]) -> list:
    """One parameter a twin; what is not decided yet, or not yet told from its consequence, is waited for."""
    early = [path for path in paths if header(path)["breaks"] not in PROPERTIES]
    waits = pytest.mark.xfail(strict=True)
    return [pytest.param(path, id=path.stem, marks=[waits] if path in early else []) for path in paths]


@pytest.mark.parametrize("path", broken(FILES))
def test_its_twin_fails_what_it_breaks_and_nothing_else(path, tmp_path, capsys):
    """On one of the machines at least."""
    text = path.read_text(encoding="utf-8")
    wrong = tmp_path / path.name
    wrong.write_text(twin(text), encoding="utf-8")
    assert wrong.read_text() != text
    found = set().union(*(failing(wrong, options(path), machine, capsys) for machine in MACHINES))
    assert {header(path)["breaks"], *header(path).get("also", "").split()} == found


def test_there_are_thirty_in_ten_shapes():
    """And every general property that a module can break is broken by one."""
    assert len(FILES) >= 30
    assert len({header(path)["shape"] for path in FILES}) >= 10
