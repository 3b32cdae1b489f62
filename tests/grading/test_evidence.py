"""What a notebook holds beside the module: read as text, judged, and the same points in nbgrader's gradebook."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kthreadlab.course.items import Evidence
from kthreadlab.front.cli import main
from kthreadlab.grading.cells import NoAnswer
from kthreadlab.grading.evidence import answer_to, place_of_answer
from kthreadlab.grading.judging import evidence_in
from tests.course.samples import DUEL, ORDERED, PUZZLE, WON
from tests.grading import conftest
from tests.grading.conftest import new_course
from tests.grading.evidence import RIGHT, notebook

ASKING = Path(__file__).parent / "asking"


def cell(page: dict, grade_id: str) -> dict:
    (found,) = [c for c in page["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id]
    return found


def changed(**sources: str) -> dict:
    """The full notebook, with other texts in the cells of these ids (- for _)."""
    page = notebook()
    for name, source in sources.items():
        cell(page, name.replace("_", "-"))["source"] = source
    return page


def with_extra(source: str, before: str) -> dict:
    """The full notebook, with a cell of the student's own above another."""
    page = notebook()
    at = page["cells"].index(cell(page, before))
    page["cells"].insert(at, {"cell_type": "code", "id": "own", "metadata": {}, "source": source, "outputs": []})
    page["cells"][at]["execution_count"] = None
    return page


def without(*grade_ids: str) -> dict:
    page = notebook()
    for grade_id in grade_ids:
        page["cells"].remove(cell(page, grade_id))
    return page


def moved_below(grade_id: str, other: str) -> dict:
    page = notebook()
    moved = cell(page, grade_id)
    page["cells"].remove(moved)
    page["cells"].insert(page["cells"].index(cell(page, other)) + 1, moved)
    return page


def as_markdown(grade_id: str) -> dict:
    page = notebook()
    found = cell(page, grade_id)
    found["cell_type"] = "markdown"
    del found["outputs"], found["execution_count"]
    return page


def doubled(grade_id: str) -> dict:
    page = notebook()
    found = cell(page, grade_id)
    page["cells"].insert(page["cells"].index(found), {**copy.deepcopy(found), "id": "twice"})
    return page


# ---- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        f'duel_1 = "{WON}"',
        f"\n# mine\nduel_1 = '{WON}'  # found at night\n",
        f'duel_1 = """\n{WON[:20]}{WON[20:]}\n"""\nprint(duel_1)',
        f'duel_1 = ("{WON[:21]}"\n    "{WON[21:]}")\nduel("lab6.duel1")',
        f'%time duel_1 = "{WON}"',
        f'duel_1 = "{WON}"\n!ls',
    ],
)
def test_the_answer_is_the_text_of_the_first_assignment(source, items):
    """Quotes, lines, comments, and what comes after it are as one likes."""

    read = answer_to(changed(lab6_duel1_answer=source), DUEL)

    assert WON == " ".join(read.split())
    assert 25 == evidence_in(changed(lab6_duel1_answer=source), "lab6")[0].points


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (lambda: changed(lab6_duel1_answer=""), "begins with duel_1"),
        (lambda: changed(lab6_duel1_answer="duel_1 ="), "begins with duel_1"),
        (lambda: changed(lab6_duel1_answer=f'1/0\nduel_1 = "{WON}"'), "begins with duel_1"),
        (lambda: changed(lab6_duel1_answer=f'duel_1 = x = "{WON}"'), "begins with duel_1"),
        (lambda: changed(lab6_duel1_answer=f'%%bash\nduel_1 = "{WON}"'), "begins with duel_1"),
        (lambda: changed(lab6_duel1_answer="duel_1 = " + "(" * 5000), "begins with duel_1"),
        (lambda: changed(lab6_duel1_answer='duel_1 = "a" + "b"'), "nothing that is computed"),
        (lambda: changed(lab6_duel1_answer="duel_1 = 7"), "nothing that is computed"),
        (lambda: changed(lab6_duel1_answer='duel_1 = f"{1}"'), "nothing that is computed"),
        (lambda: changed(lab6_duel1_answer='duel_1 = b"x"'), "nothing that is computed"),
        (lambda: without("lab6-duel1-answer"), "no cell with the grade_id lab6-duel1-answer"),
        (lambda: moved_below("lab6-duel1-answer", "lab6-duel1"), "would not find duel_1"),
        (lambda: with_extra("del duel_1", "lab6-duel1"), "would not find duel_1"),
        (lambda: with_extra("broke = print", "lab6-duel1"), "gives the name broke to something else"),
        (lambda: with_extra("def broke(*a): ...", "lab6-no_oops"), "gives the name broke to something else"),
        (lambda: with_extra("%reset -f", "lab6-duel1"), "no cell above the test cell imports broke"),
    ],
)
def test_what_can_not_be_read_is_said(page, says, items):
    """In a sentence, and nothing else of the notebook suffers."""

    page = page()
    with pytest.raises(NoAnswer) as refusal:
        answer_to(page, DUEL)
    duel, order = evidence_in(page, "lab6")

    assert says in str(refusal.value)
    assert (0, 15) == (duel.points, order.points if "reset" not in str(page) else 15)


def test_a_name_that_is_given_away_below_does_no_harm(items):
    """What comes after a test cell is none of its business."""

    page = with_extra("del duel_1\nbroke = None", "lab6-order1-answer")

    assert [25, 15] == [result.points for result in evidence_in(page, "lab6")]


@pytest.mark.parametrize("source", ['duel_1 = "ä € x"  # é', 'duel_1 = ("a"\n  "b")\nx = 1', "duel_1 = '''a\nb'''"])
def test_the_place_of_an_answer_is_that_of_its_quotes(source):
    """Letters of several bytes before it, and several lines, included."""

    start, end = place_of_answer(source, DUEL)

    assert source[:start].endswith(("= ", "= ("))
    assert eval(f"({source[start:end]})") in ("ä € x", "ab", "a\nb")


# ---- the command ---------------------------------------------------------------------------------------------------


def check(capsys, tmp_path, page, *more, name="lab6.ipynb") -> tuple[int, str]:
    path = tmp_path / name
    path.write_text(page if isinstance(page, str) else json.dumps(page))
    status = main(["check", "lab6", str(path), *more])
    return status, capsys.readouterr().out


def test_the_command_judges_all_points_of_a_notebook(items, capsys, tmp_path):
    """60 by properties, 40 beside the module; status 0 only for all of them."""

    status, text = check(capsys, tmp_path, notebook())
    less, said = check(capsys, tmp_path, notebook(duel="sensor*5 mykthread*6"))

    assert (0, 1) == (status, less)
    assert "✓ 25/25  duel1: " in text and "together 100 of 100 points" in text
    assert "✗  0/25  duel1: this is the shortest way" in said and "together 75 of 100 points" in said


def test_a_file_of_kernel_python_is_judged_on_the_module_alone(items, capsys, tmp_path):
    """It says where the other points are."""

    status, text = check(capsys, tmp_path, RIGHT, name="answer.py")
    _, as_json = check(capsys, tmp_path, RIGHT, "--json", name="answer.py")

    assert 0 == status
    assert "these are of 60 points; 40 more are in the notebook" in text
    assert (60, 60, {}, 40) == tuple(
        json.loads(as_json)[key] for key in ("points", "max_points", "evidence", "elsewhere")
    )


def test_json_tells_of_each_answer(items, capsys, tmp_path):
    """Its points, of how many, and what is said of it."""

    _, text = check(capsys, tmp_path, notebook(order="?"), "--json")
    report = json.loads(text)

    assert (85, 100) == (report["points"], report["max_points"])
    assert {"points": 0, "max_points": 15, "says": "nothing is answered yet."} == report["evidence"]["order1"]


def test_a_huge_answer_is_a_word_too(items, capsys, tmp_path):
    """No traceback, and no search of it."""

    _, text = check(capsys, tmp_path, notebook(duel="mykthread " * 300_000))

    assert "an answer has at most 20,000 characters, this one 3,000,000" in text


# ---- nbgrader ------------------------------------------------------------------------------------------------------

STUDENTS = {
    "full": (100, notebook),
    "cheats": (60, lambda: notebook(duel="sensor*5 mykthread*6", order="c a b d f")),
    "stub": (40, lambda: notebook(answer="def mykthread(unused):\n    raise NotImplementedError()\n")),
    "deleted": (75, lambda: without("lab6-duel1-answer")),
    "computed": (75, lambda: changed(lab6_duel1_answer=f'duel_1 = "".join(["{WON}"])')),
    "rebound": (75, lambda: with_extra(f'duel_1 = "{WON}"', "lab6-duel1") | {"again": "?"}),
    "untested": (100, lambda: without("lab6-duel1")),
    "below": (75, lambda: moved_below("lab6-duel1-answer", "lab6-duel1")),
    "marked": (100, lambda: as_markdown("lab6-duel1-answer")),
    "edited": (100, lambda: changed(lab6_duel1="1 / 0")),
    "forgotten": (75, lambda: with_extra("del duel_1", "lab6-duel1")),
    "doubled": (0, lambda: doubled("lab6-duel1-answer")),
    "lost": (0, lambda: without("lab6-duel1-answer", "lab6-duel1")),
}


GIVEN_UP = ("doubled", "lost")
"""Those that nbgrader gives up, and the command refuses."""
QUICK = ("full", "cheats", "deleted", "computed", "below", "untouched")
SLOW = [name for name in STUDENTS if name not in QUICK]
"""Each is a kernel that starts: in the long tests."""


def submission(name: str) -> dict:
    page = copy.deepcopy(STUDENTS[name][1]())
    if page.pop("again", None):
        cell(page, "lab6-duel1-answer")["source"] = 'duel_1 = "?"'
    return page


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of the sample, after autograde of the quick ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conftest, "LACKING", f"{ASKING}:{conftest.LACKING}")
        made = new_course(tmp_path_factory.mktemp("evidence"))
        source = made.folder / "solutions" / "lab6"
        source.mkdir(exist_ok=True)
        (source / "lab6.ipynb").write_text(json.dumps(notebook()))
        made.nbgrader("generate_assignment", "lab6")
        autograde(made, QUICK)
        made.nbgrader("generate_feedback", "lab6")
        yield made


@pytest.fixture(scope="module")
def whole_course(course):
    """The same after autograde of everybody."""
    autograde(course, SLOW)
    return course


def autograde(course, names) -> None:
    """One run for all, but for those that would end it."""
    for name in names:
        course.submit(name, course.released("lab6") if name == "untouched" else submission(name), "lab6")
    course.nbgrader("autograde", "lab6", f"--CourseDirectory.student_id_exclude={','.join(GIVEN_UP)}", may_fail=True)
    for name in set(names) & set(GIVEN_UP):
        course.nbgrader("autograde", "lab6", f"--student={name}", may_fail=True)


@pytest.mark.grading
def test_what_is_handed_out_asks_and_answers_nothing(course):
    """The texts in quotes are gone, and a notebook that is run does not stumble over them."""

    page = course.released("lab6")

    assert 'duel_1 = "?"' == "".join(cell(page, "lab6-duel1-answer")["source"])
    assert 'order_1 = "?"' == "".join(cell(page, "lab6-order1-answer")["source"])
    assert WON not in json.dumps(page) and ORDERED not in json.dumps(page)


@pytest.mark.grading
@pytest.mark.parametrize(
    ("name", "place"),
    [(name, "course") for name in STUDENTS if name in QUICK]
    + [pytest.param(name, "whole_course", marks=pytest.mark.long) for name in SLOW],
)
def test_the_gradebook_has_the_points_of_the_command(request, name, place, items, capsys, tmp_path):
    """For each answer, whatever has been done to the notebook."""

    course, (wanted, _) = request.getfixturevalue(place), STUDENTS[name]
    given = {key: score or 0 for key, score in course.points(name, "lab6").items()}
    _, text = check(capsys, tmp_path, submission(name), "--json")
    report = json.loads(text)

    assert wanted == sum(given.values())
    assert wanted == report.get("points", 0)
    for key, one in report.get("evidence", {}).items():
        assert one["points"] == given[key], key


@pytest.mark.grading
def test_the_untouched_notebook_earns_nothing(course):
    """A question mark is no answer."""

    assert {0} == {score or 0 for score in course.points("untouched", "lab6").values()}


@pytest.mark.grading
def test_feedback_says_what_is_missing(course):
    """In the words of the command."""

    page = course.feedback("cheats", "lab6")

    assert "this is the shortest way there is" in page.replace("\n", " ")
    assert DUEL.asks in page and PUZZLE.asks in page, "each with what was asked"
    assert "Traceback" not in page


@pytest.mark.grading
def test_a_test_cell_that_lacks_its_variable_says_why(course):
    """The reason that the command gives, above Python's own."""

    page = course.autograded("deleted", "lab6")
    (outputs,) = [
        c["outputs"] for c in page["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "lab6-duel1"
    ]

    assert "no cell with the grade_id lab6-duel1-answer" in " ".join("".join(outputs[0]["text"]).split())


@pytest.mark.grading
def test_compare_sees_no_difference(course):
    """autograder/compare.py lays the points side by side."""

    environment = {**os.environ, "PYTHONPATH": f"{ASKING}:{conftest.REPO}"}
    command = [sys.executable, str(course.desk / "compare.py"), "lab6"]
    done = subprocess.run(command, cwd=course.folder, env=environment, capture_output=True, text=True)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "100/100   100/100  full" in done.stdout


def test_items_have_the_ids_of_their_cells():
    """So that the sample is a lab's notebook."""

    ids = {c["metadata"].get("nbgrader", {}).get("grade_id") for c in notebook()["cells"]}

    assert all({item.test_id, item.answer_id} <= ids for item in (DUEL, PUZZLE) if isinstance(item, Evidence))
