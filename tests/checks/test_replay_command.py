"""The command that plays a witness again: whatever prints it, it names the student's file and can be pasted."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks.report import JUDGED, PropertyFails, replay_command
from kthreadlab.front.cli import main
from kthreadlab.grading.answers import answer_module
from kthreadlab.show.report import report_html, report_text
from tests.support import SUBMISSIONS

REPO = Path(__file__).resolve().parents[2]
WRONG = SUBMISSIONS / "lab2" / "wrong" / "no_remove_wait_queue.py"


@pytest.fixture
def opened(monkeypatch):
    """As in the kernel of a notebook that Jupyter's server has opened under this path."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return lambda path: monkeypatch.setenv("JPY_SESSION_NAME", path)


@pytest.fixture(scope="module")
def report():
    return kthreadlab.check("lab2", kthreadlab.load(WRONG))


def fails() -> PropertyFails:
    with pytest.raises(PropertyFails) as failing:
        kthreadlab.check("lab2", kthreadlab.load(WRONG), property="dies_cleanly")
    return failing.value


NAMES = {
    "/students/ada/labs/lab2.ipynb": "lab2.ipynb",
    "/students/ada/my answer (2).ipynb": "'my answer (2).ipynb'",
    "/students/ada/it's mine; rm x.ipynb": """'it'"'"'s mine; rm x.ipynb'""",
    "/students/ada/console-1-0f3e": "lab2.ipynb",
    "": "lab2.ipynb",
}


@pytest.mark.parametrize(("path", "shown"), NAMES.items())
def test_a_notebook_names_itself(opened, report, path, shown):
    """In a failing cell, in a report's text and in its table: the notebook's own name, quoted for a shell."""

    opened(path)
    texts = [str(fails()), report_text(report), report_html(report).replace("&#x27;", "'").replace("&quot;", '"')]

    assert 3 * [True] == [f"kthreadlab replay {shown} '2.6.11/lab2/kill@" in text for text in texts]


def test_where_nbgrader_runs_the_notebook_it_is_the_name_that_nbgrader_wants(opened, monkeypatch):
    """Whatever notebook nbgrader was started from."""

    opened("/graders/desk.ipynb")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert "kthreadlab replay lab2.ipynb " in str(fails())


def test_the_command_line_names_the_file_that_it_was_given(opened, capsys):
    """Also in a terminal that was opened from a notebook."""

    opened("/students/ada/lab2.ipynb")
    main(["check", "lab2", str(WRONG)])

    assert f"kthreadlab replay {WRONG} '" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["lab2.ipynb", "a rather long name for an answer, with blanks and (2).ipynb"])
def test_lines_are_broken_only_where_a_shell_does_not_mind(opened, tmp_path, name):
    """As a notebook and `nbgrader validate` show it: pasted into a shell, it plays the witness."""

    opened(f"/students/ada/{name}")
    notebook = json.loads((REPO / "labs/lab2/lab2.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["id"] == "lab2-mykthread":
            cell["source"] = "%%kmod myevent mykthread\n" + WRONG.read_text()
    (tmp_path / name).write_text(json.dumps(notebook))
    with pytest.raises(PropertyFails) as failing:
        kthreadlab.check("lab2", answer_module(str(tmp_path / name), "lab2"), property="no_dangling")

    shown = failing.value._render_traceback_()
    start = next(n for n, line in enumerate(shown) if line.startswith("again"))
    end = next(n for n, line in enumerate(shown) if line.startswith(JUDGED))
    assert start < end - 1
    pasted = "\n".join(shown[start:end]).removeprefix("again  ")
    python = f"{shlex.quote(sys.executable)} -m kthreadlab"
    done = subprocess.run(
        ["sh", "-c", pasted.replace("kthreadlab", python, 1)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "stack is gone" in done.stdout


def test_control_characters_of_a_name_are_shown_and_not_obeyed():
    """A terminal is not driven by the name of a file."""

    assert "\x1b" not in replay_command("lab2", "x", "\x1b[31mred.ipynb")
