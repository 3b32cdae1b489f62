"""`make bench` prints what it promises to print."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.figures import MEASURES, lab6

ROOT = Path(__file__).resolve().parents[2]


def bench(*words: str) -> subprocess.CompletedProcess:
    """`python -m tests.benchmarks` as make runs it."""
    command = [sys.executable, "-m", "tests.benchmarks", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_figure_is_a_line_of_json():
    """Name, value, unit, target and peer; nothing else on stdout."""

    lines = bench("import").stdout.splitlines()

    assert [["name", "value", "unit", "target", "peer"]] == [list(json.loads(line)) for line in lines]


def test_an_unknown_measure_is_refused_with_the_known_ones():
    """A slip of the pen measures nothing."""

    run = bench("engine-99")

    assert run.returncode != 0
    assert all(name in run.stderr for name in MEASURES)


def test_the_labs_reference_is_measured_to_the_end():
    """The figure of Lab 6 is that of a complete proof: every property holds on every schedule."""

    names = [figure["name"].partition(": ")[2] for figure in lab6(2)]

    assert ["source text to verdict", "states", "transitions", "cells of a state", "memory"] == names


@pytest.mark.bench
@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_runs(name):
    """All of them, in processes of their own."""

    assert bench("--round", name).returncode == 0
