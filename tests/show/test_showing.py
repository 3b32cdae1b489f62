"""show(): what is in a bundle before a person, in a notebook that is only run, for nbgrader, and in a terminal."""

import re
from importlib.resources import files

import pytest

import kthreadlab
from kthreadlab.checks.report import PropertyFails
from kthreadlab.show import host, page
from kthreadlab.show.film import film
from kthreadlab.show.showing import Showing, report_bundle, trace_bundle
from kthreadlab.show.stories import stories
from tests.show.samples import everything
from tests.support import SUBMISSIONS

WRONG = SUBMISSIONS / "lab2" / "wrong" / "ignores_the_same_id.py"
RIGHT = SUBMISSIONS / "lab5" / "right" / "reference.py"


class Kernel:
    """A notebook's kernel that was asked to run a cell."""

    def __init__(self, **content: object) -> None:
        self.request = {"content": content}

    def get_parent(self, channel: str) -> dict:
        return self.request


@pytest.fixture
def notebook(monkeypatch):
    """As in a notebook's kernel; what runs it could not answer a question."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(host, "_kernel", lambda: Kernel(allow_stdin=False))


@pytest.fixture
def person(notebook, monkeypatch):
    """As in a notebook's kernel, with somebody in front of it."""
    monkeypatch.setattr(host, "_kernel", lambda: Kernel(allow_stdin=True))


@pytest.fixture(scope="module")
def report():
    """The report of a wrong answer."""
    return kthreadlab.check("lab2", kthreadlab.load(WRONG))


def test_the_package_itself_can_be_called():
    """kthreadlab.show(trace), whatever of kthreadlab.show was imported before."""

    assert isinstance(kthreadlab.show(everything()), Showing)
    assert callable(__import__("kthreadlab.show.text").show)


def test_before_a_person_a_player_stands_behind_its_picture(person):
    """One HTML output with film and script; nothing in it is of one kernel, so nothing can be missing tomorrow."""

    bundle = trace_bundle(everything())

    assert {"text/plain", "text/html"} == set(bundle)
    assert bundle["text/html"].index("data:image/svg+xml") < bundle["text/html"].index("play(document.currentScript)")


def test_a_notebook_that_is_only_run_holds_the_picture_alone(notebook):
    """nbclient and nbval store and compare: no script, and nothing that is of one kernel."""

    bundle = trace_bundle(everything())

    assert {"text/plain": repr(kthreadlab.show(everything())), "text/html": page.trace_html(everything())} == bundle
    assert "<script" not in bundle["text/html"]


@pytest.mark.parametrize(
    ("kernel", "plays"),
    [
        (Kernel(allow_stdin=True), True),
        (Kernel(allow_stdin=False), False),
        (Kernel(), True),
        (object(), True),
        (None, False),
    ],
    ids=["a front end", "nbclient", "a request that does not say", "another kernel", "a terminal"],
)
def test_who_could_answer_a_question_can_play(monkeypatch, kernel, plays):
    """The request says so, and is taken to say yes where it says nothing, as the protocol has it."""

    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(host, "_kernel", lambda: kernel)

    assert plays == host.somebody_plays()


def test_a_run_too_long_for_an_output_is_a_picture_and_says_so(person, monkeypatch):
    """A server drops outputs that are larger than it likes."""

    monkeypatch.setattr(page, "LONGEST", 1_000)
    text = trace_bundle(everything())["text/html"]

    assert "<script" not in text and "data:image/svg+xml" in text
    assert '.save("run.html")' in text


def test_where_nbgrader_runs_the_notebook_there_is_only_text(notebook, monkeypatch):
    """No widget, no picture."""

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert {"text/plain"} == set(trace_bundle(everything()))


def test_in_a_terminal_there_is_only_text():
    """Nothing is drawn that nobody sees."""

    assert {"text/plain"} == set(trace_bundle(everything()))


def test_what_is_stored_is_the_same_every_time(person):
    """Text, picture and player hold nothing random."""

    assert trace_bundle(everything()) == trace_bundle(everything())


def test_it_opens_where_it_is_told_to(person):
    """In a notebook and as a page."""

    shown = kthreadlab.show(everything(), at=3)

    assert '"opens":3' in shown.figure() and '"opens":3' in shown.html()


def test_a_report_opens_its_first_graded_failure_where_it_broke(report):
    """The witness, replayed."""

    shown = kthreadlab.show(report)

    assert "delivered_when_asleep" == shown.property
    assert report.properties["delivered_when_asleep"].witness == shown.trace.schedule


def test_a_report_opens_any_property_that_has_a_witness(report):
    """Also one that is not graded."""

    assert "delivered" == kthreadlab.show(report, "delivered").property


def test_what_holds_has_nothing_to_show(report):
    """A sentence, not an error: a notebook goes on."""

    assert "There is nothing to show: no_oops holds." == repr(kthreadlab.show(report, "no_oops"))


def test_a_property_there_is_none_of_is_refused(report):
    """With the names there are."""

    with pytest.raises(ValueError, match="no property 'speed'.*delivered_when_asleep"):
        kthreadlab.show(report, "speed")


def test_a_failing_report_shows_its_witness_below_the_table(notebook, report):
    """Table and picture in one output."""

    text = report_bundle(report)["text/html"]

    assert text.index('<table class="verdicts">') < text.index("data:image/svg+xml")
    assert "<script" not in text


def test_before_a_person_a_failing_report_plays_its_witness(person, report):
    """Below the table, and the picture still stands where no script runs."""

    bundle = report_bundle(report)

    assert {"text/plain", "text/html"} == set(bundle)
    assert bundle["text/html"].index('<table class="verdicts">') < bundle["text/html"].index("data:image/svg+xml")
    assert '"verdict":"delivered_when_asleep"' in bundle["text/html"]


def test_full_points_come_with_the_map_before_a_person(person):
    """All states, below where to go on."""

    text = report_bundle(kthreadlab.check("lab5", kthreadlab.load(RIGHT, name="handler")))["text/html"]

    assert "full points, next: " in text
    assert text.index("full points") < text.index("schedulerOf(document.currentScript)")


def test_where_a_notebook_is_only_run_full_points_are_words(notebook):
    """What is stored is small, and the same whoever ran it."""

    text = report_bundle(kthreadlab.check("lab5", kthreadlab.load(RIGHT, name="handler")))["text/html"]

    assert "full points, next: " in text
    assert "<script" not in text


def test_every_story_of_a_report_is_the_film_of_its_replay(report):
    """Put together again with the source that they share."""

    told = stories(report, "delivered_when_asleep")
    witnesses = {p.name: p.witness for p in report.properties.values() if p.witness}

    assert set(witnesses) == set(told["films"])
    for name, witness in witnesses.items():
        assert film(report.play(witness), property=name) == {"source": told["source"], **told["films"][name]}


def test_stories_stay_within_what_an_output_may_hold(report, monkeypatch):
    """The one to start with is there, others as far as there is room; the rest is named."""

    whole = len(page.script_json(stories(report, "delivered_when_asleep")))
    monkeypatch.setattr(page, "LONGEST", whole - 1)
    told = stories(report, "delivered_when_asleep")

    assert (["delivered_when_asleep"], ["delivered"]) == (list(told["films"]), told["left"])
    assert len(page.script_json(told)) <= page.LONGEST


def test_a_report_does_not_compare_or_show_its_answer(report):
    """It is there to play witnesses again."""

    assert "answer" not in repr(report)
    assert report == kthreadlab.check("lab2", kthreadlab.load(WRONG))


def test_a_failing_property_can_play_its_witness():
    """The exception of a test cell brings it along."""

    with pytest.raises(PropertyFails) as failing:
        kthreadlab.check("lab2", kthreadlab.load(WRONG), property="delivered_when_asleep")

    assert "delivered_when_asleep" == failing.value.property
    assert "asleep" == failing.value.trace().ending


def test_a_showing_can_be_saved_as_page_or_picture(tmp_path):
    """By the file's name."""

    shown = kthreadlab.show(everything())
    shown.save(tmp_path / "run.html")
    shown.save(tmp_path / "run.svg")

    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "run.svg").read_text().startswith("<svg")


def test_the_player_and_its_styles_ship_with_the_package():
    """As package data: every file there is belongs to the script, to the styles, or to the widget."""

    static = files("kthreadlab.show") / "static"
    used = page.player_script() + page.player_style() + page.lean(page.asset("widget.js") + page.asset("stories.js"))

    assert [] == [path.name for path in static.iterdir() if page.lean(path.read_text()) not in used]
    assert "</script" not in page.player_script() and "</style" not in page.player_style()
    assert not re.search(r"(?m)^(import|export) ", page.player_script())


def test_no_name_is_declared_twice_in_the_scripts_of_a_page():
    """They become one script: a second declaration would stop all of it."""

    folders = [files(f"kthreadlab.{name}") / "static" for name in ("show", "play")]
    texts = [path.read_text() for folder in folders for path in folder.iterdir() if path.name.endswith(".js")]
    names = [name for text in texts for name in re.findall(r"(?m)^(?:const|let|class|(?:async )?function) (\w+)", text)]

    assert "Player" in names and len(names) > 100
    assert [] == sorted({name for name in names if names.count(name) > 1})


def test_a_stored_player_costs_what_the_design_says():
    """Script and style are in every output."""

    assert 50_000 < len(page.player_script() + page.player_style()) < 100_000


def test_a_widget_is_had_for_the_asking():
    """It opens where the player does, and its moment is a trait that others can be linked to."""

    import ipywidgets

    widget = kthreadlab.show(everything(), at=3).widget()

    assert isinstance(widget, ipywidgets.DOMWidget)
    assert 3 == widget.moment
    assert {"film", "moment"} <= set(widget.keys)
    assert "kthreadlab player, moment 3" == repr(widget)
