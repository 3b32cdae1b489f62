"""The properties: what each says of a searched graph.

Safety properties fail where the machine noticed something (`Machine.violation`) or a path ended in a fault; the
others ask whether the machine can come to rest, or go round for ever, with something still owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from operator import eq

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State
from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import Budget, LimitReached
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.program import switches, takes, tries
from kthreadlab.kernel.park import is_parked
from kthreadlab.kernel.slab import leaked
from kthreadlab.kernel.spinlock import taken_again
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.task_state import ASLEEP_D, ASLEEP_S, DEAD, runnable
from kthreadlab.machine import standing
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Scenario, world
from kthreadlab.machine.standing import deadlocked, on_queue, step_kind
from kthreadlab.run.analysis import Analysis, Property
from kthreadlab.run.finding import Finding
from kthreadlab.run.search import DEFAULT_MAX_STATES, LOOPS, FaultEdge
from kthreadlab.run.verdict import Exploration, Verdict, undecided
from kthreadlab.run.verdict import explore as search_and_judge
from kthreadlab.run.words import NOT_EXERCISED

from . import hangs, passages, races, zombies
from .observers import observers_for
from .observers.contexts import CHANGED, MAYBE
from .observers.threads import REFUSED
from .own_error import set_aside

MEMORY_FAULTS = (
    "dangling_entry",
    "poisoned_entry",
    "corrupted_queue",
    "corrupted_list",
    "use_after_free",
    "ended_task",
    "out_of_bounds",
    "dead_stack",
    "text_overflow",
    "unloaded",
)
LEAK_FAULTS = ("double_free", "heap_full")
CONTEXT_FAULTS = ("sleep_in_interrupt",)
OVERFULL = ("text_overflow", "out_of_bounds")
LOCK_FAULTS = ("lock_depth", "other_lock")
OOPSES = (
    "null_pointer",
    "uninitialised_lock",
    "uninitialised_queue",
    "divide_by_zero",
    "overflow",
    "shift",
    "bug",
    "uninitialised_local",
    "not_queued",
    "bad_pointer",
    "panic",
    "preempt_count",
)
RENAMED = {
    "panic": "bug",
    "preempt_count": "bug",
    "sleep_in_interrupt": "interrupt",
    "lock_depth": "exit_held",
    "other_lock": "not_held",
}


def renamed(findings: Iterable[Finding]) -> Iterable[Finding]:
    """The causes that hints know."""
    for f in findings:
        yield Finding(**{**vars(f), "cause": RENAMED[f.cause]}) if f.cause in RENAMED else f


def no_oops(a: Analysis) -> Iterable[Finding]:
    """Faults that take the machine down."""
    yield from renamed(a.faults(OOPSES))


def delivered(a: Analysis) -> Iterable[Finding]:
    """Reports that no helper ever hears of."""
    cell = a.cell("obs.pend.0")
    if cell is None:
        return
    for n, x in enumerate(a.machine.ids):
        for f in a.unanswered(cell, partial(has_bit, 1 << n)):
            yield lost(a, f, x)


def has_bit(bit: int, value: int) -> bool:
    """Is *bit* set in the *value* of a cell?"""
    return bool(value & bit)


def delivered_when_asleep(a: Analysis) -> Iterable[Finding]:
    """The same of those that found the thread asleep."""
    cell = a.cell("obs.arm.0")
    if cell is None:
        return
    for n, x in enumerate(a.machine.ids):
        for f in a.unanswered(cell, partial(eq, n + 1)):
            yield lost(a, f, x)


def lost(a: Analysis, f: Finding, id_: int) -> Finding:
    """Name the way in which a report goes unanswered."""
    cause, thread = f.cause, a.machine.watched
    if f.kind == "dead" and thread is None:
        cause = "exited"
    elif f.kind == "dead":
        s = a.graph.states[f.state]
        if a.spinners(f.state):
            cause = "stuck"
        elif s[a.st] == DEAD:
            cause = "exited"
        elif s[a.st] == ASLEEP_D and not a.in_helper(f.state):
            cause = "mask_mismatch"
        elif thread is None or not on_queue(a.machine, s, thread):
            cause = "not_queued"
        else:
            cause = "slept_through"
    return Finding(**{**vars(f), "cause": cause, "id": id_})


def no_stale_helper(a: Analysis) -> Iterable[Finding]:
    """Helpers without a report of their own, as the machine noticed them."""
    yield from a.hits("no_stale_helper")


def never_sleeps_atomic(a: Analysis) -> Iterable[Finding]:
    """Calls that may sleep where nobody may, as the machine noticed them."""
    yield from a.hits("never_sleeps_atomic")
    yield from renamed(a.faults(CONTEXT_FAULTS))


def locks_balanced(a: Analysis) -> Iterable[Finding]:
    """What is released as it was not taken, taken again by its holder, or slept on for good."""
    yield from a.hits("locks_balanced")
    yield from renamed(a.faults(LOCK_FAULTS))
    yield from taking_again(a)
    yield from hangs.sleeping_owners(a)


def taking_again(a: Analysis) -> Iterable[Finding]:
    """Where a task first stands before a lock that it holds."""
    m = a.machine
    nodes = ((n, node, taken_again(m, node)) for n, node in enumerate(m.nodes) if node is not None)
    again = {n: (node, cause) for n, node, cause in nodes if cause}
    for actor in {node.actor for node, _ in again.values()}:
        pc, found = m.index[f"pc.{actor}"], set()
        for n, s in enumerate(a.graph.states):
            if s[pc] in again and s[pc] not in found:
                node, cause = again[s[pc]]
                at = m.instr(node).pos
                new = Finding("dead", n, cause, actor, line=at.line, file=at.file, breaking=True)
                if a.breaks.blames("locks_balanced", new):
                    found.add(s[pc])
                yield new


def unrest(a: Analysis, n: int) -> str:
    """Why the watched thread is not properly at rest in state *n*, where no task can move; "" if it is."""
    thread, s = a.machine.watched, a.graph.states[n]
    if thread is None or not begun(a, s) or is_parked(a.machine, s, thread.index):
        return ""
    if thread.index in a.spinners(n):
        return "stuck"
    st = s[a.st]
    if st == ASLEEP_D and not a.in_helper(n):
        return "deadlock" if deadlocked(a.machine, s) else "uninterruptible"
    return "" if st in (ASLEEP_S, DEAD) else "stuck"


def begun(a: Analysis, s: State) -> bool:
    """Has somebody made the watched thread in state *s*, and woken it?"""
    node = a.machine.nodes[s[a.pc]]
    thread = a.machine.watched
    unborn = thread is not None and s[a.pc] == a.machine.special.get((thread.index, "unborn"))
    return not unborn and (node is None or node.pc > 0 or runnable(s[a.st]))


def only_timers(a: Analysis, part: list[int]) -> bool:
    """Does nothing move on this cycle but timers and their functions, or their work, which return again and again?"""
    served = {x.index for x in a.machine.actors if x.kind in ("softirq", "worker")}
    if not served:
        return False
    inside = set(part)
    movers = {a.paths.choices[c].actor for n in part for c, t in a.paths.next(n) if t in inside}
    turn = [x.index for x in a.machine.softirqs if x.index in movers]
    return -1 in movers and movers <= served | {-1} and all(returns_on(a, part, x) for x in turn)


def returns_on(a: Analysis, part: list[int], softirq: int) -> bool:
    """Does this timer's function return on a cycle on which it moves?"""
    pc, idle = a.machine.index[f"pc.{softirq}"], a.machine.special[softirq, "idle"]
    return any(a.graph.states[n][pc] == idle for n in part)


def ends_unasked(a: Analysis, n: int) -> bool:
    """Does the end of a thread in state *n* count as one that nobody asked for?"""
    world = a.machine.scenario
    return world.stays and not hangs.told(a.machine, a.graph.states[n], world.ends_after, over=False)


def unasked_ends(a: Analysis) -> set[int]:
    """The states in which a thread has ended unasked, and all that come after them."""
    over: set[int] = set()
    for violation, states in a.graph.hits.items():
        name, cause, _, actor = a.machine.violations[violation]
        if (name, cause) == ("sleeps_when_idle", "exits"):
            st = a.machine.state_cells[actor]
            over |= {t for n in states if ends_unasked(a, n) for t in ended_in(a, n, st)}
    return a.paths.behind(over)


def ended_in(a: Analysis, n: int, st: int) -> Iterator[int]:
    """The states after *n* in which the task has ended whose state is the cell *st*."""
    states = a.graph.states
    yield from (t for _, t in a.graph.edges(n) if states[t][st] == DEAD and states[n][st] != DEAD)


def broken_by_thread(a: Analysis) -> set[int]:
    """Where a thread is to blame that nothing goes on: it has ended unasked, or holds a CPU for ever."""
    return unasked_ends(a) | hangs.spin_zone(a, hangs.THREADS)


def sleeps_when_idle(a: Analysis) -> Iterable[Finding]:
    """Ends that nobody asked for, CPUs that are gone for ever, and rest that is none."""
    yield from a.hits("sleeps_when_idle", lambda cause, n: cause != "exits" or ends_unasked(a, n))
    yield from a.faults(LOOPS)
    yield from hangs.spins(a, hangs.THREADS, "stuck")
    if a.machine.watched is None:
        return
    for n in a.paths.dead_ends:
        if not a.unborn(n) and unrest(a, n):
            yield Finding("dead", n, unrest(a, n))
        threads = (x for x in a.spinners(n) if a.machine.actors[x].kind in hangs.THREADS and hangs.spins_at(a, x, n))
        yield from (Finding("dead", n, "stuck", x) for x in threads)
    for f in a.graph.faults:
        if f.cause not in LOOPS and f.state[a.st] not in (ASLEEP_S, DEAD) and begun(a, f.state):
            yield a.cut_off(f)
    for part in a.fair_cycles():
        if only_timers(a, part):
            if unrest(a, part[0]):
                yield Finding("cycle", part[0], unrest(a, part[0]), part=tuple(part))
            continue
        yield Finding("cycle", part[0], going_round(a, part), part=tuple(part))


def going_round(a: Analysis, part: list[int]) -> str:
    """What keeps a cycle going."""
    inside = set(part)
    kinds = {
        step_kind(a.machine, a.graph.states[n], a.paths.choices[c])
        for n in part
        for c, t in a.paths.next(n)
        if t in inside
    }
    return "storm" if "exec" in kinds else "polling" if "timer" in kinds else "busy_loop"


def dies_cleanly(a: Analysis) -> Iterable[Finding]:
    """Threads that were killed and stay, or leave something behind."""
    yield from a.hits("dies_cleanly")
    if a.kob is None:
        return
    states = a.graph.states
    for f in a.unanswered(a.kob, bool):
        if states[f.state][a.st] == DEAD:
            continue
        yield Finding(**{**vars(f), "cause": "stays" if f.kind == "dead" else f.cause})


def no_leak(a: Analysis) -> Iterable[Finding]:
    """Blocks that are freed twice, or lost: on the way, where the machine comes to rest, goes round, or before a fault
    ends it."""
    yield from a.hits("no_leak")
    yield from a.faults(LEAK_FAULTS)
    if a.machine.allocators:
        for n in (*a.paths.dead_ends, *(f.source for f in a.graph.faults)):
            if leaked(a.machine, a.graph.states[n]):
                yield Finding("dead", n, "lost")
        for part in a.fair_cycles():
            if leaked(a.machine, a.graph.states[part[0]]):
                yield Finding("cycle", part[0], "lost", part=tuple(part))


def no_dangling(a: Analysis) -> Iterable[Finding]:
    """Faults at memory that is freed, dead or somebody else's."""
    yield from a.faults(MEMORY_FAULTS)
    yield from hangs.left_behind(a)


def exec_vector(a: Analysis) -> Iterable[Finding]:
    """Programs that are given what they should not be, or what cannot be read."""
    if a.machine.scenario.handler is None:
        return
    yield from a.hits("exec_vector")
    yield from a.faults(OVERFULL)
    for f in a.faults((*MEMORY_FAULTS, *OOPSES)):
        if by_khelper(a, f) and f.cause not in OVERFULL:
            yield Finding(**{**vars(f), "cause": "unreadable"})


def by_khelper(a: Analysis, f: Finding) -> bool:
    """Was it khelper that found the fault, reading what it was given?"""
    return f.actor >= 0 and a.machine.actors[f.actor].kind == "khelper"


def large_ids(a: Analysis) -> Iterable[Finding]:
    """Reports whose program was told another number."""
    for f in a.hits("large_ids"):
        yield Finding(**{**vars(f), "id": a.machine.actors[f.actor].report})


def survives_failure(a: Analysis) -> Iterable[Finding]:
    """Beside what is noticed at a call's return: behind a failure every call must come back, and the next event must
    get its helper."""
    yield from a.hits("survives_failure")
    met, pend = a.cell("obs.met.0"), a.cell("obs.pend.0")
    if met is None or pend is None:
        return
    calls = [x for x in a.machine.actors if x.serves]
    report = calls[-1].report
    assert report is not None, "whoever runs the handler has an id"
    last = a.machine.ids.index(report)
    for f in a.unanswered(met, bool):
        s = next(
            (x.state for x in a.graph.faults if f.kind == "fault" and x.source == f.state), a.graph.states[f.state]
        )
        if any(under_way(a.machine, s, x) for x in calls):
            yield Finding(**{**vars(f), "cause": "never_returns" if f.kind == "dead" else f.cause})
        elif s[pend] >> last & 1:
            yield Finding(**{**vars(f), "cause": "next_lost"})


def under_way(machine: Machine, s: State, call: Actor) -> bool:
    """Has *call* begun and not returned in state *s*?"""
    away = {machine.special.get((call.index, what)) for what in ("arrive", "final")}
    return s[machine.index[f"pc.{call.index}"]] not in away


def registration(a: Analysis) -> Iterable[Finding]:
    """What is noticed when the file is written or read, or its path is used; and a write past the array's end."""
    yield from a.hits("registration")
    for f in a.faults(("text_overflow",)):
        if a.paths.choices[f.entry].kind == "write":
            yield Finding(**{**vars(f), "cause": "overflow"})


def irq_safe(a: Analysis) -> Iterable[Finding]:
    """Interrupts that hold their CPU for ever."""
    yield from hangs.spins(a, hangs.FRAMES, "interrupt_deadlock")


def served_in_turn(a: Analysis) -> bool:
    """Was an event served, and has each object that several write to a lock that all of them take?"""
    return bool(a.triggers.get("served")) and races.agreed(a)


def served_and_tried(a: Analysis) -> bool:
    """The same, and did an interrupt try to take a lock?"""
    return served_in_turn(a) and frame_tried(a)


def frame_tried(a: Analysis) -> bool:
    """Did an interrupt try to take a lock?"""
    m, labels = a.machine, [a.paths.choices[n] for n in {*a.graph.labels, *(f.entry for f in a.graph.faults)}]
    for frame in m.frames:
        pc = m.index[f"pc.{frame.index}"]
        stood = {s[pc] for s in a.graph.states}
        if any(e.actor == frame.index and e.external for e in labels):
            stood.add(m.first[frame.index])
        nodes = (m.nodes[at] for at in stood)
        if any(node is not None and takes(m.instr(node)) for node in nodes):
            return True
    return False


def context_restored(a: Analysis) -> Iterable[Finding]:
    """Calls that leave interrupts or preemption off, as the machine noticed them."""
    yield from a.hits("context_restored")


def context_changed(a: Analysis) -> bool:
    """Did anybody come back who had changed the context on his way?"""
    if not a.triggers.get(CHANGED) and a.triggers.get(MAYBE):
        return any(came_back(a, x) for x in a.machine.actors if x.changes_context)
    return bool(a.triggers.get(CHANGED))


def came_back(a: Analysis, x: Actor) -> bool:
    """Did actor *x* change the context, and come back on the same way?  An end that is a fault is one, too: by then it
    has been looked at what is left behind."""
    graph, m = a.graph, a.machine
    pc, states = m.index[f"pc.{x.index}"], graph.states
    over = m.first[x.index] if x.queue is not None else m.special[x.index, "idle" if x.kind == "softirq" else "final"]
    own = {n for n, e in enumerate(a.paths.choices) if e.actor == x.index}
    changed = set()
    ends = [f.source for f in graph.faults if f.entry in own and at_its_end(m, f, states[f.source][pc])]
    for n in range(graph.expanded):
        for choice, t in graph.edges(n):
            if choice in own and states[t][pc] != states[n][pc]:
                changes = changes_in(m, x, states[n][pc], states[t][pc])
                if states[t][pc] == over:
                    ends.append(n)
                    if changes:
                        return True
                elif changes:
                    changed.add(t)
    back = a.paths.leading_to(ends)
    return any(back[n] for n in changed)


def at_its_end(m: Machine, f: FaultEdge, place: int) -> bool:
    """Was it the end of an actor that stood at node *place* that made this fault?"""
    node = m.nodes[place]
    return node is not None and f.cause == "ended_task" and effects_of(m.instr(node).op).ends


def changes_in(m: Machine, x: Actor, before: int, after: int) -> bool:
    """Does actor *x* change the context in the step that takes it from one node to another?  The first is none where it
    has only just come: then its first operation may be part of that."""
    new, old = m.nodes[after], m.nodes[before] or (m.nodes[m.first[x.index]] if after != m.first[x.index] else None)
    if new is not None and new.ctx.atomic:
        return True
    return old is not None and switches(m.instr(old)) and not tries(m.instr(old))


def identity(a: Analysis) -> Iterable[Finding]:
    """What a thread is not that it should be, as the machine noticed it."""
    yield from a.hits("identity")


def tells_failure(a: Analysis) -> Iterable[Finding]:
    """Functions that return another number than their thread deserves, as the machine noticed them."""
    yield from a.hits("tells_failure")


def moved(a: Analysis) -> bool:
    """Did anything of the module run?"""
    labels = set(a.graph.labels)
    return any(a.paths.choices[n].actor >= 0 and not by_machine(a, a.paths.choices[n].actor) for n in labels)


def by_machine(a: Analysis, actor: int) -> bool:
    """Is it a thread of the machine's own, or a process that nowhere enters the module?"""
    m, x = a.machine, a.machine.actors[actor]
    return x.kind == "khelper" or (x.kind == "user" and not any(i.pos.file in m.module.files for i in x.code))


def began(a: Analysis) -> bool:
    """Did a process call begin, or a process enter the module?"""
    inside = [standing.under_way(a.machine, x.index) for x in a.machine.actors if x.kind == "user"]
    if any(begun(s) for begun in inside for s in a.graph.states):
        return True
    arrivals = (a.paths.choices[n] for n in set(a.graph.labels))
    return any(e.kind == "arrival" and a.machine.actors[e.actor].kind == "process" for e in arrivals)


ATOMIC = "may_sleep", "spins"
"""What is triggered where a call may sleep, or an atomic section begins."""


def atomic(a: Analysis) -> bool:
    """Was a call that may sleep, or an atomic section, reached?"""
    return any(a.triggers.get(key) for key in ATOMIC) or atomic_node(a)


def atomic_node(a: Analysis) -> bool:
    """Did anybody stand with interrupts off or the like, or run as a frame?  A frame of which nobody could tell how far
    it is stands nowhere: that it came is enough."""
    m = a.machine
    frames = {m.index[f"pc.{x.index}"] for x in m.frames}
    if any(a.paths.choices[n].pc in frames for n in {*a.graph.labels, *(f.entry for f in a.graph.faults)}):
        return True
    for actor in m.actors:
        pc = m.index[f"pc.{actor.index}"]
        nodes = (m.nodes[number] for number in {s[pc] for s in a.graph.states})
        if any(node is not None and node.ctx.atomic for node in nodes):
            return True
    return False


IDLE = ("stuck", "deadlock", "endless_loop", "runaway", "busy_loop", "storm", "exits", "uninterruptible", "polling")
"""How bad the ways are in which an idle thread does not sleep; worst first."""
WAITS = (
    "circle", "lock", "mutex", "rw_semaphore", "semaphore", "stop", "completion", "work", "handler", "timer", "child",
    "wakeup", "helper", "busy",
)  # fmt: skip

PROPERTIES: dict[str, Property] = {
    p.name: p
    for p in (
        Property("no_oops", "I0", "served", no_oops, moved, faults=frozenset(OOPSES)),
        Property("delivered", "I1", "report", delivered, promise=True),
        Property("delivered_when_asleep", "I1a", "asleep_report", delivered_when_asleep, promise=True),
        Property("no_stale_helper", "I2", "served", no_stale_helper),
        Property(
            "never_sleeps_atomic",
            "I3",
            "served",
            never_sleeps_atomic,
            atomic,
            reads=ATOMIC,
            faults=frozenset(CONTEXT_FAULTS),
        ),
        Property(
            "locks_balanced",
            "I4",
            "served",
            locks_balanced,
            "locked",
            faults=frozenset(LOCK_FAULTS),
            words=hangs.lock_words,
        ),
        Property(
            "sleeps_when_idle",
            "I5",
            "slept",
            sleeps_when_idle,
            "a thread slept",
            faults=frozenset(LOOPS),
            broken=broken_by_thread,
            worst=IDLE,
        ),
        Property("dies_cleanly", "I6", "kill", dies_cleanly, promise=True),
        Property("no_leak", "I7", "served", no_leak, "allocated", faults=frozenset(LEAK_FAULTS)),
        Property("exec_vector", "I8", "helper_called", exec_vector),
        Property("large_ids", "I8", "large", large_ids),
        Property("no_dangling", "I9", "served", no_dangling, "left", faults=frozenset(MEMORY_FAULTS)),
        Property(
            "irq_safe",
            "I12",
            "served",
            irq_safe,
            "frame_locked",
            broken=lambda a: hangs.spin_zone(a, hangs.FRAMES),
        ),
        Property("survives_failure", "I13", "helper_called", survives_failure, promise=True),
        Property("context_restored", "I17", context_changed, context_restored, reads=(CHANGED, MAYBE)),
        Property("identity", "I14", "slept", identity),
        Property("registration", "I15", "written", registration),
        Property(
            "returns",
            "I16",
            began,
            hangs.returns,
            promise=True,
            broken=lambda a: hangs.spin_zone(a, hangs.CALLS),
            worst=WAITS,
            words=hangs.words,
        ),
        Property(races.NAME, "I18", races.met, races.no_data_race, words=races.words),
        Property("ends_when_told", "I19", hangs.was_told, hangs.ends_when_told, promise=True, words=hangs.end_words),
        Property("tells_failure", "I20", REFUSED, tells_failure),
        Property("no_zombie", "I21", zombies.somebody_ended, zombies.no_zombie, promise=True, words=zombies.words),
        Property(passages.NAME, "I22", passages.slept, passages.passes_through, promise=True, words=passages.words),
    )
}
"""All properties that a single exploration can decide, by name.  ``survives_preemption`` (I11) compares three of
them."""


GENERAL = (
    "no_oops",
    "returns",
    "never_sleeps_atomic",
    "locks_balanced",
    "no_leak",
    "no_dangling",
    "irq_safe",
    "context_restored",
    "sleeps_when_idle",
)
"""What is asked of every module; the rest only where a scenario names what it speaks of."""


def spoken_of(scenario: Scenario) -> list[Property]:
    """The properties that a scenario says something about."""
    x, told = scenario, list(GENERAL)
    if x.report is not None and x.helper_owed is not False:
        told += ["delivered", "delivered_when_asleep", "no_stale_helper"]
    if any(s.signal == "SIGKILL" for s in x.signals):
        told += ["dies_cleanly"]
    if x.identity is not None:
        told += ["identity"]
    if x.handler is not None:
        told += ["exec_vector", "large_ids", "survives_failure"]
    if x.handler is not None and x.writes:
        told += ["registration"]
    if x.ends_after is not None or any(thread.ends for thread in x.threads):
        told += ["ends_when_told"]
    if x.starts:
        told += ["tells_failure"]
    if x.processes:
        told += ["no_zombie"]
    if x.passes is not None:
        told += [passages.NAME]
    return [p for p in PROPERTIES.values() if p.name in told]


def in_order(verdicts: dict[str, Verdict], scenario: Scenario) -> dict[str, Verdict]:
    """The verdicts on all properties: what the scenario does not speak of is not exercised."""
    unsaid = {n: Verdict(n, NOT_EXERCISED, False, scenario=scenario.name) for n in PROPERTIES if n != races.NAME}
    return {name: verdicts.get(name, verdict) for name, verdict in unsaid.items()}


def _named(properties: Iterable[Property | str]) -> list[Property]:
    """Properties, some of them by their names."""
    listed = [properties] if isinstance(properties, str) else list(properties)
    unknown = [p for p in listed if not isinstance(p, Property) and p not in list(PROPERTIES)]
    if unknown:
        raise InputError(f"there is no property {unknown[0]!r}; there are: {', '.join(PROPERTIES)}")
    return [PROPERTIES[p] if isinstance(p, str) else p for p in listed]


def explore(
    module: KernelModule,
    scenario: Scenario,
    config: Config = Config(),  # noqa: B008  (frozen)
    properties: Iterable[Property | str] | None = None,
    max_states: int | Budget = DEFAULT_MAX_STATES,
    reduce: bool = True,
) -> Exploration:
    """Search every schedule of *module* in *scenario* on *config*.

    *properties*: names or `Property` values; None decides all that the scenario speaks of (`spoken_of`), and the others
    are not exercised.  *max_states*, or a whole `Budget`, bounds the search: beyond it the result is not complete, says
    why, and what has not failed is undecided.  *reduce* leaves out equivalent interleavings.  *no_data_race* has a
    search of its own, with a CPU for each task.  An error of the engine's own leaves everything undecided, and says so
    (`set_aside`).
    """
    world(module, scenario, config)
    chosen = spoken_of(scenario) if properties is None else _named(properties)
    raced = [p for p in chosen if p.name == races.NAME]
    owners = PROPERTIES.values()
    try:
        if raced and raced == chosen:
            apart, watching = races.everybody_apart(config), observers_for([races.NAME])
            return search_and_judge(module, scenario, apart, raced, max_states, False, owners, watching)
        others = [p for p in chosen if p not in raced]
        watching = observers_for([p.name for p in others], frozenset(key for p in others for key in p.asks))
        found = search_and_judge(module, scenario, config, others, max_states, reduce, owners, watching)
        if raced:
            found.verdicts |= explore(module, scenario, config, raced, max_states).verdicts
        if properties is None:
            found.verdicts = in_order(found.verdicts, scenario)
        return found
    except InputError:
        raise
    except LimitReached as limit:
        return undecided(scenario, config, chosen, "", limit.reason)
    except Exception as error:
        return undecided(scenario, config, chosen, set_aside(error))
