"""Every answer of the corpus gets exactly the verdicts of its header, which were written before it was first run."""

from __future__ import annotations

import contextlib
import functools
import io
import json
from collections import Counter
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks.catalogue import PROPERTIES
from tests.support import ANSWER, GRADED, SHOWN, WORDS, Submission, computed, corpus, linked


def cases(submissions: list[Submission]) -> list:
    """One parameter a file; the ``slow``, too large to be exhausted, and the ``dear`` are left to the long tests."""

    def marks(s: Submission) -> list:
        return [pytest.mark.long] if {"slow", "dear"} & s.header.keys() else []

    return [pytest.param(s, id=s.name, marks=marks(s)) for s in submissions]


WITH_VERDICTS = [s for s in corpus() if s.kind != "empty" and "problem" not in s.header]
WITH_PROBLEM = [s for s in corpus() if "problem" in s.header]
EMPTY = [s for s in corpus() if s.kind == "empty"]
RIGHT = [s for s in corpus() if s.kind == "right"]
WRONG = [s for s in corpus() if s.kind == "wrong"]


@functools.cache
def check_named(name: str) -> object:
    s = next(x for x in corpus() if x.name == name)
    return kthreadlab.check(s.lab, kthreadlab.load(s.text, name=ANSWER[s.lab]))


def check(s: Submission) -> object:
    """The report on a file, searched once for all tests."""
    return check_named(s.name)


# ---- the corpus itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lab", GRADED)
def test_every_graded_property_is_failed_twice_and_is_a_root_once(lab: str) -> None:
    """The corpus covers each graded property of each lab."""

    wrong = [s for s in WRONG if s.lab == lab]
    failed = Counter(name for s in wrong for name in s.declared("fails"))
    roots = {s.header["root"] for s in wrong}
    assert [] == [name for name in GRADED[lab] if failed[name] < 2]
    assert [] == [name for name in GRADED[lab] if name not in roots]


def test_headers_name_only_known_properties() -> None:
    """A typing error in a header is no verdict."""

    for s in WITH_VERDICTS:
        known = set(GRADED[s.lab] + SHOWN[s.lab])
        named = [name for word in WORDS for name in s.declared(word)]
        assert set(named) <= known, s.name
        assert len(named) == len(set(named)), s.name


def test_a_wrong_answer_fails_its_root_and_a_right_one_nothing_graded() -> None:
    """Headers agree with the folder that the file lies in."""

    for s in WITH_VERDICTS:
        if s.kind == "wrong":
            assert s.header["root"] in s.declared("fails") & set(GRADED[s.lab]) | {"returns"}, s.name
        else:
            assert set() == s.declared("fails") & set(GRADED[s.lab]), s.name
            assert set() == s.declared("unexercised"), s.name


# ---- verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", cases(WITH_VERDICTS))
def test_declared_verdicts_are_the_computed_ones(s: Submission) -> None:
    """Exactly the declared properties fail, exactly the declared ones are not exercised, and nothing of ours goes
    wrong."""

    report = check(s)
    assert ("", "") == (report.problem, report.bug)
    got = computed(report)
    for name, verdict in s.verdicts.items():
        # no finite search: it may be found to fail before the budget is used up
        if verdict == "undecided" and got[name] == "fails":
            got[name] = verdict
        # too large to be exhausted once something has failed: all but the root may stay open
        if "slow" in s.header and got[name] == "undecided" and name != s.header["root"]:
            got[name] = verdict
    assert s.verdicts == {name: got[name] for name in s.verdicts}


@pytest.mark.parametrize("s", cases(WITH_PROBLEM))
def test_what_does_not_compile_says_so_and_gets_nothing(s: Submission) -> None:
    """The report names the problem and gives no points."""

    report = check(s)
    assert s.header["problem"] in report.problem
    assert 0 == report.points


@pytest.mark.parametrize("s", cases(RIGHT))
def test_right_answers_get_full_points(s: Submission) -> None:
    """However it is written."""

    report = check(s)
    assert (60, 60) == (report.points, report.max_points)


@pytest.mark.parametrize("s", cases(RIGHT))
def test_the_portfolio_of_a_right_answer_is_small(s: Submission) -> None:
    """SEMANTICS 5: at most 150,000 states in all."""

    assert check(s).complete
    assert check(s).states <= 150_000


@pytest.mark.parametrize("s", cases(WRONG))
def test_wrong_answers_do_not_get_full_points(s: Submission) -> None:
    """And lose exactly the points of the properties they fail or never exercise."""

    report = check(s)
    lost = {p.name for p in report.properties.values() if p.graded and p.points < p.max_points}
    promises = {p.name for p in PROPERTIES.values() if p.promise}
    safe = {n for n, p in report.properties.items() if p.exercised and n not in promises}
    earned = {n for n, v in s.verdicts.items() if v == "holds" or v == "follows" and n in safe}
    expected = set(GRADED[s.lab]) - earned
    if "problem" in s.header:
        expected = set(GRADED[s.lab])
    if "slow" in s.header:
        still_open = {p.name for p in report.properties.values() if p.holds is None}
        lost, expected = lost - still_open, expected - still_open
    assert expected == lost
    assert report.points < report.max_points


@pytest.mark.parametrize("s", cases(EMPTY))
def test_empty_answers_get_no_points(s: Submission) -> None:
    """A skeleton, nothing at all, ``return 0``: 0 points, and never a traceback."""

    assert 0 == check(s).points


@pytest.mark.parametrize("s", cases(WITH_VERDICTS))
def test_witnesses_replay_to_the_failure_they_show(s: Submission) -> None:
    """A failing property comes with a schedule, a cause and a story; what follows from it says from what."""

    report = check(s)
    for p in report.properties.values():
        assert ("follows" == p.verdict) == bool(p.root) and (not p.root or "fails" == report.properties[p.root].verdict)
        if p.holds is False and p.graded and p.name != "survives_preemption":
            assert p.witness, p.name
            assert p.cause, p.name
            assert p.story, p.name


# ---- the same through the command line -----------------------------------------------------------------------------

BY_COMMAND = [
    "lab2/right/reference",
    "lab2/wrong/uninterruptible",
    "lab2/wrong/recursion",
    "lab2/empty/nothing",
    "lab5/right/reference",
    "lab5/right/digits_by_hand",
    "lab5/wrong/envp_without_null",
    "lab5/wrong/frees_before_the_call",
    "lab5/wrong/no_row",
    "lab5/wrong/umh_wait_exec",
    "lab5/empty/skeleton",
    "lab6/right/xchg",
    "lab6/wrong/plain_lock_in_thread",
    "lab6/wrong/storm",
]


@pytest.mark.parametrize("name", BY_COMMAND)
def test_the_command_gives_the_same_verdicts(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`kthreadlab check LAB FILE --json`: same points and verdicts; exit 0 only on full points."""

    from kthreadlab.front.cli import main

    s = next(x for x in corpus() if x.name == name)
    report = check(s)
    answer = tmp_path / f"{s.path.stem}.py"
    answer.write_text(s.text, encoding="utf-8")
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            code = main(["check", s.lab, str(answer), "--json"])
        except SystemExit as stop:
            code = stop.code
    printed = json.loads(capsys.readouterr().out)
    assert (0 if report.points == report.max_points else 1) == code
    assert (s.lab, report.points, report.max_points) == (printed["lab"], printed["points"], printed["max_points"])
    expected = {n: (p.holds, p.exercised, p.points, p.witness) for n, p in report.properties.items()}
    got = {n: (p["holds"], p["exercised"], p["points"], p["witness"]) for n, p in printed["properties"].items()}
    assert expected == got


def test_lab_files_link_with_what_the_check_ships() -> None:
    """The corpus files name nothing that the given file does not define."""

    for s in RIGHT:
        made = linked(s.lab, s.text)
        assert not made.broken, (s.name, made.diagnostics)
        assert () == made.undefined, s.name
