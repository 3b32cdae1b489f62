"""Schedules as text: ``2.6.11/lab6/three@c0ffee12: mykthread*4 irq/nic mykthread*2 (khelper mykthread)``.

Before the colon: profile, scenario, and a digest of module, scenario and configuration; then the choices in order,
``*n`` for n times the same, and a cycle that repeats for ever in parentheses.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import groupby

from kthreadlab.compile.config import Config
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.scenario import Scenario
from kthreadlab.trace.events import Trace


class ScheduleError(InputError):
    """A schedule that cannot be read or followed, or that belongs to something else.  *until*: the trace of the steps
    that can be made, if there are any."""

    until: Trace | None = None


@dataclass(frozen=True)
class Schedule:
    """A list of choices; the last *cycle* of them repeat for ever.  *where* and *digest* may be empty."""

    steps: tuple[str, ...]
    cycle: int = 0
    where: str = ""
    digest: str = ""

    def __str__(self) -> str:
        cut = len(self.steps) - self.cycle
        text = _run_lengths(self.steps[:cut])
        if self.cycle:
            text = f"{text} ({_run_lengths(self.steps[cut:])})".strip()
        return f"{self.where}@{self.digest}: {text}" if self.where else text


def _run_lengths(steps: tuple[str, ...]) -> str:
    runs = [(name, len(list(group))) for name, group in groupby(steps)]
    return " ".join(name if n == 1 else f"{name}*{n}" for name, n in runs)


MAX_STEPS = 100_000


def parse(text: str) -> Schedule:
    """Read a schedule, with or without its head."""
    if not isinstance(text, str):
        raise ScheduleError(f"a schedule is text, not {type(text).__name__}")
    where = digest = ""
    head = re.match(r"\s*(\S+)@([0-9a-f]{8}):(?:\s|$)", text)
    body = text
    if head:
        where, digest = head.groups()
        body = text[head.end() :]
    steps: list[str] = []
    start = end = None
    for word in body.replace("(", " ( ").replace(")", " ) ").split():
        if end is not None:
            raise ScheduleError(f"nothing can come after the cycle of a schedule, not even {word[:40]!r}")
        if word == "(":
            if start is not None:
                raise ScheduleError("a schedule has one cycle, at its end")
            start = len(steps)
        elif word == ")":
            if start is None or start == len(steps):
                raise ScheduleError("the schedule closes a cycle that it never opened, or that is empty")
            end = len(steps)
        else:
            steps += _repeated(word)
            if len(steps) > MAX_STEPS:
                raise ScheduleError(f"a schedule has at most {MAX_STEPS:,} steps")
    if start is not None and end is None:
        raise ScheduleError("the schedule opens a cycle that it never closes")
    return Schedule(tuple(steps), len(steps) - start if start is not None else 0, where, digest)


def _repeated(word: str) -> list[str]:
    """``name*n`` as n names."""
    match = re.fullmatch(r"([^*]+)(?:\*([1-9]\d{0,5}))?", word)
    if match is None:
        raise ScheduleError(f"{word[:40]!r} is not a choice; it is written name or name*n")
    return [match[1]] * int(match[2] or 1)


def digest(module: KernelModule, scenario: Scenario, config: Config) -> str:
    """Eight hex digits that change with the module's text, the scenario or the configuration."""
    facts = (module.digest, scenario.runs, repr(config))
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:8]


def head(module: KernelModule, scenario: Scenario, config: Config) -> tuple[str, str]:
    """The head of a schedule: where it was found, and its digest."""
    return f"{config.profile}/{scenario.name}", digest(module, scenario, config)
