"""Processes of user space, as a scenario describes them: what they ask of the kernel, one call after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kthreadlab.lang.api import CONSTANTS

MOST_PROCESSES = 16
"""So many a scenario may have, with all that they fork."""
UNHEEDED = ("SIGKILL", "SIGSTOP")
"""The signals that no process can ignore."""


@dataclass(frozen=True)
class Fork:
    """fork(): *child* is a process from now on, and runs when the scheduler picks it."""

    child: Process


@dataclass(frozen=True)
class Wait4:
    """wait4(-1, …): sleep in S until a child has ended, and reap it; at once where there is none (-ECHILD)."""


@dataclass(frozen=True)
class Pause:
    """pause(): sleep in S until a signal comes."""


@dataclass(frozen=True, init=False)
class Enter:
    """A system call that leads to ``function(*args)`` of the module, with the process as ``current``."""

    function: str
    args: tuple[int, ...]

    def __init__(self, function: str, *args: int) -> None:
        if not all(isinstance(arg, int) for arg in args):
            raise ValueError(f"what a process gives to {function} are whole numbers, not {', '.join(map(repr, args))}")
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "args", args)


@dataclass(frozen=True)
class Exit:
    """exit(*code*), 0 to 255: the last step."""

    code: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.code, int) or not 0 <= self.code < 256:
            raise ValueError(f"an exit status is a whole number from 0 to 255, not {self.code!r}")


Step = Fork | Wait4 | Pause | Enter | Exit
"""What a process may do."""


@dataclass(frozen=True, init=False)
class Process:
    """A process of user space.  It makes its *steps* one after the other and exits with 0 after the last.  *ignores*:
    the signals for which it has said SIG_IGN, and all that it forks.  One that a scenario lists is there from the
    start, as a child of init."""

    name: str
    steps: tuple[Step, ...]
    ignores: tuple[str, ...]

    def __init__(self, name: str, *steps: Step, ignores: tuple[str, ...] = ()) -> None:
        wrong = [step for step in steps if not isinstance(step, Step)]
        if wrong:
            raise ValueError(f"{name} does what Fork, Wait4, Pause, Enter and Exit make, not {wrong[0]!r}")
        if any(isinstance(step, Exit) for step in steps[:-1]):
            raise ValueError(f"{name} ends with Exit(…): what comes behind it is never reached")
        if isinstance(ignores, str) or not all(x in CONSTANTS and x.startswith("SIG") for x in ignores):
            raise ValueError(f"ignores is a list of signals, not {ignores!r}")
        if set(ignores) & set(UNHEEDED):
            raise ValueError(f"nobody can ignore {' or '.join(UNHEEDED)}")
        for key, value in (("name", name), ("steps", steps), ("ignores", tuple(ignores))):
            object.__setattr__(self, key, value)

    @property
    def children(self) -> tuple[Process, ...]:
        """Whom it forks, in order."""
        return tuple(step.child for step in self.steps if isinstance(step, Fork))

    def all(self) -> Iterator[Process]:
        """It, and all that come from it."""
        yield self
        for child in self.children:
            yield from child.all()
