"""SPIN on the same model, where it is installed (Debian: ``apt install spin gcc``)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).with_name("mykthread.pml")


@dataclass(frozen=True)
class SpinRun:
    """One verification, with SPIN's partial-order reduction.  *build*: ``spin -a`` and gcc; *search*: ``pan``."""

    states: int
    transitions: int
    build: float
    search: float


def available() -> bool:
    """Are spin and a C compiler here?"""
    return bool(shutil.which("spin") and shutil.which("gcc"))


def run(wakers: int) -> SpinRun:
    """Build and run the verifier in a folder of its own.  ``-E``: being asleep for ever is no error in this model."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(MODEL, folder)
        began = time.perf_counter()
        _do(folder, "spin", "-a", f"-DNW={wakers}", MODEL.name)
        _do(folder, "gcc", "-O2", "-DSAFETY", "-o", "pan", "pan.c")
        built = time.perf_counter()
        output = _do(folder, "./pan", "-E", "-m1000000")
        done = time.perf_counter()
    states, transitions = (int(re.search(rf"(\d+) {word}", output)[1]) for word in ("states, stored", "transitions"))
    return SpinRun(states, transitions, built - began, done - built)


def _do(folder: str, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
