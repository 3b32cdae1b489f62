"""Guards: a scenario's conditions (`machine.scenario.When`) as expressions over the state ``s``."""

from __future__ import annotations

from kthreadlab.compile.refusal import because, refuse
from kthreadlab.lang.task_state import DEAD, OFF, STOPPED, TRACED

from .actors import ScenarioError
from .scenario import Freeze, When
from .scene import Scene


def freezes(m: Scene) -> tuple[Freeze, ...]:
    """The scenario's suspend, if it has one."""
    return () if m.scenario.freeze is None else (m.scenario.freeze,)


def note_guards(m: Scene) -> dict[int, str]:
    """Find out, before anything is generated, which facts (``m.flags``) the tasks must leave behind for the guards.
    The conditions without which actors don't move."""
    whole: dict[int, str] = {}
    world = m.scenario
    for timed in (world.signals, world.spurious, world.faults, world.writes, world.reads, freezes(m)):
        for x in timed:
            guard_lines(m, x.when)
    for tracer in world.ptraces:
        guard_lines(m, tracer.when)
        guard_lines(m, tracer.until)
    if world.insmod is not None:
        _succeeded(m, world.insmod)
    for a in m.actors:
        if isinstance(a.when, When):
            source = guard(m, a.when)
            if a.call is not None and a.call.whole:
                whole[a.index] = source
    return whole


def guard_lines(m: Scene, when: When | None) -> list[str]:
    """The line by which a choice of the world gives up unless its guard holds."""
    return [refuse(f"not ({guard(m, when)})", because("scenario", what=str(when)))] if when is not None else []


def guard(m: Scene, w: When) -> str:
    """A `machine.scenario.When` as an expression over ``s``."""
    if w.kind in ("and", "or"):
        return f"({guard(m, w.parts[0])} {w.kind} {guard(m, w.parts[1])})"
    if w.kind == "not":
        return f"(not {guard(m, w.parts[0])})"
    if w.kind == "idle":
        return "_idle(s)"
    if w.kind == "done":
        return _done(m, w.names[0])
    if w.kind == "succeeded":
        return _succeeded(m, w.names[0])
    return _of_task(m, w, m.task(w.names[0]).index)


def _of_task(m: Scene, w: When, t: int) -> str:
    """A condition on where task *t* stands or what it has done."""
    pc, st = f"s[@pc.{t}@]", f"s[@st.{t}@]"
    if w.kind == "asleep":
        return f"({OFF} < {st} < {DEAD} and not {m.helper_table()}[{pc}])"
    if w.kind == "in_helper":
        return f"({OFF} < {st} < {DEAD} and {m.helper_table()}[{pc}])"
    if w.kind in ("stopped", "traced"):
        return f"({st} == {STOPPED if w.kind == 'stopped' else TRACED})"
    if w.kind == "zombie":
        return f"({st} == {DEAD} and not s[@reap.{t}@])"
    if w.kind == "never_slept":
        m.flags.add(f"slept.{t}")
        return f"(not s[@slept.{t}@])"
    if w.kind == "before_first":
        m.flags.add(f"did.{t}.{w.names[1]}")
        return f"(not s[@did.{t}.{w.names[1]}@])"
    if w.kind == "inside":
        if w.names[1] not in m.module.functions:
            raise ScenarioError(f"the module has no function {w.names[1]!r}")
        return f"{m.table(lambda n: w.names[1] in m.instr(n).stack)}[{pc}]"
    if w.kind == "holds":
        key = f"s.{w.names[1]}"
        if w.names[1] not in m.statics.objects:
            raise ScenarioError(f"the module has no lock {w.names[1]!r}")
        return f"{m.table(lambda n: any(h.lock == key for h in (*n.ctx.held, *n.ctx.owned)))}[{pc}]"
    if w.kind == "on_cpu":
        return m.cpus.runs(m, t)
    raise ScenarioError(f"unknown condition {w.kind!r}")


def _succeeded(m: Scene, name: str) -> str:
    """Has the process call of that name returned no negative number?"""
    t = m.task(name).index
    m.flags.add(f"good.{t}")
    return f"(s[@good.{t}@] != 0)"


def _done(m: Scene, name: str) -> str:
    """Has the choice of that name been made, the call of that name returned?"""
    for n, x in enumerate(m.scenario.signals):
        if name in (f"kill/{x.task}", x.signal, f"{x.signal}/{x.task}"):
            return f"(s[@env.kill.{n}@] != 0)"
    for n, wake in enumerate(m.scenario.spurious):
        if name == f"spurious/{wake.task}":
            return f"(s[@env.spurious.{n}@] != 0)"
    for n, write in enumerate(m.scenario.writes):
        if name in (write.path, f"write{write.path}", f"write{n}"):
            return f"(s[@env.write.{n}@] != 0)"
    for n, read in enumerate(m.scenario.reads):
        if name in (f"read{read.path}", f"read{n}"):
            return f"(s[@env.read.{n}@] != 0)"
    for n, ptrace in enumerate(m.scenario.ptraces):
        if name in (f"ptrace/{ptrace.task}", f"detach/{ptrace.task}"):
            return f"(s[@env.ptrace.{n}@] > {int(name.startswith('detach'))})"
    if name == "freeze" and m.scenario.freeze is not None:
        return "(s[@env.freeze.0@] != 0)"
    a = m.named(name) or m.named(f"irq/{name}")
    if a is None:
        raise ScenarioError(f"the scenario has no actor {name!r}")
    return f"(s[@pc.{a.index}@] == {m.special_number(a, 'final')})"
