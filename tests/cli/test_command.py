"""The `kthreadlab` command: what it prints, how it ends, and that nothing given to it brings a traceback."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks import labs
from kthreadlab.compile.limits import Budget
from kthreadlab.front.cli import main

REPO = Path(__file__).resolve().parents[2]
SOLUTION = str(REPO / "solutions/lab2/lab2.ipynb")
UNTOUCHED = str(REPO / "labs/lab2/lab2.ipynb")
CORPUS = REPO / "tests/submissions"
LAB6 = str(CORPUS / "lab6/right/reference.py")
WRONG = str(CORPUS / "lab2/wrong/no_remove_wait_queue.py")


@pytest.fixture
def command(capsys):
    """Run one command line in this process; (status, stdout, stderr)."""

    def run(*words):
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return status, printed.out, printed.err

    return run


# ---- check -----------------------------------------------------------------------------------------------------------


def test_full_points_end_with_0(command):
    """The solution: 60 of 60, and what stands beside the module."""

    status, said, complaint = command("check", "lab2", SOLUTION)

    assert (0, "") == (status, complaint)
    assert "60 of 60 points" in said and "together 100 of 100 points" in said


def test_a_verdict_against_it_ends_with_1_and_the_story(command):
    """A wrong answer: points, the sentence, and the command that replays the witness with this very file."""

    status, said, _ = command("check", "lab2", WRONG)

    assert 1 == status
    assert "fails" in said and f"kthreadlab replay {WRONG}" in said


def test_what_is_not_written_yet_is_said_kindly(command):
    """The untouched notebook is no bad input: 0 points, and why."""

    status, said, _ = command("check", "lab2", UNTOUCHED)

    assert 1 == status
    assert "0 of 60 points" in said and "not written yet" in said


def test_json_is_the_documented_object(command):
    """Keys and types as the README says; the same bytes every time."""

    _, first, _ = command("check", "lab2", WRONG, "--json")
    _, second, _ = command("check", "lab2", WRONG, "--json")
    report = json.loads(first)

    assert first == second
    named = {"lab", "points", "max_points", "problem", "bug", "limit", "judged", "properties", "evidence", "elsewhere"}
    assert named == set(report)
    assert {"file", "lines", "digest"} == set(report["judged"])
    assert ("lab2", 60) == (report["lab"], report["max_points"])
    for result in report["properties"].values():
        assert {"holds", "verdict", "root", "exercised", "points", "witness", "states"} == set(result)
    assert report["points"] == sum(result["points"] for result in report["properties"].values())
    assert report["properties"]["no_dangling"]["witness"].startswith("2.6.11/lab2/")


def test_a_file_of_kernel_python_and_the_notebook_get_the_same(command, tmp_path):
    """The answer is the answer, wherever it is kept."""

    source = next(
        "".join(cell["source"])
        for cell in json.loads(Path(SOLUTION).read_text())["cells"]
        if cell["id"] == "lab2-mykthread"
    )
    (tmp_path / "answer.py").write_text(source + "\n")

    of_notebook, of_file = (
        json.loads(command("check", "lab2", answer, "--json")[1]) for answer in (SOLUTION, tmp_path / "answer.py")
    )

    assert of_notebook["properties"] == of_file["properties"]
    assert (100, 60, 40) == (of_notebook["points"], of_file["points"], of_file["elsewhere"])


def test_lab_6_is_checked_too(command):
    """Its reference has full points."""

    status, said, _ = command("check", "lab6", LAB6)

    assert (0, True) == (status, "60 of 60 points" in said)


@pytest.mark.parametrize(
    "text", ["", "def mykthread(unused)\n", "import os\n", "x = 1\n" * 3000, "(" * 5000, "é = 1\n"]
)
def test_an_answer_that_does_not_compile_is_a_verdict(command, tmp_path, text):
    """0 points, with the diagnostic; it is an answer all the same."""

    (tmp_path / "a.py").write_text(text)
    status, said, _ = command("check", "lab2", tmp_path / "a.py")

    assert (1, True) == (status, "0 of 60 points" in said)


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["chekc"],
        ["check"],
        ["check", "lab2"],
        ["check", "lab9", SOLUTION],
        ["check", SOLUTION, "lab2"],
        ["check", "lab2", "nowhere.ipynb"],
        ["check", "lab2", os.devnull],
        ["check", "lab2", str(REPO)],
        ["check", "lab6", SOLUTION],
        ["explore", "nowhere.py"],
        ["explore", LAB6, "--calls", "-1"],
        ["explore", LAB6, "--cpus", "0"],
        ["explore", LAB6, "--cpus", "65"],
        ["explore", LAB6, "--states", "many"],
        ["explore", LAB6, "--states", "9" * 50],
        ["explore", LAB6, "--thread", "nobody"],
        ["explore", str(CORPUS / "lab2/wrong/recursion.py")],
        ["replay", LAB6],
        ["replay", LAB6, ""],
        ["replay", LAB6, "this is no schedule"],
        ["replay", LAB6, "2.6.11/lab6/no-such-scenario@00000000: mykthread"],
        ["replay", "lab9", LAB6, "mykthread"],
        ["replay", "a", "b", "c", "d"],
        ["ps", "nowhere.py"],
    ],
    ids=lambda words: " ".join(word.rsplit("/", 1)[-1][:20] for word in words) or "nothing",
)
def test_what_cannot_be_used_ends_with_2_and_a_reason(command, words):
    """One clear message on stderr, nothing on stdout."""

    status, said, complaint = command(*words)

    assert (2, "") == (status, said)
    assert complaint.strip()


def test_bad_input_is_json_too_where_json_was_asked_for(command):
    """A program that reads stdout finds the reason there."""

    status, said, _ = command("check", "lab2", "nowhere.ipynb", "--json")

    assert 2 == status
    assert "no such file" in json.loads(said)["error"]


def test_help_and_version_end_with_0(command):
    """They are no mistake."""

    assert (0, f"kthreadlab {kthreadlab.__version__}\n", "") == command("--version")
    assert 0 == command("--help")[0]
    assert 0 == command("check", "--help")[0]


def test_a_bug_of_ours_is_called_one(command, monkeypatch):
    """Never a traceback, never blamed on the student; status 3."""

    def broken(*arguments):
        raise RuntimeError("boom")

    monkeypatch.setattr(kthreadlab, "check", broken)
    status, _, complaint = command("check", "lab2", SOLUTION)

    assert 3 == status
    assert "kthreadlab itself has failed" in complaint and "RuntimeError: boom" in complaint


@pytest.mark.parametrize("name, words", [("check", ["check", "lab2"]), ("explore", ["explore"])])
def test_a_bug_of_ours_is_json_too_where_json_was_asked_for(command, monkeypatch, name, words):
    """Whoever reads the output finds an object in it, whatever happens."""

    def broken(*arguments, **more):
        raise RuntimeError("boom")

    monkeypatch.setattr(kthreadlab, name, broken)
    status, said, complaint = command(*words, CORPUS / "lab2/wrong/listing_two.py", "--json")

    assert 3 == status
    assert "RuntimeError: boom" in json.loads(said)["error"] and "RuntimeError: boom" in complaint


# ---- explore, replay, ps ---------------------------------------------------------------------------------------------


def test_explore_says_how_much_it_searched_and_each_verdict(command):
    """The reference of Lab 6: everything holds, with no more than its own file."""

    status, said, _ = command("explore", LAB6, "--calls", "2", "--irq")

    assert 0 == status
    assert "states" in said and "every reachable state" in said
    assert "delivered: holds" in said


def test_explore_finds_the_lost_wakeup_of_listing_two(command):
    """The article's order of steps, one report: a schedule in which it sleeps on it for ever."""

    status, said, _ = command("explore", CORPUS / "lab2/wrong/listing_two.py", "--calls", "1", "--json")
    found = json.loads(said)

    assert (1, True) == (status, found["complete"])
    assert found["properties"]["delivered"]["holds"] is False
    assert "world-mykthread-calls1-cpus1@" in found["properties"]["delivered"]["witness"]


def test_explore_that_gives_up_does_not_say_that_it_holds(command):
    """--states 50: not every state was seen, so nothing is shown."""

    status, said, _ = command("explore", LAB6, "--states", "50")

    assert 1 == status
    assert "stopped early" in said and "not decided" in said


def test_what_would_have_cost_too_much_is_said_in_json(command, tmp_path, monkeypatch):
    """Of a portfolio and of one exploration: who reads it by a program need not ask why nothing is decided."""

    monkeypatch.setattr(labs, "Tally", partial(labs.Tally, budget=Budget(400)))
    answer = tmp_path / "answer.py"
    answer.write_text(f"{Path(LAB6).read_text()}\n# as it was, but for a bound\n")
    report = json.loads(command("check", "lab6", answer, "--json")[1])
    found = json.loads(command("explore", LAB6, "--states", "50", "--json")[1])

    assert "not decided" in {result["verdict"] for result in report["properties"].values()}
    assert re.fullmatch(r"lab6/\S+ on .*: more than \d+ states.*", report["limit"])
    assert not found["complete"] and found["limit"].startswith("more than 50 states")
    assert "" == json.loads(command("explore", LAB6, "--json")[1])["limit"]


def test_explore_shows_the_generated_program(command):
    """It is how a reader understands the engine; names of the module's are in its comments only."""

    status, said, _ = command("explore", LAB6, "--show-code")

    assert 0 == status
    assert "def " in said


def test_a_schedule_that_explore_printed_replays(command):
    """It carries all that is needed: the world's name, the digest, the choices."""

    listing = CORPUS / "lab2/wrong/listing_two.py"
    witness = json.loads(command("explore", listing, "--calls", "1", "--json")[1])["properties"]["delivered"]["witness"]
    status, said, _ = command("replay", listing, witness)

    assert 0 == status
    assert "report_event" in said or "reporter1" in said


@pytest.mark.parametrize("with_lab", [True, False])
def test_a_schedule_that_a_check_printed_replays(command, with_lab):
    """With the lab named or not; the story is the check's."""

    witness = json.loads(command("check", "lab2", WRONG, "--json")[1])["properties"]["no_dangling"]["witness"]
    status, said, _ = command("replay", *(["lab2"] if with_lab else []), WRONG, witness)

    assert 0 == status
    assert "mykthread" in said


def test_a_schedule_of_another_module_is_refused(command):
    """It says that it doesn't fit, and does not pretend."""

    witness = json.loads(command("check", "lab2", WRONG, "--json")[1])["properties"]["no_dangling"]["witness"]
    status, said, complaint = command("replay", CORPUS / "lab2/wrong/listing_two.py", witness)

    assert (2, "") == (status, said)
    assert complaint.strip()


def test_ps_shows_the_thread_as_ps_does(command):
    """Its name in brackets, asleep, a child of init."""

    status, said, _ = command("ps", LAB6)

    (line,) = [line.split() for line in said.splitlines() if "[mykthread]" in line]
    assert (0, "1", "S") == (status, line[2], line[3])


# ---- from outside ----------------------------------------------------------------------------------------------------


SAYS_WHEN = [
    "-c",
    "import signal, sys; from kthreadlab.front.cli import main;"
    " signal.signal(signal.SIGINT, signal.default_int_handler); print('here', flush=True); sys.exit(main())",
]
"""The command, which says when it has been loaded: a signal before that is Python's own affair.  Whoever starts the
tests in the background has SIGINT ignored."""


def start(*words, program=("-m", "kthreadlab"), **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *program, *map(str, words)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_ctrl_c_in_the_middle_of_a_search_is_a_calm_line(tmp_path):
    """A search far too large to end; SIGINT; status 130, one line, no traceback, in a second or two."""

    with start("explore", LAB6, "--calls", "7", "--cpus", "8", "--states", "100000000", program=SAYS_WHEN) as searching:
        assert "here\n" == searching.stdout.readline()
        time.sleep(2)
        assert searching.poll() is None
        searching.send_signal(signal.SIGINT)
        said, complaint = searching.communicate(timeout=20)

    assert (130, "") == (searching.returncode, said)
    assert "Traceback" not in complaint and "Stopped" in complaint


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    """`kthreadlab … | head -1`."""

    with start("explore", LAB6, "--show-code") as printing:
        printing.stdout.close()
        complaint = printing.stderr.read()

    assert "" == complaint


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_hash_seed_changes_nothing(seed):
    """Verdicts, witnesses and counts are the same, byte for byte."""

    said = []
    for value in ("12345", seed):
        with start("check", "lab2", WRONG, "--json", env={**os.environ, "PYTHONHASHSEED": value}) as checking:
            said.append(checking.communicate()[0])

    assert said[0] == said[1] != ""


# ---- versions of the kernel ------------------------------------------------------------------------------------------

LISTING_TWO = str(CORPUS / "lab2/wrong/listing_two.py")


def test_a_schedule_of_another_version_replays_on_that_version(command):
    """explore --profile prints a schedule that names its version, and that is all that replay needs."""

    status, said, _ = command("explore", LISTING_TWO, "--calls", "1", "--profile", "2.6.24")
    schedule = next(line.strip() for line in said.splitlines() if line.strip().startswith("2.6.24/"))

    assert 1 == status
    status, told, _ = command("replay", LISTING_TWO, schedule)
    assert 0 == status
    assert told.startswith("2.6.24/world-mykthread-calls1-cpus1: 2.6.24")


def test_the_parent_of_a_thread_is_who_it_is_in_that_version(command):
    """init in 2.6.11, kthreadd in 2.6.24."""

    def parent(version):
        _, said, _ = command("ps", LISTING_TWO, "--profile", version)
        head, *rows = [line.split() for line in said.splitlines() if line.strip()]
        return next(row[head.index("PPID")] for row in rows if "[mykthread]" in row)

    assert ("1", "2") == (parent("2.6.11"), parent("2.6.24"))


def test_a_call_that_a_version_lacks_is_an_unknown_symbol(command):
    """Linux 6.12 has no daemonize."""

    status, _, complaint = command("explore", LISTING_TWO, "--profile", "6.12")

    assert 2 == status
    assert "Unknown symbol daemonize" in complaint


def test_a_version_that_cannot_be_booted_is_bad_input(command):
    """The message lists those that can."""

    for words in (["explore", LISTING_TWO], ["ps", LISTING_TWO]):
        status, _, complaint = command(*words, "--profile", "3.1")
        assert 2 == status
        assert "2.6.11" in complaint


def test_one_property_is_told_with_all_its_hints(capsys):
    """`--property` shows the story and the four hints of one property; a name there is none of is refused."""

    wrong = str(REPO / "tests" / "submissions" / "lab2" / "wrong" / "ignores_the_same_id.py")

    assert main(["check", "lab2", wrong, "--property", "delivered_when_asleep"]) == 1
    told = capsys.readouterr().out
    assert "delivered_when_asleep" in told and "dies_cleanly" not in told
    assert all(f"hint {n}" in told.lower() for n in (1, 2, 3, 4))

    assert main(["check", "lab2", wrong, "--property", "delivred"]) == 2
    assert "delivered_when_asleep" in capsys.readouterr().err
