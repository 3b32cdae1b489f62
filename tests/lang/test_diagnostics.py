"""A diagnostic says what, where, which rule, and what to look at; it never shows more than a terminal can bear."""

import pytest

from kthreadlab.lang.diagnostics import Diagnostic, pointed
from kthreadlab.lang.ir import Pos
from kthreadlab.lang.module import load


def test_a_diagnostic_is_read_like_a_compiler_message():
    """Place, message, the line, a caret under what is meant, rule and look."""
    module = load("import os\n", "myevent")

    assert [
        "myevent:1:1: error: imports: not in a kernel",
        "    import os",
        "    ^~~~~~~~~",
        "  rule  there is no libc in kernel space; what the kernel has is already there, under its own name",
        "  look  call_usermodehelper(path, argv, envp, wait)",
    ] == str(module.diagnostics[0]).splitlines()


def test_what_is_empty_is_left_out():
    """No source line, rule or look: one line is enough."""
    assert str(Diagnostic("the file is too large", Pos("a", 1))) == "a:1:1: error: the file is too large"


@pytest.mark.parametrize(
    ("line", "col", "end", "shown", "caret"),
    [
        ("    x = nope", 8, 12, "        x = nope", "            ^~~~"),
        ("\tx = nope", 5, 9, "        x = nope", "            ^~~~"),
        ("x", 5, 9, "    x", "     ^"),
        ("x = '\x1b[2J'", 4, 10, "    x = '?[2J'", "        ^~~~~~"),
    ],
)
def test_the_caret_stands_under_its_place(line, col, end, shown, caret):
    """Tabs are opened, control characters are not obeyed, and a place behind the line is its end."""
    assert [shown, caret] == pointed(line, col, end)


def test_a_long_line_is_cut_around_the_place():
    """64 KB on one line are shown as one line of a terminal."""
    shown, caret = pointed("a" * 30000 + "B" + "c" * 30000, 30000, 30001)

    assert len(shown) < 130
    assert shown[caret.index("^")] == "B"


def test_a_long_name_is_cut():
    """A name of 60 KB is shown by its beginning."""
    module = load("def f(a):\n    " + "n" * 60000 + "()\n")

    assert len(str(module.link_errors()[0])) < 700
