"""The registry of operations: what each kernel call does, written as a generator of code.

An operation is a function ``emit(g, i)`` that writes the Python of one step through `codegen.Gen`: first its *guard*
(when may the task not move?), then its *effect* on the list of cells ``c``.  It says what follows with `Gen.result`,
`Gen.ctx` and, where the outcome decides how the context goes on, by returning branches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """*emit* is the call itself; *resume* the second phase of a call that blocks (None if it does not).  *sleeps*: it
    may sleep, so its context is checked.  *local*: ``local(machine, instr)`` says that nobody else can observe it.
    *frees*: the caller gives up its CPU.  *waits*: what it sleeps or spins for, "" if that is nothing of its own.
    Of what it does to the place in memory that it names: *plain*, it is no step that others see whole; *writes*."""

    name: str
    emit: Callable
    resume: Callable | None = None
    sleeps: bool = False
    local: Callable | None = None
    frees: bool = False
    waits: str = ""
    plain: bool = False
    writes: bool = True


OPERATIONS: dict[str, Operation] = {}


def operation(
    *names: str,
    resume: Callable | None = None,
    sleeps: bool = False,
    local: Callable | bool | None = None,
    frees: bool = False,
    waits: str = "",
    plain: bool = False,
    writes: bool = True,
):
    """Register the decorated function as the operation of each of *names*."""
    test = (lambda m, a, i: True) if local is True else local or None

    def register(emit: Callable) -> Callable:
        for name in names:
            OPERATIONS[name] = Operation(name, emit, resume, sleeps, test, frees, waits, plain, writes)
        return emit

    return register
