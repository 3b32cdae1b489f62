"""Who can move: the scenario's threads, calls and interrupts, khelper; and the world's own choices.

The world's choices are signals, spurious wake-ups, timers that expire, allocations made to fail, helpers that end,
files that are written, and the arrival of each call.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule

from .instructions import Instr
from .lower import Lower
from .runtime import KernelFault, holds, references
from .statics import Statics
from .values import TASK, LowerError

REPORT = "report_event"
PRIVATE = frozenset({"take_request", "exec_request", "complete_request"})
"""Operations that only the machine's own threads may use."""
MAX_ACTORS = 16


class ScenarioError(InputError):
    """The scenario asks for something the module or the machine does not have."""


@cache
def kernel_source(path: str) -> KernelModule:
    """One of the machine's own sources, in `kthreadlab.linux` at the path of its original."""
    text = (Path(__file__).parent.parent / "linux" / path).read_text(encoding="utf-8")
    return KernelModule("kernel", {path: text})


def make(m) -> list:
    """All actors with their instructions, in the order that settles ties between equally short witnesses."""
    from .machine import Actor

    actors: list[Actor] = []
    names: dict[str, int] = {}

    def add(name: str, kind: str, function: str, args: tuple, **fields) -> Actor:
        if function not in m.module.functions:
            raise ScenarioError(f"module {m.module.name} has no function {function}")
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name}#{names[name]}"
        actor = Actor(len(actors), name, kind, function, args, **fields)
        actor.pid = 100 + actor.index
        actors.append(actor)
        return actor

    for t in m.scenario.threads:
        add(t.name or t.function, "thread", t.function, (t.arg,))
    for c in m.scenario.calls:
        kind = "process" if c.context == "process" else "irq"
        actor = add(c.name if kind == "process" else f"irq/{c.name}", kind, c.function, c.args, when=c.when, call=c)
        if c.function == REPORT and c.args:
            actor.report = c.args[0]
    done = 0
    while done < len(actors):
        a = actors[done]
        done += 1
        if a.kind == "khelper":
            continue
        lowered = Lower(m.statics, a.index, returns=a.kind == "thread", missing=m.config.kernel.missing)
        f = m.module.functions[a.function]
        start = Instr("op", f.pos, op="enter", stack=(a.function,))
        lowered.code.append(start)
        result = lowered.run(a.function, a.args)
        a.code, a.names, a.objects = result.code, result.names, result.objects
        for i in a.code:
            if i.kind == "op" and i.op == "kernel_thread" and len(actors) < MAX_ACTORS:
                arg = i.args[1].const if i.args[1].const is not None else 0
                child = add(i.args[0], "thread", i.args[0], (arg,), dormant=True)
                i.info["child"] = child.index
    m.calls_helper = any(i.kind == "op" and i.op == "call_usermodehelper" for a in actors for i in a.code)
    m.waits_for_exit = any(
        i.kind == "op" and i.op == "call_usermodehelper" and i.args[3].const != 0 for a in actors for i in a.code
    )
    if m.calls_helper:
        actor = Actor(len(actors), "khelper", "khelper", "khelper", (), pid=5)
        kernel = kernel_source("kernel/kmod.py")
        lowered = Lower(Statics(kernel, m.constants), actor.index, private=PRIVATE)
        lowered.code.append(Instr("op", kernel.functions["khelper"].pos, op="enter", stack=("khelper",)))
        actor.code = lowered.run("khelper", ()).code
        actors.append(actor)
    _sharing(m, actors)
    return actors


def _sharing(m, actors: list) -> None:
    """Which memory more than one actor can reach."""
    m.users = {}
    m.shares_pointers = False
    m.wild = False
    for a in actors:
        for i in a.code:
            if i.kind != "op":
                continue
            places = [x for x in (*i.args, i.info.get("place")) if hasattr(x, "base")]
            for p in places:
                if p.base.obj is not None:
                    m.users.setdefault(p.base.obj.key, set()).add(a.index)
                elif p.kind not in ("local", "task"):
                    m.wild = True
            if i.op == "store":
                p, value = i.info["place"], i.args[2]
                own_stack = p.base.obj is not None and p.base.obj.owner is not None
                if isinstance(value.type, ir.PtrType) and not own_stack and p.kind != "task":
                    m.shares_pointers = True
            for v in i.args:
                if hasattr(v, "obj") and v.obj is not None:
                    m.users.setdefault(v.obj.key, set()).add(a.index)
    m.observes_leaks = m.observe and any(
        i.kind == "op" and i.op in ("kmalloc", "kzalloc") for a in actors for i in a.code
    )


# ---- the world -----------------------------------------------------------------------------------------------------


def interrupt_can_land(m) -> list[str]:
    """Lines that give up unless some CPU has its interrupts on."""
    if m.mode != "one":
        return []
    return [" k = s[@cur.0@]", " if k >= 0 and _OFF[s[_PC[k]]]: return None"]


def guard_lines(m, when) -> list[str]:
    return [f" if not ({m.when(when)}): return None"] if when is not None else []


def world(m) -> list[tuple[str, list[str]]]:
    """The functions of the world's choices."""
    out = []
    for n, x in enumerate(m.scenario.signals):
        out.append((f"kill{n}", _signal(m, n, x)))
    for n, x in enumerate(m.scenario.spurious):
        t = m.task(x.task).index
        lines = [
            f"def spurious{n}(s):",
            f" if not s[@st.{t}@] & 3: return None",
            *guard_lines(m, x.when),
            *interrupt_can_land(m),
        ]
        lines += [" c = list(s)", f" c[@st.{t}@] = 0; c[@env.spurious.{n}@] = s[@env.spurious.{n}@] + 1"]
        out.append((f"spurious{n}", [*lines, *_world_event(m, "spurious", t), " return tuple(c)"]))
    for n, x in enumerate(m.scenario.faults):
        if x.call != "kmalloc":
            raise ScenarioError(f"only kmalloc can be made to fail, not {x.call}")
        lines = [f"def fail{n}(s):", " if s[@arm.fail.0@]: return None", *guard_lines(m, x.when), " c = list(s)"]
        lines += [f" c[@arm.fail.0@] = 1; c[@env.fail.{n}@] = s[@env.fail.{n}@] + 1"]
        out.append((f"fail{n}", [*lines, *_world_event(m, "fail", -1), " return tuple(c)"]))
    for n, x in enumerate(m.scenario.writes):
        out.append((f"write{n}", _write(m, n, x)))
    for a in m.actors:
        if any(i.kind == "op" and i.op == "schedule_timeout" for i in a.code):
            lines = [
                f"def timer{a.index}(s):",
                f" if s[@st.{a.index}@] < 5: return None",
                *interrupt_can_land(m),
                " c = list(s)",
            ]
            lines += [f" c[@tmo.{a.index}@] = 2; c[@st.{a.index}@] = 0"]
            out.append((f"timer{a.index}", [*lines, *_world_event(m, "timer", a.index), " return tuple(c)"]))
    if m.calls_helper and m.waits_for_exit:
        lines = ["def child(s):", " if not s[@run.0@]: return None", " c = list(s)", " t, r = s[@run.0@][0]"]
        lines += [" c[@run.0@] = s[@run.0@][1:]; c[_RES[t]] = r; c[_ST[t]] = 0"]
        out.append(("child", [*lines, *_world_event(m, "helper_exit", -1), " return tuple(c)"]))
    for a in m.actors:
        if a.kind in ("process", "irq"):
            out += _arrival(m, a)
    return out


def _world_event(m, op: str, task: int) -> list[str]:
    return [f" _world({op!r}, {task}, s, c)"] if op else []


def _signal(m, n: int, x) -> list[str]:
    if x.signal not in CONSTANTS or not x.signal.startswith("SIG"):
        raise ScenarioError(f"{x.signal!r} is not a signal")
    a = m.task(x.task)
    t, bit = a.index, 1 << CONSTANTS[x.signal]
    st, pend, blk = f"@st.{t}@", f"@pend.{t}@", f"@blk.{t}@"
    lines = [
        f"def kill{n}(s):",
        *guard_lines(m, x.when),
        *interrupt_can_land(m),
        " c = list(s)",
        f" c[@env.kill.{n}@] = 1",
    ]
    lines += [f" if s[{st}] != 8:", f"  c[{pend}] = s[{pend}] | {bit}"]
    lines += [f"  if not s[{blk}] & {bit} and s[{st}] & 1: c[{st}] = 0"]
    if m.is_watched(a):
        if m.allows_kill(a):
            armed = f"s[@alw.{t}@]"
        else:
            armed = f"s[@slept.{t}@]"
        if x.signal == "SIGKILL":
            lines += [f"  if {armed}: c[@kob.{t}@] = 1; _X['kill'] = 1"]
        else:
            number = m.violation("dies_cleanly", "other_signal", ir.Pos("", 0), t)
            lines += [f"  if {armed} and not s[{blk}] & {bit}: _hit(({number}, s))"]
        if x.signal == "SIGKILL" and m.ids:
            lines += [" c[@obs.pend.0@] = 0"]
            if "delivered_when_asleep" in m.observe:
                lines += [" c[@obs.arm.0@] = 0; c[@obs.own.0@] = 0"]
    return [*lines, *_world_event(m, "kill", t), " return tuple(c)"]


def _write(m, n: int, x) -> list[str]:
    """proc_dostring: the text up to the first newline or NUL, cut to what the array holds, replaces what was there."""
    obj = m.statics.objects.get(x.path.rsplit("/", 1)[-1])
    if obj is None or getattr(obj.type, "kind", "") != "text":
        raise ScenarioError(f"the module has no char array for {x.path}")
    text = x.text.replace("\0", "\n").partition("\n")[0].encode()[: obj.size - 1].decode(errors="ignore")
    stored = [f" c[@{obj.key}@] = {m.constants.ref(text)}"] if x.text else []
    lines = [f"def write{n}(s):", *guard_lines(m, x.when), *interrupt_can_land(m), " c = list(s)", *stored]
    return [*lines, f" c[@env.write.{n}@] = 1", *_world_event(m, "write", -1), " return tuple(c)"]


def _arrival(m, a) -> list[tuple[str, list[str]]]:
    """A call comes: its first operation, or, if that must wait for a lock, only the arrival."""
    out = []
    head = guard_lines(m, a.when)
    obs: list[str] = []
    if m.observe and a.report is not None and m.watched is not None:
        n = m.ids.index(a.report)
        killed = m.killed(m.watched)
        obs = [f" if not {killed}:", f"  c[@obs.pend.0@] = s[@obs.pend.0@] | {1 << n}; _X['report'] = 1"]
        if "delivered_when_asleep" in m.observe:
            obs += [f"  c[@obs.own.0@] = 0 if s[@obs.pend.0@] else {a.index + 1}; c[@obs.arm.0@] = 0"]
        if "no_stale_helper" in m.observe:
            obs += [f" c[@obs.cred.0@] = s[@obs.cred.0@] + {1 << 2 * n}"]
    tail = [f" c[@pc.{a.index}@] = _first{a.index}", *_world_event(m, "arrive", a.index), " s = tuple(c)"]
    tail[-1] = f" return _come(_first{a.index}, s, tuple(c))"
    for other in m.irqs:
        if other is not a and a.kind == "irq" and other.call.name == a.call.name:  # a line is served once at a time
            away = ", ".join(str(m.special_number(other, x)) for x in ("arrive", "final"))
            head.append(f" if s[@pc.{other.index}@] not in ({away}): return None")
    if a.kind == "process":
        lines = [f"def arrive{a.index}(s):", *head]
        if m.mode == "each":
            lines += [f" if s[@frm.{a.index}@]: return None"] if a.index in m.frame_cpus else []
        elif m.mode == "one":
            lines += [" if s[@cur.0@] >= 0 or s[@frm.0@]: return None"]
        else:
            lines += [f" if _cpu(s, {a.index}) < 0: return None"]
        return [(f"arrive{a.index}", [*lines, " c = list(s)", *obs, *tail])]
    for cpu in landing_cpus(m, a):
        name = f"arrive{a.index}_{cpu}"
        frm = f"@frm.{cpu}@"
        lines = [f"def {name}(s):", *head]
        if m.mode == "each":
            lines += [f" if _OFF[s[@pc.{cpu}@]]: return None"] if cpu < len(m.actors) else []
        else:
            cur = "@cur.0@" if m.mode == "one" else f"@cpu.{cpu}@"
            lines += [f" k = s[{cur}]", " if k >= 0 and _OFF[s[_PC[k]]]: return None"]
            if a.call.cpu_of and m.mode == "many":
                lines += [f" if k != {m.task(a.call.cpu_of).index}: return None"]
        lines += [f" f = s[{frm}]"]
        if m.nesting:
            lines += [f" if f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f)): return None"]
        else:
            lines += [" if f: return None"]
        lines += [" c = list(s)", f" c[{frm}] = (*f, {a.index})"]
        if m.needs_place(a):
            lines += [f" c[@at.{a.index}@] = {cpu}"]
        out.append((name, [*lines, *obs, *tail]))
    return out


def landing_cpus(m, a) -> list[int]:
    """Where an interrupt may land; in ``each`` mode a CPU has the number of its task."""
    if m.mode == "each":
        return m.candidates[a.index]
    return [0] if m.mode == "one" else list(range(m.config.cpus))


def arrivals(m, a) -> list[tuple[str, str]]:
    """Names of the choices by which a call comes, with their functions."""
    if a.kind == "process":
        return [(a.name, f"arrive{a.index}")]
    cpus = landing_cpus(m, a)
    if len(cpus) == 1:
        return [(a.name, f"arrive{a.index}_{cpus[0]}")]
    return [(f"cpu{c}>{a.name}", f"arrive{a.index}_{c}") for c in cpus]


def world_entries(m, env: dict) -> tuple[list, list]:
    """The world's choices as entries: internal ones (timers, helpers that end) and external ones."""
    from .machine import Entry, never

    internal, external = [], []

    def add(to: list, name: str, cell: str, table: list, actor: int, kind: str) -> None:
        if cell in m.index or cell == "":
            taken = sum(e.name.split("#")[0] == name for e in internal + external)
            name = f"{name}#{taken + 1}" if taken else name
            to.append(Entry(name, m.index[cell], 0, table, actor, to is external, kind))

    for n, x in enumerate(m.scenario.signals):
        verb = "kill" if x.signal == "SIGKILL" else x.signal
        add(external, f"{verb}/{x.task}", f"env.kill.{n}", [env[f"kill{n}"], never], -1, "signal")
    for n, x in enumerate(m.scenario.spurious):
        add(
            external,
            f"spurious/{x.task}",
            f"env.spurious.{n}",
            [env[f"spurious{n}"]] * x.budget + [never],
            -1,
            "spurious",
        )
    for n, x in enumerate(m.scenario.faults):
        add(external, f"fail/{x.call}", f"env.fail.{n}", [env[f"fail{n}"]] * x.budget + [never], -1, "fault")
    for n, x in enumerate(m.scenario.writes):
        add(external, f"write{x.path}", f"env.write.{n}", [env[f"write{n}"], never], -1, "write")
    for a in m.actors:
        if f"timer{a.index}" in env:
            add(internal, f"timer/{a.name}", f"tmo.{a.index}", [never, env[f"timer{a.index}"], never, never], -1,
            "timer")
    if "child" in env:
        path = next(iter(m.scenario.helpers), "child")
        add(internal, f"helper/{path}", "", [env["child"]], -1, "helper")
    return internal, external


def environment(m, steps: list) -> dict[str, object]:
    """Functions of the world and of CPUs that depend on the layout; *steps* is the table of nodes, filled in later."""
    index = m.index
    cpus = tuple(index.get(f"cpu.{n}", 0) for n in range(m.config.cpus))
    frames = tuple(index.get(f"frm.{n}", 0) for n in range(m.config.cpus))
    places = {a.index: index.get(f"at.{a.index}", 0) for a in m.irqs}
    only = {a.index: landing_cpus(m, a)[0] for a in m.irqs}
    states = m.state_cells
    pcs = [index[f"pc.{a.index}"] for a in m.actors]

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
        if not p:
            raise KernelFault("null_pointer")
        if p not in m.memory.sizes:
            raise KernelFault("bad_pointer")

    def wake_process(c: list, t: int) -> int:
        if not TASK <= t < TASK + len(states):
            raise KernelFault("bad_pointer" if t else "null_pointer")
        cell = states[t - TASK]
        x = c[cell]
        if not x & 3:
            return 0
        c[cell] = 0
        return 1 if x > 4 else 0

    def come(first: int, before: tuple, s: tuple) -> tuple:
        """A call has come: its first operation, or, if that must wait for a lock, only the arrival.  What the operation
        notices is charged to the state before the arrival."""
        if first in m.reclaims:  # an allocation with two outcomes: each is a choice of its own
            return s
        mark = len(m.hits)
        try:
            return steps[first](s) or s
        finally:
            m.hits[mark:] = [(violation, before) for violation, _ in m.hits[mark:]]

    def leak(c: list, s: tuple, number: int) -> None:
        if leaked(m, c):
            m.hits.append((number, s))

    return {
        "_cpu": cpu,
        "_buried": buried,
        "_queue": queue,
        "_wake_process": wake_process,
        "_leak": leak,
        "_come": come,
        "_LINE": {a.index: a.name.split("#")[0] for a in m.irqs},
        "_world": lambda *args: None,
        "_pcs": pcs,
    }


def leaked(m, cells) -> list[int]:
    """Addresses of live heap objects that nothing outside the heap leads to."""
    shift = m.memory.shift
    live = {p + shift for p in m.memory.heap if cells[p] is not None and cells[p][0] >= 0}
    if not live:
        return []
    roots = cells[: m.memory.first]
    if all(holds(roots, p) for p in live):
        return []
    reached = references(roots)
    todo = [p for p in live if p in reached]
    while todo:
        for q in references([cells[todo.pop() - shift]]) & live - reached:
            reached.add(q)
            todo.append(q)
    return sorted(live - reached)


__all__ = ["Lower", "LowerError", "ScenarioError"]
