"""Frames of interrupts and bottom halves: on which CPUs one may land, and how it leaves again."""

from __future__ import annotations

from kthreadlab.compile import reduce
from kthreadlab.compile.actor import Actor
from kthreadlab.compile.effects import Does, Looks, Takes
from kthreadlab.compile.ops import effects_of

NOBODY = -2
"""The number of a task that the program knows nothing of, and that is on no CPU."""


def landing_places(m) -> dict[int, list[int]]:
    """In ``each`` mode: for each interrupt the tasks on whose CPU it may land; higher numbers
    are CPUs without a task, one for each interrupt if there are so many.

    Reduced: an interrupt beside a task it shares no lock with is the same on an idle CPU, where it holds up nobody; but
    only one that certainly returns, or that task's CPU would be gone.
    """
    if m.mode != "each":
        return {}
    tasks = [a.index for a in m.actors if a.is_task]
    idle = min(m.config.cpus - len(tasks), len(m.frames))
    spare = [len(m.actors) + n for n in range(idle)]
    places: dict[int, list[int]] = {}
    for a in m.frames:
        if a.lands_on is not None:
            places[a.index] = [a.lands_on]
        elif m.reduce and idle == len(m.frames) and m.frames_return:
            places[a.index] = [t for t in tasks if _locks(m.actors[t]) & _locks(a)] + spare
        else:
            places[a.index] = tasks + spare
    return places


def frames_return(m) -> bool:
    """Do all interrupts and bottom halves certainly come back, so that nobody loses a CPU to them?"""
    given_back = locks_given_back(m) if m.frames else frozenset()
    return all(_returns(m, a, given_back) for a in m.frames)


def cpus_come_back(m, frames_return: bool) -> bool:
    """Does nobody certainly ever keep a CPU that was taken from another: no interrupt, and, where tasks are preempted,
    no task that spins for good?"""
    taken_away = m.config.preempt and m.mode != "each"
    return frames_return and (not taken_away or locks_given_back(m) >= {k for a in m.actors for k in _locks(a)})


def _returns(m, a: Actor, given_back: frozenset[str]) -> bool:
    """Does this interrupt certainly come back?  It does not go round for ever, and every lock it takes is given back
    by whoever has it."""
    held = reduce.may_hold(a.code)
    waits = any(i.kind == "op" and Does.TURNS in effects_of(i.op).does for i in a.code)
    rounds = any(i.kind == "back" and reduce.operates(a.code, p) for p, i in enumerate(a.code) if p in held)
    return not waits and not rounds and _locks(a) <= given_back


def locks_given_back(m) -> frozenset[str]:
    """The locks that nobody keeps for good: whoever has one does nothing on the way to its release that could last, and
    is interrupted by nobody who wants it; and nobody releases it who has it not, which may leave its word held."""
    kept: set[str] = reduce.stray_releases(m)
    for a in m.actors:
        known = reduce.held_at(m, a.code)
        for p, locks in reduce.may_hold(a.code).items():
            if locks and reduce.may_last(m, a.code, p):
                kept |= locks
            elif locks:
                _, off, bh = known[p]
                kept |= locks & {key for f in m.frames if may_interrupt(f, a, off, bh) for key in _locks(f)}
    return frozenset(key for a in m.actors for key in _locks(a)) - kept


def may_interrupt(frame: Actor, a: Actor, off: bool, bh: bool) -> bool:
    """May *frame* land on top of *a* where interrupts, or bottom halves, are certainly *off* or perhaps not?"""
    if off or frame is a:
        return False
    return frame.kind == "irq" or not (bh or a.is_frame)


def _locks(a: Actor) -> set[str]:
    """The locks that an actor takes, tries or looks at."""
    return {
        i.args[0].obj.key
        for i in a.code
        if i.kind == "op" and any(effects_of(i.op).changes(Takes | Looks)) and i.args[0].obj is not None
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
    if m.config.cpus > 1:
        return []
    if m.mode == "one":
        return [" k = s[@cur.0@]", " if k >= 0 and _OFF[s[_PC[k]]]: return None"]
    alone = [a.index for a in m.actors if a.is_task]  # on the only CPU there is
    return [f" if s[@st.{n}@] < 4 and _OFF[s[@pc.{n}@]]: return None" for n in alone]
