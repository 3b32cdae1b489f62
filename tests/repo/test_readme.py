"""README.md tells the truth: each command runs, here or in the test named beside it, and prints what it says."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
README = (REPO / "README.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
COMMANDS = [line.split("#")[0].strip() for line in SHELL.splitlines() if line.split("#")[0].strip()]

ELSEWHERE = {
    "make lab": "tests/browser/test_lab_in_jupyterlab.py",
    "make test": "this very run",
    "source .venv/bin/activate": "nothing: it is the shell's",
    'pip install ".[lab]"': "tests/repo/test_wheel.py",
    "kthreadlab lab": "tests/repo/test_wheel.py",
}
"""Commands that another test runs, because they open JupyterLab or take minutes."""


def ours(command: str) -> bool:
    return command.startswith("kthreadlab ") and command not in ELSEWHERE


def desk(command: str) -> bool:
    return command.startswith(("nbgrader ", "cd autograder"))


def run(command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run one command line as a shell would, with this environment's programs."""
    program, *words = shlex.split(command)
    command_line = [sys.executable, "-m", program, *words]
    return subprocess.run(
        command_line, cwd=cwd, env=surroundings(**environment), capture_output=True, text=True, timeout=300
    )


def surroundings(**environment: str) -> dict[str, str]:
    """The environment of a terminal in which this Python's programs are found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(REPO), "COLUMNS": "120", **environment}


def test_no_command_is_untested():
    """A command of the README is run below, or stands in the list of those that other tests run."""

    assert [] == [line for line in COMMANDS if not (ours(line) or desk(line) or line in ELSEWHERE)]
    assert [] == [name for name in ELSEWHERE.values() if " " not in name and not (REPO / name).is_file()]
    assert [] == [command for command in ELSEWHERE if command not in COMMANDS]


# ---- ten minutes -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where a reader has put the two files, and a copy of the labs."""
    place = tmp_path_factory.mktemp("reader")
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    listing, loop = (next(b for b in blocks if b.startswith(f"# {name}")) for name in ("listing_two.py", "fixed.py"))
    (place / "listing_two.py").write_text(listing)
    start, end = listing.index("    while True:"), listing.index("    set_current_state(TASK_RUNNING)\n    remove")
    (place / "fixed.py").write_text(listing[:start] + loop.partition("\n")[2] + listing[end:])
    assert 0 == run("kthreadlab lab --copy-only kthreadlab-labs", place).returncode
    return place


STATUS = {
    "kthreadlab explore listing_two.py --calls 1": 1,
    "kthreadlab check lab2 kthreadlab-labs/lab2/lab2.ipynb": 1,
}


@pytest.mark.parametrize("command", dict.fromkeys(filter(ours, COMMANDS)))
def test_a_command_of_ours_runs(command, folder):
    """With the exit status that its outcome has, and nothing on stderr."""

    done = run(command, folder)

    assert (STATUS.get(command, 0), "") == (done.returncode, done.stderr)
    assert done.stdout


def test_the_ten_minutes_print_what_the_readme_shows(folder):
    """The verdict and the schedule, letter by letter; and the number of states."""

    done = run("kthreadlab explore listing_two.py --calls 1", folder)
    (shown,) = re.findall(r"```\n(  delivered: .*?)```", README, re.DOTALL)
    (states,) = re.findall(r"^(\d+) states are all there are", README, re.MULTILINE)

    assert shown in done.stdout
    assert done.stdout.splitlines()[1].startswith(f"{states} states")


def test_the_proof_is_one(folder):
    """Every property holds, exercised or not, and every state was reached."""

    for command in (c for c in COMMANDS if "fixed.py" in c):
        said = run(command, folder).stdout
        assert "every reachable state" in said
        assert "FAILS" not in said and "not decided" not in said


def test_the_next_story_is_one(folder):
    """--calls 2, which the README sends the reader to, fails."""

    assert 1 == run("kthreadlab explore fixed.py --calls 2", folder).returncode


def test_the_picture_is_what_the_command_draws(tmp_path):
    """docs/lost-wakeup.svg, and the schedule in the text; `make picture` puts both right."""

    spec = importlib.util.spec_from_file_location("picture", REPO / "docs/picture.py")
    picture = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(picture)
    schedule = picture.draw(tmp_path / "again.svg", README)

    assert {schedule} == set(picture.SCHEDULE.findall(README))
    assert "docs/lost-wakeup.svg" in README
    assert (REPO / "docs/lost-wakeup.svg").read_text() == (tmp_path / "again.svg").read_text()


# ---- what it says of the rest ----------------------------------------------------------------------------------------


def test_every_file_and_folder_that_is_named_exists():
    """In backquotes, with a slash, and not a place that a command makes."""

    named = set(
        re.findall(
            r"`((?:kthreadlab|lang|machine|trace|checks|tests|binder|docs|solutions|autograder)/[\w/.]+)`", README
        )
    )
    made = ("autograder/submitted", "autograder/gradebook", "solutions/LAB", "checks/given/LAB")
    inside = [REPO, REPO / "kthreadlab"]

    assert [] == [
        name for name in named if not name.startswith(made) and not any((top / name).exists() for top in inside)
    ]
    assert len(named) > 15


def test_every_option_and_command_is_in_the_reference():
    """What `kthreadlab COMMAND --help` lists is in the table, and the other way round."""

    from kthreadlab.cli import parser

    commands = next(action for action in parser()._actions if hasattr(action, "choices") and action.choices).choices
    for name, command in commands.items():
        (row,) = re.findall(rf"^\| `kthreadlab {name}\b(.*?)` \|", README, re.MULTILINE)
        options = {option for action in command._actions for option in action.option_strings} - {"-h", "--help"}
        assert options == set(re.findall(r"--[a-z-]+[a-z]", row)), name


def test_the_links_of_the_table_of_contents_lead_somewhere():
    """Every anchor is a heading."""

    headings = {
        re.sub(r"[^\w\- ]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^## (.*)$", README, re.MULTILINE)
    }

    assert set() == set(re.findall(r"\]\(#([^)]*)\)", README)) - headings


def test_the_versions_are_those_that_can_be_booted():
    """The table of profiles has a row for each."""

    from kthreadlab.machine.profile import PROFILES

    assert list(PROFILES) == re.findall(r"^\| `([\d.]+)` \|", README, re.MULTILINE)


# ---- an assignment, from release to feedback -------------------------------------------------------------------------


@pytest.mark.grading
def test_an_assignment_goes_from_release_to_feedback(tmp_path):
    """The instructor's commands and the student's, in the order in which they meet, over an exchange directory."""

    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    if not hasattr(os, "fork"):
        pytest.skip("starts its commands by fork")
    at_desk = [c for c in COMMANDS if desk(c) and "--course" not in c and not c.startswith(("cd", "nbgrader validate"))]
    student = [c for c in COMMANDS if desk(c) and ("--course" in c or c.startswith("nbgrader validate"))]
    release, rest = at_desk[:2], at_desk[2:]
    fetch, validate, submit, feedback = student
    assert ("release_assignment", "export") == (release[1].split()[1], rest[-1].split()[1])
    (tmp_path / "autograder").mkdir()
    shutil.copy(REPO / "autograder/nbgrader_config.py", tmp_path / "autograder")
    shutil.copytree(REPO / "solutions/lab2", tmp_path / "solutions/lab2")
    home = tmp_path / "student"
    home.mkdir()
    (home / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(tmp_path / 'autograder/exchange')!r}\n"
    )
    with warm_nbgrader(IPYTHONDIR=str(tmp_path / "ipython")) as nbgrader:
        for command in release:
            nbgrader(command, tmp_path / "autograder")
        nbgrader(fetch, home)
        solve(home / "lab2/lab2.ipynb")
        validated = nbgrader(validate, home)
        nbgrader(submit, home)
        for command in rest:
            nbgrader(command, tmp_path / "autograder")
        nbgrader(feedback, home)

    assert "Success! Your notebook passes all the tests." in validated
    (row,) = (tmp_path / "autograder/grades.csv").read_text().splitlines()[1:]
    assert row.endswith("60.0,60.0")
    assert list((home / "lab2/feedback").rglob("lab2.html"))


@contextmanager
def warm_nbgrader(**environment: str):
    """Runs nbgrader commands, each in a process of its own; nbgrader is imported once, which is most of their time."""
    command = [sys.executable, "-c", WARM]
    with subprocess.Popen(
        command, env=surroundings(**environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as warm:

        def nbgrader(command: str, place: Path) -> str:
            warm.stdin.write(json.dumps([shlex.split(command), str(place)]) + "\n")
            warm.stdin.flush()
            status, said = json.loads(warm.stdout.readline())
            assert 0 == status, f"{command}\n{said}"
            return said

        yield nbgrader


WARM = """
import json, os, sys, tempfile
from nbgrader.apps import nbgraderapp
for line in sys.stdin:
    words, place = json.loads(line)
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.chdir(place)
            sys.argv = words
            nbgraderapp.main()
            sys.exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        print(json.dumps([status, said.read()]), flush=True)
"""


def solve(path: Path) -> None:
    """Put a right answer into a student's notebook."""
    notebook = json.loads(path.read_text())
    answer = (REPO / "tests/submissions/lab2/right/reference.py").read_text()
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "lab2-mykthread":
            cell["source"] = f"%%kmod myevent mykthread\n{answer}"
    path.write_text(json.dumps(notebook))
