"""Every declared effect of every operation, turned round.

A flip is noticed if what the declarations say no longer fits the prototypes; if a small program around the call
(`probes`), or a random program that features it, has other verdicts, faults or ends under it than the unreduced search
finds without it; or if a failure has another cause, or a run another story.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from kthreadlab import explore, replay
from kthreadlab.compile.effects import (
    Declares,
    Deed,
    Does,
    Effects,
    Fails,
    Form,
    Gives,
    Irqs,
    Owns,
    Sleeps,
    State,
    Takes,
    by_all,
    by_nobody,
)
from kthreadlab.compile.ops import OPERATIONS
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.profile import PROFILES
from kthreadlab.machine.actors import PRIVATE
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import schedule_of
from tests.mutants.probes import probes
from tests.oracle.programs.compare import Found, Given, Runs, differences, reduced, unreduced
from tests.oracle.programs.generate import NAMES, program

LESS_KNOWN = "an analysis then knows less than is true, which can only cost states"
BOTH = "what it reads it writes, too, and whoever protects the write protects the read"
SAID = "another operation says so, too, and nobody asks which"
NAMED = "its operand has to be named, so no variable keeps it"
BEHIND = "nothing comes behind it"
OFF = "they are off then"
KHELPER = "khelper's own program declares no state, takes no lock and waits for no memory"
STOPS = "the step itself ends the path"
UNHELD = "only of semaphores it is asked who takes and gives them: a mutex is one by its kind"
ENABLES = "it only lets others do more: who comes between it and the step before it comes as well before both"
FATAL = "only a use after the end of a thread tells, which is a fault, and then nothing is left out"
FAULT = "it is a fault, and then nothing is left out"
QUEUE = (
    "nobody but khelper looks at its queue: what comes between taking a request and executing it comes as well before"
)
LOCAL = "what is local to a function is neither a constant nor protected by a lock"
FATAL_USE = "only a use before it is ready, or after it is gone, tells, which is a fault, and then nothing is left out"
TOLD = "only where one mutex serialises kthread_stop() is the end of who leaves not told"
LOG = "no program reads what it writes"
FIRST = "what comes first is never left out, and begins in TASK_RUNNING"
OUTSIDE = "who sends a signal, or suspends, is outside, and may do so as well before the step before it"
UNSEEN = {
    "might_sleep": "it changes nothing", "kthread_bind": "it changes nothing", "kernel_thread": ENABLES,
    "register_sysctl": ENABLES, "register_sysctl_table": ENABLES, "set_freezable": ENABLES, "get_task_struct": FATAL,
    "put_task_struct": FATAL, "signal_pending": OUTSIDE, "disallow_signal": OUTSIDE, "daemonize": OUTSIDE,
    "allow_signal": OUTSIDE, "flush_signals": OUTSIDE, "freezing": OUTSIDE, "printk": LOG, "vsnprintf": LOG,
    "kfree": FATAL_USE, "ksize": FATAL_USE, "init_timer": FATAL_USE, "setup_timer": FATAL_USE,
    "timer_setup": FATAL_USE, "timer_field": FATAL_USE, "add_timer": ENABLES, "enter": FIRST,
    "take_request": QUEUE, "exec_request": QUEUE, "BUG": FAULT,
}  # fmt: skip
"""Why nobody misses a choice before these calls."""
INITIALISERS = ("new_object", "new_list")
"""What gives a local variable its first value."""
PLACES = {
    "take_request": "call_usermodehelper", "exec_request": "call_usermodehelper",
    "complete_request": "call_usermodehelper", "new_entry": "prepare_to_wait", "timer_declare": "mod_timer",
    "timer_field": "init_timer", "vsnprintf": "kasprintf", "list_step": "list_entry", "list_first": "list_entry",
}  # fmt: skip
"""For operations that are no calls, one whose programs have them."""
PROGRAMS = 24
"""So many programs that feature a call are tried before a flip of it counts as a survivor."""
COMMON = 60
"""So many of the first programs are tried for an operation that is no call."""


@dataclass(frozen=True)
class Flip:
    """The effects of the operation *name* with one of them turned round, and *what* that is.  *safe*: why nothing could
    come of it, or ""."""

    name: str
    what: str
    effects: Effects
    safe: str = ""


def flips(name: str) -> Iterator[Flip]:
    """All flips of one operation."""
    x = OPERATIONS[name].effects
    yield from _sleeps(name, x)
    yield from _state(name, x)
    for n, change in enumerate(x.context):
        unheld = UNHELD if isinstance(change, Owns | Gives) and "mutex" in CALLS[name].params else ""
        yield Flip(name, f"without {change}", replace(x, context=(*x.context[:n], *x.context[n + 1 :])), unheld)
    off = OFF if _switches_off(x) else _nothing_behind(name, x)
    yield Flip(name, "interrupts off afterwards", replace(x, context=(*x.context, Irqs.OFF)), off)
    if x.reads:
        yield Flip(name, f"reads {x.reads} hidden", replace(x, reads=()), BOTH if set(x.reads) <= set(x.writes) else "")
    if x.writes:
        yield Flip(name, f"writes {x.writes} hidden", replace(x, writes=()), LOCAL if name in INITIALISERS else "")
    for n, deed in enumerate(x.does):
        yield Flip(name, f"without {deed}", replace(x, does=(*x.does[:n], *x.does[n + 1 :])), _hidden(name, deed))
    if Does.ENDS not in x.does:
        yield Flip(name, "ends the path", replace(x, does=(*x.does, Does.ENDS)))
    if x.seen is by_nobody:
        yield Flip(name, "seen by all", replace(x, seen=by_all), LESS_KNOWN)
    else:
        yield Flip(name, "seen by nobody", replace(x, seen=by_nobody), UNSEEN.get(name, ""))


def _switches_off(x: Effects) -> bool:
    """Are interrupts off after the operation anyhow?"""
    return bool({Irqs.OFF, Irqs.SAVE} & set(x.context)) or any(
        change.form in (Form.IRQ, Form.SAVE) for change in x.changes(Takes)
    )


def _nothing_behind(name: str, x: Effects) -> str:
    """Why it does not matter what holds after the operation."""
    if name == "enter":
        return FIRST
    return BEHIND if x.ends else KHELPER if name in PRIVATE else ""


def _hidden(name: str, deed: Deed) -> str:
    """Why nobody could miss this deed."""
    others = (x.effects.does for x in OPERATIONS.values() if x.name != name)
    if isinstance(deed, Fails) and any(deed in does for does in others):
        return SAID
    if deed is Does.ENDS:
        return STOPS
    if deed is Does.LEAVES and not any(p.stop_lock for p in PROFILES.values() if name not in p.missing):
        return TOLD
    if deed is Does.DAEMONISES:
        return OUTSIDE
    named = name in CALLS and set(CALLS[name].params) <= {"mutex", "semaphore"}
    return NAMED if deed is Does.LOOKS_AGAIN and named else ""


def _sleeps(name: str, x: Effects) -> Iterator[Flip]:
    """It sleeps where it does not, or does not where it does."""
    to = Sleeps.ASKS if x.sleeps is Sleeps.NEVER else Sleeps.NEVER
    helps = KHELPER if name in PRIVATE and to is Sleeps.ASKS else ""
    yield Flip(name, f"sleeps: {to.value}", replace(x, sleeps=to), helps)


def _state(name: str, x: Effects) -> Iterator[Flip]:
    """It leaves another declared state."""
    if x.state is State.RUNNING:
        yield Flip(name, "keeps the declared state", replace(x, state=State.KEPT), LESS_KNOWN)
    elif isinstance(x.state, Declares):
        yield Flip(name, "declares no state", replace(x, state=State.KEPT))
    else:
        yield Flip(name, "leaves TASK_RUNNING", replace(x, state=State.RUNNING), _nothing_behind(name, x))


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


def around(name: str) -> tuple[Given, ...]:
    """The probes of a call, or of one that goes with an operation that is none."""
    return probes(name) or probes(PLACES.get(name, name))


@cache
def whole(name: str) -> tuple[Found, ...]:
    """What there is to find in the probes of a call."""
    return tuple(map(unreduced, around(name)))


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
    for given, sure in zip(around(flip.name), whole(flip.name), strict=True):
        if who := different(flip, given, sure):
            return f"probe {given.scenario.name}: {who}"
    if (who := told(flip)) or flip.safe:
        return who
    for seed in seeds(flip.name):
        if who := different(flip, program(seed), truth(seed)):
            return f"seed {seed}: {who}"
    return ""


def told(flip: Flip) -> str:
    """Who has another cause for a failure, or another story of a run; "" if nobody does."""
    right = causes(flip.name), stories(flip.name)
    with flipped(flip):
        try:
            wrong = causes.__wrapped__(flip.name), stories.__wrapped__(flip.name)
        except Exception as error:
            return f"stories: {type(error).__name__}"
    return next((who for who, a, b in zip(("causes", "stories"), right, wrong, strict=True) if a != b), "")


@cache
def causes(name: str) -> list[dict[str, str]]:
    """The causes of what fails or follows in the probes of a call."""
    found = (explore(p.module, p.scenario, p.config) for p in around(name))
    return [{n: v.cause for n, v in x.verdicts.items() if v.cause} for x in found]


@cache
def stories(name: str) -> list[tuple[object, ...]]:
    """One run of each probe: its log, and the sentences of its steps."""
    out: list[tuple[object, ...]] = []
    for p in around(name):
        prefer = tuple(sorted(x.name for x in p.scenario.calls))
        for config in (p.config, replace(p.config, preempt=True)):
            steps = schedule_of(p.module, p.scenario, config, (*prefer, "irq/*"))
            trace = replay(p.module, p.scenario, config, " ".join(steps))
            out.append((trace.log, [narrate(e) for e in trace.events]))
    return out


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
