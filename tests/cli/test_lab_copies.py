"""`kthreadlab lab` gives everybody a copy of the labs, and never touches work that is there."""

from pathlib import Path

import pytest

from kthreadlab import labs
from kthreadlab.cells import BadInput

REPO = Path(__file__).resolve().parents[2]


def test_a_new_folder_gets_every_lab(tmp_path):
    """The files are the students' versions, byte by byte."""

    said = labs.copy_labs(str(tmp_path / "mine"))

    assert "copied lab2/lab2.ipynb" in said
    assert (REPO / "labs/lab2/lab2.ipynb").read_bytes() == (tmp_path / "mine/lab2/lab2.ipynb").read_bytes()


def test_work_that_is_there_stays(tmp_path):
    """A second time copies what is missing and nothing else."""

    mine = tmp_path / "lab2" / "lab2.ipynb"
    mine.parent.mkdir()
    mine.write_text("an evening's work")

    said = labs.copy_labs(str(tmp_path))

    assert "an evening's work" == mine.read_text()
    assert "stays as you left it" in said


def test_a_link_to_nowhere_is_somebodys_work_too(tmp_path):
    """What has the name keeps it."""

    (tmp_path / "lab2").mkdir()
    (tmp_path / "lab2" / "lab2.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")

    labs.copy_labs(str(tmp_path))

    assert not (tmp_path / "elsewhere.ipynb").exists()


def test_a_file_where_the_folder_should_be(tmp_path):
    """Is left alone, and said."""

    (tmp_path / "mine").write_text("a letter")

    with pytest.raises(BadInput, match="mine"):
        labs.copy_labs(str(tmp_path / "mine"))

    assert "a letter" == (tmp_path / "mine").read_text()


def test_without_jupyterlab_it_says_how_to_get_it(tmp_path, monkeypatch):
    """No ImportError: a sentence."""

    monkeypatch.setattr(labs, "find_spec", lambda name: None)

    with pytest.raises(BadInput, match=r"pip install 'kthreadlab\[lab\]'"):
        labs.open_jupyterlab(str(tmp_path))
