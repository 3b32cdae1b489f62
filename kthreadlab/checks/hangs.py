"""Who never comes back: calls that do not return, tasks that wait for good, CPUs that spin for ever, threads that were
told to end and do not.

Who never moves again, or never ends, is asked of the whole graph: no choice at all leads there.  A call that only a
signal could end, which need not come, hangs where everything else has come and nobody can move.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from kthreadlab.compile.cells import State
from kthreadlab.compile.effects import Does
from kthreadlab.compile.ops import effects_of
from kthreadlab.kernel.freezer import stands_still
from kthreadlab.kernel.module import is_gone, unloads
from kthreadlab.lang.task_state import ASLEEP_D, DEAD, asleep, runnable
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.standing import (
    Wait,
    awaited,
    blocked,
    frames_above,
    spinners,
    under_way,
    waits_to_take,
)
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.finding import Finding
from kthreadlab.run.graph import Paths
from kthreadlab.run.search import LOOPS

CIRCLE = "circle"
"""The cause of those who wait for each other, or one for itself."""


# ---- questions to the graph ------------------------------------------------------------------------------------------


def rests(a: Analysis) -> list[int]:
    """States of which one can be reached from wherever no fault can: dead ends, and one of each cycle."""
    return sorted({*a.paths.dead_ends, *rounds(a)})


def rounds(a: Analysis) -> list[int]:
    """One state of each cycle."""

    def look() -> list[int]:
        cyclic = a.paths.cyclic()
        return [part[0] for part in a.paths.components(cyclic)] if cyclic else []

    return a.once("rounds", look)


def passing(a: Analysis) -> list[int]:
    """Dead ends in which something has not come yet that will."""
    last = set(a.arriving.dead_ends)
    return [n for n in a.paths.dead_ends if n not in last]


def out_of_reach(a: Analysis, goals: Iterable[int]) -> bytearray:
    """For each state: do no choices at all lead from it to one of *goals*?  A fault is an end of its own."""
    reaches = a.paths.leading_to([*goals, *a.paths.ended])
    return bytearray(not x for x in reaches)


def standing_still(a: Analysis, x: int) -> bytearray:
    """For each state: does no choice lead to one from which actor *x* gets any further in its program, nor to a
    fault?"""
    ends = 1 << x | a_fault(a)
    return a.once(("still", x), lambda: bytearray(not bits & ends for bits in further(a)))


def cut_short(a: Analysis, x: int, stuck: Callable[[int], bool]) -> Finding | None:
    """The first state in which actor *x* is *stuck*, and from which no choice leads it any further in its program, but
    some to the fault of another: what comes of that follows from the fault."""
    if not a.graph.faults:
        return None
    n = next((n for n in a.once(("cut short", x), lambda: before_faults_of_others(a, x)) if stuck(n)), None)
    if n is None:
        return None
    after = a.paths.behind({n})
    fault = next(f.cause for f in a.graph.faults if f.source in after)
    return Finding("dead", n, "", x, fault=fault, behind=True)


def before_faults_of_others(a: Analysis, x: int) -> array[int]:
    """The states from which no choice leads actor *x* any further in its program, but some to the fault of another."""
    fault, either = a_fault(a), 1 << x | a_fault(a)
    known = zip(range(a.graph.expanded), further(a), strict=False)
    return array("i", (n for n, bits in known if bits & either == fault))


def a_fault(a: Analysis) -> int:
    """The bit of `further` that stands for a fault, whoever runs into it."""
    return 1 << len(a.machine.actors)


def further(a: Analysis) -> list[int]:
    """For each state who gets any further in its program if the choices are made for it, be it to a fault of its own:
    bit *x* for actor *x*; and `a_fault`."""

    def look() -> list[int]:
        marks = steps(a)
        for f in (one for one in a.graph.faults if one.source < len(marks)):
            x = a.paths.choices[f.entry].actor
            marks[f.source] |= a_fault(a) | (1 << x if x >= 0 else 0)
        return a.paths.leading_to_each(marks)

    return a.once("further", look)


def steps(a: Analysis) -> list[int]:
    """For each state that was looked at who gets further in its program by the next step, as bits."""
    graph, index = a.graph, a.machine.index
    who = [(1 << e.actor, index[f"pc.{e.actor}"]) if e.actor >= 0 else None for e in a.paths.choices]
    states, offsets, targets, labels = graph.states, graph.offsets, graph.targets, graph.labels
    found = []
    for n in range(graph.expanded):
        here, bits = states[n], 0
        for e in range(offsets[n], offsets[n + 1]):
            mine = who[labels[e]]
            if mine is not None and not bits & mine[0] and states[targets[e]][mine[1]] != here[mine[1]]:
                bits |= mine[0]
        found.append(bits)
    return found


def spinning(a: Analysis, kinds: tuple[str, ...]) -> dict[int, list[int]]:
    """The actors of these kinds that spin for ever in some state, each with the states from which it never moves on."""
    m = a.machine
    found = a.once("spinning", lambda: {x: zone for x in sorted(spin_at_rest(a)) if (zone := spun(a, x))})
    return {x: zone for x, zone in found.items() if m.actors[x].kind in kinds}


def spin_at_rest(a: Analysis) -> set[int]:
    """The actors that spin in some state of `rests`."""
    m, states = a.machine, a.graph.states
    locks = m.waiting_places
    cells = [m.index[f"pc.{actor.index}"] for actor in m.actors]
    before = (n for n in rests(a) if any(states[n][pc] in locks for pc in cells)) if locks else ()
    return {x for n in before for x in a.spinners(n)}


def spun(a: Analysis, x: int) -> list[int]:
    """The states in which actor *x* spins and from which it never moves on."""
    still, states = standing_still(a, x), a.graph.states
    return [n for n in range(a.graph.expanded) if still[n] and x in spinners(a.machine, states[n])]


THREADS, CALLS, FRAMES = ("thread", "khelper", "worker"), ("process", "user"), ("irq", "softirq")


def spin_zone(a: Analysis, kinds: tuple[str, ...]) -> set[int]:
    """The states in which a CPU is gone for ever to an actor of these kinds that is to blame for it, and all that come
    after them."""
    m, states = a.machine, a.graph.states
    zones = spinning(a, kinds).items()
    return a.paths.behind({n for x, zone in zones for n in zone if to_blame(m, states[n], x)})


def to_blame(m: Machine, s: State, x: int) -> bool:
    """Is it for spinner *x* itself that nothing goes on?  Not if the one it waits for is kept by another spinner, on
    top of it or further on."""
    way = [x]
    if frames_above(m, s, x):
        return False
    while (wait := awaited(m, s, way[-1])) is not None and wait.holders:
        holder = wait.holders[0]
        above = frames_above(m, s, holder)
        if holder == x or x in above:
            return True
        if above or holder in way:
            return False
        way.append(holder)
    return True


def spins(a: Analysis, kinds: tuple[str, ...], cause: str) -> Iterator[Finding]:
    """Where such an actor first spins for ever, and where it first does so by its own fault."""
    for x, zone in spinning(a, kinds).items():
        own = next((n for n in zone if to_blame(a.machine, a.graph.states[n], x)), zone[0])
        for n in sorted({zone[0], own}):
            yield Finding("dead", n, cause, x)
    for x in (actor.index for actor in a.machine.actors if actor.kind in kinds):
        if (f := cut_short(a, x, partial(spins_at, a, x))) is not None:
            yield replace(f, cause=cause)


def spins_at(a: Analysis, x: int, n: int) -> bool:
    """Does actor *x* spin in state *n*, with no frame above it?"""
    return x in a.spinners(n) and not frames_above(a.machine, a.graph.states[n], x)


# ---- returns: every process call that has begun ends -----------------------------------------------------------------


def returns(a: Analysis) -> Iterator[Finding]:
    """Calls that do not return, and threads that wait for good for what is not an event."""
    for actor in a.machine.actors:
        if actor.kind in CALLS:
            yield from never_returning(a, actor.index)
        elif actor.kind in ("thread", "worker"):
            yield from never_released(a, actor.index)


def never_returning(a: Analysis, x: int) -> Iterator[Finding]:
    """How the call of actor *x* may never return."""
    states, begun = a.graph.states, under_way(a.machine, x)
    if any(begun(states[n]) for n in rests(a)):
        yield from given_up(a, x)
    for n in a.arriving.dead_ends:
        if begun(states[n]):
            yield hanging(a, "dead", n, x)
    yield from unended(a, x, begun)


def given_up(a: Analysis, x: int) -> Iterator[Finding]:
    """The first state in which *x* waits and will for good: no choice at all leads to its end."""
    m, states, begun = a.machine, a.graph.states, under_way(a.machine, x)
    never = out_of_reach(a, ended(a, x))
    lost = [n for n in range(a.graph.expanded) if never[n] and begun(states[n])]
    if lost:
        still = standing_still(a, x)
        n = next((n for n in lost if still[n] and awaited(m, states[n], x)), None)
        if n is not None:
            yield hanging(a, "dead", n, x)


def ended(a: Analysis, x: int) -> list[int]:
    """The states in which actor *x* has finished, or, of a process, is in no call of the module."""
    if a.machine.actors[x].kind == "user":
        begun = under_way(a.machine, x)
        return [n for n, s in enumerate(a.graph.states) if not begun(s)]
    pc, final = a.machine.index[f"pc.{x}"], a.machine.special[x, "final"]
    return [n for n, s in enumerate(a.graph.states) if s[pc] == final]


def unended(a: Analysis, x: int, open_: Callable[[State], bool]) -> Iterator[Finding]:
    """Faults before which, and cycles on which, *open_* holds of the state: *x* has something to end, and does not."""
    cut = False
    for f in a.graph.faults:
        own = f.cause in LOOPS and a.paths.choices[f.entry].actor == x
        if (own or not cut) and open_(f.state):
            cut = cut or not own
            yield Finding(**{**vars(a.cut_off(f)), "actor": x, "behind": not own, "cause": "busy" if own else "fault"})
    for part in unlucky(a, x, [n for n in a.arriving.staying if open_(a.graph.states[n])]):
        yield hanging(a, "cycle", part[0], x, tuple(part))


def unlucky(a: Analysis, x: int, within: list[int]) -> Iterator[list[int]]:
    """The fair cycles inside *within*.  Who stands in line for a lock that comes free again and again, or turns until a
    function does not run that ends again and again, gets on at last: it is not fair that others are always faster."""
    todo = a.arriving.fair_components(within)
    while todo:
        part = todo.pop()
        inside = set(part)
        lucky = {n for n in part if next_in_line(a, n, x) and any(gets_on(a, n, x, inside))}
        if lucky:
            todo += a.arriving.fair_components(inside - lucky)
        elif not turned_away(a, part, x):
            yield part


def next_in_line(a: Analysis, n: int, x: int) -> bool:
    """Does actor *x* stand before something that is taken and given back, in state *n*?"""
    node = a.machine.nodes[a.graph.states[n][a.machine.index[f"pc.{x}"]]]
    return node is not None and waits_to_take(a.machine, node)


def turned_away(a: Analysis, part: list[int], x: int) -> bool:
    """Does actor *x* turn in a loop on this cycle until a function does not run, which ends there again and again, and
    is it only interrupted now and then?  Timers take longer to expire than their functions to run: it gets on."""
    m, states = a.machine, a.graph.states
    nodes = (m.nodes[at] for at in {states[n][m.index[f"pc.{x}"]] for n in part})
    if not all(node is not None and Does.TURNS in effects_of(m.instr(node).op).does for node in nodes):
        return False
    free = any(not blocked(m, states[n], x) for n in part)
    return free and any(not frames_above(m, states[n], x) for n in part)


def gets_on(a: Analysis, n: int, x: int, inside: set[int]) -> Iterator[bool]:
    """Whether each step of *x* in state *n* leads out of *inside*."""
    return (t not in inside for c, t in a.paths.next(n) if a.paths.choices[c].actor == x)


def never_released(a: Analysis, x: int) -> Iterator[Finding]:
    """How thread *x* may wait for good in D, or for something that is no event."""
    paths = a.arriving
    for n in paths.dead_ends:
        if waits_for_good(a, n, x):
            yield hanging(a, "dead", n, x)
    if any(waits(a, n, x) for n in [*paths.dead_ends, *rounds(a), *passing(a)]):
        still = standing_still(a, x)
        found = (n for n in range(a.graph.expanded) if still[n] and waits_for_good(a, n, x))
        for n in list(found)[:1]:
            yield hanging(a, "dead", n, x)
    elif spin_at_rest(a):
        yield from shut_out(a, x)
    for part in paths.fair_components(n for n in paths.staying if waits_for_good(a, n, x)):
        yield hanging(a, "cycle", part[0], x, tuple(part))
    if (f := cut_short(a, x, lambda n: waits_for_good(a, n, x))) is not None:
        yield replace(hanging(a, "dead", f.state, x), fault=f.fault, behind=True)


def shut_out(a: Analysis, x: int) -> Iterator[Finding]:
    """Thread *x* waits, and whoever wakes it leaves it no CPU: a rest in which it has been woken and never moves."""
    still = standing_still(a, x)
    n = next((n for n in range(a.graph.expanded) if still[n] and waits_for_good(a, n, x)), None)
    if n is not None:
        after = a.paths.behind({n})
        yield hanging(a, "dead", next(r for r in rests(a) if r in after), x)


def waits_for_good(a: Analysis, n: int, x: int) -> bool:
    """Does thread *x* wait so in state *n*, and does it spin on a CPU of its own if it does not sleep?"""
    off = not runnable(a.graph.states[n][a.machine.state_cells[x]])
    return waits(a, n, x) and (off or spins_at(a, x, n))


def waits(a: Analysis, n: int, x: int) -> bool:
    """Would it be a failure if thread *x* waited for ever as it does in state *n*?  Not where it has not begun, nor
    where it stands still for a suspend."""
    m, s = a.machine, a.graph.states[n]
    wait, node = awaited(m, s, x), m.nodes[s[m.index[f"pc.{x}"]]]
    if wait is None or node is None or node.pc == 0 or stands_still(m, s, x):
        return False
    return wait.kind != "wakeup" or s[m.state_cells[x]] == ASLEEP_D


# ---- left by a module that is unloaded -------------------------------------------------------------------------------


def left_behind(a: Analysis) -> Iterator[Finding]:
    """Threads of the module that are there for good when it is gone, without moving: who moves faults."""
    m, states = a.machine, a.graph.states
    if not unloads(m):
        return
    for actor in m.actors:
        if actor.kind == "thread":
            x = actor.index
            n = next((n for n in rests(a) if is_gone(m, states[n]) and lives(m, states[n], x)), None)
            if n is not None:
                yield Finding("dead", n, "left_behind", x)


# ---- asleep for good with a lock -------------------------------------------------------------------------------------


def sleeping_owners(a: Analysis) -> Iterator[Finding]:
    """Tasks that sleep for good while they hold a lock, a mutex or a semaphore.  A thread in S waits for an event, and
    not for good while any choice at all may bring it."""
    m, states = a.machine, a.graph.states
    owning = {n for n, node in enumerate(m.nodes) if node is not None and (node.ctx.held or node.ctx.owned)}
    for actor in m.actors if owning else ():
        x = actor.index
        st, idle = m.state_cells[x], actor.kind == "thread"
        for n in quiet(a, x, owning) if actor.is_task else ():
            sleeps = asleep(states[n][st])
            if sleeps and (states[n][st] == ASLEEP_D or not idle or standing_still(a, x)[n]):
                yield Finding("dead", n, "sleeps_on", x)
        if actor.is_task and (f := cut_short(a, x, partial(sleeps_at, a, x, owning))) is not None:
            yield replace(f, cause="sleeps_on")


def sleeps_at(a: Analysis, x: int, nodes: set[int], n: int) -> bool:
    """Does *x* sleep at one of *nodes* in state *n*?"""
    s = a.graph.states[n]
    return s[a.machine.index[f"pc.{x}"]] in nodes and asleep(s[a.machine.state_cells[x]])


def quiet(a: Analysis, x: int, nodes: set[int]) -> Iterator[int]:
    """States in which *x* stands at one of *nodes* and nobody can move, all having come, and those of cycles on which
    *x* never moves on."""
    pc, states = a.machine.index[f"pc.{x}"], a.graph.states
    ends = a.arriving.dead_ends
    yield from (n for n in ends if states[n][pc] in nodes)
    yield from (n for n in [*rounds(a), *passing(a)] if states[n][pc] in nodes and standing_still(a, x)[n])


def hanging(a: Analysis, kind: str, n: int, x: int, part: tuple[int, ...] = ()) -> Finding:
    """*x* waits, or goes round, for ever from state *n* on."""
    m, s = a.machine, a.graph.states[n]
    wait = awaited(m, s, x)
    if part and any(a.paths.choices[c].actor == x for n in part for c, t in a.paths.next(n) if t in part):
        wait = None
    cause = ("busy" if part else "stuck") if wait is None else CIRCLE if circle(m, s, x) else wait.kind
    return Finding(kind, n, cause, x, part=part)


def circle(m: Machine, s: State, x: int) -> list[int]:
    """Actors of which each waits for the next, and the last for the first, that *x* comes to; [] if there are none."""
    way: list[int] = []
    while x not in way:
        way.append(x)
        wait = awaited(m, s, x)
        if wait is None or not wait.holders:
            return []
        x = next((y for y in wait.holders if y in way), wait.holders[0])
    return way[way.index(x) :]


# ---- ends_when_told --------------------------------------------------------------------------------------------------


def told(m: Machine, s: State, function: str | None, over: bool) -> bool:
    """Has a call of *function* begun, or (*over*) returned?"""
    for actor in m.actors:
        if function is not None and actor.call is not None and actor.function == function:
            at = s[m.index[f"pc.{actor.index}"]]
            if at == m.special[actor.index, "final"] or not over and under_way(m, actor.index)(s):
                return True
    return False


def ends_when_told(a: Analysis) -> Iterator[Finding]:
    """Threads that go on although they should have ended."""
    m, world = a.machine, a.machine.scenario
    if world.ends_after is not None and m.watched is not None:
        x = m.watched.index
        yield from going_on(a, x, lambda s: lives(m, s, x) and told(m, s, world.ends_after, over=True))
    for actor, thread in zip(m.actors, world.threads, strict=False):
        if thread.ends:
            yield from going_on(a, actor.index, partial(lives, m, x=actor.index))


def lives(m: Machine, s: State, x: int) -> bool:
    """Has thread *x* been made, and not ended?"""
    return bool(s[m.state_cells[x]] != DEAD and s[m.index[f"pc.{x}"]] != m.special.get((x, "unborn")))


def going_on(a: Analysis, x: int, open_: Callable[[State], bool]) -> Iterator[Finding]:
    """How thread *x* lives on where *open_* says of a state that it should have ended."""
    for n in a.arriving.dead_ends:
        if open_(a.graph.states[n]):
            yield Finding("dead", n, "stays", x)
    for found in unended(a, x, open_):
        yield Finding(**{**vars(found), "cause": "stays" if found.cause not in ("busy", "fault") else found.cause})


def was_told(a: Analysis) -> bool:
    """Was anybody told to end, or always ends?"""
    m, world = a.machine, a.machine.scenario
    if any(thread.ends for thread in world.threads):
        return True
    return any(told(m, s, world.ends_after, over=True) for s in a.graph.states)


# ---- what a witness tells --------------------------------------------------------------------------------------------


def lock_words(a: Analysis, f: Finding, states: list[int]) -> dict[str, object]:
    """Whose lock it is, and which."""
    m, x = a.machine, f.actor
    if f.cause not in ("sleeps_on", "recursive", "read_twice") or f.kind != "dead":
        return {}
    node = m.nodes[a.graph.states[f.state][m.index[f"pc.{x}"]]]
    assert node is not None, "who waits for a lock stands before it"
    if f.cause != "sleeps_on":
        return {"task": name(m, x), "lock": m.instr(node).args[0].obj.name}
    held = dict.fromkeys(m.layout.objects[h.lock].name for h in (*node.ctx.held, *node.ctx.owned))
    return {"task": name(m, x), "lock": " and ".join(held)}


def words(a: Analysis, f: Finding, states: list[int]) -> dict[str, object]:
    """Who waits for what, who could have ended it, and when that chance passed."""
    m, s = a.machine, a.graph.states[f.state]
    wait = awaited(m, s, f.actor) or Wait("")
    around = circle(m, s, f.actor)
    return {
        "task": name(m, f.actor),
        "object": wait.name or None,
        "holder": " and ".join(name(m, y) for y in wait.holders) or "a task that has ended",
        "circle": ", and ".join(waits_for(m, s, y) for y in around) or None,
        "chance": chance(a, f.actor, states, whole_way(a, f)),
    }


def end_words(a: Analysis, f: Finding, states: list[int]) -> dict[str, object]:
    """Who should have ended, who could have brought that about, and when that chance passed."""
    return {"task": name(a.machine, f.actor), "chance": chance(a, f.actor, states, ended(a, f.actor))}


def whole_way(a: Analysis, f: Finding) -> list[int]:
    """Where a wait would be over: a call's with its end, a thread's when it moves on."""
    is_call = a.machine.actors[f.actor].kind in CALLS
    return ended(a, f.actor) if is_call else moved_on(a, f.actor, f.state)


def name(m: Machine, x: int) -> str:
    """Actor *x* as people call it."""
    return m.actors[x].name


def waits_for(m: Machine, s: State, x: int) -> str:
    """What one in a circle waits for."""
    wait = awaited(m, s, x)
    assert wait is not None
    who = " and ".join("itself" if y == x else name(m, y) for y in wait.holders)
    if wait.kind == "stop":
        return f"{name(m, x)} waits for {who} to end"
    return f"{name(m, x)} waits for {wait.name}, which {who if who != 'itself' else 'it'} holds"


def chance(a: Analysis, x: int, states: list[int], goals: list[int]) -> str:
    """Who could have brought *x* to one of *goals*, and till which step of the witness; steps count from 1."""
    never = out_of_reach(a, goals)
    last = next((k for k, n in enumerate(states) if never[n]), None)
    if last is None:
        return "only what need not come could still end it"
    if last == 0:
        return "nobody could ever have ended it"
    helper = who_ends(a, states[last - 1], set(goals), x)
    who = f"{helper} could have ended it" if helper else "it could have come through"
    return f"{who} until step {last}"


def moved_on(a: Analysis, x: int, state: int) -> list[int]:
    """States in which thread *x* stands elsewhere in its program than in *state*."""
    pc = a.machine.index[f"pc.{x}"]
    here = a.graph.states[state][pc]
    return [n for n, s in enumerate(a.graph.states) if s[pc] != here]


def who_ends(a: Analysis, start: int, goals: set[int], x: int) -> str:
    """Whoever moves last, but for *x* itself, on a shortest way from *start* to one of *goals*."""
    way = shortest_way(a.paths, start, goals)
    others = [e for e in (a.paths.choices[c] for c in way) if e.actor != x]
    return (name(a.machine, others[-1].actor) if others[-1].actor >= 0 else others[-1].name) if others else ""


def shortest_way(paths: Paths, start: int, goals: Iterable[int]) -> list[int]:
    """The choices on a shortest way from *start* to one of *goals*."""
    wanted, before = set(goals), {start: (-1, -1)}
    todo = [start]
    for n in todo:
        if n in wanted:
            way = []
            while before[n][0] >= 0:
                n, c = before[n]
                way.append(c)
            return way[::-1]
        for c, t in paths.graph.edges(n):
            if t not in before:
                before[t] = (n, c)
                todo.append(t)
    return []
