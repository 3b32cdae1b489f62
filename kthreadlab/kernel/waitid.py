"""kernel/exit.c: sys_wait4() for code of the kernel, in the process that has called it.

What wait4() of user space is (`process`), but that a signal makes it return, and that whom it waits for is a matter of
its operands.  Differs from Linux: only processes of user space have children (`family`).
"""

from __future__ import annotations

from functools import partial

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, Waits, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branch, Branches, operation
from kthreadlab.compile.values import LowerError, Val
from kthreadlab.lang.errno import ECHILD, EINVAL, ERESTARTSYS
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_S, DEAD

from . import family
from .sched import declared_state, fall_asleep, pending, refuse_interrupt
from .telling import Happened, Told

ANYBODY = (-1, 0)
"""What is said for any child; with 0 for any of the caller's process group, in which all are that it makes here."""
WNOHANG = 1


def tell(x: Happened) -> Told:
    """Whom it has reaped, or why nobody."""
    if x.result is None:
        return Told((), Outcome.AGAIN if x.back else Outcome.SLEEPS)
    others = {-ECHILD: Outcome.NOTHING, -EINVAL: Outcome.INVALID, -ERESTARTSYS: Outcome.SIGNAL, 0: Outcome.NO}
    if x.result in others:
        return Told((), others[x.result])
    return Told(x.tasks(x.operands), Outcome.REAPED)


def require_null(i: Instr) -> None:
    """Refuse a place for the status or the resources."""
    for name, v in (("stat_addr", i.args[1]), ("ru", i.args[3])):
        if isinstance(v, Val) and v.const != 0:
            raise LowerError(f"sys_wait4: {name} is NULL here", i.pos, "what wait4() tells of a child is not kept")


def wait(g: Gen, i: Instr) -> Branches:
    """A child that has ended is reaped; else the caller sleeps until one has, or returns because of a signal."""
    require_null(i)
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    again, signal = g.node.phase == 1, pending(g)
    g(f"t = {g.src(i.args[0])}; o = {g.src(i.args[2])}")
    own = {n: f"t in {(*ANYBODY, g.m.actors[n].pid)} and {test}" for n, test in family.waited_for(g.m, g.a).items()}

    def leave(result: str, *who: str) -> None:
        if declared_state(g.a):
            g(f"{g.to('st')} = 0")
        if not again:
            g.returned, g.frees = True, False
        g.result(result)
        g.event(*who, result=result)

    def reap(n: int) -> None:
        family.reaps(g, n)
        leave(str(g.m.actors[n].pid), str(n))

    def sleep() -> str | None:
        if again:
            g(f"{g.to('st')} = {ASLEEP_S}")
        else:
            fall_asleep(g, str(ASLEEP_S))
            g.ctx = g.ctx._replace(off=0)
        g.event()
        if not again:
            return None
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    ways: list[Branch] = [(f"o & {~WNOHANG}", partial(leave, str(-EINVAL)))]
    ways += [(f"{test} and c[@st.{n}@] == {DEAD}", partial(reap, n)) for n, test in own.items()]
    if not own:
        return [*ways, (None, partial(leave, str(-ECHILD)))]
    ways += [(" and ".join(f"not ({test})" for test in own.values()), partial(leave, str(-ECHILD)))]
    ways += [("o", partial(leave, "0"))]
    ways += [(signal, partial(leave, str(-ERESTARTSYS)))] if signal != "0" else []
    return [*ways, (None, sleep)]


operation(
    "sys_wait4",
    resume=wait,
    describe=tell,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Waits("child"), Does.LOOKS_AGAIN),
    seen=by_all,
)(wait)
