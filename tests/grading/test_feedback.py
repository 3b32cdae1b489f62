"""Feedback on notebooks that a round trip of the labs does not make: other cells, other outputs, hostile ones."""

import json

import pytest

import kthreadlab
from kthreadlab.course.registry import evidence_of
from kthreadlab.show.report import report_html
from kthreadlab.show.showing import FAILURE, failure_bundle, failure_in
from tests.grading.evidence import answer_cell, test_cell
from tests.grading.pages import seen
from tests.support import SUBMISSIONS

pytestmark = pytest.mark.grading

WRONG = SUBMISSIONS / "lab2" / "wrong" / "no_remove_wait_queue.py"
RETURNS = """\
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    return 0
"""


@pytest.fixture(scope="module")
def template():
    """Draws cells as `nbgrader generate_feedback` does, by our template or, on request, by one that others ship."""
    import nbformat
    from nbconvert import exporters
    from nbgrader.converters import generate_feedback

    from tests.grading.conftest import desk_configuration

    def draw(*cells, by: str = "") -> str:
        config = generate_feedback.GenerateFeedback(config=None if by else desk_configuration()).config
        if by:
            config.HTMLExporter.template_name = by
        graded = [cell.metadata.nbgrader for cell in cells if "score" in cell.metadata.get("nbgrader", {})]
        given = {"score": sum(g.score for g in graded), "max_score": sum(g.points for g in graded)}
        resources = {"nbgrader": {"notebook": "lab2", "late_penalty": 0, **given}}
        notebook = nbformat.v4.new_notebook(cells=list(cells))
        return exporters.HTMLExporter(config=config).from_notebook_node(notebook, resources)[0]

    return draw


def cell(kind: str, source: str, outputs=(), **nbgrader):
    """A cell as nbgrader's GetGrades leaves it."""
    from nbformat import v4

    about = {"grade": False, "solution": False, "task": False, "locked": False, **nbgrader} if nbgrader else {}
    metadata = {"nbgrader": about} if about else {}
    if kind == "markdown":
        return v4.new_markdown_cell(source, metadata=metadata)
    return v4.new_code_cell(source, metadata=metadata, outputs=list(outputs))


WRITTEN = {"grade": True, "solution": True}


def graded_cell(grade_id: str, *outputs, score: float = 0, source: str = "check()"):
    """A test cell of four points."""
    return cell("code", source, outputs, grade_id=grade_id, grade=True, score=score, points=4)


def error(name: str, text: str):
    from nbformat import v4

    return v4.new_output("error", ename=name, evalue=text, traceback=text.splitlines())


def display(data: dict):
    from nbformat import v4

    return v4.new_output("display_data", data=json.loads(json.dumps(data)))


def failure(property: str, answer=WRONG) -> kthreadlab.PropertyFails:
    with pytest.raises(kthreadlab.PropertyFails) as failing:
        kthreadlab.check("lab2", kthreadlab.load(answer), property=property)
    return failing.value


def judged(property: str, answer=WRONG):
    """A failing test cell of ours, as nbgrader keeps it."""
    fails = failure(property, answer)
    return graded_cell(f"lab2-{property}", error("PropertyFails", str(fails)), display(failure_bundle(fails)))


def test_a_failure_comes_back_out_of_a_notebook():
    """What a test cell leaves is data: written as JSON and read, it says the same."""

    fails = failure("dies_cleanly")
    back = failure_in(json.loads(json.dumps(failure_bundle(fails))))

    assert (fails.result, fails.problem) == (back.result, back.problem)


def test_what_people_grade_by_hand_is_in_the_table_and_open(template):
    """Written answers, tasks and code that somebody reads: their text, points and comment."""

    page = seen(
        template(
            cell("markdown", "As *data* is kept.", **WRITTEN, grade_id="why", score=2.5, points=3, comment="Yes."),
            cell("code", "print(7)", **WRITTEN, grade_id="code", score=0, points=5, comment=None),
            cell("markdown", "Draw it.", task=True, grade_id="draw", score=1, points=2, comment="The **queue**?"),
        )
    )

    hand = "graded by hand"
    assert {
        "why": ("Answer", hand, "2.5/3"),
        "code": ("Answer", hand, "0/5"),
        "draw": ("Task", hand, "1/2"),
    } == page.rows
    assert "3.5 of 10 points" in page.heading
    for text in ("As data is kept.", "Yes.", "print", "Draw it.", "The queue?"):
        assert text in page.open


def test_a_test_cell_that_is_not_ours_shows_what_it_put_out(template):
    """Source and traceback where it failed; where it came to its end, nothing but its points."""

    page = seen(
        template(
            graded_cell("sum", error("AssertionError", "assert 3 == add(1, 1)"), source="assert 3 == add(1, 1)"),
            graded_cell("product", score=4, source="assert 4 == mul(2, 2)"),
            cell("markdown", "Some text."),
        )
    )

    assert {"sum": ("", "✗ fails", "0/4"), "product": ("", "✓ holds", "4/4")} == page.rows
    assert "assert 3 == add(1, 1)" in page.open
    assert "mul" in page.folded and "mul" not in page.open and "Some text." not in page.open


def test_what_was_never_put_to_the_test_says_so(template):
    """Neither ✓ nor ✗: a thread that only returns has earned nothing for what it never did."""

    page = seen(template(judged("delivered_when_asleep", RETURNS)))

    assert "– not exercised" == page.rows["delivered_when_asleep"][1]
    assert "it earns nothing.Rule:" in page.sections["delivered_when_asleep"]
    assert [] == page.pictures["delivered_when_asleep"]


def written(text: str):
    """The cell of an answer to lab 2."""
    source = f"%%kmod myevent mykthread\n{text}"
    noted = {"grade_id": "lab2-mykthread", "grade": False, "solution": True, "locked": False, "schema_version": 3}
    return cell("code", source, **noted, comment=None)


def test_what_was_judged_is_named_once_and_seen(template):
    """Under the table, whatever the verdicts are, as a report and the command name it."""

    line = f"judged: {kthreadlab.check('lab2', kthreadlab.load(RETURNS)).judged}"
    fails = [judged(name, RETURNS) for name in ("delivered_when_asleep", "dies_cleanly")]

    assert 1 == seen(template(written(RETURNS), *fails)).open.count(line)
    assert line in seen(template(written(RETURNS), graded_cell("lab2-no_oops", score=4))).open


def test_where_no_test_cell_could_call_the_check_the_page_says_why(template):
    """The first code cell is gone: nine times "name 'check' is not defined" helps nobody."""

    noted = {"locked": True, "schema_version": 3, "cell_type": "code"}
    test = graded_cell("lab2-no_oops", error("NameError", "name 'check' is not defined"))
    test.metadata.nbgrader |= noted
    setup = cell("code", "%load_ext kthreadlab\nfrom kthreadlab import check")

    beside = [cell for item in evidence_of("lab2") for cell in (answer_cell(item, "?"), test_cell(item.test_id, 1, ""))]
    page = seen(template(written(RETURNS), test, *beside))
    assert "no cell above the test cells runs %load_ext kthreadlab" in page.open
    assert "? not checked" == page.rows["no_oops"][1]
    assert "is not defined" not in page.open and "judged:" not in page.open
    page = seen(template(setup, written(RETURNS), test, *beside))
    assert "✗ fails" == page.rows["no_oops"][1] and "is not defined" in page.open


@pytest.mark.parametrize(
    "forged",
    [None, [], "x", {}, {"result": None, "problem": ""}, {"result": {"name": "x"}, "problem": ""},
     {"result": {"story": 7, "hints": []}}],
    ids=repr,
)  # fmt: skip
def test_data_that_is_not_of_our_form_is_left_alone(template, forged):
    """A submission may put anything into its outputs; the page is made all the same."""

    page = seen(
        template(
            graded_cell("lab2-no_oops", error("NameError", "no check"), display({FAILURE: forged, "text/plain": ""}))
        )
    )

    assert "✗ fails" == page.rows["no_oops"][1]
    assert "no check" in page.open


def test_no_text_of_a_submission_becomes_markup(template):
    """Sentences, stories and names are text; what an output brings as HTML cannot run."""

    fails = failure("dies_cleanly")
    bundle = json.loads(json.dumps(failure_bundle(fails)))
    bundle[FAILURE]["result"] |= {"sentence": "<script>a</script>", "story": ["1  <script>b</script>"]}
    bundle["text/plain"] = '"><script>c</script>'
    html = template(graded_cell("lab2-dies_cleanly", error("PropertyFails", ""), display(bundle)))

    assert "<script" not in html
    assert "default-src 'none'" in seen(html).soup.select_one("meta[http-equiv]")["content"]


@pytest.mark.browser
@pytest.mark.parametrize("by", ["", "feedback", "lab", "classic"], ids=lambda by: by or "ours")
def test_triangles_are_seen_in_every_page_that_is_made_of_a_notebook(template, open_page, tmp_path, by):
    """Whatever its style sheet does to folds: a report that a notebook holds can be seen to unfold."""
    from kthreadlab.show.page import trace_html

    report = kthreadlab.check("lab2", kthreadlab.load(WRONG))
    stored = display({"text/html": report_html(report) + trace_html(report.trace("dies_cleanly")), "text/plain": ""})
    path = tmp_path / "lab2.html"
    path.write_text(template(judged("dies_cleanly"), cell("code", 'check("lab2", myevent)', [stored]), by=by))
    page = open_page("")
    page.context.set_offline(True)  # pages that are not ours ask for scripts
    page.goto(path.as_uri())

    shown = page.locator("summary").evaluate_all("all => all.map(one => getComputedStyle(one).display)")

    assert len(shown) > 3
    assert {"list-item"} == set(shown)
