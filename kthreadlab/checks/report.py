"""The result of a check, as data.  How it looks is `kthreadlab.show`'s business."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePath
from textwrap import TextWrapper

from kthreadlab.compile.config import Config
from kthreadlab.lang.diagnostics import Diagnostic
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.source import normalise
from kthreadlab.machine.scenario import Scenario
from kthreadlab.run.words import FAILS, HOLDS, NOT_DECIDED, NOT_EXERCISED
from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

from .texts import TEXTS


@dataclass(frozen=True)
class PropertyResult:
    """One property of one check.

    *verdict*: what is known, in a word of `run.verdict`'s; *root*: the property that it follows from, or "".  *holds*:
    True where it is earned, else False, or None where it was not exercised, the search was not exhausted, or the answer
    is not written yet.  *exercised*: its trigger was reached.  *graded*: it carries points.  *witness*: the schedule
    string of a shortest failing run, or "". *scenario*: where it fails.  *cause*: key into the hints.  *sentence*: what
    goes wrong, in one sentence.  *story*: the narrated witness, a line a step; *length*: how many steps it has.
    *hints*: four rungs, gentlest first.  *states*: how many states were searched."""

    id: str
    name: str
    title: str
    holds: bool | None
    exercised: bool
    graded: bool
    points: int
    max_points: int
    states: int = 0
    witness: str = ""
    scenario: str = ""
    cause: str = ""
    sentence: str = ""
    story: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    verdict: str = ""
    root: str = ""
    length: int = 0

    def __post_init__(self) -> None:
        if not self.verdict:
            known = HOLDS if self.exercised else NOT_EXERCISED
            word = {True: known, False: FAILS, None: NOT_DECIDED}[self.holds]
            object.__setattr__(self, "verdict", word)
        if self.verdict == NOT_EXERCISED:
            object.__setattr__(self, "holds", None)

    @property
    def passed(self) -> bool:
        """Is it earned?"""
        return bool(self.holds) and self.exercised

    @property
    def rule(self) -> str:
        """The rule behind the property, as a report quotes it, or ""."""
        return TEXTS[self.name].rule if self.name in TEXTS else ""


@dataclass(frozen=True)
class Judged:
    """What a report is about: the answer's *file*, its *lines*, and a short *digest* of its text.

    All that depends on the text alone, as one reads it: not on the magic's line, line ends, or blank lines around it.
    """

    file: str
    lines: int
    digest: str

    @classmethod
    def of(cls, file: str, text: str) -> Judged:
        """Of the text of an answer, or of a whole ``%%kmod`` cell."""
        lines = normalise(text).rstrip().split("\n")
        while lines and not lines[0].strip():
            del lines[0]
        plain = "\n".join(lines)
        return cls(file, len(lines), sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:8])

    def __str__(self) -> str:
        return f"{self.file}, {self.lines} line{'s' * (self.lines != 1)}, {self.digest}"


@dataclass(frozen=True)
class Report:
    """A check of one answer: *properties* by name, in the lab's order.  *problem*: why nothing could be checked (a
    compile error, a stub, a missing name), else ""; *errors*: the same where it is about places in the answer, *told*
    if compiling the module that was given has found them too.  *bug*: an error of kthreadlab's own that left something
    undecided, in words, else ""; *limit*: the first thing that would have cost too much, else "".  *judged*: what was
    checked, if there was an answer.  *notice*: what to know before reading it, else "".  *onward*: where to go on from
    full points, as a lab's name and the words of the way there, if something is left that is not graded here; *then*:
    the lab that comes next, by name and title, if there is one.  *drawn* draws its map (`map`), if there is somebody
    who does.  *seconds* is measured apart and never compared or stored; *play* replays a witness on the linked answer,
    if there is one; *world*: the module, scenario and configuration in which to look at a property, and which that is
    there."""

    lab: str
    title: str
    module: str
    version: str
    properties: dict[str, PropertyResult]
    problem: str = ""
    states: int = 0
    transitions: int = 0
    scenarios: int = 0
    complete: bool = True
    bug: str = ""
    judged: Judged | None = None
    notice: str = ""
    seconds: float = field(default=0.0, compare=False, repr=False)
    play: Callable[[str], Trace] | None = field(default=None, compare=False, repr=False)
    errors: tuple[Diagnostic, ...] = ()
    told: bool = False
    limit: str = ""
    onward: tuple[str, str] | None = None
    then: tuple[str, str] | None = None
    world: Callable[[str], tuple[KernelModule, Scenario, Config, str]] | None = field(
        default=None, compare=False, repr=False
    )
    drawn: Callable[[Report, str], object] | None = field(default=None, compare=False, repr=False)

    @property
    def points(self) -> int:
        """The points that are earned."""
        return sum(p.points for p in self.properties.values())

    @property
    def max_points(self) -> int:
        """The points that can be earned."""
        return sum(p.max_points for p in self.properties.values())

    @property
    def full(self) -> bool:
        """Is every point earned that there is?"""
        return 0 < self.max_points == self.points

    @property
    def start(self) -> PropertyResult | None:
        """The failure to look at first: of those that cost points, or that others follow from, the one with the
        shortest witness, then the first in the report's order."""
        roots = {p.root for p in self.properties.values() if p.graded}
        failing = [p for p in self.properties.values() if p.verdict == FAILS and (p.graded or p.name in roots)]
        return min(failing, key=lambda p: p.length or sys.maxsize, default=None)

    def following(self, name: str) -> list[PropertyResult]:
        """What follows from property *name*."""
        return [p for p in self.properties.values() if p.root == name]

    def map(self, property: str = "") -> object:
        """All states, as a map that shows itself: where *property*, or the failure to look at first, fails, with its
        witness; else where it is judged first.  Raises ValueError for a property that it has not, or where nobody draws
        (`kthreadlab.check` gives a report that can be drawn)."""
        if self.drawn is None:
            raise ValueError("nobody draws this report: kthreadlab.check gives one that has a map")
        return self.drawn(self, property)

    def trace(self, property: str) -> Trace:
        """The witness of a failing *property*, replayed.  Raises ValueError if there is none."""
        result = self.properties.get(property)
        if result is None or not result.witness or self.play is None:
            failing = ", ".join(p.name for p in self.properties.values() if p.witness) or "none"
            raise ValueError(
                f"there is no witness of {property or 'a graded property'}; there are witnesses of: {failing}"
            )
        return self.play(result.witness)


class PropertyFails(AssertionError):
    """A graded property does not hold.  Its text is the sentence, the narrated witness and the command that replays it;
    a notebook shows just that text, without a traceback.  *result* says the same as data, and *problem* why nothing
    could be checked, if nothing could.  *trace* replays the witness of *property*, if there is one."""

    property: str = ""
    result: PropertyResult | None = None
    problem: str = ""
    trace: Callable[[], Trace] | None = None

    def _render_traceback_(self) -> list[str]:
        """Narrow enough for `nbgrader validate`, which cuts lines; a schedule may be broken where it has blanks, but
        not the command before it: a shell takes a line for a command."""
        wrap = TextWrapper(82, subsequent_indent=" " * 7, break_long_words=False, break_on_hyphens=False).wrap
        parts = []
        for line in str(self).splitlines():
            command, at, schedule = line.rpartition("@") if line.startswith(AGAIN) else ("", "", line)
            parts += wrap(command.replace(" ", "\xa0") + at + schedule) or [""]
        return [part.replace("\xa0", " ") for part in parts]


# ---- to see it again -----------------------------------------------------------------------------------------------

AGAIN = "again  "
"""What a failing test cell writes before the command that replays its witness."""
JUDGED = "judged "
"""What it writes before the file, the lines and the digest that it is about, at the very end."""


def replay_command(lab: str, witness: str, file: str = "") -> str:
    """The command line that plays a witness of *lab* again, to be pasted into a shell in the folder of *file*: by
    default the notebook that asks, or the name that nbgrader wants a notebook of that lab to have."""
    name = file or this_notebook() or f"{lab}.ipynb"
    name = f"./{name}" if name.startswith("-") and name != "-" else name
    return f"kthreadlab replay {_shell_word(name)} {_shell_word(plain(witness))}"


def _shell_word(text: str) -> str:
    """*text* as a shell reads one word; what can't be printed is spelled as in ``$'\\033'``, for bash, zsh and ksh."""
    if text.isprintable():
        return shlex.quote(text)
    spelled = (
        f"\\{c}" if c in "\\'" else c if c.isprintable() else "".join(f"\\{byte:03o}" for byte in os.fsencode(c))
        for c in text
    )
    return f"$'{''.join(spelled)}'"


def this_notebook() -> str:
    """The file name of the notebook that a person has open and that runs this, as Jupyter's server says, or ""."""
    name = PurePath(os.environ.get("JPY_SESSION_NAME", "")).name
    return name if name.endswith(".ipynb") and not graded_by_nbgrader() else ""


def graded_by_nbgrader() -> bool:
    """Does nbgrader run this notebook?  Then it is a submission, in which every cell has run once and no more."""
    return "NBGRADER_EXECUTION" in os.environ
