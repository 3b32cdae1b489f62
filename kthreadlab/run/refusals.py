"""Why somebody cannot move now, in words: for the button that is grey, and for a schedule that can't be followed."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor, Entry
from kthreadlab.compile.cells import State
from kthreadlab.kernel.refused import Refused
from kthreadlab.machine.machine import Machine
from kthreadlab.trace.english.refusals import NO_QUEUE, NOBODY, OTHERWISE, REFUSALS, SLEEPS
from kthreadlab.trace.narrate import plain


def why_not(m: Machine, s: State, choices: list[Entry]) -> str:
    """Why none of *choices*, which have one name and of which none is open in state *s*, can be made: an arrival, and
    what has arrived, are one."""
    told = [(e, m.why_not(s, e)) for e in choices]
    closed = [(e, why) for e, why in told if why is not None]
    # what has come goes on by itself, and what has not come yet has still to arrive
    moving = next((x for x in closed if not x[0].external and x[1].kind != "away"), None)
    entry, why = moving or next((x for x in closed if x[1].kind != "away"), closed[0])
    return told_of(m, s, entry, why)


def told_of(m: Machine, s: State, entry: Entry, why: Refused) -> str:
    """The reason *why* the choice *entry* is not open in state *s*, in words."""
    who = " and ".join(short(m.actors[x]) for x in why.who) or NOBODY
    words = {"who": who, "cpu": why.cpu, "what": plain(why.what)}
    if why.kind == "asleep":
        return REFUSALS["asleep"].format(on=_on(why).format(**words))
    if why.kind == "cpu":
        key = "cpu, interrupted" if _interrupted(m, why) else "cpu, all" if why.cpu < 0 else "cpu"
        return REFUSALS[key].format(**words, why=_unshared(m))
    if why.kind == "lock":
        spins = m.actors[entry.actor].is_frame or m.cpus.has_cpu(m, s, entry.actor)
        key = ("lock" if why.who else "lock, forsaken") + ("" if spins else ", once it runs")
        return REFUSALS[key].format(**words)
    return REFUSALS[why.kind].format(**words)


def short(a: Actor) -> str:
    """An actor by its name: an interrupt as the nic's."""
    return f"the {plain(a.name.rpartition('/')[2])} interrupt" if a.kind == "irq" else plain(a.name)


def _on(why: Refused) -> str:
    """What a sleeper waits for."""
    if why.wait == "wakeup" and not why.what:
        return NO_QUEUE
    return SLEEPS.get(why.wait, OTHERWISE if why.what else "")


def _interrupted(m: Machine, why: Refused) -> bool:
    return bool(why.who) and all(m.actors[x].is_frame for x in why.who)


def _unshared(m: Machine) -> str:
    """Why who has a CPU keeps it."""
    return "" if m.config.preempt else ": PREEMPT=n"
