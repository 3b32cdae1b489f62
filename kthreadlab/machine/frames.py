"""Frames of interrupts and bottom halves: on which CPUs one may land, and how it leaves again."""

from __future__ import annotations

from .actor import Actor
from .values import Val

NOBODY = -2
"""The number of a task that the program knows nothing of, and that is on no CPU."""


def landing_places(m) -> dict[int, list[int]]:
    """In ``each`` mode: for each interrupt the tasks on whose CPU it may land; higher numbers
    are CPUs without a task, one for each interrupt if there are so many.

    Reduced: an interrupt beside a task it shares no lock with is the same on an idle CPU, where it holds up nobody.
    """
    if m.mode != "each":
        return {}
    tasks = [a.index for a in m.actors if a.is_task]
    idle = min(m.config.cpus - len(tasks), len(m.frames))
    spare = [len(m.actors) + n for n in range(idle)]
    places: dict[int, list[int]] = {}
    for a in m.frames:
        if a.call is not None and a.call.cpu_of:
            places[a.index] = [m.task(a.call.cpu_of).index]
        elif m.reduce and idle == len(m.frames):
            places[a.index] = [t for t in tasks if _locks(m.actors[t]) & _locks(a)] + spare
        else:
            places[a.index] = tasks + spare
    return places


def _locks(a: Actor) -> set[str]:
    """The locks that an actor takes or tries."""
    return {
        x.obj.key
        for i in a.code
        if i.kind == "op" and "lock" in i.op
        for x in i.args
        if isinstance(x, Val) and x.obj is not None
    }


def landing_cpus(m, a: Actor) -> list[int]:
    """Where an interrupt may land; in ``each`` mode a CPU has the number of its task."""
    if m.mode == "each":
        return m.landing_places[a.index]
    return [0] if m.mode == "one" else list(range(m.config.cpus))


def needs_place(m, a: Actor) -> bool:
    """Must the state say on which CPU this interrupt landed?"""
    return len(landing_cpus(m, a)) > 1


def pop_frame(m, g) -> None:
    """The interrupt returns: its frame leaves its CPU."""
    cpus = landing_cpus(m, g.a)
    for n, cpu in enumerate(cpus):
        if len(cpus) > 1:
            g(f"{'el' if n else ''}if s[@at.{g.a.index}@] == {cpu}: c[@frm.{cpu}@] = c[@frm.{cpu}@][:-1]")
        else:
            g(f"c[@frm.{cpu}@] = c[@frm.{cpu}@][:-1]")
    if len(cpus) > 1:
        g(f"c[@at.{g.a.index}@] = 0")


def give_up_cpu(g) -> None:
    """Whoever runs goes back to sleep: its CPU is free."""
    if g.m.mode != "each":
        g("c[@cur.0@] = -1" if g.m.mode == "one" else "c[_CP[k]] = -1")


def task_can_run(m) -> list[str]:
    """Lines by which a choice of the world that is made by a task (init, the freezer) gives up unless there is a CPU
    for it."""
    if m.mode == "each":
        return []
    if m.mode == "one":
        return [" if s[@cur.0@] >= 0 or s[@frm.0@]: return None"]
    return [f" if _cpu(s, {NOBODY}) < 0: return None"]


def interrupt_can_land(m) -> list[str]:
    """Lines by which a choice of the world gives up unless some CPU has its interrupts on."""
    if m.mode != "one":
        return []
    return [" k = s[@cur.0@]", " if k >= 0 and _OFF[s[_PC[k]]]: return None"]
