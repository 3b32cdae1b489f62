"""README.md tells the truth: each command runs, here or in the test named beside it, and prints what it says."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ANSWER, played
from tests.warm_nbgrader import warm_nbgrader

REPO = Path(__file__).resolve().parents[2]
README = (REPO / "README.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
COMMANDS = [line.split("#")[0].strip() for line in SHELL.splitlines() if line.split("#")[0].strip()]

WORLD = "".join(re.findall(r"^\| (`--.*?) \|", README, re.MULTILINE))
"""The options that say what happens in a world."""

ELSEWHERE = {
    "make lab": "tests/browser/test_lab_in_jupyterlab.py",
    "make test": "this very run",
    "source .venv/bin/activate": "nothing: it is the shell's",
    'pip install ".[lab]"': "tests/repo/test_wheel.py",
    "kthreadlab lab": "tests/repo/test_wheel.py",
    "python compare.py lab2": "tests/grading/test_compare.py",
}
"""Commands that another test runs, because they open JupyterLab or take minutes."""
BY_HAND = ("sudo ", "tar ")
"""These make a user of the machine, which no test does."""


def ours(command: str) -> bool:
    return command.startswith("kthreadlab ") and command not in ELSEWHERE


def desk(command: str) -> bool:
    return command.startswith(("nbgrader ", "cd autograder"))


def run(command: str, cwd: Path) -> subprocess.CompletedProcess:
    """Run one command line as a shell would, with this environment's programs."""
    program, *words = shlex.split(command)
    command_line = [sys.executable, "-m", program, *words]
    environment = {**os.environ, "PYTHONPATH": str(REPO), "COLUMNS": "120"}
    return subprocess.run(command_line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


def test_no_command_is_untested():
    """A command of the README is run below, or stands in the list of those that other tests run."""

    run_here = {line for line in COMMANDS if ours(line) or desk(line)}
    by_hand = {line for line in COMMANDS if line.startswith(BY_HAND)}
    assert set() == set(COMMANDS) - run_here - by_hand - set(ELSEWHERE)
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
    for name in ("drain.py", "ports.py"):
        (place / name).write_text(next(b for b in blocks if b.startswith(f"# {name}")))
    (place / "fixed.py").write_text(listing[:start] + loop.partition("\n")[2] + listing[end:])
    assert 0 == run("kthreadlab lab --copy-only kthreadlab-labs", place).returncode
    return place


STATUS = {
    "kthreadlab explore listing_two.py --calls 1": 1,
    "kthreadlab explore drain.py --call submit --irq submit --smp": 1,
    "kthreadlab explore ports.py --call to_right --call to_left --cpus each": 1,
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


def test_a_module_of_ones_own_does_what_the_readme_says(folder):
    """The first two commands find nothing, the third what is shown."""

    first, second, third = (run(c, folder).stdout for c in COMMANDS if c.startswith("kthreadlab explore drain.py"))
    assert "FAILS" not in first + second and "not decided" not in first + second
    (shown,) = re.findall(r"```\n(  irq_safe: .*?)```", README, re.DOTALL)
    assert shown in third


def test_each_device_has_its_own_as_the_readme_says(folder):
    """Two locks of two devices, taken in both orders, are the circle that is shown."""

    (command,) = (c for c in COMMANDS if "ports.py" in c)
    (shown,) = re.findall(r"```\n(  returns: .*?)```", README, re.DOTALL)
    assert shown in run(command, folder).stdout


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
    assert len(named) > 10


def test_every_option_and_command_is_in_the_reference():
    """What `kthreadlab COMMAND --help` lists is in the table, and the other way round."""

    from kthreadlab.front.cli import parser

    commands = next(action for action in parser()._actions if hasattr(action, "choices") and action.choices).choices
    for name, command in commands.items():
        (row,) = re.findall(rf"^\| `kthreadlab {name}\b(.*?)` \|", README, re.MULTILINE)
        options = {option for action in command._actions for option in action.option_strings} - {"-h", "--help"}
        said = row + (WORLD if "[WORLD]" in row else "")
        assert options == set(re.findall(r"--[a-z-]+[a-z]", said)), name


def test_the_links_of_the_table_of_contents_lead_somewhere():
    """Every anchor is a heading."""

    headings = {
        re.sub(r"[^\w\- ]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^##+ (.*)$", README, re.MULTILINE)
    }

    assert set() == set(re.findall(r"\]\(#([^)]*)\)", README)) - headings


def test_the_versions_are_those_that_can_be_booted():
    """The table of profiles has a row for each."""

    from kthreadlab.lang.profile import PROFILES

    assert list(PROFILES) == re.findall(r"^\| `([\d.]+)` \|", README, re.MULTILINE)


# ---- an assignment, from release to feedback -------------------------------------------------------------------------

ANSWERS = {
    "lab2": ("wrong/no_remove_wait_queue.py", "right/reference.py"),
    "lab5": ("wrong/leaks_the_second_buffer.py", "right/reference.py"),
}
"""What the student hands in first, and then."""


@pytest.fixture
def clone(tmp_path) -> Path:
    """What `git clone` gives, with the changes that are not committed yet."""
    listing = ["git", "ls-files", "--modified", "--others", "--exclude-standard", "-z"]
    changed = subprocess.run(listing, cwd=REPO, capture_output=True, text=True)
    if changed.returncode:
        pytest.skip("not a git clone")
    place = tmp_path / "clone"
    git("clone", "--quiet", "--no-local", "--depth=1", REPO.as_uri(), place)
    for name in changed.stdout.split("\0"):
        if (REPO / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, place / name)
        elif name:
            (place / name).unlink()
    git("add", "--all", cwd=place)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "--message=now", cwd=place)
    return place


def git(*words: str | Path, cwd: Path | None = None) -> str:
    """What a git command prints."""
    return subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=True).stdout


def commands_of(section: str) -> list[list[str]]:
    """The commands of a section of the README: a list for each of its blocks."""
    text = README.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [[line.split("#")[0].strip() for line in block.splitlines()] for block in blocks]


@pytest.mark.grading
@pytest.mark.parametrize("lab", ["lab2", pytest.param("lab5", marks=pytest.mark.long)])
def test_an_assignment_goes_from_release_to_the_second_submission(clone, tmp_path, lab):
    """The instructor's commands and the student's, in the order in which they meet, in a clone with labs/ in it; a
    better answer is graded again; and git sees nothing of it all."""

    grades = []

    for answer in round_trip(clone, tmp_path, lab):
        (row,) = (clone / "autograder/grades.csv").read_text().splitlines()[1:]
        grades.append(row.split(",")[-2:])
        assert answer in ANSWERS[lab]

    (first, most), last = grades
    assert ("100.0", ["100.0", "100.0"]) == (most, last)
    assert 40 < float(first) < 100
    assert 2 == len(list((tmp_path / f"student/{lab}/feedback").rglob(f"{lab}.html")))
    assert "" == git("status", "--porcelain", cwd=clone)


@pytest.mark.long
@pytest.mark.grading
def test_an_assignment_goes_through_with_the_systems_own_python(clone, tmp_path):
    """What the pins bring into its environment works together: on Debian 12 that is Python 3.11.2."""

    system = shutil.which("python3", path=os.defpath)
    usable = "import ensurepip, sys; assert sys.version_info >= (3, 11)"
    if not system or subprocess.run([system, "-c", usable], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("the system has no Python 3.11 or later with venv")
    python = str(tmp_path / "venv/bin/python")
    subprocess.run([system, "-m", "venv", tmp_path / "venv"], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt", ".[lab,grading]"]
    subprocess.run(install, cwd=clone, check=True)

    assert list(ANSWERS["lab2"]) == list(round_trip(clone, tmp_path, "lab2", python))


def round_trip(clone: Path, place: Path, lab: str, python: str = sys.executable) -> Iterator[str]:
    """Run the section "I teach this" for *lab*; yields each answer when its points have been exported."""
    desk, student, again = [[c.replace("lab2", lab) for c in block] for block in commands_of("I teach this")]
    cd, *release = desk[: desk.index(f"nbgrader release_assignment {lab}") + 1]
    fetch, validate, submit, fetch_feedback = student
    assert ("cd autograder", "export") == (cd, desk[-1].split()[1])
    home = place / "student"
    home.mkdir()
    (home / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(clone / 'autograder/exchange')!r}\n"
    )
    with warm_nbgrader(python, new_machine(clone, place)) as warm:

        def nbgrader(command: str, folder: Path) -> str:
            status, said = warm(shlex.split(command), folder)
            assert 0 == status, f"{command}\n{said}"
            return said

        def run_all(commands: list[str], folder: Path) -> None:
            for command in commands:
                nbgrader(command, folder)

        run_all(release, clone / "autograder")
        nbgrader(fetch, home)
        for answer, grade in zip(ANSWERS[lab], (desk[1 + len(release) :], again), strict=True):
            solve(home / f"{lab}/{lab}.ipynb", lab, answer)
            nbgrader(submit, home)
            run_all(grade, clone / "autograder")
            nbgrader(fetch_feedback, home)
            yield answer
        assert "Success! Your notebook passes all the tests." in nbgrader(validate, home)


def new_machine(clone: Path, home: Path) -> dict[str, str]:
    """Nothing of this user's Jupyter is seen or changed, and nothing is on PATH but the system's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return environment | {"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": str(clone)}


def solve(path: Path, lab: str, answer: str) -> None:
    """Put an answer of the corpus into a student's notebook."""
    notebook = json.loads(path.read_text())
    text = (REPO / "tests/submissions" / lab / answer).read_text()
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{lab}-{ANSWER[lab]}":
            cell["source"] = f"%%kmod myevent {ANSWER[lab]}\n{text}"
    path.write_text(json.dumps(played(notebook, lab)))
