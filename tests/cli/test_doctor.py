"""`kthreadlab doctor`: every way in which a notebook goes wrong is said in plain words, with how to mend it."""

import copy
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.front import doctor
from kthreadlab.front.cli import main
from kthreadlab.front.doctor import released_notebook
from kthreadlab.grading.cells import BadInput
from kthreadlab.grading.examined import LOST, MEND, NOTE, Patient, findings
from kthreadlab.grading.handed_out import handed_out
from tests.grading.conftest import with_answer
from tests.grading.odd_notebooks import FULL, TABLE, answer, below, cell, free, move, retype
from tests.support import submission

RELEASED = released_notebook("lab2")
REFERENCE = submission("lab2/right/reference").text
RIGHT = with_answer(RELEASED, REFERENCE)
GIVEN = "lab2-events"
JOINED = {**RIGHT, "cells": [{**one, "source": "".join(one["source"])} for one in RIGHT["cells"]]}
"""With each text in one piece."""


def said(notebook: dict, lab: str = "lab2") -> list[tuple[str, str]]:
    """What is odd about a notebook, with what it weighs."""
    released = released_notebook(lab)
    return [(one.weighs, one.says) for one in findings(Patient(notebook, lab, released, handed_out(lab, released)))]


def changed(change: Callable[[dict], object]) -> dict:
    """A notebook with a right answer, and one thing about it changed."""
    notebook = copy.deepcopy(RIGHT)
    change(notebook)
    return notebook


def twin(notebook: dict, grade_id: str) -> dict:
    """A copy of a cell, below it."""
    made = copy.deepcopy(cell(notebook, grade_id))
    notebook["cells"].insert(notebook["cells"].index(cell(notebook, grade_id)) + 1, made)
    return made


def split(notebook: dict) -> None:
    """As JupyterLab does it: both halves keep the metadata."""
    head, tail = answer(notebook)["source"].split("    while True")
    made = twin(notebook, "lab2-mykthread")
    answer(notebook)["source"], made["source"] = head, f"    while True{tail}"


def join(notebook: dict) -> None:
    """As JupyterLab does it: the first keeps its metadata."""
    below_it = notebook["cells"][notebook["cells"].index(answer(notebook)) + 1 :]
    other = next(one for one in below_it if "nbgrader" in one["metadata"])
    answer(notebook)["source"] += "\n\n" + "".join(other["source"])
    notebook["cells"].remove(other)


def written_below(notebook: dict) -> None:
    """The answer stands in a cell of one's own."""
    below(notebook, free(answer(notebook)["source"].replace(" mykthread", " mine", 1)))
    answer(notebook)["source"] = cell(RELEASED, "lab2-mykthread")["source"]


def replaced(notebook: dict, old: str, new: str) -> None:
    answer(notebook)["source"] = answer(notebook)["source"].replace(old, new)


def rewritten(notebook: dict, grade_id: str) -> None:
    cell(notebook, grade_id)["source"] = "x = 1"


def made_markdown(notebook: dict) -> None:
    retype(answer(notebook), "markdown")


def stranger(notebook: dict) -> None:
    """A cell out of another lab's notebook."""
    noted = {**answer(notebook)["metadata"]["nbgrader"], "grade_id": "lab5-handler"}
    below(notebook, {**free("1"), "metadata": {"nbgrader": noted}})


def counted(notebook: dict, *counts: int | None) -> None:
    """The code cells were run, in this order."""
    code = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    for one, count in zip(code, counts, strict=False):
        one["execution_count"] = count


KINDS: dict[str, tuple[str, str, Callable[[dict], object]]] = {
    "copied": (LOST, r"delete all but one \(Esc, d, d\)", lambda n: twin(n, "lab2-mykthread")),
    "test copied": (LOST, r"\(lab2-no_oops\), cell", lambda n: twin(n, "lab2-no_oops")),
    "copied and changed": (
        LOST,
        "hold different texts: copy what you want to keep into the first",
        lambda n: twin(n, "lab2-mykthread").update(source="%%kmod myevent mykthread\nx = 1"),
    ),
    "split": (LOST, "have been split: select both and press Shift\\+M", split),
    "joined": (MEND, r"\(lab2-mykthread\) holds the text of lab2-[\w-]+ too", join),
    "answer deleted": (LOST, "no cell with the grade_id lab2-mykthread", lambda n: n["cells"].remove(answer(n))),
    "test deleted": (NOTE, "the cell lab2-no_oops is gone", lambda n: n["cells"].remove(cell(n, "lab2-no_oops"))),
    "setup deleted": (LOST, "put the first code cell back", lambda n: n["cells"].pop(1)),
    "text deleted": (NOTE, "1 of our cells without points is gone: “# Lab 2", lambda n: n["cells"].pop(0)),
    "in the wrong cell": (MEND, r"stand in cell \d+ \(“%%kmod myevent mine”\), and only cell \d+", written_below),
    "function renamed": (
        MEND,
        "does not define mykthread, which the check asks for; it has my_kthread",
        lambda n: replaced(n, "def mykthread", "def my_kthread"),
    ),
    "module renamed": (
        LOST,
        "make it %%kmod myevent mykthread again",
        lambda n: replaced(n, "%%kmod myevent", "%%kmod mine"),
    ),
    "magic deleted": (LOST, "no longer begins with %%kmod", lambda n: replaced(n, "%%kmod myevent mykthread", "")),
    "nothing answered": (
        NOTE,
        "is as it was handed out",
        lambda n: answer(n).update(source=cell(RELEASED, "lab2-mykthread")["source"]),
    ),
    "moved down": (NOTE, r"\(lab2-mykthread\) stands elsewhere", lambda n: move(n, answer(n), len(n["cells"]))),
    "given moved": (NOTE, r"\(lab2-events\) stands elsewhere", lambda n: move(n, cell(n, GIVEN), 999)),
    "markdown": (MEND, "has become markdown, and was code: select it and press Esc, y", made_markdown),
    "given edited": (NOTE, r"\(lab2-events\) is locked and was edited", lambda n: rewritten(n, GIVEN)),
    "test edited": (NOTE, r"\(lab2-no_oops\) is locked and was edited", lambda n: rewritten(n, "lab2-no_oops")),
    "another lab's cell": (LOST, "is of lab5's notebook", stranger),
    "out of order": (NOTE, "cells were run in another order", lambda n: counted(n, 1, 2, 5, 4)),
    "two sessions": (NOTE, "two sessions of the kernel are mixed", lambda n: counted(n, 1, 2, 3, 1, 2)),
    "run twice": (NOTE, "cells were run more than once: 9 runs, 3 cells", lambda n: counted(n, 1, 2, 9)),
    "not run": (NOTE, r"\(lab2-mykthread\) was not run as it stands here", lambda n: counted(n, 1, 2, 3)),
    "check taken": (LOST, "gives the name check to something else", lambda n: below(n, free("check = 1"))),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_said_in_its_words(kind):
    """What is so, where, and what to do."""

    weighs, words, change = KINDS[kind]
    found = [(how, text) for how, text in said(changed(change)) if re.search(words, text)]

    assert [weighs] == [how for how, _ in found], said(changed(change))


def test_a_notebook_that_is_as_it_should_be():
    """Nothing is odd about it, run from top to bottom or not at all."""

    assert [] == said(RIGHT)
    assert [] == said(changed(lambda n: counted(n, *range(1, 40))))


@pytest.mark.parametrize(
    "name", [name if TABLE[name].quick else pytest.param(name, marks=pytest.mark.long) for name in TABLE]
)
def test_what_the_check_refuses_the_doctor_finds(name, tmp_path):
    """Of all odd notebooks, and in nothing that earns its points anything that would lose them."""

    path = tmp_path / "lab2.ipynb"
    path.write_bytes(TABLE[name].data(JOINED))
    found = doctor.diagnosis(str(path), lambda *_: None, True)

    assert (TABLE[name].outcome != FULL) == any(one.weighs == LOST for one in found.found), found.found


def test_a_schedule_in_the_wrong_cell():
    """It is found, and where it belongs is said; not once the right cell has an answer."""

    notebook = copy.deepcopy(released_notebook("lab6"))
    notebook["cells"].append(free('duel_1 = "disk*5 mykthread*6"'))
    words = "duel_1 is given a value in cell"
    assert [MEND] == [weighs for weighs, text in said(notebook, "lab6") if words in text]

    cell(notebook, "lab6-duel1-answer")["source"] = 'duel_1 = "disk*5"'
    assert [] == [text for _, text in said(notebook, "lab6") if words in text]


# ---- releases ------------------------------------------------------------------------------------------------------


def test_a_copy_of_an_older_release_is_known():
    """By its cells, whatever the student has written into it."""

    old = json.loads((Path(__file__).parent / "files/lab2_first_release.ipynb").read_text())

    assert [(MEND, "this notebook is of an older release, and will be graded by the present one")] == [
        (weighs, text.partition(":")[0]) for weighs, text in said(with_answer(old, REFERENCE)) if "release" in text
    ]


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, the one where the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: Path, notebook: dict | str = RIGHT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
    return path


def asked(capsys, *words: str) -> tuple[int, str]:
    status = main(["doctor", *words])
    return status, capsys.readouterr().out


def test_half_written_with_an_earlier_state_beside_it(folder, capsys):
    """JupyterLab's own checkpoint is named."""

    put(folder / "lab2/lab2.ipynb", json.dumps(RIGHT)[:-500])
    put(folder / "lab2/.ipynb_checkpoints/lab2-checkpoint.ipynb")
    status, text = asked(capsys, "lab2/lab2.ipynb")

    assert 2 == status
    assert "not valid JSON" in text and "can be read: lab2/.ipynb_checkpoints/lab2-checkpoint.ipynb" in text


def test_half_written_without_one(folder, capsys):
    """What is in it can still be read as text."""

    put(folder / "lab2/lab2.ipynb", json.dumps(RIGHT)[:-500])

    assert "a text editor still shows what is in it" in asked(capsys, "lab2/lab2.ipynb")[1]


def test_a_split_answer_is_not_called_a_copy():
    """Whoever deleted "the copy" would lose half of it."""

    assert ["have been split" in text for _, text in said(changed(split)) if "grade_id" in text or "split" in text] == [
        True
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not valid JSON"),
        ("[]", "no list of cells"),
        ("\ufeff{}", "byte order mark"),
        ("[" * 100_000, "not valid JSON"),
        (json.dumps({**RIGHT, "cells": [{}] * 2001}), "2,001 cells"),
        (json.dumps({**RIGHT, "cells": [free("x = 1\n" * 100_000)]}), "holds 600,000 characters"),
        (json.dumps({**RIGHT, "cells": []}), "kthreadlab lab brings a fresh copy"),
        (json.dumps({**RIGHT, "cells": [7, *RIGHT["cells"]]}), "a cell of this notebook is not"),
        ("\x1b[2J\0", "NUL"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_said(folder, capsys, content, words):
    """Also where somebody means harm."""

    put(folder / "lab2.ipynb", content)
    status, text = asked(capsys, "lab2.ipynb")

    assert status in (1, 2) and words in text and "\x1b" not in text


def test_a_huge_file_is_not_read(folder, capsys, monkeypatch):
    """Its size is said, and what makes notebooks large."""

    monkeypatch.setattr(doctor, "MOST_BYTES", 1000)
    monkeypatch.setattr(doctor, "read_text", None)
    put(folder / "lab2.ipynb")

    assert "Clear Outputs of All Cells" in asked(capsys, "lab2.ipynb")[1]


@pytest.mark.parametrize("name", ["nowhere.ipynb", "lab2", "lab2.py", "a\0b.ipynb", "é" * 300 + ".ipynb"])
def test_a_name_that_is_no_notebooks(folder, name):
    """No traceback."""

    (folder / "lab2").mkdir()

    assert 2 == main(["doctor", name])


def test_links_bring_no_surprises(folder, capsys):
    """Of a folder no link to another is followed; a notebook that is a link says so; one to nowhere, too."""

    put(folder / "elsewhere/lab2/lab2.ipynb")
    (folder / "mine").mkdir()
    os.symlink(folder / "elsewhere", folder / "mine/folder")
    os.symlink(folder / "nowhere.ipynb", folder / "mine/gone.ipynb")
    os.symlink(folder / "elsewhere/lab2/lab2.ipynb", folder / "mine/lab2.ipynb")
    text = asked(capsys, "mine")[1]

    assert "mine/folder" not in text
    assert "nowhere.ipynb, which is not there" in text
    assert "it is a link to" in text and "60 of " in text


def test_a_folder_is_told_notebook_by_notebook(folder, capsys):
    """A second copy in a folder, another name; nothing is written; what a grader sees is what the check says."""

    put(folder / "lab2/lab2.ipynb", with_answer(RELEASED, submission("lab2/wrong/no_remove_wait_queue").text))
    put(folder / "lab2/lab2-Copy1.ipynb")
    put(folder / "lab2/notes.ipynb", {**RIGHT, "cells": []})
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    status, text = asked(capsys)
    copy1, mine = text.split("\n\n")

    assert 1 == status
    assert "a grader collects lab2.ipynb by its name" in copy1 and "60 of " in copy1
    assert "lab2/lab2-Copy1.ipynb beside it is of the same lab: keep one of them" in mine
    assert before == {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    report = kthreadlab.check(
        "lab2", kthreadlab.load(submission("lab2/wrong/no_remove_wait_queue").text, name="mykthread")
    )
    told = {line.split()[1].rstrip(":"): line.split()[0] for line in mine.splitlines() if line.startswith("    ")}
    graded = {p.name: f"{p.points}/{p.max_points}" for p in report.properties.values() if p.graded}
    assert graded == {name: points for name, points in told.items() if name in graded}


def test_json_is_a_line_for_each(folder, capsys):
    """For whoever has a class."""

    put(folder / "ann/lab2.ipynb")
    put(folder / "bob/lab2.ipynb", "{")
    status = main(["doctor", "--json", "."])
    ann, bob = map(json.loads, capsys.readouterr().out.splitlines())

    assert (2, 60, []) == (status, ann["points"], ann["found"])
    assert ["lost"] == [one["weighs"] for one in bob["found"]]


def test_without_notebooks_it_says_what_to_name(folder, capsys):
    """As bad input."""

    assert 2 == main(["doctor"])
    assert "kthreadlab lab makes one" in capsys.readouterr().err
    with pytest.raises(BadInput):
        list(doctor.diagnoses([]))
