"""The notebooks as files: the students' are made from the instructor's, and both keep the rules for notebooks."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks.portfolio import LABS
from kthreadlab.course.registry import evidence_of, points_of
from kthreadlab.grading.answers import answer_module
from tests.support import ANSWER

REPO = Path(__file__).resolve().parents[2]
SOLUTIONS = sorted((REPO / "solutions").glob("*/*.ipynb"))
INDEX = REPO / "labs" / "index.ipynb"
EXECUTED = [*SOLUTIONS, INDEX]
ALL = [*EXECUTED, *sorted((REPO / "labs").glob("*/*.ipynb"))]


def cells(path: Path, kind: str = "code") -> list[dict]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def nbgrader_of(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def by_lab(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(REPO)))


@pytest.mark.grading
def test_the_students_notebooks_are_made_from_the_instructors(tmp_path):
    """labs/ is what nbgrader makes of solutions/ today; `make labs` writes it."""
    spec = importlib.util.spec_from_file_location("make_labs", REPO / "autograder" / "make_labs.py")
    make_labs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_labs)

    make_labs.make_labs(tmp_path)

    made = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {str(path.relative_to(REPO / "labs")): path.read_text() for path in (REPO / "labs").glob("*/*.ipynb")}
    assert {name: json.loads(text) for name, text in kept.items()} == {n: json.loads(text) for n, text in made.items()}


@by_lab(EXECUTED)
def test_the_instructors_notebooks_are_kept_executed(path):
    """nbval compares nothing in a cell that was never run; so every one was, in order, without an error."""

    assert list(range(1, len(cells(path)) + 1)) == [cell["execution_count"] for cell in cells(path)]
    assert [] == [out for cell in cells(path) for out in cell["outputs"] if out["output_type"] == "error"]
    assert [] == [out for cell in cells(path) for out in cell["outputs"] if out.get("name") == "stderr"]


@by_lab(EXECUTED)
def test_outputs_are_the_same_on_every_machine_and_every_day(path):
    """No address, no duration, no path, no rate."""

    text = json.dumps([cell["outputs"] for cell in cells(path)])

    assert [] == re.findall(r"0x[0-9a-f]{6,}|\b\d+(?:\.\d+)? ?(?:ms|seconds|s)\b|states/s|/home/|/tmp/", text)


@by_lab(ALL)
def test_cells_have_ids_that_a_person_can_read(path):
    """They begin with the lab and are words, not random letters."""

    every = json.loads(path.read_text())["cells"]

    assert [] == [cell["id"] for cell in every if not re.fullmatch(rf"{path.stem}(-[a-z0-9]+)+", cell["id"])]


@by_lab(ALL)
def test_code_cells_are_short(path):
    """At most 15 lines, but for given files, the listing and the answer."""

    exempt = [cell for cell in cells(path) if source(cell).startswith("%%kmod")]

    assert [] == [c["id"] for c in cells(path) if c not in exempt and len(source(c).splitlines()) > 15]


@by_lab(ALL)
def test_imports_stand_in_the_first_code_cell(path):
    """And nowhere else."""

    assert [] == [c["id"] for c in cells(path)[1:] if re.search(r"^\s*(import|from|%load_ext)\b", source(c), re.M)]


def test_lab_2_shows_the_given_file_as_it_is_checked():
    """The locked cell's text is the file that the check links."""

    given = (REPO / "kthreadlab/checks/given/lab2/events.py").read_text().rstrip("\n")

    for path in (REPO / "solutions/lab2/lab2.ipynb", REPO / "labs/lab2/lab2.ipynb"):
        (cell,) = [cell for cell in cells(path) if nbgrader_of(cell).get("grade_id") == "lab2-events"]
        assert "%%kmod myevent events\n" + given == source(cell)
        assert nbgrader_of(cell)["locked"]


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_has_one_test_cell_for_whatever_earns_points(lab):
    """Name and points are the check's own; the cell holds the call and nothing else."""

    called = {name: f'check("{lab}", myevent, property="{name}")' for name in LABS[lab].points}
    called |= {one.name: f'{one.judged_by}("{one.key}", {one.variable})' for one in evidence_of(lab)}
    tests = [c for c in cells(REPO / f"solutions/{lab}/{lab}.ipynb") if nbgrader_of(c).get("grade")]

    assert points_of(lab) == {
        nbgrader_of(c)["grade_id"].removeprefix(f"{lab}-"): nbgrader_of(c)["points"] for c in tests
    }
    for cell in tests:
        assert called[nbgrader_of(cell)["grade_id"].removeprefix(f"{lab}-")] == source(cell)
        assert nbgrader_of(cell)["locked"]


@pytest.mark.parametrize("lab", LABS)
def test_whatever_is_answered_in_a_text_is_not_answered_yet(lab):
    """The solution has an answer; what a student gets has a question mark."""

    for one in evidence_of(lab):
        solved, asked = (
            next(
                c
                for c in cells(REPO / f"{folder}/{lab}/{lab}.ipynb")
                if nbgrader_of(c).get("grade_id") == one.answer_id
            )
            for folder in ("solutions", "labs")
        )
        assert source(asked).startswith(f'{one.variable} = "?"')
        assert source(solved).startswith(f'{one.variable} = "') and source(solved) != source(asked)


HEADS = {
    "lab2": ("def mykthread(unused):", "schedule()"),
    "lab5": ("def run_umode_handler(event_id: u32):", "kmalloc("),
    "lab6": ("def report_event(event_id: u32):", "DEFINE_SPINLOCK("),
}
"""What stays of the answer cell when nbgrader has taken the solution out, and what may not."""


@pytest.mark.parametrize("lab", HEADS)
def test_the_students_answer_cell_keeps_its_head(lab):
    """nbgrader took the solution out and left the magic, the declarations and the `def` where they were."""

    wanted = f"{lab}-{ANSWER[lab]}"
    (cell,) = [c for c in cells(REPO / f"labs/{lab}/{lab}.ipynb") if nbgrader_of(c).get("grade_id") == wanted]
    stays, goes = HEADS[lab]

    assert source(cell).startswith(f"%%kmod myevent {ANSWER[lab]}\n")
    assert stays in source(cell)
    assert source(cell).endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")
    assert "SOLUTION" not in source(cell) and goes not in source(cell)


def test_the_row_of_lab_5_is_the_students_to_write():
    """Its place at module level is a stub of its own, which the module is linked without."""

    (cell,) = [c for c in cells(REPO / "labs/lab5/lab5.ipynb") if nbgrader_of(c).get("grade_id") == "lab5-handler"]

    assert "ctl_table(" not in source(cell)
    assert "\n# YOUR CODE HERE\nraise NotImplementedError()\n" in source(cell)


@pytest.mark.parametrize("lab", HEADS)
def test_an_untouched_copy_gets_nothing_and_a_kind_word(lab):
    """No diagnostic, no traceback: it says what is to be written."""

    report = kthreadlab.check(lab, answer_module(str(REPO / f"labs/{lab}/{lab}.ipynb"), lab))

    assert 0 == report.points
    assert "is not written yet" in report.problem


def test_the_start_page_leads_to_every_lab_there_is():
    """Each notebook below labs/ is linked, and each link leads to one."""

    text = "".join("".join(cell["source"]) for cell in cells(INDEX, "markdown"))

    linked = set(re.findall(r"\]\(([^)#:]+\.ipynb)\)", text))
    assert {str(path.relative_to(REPO / "labs")) for path in (REPO / "labs").glob("*/*.ipynb")} == linked


def test_the_start_page_is_nothing_to_grade():
    """No cell of it is nbgrader's."""

    assert [] == [cell["id"] for cell in cells(INDEX) if nbgrader_of(cell)]


def test_the_mend_that_the_start_page_asks_for_is_a_proof():
    """As it stands the porter may be left asleep; with the one line moved above the `if`, never."""

    (cell,) = (cell for cell in cells(INDEX) if cell["id"] == "index-mended")
    text = source(cell).partition("\n")[2]
    declare = "        set_current_state(TASK_INTERRUPTIBLE)\n"
    mended = text.replace(declare, "").replace("    if rung", f"{declare[4:]}    if rung")
    calls = [kthreadlab.Call("porter", "porter"), kthreadlab.Call("visitor", "ring")]
    world = kthreadlab.Scenario("visit", calls=calls)

    found = [
        kthreadlab.explore(kthreadlab.load(t, name="mended"), world, kthreadlab.Config(cpus=2), ["returns"])
        for t in (text, mended)
    ]
    assert ["fails", "holds"] == [each.verdicts["returns"].verdict for each in found]
    assert found[1].complete
