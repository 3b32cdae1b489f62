"""Errors have a compiler's colours where somebody sees them: on a terminal and in a notebook, never in a file."""

import io
import re
from dataclasses import replace

import pytest

from kthreadlab import check, report_text
from kthreadlab.lang.diagnostics import Diagnostic, told
from kthreadlab.lang.ir import Pos
from kthreadlab.lang.module import KernelModule
from kthreadlab.show import colour
from kthreadlab.show.report import report_html

ERROR = Diagnostic("no such <call>", Pos("m", 3, 4, 8), "a rule", "a look", "    nope()")
BROKEN = KernelModule("myevent", {"mykthread": "import os\n\ndef f(a):\n    import os\n    kmalloc(1)\n"})


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "0"}, False),
    ],
)
def test_colours_are_for_those_who_see_them(stream, environment, wanted):
    """A terminal that can, unless NO_COLOR; a pipe or a file only with FORCE_COLOR."""
    assert wanted is colour.wanted(stream, environment)


def test_the_colours_are_a_compilers():
    """The place bold, the word error red, the caret green."""
    text = colour.ansi(told([ERROR]))

    assert "\x1b[1mm:3:5:\x1b[0m \x1b[1;31merror:\x1b[0m \x1b[1mno such <call>\x1b[0m" == text.splitlines()[0]
    assert "\x1b[1;32m        ^~~~\x1b[0m" == text.splitlines()[2]
    assert str(ERROR) == re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_page_says_the_same_and_stays_text():
    """Without its tags it is what a terminal shows; what a student wrote is escaped."""
    page = colour.html(told([ERROR]))

    assert '<span class="kl-error">error:</span> <span class="kl-message">no such &lt;call&gt;</span>' in page
    assert str(ERROR).replace("<", "&lt;").replace(">", "&gt;") == re.sub(r"<[^>]*>", "", page.partition("</style>")[2])


def test_what_a_terminal_would_obey_is_not_in_it():
    """An escape in a student's text never reaches anybody's terminal."""
    module = KernelModule(
        "m", {"m": "def f(a):\n    g('\x1b[2J', [])\n    x = '\x1b[31m' + str(a)\n    h.append('\x1b')\n"}
    )

    for lines in (told(module.diagnostics), told(module.link_errors() or module.diagnostics)):
        assert "\x1b" not in re.sub(r"\x1b\[[0-9;]*m", "", colour.ansi(lines))


# ---- in a report -----------------------------------------------------------------------------------------------------


def test_a_report_of_errors_is_the_points_and_the_errors():
    """No table of properties that nobody could check, as text or as HTML; each mistake once."""
    report = check("lab2", BROKEN)

    for shown in (report_text(report), report_html(report)):
        assert "0 of 60 points" in shown
        assert 1 == shown.count("imports: not in a kernel")
        assert "line 4" in shown
        assert "kmalloc(size, flags)" in shown
        assert "not checked" not in shown and "no_oops" not in shown and "<table" not in shown


@pytest.mark.parametrize("show", [report_text, report_html])
def test_a_report_of_errors_says_what_it_judged_and_that_it_is_stale(show):
    """First what to know, then the points and the errors: nowhere is a stale verdict likelier than after a mistake."""
    told = show(replace(check("lab2", BROKEN), notice="Run it first.", judged="mykthread, 5 lines, 0123abcd"))

    assert told.index("Run it first.") < told.index("0 of 60 points") < told.index("imports: not in a kernel")
    assert "judged: mykthread, 5 lines, 0123abcd" in told


def test_a_report_is_coloured_if_asked():
    """The same text, once the colours are taken away."""
    report = check("lab2", BROKEN)

    coloured = report_text(report, coloured=True)
    assert "\x1b[1;31merror:" in coloured
    assert report_text(report) == re.sub(r"\x1b\[[0-9;]*m", "", coloured)


def test_where_the_cell_has_said_it_a_report_is_short():
    """What and where of the first error, and how many more; the cell's own output has the rest."""
    report = check("lab2", BROKEN)

    assert [
        "Lab 2: mykthread (myevent): 0 of 60 points",
        f"  judged: {report.judged}",
        "",
        "mykthread:1:1: error: imports: not in a kernel",
        "    import os",
        "    ^~~~~~~~~",
        "and 1 more error",
        "The output of its cell (mykthread) says more.",
    ] == report_text(report, brief=True).splitlines()


def test_what_only_the_check_knows_it_tells_whole():
    """A missing name is no error of the cell, so the report has its rule and its look even where it would be short."""
    report = check("lab2", KernelModule("myevent", {"mykthread": "def my_kthread(unused):\n    return 0\n"}))

    assert report_text(report) == report_text(report, brief=True)
    assert "did you mean my_kthread (line 1)?" in report_html(report, brief=True)
    assert not report.told


def test_a_stub_is_a_sentence():
    """Nothing is wrong with it yet."""
    text = "myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()\nmyevent_lock = DEFINE_RWLOCK()\nmyevent_id = u32(0)\n"
    stub = "def mykthread(unused):\n    raise NotImplementedError\n"
    report = check("lab2", KernelModule("myevent", {"mykthread": text + stub}))

    assert [
        "Lab 2: mykthread (myevent): 0 of 60 points",
        f"  judged: {report.judged}",
        "",
        "mykthread is not written yet: replace its `raise NotImplementedError` by your code.",
    ] == report_text(report).splitlines()
    assert () == report.errors


def test_one_property_of_a_broken_answer_is_its_errors():
    """There is no verdict to show alone."""
    report = check("lab2", BROKEN)

    assert report_text(report) == report_text(report, property="no_oops")
