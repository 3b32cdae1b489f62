"""The same input gives the same bytes: verdicts, witnesses, counts, under two hash seeds and two Pythons."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
import json, sys
sys.path[:0] = [{root!r}]
import kthreadlab
from tests.support import ANSWER, corpus
wanted = {wanted!r}
for s in corpus():
    if s.name in wanted:
        report = kthreadlab.check(s.lab, kthreadlab.load(s.text, name=ANSWER[s.lab]))
        for name, p in report.properties.items():
            print(s.name, name, p.holds, p.exercised, p.points, p.states, p.scenario, p.cause, p.witness, *p.story)
        print(s.name, report.states, report.transitions, report.scenarios)
"""
WANTED = [
    "lab2/wrong/listing_two",
    "lab2/wrong/no_remove_wait_queue",
    "lab5/wrong/leaks_when_exec_fails",
    "lab6/wrong/plain_lock_in_thread",
]


@functools.cache
def output(python: str, seed: str) -> str:
    """What the probe prints under an interpreter and a hash seed."""
    probe = PROBE.format(root=str(ROOT), wanted=WANTED)
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([python, "-c", probe], env=env, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert 0 == done.returncode, done.stderr
    assert done.stdout
    return done.stdout


@pytest.mark.parametrize("seed", ["1", "31337"])
def test_the_hash_seed_changes_nothing(seed: str) -> None:
    """Verdicts, witnesses, stories and state counts do not depend on the order of sets."""

    assert output(sys.executable, "0") == output(sys.executable, seed)


def runs(python: str) -> bool:
    """Whether there is such an interpreter (a shim that finds none does not count)."""
    path = shutil.which(python)
    return path is not None and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0


OTHERS = [p for p in ("python3.12", "python3.13", "python3.14") if runs(p)]


@pytest.mark.skipif(not OTHERS, reason="no newer Python is installed")
@pytest.mark.parametrize("python", OTHERS)
def test_another_python_changes_nothing(python: str) -> None:
    """The newest Python that is installed finds the same."""

    assert output(sys.executable, "0") == output(shutil.which(python), "0")
