"""nbgrader's Validate, the button and the command: a failing property shows its witness, all of it."""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.grading.conftest import Course, with_answer
from tests.support import played

pytestmark = pytest.mark.grading

REPO = Path(__file__).resolve().parents[2]
WRONG = (REPO / "tests/submissions/lab2/wrong/no_remove_wait_queue.py").read_text()


@pytest.fixture(scope="module")
def notebook(course: Course) -> Path:
    """The students' notebook with an answer that never leaves the wait queue."""
    path = course.folder / "student" / "lab2.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(played(with_answer(course.released(), WRONG), "lab2")))
    return path


def replayed(text: str, notebook: Path) -> str:
    """What the first command that *text* tells to run again says, pasted into a shell in the notebook's folder."""
    command = re.search(r"again  (kthreadlab replay lab2\.ipynb '[^']*')", text)[1]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    pasted = command.replace("kthreadlab", f"{sys.executable} -m kthreadlab", 1)
    done = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, env=environment, cwd=notebook.parent)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_the_command_shows_the_witness(course, notebook):
    """`nbgrader validate` cuts long lines; sentence, story, rule and schedule are whole all the same."""

    said = course.nbgrader("validate", str(notebook))

    assert "VALIDATION FAILED ON 2 CELL(S)" in said
    assert "mykthread ended with its entry still on myevent_waitqueue." in said
    assert "..." not in said.partition("VALIDATION FAILED")[2]
    assert "myevent_waitqueue" in replayed(said, notebook)


def test_the_button_shows_the_witness(course, notebook):
    """What the Validate button gets: the failing cells, each with our text and no traceback."""
    from nbgrader.server_extensions.validate_assignment.handlers import Validator

    path = os.environ["PATH"]
    try:
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
        failed = Validator().validate(str(notebook))["failed"]
    finally:
        os.environ["PATH"] = path

    assert 2 == len(failed)
    for cell in failed:
        error = html.unescape(re.sub(r"\x1b\[[0-9;]*m", "", cell["error"]))
        assert "Traceback" not in error and "site-packages" not in error
        assert "myevent_waitqueue" in replayed(error, notebook)
