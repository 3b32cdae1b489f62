"""A state as people read it: tasks with their letters, queues, locks, statics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast, overload

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cell, State
from kthreadlab.compile.context import HARDIRQ, SOFTIRQ, Node
from kthreadlab.compile.effects import Does, Waits
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.program import looks_again
from kthreadlab.compile.runtime import CONSTANT, FREED, HEAP, NOWHERE, REACH, TEXT
from kthreadlab.compile.structs import parts_of
from kthreadlab.compile.values import TASK, Obj
from kthreadlab.kernel.family import INIT, in_family
from kthreadlab.kernel.kthread import ahead, stopped_by
from kthreadlab.kernel.lifetime import reaped_later
from kthreadlab.kernel.list import LINKED, LIST_POISON1
from kthreadlab.kernel.queue import CORRUPT, NOBODY
from kthreadlab.kernel.timer import PENDING
from kthreadlab.kernel.workqueue import PENDING as WORK_PENDING
from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.task_state import ENDED, LETTERS, NAMES, STOPPED, TRACED, asleep, declared, runnable
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import blocked, unemployed
from kthreadlab.trace.events import MachineView, TaskView

from .locals import Locals

SHOWN_FIRST = {"SIGKILL": -2, "SIGTERM": -1}
"""Where some signals stand among those that are pending, which are listed by number."""
OF_PROCESSES = {"child": "the end of a child", "signal": "a signal", "work": "work that is queued"}
"""What somebody may wait for in a call that is no object (`effects.Waits`)."""
HOLDABLE = ("semaphore", "rw_semaphore", "mutex", "spinlock", "rwlock")
"""Kinds of objects that somebody may have."""


def kind_of(obj: Obj) -> str:
    """The kernel type of an object, or "" for a number, a text …"""
    return obj.type.kind if isinstance(obj.type, ir.ObjType) else ""


def group_of(m: Machine, obj: Obj) -> str:
    """The part of a `MachineView` that an object is in; "" for none."""
    kind = kind_of(obj)
    if kind in ("wait_queue_head", "completion") or (kind == "semaphore" and obj.key not in m.as_mutex):
        return "queues"
    if kind in HOLDABLE:
        return "locks"
    return "" if kind == "ctl_table" else "statics"


def fields_on_heap(m: Machine) -> dict[int, str]:
    """What is so many cells behind the beginning of a block of the heap, where all structs that may be there agree."""
    found: dict[int, set[str]] = {}
    for struct in m.statics.cast_to:
        for x in parts_of(m.statics, ir.ObjType("struct", of=struct)):
            found.setdefault(x.offset, set()).add(f".{x.path}")
    return {offset: paths.pop() for offset, paths in found.items() if len(paths) == 1}


NAMELESS = {"wait_queue": "entry"}
"""What an object that has no name is called, by its kind; else an object."""


class Viewer:
    """Reads states of one machine."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.objects = machine.layout.objects
        self.locals = Locals(machine, self.name)
        self.fields = fields_on_heap(machine)
        self.left_to_init = {a.index for a in machine.actors if reaped_later(machine, a)}
        self.names = {n: self.objects[k].name for k, n in machine.index.items() if k in self.objects}
        self.names |= {n: self.objects[k].name for k, n in machine.layout.literal_index.items()}
        for a in machine.actors:  # what a call of the kernel's declares for itself has no name, but is somebody's
            nameless = (o for o in a.objects if not o.name and o.key in machine.index)
            self.names |= {machine.index[o.key]: f"{a.name}'s {NAMELESS.get(kind_of(o), 'object')}" for o in nameless}

    def name(self, address: object) -> str:
        """An address as text: a static's or local's name, a string literal, a heap buffer."""
        if not address:
            return "NULL"
        if not isinstance(address, int):
            return str(address)
        if TASK <= address < TASK + len(self.m.actors):
            return self.m.actors[address - TASK].name
        if address >= HEAP:
            return self.heap_name(address - HEAP)
        if self.m.memory.first <= address < self.m.layout.size:
            return self.heap_name(address - self.m.memory.first)
        if address == LIST_POISON1 or address >= NOWHERE - REACH:
            return "LIST_POISON1" if address == LIST_POISON1 else "no struct at all"
        if address >= CONSTANT:
            return self.names.get(address) or f'"{self.m.layout.literals[address - CONSTANT]}"'
        return self.names.get(address) or f"object#{address}"

    def heap_name(self, n: int) -> str:
        """A heap object by whose it is: "sensor's object 1"; what lies in one by its field, if that is certain."""
        block, part = divmod(n, self.m.memory.width)
        owner, k = divmod(block, self.m.memory.each)
        return f"{self.m.actors[self.m.allocators[owner]].name}'s object {k + 1}{self.fields.get(part, '')}"

    def view(self, s: State) -> MachineView:
        """The whole machine in state *s*."""
        groups: dict[str, dict[str, object]] = {"queues": {}, "locks": {}, "statics": {}}
        for obj in self.present(s):
            if group := group_of(self.m, obj):
                groups[group][obj.name] = self.shown(s, obj)
        here = [a for a in self.m.actors if self.exists(s, a)]
        tasks, known = tuple(self.task(s, a) for a in here), {a.name: self.locals.of(s, a) for a in here}
        return MachineView(tasks, **cast(Any, groups), heap=self.heap(s), frames=self.frames(s), locals=known)

    def present(self, s: State) -> Iterator[Obj]:
        """The objects that there are in state *s*, but for those on stacks: statics and what lies in them, and in
        structs on the heap what tasks wait for or have."""
        yield from self.m.statics.all_objects()
        for whole in self.m.statics.blocks.heap.values():
            block = self.cell(s, whole.key)
            if isinstance(block, tuple) and block[0] == self.m.statics.struct_ids[whole.heap]:
                yield from (x for x in whole.parts if group_of(self.m, x) in ("queues", "locks"))

    def locks(self, s: State) -> Mapping[str, str]:
        """Who has each lock in state *s*, looked up for those that are asked for."""
        return LockHolders(self, s)

    def shown(self, s: State, obj: Obj) -> object:
        """What an object is in state *s*: who is on a queue, in order; who has a lock; what anything else holds."""
        kind, group = kind_of(obj), group_of(self.m, obj)
        if group == "locks":
            return self.holders(s, obj.key)
        value = self.cell(s, obj.key)
        if group == "statics":
            return self._static(s, obj, kind, value)
        if kind == "wait_queue_head":
            return self._queue(s, value)
        return tuple(self.m.actors[a].name for a in value[1]) if value is not None else ("(not initialised)",)

    def heap(self, s: State) -> tuple[str, ...]:
        """The objects on the heap in state *s*, as text."""
        cells = ((n, s[p]) for n, p in enumerate(self.m.memory.heap))
        return tuple(self._heap(n, value) for n, value in cells if value is not None and value != FREED)

    def frames(self, s: State) -> tuple[tuple[int, str], ...]:
        """The interrupts and bottom halves under way in state *s*: on which CPU, and the name."""
        stacks = ((int(key[4:]), n) for key, n in self.m.index.items() if key.startswith("frm."))
        return tuple((cpu, self.m.actors[x].name) for cpu, n in stacks for x in s[n])

    def _static(self, s: State, obj: Obj, kind: str, value: Cell) -> object:
        """What a static that is neither queue nor lock holds."""
        if kind == "list":
            return self._list(value)
        if kind in ("timer", "tasklet", "rcu_head"):
            n = self.m.index.get(f"tp.{obj.key}")
            return "pending" if n is not None and s[n] & PENDING else "not pending"
        if kind in ("work", "delayed_work"):
            return "pending" if value is not None and value[2] & WORK_PENDING else "not pending"
        if kind == "workqueue":
            return tuple(self.name(item) for item, _ in value) if value is not None else "(not made)"
        if kind in ("text", "array", "struct"):
            return value
        if kind == "wait_queue":
            return self.entry_of(value)
        if isinstance(obj.type, ir.PtrType):
            return self.name(value)
        return int(value) if value is not None else 0

    def entry_of(self, value: Cell) -> str:
        """Whom an entry of a wait queue would wake."""
        task = value[0] if isinstance(value, tuple) else NOBODY
        return self.m.actors[task].name if 0 <= task < len(self.m.actors) else "nobody"

    def exists(self, s: State, a: Actor) -> bool:
        """Is there such a task, or bottom half, in state *s*?"""
        place: int = s[self.m.index[f"pc.{a.index}"]]
        if a.kind == "softirq":
            return place != self.m.special[a.index, "idle"]
        if a.queue is not None:
            return self.cell(s, a.queue.key) is not None
        return not (a.dormant and place == self.m.special.get((a.index, "unborn")))

    def _queue(self, s: State, entries: tuple[int, ...] | None) -> tuple[str, ...]:
        if entries is None:
            return ("(not initialised)",)
        out = []
        for e in entries:
            if e == CORRUPT:
                out.append("(links go round in a circle)")
            else:
                entry = s[e]
                out.append(self._sleeper(entry[0]) if entry else "(a dead stack entry)")
        return tuple(out)

    def _sleeper(self, task: int) -> str:
        """Whom a wait-queue entry is for."""
        return self.m.actors[task].name if 0 <= task < len(self.m.actors) else "(nobody)"

    def holders(self, s: State, key: str) -> str:
        """Who has the lock *key* in state *s*, and how, by name."""
        out = []
        for a in self.m.actors:
            node = self.m.nodes[s[self.m.index[f"pc.{a.index}"]]]
            for h in (*node.ctx.held, *node.ctx.owned) if node is not None else ():
                if h.lock == key:
                    out.append(a.name + {"r": " (read)", "w": " (write)"}.get(h.mode, ""))
        return ", ".join(out)

    def _list(self, value: object) -> object:
        """The entries of a list, by name."""
        if not isinstance(value, tuple):
            return "(not initialised)" if not value else "(taken off its list)"
        if CORRUPT in value:
            return "(links go astray)"
        return tuple(self.name(e) for e in value) if value[:1] != (LINKED,) else f"(on {self.name(value[1])})"

    def _heap(self, n: int, value: tuple[int, int, object]) -> str:
        kind, size, payload = value
        return f"{self.heap_name(n)}: {size} bytes" + (f' "{payload}"' if kind == TEXT else "")

    def task(self, s: State, a: Actor) -> TaskView:
        """A task, or an interrupt that is a frame on some CPU."""
        m = self.m
        number = s[m.index[f"pc.{a.index}"]]
        node = m.nodes[number]
        final = m.special.get((a.index, "final")) == number
        waiting = m.special.get((a.index, "arrive")) == number
        st = s[m.state_cells[a.index]] if a.is_task and m.state_cells[a.index] else 0
        ctx = node.ctx if node is not None else None
        instr = m.instr(node) if node is not None else None
        comm, ppid, has_mm = self.identity(s, a)
        idle = unemployed(m, s, number)
        letter = "S" if idle else self._letter(s, a, st, ppid)
        frozen = final and a.kind not in ("thread", "user")
        running = not final and not waiting and runnable(st) and not idle and m.cpus.has_cpu(m, s, a.index)
        return TaskView(
            a.name,
            comm,
            a.pid,
            ppid,
            "X" if frozen else letter,
            next((name for name, x in ENDED.items() if x == letter), NAMES.get(declared(st), "TASK_RUNNING")),
            not final and not waiting and not idle and runnable(st),
            running,
            self._waiting_for(s, a, st, instr, node),
            instr.pos.line if instr is not None and not waiting else 0,
            instr.pos.file if instr is not None else "",
            has_mm,
            tuple(self.called(h.lock) for h in (*ctx.held, *ctx.owned)) if ctx else (),
            bool(ctx.off) if ctx else False,
            (ctx.count(m.config.preempt) if ctx else 0) + (self._frame_count(a) if node is not None else 0),
            self._signals(s, a),
            "irq" if a.is_frame else "process",
        )

    def called(self, key: str) -> str:
        """The name of an object."""
        return self.name(self.m.index[key]) if key in self.m.index else self.objects[key].name

    def _queues(self, s: State) -> list[int]:
        """The cells of all wait queues there are in state *s*."""
        known = (self.m.index.get(x.key) for x in self.m.statics.all_objects() if kind_of(x) == "wait_queue_head")
        return [*(n for n in known if n is not None), *self.m.memory.of_kind(s, "wait_queue_head")]

    def _letter(self, s: State, a: Actor, st: int, ppid: int) -> str:
        """As ps shows a task whose state is *st*; once it has ended, by its exit_state."""
        if st == TRACED:
            return self.m.config.kernel.traced
        return LETTERS.get(declared(st)) or ENDED["EXIT_DEAD" if self._reaped(s, a, ppid) else "EXIT_ZOMBIE"]

    def place(self, s: State, a: Actor) -> str:
        """The letter of ps, where the task is off the run queue; R on it, whatever it has declared; "" before it is
        there."""
        st = s[self.m.state_cells[a.index]]
        if not self.exists(s, a):
            return ""
        return "R" if runnable(st) else self._letter(s, a, st, self.identity(s, a)[1])

    @staticmethod
    def _frame_count(a: Actor) -> int:
        """What an interrupt or a bottom half adds to preempt_count."""
        return {"irq": HARDIRQ, "softirq": SOFTIRQ}.get(a.kind, 0)

    def _reaped(self, s: State, a: Actor, ppid: int) -> bool:
        """Has a task that has ended been reaped?"""
        if in_family(self.m, a):
            return bool(self.cell(s, f"reap.{a.index}"))
        if ppid == INIT and a.index in self.left_to_init:
            return bool(self.cell(s, f"reap.{a.index}"))
        kernel = self.m.config.kernel
        return ppid in (kernel.reaper, kernel.kthread_parent) or bool(self.cell(s, f"reap.{a.index}"))

    def identity(self, s: State, a: Actor) -> tuple[str, int, bool]:
        """The name that ps shows, the pid of the parent, and whether user space lends it memory."""
        if a.kind == "khelper":
            return self.m.config.kernel.executor, 4, False
        if a.kind == "worker":
            return a.name, self.m.config.kernel.kthread_parent, False
        if a.kind == "user":
            return a.name, int(self.cell(s, f"parent.{a.index}")), True
        if a.kind != "thread":
            return a.name, 2000, True
        comm, parent, mm = (self.cell(s, f"{what}.{a.index}") for what in ("comm", "parent", "mm"))
        return comm, parent, bool(mm)

    def cell(self, s: State, key: str) -> Cell:
        """What a cell holds, or, if nothing ever writes it, always held."""
        n = self.m.index.get(key)
        return s[n] if n is not None else self.m.layout.initial_value(key)

    def _signals(self, s: State, a: Actor) -> tuple[str, ...]:
        n = self.m.index.get(f"pend.{a.index}")
        bits = s[n] if n is not None else 0
        names = [name for name in CONSTANTS if name.startswith("SIG") and bits >> CONSTANTS[name] & 1]
        return tuple(sorted(names, key=lambda name: SHOWN_FIRST.get(name, CONSTANTS[name])))

    def _waiting_for(self, s: State, a: Actor, st: int, instr: Instr | None, node: Node | None) -> str:
        """What a task or frame waits for, by name; "" if it may run."""
        m = self.m
        if instr is None or node is None:
            return ""
        if blocked(m, s, a.index):
            lock: Obj | None = instr.args[0].obj
            return lock.name if lock is not None else "an interrupt's handler"
        if asleep(st):
            return self._sleeping_for(s, a, instr, node)
        if st in (STOPPED, TRACED):
            return "SIGCONT" if st == STOPPED else "its tracer"
        return ("work" if a.queue is not None else "a request") if unemployed(m, s, s[m.index[f"pc.{a.index}"]]) else ""

    def _sleeping_for(self, s: State, a: Actor, instr: Instr, node: Node) -> str:
        """What a task sleeps for that stands at *instr*."""
        m = self.m
        if m.in_helper(node):
            return "the user-mode helper"
        if instr.op == "enter":
            return "its first wake-up"
        for wait in effects_of(instr.op).made(Waits):
            if wait.what in OF_PROCESSES:
                return OF_PROCESSES[wait.what]
        if Does.STOPS in effects_of(instr.op).does:
            thread = stopped_by(m, s, a.index)
            name = m.actors[thread if thread >= 0 else ahead(m, s)].name
            return f"the end of {name}" if thread >= 0 else f"the end of kthread_stop() in {name}"
        if looks_again(instr):
            obj: Obj | None = instr.args[0].obj if instr.args else None
            return f"the {obj.kind} {obj.name}" if obj is not None else ""
        for n in self._queues(s):
            if isinstance(s[n], tuple):
                if any(e != CORRUPT and s[e] and s[e][0] == a.index for e in s[n]):
                    return self.name(n)
        return "nothing: it is on no wait queue"


class Views(Sequence[MachineView]):
    """States as people read them, each looked at when somebody asks for it, and once."""

    def __init__(self, viewer: Viewer, states: Sequence[State]) -> None:
        self.viewer, self.states = viewer, states
        self.known: dict[int, MachineView] = {}

    def __len__(self) -> int:
        return len(self.states)

    @overload
    def __getitem__(self, n: int) -> MachineView: ...

    @overload
    def __getitem__(self, n: slice) -> Sequence[MachineView]: ...

    def __getitem__(self, n: int | slice) -> MachineView | Sequence[MachineView]:
        if isinstance(n, slice):
            return tuple(self[k] for k in range(*n.indices(len(self))))
        n = range(len(self))[n]
        if n not in self.known:
            self.known[n] = self.viewer.view(self.states[n])
        return self.known[n]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __repr__(self) -> str:
        return repr(tuple(self))


class LockHolders(Mapping[str, str]):
    """Who has which lock in a state, by the locks' names."""

    def __init__(self, viewer: Viewer, s: State) -> None:
        self.viewer, self.s = viewer, s
        self.keys_of = {o.name: o.key for o in viewer.present(s) if group_of(viewer.m, o) == "locks"}

    def __getitem__(self, name: str) -> str:
        return self.viewer.holders(self.s, self.keys_of[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_of)

    def __len__(self) -> int:
        return len(self.keys_of)
