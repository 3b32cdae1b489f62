"""The labs through nbgrader itself: generate, submit, autograde, feedback; the same points as `kthreadlab check`."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from kthreadlab.checks.portfolio import LABS
from kthreadlab.checks.texts import TEXTS
from tests.grading.conftest import Course, with_answer
from tests.grading.pages import seen
from tests.support import ANSWER, played

pytestmark = pytest.mark.grading

REPO = Path(__file__).resolve().parents[2]
STUDENTS = ["right", "wrong", "empty", "broken"]


@dataclass(frozen=True)
class Slip:
    """What the wrong student left out, the properties that hang on it, and a line that is broken without its colon."""

    left_out: str
    costs: frozenset[str]
    line: str


SLIPS = {
    "lab2": Slip(
        "    remove_wait_queue(myevent_waitqueue, wait)\n", frozenset({"dies_cleanly", "no_dangling"}), "while True:"
    ),
    "lab5": Slip("    kfree(buffer)\n", frozenset({"no_leak", "survives_failure"}), "if value < 0:"),
}
by_lab = pytest.mark.parametrize("lab", ["lab2", pytest.param("lab5", marks=pytest.mark.long)])


def solution_answer(lab: str) -> str:
    cells = json.loads((REPO / f"solutions/{lab}/{lab}.ipynb").read_text())["cells"]
    wanted = f"{lab}-{ANSWER[lab]}"
    (cell,) = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == wanted]
    return "".join(cell["source"]).split("\n", 1)[1]


def submissions(released: dict, lab: str) -> dict[str, dict]:
    """Four students: right, wrong, empty, and one that does not compile."""
    right, slip = solution_answer(lab), SLIPS[lab]
    assert slip.left_out in right and slip.line in right
    return {
        "right": played(with_answer(released, right, lab), lab),
        "wrong": played(with_answer(released, right.replace(slip.left_out, ""), lab), lab),
        "empty": released,
        "broken": with_answer(released, right.replace(slip.line, slip.line.rstrip(":")), lab),
    }


@pytest.fixture(scope="module")
def grade(course: Course):
    """A function: the course after autograde and generate_feedback of the four in a lab."""

    @cache
    def of(lab: str) -> Course:
        for student, notebook in submissions(course.released(lab), lab).items():
            course.submit(student, notebook, lab)
        course.nbgrader("autograde", lab)
        course.nbgrader("generate_feedback", lab)
        return course

    return of


@pytest.fixture
def graded(grade, request) -> Course:
    """The course after that of the lab that a test is about; of Lab 2."""
    return grade(request.node.callspec.params.get("lab", "lab2") if hasattr(request.node, "callspec") else "lab2")


def checked(path: Path, lab: str) -> dict:
    """What `kthreadlab check --json` says of a notebook."""
    command = [sys.executable, "-m", "kthreadlab", "check", lab, str(path), "--json"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def graded_points(report: dict, like: dict) -> dict[str, float]:
    results = report["properties"] | report["evidence"]
    return {name: results[name]["points"] for name in like}


@by_lab
@pytest.mark.parametrize("student", STUDENTS)
def test_the_gradebook_and_the_command_agree_cell_by_cell(graded, lab, student):
    """nbgrader runs the notebook, the command reads it: the same points for each property."""

    points = graded.points(student, lab)
    report = checked(graded.desk / "submitted" / student / lab / f"{lab}.ipynb", lab)

    assert graded_points(report, points) == points
    assert report["points"] == sum(points.values())


@by_lab
def test_the_solution_gets_every_point(graded, lab):
    """100 of 100: what the instructor shows is right."""

    assert 100 == sum(graded.points("right", lab).values())


@by_lab
def test_what_is_not_written_gets_nothing(graded, lab):
    """Neither the untouched notebook nor one that does not compile has earned a point."""

    assert {0} == set(graded.points("empty", lab).values()) | set(graded.points("broken", lab).values())


@by_lab
def test_one_mistake_costs_what_hangs_on_it_and_nothing_else(graded, lab):
    """One line left out fails the properties that it was there for; the rest keeps its points."""

    points, full = graded.points("wrong", lab), graded.points("right", lab)

    assert SLIPS[lab].costs == {name for name in full if points[name] < full[name]}


@by_lab
def test_feedback_tells_the_story_and_not_our_frames(graded, lab):
    """The wrong answer's page has the schedule of the witness; nobody's has a traceback."""

    report = checked(graded.desk / f"submitted/wrong/{lab}/{lab}.ipynb", lab)
    for name in SLIPS[lab].costs:
        witness = report["properties"][name]["witness"]
        assert witness.split(": ", 1)[1] in graded.feedback("wrong", lab).replace("&gt;", ">")
    for student in STUDENTS:
        assert "Traceback (most recent call last)" not in graded.feedback(student, lab)
        assert str(graded.folder) not in graded.feedback(student, lab)


@by_lab
def test_a_test_cell_names_the_text_that_the_check_names(graded, lab):
    """File, lines and digest of what was judged: the same where nbgrader ran it and where the command read it."""

    judged = checked(graded.desk / f"submitted/wrong/{lab}/{lab}.ipynb", lab)["judged"]

    assert "judged: {file}, {lines} lines, {digest}".format(**judged) in graded.feedback("wrong", lab)


def test_a_second_definition_of_the_answer_is_refused(course, graded):
    """A copied cell, even without its grade_id: neither counts, in nbgrader as on the command line."""

    notebook = submissions(course.released(), "lab2")["right"]
    answer = next(i for i, c in enumerate(notebook["cells"]) if c["id"] == "lab2-mykthread")
    copy = json.loads(json.dumps(notebook["cells"][answer]))
    copy["id"], copy["metadata"] = "copy", {}
    notebook["cells"].insert(answer, copy)
    path = course.submit("twice", notebook)

    course.nbgrader("autograde", "lab2", "--student=twice")

    assert 0 == sum(course.points("twice").values())
    command = [sys.executable, "-m", "kthreadlab", "check", "lab2", str(path)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert (2, "") == (done.returncode, done.stdout)
    assert "another cell" in done.stderr


# ---- feedback --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def returned(grade) -> Course:
    """The course after somebody has looked at the wrong student's Lab 2: a comment, a point for the effort, late."""
    from nbgrader.api import Gradebook

    graded = grade("lab2")
    with Gradebook(f"sqlite:///{graded.desk / 'gradebook.db'}") as gradebook:
        comment = gradebook.find_comment("lab2-mykthread", "lab2", "lab2", "wrong")
        comment.manual_comment = "So *nearly*: see me <b>on Friday</b>."
        gradebook.find_grade("lab2-dies_cleanly", "lab2", "lab2", "wrong").extra_credit = 1.5
        gradebook.find_submission_notebook("lab2", "lab2", "wrong").late_submission_penalty = 5
        gradebook.db.commit()
    graded.nbgrader("generate_feedback", "lab2", "--student=wrong", "--force")
    return graded


def verdicts(report: dict) -> dict[str, str]:
    """The word that belongs to each graded property of a report without undecided ones."""
    words = {True: "✓ holds", False: "✗ fails", None: "? not checked"}
    return {name: words[p["holds"]] for name, p in report["properties"].items()}


@by_lab
@pytest.mark.parametrize("student", STUDENTS)
def test_feedback_names_every_property_with_its_verdict_and_points(graded, lab, student):
    """By name, in words, by mark and by word; nothing is called just "Test cell"."""

    page = seen(graded.feedback(student, lab))
    said = verdicts(checked(graded.desk / f"submitted/{student}/{lab}/{lab}.ipynb", lab))
    most, points = graded.points("right", lab), graded.points(student, lab)

    wanted = {n: (TEXTS[n].title, said[n], f"{points[n]:g}/{most[n]:g}") for n in LABS[lab].points}
    assert wanted == {name: row for name, row in page.rows.items() if name in wanted}
    assert most.keys() == page.rows.keys()
    assert f"{sum(points.values()):g} of 100 points" in page.heading
    assert "Test cell" not in page.text


@by_lab
@pytest.mark.parametrize("student", STUDENTS)
def test_exactly_the_failing_properties_are_drawn(graded, lab, student):
    """A picture of each witness, which says in words what it shows; and the story, the rule, a hint beside it."""

    page = seen(graded.feedback(student, lab))
    costs = SLIPS[lab].costs if student == "wrong" else set()

    assert costs == {name for name, drawn in page.pictures.items() if drawn}
    for name in costs:
        (picture,) = page.pictures[name]
        assert picture["src"].startswith("data:image/svg+xml;base64,")
        assert "It broke at step" in picture["alt"]
        for word in ("How it happens", "Rule: ", "Hint 1 of 4: "):
            assert word in page.sections[name]


@by_lab
@pytest.mark.parametrize("student", STUDENTS)
def test_verdicts_come_before_any_text_of_the_lab(graded, lab, student):
    """Lab text and cells that nobody changed are folded away, below everything else."""

    page = seen(graded.feedback(student, lab))
    texts = ["".join(c["source"]) for c in graded.released(lab)["cells"] if c["cell_type"] == "markdown"]
    headings = {line.lstrip("# ") for text in texts for line in text.splitlines() if line.startswith("#")}

    assert len(headings) > 4
    assert (headings, set()) == (headings & page.headings(folded=True), headings & page.headings(folded=False))
    assert all(title in page.open for title, _, _ in page.rows.values())


@by_lab
@pytest.mark.parametrize("student", ["empty", "broken"])
def test_an_answer_that_could_not_be_checked_says_why_before_anything_else(graded, lab, student):
    """The error at the top, and below the answer's own cell, but not once for each property."""

    page = seen(graded.feedback(student, lab))
    problem = " ".join(checked(graded.desk / f"submitted/{student}/{lab}/{lab}.ipynb", lab)["problem"].split())

    assert page.open.startswith(f"{page.heading} Nothing could be checked {problem} ")
    assert page.open.count(problem) <= 2


@by_lab
def test_the_answer_stands_there_as_it_was_judged(graded, lab):
    """With the numbers of the lines that stories speak of."""

    page = seen(graded.feedback("wrong", lab))
    (cell,) = [c for c in submissions(graded.released(lab), lab)["wrong"]["cells"] if c["id"] == f"{lab}-{ANSWER[lab]}"]

    assert list(enumerate(cell["source"].rstrip("\n").split("\n"), 1)) == page.answer


def test_what_an_instructor_adds_is_there(returned):
    """A comment, extra credit and the penalty for being late, in the points too."""

    page = seen(returned.feedback("wrong"))

    assert "So nearly: see me on Friday." in page.open
    assert "#comment-lab2-mykthread" in page.links
    assert ("✗ fails", "1.5/5") == page.rows["dies_cleanly"][1:]
    assert "Late submission penalty: 5 points" in page.open
    assert "89.5 of 100 points" in page.heading


@by_lab
def test_the_command_in_feedback_can_be_pasted_where_the_notebook_is(graded, lab, tmp_path):
    """It names the student's own file."""

    shutil.copy(graded.desk / f"submitted/wrong/{lab}/{lab}.ipynb", tmp_path)
    (tmp_path / "kthreadlab").write_text(f'#!/bin/sh\nexec {sys.executable} -m kthreadlab "$@"\n')
    (tmp_path / "kthreadlab").chmod(0o755)
    here = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(REPO)}

    page = seen(graded.feedback("wrong", lab))

    assert SLIPS[lab].costs == set(page.commands)
    for command in page.commands.values():
        done = subprocess.run(command, shell=True, cwd=tmp_path, env=here, capture_output=True, text=True)
        assert (0, "") == (done.returncode, done.stderr)


@by_lab
def test_graded_notebooks_stay_small(graded, lab):
    """A picture is a few dozen kilobytes, and only failing cells have one."""

    kept = {student: (graded.desk / f"autograded/{student}/{lab}/{lab}.ipynb").stat().st_size for student in STUDENTS}

    assert 200_000 > max(kept.values())


def test_the_formgraders_button_makes_the_same_page(graded):
    """It asks nbgrader for a template by name; that name is ours."""
    from nbgrader.apps import NbGraderAPI

    written = graded.feedback("right")
    path = graded.desk / "feedback/right/lab2/lab2.html"
    path.unlink()
    with graded.configured() as app:
        said = NbGraderAPI(app.coursedir, parent=app).generate_feedback("lab2", "right")

    assert said["success"], said
    assert path.read_text() == written


def test_the_formgraders_own_page_is_nbgraders(graded):
    """It still draws a submission with its boxes for points and comments, and the picture is there too."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

    with graded.configured(FormgradeExtension) as app:
        exporter = HTMLExporter(config=app.config)
        notebook = graded.desk / "autograded/wrong/lab2/lab2.ipynb"
        page, _ = exporter.from_filename(str(notebook), resources={"index": 0, "total": 1, "base_url": ""})

    assert 'id="lab2-mykthread-comment"' in page
    assert len(SLIPS["lab2"].costs) == page.count("data:image/svg+xml;base64,")


SIZES = [(1280, "light"), (1280, "dark"), (800, "light"), (800, "dark")]


@pytest.mark.browser
@pytest.mark.parametrize("student", ["wrong", "broken"])
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_page_of_feedback_can_be_read_by_anybody(graded, open_page, screenshots, student, width, scheme):
    """Wide and narrow, light and dark: nothing is cut off, nothing is asked of anybody, and axe finds nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    address = (graded.desk / f"feedback/{student}/lab2/lab2.html").as_uri()

    page = open_page(address, "data:", width=width, scheme=scheme)
    page.goto(address)
    page.screenshot(path=screenshots / f"feedback-{student}-{width}-{scheme}.png", full_page=True)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")

    assert [] == [violation["id"] for violation in axe.run(page).response["violations"]]
    assert width >= page.evaluate("document.documentElement.scrollWidth")
    assert [] == page.problems


@pytest.mark.browser
def test_a_link_in_the_table_leads_to_its_cell_wherever_that_is(graded, open_page):
    """The cell of a property that holds is folded away with the rest, and unfolds."""
    address = (graded.desk / "feedback/wrong/lab2/lab2.html").as_uri()
    page = open_page(address, "data:")
    page.goto(address)

    for name in ("dies_cleanly", "no_oops"):
        page.get_by_role("link", name=name, exact=True).click()
        assert page.locator(f"#lab2-{name}").is_visible()
