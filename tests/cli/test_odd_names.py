"""Whatever a name holds, a terminal shows it and never obeys it: escape sequences, line ends, bytes of no text."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kthreadlab.front.cli import main

REPO = Path(__file__).resolve().parents[2]
ANSWER = REPO / "tests/submissions/lab2/wrong/no_remove_wait_queue.py"
ODD = "a\x1b]0;b\x07c\n60 of 60\r\x9b31m'\\ \u202e\udcff"
"""ESC, BEL, a line of its own, CR, CSI, a quote, a backslash, a bidi override and a byte that is not UTF-8."""
SHOWN = r"a\x1b]0;b\x07c\n60 of 60\r\x9b31m'\ \u202e\udcff"

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no file can have such a name here")


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with oddly called things in it: answers, a notebook that is none, a folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ANSWER, f"{ODD}.py")
    Path(f"{ODD}-broken.py").write_text("import os\n")
    Path(f"{ODD}.ipynb").write_text('{"cells": []}')
    Path(f"{ODD}.json.ipynb").write_text("{")
    Path(f"{ODD}.bytes.py").write_bytes(b"\xff")
    Path(f"{ODD}.folder").mkdir()
    return tmp_path


@pytest.fixture
def schedule(capsys) -> str:
    """One that plays in the answer."""
    main(["check", "lab2", str(ANSWER), "--json"])
    return json.loads(capsys.readouterr().out)["properties"]["no_dangling"]["witness"]


COMMANDS = {
    "check": ["check", "lab2", f"{ODD}.py"],
    "check, one property": ["check", "lab2", f"{ODD}.py", "--property", "no_dangling"],
    "check, several": ["check", "lab2", f"{ODD}.py", f"{ODD}.nowhere", f"{ODD}.ipynb"],
    "check, not there": ["check", "lab2", f"{ODD}.nowhere"],
    "check, not there, json": ["check", "lab2", f"{ODD}.nowhere", "--json"],
    "check, a folder": ["check", "lab2", f"{ODD}.folder"],
    "check, no text": ["check", "lab2", f"{ODD}.bytes.py"],
    "check, no answer": ["check", "lab2", f"{ODD}.ipynb"],
    "check, no notebook": ["check", "lab2", f"{ODD}.json.ipynb"],
    "check, no lab": ["check", ODD, f"{ODD}.py"],
    "check, no property": ["check", "lab2", f"{ODD}.py", "--property", ODD],
    "explore": ["explore", f"{ODD}-broken.py"],
    "explore, not there": ["explore", f"{ODD}.nowhere"],
    "explore, no cell": ["explore", f"{ODD}.ipynb"],
    "explore, no thread": ["explore", f"{ODD}.py", "--thread", ODD],
    "explore, no profile": ["explore", f"{ODD}.py", "--profile", ODD],
    "explore, no number": ["explore", f"{ODD}.py", "--calls", ODD],
    "replay": ["replay", f"{ODD}.py", "SCHEDULE", "--html", f"{ODD}.html", "--svg", f"{ODD}.svg"],
    "replay, not there": ["replay", f"{ODD}.nowhere", "SCHEDULE"],
    "replay, over the answer": ["replay", f"{ODD}.py", "SCHEDULE", "--html", f"{ODD}.py"],
    "replay, nowhere to write": ["replay", f"{ODD}.py", "SCHEDULE", "--svg", f"{ODD}.nowhere/a.svg"],
    "replay, no schedule": ["replay", f"{ODD}.py", f"2.6.11/{ODD}@00000000: mykthread"],
    "ps": ["ps", f"{ODD}-broken.py"],
    "ps, not there": ["ps", f"{ODD}.nowhere"],
    "man": ["man", ODD],
    "lab": ["lab", "--copy-only", f"{ODD}.labs"],
    "lab, a file": ["lab", "--copy-only", f"{ODD}.py"],
    "no command": [ODD],
    "no option": ["ps", f"{ODD}.py", f"--{ODD}"],
    "too much": ["ps", f"{ODD}.py", ODD],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_name_is_shown_and_not_obeyed(place, schedule, capsys, words):
    """Nothing that a command prints could move the cursor, begin a line of its own or turn the text round."""

    main([schedule if word == "SCHEDULE" else word for word in words])
    out, err = capsys.readouterr()

    assert [] == [letter for letter in out + err if not letter.isprintable() and letter != "\n"]
    assert [] == [line for line in (out + err).splitlines() if line.startswith("60 of 60")]
    assert re.search(r"\\x1b|\\033|\\u001b", out + err), "the name is not there at all"


def test_the_name_itself_is_still_told(place, capsys):
    """Every letter of it, printable ones as they are."""

    main(["ps", f"{ODD}.nowhere"])

    assert f"kthreadlab: {SHOWN}.nowhere: there is no such file.\n" == capsys.readouterr().err


@pytest.mark.parametrize("name", [f"{ODD}.py", "-x y.py"], ids=["odd", "like an option"])
def test_the_command_that_replays_a_witness_works_when_it_is_pasted(place, capsys, name):
    """A shell reads back the very name, and we don't take it for an option."""

    if not shutil.which("bash"):
        pytest.skip("there is no bash here")
    shutil.copy(ANSWER, name)
    main(["check", "lab2", "--", name])
    again = re.search(r"again +(kthreadlab replay .*)", capsys.readouterr().out)[1]
    program = 'kthreadlab() { "$PYTHON" -m kthreadlab "$@"; }\n'
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(REPO)}
    done = subprocess.run(["bash", "-c", program + again], env=environment, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr)
    assert "mykthread" in done.stdout


def test_json_has_the_name_itself(place, capsys):
    """A program gets what it gave, in JSON's own escapes."""

    main(["check", "lab2", f"{ODD}.py", f"{ODD}.ipynb", "--json"])
    lines = capsys.readouterr().out.splitlines()

    assert [f"{ODD}.py", f"{ODD}.ipynb"] == [json.loads(line)["file"] for line in lines]
    assert all(line.isascii() and line.isprintable() for line in lines)
