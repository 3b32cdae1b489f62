"""What a lab asks, as data: a `Question` to predict, a `Duel` to win, a `Puzzle` to put in order.

A lab's items stand in ``course/lab6.py`` and the like, as ``ITEMS``.  A key is LAB.NAME (``lab6.duel1``); of what earns
points NAME ends in a number, and in the notebook the variable is ``duel_1``, the cells are ``lab6-duel1-answer`` and
``lab6-duel1``.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from kthreadlab.compile.config import Config
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.scenario import Scenario
from kthreadlab.trace.events import Event, Trace

UNANSWERED = "?"
"""What stands where nothing is answered yet."""

Moment = tuple[str, str, int] | int | Callable[[Event], bool]
"""A step of a film: the n-th (from 1) event that is this operation of this task, ``("schedule", "mykthread", 1)``; the
number of a step, from 1; or the first event of which a predicate is true."""


@dataclass(frozen=True)
class Item:
    """*key*: LAB.NAME, by which a notebook speaks of it."""

    key: str

    @property
    def lab(self) -> str:
        """The lab that asks it."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name in the lab."""
        return self.key.partition(".")[2]


@dataclass(frozen=True)
class Run:
    """A run to be seen: who moves, in *schedule*, of a *module* in *scenario* on *config*."""

    module: KernelModule
    scenario: Scenario
    config: Config
    schedule: str


@dataclass(frozen=True)
class Question(Item):
    """A question to be answered before one sees; it is never graded.

    *choices* by letter, of which *right* is so ("": that is not told here); *why* is told afterwards.
    *about*: the misconception that it is made for (``M8``).  *run*: its film, and *at*: the step of it that decides."""

    text: str
    choices: Mapping[str, str]
    right: str
    why: str
    about: str
    run: Run | None = None
    at: Moment | None = None


@dataclass(frozen=True)
class Evidence(Item, ABC):
    """What earns *points* by an answer in the notebook."""

    points: int
    judged_by: ClassVar[str] = ""
    """The function that its test cell calls, of `kthreadlab`'s."""

    @property
    @abstractmethod
    def asks(self) -> str:
        """What is asked, in a sentence."""

    @property
    def variable(self) -> str:
        """The variable of the notebook that holds the answer: ``duel_1``."""
        return re.sub(r"(?<=[a-z])(?=\d)", "_", self.name)

    @property
    def test_id(self) -> str:
        """The ``grade_id`` of its test cell."""
        return f"{self.lab}-{self.name}"

    @property
    def answer_id(self) -> str:
        """The ``grade_id`` of the cell that holds the answer."""
        return f"{self.test_id}-answer"


@dataclass(frozen=True)
class Demand:
    """What a winning schedule must do besides breaking the property: *says* completes "in a run in which …"."""

    says: str
    met: Callable[[Trace], bool] = field(compare=False)


@dataclass(frozen=True)
class Visit(Evidence):
    """A *module* to be played in *scenario* on *config*, as *dare* says; a run that meets all *demands* has come
    there."""

    module: KernelModule
    scenario: Scenario
    config: Config
    dare: str
    demands: tuple[Demand, ...]
    judged_by = "visited"

    @property
    def asks(self) -> str:
        return self.dare[:1].upper() + self.dare[1:]


@dataclass(frozen=True)
class Duel(Visit):
    """A module whose *property* is to be broken by hand.

    What is asked for beyond that are the demands, which no shortest way to break it meets all of: see
    `course.demands`."""

    property: str = "delivered"
    judged_by = "broke"


@dataclass(frozen=True)
class Puzzle(Evidence):
    """Lines to be put in order between those of *before* and *after*.

    *text*: what is asked.  *pieces*: by letter some lines, with their indentation.  *alternatives*: letters of which
    one and no more belongs there; every other piece belongs.  *distractors*: those of them that belong nowhere, of
    which one drops out after two tries (`puzzles.tries_of`).  What the lines make is the *file* of the module
    *module_name* beside *files*; it is right if *properties* hold, each on what it speaks of, in all *worlds*."""

    text: str
    before: str
    pieces: Mapping[str, str]
    after: str
    worlds: tuple[tuple[Scenario, Config], ...]
    properties: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    file: str = "mykthread"
    files: Mapping[str, str] = field(default_factory=dict)
    module_name: str = "myevent"
    distractors: tuple[str, ...] = ()
    judged_by = "arranged"

    @property
    def asks(self) -> str:
        return self.text
