"""Replay: a schedule in, the trace of what it does out.

The machine that replays is compiled from the same operations as the one that searches, with one line more for each: it
says what happened.  It takes the unreduced choices.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.config import Config
from kthreadlab.compile.context import HARDIRQ, SOFTIRQ
from kthreadlab.compile.effects import Does, Sleeps, State
from kthreadlab.compile.faults import place_of
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.ops import OPERATIONS, effects_of
from kthreadlab.compile.runtime import MAX_OBJECTS, HeapFull, KernelFault
from kthreadlab.kernel import sysctl
from kthreadlab.kernel.frames import landing_cpus
from kthreadlab.kernel.telling import Happened, plainly
from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.observers import given_id, is_number
from kthreadlab.machine.scenario import world
from kthreadlab.machine.standing import idle, spinners
from kthreadlab.trace.events import Event, Trace, Violation

from .schedule import Schedule, ScheduleError, head, parse
from .view import Viewer

OBSERVED = ("delivered", "delivered_when_asleep", "no_stale_helper", "identity")
"""Properties with observers: a trace says where they are broken."""
ROUNDS = 20
"""A cycle comes back to where it began after so many rounds, or never does."""


@lru_cache(maxsize=32)
def machine_for(module, config: Config, key: _Key) -> Machine:
    """The unreduced machine that replays, remembered.  Raises `LimitReached` if it would be too much code."""
    budget = Budget(turns=sys.maxsize)
    return Machine.of(module, key.scenario, config, observe=OBSERVED, reduce=False, heap=MAX_OBJECTS, budget=budget)


class _Key:
    """A scenario as a cache key: equal scenarios share a machine."""

    def __init__(self, scenario) -> None:
        self.scenario, self.text = scenario, scenario.facts()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def replay(module, scenario, config: Config, schedule: str | Schedule) -> Trace:
    """What *schedule* does.  Raises `ScheduleError` if it cannot be read, belongs to another module, scenario or
    configuration, or asks for a choice that is not open."""
    world(module, scenario, config)
    wanted = schedule if isinstance(schedule, Schedule) else parse(schedule)
    where, digest = head(module, scenario, config)
    if wanted.digest and wanted.digest != digest:
        raise ScheduleError(
            f"this schedule was recorded for {wanted.where}@{wanted.digest}; this is {where}@{digest}: "
            "the module, the scenario or the configuration differs"
        )
    machine = machine_for(module, config, _Key(scenario))
    return Recorder(machine).run(wanted, where, digest)


def by_turns(module, scenario, config: Config, first: Sequence[str], most: int) -> Schedule:
    """The schedule in which the choices *first*, then the threads in their order, then all of these again go on alone,
    each until it is not open, until none is; until a fault, and for *most* steps at the most."""
    recorder = Recorder(machine_for(module, config, _Key(scenario)))
    names = [*first, *(a.name for a in recorder.m.actors if a.kind == "thread")]
    steps: list[str] = []
    s: tuple | None = recorder.m.initial
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
        self.raw: list[tuple] = []
        self.running: dict[int, int] = {}
        self.outcomes: list[Outcome] = []
        env = machine.trace_env
        env["_event"] = lambda site, operands, result, c: self.raw.append((site, operands, result, tuple(c)))
        env["_world"] = lambda op, task, s, c: self.raw.append((op, task, None, tuple(c)))

    def step(self, s: tuple, name: str) -> tuple[tuple | None, int, KernelFault | None]:
        """One choice: the next state (None if it is not open), the entry that made it, and a fault if it ended so."""
        known = False
        for n, e in enumerate(self.entries):
            if e.name != name:
                continue
            known = True
            if s[e.st] > 3:
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

    def go_on(self, s: tuple | None, name: str, steps: list[str], most: int) -> tuple | None:
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
        m = self.m
        s = m.initial
        self.running = {}
        states, events, violations = [s], [], []
        self.log: list[tuple[int, str]] = []
        ending = ""
        for k, name in enumerate(schedule.steps):
            self.raw.clear()
            m.hits.clear()
            try:
                t, entry, fault = self.step(s, name)
            except HeapFull as full:
                raise ScheduleError("the program keeps too many objects alive") from full
            if entry < 0:
                raise ScheduleError(f"step {k + 1}: {name} cannot move here")
            self.outcomes = []
            for site, operands, result, c in self.raw:
                event = self.event(k, self.entries[entry], site, operands, result, s, c)
                if event is not None:
                    self.outcomes.append(event.outcome)
                    events.append(event)
            for violation, _ in m.hits:
                property_, cause, pos, actor = m.violations[violation]
                violations.append(Violation(property_, cause, k, "", pos.line))
                if property_ == "never_sleeps_atomic":
                    self.log += [(k, line) for line in self.warning(pos, self.m.actors[actor], s, t, name, fault)]
            if fault is not None:
                place = place_of(m, fault, traced=True)
                e = self.entries[entry]
                actor = self.faulting(e)
                events.append(
                    Event(
                        k,
                        name,
                        actor.name if actor is not None else "",
                        "world" if actor is None else "irq" if actor.is_frame else "process",
                        self.cpu_taken(s, actor, name),
                        "fault",
                        (fault.cause,),
                        None,
                        Outcome(fault.cause),
                        (("text", fault.detail or fault.cause.replace("_", " ")),),
                        place.file,
                        place.line,
                    )
                )
                ending = "fault"
                states.append(s)
                if schedule.cycle or k + 1 < len(schedule.steps):
                    raise ScheduleError(f"step {k + 1} ends in a fault, and nothing can come after it")
                break
            self.note_running(self.entries[entry], s, t, name)
            s = t
            states.append(s)
        if not ending:
            if schedule.cycle:
                ending = "cycle"
                if not self.goes_round(states[-1 - schedule.cycle], s, schedule.steps[-schedule.cycle :]):
                    raise ScheduleError("the cycle does not come back to where it began, so it can't go on for ever")
            elif spinners(m, s) and self.at_rest(s):
                ending = "stuck"
            elif self.at_rest(s):
                ending = "asleep"
        views = tuple(self.viewer.view(x) for x in states)
        full = Schedule(schedule.steps, schedule.cycle, where, digest)
        sources = {name: text for name, text in m.module.files.items()}
        return Trace(
            where,
            str(m.config),
            str(full),
            schedule.steps,
            tuple(events),
            views,
            tuple(self.log),
            tuple(violations),
            ending,
            schedule.cycle,
            sources,
        )

    def goes_round(self, start: tuple, s: tuple, steps: tuple[str, ...]) -> bool:
        """May *steps*, which lead from *start* to *s*, be taken again and again?  What is only observed on the way can
        make the first rounds differ."""
        seen, t = {start}, s
        while t not in seen and len(seen) < ROUNDS:
            seen.add(t)
            for name in steps:
                t, _, _ = self.step(t, name)
                if t is None:
                    return False
        return t in seen

    def at_rest(self, s: tuple) -> bool:
        return idle(self.m, s)

    # ---- events ---------------------------------------------------------------------------------------------------

    def context(self, e) -> str:
        if e.actor < 0 or e.external:
            return "world"
        return "irq" if self.m.actors[e.actor].is_frame else "process"

    def cpu(self, s: tuple, actor: int) -> int:
        m = self.m
        if actor < 0:
            return -1
        if m.mode == "one":
            return 0
        if m.actors[actor].is_frame:
            for key, n in m.index.items():
                if key.startswith("frm.") and actor in s[n]:
                    return int(key[4:])
            return -1
        if m.mode == "each":
            return actor
        return next((int(k[4:]) for k, n in m.index.items() if k.startswith("cpu.") and s[n] == actor), -1)

    def faulting(self, e) -> Actor | None:
        """Who it was that faulted in the choice *e*: a timer that has expired has gone on to its function."""
        m = self.m
        if e.actor >= 0:
            return m.actors[e.actor]
        return next((a for a in m.softirqs if self.raw and m.index[f"pc.{a.index}"] == e.pc), None)

    def cpu_taken(self, s: tuple, a: Actor | None, choice: str) -> int:
        """The CPU on which *a* makes the step *choice* in state *s*, be it that it takes or lands on one with that."""
        if a is None:
            return -1
        if a.is_frame:
            return self.landed_on(s, a, choice)
        return self.m.trace_env["_cpu"](s, a.index) if self.m.mode == "many" else self.cpu(s, a.index)

    def landed_on(self, s: tuple, a: Actor, choice: str) -> int:
        """The CPU of a frame that is there, or that lands with the step *choice*."""
        cpu = self.cpu(s, a.index)
        if cpu < 0:
            cpu = int(choice[3:].partition(">")[0]) if choice.startswith("cpu") else landing_cpus(self.m, a)[0]
        return cpu

    def event(self, step: int, e, site, operands, result, before: tuple, after: tuple) -> Event | None:
        if isinstance(site, str):
            return self.world_event(step, e, site, operands, before, after)
        actor, instr, pos, ctx, phase = self.m.sites[site]
        if instr.info.get("silent") or (instr.op == "enter" and actor.kind != "thread"):  # its arrival has told it
            return None
        x = Happened(self.m, self.viewer, actor, instr, ctx, bool(phase), operands, result, before, after)
        told = (OPERATIONS[instr.op].describe or plainly)(x)
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

    def world_event(self, step: int, e, op: str, task: int, before: tuple, after: tuple) -> Event | None:
        m = self.m
        if op in ("write", "read"):
            return self.file_event(step, e, op, task, before)
        target = m.actors[task].name if task >= 0 else ""
        outcome, args = Outcome.ANY, (target,) if target else ()
        if op == "arrive":
            actor, cpu = m.actors[task], self.cpu(after, task)
            args = (actor.function, *actor.args)
            owed = m.helper_owed and actor.report is not None and not actor.serves
            told = (("report", actor.report),) if owed else ()
            if actor.kind == "process":
                return Event(
                    step, e.name, target, "process", cpu, "enter", args, None, Outcome.ANY, told, *self.start(actor)
                )
            onto = self.onto(before, cpu)
            return Event(step, e.name, onto, "irq", cpu, "irq_enter", args, None, Outcome.ANY, told, *self.start(actor))
        if op == "expire":
            actor = m.actors[task]
            cpu = self.cpu(after, task)
            onto = self.onto(before, cpu)
            args = (actor.timer.name, actor.function)
            return Event(step, e.name, onto, "irq", cpu, op, args, None, Outcome.ANY, (), *self.start(actor))
        if op == "kill":
            a = m.actors[task]
            st = m.state_cells[task]
            pend, blk = m.index.get(f"pend.{task}"), m.index.get(f"blk.{task}")
            if before[st] == 8:
                outcome = Outcome.DEAD
            elif before[st] != after[st]:
                outcome = Outcome.WOKEN if before[st] > 4 else Outcome.NOT_ASLEEP_YET
            elif pend is not None and blk is not None and after[pend] & before[blk]:
                outcome = Outcome.BLOCKED
            else:
                outcome = Outcome.PENDING
            signal = "SIGKILL" if e.name.startswith("kill/") else e.name.split("/")[0]
            return Event(step, e.name, a.name, "world", -1, "kill", (signal, target), None, outcome)
        if op == "fail":
            args = (e.name.partition("/")[2].partition("#")[0],)
        if op == "spurious":
            outcome = Outcome.WOKEN if before[m.state_cells[task]] > 4 else Outcome.NOT_ASLEEP_YET
        return Event(step, e.name, target, "world", -1, op, args, None, outcome)

    def file_event(self, step: int, e, op: str, n: int, before: tuple) -> Event:
        """Somebody writes to or reads from a file of /proc/sys: the scenario's write or read number *n*."""
        m = self.m
        x = (m.scenario.writes if op == "write" else m.scenario.reads)[n]
        cell = m.index.get(sysctl.target(m, x.path))
        old = before[cell] if cell is not None else m.statics.objects[sysctl.target(m, x.path)[2:]].init
        text, returned = (sysctl.write if op == "write" else sysctl.read)(m, x, old)
        args = (x.path, x.text.removesuffix("\n")) if op == "write" else (x.path,)
        details = (("text", text), ("user", x.user))
        outcome = Outcome.BY_OTHERS if op == "write" and x.user != "root" else Outcome.ANY
        if returned < 0:
            outcome = Outcome.REFUSED
        return Event(step, e.name, "", "world", -1, op, args, returned, outcome, details)

    def onto(self, before: tuple, cpu: int) -> str:
        """Who had the CPU on which a frame lands; "" if it was idle."""
        on = self.below(before, cpu) if cpu >= 0 else None
        return on.name if on is not None else ""

    def start(self, actor) -> tuple[str, int]:
        return (actor.code[0].pos.file, actor.code[0].pos.line)

    # ---- the kernel's log -----------------------------------------------------------------------------------------

    def warning(self, pos: ir.Pos, a, s: tuple, t: tuple | None, choice: str, fault: KernelFault | None) -> list[str]:
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

    def may_sleep(self, node, a, pos: ir.Pos):
        """The call at *pos* that may sleep, or may not stand there."""
        if node is not None and self.m.instr(node).pos == pos:
            return self.m.instr(node)
        here = [i for i in a.code if i.kind == "op" and i.pos == pos]
        return next((i for i in here if effects_of(i.op).sleeps is not Sleeps.NEVER), here[-1])

    def gives_up(self, instr, a, t: tuple | None, choice: str, fault: KernelFault | None) -> bool:
        """Did a call that may sleep come to schedule()?"""
        if fault is not None:
            return fault.cause == "sleep_in_interrupt"
        if switches(instr.op):
            return all(outcome is not Outcome.WRONG for outcome in self.outcomes)
        effects = effects_of(instr.op)
        surely = effects.sleeping(self.m, instr) is Sleeps.YIELDS and effects.leaves(self.m, instr) is State.RUNNING
        asleep = t is not None and a.is_task and t[self.m.state_cells[a.index]] > 4
        return surely or asleep or choice.startswith("reclaim/")

    def current(self, s: tuple, a, choice: str) -> tuple[str, int]:
        """Name and pid of ``current`` while *a* runs: in an interrupt the task below it, or the idle task."""
        if a.is_frame:
            cpu = self.landed_on(s, a, choice)
            below = self.below(s, cpu)
            if below is None:
                return f"swapper/{cpu}", 0
            a = below
        return self.viewer.identity(s, a)[0], a.pid

    def below(self, s: tuple, cpu: int):
        """The task that runs on *cpu*, or that an interrupt there holds up; None on an idle CPU."""
        m = self.m
        if m.mode == "each":
            on = cpu if cpu < len(m.actors) and s[m.state_cells[cpu]] < 4 else -1
        else:
            on = s[m.index["cur.0" if m.mode == "one" else f"cpu.{cpu}"]]
            on = self.running.get(cpu, -1) if on < 0 else on
        return m.actors[on] if on >= 0 else None

    def note_running(self, e, s: tuple, t: tuple, choice: str) -> None:
        """Whoever made this step is the last that ran on its CPU, until it sleeps or ends: a task that can be preempted
        is not written down as the CPU's."""
        m = self.m
        if m.mode == "each" or e.actor < 0 or e.external or not m.actors[e.actor].is_task:
            return
        me = e.actor
        named = int(choice[3:].partition(">")[0]) if choice.startswith("cpu") else -1
        cpu = 0 if m.mode == "one" else named if named >= 0 else m.trace_env["_cpu"](s, me)
        over = t[m.index[f"pc.{me}"]] == m.special.get((me, "final"))
        self.running = {n: a for n, a in self.running.items() if a != me}
        if not over and t[m.state_cells[me]] < 4:
            self.running[cpu] = me
