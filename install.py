"""Make an environment, install kthreadlab with some of its extras into it, and show how far that is.

    python3 install.py .venv lab grading

`make` calls it.  Any Python 3 must get as far as the sentence that says what is missing: so nothing here is newer than
Python 3.6, and nothing but the standard library is needed.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
THIS = sys.version_info[:3]
EXTRAS = {"lab": "JupyterLab", "grading": "nbgrader", "dev": "the tools of development"}
"""The extras of pyproject.toml, in a person's words."""

# What pip says of itself, of which we read as much as it takes to say how far it is.
NAMED = re.compile(r"^(?:Collecting|Processing|Requirement already satisfied:) (?:\S*/)?(.+?)(?=[^\w.-]|-\d|$)", re.M)
INSTALLING = re.compile(r"^Installing collected packages: (.*)", re.M)
RETRYING = re.compile(r"^ *WARNING: Retrying .*\s*\Z", re.M)
ERROR = re.compile(r"^ *(ERROR: .*)", re.M)


def main(folder, *extras):
    """Exit status: 0 it is all there, 1 it is not, 130 after Ctrl-C."""
    environment = Path(folder).absolute()
    missing = what_is_missing()
    new = not can_be_used(environment, fit=not missing)
    if new and missing:
        print(missing)
        return 1
    sys.stdout.reconfigure(errors="replace")
    *some, last = ["kthreadlab"] + [EXTRAS.get(extra, extra) for extra in extras]
    what = f"{', '.join(some)} and {last}" if some else last
    print(f"Installing {what} into {folder}: about {expected(extras)} packages, a minute or two.", flush=True)
    try:
        if new:
            subprocess.run([base_python(), "-m", "venv", "--clear", str(environment)], check=True)
        return install(environment, extras)
    except subprocess.CalledProcessError:
        return 1  # venv has said why
    except KeyboardInterrupt:
        print("Stopped; the same command goes on from here.")
        return 130


# ---- the environment -------------------------------------------------------------------------------------------------


def what_is_missing():
    """Why this Python can't make the environment, and what helps; "" if it can."""
    another = "To take another Python: make lab PYTHON=/path/to/python3"
    if THIS < oldest():
        needed, found = (".".join(map(str, version)) for version in (oldest(), THIS))
        return f"kthreadlab needs Python {needed} or later; {sys.executable} is {found}. {another}"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as lacking:
        return (
            f"{sys.executable} has no {lacking.name}, which makes environments. "
            f"On Debian and Ubuntu, apt install python3-venv brings it. {another}"
        )
    return ""


def oldest():
    """The Python that pyproject.toml asks for."""
    return version_in(HERE / "pyproject.toml", 'requires-python = ">=')


def version_in(file, words):
    """The version that stands in a *file* behind some *words*; () if it does not."""
    try:
        found = re.search(re.escape(words) + r"([\d.]+\d)", file.read_text(encoding="utf-8"))
    except OSError:
        found = None
    return tuple(map(int, found.group(1).split("."))) if found else ()


def base_python():
    """This Python; from within an environment, the one that it was made with."""
    return getattr(sys, "_base_executable", None) or sys.executable


def can_be_used(environment, fit):
    """Can it be installed into?  Not if it is half made, was moved here, or its Python is gone, or not that which
    `make` names.  Where that one can make none, any environment with a Python that is new enough will do."""
    made_with = version_in(environment / "pyvenv.cfg", "version = ")
    if not (made_with == THIS if fit else made_with >= oldest()):
        return False
    try:
        command = [str(environment / "bin" / "pip"), "--version"]
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    except OSError:
        return False
    return os.fsencode(f" from {environment}/") in said


# ---- pip -------------------------------------------------------------------------------------------------------------


def install(environment, extras):
    """Let pip do it, and say all the time how far it is; what it says itself goes into a file beside."""
    command = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--constraint", "constraints.txt", "--editable", f".[{','.join(extras)}]"]
    log, before = environment / "install.log", packages(environment)
    with log.open("wb") as file, progress_line() as show:
        unbuffered = dict(os.environ, PYTHONUNBUFFERED="1")
        pip = subprocess.Popen(command, cwd=str(HERE), stdout=file, stderr=subprocess.STDOUT, env=unbuffered)
        try:
            while pip.poll() is None:
                show(*how_far(read(log), len(packages(environment) - before), expected(extras)))
                time.sleep(0.5)
        finally:
            pip.wait()
    if pip.returncode:
        print(what_failed(read(log)))
        print(f"pip stopped there; {log} has all that it said.")
        print("Is there a network, and room on the disk? The same command goes on from here.")
    return int(pip.returncode != 0)


def read(log):
    return log.read_text(encoding="utf-8", errors="replace")


def packages(environment):
    """What is installed: pip gives each package a folder of this kind."""
    return {path.name for path in environment.glob("lib/python*/site-packages/*.dist-info")}


def expected(extras):
    """About how many packages these extras bring in: as many as are pinned."""
    pins = "constraints.txt" if "dev" in extras else "binder/requirements.txt"
    return (HERE / pins).read_text(encoding="utf-8").count("==")


def how_far(said, new, about):
    """From what pip has *said* and how many packages are *new*: what it does, how many are done, of how many, which."""
    if RETRYING.search(said):
        return "waiting for the network", 0, "", ""
    installing = INSTALLING.search(said)
    if installing:
        return "installing", new, f"{new} of {installing.group(1).count(',') + 1}", ""
    names = NAMED.findall(said)
    found = len({re.sub(r"[-_.]+", "-", name).lower() for name in names})
    return "collecting", found, f"{found} of about {max(found, about)}", names[-1] if names else ""


def what_failed(said):
    """pip's own errors; the end of what it said where it names none."""
    return "\n".join(ERROR.findall(said) or said.splitlines()[-20:])


@contextmanager
def progress_line():
    """A function that shows how far it is: on a terminal in one line that moves, elsewhere by a line now and then."""
    moves = sys.stdout.isatty()
    shown = []

    def show(doing, done, numbers, name):
        if moves:
            line = f"  {doing} {numbers}  {name}"[: shutil.get_terminal_size().columns - 1]
            print(f"\r\033[K{line}", end="", flush=True)
        elif (doing, done // 20) not in shown[-1:]:
            print(f"  {doing} {numbers}".rstrip(), flush=True)
        shown.append((doing, done // 20))

    try:
        yield show
    finally:
        if moves and shown:
            print("\r\033[K", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
