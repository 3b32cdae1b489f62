"""The repository keeps its own promises: packaging, pins, imports, and nothing of the machine it was made on."""

import os
import re
import stat
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import kthreadlab

REPO = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+")


def tracked_files() -> list[Path]:
    """What git holds; in an unpacked source archive, what is there."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip("not a git clone")
    return [REPO / name for name in listing.stdout.split("\0") if name and (REPO / name).is_file()]


def requirement_lines(name: str) -> list[str]:
    lines = (REPO / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_core_needs_nothing_but_the_standard_library():
    """`pip install kthreadlab` brings kthreadlab and nothing else."""

    assert [] == PROJECT["dependencies"]
    assert {"lab", "grading", "dev"} == set(PROJECT["optional-dependencies"])


def test_the_version_is_said_once():
    """pyproject.toml and the package agree."""

    assert PROJECT["version"] == kthreadlab.__version__


def test_the_changelog_tells_of_this_version():
    """What is not released yet first, if there is any; then the versions, the newest first, this one on top."""

    told = re.findall(r"^## (\S+)", (REPO / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    versions = [name for name in told if name != "Unreleased"]

    assert told in ([*versions], ["Unreleased", *versions])
    assert PROJECT["version"] == versions[0]
    assert versions == sorted(versions, key=lambda name: [int(part) for part in name.split(".")], reverse=True)


@pytest.mark.parametrize("name", ["constraints.txt", "binder/requirements.txt"])
def test_pins_are_exact_and_name_no_host(name):
    """Each line is package==version: no URL, no path, no range."""

    assert [] == [line for line in requirement_lines(name) if not PIN.fullmatch(line)]


def test_binder_and_constraints_agree():
    """What Binder installs is what the constraints say."""

    assert set(requirement_lines("binder/requirements.txt")) <= set(requirement_lines("constraints.txt"))


def test_every_direct_dependency_is_pinned():
    """No extra asks for a package that constraints.txt does not hold."""

    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in requirement_lines("constraints.txt")}
    extras = PROJECT["optional-dependencies"].values()
    asked = {re.split(r"[><=~]", want)[0].lower() for wants in extras for want in wants}

    assert set() == asked - pinned


def test_no_pin_needs_a_newer_python_than_we_do():
    """What a package says it requires admits the oldest Python that kthreadlab runs on, Debian 12's among them."""

    oldest = f"{PROJECT['requires-python'].removeprefix('>=')}.0"
    refused = {}
    for name, _, version in (line.partition("==") for line in requirement_lines("constraints.txt")):
        with suppress(PackageNotFoundError):
            package = metadata(name)
            if package["Version"] == version and oldest not in SpecifierSet(package["Requires-Python"] or ""):
                refused[name] = package["Requires-Python"]

    assert {} == refused


@pytest.mark.parametrize("name", [".ci/run", "binder/postBuild"])
def test_scripts_can_be_run(name):
    """Executable, with a shebang, with Unix line ends."""

    path = REPO / name

    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_bytes().startswith(b"#!/usr/bin/env bash\n")
    assert b"\r" not in path.read_bytes()


def test_make_lists_its_targets():
    """`make` alone says what there is to do."""

    command = ["make", "--no-print-directory"]
    listing = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True).stdout

    assert {"lab", "test", "quick", "test-long", "bench", "labs", "lint"} <= {
        line.split()[0] for line in listing.splitlines()
    }


def test_nothing_names_the_machine_it_was_made_on():
    """No absolute path of a workplace, no package registry's host, in any file of the repository."""

    foreign = re.compile(rb"/work/|/root/|/home/\w|/opt/\w+/simple|pypi\.org|pythonhosted|npmjs\.|debian\.org")
    here = Path(__file__).resolve()
    found = {
        f"{path.relative_to(REPO)}: {match.group().decode()}"
        for path in tracked_files()
        if path != here
        for match in foreign.finditer(path.read_bytes())
    }

    assert set() == found


def test_public_names_all_exist():
    """Every name in `__all__` can be had."""

    assert [] == [name for name in kthreadlab.__all__ if getattr(kthreadlab, name, None) is None]


def test_an_unknown_name_is_an_attribute_error():
    """As for any module."""

    with pytest.raises(AttributeError, match="exploer"):
        kthreadlab.exploer  # noqa: B018


def python(code: str, *flags: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    command = [sys.executable, *flags, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment)


def test_import_brings_in_no_module_it_does_not_need():
    """`import kthreadlab` loads itself and a few modules of the standard library, nothing else."""

    before = set(python("import sys; print(*sys.modules)").stdout.split())
    after = set(python("import sys, kthreadlab; print(*sys.modules)").stdout.split())
    new = {name.split(".")[0] for name in after - before}

    assert {"kthreadlab"} == new - set(sys.stdlib_module_names)
    assert len(after - before) < 40


def test_a_check_needs_only_the_standard_library():
    """Loading every public name but the notebook's brings in no package."""

    code = """
import sys, kthreadlab
for name in kthreadlab.__all__: getattr(kthreadlab, name)
print(*{name.split(".")[0] for name in sys.modules})
"""
    loaded = set(python(code, "-S").stdout.split()) - set(sys.stdlib_module_names)

    assert {"kthreadlab"} == {name for name in loaded if not name.startswith("_")} - {"sitecustomize"}


def test_to_validate_a_notebook_builds_no_grammars():
    """nbformat comes without what jsonschema would make of a package that no notebook needs; others still get that."""

    pytest.importorskip("nbformat")
    code = """
import sys
from kthreadlab.grading.cells import nbformat
made = nbformat().v4.new_notebook()
nbformat().validate(made)
print(*{"nbformat", "jsonschema", "lark", "rfc3987_syntax"} & set(sys.modules))
"""
    assert {"nbformat", "jsonschema"} == set(python(code).stdout.split())


WITHOUT_POSIX = """
import os, signal, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "killpg", "setsid", "getuid", "geteuid", "umask", "sysconf", "mkfifo", "uname"):
    if hasattr(os, name): delattr(os, name)
for name in ("SIGKILL", "SIGALRM", "SIGSTOP", "SIGHUP", "pthread_sigmask", "setitimer", "alarm"):
    if hasattr(signal, name): delattr(signal, name)
"""


def test_nothing_of_ours_needs_a_posix_system(tmp_path):
    """Every module can be imported, and a check, a replay and the labs' copies work, without what Windows lacks.
    Texts are read and written as UTF-8, whatever the system's own encoding is."""

    answer = REPO / "tests/submissions/lab2/wrong/no_remove_wait_queue.py"
    code = f"""{WITHOUT_POSIX}
import contextlib, importlib, io, json, pkgutil, kthreadlab
from kthreadlab.front.cli import main
for module in pkgutil.walk_packages(kthreadlab.__path__, "kthreadlab."):
    inside = module.name.split(".")[1]
    if inside not in ("linux", "__main__") and ".given" not in module.name:
        importlib.import_module(module.name)
assert main(["lab", "--copy-only", {str(tmp_path / "labs")!r}]) == 0
with contextlib.redirect_stdout(io.StringIO()) as said:
    assert main(["check", "lab2", {str(answer)!r}, "--json"]) == 1
witness = next(r["witness"] for r in json.loads(said.getvalue())["properties"].values() if r["witness"])
assert main(["replay", {str(answer)!r}, witness, "--html", {str(tmp_path / "page.html")!r}]) == 0
"""
    flags = ("-X", "warn_default_encoding", "-W", "error::EncodingWarning:kthreadlab")
    done = subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPO), "PYTHONWARNINGS": "error::EncodingWarning"},
    )

    assert 0 == done.returncode, done.stderr
