"""What the compiler and the simulated kernel may know of the world outside: who is signalled, what may fail, how far
the kernel has come up, what there is to be executed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Sent(Protocol):
    """A signal that may come to a task, both by name."""

    @property
    def task(self) -> str: ...

    @property
    def signal(self) -> str: ...


class Aimed(Protocol):
    """Something that may happen to a task, by its name."""

    @property
    def task(self) -> str: ...


class Arrival(Protocol):
    """A call that the world makes, with its *args*.  *name*: the process, or the interrupt's line; *whole*: what allows
    it to come must hold at every step of it; *cpu_of*: it comes on that task's CPU; *certain*: it does come."""

    @property
    def name(self) -> str: ...

    @property
    def args(self) -> tuple[int, ...]: ...

    @property
    def whole(self) -> bool: ...

    @property
    def cpu_of(self) -> str | None: ...

    @property
    def certain(self) -> bool: ...


class Executable(Protocol):
    """A program of user space: its status (*exit*), or the *signal* that kills it; whether it ever *ends*; what exec
    says of it, a negative errno, or 0."""

    @property
    def exit(self) -> int: ...

    @property
    def signal(self) -> int: ...

    @property
    def ends(self) -> bool: ...

    @property
    def error(self) -> int: ...


class World(Protocol):
    """*signals*, *spurious* wake-ups and tracers (*ptraces*) may come at any time, each once at least; *freeze*: a
    suspend speaks to that task ("": to the first thread).  *boot*: ``up``, ``no_root`` (there is nothing yet to execute
    anything from) or ``no_khelper`` (nor anybody who could).  *insmod*, *rmmod*: the calls that load the module and
    unload it, by name; None if it is simply there."""

    @property
    def signals(self) -> Sequence[Sent]: ...

    @property
    def spurious(self) -> Sequence[Aimed]: ...

    @property
    def ptraces(self) -> Sequence[Aimed]: ...

    @property
    def freeze(self) -> Aimed | None: ...

    @property
    def boot(self) -> str: ...

    @property
    def insmod(self) -> str | None: ...

    @property
    def rmmod(self) -> str | None: ...

    def can_fail(self, call: str) -> bool:
        """May *call* (see `effects.Fails`) fail?"""
        ...

    def program(self, path: str) -> Executable | None:
        """What stands at *path*; None for a missing file."""
        ...
