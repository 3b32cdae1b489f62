"""Errors on the command line: coloured where somebody sees them, complete in JSON, plain in pipes and files."""

import json
import re

import pytest

from kthreadlab.front.cli import main

BROKEN = "import os\n\ndef mykthread(unused):\n    import os\n    kmalloc(1)\n"
TWO = "def mykthread(a, b):\n    return 0\ndef report_event(id):\n    return\n"


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Run a command on a file with this text, with these words after it; (status, stdout, stderr)."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(text, *words, after=()):
        file = tmp_path / "answer.py"
        file.write_text(text)
        status = main([*words, str(file), *after])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_pipe_sees_no_colours(command):
    """The errors, each once, and the points."""
    status, said, complaint = command(BROKEN, "check", "lab2")

    assert (1, "") == (status, complaint)
    assert "\x1b" not in said
    assert 1 == said.count("imports: not in a kernel")
    assert "not checked" not in said


def test_colours_can_be_asked_for(command, monkeypatch):
    """FORCE_COLOR, as everywhere: on stdout for a check, on stderr for what can't be run."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "\x1b[1;31merror:" in command(BROKEN, "check", "lab2")[1]
    assert "\x1b[1;31merror:" in command(BROKEN, "explore")[2]


def test_json_is_complete_and_never_coloured(command, monkeypatch):
    """Every error whole, and every property."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, said, _ = command(BROKEN, "check", "lab2", after=["--json"])

    report = json.loads(said)
    assert "\\u001b" not in said
    assert "imports: not in a kernel" in report["problem"] and "kmalloc(size, flags)" in report["problem"]
    assert 2 == report["problem"].count("  rule  ")
    assert {"no_oops", "delivered"} <= set(report["properties"])


def test_json_of_what_cannot_be_run_is_complete(command, monkeypatch):
    """The errors are in the text of the refusal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    status, said, _ = command(BROKEN, "explore", after=["--json"])

    assert 2 == status
    assert "\\u001b" not in said
    assert "kmalloc(size, flags)" in json.loads(said)["error"]


@pytest.mark.parametrize("words", [("explore",), ("ps",)])
def test_a_thread_with_two_parameters_cannot_be_run(command, words):
    """The line of its def, marked, and the rule."""
    status, said, complaint = command(TWO, *words)

    assert (2, "") == (status, said)
    assert re.search(r"^mykthread:1:5: error: mykthread takes 2 arguments, and .* gives it 1$", complaint, re.MULTILINE)
    assert "    def mykthread(a, b):\n        ^~~~~~~~~\n" in complaint


def test_reporters_call_with_one_argument(command):
    """A function that the world calls is refused where it is defined, too."""
    text = "def mykthread(unused):\n    schedule()\n    return 0\ndef report_event():\n    return\n"
    _, _, complaint = command(text, "explore", after=["--calls", "1"])

    assert "mykthread:4:5: error: report_event takes no arguments, and the call reporter1 gives it 1" in complaint
    assert "look  def report_event(data):" in complaint


LONE = "def mykthread(unused):\n    schedule()\n    return 0\n"


@pytest.mark.parametrize("words", [["explore"], ["explore", "--calls", "0"], ["ps"]])
def test_a_thread_alone_is_linked_with_no_labs_file(command, words):
    """It uses nothing of what a lab gives, so nothing of it is missing."""

    assert "" == command(LONE, words[0], after=words[1:])[2]


def test_a_thread_alone_cannot_be_called_by_reporters(command):
    """That is said, and nothing of a file that nobody has written."""

    status, _, complaint = command(LONE, "explore", after=["--calls", "2"])

    assert 2 == status
    assert "there is no function report_event" in complaint and "--calls 0" in complaint
    assert "events:" not in complaint
