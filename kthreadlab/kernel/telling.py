"""How an operation is told: what an event says of it.

Each operation may have a describer, ``describe(happened)``, registered with it (`compile.ops.operation`): from what the
operation was given, what it returned, and the cells before and after, it works out the arguments as people read them,
how it came out, and whatever else a sentence, a picture or the kernel's log needs.  Where it has none, `plainly` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State
from kthreadlab.compile.context import Context
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.values import Place
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.outcome import Outcome

ADDRESSES = (
    "queue", "entry", "spinlock", "rwlock", "atomic", "ptr", "text", "list", "task", "completion", "semaphore",
    "rw_semaphore", "mutex", "work", "delayed_work", "refcount", "kref",
)  # fmt: skip
"""Kinds of parameters that are addresses."""
NAMED = ("spinlock", "rwlock", "semaphore", "rw_semaphore", "mutex")
"""Kinds of parameters that are objects known when the machine is built."""
WHOLE = frozenset(("atomic", "spinlock", "rwlock", "rw_semaphore", "mutex", "refcount", "kref"))
"""Kinds of parameters of calls whose events have the operands of the prototype and no more."""


class Names(Protocol):
    """Who knows what things are called."""

    def name(self, address: object) -> str:
        """An address as text."""

    def identity(self, s: State, a: Actor) -> tuple[str, int, bool]:
        """A task's name, its parent's pid, and whether it has memory of user space."""


@dataclass(frozen=True)
class Told:
    """What an event says: *args* as people read them, in the order of the source; the *outcome*; *details* for whoever
    draws it; the lines that the kernel's *log* gets; the event's own name, where it is not the operation's (*op*); argv
    and envp of the *program* that begins with it."""

    args: Sequence[object]
    outcome: Outcome = Outcome.ANY
    details: Mapping[str, object] = field(default_factory=dict)
    log: Sequence[str] = ()
    op: str = ""
    program: tuple[Sequence[str], Sequence[str]] | None = None


@dataclass(frozen=True)
class Happened:
    """One operation that was just executed.  *actor* and *instr* say whose, in which context (*ctx*); *back*: it is the
    return of a call that sleeps.  *operands* and *result* are what the generated code noted, *before* and *after* the
    cells around it."""

    m: Laid
    names: Names
    actor: Actor
    instr: Instr
    ctx: Context
    back: bool
    operands: tuple[Any, ...]
    result: Any
    before: State
    after: State

    def name(self, address: object) -> str:
        """An address as text."""
        return self.names.name(address)

    def tasks(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """These tasks by name."""
        return tuple(self.m.actors[n].name for n in numbers)

    def was(self, task: int) -> int:
        """A task's state before."""
        return int(self.before[self.m.state_cells[task]])

    def becomes(self, task: int) -> int:
        """A task's state afterwards."""
        return int(self.after[self.m.state_cells[task]])

    @property
    def args(self) -> tuple[object, ...]:
        """The operands as people read them, in the order of the source: objects and places by name."""
        call = CALLS.get(self.instr.op)
        if call is None:
            return self.operands
        values = list(self.operands)
        if "atomic" in call.params and call.params[0] == "int":
            values.reverse()
        out: list[object] = []
        for n, kind in enumerate(call.params):
            if not values:
                break
            value = values.pop(0)
            obj = getattr(self.instr.args[n], "obj", None) if kind in NAMED else None
            if obj is not None:
                value = obj.name
            elif kind == "word":
                value = self.place(value, values.pop(0))
            elif kind in ADDRESSES and isinstance(value, int | tuple):
                value = self.name(value)
            out.append(value)
        return (*out, *(values if not WHOLE & set(call.params) else ()))

    def place(self, base: object, index: object) -> str:
        """The memory that the instruction works on, as the source has it."""
        place: Place = self.instr.info.get("place") or next(x for x in self.instr.args if hasattr(x, "base"))
        if place.kind == "task":
            state = self.m.config.kernel.state_field
            return f"current.{state if place.name == 'state' else place.name}"
        name = self.name(base)
        if place.kind == "field":
            return f"{name}.{place.name}"
        return name if index is None else f"{name}[{index}]"


def plainly(x: Happened) -> Told:
    """What is plain from operands and result."""
    return Told(x.args)
