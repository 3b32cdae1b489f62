"""show(): three forms in one bundle, and which of them are there where."""

import os
from importlib.resources import files

import pytest

import kthreadlab
from kthreadlab.checks.report import PropertyFails
from kthreadlab.show import showing, widget
from kthreadlab.show.showing import Showing, report_bundle, trace_bundle
from tests.show.samples import everything
from tests.support import SUBMISSIONS

WRONG = SUBMISSIONS / "lab2" / "wrong" / "ignores_the_same_id.py"


@pytest.fixture
def notebook(monkeypatch):
    """As in a notebook's kernel, but without a browser behind it."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(widget, "in_notebook", lambda: "NBGRADER_EXECUTION" not in os.environ)
    monkeypatch.setattr(showing, "in_notebook", lambda: "NBGRADER_EXECUTION" not in os.environ)


@pytest.fixture(scope="module")
def report():
    """The report of a wrong answer."""
    return kthreadlab.check("lab2", kthreadlab.load(WRONG))


def test_the_package_itself_can_be_called():
    """kthreadlab.show(trace), whatever of kthreadlab.show was imported before."""

    assert isinstance(kthreadlab.show(everything()), Showing)
    assert callable(__import__("kthreadlab.show.text").show)


def test_in_a_notebook_there_are_three_forms(notebook):
    """Widget, picture, text."""

    pytest.importorskip("anywidget", reason="anywidget is not installed")

    assert {"text/plain", "text/html", widget.VIEW} == set(trace_bundle(everything()))


def test_without_anywidget_the_picture_stands_in(notebook, monkeypatch):
    """anywidget is optional."""

    monkeypatch.setattr(widget, "find_spec", lambda name: None)

    assert {"text/plain", "text/html"} == set(trace_bundle(everything()))


def test_where_nbgrader_runs_the_notebook_there_is_only_text(notebook, monkeypatch):
    """No widget, no picture."""

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert {"text/plain"} == set(trace_bundle(everything()))


def test_in_a_terminal_there_is_only_text():
    """Nothing is drawn that nobody sees."""

    assert {"text/plain"} == set(trace_bundle(everything()))


def test_what_is_stored_is_the_same_every_time(notebook):
    """Text and picture hold nothing random."""

    first, second = trace_bundle(everything()), trace_bundle(everything())

    assert first["text/html"] == second["text/html"]
    assert first["text/plain"] == second["text/plain"]


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
    """Table and picture in one output; the widget holds both as well."""

    bundle = report_bundle(report)

    assert '<table class="verdicts">' in bundle["text/html"] and "data:image/svg+xml" in bundle["text/html"]


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


def test_the_module_and_its_styles_ship_with_the_package():
    """As package data."""

    static = files("kthreadlab.show") / "static"

    assert ["colours.css", "player.css", "player.js"] == sorted(path.name for path in static.iterdir())


def test_the_widget_is_one_module_and_sends_nothing_back():
    """What anywidget is given: a film and, above it, perhaps a report."""

    pytest.importorskip("anywidget", reason="anywidget is not installed")
    player = widget.widget_class()(film="{}")
    own = {name for name in player.traits(sync=True) if not name.startswith("_")}

    assert {"film", "report", "layout", "tabbable", "tooltip"} == own
    assert "export default" in player._esm and "import " not in player._esm.split("*/")[1][:2000]
    assert "kthreadlab player" == repr(player)
