"""Errors in a notebook: with the cell's own line numbers, once, and in colour."""

import json
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config as IPythonConfig

from kthreadlab import check
from kthreadlab.checks.labs import LABS
from kthreadlab.grading.answers import answer_module, module_of_cell, own_module

MAGIC = "%%kmod myevent mykthread"
CODE = "def mykthread(unused):\n    time.sleep(1)\n    import os\n    return kmalloc(1)\n"
ABOVE = ["", "\n", "\n\n   \n"]


class Session:
    """An IPython session: `run` a cell as it is written, see what it printed and raised."""

    def __init__(self, capsys):
        config = IPythonConfig()
        config.HistoryManager.enabled = False
        self.shell, self.capsys = InteractiveShell(config=config), capsys

    def run(self, cell: str) -> str:
        self.shell.run_cell(cell)
        printed = self.capsys.readouterr()
        assert "" == printed.err
        return printed.out


@pytest.fixture
def session(capsys, monkeypatch):
    for name in ("NBGRADER_EXECUTION", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    made = Session(capsys)
    made.run("%load_ext kthreadlab\nfrom kthreadlab import check, explore, Scenario, Config")
    return made


def lines(text: str) -> list[int]:
    """The lines that the headlines of errors name."""
    return [int(line) for line in re.findall(r"mykthread:(\d+):\d+: error", text)]


@pytest.mark.parametrize("above", ABOVE)
def test_a_line_has_the_number_that_the_editor_shows(session, above):
    """The magic is line 1, or stands below the blank lines that are above it."""
    first = above.count("\n") + 1

    assert [first + 2, first + 3, first + 4] == lines(session.run(f"{above}{MAGIC}\n{CODE}"))


def test_a_magic_above_counts_too(session):
    """%%time takes a line of its own."""
    said = session.run(f"%%time\n\n{MAGIC}\n{CODE}")

    assert [5, 6, 7] == lines(said)


@pytest.mark.parametrize("above", ABOVE)
def test_the_notebook_as_a_file_has_the_same_lines(session, tmp_path, above):
    """kthreadlab check FILE.ipynb reads the cell's text: the same module comes out, to the line."""
    cell = f"{above}{MAGIC}\n{CODE}"
    session.run(cell)
    path = tmp_path / "lab2.ipynb"
    metadata = {"nbgrader": {"grade_id": "lab2-mykthread", "solution": True}}
    cells = [{"cell_type": "code", "metadata": metadata, "source": cell, "outputs": []}]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))

    live = session.shell.user_ns["myevent"]
    assert live == answer_module(str(path), "lab2") == own_module(str(path))
    assert live.diagnostics == module_of_cell(cell, "a file").diagnostics


def test_a_file_has_its_own_lines(tmp_path):
    """A .py file's lines are the file's, with a magic line or without, and with blank lines above."""
    path = tmp_path / "answer.py"
    for head in ("", f"{MAGIC}\n", f"\n\n{MAGIC}\n"):
        path.write_text(head + CODE)
        first = head.count("\n")
        module = answer_module(str(path), "lab2")
        assert [first + 2, first + 3, first + 4] == [d.pos.line for d in module.diagnostics]


def test_a_cell_run_by_code_counts_from_its_magic(session):
    """Where the running cell is no %%kmod cell, there is nothing above."""
    session.run(f"get_ipython().run_cell_magic('kmod', 'myevent mykthread', {CODE!r})")

    assert [3, 4, 5] == [d.pos.line for d in session.shell.user_ns["myevent"].diagnostics]


def test_errors_are_told_once(session):
    """The cell tells them whole; the check's report names the first, and no property."""
    said = session.run(f"{MAGIC}\n{CODE}")
    session.run("report = check('lab2', myevent)")
    data, _ = session.shell.display_formatter.format(session.shell.user_ns["report"])

    assert 3 == said.count("  rule  ")
    for shown in data.values():
        assert "time.sleep: not in a kernel" in shown
        assert "and 2 more errors" in shown
        assert "  rule  " not in re.sub("<[^>]*>", "", shown)
        assert "no_oops" not in shown and "not checked" not in shown


def test_a_test_cell_is_short(session):
    """First error, and how many more: in each of nine cells."""
    session.run(f"{MAGIC}\n{CODE}")
    said = session.run("check('lab2', myevent, property='no_oops')")

    assert [
        "no_oops: mykthread:3:5: error: time.sleep: not in a kernel",
        "        time.sleep(1)",
        "        ^~~~~~~~~~",
        "and 2 more errors",
    ] == said.splitlines()[:-1]
    assert said.splitlines()[-1].startswith("judged mykthread, 4 lines, ")


def test_a_name_from_elsewhere_is_pointed_at_when_the_cell_runs(session):
    """Another file may define it, so it is a warning; and it says where, and what the kernel has."""
    said = session.run(f"{MAGIC}\ndef mykthread(unused):\n    print(1)\n    later()\n    return 0\n")

    assert said.startswith("myevent: mykthread linked (functions: mykthread)\n")
    assert "not defined yet, another file may do it: later\n" in said
    assert "mykthread:3:5: warning: myevent: Unknown symbol print" in said
    assert "printk(" in said


def test_what_the_answer_has_to_define_is_no_slip_in_the_given_cell(session):
    """Lab 4's wait_for_event looks like the kernel's wait_event; elsewhere such a name is pointed at."""
    given = session.run("%%kmod myevent reader\n" + LABS["lab4"].given_text)
    other = session.run("%%kmod other reader\n" + LABS["lab4"].given_text)

    assert given.splitlines()[1:] == ["not defined yet, another file may do it: wait_for_event, wait_for_disk"]
    assert "did you mean wait_event?" in other


def test_what_only_the_engine_finds_is_told_like_an_error(session):
    """A thread with two parameters, explored: the line, the rule and no frame of ours."""
    session.run(f"{MAGIC}\ndef mykthread(a, b):\n    return 0\n")
    said = session.run("explore(myevent, Scenario('x', threads=['mykthread']), Config())")

    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert plain.startswith("mykthread:2:5: error: mykthread takes 2 arguments")
    assert "def mykthread(a, b):" in plain
    assert "Traceback" not in plain and "actors.py" not in plain


def test_unloading_forgets_the_cells(session):
    """No event of the session calls us any more."""
    session.run("%unload_ext kthreadlab")

    assert not [f for f in session.shell.events.callbacks["pre_run_cell"] if "Kmod" in repr(f)]


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"NBGRADER_EXECUTION": "autograde"}])
def test_a_notebook_is_always_in_colour(environment, monkeypatch):
    """Its stored output must not depend on who ran it."""
    import nbclient
    import nbformat

    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    sources = ["%load_ext kthreadlab", f"\n{MAGIC}\n{CODE}"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])

    nbclient.NotebookClient(notebook, timeout=120).execute()

    (output,) = notebook.cells[1].outputs
    assert "stdout" == output.name
    assert "\x1b[1mmykthread:4:5:\x1b[0m \x1b[1;31merror:\x1b[0m" in output.text


def test_the_report_of_a_broken_answer_has_no_colours_of_a_terminal(session):
    """What a notebook stores as plain text stays plain."""
    session.run(f"{MAGIC}\n{CODE}")
    report = check("lab2", session.shell.user_ns["myevent"])
    data, _ = session.shell.display_formatter.format(report)

    assert "\x1b" not in data["text/plain"] + data["text/html"]
