"""Answers are found wherever they are kept, and what is no answer is refused in words."""

import io
import json
import os
import re
import sys
from contextlib import redirect_stdout

import pytest

import kthreadlab
from kthreadlab.front.cli import main
from kthreadlab.grading.answers import answer_module
from kthreadlab.grading.cells import MAX_BYTES, BadInput, BadMagicLine, lab_to_check, parse_magic_line

ANSWER = "%%kmod myevent mykthread\nmyevent_id = u32(0)\n\n\ndef mykthread(unused):\n    return 0\n"


def answer_cell(source=ANSWER, grade_id="lab2-mykthread", kind="code"):
    return {"cell_type": kind, "source": source, "metadata": {"nbgrader": {"grade_id": grade_id}}, "outputs": []}


def notebook(*cells) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def file(tmp_path):
    """Write a file; returns its path as a person would type it."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def refusal(path, lab="lab2") -> str:
    with pytest.raises(BadInput) as refused:
        answer_module(path, lab)
    return str(refused.value)


# ---- what is an answer ---------------------------------------------------------------------------------------------


def test_the_answer_of_a_notebook_is_its_one_answer_cell(file):
    """Other cells are not read, whatever they hold."""

    other = {"cell_type": "code", "source": "%%kmod myevent other\nthis is no kernel Python(", "metadata": {}}
    module = answer_module(file("a.ipynb", notebook(other, answer_cell(), other)), "lab2")

    assert ("myevent", ["mykthread"]) == (module.name, list(module.files))
    assert ["mykthread"] == list(module.functions)


def test_source_lines_may_be_a_list(file):
    """The notebook format has both a string and a list of lines."""

    as_list = answer_module(file("a.ipynb", notebook(answer_cell(ANSWER.splitlines(keepends=True)))), "lab2")
    as_text = answer_module(file("b.ipynb", notebook(answer_cell())), "lab2")

    assert as_text.digest == as_list.digest


def test_a_file_of_kernel_python_is_an_answer(file):
    """With or without the magic line, it is the file mykthread of the module myevent."""

    bare = answer_module(file("a.py", ANSWER.split("\n", 1)[1]), "lab2")
    with_magic = answer_module(file("b.py", "\n" + ANSWER), "lab2")

    assert ["mykthread"] == list(bare.files) == list(with_magic.files)
    assert bare.functions.keys() == with_magic.functions.keys() == {"mykthread"}


def test_standard_input_holds_either(monkeypatch):
    """`-` takes kernel Python or a notebook."""

    digests = set()
    for text in (ANSWER, notebook(answer_cell())):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        digests.add(answer_module("-", "lab2").digest)

    assert 1 == len(digests)


def test_an_empty_answer_cell_is_an_answer(file):
    """There is nothing in it, but it is there: a verdict, not bad input."""

    module = answer_module(file("a.ipynb", notebook(answer_cell("%%kmod myevent mykthread"))), "lab2")

    assert ["mykthread"] == list(module.files)


def test_a_byte_order_mark_is_no_obstacle_to_a_file(file):
    """Some editors put one in front.  A notebook with one can't be opened by Jupyter, nor graded by nbgrader."""

    assert answer_module(file("a.py", b"\xef\xbb\xbf" + ANSWER.encode()), "lab2")
    assert "begins with a byte order mark" in refusal(file("a.ipynb", "\ufeff" + notebook(answer_cell())))


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_the_type_of_the_answer_cell_is_of_no_matter(file, kind):
    """nbgrader makes it code again before it grades."""

    module = answer_module(file("a.ipynb", notebook(answer_cell(kind=kind))), "lab2")

    assert answer_module(file("b.ipynb", notebook(answer_cell())), "lab2").digest == module.digest


def test_what_cells_have_printed_may_be_large(file, monkeypatch):
    """No limit to it, in a file or on standard input; only memory may be too small, and then that is said."""

    printed = {**answer_cell(), "outputs": [{"output_type": "stream", "name": "stdout", "text": "x" * (MAX_BYTES + 1)}]}

    path = file("a.ipynb", notebook(printed))
    assert answer_module(path, "lab2")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(notebook(printed).encode())))
    assert answer_module("-", "lab2")

    def no_memory(text):
        raise MemoryError

    monkeypatch.setattr(json, "loads", no_memory)
    assert "too large for the memory of this machine" in refusal(path)


def test_an_old_notebook_without_nbformat_to_read_it(file, monkeypatch):
    """Format 4 needs no library; for what is older, JupyterLab can help."""

    monkeypatch.setitem(sys.modules, "nbformat", None)
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}

    assert answer_module(file("a.ipynb", notebook(answer_cell())), "lab2")
    assert "open it in JupyterLab and save it" in refusal(file("b.ipynb", json.dumps(old)))


# ---- what is none --------------------------------------------------------------------------------------------------


def test_a_notebook_without_the_answer_cell(file):
    """Says which cell is missing and what may have happened."""

    assert "no cell with the grade_id lab2-mykthread" in refusal(file("a.ipynb", notebook()))
    assert "no cell with the grade_id lab6-mykthread" in refusal(file("b.ipynb", notebook(answer_cell())), "lab6")


def test_a_notebook_with_two_answer_cells(file):
    """It is not ours to choose between them."""

    assert "2 cells with the grade_id lab2-mykthread" in refusal(
        file("a.ipynb", notebook(answer_cell(), answer_cell()))
    )


@pytest.mark.parametrize("first", [True, False])
def test_a_second_cell_that_defines_the_answers_file(file, first):
    """Which one counted would depend on the order of running; nbgrader's run refuses it too."""

    other = {"cell_type": "code", "source": "\n%%kmod myevent mykthread \nmyevent_id = u32(1)\n", "metadata": {}}
    cells = [other, answer_cell()] if first else [answer_cell(), other]

    assert "another cell begins with %%kmod myevent mykthread" in refusal(file("a.ipynb", notebook(*cells)))


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000, '{"cells": 1}', "[]", "null", '{"worksheets": []}'])
def test_what_is_no_notebook(file, text):
    """Broken JSON, or JSON of something else."""

    assert "is not a notebook" in refusal(file("a.ipynb", text))


@pytest.mark.parametrize(
    "cell",
    [
        7,
        {"metadata": 3},
        {"metadata": {"nbgrader": []}},
        {"metadata": {"nbgrader": {"grade_id": ["lab2-mykthread"]}}},
    ],
)
def test_cells_of_an_odd_shape_are_passed_over(file, cell):
    """They are not the answer, and no reason to stumble."""

    assert answer_module(file("a.ipynb", notebook(cell, answer_cell())), "lab2")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (answer_cell("def mykthread(unused):\n    return 0\n"), "no longer begins with %%kmod"),
        (answer_cell("%%kmod\n"), "%%kmod MODULE [FILE]"),
        (answer_cell("%%kmod 7up mykthread\n"), "can't name a module"),
        (answer_cell(None), "no longer begins with %%kmod"),
        (answer_cell(ANSWER.replace("myevent", "other", 1)), "make it %%kmod myevent mykthread again"),
        (answer_cell(ANSWER.replace("mykthread", "events", 1)), "make it %%kmod myevent mykthread again"),
    ],
)
def test_an_answer_cell_that_was_changed_into_something_else(file, cell, says):
    """Says what to put back."""

    assert says in refusal(file("a.ipynb", notebook(cell)))


def test_half_a_character_is_no_text(file):
    """JSON can spell half of a surrogate pair; no text holds one."""

    assert "are no text" in refusal(file("a.ipynb", notebook(answer_cell(ANSWER + "# \ud800"))))


def test_files_that_are_none(file, tmp_path):
    """Missing, a directory, binary, a device, far too large: each has its own words."""

    large = tmp_path / "large.py"
    with large.open("wb") as sparse:
        sparse.truncate(MAX_BYTES + 1)

    assert "there is no such file" in refusal(str(tmp_path / "nowhere.py"))
    assert "is a directory" in refusal(str(tmp_path))
    assert "not UTF-8" in refusal(file("a.py", b"\x7fELF\xff\xfe"))
    assert "NUL" in refusal(file("b.py", b"x = 1\0"))
    assert "not a regular file" in refusal(os.devnull)
    assert "larger than" in refusal(str(large))
    assert "can't be read" in refusal("a\0b.py")
    assert "can't be read" in refusal("x" * 5000)


# ---- the report that a notebook has stored -------------------------------------------------------------------------


def shown(text: str) -> dict:
    """A cell with a check, and what it has shown."""
    result = {"output_type": "execute_result", "data": {"text/plain": text.splitlines(keepends=True)}, "metadata": {}}
    return {"cell_type": "code", "source": "check('lab2', myevent)", "metadata": {}, "outputs": [result]}


def told(path: str) -> str:
    """The news about the stored report, as the command puts it into its JSON."""
    out = io.StringIO()
    with redirect_stdout(out):
        main(["check", "lab2", path, "--json"])
    return json.loads(out.getvalue()).get("notice", "")


def test_a_stored_report_of_another_text_is_seen(file):
    """In one line, which names the digest that the report has."""

    module = answer_module(file("a.py", ANSWER), "lab2")
    mine = kthreadlab.report_text(kthreadlab.check("lab2", module))
    other = kthreadlab.report_text(kthreadlab.check("lab2", module.with_file("mykthread", "x = u32(0)")))
    digest = other.splitlines()[1].split()[-1]
    path = file("a.ipynb", notebook(answer_cell(), shown(mine), shown(other)))

    news = f"The report stored in this notebook is of another text ({digest}): save after running it again."
    assert news == told(path)
    assert f"{news}\n\nLab 2: mykthread (myevent): 0 of 60 points" in command_text(path)


def test_many_answers_have_their_news_too(file, capsys):
    """The object on a line is that of the file alone."""

    other = answer_module(file("b.py", "x = u32(0)"), "lab2")
    path = file("a.ipynb", notebook(answer_cell(), shown(kthreadlab.report_text(kthreadlab.check("lab2", other)))))
    main(["check", "lab2", path, file("a.py", ANSWER), "--json"])

    assert [told(path), ""] == [json.loads(line).get("notice", "") for line in capsys.readouterr().out.splitlines()]
    assert told(path)


def command_text(path: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        main(["check", "lab2", path])
    return out.getvalue()


def test_a_stored_report_of_this_text_is_no_news(file):
    """Nor one of another module or lab, nor what is no report, however odd."""

    module = answer_module(file("a.py", ANSWER), "lab2")
    mine = kthreadlab.report_text(kthreadlab.check("lab2", module))
    other = re.sub("[0-9a-f]{8}", "0" * 8, mine.replace("(myevent)", "(listing)"))
    odd = [{"outputs": 7}, {"outputs": [7, {"data": []}, {"data": {"text/plain": 7}}]}, shown("judged: x, 1, 00000000")]

    assert "" == told(file("a.ipynb", notebook(answer_cell(), shown(mine), shown(other), *odd)))
    assert "" == told(file("b.py", ANSWER))


# ---- the magic's line ----------------------------------------------------------------------------------------------


def test_the_file_is_named_after_the_module_unless_said_otherwise():
    """`%%kmod MODULE [FILE]`."""

    assert ("myevent", "myevent") == parse_magic_line(" myevent")
    assert ("myevent", "events") == parse_magic_line("myevent  events ")


def test_a_check_on_the_magics_line_is_passed_over():
    """`--check [LAB]` behind the names, for any lab: it is no part of them."""

    for flag in ("--check", "--check lab2", "--check=lab2", "--check lab99"):
        assert ("myevent", "mykthread") == parse_magic_line(f"myevent mykthread {flag}")
    assert [None, "", "lab2", "lab2"] == [
        lab_to_check(f"myevent {flag}") for flag in ("", "--check", "--check lab2", "--check=lab2")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a b c",
        "--check",
        "--check lab2 myevent",
        "a --check b c",
        "--lang c",
        "my-event",
        "../x",
        "éa",
        "a" * 65,
        "check",
        "class",
        "a.b",
    ],
)
def test_a_magic_line_that_says_nothing_sensible(line):
    """Is refused; `check` because it would take kthreadlab's own name away."""

    with pytest.raises(BadMagicLine):
        parse_magic_line(line)
