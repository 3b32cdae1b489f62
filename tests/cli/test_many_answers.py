"""`kthreadlab check LAB FILE…`: a line for each of many answers; one that can't be used stops none of the others."""

import io
import json
import sys
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.front.cli import main

REPO = Path(__file__).resolve().parents[2]
RIGHT = str(REPO / "solutions/lab2/lab2.ipynb")
UNTOUCHED = str(REPO / "labs/lab2/lab2.ipynb")
WRONG = str(REPO / "tests/submissions/lab2/wrong/no_remove_wait_queue.py")
OTHER_LAB = str(REPO / "labs/lab5/lab5.ipynb")


@pytest.fixture
def check(capsys):
    """Check files as answers to lab 2; (status, the lines of stdout)."""

    def run(*words):
        status = main(["check", "lab2", *words])
        said, complaint = capsys.readouterr()
        assert "" == complaint
        return status, said.splitlines()

    return run


def test_each_answer_has_a_line_with_points_file_and_what_is_wrong(check):
    """In the order in which they were given."""

    _, lines = check(RIGHT, WRONG, UNTOUCHED)

    right, wrong, untouched = [line.split(None, 2) for line in lines]
    assert ["100/100", RIGHT] == right
    assert ["53/60", WRONG] == wrong[:2]
    assert wrong[2].startswith("dies_cleanly: mykthread ended with its entry still on myevent_waitqueue")
    assert ["0/100", UNTOUCHED] == untouched[:2]
    assert "mykthread is not written yet" in untouched[2]


def test_one_that_cannot_be_used_stops_none_of_the_others(check):
    """It has its line too, with the reason, and no points."""

    _, lines = check("nowhere.ipynb", OTHER_LAB, RIGHT)

    assert ["–", "nowhere.ipynb:", "there", "is", "no", "such", "file."] == lines[0].split()
    assert f"{OTHER_LAB}: this notebook has no cell with the grade_id lab2-mykthread" in lines[1]
    assert ["100/100", RIGHT] == lines[2].split()


@pytest.mark.parametrize(
    ("files", "status"),
    [([RIGHT, RIGHT], 0), ([RIGHT, WRONG], 1), ([WRONG, "nowhere.py", RIGHT], 2)],
    ids=["full points", "a verdict", "unusable"],
)
def test_the_exit_status_is_the_worst_that_one_alone_has(check, files, status):
    """0 only if all have full points, 2 if any can't be used, as with one file."""

    assert status == check(*files)[0]
    assert status == max(main(["check", "lab2", file, "--json"]) for file in files)


def test_json_is_an_object_a_line_with_the_file_in_it(check, capsys):
    """Besides, the object is that of the file alone."""

    status, lines = check(RIGHT, "nowhere.py", WRONG, "--json")
    found = [json.loads(line) for line in lines]

    assert (2, [RIGHT, "nowhere.py", WRONG]) == (status, [report.pop("file") for report in found])
    for file, report in zip([RIGHT, "nowhere.py", WRONG], found, strict=True):
        main(["check", "lab2", file, "--json"])
        assert report == json.loads(capsys.readouterr().out)


def test_equal_answers_are_checked_once(check, tmp_path, monkeypatch):
    """However many files lie between them: by what they say, not by their names."""

    checked = []
    check_one = kthreadlab.check
    monkeypatch.setattr(kthreadlab, "check", lambda *words: checked.append(words) or check_one(*words))
    copy = tmp_path / "copy.ipynb"
    copy.write_bytes(Path(RIGHT).read_bytes())
    files = [tmp_path / f"{n}.py" for n in range(100)]
    for n, file in enumerate(files):
        file.write_text(f"# {n}\n(\n")

    status, lines = check(RIGHT, *map(str, files), str(copy))

    assert (1, 102, 101) == (status, len(lines), len(checked))
    assert ["100/100", str(copy)] == lines[-1].split()


def test_a_bug_of_ours_stops_none_of_the_others(check, monkeypatch):
    """Its line says that it is ours; status 3."""

    check_one = kthreadlab.check

    def broken(lab, module):
        if "cannot_be_lived_without" in "".join(module.files.values()):
            raise RuntimeError("boom")
        return check_one(lab, module)

    monkeypatch.setattr(kthreadlab, "check", broken)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"cannot_be_lived_without = u32(0)\n")))
    status, lines = check("-", RIGHT)

    assert (3, ["100/100", RIGHT]) == (status, lines[1].split())
    assert "kthreadlab itself has failed" in lines[0] and "boom" in lines[0]


def test_one_property_is_of_one_answer(capsys):
    """--property tells a story; of several answers it is refused, and says so."""

    assert 2 == main(["check", "lab2", RIGHT, WRONG, "--property", "no_oops"])
    assert "give one FILE" in capsys.readouterr().err
