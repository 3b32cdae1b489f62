"""Helper scripts as real processes: only if asked for, and with exactly what khelper's child has."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from kthreadlab import HelperScript
from kthreadlab.userland.helpers import HelperRefused
from tests.helpers.test_described import ALERT, HANDLER, recorded

posix = pytest.mark.skipif(os.name != "posix", reason="this system has no such processes")

DUMP = """#!{python} -IS
import json, os, signal, sys
fds = []
for n in range(64):
    try:
        os.fstat(n)
    except OSError:
        continue
    fds.append(n)
umask = os.umask(0)
out = dict(argv=sys.orig_argv[3:], environ=dict(os.environ), cwd=os.getcwd(), fds=fds, umask=umask,
           session=os.getsid(0) == os.getpid(), blocked=len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
           pipe=signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL)
with open({out!r}, "w") as file:
    json.dump(out, file)
sys.exit(7)
"""


@pytest.fixture(autouse=True)
def not_graded(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def alert(text: str, mode: int = 0o755) -> HelperScript:
    return HelperScript("/bin/alert", text, mode)


def real(text: str, mode: int = 0o755, **more) -> object:
    return alert(text, mode).run_for_real(on_my_own_machine=True, **more)


# ---- when it is refused ----------------------------------------------------------------------------------------------


def test_nobody_starts_a_process_without_asking_for_it():
    """The refusal says what to read and what to write."""

    for asked in ({}, {"on_my_own_machine": False}, {"on_my_own_machine": "yes"}):
        with pytest.raises(HelperRefused, match="on_my_own_machine=True"):
            alert(ALERT).run_for_real(recorded(), **asked)


def test_never_in_grading(monkeypatch, tmp_path):
    """Where nbgrader runs the notebook, no process starts, whatever is asked for."""

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(HelperRefused, match="graded"):
        real(f"#!/bin/sh\necho > {tmp_path}/ran\n")
    assert not (tmp_path / "ran").exists()


def test_a_system_without_such_processes_says_so(monkeypatch):
    """In the browser, on Windows: a sentence."""

    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(HelperRefused, match="emscripten"):
        real(ALERT)


def test_a_call_that_never_came_to_an_exec_starts_nothing():
    """Vectors without an end, a trace without the program, something else altogether."""

    with pytest.raises(HelperRefused, match="could not read"):
        alert(ALERT).run_for_real(recorded(HANDLER.replace("text, NULL]", "text]")), on_my_own_machine=True)
    with pytest.raises(HelperRefused, match="nowhere"):
        HelperScript("/bin/page", ALERT).run_for_real(recorded(), on_my_own_machine=True)
    with pytest.raises(HelperRefused, match="give a trace"):
        alert(ALERT).run_for_real(7, on_my_own_machine=True)


# ---- what it has -----------------------------------------------------------------------------------------------------


@posix
def test_it_has_exactly_what_was_recorded_and_nothing_open(tmp_path):
    """argv, environment, cwd /, umask 022, no descriptor, a session of its own, default signals (KERNEL 6.4)."""

    out = tmp_path / "out.json"
    leak = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(leak, True)
    try:
        dump = alert(DUMP.format(python=shlex.quote(sys.executable), out=str(out)))
        run = dump.run_for_real(recorded(), on_my_own_machine=True)
    finally:
        os.close(leak)
    found = json.loads(out.read_text())

    assert (0, 7, 0) == (run.error, run.status, run.signal)
    assert {"HOME": "/", "PATH": "/sbin:/bin:/usr/sbin:/usr/bin", "TROUBLED_DS": "7"} == {
        name: value
        for name, value in found["environ"].items()
        if name != "LC_CTYPE"  # Python's own, from within
    }
    assert ("/", 0o022, [], True, 0, True) == tuple(
        found[k] for k in ("cwd", "umask", "fds", "session", "blocked", "pipe")
    )
    assert 0 == len(found["argv"])


@posix
def test_a_shell_finds_no_open_file_but_the_ones_it_opens(tmp_path):
    """0, 1 and 2 are closed: what is echoed goes nowhere."""

    out = tmp_path / "out"
    run = real(f"#!/bin/sh\necho hello || echo lost > {out}\npwd >> {out}\numask >> {out}\n")

    assert 0 == run.status
    lost, cwd, umask = out.read_text().split()
    assert ("lost", "/") == (lost, cwd)
    assert 0o022 == int(umask, 8)


@posix
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_proc_self_fd_is_empty(tmp_path):
    """But for what ls itself opens."""

    out = tmp_path / "out"
    real(f"#!/bin/sh\nls /proc/self/fd > {out}\n")

    assert len(out.read_text().split()) <= 2


@posix
def test_the_environment_is_handed_over_as_it_is(tmp_path):
    """A variable twice, an entry that is no variable: execve takes them, and so do we."""

    if not Path("/proc/self/environ").exists():
        pytest.skip("there is no /proc here")
    twice = HANDLER.replace('"HOME=/", ', '"HOME=/", "HOME=/x", "nonsense", ')
    out = tmp_path / "out"
    alert(f"#!/bin/sh\ncat /proc/$$/environ > {out}\n").run_for_real(recorded(twice), on_my_own_machine=True)

    assert ["HOME=/", "HOME=/x", "nonsense"] == out.read_text().split("\0")[:3]


# ---- how it ends -----------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("text", "mode", "ended"),
    [
        ("#!/bin/sh\nexit 3\n", 0o755, (0, 3, 0, False)),
        ("#!/bin/sh\nkill -9 $$\n", 0o755, (0, 0, 9, False)),
        ("#!/bin/sh\nexit 0\n", 0o644, (-13, 0, 0, False)),
        ("exit 0\n", 0o755, (-8, 0, 0, False)),
        ("#!/bin/bashecho hello\n", 0o755, (-2, 0, 0, False)),
    ],
)
def test_it_ends_as_the_kernel_says(text, mode, ended):
    """An exit status, a signal, or the errno of its exec: the same that the described one predicts."""

    run = real(text, mode)

    assert ended == (run.error, run.status, run.signal, run.stopped)
    assert alert(text, mode).error == run.error


@posix
def test_one_that_never_ends_is_ended_with_all_its_children(tmp_path):
    """And nothing of it is left behind."""

    pids = tmp_path / "pids"
    run = real(f"#!/bin/sh\nsleep 1000 &\necho $! $$ > {pids}\nsleep 1000\n", patience=1.5)

    assert run.stopped
    for pid in pids.read_text().split():
        assert ends(Path(f"/proc/{pid}/stat"))


def ends(stat: Path) -> bool:
    """Is a process gone, or a zombie, as soon as a busy machine lets it be?"""

    for _ in range(100):
        try:
            if stat.read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.1)
    return False


def test_what_it_shows_is_the_same_every_day():
    """No pid, no folder, no duration."""

    if os.name == "posix":
        assert "/bin/alert, as a real process: exit status 3" == repr(real("#!/bin/sh\nexit 3\n"))
