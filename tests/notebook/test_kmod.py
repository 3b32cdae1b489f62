"""`%%kmod` in a real IPython session."""

import sys
import textwrap

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config as IPythonConfig

import kthreadlab

EVENTS = """
def report_event(event_id: u32):
    global myevent_id
    myevent_id = event_id
"""
THREAD = """
myevent_id = u32(0)


def mykthread(unused):
    return 0
"""
WHOLE = (
    THREAD
    + """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
"""
)
"""A thread with everything that Lab 2 asks for: it can be checked."""


class Session:
    """An IPython session: `run` a cell, see what it printed."""

    def __init__(self, capsys):
        config = IPythonConfig()
        config.HistoryManager.enabled = False
        self.shell = InteractiveShell(config=config)
        self.capsys = capsys

    def run(self, *cell: str, id: str | None = None) -> str:
        """Run a cell, the notebook's one of that *id*; its stdout.  Nothing may be raised, nothing be on stderr."""
        result = self.shell.run_cell("\n".join(textwrap.dedent(part).strip("\n") for part in cell), cell_id=id)
        printed = self.capsys.readouterr()
        assert result.success, printed.out + printed.err
        assert "" == printed.err
        return printed.out

    def __getitem__(self, name: str):
        return self.shell.user_ns[name]


@pytest.fixture
def session(capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    made = Session(capsys)
    made.run("%load_ext kthreadlab")
    return made


# ---- cells become files --------------------------------------------------------------------------------------------


def test_a_cell_becomes_a_file_and_says_so_in_one_line(session):
    """Functions and data, by name."""

    said = session.run("%%kmod myevent mykthread", THREAD)

    assert "myevent: mykthread linked (functions: mykthread; data: myevent_id)\n" == said
    assert isinstance(session["myevent"], kthreadlab.KernelModule)


def test_what_no_file_defines_yet_is_noted(session):
    """Linking goes on; another cell may define it."""

    said = session.run("%%kmod myevent events", EVENTS)

    assert "not defined yet" in said and "myevent_id" in said
    assert "not defined yet" not in session.run("%%kmod myevent mykthread", THREAD)


def test_two_cells_are_two_files_of_one_module(session):
    """Linked together, as Kbuild does it."""

    session.run("%%kmod myevent events", EVENTS)
    session.run("%%kmod myevent mykthread", THREAD)

    assert ["events", "mykthread"] == sorted(session["myevent"].files)
    assert {"report_event", "mykthread"} == set(session["myevent"].functions)


def test_the_file_is_named_after_the_module_unless_said_otherwise(session):
    """`%%kmod MODULE`."""

    session.run("%%kmod myevent", THREAD)

    assert ["myevent"] == list(session["myevent"].files)


def test_running_a_cell_again_replaces_its_file(session):
    """The last run cell wins in a live notebook."""

    session.run("%%kmod myevent mykthread", THREAD)
    session.run("%%kmod myevent mykthread", THREAD.replace("mykthread", "yourkthread"))

    assert ["yourkthread"] == list(session["myevent"].functions)
    assert not session["myevent"].broken


def test_the_cell_sees_nothing_of_the_notebook(session):
    """No {name} and no $name of the notebook's gets into it."""

    session.run("secret = 'def stolen(): return 1'; name = 'other'")

    assert "linked" in session.run("%%kmod myevent mykthread", THREAD, "# {secret} $secret")
    assert "can't name" in session.run("%%kmod {name} mykthread", THREAD)
    assert "other" == session["name"]


# ---- mistakes ------------------------------------------------------------------------------------------------------


def test_a_cell_that_does_not_compile_says_where_and_breaks_the_module(session):
    """Line as the notebook counts, caret, reason; and no good version of before survives."""

    session.run("%%kmod myevent mykthread", THREAD)
    said = session.run("%%kmod myevent mykthread", "import os", THREAD)

    assert "mykthread:2:1:" in said and "^~" in said
    assert session["myevent"].broken
    assert "linked" in session.run("%%kmod myevent mykthread", THREAD)
    assert not session["myevent"].broken


@pytest.mark.parametrize(
    "text",
    ["", "(", "'", "x = 1e400", "def f(:\n", "\0", "“”", "x = " + "(" * 10_000, "#" * 70_000, "if 1:\n  x\n\ty"],
)
def test_no_text_brings_a_traceback(session, text):
    """Whatever stands in the cell, the session goes on, and MODULE is bound."""

    session.run("%%kmod myevent mykthread", text)

    assert isinstance(session["myevent"], kthreadlab.KernelModule)


@pytest.mark.parametrize("line", ["%%kmod", "%%kmod a b c", "%%kmod 7up", "%%kmod --lang c", "%%kmod check"])
def test_a_magic_line_that_makes_no_sense_is_explained(session, line):
    """And nothing of the notebook is overwritten."""

    session.run("from kthreadlab import check")

    assert session.run(line, THREAD)
    assert callable(session["check"])


def test_one_percent_too_few_is_explained(session):
    """`%kmod` is a slip of the pen."""

    assert "%%kmod MODULE" in session.run("%kmod myevent")


def test_loading_twice_is_as_good_as_once(session):
    """And forgets nothing."""

    session.run("%%kmod myevent mykthread", THREAD)
    session.run("import kthreadlab; kthreadlab.load_ipython_extension(get_ipython())")
    session.run("%%kmod myevent events", EVENTS)

    assert ["events", "mykthread"] == sorted(session["myevent"].files)


def test_unloading_takes_the_magic_away(session, capsys):
    """Modules stay."""

    session.run("%%kmod myevent mykthread", THREAD)
    session.run("%unload_ext kthreadlab")

    assert session["myevent"]
    session.shell.run_cell("%%kmod myevent mykthread\n")
    assert "not found" in "".join(capsys.readouterr())


# ---- where nbgrader runs the notebook ------------------------------------------------------------------------------


def test_where_nbgrader_runs_the_notebook_a_second_definition_counts_for_nothing(session, monkeypatch):
    """Every cell runs once there, so a second one is a copy: the module is broken, and says so."""

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    session.run("%%kmod myevent mykthread", THREAD)
    said = session.run("%%kmod myevent mykthread", THREAD)

    assert session["myevent"].broken
    assert "mykthread" in said and "twice" in said
    session.run("%%kmod myevent events", EVENTS)
    assert session["myevent"].broken


def test_where_nbgrader_runs_the_notebook_two_files_are_fine(session, monkeypatch):
    """Only the same file of the same module is a copy."""

    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    session.run("%%kmod myevent mykthread", THREAD)
    session.run("%%kmod myevent events", EVENTS)
    session.run("%%kmod other mykthread", THREAD)

    assert not session["myevent"].broken and not session["other"].broken


# ---- how values show themselves ------------------------------------------------------------------------------------


def formats(session, name: str) -> dict[str, str]:
    return session.shell.display_formatter.format(session[name])[0]


def test_a_report_shows_itself_as_a_table_and_as_text(session):
    """HTML where it can be drawn, text where not; both name the lab and hold no address."""

    session.run("from kthreadlab import check")
    session.run("%%kmod myevent mykthread", WHOLE)
    session.run("report = check('lab2', myevent)")
    shown = formats(session, "report")

    assert "<table" in shown["text/html"]
    assert "0 of 60 points" in shown["text/plain"]
    assert "0x" not in shown["text/html"] + shown["text/plain"]


def test_a_module_shows_itself_in_one_line(session):
    """Its name, its files, and whether it compiles."""

    session.run("%%kmod myevent mykthread", THREAD)

    assert "kernel module myevent (mykthread)" == formats(session, "myevent")["text/plain"]


def test_a_failed_property_shows_its_text_and_none_of_our_frames(session):
    """What nbgrader puts into the feedback is the story, not a traceback."""

    session.run("from kthreadlab import check")
    session.run("%%kmod myevent mykthread", THREAD)
    result = session.shell.run_cell("check('lab2', myevent, property='delivered_when_asleep')")
    printed = "".join(session.capsys.readouterr())

    assert isinstance(result.error_in_exec, kthreadlab.PropertyFails)
    assert " ".join(str(result.error_in_exec).splitlines()[0].split()) in " ".join(printed.split())
    assert "Traceback" not in printed and sys.modules["kthreadlab"].__file__ not in printed


def printed_by(session, cell: str) -> str:
    """What a cell that fails prints, on both streams."""
    session.shell.run_cell(cell)
    return "".join(session.capsys.readouterr())


def test_a_request_that_makes_no_sense_is_answered_in_a_sentence(session):
    """No frame of ours; the reason only."""

    session.run("from kthreadlab import Config")

    assert "kthreadlab: cpus must be a number from 1 to 64, not 0" == printed_by(session, "Config(cpus=0)").strip()


def test_somebody_elses_error_is_shown_as_ever(session):
    """With its traceback."""

    shown = printed_by(session, "int('x')")

    assert "Traceback (most recent call last)" in shown and "invalid literal" in shown


@pytest.mark.parametrize(
    "cell",
    ["1 // 0", "{}['x']", "import kthreadlab; kthreadlab.nothing", "from kthreadlab import Config; Config(kpus=1)"],
)
def test_a_mistake_in_python_is_shown_as_ever(session, cell):
    """Whether it concerns kthreadlab or not."""

    shown = printed_by(session, cell)

    assert "Traceback (most recent call last)" in shown and "kthreadlab itself" not in shown


def raising(monkeypatch, error):
    """``str(Config())`` goes wrong in a frame of ours."""
    import kthreadlab.compile.config as config

    def broken(self):
        raise error()

    broken.__code__ = broken.__code__.replace(co_filename=config.__file__)
    monkeypatch.setattr(config.Config, "__str__", broken)


def test_an_error_of_our_own_is_no_traceback(session, monkeypatch):
    """It is named, with what to send; whoever asks for the frames gets them."""

    raising(monkeypatch, lambda: KeyError("cur.0"))
    session.run("from kthreadlab import Config")

    said = printed_by(session, "str(Config())")
    assert "kthreadlab itself has failed, which is no mistake of yours: KeyError: 'cur.0'" in said
    assert kthreadlab.__version__ in said and "KTHREADLAB_DEBUG" in said
    assert "Traceback" not in said

    monkeypatch.setenv("KTHREADLAB_DEBUG", "1")
    assert "Traceback (most recent call last)" in printed_by(session, "str(Config())")


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("kthreadlab.show.report._text_lines", "check('lab2', myevent)"),
        ("kthreadlab.show.showing.trace_text", "show(check('lab2', myevent))"),
    ],
)
def test_what_goes_wrong_while_a_value_is_shown_is_no_traceback(session, monkeypatch, place, shown):
    """A report that can't be drawn says why, and so does a witness."""

    from kthreadlab.checks import own_error

    def broken(*words):
        raise KeyError("row")

    monkeypatch.setattr(own_error, "PYTEST", "UNDER_PYTEST")
    session.run("from kthreadlab import check, show")
    session.run("%%kmod myevent mykthread", WHOLE)
    monkeypatch.setattr(place, broken)

    said = session.run(shown)
    assert "kthreadlab itself has failed, which is no mistake of yours: KeyError: 'row'" in said
    assert "Traceback" not in said


def test_a_loop_that_never_ends_is_told_like_any_failure(session):
    """The whole report, one property's cell, and the witness to look at."""

    session.run("from kthreadlab import check, show")
    data = "myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()\nmyevent_lock = DEFINE_RWLOCK()\n"
    session.run("%%kmod myevent mykthread", data + THREAD.replace("return 0", "while True:\n        pass"))

    assert "mykthread is stuck in a loop at line 9:" in " ".join(session.run("check('lab2', myevent)").split())
    cell = "check('lab2', myevent, property='sleeps_when_idle')"
    assert "mykthread is stuck in a loop at line 9:" in " ".join(printed_by(session, cell).split())
    assert "is stuck in a loop" in session.run("show(check('lab2', myevent))")


def test_an_interrupted_check_is_a_calm_line(session, monkeypatch):
    """The kernel's stop button, in the middle of a search."""

    raising(monkeypatch, KeyboardInterrupt)
    session.run("from kthreadlab import Config")

    assert "Stopped, as you asked. Nothing was changed." == printed_by(session, "str(Config())").strip()


@pytest.mark.parametrize("slip", ["%%kmod myevent my_kthread", "%%kmod myevent", "%%kmod my_event mykthread"])
def test_a_cell_that_gets_another_name_leaves_the_old_one(session, slip):
    """A mistyped name is mended by typing the right one: nothing of the cell stays under the wrong one."""
    session.run(slip, WHOLE, id="answer")
    out = session.run("%%kmod myevent mykthread", WHOLE, id="answer")

    assert "linked" in out and "duplicate" not in out
    assert ["mykthread"] == list(session["myevent"].files)
    assert "my_event" not in slip or [] == list(session["my_event"].files)


def test_a_file_that_another_cell_is_too_stays(session):
    """The second cell of that name is its home now, whatever becomes of the first."""
    session.run("%%kmod myevent events", EVENTS, id="one")
    session.run("%%kmod myevent events", EVENTS, id="two")
    session.run("%%kmod myevent mykthread", THREAD, id="one")

    assert ["events", "mykthread"] == sorted(session["myevent"].files)


def test_where_cells_have_no_identity_files_stay(session):
    """In a console, each line is another cell."""
    session.run("%%kmod myevent events", EVENTS)
    session.run("%%kmod myevent mykthread", THREAD)

    assert ["events", "mykthread"] == sorted(session["myevent"].files)
