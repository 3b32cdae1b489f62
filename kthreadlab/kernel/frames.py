"""Frames of interrupts and bottom halves: on which CPUs one may land, and how it leaves again."""

from __future__ import annotations

from kthreadlab.compile import reduce
from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Looks, Takes, Waits
from kthreadlab.compile.layout import Laid, initially
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Plan, Protection, Sharing

from .refused import Refused


@initially("frm")
def no_frames(m: Plan, cpu: int) -> tuple[()]:
    """No interrupt is on a CPU."""
    return ()


def landing_places(m: Protection) -> dict[int, list[int]]:
    """Where each task has a CPU of its own: for each interrupt the tasks on whose CPU it may land; higher numbers
    are CPUs without a task, one for each interrupt if there are so many.

    Reduced: an interrupt beside a task it shares no lock with is the same on an idle CPU, where it holds up nobody; but
    only one that certainly returns, or that task's CPU would be gone.
    """
    if m.cpus.shared:
        return {}
    tasks = [a.index for a in m.actors if a.is_task]
    idle = min(m.config.cpus - len(tasks), len(m.frames))
    spare = [len(m.actors) + n for n in range(idle)]
    places: dict[int, list[int]] = {}
    for a in m.frames:
        if a.lands_on is not None:
            places[a.index] = [a.lands_on]
        elif m.reduce and idle == len(m.frames) and m.frames_return:
            places[a.index] = [t for t in tasks if _locks(m.actors[t]) & _locks(a) or gives_way(m.actors[t])] + spare
        else:
            places[a.index] = tasks + spare
    return places


def gives_way(a: Actor) -> bool:
    """Does the task wait for a tasklet, which may leave it no CPU?"""
    waits = (x for i in a.code if i.kind == "op" for x in effects_of(i.op).made(Waits))
    return any(x.what == "tasklet" for x in waits)


def frames_return(m: Sharing) -> bool:
    """Do all interrupts and bottom halves certainly come back, so that nobody loses a CPU to them?"""
    given_back = locks_given_back(m) if m.frames else frozenset()
    return all(_returns(m, a, given_back) for a in m.frames)


def cpus_come_back(m: Sharing, frames_return: bool) -> bool:
    """Does nobody certainly ever keep a CPU that was taken from another: no interrupt, and, where tasks are preempted,
    no task that spins for good?"""
    return frames_return and (not m.cpus.taken_away or locks_given_back(m) >= {k for a in m.actors for k in _locks(a)})


def _returns(m: Sharing, a: Actor, given_back: frozenset[str]) -> bool:
    """Does this interrupt certainly come back?  It does not go round for ever, and every lock it takes is given back
    by whoever has it."""
    held = reduce.may_hold(a.code)
    waits = any(i.kind == "op" and Does.TURNS in effects_of(i.op).does for i in a.code)
    rounds = any(i.kind == "back" and reduce.operates(a.code, p) for p, i in enumerate(a.code) if p in held)
    return not waits and not rounds and _locks(a) <= given_back


def locks_given_back(m: Sharing) -> frozenset[str]:
    """The locks that nobody keeps for good: whoever has one does nothing on the way to its release that could last, and
    is interrupted by nobody who wants it; and nobody releases it who has it not, which may leave its word held."""
    kept: set[str] = reduce.stray_releases(m)
    for a in m.actors:
        known = reduce.held_at(m, a)
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


def needs_place(m: Plan, a: Actor) -> bool:
    """Must the state say on which CPU this interrupt landed?"""
    return len(m.cpus.landing(m, a)) > 1


def pop_frame(m: Plan, g: Gen) -> None:
    """The interrupt returns: its frame leaves its CPU."""
    cpus = m.cpus.landing(m, g.a)
    for n, cpu in enumerate(cpus):
        if len(cpus) > 1:
            g(f"{'el' if n else ''}if s[@at.{g.a.index}@] == {cpu}: c[@!frm.{cpu}@] = c[@frm.{cpu}@][:-1]")
        else:
            g(f"c[@!frm.{cpu}@] = c[@frm.{cpu}@][:-1]")
    if len(cpus) > 1:
        g(f"c[@!at.{g.a.index}@] = 0")


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls; and who has interrupts off, where everybody stands, whose line is whose."""
    places = {a.index: m.index.get(f"at.{a.index}", 0) for a in m.frames}
    only = {a.index: m.cpus.landing(m, a)[0] for a in m.frames}

    def buried(s: State, me: int) -> bool:
        """Is the frame of interrupt *me* not the innermost one of its CPU?"""
        place = s[places[me]] if places[me] else only[me]
        return bool(s[m.index[f"frm.{place}"]][-1:] != (me,))

    def over(s: State, me: int) -> Refused:
        """The interrupt above the one *me*."""
        place = s[places[me]] if places[me] else only[me]
        return Refused("cpu", s[m.index[f"frm.{place}"]][-1:], place)

    return {
        "_buried": buried,
        "_over": over,
        "_Refused": Refused,
        "_LINE": {a.index: a.name.split("#")[0] for a in m.frames},
        "_OFF": [bool(node is not None and node.ctx.off) for node in m.nodes],
        "_PC": tuple(m.index[f"pc.{a.index}"] for a in m.actors),
    }
