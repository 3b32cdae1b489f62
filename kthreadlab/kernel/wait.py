"""kernel/wait.c: wait queues.

What the cells of queues and entries hold is in `queue`; being on a queue and being asleep are different facts.
"""

from __future__ import annotations

from collections.abc import Set

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Declares, Does, Links, Sleeps, State, by_all, by_nobody, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.lower import Lower, declares
from kthreadlab.compile.ops import Branches, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh
from kthreadlab.compile.values import TASK, Obj
from kthreadlab.lang import ir
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import DECLARED_STATES

from .links import QUEUED
from .queue import EMPTY, NOBODY, NULL, POISON, STALE
from .sched import declared_state, pending
from .telling import Happened, Told
from .wakeup import force_queues

SIZES["wait_queue_head"] = 24
SIZES["wait_queue"] = 40


@fresh("wait_queue_head", looked_at=True)
def fresh_head(statics: Statics, decl: Declared) -> Fresh:
    """An empty queue; nothing at all where init_waitqueue_head() is still to come."""
    ready = decl.make != "wait_queue_head_t"
    return Fresh(() if ready else None, ready)


@fresh("wait_queue")
def fresh_entry(statics: Statics, decl: Declared) -> Fresh:
    """An entry that nothing has initialised."""
    return Fresh((NOBODY, 0, 0, NULL))


@declares("wait_queue")
def declare_entry(low: Lower, decl: ir.Declare, obj: Obj) -> None:
    """An entry on the stack."""
    new_entry_of(low, obj, decl.make, decl.pos)


def new_entry_of(low: Lower, obj: Obj, make: str, pos: ir.Pos) -> None:
    """Declare a wait-queue entry with the macro *make*."""
    auto, ready = make == "DEFINE_WAIT", make != "wait_queue_t"
    low.op("new_entry", (low.address(obj),), pos, silent=True, auto=auto, ready=ready)


def by_no_wakeup(i: Instr) -> bool:
    """A wake-up leaves the entry where it is, as far as this operation goes."""
    return False


def first_links(i: Instr) -> int:
    """What the links of a fresh entry are: an empty list for DEFINE_WAIT, NULL else."""
    return EMPTY if i.info["auto"] else NULL


def made_anew(g: Gen, i: Instr, links: int) -> str:
    """What the fourth value of a fresh entry is; an entry made anew while a queue still leads to it tears that."""
    if QUEUED in i.info["links"]:
        g(f"_tear(c, {g.obj(i.args[0])})")
    return str(links if i.info["told"] else EMPTY)


def leaves_by_itself(i: Instr) -> bool:
    """Does a wake-up take the entry off?"""
    return bool(i.info["auto"])


@operation(
    "new_entry",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Links(0, False, lambda m, i, links: {first_links(i)}, leaves_by_itself),),
    seen=by_nobody,
)
def new_entry(g: Gen, i: Instr) -> None:
    """A wait-queue entry on the stack of its function."""
    g.copy()
    off = made_anew(g, i, first_links(i))
    task = g.a.index if i.info["ready"] else NOBODY
    g(f"c[{stored(g.obj(i.args[0]))}] = ({task}, {int(i.info['auto'])}, 0, {off})")


def unlinked(m: Plan, a: Actor, i: Instr) -> bool:
    """The entry is on no queue, so nobody else can see it."""
    return QUEUED not in i.info["links"]


@operation(
    "init_waitqueue_entry",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES, Links(0, False, lambda m, i, links: links, by_no_wakeup)),
    seen=unless(unlinked),
)
def init_waitqueue_entry(g: Gen, i: Instr) -> None:
    """Task, wake function and flags are new; the links stay as they are."""
    g.copy()
    g.m.force(i.args[0])
    e = g.obj(i.args[0])
    obj = i.args[0].obj
    links = f"c[{e}][3:] if c[{e}] else ({NULL},)" if obj is not None and obj.heap else f"_entry_at(c, {e})[3:]"
    g(f"c[{stored(e)}] = ({g.src(i.args[1])} - {TASK}, 0, 0, *({links}))")
    g.event(e, g.src(i.args[1]))


@operation(
    "init_wait",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES, Links(0, False, lambda m, i, links: {EMPTY}, lambda i: True)),
    seen=unless(unlinked),
)
def init_wait(g: Gen, i: Instr) -> None:
    """As DEFINE_WAIT."""
    g.copy()
    g.m.force(i.args[0])
    off = made_anew(g, i, EMPTY)
    g(f"c[{stored(g.obj(i.args[0]))}] = ({g.a.index}, 1, 0, {off})")
    g.event(g.obj(i.args[0]))


@operation(
    "init_waitqueue_head",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES,),
    seen=by_all,
)
def init_waitqueue_head(g: Gen, i: Instr) -> None:
    g.copy()
    g(f"c[{stored(g.obj(i.args[0]))}] = ()")
    g.event(g.obj(i.args[0]))


def operands(g: Gen, i: Instr) -> tuple[str, str]:
    """The queue and the entry that an operation is given, as source."""
    return g.obj(i.args[0]), g.obj(i.args[1])


@operation(
    "add_wait_queue",
    "add_wait_queue_exclusive",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Links(1, False, lambda m, i, links: {QUEUED}, by_no_wakeup),),
    seen=by_all,
)
def add_wait_queue(g: Gen, i: Instr) -> None:
    """Linked whatever its links were; an entry that is on a queue already tears it."""
    g.copy()
    q, e = operands(g, i)
    force_queues(g.m)
    g(f"_link(c, {stored(q)}, {stored(e)}, {int('exclusive' in i.op)})")
    g.event(q, e)


def deleted(m: Plan) -> int:
    """What list_del() makes of the links."""
    return POISON if m.config.kernel.poisons_links else STALE


@operation(
    "remove_wait_queue",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Links(1, True, lambda m, i, links: {deleted(m)}, by_no_wakeup),),
    seen=by_all,
)
def remove_wait_queue(g: Gen, i: Instr) -> None:
    """list_del(): it follows the links, wherever they lead."""
    g.copy()
    q, e = operands(g, i)
    force_queues(g.m)
    g(f"_unlink(c, {stored(q)}, {stored(e)}, {i.info['off']}, {deleted(g.m) if i.info['told'] else EMPTY})")
    g.event(q, e)


def prepared(m: Plan, i: Instr, links: Set[int]) -> set[int]:
    """What list_empty() says yes of is linked; the rest stays as it is.  For a signal it may have been taken off."""
    return {QUEUED if x == EMPTY else x for x in links} | ({EMPTY} if tells(i) else set())


def tells(i: Instr) -> bool:
    """Is it the prepare_to_wait_event() of today's macros?"""
    return bool(i.info.get("tells"))


def tell_prepare(x: Happened) -> Told:
    """Whether the entry is on the queue now; if not, what links keep it off, or that there is a signal."""
    args, linked = x.args[:3], x.operands[3]
    if tells(x.instr):
        return Told(args, Outcome.SIGNAL if x.result else Outcome.ANY)
    if linked:
        return Told(args)
    links = x.after[x.operands[1]][3] or x.instr.info["off"]
    return Told(args, Outcome.NEVER, {"links": "NULL" if links == NULL else "poisoned"})


@operation(
    "prepare_to_wait",
    "prepare_to_wait_exclusive",
    describe=tell_prepare,
    sleeps=Sleeps.NEVER,
    state=Declares(2),
    context=(),
    reads=(),
    writes=(),
    does=(Links(1, True, prepared, by_no_wakeup),),
    seen=by_all,
)
def prepare_to_wait(g: Gen, i: Instr) -> Branches:
    """Linked if list_empty() says that it is not.  NULL and poison are no empty list: such an entry is never queued.
    The exclusive flag is set or cleared in any case; an entry on the queue keeps its place there.  Where it tells of a
    signal, it leaves the state as it is then, and the queue."""
    g.copy()
    q, e = operands(g, i)
    if i.info["off"] == EMPTY:
        force_queues(g.m)
    shown = q, e, g.src(i.args[2])

    def join() -> None:
        exclusive = int("exclusive" in i.op)
        first = f"1 if {int(i.info['off'] == EMPTY)} and not c[{e}][3] and c[{q}] == () else 0"
        if exclusive and not tells(i):
            g(f"r = {first}")
        if not i.named.initialised:
            g(f"if c[{q}] is None: raise KernelFault('uninitialised_queue')")
        if i.info["off"] == EMPTY:
            g(f"if not c[{e}][3]: _link(c, {stored(q)}, {stored(e)}, {exclusive})")
        g(f"if c[{e}][2] != {exclusive}: c[{stored(e)}] = (*c[{e}][:2], {exclusive}, *c[{e}][3:])")
        if not g.a.is_frame:
            g(f"{g.to('st')} = {g.src(i.args[2])} & {DECLARED_STATES}")
        gives = "0" if tells(i) else "r" if exclusive else "None"
        if gives != "None":
            g.result(gives)
        g.event(*shown, f"c[{e}][3] > 0", result=gives)

    def leave() -> None:
        g(f"if c[{e}][3]: _unlink(c, {stored(q)}, {stored(e)}, {i.info['off']}, {EMPTY})")
        g.result("1")
        g.event(*shown, "0", result="1")

    signal = pending(g) if tells(i) else "0"
    return [*([(signal, leave)] if signal != "0" else []), (None, join)]


@operation(
    "finish_wait",
    sleeps=Sleeps.NEVER,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Links(1, True, lambda m, i, links: {EMPTY}, by_no_wakeup),),
    seen=by_all,
)
def finish_wait(g: Gen, i: Instr) -> None:
    """TASK_RUNNING, and list_del_init() unless list_empty() says that it is on no queue."""
    g.copy()
    q, e = operands(g, i)
    if declared_state(g.a):
        g(f"{g.to('st')} = 0")
    test = f"if c[{e}][3]: " if i.info["off"] == EMPTY else ""
    force_queues(g.m)
    g(f"{test}_unlink(c, {stored(q)}, {stored(e)}, {i.info['off']}, {EMPTY})")
    g.event(q, e)


@operation(
    "waitqueue_active",
    "wq_has_sleeper",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def waitqueue_active(g: Gen, i: Instr) -> None:
    g.copy()
    looks_at_queue(
        g, i, "0 if {q} == () else 1"
    )  # the NULL links of one that nothing has initialised are no empty list


@operation(
    "wq_has_single_sleeper",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def wq_has_single_sleeper(g: Gen, i: Instr) -> None:
    """list_is_singular(): of NULL links, too, next and prev are the same, and they are not the list."""
    g.copy()
    looks_at_queue(g, i, "1 if {q} == None or len({q}) == 1 else 0")


def looks_at_queue(g: Gen, i: Instr, answer: str) -> None:
    """What is to be seen of the queue *q*."""
    q = g.obj(i.args[0])
    g(f"r = {answer.format(q=f'c[{q}]')}")
    g.result("r")
    g.event(q, result="r")
