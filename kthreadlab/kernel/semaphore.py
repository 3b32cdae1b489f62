"""lib/semaphore-sleepers.c, include/asm/semaphore.h: semaphores.

A semaphore's cell is ``(count, waiters)``.  In 2.6.11 up() does not hand it to the longest waiter but wakes it: who
comes in between is faster.  Since 2.6.26 up() hands it over: the waiter leaves the line, and finds that it has been
given it, whatever has become of the semaphore; such a task *n* is ``~n`` among the waiters.

A semaphore that begins with 1, whoever initialises it, and that nobody gives back who does not also take it, is used
as a mutex: then who holds it is in the ledger of the context, as for a mutex.
"""

from __future__ import annotations

from dataclasses import replace

from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.context import Held
from kthreadlab.compile.effects import Counts, Does, Gives, Owns, Sleeps, State, Waits, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branch, Branches, at_once, effects_of, operation
from kthreadlab.compile.plan import Sharing
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh, initial_count
from kthreadlab.compile.values import Obj
from kthreadlab.lang.errno import ETIME
from kthreadlab.lang.outcome import Outcome

from .blocking import MOST, Lock, fall_out, returns, sleep_on, tell_line
from .sched import MAX_TIMEOUT
from .spinlock import another, wrong_one
from .telling import Happened, Told
from .wakeup import D, S

SIZES["semaphore"] = 32


@fresh("semaphore")
def fresh_semaphore(statics: Statics, decl: Declared) -> Fresh:
    """So many may have it; none where nothing has initialised it."""
    if decl.make == "semaphore":
        return Fresh(None, False)
    return Fresh((initial_count(decl, int(decl.make != "DECLARE_MUTEX_LOCKED")), ()))


def of_kind(m: Sharing, kind: str) -> list[Obj]:
    """The objects of one kind."""
    return [o for o in m.all_objects() if getattr(o.type, "kind", "") == kind]


def find_mutexes(m: Sharing) -> set[str]:
    """The mutexes, the rw_semaphores, and the semaphores that are used as mutexes, by key."""
    takers: dict[str, set[int]] = {}
    givers: dict[str, set[int]] = {}
    declared = {o.key: {"1" if o.init == (1, ()) else "0"} for o in of_kind(m, "semaphore")}
    given: dict[str, set[str]] = {}
    for a in m.actors if declared else ():
        for i in a.code:
            for x in effects_of(i.op).context if i.kind == "op" else ():
                if isinstance(x, Owns):
                    takers.setdefault(i.named.key, set()).add(a.index)
                elif isinstance(x, Gives):
                    givers.setdefault(i.named.key, set()).add(a.index)
                elif isinstance(x, Counts):
                    given.setdefault(i.named.key, set()).add(first_count(i))
    one = {key for key in declared if (given.get(key) or declared[key]) == {"1"}}
    used = {key for key, users in takers.items() if key in one and givers.get(key, set()) <= users}
    return used | {o.key for kind in ("mutex", "rw_semaphore") for o in of_kind(m, kind)}


def holds(g: Gen, key: str) -> bool:
    """Does the caller hold this semaphore or mutex?"""
    return any(h.lock == key for h in g.ctx.owned)


def enter(g: Gen, i: Instr) -> None:
    """The call *i* has taken what it is for: if it makes the caller its owner, that goes into the ledger."""
    key = i.named.key
    if key in g.m.as_mutex and any(effects_of(i.op).changes(Owns)) and not holds(g, key):
        g.ctx = g.ctx._replace(owned=(*g.ctx.owned, Held(key, "m", "plain")))


def leave(g: Gen, i: Instr) -> None:
    """The call *i* gives it back; what the caller does not hold it cannot give."""
    key = i.named.key
    if key not in g.m.as_mutex or not any(effects_of(i.op).changes(Gives)):
        return
    if not holds(g, key):
        g.m.hooks.misused(g, "not_held")
    g.ctx = g.ctx._replace(owned=tuple(h for h in g.ctx.owned if h.lock != key))


def gives_another(g: Gen, i: Instr) -> bool:
    """Does the call *i* give back one of many, and the caller has another?"""
    obj = i.named
    return obj.key in g.m.as_mutex and not holds(g, obj.key) and another(obj, g.ctx.owned)


def first_count(i: Instr) -> str:
    """The count that an initialiser gives, as source."""
    count = next(effects_of(i.op).changes(Counts)).count
    if count is None:
        count = i.args[1].const
    return str(count) if count is not None else ""


@at_once("sema_init", context=(Counts(None),), does=(Does.INITIALISES,), seen=by_all)
@at_once("init_MUTEX", context=(Counts(1),), does=(Does.INITIALISES,), seen=by_all)
@at_once("init_MUTEX_LOCKED", context=(Counts(0),), does=(Does.INITIALISES,), seen=by_all)
def sema_init(g: Gen, i: Instr) -> None:
    """Differs from Linux: who waits for it already is forgotten, and sleeps for ever; who was given it has it."""
    g.copy()
    obj = i.named
    count = first_count(i) or g.src(i.args[1])
    before = f"c[@{obj.key}@]" if obj.initialised else f"(c[@{obj.key}@] or (0, ()))"
    given = f"_given({before}[1])" if g.m.config.kernel.up_hands_over else "()"
    g(f"c[@!{obj.key}@] = (min({count}, {MOST}), {given})")
    g.event(g.m.constants.ref(obj.name), *((count,) if i.op == "sema_init" else ()))


def lock(g: Gen, i: Instr) -> Lock:
    """The semaphore of a call, and how it is taken.  Who has waited for it lets the next one look, if there is more."""
    obj = i.named
    cell, hands_over = f"c[@{obj.key}@]", g.m.config.kernel.up_hands_over
    mine = ~g.a.index

    def take(in_line: bool) -> None:
        if in_line and hands_over:
            g(f"{stored(cell)} = ({cell}[0], tuple(a for a in {cell}[1] if a != {mine}))")
        elif in_line:
            leave_line(f"{cell}[0] - 1")
        else:
            g(f"{stored(cell)} = ({cell}[0] - 1, {cell}[1])")
        enter(g, i)

    def leave_line(count: str) -> None:
        fall_out(g, cell, count)
        if not hands_over:
            g(f"if {cell}[0] > 0: _rouse(c, {cell}[1])")

    state = S if i.op == "down_interruptible" else D
    name = g.m.constants.ref(obj.name)
    free, given = f"{cell}[0] > 0", f"{mine} in {cell}[1]" if hands_over else ""
    return Lock(cell, name, free, take, lambda: leave_line(f"{cell}[0]"), state, not hands_over, given)


def resume_down(g: Gen, i: Instr) -> Branches:
    """Woken: look again."""
    g.copy()
    return lock(g, i).look_again(g, signals_first=not g.m.config.kernel.up_hands_over)


@operation(
    "down",
    "down_interruptible",
    resume=resume_down,
    describe=tell_line,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(Owns(),),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Waits("semaphore")),
    seen=by_all,
)
def down(g: Gen, i: Instr) -> Branches:
    """Take one, or sleep in line until there is one.  Whoever would sleep for one that he has himself waits for
    himself; nothing but that makes a second down() wrong, since nobody owns a semaphore."""
    g.copy()
    *others, (free, sleep) = lock(g, i).look(g)

    def wait() -> str | None:
        if holds(g, i.named.key):
            g.m.hooks.misused(g, "recursive")
        return sleep()

    return [*others, (free, wait)]


def tell_down_timeout(x: Happened) -> Told:
    """As of down(), and whether the time was up."""
    return Told(x.args, Outcome.EXPIRED) if x.result == -ETIME else replace(tell_line(x), outcome=told_without_timer(x))


def told_without_timer(x: Happened) -> Outcome:
    """The outcome; a 0 says that it was taken."""
    outcome = tell_line(x).outcome
    return Outcome.ANY if outcome is Outcome.EXPIRED else outcome


def resume_down_timeout(g: Gen, i: Instr) -> Branches:
    """It has been given to the caller, or the time is up."""
    g.copy()
    semaphore, tmo = lock(g, i), f"c[{g.cell('tmo')}]"

    def take() -> None:
        semaphore.take(True)
        g(f"{stored(tmo)} = 0")
        returns(g, semaphore.name, "0")

    def give_up() -> None:
        semaphore.pass_by()
        g(f"{stored(tmo)} = 0")
        returns(g, semaphore.name, str(-ETIME))

    return [
        (semaphore.given, take),
        (f"{tmo} == 2", give_up),
        (None, lambda: sleep_on(g, semaphore.name, semaphore.state)),
    ]


@operation(
    "down_timeout",
    resume=resume_down_timeout,
    describe=tell_down_timeout,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(Owns(),),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Does.TIMED, Waits("semaphore")),
    seen=by_all,
)
def down_timeout(g: Gen, i: Instr) -> Branches:
    """down() with a timer, as schedule_timeout() has it."""
    g.copy()
    semaphore = lock(g, i)
    g(f"t = {g.src(i.args[1])}")
    *taken, (_, wait) = semaphore.look(g)

    def sleep() -> str | None:
        refused = wait()
        if not refused:
            g(f"{g.to('tmo')} = 3 if t == {g.m.constants.ref(MAX_TIMEOUT)} else 1")
        return refused

    over: Branch = ("t <= 0", lambda: returns(g, semaphore.name, str(-ETIME), at_once=True))
    return [*taken, over, (None, sleep)]


@at_once("down_trylock", context=(Owns(),), does=(), seen=by_all)
def down_trylock(g: Gen, i: Instr) -> Branches:
    """0 if taken, 1 if not: not what a trylock of a spin lock says."""
    g.copy()
    semaphore = lock(g, i)

    def take() -> None:
        semaphore.take(False)
        returns(g, semaphore.name, "0")

    return [(semaphore.free, take), (None, lambda: returns(g, semaphore.name, "1"))]


@at_once("up", describe=tell_line, context=(Gives(),), does=(), seen=by_all)
def up(g: Gen, i: Instr) -> Branches:
    """One more, and the longest waiter is woken; or he is given it."""
    g.copy()
    if gives_another(g, i):
        return [(None, lambda: wrong_one(g))]
    obj = i.named
    g(f"n, w = c[@{obj.key}@]")
    if g.m.config.kernel.up_hands_over:
        g("x, w = _handed(w)")
        g(f"c[@!{obj.key}@] = (n + (x < 0 and n < {MOST}), w)")
        g("if x >= 0: _rouse(c, (x,))")
    else:
        g(f"c[@!{obj.key}@] = (n + (n < {MOST}), w)")
        g("_rouse(c, w)")
    leave(g, i)
    g.event(g.m.constants.ref(obj.name))
    return None
