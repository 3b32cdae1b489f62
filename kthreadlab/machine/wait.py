"""kernel/wait.c: wait queues.

A queue's cell is the tuple of its entries' addresses, head first; an entry's cell is ``(task, autoremove, exclusive,
queue)`` with queue 0 while it is not linked, and None once its stack frame is gone.  Being on a queue and being
asleep are different facts.
"""

from __future__ import annotations

from .effects import Declares, Sleeps, State, by_all, by_nobody
from .ops import operation
from .sched import declared_state
from .values import TASK


@operation("new_entry", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody)
def new_entry(g, i) -> None:
    """A wait-queue entry on the stack of its function."""
    g.copy()
    value = f"({g.a.index}, {int(i.info['auto'])}, 0, 0)" if i.info["ready"] else "None"
    g(f"c[{g.obj(i.args[0])}] = {value}")


@operation(
    "init_waitqueue_entry",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_nobody,
)
def init_waitqueue_entry(g, i) -> None:
    g.copy()
    g.m.force(i.args[0])
    g(f"c[{g.obj(i.args[0])}] = ({g.src(i.args[1])} - {TASK}, 0, 0, 0)")


@operation(
    "init_waitqueue_head", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def init_waitqueue_head(g, i) -> None:
    g.copy()
    g(f"c[{g.obj(i.args[0])}] = ()")
    g.event(g.obj(i.args[0]))


def operands(g, i) -> tuple[str, str]:
    for v in i.args[:2]:
        if v.obj is None:
            g.m.force(v)
            g(f"_queue(c, {g.obj(v)})")
    return g.obj(i.args[0]), g.obj(i.args[1])


@operation(
    "add_wait_queue",
    "add_wait_queue_exclusive",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def add_wait_queue(g, i) -> None:
    g.copy()
    q, e = operands(g, i)
    g(f"_link(c, {q}, {e}, {int('exclusive' in i.op)})")
    g.event(q, e)


@operation(
    "remove_wait_queue", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def remove_wait_queue(g, i) -> None:
    """Taking off what is not on the queue: the links are NULL or poison, unless DEFINE_WAIT made the entry."""
    g.copy()
    q, e = operands(g, i)
    g(f"if not (c[{e}] and c[{e}][1] and not c[{e}][3]): _unlink(c, {q}, {e})")
    g.event(q, e)


@operation(
    "prepare_to_wait",
    "prepare_to_wait_exclusive",
    sleeps=Sleeps.NEVER,
    state=Declares(2),
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def prepare_to_wait(g, i) -> None:
    g.copy()
    q, e = operands(g, i)
    g(f"if not (c[{e}] and c[{e}][3]): _link(c, {q}, {e}, {int('exclusive' in i.op)})")
    if not g.a.is_frame:
        g(f"c[{g.cell('st')}] = {g.src(i.args[2])} & 3")
    g.event(q, e, g.src(i.args[2]))


@operation(
    "finish_wait", sleeps=Sleeps.NEVER, state=State.RUNNING, context=(), reads=(), writes=(), does=(), seen=by_all
)
def finish_wait(g, i) -> None:
    g.copy()
    q, e = operands(g, i)
    if declared_state(g.a):
        g(f"c[{g.cell('st')}] = 0")
    g(f"if c[{e}] and c[{e}][3]: _unlink(c, {q}, {e})")
    g.event(q, e)


@operation(
    "waitqueue_active", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def waitqueue_active(g, i) -> None:
    g.copy()
    q = g.obj(i.args[0])
    if i.args[0].obj is None:
        g(f"_queue(c, {q})")
    g(f"r = 1 if c[{q}] else 0")
    g.result("r")
    g.event(q, result="r")
