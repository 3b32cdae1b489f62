"""An error of the engine's own is no verdict: it is shown as *not decided*, with what it was and what to send."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks import catalogue, labs, own_error
from kthreadlab.checks.own_error import named
from kthreadlab.front.cli import main
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.run.verdict import Verdict
from tests.support import ANSWER, submission

RIGHT, WRONG = "lab2/right/reference", "lab2/wrong/uninterruptible"
search = catalogue.search_and_judge
tell = labs.tell


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """As a student has it: nothing is remembered, no test is running, nobody asks for tracebacks."""
    labs._tally.cache_clear()
    monkeypatch.setattr(own_error, "PYTEST", "UNDER_PYTEST")
    monkeypatch.delenv("KTHREADLAB_DEBUG", raising=False)
    yield
    labs._tally.cache_clear()


@pytest.fixture
def broken(monkeypatch):
    """``broken(error, where)``: the engine raises *error* at every search that *where* (scenario, configuration) names,
    at all of them if it is left out."""

    def apply(error: BaseException, where=lambda scenario, config: True) -> None:
        def failing(module, scenario, config, *more):
            if where(scenario, config):
                raise error
            return search(module, scenario, config, *more)

        monkeypatch.setattr(catalogue, "search_and_judge", failing)

    return apply


def check(name: str, property: str | None = None):
    s = submission(name)
    return kthreadlab.check(s.lab, kthreadlab.load(s.text, name=ANSWER[s.lab]), property)


def said(name: str, property: str) -> str:
    """What a test cell says."""
    with pytest.raises(kthreadlab.PropertyFails) as failure:
        check(name, property)
    return str(failure.value)


def path(name: str, folder: Path) -> str:
    """A file with the text of an answer."""
    file = folder / f"{name.replace('/', '_')}.py"
    file.write_text(submission(name).text, encoding="utf-8")
    return str(file)


# ---- a check ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyError("cur.0"), MemoryError(), RecursionError("too deep"), AssertionError("no")])
def test_what_an_error_kept_from_being_decided_is_not_decided(broken, error) -> None:
    """No points, no verdict; the report names the exception, and the version to send."""

    broken(error)
    report = check(RIGHT)

    assert {None} == {p.holds for p in report.properties.values()}
    assert 0 == report.points
    assert not report.complete
    for text in (kthreadlab.report_text(report), kthreadlab.show.report.report_html(report)):
        assert "not decided" in text
        assert type(error).__name__ in text
        assert f"kthreadlab {kthreadlab.__version__}" in text
        assert "Traceback" not in text


def test_the_rest_of_the_portfolio_is_still_judged(broken) -> None:
    """One scenario is lost: what fails in another fails, with its story."""

    broken(KeyError("x"), lambda scenario, config: scenario.name == "lab2/spurious")
    report = check(WRONG)

    assert False is report.properties["sleeps_when_idle"].holds
    assert report.properties["sleeps_when_idle"].story
    assert None is report.properties["no_oops"].holds
    assert report.bug


def test_a_comparison_with_what_is_unknown_is_not_decided(broken) -> None:
    """survives_preemption compares searches; none of them may be missing."""

    broken(KeyError("x"), lambda scenario, config: not config.preempt)

    assert None is check(RIGHT).properties["survives_preemption"].holds


def test_a_search_without_an_error_gets_all_its_states(broken) -> None:
    """The error of one scenario takes nothing from the budgets of the others."""

    whole = check(RIGHT).states
    labs._tally.cache_clear()
    broken(KeyError("x"), lambda scenario, config: scenario.name == "lab2/one-report")

    assert whole - 1_000 < check(RIGHT).states < whole


@pytest.mark.parametrize("property", ["no_oops", "dies_cleanly", "survives_preemption"])
def test_a_test_cell_fails_with_the_sentence_of_the_report(broken, property) -> None:
    """Never points: the cell raises, and says what the report says."""

    broken(MemoryError())

    assert check(RIGHT).bug in said(RIGHT, property)
    assert "not decided" in said(RIGHT, property)


def test_a_story_that_cannot_be_told_leaves_the_verdict(monkeypatch) -> None:
    """The search has decided; replaying the witness is what goes wrong."""

    def failing(result, *more):
        if result.name == "dies_cleanly":
            raise kthreadlab.run.schedule.ScheduleError("step 2: mykthread cannot move here")
        return tell(result, *more)

    monkeypatch.setattr(labs, "tell", failing)
    report = check(WRONG)

    assert "ScheduleError: step 2: mykthread cannot move here" in report.bug
    assert (False, ()) == (report.properties["dies_cleanly"].holds, report.properties["dies_cleanly"].story)
    assert report.properties["sleeps_when_idle"].story
    assert "ScheduleError" in said(WRONG, "dies_cleanly")
    assert "ScheduleError" in kthreadlab.report_text(report)


# ---- the command, an exploration -------------------------------------------------------------------------------------


def test_the_command_ends_with_3(broken, capsys, tmp_path) -> None:
    """0 and 1 are for honest verdicts; the report is printed all the same, and the JSON carries the error."""

    broken(MemoryError())

    assert 3 == main(["check", "lab2", path(WRONG, tmp_path)])
    assert "not decided" in capsys.readouterr().out
    assert 3 == main(["check", "lab2", path(WRONG, tmp_path), "--json"])
    assert "MemoryError" in json.loads(capsys.readouterr().out)["bug"]


def test_an_exploration_says_not_decided_and_ends_with_3(broken, capsys, tmp_path) -> None:
    """The same for a module of one's own."""

    broken(RecursionError("too deep"))

    assert 3 == main(["explore", path(RIGHT, tmp_path)])
    shown = capsys.readouterr().out
    assert "no_oops: not decided" in shown
    assert "RecursionError: too deep" in shown
    assert 3 == main(["explore", path(RIGHT, tmp_path), "--json"])
    assert "too deep" in json.loads(capsys.readouterr().out)["bug"]


def test_an_exploration_keeps_a_verdict_whose_witness_is_lost(monkeypatch, capsys, tmp_path) -> None:
    """It fails; the schedule is missing, and the status says why."""

    def lost(verdict):
        raise AssertionError("internal: the step is gone")

    monkeypatch.setattr(Verdict, "witness", property(lost))

    assert 3 == main(["explore", path(WRONG, tmp_path)])
    shown = capsys.readouterr().out
    assert "sleeps_when_idle: FAILS\n" in shown
    assert "AssertionError: internal: the step is gone" in shown


# ---- who gets what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["UNDER_PYTEST", "KTHREADLAB_DEBUG"])
def test_tests_and_developers_get_the_exception(broken, monkeypatch, variable) -> None:
    """No test of ours can take such a report for a result."""

    monkeypatch.setenv(variable, "1")
    broken(KeyError("cur.0"))

    with pytest.raises(KeyError):
        check(RIGHT)


def test_pytest_says_that_a_test_is_running() -> None:
    """By the variable that this module takes away."""

    assert os.environ["PYTEST_CURRENT_TEST"]


@pytest.mark.parametrize("other", [KeyboardInterrupt(), InputError("the scenario has no task")])
def test_an_interruption_and_an_answer_in_words_pass(broken, other) -> None:
    """Neither is an error of ours."""

    broken(other)

    with pytest.raises(type(other)):
        check(RIGHT)


def test_a_wish_that_no_scenario_can_fulfil_is_answered_in_words() -> None:
    """What somebody asks of a world is input, not an error of ours."""

    made = kthreadlab.load("def mykthread(unused):\n    schedule()\n", name="mykthread")
    wrong = kthreadlab.Scenario("w", threads=["mykthread"], signals=[kthreadlab.Signal("another", "SIGKILL")])

    with pytest.raises(InputError, match="has no task 'another'"):
        kthreadlab.explore(made, wrong)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "MemoryError"),
        (FileNotFoundError(2, "No such file", "/srv/somebody/lab2.ipynb"), "No such file: 'lab2.ipynb'"),
        (TypeError("<Gen object at 0x7f00aa> is odd"), "TypeError: <Gen object> is odd"),
        (ValueError("2.6.11/lab2/kill@00ff: irq/nic"), "ValueError: 2.6.11/lab2/kill@00ff: irq/nic"),
        (ValueError("one\n\ntwo"), "ValueError: one two"),
    ],
)
def test_an_error_is_named_without_what_belongs_to_one_machine(error, words) -> None:
    """Type and message, in one line; no folder, no address."""

    assert named(error).endswith(words)
