"""The world's own choices: signals, spurious wake-ups, timers that expire, allocations made to fail, helpers that end,
files that are written, and the arrival of each call."""

from __future__ import annotations

from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS

from . import freezer, lifetime, sysctl
from .actor import Actor, Entry, never
from .actors import ScenarioError
from .effects import Does
from .frames import interrupt_can_land, landing_cpus, needs_place, task_can_run
from .guards import guard_lines
from .observers import call_begins, file_read, file_written, nothing_owed
from .ops import can_fail
from .runtime import KernelFault
from .signals import allows_kill, killed, may_freeze
from .slab import leaked
from .values import TASK


def world(m) -> list[tuple[str, list[str]]]:
    """The functions of the world's choices: names and lines."""
    out = [(f"kill{n}", _signal(m, n, x)) for n, x in enumerate(m.scenario.signals)]
    out += [(f"spurious{n}", _spurious(m, n, x)) for n, x in enumerate(m.scenario.spurious)]
    out += [(f"fail{n}", _fault(m, n, x)) for n, x in enumerate(m.scenario.faults)]
    out += [(f"write{n}", _write(m, n, x)) for n, x in enumerate(m.scenario.writes)]
    out += [(f"read{n}", _read(m, n, x)) for n, x in enumerate(m.scenario.reads)]
    out += _suspend(m) if m.scenario.freeze is not None else []
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


def _world_event(op: str, task: int) -> str:
    """The line that tells the trace of a choice of the world."""
    return f" _world({op!r}, {task}, s, c)"


def store(m, x) -> None:
    """What other code of the kernel has stored before anything runs."""
    obj = m.statics.objects.get(x.name)
    if obj is None or getattr(obj.type, "kind", "") != "text":
        raise ScenarioError(f"the module has no char array {x.name}")
    obj.init = x.text.encode()[: obj.size - 1].decode(errors="ignore")


def _spurious(m, n: int, x) -> list[str]:
    """A wake-up that nobody sent."""
    t = m.task(x.task).index
    return [
        f"def spurious{n}(s):",
        f" if not s[@st.{t}@] & 3: return None",
        *guard_lines(m, x.when),
        *interrupt_can_land(m),
        " c = list(s)",
        f" c[@st.{t}@] = 0; c[@env.spurious.{n}@] = s[@env.spurious.{n}@] + 1",
        _world_event("spurious", t),
        " return tuple(c)",
    ]


def _fault(m, n: int, x) -> list[str]:
    """The next allocation, or the next fork, fails."""
    if x.call not in can_fail():
        raise ScenarioError(f"only {' and '.join(can_fail())} can be made to fail, not {x.call}")
    return [
        f"def fail{n}(s):",
        f" if s[@arm.{x.call}.0@]: return None",
        *guard_lines(m, x.when),
        " c = list(s)",
        f" c[@arm.{x.call}.0@] = 1; c[@env.fail.{n}@] = s[@env.fail.{n}@] + 1",
        _world_event("fail", -1),
        " return tuple(c)",
    ]


def _timer(m, a: Actor) -> list[str]:
    """The timer of a sleep in schedule_timeout expires."""
    return [
        f"def timer{a.index}(s):",
        f" if s[@st.{a.index}@] < 5: return None",
        *interrupt_can_land(m),
        " c = list(s)",
        f" c[@tmo.{a.index}@] = 2; c[@st.{a.index}@] = 0",
        _world_event("timer", a.index),
        " return tuple(c)",
    ]


def _child() -> list[str]:
    """The oldest helper that somebody waits for ends."""
    return [
        "def child(s):",
        " if not s[@run.0@]: return None",
        " c = list(s)",
        " t, r = x = next((x for x in s[@run.0@] if x[1] is not None), (-1, None))",
        " if r is None: return None",
        " c[@run.0@] = tuple(y for y in s[@run.0@] if y is not x); c[_RES[t]] = r; c[_ST[t]] = 0",
        _world_event("helper_exit", -1),
        " return tuple(c)",
    ]


def _signal(m, n: int, x) -> list[str]:
    """A signal comes: it is pending, and who sleeps in S and does not block it wakes up."""
    if x.signal not in CONSTANTS or not x.signal.startswith("SIG"):
        raise ScenarioError(f"{x.signal!r} is not a signal")
    a = m.task(x.task)
    t, bit = a.index, 1 << CONSTANTS[x.signal]
    st, pend, blk = f"@st.{t}@", f"@pend.{t}@", f"@blk.{t}@"
    dropped = f"s[@ign.{t}@] & ~s[{blk}] & {bit}"
    return [
        f"def kill{n}(s):",
        *guard_lines(m, x.when),
        *interrupt_can_land(m),
        " c = list(s)",
        f" c[@env.kill.{n}@] = 1",
        f" if s[{st}] != 8:",
        f"  if not {dropped}:",
        f"   c[{pend}] = s[{pend}] | {bit}",
        f"   if not s[{blk}] & {bit} and s[{st}] & 1: c[{st}] = 0",
        *(_observed_signal(m, a, x.signal) if m.is_watched(a) else ()),
        _world_event("kill", t),
        " return tuple(c)",
    ]


def _observed_signal(m, a: Actor, signal: str) -> list[str]:
    """What the observers note: a thread that is ready for SIGKILL owes its death: one that allows it, and one that is
    there to be killed.  Another signal must not reach the latter."""
    t, stays = a.index, m.scenario.stays
    armed = f"s[@alw.{t}@]" if allows_kill(a) else f"s[@slept.{t}@]" if stays else "0"
    if signal != "SIGKILL":
        if not stays:
            return []
        number = m.violation("dies_cleanly", "other_signal", ir.Pos("", 0), t)
        return [f"  if {armed} and not (s[@blk.{t}@] | s[@ign.{t}@]) & {1 << CONSTANTS[signal]}: _hit(({number}, s))"]
    lines = [f"  if {armed}: c[@kob.{t}@] = 1; _X['kill'] = 1"]
    if m.ids and m.helper_owed:
        lines += [" c[@obs.pend.0@] = 0"]
        if "delivered_when_asleep" in m.observe:
            lines += [" c[@obs.arm.0@] = 0; c[@obs.own.0@] = 0"]
    return lines


def _write(m, n: int, x) -> list[str]:
    """A write to a file of /proc/sys (`sysctl`), after those that the scenario lists before it."""
    key = sysctl.target(m, x.path)
    if not key:
        raise ScenarioError(f"the module has no char array for {x.path}")
    return [
        f"def write{n}(s):",
        f" if not {sysctl.exists(m, x.path)}: return None",
        *([f" if not s[@env.write.{n - 1}@]: return None"] if n else []),
        *guard_lines(m, x.when),
        *interrupt_can_land(m),
        " c = list(s)",
        f" c[@{key}@] = _wrote({n}, s[@{key}@])[0]",
        f" c[@env.write.{n}@] = 1; _X['written'] = 1",
        *file_written(m, n),
        _world_event("write", n),
        " return tuple(c)",
    ]


def _read(m, n: int, x) -> list[str]:
    """Somebody reads a file of /proc/sys."""
    key = sysctl.target(m, x.path)
    if not key:
        raise ScenarioError(f"the module has no char array for {x.path}")
    return [
        f"def read{n}(s):",
        f" if not {sysctl.exists(m, x.path)}: return None",
        *guard_lines(m, x.when),
        *interrupt_can_land(m),
        " c = list(s)",
        f" c[@env.read.{n}@] = 1; t, r = _was_read({n}, s[@{key}@])",
        *file_read(m, n),
        _world_event("read", n),
        " return tuple(c)",
    ]


def _suspend(m) -> list[tuple[str, list[str]]]:
    """The machine is suspended, and comes back.  The freezer is a task, which needs a CPU for what it does."""
    x = m.scenario.freeze
    if not m.config.kernel.freezer:
        raise ScenarioError(f"Linux {m.config.profile} has no freezer")
    if not any(may_freeze(m, a) for a in m.actors):
        raise ScenarioError(f"there is no thread {x.task or 'at all'} to freeze")
    task = next(a.index for a in m.actors if may_freeze(m, a))
    begin = ["def freeze0(s):", *guard_lines(m, x.when), *task_can_run(m), " c = list(s)", *freezer.begins(m)]
    end = ["def thaw0(s):", *task_can_run(m), *freezer.ends(m)]
    return [
        ("freeze0", [*begin, " c[@env.freeze.0@] = 1", _world_event("freeze", task), " return tuple(c)"]),
        ("thaw0", [*end, " c[@env.freeze.0@] = 2", _world_event("thaw", task), " return tuple(c)"]),
    ]


def _arrival(m, a: Actor) -> list[tuple[str, list[str]]]:
    """A call comes: its first operation, or, if that must wait for a lock, only the arrival."""
    if a.kind == "process":
        ways = {f"arrive{a.index}": _process_comes(m, a)}
    else:
        ways = {f"arrive{a.index}_{cpu}": _interrupt_lands(m, a, cpu) for cpu in landing_cpus(m, a)}
    head = [*guard_lines(m, a.when), *_line_is_free(m, a)]
    tail = [
        *_observed_report(m, a),
        *call_begins(m, a),
        f" c[@pc.{a.index}@] = _first{a.index}",
        _world_event("arrive", a.index),
        f" return _come(_first{a.index}, s, tuple(c))",
    ]
    return [(name, [f"def {name}(s):", *head, *lines, *tail]) for name, lines in ways.items()]


def _line_is_free(m, a: Actor) -> list[str]:
    """A line is served once at a time: an interrupt waits while another of the same line is on its way."""
    same = [x for x in m.irqs if x is not a and a.kind == "irq" and x.call.name == a.call.name]
    away = {x.index: ", ".join(str(m.special_number(x, y)) for y in ("arrive", "final")) for x in same}
    return [f" if s[@pc.{index}@] not in ({numbers}): return None" for index, numbers in away.items()]


def _observed_report(m, a: Actor) -> list[str]:
    """What the observers note: a report is owed to the watched thread, unless that was killed."""
    if not m.observe or a.report is None:
        return []
    n, lines = m.ids.index(a.report), []
    if m.helper_owed:
        lapsed = killed(m, m.watched) if m.watched is not None else nothing_owed(m, a)
        lines = [f" if not {lapsed}:", f"  c[@obs.pend.0@] = s[@obs.pend.0@] | {1 << n}; _X['report'] = 1"]
        if "delivered_when_asleep" in m.observe and m.watched is not None:
            lines += [f"  c[@obs.own.0@] = 0 if s[@obs.pend.0@] else {a.index + 1}; c[@obs.arm.0@] = 0"]
    if "no_stale_helper" in m.observe:
        lines += [f" c[@obs.cred.0@] = s[@obs.cred.0@] + {1 << 2 * n}"]
    return lines


def _process_comes(m, a: Actor) -> list[str]:
    """A process makes its call where a CPU is free for it."""
    if m.mode == "each":
        lines = [f" if s[@frm.{a.index}@]: return None"] if a.index in m.frame_cpus else []
    elif m.mode == "one":
        lines = [" if s[@cur.0@] >= 0 or s[@frm.0@]: return None"]
    else:
        lines = [f" if _cpu(s, {a.index}) < 0: return None"]
    return [*lines, " c = list(s)"]


def _interrupt_lands(m, a: Actor, cpu: int) -> list[str]:
    """An interrupt lands on *cpu*, if whoever runs there, task or interrupt, has interrupts on."""
    frm = f"@frm.{cpu}@"
    if m.mode == "each":
        lines = [*_idle_first(m, a, cpu), f" if _OFF[s[@pc.{cpu}@]]: return None"] if cpu < len(m.actors) else []
    else:
        cur = "@cur.0@" if m.mode == "one" else f"@cpu.{cpu}@"
        lines = [f" k = s[{cur}]", " if k >= 0 and _OFF[s[_PC[k]]]: return None"]
        if a.call.cpu_of and m.mode == "many":
            lines += [f" if k != {m.task(a.call.cpu_of).index}: return None"]
    lines += [f" f = s[{frm}]"]
    if m.nesting:
        lines += [f" if f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f)): return None"]
    else:
        lines += [" if f: return None"]
    lines += [" c = list(s)", f" c[{frm}] = (*f, {a.index})"]
    if needs_place(m, a):
        lines += [f" c[@at.{a.index}@] = {cpu}"]
    return lines


def _idle_first(m, a: Actor, cpu: int) -> list[str]:
    """No interrupt takes the CPU that a call will make, as long as there is one for nobody: that call would have gone
    there, had it found its own taken."""
    idle = [n for n in m.landing_places[a.index] if n >= len(m.actors)]
    if m.actors[cpu].kind != "process" or not idle:
        return []
    taken = " and ".join(f"s[@frm.{n}@]" for n in idle)
    return [f" if s[@pc.{cpu}@] == {m.special_number(m.actors[cpu], 'arrive')} and not ({taken}): return None"]


def arrivals(m, a) -> list[tuple[str, str]]:
    """Names of the choices by which a call comes, with their functions."""
    if a.kind == "process":
        return [(a.name, f"arrive{a.index}")]
    cpus = landing_cpus(m, a)
    if len(cpus) == 1:
        return [(a.name, f"arrive{a.index}_{cpus[0]}")]
    return [(f"cpu{c}>{a.name}", f"arrive{a.index}_{c}") for c in cpus]


def world_entries(m, env: dict) -> tuple[list[Entry], list[Entry]]:
    """The world's choices as entries: internal ones (timers, helpers that end) and external ones."""
    internal: list[Entry] = []
    external: list[Entry] = []

    def add(to: list[Entry], name: str, cell: str, table: list, kind: str) -> None:
        if cell in m.index:
            taken = sum(e.name.split("#")[0] == name for e in internal + external)
            name = f"{name}#{taken + 1}" if taken else name
            to.append(Entry(name, m.index[cell], 0, table, -1, to is external, kind))

    for n, x in enumerate(m.scenario.signals):
        verb = "kill" if x.signal == "SIGKILL" else x.signal
        add(external, f"{verb}/{x.task}", f"env.kill.{n}", [env[f"kill{n}"], never], "signal")
    for n, x in enumerate(m.scenario.spurious):
        table = [env[f"spurious{n}"]] * x.budget + [never]
        add(external, f"spurious/{x.task}", f"env.spurious.{n}", table, "spurious")
    for n, x in enumerate(m.scenario.faults):
        add(external, f"fail/{x.call}", f"env.fail.{n}", [env[f"fail{n}"]] * x.budget + [never], "fault")
    for n, x in enumerate(m.scenario.writes):
        add(external, f"write{x.path}", f"env.write.{n}", [env[f"write{n}"], never], "write")
    for n, x in enumerate(m.scenario.reads):
        add(external, f"read{x.path}", f"env.read.{n}", [env[f"read{n}"], never], "read")
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


def environment(m, steps: list) -> dict[str, object]:
    """Functions of the world and of CPUs that depend on the layout; *steps* is the table of nodes, filled in later."""
    index = m.index
    cpus = tuple(index.get(f"cpu.{n}", 0) for n in range(m.config.cpus))
    frames = tuple(index.get(f"frm.{n}", 0) for n in range(m.config.cpus))
    places = {a.index: index.get(f"at.{a.index}", 0) for a in m.frames}
    only = {a.index: landing_cpus(m, a)[0] for a in m.frames}
    states = m.state_cells

    def cpu(s: tuple, me: int) -> int:
        """The CPU that task *me* runs on, or the lowest free one; -1 if there is none."""
        free = -1
        for n, cell in enumerate(cpus):
            v = s[cell]
            if v == me:
                return -1 if frames[n] and s[frames[n]] else n
            if v == -1 and free < 0 and not (frames[n] and s[frames[n]]):
                free = n
        return free

    def buried(s: tuple, me: int) -> bool:
        """Is the frame of interrupt *me* not the innermost one of its CPU?"""
        place = s[places[me]] if places[me] else only[me]
        return s[index[f"frm.{place}"]][-1:] != (me,)

    def queue(c: list, p: int) -> None:
        """Is this the address of a wait queue head at all?"""
        if not p:
            raise KernelFault("null_pointer")
        if p not in m.memory.sizes:
            raise KernelFault("bad_pointer")

    def wake_process(c: list, t: int) -> int:
        """Make task *t* runnable; 1 if it slept."""
        cell = states[t - TASK]
        x = c[cell]
        if not x & 3:
            return 0
        c[cell] = 0
        return 1 if x > 4 else m.config.kernel.queued_wake

    def come(first: int, before: tuple, s: tuple) -> tuple:
        """A call has come: its first operation, or, if that must wait for a lock, only the arrival.  What the operation
        notices is charged to the state before the arrival."""
        if first in m.seconds:  # an operation with two outcomes: each is a choice of its own
            return s
        mark = len(m.hits)
        try:
            return steps[first](s) or s
        finally:
            m.hits[mark:] = [(violation, before) for violation, _ in m.hits[mark:]]

    def leak(c: list, s: tuple, number: int, owner: int = -1) -> None:
        """Note violation *number* in state *s* if something on the heap (of *owner*'s) is lost after it."""
        if any(owner < 0 or m.memory.owner(p) == m.allocators.index(owner) for p in leaked(m, c)):
            m.hits.append((number, s))

    return {
        "_cpu": cpu,
        "_buried": buried,
        "_queue": queue,
        "_wake_process": wake_process,
        "_leak": leak,
        "_come": come,
        "_LINE": {a.index: a.name.split("#")[0] for a in m.frames},
        "_wrote": lambda n, old: sysctl.write(m, m.scenario.writes[n], old),
        "_was_read": lambda n, text: sysctl.read(m, m.scenario.reads[n], text),
        "_world": lambda *args: None,
    }
