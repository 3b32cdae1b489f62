"""A described shell: what a helper script's plain commands would do, told without doing any of it.

It reads simple commands, pipes, ``;``, ``&&``, ``||``, redirections, quotes, variables and assignments, and knows a
handful of programs.  What it cannot read (loops, functions, substitutions …) it says, and then runs nothing at all: of
such a script only the ``exit N`` at its end is taken.

A helper starts with no open files, so what a command prints to the terminal goes nowhere and fails, as it does under a
real kernel; pipes and redirections work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .lines import Listed, Part, Pipeline, Reader, Simple, Unread

SHELLS = ("/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/bash", "/usr/bin/sh")
PROGRAMS = (
    *SHELLS,
    *(f"/bin/{name}" for name in ("cat", "echo", "false", "pwd", "sleep", "true")),
    *(f"/usr/bin/{name}" for name in ("env", "id", "logger", "mail", "printenv", "printf", "tee")),
)
"""The programs of the described machine.  It has no other files."""

NOT_FOUND, NOT_CLOSED = 127, "Bad file descriptor"
MAX_TEXT = 65_536
"""Of a file or mail that a script makes up."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Mail:
    """One mail that a script would send."""

    to: tuple[str, ...]
    subject: str
    body: str


@dataclass
class Deeds:
    """What a script would do.  *printed* and *complained* went to descriptors that nobody has opened; *ends* is False
    if it sleeps for ever; *unread* says what could not be read, and then the script was not run."""

    status: int = 0
    mails: list[Mail] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    unread: str = ""
    ends: bool = True


def run_script(text: str, name: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> Deeds:
    """What the script *text* would do if the kernel started it as *name* with just these arguments and variables."""
    try:
        lines = [listed for n, line in enumerate(text.split("\n"), 1) for listed in Reader(line, n).lists()]
    except Unread as reason:
        return Deeds(unread=str(reason), status=_last_exit(text))
    shell = _Shell(name, arguments, dict(environment))
    try:
        for number, commands in lines:
            shell.run_line(number, commands)
    except _Exit as end:
        shell.status = end.status
    except _Never:
        shell.deeds.ends = False
    except Unread as reason:
        return Deeds(unread=str(reason), status=_last_exit(text))
    shell.deeds.status = shell.status
    return shell.deeds


def _last_exit(text: str) -> int:
    """The N of the last line that reads ``exit N``; 0 without one."""
    found = re.findall(r"^exit[ \t]+(\d{1,3})[ \t]*$", text, re.M)
    return int(found[-1]) & 255 if found else 0


class _Exit(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Never(Exception):
    """It sleeps for ever."""


Result = tuple[int, str, str]
"""(status, what it prints, what it complains)."""


class _Shell:
    """Variables, what has been done so far, and the commands."""

    def __init__(self, name: str, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
        self.name, self.arguments = name, arguments
        self.variables, self.exported = variables, set(variables)
        self.status, self.line = 0, 0
        self.deeds = Deeds()

    def run_line(self, number: int, listed: Listed) -> None:
        self.line = number
        for operator, pipeline in listed:
            if operator == "&&" and self.status or operator == "||" and not self.status:
                continue
            self.pipeline(pipeline)

    def pipeline(self, pipeline: Pipeline) -> None:
        """Each command's output is the next one's input; of more than one, each is a shell of its own."""
        alone = len(pipeline) == 1
        piped: str | None = None
        for n, command in enumerate(pipeline):
            kept = (dict(self.variables), set(self.exported))
            try:
                self.status, piped = self.command(command, piped, last=n == len(pipeline) - 1)
            except _Exit as end:
                if alone:
                    raise
                self.status, piped = end.status, ""
            if not alone:
                self.variables, self.exported = kept

    def command(self, command: Simple, given: str | None, last: bool) -> tuple[int, str]:
        """One simple command; returns its status and what it wrote into the pipe behind it."""
        assignments, words = self.split(command)
        targets: dict[str, str] = {"1": "" if last else "|", "2": ""}
        refused = ""
        for operator, target in command.redirections:
            refused = refused or self.redirect(operator, target, targets)
        if refused:
            return self.deliver(1, "", refused, targets)
        if "0" in targets:
            given = self.deeds.files.get(targets["0"], "")
        if not words:
            self.variables |= assignments
            return self.deliver(0, "", "", targets)
        kept = dict(self.variables), set(self.exported)
        if assignments:
            self.variables |= assignments
            self.exported |= set(assignments)
        status, printed, complaint = self.run(words, given)
        if assignments:
            self.variables, self.exported = kept
        return self.deliver(status, printed, complaint, targets, words[0])

    def split(self, command: Simple) -> tuple[dict[str, str], list[str]]:
        """The assignments before a command, and its words."""
        assignments: dict[str, str] = {}
        rest, before = list(command.words), self.variables
        while rest:
            kind, what, quoted = rest[0][0] if rest[0] else ("", "", True)
            name, equals, value = what.partition("=")
            if kind != "text" or quoted or not equals or not _NAME.fullmatch(name):
                break
            assignments[name] = self.text([("text", value, True), *rest.pop(0)[1:]])
            self.variables = before | assignments  # the next assignment sees this one, the words see none
        self.variables = before
        return assignments, [word for parts in rest for word in self.expand(parts)]

    def redirect(self, operator: str, target: list[Part], targets: dict[str, str]) -> str:
        """Take one redirection; returns what is wrong with it."""
        if operator.endswith(("&1", "&2")):
            of, to = operator[0], operator[-1]
            if not targets[to]:
                return self.says(f"{to}: {NOT_CLOSED}")
            targets[of] = targets[to]
            return ""
        path = self.text(target)
        if operator == "<":
            if path not in ("/dev/null", *self.deeds.files):
                return self.says(f"{path}: No such file or directory")
            targets["0"] = path
            return ""
        if not path:
            return self.says(": No such file or directory")
        targets[operator[0]] = path
        if path != "/dev/null" and (not operator.endswith(">>") or path not in self.deeds.files):
            self.deeds.files[path] = ""
        return ""

    def deliver(
        self, status: int, printed: str, complaint: str, targets: dict[str, str], name: str = ""
    ) -> tuple[int, str]:
        """Bring what a command wrote to where it goes; what goes nowhere was a failing write."""
        piped = ""
        if printed and not targets["1"]:
            self.deeds.printed += printed.splitlines()
            status, complaint = 1, complaint + self.says(f"{name}: write error: {NOT_CLOSED}")
            printed = ""
        for text, target in ((printed, targets["1"]), (complaint, targets["2"])):
            if not text:
                continue
            if target == "|":
                piped += text
            elif not target:
                self.deeds.complained += text.splitlines()
            elif target != "/dev/null":
                self.deeds.files[target] = (self.deeds.files.get(target, "") + text)[:MAX_TEXT]
        return status, piped

    def says(self, text: str) -> str:
        """A complaint in the shell's form."""
        return f"{self.name}: line {self.line}: {text}\n"

    # ---- words

    def value(self, name: str) -> str:
        special = {"#": str(len(self.arguments)), "?": str(self.status), "0": self.name}
        if name in special:
            return special[name]
        if name in ("@", "*"):
            return " ".join(self.arguments)
        if name.isdigit():
            return self.arguments[int(name) - 1] if int(name) <= len(self.arguments) else ""
        return self.variables.get(name, "")

    def text(self, parts: list[Part]) -> str:
        """A word that is not split: an assignment's value, a file's name."""
        texts = (
            self.tilde(x, n, quoted) if kind == "text" else self.value(x) for n, (kind, x, quoted) in enumerate(parts)
        )
        return "".join(texts)

    def tilde(self, text: str, place: int, quoted: bool) -> str:
        if place or quoted or not (text == "~" or text.startswith("~/")):
            return text
        if "HOME" not in self.variables:
            raise Unread(f"line {self.line}: `~` without HOME")
        return self.variables["HOME"] + text[1:]

    def expand(self, parts: list[Part]) -> list[str]:
        """The words that one word becomes: an unquoted variable is split at blanks, and gone if empty."""
        words, open_ = [""], False
        for n, (kind, what, quoted) in enumerate(parts):
            if kind == "text" or quoted:
                words[-1] += self.tilde(what, n, quoted) if kind == "text" else self.value(what)
                open_ = True
                continue
            value = self.value(what)
            pieces = value.split()
            if value[:1].isspace() and (open_ or words[-1]):
                words.append("")
                open_ = False
            for m, piece in enumerate(pieces):
                if m:
                    words.append("")
                words[-1] += piece
                open_ = True
            if pieces and value[-1:].isspace() and n < len(parts) - 1:
                words.append("")
                open_ = False
        return words if open_ else words[:-1]

    # ---- programs

    def run(self, words: list[str], given: str | None) -> Result:
        """Find the command and run it."""
        name = words[0]
        if "/" in name:
            if name not in PROGRAMS:
                return NOT_FOUND, "", self.says(f"{name}: No such file or directory")
            name = name.rsplit("/", 1)[1]
        elif name not in _BUILTINS and not self.found(name):
            return NOT_FOUND, "", self.says(f"{name}: command not found")
        if name not in _COMMANDS:
            raise Unread(f"line {self.line}: a shell inside the shell")
        return _COMMANDS[name](self, words[1:], given)

    def found(self, name: str) -> bool:
        """Is the program in a directory of PATH?  The described shell has no PATH of its own to fall back on."""
        path = self.variables.get("PATH", "")
        return bool(path) and any(f"{folder.rstrip('/')}/{name}" in PROGRAMS for folder in path.split(":"))

    def echo(self, words: list[str], given: str | None) -> Result:
        newline = "" if words[:1] == ["-n"] else "\n"
        if words[:1] and re.fullmatch(r"-[neE]+", words[0]) and words[0] != "-n":
            raise Unread(f"line {self.line}: echo {words[0]}")
        return 0, " ".join(words[1:] if not newline else words) + newline, ""

    def printf(self, words: list[str], given: str | None) -> Result:
        if not words or re.search(r"%[^s%]|\\[^n\\]", words[0]):
            raise Unread(f"line {self.line}: printf with more than %s and \\n")
        rest = iter(words[1:])
        letters = {"%%": "%", "\\n": "\n", "\\\\": "\\"}
        text = re.sub(r"%s|%%|\\n|\\\\", lambda m: letters[m[0]] if m[0] in letters else next(rest, ""), words[0])
        if next(rest, None) is not None:
            raise Unread(f"line {self.line}: printf with more words than its format has %s")
        return 0, text, ""

    def export(self, words: list[str], given: str | None) -> Result:
        for word in words:
            name, equals, value = word.partition("=")
            if not _NAME.fullmatch(name):
                return 1, "", self.says(f"export: `{word}': not a valid identifier")
            if equals:
                self.variables[name] = value
            self.exported.add(name)
        return 0, "", ""

    def exit(self, words: list[str], given: str | None) -> Result:
        if not words:
            raise _Exit(self.status)
        if not re.fullmatch(r"-?\d{1,18}", words[0]):
            self.deeds.complained += self.says(f"exit: {words[0]}: numeric argument required").splitlines()
            raise _Exit(2)
        raise _Exit(int(words[0]) & 255)

    def test(self, words: list[str], given: str | None) -> Result:
        if len(words) == 3 and words[1] in ("=", "!="):
            return int((words[0] == words[2]) != (words[1] == "=")), "", ""
        if len(words) == 2 and words[0] in ("-n", "-z"):
            return int(bool(words[1]) != (words[0] == "-n")), "", ""
        if len(words) < 2:
            return int(not any(words)), "", ""
        raise Unread(f"line {self.line}: a test of more than = != -n -z")

    def bracket(self, words: list[str], given: str | None) -> Result:
        if words[-1:] != ["]"]:
            return 2, "", self.says("[: missing `]'")
        return self.test(words[:-1], given)

    def cat(self, words: list[str], given: str | None) -> Result:
        if not words:
            return (0, given, "") if given is not None else (1, "", f"cat: -: {NOT_CLOSED}\n")
        known = [self.deeds.files[word] for word in words if word in self.deeds.files]
        missing = [f"cat: {word}: No such file or directory\n" for word in words if word not in self.deeds.files]
        return int(bool(missing)), "".join(known), "".join(missing)

    def tee(self, words: list[str], given: str | None) -> Result:
        if any(word.startswith("-") for word in words):
            raise Unread(f"line {self.line}: tee with options")
        for word in words:
            self.deeds.files[word] = given or ""
        return 0, given or "", ""

    def mail(self, words: list[str], given: str | None) -> Result:
        subject, to, rest = "", [], list(words)
        while rest:
            word = rest.pop(0)
            if word.startswith("-s"):
                subject = word[2:] or (rest.pop(0) if rest else "")
            elif word.startswith("-"):
                raise Unread(f"line {self.line}: mail {word}")
            else:
                to.append(word)
        if not to:
            return 1, "", "mail: there is nobody to send it to\n"
        self.deeds.mails.append(Mail(tuple(to), subject, (given or "")[:MAX_TEXT]))
        return 0, "", "" if given is not None else f"mail: standard input: {NOT_CLOSED}\n"

    def logger(self, words: list[str], given: str | None) -> Result:
        tag, rest = "root", list(words)
        while rest and rest[0].startswith("-"):
            option = rest.pop(0)
            if option not in ("-t", "-p") or not rest:
                raise Unread(f"line {self.line}: logger {option}")
            value = rest.pop(0)
            tag = value if option == "-t" else tag
        lines = [" ".join(rest)] if rest else (given or "").splitlines()
        self.deeds.log += [f"{tag}: {line}" for line in lines]
        return 0, "", ""

    def env(self, words: list[str], given: str | None) -> Result:
        if words:
            raise Unread(f"line {self.line}: env with arguments")
        shown = {name: value for name, value in self.variables.items() if name in self.exported}
        return 0, "".join(f"{name}={value}\n" for name, value in shown.items()), ""

    def printenv(self, words: list[str], given: str | None) -> Result:
        if not words:
            return self.env(words, given)
        values = [self.variables[word] for word in words if word in self.exported and word in self.variables]
        return int(len(values) < len(words)), "".join(f"{value}\n" for value in values), ""

    def sleep(self, words: list[str], given: str | None) -> Result:
        if words == ["infinity"]:
            raise _Never
        return 0, "", ""


Command = Callable[[_Shell, list[str], str | None], Result]
"""What a program is: the shell, its arguments, what is on its standard input (None: that is closed)."""


def _prints(text: str, status: int = 0) -> Command:
    """A program that always prints the same."""
    return lambda shell, words, given: (status, text, "")


_COMMANDS: dict[str, Command] = {
    **{name: getattr(_Shell, name) for name in "echo printf export exit test cat tee mail logger env printenv".split()},
    "sleep": _Shell.sleep,
    "[": _Shell.bracket,
    ":": _prints(""),
    "true": _prints(""),
    "false": _prints("", status=1),
    "pwd": _prints("/\n"),
    "id": _prints("uid=0(root) gid=0(root)\n"),
}
_BUILTINS = ("echo", "printf", "export", "exit", "test", "[", ":", "true", "false", "pwd")
