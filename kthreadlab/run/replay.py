"""Replay: a schedule in, the trace of what it does out.

The machine that replays is compiled from the same operations as the one that searches, with one line more for each: it
says what happened.  It takes the unreduced choices.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from kthreadlab.compile.actor import Actor, Entry
from kthreadlab.compile.cells import Cell, State
from kthreadlab.compile.config import Config
from kthreadlab.compile.context import HARDIRQ, SOFTIRQ, Node
from kthreadlab.compile.effects import Does, Sleeps
from kthreadlab.compile.effects import State as Leaves
from kthreadlab.compile.faults import place_of
from kthreadlab.compile.hooks import Observer
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.ops import OPERATIONS, effects_of
from kthreadlab.compile.runtime import MAX_OBJECTS, HeapFull, KernelFault
from kthreadlab.kernel import sysctl
from kthreadlab.kernel.signals import SIGCONT, SIGSTOP
from kthreadlab.kernel.telling import Happened, Told, plainly
from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS, CONSTANTS
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import DEAD, STOPPED, runnable
from kthreadlab.machine.given import given_id, is_number
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Scenario, Write, world
from kthreadlab.machine.standing import idle, spinners
from kthreadlab.run.refusals import why_not
from kthreadlab.trace.events import Event, Trace, Violation

from .pieces import cells_of, state_of
from .schedule import Schedule, ScheduleError, head, parse
from .search import HEAP_GROWS
from .view import Viewer, Views
from .warned import NOBODY, Warned

ROUNDS = 20
"""A cycle comes back to where it began after so many rounds, or never does."""


Noted = tuple[int | str, Cell, Cell, State]
"""What generated code notes of something that happened: the number of the place, or the name of the world's choice;
operands (of the world's choice, a number); the result; the cells then."""


@lru_cache(maxsize=32)
def machine_for(
    module: KernelModule, config: Config, key: _Key, observers: tuple[Observer, ...] = (), heap: int = MAX_OBJECTS
) -> Machine:
    """The unreduced machine that replays, with so many objects for each allocator, remembered.  Raises `LimitReached`
    if it would be too much code."""
    budget = Budget(turns=sys.maxsize)
    watching = (*observers, Warned())
    return Machine.of(module, key.scenario, config, observers=watching, reduce=False, heap=heap, budget=budget)


class _Key:
    """A scenario as a cache key: equal scenarios share a machine."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.text = scenario, scenario.facts()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def replay(
    module: KernelModule,
    scenario: Scenario,
    config: Config,
    schedule: str | Schedule,
    observers: tuple[Observer, ...] = (),
) -> Trace:
    """What *schedule* does, and where *observers* notice something.  Raises `ScheduleError` if it cannot be read,
    belongs to another module, scenario or configuration, or asks for a choice that is not open."""
    world(module, scenario, config)
    wanted = schedule if isinstance(schedule, Schedule) else parse(schedule)
    where, digest = head(module, scenario, config)
    if wanted.digest and wanted.digest != digest:
        raise ScheduleError(
            f"this schedule was recorded for {wanted.where}@{wanted.digest}; this is {where}@{digest}: "
            "the module, the scenario or the configuration differs"
        )
    if wanted.digest and wanted.where != where:
        raise ScheduleError(f"this schedule is of {wanted.where}, says its head; of {where}, says its digest")
    heap = Budget.heap
    while True:
        try:
            return Recorder(machine_for(module, config, _Key(scenario), observers, heap)).run(wanted, where, digest)
        except HeapFull:
            heap = min(MAX_OBJECTS, heap * HEAP_GROWS)


def by_turns(module: KernelModule, scenario: Scenario, config: Config, first: Sequence[str], most: int) -> Schedule:
    """The schedule in which the choices *first*, then the processes and threads in their order, then init, then all of
    these again go on alone, each until it is not open, until none is; until a fault, and for *most* steps at the
    most."""
    recorder = Recorder(machine_for(module, config, _Key(scenario)))
    names = [*first, *(a.name for a in recorder.m.actors if a.kind in ("thread", "user"))]
    names += [e.name for e in recorder.entries if e.name.startswith("reap/")]
    steps: list[str] = []
    s: State | None = recorder.m.initial
    before = -1
    while s is not None and before < len(steps) < most:
        before = len(steps)
        for name in names:
            s = recorder.go_on(s, name, steps, most)
    return Schedule(tuple(steps))


def switches(op: str) -> bool:
    """Does it call schedule() without asking whether that is allowed there?"""
    return Does.SWITCHES in effects_of(op).does


class Recorder:
    """Runs one schedule on a machine and writes down what happens."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.entries = machine.traced()
        self.viewer = Viewer(machine)
        self.raw: list[Noted] = []
        self.running: dict[int, int] = {}
        self.outcomes: list[Outcome] = []
        self.begin()
        env = machine.trace_env
        env["list"], env["tuple"] = cells_of, state_of  # so that a step that is told can be watched (`pieces`)
        env["_event"] = lambda site, operands, result, c: self.raw.append((site, operands, result, state_of(c)))
        env["_world"] = lambda op, task, s, c: self.raw.append((op, task, None, state_of(c)))

    def step(self, s: State, name: str) -> tuple[State | None, int, KernelFault | None]:
        """One choice: the next state (None if it is not open), the entry that made it, and a fault if it ended so."""
        known = False
        for n, e in enumerate(self.entries):
            if e.name != name:
                continue
            known = True
            if not runnable(s[e.st]):
                continue
            mark = len(self.raw)
            try:
                t = e.table[s[e.pc]](s)
            except KernelFault as fault:
                return None, n, fault
            if t is not None:
                return t, n, None
            del self.raw[mark:]
        if not known:
            names = ", ".join(dict.fromkeys(e.name for e in self.entries))
            raise ScheduleError(f"there is no choice {name!r} here; the choices are: {names}")
        return None, -1, None

    def go_on(self, s: State | None, name: str, steps: list[str], most: int) -> State | None:
        """Take the choice *name* until it is not open, and note that in *steps*; the state then, None after a fault."""
        while s is not None and len(steps) < most:
            try:
                t, entry, _ = self.step(s, name)
            except HeapFull:
                return None
            self.raw.clear()
            if entry < 0:
                return s
            steps.append(name)
            s = t
        return s

    def run(self, schedule: Schedule, where: str, digest: str) -> Trace:
        """The trace of *schedule*, which was found *where*.  Raises `ScheduleError` if it can't be followed, with the
        trace of the steps that can."""
        self.begin()
        states = [self.m.initial]
        try:
            stopped = self.follow(schedule, states)
            ending = "fault" if stopped else self.ending(schedule, states)
        except ScheduleError as error:
            way = Schedule(schedule.steps[: len(states) - 1], 0, where, digest)
            error.until = self.trace(way, states, "") if way.steps else None
            raise
        return self.trace(replace(schedule, where=where, digest=digest), states, ending)

    def follow(self, schedule: Schedule, states: list[State]) -> bool:
        """Make the steps of *schedule*, and add to *states* the state after each.  Did a fault stop the machine?"""
        for k, name in enumerate(schedule.steps):
            t = self.take(k, name, states[-1])
            states.append(t if t is not None else states[-1])
            if t is None:
                if schedule.cycle or k + 1 < len(schedule.steps):
                    raise ScheduleError(f"step {k + 1} ends in a fault, and nothing can come after it")
                return True
        return False

    def trace(self, schedule: Schedule, states: list[State], ending: str) -> Trace:
        """What has been written down of *schedule*, which went through *states*."""
        return Trace(
            schedule.where,
            str(self.m.config),
            str(schedule),
            schedule.steps,
            tuple(self.events),
            Views(self.viewer, tuple(states)),
            tuple(self.log),
            tuple(self.violations),
            ending,
            schedule.cycle if ending else 0,
            dict(self.m.module.shown),
        )

    def begin(self) -> None:
        """Nothing has happened yet."""
        self.running = {}
        self.events: list[Event] = []
        self.log: list[tuple[int, str]] = []
        self.violations: list[Violation] = []

    def take(self, k: int, name: str, s: State) -> State | None:
        """Make the choice *name* in state *s*, as step number *k*, and write down what happens.  The state then, or
        None after a fault.  Raises `ScheduleError` if that choice is not open, and `HeapFull`."""
        self.raw.clear()
        self.m.hits.clear()
        t, entry, fault = self.step(s, name)
        if entry < 0:
            why = why_not(self.m, s, [e for e in self.m.internal + self.m.external if e.name == name])
            raise ScheduleError(f"step {k + 1}: {name} cannot move here: {why}")
        e = self.entries[entry]
        self.events += self.happened(k, e, s)
        for violation, _ in self.m.hits:
            property_, cause, pos, actor = self.m.violations[violation]
            if property_ != NOBODY:
                self.violations.append(Violation(property_, cause, k, "", pos.line))
            else:
                self.log += [(k, line) for line in self.warning(pos, self.m.actors[actor], s, t, name, fault)]
        if fault is not None:
            self.events.append(self.fault_event(k, e, s, fault))
            return None
        if t is not None:
            self.note_running(e, s, t)
        return t

    def happened(self, k: int, e: Entry, s: State) -> list[Event]:
        """What the choice *e*, which has just been made in state *s* as step number *k*, was."""
        told = [self.event(k, e, noted, s) for noted in self.raw]
        events = [event for event in told if event is not None]
        self.outcomes = [event.outcome for event in events]
        return events

    def choice(self, n: int, s: State) -> tuple[list[Event], State | None]:
        """What choice number *n*, which is open in state *s*, would be, apart from any run; and the state then, None
        after a fault."""
        self.begin()
        self.raw.clear()
        e = self.entries[n]
        try:
            t = e.table[s[e.pc]](s)
        except KernelFault as fault:
            return [*self.happened(0, e, s), self.fault_event(0, e, s, fault)], None
        return self.happened(0, e, s), t

    def ending(self, schedule: Schedule, states: list[State]) -> str:
        """How it stands at the end of *schedule*: as `Trace.ending` has it."""
        s = states[-1]
        if schedule.cycle:
            if not self.goes_round(states[-1 - schedule.cycle], s, schedule.steps[-schedule.cycle :]):
                raise ScheduleError("the cycle does not come back to where it began, so it can't go on for ever")
            return "cycle"
        if not self.at_rest(s):
            return ""
        return "stuck" if spinners(self.m, s) else "asleep"

    def goes_round(self, start: State, s: State, steps: tuple[str, ...]) -> bool:
        """May *steps*, which lead from *start* to *s*, be taken again and again?  What is only observed on the way can
        make the first rounds differ."""
        seen, t = {start}, s
        while t not in seen and len(seen) < ROUNDS:
            seen.add(t)
            for name in steps:
                after, _, _ = self.step(t, name)
                if after is None:
                    return False
                t = after
        return t in seen

    def at_rest(self, s: State) -> bool:
        """Can nobody move by himself in state *s*?"""
        return idle(self.m.internal, s)

    # ---- events ---------------------------------------------------------------------------------------------------

    def cpu(self, s: State, actor: int) -> int:
        """The CPU on which an actor is in state *s*; -1: none."""
        return self.m.cpus.of(self.m, s, actor) if actor >= 0 else -1

    def faulting(self, e: Entry) -> Actor | None:
        """Who it was that faulted in the choice *e*: a timer that has expired has gone on to its function."""
        m = self.m
        if e.actor >= 0:
            return m.actors[e.actor]
        return next((a for a in m.softirqs if self.raw and m.index[f"pc.{a.index}"] == e.pc), None)

    def cpu_taken(self, s: State, a: Actor | None, choice: str) -> int:
        """The CPU on which *a* makes the step *choice* in state *s*, be it that it takes or lands on one with that."""
        if a is None:
            return -1
        if a.is_frame:
            return self.landed_on(s, a, choice)
        return self.m.cpus.next_of(self.m, s, a.index)

    def landed_on(self, s: State, a: Actor, choice: str) -> int:
        """The CPU of a frame that is there, or that lands with the step *choice*."""
        cpu = self.cpu(s, a.index)
        if cpu < 0:
            cpu = int(choice[3:].partition(">")[0]) if choice.startswith("cpu") else self.m.cpus.landing(self.m, a)[0]
        return cpu

    def fault_event(self, step: int, e: Entry, s: State, fault: KernelFault) -> Event:
        """The choice *e* has ended in a fault."""
        place, actor = place_of(self.m.traced_map, fault), self.faulting(e)
        return Event(
            step,
            e.name,
            actor.name if actor is not None else "",
            "world" if actor is None else "irq" if actor.is_frame else "process",
            self.cpu_taken(s, actor, e.name),
            "fault",
            (fault.cause,),
            None,
            Outcome(fault.cause),
            (("text", fault.detail or fault.cause.replace("_", " ")),),
            place.file,
            place.line,
        )

    def event(self, step: int, e: Entry, noted: Noted, before: State) -> Event | None:
        """What was *noted* in the choice *e*, whose step began in state *before*; None for what goes without saying."""
        site, operands, result, after = noted
        if isinstance(site, str):
            return self.world_event(step, e, site, operands, before, after)
        actor, instr, pos, ctx, phase = self.m.sites[site]
        if instr.info.get("silent") or (instr.op == "enter" and actor.kind != "thread"):  # its arrival has told it
            return None
        x = Happened(self.m, self.viewer, actor, instr, ctx, bool(phase), operands, result, before, after)
        told = (OPERATIONS[instr.op].describe or plainly)(x)
        assert isinstance(told, Told)
        self.log += [(step, line) for line in told.log]
        details = dict(told.details)
        if told.program is not None:
            details |= self.id_told(*told.program)
        numberless = instr.op in CALLS and CALLS[instr.op].result in ("void", "task")
        return Event(
            step,
            e.name,
            actor.name,
            "irq" if actor.is_frame else "process",
            self.cpu(after, actor.index),
            told.op or instr.op + (":return" if phase else ""),
            tuple(told.args),
            int(result) if isinstance(result, int) and not numberless else None,
            told.outcome,
            tuple(details.items()),
            pos.file,
            pos.line,
        )

    def id_told(self, argv: Sequence[str], envp: Sequence[str]) -> dict[str, object]:
        """The id that a program is given, and by which variable, as far as the scenario says what an id is."""
        given = given_id(self.m.scenario, argv, envp)
        if given is None:
            return {}
        variable, value = given
        return {"id": int(value) if is_number(value) else value, "variable": variable}

    def world_event(self, step: int, e: Entry, op: str, task: int, before: State, after: State) -> Event:
        """The world has made the choice *e*, which is to do with task number *task*, if it is to do with any."""
        if op in ("write", "read"):
            return self.file_event(step, e, op, task, before)
        if op in ("arrive", "expire", "tasklet_run", "rcu_run"):
            return self.arrival(step, e, op, self.m.actors[task], before, after)
        target = self.m.actors[task].name if task >= 0 else ""
        args: tuple[object, ...] = (target,) if target else ()
        outcome = Outcome.ANY
        if op == "kill":
            args = ("SIGKILL" if e.name.startswith("kill/") else e.name.split("/")[0], target)
            outcome = self.fate_of_signal(CONSTANTS[str(args[0])], task, before, after)
        elif op in ("fail", "work_due"):
            args = (e.name.partition("/")[2].partition("#")[0],)
        elif op == "spurious":
            outcome = Outcome.WOKEN if not runnable(before[self.m.state_cells[task]]) else Outcome.NOT_ASLEEP_YET
        elif op == "ptrace":
            outcome = self.fate_of_tracer(task, before, after)
        return Event(step, e.name, target, "world", -1, op, args, None, outcome)

    def arrival(self, step: int, e: Entry, op: str, a: Actor, before: State, after: State) -> Event:
        """A call or an interrupt comes, or a timer expires: *a* runs from now on."""
        cpu = self.cpu(after, a.index)
        args: tuple[object, ...] = (a.function, *(x for x in a.args if isinstance(x, int)))
        told: tuple[tuple[str, object], ...] = ()
        start = a.code[0].pos
        if a.timer is not None:
            args = (a.timer.name, a.function)
        elif self.m.helper_owed and a.report is not None and not a.serves:
            told = (("report", a.report),)
        process = a.kind == "process"
        task, context = (a.name, "process") if process else (self.onto(before, cpu), "irq")
        name = "enter" if process else "irq_enter" if op == "arrive" else op
        return Event(step, e.name, task, context, cpu, name, args, None, Outcome.ANY, told, start.file, start.line)

    def unborn(self, task: int, s: State) -> bool:
        """Has nobody made task number *task* yet?"""
        return bool(s[self.m.index[f"pc.{task}"]] == self.m.special.get((task, "unborn")))

    def fate_of_tracer(self, task: int, before: State, after: State) -> Outcome:
        """What came of somebody who wants to trace task number *task*."""
        st, tracer = self.m.state_cells[task], self.m.index.get(f"trc.{task}")
        if self.unborn(task, before):
            return Outcome.MISSING
        if before[st] == DEAD:
            return Outcome.DEAD
        if tracer is not None:
            return Outcome.ANY if before[tracer] != after[tracer] else Outcome.REFUSED
        pend = self.m.index.get(f"pend.{task}")
        return Outcome.PENDING if pend is not None and after[pend] >> SIGSTOP & 1 else Outcome.REFUSED

    def fate_of_signal(self, signal: int, task: int, before: State, after: State) -> Outcome:
        """What *signal* for task number *task* came to."""
        st, pend, blk = self.m.state_cells[task], self.m.index.get(f"pend.{task}"), self.m.index.get(f"blk.{task}")
        if self.unborn(task, before):
            return Outcome.MISSING
        if before[st] == DEAD:
            return Outcome.DEAD
        if before[st] == STOPPED and signal == SIGCONT:
            return Outcome.CONTINUED
        if before[st] != after[st]:
            return Outcome.NOT_ASLEEP_YET if runnable(before[st]) else Outcome.WOKEN
        if pend is None or not after[pend] >> signal & 1:
            return Outcome.IGNORED
        blocked = pend is not None and blk is not None and after[pend] & before[blk]
        return Outcome.BLOCKED if blocked else Outcome.PENDING

    def file_event(self, step: int, e: Entry, op: str, n: int, before: State) -> Event:
        """Somebody writes to or reads from a file of /proc/sys: the scenario's write or read number *n*."""
        m = self.m
        x = (m.scenario.writes if op == "write" else m.scenario.reads)[n]
        cell = m.index.get(sysctl.target(m, x.path))
        old: Cell = before[cell] if cell is not None else m.statics.objects[sysctl.target(m, x.path)[2:]].init
        text, returned = sysctl.write(m, x, old) if isinstance(x, Write) else sysctl.read(m, x, old)
        args = (x.path, x.text.removesuffix("\n")) if isinstance(x, Write) else (x.path,)
        details = (("text", text), ("user", x.user))
        outcome = Outcome.BY_OTHERS if op == "write" and x.user != "root" else Outcome.ANY
        if returned < 0:
            outcome = Outcome.REFUSED
        return Event(step, e.name, "", "world", -1, op, args, returned, outcome, details)

    def onto(self, before: State, cpu: int) -> str:
        """Who had the CPU on which a frame lands; "" if it was idle."""
        on = self.below(before, cpu) if cpu >= 0 else None
        return on.name if on is not None else ""

    # ---- the kernel's log -----------------------------------------------------------------------------------------

    def warning(
        self, pos: ir.Pos, a: Actor, s: State, t: State | None, choice: str, fault: KernelFault | None
    ) -> list[str]:
        """What this version of the kernel prints about a call of *a* at *pos* that may sleep, where preempt_count shows
        it: might_sleep()'s lines where the call has one, and schedule()'s where it comes to that.  *s* and *t* are the
        state before and after the step, *choice* is its name."""
        m, kernel = self.m, self.m.config.kernel
        node = m.nodes[s[m.index[f"pc.{a.index}"]]]
        count = node.ctx.count(m.config.preempt) if node is not None else 0
        count += {"irq": HARDIRQ, "softirq": SOFTIRQ}.get(a.kind, 0)
        off = int(bool(node is not None and node.ctx.off))
        comm, pid = self.current(s, a, choice)
        words = {"comm": comm, "pid": pid, "file": pos.file, "line": pos.line, "atomic": int(bool(count)), "off": off}
        instr = self.may_sleep(node, a, pos)
        own = kernel.might_sleep if (count or off) and not switches(instr.op) else ()
        late = (kernel.atomic,) if count and self.gives_up(instr, a, t, choice, fault) else ()
        itself = int(kernel.counts_itself and m.config.preempt)
        return [
            *(f.format(**words, count=count) for f in own),
            *(f.format(**words, count=count + itself) for f in late),
        ]

    def may_sleep(self, node: Node | None, a: Actor, pos: ir.Pos) -> Instr:
        """The call at *pos* that may sleep, or may not stand there."""
        if node is not None and self.m.instr(node).pos == pos:
            return self.m.instr(node)
        here = [i for i in a.code if i.kind == "op" and i.pos == pos]
        return next((i for i in here if effects_of(i.op).sleeps is not Sleeps.NEVER), here[-1])

    def gives_up(self, instr: Instr, a: Actor, t: State | None, choice: str, fault: KernelFault | None) -> bool:
        """Did a call that may sleep come to schedule()?"""
        if fault is not None:
            return fault.cause == "sleep_in_interrupt"
        if switches(instr.op):
            return all(outcome is not Outcome.WRONG for outcome in self.outcomes)
        effects = effects_of(instr.op)
        surely = effects.sleeping(self.m, instr) is Sleeps.YIELDS and effects.leaves(self.m, instr) is Leaves.RUNNING
        off = t is not None and a.is_task and not runnable(t[self.m.state_cells[a.index]])
        return surely or off or choice.startswith("reclaim/")

    def current(self, s: State, a: Actor, choice: str) -> tuple[str, int]:
        """Name and pid of ``current`` while *a* runs: in an interrupt the task below it, or the idle task."""
        if a.is_frame:
            cpu = self.landed_on(s, a, choice)
            below = self.below(s, cpu)
            if below is None:
                return f"swapper/{cpu}", 0
            a = below
        return self.viewer.identity(s, a)[0], a.pid

    def below(self, s: State, cpu: int) -> Actor | None:
        """The task that runs on *cpu*, or that an interrupt there holds up; None on an idle CPU."""
        m = self.m
        on = m.cpus.task_on(m, s, cpu)
        on = self.running.get(cpu, -1) if on < 0 else on
        return m.actors[on] if on >= 0 else None

    def note_running(self, e: Entry, s: State, t: State) -> None:
        """Whoever made this step is the last that ran on its CPU, until it sleeps or ends."""
        stays = self.stays(e, s, t)
        if stays is not None:
            self.running = {n: a for n, a in self.running.items() if a != e.actor}
            if stays >= 0:
                self.running[stays] = e.actor

    def stays(self, e: Entry, s: State, t: State) -> int | None:
        """On which CPU the task that made this step stays; -1: it sleeps or has ended.  None where a CPU's task is
        written down in the state anyway, which that of one that can be preempted is not; or if it is no task's step."""
        m = self.m
        if not m.cpus.shared or e.actor < 0 or e.external or not m.actors[e.actor].is_task:
            return None
        cpu, over = m.cpus.next_of(m, s, e.actor), t[m.index[f"pc.{e.actor}"]] == m.special.get((e.actor, "final"))
        return -1 if over or not runnable(t[m.state_cells[e.actor]]) else cpu
