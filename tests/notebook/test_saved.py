"""A session and its page: a stale verdict is seen, `--check` checks in one go, a report says what it judged."""

import json
import re

import pytest

import kthreadlab
from kthreadlab import LABS
from kthreadlab.front.saved import STALE
from kthreadlab.grading.answers import answer_module
from kthreadlab.show.report import report_html
from tests.notebook.test_handlers import refused
from tests.notebook.test_kmod import Session
from tests.support import submission

MAGIC = "%%kmod myevent mykthread"
RIGHT = submission("lab2/right/reference").text
WRONG = submission("lab2/wrong/no_remove_wait_queue").text
CHECK = 'check("lab2", myevent)'


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Save the notebook that this kernel runs, as JupyterLab does, with a text in its answer cell; returns the file."""
    path = tmp_path / "mine.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))

    def save(text, grade_id="lab2-mykthread", kept=path):
        noted = {"grade_id": grade_id, "grade": False, "locked": False, "solution": True, "schema_version": 3}
        cell = {"cell_type": "code", "source": text, "metadata": {"nbgrader": noted}, "outputs": []}
        new = kept.with_suffix(".new")
        new.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        new.replace(kept)
        return kept

    return save


@pytest.fixture
def session(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    made = Session(capsys)
    made.run("%load_ext kthreadlab")
    made.run("from kthreadlab import check")
    yield made
    made.run("%unload_ext kthreadlab")


def checked(session, cell: str = CHECK) -> str:
    """The text that a cell with a check shows."""
    session.run(f"report = {cell}")
    return session.shell.display_formatter.format(session["report"])[0]["text/plain"]


# ---- a stale verdict -----------------------------------------------------------------------------------------------


def test_a_check_begins_with_the_news_that_the_saved_answer_was_not_run(session, page):
    """Run, changed, saved, and not run again."""

    page(f"{MAGIC}\n{WRONG}")
    session.run(MAGIC, WRONG)
    page(f"{MAGIC}\n{RIGHT}")

    assert STALE == checked(session).splitlines()[0]
    assert STALE in report_html(session["report"]).split("<table")[0]
    session.run(MAGIC, RIGHT)
    assert STALE not in checked(session)


def test_mended_saved_and_not_run_is_seen_too(session, page):
    """Where nothing could be checked, the page says what is old and what was judged, as the text does."""

    page(f"{MAGIC}\nimport os")
    session.run(MAGIC, "import os")
    page(f"{MAGIC}\n{RIGHT}")

    assert STALE == checked(session).splitlines()[0]
    assert f"<strong>{STALE}</strong>" in report_html(session["report"])
    assert f"judged: {session['report'].judged}" in report_html(session["report"])


def test_one_property_says_so_too(session, page):
    """It has no report, so it prints the sentence; it still gives None or raises."""

    page(f"{MAGIC}\n{RIGHT}")
    session.run(MAGIC, RIGHT)
    page("x = 1")

    assert f"{STALE}\n" == session.run('check("lab2", myevent, property="no_oops")')


def test_what_was_run_and_not_saved_yet_is_no_news(session, page):
    """The file is older than the run: it tells nothing of the page."""

    page(f"{MAGIC}\n{RIGHT}")
    session.run(MAGIC, WRONG)

    assert STALE not in checked(session)


@pytest.mark.parametrize("kept", [f"{MAGIC}\r\n", f"\n\n{MAGIC}   --check lab2\n", f"%%time\n{MAGIC}\n"])
def test_the_same_text_is_the_same(session, page, kept):
    """However its lines end, and whatever stands on the magic's line or above it."""

    page("")
    session.run(MAGIC, RIGHT)
    page(kept + RIGHT.rstrip().replace("\n\n", "\n    \n"))

    assert STALE not in checked(session)


def test_no_news_where_the_page_can_not_tell(session, page, tmp_path):
    """Another lab's notebook; no notebook; none at all; another text than what was run last."""

    page("")
    session.run(MAGIC, RIGHT)
    page("", grade_id="lab5-handler")
    assert STALE not in checked(session)
    page("").write_text("{")
    assert STALE not in checked(session)
    page("").unlink()
    assert STALE not in checked(session)
    page("")
    session.run("other = myevent.with_file('mykthread', 'x = u32(0)')")
    assert STALE not in checked(session, 'check("lab2", other)')
    assert STALE in checked(session)


def test_without_a_server_a_report_is_as_ever(session):
    """Stored notebooks compare equal: no page, no news."""

    session.run(MAGIC, WRONG)

    assert kthreadlab.report_text(kthreadlab.check("lab2", session["myevent"])) == checked(session)


def test_a_slip_in_python_is_not_answered_with_what_is_wrong_with_the_page(session, page, monkeypatch):
    """Only where nbgrader runs the page, and a test cell may have found no check."""

    page("%%kmod other mykthread\n")
    refusal = "the answer cell begins with %%kmod other mykthread"

    assert refusal not in refused(session, "nowhere")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert refusal in refused(session, "nowhere")


# ---- --check -------------------------------------------------------------------------------------------------------


def test_a_cell_can_be_run_and_checked_in_one_go(session):
    """What it links, and then the report that check() would show."""

    said = session.run(f"{MAGIC} --check lab2", WRONG)

    assert said.startswith("myevent: mykthread linked")
    assert checked(session) in said


def test_a_text_that_does_not_compile_is_told_once(session):
    """By the report; nothing is raised."""

    said = session.run(f"{MAGIC} --check lab2", "import os")

    assert (1, 1) == (said.count("mykthread:2:1:"), said.count("of 60 points"))


def test_an_unknown_lab_is_answered_with_those_there_are(session):
    """And the module is made all the same."""

    said = session.run(f"{MAGIC} --check lab99", RIGHT)

    assert "linked" in said and f"There is no lab 'lab99' to check; there are: {', '.join(LABS)}." in said
    assert not session["myevent"].broken


def test_the_lab_need_not_be_named_where_one_can_tell(session):
    """By the file's name, and by the file that the lab gives."""

    assert "Which lab is this the answer to?  Say --check lab2 or --check lab6." in session.run(
        f"{MAGIC} --check", RIGHT
    )
    session.run("%%kmod myevent events", "x = u32(0)")
    assert "Lab 2: mykthread (myevent): 60 of 60 points" in session.run(f"{MAGIC} --check", RIGHT)
    every = f"Say {' or '.join(f'--check {lab}' for lab in LABS)}"
    assert every in session.run("%%kmod mine --check", RIGHT)


@pytest.mark.parametrize("flag", ["--check lab2 lab5", "--chek lab2", "--check lab2 --check"])
def test_what_else_stands_behind_the_names_is_refused(session, flag):
    """With the usage, which tells of --check."""

    assert "%%kmod MODULE [FILE] [--check [LAB]]" in session.run(f"{MAGIC} {flag}", RIGHT)


def test_where_nbgrader_runs_the_notebook_nothing_is_checked_in_passing(session, monkeypatch):
    """Test cells do that."""

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert "myevent: mykthread linked" in session.run(f"{MAGIC} --check lab2", RIGHT).splitlines()[0]
    assert "points" not in session.run(f"{MAGIC} --check lab2", RIGHT)


def test_a_schedule_fits_with_and_without_the_flag(session, tmp_path):
    """The magic's line is no part of the text that a schedule belongs to."""

    said = session.run(f"{MAGIC} --check lab2", WRONG)
    schedule = re.search(r"again +kthreadlab replay lab2.ipynb '(.*)'", said)[1]

    for magic in (MAGIC, f"{MAGIC} --check lab2", f"{MAGIC} --check=lab2", f"{MAGIC} --check"):
        path = tmp_path / "a.py"
        path.write_text(f"{magic}\n{WRONG}")
        assert kthreadlab.checks.labs.replay_in_lab("lab2", answer_module(str(path), "lab2"), schedule).events
    assert kthreadlab.grading.answers.own_module(str(path)).files.keys() == {"mykthread"}


# ---- what was judged -----------------------------------------------------------------------------------------------


def test_every_report_names_what_it_judged(session):
    """File, lines and a digest: in text, in HTML, and where a property fails."""

    session.run(MAGIC, WRONG)
    report = kthreadlab.check("lab2", session["myevent"])
    lines = len(WRONG.strip().splitlines())

    assert ("mykthread", lines) == (report.judged.file, report.judged.lines)
    assert f"  judged: mykthread, {lines} lines, {report.judged.digest}" == checked(session).splitlines()[1]
    assert f"judged: {report.judged}" in report_html(report)
    assert f"  judged: {report.judged}" in kthreadlab.report_text(report, property="no_dangling")
    with pytest.raises(kthreadlab.PropertyFails, match=f"\njudged {report.judged}$"):
        kthreadlab.check("lab2", session["myevent"], property="no_dangling")


def test_where_there_is_no_answer_nothing_was_judged(session):
    """The report says what is missing, and names no text."""

    session.run("%%kmod myevent events", "x = u32(0)")

    assert kthreadlab.check("lab2", session["myevent"]).judged is None
    assert "judged" not in checked(session)


def test_the_digest_is_of_the_text_alone(session, tmp_path):
    """The same in a session, in a notebook, in a file; another for another text."""

    session.run(MAGIC, RIGHT)
    here = kthreadlab.check("lab2", session["myevent"]).judged
    path = tmp_path / "answer.py"
    for text in (RIGHT, f"{MAGIC}\n{RIGHT}", f"\ufeff\n\n{RIGHT}\n\n", RIGHT.replace("\n", "\r\n")):
        path.write_bytes(text.encode())
        assert here == kthreadlab.check("lab2", answer_module(str(path), "lab2")).judged
    path.write_text(RIGHT.replace("unused", "ignored"))
    assert here != kthreadlab.check("lab2", answer_module(str(path), "lab2")).judged
