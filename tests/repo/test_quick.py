"""`make quick`: a sample of every kind of test, named in tests/quick.txt, that is there and can be run."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support import NO_PLUGINS

REPO = Path(__file__).resolve().parents[2]
QUICK = (REPO / "tests/quick.txt").read_text(encoding="utf-8").splitlines()
SLOW = {"browser": "starts Chromium", "grading": "starts nbgrader"}
"""Folders whose tests start other programs, which takes longer than all the rest."""


def folder(line: str) -> str:
    return line.split("/")[1]


def test_every_folder_of_tests_has_its_part():
    """But those that start other programs."""

    folders = {path.parent.name for path in REPO.glob("tests/*/test_*.py")}

    assert folders - set(SLOW) == {folder(line) for line in QUICK}
    assert set(SLOW) <= folders


def test_every_file_is_there():
    """And none is named twice."""

    assert [] == [line for line in QUICK if not (REPO / line.partition("::")[0]).exists()]
    assert len(QUICK) == len(set(QUICK))


def test_every_line_is_a_test():
    """pytest finds all that the list names: a test that gets another name is named anew."""

    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "@tests/quick.txt"]
    done = subprocess.run(command, cwd=REPO, env={**os.environ, **NO_PLUGINS}, capture_output=True, text=True)

    assert 0 == done.returncode, done.stdout[-2000:]
