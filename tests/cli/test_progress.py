"""``kthreadlab progress``: what notebooks hold, read and never run."""

import csv
import io
import json

import pytest

from kthreadlab.checks.portfolio import LABS
from kthreadlab.front.cli import main
from tests.grading.evidence import notebook
from tests.support import corpus

PREDICTED = 'predict("lab6.p1", "{}")'


def page(letter: str = "?", **answers: str) -> dict:
    """A notebook of Lab 6 with a prediction in it."""
    made = notebook(**answers)
    cell = {"cell_type": "code", "id": "p", "metadata": {}, "outputs": [], "execution_count": None}
    made["cells"].insert(1, {**cell, "source": PREDICTED.format(letter)})
    return made


@pytest.fixture
def folder(tmp_path, items, monkeypatch):
    """A folder with the notebooks that are put there, the one where the command runs."""
    monkeypatch.chdir(tmp_path)

    def put(**pages):
        for name, made in pages.items():
            path = tmp_path / name / "lab6.ipynb"
            path.parent.mkdir()
            path.write_text(made if isinstance(made, str) else json.dumps(made))

    return put


def told(capsys, *words: str) -> tuple[int, str]:
    status = main(["progress", *words])
    return status, capsys.readouterr().out


def rows(capsys, *words: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(told(capsys, "--csv", *words)[1])))


def test_one_notebook_is_told_with_what_is_next(folder, capsys):
    """Points, properties, what stands beside the module, predictions; the labs that are not begun come first."""

    folder(mine=page("a", order="?"))
    status, text = told(capsys)

    assert 0 == status
    assert "lab6   85/100  mine/lab6.ipynb  11 of 11 properties hold; duel1 ✓; order1 ✗" in text
    assert "M8               0      1        0  a wake-up is remembered" in text
    assert text.endswith(f"next: {next(iter(LABS.values())).title} (not begun)\n")


def test_a_class_is_a_row_a_submission(folder, capsys):
    """The properties, the points of the evidence, the predictions by misconception."""

    wrong = next(x.text for x in corpus() if x.name == "lab6/wrong/never_frees")
    folder(ann=page("b"), bob=page("a", answer=wrong, duel="?"), cas=page())
    ann, bob, cas = rows(capsys)

    assert ("100", "1", "25", "1", "0") == tuple(
        ann[key] for key in ("points", "no_leak", "lab6.duel1", "M8 right", "M8 wrong")
    )
    assert ("0", "0", "1") == tuple(bob[key] for key in ("no_leak", "lab6.duel1", "M8 wrong"))
    assert bob["problem"].startswith("no_leak")
    assert "1" == cas["M8 not yet"]
    assert "next" not in told(capsys)[1]


@pytest.mark.parametrize(
    ("source", "letter"),
    [
        ('predict("lab6.p1", "b", film=film)', "right"),
        ('predict("lab6.p1", answer=" B ")', "right"),
        ('x = predict("lab6.p1", "c")', "wrong"),
        ('predict("lab6.p1", "?")', "not yet"),
        ('predict("lab6.p1")', "not yet"),
        ('predict("lab6.p1", guess)', "not yet"),
        ('predict("lab6.p1", "z")', "not yet"),
        ('predict("lab6.p1"', "not yet"),
        ('%time predict("lab6.p1", "b")', "right"),
        ('predict("lab6.p1", "a")\npredict("lab6.p1", "b")', "right"),
        ('# predict("lab6.p1", "b")', "not yet"),
        ('1/0; __import__("os").abort(); predict("lab6.p1", "b")', "right"),
    ],
)
def test_predictions_are_read_and_not_run(folder, capsys, source, letter):
    """As texts; what is computed is no answer yet."""

    made = page()
    made["cells"][1]["source"] = source
    folder(mine=made)
    (row,) = rows(capsys)

    assert "1" == row[f"M8 {letter}"]


def test_odd_notebooks_get_a_word_and_stop_no_other(folder, capsys):
    """One that is none, one that is no lab's, one without an answer."""

    none = page()
    none["cells"] = [c for c in none["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "lab6-mykthread"]
    folder(ann=page(), bob="{", cas=none, dan={"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    status, text = told(capsys)

    assert 2 == status
    assert "bob/lab6.ipynb is not a notebook: it is not valid JSON" in text
    assert "this notebook has no cell with the grade_id lab6-mykthread" in text
    assert "100/100  ann" in text and "dan" not in text
    assert "this is no lab's notebook" in told(capsys, "dan/lab6.ipynb")[1]


def test_nothing_to_look_at_is_bad_input(folder, capsys):
    """It says what to name."""

    assert 2 == main(["progress"])
    assert "there is no lab's notebook here" in capsys.readouterr().err


def test_a_name_is_no_formula_of_a_spreadsheet(folder, capsys, tmp_path):
    """A submission may be called anything."""

    name = "=cmd|' C'!A0.ipynb"
    (tmp_path / name).write_text(json.dumps(page()))
    (row,) = rows(capsys, name)

    assert f"'{name}" == row["file"]
