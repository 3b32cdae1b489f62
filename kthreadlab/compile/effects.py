"""What an operation is to everybody else: its effects, declared beside what it does.

Every analysis (what can be left out as a choice, who shares what, where an interrupt may land, which variables live on,
in which context a task stands) reads these declarations and knows no call by name.  Nothing here has a default: whoever
writes an operation says all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import UnionType
from typing import TypeVar, overload

X = TypeVar("X")

# ---- sleeping ------------------------------------------------------------------------------------------------------


class Sleeps(Enum):
    """May the caller sleep in it, and does it give up its CPU?"""

    NEVER = "never"
    ASKS = "it may only be called where sleeping is allowed, and keeps the CPU here"
    YIELDS = "it gives up the CPU"
    MEMORY = "it gives up the CPU in one of its outcomes, when memory is short"


# ---- the declared state --------------------------------------------------------------------------------------------


class State(Enum):
    """The caller's declared state afterwards."""

    KEPT = "what it was before"
    RUNNING = "TASK_RUNNING, on every way out"
    UNSURE = "TASK_RUNNING on one way out, what it was on another"


@dataclass(frozen=True)
class Declares:
    """Afterwards it is what operand number *operand* says."""

    operand: int


# ---- context: locks, interrupts, bottom halves, preemption ----------------------------------------------------------


class Form(Enum):
    """What a lock call does beside taking or releasing the lock."""

    PLAIN = "plain"
    IRQ = "irq"
    SAVE = "save"
    BH = "bh"


@dataclass(frozen=True)
class Takes:
    """It takes the spinning lock in operand 0; *mode* is ``s``, ``r`` or ``w``.  *tries*: only if it need not wait."""

    mode: str
    form: Form
    tries: bool = False


@dataclass(frozen=True)
class Drops:
    """It releases the spinning lock in operand 0."""

    mode: str
    form: Form


@dataclass(frozen=True)
class Looks:
    """It sees whether the lock in operand 0 is held, without taking it."""


@dataclass(frozen=True)
class Resets:
    """It makes the lock in operand 0 free, whoever has it."""


class Irqs(Enum):
    """What becomes of the CPU's interrupts; `SAVE` and `RESTORE` keep what they were in the operand ``flags``."""

    OFF = "off"
    ON = "on"
    SAVE = "save"
    RESTORE = "restore"


@dataclass(frozen=True)
class Preemption:
    """preempt_count grows by *by* levels."""

    by: int


@dataclass(frozen=True)
class BottomHalves:
    """The count of those who have switched bottom halves off grows by *by*."""

    by: int


@dataclass(frozen=True)
class Owns:
    """It takes the mutex or semaphore in operand 0; *mode*: ``r`` or ``w`` of a rw_semaphore."""

    mode: str = "m"


@dataclass(frozen=True)
class Gives:
    """It gives the mutex or semaphore in operand 0 back, which was taken in this *mode*."""

    mode: str = "m"


@dataclass(frozen=True)
class Counts:
    """It initialises the semaphore in operand 0: how many may have it; None where operand 1 says so."""

    count: int | None


Change = Takes | Drops | Looks | Resets | Irqs | Preemption | BottomHalves | Owns | Gives | Counts

# ---- what else comes of it -----------------------------------------------------------------------------------------


class Does(Enum):
    """What an operation sets going or ends."""

    ENDS = "the path ends: nothing behind it is reached"
    MAY_STAY = "or it keeps the CPU, if nobody needs it, and says so"
    LOOKS_AGAIN = "it looks at its operands again when it is back from sleep"
    SWITCHES = "it gives the CPU away without asking whether that is allowed here: the scheduler itself complains"
    PLAIN = "its access to memory is no single step that others see whole"
    TIMED = "it sleeps with a timer of its own"
    ALLOCATES = "it gives memory of the heap"
    PUBLISHES = "it leaves the address in operand 0 where others can find it"
    ASKS_HELPER = "it asks for a user-mode helper"
    DAEMONISES = "the caller becomes a daemon: another name, another parent, deaf to signals"
    SENDS = "it sends the signal that operand 0 names to a task"
    HEARS = "it lets through the signal that operand 0 names"
    READS = "it begins to read under RCU"
    AWAITS_READERS = "it waits for those who read under RCU"
    AWAITS_CALLBACKS = "it waits for the functions that call_rcu() was given"
    PARKS = "it asks the thread in operand 0 to stand still"
    STOPS = "it tells the thread in operand 0 to stop"
    LETS_GO = "it gives back a reference to the task in operand 0"
    LEAVES = "it ends the task that calls it, wherever that stands"
    TURNS = "it turns in a loop while the function of the timer in operand 0 runs"
    LATER = "it starts the timer of a work item, among its operands, which is queued then"
    HANDS_BACK = "its result is operand 0"
    INITIALISES = "it makes the object in operand 0 anew, whatever was there before"
    OWN = "only the machine's own threads know it: no module can call it"


@dataclass(frozen=True)
class MakesThread:
    """It makes a thread that runs the function in operand 0 with the argument in operand 1.  *kthread*: it is the
    kernel's own child, and can be told to stop."""

    kthread: bool


@dataclass(frozen=True)
class Arms:
    """It gives the timer in operand 0 the function in operand *function* and the argument in operand *argument* (None:
    the timer itself)."""

    function: int
    argument: int | None


@dataclass(frozen=True)
class Employs:
    """It has to do with a queue of work with threads of its own, which stands in ``info`` as ``queue``: the one that is
    *always* there, or one that this place in the program makes, with a *single* thread or as many as are usual (None:
    the operands say it)."""

    always: bool
    single: bool | None


@dataclass(frozen=True)
class Handles:
    """It registers the function in operand *function* as a handler of the interrupt line in operand *line*, to be given
    what is in operand *dev*."""

    line: int
    function: int
    dev: int


@dataclass(frozen=True)
class Fails:
    """A scenario can make it fail: it says *called* for that (`machine.scenario.Fault`)."""

    called: str


@dataclass(frozen=True)
class Links:
    """It has to do with the wait-queue entry in operand *operand*.  *looks*: what happens to an entry off every queue
    depends on its links.  ``after(machine, instruction, links)``: what they may be afterwards, of what they may be
    before (values of `links`).  ``autoremoves(instruction)``: a wake-up takes the entry off from now on."""

    operand: int
    looks: bool
    after: Callable[..., set[int] | frozenset[int]]
    autoremoves: Callable[..., bool]


@dataclass(frozen=True)
class Waits:
    """The caller may sleep or spin in it until somebody else acts: for a ``lock``, ``mutex``, ``semaphore``,
    ``rw_semaphore`` or ``completion``, for the end of the thread that it tells to ``stop``, for a ``helper``, for
    ``work`` that is queued, for a ``tasklet`` that is to run, for an interrupt's ``handler`` to return, for a ``child``
    to end, for a ``signal``."""

    what: str


@dataclass(frozen=True)
class Serves:
    """It takes the next of what stands in the cell of that name (``{x}``: what the instruction's ``info`` says for x):
    whoever stands before it has nothing to do while the cell is empty, and is not asleep."""

    cell: str


Deed = Does | MakesThread | Arms | Employs | Handles | Fails | Links | Waits | Serves

# ---- memory --------------------------------------------------------------------------------------------------------

PLACE = "place"
"""The place that a load or a store names."""
REST = "rest"
"""Whatever comes behind the operands that are named by number."""
Operands = tuple[int | str, ...]

Seen = Callable[..., bool]
"""``seen(machine, actor, instruction)``: can anybody else tell whether this operation has been made?"""


def by_all(m: object, a: object, i: object) -> bool:
    """Whoever looks can tell."""
    return True


def by_nobody(m: object, a: object, i: object) -> bool:
    """It touches nothing but what is the caller's own."""
    return False


def unless(hidden: Seen) -> Seen:
    """Others can tell, but where *hidden* says that nobody looks."""
    return lambda m, a, i: not hidden(m, a, i)


@dataclass(frozen=True)
class Effects:
    """*sleeps*, *state*, *context*: what it does to the task that calls it; the first two may depend on the operands
    (``sleeps(machine, instruction)``).  *reads*, *writes*: the operands whose memory (variables, arrays, texts, atomics
    of the module) it looks at and changes; the kernel's own objects don't count.  *does*: what else comes of it.
    *seen*: who can tell."""

    sleeps: Sleeps | Callable[..., Sleeps]
    state: State | Declares | Callable[..., State]
    context: tuple[Change, ...]
    reads: Operands
    writes: Operands
    does: tuple[Deed, ...]
    seen: Seen

    def sleeping(self, m: object, i: object) -> Sleeps:
        """How the call *i* sleeps."""
        return self.sleeps if isinstance(self.sleeps, Sleeps) else self.sleeps(m, i)

    def leaves(self, m: object, i: object) -> State | Declares:
        """The declared state of the caller after the call *i*."""
        return self.state if isinstance(self.state, State | Declares) else self.state(m, i)

    @cached_property
    def yields(self) -> bool:
        """Does the caller give up its CPU?  A call that depends on its operands may."""
        return self.sleeps not in (Sleeps.NEVER, Sleeps.ASKS, Sleeps.MEMORY)

    @cached_property
    def saves(self) -> bool:
        """Does it write what interrupts were into its operand ``flags``?"""
        return Irqs.SAVE in self.context or any(x.form is Form.SAVE for x in self.changes(Takes))

    @cached_property
    def restores(self) -> bool:
        """Does it make interrupts what its operand ``flags`` says?"""
        return Irqs.RESTORE in self.context or any(x.form is Form.SAVE for x in self.changes(Drops))

    @cached_property
    def releases(self) -> bool:
        """Does it release a spinning lock?"""
        return any(self.changes(Drops))

    @cached_property
    def touches(self) -> bool:
        """Does it nothing but look at memory and change it?"""
        return not (set(self.does) - {Does.PLAIN, Does.INITIALISES} or self.context or self.sleeps is not Sleeps.NEVER)

    @cached_property
    def ends(self) -> bool:
        """Is nothing behind it reached?"""
        return Does.ENDS in self.does

    @overload
    def changes(self, kind: type[X]) -> Iterator[X]: ...

    @overload
    def changes(self, kind: UnionType) -> Iterator[Change]: ...

    def changes(self, kind: type | UnionType) -> Iterator[object]:
        """The changes of the context that are of this kind."""
        found = self._changes.get(kind)
        if found is None:
            found = self._changes[kind] = tuple(x for x in self.context if isinstance(x, kind))
        return iter(found)

    @cached_property
    def _changes(self) -> dict[type | UnionType, tuple[object, ...]]:
        return {}

    def made(self, kind: type[X]) -> Iterator[X]:
        """What comes of it of this kind."""
        return (x for x in self.does if isinstance(x, kind))
