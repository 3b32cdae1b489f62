"""Guards: a scenario's conditions (`machine.scenario.When`) as expressions over the state ``s``."""

from __future__ import annotations

from kthreadlab.kernel.signals import allows_kill, signals_to

from .actors import ScenarioError
from .scene import Scene


def freezes(m) -> tuple:
    """The scenario's suspend, if it has one."""
    return () if m.scenario.freeze is None else (m.scenario.freeze,)


def note_guards(m: Scene) -> dict[int, str]:
    """Find out, before anything is generated, which facts (``m.flags``) the tasks must leave behind for the guards.
    The conditions without which actors don't move."""
    whole: dict[int, str] = {}
    world = m.scenario
    timed = (*world.signals, *world.spurious, *world.faults, *world.writes, *world.reads, *freezes(m))
    for x in timed:
        if x.when is not None:
            guard(m, x.when)
    if world.stays and m.watched is not None and signals_to(m, m.watched) and not allows_kill(m.watched):
        m.flags.add(f"slept.{m.watched.index}")
    for a in m.actors:
        if a.when is not None:
            source = guard(m, a.when)
            if a.call is not None and a.call.whole:
                whole[a.index] = source
    return whole


def guard_lines(m, when) -> list[str]:
    """The line by which a choice of the world gives up unless its guard holds."""
    return [f" if not ({guard(m, when)}): return None"] if when is not None else []


def guard(m, w) -> str:
    """A `machine.scenario.When` as an expression over ``s``."""
    if w.kind in ("and", "or"):
        return f"({guard(m, w.args[0])} {w.kind} {guard(m, w.args[1])})"
    if w.kind == "not":
        return f"(not {guard(m, w.args[0])})"
    if w.kind == "idle":
        return "_idle(s)"
    if w.kind == "done":
        return _done(m, w.args[0])
    if w.kind == "succeeded":
        return _succeeded(m, w.args[0])
    return _of_task(m, w, m.task(w.args[0]).index)


def _of_task(m, w, t: int) -> str:
    """A condition on where task *t* stands or what it has done."""
    pc, st = f"s[@pc.{t}@]", f"s[@st.{t}@]"
    if w.kind == "asleep":
        return f"(4 < {st} < 8 and not {m.helper_table()}[{pc}])"
    if w.kind == "in_helper":
        return f"(4 < {st} < 8 and {m.helper_table()}[{pc}])"
    if w.kind == "never_slept":
        m.flags.add(f"slept.{t}")
        return f"(not s[@slept.{t}@])"
    if w.kind == "before_first":
        m.flags.add(f"did.{t}.{w.args[1]}")
        return f"(not s[@did.{t}.{w.args[1]}@])"
    if w.kind == "inside":
        if w.args[1] not in m.module.functions:
            raise ScenarioError(f"the module has no function {w.args[1]!r}")
        return f"{m.table(lambda n: w.args[1] in m.instr(n).stack)}[{pc}]"
    if w.kind == "holds":
        key = f"s.{w.args[1]}"
        if w.args[1] not in m.statics.objects:
            raise ScenarioError(f"the module has no lock {w.args[1]!r}")
        return f"{m.table(lambda n: any(h.lock == key for h in (*n.ctx.held, *n.ctx.owned)))}[{pc}]"
    if w.kind == "on_cpu":
        return on_cpu(m, t)
    raise ScenarioError(f"unknown condition {w.kind!r}")


def on_cpu(m, t: int) -> str:
    """Does task *t* run, or, if it can be preempted, may it be the one that runs?"""
    runs, st = f"{m.table(lambda n: True)}[s[@pc.{t}@]]", f"s[@st.{t}@]"
    if m.mode == "each":
        return f"({runs} and {st} < 4)"
    cells = ["s[@cur.0@]"] if m.mode == "one" else [f"s[@cpu.{n}@]" for n in range(m.config.cpus)]
    mine = " or ".join(f"{cell} == {t}" for cell in cells)
    if not m.config.preempt:
        return f"({mine})"
    free = " or ".join(f"{cell} < 0" for cell in cells)
    return f"({mine} or {m.table(lambda n: not n.ctx.atomic)}[s[@pc.{t}@]] and {st} < 4 and ({free}))"


def _succeeded(m, name: str) -> str:
    """Has the process call of that name returned no negative number?"""
    t = m.task(name).index
    m.flags.add(f"good.{t}")
    return f"(s[@good.{t}@] != 0)"


def _done(m, name: str) -> str:
    """Has the choice of that name been made, the call of that name returned?"""
    for n, x in enumerate(m.scenario.signals):
        if name in (f"kill/{x.task}", x.signal, f"{x.signal}/{x.task}"):
            return f"(s[@env.kill.{n}@] != 0)"
    for n, x in enumerate(m.scenario.spurious):
        if name == f"spurious/{x.task}":
            return f"(s[@env.spurious.{n}@] != 0)"
    for n, x in enumerate(m.scenario.writes):
        if name in (x.path, f"write{x.path}", f"write{n}"):
            return f"(s[@env.write.{n}@] != 0)"
    for n, x in enumerate(m.scenario.reads):
        if name in (f"read{x.path}", f"read{n}"):
            return f"(s[@env.read.{n}@] != 0)"
    if name == "freeze" and m.scenario.freeze is not None:
        return "(s[@env.freeze.0@] != 0)"
    a = m.named(name) or m.named(f"irq/{name}")
    if a is None:
        raise ScenarioError(f"the scenario has no actor {name!r}")
    return f"(s[@pc.{a.index}@] == {m.special_number(a, 'final')})"
