"""What `make` does, and in which order: what is installed for whom, how one sees it, and what CI runs."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPO = Path(__file__).resolve().parents[2]
EXTRAS = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

TERMINAL = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
"""The environment of somebody at a terminal, also where `make test` runs this."""

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make on this machine")


@pytest.fixture
def install():
    """The program that `make` installs with, as a module."""
    spec = importlib.util.spec_from_file_location("install", REPO / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- what is installed for whom --------------------------------------------------------------------------------------


@pytest.fixture
def dry(tmp_path):
    """`make -n` with an environment of its own; returns the extras that each target would install, and where."""
    clone = tmp_path / "clone"
    (clone / ".venv").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "install.py"):
        shutil.copy2(REPO / name, clone)

    def run(*words: str) -> list[str]:
        command = ["make", "--no-print-directory", "-n", *words]
        plan = subprocess.run(command, cwd=clone, env=TERMINAL, capture_output=True, text=True, check=True).stdout
        return re.findall(r"install\.py \.venv (.*)", plan)

    def stamp(*names: str, text: str = "") -> None:
        for name in names:
            (clone / ".venv" / name).write_text(text or f"{clone.resolve()}\n")

    run.stamp = stamp
    return run


STUDENT, DEVELOPER = "lab grading", "lab grading dev"


@needs_make
def test_make_lab_installs_what_a_student_needs(dry):
    """And what an instructor needs: neither the labs nor the desk brings in the tools of development."""

    assert [STUDENT] == dry("lab")
    assert [STUDENT] == dry("install")
    assert [STUDENT] == dry("labs", "solutions")


@needs_make
def test_make_test_adds_the_tools_in_the_same_environment(dry):
    """Also after `make lab`; and then both are there."""

    assert [DEVELOPER] == dry("test")
    dry.stamp(".lab")
    assert [DEVELOPER] == dry("test") == dry("lint") == dry("bench") == dry("quick")
    assert [DEVELOPER] == dry("test-long") == dry("mutants")
    dry.stamp(".lab", ".dev")
    assert [] == dry("test") + dry("lint")


@needs_make
def test_a_second_day_installs_nothing(dry):
    """Nor does `make lab` after `make test`."""

    dry.stamp(".lab")
    assert [] == dry("lab")
    dry.stamp(".lab", ".dev")
    assert [] == dry("lab")


@needs_make
@pytest.mark.parametrize("changed", ["constraints.txt", "pyproject.toml"])
def test_new_pins_are_installed(dry, changed):
    """After a `git pull` that brought them."""

    dry.stamp(".lab", ".dev")

    assert [STUDENT] == dry("lab", "-W", changed)
    assert [DEVELOPER] == dry("test", "-W", changed)


@needs_make
def test_an_environment_of_another_folder_is_made_anew(dry):
    """Its scripts name the place where it was made."""

    dry.stamp(".lab", ".dev", text="/somewhere/else\n")

    assert [STUDENT] == dry("lab")
    assert [DEVELOPER] == dry("test")


def closure(names: set[str]) -> set[str]:
    """What these packages bring in, as far as it is installed here."""
    seen: set[str] = set()
    todo = {(name, "") for name in names}
    while todo:
        name, extra = todo.pop()
        seen.add(re.sub(r"[-_.]+", "-", name).lower())
        try:
            wanted = map(Requirement, metadata.requires(name) or [])
        except metadata.PackageNotFoundError:
            continue
        for want in wanted:
            if not want.marker or want.marker.evaluate({"extra": extra}):
                todo |= {(want.name, each) for each in ("", *want.extras) if (each or want.name.lower()) not in seen}
    return seen


def named(*extras: str) -> set[str]:
    return {re.split(r"[><=~]", want)[0].lower() for extra in extras for want in EXTRAS[extra]}


def test_a_student_gets_no_tool_of_development():
    """Neither asked for nor dragged in: no test runner, no linter, no browser driver; nbgrader is there."""

    student = closure(named("lab", "grading"))

    assert {"nbclient"} == named("dev") & student  # of which only nbconvert makes use
    assert {"jupyterlab", "nbgrader"} <= student
    assert set() == {"pytest", "nbval", "mypy", "ruff", "playwright", "hypothesis", "docker", "coverage"} & student


# ---- how one sees it -------------------------------------------------------------------------------------------------


PIP = """\
Obtaining file:///somewhere/kthreadlab
  Installing build dependencies: started
WARNING: Location 'file:///nowhere' is ignored: it is neither a file nor a directory.
Collecting jupyterlab>=4.2 (from kthreadlab==0.1.0)
  Downloading jupyterlab-4.6.6-py3-none-any.whl (17.3 MB)
Processing /wheels/ipywidgets-8.1.9-py3-none-any.whl (from kthreadlab==0.1.0)
Requirement already satisfied: jsonschema-specifications>=2023.3.6 in ./.venv/lib (from jsonschema)
Collecting jsonschema_specifications>=1 (from referencing)
"""


def test_one_sees_how_far_it_is_and_how_much_is_left(install):
    """Packages that pip has found, of about as many as are pinned; then those that are installed, of all."""

    assert ("collecting", 0, "0 of about 90", "") == install.how_far("", 0, 90)
    assert ("collecting", 3, "3 of about 90", "jsonschema_specifications") == install.how_far(PIP, 0, 90)
    done = f"{PIP}Installing collected packages: jsonschema-specifications, ipywidgets, jupyterlab\n"
    assert ("installing", 2, "2 of 3", "") == install.how_far(done, 2, 90)
    lost = f"{PIP}WARNING: Retrying (Retry(total=4)) after connection broken by 'X': /simple/tornado/\n"
    assert "waiting for the network" == install.how_far(lost, 0, 90)[0]


def test_the_number_that_is_expected_comes_from_the_pins(install):
    """So many as Binder has for a student's; all for the tools too."""

    assert 50 < install.expected(["lab", "grading"]) < install.expected(["lab", "grading", "dev"])


@pytest.fixture
def environment(tmp_path, install):
    """An environment that looks whole, with a pip that says what a test wants; returns what writes such a pip."""
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    version = ".".join(map(str, install.THIS))
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")

    def script(name: str, text: str) -> None:
        (binaries / name).write_text(f"#!/bin/sh\n{text}\n")
        (binaries / name).chmod(0o755)

    def pip(said: str, status: int) -> Path:
        (tmp_path / "said").write_text(said)
        script("python", f'echo "$@" >"{tmp_path}/asked"; cat "{tmp_path}/said"; exit {status}')
        script("pip", f'echo "pip 24.0 from {tmp_path}/.venv/lib/python3/site-packages/pip (python 3)"')
        return tmp_path / ".venv"

    return pip


posix = pytest.mark.skipif(sys.platform == "win32", reason="writes shell scripts")


@posix
def test_an_installation_is_neither_silent_nor_a_flood(install, environment, capsys):
    """A sentence first, then a few lines; pip's own hundreds go into a file."""

    many = "".join(f"Collecting package{n}\n  Downloading package{n}.whl\n" for n in range(100))
    folder = environment(many, 0)

    assert 0 == install.main(str(folder), "lab", "grading")
    first, *rest = capsys.readouterr().out.splitlines()
    assert "Installing kthreadlab, JupyterLab and nbgrader into" in first
    assert len(rest) < 12
    assert many == (folder / "install.log").read_text()
    asked = (folder.parent / "asked").read_text()
    assert asked.endswith("--constraint constraints.txt --editable .[lab,grading]\n")


@posix
def test_when_pip_fails_its_error_is_shown_and_where_to_look(install, environment, capsys):
    """Not its hundreds of lines; the status says that it failed, so that `make` goes no further."""

    folder = environment(f"{PIP}ERROR: No matching distribution found for tornado==6.6.1\n", 1)

    assert 1 == install.main(str(folder), "lab", "grading")
    said = capsys.readouterr().out
    assert "\nERROR: No matching distribution found for tornado==6.6.1\n" in said
    assert "install.log" in said and "network" in said
    assert "Collecting" not in said


@posix
def test_an_environment_that_is_whole_is_kept(install, environment):
    """Whoever is too old to make one may use one that is there; a half made one, or one moved here, is made anew."""

    folder = environment("", 0)
    assert install.can_be_used(folder, fit=True)
    assert install.can_be_used(folder, fit=False)

    (folder / "pyvenv.cfg").write_text("version = 3.9.1\n")
    assert not install.can_be_used(folder, fit=True)
    assert not install.can_be_used(folder, fit=False)

    folder = environment("", 0)
    (folder / "bin" / "pip").unlink()
    assert not install.can_be_used(folder, fit=True)
    moved = environment("", 0).rename(folder.with_name("moved"))
    assert not install.can_be_used(moved, fit=True)
    assert not install.can_be_used(folder.with_name("nowhere"), fit=True)


# ---- a machine that lacks something ----------------------------------------------------------------------------------


def test_a_python_that_is_too_old_is_told_in_a_sentence(install, tmp_path, monkeypatch, capsys):
    """Which it is, which it should be, and how to name another; nothing is made."""

    monkeypatch.setattr(install, "THIS", (3, 9, 18))

    assert 1 == install.main(str(tmp_path / ".venv"), "lab", "grading")
    said = capsys.readouterr().out
    assert "needs Python 3.11" in said and "3.9.18" in said and "PYTHON=" in said
    assert not (tmp_path / ".venv").exists()


def test_such_a_python_can_read_the_program():
    """Its grammar is that of Python 3.6, or the sentence would be a SyntaxError."""

    ast.parse((REPO / "install.py").read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("lacking", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_in_a_sentence(install, tmp_path, lacking):
    """As Debian's is without a package of its own: which package that is; nothing is made."""

    (tmp_path / f"{lacking}.py").write_text(f"raise ImportError('no module', name='{lacking}')")
    command = [sys.executable, str(REPO / "install.py"), str(tmp_path / ".venv"), "lab"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert (1, "") == (done.returncode, done.stderr)
    assert f"has no {lacking}" in done.stdout and "apt install python3-venv" in done.stdout and "PYTHON=" in done.stdout
    assert not (tmp_path / ".venv").exists()


# ---- what CI runs ----------------------------------------------------------------------------------------------------


@needs_make
@pytest.mark.parametrize("red", [[], ["lint"], ["test"], ["lint", "test"]])
def test_ci_runs_lint_and_every_test_and_fails_where_one_does(tmp_path, red):
    """A red lint fails it, and the tests run all the same, so that one sees both."""

    (tmp_path / ".ci").mkdir()
    shutil.copy2(REPO / ".ci/run", tmp_path / ".ci/run")
    rules = "".join(
        f".PHONY: {target}\n{target}:\n\t@echo ran {target}\n\t@{'false' if target in red else 'true'}\n"
        for target in ("lint", "test")
    )
    (tmp_path / "Makefile").write_text(rules)
    (tmp_path / "chromium").write_text("#!/bin/sh\n")
    (tmp_path / "chromium").chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = subprocess.run([tmp_path / ".ci/run"], env={**TERMINAL, "PATH": path}, capture_output=True, text=True)

    assert ["ran lint", "ran test"] == done.stdout.splitlines()
    assert bool(red) == bool(done.returncode)
