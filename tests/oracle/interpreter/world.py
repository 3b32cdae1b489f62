"""A module in a scenario on a machine: the first state, and what can happen in a state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS, OBJECT_TYPES
from kthreadlab.lang.module import KernelModule

from . import (  # noqa: F401  (their operations)
    blocks,
    locks,
    memory,
    module,
    naps,
    park,
    processes,
    rcu,
    refcounts,
    rwsem,
    signals,
    tasklets,
    threads,
    waiting,
    work,
)
from .code import Code
from .observers import Observers
from .run import ALLOCATORS, GFP_WAIT, IN_STEPS, LOCAL, Run
from .state import DEAD, EMPTY, INTERRUPTIBLE, NULL, RUNNING, UNSET, Cpu, Frame, Obj, State, Task
from .threads import SIGKILL, complete_helper, program, reap, referenced, send_signal, start_code, status
from .values import UNWRITTEN, Blocked, Fn, KernelFault, NotInterpreted, Ptr, Value, fit
from .versions import VERSIONS
from .waiting import wait_entry

SIGNALS = {
    "SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGKILL": 9, "SIGUSR1": 10, "SIGUSR2": 12, "SIGALRM": 14, "SIGTERM": 15,
    "SIGCHLD": 17, "SIGCONT": 18, "SIGSTOP": 19,
}  # fmt: skip
PF_FREEZE, PF_NOFREEZE = 0x10000, 0x8000
BARE = {kind: name for name, kind in OBJECT_TYPES.items()}
"""What declares an object of each kind that nothing has initialised."""
EXEC_LINE = 9
"""Where the machine's own kernel/kmod.py executes a request: the line of whatever khelper does wrong."""
MAKERS = ("kernel_thread", "kthread_create", "kthread_run")
SPARE = 2
"""CPUs without a task on which interrupts may land, where each task has a CPU of its own."""


@dataclass
class Move:
    """One thing that can happen.  *mover*: who moves, ("task", n), ("timer", …), ("call", i) …; *fair*: it comes at
    last by itself.  *to*: the next state, None behind a fault."""

    mover: tuple
    fair: bool
    to: State | None = None
    fault: tuple[str, str, int] | None = None
    hits: list = field(default_factory=list)
    done: list = field(default_factory=list)
    triggers: set = field(default_factory=set)
    events: list = field(default_factory=list)
    last: State | None = None


class World(Observers):
    """Everything that does not change while a scenario runs."""

    def __init__(self, module: KernelModule, scenario: Any, config: Any) -> None:
        self.module, self.scenario, self.config = module, scenario, config
        self.version = VERSIONS[config.profile]
        self.smp = config.cpus > 1 if config.smp is None else config.smp
        self.codes = {name: Code(f, module, self.version) for name, f in module.functions.items() if not f.stub}
        self.written = _written(module)
        self.constant_objects: frozenset = frozenset()
        self.enters_alone: dict[str, bool] = {}
        whens = _whens(scenario)
        self.watches_functions = any(w.kind == "inside" for w in whens)
        self.watches_calls = any(w.kind == "before_first" for w in whens)
        self.order = [p.name for top in getattr(scenario, "processes", ()) for p in top.all()]
        self.order += [name for name in module.functions if name not in self.order]
        roots = [t.function for t in scenario.threads] + [c.function for c in scenario.calls]
        roots += [step.function for _, _, step in processes.entered(scenario)]
        self.reach = {name: _reachable(module, name) for name in module.functions}
        used = set().union(*(self.reach.get(r, set()) for r in roots)) if roots else set()
        self.made = {("thread", f) for kind, name in used if kind == "own" for f in _handed(module, name)}
        self.uses_helper = ("call", "call_usermodehelper") in used
        makers = sum(_count(module, name) for kind, name in used if kind == "own")
        calls = sum(c.context == "process" for c in scenario.calls) + len(self.everybody())
        tasks = len(scenario.threads) + calls + makers + self.uses_helper + (scenario.freeze is not None)
        self.sites = self.number_sites()
        self.prepare_work(used)
        tasks += len(self.workers_of())
        self.enough = config.cpus >= tasks
        self.each = self.enough and config.cpus > 1
        self.spare = min(SPARE, max(0, config.cpus - tasks)) if self.each else 0
        begun = [*roots, *sorted(f for _, f in self.made), *sorted(_timed(module, used))]
        self.as_mutex = _as_mutex(module, begun)
        fields = [field for struct in module.structs.values() for field in struct.fields]
        self.object_fields = {
            name: t.size if t.kind == "array" and isinstance(t.of, str | ir.ObjType) else 0
            for name, t in fields
            if isinstance(t, ir.ObjType)
        }
        self.setup_observers()

    def prepare_work(self, used: set[tuple[str, str]]) -> None:
        """What has to be known of work before there is a state."""
        module = self.module
        self.uses = {name for kind, name in used if kind == "call"}
        self.irq_handlers = {
            arg.name
            for f in module.functions.values()
            for s in f.body
            for n in _walk(s)
            if isinstance(n, ir.Call) and n.name == "request_irq"
            for arg in n.args
            if isinstance(arg, ir.FuncRef)
        }
        nodes = [n for kind, f in used if kind == "own" for s in module.functions[f].body for n in _walk(s)]
        self.work_cases = work.cases(module, nodes)
        self.few_items = work.few(module, nodes)
        own = set().union(*(self.reach.get(f, set()) for f, _ in self.work_cases)) if self.work_cases else set()
        self.workers_flush = any(("call", name) in own for name in work.FLUSHES)
        if self.uses & work.ON_EVENTS or self.uses & set(work.MAKES):
            self.uses |= {name for kind, name in own if kind == "call"}
        self.beginnings = [(("thread", n), t.function) for n, t in enumerate(self.scenario.threads)]
        self.beginnings += [(("call", n), c.function) for n, c in enumerate(self.scenario.calls)]
        self.beginnings += [((owner, *path), made.partition("#")[0]) for (owner, *path), made in self.sites.items()]

    def workers_of(self) -> list[Task]:
        """The workers that there will be."""
        self.each, state = False, State()
        work.staff(self, state)
        return state.tasks

    def number_sites(self) -> dict[tuple, str]:
        """The names of the threads that a module may make, by the places that make them: the second of a name is
        ``name#2``, in the order of the actors and of the text."""
        todo = [(("thread", n), t.function) for n, t in enumerate(self.scenario.threads)]
        todo += [(("call", n), c.function) for n, c in enumerate(self.scenario.calls)]
        todo += [(("process", name, n), step.function) for name, n, step in processes.entered(self.scenario)]
        names = [t.name or t.function for t in self.scenario.threads] + [c.name for c in self.scenario.calls]
        found: dict[tuple, str] = {}
        while todo and len(found) < 50:
            owner, function = todo.pop(0)
            start: tuple = ()
            if owner[0] == "process":
                *owner, at = owner
                owner, start = tuple(owner), (("", at),)
            for path, made in self.makers(function, start, 0):
                names.append(made)
                found[(owner, *path)] = made if names.count(made) == 1 else f"{made}#{names.count(made)}"
                todo.append(((owner, *path), made))
        return found

    def makers(self, function: str, path: tuple, depth: int) -> Iterator[tuple[tuple, str]]:
        """The places of a function, and of those that it calls, that make a thread, and of what."""
        code = self.codes.get(function)
        if code is None or depth > 8:
            return
        handed = ""
        for pc, (op, a, _, _) in enumerate(code.instructions):
            here = (*path, (function, pc + 1))
            if op == "const" and isinstance(a, Fn):
                handed = a.name
            elif op == "own":
                yield from self.makers(a, here, depth + 1)
            elif op == "kernel" and a in MAKERS:
                yield here, handed

    # ---- objects ---------------------------------------------------------------------------------------------------

    def build(
        self,
        state: State,
        address: Any,
        type_: Any,
        make: str,
        args: list,
        where: str,
        current: Task | None,
        zero: bool = False,
    ) -> None:
        """Make the object that a declaration makes at *address*.  *zero*: where it says nothing, the memory is zeros,
        not whatever was there before."""
        thing = Obj(type_.kind, {}, where, size=type_.size)
        state.objects[address] = thing
        match type_.kind:
            case "wait_queue_head":
                thing.data["entries"] = None if make == "wait_queue_head_t" else ()
            case "wait_queue":
                me = Ptr(("t", current.number)) if current is not None else 0
                if make == "DECLARE_WAITQUEUE":
                    thing.data = wait_entry(args[0] if args else me, False, NULL)
                elif make == "DEFINE_WAIT":
                    thing.data = wait_entry(me, True, EMPTY)
                else:
                    thing.data = wait_entry(0, False, NULL)
                thing.data["ready"] = where != "heap" or zero
            case "spinlock" | "rwlock":
                free = locks.free_word(self.version, type_.kind)
                ready = make != BARE[type_.kind] or (self.version.zero_unlocks and zero)
                thing.data = {"ready": ready, "word": free}
            case "atomic" | "refcount" | "kref":
                thing.data["value"] = args[0] if args else 0 if zero or where != "heap" else UNWRITTEN
            case "completion":
                thing.data = {"ready": make != "completion", "done": 0, "waiters": ()}
            case "semaphore":
                count = args[0] if args else int(make != "DECLARE_MUTEX_LOCKED")
                thing.data = {"ready": make != "semaphore", "count": count, "waiters": (), "given": ()}
            case "rw_semaphore":
                thing.data = rwsem.new_rwsem(make == "DECLARE_RWSEM")
            case "mutex":
                thing.data = {"ready": make != "mutex", "owner": None, "waiters": ()}
            case "timer":
                ready = make != "timer_list"
                own = self.version.timer_gives_itself and make == "DEFINE_TIMER"
                arg = Ptr(address) if own else args[2] if len(args) > 2 else 0
                thing.data = {
                    "ready": ready,
                    "written": where != "heap" or zero,
                    "pending": False,
                    "torn": False,
                    "function": args[0] if args else 0,
                    "arg": arg,
                }
            case "tasklet":
                thing.data = {"ready": where != "heap" or zero, **tasklets.fresh(address, make, args)}
            case "rcu_head":
                thing.data = {"function": 0, "arg": Ptr(address), "pending": False, "torn": False, "grace": ()}
            case "work" | "delayed_work":
                thing.data = {"ready": where != "heap" or zero, **work.fresh(address, args)}
            case "list":
                initialised = make == "LIST_HEAD"
                unset = UNSET if where == "heap" and not zero else NULL
                thing.data = {"entries": () if initialised else None, "link": EMPTY if initialised else unset}
            case "text":
                text = args[1] if len(args) > 1 else 0
                unwritten = where == "heap" and not zero
                thing.data["text"] = text.obj[1] if isinstance(text, Ptr) else UNWRITTEN if unwritten else ""
            case "array":
                self.build_array(state, address, type_, args, thing, zero)
            case "struct":
                thing.type = type_.of
                for name, kind in self.module.structs[type_.of].fields:
                    if isinstance(kind, ir.ObjType):
                        self.build_part(state, address, name, kind, zero)
                    else:
                        thing.data[name] = 0 if zero or where != "heap" else UNWRITTEN
            case "ctl_table":
                thing.data.update(row=tuple(args), registered=self.version.numbered)
            case _:
                raise NotInterpreted(f"an object of kind {type_.kind}")

    def build_part(self, state: State, address: Any, key: Any, type_: Any, zero: bool) -> None:
        """The object that is a field or an element of the one at *address*."""
        whole = state.objects[address]
        self.build(state, (address, key), type_, BARE.get(type_.kind, ""), [], whole.where, None, zero)
        state.objects[(address, key)].parent = address
        state.objects[(address, key)].shared = whole.shared

    def build_array(self, state: State, address: Any, type_: Any, args: list, thing: Obj, zero: bool) -> None:
        of = ir.ObjType("struct", 0, type_.of) if isinstance(type_.of, str) else type_.of
        if isinstance(of, ir.IntType):
            thing.type = of.name
        elif isinstance(of, ir.ObjType):
            for n in range(type_.size):
                self.build_part(state, address, n, of, zero)
        literal = len(args) == type_.size and not isinstance(of, ir.ObjType)
        fill = 0 if zero or thing.where != "heap" else UNWRITTEN
        for n in range(type_.size):
            thing.data[n] = args[n] if literal and of is not None and args else fill

    def fitted(self, thing: Obj, key: Any, value: Value) -> Value:
        """*value* as the field, element or static keeps it."""
        type_: Any = None
        if thing.kind == "struct":
            type_ = dict(self.module.structs[thing.type].fields).get(key)
        elif thing.kind in ("array", "int") and thing.type:
            type_ = ir.INTS.get(thing.type)
        return fit(type_, value) if isinstance(type_, ir.IntType) else value

    def task_field(self, run: Run, task: Task, name: str) -> Value:
        match name:
            case "state" | "__state":
                return task.state
            case "pid":
                return self.pid(task)
            case "comm":
                return Ptr(("t", task.number), "comm")
            case "siglock" | "sigmask_lock":
                return signals.own_lock(run, task)
            case "blocked":
                return 0  # only as the set that a call changes
            case "flags":
                return PF_FREEZE * (task.freeze in ("signal", "flag")) | PF_NOFREEZE * task.nofreeze
        raise NotInterpreted(f"current.{name}")

    def pid(self, task: Task) -> int:
        """From 100 on: the scenario's threads and calls, processes, then who is made, in the order of the places that
        make it."""
        processes = [p.name for p in self.everybody()]
        first = 100 + len(self.scenario.threads) + len(self.scenario.calls)
        if task.site in self.sites:
            return first + len(processes) + list(self.sites).index(task.site)
        if task.kind == "user":
            return first + processes.index(task.name)
        return 100 + task.number - self.uses_helper

    def set_task_field(self, run: Run, task: Task, name: str, value: Value) -> None:
        if name in ("state", "__state"):
            task.state = value
        elif name == "flags":
            task.nofreeze = bool(value & PF_NOFREEZE)
        else:
            raise NotInterpreted(f"current.{name}")

    # ---- the first state -------------------------------------------------------------------------------------------

    def first(self) -> State:
        state = State()
        for static in self.module.statics.values():
            self.build_static(state, static)
        for store in self.scenario.stores:
            thing = state.objects.get(("s", store.name))
            if thing is not None and thing.kind == "text":
                thing.data["text"] = store.text
        if self.each:
            state.cpus = [Cpu() for _ in range(self.spare)]
        else:
            state.cpus = [Cpu() for _ in range(self.config.cpus)]
        if self.uses_helper:
            khelper = self.add(state, "khelper", "khelper")
            frame = Frame(call="#khelper")
            frame.phase = "take"
            khelper.frames, khelper.queued, khelper.state = [frame], False, INTERRUPTIBLE
        for thread in self.scenario.threads:
            task = self.add(state, thread.name or thread.function, "thread")
            task.started, task.comm, task.site = True, "insmod", ("thread", self.scenario.threads.index(thread))
            if self.version.event_wait:  # 6.12: kthreadd's child, named from the start
                task.comm = task.name[:15]
                task.parent, task.ignores, task.nofreeze, task.mm = "kthreadd", True, True, False
            self.begin(state, task, thread.function, [thread.arg])
        for n, call in enumerate(self.scenario.calls):
            task = self.add(state, call.name, "irq" if call.context == "irq" else "process")
            task.born = task.queued = False
            task.site = ("call", n)
            state.left[f"call:{n}"] = 1
        for kind, items in (("signal", self.scenario.signals), ("write", self.scenario.writes)):
            for n, _ in enumerate(items):
                state.left[f"{kind}:{n}"] = 1
        for n, _ in enumerate(self.scenario.reads):
            state.left[f"read:{n}"] = 1
        for n, spurious in enumerate(self.scenario.spurious):
            state.left[f"spurious:{n}"] = spurious.budget
        for n, fault in enumerate(self.scenario.faults):
            state.left[f"fault:{n}"] = fault.budget
        if self.scenario.freeze is not None:
            self.add(state, "freezer", "freezer").born = False
            state.left["freeze"] = 1
        for process in getattr(self.scenario, "processes", ()):
            processes.make(self, state, process.name, None, SIGNALS)
        for n, _ in enumerate(getattr(self.scenario, "ptraces", ())):
            state.left[f"ptrace:{n}"] = 2
        work.staff(self, state)
        self.first_observed(state)
        return state

    def everybody(self) -> list[Any]:
        """The processes of user space that there may be."""
        return [p for top in getattr(self.scenario, "processes", ()) for p in top.all()]

    def forks(self, run: Run, name: str) -> None:
        """A new process, the child of the one that runs."""
        processes.make(self, run.state, name, run.task, SIGNALS)
        run.exercise("#fork")

    def build_static(self, state: State, static: ir.Static) -> None:
        address = ("s", static.name)
        args = [self.constant(arg) for arg in static.args]
        if isinstance(static.type, ir.ObjType):
            self.build(state, address, static.type, static.make, args, "static", None, zero=True)
            return
        thing = Obj("int", {"value": args[0] if args else 0})
        thing.type = static.type.name if isinstance(static.type, ir.IntType) else ""
        thing.data["value"] = self.fitted(thing, "value", thing.data["value"])
        state.objects[address] = thing

    def constant(self, e: ir.Expr) -> Value:
        """The value of a static's initialiser."""
        match e:
            case ir.Const(value=value):
                return value
            case ir.Str(value=text):
                return Ptr(("str", text))
            case ir.Name(name=name):
                return Ptr(("s", name))
            case ir.Field(base=base, name=name):
                return Ptr((self.constant(base).obj, name))
            case ir.Index(base=base, index=index):
                return Ptr((self.constant(base).obj, self.constant(index)))
            case ir.FuncRef(name=name):
                return Fn(name)
            case ir.Unary(op="-", operand=operand):
                return -self.constant(operand)
            case ir.ListLit(items=items):
                return tuple(self.constant(item) for item in items)
        return 0

    def add(self, state: State, name: str, kind: str) -> Task:
        task = Task(len(state.tasks), name, kind)
        task.cpu = self.place(state, task.number)
        state.tasks.append(task)
        return task

    def place(self, state: State, number: int) -> int | None:
        """The CPU of a new task, where each has one; the next one's is there already."""
        if not self.each:
            return None
        while len(state.cpus) <= self.spare + number + bool(self.sites):
            state.cpus.append(Cpu())
        return self.spare + number

    def begin(self, state: State, task: Task, function: str, args: list) -> list:
        """The task enters *function*; returns the `Run` of its first, local instructions."""
        run = Run(self, state, task)
        code = self.codes.get(function)
        if code is None:
            raise NotInterpreted(f"there is no function {function}")
        run.enter(function, args[: len(code.function.params)])
        run.begin()
        return run

    # ---- CPUs ------------------------------------------------------------------------------------------------------

    def preemptible(self, task: Task) -> bool:
        return self.config.preempt and not task.held and not task.bh and not task.preempt and task.irqs

    def cpu_for(self, state: State, task: Task) -> int | None:
        """A CPU on which *task* can make its next step."""
        if task.interrupt:
            frames = state.cpus[task.cpu].frames
            return task.cpu if frames and frames[-1] == task.number else None
        if self.each:
            return task.cpu if not state.cpus[task.cpu].frames else None
        for n, cpu in enumerate(state.cpus):
            if cpu.task == task.number:
                return n if not cpu.frames else None
        for n, cpu in enumerate(state.cpus):
            if cpu.task is None and not cpu.frames:
                return n
        for n, cpu in enumerate(state.cpus):
            if not cpu.frames and self.preemptible(state.tasks[cpu.task]):
                return n
        return None

    def take_cpu(self, state: State, task: Task, cpu: int) -> None:
        if not task.interrupt and not self.each:
            state.cpus[cpu].task = task.number

    def leave_cpu(self, state: State, task: Task) -> None:
        if self.each:
            return
        for cpu in state.cpus:
            if cpu.task == task.number:
                cpu.task = None

    def settle(self, state: State) -> None:
        """A task that may be preempted has its CPU only while it moves."""
        if self.config.preempt and not self.each:
            for cpu in state.cpus:
                if cpu.task is not None and not cpu.frames and self.preemptible(state.tasks[cpu.task]):
                    cpu.task = None

    def runs_on(self, state: State, cpu: int) -> Task | None:
        """The task of which that CPU's context is."""
        if not self.each:
            number = state.cpus[cpu].task
            return state.tasks[number] if number is not None else None
        number = cpu - self.spare
        if number < 0 or number >= len(state.tasks):
            return None
        task = state.tasks[number]
        return task if task.runnable and not task.interrupt else None

    def top(self, state: State, cpu: int) -> Task | None:
        frames = state.cpus[cpu].frames
        return state.tasks[frames[-1]] if frames else self.runs_on(state, cpu)

    def irqs_on(self, state: State, cpu: int) -> bool:
        top = self.top(state, cpu)
        return top is None or top.irqs

    def landing(self, state: State, softirq: bool, wanted: Task | None = None) -> Iterator[int]:
        """The CPUs on which an interrupt (or a bottom half) may land."""
        empty, spare = False, any(not cpu.frames for cpu in state.cpus[: self.spare])
        for n, cpu in enumerate(state.cpus):
            if not self.irqs_on(state, n):
                continue
            if softirq and (cpu.frames or (self.runs_on(state, n) is not None and self.runs_on(state, n).bh)):
                continue
            if wanted is not None and len(state.cpus) > 1:
                ready = cpu.task is None and self.config.preempt and wanted.runnable
                mine = n == wanted.cpu if self.each else cpu.task == wanted.number or ready
                if not mine:
                    continue
            elif self.each and not cpu.frames:
                if n - self.spare >= len(state.tasks):  # of a thread that nobody has made yet
                    if self.sites.keys() - {t.site for t in state.tasks}:
                        yield n
                    continue
                task = state.tasks[n - self.spare] if n >= self.spare else None
                if task is not None and (task.interrupt or not task.born and spare and task.kind == "process"):
                    continue  # that call would have found the CPU of nobody
                if (task is None or task.done) and not (task and self.lands_beside(task)):
                    if empty:
                        continue
                    empty = True
            yield n

    def lands_beside(self, task: Task) -> bool:
        """Does an interrupt come on this task's CPU and no other, so that it is not like any idle one?"""
        return any(call.cpu_of == task.name for call in self.scenario.calls)

    def anywhere(self, state: State) -> bool:
        """Is there a CPU with interrupts on, where a kill, a timer, a spurious wake can come from?"""
        return any(self.irqs_on(state, n) for n in range(len(state.cpus)))

    # ---- what can happen -------------------------------------------------------------------------------------------

    def moves(self, state: State) -> list[Move]:
        found = [*self.task_moves(state), *self.machine_moves(state)]
        moving = any(m.fair for m in found)
        return [*found, *self.arrivals(state, moving)]

    def attempt(self, state: State, mover: tuple, fair: bool, act: Any) -> Move | None:
        """What comes of *act* on a copy of the state; None if it cannot be done now."""
        new = state.copy()
        move = Move(mover, fair)
        run: Run | None = None
        try:
            run = act(new)
            if run is None:
                return None
            self.after_step(new, run)
            new.sweep()
            self.settle(new)
            move.to = new
        except Blocked:
            self.noticed += self.current_run.hits
            return None
        except KernelFault as fault:
            moved = new.tasks[mover[1]] if mover[0] == "task" else None
            name = moved.name if moved is not None and moved.kind != "softirq" else ""
            name = self.scenario.calls[mover[1]].name if mover[0] == "call" else name
            run = self.current_run
            line = run.line if run is not None else 0
            move.fault = (name, fault.cause, EXEC_LINE if name == "khelper" else line)
            move.last = new
        if run is not None:
            move.hits, move.done, move.triggers, move.events = run.hits, run.done, run.triggers, run.events
        return move

    def task_moves(self, state: State) -> Iterator[Move]:
        for task in state.tasks:
            yield from self.steps_of(state, task)

    def steps_of(self, state: State, task: Task) -> Iterator[Move]:
        """The next step of one task, with each of its outcomes."""
        cpu = self.cpu_for(state, task) if task.runnable else None
        if cpu is None or not self.whole(state, task) or work.out_of_work(self, state, task):
            return
        for variant in self.variants(state, task):

            def act(new: State, variant: str = variant) -> Run:
                moving = new.tasks[task.number]
                self.take_cpu(new, moving, cpu)
                run = self.current_run = Run(self, new, moving, variant)
                run.step()
                return run

            move = self.attempt(state, ("task", task.number), True, act)
            if move is None and not task.interrupt and not self.each and state.cpus[cpu].task != task.number:
                move = self.spin_on(state, task, cpu)
            if move is not None:
                yield move

    def spinners(self, state: State) -> tuple[int, ...]:
        """Who has a CPU, or can have it for the asking, and cannot go on for a lock."""
        found = []
        for task in state.tasks:
            cpu = self.cpu_for(state, task) if task.runnable else None
            if cpu is None or not task.frames or not self.may_block(task):
                continue
            if not (task.interrupt or self.each or state.cpus[cpu].task == task.number or self.preemptible(task)):
                continue
            new = state.copy()
            try:
                Run(self, new, new.tasks[task.number]).step()
            except Blocked:
                found.append(task.number)
            except KernelFault:
                pass
        return tuple(found)

    def accesses_of(self, state: State, task: Task) -> set[tuple]:
        """What the next step of a task would touch, if it had a CPU."""
        new = state.copy()
        run = Run(self, new, new.tasks[task.number])
        try:
            run.step()
        except (Blocked, KernelFault):
            pass
        return {event[1:] for event in run.events if event[0] == "access"}

    def may_block(self, task: Task) -> bool:
        frame = task.frame
        if frame.call and frame.phase == "running":
            return True
        if frame.call or task.doomed:
            return False
        op, name, _, _ = self.codes[frame.func].instructions[frame.pc]
        return op == "kernel" and ("lock" in name or "sync" in name)

    def spin_on(self, state: State, task: Task, cpu: int) -> Move | None:
        """The task takes the CPU only to find that it has to spin."""
        if self.preemptible(task) or task.frame.call == "tasklet_kill" and task.frame.phase == "claim":
            return None
        new = state.copy()
        new.cpus[cpu].task = task.number
        return Move(("task", task.number), True, new)

    def variants(self, state: State, task: Task) -> list[str]:
        """The outcomes of the task's next operation.  To give up the CPU and have it back at once is to keep it."""
        frame = task.frame if task.frames else None
        if frame is None or task.doomed:
            return [""]
        if frame.call:
            name, args = frame.call if frame.phase == "memory" else "", frame.args
        else:
            op, name, count, _ = self.codes[frame.func].instructions[frame.pc]
            name, args = (name, frame.stack[len(frame.stack) - count :]) if op == "kernel" else ("", ())
        if name in ALLOCATORS and (frame.call or name not in IN_STEPS):
            flags = args[ALLOCATORS[name]]
            return ["", "sleep"] if isinstance(flags, int) and flags & GFP_WAIT else [""]
        if name == "need_resched":
            return ["", "resched"]
        if name == "cond_resched":
            forgotten = self.codes[frame.func].instructions[frame.pc + 1][0] == "pop"
            return ["resched"] if forgotten and task.irqs and not task.interrupt else ["", "resched"]
        return [""]

    def machine_moves(self, state: State) -> Iterator[Move]:
        """Timers, helpers' ends, init: what comes by itself."""
        if self.each or any(cpu.task is None and not cpu.frames for cpu in state.cpus):
            for task in state.tasks:
                if self.is_inits(state, task):
                    yield from self.one(state, ("reap", task.number), True, self.init_reaps)
        if self.anywhere(state):
            for task in state.tasks:
                if task.asleep and task.timed:
                    yield from self.one(state, ("timeout", task.number), True, self.expire)
        interrupted = len(state.cpus) > 1 or any(call.context != "process" for call in self.scenario.calls)
        for address, thing in state.objects.items():
            due = thing.kind in ("timer", "tasklet", "rcu_head") and (thing.data["pending"] or thing.data["torn"])
            due = due and not thing.data.get("disabled") and not thing.data.get("grace")
            if due and not self.timer_running(state, address):
                for cpu in self.landing(state, softirq=True):
                    for move in self.one(state, ("timer", address, cpu), True, self.fire):
                        if interrupted:
                            yield move
                        else:
                            yield from self.with_first_step(move, self.fired_by(move, address))
        for address, thing in state.objects.items() if self.anywhere(state) else ():
            if thing.data.get("timer") is not None:
                yield from self.one(state, ("due", address), True, self.item_due)
        for n, (_, name) in enumerate(state.helpers):
            found = program(self.current_run, name)
            if found is not None and found.ends:
                yield from self.one(state, ("helper", n), True, self.helper_ends)

    def is_inits(self, state: State, task: Task) -> bool:
        """Is it a thread that init has still to reap, and does anybody know it?"""
        if processes.in_family(task):
            return task.exit_state == "Z" and task.parent == "init"
        if task.kind != "thread" or not task.done or task.reaped or task.waited or not referenced(state, task.number):
            return False
        maker = next((t for t in state.tasks if t.site == task.site[0]), None)
        orphan = task.parent == "creator" and maker is not None and maker.kind == "thread" and maker.done
        return task.parent == "init" or orphan

    def init_reaps(self, new: State, number: int) -> Run:
        run = self.bare(new)
        new.tasks[number].waited = True
        if processes.in_family(new.tasks[number]):
            new.tasks[number].exit_state = "X"
        run.exercise("#reaped")
        reap(new.tasks[number], run)
        return run

    def fired_by(self, move: Move, address: Any) -> int:
        """The number of the frame that a timer's expiry has made; 0 if there is none."""
        tasks = move.to.tasks if move.to is not None else []
        return next((t.number for t in tasks if t.kind == "softirq" and t.site == address), 0)

    def one(self, state: State, mover: tuple, fair: bool, act: Any) -> Iterator[Move]:
        move = self.attempt(state, mover, fair, lambda new: act(new, *mover[1:]))
        if move is not None:
            yield move

    def bare(self, new: State, task: Task | None = None) -> Run:
        """A `Run` for what no task does."""
        run = self.current_run = Run(self, new, task or Task(-1, "", "machine"))
        return run

    def expire(self, new: State, number: int) -> Run:
        run = self.bare(new)
        task = new.tasks[number]
        task.expired = True
        run.exercise("#timeout")
        run.wake(task, 3)
        return run

    def timer_running(self, state: State, address: Any) -> bool:
        return any(t.kind == "softirq" and t.site == address and t.born and not t.done for t in state.tasks)

    def fire(self, new: State, address: Any, cpu: int) -> Run:
        thing = new.objects[address]
        number = next(
            (t.number for t in new.tasks if t.kind == "softirq" and t.site == address and t.done), len(new.tasks)
        )
        task = Task(number, TIMER, "softirq")
        task.site, task.cpu = address, cpu
        if number == len(new.tasks):
            new.tasks.append(task)
            if self.each:
                self.place(new, number)
        else:
            new.tasks[number] = task
        run = self.bare(new, task)
        run.exercise("#timer")
        if not thing.alive:
            raise KernelFault("use_after_free" if thing.where == "heap" else "dead_stack")
        if thing.data["torn"]:
            raise KernelFault("corrupted_list")
        thing.data["pending"] = False
        function = thing.data["function"]
        if not isinstance(function, Fn):
            raise KernelFault("null_pointer")
        new.cpus[cpu].frames = (*new.cpus[cpu].frames, number)
        code = self.codes.get(function.name)
        if code is None:
            raise NotInterpreted(function.name)
        run.enter(function.name, [thing.data["arg"]][: len(code.function.params)])
        run.begin()
        return run

    def item_due(self, new: State, address: Any) -> Run:
        run = self.bare(new)
        run.exercise("#due")
        work.due(run, address)
        return run

    def helper_ends(self, new: State, n: int) -> Run:
        run = self.bare(new)
        caller, name = new.helpers[n]
        new.helpers = new.helpers[:n] + new.helpers[n + 1 :]
        found = program(run, name)
        run.exercise("#helper_ends")
        complete_helper(run, caller, status(found))
        return run

    # ---- arrivals --------------------------------------------------------------------------------------------------

    def arrivals(self, state: State, moving: bool) -> Iterator[Move]:
        for n, call in enumerate(self.scenario.calls):
            used = state.references and call.name == self.scenario.rmmod
            if state.left[f"call:{n}"] and not used and self.allows(state, call.when, moving):
                yield from self.call_arrives(state, n, call)
        if self.anywhere(state):
            for n, signal in enumerate(self.scenario.signals):
                if state.left[f"signal:{n}"] and self.allows(state, signal.when, moving):
                    yield from self.one(state, ("signal", n), getattr(signal, "certain", False), self.signal_arrives)
            for n, spurious in enumerate(self.scenario.spurious):
                if state.left[f"spurious:{n}"] and self.allows(state, spurious.when, moving):
                    yield from self.one(state, ("spurious", n), False, self.spurious_wake)
            yield from self.uses_of_files(state, moving)
        if self.each or any(cpu.task is None and not cpu.frames for cpu in state.cpus):
            for n, tracer in enumerate(getattr(self.scenario, "ptraces", ())):
                yield from self.tracer_moves(state, n, tracer, moving)
        for n, fault in enumerate(self.scenario.faults):
            if state.left[f"fault:{n}"] and fault.call not in state.armed and self.allows(state, fault.when, moving):
                yield from self.one(state, ("fault", n), False, self.fault_arms)
        if state.left.get("freeze") and self.allows(state, self.scenario.freeze.when, moving):
            yield from self.freezer_arrives(state)

    def tracer_moves(self, state: State, n: int, tracer: Any, moving: bool) -> Iterator[Move]:
        """A tracer attaches, and lets go again who stands still."""
        left, task = state.left[f"ptrace:{n}"], self.named(state, tracer.task)
        if left == 2 and self.allows(state, tracer.when, moving):
            yield from self.one(state, ("ptrace", n), False, self.tracer_attaches)
        still = task is not None and not task.done and task.state == processes.TRACED
        if left == 1 and still and self.allows(state, tracer.until, moving):
            yield from self.one(state, ("detach", n), False, self.tracer_lets_go)

    def tracer_attaches(self, new: State, n: int) -> Run:
        new.left[f"ptrace:{n}"] = 1
        run = self.bare(new)
        task = self.named(new, self.scenario.ptraces[n].task)
        if task is not None:
            processes.attach(run, task)
        return run

    def tracer_lets_go(self, new: State, n: int) -> Run:
        new.left[f"ptrace:{n}"] = 0
        run = self.bare(new)
        processes.detach(run, self.named(new, self.scenario.ptraces[n].task))
        return run

    def uses_of_files(self, state: State, moving: bool) -> Iterator[Move]:
        """The writes, in their order, and the reads; of files that are there."""
        for n, write in enumerate(self.scenario.writes):
            earlier = any(state.left[f"write:{k}"] for k in range(n))
            if state.left[f"write:{n}"] and not earlier and self.allows(state, write.when, moving):
                if self.is_there(state, write.path):
                    yield from self.one(state, ("write", n), False, self.write_arrives)
        for n, read in enumerate(self.scenario.reads):
            if state.left[f"read:{n}"] and self.allows(state, read.when, moving) and self.is_there(state, read.path):
                yield from self.one(state, ("read", n), False, self.read_arrives)

    def fault_arms(self, new: State, n: int) -> Run:
        """The next allocation, or the next fork, will fail, whoever makes it."""
        new.left[f"fault:{n}"] -= 1
        new.armed |= {self.scenario.faults[n].call}
        return self.bare(new)

    def call_arrives(self, state: State, n: int, call: Any) -> Iterator[Move]:
        task = next(t for t in state.tasks if t.site == ("call", n))
        if tasklets.registration(self, state, call) is None:
            return
        mover, fair = ("call", n), bool(getattr(call, "certain", False))
        if call.context == "process":
            cpu = self.free_cpu(state, task)
            if cpu is not None:
                for move in self.one(state, (*mover, cpu), fair, self.process_arrives):
                    yield from self.with_first_step(move, task.number)
            return
        wanted = self.named(state, call.cpu_of) if call.cpu_of else None
        for cpu in self.landing(state, False, wanted):
            for move in self.one(state, (*mover, cpu), fair, self.interrupt_arrives):
                yield from self.with_first_step(move, task.number)

    def with_first_step(self, move: Move, number: int) -> Iterator[Move]:
        """A call begins with its first operation; one that cannot be done now, it spins on.  Where objects on its stack
        may have to be made before, or where a process does nothing but end, that is a step of its own."""
        alone = move.to is None
        if move.to is not None and not move.to.tasks[number].doomed:
            task = move.to.tasks[number]
            alone = self.current_run.made or bool(task.frames) and self.makes(task.frames[0].func)
            alone = alone or task.kind == "process" and self.ends_next(task)
        first = [] if alone else list(self.steps_of(move.to, move.to.tasks[number]))
        for step in first:
            step.mover, step.fair = move.mover, move.fair
            if step.fault and move.mover[0] == "timer":
                step.fault = ("", *step.fault[1:])
            step.hits, step.done = move.hits + step.hits, move.done + step.done
            step.triggers, step.events = move.triggers | step.triggers, move.events + step.events
            yield step
        if not first:
            yield move

    def ends_next(self, task: Task) -> bool:
        """Is the end of the call what comes next?  Until then an interrupt may take its CPU for good."""
        if not task.frames or task.frame.call:
            return False
        op, a, _, _ = self.codes[task.frame.func].instructions[task.frame.pc]
        return op == "ret" and len(task.frames) == 1 or op == "kernel" and a in ("do_exit", "kthread_exit")

    def makes(self, function: str) -> bool:
        if function not in self.enters_alone:
            self.enters_alone[function] = self.may_make(function)
        return self.enters_alone[function]

    def may_make(self, function: str) -> bool:
        """Does some way to the first visible operation of a function make objects on the stack, or ask first whether
        its caller may sleep?"""
        seen: set = set()
        todo: list[tuple] = [((function, 0),)]
        while todo:
            *below, (name, pc) = way = todo.pop()
            if way in seen or name not in self.codes:
                continue
            seen.add(way)
            op, a, _, _ = self.codes[name].instructions[pc]
            if op in ("declare", "list") or op == "mark" and self.version.event_wait and a.startswith("wait_event"):
                return True
            if op in ("jump", "jz", "jnz"):
                todo.append((*below, (name, a)))
            if op == "own":
                todo.append((*below, (name, pc + 1), (a, 0)))
            elif op == "ret":
                todo += [tuple(below)] if below else []
            elif op not in ("jump", "stub") and not self.is_visible(op, a):
                todo.append((*below, (name, pc + 1)))
        return False

    def is_visible(self, op: str, a: Any) -> bool:
        """May this instruction be one that others can see?"""
        if op == "static":
            return a in self.written
        seen = ("setstatic", "field", "setfield", "index", "setindex", "next")
        return op in seen or op == "kernel" and a not in LOCAL

    def free_cpu(self, state: State, task: Task) -> int | None:
        return self.cpu_for(state, task)

    def process_arrives(self, new: State, n: int, cpu: int) -> Run:
        call = self.scenario.calls[n]
        new.left[f"call:{n}"] = 0
        task = next(t for t in new.tasks if t.site == ("call", n))
        task.born = task.queued = task.started = True
        self.take_cpu(new, task, cpu)
        return self.call_begins(new, task, call)

    def interrupt_arrives(self, new: State, n: int, cpu: int) -> Run:
        call = self.scenario.calls[n]
        new.left[f"call:{n}"] = 0
        task = next(t for t in new.tasks if t.site == ("call", n))
        task.born = task.queued = task.started = True
        task.cpu = cpu
        new.cpus[cpu].frames = (*new.cpus[cpu].frames, task.number)
        return self.call_begins(new, task, call)

    def call_begins(self, new: State, task: Task, call: Any) -> Run:
        run = self.current_run = Run(self, new, task)
        run.exercise(f"#arrives_{task.kind}")
        self.report_begins(run, call)
        code = self.codes.get(call.function)
        if code is None:
            raise NotInterpreted(f"there is no function {call.function}")
        known = tasklets.registration(self, new, call)
        args: list[Value] = list(call.args)
        if known:
            module.must_be_loaded(run)
            task.line = known[0]
            args = args if len(args) > 1 else [known[0], known[2], 0]
        run.enter(call.function, args[: len(code.function.params)])
        run.begin()
        return run

    def named(self, state: State, name: str) -> Task | None:
        """The task that a scenario calls *name*."""
        for task in state.tasks:
            if task.name == name and task.kind in ("thread", "process", "user", "irq", "khelper"):
                return task
        return None

    def signal_arrives(self, new: State, n: int) -> Run:
        signal = self.scenario.signals[n]
        new.left[f"signal:{n}"] = 0
        run = self.bare(new)
        task = self.named(new, signal.task)
        number = SIGNALS.get(signal.signal, SIGKILL)
        if task is not None:
            self.signal_lands(run, task, number)
            send_signal(run, task, number)
        return run

    def spurious_wake(self, new: State, n: int) -> Run:
        new.left[f"spurious:{n}"] -= 1
        run = self.bare(new)
        task = self.named(new, self.scenario.spurious[n].task)
        if task is not None and task.born and not task.reaped:
            run.exercise("#spurious")
            run.wake(task, 15 if self.version.wakes_stopped else 3)
        return run

    def freezer_arrives(self, state: State) -> Iterator[Move]:
        task = next(t for t in state.tasks if t.kind == "freezer")
        cpu = self.free_cpu(state, task)
        if cpu is None:
            return

        def act(new: State) -> Run:
            new.left["freeze"] = 0
            mine = new.tasks[task.number]
            mine.born = mine.queued = mine.started = True
            self.take_cpu(new, mine, cpu)
            target = self.scenario.freeze.task or self.scenario.threads[0].function
            found = self.named(new, target)
            frame = Frame(call="#freezer", args=(found.number if found is not None else 0,))
            frame.phase = "ask"
            mine.frames = [frame]
            run = self.bare(new, mine)
            run.exercise("#freezer")
            return run

        move = self.attempt(state, ("freeze",), False, act)
        if move is not None:
            yield move

    # ---- guards ----------------------------------------------------------------------------------------------------

    def whole(self, state: State, task: Task) -> bool:
        """A call whose guard has to hold at each of its operations."""
        if not isinstance(task.site, tuple) or task.site[:1] != ("call",):
            return True
        call = self.scenario.calls[task.site[1]]
        return not call.whole or self.allows(state, call.when)

    def allows(self, state: State, when: Any, moving: bool = False) -> bool:
        if when is None:
            return True
        args = when.args
        match when.kind:
            case "and":
                return all(self.allows(state, w, moving) for w in args)
            case "or":
                return any(self.allows(state, w, moving) for w in args)
            case "not":
                return not self.allows(state, args[0], moving)
            case "idle":
                return not moving
            case "done":
                return self.finished(state, args[0])
            case "succeeded":
                task = module.call_of(state, args[0])
                return task is not None and task.done and not (isinstance(task.code, int) and task.code < 0)
        task = self.named(state, args[0])
        if task is None:
            return False
        match when.kind:
            case "asleep":
                return task.asleep and not task.in_helper and task.state & 3 != 0
            case "stopped":
                return not task.done and task.state == processes.STOPPED
            case "traced":
                return not task.done and task.state == processes.TRACED
            case "zombie":
                return task.done and task.exit_state == "Z"
            case "in_helper":
                return bool(task.in_helper)
            case "never_slept":
                return not task.slept
            case "before_first":
                return args[1] not in task.called
            case "inside":
                return args[1] in task.entered
            case "holds":
                return any(a == ("s", args[1]) for a, *_ in (*task.held, *task.sleeping_locks))
            case "on_cpu":
                return self.runs(state, task)
        raise NotInterpreted(f"when {when.kind}")

    def callback_over(self, run: Run) -> None:
        """A function has returned that a bottom half was given."""
        rcu.callback_over(run)

    def runs(self, state: State, task: Task) -> bool:
        if not task.runnable:
            return False
        free = self.config.preempt and self.preemptible(task) and any(cpu.task is None for cpu in state.cpus)
        return self.enough or free or any(cpu.task == task.number for cpu in state.cpus)

    def finished(self, state: State, name: str) -> bool:
        kind = name.rstrip("0123456789")
        if f"{kind}:{name[len(kind) :] or 0}" in state.left and kind in ("write", "read"):
            return not state.left[f"{kind}:{name[len(kind) :] or 0}"]
        task = self.named(state, name)
        if task is not None:
            return task.done
        for n, signal in enumerate(self.scenario.signals):
            if name in (f"kill/{signal.task}", f"{signal.signal}/{signal.task}"):
                return not state.left[f"signal:{n}"]
        return False


TIMER = "softirq"
"""What the frames of timers' functions are called."""


# ---- what a module does --------------------------------------------------------------------------------------------


def _walk(node: ir.Node) -> Iterator[ir.Node]:
    yield node
    for part in ir.parts(node):
        yield from _walk(part)


def _written(module: KernelModule) -> frozenset[str]:
    """Statics that some function may store into."""
    names = set()
    for function in module.functions.values():
        for statement in function.body:
            for node in _walk(statement):
                if isinstance(node, ir.Assign | ir.AugAssign) and isinstance(node.target, ir.Name):
                    names.add(node.target.name)
                elif isinstance(node, ir.Call):
                    kinds = CALLS[node.name].params if node.name in CALLS else ()
                    for arg, kind in zip(node.args, kinds, strict=False):
                        if kind in ("word", "flags") and isinstance(arg, ir.Name):
                            names.add(arg.name)
    return frozenset(names)


TAKES, GIVES = {"down", "down_interruptible", "down_timeout", "down_trylock"}, {"up"}
COUNTS = {"init_MUTEX": 1, "init_MUTEX_LOCKED": 0}


def _timed(module: KernelModule, used: set[tuple[str, str]]) -> set[str]:
    """The functions that timers may run."""
    own = [module.functions[name] for kind, name in used if kind == "own"]
    nodes = [n for f in own for s in f.body for n in _walk(s) if isinstance(n, ir.Call)]
    calls = [n for n in nodes if any(x in n.name.lower() for x in ("timer", "work", "tasklet", "call_rcu"))]
    named = {a.name for call in calls for a in call.args if isinstance(a, ir.FuncRef)}
    return named | {name for call in calls for name in _timer_functions(module, call)}


def _path(module: KernelModule, e: ir.Expr) -> set[str]:
    """The same of what an expression names; of a variable that may lead anywhere, all that there are."""
    if isinstance(e, ir.Field):
        return {f".{e.name}"}
    if isinstance(e, ir.Index):
        return {f"{name}[]" for name in _path(module, e.base)}
    name = getattr(e, "name", "")
    static = module.statics.get(name) if not getattr(e, "local", True) else None
    if static is not None and isinstance(static.type, ir.ObjType):
        return {name}
    return set(_semaphores(module))


def _semaphores(module: KernelModule) -> dict[str, set[int]]:
    """All semaphores, with the counts that they may have at first."""
    found = {
        name: {static.args[0].value if static.args else int(static.make != "DECLARE_MUTEX_LOCKED")}
        for name, static in module.statics.items()
        if isinstance(static.type, ir.ObjType) and static.type.kind == "semaphore" and static.make != "semaphore"
    }
    bare = [(name, static.type) for name, static in module.statics.items() if name not in found]
    bare += [(f".{name}", type_) for struct in module.structs.values() for name, type_ in struct.fields]
    for name, type_ in bare:
        one = isinstance(type_, ir.ObjType) and type_.kind == "semaphore"
        if one or isinstance(type_, ir.ObjType) and type_.of == ir.ObjType("semaphore"):
            found[name if one else f"{name}[]"] = {0}
    return found


def _as_mutex(module: KernelModule, begun: list[str]) -> set[str]:
    """The semaphores that begin with 1, and that nobody's program gives back without also taking it."""
    counts = _semaphores(module)
    set_later: dict[str, set[int]] = {}
    wrong: set[str] = set()
    for function in begun:
        takes: set[str] = set()
        gives: set[str] = set()
        for call in _calls(module, function):
            if call.name in TAKES:
                takes |= _path(module, call.args[0])
            elif call.name in GIVES:
                gives |= _path(module, call.args[0])
            elif call.name in COUNTS or call.name == "sema_init":
                count = COUNTS.get(call.name, call.args[-1].value if isinstance(call.args[-1], ir.Const) else -1)
                for name in _path(module, call.args[0]):
                    set_later.setdefault(name, set()).add(count)
        wrong |= gives - takes
    return {name for name, first in counts.items() if set_later.get(name, first) == {1}} - wrong


def _calls(module: KernelModule, function: str) -> list[ir.Call]:
    """The calls of the kernel in a function and in those that it calls."""
    found: list[ir.Call] = []
    todo, seen = [function], set()
    while todo:
        name = todo.pop()
        if name in seen or name not in module.functions:
            continue
        seen.add(name)
        nodes = [n for statement in module.functions[name].body for n in _walk(statement)]
        todo += [n.name for n in nodes if isinstance(n, ir.OwnCall)]
        found += [n for n in nodes if isinstance(n, ir.Call)]
    return found


def _reachable(module: KernelModule, name: str) -> set[tuple[str, str]]:
    """What a function may call: ("own", function) and ("call", kernel call), and functions that it hands on."""
    found: set[tuple[str, str]] = set()
    todo = [name]
    while todo:
        one = todo.pop()
        if ("own", one) in found or one not in module.functions:
            continue
        found.add(("own", one))
        for statement in module.functions[one].body:
            for node in _walk(statement):
                if isinstance(node, ir.OwnCall | ir.FuncRef):
                    todo.append(node.name)
                elif isinstance(node, ir.Call):
                    found.add(("call", node.name))
                    todo += _timer_functions(module, node)
    return found


def _timer_functions(module: KernelModule, node: ir.Call) -> list[str]:
    """The functions of the timers, or of the work items, that a call may start."""
    kinds = ("timer",) if "timer" in node.name else work.KINDS if "work" in node.name else ()
    kinds = ("tasklet",) if "tasklet" in node.name else kinds
    return [
        arg.name
        for static in module.statics.values()
        if isinstance(static.type, ir.ObjType) and static.type.kind in kinds
        for arg in static.args
        if isinstance(arg, ir.FuncRef)
    ]


def _handed(module: KernelModule, name: str) -> set[str]:
    """The functions that a function makes threads of."""
    return {
        arg.name
        for statement in module.functions[name].body
        for node in _walk(statement)
        if isinstance(node, ir.Call) and node.name in MAKERS
        for arg in node.args
        if isinstance(arg, ir.FuncRef)
    }


def _count(module: KernelModule, name: str) -> int:
    """How many places of a function make threads."""
    return sum(
        isinstance(node, ir.Call) and node.name in MAKERS
        for statement in module.functions[name].body
        for node in _walk(statement)
    )


class Until:
    """A condition where another is looked for."""

    def __init__(self, when: Any) -> None:
        self.when = when


def _whens(scenario: Any) -> list:
    """Every condition in a scenario."""
    items = [*scenario.calls, *scenario.signals, *scenario.writes, *scenario.reads, *scenario.faults]
    items += [w for p in getattr(scenario, "ptraces", ()) for w in (p, Until(p.until))]
    items += [*scenario.spurious, *([scenario.freeze] if scenario.freeze is not None else [])]
    todo = [item.when for item in items if item.when is not None]
    found = []
    while todo:
        when = todo.pop()
        found.append(when)
        if when.kind in ("and", "or", "not"):
            todo += when.args
    return found


__all__ = ["DEAD", "UNSET", "Move", "World", "start_code", "RUNNING"]
