"""no_zombie: whoever has ended is waited for, by its parent or by init.

Init always comes to its children at last, so only a thread whose parent lives can stay a zombie: because that parent
never waits, or because it waits and passes the thread by, whose end sends it no SIGCHLD.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State
from kthreadlab.kernel.family import INIT, SIGCHLD, in_family
from kthreadlab.lang.task_state import DEAD
from kthreadlab.machine.machine import Machine
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.finding import Finding

from . import hangs


def children(m: Machine) -> list[Actor]:
    """The threads that processes make."""
    return [x for x in m.actors if x.kind == "thread" and in_family(m, x)]


def has_ended(m: Machine, x: int, s: State) -> bool:
    """Has somebody made thread *x*, and has it ended?"""
    return bool(s[m.state_cells[x]] == DEAD and s[m.index[f"pc.{x}"]] == m.special[x, "final"])


def is_zombie(m: Machine, x: int, s: State) -> bool:
    """Is thread *x* a zombie that init will not come to?"""
    return has_ended(m, x, s) and not s[m.index[f"reap.{x}"]] and s[m.index[f"parent.{x}"]] != INIT


def somebody_ended(a: Analysis) -> bool:
    """Did a thread that a process has made ever end?"""
    return any(has_ended(a.machine, x.index, s) for x in children(a.machine) for s in a.graph.states)


def ended_by_itself(a: Analysis) -> bool:
    """Did such a thread end that is not there to be killed?"""
    return not a.machine.scenario.stays and somebody_ended(a)


def no_zombie(a: Analysis) -> Iterator[Finding]:
    """Threads that stay zombies, where nobody can move, before a fault, and for ever."""
    m, states = a.machine, a.graph.states
    for x in children(m):
        zombie = partial(is_zombie, m, x.index)
        for n in a.arriving.dead_ends:
            if zombie(states[n]):
                yield Finding("dead", n, why(m, states[n], x.index), x.index)
        for f in hangs.unended(a, x.index, zombie):
            yield f if f.cause == "fault" else replace(f, cause=why(m, states[f.state], x.index))


def why(m: Machine, s: State, x: int) -> str:
    """Why nobody waits for the zombie *x*."""
    sent = m.index.get(f"sig.{x}")
    return "unwaited" if sent is None or s[sent] == SIGCHLD else "passed_by"


def words(a: Analysis, f: Finding, states: list[int]) -> dict[str, object]:
    """Who is the zombie, and whose."""
    m, s = a.machine, a.graph.states[f.state]
    pid = s[m.index[f"parent.{f.actor}"]]
    return {"task": m.actors[f.actor].name, "parent": next((x.name for x in m.actors if x.pid == pid), None)}
