"""kernel/mutex.c: mutexes.

A mutex's cell is ``(owner, waiters)``: 0, or the number of the task that has it plus 1.  Which mutexes a task holds is
known at each node when the machine is built (``owned`` of `context.Context`), as for spinning locks; but a task may
sleep with a mutex held.  Giving it back wakes the longest waiter, and who comes in between is faster.
"""

from __future__ import annotations

from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Gives, Owns, Sleeps, State, Waits, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branches, at_once, operation
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh

from .blocking import Lock, fall_out, returns, tell_line
from .semaphore import enter, gives_another, holds, leave
from .spinlock import wrong_one
from .wakeup import D, S

SIZES["mutex"] = 32


@fresh("mutex")
def fresh_mutex(statics: Statics, decl: Declared) -> Fresh:
    """A free mutex; nothing where nothing has initialised it."""
    ready = decl.make != "mutex"
    return Fresh((0, ()) if ready else None, ready)


def warn_in_interrupt(g: Gen) -> None:
    """A mutex belongs to a task, and in an interrupt there is none."""
    if g.a.is_frame:
        g.m.hooks.forbidden(g, "interrupt")


@at_once("mutex_init", context=(), does=(Does.INITIALISES,), seen=by_all)
def mutex_init(g: Gen, i: Instr) -> None:
    """Differs from Linux: who waits for it already is forgotten, and sleeps for ever."""
    g.copy()
    obj = i.named
    g(f"c[@!{obj.key}@] = (0, ())")
    g.event(g.m.constants.ref(obj.name))


def lock(g: Gen, i: Instr) -> Lock:
    """The mutex of a call, and how it is taken."""
    obj = i.named
    cell = f"c[@{obj.key}@]"

    def take(in_line: bool) -> None:
        if in_line:
            fall_out(g, cell, str(g.a.index + 1))
        else:
            g(f"{stored(cell)} = ({g.a.index + 1}, {cell}[1])")
        enter(g, i)

    def pass_by() -> None:
        fall_out(g, cell, f"{cell}[0]")

    state = S if i.op == "mutex_lock_interruptible" else D
    return Lock(cell, g.m.constants.ref(obj.name), f"not {cell}[0]", take, pass_by, state)


def resume_lock(g: Gen, i: Instr) -> Branches:
    """Woken: look again."""
    g.copy()
    return lock(g, i).look_again(g)


@operation(
    "mutex_lock",
    "mutex_lock_interruptible",
    resume=resume_lock,
    describe=tell_line,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(Owns(),),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Waits("mutex")),
    seen=by_all,
)
def mutex_lock(g: Gen, i: Instr) -> Branches:
    """Take it, or sleep in line until it is free.  Its own holder waits for ever."""
    g.copy()
    if holds(g, i.named.key):
        g.m.hooks.misused(g, "recursive")
    return lock(g, i).look(g)


@at_once("mutex_trylock", context=(Owns(),), does=(), seen=by_all)
def mutex_trylock(g: Gen, i: Instr) -> Branches:
    """1 if taken, as a trylock of a spin lock says."""
    warn_in_interrupt(g)
    g.copy()
    mutex = lock(g, i)

    def take() -> None:
        mutex.take(False)
        returns(g, mutex.name, "1")

    return [(mutex.free, take), (None, lambda: returns(g, mutex.name, "0"))]


@at_once("mutex_unlock", describe=tell_line, context=(Gives(),), does=(), seen=by_all)
def mutex_unlock(g: Gen, i: Instr) -> Branches:
    """Free, whoever held it, and the longest waiter is woken."""
    warn_in_interrupt(g)
    g.copy()
    if gives_another(g, i):
        return [(None, lambda: wrong_one(g))]
    obj = i.named
    g(f"w = c[@{obj.key}@][1]; c[@!{obj.key}@] = (0, w)")
    g("_rouse(c, w[:1])")
    leave(g, i)
    g.event(g.m.constants.ref(obj.name))
    return None


@at_once("mutex_is_locked", context=(), does=(), seen=by_all)
def mutex_is_locked(g: Gen, i: Instr) -> None:
    g.copy()
    obj = i.named
    g(f"r = 1 if c[@{obj.key}@][0] else 0")
    g.result("r")
    g.event(g.m.constants.ref(obj.name), result="r")
