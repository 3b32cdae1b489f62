"""The registry of operations: what each kernel call does, written as a generator of code.

An operation is a function ``emit(g, i)`` that writes the Python of one step through `codegen.Gen`: first its *guard*
(when may the task not move?), then its *effect* on the list of cells ``c``.  It says what follows with `Gen.result`,
`Gen.ctx` and, where the outcome decides how the context goes on, by returning branches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def never(i) -> bool:
    return False


@dataclass(frozen=True)
class Links:
    """What an operation has to do with a wait-queue entry, its operand number *operand*.  *looks*: what happens to an
    entry off every queue depends on its links.  ``after(machine, instr, links)``: what they may be afterwards, of what
    they may be before (values of `links`).  ``autoremoves(instr)``: a wake-up takes the entry off from now on."""

    operand: int
    looks: bool
    after: Callable
    autoremoves: Callable = never


@dataclass(frozen=True)
class Operation:
    """*emit* is the call itself; *resume* the second phase of a call that blocks (None if it does not).  *sleeps*: it
    may sleep, so its context is checked.  *local*: ``local(machine, instr)`` says that nobody else can observe it.
    *frees*: the caller gives up its CPU.  *running*: afterwards the caller is TASK_RUNNING, whatever it had declared
    (``running(machine, instr)``, where that depends).  *schedules*: it calls schedule() with no might_sleep() before
    it.  *links*: what it does to a wait-queue entry.  *ends*: nothing of its caller comes after it."""

    name: str
    emit: Callable
    resume: Callable | None = None
    sleeps: bool = False
    local: Callable | None = None
    frees: bool = False
    running: Callable | None = None
    schedules: bool = False
    links: Links | None = None
    ends: bool = False


OPERATIONS: dict[str, Operation] = {}


def operation(
    *names: str,
    resume: Callable | None = None,
    sleeps: bool = False,
    local: Callable | bool | None = None,
    frees: bool = False,
    running: Callable | bool | None = None,
    schedules: bool = False,
    links: Links | None = None,
    ends: bool = False,
):
    """Register the decorated function as the operation of each of *names*."""
    test = (lambda m, a, i: True) if local is True else local or None
    surely = (lambda m, i: True) if running is True else running or None

    def register(emit: Callable) -> Callable:
        for name in names:
            OPERATIONS[name] = Operation(name, emit, resume, sleeps, test, frees, surely, schedules, links, ends)
        return emit

    return register
