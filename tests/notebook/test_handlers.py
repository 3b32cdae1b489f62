"""Lab 5's cells in a real IPython session: answers, scripts, boxes, and what goes wrong in them."""

import pytest

from tests.notebook.test_kmod import Session
from tests.support import submission

REFERENCE = submission("lab5/right/reference").text
SETUP = "from kthreadlab import Call, Config, Scenario, check, ledger, replay, vectors"
ONE = 'Scenario("one", calls=[Call("sensor", "run_umode_handler", 7)])'


@pytest.fixture
def session(capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    made = Session(capsys)
    made.run("%load_ext kthreadlab")
    made.run(SETUP)
    return made


def refused(session, cell: str) -> str:
    """What a cell prints that raises; without frames of ours."""
    result = session.shell.run_cell(cell)
    printed = session.capsys.readouterr()
    assert not result.success
    assert "" == printed.err
    assert "kthreadlab/" not in printed.out.replace("%load_ext kthreadlab", "")
    return printed.out


def test_an_answer_is_checked(session):
    """60 of 60, as by the command."""

    session.run("%%kmod myevent handler", REFERENCE)

    assert "60 of 60 points" in session.run('check("lab5", myevent)')


@pytest.mark.parametrize(
    "name", ["argv_without_null", "leaks_when_exec_fails", "row_writable_by_all", "kmalloc_unchecked"]
)
def test_a_failing_property_tells_its_story_without_our_frames(session, name):
    """The property's sentence, the schedule, and nothing of the package."""

    wrong = submission(f"lab5/wrong/{name}")
    session.run("%%kmod myevent handler", wrong.text)
    said = refused(session, f'check("lab5", myevent, property="{wrong.header["root"]}")')

    assert "kthreadlab replay lab5" in " ".join(said.split())


def test_the_row_forgotten_is_said_in_words(session):
    """What a student sees who has written the function only."""

    session.run("%%kmod myevent handler", submission("lab5/wrong/no_row").text)

    assert "There is no file /proc/sys/kernel/myevent_handler" in refused(
        session, 'check("lab5", myevent, property="registration")'
    )


def test_a_script_is_bound_and_run_with_a_trace(session):
    """%%helper, and what it does with the recorded vectors."""

    session.run("%%helper /bin/alert\n#!/bin/bash\necho $TROUBLED_DS | mail -s {name} root")
    handler = REFERENCE.replace("char_array(256)\n", 'char_array(256, "/bin/alert")\n', 1)
    session.run("%%kmod myevent handler", handler)
    session.run(f'trace = replay(myevent, {ONE}, Config(), "sensor*5 khelper*2")')

    said = session.run("alert.run(trace)")
    assert 'subject "{name}"' in said and "| 7" in said
    assert "envp[2]" in session.run("vectors(trace)")
    assert "kmalloc" in session.run("ledger(trace)")


def test_a_script_that_is_no_file_is_refused_on_stdout(session):
    """A relative path, no path, a name that is none."""

    for line in ("alert", "", "/bin/7up", "/bin/x --mode rwx"):
        assert session.run(f"%%helper {line}\n#!/bin/sh")


def test_a_script_is_not_started_by_running_a_cell(session):
    """Nor is our refusal a traceback."""

    session.run("%%helper /bin/alert\n#!/bin/sh\nexit 3")

    assert "on_my_own_machine=True" in refused(session, "alert.run_for_real()")


def test_the_extension_takes_its_magics_away_again(session):
    """%unload_ext, and %%helper is unknown."""

    session.run("%unload_ext kthreadlab")

    assert "helper" not in session.shell.magics_manager.magics["cell"]
