"""Pairs of modules: one that is right, and its broken twin, the same text but for a few lines.

A file's header names what is said of it, ``# key: value``.  The twin is the same text without the lines that end in
``# right`` and with those behind ``#!``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kthreadlab.front.cli import main

MACHINES = {"up": ["--smp"], "each": ["--cpus", "each"], "pre": ["--preempt", "--smp"]}
"""One CPU, a CPU for each task, one CPU with preemption; with real lock words on each."""


def header(path: Path) -> dict[str, str]:
    """The lines ``# key: value`` at the top of a file."""
    lines = path.read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    found = (re.fullmatch(r"# (\w+): *(.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def twin(text: str) -> str:
    """The broken one."""
    lines = [line for line in text.splitlines() if not line.endswith("  # right")]
    return "\n".join(re.sub(r"^( *)#! ", r"\1", line) for line in lines) + "\n"


def failing(path: Path, options: str, machine: str, capsys: pytest.CaptureFixture) -> set[str]:
    """What explore says fails, or is not decided."""
    status = main(["explore", str(path), "--json", *options.split(), *MACHINES[machine]])
    printed = capsys.readouterr()
    assert status in (0, 1), printed.err
    verdicts = json.loads(printed.out)["properties"].items()
    return {name for name, v in verdicts if v["verdict"] in ("fails", "not decided")}


def options(path: Path) -> str:
    told = header(path)
    return f"{told['options']} --profile {told.get('profile', '2.6.11')}"
