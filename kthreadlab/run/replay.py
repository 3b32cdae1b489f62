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
from kthreadlab.compile.effects import Does, Drops, Sleeps, State, Takes
from kthreadlab.compile.faults import place_of
from kthreadlab.compile.hooks import Observer
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.ops import OPERATIONS, effects_of
from kthreadlab.compile.runtime import MAX_OBJECTS, NULL, HeapFull, KernelFault
from kthreadlab.compile.values import TASK
from kthreadlab.kernel import sysctl
from kthreadlab.kernel.blocking import EINTR, ERESTARTSYS
from kthreadlab.kernel.blocking import KINDS as LINES
from kthreadlab.kernel.kmod import UNTIL
from kthreadlab.kernel.kthread import stopped_by
from kthreadlab.kernel.lifetime import INIT, reaped_later
from kthreadlab.kernel.sched import WAKES
from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.machine.given import given_id, is_number
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import world
from kthreadlab.machine.standing import idle, spinners
from kthreadlab.trace.events import Event, Trace, Violation

from .schedule import Schedule, ScheduleError, head, parse
from .view import STATES, Viewer
from .warned import NOBODY, Warned

ROUNDS = 20
"""A cycle comes back to where it began after so many rounds, or never does."""


ADDRESSES = ("queue", "entry", "spinlock", "rwlock", "atomic", "ptr", "text", "list", *LINES)
"""Kinds of parameters that are addresses."""


WHOLE = {"atomic", "spinlock", "rwlock", "mutex"}
"""Kinds of parameters of calls whose events have the operands of the prototype and no more."""


@lru_cache(maxsize=32)
def machine_for(module, config: Config, key: _Key, observers: tuple[Observer, ...] = ()) -> Machine:
    """The unreduced machine that replays, remembered.  Raises `LimitReached` if it would be too much code."""
    budget = Budget(turns=sys.maxsize)
    watching = (*observers, Warned())
    return Machine.of(module, key.scenario, config, observers=watching, reduce=False, heap=MAX_OBJECTS, budget=budget)


class _Key:
    """A scenario as a cache key: equal scenarios share a machine."""

    def __init__(self, scenario) -> None:
        self.scenario, self.text = scenario, scenario.facts()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def replay(module, scenario, config: Config, schedule: str | Schedule, observers: tuple[Observer, ...] = ()) -> Trace:
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
    machine = machine_for(module, config, _Key(scenario), observers)
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
        self.outcomes: list[str] = []
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
        log: list[tuple[int, str]] = []
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
                    log += [(k, line) for line in self.log_of(event)]
            for violation, _ in m.hits:
                property_, cause, pos, actor = m.violations[violation]
                if property_ != NOBODY:
                    violations.append(Violation(property_, cause, k, "", pos.line))
                else:
                    log += [(k, line) for line in self.warning(pos, self.m.actors[actor], s, t, name, fault)]
            if fault is not None:
                place = place_of(m.traced_map, fault)
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
                        fault.cause,
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
            self.note_running(self.entries[entry], s, t)
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
            tuple(log),
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
        return self.m.cpus.of(self.m, s, actor) if actor >= 0 else -1

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
        return self.m.cpus.next_of(self.m, s, a.index)

    def landed_on(self, s: tuple, a: Actor, choice: str) -> int:
        """The CPU of a frame that is there, or that lands with the step *choice*."""
        cpu = self.cpu(s, a.index)
        if cpu < 0:
            cpu = int(choice[3:].partition(">")[0]) if choice.startswith("cpu") else self.m.cpus.landing(self.m, a)[0]
        return cpu

    def event(self, step: int, e, site, operands, result, before: tuple, after: tuple) -> Event | None:
        if isinstance(site, str):
            return self.world_event(step, e, site, operands, before, after)
        actor, instr, pos, ctx, phase = self.m.sites[site]
        if instr.info.get("silent") or (instr.op == "enter" and actor.kind != "thread"):  # its arrival has told it
            return None
        context = "irq" if actor.is_frame else "process"
        op = instr.op + (":return" if phase else "")
        self.instr = instr
        describe = getattr(self, "_" + instr.op, None)
        args, outcome, details = self.display(instr, operands), "", {}
        name = {
            "take_request": "helper_take",
            "complete_request": "helper_complete",
            "exec_request": "exec",
            "timer_field": "store",
            "list_step": "load",
        }.get(op, op)
        if describe is not None:
            args, outcome, details = describe(phase, operands, result, before, after, actor, args)
        elif instr.op in WAKES:
            outcome, details = self.wake(WAKES[instr.op][0], operands[0], before, after)
        elif CALLS.get(instr.op) and CALLS[instr.op].params[:1] and CALLS[instr.op].params[0] in LINES:
            outcome, details = self.line(instr.op, phase, result, before, after, actor)
        elif any(effects_of(instr.op).changes(Takes | Drops)):
            outcome = self.lock_outcome(instr.op, result)
        if "code" in details and ctx.count(self.m.config.preempt):
            details["preempt_count"] = ctx.count(self.m.config.preempt)
        if isinstance(result, bool):
            result = int(result)
        numberless = instr.op in CALLS and CALLS[instr.op].result in ("void", "task")
        shown = result if isinstance(result, int) and not numberless else None
        return Event(
            step,
            e.name,
            actor.name,
            context,
            self.cpu(after, actor.index),
            name,
            args,
            shown,
            outcome,
            tuple(details.items()),
            pos.file,
            pos.line,
        )

    def display(self, instr, operands: tuple) -> tuple:
        """Operands as people read them, in the order of the source: objects and places by name."""
        call = CALLS.get(instr.op)
        if call is None:
            return tuple(operands)
        values = list(operands)
        if "atomic" in call.params and call.params[0] == "int":
            values.reverse()
        out = []
        for n, kind in enumerate(call.params):
            if not values:
                break
            value = values.pop(0)
            obj = getattr(instr.args[n], "obj", None) if kind in ("spinlock", "rwlock", "semaphore", "mutex") else None
            if obj is not None:
                value = obj.name
            elif kind == "word":
                value = self.place((value, values.pop(0)))
            elif kind in ADDRESSES and isinstance(value, int | tuple):
                value = self.viewer.name(value)
            out.append(value)
        return (*out, *(values if not WHOLE & set(call.params) else ()))

    def lock_outcome(self, op: str, result: object) -> str:
        """What taking or releasing a lock came to; a kernel for one CPU has no lock words."""
        takes = next(effects_of(op).changes(Takes), None)
        if takes is not None and takes.tries:
            return "taken" if result else "busy"
        if not self.m.config.is_smp:
            return "preempt" if self.m.config.preempt else "nothing"
        return "released" if takes is None else "taken"

    def task_names(self, tasks) -> tuple[str, ...]:
        return tuple(self.m.actors[t].name for t in tasks)

    def wake(self, mask: int, queue: int, before: tuple, after: tuple) -> tuple[str, dict]:
        """What a wake-up found on its queue."""
        found: dict[str, list[int]] = {}
        entries = before[queue] if queue in self.m.memory.sizes else ()
        for n in entries or ():
            entry = before[n] if n > 0 else None
            if not entry:
                continue
            cell = self.m.state_cells[entry[0]]
            x = before[cell]
            if x & mask:
                if after[cell] == 0:
                    found.setdefault("woken" if x > 4 else "not_asleep_yet", []).append(entry[0])
            else:
                found.setdefault("running" if x == 0 else "wrong_state", []).append(entry[0])
        if not found:
            return "empty", {}
        details: dict = {}
        if "woken" in found:
            details["woken"] = self.task_names(found["woken"])
        waiters = [t for key in ("not_asleep_yet", "wrong_state", "running") for t in found.get(key, [])]
        if waiters:
            details["waiters"] = self.task_names(waiters)
        outcome = next(iter(found)) if len(found) == 1 else "mixed"
        if len(found) > 1 and "woken" not in found:
            outcome = next(k for k in ("not_asleep_yet", "wrong_state", "running") if k in found)
        return outcome, details

    def line(self, op: str, phase: int, result, before: tuple, after: tuple, actor) -> tuple[str, dict]:
        """What a call came to that waits in line for an object, or lets somebody else go on."""
        cells = self.m.state_cells
        state = after[cells[actor.index]] if actor.is_task else 0
        if state > 4:
            return ("again" if phase else "sleeps"), {"state": state - 4}
        if phase:
            expired = result == 0 and op.endswith("_timeout")
            return "expired" if expired else "signal" if result in (-EINTR, -ERESTARTSYS) else "", {}
        tasks = [a.index for a in self.m.actors if a.is_task]
        woken = [a for a in tasks if before[cells[a]] in (5, 6) and not after[cells[a]]]
        if woken:
            return "woken", {"woken": self.task_names(woken)}
        return ("signal" if result in (-EINTR, -ERESTARTSYS) else ""), {}

    def world_event(self, step: int, e, op: str, task: int, before: tuple, after: tuple) -> Event | None:
        m = self.m
        if op in ("write", "read"):
            return self.file_event(step, e, op, task, before)
        target = m.actors[task].name if task >= 0 else ""
        outcome, args = "", (target,) if target else ()
        if op == "arrive":
            actor, cpu = m.actors[task], self.cpu(after, task)
            args = (actor.function, *actor.args)
            owed = m.helper_owed and actor.report is not None and not actor.serves
            told = (("report", actor.report),) if owed else ()
            if actor.kind == "process":
                return Event(step, e.name, target, "process", cpu, "enter", args, None, "", told, *self.start(actor))
            onto = self.onto(before, cpu)
            return Event(step, e.name, onto, "irq", cpu, "irq_enter", args, None, "", told, *self.start(actor))
        if op == "expire":
            actor = m.actors[task]
            cpu = self.cpu(after, task)
            onto = self.onto(before, cpu)
            args = (actor.timer.name, actor.function)
            return Event(step, e.name, onto, "irq", cpu, op, args, None, "", (), *self.start(actor))
        if op == "kill":
            a = m.actors[task]
            st = m.state_cells[task]
            pend, blk = m.index.get(f"pend.{task}"), m.index.get(f"blk.{task}")
            if before[st] == 8:
                outcome = "dead"
            elif before[st] != after[st]:
                outcome = "woken" if before[st] > 4 else "not_asleep_yet"
            elif pend is not None and blk is not None and after[pend] & before[blk]:
                outcome = "blocked"
            else:
                outcome = "pending"
            signal = "SIGKILL" if e.name.startswith("kill/") else e.name.split("/")[0]
            return Event(step, e.name, a.name, "world", -1, "kill", (signal, target), None, outcome)
        if op == "fail":
            args = (e.name.partition("/")[2].partition("#")[0],)
        if op == "spurious":
            outcome = "woken" if before[m.state_cells[task]] > 4 else "not_asleep_yet"
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
        others = "by_others" if op == "write" and x.user != "root" else ""
        return Event(step, e.name, "", "world", -1, op, args, returned, "refused" if returned < 0 else others, details)

    def onto(self, before: tuple, cpu: int) -> str:
        """Who had the CPU on which a frame lands; "" if it was idle."""
        on = self.below(before, cpu) if cpu >= 0 else None
        return on.name if on is not None else ""

    def start(self, actor) -> tuple[str, int]:
        return (actor.code[0].pos.file, actor.code[0].pos.line)

    # one describer for each operation whose outcome is not plain from its result

    def _enter(self, phase, operands, result, before, after, actor, args):
        if actor.kthread and after[self.m.index[f"pc.{actor.index}"]] == self.m.special.get((actor.index, "final")):
            return (actor.function,), "never", {}
        given = [self.viewer.name(x) if isinstance(x, int) and x > TASK else x for x in operands]
        return (actor.function, *(given or (getattr(x, "name", x) for x in actor.args))), "", {}

    def _kthread_create(self, phase, operands, result, before, after, actor, args):
        return operands, ("" if not phase else "ok" if result > 0 else "fails"), {}

    _kthread_run = _kthread_create

    def _kthread_stop(self, phase, operands, result, before, after, actor, args):
        name = (self.viewer.name(operands[0]),)
        if result is not None:
            return name, ("" if phase else "ended"), {}
        if stopped_by(self.m, after, actor.index) < 0:
            return name, "in_turn", {}
        asks = phase and stopped_by(self.m, before, actor.index) < 0
        return name, ("asks" if asks else "again" if phase else ""), {}

    def _get_task_struct(self, phase, operands, result, before, after, actor, args):
        return (self.viewer.name(operands[0]),), "", {}

    _put_task_struct = _get_task_struct

    def _list_step(self, phase, operands, result, before, after, actor, args):
        name = f"{self.viewer.name(operands[0])}.{'prev' if self.instr.info['back'] else 'next'}"
        return (name,), "", {"value": self.viewer.name(operands[1])}

    def _timer_field(self, phase, operands, result, before, after, actor, args):
        name, new = operands
        field = self.instr.info["field"]
        return (f"{name}.{field}",), "", {"value": new if field == "function" else self.viewer.name(new) if new else 0}

    def _setup_timer(self, phase, operands, result, before, after, actor, args):
        return operands, "", {}

    _init_timer = _timer_setup = _add_timer = _mod_timer = _del_timer = _del_timer_sync = _timer_pending = _setup_timer

    def _kthread_bind(self, phase, operands, result, before, after, actor, args):
        return (self.viewer.name(operands[0]), operands[1]), "", {}

    def _schedule(self, phase, operands, result, before, after, actor, args):
        if phase:
            return (), "", {}
        x, now = operands[0], result
        if not x:
            return (), "yields", {}
        return ((), "sleeps", {"state": x}) if now > 4 else ((), "signal", {"state": x})

    def _prepare_to_wait(self, phase, operands, result, before, after, actor, args):
        if result:
            return args, "", {}
        links = after[operands[1]][3] or self.instr.info["off"]
        return args, "never", {"links": "NULL" if links == NULL else "poisoned"}

    _prepare_to_wait_exclusive = _prepare_to_wait

    def _set_current_state(self, phase, operands, result, before, after, actor, args):
        state = STATES.get(operands[0], str(operands[0]))
        return (state,), state, {"state": operands[0]}

    def ___set_current_state(self, phase, operands, result, before, after, actor, args):
        return self._set_current_state(phase, operands, result, before, after, actor, args)

    def _schedule_timeout(self, phase, operands, result, before, after, actor, args):
        if phase:
            return (), ("expired" if not result else "woken"), {}
        if len(operands) < 2:
            return operands, "wrong", {}
        return operands[:1], ("sleeps" if result > 4 else "yields"), {"state": operands[1]}

    def _load(self, phase, operands, result, before, after, actor, args):
        return (self.place(operands),), "", {"value": self.shown(result)}

    _store = _load

    def place(self, operands: tuple) -> str:
        """The memory that the current instruction works on, as the source has it."""
        place = self.instr.info.get("place") or next(x for x in self.instr.args if hasattr(x, "base"))
        base, index = operands
        if place.kind == "task":
            state = self.m.config.kernel.state_field
            return f"current.{state if place.name == 'state' else place.name}"
        name = self.viewer.name(base)
        if place.kind == "field":
            return f"{name}.{place.name}"
        return name if index is None else f"{name}[{index}]"

    def shown(self, value: object) -> object:
        """A value loaded or stored: addresses by name, characters as characters."""
        place = self.instr.info["place"]
        if isinstance(place.type, ir.PtrType):
            return self.viewer.name(value)
        if place.kind == "char" and isinstance(value, int) and 32 <= value < 127:
            return repr(chr(value))
        return value

    def _kmalloc(self, phase, operands, result, before, after, actor, args):
        got = "slept" if operands[1:] == (1,) else "ok"
        return operands[:1], (got if result else "fails"), ({"name": self.viewer.name(result)} if result else {})

    _kzalloc = _kmalloc

    def _kfree(self, phase, operands, result, before, after, actor, args):
        return (self.viewer.name(operands[0]),), ("ok" if operands[0] else "null"), {}

    def _BUG_ON(self, phase, operands, result, before, after, actor, args):  # noqa: N802  (the call's name)
        return operands, ("yes" if operands[0] else ""), {}

    def _ksize(self, phase, operands, result, before, after, actor, args):
        return (self.viewer.name(operands[0]),), "", {}

    def _signal_pending(self, phase, operands, result, before, after, actor, args):
        return (self.viewer.name(operands[0]) if operands else "current",), ("yes" if result else "no"), {}

    def _call_usermodehelper(self, phase, operands, result, before, after, actor, args):
        if phase:
            return (), ("again" if result is None else "ok" if result >= 0 else "failed"), {}
        path, argv, envp, wait, *pointers = operands
        if result is not None and path:
            return (path, wait), ("busy" if result == -16 else "refused"), {"argv": argv, "envp": envp, "wait": wait}
        no_wait = self.m.config.kernel.waits_for(wait) == "none"
        return (
            (path, " ".join(argv), " ".join(envp), wait),
            ("empty" if not path else "no_wait" if no_wait else ""),
            {"argv": argv, "envp": envp, "wait": wait, **self.slots(after, *pointers)},
        )

    def slots(self, cells: tuple, argv: int, envp: int) -> dict[str, tuple]:
        """Every slot of both arrays, also behind the NULL: where it points, and the text there (None if there is none,
        or none that could be read)."""
        return {"argv_slots": self.slots_of(list(cells), argv), "envp_slots": self.slots_of(list(cells), envp)}

    def slots_of(self, cells: list, array: int) -> tuple[tuple[str, str | None], ...]:
        try:
            pointers = self.m.memory.obj(cells, array) if array else ()
        except KernelFault:
            return ()
        return tuple((self.viewer.name(p), self.text_at(cells, p)) for p in pointers if isinstance(p, int))

    def text_at(self, cells: list, p: int) -> str | None:
        try:
            return self.m.memory.txt(cells, p) if p else None
        except KernelFault:
            return None

    def _take_request(self, phase, operands, result, before, after, actor, args):
        job = operands[0]
        path = self.m.memory.txt(list(after), job[1])
        return (path,), "", {"waiting": self.m.actors[job[5]].name}

    def _exec_request(self, phase, operands, result, before, after, actor, args):
        (task, path, argv, envp, wait, caller), _ = operands
        m, memory = self.m, self.m.memory
        text = memory.txt(list(before), path)
        read = m.trace_env["_peek"]
        arguments, environment = read(list(before), argv), read(list(before), envp)
        outcome = {0: "ok", -2: "missing", -13: "denied", -8: "noexec"}.get(result, "failed")
        details: dict = {
            "argv": arguments,
            "envp": environment,
            "uid": 0,
            "cwd": "/",
            "parent": m.config.kernel.parent_of(UNTIL[wait]),
            "wait": wait,
            "caller": m.actors[caller].name,
            **self.slots(before, argv, envp),
        }
        given = given_id(m.scenario, arguments, environment)
        if given is not None:
            details["id"] = int(given[1]) if is_number(given[1]) else given[1]
            details["variable"] = given[0]
        return (text,), outcome, details

    def _complete_request(self, phase, operands, result, before, after, actor, args):
        task, value = operands
        return (value,), "", ({"waiting": self.m.actors[task].name} if task >= 0 else {})

    def _wake_up_process(self, phase, operands, result, before, after, actor, args):
        t = operands[0] - TASK
        x = before[self.m.state_cells[t]]
        if x == 8:
            return (self.m.actors[t].name,), "dead", {}
        outcome = "woken" if x > 4 else "not_asleep_yet" if x else "running"
        return (self.m.actors[t].name,), outcome, {"woken" if x > 4 else "waiters": (self.m.actors[t].name,)}

    def _daemonize(self, phase, operands, result, before, after, actor, args):
        return operands, "", {}

    def _exit(self, phase, operands, result, before, after, actor, args):
        if actor.kind != "thread":
            return (actor.function,), ("irq" if actor.is_frame else "process"), {}
        comm, parent, _ = self.viewer.identity(before, actor)
        if reaped_later(self.m, actor) and parent == INIT:
            outcome = "left"
        elif parent == self.m.config.kernel.reaper:
            outcome = "reaped"
        else:
            outcome = "disowned" if parent == self.m.config.kernel.kthread_parent else "zombie"
        return operands, outcome, {"code": operands[0], "comm": comm, "pid": actor.pid}

    _do_exit = _kthread_exit = _exit

    # ---- the kernel's log -----------------------------------------------------------------------------------------

    def log_of(self, event: Event) -> list[str]:
        if event.outcome == "wrong":
            value = event.args[0] & 0xFFFFFFFFFFFFFFFF
            return [f"{event.op}: wrong timeout value {value:x} from {event.file}:{event.line}"]
        if event.detail("preempt_count") and self.m.config.kernel.exit_note:
            words = {"comm": event.detail("comm"), "pid": event.detail("pid")}
            return [self.m.config.kernel.exit_note.format(**words, count=event.detail("preempt_count"))]
        if event.op not in OPERATIONS or Does.LOGS not in effects_of(event.op).does or not event.args:
            return []
        text = str(event.args[0])
        if text[:1] == "<" and text[2:3] == ">":
            text = text[3:]
        return text.removesuffix("\n").split("\n") if text else []

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
            return all(outcome != "wrong" for outcome in self.outcomes)
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
        on = m.cpus.task_on(m, s, cpu)
        on = self.running.get(cpu, -1) if on < 0 else on
        return m.actors[on] if on >= 0 else None

    def note_running(self, e, s: tuple, t: tuple) -> None:
        """Whoever made this step is the last that ran on its CPU, until it sleeps or ends: a task that can be preempted
        is not written down as the CPU's."""
        m = self.m
        if not m.cpus.shared or e.actor < 0 or e.external or not m.actors[e.actor].is_task:
            return
        me, cpu = e.actor, m.cpus.next_of(m, s, e.actor)
        over = t[m.index[f"pc.{me}"]] == m.special.get((me, "final"))
        self.running = {n: a for n, a in self.running.items() if a != me}
        if not over and t[m.state_cells[me]] < 4:
            self.running[cpu] = me
