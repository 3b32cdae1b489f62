"""The world's own choices: signals, spurious wake-ups, timers that expire, allocations made to fail, helpers that end,
files that are written, and the arrival of each call."""

from __future__ import annotations

from typing import cast

from kthreadlab.compile.actor import Actor, Entry, never
from kthreadlab.compile.cells import Cells, Change, Env, State, Step, stored
from kthreadlab.compile.effects import Does
from kthreadlab.compile.ops import can_fail
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.compile.steps import begin, comes, done, of_the_world
from kthreadlab.kernel import freezer, irq, lifetime, ptrace, sysctl
from kthreadlab.kernel.frames import needs_place
from kthreadlab.kernel.module import in_use
from kthreadlab.kernel.signals import may_freeze, sent_to
from kthreadlab.kernel.wakeup import made_runnable, process_mask, sleeps_in
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.task_state import ASLEEP_S, DEAD, TRACED

from .actors import ScenarioError
from .guards import guard_lines
from .scenario import Fault, Freeze, Ptrace, Read, Signal, Spurious, When, Write
from .scene import Linked, Scene


def world(m: Scene) -> list[tuple[str, list[str]]]:
    """The functions of the world's choices: names and lines."""
    out = [(f"kill{n}", _signal(m, n, x)) for n, x in enumerate(m.scenario.signals)]
    out += [(f"spurious{n}", _spurious(m, n, x)) for n, x in enumerate(m.scenario.spurious)]
    out += [(f"fail{n}", _fault(m, n, x)) for n, x in enumerate(m.scenario.faults)]
    out += [(f"write{n}", _write(m, n, x)) for n, x in enumerate(m.scenario.writes)]
    out += [(f"read{n}", _read(m, n, x)) for n, x in enumerate(m.scenario.reads)]
    for n, tracer in enumerate(m.scenario.ptraces):
        out.append((f"ptrace{n}", _attach(m, n, tracer)))
        if m.task(tracer.task).kind == "user":
            out.append((f"detach{n}", _detach(m, n, tracer)))
    out += _suspend(m, m.scenario.freeze) if m.scenario.freeze is not None else []
    for a in m.actors:
        if a.does(Does.TIMED):
            out.append((f"timer{a.index}", _timer(m, a)))
    out += lifetime.world(m)
    if m.calls_helper and m.waits_for_exit:
        out.append(("child", _child()))
    for a in m.actors:
        if a.kind in ("process", "irq"):
            out += _arrival(m, a)
    return out


def _spurious(m: Scene, n: int, x: Spurious) -> list[str]:
    """A wake-up that nobody sent."""
    if m.never_there(x.task):
        return [f"def spurious{n}(s):", *_to_nobody()]
    t = m.task(x.task).index
    return [
        f"def spurious{n}(s):",
        refuse(f"not {sleeps_in(t, process_mask(m, m.task(x.task)))}", because("awake", who=f"({t},)")),
        *guard_lines(m, x.when),
        *m.cpus.some_irqs_on(m),
        begin(),
        f" {made_runnable(t)}; c[@!env.spurious.{n}@] = s[@env.spurious.{n}@] + 1",
        of_the_world("spurious", t),
        done(),
    ]


def _to_nobody() -> list[str]:
    """The lines of a choice that speaks of a thread that is never made."""
    return [refuse("True", because("unborn"))]


def _fault(m: Scene, n: int, x: Fault) -> list[str]:
    """The next allocation, or the next fork, fails."""
    if x.call not in can_fail():
        raise ScenarioError(f"only {' and '.join(can_fail())} can be made to fail, not {x.call}")
    return [
        f"def fail{n}(s):",
        refuse(f"s[@arm.{x.call}.0@]", because("armed", what=x.call)),
        *guard_lines(m, x.when),
        begin(),
        f" c[@!arm.{x.call}.0@] = 1; c[@!env.fail.{n}@] = s[@env.fail.{n}@] + 1",
        of_the_world("fail", -1),
        done(),
    ]


def _timer(m: Scene, a: Actor) -> list[str]:
    """The timer of a sleep in schedule_timeout expires."""
    return [
        f"def timer{a.index}(s):",
        refuse(f"s[@st.{a.index}@] < {ASLEEP_S}", because("awake", who=f"({a.index},)")),
        *m.cpus.some_irqs_on(m),
        begin(),
        f" c[@!tmo.{a.index}@] = 2; {made_runnable(a.index)}",
        of_the_world("timer", a.index),
        done(),
    ]


def _child() -> list[str]:
    """The oldest helper that somebody waits for ends."""
    return [
        "def child(s):",
        refuse("not s[@run.0@]", because("idle")),
        begin(),
        " t, r = x = next((x for x in s[@run.0@] if x[1] is not None), (-1, None))",
        refuse("r is None", because("idle")),
        f" c[@!run.0@] = tuple(y for y in s[@run.0@] if y is not x); c[_RES[t]] = r; {made_runnable('t')}",
        of_the_world("helper_exit", -1),
        done(),
    ]


def _signal(m: Scene, n: int, x: Signal) -> list[str]:
    """A signal comes."""
    if m.never_there(x.task):
        return [f"def kill{n}(s):", *_to_nobody()]
    a = m.task(x.task)
    t = a.index
    return [
        f"def kill{n}(s):",
        *guard_lines(m, x.when),
        *m.cpus.some_irqs_on(m),
        begin(),
        f" c[@!env.kill.{n}@] = 1",
        f" if s[@st.{t}@] != {DEAD}:",
        *(f"  {line}" for line in sent_to(m, a, CONSTANTS[x.signal])),
        *m.hooks.signalled(m, a, x.signal),
        *m.hooks.sent(m, a, x.signal),
        of_the_world("kill", t),
        done(),
    ]


def _attach(m: Scene, n: int, x: Ptrace) -> list[str]:
    """A tracer attaches to a process; it is a task, which needs a CPU for what it does."""
    a = m.task(x.task)
    return [
        f"def ptrace{n}(s):",
        *guard_lines(m, x.when),
        *m.cpus.room(),
        begin(),
        f" c[@!env.ptrace.{n}@] = 1",
        *(f" {line}" for line in ptrace.attaches(m, a)),
        of_the_world("ptrace", a.index),
        done(),
    ]


def _detach(m: Scene, n: int, x: Ptrace) -> list[str]:
    """The tracer lets its process go, which must stand still for that."""
    a = m.task(x.task)
    return [
        f"def detach{n}(s):",
        refuse(f"s[@st.{a.index}@] != {TRACED}", because("stands", who=f"({a.index},)")),
        *guard_lines(m, x.until),
        *m.cpus.room(),
        begin(),
        f" c[@!env.ptrace.{n}@] = 2",
        *(f" {line}" for line in ptrace.lets_go(a)),
        of_the_world("detach", a.index),
        done(),
    ]


def _write(m: Scene, n: int, x: Write) -> list[str]:
    """A write to a file of /proc/sys (`sysctl`), after those that the scenario lists before it."""
    key = sysctl.target(m, x.path)
    if not key:
        raise ScenarioError(f"the module has no char array for {x.path}")
    return [
        f"def write{n}(s):",
        refuse(f"not {sysctl.exists(m, x.path)}", because("missing", what=x.path)),
        *([refuse(f"not s[@env.write.{n - 1}@]", because("first", what=m.scenario.writes[n - 1].path))] if n else []),
        *guard_lines(m, x.when),
        *m.cpus.some_irqs_on(m),
        begin(),
        f" c[@!{key}@] = _wrote({n}, s[@{key}@])[0]",
        f" c[@!env.write.{n}@] = 1; _X['written'] = 1",
        *m.hooks.written(m, n),
        of_the_world("write", n),
        done(),
    ]


def _read(m: Scene, n: int, x: Read) -> list[str]:
    """Somebody reads a file of /proc/sys."""
    key = sysctl.target(m, x.path)
    if not key:
        raise ScenarioError(f"the module has no char array for {x.path}")
    return [
        f"def read{n}(s):",
        refuse(f"not {sysctl.exists(m, x.path)}", because("missing", what=x.path)),
        *guard_lines(m, x.when),
        *m.cpus.some_irqs_on(m),
        begin(),
        f" c[@!env.read.{n}@] = 1; t, r = _was_read({n}, s[@{key}@])",
        *m.hooks.read(m, n),
        of_the_world("read", n),
        done(),
    ]


def _suspend(m: Scene, x: Freeze) -> list[tuple[str, list[str]]]:
    """The machine is suspended, and comes back.  The freezer is a task, which needs a CPU for what it does."""
    if not m.config.kernel.freezer:
        raise ScenarioError(f"Linux {m.config.profile} has no freezer")
    if not any(may_freeze(m, a) for a in m.actors):
        raise ScenarioError(f"there is no thread {x.task or 'at all'} to freeze")
    task = next(a.index for a in m.actors if may_freeze(m, a))
    first = ["def freeze0(s):", *guard_lines(m, x.when), *m.cpus.room(), begin(), *freezer.begins(m)]
    last = ["def thaw0(s):", *m.cpus.room(), *freezer.ends(m)]
    return [
        ("freeze0", [*first, " c[@!env.freeze.0@] = 1", of_the_world("freeze", task), done()]),
        ("thaw0", [*last, " c[@!env.freeze.0@] = 2", of_the_world("thaw", task), done()]),
    ]


def _arrival(m: Scene, a: Actor) -> list[tuple[str, list[str]]]:
    """A call comes: its first operation, or, if that must wait for a lock, only the arrival."""
    if a.kind == "process":
        ways = {f"arrive{a.index}": _process_comes(m, a)}
    else:
        ways = {f"arrive{a.index}_{cpu}": _interrupt_lands(m, a, cpu) for cpu in m.cpus.landing(m, a)}
    head = [*guard_lines(m, a.when if isinstance(a.when, When) else None), *_line_is_free(m, a), *irq.lands(m, a)]
    tail = [
        *irq.begins(m, a),
        *m.hooks.arrived(m, a),
        f" c[@!pc.{a.index}@] = _first{a.index}",
        of_the_world("arrive", a.index),
        comes(f"_first{a.index}"),
    ]
    return [(name, [f"def {name}(s):", *head, *lines, *tail]) for name, lines in ways.items()]


def _line_is_free(m: Scene, a: Actor) -> list[str]:
    """A line is served once at a time: an interrupt waits while another of the same line is on its way."""
    lines = {x.index: x.call.name for x in m.irqs if x.call is not None}
    same = [x for x in m.irqs if x is not a and a.kind == "irq" and lines[x.index] == lines[a.index]]
    away = {x.index: ", ".join(str(m.special_number(x, y)) for y in ("arrive", "final")) for x in same}
    return [
        refuse(f"s[@pc.{index}@] not in ({numbers})", because("busy", who=f"({index},)"))
        for index, numbers in away.items()
    ]


def _process_comes(m: Scene, a: Actor) -> list[str]:
    """A process makes its call where a CPU is free for it."""
    held = [refuse(in_use(), because("in_use"))] if a.name == m.scenario.rmmod else []
    return [*held, *m.cpus.room_for(m, a), begin()]


def _interrupt_lands(m: Scene, a: Actor, cpu: int) -> list[str]:
    """An interrupt lands on *cpu*, if whoever runs there, task or interrupt, has interrupts on."""
    frm = f"@frm.{cpu}@"
    lines = [*m.cpus.idle_first(m, a, cpu), *m.cpus.irqs_on(m, cpu, a.lands_on)]
    lines += [f" f = s[{frm}]"]
    if m.nesting:
        test = f"f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f))"
        lines += [refuse(test, because("irqs_off", who="f[-1:]", cpu=cpu))]
    else:
        lines += [refuse("f", because("busy", who="f[-1:]"))]
    lines += [begin(), f" c[{stored(frm)}] = (*f, {a.index})"]
    if needs_place(m, a):
        lines += [f" c[@!at.{a.index}@] = {cpu}"]
    return lines


def arrivals(m: Scene, a: Actor) -> list[tuple[str, str]]:
    """Names of the choices by which a call comes, with their functions."""
    if a.kind == "process":
        return [(a.name, f"arrive{a.index}")]
    cpus = m.cpus.landing(m, a)
    if len(cpus) == 1:
        return [(a.name, f"arrive{a.index}_{cpus[0]}")]
    return [(f"cpu{c}>{a.name}", f"arrive{a.index}_{c}") for c in cpus]


def world_entries(m: Linked, env: Env) -> tuple[list[Entry], list[Entry]]:
    """The world's choices as entries: internal ones (timers, helpers that end) and external ones."""
    internal: list[Entry] = []
    external: list[Entry] = []

    def add(to: list[Entry], name: str, cell: str, table: list[Step], kind: str) -> None:
        if cell in m.index:
            taken = sum(e.name.split("#")[0] == name for e in internal + external)
            name = f"{name}#{taken + 1}" if taken else name
            to.append(Entry(name, m.index[cell], 0, table, -1, to is external, kind))

    for n, signal in enumerate(m.scenario.signals):
        verb = "kill" if signal.signal == "SIGKILL" else signal.signal
        add(external, f"{verb}/{signal.task}", f"env.kill.{n}", [env[f"kill{n}"], never], "signal")
    for n, wake in enumerate(m.scenario.spurious):
        table = [env[f"spurious{n}"]] * wake.budget + [never]
        add(external, f"spurious/{wake.task}", f"env.spurious.{n}", table, "spurious")
    for n, fault in enumerate(m.scenario.faults):
        table = [env[f"fail{n}"]] * fault.budget + [never]
        add(external, f"fail/{fault.call}", f"env.fail.{n}", table, "fault")
    for n, tracer in enumerate(m.scenario.ptraces):
        cell = f"env.ptrace.{n}"
        add(external, f"ptrace/{tracer.task}", cell, [env[f"ptrace{n}"], never, never], "ptrace")
        if f"detach{n}" in env:
            add(external, f"detach/{tracer.task}", cell, [never, env[f"detach{n}"], never], "detach")
    for n, write in enumerate(m.scenario.writes):
        add(external, f"write{write.path}", f"env.write.{n}", [env[f"write{n}"], never], "write")
    for n, read in enumerate(m.scenario.reads):
        add(external, f"read{read.path}", f"env.read.{n}", [env[f"read{n}"], never], "read")
    if "freeze0" in env:
        name = next(a.name for a in m.actors if may_freeze(m, a))
        add(external, f"freeze/{name}", "env.freeze.0", [env["freeze0"], never, never], "freeze")
        add(internal, f"thaw/{name}", "env.freeze.0", [never, env["thaw0"], never], "thaw")
    for a in m.actors:
        if f"timer{a.index}" in env:
            add(internal, f"timer/{a.name}", f"tmo.{a.index}", [never, env[f"timer{a.index}"], never, never], "timer")
        if f"reap{a.index}" in env:
            add(internal, f"reap/{a.name}", f"reap.{a.index}", [env[f"reap{a.index}"], never], "reap")
    if "child" in env:
        path = next(iter(m.scenario.helpers or ()), "child")
        add(internal, f"helper/{path}", "", [env["child"]], "helper")
    return internal, external


def environment(m: Linked, steps: list[Step]) -> dict[str, object]:
    """Functions of the world and of CPUs that depend on the layout; *steps* is the table of nodes, filled in later."""
    hits, seconds = m.hits, m.notes.seconds

    def come(first: int, before: State, s: State) -> State:
        """A call has come: its first operation, or, if that must wait for a lock, only the arrival.  What the operation
        notices is charged to the state before the arrival."""
        if first in seconds:  # an operation with two outcomes: each is a choice of its own
            return s
        mark = len(hits)
        try:
            return steps[first](s) or s
        finally:
            if len(hits) > mark:
                hits[mark:] = [(violation, before) for violation, _ in hits[mark:]]

    in_place = cast(list[Change], steps)

    def came(first: int, c: Cells) -> bool:
        """The same in place."""
        if first not in m.notes.seconds:
            in_place[first](c)
        return True

    return {
        "_come": come,
        "_came": came,
        "_wrote": lambda n, old: sysctl.write(m, m.scenario.writes[n], old),
        "_was_read": lambda n, text: sysctl.read(m, m.scenario.reads[n], text),
        "_world": lambda *args: None,
    }
