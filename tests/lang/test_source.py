"""Text is normalised line by line, and what is too large or no text never reaches the parser."""

import pytest

from kthreadlab.lang.module import load
from kthreadlab.lang.source import MAX_BYTES, MAX_NESTING, MAX_STRING, limits, normalise


def first(text: str) -> str:
    """The headline of the first diagnostic, or "" if the text compiles."""
    module = load(text + "\n")
    return module.diagnostics[0].headline if module.broken else ""


BODY = "def f(a):\n    return "


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("\ufeffx = 1\n", "x = 1\n"),
        ("x = 1\r\ny = 2\rz = 3\n", "x = 1\ny = 2\nz = 3\n"),
        ("\fx = 1\n", "x = 1\n"),
        ("def f():\n\f    pass\n", "def f():\n    pass\n"),
        ("%%kmod myevent mykthread\nx = 1\n", "\nx = 1\n"),
        ("\n%%kmod myevent\nx = 1\n", "\n\nx = 1\n"),
    ],
)
def test_normalising_keeps_every_line_in_its_place(text, normal):
    """A byte order mark, other line ends, form feeds and the magic's line are dropped; line numbers stay."""
    assert normal == normalise(text)


@pytest.mark.parametrize(
    "text",
    [
        "# -*- coding: latin-1 -*-\n# \u00e9\nx = 1",
        "def f(a):\n\tif a:\n\t\treturn a\n\treturn 1",
        "# a\u2028b",
        'def f(a):\n    printk("\u00e9t\u00e9 \u2713\\n")',
        "",
        "# nothing but a comment",
        "\n" * 1999,
        "#" * (MAX_BYTES - 1),
    ],
)
def test_text_that_is_accepted(text):
    """Cookies mean nothing, tabs indent, and letters of every language may stand in comments and strings."""
    assert first(text) == ""


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("#" * (MAX_BYTES + 1), "myevent:1:1: error: the file is too large: more than 64 KB of text"),
        ("\n" * 2001, "myevent:1:1: error: the file is too large: more than 2000 lines"),
        ("x = 1\ny = '\0'", "myevent:2:6: error: the file holds a NUL byte"),
        ("x = 1 # \ud800", "myevent:1:9: error: the file is not UTF-8"),
        ("\u00e9t\u00e9 = 3", "myevent:1:1: error: stray character U+00E9 in the program"),
        ("x\u00a0= 3", "myevent:1:2: error: stray character U+00A0 in the program"),
        (BODY + "18446744073709551616", "myevent:2:12: error: this integer does not fit into 64 bits"),
        (BODY + "0x1_0000_0000_0000_0000", "myevent:2:12: error: this integer does not fit into 64 bits"),
        (BODY + "9" * 9999, "myevent:2:12: error: this integer does not fit into 64 bits"),
        (BODY + "'" + "a" * (MAX_STRING + 1) + "'", "myevent:2:12: error: this string is too long"),
        (BODY + "('a' '" + "a" * MAX_STRING + "')", "myevent:2:13: error: this string is too long"),
        (BODY + "(" * 51 + "a" + ")" * 51, "myevent:2:62: error: more than 50 brackets inside each other"),
    ],
)
def test_text_that_is_refused_before_it_is_parsed(text, headline):
    """Sizes are bounded, and source is text."""
    assert headline == first(text)


def test_typographic_quotes_are_named():
    """The printed listing's quotes do not compile, and the message says which character to type instead."""
    diagnostic = load("def f(a):\n    daemonize(\u201cmykthread\u201d)\n").diagnostics[0]

    assert 'type a plain " instead' in diagnostic.look


@pytest.mark.parametrize("number", ["18446744073709551615", "0xFFFFFFFFFFFFFFFF", "0b" + "1" * 64, "1_0", "0o644"])
def test_integers_of_64_bits_are_accepted(number):
    """u64 is the widest integer."""
    assert first(BODY + number) == ""


@pytest.mark.parametrize(
    "text",
    [
        BODY + "(" * 50 + "a" + ")" * 50,
        BODY + "a" + " + a" * 200,
        BODY + "a" + " and a" * 900,
        "def f(a):\n    if a == 0:\n        pass\n"
        + "".join(f"    elif a == {n}:\n        pass\n" for n in range(1, 190)),
        "def f(a):\n" + "".join(" " * n + "if a:\n" for n in range(1, 51)) + " " * 51 + "pass",
    ],
)
def test_a_chain_counts_as_one_level(text):
    """Fifty inside each other, and long chains of elif, and, +."""
    assert first(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        BODY + "(" * 30000 + "a" + ")" * 30000,
        BODY + "a" + "+a" * 30000,
        BODY + "- " * 30000 + "a",
        BODY + "not " * 900 + "a",
        BODY + "a" + ".b" * 15000,
        BODY + "a" + "[0]" * 15000,
        BODY + "a if a else " * 5000 + "a",
        BODY + "lambda:" * 5000 + "a",
        BODY + "a**" * 9000 + "a",
        BODY + "a" + "()" * 9000,
        "def f(a):\n    if a:\n        pass\n" + "    elif a:\n        pass\n" * 900,
        "def f(a):\n" + "".join(" " * n + "if a:\n" for n in range(1, 53)) + " " * 53 + "pass",
        "def f(a):\n" + "".join(" " * n + "if a:\n" for n in range(1, 300)) + " " * 300 + "pass",
    ],
)
def test_too_deep_text_is_a_diagnostic(text):
    """Nothing that is nested too deeply gets out as Python's own RecursionError or MemoryError."""
    assert "more than" in first(text)


def test_positions_count_characters():
    """A caret stands under the character, not under its byte."""
    diagnostic = load('def f(a):\n    printk("\u00e9\u00e9\u00e9", 1.5)\n').diagnostics[0]

    assert (2, 18, 21) == (diagnostic.pos.line, diagnostic.pos.col, diagnostic.pos.end)


def test_limits_are_what_the_messages_say():
    """The source comes back even when it is refused."""
    source, problem = limits("a", "x = 1")

    assert (source.text, problem, MAX_NESTING) == ("x = 1", None, 50)
