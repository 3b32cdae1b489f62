"""The properties: what each says of a searched graph.

Safety properties fail where the machine noticed something (`Machine.violation`) or a path ended in a fault; the
others ask whether the machine can come to rest, or go round for ever, with something still owed.
"""

from __future__ import annotations

from collections.abc import Iterable

from kthreadlab.lang.diagnostics import InputError
from kthreadlab.machine.config import Config
from kthreadlab.machine.observers import runs_handler
from kthreadlab.machine.slab import leaked
from kthreadlab.machine.standing import deadlocked, on_queue, step_kind
from kthreadlab.run.scenario import world
from kthreadlab.run.search import DEFAULT_MAX_STATES, LOOPS
from kthreadlab.run.verdict import Analysis, Exploration, Finding, Property, undecided
from kthreadlab.run.verdict import explore as search_and_judge

from .own_error import set_aside

MEMORY_FAULTS = (
    "dangling_entry",
    "corrupted_queue",
    "corrupted_list",
    "use_after_free",
    "ended_task",
    "out_of_bounds",
    "dead_stack",
    "text_overflow",
)
LEAK_FAULTS = ("double_free", "heap_full")
CONTEXT_FAULTS = ("sleep_in_interrupt",)
OVERFULL = ("text_overflow", "out_of_bounds")
LOCK_FAULTS = ("lock_depth",)
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
RENAMED = {"panic": "bug", "preempt_count": "bug", "sleep_in_interrupt": "interrupt", "lock_depth": "exit_held"}


def renamed(findings: Iterable[Finding]) -> Iterable[Finding]:
    """The causes that hints know."""
    for f in findings:
        yield Finding(**{**vars(f), "cause": RENAMED[f.cause]}) if f.cause in RENAMED else f


def no_oops(a: Analysis) -> Iterable[Finding]:
    yield from renamed(a.faults(OOPSES))


def delivered(a: Analysis) -> Iterable[Finding]:
    cell = a.cell("obs.pend.0")
    if cell is None:
        return
    for n, x in enumerate(a.machine.ids):
        for f in a.unanswered(cell, lambda v, b=1 << n: bool(v & b), f"pend{n}"):
            yield lost(a, f, x)


def delivered_when_asleep(a: Analysis) -> Iterable[Finding]:
    cell = a.cell("obs.arm.0")
    if cell is None:
        return
    for n, x in enumerate(a.machine.ids):
        for f in a.unanswered(cell, lambda v, k=n + 1: v == k, f"arm{n}"):
            yield lost(a, f, x)


def lost(a: Analysis, f: Finding, id_: int) -> Finding:
    """Name the way in which a report goes unanswered."""
    cause = f.cause
    if f.kind == "dead" and a.machine.watched is None:
        cause = "exited"
    elif f.kind == "dead":
        s = a.graph.states[f.state]
        if a.spinners(f.state):
            cause = "stuck"
        elif s[a.st] == 8:
            cause = "exited"
        elif s[a.st] == 6 and not a.in_helper(f.state):
            cause = "mask_mismatch"
        elif not on_queue(a.machine, s, a.machine.watched):
            cause = "not_queued"
        else:
            cause = "slept_through"
    return Finding(**{**vars(f), "cause": cause, "id": id_})


def no_stale_helper(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("no_stale_helper")


def never_sleeps_atomic(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("never_sleeps_atomic")
    yield from renamed(a.faults(CONTEXT_FAULTS))


def locks_balanced(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("locks_balanced")
    yield from renamed(a.faults(LOCK_FAULTS))


def unrest(a: Analysis, n: int) -> str:
    """Why the watched thread is not properly at rest in state *n*, where no task can move; "" if it is."""
    spinners = a.spinners(n)
    if spinners:
        return "" if any(a.machine.actors[x].is_frame for x in spinners) else "stuck"
    if deadlocked(a.machine, a.graph.states[n]):
        return "deadlock"
    st = a.graph.states[n][a.st]
    if st == 6 and not a.in_helper(n):
        return "uninterruptible"
    return "" if st in (5, 8) else "stuck"


def only_timers(a: Analysis, part: list[int]) -> bool:
    """Does nothing move on this cycle but a timer and its function, again and again?"""
    if not a.machine.softirqs:
        return False
    inside = set(part)
    movers = {a.paths.choices[c].actor for n in part for c, t in a.paths.next(n) if t in inside}
    own = {x.index for x in a.machine.softirqs}
    return bool(movers & own) and movers <= own | {-1}


def sleeps_when_idle(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("sleeps_when_idle")
    yield from a.faults(LOOPS)
    if a.machine.watched is None:
        return
    for n in a.paths.dead_ends:
        if not a.unborn(n) and unrest(a, n):
            yield Finding("dead", n, unrest(a, n))
    for f in a.graph.faults:
        if f.cause not in LOOPS and f.state[a.st] not in (5, 8):
            yield Finding("fault", f.source, "fault", a.paths.choices[f.entry].actor, f.entry, f.line, f.file)
    for part in a.fair_cycles():
        if only_timers(a, part):
            if unrest(a, part[0]):
                yield Finding("cycle", part[0], unrest(a, part[0]), part=tuple(part))
            continue
        kinds = {
            step_kind(a.machine, a.graph.states[n], a.paths.choices[c])
            for n in part
            for c, t in a.paths.next(n)
            if t in set(part)
        }
        cause = "storm" if "exec" in kinds else "polling" if "timer" in kinds else "busy_loop"
        yield Finding("cycle", part[0], cause, part=tuple(part))


def dies_cleanly(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("dies_cleanly")
    if a.kob is None:
        return
    states = a.graph.states
    for f in a.unanswered(a.kob, bool, "kob"):
        if states[f.state][a.st] == 8:
            continue
        yield Finding(**{**vars(f), "cause": "stays" if f.kind == "dead" else f.cause})


def no_leak(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("no_leak")
    yield from a.faults(LEAK_FAULTS)
    if a.machine.observes_leaks:
        for n in a.paths.dead_ends:
            if leaked(a.machine, a.graph.states[n]):
                yield Finding("dead", n, "lost")


def no_dangling(a: Analysis) -> Iterable[Finding]:
    yield from a.faults(MEMORY_FAULTS)


def exec_vector(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("exec_vector")
    yield from a.faults(OVERFULL)
    for f in a.faults((*MEMORY_FAULTS, *OOPSES)):
        if by_khelper(a, f) and f.cause not in OVERFULL:
            yield Finding(**{**vars(f), "cause": "unreadable"})


def by_khelper(a: Analysis, f: Finding) -> bool:
    """Was it khelper that found the fault, reading what it was given?"""
    return f.actor >= 0 and a.machine.actors[f.actor].kind == "khelper"


def large_ids(a: Analysis) -> Iterable[Finding]:
    for f in a.hits("large_ids"):
        yield Finding(**{**vars(f), "id": a.machine.actors[f.actor].report})


def survives_failure(a: Analysis) -> Iterable[Finding]:
    """Beside what is noticed at a call's return: behind a failure every call must come back, and the next event must
    get its helper."""
    yield from a.hits("survives_failure")
    met, pend = a.cell("obs.met.0"), a.cell("obs.pend.0")
    if met is None or pend is None:
        return
    calls = [x for x in a.machine.actors if runs_handler(x)]
    last = a.machine.ids.index(calls[-1].report)
    for f in a.unanswered(met, bool, "met"):
        s = next(
            (x.state for x in a.graph.faults if f.kind == "fault" and x.source == f.state), a.graph.states[f.state]
        )
        if any(under_way(a.machine, s, x) for x in calls):
            yield Finding(**{**vars(f), "cause": "never_returns" if f.kind == "dead" else f.cause})
        elif s[pend] >> last & 1:
            yield Finding(**{**vars(f), "cause": "next_lost"})


def under_way(machine, s: tuple, call) -> bool:
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
    for n in a.paths.dead_ends:
        for x in a.spinners(n):
            if a.machine.actors[x].is_frame:
                yield Finding("dead", n, "interrupt_deadlock", x)


def context_restored(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("context_restored")


def identity(a: Analysis) -> Iterable[Finding]:
    yield from a.hits("identity")


PROPERTIES: dict[str, Property] = {
    p.name: p
    for p in (
        Property("no_oops", "I0", "served", no_oops),
        Property("delivered", "I1", "report", delivered),
        Property("delivered_when_asleep", "I1a", "asleep_report", delivered_when_asleep),
        Property("no_stale_helper", "I2", "served", no_stale_helper),
        Property("never_sleeps_atomic", "I3", "served", never_sleeps_atomic),
        Property("locks_balanced", "I4", "served", locks_balanced),
        Property("sleeps_when_idle", "I5", "slept", sleeps_when_idle),
        Property("dies_cleanly", "I6", "kill", dies_cleanly),
        Property("no_leak", "I7", "served", no_leak),
        Property("exec_vector", "I8", "helper_called", exec_vector),
        Property("large_ids", "I8", "large", large_ids),
        Property("no_dangling", "I9", "served", no_dangling),
        Property("irq_safe", "I12", "served", irq_safe),
        Property("survives_failure", "I13", "helper_called", survives_failure),
        Property("context_restored", "I17", "context", context_restored),
        Property("identity", "I14", "slept", identity),
        Property("registration", "I15", "written", registration),
    )
}
"""All properties that a single exploration decides, by name.  ``survives_preemption`` (I11) compares three of them."""


def _named(properties: Iterable[Property | str]) -> list[Property]:
    """Properties, some of them by their names."""
    listed = [properties] if isinstance(properties, str) else list(properties)
    unknown = [p for p in listed if not isinstance(p, Property) and p not in list(PROPERTIES)]
    if unknown:
        raise InputError(f"there is no property {unknown[0]!r}; there are: {', '.join(PROPERTIES)}")
    return [PROPERTIES[p] if isinstance(p, str) else p for p in listed]


def explore(
    module,
    scenario,
    config: Config = Config(),  # noqa: B008  (frozen)
    properties: Iterable[Property | str] | None = None,
    max_states: int = DEFAULT_MAX_STATES,
    reduce: bool = True,
) -> Exploration:
    """Search every schedule of *module* in *scenario* on *config*.

    *properties*: names or `Property` values; None decides all of them.  *max_states* bounds the search: beyond it the
    result is not complete, and what has not failed is undecided.  *reduce* leaves out equivalent interleavings.  An
    error of the engine's own leaves everything undecided, and says so (`set_aside`).
    """
    world(module, scenario, config)
    chosen = PROPERTIES.values() if properties is None else _named(properties)
    try:
        return search_and_judge(module, scenario, config, chosen, max_states, reduce)
    except InputError:
        raise
    except Exception as error:
        return undecided(scenario, config, chosen, set_aside(error))
