"""Helper scripts: the program that ``call_usermodehelper`` starts, written in a cell.

A script can be run in two ways.  *Described*: what exec would say of the file, and what its plain commands would do
with exactly the argv and envp of a recorded call; nothing is executed (`kthreadlab.userland.shell`).  *For real*: as
a process of this computer, with exactly that argv and envp, in ``/``, with umask 022 and no open files, as khelper's
child is; only where a person asks for it in so many words, and never in grading.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kthreadlab.checks.report import graded_by_nbgrader
from kthreadlab.lang.errno import EACCES, EFAULT, ENOENT, ENOEXEC
from kthreadlab.machine.scenario import Helper
from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import plain

from .shell import PROGRAMS, SHELLS, Deeds, run_script

ERRORS = {
    0: "",
    -ENOENT: "-ENOENT: no such file or directory",
    -ENOEXEC: "-ENOEXEC: exec format error",
    -EACCES: "-EACCES: permission denied",
    -EFAULT: "-EFAULT: bad address",
}
BINPRM_BUF_SIZE = 128
"""The kernel looks at this much of a file to see what it is."""
MAX_SCRIPT = 65_536

ENVP = ("HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", "TROUBLED_DS=7")


class HelperRefused(ValueError):
    """What was asked of a helper script can't be done, or not here.  The text says why."""


@dataclass(frozen=True)
class HelperScript:
    """A file of the described machine: *path*, *text*, *mode* (its permission bits)."""

    path: str
    text: str
    mode: int = 0o755

    def __post_init__(self) -> None:
        if not isinstance(self.path, str) or not self.path.startswith("/") or len(self.path) > 255:
            raise HelperRefused("a helper's path begins with / and has at most 255 characters")
        if "\0" in self.path or "\0" in self.text:
            raise HelperRefused("a NUL byte ends a name in C, and makes a script no text")
        if len(self.text) > MAX_SCRIPT:
            raise HelperRefused(f"a helper script of more than {MAX_SCRIPT // 1024} KiB")
        if not 0 <= self.mode <= 0o777:
            raise HelperRefused("a mode is a number from 0 to 0o777")

    @property
    def interpreter(self) -> tuple[str, ...]:
        """The program of the ``#!`` line and its one argument, if there is one; () without such a line."""
        first = (
            self.text.encode("utf-8", "replace")[: BINPRM_BUF_SIZE - 1].split(b"\n", 1)[0].decode("utf-8", "replace")
        )
        if not first.startswith("#!"):
            return ()
        return tuple(re.split(r"[ \t]+", first[2:].strip(" \t"), maxsplit=1)) if first[2:].strip(" \t") else ()

    @property
    def error(self) -> int:
        """What exec says of this file: 0, or a negative errno, in the order in which the kernel looks."""
        if not self.mode & 0o111:
            return -EACCES
        if not self.interpreter:
            return -ENOEXEC
        return 0 if self.interpreter[0] in PROGRAMS else -ENOENT

    @property
    def helper(self) -> Helper:
        """This script as a scenario's helper: the errno of exec, or the exit status it has with the usual vectors."""
        if self.error:
            return Helper(error=self.error)
        run = self.described((self.path,), ENVP)
        return Helper(exit=run.deeds.status) if run.deeds.ends else Helper(ends=False)

    # ---- described ---------------------------------------------------------------------------------------------------

    def described(self, argv: Sequence[str], envp: Sequence[str]) -> HelperRun:
        """What would happen if the kernel executed this file with exactly these vectors."""
        argv, envp = tuple(argv), tuple(envp)
        if self.error:
            return HelperRun(self, argv, envp, self.error)
        if self.interpreter[0] not in SHELLS:
            return HelperRun(self, argv, envp, deeds=Deeds(unread=f"{self.interpreter[0]} is no shell"))
        if len(self.interpreter) > 1:
            return HelperRun(self, argv, envp, deeds=Deeds(unread=f"the shell has an option, {self.interpreter[1]}"))
        return HelperRun(self, argv, envp, deeds=run_script(self.text, self.path, argv[1:], variables(envp)))

    def run(self, trace: Trace) -> HelperRuns:
        """What this script would do at each exec of its path in *trace*.

        :raises HelperRefused: if the trace executes it nowhere.
        """
        calls = [event for event in executions(trace) if event.args[:1] == (self.path,)]
        if not calls:
            others = sorted({str(event.args[0]) for event in executions(trace)})
            raise HelperRefused(
                f"this trace executes {plain(self.path)} nowhere"
                + (f", but {plain(', '.join(others))}" if others else "")
            )
        return HelperRuns(tuple(self._after(event) for event in calls))

    def _after(self, event: Event) -> HelperRun:
        """One exec: where the vectors could not be read, the script never began."""
        argv, envp = strings(event, "argv"), strings(event, "envp")
        if event.result == -EFAULT:
            return HelperRun(self, argv, envp, -EFAULT)
        return self.described(argv, envp)

    # ---- for real ----------------------------------------------------------------------------------------------------

    def run_for_real(
        self, call: Trace | Event | None = None, *, on_my_own_machine: bool = False, patience: float = 10.0
    ) -> RealRun:
        """Start this script as a process of this computer, as khelper's child is started, and wait for its end.

        *call* is a trace (its first exec counts) or an exec event: argv and envp are exactly its own.  The process is
        in ``/``, with umask 022, no open files, no terminal, default signals; but with your rights, and not the
        kernel's.  It is ended after *patience* seconds.

        :raises HelperRefused: if it is not asked for with ``on_my_own_machine=True``, in grading, where a system has no
            such processes, or if the recorded call never came to an exec.
        """
        if graded_by_nbgrader():
            raise HelperRefused("a helper is not run for real while a notebook is graded")
        if on_my_own_machine is not True:
            raise HelperRefused(
                "this starts a real process on this computer, with your rights. If it is your own and you have read "
                "the script, say so: run_for_real(trace, on_my_own_machine=True)"
            )
        if os.name != "posix" or sys.platform in ("emscripten", "wasi"):
            raise HelperRefused(f"this system ({sys.platform}) has no such processes; .run(trace) describes one")
        argv, envp = recorded_vectors(call, self.path)
        return _start(self, argv, envp, patience)

    def __repr__(self) -> str:
        return f"{plain(self.path)}: {self.summary}"

    @property
    def summary(self) -> str:
        """What kind of file this is, in a few words."""
        if self.error:
            return f"exec would fail with {ERRORS[self.error]} ({self.why})"
        return f"a script for {plain(' '.join(self.interpreter))}"

    @property
    def why(self) -> str:
        """Why exec fails; "" if it does not."""
        if self.error == -EACCES:
            return f"its mode is 0{self.mode:o}: nobody may execute it"
        if self.error == -ENOEXEC:
            return "it does not begin with #! and an interpreter; the kernel tries no shell"
        if self.error == -ENOENT:
            return f"the file is there, its interpreter {plain(repr(self.interpreter[0]))} is not"
        return ""


def executions(trace: Trace) -> list[Event]:
    """The exec events of a trace: every time khelper's child tried to become a program."""
    return [event for event in trace.events if event.op == "exec"]


def recorded_vectors(call: Trace | Event | None, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The (argv, envp) of a recorded exec; without one, the usual ones."""
    if call is None:
        return (path,), ENVP
    if isinstance(call, Trace):
        calls = [event for event in executions(call) if event.args[:1] == (path,)]
        if not calls:
            raise HelperRefused(f"this trace executes {plain(path)} nowhere")
        call = calls[0]
    if not isinstance(call, Event) or call.op != "exec":
        raise HelperRefused("give a trace, or one of its exec events")
    if call.result == -EFAULT:
        raise HelperRefused("exec could not read the vectors of this call: there is nothing to start a process with")
    return strings(call, "argv"), strings(call, "envp")


def strings(event: Event, vector: str) -> tuple[str, ...]:
    """The strings of an event's argv or envp."""
    found: Any = event.detail(vector, ())
    return tuple(found)


def variables(envp: Sequence[str]) -> dict[str, str]:
    """The variables that a shell makes of its envp: what is no NAME=value is passed over, the last of a name counts."""
    return {name: value for name, equals, value in (entry.partition("=") for entry in envp) if equals}


# ---- what a described run came to ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HelperRun:
    """One run of a described helper: *error* is exec's negative errno, or 0 and then *deeds* is what it did."""

    script: HelperScript
    argv: tuple[str, ...]
    envp: tuple[str, ...]
    error: int = 0
    deeds: Deeds = field(default_factory=Deeds)

    @property
    def text(self) -> str:
        """The whole story in lines."""
        head = f"{plain(self.script.path)}: "
        if self.error:
            reason = self.script.why if self.error == self.script.error else "the vectors have no end"
            return f"{head}exec fails with {ERRORS.get(self.error, self.error)}\n    {reason}"
        lines = [f"{head}starts in /, as root, with umask 022 and no open files"]
        lines += [*_vector("argv", self.argv), *_vector("envp", self.envp)]
        lines += [f"    {line}" for line in deeds_lines(self.deeds)]
        if any("command not found" in line for line in self.deeds.complained) and "PATH" not in variables(self.envp):
            lines.append("    (no PATH reached it. A real shell may fall back on a list of its own: nobody's promise)")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class HelperRuns:
    """The runs of a helper in one trace, in order."""

    runs: tuple[HelperRun, ...]

    def __iter__(self) -> Any:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __getitem__(self, n: int) -> HelperRun:
        return self.runs[n]

    @property
    def mails(self) -> list[Any]:
        """Every mail sent, in order."""
        return [mail for run in self.runs for mail in run.deeds.mails]

    def __repr__(self) -> str:
        return "\n\n".join(run.text for run in self.runs)


def deeds_lines(deeds: Deeds) -> list[str]:
    """What a script did, a line or more each."""
    lines: list[str] = []
    if deeds.unread:
        lines.append(f"not run: {plain(deeds.unread)}, which the described shell does not read; only its exit N counts")
    for mail in deeds.mails:
        lines.append(f"mail to {plain(', '.join(mail.to))}, subject {_quoted(mail.subject)}:")
        lines += [f"    | {plain(line)}" for line in mail.body.splitlines()]
    lines += [f"log     {plain(line)}" for line in deeds.log]
    for path, text in deeds.files.items():
        lines.append(f"file    {plain(path)} would get:")
        lines += [f"    | {plain(line)}" for line in text.splitlines()]
    lines += [f"printed to nobody (descriptor 1 is closed): {plain(line)}" for line in deeds.printed]
    lines += [f"complained to nobody (descriptor 2 is closed): {plain(line)}" for line in deeds.complained]
    return [*lines, f"exit status {deeds.status}" if deeds.ends else "sleeps and never ends"]


def _vector(name: str, strings: Sequence[str]) -> list[str]:
    """A line a string, the name before the first."""
    return [f"    {'' if n else name:<4}  {_quoted(text)}" for n, text in enumerate(strings)] or [f"    {name}  empty"]


def _quoted(text: str) -> str:
    return plain(json.dumps(text, ensure_ascii=False))


# ---- a real process --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealRun:
    """What became of a real process: *error* is exec's negative errno; else *status* (of exit) or *signal* (a number);
    *stopped*: it was still running when our patience ended, and was killed."""

    path: str
    error: int = 0
    status: int = 0
    signal: int = 0
    stopped: bool = False

    def __repr__(self) -> str:
        head = f"{plain(self.path)}, as a real process: "
        if self.error:
            return head + f"exec failed with {ERRORS.get(self.error, f'-{-self.error}: {os.strerror(-self.error)}')}"
        if self.stopped:
            return head + "it did not end, and was killed"
        return head + (f"killed by signal {self.signal}" if self.signal else f"exit status {self.status}")


_LAUNCH = """
import ctypes, json, os, signal, sys
report = int(sys.argv[1])
path, argv, envp = json.loads(sys.stdin.buffer.read())
os.set_inheritable(report, False)
for n in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try: signal.signal(n, signal.SIG_DFL)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_SETMASK, [])
def vector(strings):
    return (ctypes.c_char_p * (len(strings) + 1))(*[text.encode("utf-8", "surrogateescape") for text in strings], None)
execve = ctypes.CDLL(None, use_errno=True).execve
os.chdir("/")
os.umask(0o022)
os.closerange(0, report)
os.closerange(report + 1, min(os.sysconf("SC_OPEN_MAX"), 1 << 20))
execve(os.fsencode(path), vector(argv), vector(envp))
os.write(report, str(ctypes.get_errno()).encode())
os._exit(0)
"""
"""What stands between this process and the helper: it makes itself what khelper's child is, and executes.  C's own
execve takes the vectors as they are, which Python's would not (a variable twice, an entry without =).  The pipe by
which it reports a failing exec closes itself when exec succeeds."""


def _start(script: HelperScript, argv: tuple[str, ...], envp: tuple[str, ...], patience: float) -> RealRun:
    """Start the script in a session of its own, wait, and end what is left of it."""
    with tempfile.TemporaryDirectory(prefix="kthreadlab-helper-") as folder:
        os.chmod(folder, 0o755)
        file = Path(folder) / (script.path.rsplit("/", 1)[1] or "helper")
        file.write_bytes(script.text.encode("utf-8", "surrogateescape"))
        file.chmod(script.mode)
        words = json.dumps([str(file), list(argv), list(envp)]).encode()
        read, write = os.pipe()
        try:
            command = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(write)]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[write], start_new_session=True, cwd="/", env=_bare(os.environ)
            )
        finally:
            os.close(write)
        with os.fdopen(read, "rb") as report:
            return _outcome(script.path, process, words, report, patience)


def _bare(environment: Mapping[str, str]) -> dict[str, str]:
    """What a Python needs to start, and nothing of it reaches the helper."""
    return {name: environment[name] for name in ("LD_LIBRARY_PATH", "PYTHONHOME") if name in environment}


def _outcome(path: str, process: subprocess.Popen, words: bytes, report: Any, patience: float) -> RealRun:
    try:
        process.communicate(words, timeout=patience)
    except subprocess.TimeoutExpired:
        return RealRun(path, stopped=True)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()
    said = report.read()
    if said:
        return RealRun(path, error=-int(said))
    code = process.returncode
    return RealRun(path, signal=-code) if code < 0 else RealRun(path, status=code)


# ---- the magic -------------------------------------------------------------------------------------------------------

USAGE = """\
%%helper PATH [NAME] [--mode 0755] makes this cell a helper script of the described machine, and NAME its name here:
    %%helper /bin/alert
    #!/bin/bash
    echo Kernel data structure $TROUBLED_DS is in trouble | mail -s Alert root"""


def parse_magic_line(line: str) -> tuple[str, str, int]:
    """(PATH, NAME, mode) of what stands after ``%%helper``.

    :raises HelperRefused: if it is anything else.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        raise HelperRefused(USAGE) from None
    mode = 0o755
    if "--mode" in words:
        at = words.index("--mode")
        if not re.fullmatch(r"(0o?)?[0-7]{3}", (words[at + 1 : at + 2] or [""])[0]):
            raise HelperRefused("--mode takes three octal digits, as chmod does: --mode 0644")
        mode = int(words[at + 1].removeprefix("0o"), 8)
        del words[at : at + 2]
    if not 1 <= len(words) <= 2 or any(word.startswith("-") for word in words):
        raise HelperRefused(USAGE)
    path = words[0]
    name = words[1] if len(words) == 2 else re.sub(r"\W", "_", path.rsplit("/", 1)[-1])
    if not name.isidentifier() or name.startswith("_"):
        raise HelperRefused(
            f"{plain(repr(name))} can't be a name in this notebook; give one: %%helper {plain(path)} NAME"
        )
    return path, name, mode


class HelperMagic:
    """The ``%%helper`` magic of one IPython session."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def cell(self, line: str, cell: str | None = None) -> None:
        """Take this cell's text as a helper script."""
        try:
            path, name, mode = parse_magic_line(line)
            script = HelperScript(path, cell or "", mode)
        except HelperRefused as problem:
            print(problem)
            return
        self.shell.user_ns[name] = script
        print(f"{name}: {script!r}")
