"""Processes of user space, as the command line writes them: ``mount: start_checker, wait4, exit(3)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kthreadlab.grading.cells import BadInput
from kthreadlab.machine.processes import Enter, Exit, Fork, Pause, Process, Step, Wait4
from kthreadlab.trace.narrate import plain

_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_STEP = re.compile(r"([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?", re.ASCII)
FORK, EXIT = "fork", "exit"
ALONE: dict[str, type[Wait4] | type[Pause]] = {"wait4": Wait4, "pause": Pause}
"""The calls that take nothing."""


@dataclass(frozen=True)
class Described:
    """A process called *name*, and its *steps*: each a word, ``wait4``, ``pause``, ``exit``, ``fork`` or a function of
    the module, with what is given to it."""

    name: str
    steps: tuple[tuple[str, ...], ...]

    @classmethod
    def written(cls, text: str) -> Described:
        """``NAME: STEP, STEP``.

        :raises BadInput: if it is not written so.
        """
        name, colon, rest = text.partition(":")
        steps = [x.strip() for x in re.split(r",(?![^()]*\))", rest)] if rest.strip() else []
        if not colon or _NAME.fullmatch(name.strip()) is None:
            raise BadInput(f"--process {plain(text, 40)!r}: a process is written 'NAME: STEP, STEP'.")
        return cls(name.strip(), tuple(_step(name, step) for step in steps))

    @property
    def text(self) -> str:
        """As a schedule carries it: ``mount+start_checker+exit,3``."""
        return "+".join([self.name, *(",".join(step) for step in self.steps)])

    @classmethod
    def named(cls, text: str) -> Described:
        """The process whose `text` that is; raises ValueError if it is nobody's."""
        name, *steps = text.split("+")
        split = (step.partition(",") for step in steps)
        try:
            return cls.written(f"{name}: {', '.join(word + f'({rest})' * bool(comma) for word, comma, rest in split)}")
        except BadInput as problem:
            raise ValueError(problem.text) from None

    @property
    def enters(self) -> list[str]:
        """The functions of the module that it enters."""
        return [word for word, *_ in self.steps if word not in (*ALONE, FORK, EXIT)]

    @property
    def forks(self) -> list[str]:
        """The processes that it forks, by name."""
        return [given for word, *rest in self.steps if word == FORK for given in rest]


def _step(name: str, text: str) -> tuple[str, ...]:
    """One step: a word, and what is given to it."""
    match = _STEP.fullmatch(text)
    word, given = (match[1], match[2]) if match else ("", None)
    args = [x.strip() for x in given.split(",")] if given and given.strip() else []
    wanted = r"[A-Za-z_][\w-]*" if word == FORK else r"-?\d{1,19}"
    count = {FORK: (1,), EXIT: (0, 1), **dict.fromkeys(ALONE, (0,))}.get(word, range(100))
    if match is None or len(args) not in count or not all(re.fullmatch(wanted, x, re.ASCII) for x in args):
        rule = "a step is wait4, pause, exit, exit(3), fork(NAME), or a function of the module: F or F(1,2)"
        raise BadInput(f"--process: {plain(text, 40)!r} is no step of {plain(name.strip(), 40)}; {rule}.")
    return word, *args


def processes(described: Sequence[Described]) -> tuple[Process, ...]:
    """The processes that nobody forks, each with those that come from it.

    :raises BadInput: if somebody is there twice, forked twice, or by nobody who is there.
    """
    known = {one.name: one for one in described}
    forked = [name for one in described for name in one.forks]
    for name in forked:
        if name not in known:
            raise BadInput(f"somebody forks {plain(name, 40)}, of which no --process says what it does.")
    twice = [x for names in ([one.name for one in described], forked) for x in names if names.count(x) > 1]
    if twice:
        raise BadInput(f"{plain(twice[0], 40)} is there twice: give each process a name of its own.")
    first = [name for name in known if name not in forked]
    made = {name for top in first for name in _line(known, top)}
    if len(made) < len(known):
        raise BadInput(f"{plain(next(x for x in known if x not in made), 40)} is forked by nobody who is there.")
    try:
        return tuple(_process(known, name) for name in first)
    except ValueError as problem:
        raise BadInput(f"--process: {problem}.") from None


def _line(known: dict[str, Described], name: str) -> list[str]:
    """A process, and all that come from it, by name."""
    return [name, *(x for child in known[name].forks for x in _line(known, child))]


def _process(known: dict[str, Described], name: str) -> Process:
    return Process(name, *(_made(known, *step) for step in known[name].steps))


def _made(known: dict[str, Described], word: str, *given: str) -> Step:
    if word == FORK:
        return Fork(_process(known, given[0]))
    if word == EXIT:
        return Exit(*map(int, given))
    return ALONE[word]() if word in ALONE else Enter(word, *map(int, given))
