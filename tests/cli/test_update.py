"""`kthreadlab lab --update`: a new release, and not a word of the student's lost."""

import copy
import json
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.front.cli import main
from kthreadlab.front.doctor import released_notebook
from kthreadlab.grading.answers import answer_module
from kthreadlab.grading.carried import Carrying, same_work
from kthreadlab.grading.cells import one_text
from kthreadlab.grading.handed_out import HandedOut, handed_out, release, remembered
from tests.grading.conftest import with_answer
from tests.grading.odd_notebooks import TABLE, below, cell, free
from tests.support import submission

FIRST = json.loads((Path(__file__).parent / "files/lab2_first_release.ipynb").read_text())
"""Lab 2 as it was once handed out."""
REFERENCE = submission("lab2/right/reference").text


def by_id(notebook: dict, name: str) -> dict:
    return next(one for one in notebook["cells"] if one.get("id") == name)


def texts(notebook: dict) -> str:
    return "\n".join(one_text(one["source"]) for one in notebook["cells"])


def half_done() -> dict:
    """The first release of Lab 2 with an evening's work in it."""
    notebook = with_answer(FIRST, REFERENCE)
    by_id(notebook, "lab2-exit-answers")["source"] = "1. Because nobody remembers it.\n2. No."
    by_id(notebook, "lab2-predict")["source"] = by_id(notebook, "lab2-predict")["source"][0].replace("?", "b")
    by_id(notebook, "lab2-exit-answers")["attachments"] = {"a.png": {"image/png": "aGk="}}
    below(notebook, free("mine = 1 + 1"))
    cell(notebook, "lab2-events")["source"] = "%%kmod myevent events\n# changed by me"
    return notebook


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: Path, notebook: dict | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode())
    return path


def update(capsys, folder: str = ".") -> str:
    assert 0 == main(["lab", folder, "--update"])
    return capsys.readouterr().out


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---- an older release ----------------------------------------------------------------------------------------------


def test_a_half_done_folder_comes_to_the_present_release(folder, capsys):
    """The answer where its grade_id is, texts where their places are; the old file is kept, and what is missing
    comes."""

    path = put(folder / "lab2/lab2.ipynb", half_done())
    before = path.read_bytes()
    said = update(capsys)
    new = json.loads(path.read_text())

    assert before == (folder / "lab2/lab2.ipynb.old").read_bytes()
    assert (folder / "lab6/lab6.ipynb").is_file()
    assert "lab2-mykthread" in said and "lab2.ipynb.old" in said and "index.ipynb, lab1" in said
    report = kthreadlab.check("lab2", answer_module(str(path), "lab2"))
    assert report.points == report.max_points
    fresh = {one["metadata"].get("nbgrader", {}).get("grade_id") for one in released_notebook("lab2")["cells"]}
    assert fresh == {one["metadata"].get("nbgrader", {}).get("grade_id") for one in new["cells"]}
    for mine in ("Because nobody remembers it.", "mine = 1 + 1", "# changed by me", 'guess_1 = "b"'):
        assert mine in texts(new), mine
    assert "aGk=" in path.read_text()


def test_a_second_time_nothing_changes(folder, capsys):
    """Nor when the notebook has been run since."""

    path = put(folder / "lab2/lab2.ipynb", half_done())
    update(capsys)
    new = json.loads(path.read_text())
    for n, one in enumerate(one for one in new["cells"] if one["cell_type"] == "code"):
        one["execution_count"] = n + 1
    put(path, new)
    before = everything(folder)

    assert "lab2/lab2.ipynb is of this release, and stays as it is." in update(capsys)
    assert before == everything(folder)


def test_an_old_copy_is_never_written_over(folder, capsys):
    """A second update of another old notebook has another name for it."""

    put(folder / "lab2/lab2.ipynb", half_done())
    update(capsys)
    put(folder / "lab2/lab2.ipynb", FIRST)

    assert "lab2.ipynb.old2" in update(capsys)
    assert json.loads((folder / "lab2/lab2.ipynb.old").read_text()) == half_done()


# ---- a release to come ---------------------------------------------------------------------------------------------


def carried(old: dict, fresh: dict, *former: dict) -> tuple[dict, Carrying]:
    """*old* in *fresh*, where *former* and Lab 6's present release were handed out, too."""
    carrying = Carrying(old, fresh, HandedOut((*map(release, (*former, released_notebook("lab6"))), release(fresh))))
    return carrying.run(), carrying


def test_predictions_and_schedules_go_where_they_are_asked_now():
    """Also where the cells have other numbers; whose question is gone is kept and named."""

    old = copy.deepcopy(released_notebook("lab6"))
    for one in old["cells"]:
        source = one_text(one["source"])
        one["source"] = source.replace('predict("lab6.p1", "?")', 'predict("lab6.p1", "b")')
        one["source"] = one["source"].replace('predict("lab6.p2", "?")', 'predict("lab6.p2", "a")')
        one["source"] = one["source"].replace('duel_1 = "?"', 'duel_1 = "disk*5 mykthread*6"')
    by_id(old, "lab6-10")["source"] = "It was asleep. Nobody told it."
    fresh = copy.deepcopy(released_notebook("lab6"))
    fresh["cells"] = [one for one in fresh["cells"] if "lab6.p2" not in one_text(one["source"])]
    fresh["cells"].append(fresh["cells"].pop(3))
    cell(fresh, "lab6-duel1-answer")["source"] = 'duel_1 = "?"\nduel("lab6.duel1", duel_1, hints=False)'
    for n, one in enumerate(fresh["cells"]):
        one["id"] = f"lab6-{n:02}"
    new, carrying = carried(old, fresh)

    assert 'predict("lab6.p1", "b")' == new["cells"][len(fresh["cells"]) - 1]["source"]
    assert (
        'duel_1 = "disk*5 mykthread*6"\nduel("lab6.duel1", duel_1, hints=False)'
        == cell(new, "lab6-duel1-answer")["source"]
    )
    assert ["lab6.p2: a"] == carrying.kept and 'predict("lab6.p2", "a")' in new["cells"][-1]["source"]
    at = next(n for n, one in enumerate(fresh["cells"]) if "Your two sentences" in one_text(one["source"]))
    assert "It was asleep. Nobody told it." == new["cells"][at]["source"]
    assert same_work(new, carried(new, fresh)[0])


def test_what_is_written_over_a_text_that_is_gone_is_kept():
    """Not put under a heading that has got its number."""

    old = copy.deepcopy(released_notebook("lab6"))
    by_id(old, "lab6-10")["source"] = "It was asleep."
    fresh = copy.deepcopy(released_notebook("lab6"))
    by_id(fresh, "lab6-10")["source"] = "## Another thing"
    by_id(fresh, "lab6-09")["source"] = "Something else is asked."
    new, carrying = carried(old, fresh)

    assert "## Another thing" == by_id(new, "lab6-10")["source"]
    assert new["cells"][-1]["source"].endswith("\n\nIt was asleep.") and ["lab6-10"] == carrying.kept


def test_cells_of_ones_own_stay_below_the_cell_that_they_stood_below():
    """In their order, with their tags, and unknown to graders."""

    old = copy.deepcopy(released_notebook("lab6"))
    mine = [{**free(f"mine = {n}"), "metadata": {"tags": ["mine"]}} for n in (1, 2)]
    old["cells"][8:8] = mine
    old["cells"].insert(0, free("# the very first"))
    new, _ = carried(old, released_notebook("lab6"))

    assert ["# the very first"] == [new["cells"][0]["source"]]
    assert ["mine = 1", "mine = 2"] == [one["source"] for one in new["cells"][9:11]]
    assert ["mine"] == new["cells"][9]["metadata"]["tags"]
    assert len({one["id"] for one in new["cells"]}) == len(new["cells"])


def test_the_pieces_of_a_split_answer_are_joined():
    """However many there are; a true copy is kept apart."""

    old = with_answer(released_notebook("lab2"), REFERENCE)
    at = old["cells"].index(cell(old, "lab2-mykthread"))
    lines = old["cells"][at]["source"].splitlines()
    pieces = ["\n".join(lines[:9]), "\n".join(lines[9:14]), "\n".join(lines[14:])]
    old["cells"][at : at + 1] = [{**old["cells"][at], "id": f"p{n}", "source": text} for n, text in enumerate(pieces)]
    new = Carrying(old, released_notebook("lab2"), handed_out("lab2", released_notebook("lab2")))

    assert "\n".join(lines) == cell(new.run(), "lab2-mykthread")["source"] and [] == new.kept


def test_what_is_remembered_of_a_release():
    """Once, however often it is handed out."""

    store = remembered(remembered({}, "lab2", FIRST), "lab2", FIRST)

    assert 1 == len(store["lab2"])
    assert release(FIRST) in handed_out("lab2", released_notebook("lab2")).releases


# ---- folders of all kinds ------------------------------------------------------------------------------------------

QUICK = [name for name in TABLE if TABLE[name].quick]


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(n, marks=pytest.mark.long) for n in TABLE if n not in QUICK)])
def test_of_an_odd_notebook_nothing_is_lost(name, folder, capsys):
    """It is carried with every line of the answer, or left as it is; and a second time changes nothing."""

    right = with_answer(released_notebook("lab2"), REFERENCE)
    right["cells"] = [{**one, "source": one_text(one["source"])} for one in right["cells"]]
    path = put(folder / "lab2/lab2.ipynb", TABLE[name].data(right))
    before = path.read_bytes()
    update(capsys)

    if path.read_bytes() != before:
        new = texts(json.loads(path.read_text()))
        lines = one_text(next(one["source"] for one in right["cells"] if "def mykthread" in one["source"])).splitlines()
        held = before.decode()
        assert [] == [line for line in lines if line.strip() and line in held and line.strip() not in new]
    after = everything(folder)
    update(capsys)
    assert after == everything(folder)


def test_foreign_files_broken_notebooks_and_links_are_left_alone(folder, capsys):
    """And said, unless they are nobody's business."""

    put(folder / "lab2/lab2.ipynb", b'{"cells": [')
    put(folder / "lab2/lab2-Copy1.ipynb", half_done())
    put(folder / "lab2/notes.txt", b"mine")
    put(folder / "elsewhere.ipynb", half_done())
    (folder / "lab5").mkdir()
    (folder / "lab5/lab5.ipynb").symlink_to(folder / "elsewhere.ipynb")
    before = everything(folder)
    said = update(capsys)

    assert "not valid JSON" in said and "left alone: elsewhere.ipynb, lab2/lab2-Copy1.ipynb" in said
    assert "lab5.ipynb is a link" in said and "lab2/lab2.ipynb is of" not in said
    assert before == {name: data for name, data in everything(folder).items() if name in before}


def test_where_nothing_can_be_written_nothing_has_changed(folder, capsys, monkeypatch):
    """The old copy that was begun is gone, too."""

    def full(self, to):
        raise OSError(28, "No space left on device")

    put(folder / "lab2/lab2.ipynb", half_done())
    before = everything(folder)
    monkeypatch.setattr(Path, "replace", full)

    assert 2 == main(["lab", ".", "--update"])
    assert "No space left on device. It is as it was." in capsys.readouterr().err
    assert before == everything(folder)


def test_without_a_folder_there_is_nothing_to_update(folder, capsys):
    """It is said, and none is made."""

    assert 2 == main(["lab", "nowhere", "--update"])
    assert "kthreadlab lab makes one" in capsys.readouterr().err and [] == list(folder.iterdir())
