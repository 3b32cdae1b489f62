"""Who can move: the scenario's threads, calls, interrupts and processes, the threads they make, khelper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.config import Config
from kthreadlab.compile.effects import Does, MakesThread, Waits
from kthreadlab.compile.hooks import Hooks
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.integers import wrap_const
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.notes import Meter, Notes
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Cast, Loaded
from kthreadlab.compile.statics import Statics
from kthreadlab.compile.unread import unread
from kthreadlab.compile.values import Constants, LowerError, Obj, Val
from kthreadlab.kernel.cpus import discipline
from kthreadlab.kernel.irq import arguments, handlers
from kthreadlab.kernel.kmod import lends, may_wait_for_exit
from kthreadlab.kernel.sysctl import target
from kthreadlab.kernel.timer import Functions, given, same
from kthreadlab.kernel.workqueue import (
    Case,
    forget_queues,
    found_queues,
    items_at_most,
    note,
    queues,
    staff,
    worker_name,
    write_worker,
)
from kthreadlab.kernel.workqueue import given as work_given
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.diagnostics import IRQ_RULE, THREAD_RULE, InputError, unfit
from kthreadlab.lang.ir import Function, IntType, Pos
from kthreadlab.lang.module import KernelModule

from .processes import Enter, Exit, Fork, Process, Step, Wait4
from .scenario import Scenario, Store

MAX_ACTORS = 16


class ScenarioError(InputError):
    """The scenario asks for something the module or the machine does not have."""


@cache
def kernel_source(path: str) -> KernelModule:
    """One of the machine's own sources, in `kthreadlab.linux` at the path of its original."""
    text = (Path(__file__).parent.parent / "linux" / path).read_text(encoding="utf-8")
    return KernelModule("kernel", {path: text})


def argument(v: Val) -> int | Obj | Val:
    """What a new thread is given: a number or the address of an object, if that is known now."""
    return v.const if v.const is not None else v.obj or v


def as_declared(f: Function, id_: int) -> int:
    """An id as the function's first parameter holds it: -1 is 4294967295 for a u32."""
    type_ = f.params[0].type if f.params else None
    return wrap_const(id_, type_) if isinstance(type_, IntType) else id_


def serve_timers(casting: Casting) -> None:
    """An actor for each function that a timer is given; one whose argument has turned out to vary is lowered again."""
    served = {(a.timer, a.function): a for a in casting.actors if a.kind == "softirq"}
    for timer, function in casting.functions.pairs():
        argument = casting.functions.argument(timer)
        if (timer, function) not in served:
            if len(casting.actors) < MAX_ACTORS:
                casting.add(f"softirq/{timer.word}", "softirq", function, (argument,)).timer = timer
        elif not same(served[timer, function].args[0], argument):
            a = served[timer, function]
            a.args = (argument,)
            casting.lower(a)


def require_fit(f: Function, given: int, caller: str, rule: str) -> None:
    """Refuse a function that the world calls with another number of arguments than it takes."""
    if len(f.params) != given:
        message, look = unfit(f, given, caller)
        raise LowerError(message, f.pos, rule, look)


def _store(statics: Statics, x: Store) -> None:
    """What other code of the kernel has stored before anything runs."""
    obj = statics.objects.get(x.name)
    if obj is None or getattr(obj.type, "kind", "") != "text":
        raise ScenarioError(f"the module has no char array {x.name}")
    obj.init = x.text.encode()[: obj.size - 1].decode(errors="ignore")


def require_names(m: Loaded, x: Scenario) -> None:
    """Refuse what a scenario says of functions and texts that the module does not have, and what is no signal."""
    for signal in x.signals:
        if signal.signal not in CONSTANTS or not signal.signal.startswith("SIG"):
            raise ScenarioError(f"{signal.signal!r} is not a signal")
    for name in (x.report, x.ends_after, *x.starts):
        if name is not None and name not in m.module.functions:
            raise ScenarioError(f"module {m.module.name} has no function {name}")
    text = m.statics.objects.get(x.handler) if x.handler is not None else None
    if x.handler is not None and getattr(getattr(text, "type", None), "kind", "") != "text":
        raise ScenarioError(f"module {m.module.name} has no char array {x.handler}")


def serve_lines(casting: Casting) -> bool:
    """Interrupts whose handlers the module registers, with what these are given.  Was there anything to do?"""
    more = False
    for a in casting.actors:
        if a.kind == "irq" and len(a.call_args) < 2 and a.function in handlers(casting.m.module):
            args = arguments(casting.actors, casting.m.module.functions[a.function], a.call_args)
            if len(a.args) != len(args) or not all(same(x, y) for x, y in zip(a.args, args, strict=True)):
                a.args, more = args, True
                casting.lower(a)
    return more


def serve_queues(casting: Casting) -> bool:
    """The workers of each queue, with all that they may be given; those of whom more is known now are lowered again.
    Was there anything to do?"""
    m, cases = casting.m, casting.cases
    now = len(queues(m)), tuple(cases), casting.workers_flush()
    if not queues(m) or casting.served == now:
        return False
    casting.served = now
    there = {(a.queue, a.name): a for a in casting.actors if a.queue is not None}
    for queue in queues(m):
        team = staff(m, queue, items_at_most(m, cases), now[2])
        for n in range(team.workers):
            name = worker_name(m, team, n)
            if (queue, name) in there:
                casting.lower(there[queue, name])
                casting.children(there[queue, name])
            elif len(casting.actors) < MAX_ACTORS:
                a = casting.add(name, "worker", "", ())
                a.queue, a.spare = queue, team.spare and n == team.workers - 1
    return True


class Casting:
    """The actors of a scenario, in the order that settles ties between equally short witnesses."""

    def __init__(self, m: Loaded, scenario: Scenario) -> None:
        self.m, self.scenario = m, scenario
        self.actors: list[Actor] = []
        self.names: dict[str, int] = {}
        self.processes: dict[int, Process] = {}
        self.functions = Functions()
        self.functions.note(given(m, [], list(m.statics.all_objects())))
        forget_queues(m.statics)
        self.cases: list[Case] = []
        self.served: tuple[int, tuple[Case, ...], bool] = (0, (), False)
        self.born: dict[tuple[int, str, Pos], int] = {}
        note(self.cases, work_given([], list(m.statics.all_objects())))

    def add(self, name: str, kind: str, function: str, args: tuple[int | Obj | Val, ...]) -> Actor:
        """One actor more."""
        module = self.m.module
        if function and function not in module.functions:
            raise ScenarioError(f"module {module.name} has no function {function}")
        self.names[name] = self.names.get(name, 0) + 1
        if self.names[name] > 1:
            name = f"{name}#{self.names[name]}"
        index = len(self.actors)
        actor = Actor(index, name, kind, function, args, pid=100 + index)
        self.actors.append(actor)
        return actor

    def threads(self) -> None:
        """The threads that run from the start."""
        for t in self.scenario.threads:
            self.add(t.name or t.function, "thread", t.function, (t.arg,))
            require_fit(self.m.module.functions[t.function], 1, "whoever starts it as a thread", THREAD_RULE)

    def calls(self) -> None:
        """The calls of processes and interrupts."""
        for c in self.scenario.calls:
            process = c.context == "process"
            name, kind = (c.name, "process") if process else (f"irq/{c.name}", "irq")
            actor = self.add(name, kind, c.function, c.args)
            f = self.m.module.functions[c.function]
            shown = f"{c.function}({', '.join(map(str, c.args))})"
            if process or c.function not in handlers(self.m.module):
                require_fit(f, len(c.args), f"the call {c.name}", f"this world calls {shown}")
            else:
                given = 2 + self.m.config.kernel.irq_regs
                require_fit(f, given, f"Linux {self.m.config.kernel.name}", IRQ_RULE)
            actor.call, actor.when = c, c.when
            if c.function == self.scenario.report and c.args:
                actor.report = as_declared(f, c.args[0])
                actor.serves = process and not self.scenario.threads

    def process(self, p: Process, parent: Actor | None) -> Actor:
        """A process of user space, which *parent* forks; None: it is there from the start."""
        a = self.add(p.name, "user", "", ())
        self.processes[a.index] = p
        a.ignores = sum(1 << CONSTANTS[name] for name in set(p.ignores))
        if parent is not None:
            a.dormant, a.made_by, a.ignores = True, parent.index, a.ignores | parent.ignores
        return a

    def lower(self, a: Actor) -> None:
        """Write the instructions of an actor."""
        if a.index in self.processes:
            self.lower_process(a)
            return
        if a.queue is not None:
            self.lower_worker(a)
            return
        m = self.m
        lowered = Lower(m.statics, a.index, returns=a.kind == "thread" or a.name in self.scenario.results)
        start = Instr("op", m.module.functions[a.function].pos, op="enter", stack=(a.function,))
        lowered.code.append(start)
        result = lowered.run(a.function, a.args)
        a.code, a.objects, a.names = result.code, result.objects, result.names
        self.note_code(a)

    def note_code(self, a: Actor) -> None:
        """What timers and work items are given in the code of an actor."""
        m = self.m
        for i in a.code if m.module.renderings else ():
            i.pos = m.module.shown_at(i.pos)
        self.functions.note(given(m, a.code, a.objects))
        note(self.cases, work_given(a.code, a.objects))
        found_queues(m.statics, a.index, a.code)

    def lower_worker(self, a: Actor) -> None:
        """Write the loop of a worker."""
        assert a.queue is not None
        a.args = tuple(data for _, data in self.cases)
        low = Lower(self.m.statics, a.index, own=True)
        loop = kernel_source("kernel/workqueue.py").functions["worker_thread"]
        write_worker(low, a.queue, self.cases, loop)
        a.code, a.objects, a.names = low.code, low.objects, low.names
        self.note_code(a)

    def workers_flush(self) -> bool:
        """Does a worker wait for work?"""
        code = [i for a in self.actors if a.queue is not None for i in a.code if i.kind == "op"]
        return any(x.what == "work" for i in code for x in effects_of(i.op).made(Waits))

    def lower_process(self, a: Actor) -> None:
        """Write a system call for each step of a process, the last of which is exit()."""
        p = self.processes[a.index]
        low = Lower(self.m.statics, a.index)
        low.op("enter", (), Pos(p.name, 0))
        ends = p.steps and isinstance(p.steps[-1], Exit)
        for n, step in enumerate(p.steps if ends else (*p.steps, Exit()), 1):
            self.system_call(low, a, step, Pos(p.name, n))
        for i in low.code:
            i.stack = i.stack or (a.name,)
        low.code[-1].objs = tuple(low.objects)
        a.code, a.objects, a.names = low.code, low.objects, low.names
        self.note_code(a)

    def system_call(self, low: Lower, a: Actor, step: Step, pos: Pos) -> None:
        """One step of the process *a*."""
        if isinstance(step, Fork):
            low.op("fork", (), pos, child=self.process(step.child, a).index)
        elif isinstance(step, Enter):
            f = self.m.module.functions.get(step.function)
            if f is None:
                raise ScenarioError(f"module {self.m.module.name} has no function {step.function}")
            shown = f"{step.function}({', '.join(map(str, step.args))})"
            require_fit(f, len(step.args), f"the process {a.name}", f"this world calls {shown}")
            args = [low.const(x, literal=True) for x in step.args]
            low.op("syscall", tuple(args), pos, function=step.function)
            made = low.inline(f, args, f.pos)
            if step.function in self.scenario.starts:
                low.op("returned", (made,), f.pos, function=step.function, silent=True)
        elif isinstance(step, Exit):
            low.op("sys_exit", (low.const(step.code << 8),), pos)
        else:
            low.op("wait4" if isinstance(step, Wait4) else "pause", (), pos)

    def lower_all(self) -> None:
        """Write the instructions of all actors, those included that turn up on the way."""
        done = 0
        while True:
            if done == len(self.actors):
                serve_timers(self)
                more = serve_queues(self) | serve_lines(self)
                if done == len(self.actors):
                    if more:
                        continue
                    return
            a = self.actors[done]
            done += 1
            self.lower(a)
            self.children(a)

    def children(self, a: Actor) -> None:
        """The threads that an actor makes."""
        for i in a.code:
            for x in effects_of(i.op).made(MakesThread) if i.kind == "op" and len(self.actors) < MAX_ACTORS else ():
                place = a.index, i.args[0], i.pos
                if place not in self.born or a.queue is None:
                    child = self.add(i.args[0], "thread", i.args[0], (argument(i.args[1]),))
                    child.dormant, child.kthread, child.made_by = True, x.kthread, a.index
                    self.born[place] = child.index
                i.info["child"] = self.born[place]

    def land(self) -> None:
        """Interrupts that come to one task's CPU only."""
        for a in self.actors:
            cpu_of = a.call.cpu_of if a.call is not None else None
            if cpu_of:
                a.lands_on = task_of(self.actors, cpu_of).index

    def khelper(self) -> None:
        """The machine's own thread that executes helpers."""
        actor = Actor(len(self.actors), "khelper", "khelper", "khelper", (), pid=5)
        kernel = kernel_source("kernel/kmod.py")
        lowered = Lower(Statics(kernel, self.m.constants, self.m.config.kernel), actor.index, own=True)
        lowered.code.append(Instr("op", kernel.functions["khelper"].pos, op="enter", stack=("khelper",)))
        actor.code = lowered.run("khelper", ()).code
        self.actors.append(actor)


def task_of(actors: Sequence[Actor], name: str) -> Actor:
    """The task that the scenario calls *name*."""
    tasks = [a for a in actors if a.is_task]
    found = next((a for a in tasks if a.name == name), None)
    if found is None:
        raise ScenarioError(f"the scenario has no task {name!r}; it has: {', '.join(a.name for a in tasks)}")
    return found


def load(
    module: KernelModule,
    scenario: Scenario,
    config: Config,
    hooks: Hooks,
    *,
    reduce: bool,
    heap: int,
    budget: Budget | None,
    exact: bool,
) -> Loaded:
    """The module in memory, with what other code has stored there.  *exact*: numbers that nobody reads are kept."""
    constants = Constants()
    statics = Statics(module, constants, config.kernel, heap)
    statics.unread = frozenset() if exact else unread(module)
    for x in scenario.stores:
        _store(statics, x)
    return Loaded(
        module=module,
        config=config,
        world=scenario,
        constants=constants,
        statics=statics,
        reduce=reduce,
        exact=exact,
        heap=heap,
        hooks=hooks,
        notes=Notes(),
        meter=Meter(budget),
    )


def written(m: Loaded, scenario: Scenario) -> Casting:
    """The actors with their instructions.  What a pointer may lead to depends on what all of them have on their stacks
    and on the heap: they are written until no more of that turns up."""
    blocks, before = m.statics.blocks, None
    while True:
        casting = Casting(m, scenario)
        casting.threads()
        casting.calls()
        for p in scenario.processes:
            casting.process(p, None)
        casting.lower_all()
        casting.land()
        blocks.allocators = {a.index: a.name for a in casting.actors if a.does(Does.ALLOCATES)}
        now = [*blocks.stacks], [*blocks.allocators], sorted(m.statics.cast_to)
        if now == before or not blocks.asked:
            return casting
        before = now


def cast(m: Loaded, scenario: Scenario) -> Cast:
    """All actors with their instructions, and who among them is what."""
    by_user = {target(m, x.path) for x in scenario.writes}
    require_names(m, scenario)
    casting = written(m, scenario)
    actors = casting.actors
    if scenario.passes is not None:
        task_of(actors, scenario.passes.task)
    asks = [(a, i) for a in actors for i in a.code if i.kind == "op" and Does.ASKS_HELPER in effects_of(i.op).does]
    if asks:
        casting.khelper()
    first = next((a for a in actors if a.kind == "thread"), None)
    for x in actors:
        x.serves = x.serves and (bool(scenario.helper_owed) or any(asker is x for asker, _ in asks))
        x.watched = x is first
    runners = sum(a.is_task for a in actors) + (scenario.freeze is not None)  # the freezer is one, too
    irqs, softirqs = ([a for a in actors if a.kind == kind] for kind in ("irq", "softirq"))
    return m.then(
        Cast,
        actors=actors,
        cpus=discipline(m.config, runners),
        irqs=irqs,
        softirqs=softirqs,
        frames=[*irqs, *softirqs],
        nesting=len(irqs) + len(softirqs) > 1,
        allocators=[a.index for a in actors if a.does(Does.ALLOCATES)],
        written_by_user=by_user,
        calls_helper=bool(asks),
        waits_for_exit=any(may_wait_for_exit(m, i) for _, i in asks),
        lends=any(lends(m, i) for _, i in asks),
    )
