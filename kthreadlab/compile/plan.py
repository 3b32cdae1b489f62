"""What is known of a machine before its code is written, one stage after the other.

Each stage is the former and more, and nothing in it changes: a function's signature says how much must be known for it.
`Loaded`: a module in memory.  `Cast`: who can move.  `Sharing`: who reaches which memory.  `Protection`: which locks
protect it, and who comes back.  `Plan`: everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from kthreadlab.lang import ir
from kthreadlab.lang.module import KernelModule

from .actor import Actor, Chains
from .cells import State
from .config import Config
from .context import Context, Node
from .cpus import Cpus
from .effects import Does
from .facts import World
from .hooks import Hooks
from .instructions import Instr
from .limits import MAX_CONTEXTS, MAX_NODES, UNREDUCED
from .notes import Meter, Notes, Site, Violation
from .ops import effects_of
from .statics import Statics
from .values import Constants, Obj, Val

S = TypeVar("S", bound="Loaded")


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """A *module* in the memory of a machine, in a *world*.  *reduce*: interleavings that are provably equivalent to
    others are left out.  *exact*: numbers that nobody reads are kept.  *heap*: objects for each allocator.  *hooks*:
    who is told of what comes about.  *notes* is what generation collects, *meter* what it is charged to."""

    module: KernelModule
    config: Config
    world: World
    constants: Constants
    statics: Statics
    reduce: bool
    exact: bool
    heap: int
    hooks: Hooks
    notes: Notes
    meter: Meter

    def then(self, stage: type[S], **known: object) -> S:
        """The next stage: all this, and what is *known* now."""
        so_far: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        return stage(**so_far | known)

    # ---- what is noted -------------------------------------------------------------------------------------------

    def violation(self, property_: str, cause: str, pos: ir.Pos, actor: int) -> int:
        """The number of one way to break a property at one place."""
        return self.notes.violation(property_, cause, pos, actor)

    def table(self, predicate: Callable[[Node], bool]) -> str:
        """The name, in generated code, of a table over nodes that says where *predicate* holds."""
        return self.notes.table(predicate)

    def special_number(self, actor: Actor, what: str) -> int:
        """The number of what is no node; see `Notes.special_number`."""
        return self.notes.special_number(actor, what)

    @property
    def violations(self) -> Sequence[Violation]:
        """What properties can be broken by, by number."""
        return self.notes.violations

    @property
    def sites(self) -> Sequence[Site]:
        """Where in the program traced events happen, by number."""
        return self.notes.sites

    @property
    def nodes(self) -> Sequence[Node | None]:
        """The nodes by number; None for what is no node."""
        return self.notes.nodes

    @property
    def special(self) -> Mapping[tuple[int, str], int]:
        """The numbers of what is no node."""
        return self.notes.special

    @property
    def flags(self) -> set[str]:
        """The cells by which tasks leave a fact behind for the world's choices."""
        return self.notes.flags

    @property
    def forced(self) -> set[str]:
        """The keys of the objects that must be in the state."""
        return self.notes.forced

    @property
    def hits(self) -> list[tuple[int, State]]:
        """The violations that a run has come to, each with the state before."""
        return self.notes.hits

    @property
    def triggers(self) -> dict[str, int]:
        """What has come about in a run."""
        return self.notes.triggers


@dataclass(frozen=True, eq=False, kw_only=True)
class Cast(Loaded):
    """Who can move.  *cpus*: who has which CPU.  *frames*: *irqs* and *softirqs*; *nesting*: one may land on another.
    *allocators*: the actors that allocate.  *written_by_user*: the keys of the objects that user space writes.
    *calls_helper*: somebody asks for a user-mode helper; *waits_for_exit*: until it ends; *lends*: goes on while it is
    still read what was given to it."""

    actors: Sequence[Actor]
    cpus: Cpus
    irqs: Sequence[Actor]
    softirqs: Sequence[Actor]
    frames: Sequence[Actor]
    nesting: bool
    allocators: Sequence[int]
    written_by_user: AbstractSet[str]
    calls_helper: bool
    waits_for_exit: bool
    lends: bool

    def all_objects(self) -> list[Obj]:
        """The statics, every actor's locals and what is told apart on the heap, those included that will be
        constants."""
        own = [o for a in self.actors for o in a.objects]
        on_heap = [x for block in self.statics.blocks.heap.values() for x in block.parts]
        return [*self.statics.all_objects(), *own, *on_heap]

    def instr(self, node: Node) -> Instr:
        """The instruction at a node."""
        return self.actors[node.actor].code[node.pc]

    def in_helper(self, node: Node) -> bool:
        """Does a task at this node wait inside call_usermodehelper?"""
        return node.phase == 1 and Does.ASKS_HELPER in effects_of(self.instr(node).op).does

    def helper_table(self) -> str:
        """The name, in generated code, of a table over nodes: does the task stand inside call_usermodehelper?"""
        return self.notes.shared_table("in_helper", self.in_helper)

    def force(self, v: Val) -> None:
        """*v* may be written through: the objects it may point to must be in the state."""
        if v.obj is not None:
            self.forced.update(o.key for o in (v.obj, *v.obj.parts))
        else:
            self.forced.update(o.key for o in self.all_objects() if isinstance(o.type, ir.ObjType) and not o.constant)

    def force_kind(self, kind: str) -> None:
        """Any object of this kind may be written: they must be in the state."""
        self.forced.update(o.key for o in self.all_objects() if o.kind == kind)

    def number(self, node: Node) -> int:
        """The number of a node, which is the value of the cell ``pc`` while the task stands there."""
        times = 1 if self.reduce else UNREDUCED
        return self.notes.number(node, times * MAX_CONTEXTS, times * MAX_NODES, self.instr(node).pos)

    def event_site(self, actor: Actor, instr: Instr, pos: ir.Pos, ctx: Context, phase: int) -> int:
        """The number of the place in the program where a traced event happens."""
        return self.notes.event_site(actor, instr, pos, ctx, phase)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sharing(Cast):
    """Who reaches which memory.  *users*: for each object (by key) the actors that name it.  *wild*: some pointer is
    followed of which nothing is known.  *shares_pointers*: one is stored where others find it.  *follows_tasks*: some
    program looks at a task that may be another than its own.  *written*: the keys of the objects that some actor or
    user space writes; *writes_wild*: something writes through a pointer of which nothing is known."""

    users: Mapping[str, AbstractSet[int]]
    wild: bool
    shares_pointers: bool
    follows_tasks: bool
    written: AbstractSet[str]
    writes_wild: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Protection(Sharing):
    """*as_mutex*: the mutexes, the rw_semaphores, and the semaphores that are used as mutexes.  *observed_locks*: the
    locks of which somebody can tell whether they are held.  *protected*: for each object the locks under which every
    access is made.  *frames_return*: all interrupts certainly come back; *cpus_come_back*: nobody certainly ever keeps
    a CPU that was taken from another."""

    as_mutex: AbstractSet[str]
    observed_locks: AbstractSet[str]
    protected: Mapping[str, AbstractSet[str]]
    frames_return: bool
    cpus_come_back: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan(Protection):
    """All that is known before code is written.  *chains*: what of each actor's code is a step.  *landing_places*:
    for each interrupt the CPUs on which it may land, where each task has one; *frame_cpus*: all of those.  *whole*: for
    some actors a condition over ``s`` without which they don't move."""

    chains: Sequence[Chains]
    landing_places: Mapping[int, Sequence[int]]
    frame_cpus: AbstractSet[int]
    whole: Mapping[int, str]
