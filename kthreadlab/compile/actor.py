"""What can move: an actor, and the choices (`Entry`) by which the actors and the world do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .cells import Change, State, Step
from .effects import Does
from .facts import Arrival
from .instructions import Instr
from .ops import effects_of
from .program import Program, switches
from .values import Obj, Val


def never(s: State) -> None:
    """The step of an actor that cannot move."""
    return None


@dataclass(frozen=True)
class Chains:
    """What `analysis` has decided of an actor's code, as a *program*: the operations that are *chained* to the step
    before them, the *skipped_returns* of blocking calls that are no steps, the instructions from which a local loop can
    be reached (*loops*), the cell of each variable (*slots*)."""

    program: Program
    chained: Collection[int]
    loops: Collection[int]
    slots: Mapping[int, int]
    skipped_returns: Collection[int]

    def keeps_return(self, p: int) -> bool:
        """Is the return of the blocking call at *p* a step of its own?"""
        return p not in self.skipped_returns


@dataclass(frozen=True)
class Entry:
    """A choice: its *name* in schedules, the cell that selects its step, the cell of the task's state, by which it must
    be runnable, the table of steps, the actor it belongs to (-1: the world) and whether it is external."""

    name: str
    pc: int
    st: int
    table: list[Step]
    actor: int
    external: bool
    kind: str


@dataclass(frozen=True)
class Move:
    """A choice in place: *entry* says which, and *table* has its steps, by the cell that selects them."""

    entry: Entry
    table: list[Change]


@dataclass
class Actor:
    """One mover.  *kind*: ``thread``, ``process``, ``irq``, ``softirq`` (the function of a *timer*), ``khelper``,
    ``worker`` (who runs what is on a *queue*; *spare*: where all others wait), or ``user``, a process of user space as
    a scenario describes it.

    What it runs: *code* with its local *objects* and the *names* of its variables.  From the scenario: its *call*,
    *when* it may come, the task on whose CPU it *lands_on*ly, the *report* it makes, and whether that call *serves* it
    itself, for want of a thread.  *dormant*: a thread not created yet, *kthread*: by kthread_create().  *watched*:
    somebody outside looks whether it is still there.  *made_by*: the actor that makes it, -1 if the scenario does.
    *ignores*: the signals for which a process has said SIG_IGN, as bits.
    """

    index: int
    name: str
    kind: str
    function: str
    args: tuple[int | Obj | Val, ...]
    code: list[Instr] = field(default_factory=list)
    objects: list[Obj] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    when: object = None
    call: Arrival | None = None
    dormant: bool = False
    lands_on: int | None = None
    pid: int = 0
    report: int | None = None
    serves: bool = False
    kthread: bool = False
    watched: bool = False
    timer: Obj | None = None
    queue: Obj | None = None
    spare: bool = False
    made_by: int = -1
    ignores: int = 0

    def does(self, deed: Does) -> bool:
        """Does its program make a call of which this comes?"""
        return any(i.kind == "op" and deed in effects_of(i.op).does for i in self.code)

    @property
    def call_args(self) -> tuple[int, ...]:
        """What the scenario gives to its call."""
        return self.call.args if self.call is not None else ()

    @property
    def changes_context(self) -> bool:
        """Does its program ever switch preemption, interrupts or bottom halves off, or take a spinning lock?"""
        return any(switches(i) for i in self.code)

    @property
    def is_task(self) -> bool:
        """Does it need a CPU of its own?"""
        return not self.is_frame

    @property
    def is_frame(self) -> bool:
        """Does it run on top of whatever its CPU was doing?"""
        return self.kind in ("irq", "softirq")
