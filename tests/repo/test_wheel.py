"""The wheel, built from a clean checkout and installed where nothing else is, does what a clone does."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a command; its output, whatever its status."""
    without = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env={**without, **environment}, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """What git holds, and nothing of what lies around it."""
    folder = tmp_path_factory.mktemp("checkout")
    archive = folder / "repository.tar"
    if run("git", "archive", "--output", archive, "HEAD", cwd=REPO).returncode:
        pytest.skip("not a git clone")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "clean", filter="data")
    return folder / "clean"


@pytest.fixture(scope="session")
def wheel(checkout, tmp_path_factory) -> Path:
    """The wheel, as any build front end makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=checkout)
    assert 0 == built.returncode, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """The Python of an environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("empty environment")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    zipfile.ZipFile(wheel).extractall(site)
    return python


def test_the_wheel_holds_all_that_the_package_needs(wheel, checkout):
    """Every lab, every file of the package: kernel Python, styles and scripts too; nothing of the desk."""

    names = set(zipfile.ZipFile(wheel).namelist())
    package = [path for path in (checkout / "kthreadlab").rglob("*") if path.is_file()]
    labs = [path for path in (checkout / "labs").rglob("*") if path.is_file()]

    assert set() == {path.relative_to(checkout).as_posix() for path in package} - names
    assert set() == {f"kthreadlab/_labs/{path.relative_to(checkout / 'labs').as_posix()}" for path in labs} - names
    assert labs
    assert not [
        name for name in names if name.startswith(("tests/", "solutions/", "autograder/")) or "checkpoint" in name
    ]


def test_what_is_installed_copies_the_labs(installed, tmp_path):
    """Into a folder with a blank and letters of another script; and then it says what JupyterLab needs."""

    done = run(installed, "-m", "kthreadlab", "lab", "mes études/été", cwd=tmp_path, PYTHONIOENCODING="utf-8")

    assert (tmp_path / "mes études" / "été" / "lab2" / "lab2.ipynb").is_file()
    assert 2 == done.returncode
    assert "kthreadlab[lab]" in done.stderr


def test_what_is_installed_checks_explores_and_explains(installed, tmp_path):
    """The core needs nothing but Python: a check, a search, a picture, a page of the manual."""

    answer = REPO / "tests/submissions/lab2/right/reference.py"
    check = run(installed, "-m", "kthreadlab", "check", "lab2", answer, cwd=tmp_path)
    assert (0, "") == (check.returncode, check.stderr)
    found = run(installed, "-m", "kthreadlab", "explore", answer, "--calls", "1", cwd=tmp_path)
    assert "every reachable state" in found.stdout
    assert "schedule(9)" in run(installed, "-m", "kthreadlab", "man", "schedule", cwd=tmp_path).stdout
    listing = REPO / "tests/submissions/lab2/wrong/listing_two.py"
    told = run(installed, "-m", "kthreadlab", "explore", listing, "--calls", "1", cwd=tmp_path).stdout.splitlines()
    schedule = next(line.strip() for line in told if line.strip().startswith("2.6.11/"))
    page = run(installed, "-m", "kthreadlab", "replay", listing, schedule, "--html", "page.html", cwd=tmp_path)
    assert (0, "") == (page.returncode, page.stderr)
    assert (tmp_path / "page.html").stat().st_size > 1000


@pytest.mark.long
def test_pip_installs_it_with_the_lab_and_jupyterlab_opens(wheel, tmp_path):
    """`pip install "WHEEL[lab]" && kthreadlab lab` in a fresh environment: JupyterLab answers with the start page."""

    venv.create(tmp_path / "environment", with_pip=True)
    binaries = tmp_path / "environment" / ("Scripts" if sys.platform == "win32" else "bin")
    pins = REPO / "constraints.txt"
    done = run(binaries / "python", "-m", "pip", "install", "-q", "-c", pins, f"{wheel}[lab]", cwd=tmp_path)
    if done.returncode:
        pytest.skip(f"no package index can be reached: {done.stderr.strip().splitlines()[-1][:120]}")
    fetch = (
        "import socket, subprocess, sys, time, urllib.request\n"
        "with socket.socket() as probe: probe.bind(('127.0.0.1', 0)); port = probe.getsockname()[1]\n"
        "command = [sys.argv[1], 'lab', 'mes études', '--', '--no-browser', '--allow-root', f'--ServerApp.port={port}',"
        " '--ServerApp.ip=127.0.0.1', '--IdentityProvider.token=', '--ServerApp.password=']\n"
        "server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)\n"
        "try:\n"
        "    address = next(word for line in server.stdout for word in line.split() if word.startswith('http://127'))\n"
        "    for patience in range(100):\n"
        "        try: print(address, urllib.request.urlopen(address, timeout=60).status); break\n"
        "        except OSError: time.sleep(0.3)\n"
        "finally:\n"
        "    server.terminate(); server.wait(30)\n"
    )
    said = run(
        binaries / "python", "-c", fetch, binaries / "kthreadlab", cwd=tmp_path, IPYTHONDIR=str(tmp_path / "ipython"),
        JUPYTER_CONFIG_DIR=str(tmp_path / "config"), JUPYTER_DATA_DIR=str(tmp_path / "data"), HOME=str(tmp_path),
    )  # fmt: skip

    assert said.stdout.rstrip().endswith("200"), said.stdout + said.stderr
    assert "/lab/tree/" in said.stdout
    assert (tmp_path / "mes études" / "lab2" / "lab2.ipynb").is_file()
