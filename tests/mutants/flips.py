"""Every declared effect of every operation, turned round.

A flip is noticed if what the declarations say no longer fits the prototypes; if a small program around the call
(`probes`), one that claims something of it (`tests.oracle.test_who_can_tell`), or a random program that features it has
other verdicts, faults or ends under it than the unreduced search finds without it; or if a failure has another cause,
a run another story, or an access another race.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from kthreadlab import explore, replay
from kthreadlab.checks.races import NAME as RACES
from kthreadlab.compile.effects import (
    BottomHalves,
    Declares,
    Deed,
    Does,
    Effects,
    Fails,
    Form,
    Irqs,
    Links,
    Preemption,
    Serves,
    Sleeps,
    State,
    Takes,
    Waits,
    by_all,
    by_nobody,
)
from kthreadlab.compile.fresh import LOOKED_AT
from kthreadlab.compile.ops import OPERATIONS
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.kinds import OBJECT_KINDS
from kthreadlab.lang.profile import PROFILES
from kthreadlab.run.search import build
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import schedule_of
from tests.mutants.probes import probes
from tests.oracle.programs.compare import Found, Given, Runs, differences, reduced, unreduced
from tests.oracle.programs.generate import NAMES, program
from tests.oracle.test_what_commutes import CASES as COMMUTING
from tests.oracle.test_what_commutes import CONFIGS
from tests.oracle.test_who_can_tell import CASES as CLAIMS

LESS_KNOWN = "an analysis then knows less than is true, which can only cost states"
BOTH = "what it reads it writes, too, and whoever protects the write protects the read"
SAID = "another operation says so, too, and nobody asks which"
NAMED = "its operand has to be named, so no variable keeps it"
PLACED = "the call stands once for each object that it may be about, and who stands there leads to it"
BEHIND = "nothing comes behind it"
OFF = "they are off then"
KHELPER = "khelper's own program declares no state, takes no lock and waits for no memory"
BETWEEN = "between two items a worker holds no lock and is in TASK_RUNNING"
STANDS = "a worker that has let go of an item stands before the next one at once or a step later: nobody can tell which"
ALWAYS_FIRST = "it comes first, or after work_done(), which gives up the CPU: such a choice is never left out"
STOPS = "the step itself ends the path"
ENABLES = "it only lets others do more: who comes between it and the step before it comes as well before both"
FAULT = "it is a fault, and then nothing is left out"
QUEUE = (
    "nobody but khelper looks at its queue: what comes between taking a request and executing it comes as well before"
)
SERVED = (
    "nobody but who serves takes a request away: one that may move somewhere on a cycle may all round, if it never does"
)
LOCAL = "what is local to a function is neither a constant nor protected by a lock"
GONE = (
    "who uses it just before it is gone uses it just afterwards as well: that is a fault, and then nothing is left out"
)
TOLD = "only where one mutex serialises kthread_stop() is the end of who leaves not told"
ANYHOW = "where a kernel has it, the file is there anyhow"
FIRST = "what comes first is never left out, and begins in TASK_RUNNING"
LATER = "a signal that comes just before it may come just after it as well"
LOOKS_ITSELF = "what uses such an object looks by itself whether anything has made it"
FOLLOWS = {"tasklet_unclaim": "tasklet_claim"}
"""Operations that a macro makes only behind another, with nothing between that changes the context or the state."""
ASKED = "the one that always comes before it has asked already"
RUNS = "the one that always comes before it has left TASK_RUNNING"
UNSEEN = {
    "kthread_unpark": ENABLES, "call_rcu": ENABLES,
    "register_sysctl": ENABLES, "register_sysctl_table": ANYHOW, "set_freezable": ENABLES, "allow_signal": LATER,
    "put_task_struct": GONE, "kfree": GONE, "init_wait": GONE, "BUG": FAULT, "astray": FAULT, "enter": FIRST,
    "take_request": QUEUE, "exec_request": QUEUE, "take_work": ALWAYS_FIRST,
    "enable_irq": ENABLES, "tasklet_unclaim": ENABLES,
}  # fmt: skip
"""Why nobody misses a choice before these calls."""
NEVER_OVER = {"pause": "without handlers nobody comes back from it: who hears a signal ends, or begins it anew"}
"""Why nothing comes after these calls, though the path goes on."""
OF_WORKERS = ("take_work", "work_argument")
"""What a worker does before the function of an item."""
ONLY_SAYS = {"flush_workqueue": "back from its sleep it only says which queue that was"}
"""Why these calls need none of their operands when they come back from sleep."""
ENABLING = (Irqs.ON, Irqs.RESTORE, Preemption(-1), BottomHalves(-1))
"""Changes of the context after which others may do all that they could before, and more."""
INITIALISERS = ("new_object", "new_list")
"""What gives a local variable its first value."""
PLACES = {
    "take_request": "call_usermodehelper", "exec_request": "call_usermodehelper",
    "complete_request": "call_usermodehelper", "new_entry": "prepare_to_wait", "timer_declare": "mod_timer",
    "vsnprintf": "kasprintf", "list_step": "list_entry", "kref_drop": "kref_put",
    "irq_remove": "free_irq",
    "tasklet_declare": "tasklet_schedule", "tasklet_claim": "tasklet_kill", "tasklet_unclaim": "tasklet_kill",
    "work_declare": "schedule_work",
    "take_work": "schedule_work", "work_argument": "schedule_work", "work_done": "flush_scheduled_work",
}  # fmt: skip
"""For operations that are no calls, one whose programs have them."""
PROGRAMS = 24
"""So many programs that feature a call are tried before a flip of it counts as a survivor."""
COMMON = 60
"""So many of the first programs are tried for an operation that is no call."""


@dataclass(frozen=True)
class Flip:
    """The effects of the operation *name* with one of its *kind* turned round, and *what* that is.  *safe*: why nothing
    could come of it, or ""."""

    name: str
    kind: str
    what: str
    effects: Effects
    safe: str = ""


def flips(name: str) -> Iterator[Flip]:
    """All flips of one operation."""
    x = OPERATIONS[name].effects
    yield _sleeps(name, x)
    yield _state(name, x)
    yield from _context(name, x)
    if x.reads:
        safe = BOTH if set(x.reads) <= set(x.writes) else ""
        yield Flip(name, "reads", f"reads {x.reads} hidden", replace(x, reads=()), safe)
    if x.writes:
        safe = LOCAL if name in INITIALISERS else ""
        yield Flip(name, "writes", f"writes {x.writes} hidden", replace(x, writes=()), safe)
    yield from _does(name, x)
    if x.seen is by_nobody:
        yield Flip(name, "seen", "seen by all", replace(x, seen=by_all), LESS_KNOWN)
    else:
        yield Flip(name, "seen", "seen by nobody", replace(x, seen=by_nobody), _unseen(name, x))


def _context(name: str, x: Effects) -> Iterator[Flip]:
    """One change of the context less, or interrupts off where they are not."""
    for n, change in enumerate(x.context):
        less = (*x.context[:n], *x.context[n + 1 :])
        yield Flip(name, "context", f"without {change}", replace(x, context=less))
    off = OFF if _switches_off(x) else _nothing_behind(name, x)
    yield Flip(name, "context", "interrupts off afterwards", replace(x, context=(*x.context, Irqs.OFF)), off)


def _does(name: str, x: Effects) -> Iterator[Flip]:
    """One deed less, or an end where there is none."""
    for n, deed in enumerate(x.does):
        said = f"{type(deed).__name__}({deed.operand})" if isinstance(deed, Links) else deed
        less = (*x.does[:n], *x.does[n + 1 :])
        yield Flip(name, "does", f"without {said}", replace(x, does=less), _hidden(name, deed))
    if Does.ENDS not in x.does:
        yield Flip(name, "does", "ends the path", replace(x, does=(*x.does, Does.ENDS)), NEVER_OVER.get(name, ""))


def _switches_off(x: Effects) -> bool:
    """Are interrupts off after the operation anyhow?"""
    return bool({Irqs.OFF, Irqs.SAVE} & set(x.context)) or any(
        change.form in (Form.IRQ, Form.SAVE) for change in x.changes(Takes)
    )


def _nothing_behind(name: str, x: Effects) -> str:
    """Why it does not matter what holds after the operation."""
    if name == "enter":
        return FIRST
    return BEHIND if x.ends else KHELPER if Does.OWN in x.does and name not in OF_WORKERS else ""


def _hidden(name: str, deed: Deed) -> str:
    """Why nobody could miss this deed."""
    others = (x.effects.does for x in OPERATIONS.values() if x.name != name)
    if isinstance(deed, Fails) and any(deed in does for does in others):
        return SAID
    if deed is Does.ENDS:
        return STOPS
    if deed is Does.LEAVES and not any(p.stop_lock for p in PROFILES.values() if name not in p.missing):
        return TOLD
    if isinstance(deed, Serves):
        return SERVED
    if deed is Does.OWN and name in OF_WORKERS:
        return STANDS
    kinds = {OBJECT_KINDS.get(kind, "") for kind in CALLS[name].params[:1]} if name in CALLS else set()
    if deed is Does.INITIALISES and kinds & LOOKED_AT:
        return LOOKS_ITSELF
    return _kept(name) if deed is Does.LOOKS_AGAIN and name in CALLS else ""


def _kept(name: str) -> str:
    """Why no variable has to live on while that call sleeps."""
    params = set(CALLS[name].params)
    if params <= {"mutex", "semaphore", "rw_semaphore"}:
        return NAMED
    if params <= {"work", "delayed_work"}:
        return PLACED
    return ONLY_SAYS.get(name, "")


def _unseen(name: str, x: Effects) -> str:
    """Why nobody misses a choice before this operation."""
    if x.context and all(change in ENABLING for change in x.context):
        return ENABLES
    return UNSEEN.get(name, "")


def _sleeps(name: str, x: Effects) -> Flip:
    """It sleeps where it does not, or does not where it does."""
    to = Sleeps.ASKS if x.sleeps is Sleeps.NEVER else Sleeps.NEVER
    own = BETWEEN if name in OF_WORKERS else KHELPER
    helps = own if Does.OWN in x.does and to is Sleeps.ASKS else ""
    if to is Sleeps.ASKS and name in FOLLOWS and OPERATIONS[FOLLOWS[name]].effects.sleeps is not Sleeps.NEVER:
        helps = ASKED
    return Flip(name, "sleeps", f"sleeps: {to.value}", replace(x, sleeps=to), helps)


def _state(name: str, x: Effects) -> Flip:
    """It leaves another declared state."""
    if x.state is State.RUNNING:
        return Flip(name, "state", "keeps the declared state", replace(x, state=State.KEPT), LESS_KNOWN)
    if isinstance(x.state, Declares):
        return Flip(name, "state", "declares no state", replace(x, state=State.KEPT))
    runs = name in FOLLOWS and OPERATIONS[FOLLOWS[name]].effects.state is State.RUNNING
    safe = RUNS if runs else BETWEEN if name in OF_WORKERS else _nothing_behind(name, x)
    return Flip(name, "state", "leaves TASK_RUNNING", replace(x, state=State.RUNNING), safe)


@contextmanager
def flipped(flip: Flip) -> Iterator[None]:
    """The engine with this effect turned round."""
    right = OPERATIONS[flip.name]
    OPERATIONS[flip.name] = replace(right, effects=flip.effects)
    try:
        yield
    finally:
        OPERATIONS[flip.name] = right


@cache
def truth(seed: int) -> Found:
    """What there is to find in a program."""
    return unreduced(program(seed))


@cache
def claims() -> tuple[tuple[str, Given, frozenset[str]], ...]:
    """The programs that are written down as claims: what is claimed, the program, the operations in it."""
    cases = {**COMMUTING, **CLAIMS}
    given = [(claim, case.given(CONFIGS[where])) for claim, case in cases.items() for where in case.where.split()]
    return tuple((f"claim: {claim}", p, _operations(p)) for claim, p in given)


def _operations(p: Given) -> frozenset[str]:
    machine = build(p.module, p.scenario, p.config)
    return frozenset(i.op for a in machine.actors for i in a.code if i.kind == "op")


def near(name: str) -> tuple[Given, ...]:
    """The probes of a call, or of one that goes with an operation that is none."""
    return probes(name) or probes(PLACES.get(name, name))


@cache
def around(name: str) -> tuple[tuple[str, Given], ...]:
    """What could notice a flip: the probes of a call, then the claims about it."""
    said = [(claim, p) for claim, p, operations in claims() if name in operations]
    return (*((f"probe: {p.scenario.name}", p) for p in near(name)), *said)


@cache
def whole(name: str) -> tuple[Found, ...]:
    """What there is to find in the programs around a call."""
    return tuple(unreduced(p) for _, p in around(name))


def seeds(name: str) -> list[int]:
    """Programs that feature a call; for other operations the first ones of all."""
    name = PLACES.get(name, name)
    if name in NAMES:
        return [NAMES.index(name) + n * len(NAMES) for n in range(PROGRAMS)]
    return list(range(COMMON))


def noticed(flip: Flip) -> str:
    """Who notices the flip; "" if nobody does."""
    if misfit(flip):
        return "declarations"
    for (what, given), sure in zip(around(flip.name), whole(flip.name), strict=True):
        if who := different(flip, given, sure):
            return f"{what}: {who}"
    if (who := told(flip)) or flip.safe:
        return who
    for seed in seeds(flip.name):
        if who := different(flip, program(seed), truth(seed)):
            return f"seed {seed}: {who}"
    return ""


def told(flip: Flip) -> str:
    """Who has another cause for a failure, another story of a run, or other races; "" if nobody does."""
    right = [tell(flip.name) for tell in TOLD_BY]
    with flipped(flip):
        try:
            wrong = [tell.__wrapped__(flip.name) for tell in TOLD_BY]
        except Exception as error:
            return f"stories: {type(error).__name__}"
    return next((tell.__name__ for tell, a, b in zip(TOLD_BY, right, wrong, strict=True) if a != b), "")


@cache
def failing(name: str) -> tuple[Given, ...]:
    """The probes of a call, and, where one waits in it, the claims of it that something fails, each on one machine."""
    if not any(OPERATIONS[name].effects.made(Waits)):
        return near(name)
    cases = {f"claim: {claim}": case for claim, case in {**COMMUTING, **CLAIMS}.items()}
    said = {claim: p for claim, p, operations in claims() if name in operations and cases[claim].fails}
    return (*near(name), *said.values())


@cache
def causes(name: str) -> list[dict[str, str]]:
    """The causes of what fails or follows around a call."""
    found = (explore(p.module, p.scenario, p.config) for p in failing(name))
    return [{n: v.cause for n, v in x.verdicts.items() if v.cause} for x in found]


@cache
def stories(name: str) -> list[tuple[object, ...]]:
    """One run of each: its log, the sentences of its steps, and what everybody waits for in the end."""
    out: list[tuple[object, ...]] = []
    for p in failing(name):
        prefer = tuple(sorted(x.name for x in p.scenario.calls))
        for config in (p.config, replace(p.config, preempt=True)):
            steps = schedule_of(p.module, p.scenario, config, (*prefer, "irq/*"))
            trace = replay(p.module, p.scenario, config, " ".join(steps))
            waits = [(x.name, x.waiting_for) for x in trace.views[-1].tasks]
            out.append((trace.log, [narrate(e) for e in trace.events], waits))
    return out


@cache
def races(name: str) -> list[bool | None]:
    """Is there a data race in those probes that have one access of somebody else?"""
    raced = (p for p in near(name) if p.scenario.name == "race")
    return [explore(p.module, p.scenario, p.config, [RACES]).verdicts[RACES].holds for p in raced]


TOLD_BY = (causes, stories, races)


def different(flip: Flip, p: Runs, sure: Found) -> str:
    """Where the flip makes a difference to a program, in a word; "" if nowhere."""
    with flipped(flip):
        try:
            found = differences(reduced(p), sure)
        except Exception as error:  # the engine cannot even build it
            return type(error).__name__
    return found[0].partition(":")[0] if found else ""


def misfit(flip: Flip) -> bool:
    """Do the effects contradict the call's prototype and its page?"""
    call = CALLS.get(flip.name)
    if call is None:
        return False
    x = flip.effects
    if isinstance(x.sleeps, Sleeps) and (x.sleeps is not Sleeps.NEVER) != call.sleeps:
        return True
    if (x.saves or x.restores) != ("flags" in call.params):
        return True
    hidden = [
        n for n, kind in enumerate(call.params) if kind in ("text", "str", "word") and n not in (*x.reads, *x.writes)
    ]
    return bool(hidden) or any(kind == "text" and n not in x.writes for n, kind in enumerate(call.params))
