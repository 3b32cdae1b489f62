"""The state of the interpreted machine: plain objects that are copied before each step.

Objects refer to each other by address (the keys of `State.objects`) or by number (tasks), never by reference, so a
copy is a copy of each of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from .values import Number, Ptr, Value

NULL, POISON, EMPTY, UNSET = "null", "poison", "empty", "unset"
"""Links of an entry that is on no list; else its link is the address of the head."""

RUNNING, INTERRUPTIBLE, UNINTERRUPTIBLE, DEAD = 0, 1, 2, 64


class Plain:
    """Something that is copied field by field: the fields hold values that never change, but for those that its own
    `copy` and `key` name."""

    def copy(self) -> Any:
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        return new

    def key(self) -> Hashable:
        return tuple(self.__dict__.values())


class Obj(Plain):
    """Memory.  *kind* as `ir.ObjType.kind`, or ``raw`` (allocated, without a type yet), ``int`` (a static).  *data* by
    field or index.  *where*: static, stack, heap.  *shared*: another actor may reach it."""

    def __init__(self, kind: str, data: dict, where: str = "static", type: str = "", size: int = 0) -> None:
        self.kind, self.data, self.where, self.type, self.size = kind, data, where, type, size
        self.alive = True
        self.shared = where == "static"
        self.parent: Any = None

    def copy(self) -> Obj:
        new = super().copy()
        new.data = dict(self.data)
        return new

    def key(self) -> Hashable:
        return (self.kind, tuple(self.data.items()), self.where, self.type, self.size, self.alive, self.shared)


class Frame(Plain):
    """A function that runs.  *func* names code of the module; or, for a kernel call in the middle, *call* names it and
    *phase* says how far it has come.  *objects*: what lives on its piece of the stack."""

    def __init__(self, func: str = "", call: str = "", args: tuple = (), line: int = 0) -> None:
        self.func, self.pc = func, 0
        self.call, self.phase, self.args, self.line = call, "", args, line
        self.locals: dict[str, Value] = {}
        self.stack: list[Value] = []
        self.objects: list[Hashable] = []
        self.data: tuple = ()

    def copy(self) -> Frame:
        new = super().copy()
        new.locals, new.stack, new.objects = dict(self.locals), list(self.stack), list(self.objects)
        return new

    def key(self) -> Hashable:
        return (
            self.func, self.pc, self.call, self.phase, self.args, self.data,
            frozenset(self.locals.items()), tuple(self.stack), tuple(self.objects),
        )  # fmt: skip


class Task(Plain):
    """An actor: *kind* is ``thread``, ``process``, ``user``, ``irq``, ``softirq``, ``khelper``, ``freezer``,
    ``worker``.

    *born*: may run; *done*: has ended.  *queued*: on the run queue.  *held*: the ledger of spinning locks, (address,
    mode, form); *sleeping_locks*: of mutexes and semaphores.  *irqs*: interrupts are on.  *bh*, *preempt*: how often
    switched off by calls; what locks count is in the ledger.  *signals*: pending; with *all_blocked* only those
    *allowed* are seen, with *ignores* only they are not dropped; *dropped*: ignored by its own wish.  *doomed*: what
    stands before its first visible operation is this fault, (cause, line); its first step.
    Of a process of user space (``user``) and of the threads that it makes (*kin*), whose *parent* is a name: the
    *exit_state*, "Z" or "X"; the signal that their end sends; whether a *tracer* has attached.
    *killed*: by a program of the module.  *reading*: how deep under RCU;
    *grace*: the readers that it waits for.  *park*: it is asked to stand still, and *parker* waits for that.
    *mm*: it has memory of user space, without which alone allow_signal() changes what a signal does.
    *waited*: init has heard of its end.  *told*: its end is there to be heard of, once, by the longest of the
    *stoppers*.  *notified*: who told it to stop has left what looks like a signal.  *changed*: it has taken a spinning
    lock, or switched interrupts, bottom halves or preemption."""

    def __init__(self, number: int, name: str, kind: str) -> None:
        self.number, self.name, self.kind = number, name, kind
        self.born, self.done, self.started = True, False, False
        self.state, self.queued = RUNNING, True
        self.frames: list[Frame] = []
        self.held: tuple = ()
        self.sleeping_locks: tuple = ()
        self.irqs, self.bh, self.preempt = True, 0, 0
        self.entry_context: tuple = ()
        self.signals: frozenset = frozenset()
        self.all_blocked, self.ignores = False, False
        self.allowed: frozenset = frozenset()
        self.dropped: frozenset = frozenset()
        self.comm, self.parent = name, "creator"
        self.code: Value = 0
        self.kthread, self.should_stop, self.stopped_by = False, False, None
        self.freeze, self.frozen, self.nofreeze = False, False, False
        self.expired, self.timed = False, False
        self.slept, self.in_helper = False, 0
        self.references, self.reaped, self.waited = 0, False, False
        self.site: Any = None
        self.cpu: int | None = None
        self.entered: frozenset = frozenset()
        self.called: frozenset = frozenset()
        self.observed: tuple = ()
        self.told, self.notified = False, False
        self.stoppers: tuple[int, ...] = ()
        self.doomed: tuple = ()
        self.changed = False
        self.mm, self.killed = True, False
        self.park, self.parker = False, None
        self.reading, self.grace = 0, ()
        self.line = -1
        self.kin, self.exit_state, self.exit_signal, self.tracer = False, "", 17, False

    def copy(self) -> Task:
        new = super().copy()
        new.frames = [frame.copy() for frame in self.frames]
        return new

    def key(self) -> Hashable:
        fields = dict(self.__dict__)
        fields["frames"] = tuple(frame.key() for frame in self.frames)
        return tuple(fields.values())

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def interrupt(self) -> bool:
        return self.kind in ("irq", "softirq")

    @property
    def asleep(self) -> bool:
        return self.born and not self.done and not self.queued

    @property
    def runnable(self) -> bool:
        return self.born and not self.done and self.queued

    def signal_pending(self) -> bool:
        """TIF_SIGPENDING: an unblocked signal, or the freezer's false one."""
        return self.fake or self.notified or bool(self.unblocked())

    @property
    def fake(self) -> bool:
        return self.freeze == "signal"

    def unblocked(self) -> frozenset:
        return self.signals & self.allowed if self.all_blocked else self.signals


class Cpu(Plain):
    """*task*: who has it; *frames*: the interrupts on it, the innermost last."""

    def __init__(self) -> None:
        self.task: int | None = None
        self.frames: tuple[int, ...] = ()


class State(Plain):
    """Everything.  *jobs*: requests for khelper.  *left*: what of the scenario may still come, by name.  *armed*:
    what will fail when it is called next.  *references*: to the module.  *seen*: what the observers remember."""

    def __init__(self) -> None:
        self.objects: dict[Hashable, Obj] = {}
        self.tasks: list[Task] = []
        self.cpus: list[Cpu] = []
        self.jobs: tuple = ()
        self.helpers: tuple = ()
        self.left: dict[str, Any] = {}
        self.armed: frozenset[str] = frozenset()
        self.seen: dict[str, Any] = {}
        self.stop_lock: int | None = None
        self.references = 0

    def copy(self) -> State:
        new = object.__new__(State)
        new.objects = {address: thing.copy() for address, thing in self.objects.items()}
        new.tasks = [task.copy() for task in self.tasks]
        new.cpus = [cpu.copy() for cpu in self.cpus]
        new.jobs, new.helpers, new.stop_lock = self.jobs, self.helpers, self.stop_lock
        new.armed, new.references = self.armed, self.references
        new.left, new.seen = dict(self.left), dict(self.seen)
        return new

    def key(self) -> Hashable:
        return (
            tuple(task.key() for task in self.tasks),
            frozenset((address, thing.key()) for address, thing in self.objects.items()),
            tuple((cpu.task, cpu.frames) for cpu in self.cpus),
            self.jobs,
            self.helpers,
            self.stop_lock,
            self.armed,
            self.references,
            frozenset(self.left.items()),
            frozenset(self.seen.items()),
        )

    # ---- memory ----------------------------------------------------------------------------------------------------

    def lowest(self, space: tuple) -> tuple:
        """The lowest free address of *space*, a tuple to which a number is added."""
        n = 0
        while (*space, n) in self.objects:
            n += 1
        return (*space, n)

    def publish(self, value: Value) -> None:
        """Another actor may now reach what *value* points to, and what that points to."""
        thing = self.objects.get(value.obj) if isinstance(value, Ptr) else None
        if thing is None or thing.shared:
            return
        thing.shared = True
        for inner in thing.data.values():
            self.publish(inner)
        for entry in thing.data.get("entries") or ():
            self.publish(Ptr(entry))
        for address, other in self.objects.items():
            if other.parent == value.obj or address == thing.parent:
                self.publish(Ptr(address))

    def inside(self, address: Hashable) -> list[Hashable]:
        """What lies in an object: its fields and elements that are objects, and theirs."""
        mine = [other for other, thing in self.objects.items() if thing.parent == address]
        return [*mine, *(x for other in mine for x in self.inside(other))]

    def end(self, address: Hashable) -> None:
        """The object and what is in it are dead."""
        self.objects[address].alive = False
        for other, thing in self.objects.items():
            if thing.parent == address and thing.alive:
                self.end(other)

    def sweep(self) -> None:
        """Forget dead objects that nothing points to."""
        dead = {address for address, thing in self.objects.items() if not thing.alive}
        if not dead:
            return
        used: set = set()
        for thing in self.objects.values():
            for value in thing.data.values():
                used |= _named(value)
            if thing.alive and thing.parent is not None:
                used.add(thing.parent)
        for task in self.tasks:
            used |= {hold[0] for hold in (*task.held, *task.sleeping_locks)}
            for frame in task.frames:
                for value in (*frame.locals.values(), *frame.stack, *frame.args, *frame.data):
                    used |= _named(value)
            used |= _named(task.code)
        for address, thing in self.objects.items():
            if (
                thing.kind in ("timer", "tasklet", "rcu_head")
                and thing.data["pending"]
                or thing.data.get("timer") is not None
            ):
                used |= _named(address)
            if thing.kind == "workqueue":
                used |= {address}
        for job in self.jobs:
            for value in job:
                used |= _named(value)
        whole = {self.outermost(address) for address in dead & used}
        for address in [x for x in dead if self.outermost(x) not in whole]:
            del self.objects[address]

    def outermost(self, address: Hashable) -> Hashable:
        """The object that nothing contains in which this one lies."""
        while self.objects[address].parent is not None:
            address = self.objects[address].parent
        return address


def _named(value: Any) -> set:
    """The addresses in a value."""
    if isinstance(value, Ptr):
        return {value.obj}
    if isinstance(value, Number):
        return set()
    if isinstance(value, tuple):
        found: set = set()
        for part in value:
            found |= _named(part)
        found.add(value)
        return found
    return set()


def alive_parts(state: State, addresses: Iterable[Hashable]) -> Iterator[Hashable]:
    for address in addresses:
        if address in state.objects and state.objects[address].alive:
            yield address
