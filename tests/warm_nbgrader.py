"""nbgrader's commands, each in a process of its own; nbgrader is imported once, which is most of their time."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str]]
"""``run(words, folder, **environment)``: the exit status, and all that was printed."""

SERVE = """
import json, os, sys, tempfile
from nbgrader.apps import nbgraderapp
for line in sys.stdin:
    words, place, environment = json.loads(line)
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.chdir(place)
            os.environ.update(environment)
            sys.argv = words
            nbgraderapp.main()
            sys.exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        print(json.dumps([status, said.read()]), flush=True)
"""


@contextmanager
def warm_nbgrader(python: str, environment: dict[str, str]) -> Iterator[Run]:
    """*python* has imported nbgrader in *environment*, and runs its commands until the end of the block."""
    if not hasattr(os, "fork"):
        pytest.skip("starts its commands by fork")
    command = [python, "-c", SERVE]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as warm:

        def run(words: list[str], folder: Path, **more: str) -> tuple[int, str]:
            warm.stdin.write(json.dumps([words, str(folder), more]) + "\n")
            warm.stdin.flush()
            status, said = json.loads(warm.stdout.readline())
            return status, said

        yield run


KEPT = ExitStack()
atexit.register(KEPT.close)


@functools.cache
def nbgrader_with(path: str) -> Run:
    """This Python's nbgrader with PYTHONPATH *path*, warm until the tests end."""
    return KEPT.enter_context(warm_nbgrader(sys.executable, {**os.environ, "PYTHONPATH": path}))
