"""kernel/fork.c, kernel/exit.c, kernel/signal.c: what processes of user space ask the kernel for.

A process is a list of system calls.  Before each, and instead of it, comes what a signal does on the way back to user
space, where threads of the kernel never are: it ends the process, or stops it (`STOPPED`, and, where somebody traces
it, `TRACED`).  A call that sleeps is begun anew afterwards.  In user space a process can always lose its CPU.

Differs from Linux: there are no handlers; a parent is not woken because a child has stopped; a tracer lets every signal
pass but SIGSTOP, and a process that ends is its parent's to wait for, traced or not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.context import Node
from kthreadlab.compile.effects import Does, Fails, Sleeps, State, Waits, by_all, by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branch, Branches, at_once, operation
from kthreadlab.lang.errno import EAGAIN, ECHILD
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_S, DEAD, STOPPED, TRACED

from . import family
from .exit import leave
from .lifetime import FORK
from .sched import fall_asleep
from .signals import SIGSTOP, is_traced, signals_to
from .telling import Happened, Told
from .wakeup import born

Tell = Callable[[Happened], Told]


def on_the_way_back(g: Gen, i: Instr) -> list[Branch]:
    """What a pending signal does to a process before it is back in user space."""
    coming = signals_to(g.m, g.a)
    fatal = sum(1 << n for n in coming if n != SIGSTOP)
    found = f"c[{g.cell('pend')}] & ~c[{g.cell('blk')}]"

    def die() -> str:
        g(f"sig = {found} & {fatal}")
        g("sig = (sig & -sig).bit_length() - 1")
        leave(g, i, "sig", killed=True)
        return "stop"

    ways: list[Branch] = [(f"{found} & {fatal}", die)] if fatal else []
    return [*ways, (f"{found} & {1 << SIGSTOP}", lambda: stand_still(g))] if SIGSTOP in coming else ways


def stand_still(g: Gen) -> str:
    """The process stops, and will begin its call anew."""
    g(f"{g.to('pend')} &= ~{1 << SIGSTOP}")
    traced = f"{TRACED} if c[{g.cell('trc')}] else {STOPPED}" if is_traced(g.m, g.a) else str(STOPPED)
    g(f"{g.to('st')} = {traced}")
    g.event(str(family.STANDS), f"c[{g.cell('st')}]")
    g.frees = True
    g.arrive(Node(g.a.index, g.at, 0, g.ctx))
    return "stop"


def sleep(g: Gen) -> None:
    """The process sleeps in S, inside its call."""
    fall_asleep(g, str(ASLEEP_S))
    g.event(str(family.OWN))


def go_back_to_sleep(g: Gen) -> str:
    """Woken for nothing."""
    g(f"{g.to('st')} = {ASLEEP_S}")
    g.event(str(family.OWN))
    g.m.cpus.give_up(g)
    g.done()
    return "stop"


# ---- how it is told -------------------------------------------------------------------------------------------------


def tell_stop(x: Happened) -> Told:
    """A signal, or a tracer, has stopped it."""
    return Told((), Outcome.TRACED if x.operands[1] == TRACED else Outcome.STOPPED, op="stopped")


OTHERWISE: dict[int, Tell] = {
    family.ENDS: family.tell_end,
    family.ORPHANED: family.tell_orphan,
    family.STANDS: tell_stop,
}


def told(describe: Tell) -> Tell:
    """A call of a process is told by *describe*, what comes instead of it by what it is."""

    def tell(x: Happened) -> Told:
        return OTHERWISE.get(x.operands[0], describe)(x)

    return tell


# ---- system calls ---------------------------------------------------------------------------------------------------


def tell_fork(x: Happened) -> Told:
    """Whom it forks, if it can."""
    return Told(x.tasks(x.operands[1:]), Outcome.ANY if x.result > 0 else Outcome.FAILS)


@operation(
    "fork",
    describe=told(tell_fork),
    sleeps=Sleeps.YIELDS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN, Fails(FORK)),
    seen=by_all,
)
def fork(g: Gen, i: Instr) -> Branches:
    """A child, which stands before its own first call."""
    g.copy()
    child = g.m.actors[i.info["child"]]

    def make() -> None:
        fails = g.m.world.can_fail(FORK)
        if fails:
            g(f"e = c[@arm.fork.0@]; c[@!arm.fork.0@] = 0; r = {-EAGAIN} if e else {child.pid}")
        with g.when("not e") if fails else nullcontext():
            bear(g, child)
        result = "r" if fails else str(child.pid)
        g.event(str(family.OWN), str(child.index), result=result)

    return [*on_the_way_back(g, i), (None, make)]


def bear(g: Gen, child: Actor) -> None:
    """The process *child* is there."""
    n = child.index
    g(f"c[@!pc.{n}@] = _first{n}; {born(n, 0)}; c[@!parent.{n}@] = {g.a.pid}")
    if signals_to(g.m, child):
        g(f"c[@!pend.{n}@] = 0")


def tell_wait(x: Happened) -> Told:
    """Whose end it was told of, and what that was."""
    if x.result is None:
        return Told((), Outcome.AGAIN if x.back else Outcome.SLEEPS)
    if x.result < 0:
        return Told((), Outcome.NOTHING)
    _, child, code = x.operands
    return Told(x.tasks((child,)), Outcome.REAPED, {"status": family.meaning(code)})


def wait(g: Gen, i: Instr) -> Branches:
    """The first child that has ended is reaped; without any, the process sleeps until one has, or a signal comes."""
    g.copy()
    again, own = g.node.phase == 1, family.waited_for(g.m, g.a)

    def reap(n: int) -> None:
        g(f"t = c[@code.{n}@]")
        family.reaps(g, n)
        g.returned = g.frees = True
        g.event(str(family.OWN), str(n), "t", result=str(g.m.actors[n].pid))

    def nobody() -> None:
        g.returned = g.frees = True
        g.event(str(family.OWN), result=str(-ECHILD))

    ways: list[Branch] = [(f"{test} and c[@st.{n}@] == {DEAD}", partial(reap, n)) for n, test in own.items()]
    ways.append((" and ".join(f"not ({test})" for test in own.values()), nobody) if own else (None, nobody))
    signals = on_the_way_back(g, i)
    if not own:
        return [*signals, *ways]
    if again:
        return [*ways, *signals, (None, lambda: go_back_to_sleep(g))]
    return [*signals, *ways, (None, lambda: sleep(g))]


operation(
    "wait4",
    resume=wait,
    describe=told(tell_wait),
    sleeps=Sleeps.YIELDS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN, Waits("child")),
    seen=by_all,
)(wait)


def tell_pause(x: Happened) -> Told:
    """It sleeps until a signal comes."""
    return Told((), Outcome.AGAIN if x.back else Outcome.SLEEPS)


def resume_pause(g: Gen, i: Instr) -> Branches:
    """Woken: by a signal, or for nothing."""
    g.copy()
    return [*on_the_way_back(g, i), (None, lambda: go_back_to_sleep(g))]


@operation(
    "pause",
    resume=resume_pause,
    describe=told(tell_pause),
    sleeps=Sleeps.YIELDS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN, Waits("signal")),
    seen=by_all,
)
def pause(g: Gen, i: Instr) -> Branches:
    """Sleep in S; of a signal that comes, it never hears: it ends, or stops and sleeps on."""
    g.copy()
    return [*on_the_way_back(g, i), (None, lambda: sleep(g))]


def tell_syscall(x: Happened) -> Told:
    """Into which function of the module it goes."""
    return Told((x.instr.info["function"], *x.operands[1:]), op="enter")


@operation(
    "syscall",
    describe=told(tell_syscall),
    sleeps=Sleeps.YIELDS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN,),
    seen=by_all,
)
def syscall(g: Gen, i: Instr) -> Branches:
    """The process is in the kernel; what it does there comes next."""
    g.copy()

    def enter() -> None:
        g.frees = False
        g.event(str(family.OWN), *(g.src(v) for v in i.args))

    return [*on_the_way_back(g, i), (None, enter)]


@operation(
    "sys_exit",
    describe=told(family.tell_end),
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN, Does.ENDS),
    seen=by_all,
)
def sys_exit(g: Gen, i: Instr) -> Branches:
    """The end; wait4() gives the status in its second byte."""
    g.copy()

    def out() -> str:
        leave(g, i, g.src(i.args[0]))
        return "stop"

    return [*on_the_way_back(g, i), (None, out)]


@at_once("returned", context=(), does=(), seen=by_nobody)
def returned(g: Gen, i: Instr) -> None:
    """The function that the process has entered is over."""
    g.m.hooks.returned(g, g.src(i.args[0]))
