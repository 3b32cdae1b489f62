"""kernel/workqueue.c: work items, and the threads that run them.

A queue is a hidden object: its cell holds the items that are pending, the first one first, each with the tasks that
wait for it, ``(item, waiters)``; None where there is no such queue.  An item's cell is ``(function, data, pending)``:
the function is "" if none is set, *pending* is `TORN` where the item was made anew while it was on a list.  The cell
``wrk`` of a worker, an actor of that kind, holds what it runs, ``(item, waiters)``, or 0.  Who waits is woken when
nothing is left that it waits for.

Differs from Linux: a queue is one list, whatever CPU it was filled from, and of several workers the first that is idle
takes the next item.  Two tell as much apart as any number: an item that runs twice at once, or beside another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kthreadlab.compile.actor import Actor, Entry
from kthreadlab.compile.calls import Calls, macro
from kthreadlab.compile.cells import ADDRESS, Cells, Env, stored
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.context import Context
from kthreadlab.compile.effects import Does, Employs, Fails, Serves, Sleeps, State, Waits, by_all, by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid, initially
from kthreadlab.compile.lower import Lower, declares
from kthreadlab.compile.ops import Branches, effects_of, operation
from kthreadlab.compile.plan import Loaded, Plan
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.compile.runtime import HEAP, KernelFault
from kthreadlab.compile.statics import Declared, Fresh, Statics, fresh, settled
from kthreadlab.compile.steps import begin, done, of_the_world
from kthreadlab.compile.structs import parts_of
from kthreadlab.compile.values import LowerError, Obj, Val, unnamed
from kthreadlab.lang import ir
from kthreadlab.lang.ir import S64, Function, ObjType
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_D

from .module import must_be_loaded
from .sched import declared_state, fall_asleep, refuse_interrupt
from .slab import ALLOCATION
from .telling import Happened, Told

PENDING, TORN = 1, 2
ITEMS = ("work", "delayed_work")
"""The kinds of objects that are work items."""
READY = ("INIT_WORK", "INIT_DELAYED_WORK", "work_declare")
"""The operations that give an item its function, the second operand, and what that is given, the third or itself."""
OF_QUEUES = ("flush_scheduled_work", "flush_workqueue", "destroy_workqueue")
"""The operations that wait for all that is on a queue; others wait for one item."""
DELAYED = "dl.0"
"""The cell of the items whose timers run, each with its queue."""
WQ_UNBOUND = 2
EVENTS = "wq.events"
"""The key of the queue that schedule_work() fills."""
Case = tuple[str, int | Obj | Val]
"""A function that a worker may call, and what that is given: a number, an object, or only its type."""

# ---- items ----------------------------------------------------------------------------------------------------------


def function_of(decl: Declared) -> str:
    """The function that an item is declared with."""
    function = decl.args[0] if decl.args else None
    return function.name if isinstance(function, ir.FuncRef | ir.Name) else ""


@fresh("work", "delayed_work")
def fresh_work(statics: Statics, decl: Declared) -> Fresh:
    """An item that is not pending, with its function."""
    if not decl.args:
        return Fresh(("", 0, 0))
    words = ("func", "data")[: 1 + (statics.profile.work_data and decl.make == "DECLARE_WORK")]
    if len(decl.args) != len(words):
        few = "few" if len(decl.args) < len(words) else "many"
        right = f"{decl.make}({', '.join(words)})"
        raise LowerError(f"too {few} arguments to {decl.make}", decl.pos, f"in this version: {right}")
    data = decl.args[1] if len(decl.args) > 1 else None
    return Fresh((function_of(decl), data.value if isinstance(data, ir.Const) else 0, 0))


@settled("delayed_work")
@settled("work")
def settle_work(statics: Statics, static: ir.Static, item: Obj) -> None:
    """An item whose function is given an object, perhaps itself."""
    data = static.args[1] if len(static.args) > 1 else None
    if isinstance(data, ir.Name) and data.name in statics.objects:
        item.init = (item.init[0], statics.objects[data.name], 0)
    elif static.args and not statics.profile.work_data:
        item.init = (item.init[0], item, 0)


@macro("to_delayed_work")
def delayed_of(low: Calls, e: ir.Call) -> Val:
    """A delayed_work begins with its work item."""
    (work,) = low.operands(e)
    assert isinstance(work, Val)
    return work


@declares("delayed_work")
@declares("work")
def declare_work(low: Lower, decl: ir.Declare, obj: Obj) -> None:
    """An item on the stack."""
    item = low.address(obj)
    data = low.value(decl.args[1]) if len(decl.args) > 1 else item if decl.args else low.const(0)
    low.op("work_declare", (item, function_of(decl), data), decl.pos, silent=True)


# ---- queues ---------------------------------------------------------------------------------------------------------


def found_queues(statics: Statics, actor: int, code: list[Instr]) -> None:
    """Each place in the code of an actor that employs workers is told for which queue."""
    made_here = 0
    for i in code:
        for x in effects_of(i.op).made(Employs) if i.kind == "op" else ():
            key = EVENTS if x.always else f"wq.{actor}.{made_here}"
            made_here += not x.always
            text = i.args[0].obj if i.args and not x.always else None
            name = "events" if x.always else str(text.init) if text is not None and text.constant else "queue"
            single = alone(i) if x.single is None else x.single
            made = Obj(key, name, ObjType("workqueue"), () if x.always else None, size=int(single))
            i.info["queue"] = statics.hidden.setdefault(key, made)


def forget_queues(statics: Statics) -> None:
    """The programs are written anew, and will say again which queues there may be."""
    for key in [k for k, o in statics.hidden.items() if o.kind == "workqueue"]:
        del statics.hidden[key]


def alone(i: Instr) -> bool:
    """Does alloc_workqueue() make a queue that runs one item after the other?"""
    flags, most = i.args[1].const, i.args[2].const
    return most == 1 and bool((flags or 0) & WQ_UNBOUND)


def queues(m: Loaded) -> list[Obj]:
    """The queues that there may be."""
    return [o for o in m.statics.hidden.values() if o.kind == "workqueue"]


# ---- workers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staff:
    """Who works for a *queue*: so many *workers*, the last of whom, if there is a *spare* one, does so only where all
    others wait for what is on it."""

    queue: Obj
    workers: int
    spare: bool


def items_at_most(m: Loaded, cases: list[Case]) -> int:
    """How many items there may be: as many as there are cases, and of those that a pointer leads to all that there
    are."""
    if not any(isinstance(data, Val) for _, data in cases):
        return len(cases)
    statics, blocks = m.statics, m.statics.blocks
    on_heap = [x for struct in statics.cast_to for x in parts_of(statics, ObjType("struct", of=struct))]
    there: list[object] = [o.type for o in statics.all_objects()]
    there += [x.type for _, whole in blocks.stacks.values() for x in (whole, *whole.parts)]
    there += [x.type for x in on_heap] * (blocks.each * len(blocks.allocators))
    return max(len(cases), sum(getattr(type_, "kind", "") in ITEMS for type_ in there))


def staff(m: Loaded, queue: Obj, items: int, flushes: bool) -> Staff:
    """The workers of a queue.  *items*: how many there are at most; *flushes*: a function of theirs flushes a queue."""
    kernel = m.config.kernel
    many = kernel.pools and items > 1 or not kernel.pools and m.config.is_smp
    workers = 1 if queue.size or not many else 2
    spare = kernel.flush_runs and flushes
    return Staff(queue, workers + spare, spare)


def worker_name(m: Loaded, staff: Staff, n: int) -> str:
    """What ps calls worker number *n* of a queue."""
    name = staff.queue.name
    if m.config.kernel.pools:
        return f"kworker/{n}:1-{name}"
    return name if staff.queue.size and not n else f"{name}/{n}"


def given(code: list[Instr], objects: list[Obj]) -> Iterator[Case]:
    """What these instructions and these objects' initial values make items call."""
    for o in objects:
        if o.kind in ITEMS and o.init is not None and o.init[0]:
            yield o.init[0], o.init[1]
    for i in code:
        if i.kind == "op" and i.op in READY and i.args[1]:
            yield i.args[1], known(i.args[2] if len(i.args) > 2 else i.args[0])


def known(v: Val) -> int | Obj | Val:
    """An argument as it is known now: a number, an object, or only its type, as of all that is on the heap."""
    v = unnamed(v)
    return v.const if v.const is not None else v.obj or v


def note(cases: list[Case], found: Iterator[Case]) -> None:
    """Take down what may be called; where an argument varies, for all of them."""
    for function, data in found:
        if isinstance(data, Val):
            cases[:] = [x for x in cases if x[0] != function]
        if not any(f == function and (x is data or isinstance(x, Val) or _number(x, data)) for f, x in cases):
            cases.append((function, data))


def _number(a: object, b: object) -> bool:
    return isinstance(a, int) and isinstance(b, int) and a == b


def write_worker(low: Lower, queue: Obj, cases: list[Case], loop: Function) -> None:
    """The program of a worker: as *loop* says, with the function of each item inside."""
    statements = loop.body[-1]
    assert isinstance(statements, ir.While)
    take, done = (s.pos for s in statements.body)
    low.op("enter", (), loop.pos)
    top, number = low.label(), low.var("", S64)
    low.op("take_work", (low.address(queue),), take, dst=number, cases=tuple(cases), cell=queue.key, in_kernel=True)
    ends: list[Instr] = []
    for n, (name, data) in enumerate(cases, 1):
        skip = low.emit("jf", take, src=Val(f"(<{number}> == {n})", frozenset((number,))))
        f = low.module.functions[name]
        low.inline(f, [_argument(low, data, f)], f.pos)
        ends.append(low.emit("jmp", done))
        low.patch([skip])
    low.patch(ends)
    low.op("work_done", (low.address(queue),), done)
    low.emit("back", done, target=top)
    for i in low.code:
        i.stack = i.stack or ("worker_thread",)


def _argument(low: Lower, data: int | Obj | Val, f: Function) -> Val:
    """What the function is given."""
    if isinstance(data, Obj):
        return low.address(data)
    if isinstance(data, int):
        return low.const(data, literal=True)
    dst = low.var("", data.type)
    low.op("work_argument", (), f.pos, dst=dst, silent=True)
    return low.ref(dst)


def workers(m: Plan, queue: str | None = None) -> list[Actor]:
    """The workers, those of the queue of that key alone if one is named, the first one first."""
    return [a for a in m.actors if a.queue is not None and queue in (None, a.queue.key)]


# ---- operations: items ----------------------------------------------------------------------------------------------


def item(g: Gen, v: Val) -> str:
    """The cell of the item that *v* leads to, as source; a fault where none is."""
    g(f"_item(c, {g.src(v)})")
    if v.obj is None:
        force_items(g)
    else:
        g.m.force(v)
    return f"c[{g.obj(v)}]"


def force_items(g: Gen) -> None:
    """Any item may be meant: they belong to the state."""
    for kind in ITEMS:
        g.m.force_kind(kind)


def timed(g: Gen, i: Instr, v: Val, look: bool = True) -> str:
    """`item`, of a call that has to do with its timer: what has none is refused."""
    if v.obj is not None and v.obj.kind == "work" and not g.m.config.kernel.work_data:
        raise LowerError(f"{i.op}: {v.obj.name} is a work_struct", i.pos, "a timer has a delayed_work only")
    return item(g, v) if look else ""


def queue_at(g: Gen, i: Instr) -> str:
    """The address of the queue that a call is about, as source; a fault where none is."""
    q = f"@{i.info['queue'].key}@" if "queue" in i.info else g.src(i.args[0])
    g(f"_wq(c, {q})")
    return q


@operation(
    "INIT_DELAYED_WORK",
    "INIT_WORK",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES,),
    seen=by_all,
)
@operation(
    "work_declare", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody
)
def init_work(g: Gen, i: Instr) -> None:
    """Ready, not pending.  One that is pending does not know that it is on a list any more."""
    g.copy()
    v, function, *rest = i.args
    data = rest[0] if rest else v
    cell = f"c[{g.obj(v)}]"
    if v.obj is None:
        item(g, v)
    elif i.op == "INIT_DELAYED_WORK":
        timed(g, i, v, look=False)
    g(f"{stored(cell)} = ({g.m.constants.ref(function)}, {g.src(data)}, {TORN} * _listed(c, {g.src(v)}))")
    g.event(g.src(v), g.m.constants.ref(function))


def tell_queue(x: Happened) -> Told:
    """Whether the item is queued now, or its timer runs, or it was pending already."""
    return Told(x.args, Outcome.OK if x.result else Outcome.PENDING)


@operation(
    "schedule_work",
    describe=tell_queue,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Employs(always=True, single=False),),
    seen=by_all,
)
@operation(
    "queue_work",
    describe=tell_queue,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
@operation(
    "schedule_delayed_work",
    describe=tell_queue,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Employs(always=True, single=False), Does.LATER),
    seen=by_all,
)
@operation(
    "queue_delayed_work",
    describe=tell_queue,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LATER,),
    seen=by_all,
)
def queue_work(g: Gen, i: Instr) -> None:
    """On the list, or its timer runs, unless it is pending."""
    g.copy()
    later, own = Does.LATER in effects_of(i.op).does, "queue" in i.info
    work = i.args[1 - own]
    cell, q = timed(g, i, work) if later else item(g, work), queue_at(g, i)
    g(f"f, d, p = {cell}")
    g("if not f: raise KernelFault('null_pointer', 'this work item was never initialised')")
    g(f"r = int(not p & {PENDING})")
    with g.when("r"):
        g(f"{stored(cell)} = (f, d, p | {PENDING})")
        enqueue(g, work, q, g.src(i.args[-1]) if later else "")
    g.result("r")
    g.event(*([] if own else [q]), g.src(work), *([g.src(i.args[-1])] if later else []), result="r")


def enqueue(g: Gen, work: Val, q: str, delay: str) -> None:
    """The item at the end of the queue, or, where there is a *delay*, among those that wait for their time."""
    now = f"c[{stored(q)}] += (({g.src(work)}, ()),)"
    wait = f"c[@!{DELAYED}@] += (({g.src(work)}, {q}),)"
    if not delay or g.m.config.kernel.work_data:
        g(wait if delay else now)
        return
    g(f"if {delay}: {wait}")
    g(f"else: {now}")


def tell_mod(x: Happened) -> Told:
    """Whether the item was pending, and is put off."""
    return Told(x.args, Outcome.YES if x.result else Outcome.NO)


@operation(
    "mod_delayed_work",
    describe=tell_mod,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LATER,),
    seen=by_all,
)
def mod_delayed_work(g: Gen, i: Instr) -> None:
    """Off its list, if it is on one, and its timer runs."""
    g.copy()
    work = i.args[1]
    cell, q = timed(g, i, work), queue_at(g, i)
    g(f"f, d, p = {cell}")
    g("if not f: raise KernelFault('null_pointer', 'this work item was never initialised')")
    g(f"r = p & {PENDING}; _drop(c, {g.src(work)}); {stored(cell)} = (f, d, p | {PENDING})")
    enqueue(g, work, q, g.src(i.args[2]))
    g.result("r")
    g.event(q, g.src(work), g.src(i.args[2]), result="r")


def tell_cancel(x: Happened) -> Told:
    """Whether it was in time."""
    return Told(x.args, Outcome.YES if x.result else Outcome.NO)


@operation(
    "cancel_delayed_work",
    describe=tell_cancel,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def cancel_delayed_work(g: Gen, i: Instr) -> None:
    """Its timer runs no more; today the item leaves its queue, too."""
    g.copy()
    cell, w = timed(g, i, i.args[0]), g.src(i.args[0])
    pending = f"{cell}[2] & {PENDING}" if g.m.config.kernel.pools else f"_runs_down(c, {w})"
    g(f"r = int(bool({pending}))")
    with g.when("r"):
        g(f"_drop(c, {w}); {stored(cell)} = ({cell}[0], {cell}[1], 0)")
    g.result("r")
    g.event(w, result="r")


@operation(
    "delayed_work_pending", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
@operation("work_pending", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def work_pending(g: Gen, i: Instr) -> None:
    g.copy()
    g(f"r = {item(g, i.args[0])}[2] & {PENDING}")
    g.result("r")
    g.event(g.src(i.args[0]), result="r")


# ---- operations: queues ---------------------------------------------------------------------------------------------


def tell_make(x: Happened) -> Told:
    """Whether there is a queue now."""
    return Told(x.args, Outcome.OK if x.result else Outcome.FAILS)


@operation(
    "create_workqueue",
    describe=tell_make,
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(0,),
    writes=(),
    does=(Employs(always=False, single=False), Fails(ALLOCATION)),
    seen=by_all,
)
@operation(
    "alloc_workqueue",
    describe=tell_make,
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(0,),
    writes=(),
    does=(Employs(always=False, single=None), Fails(ALLOCATION)),
    seen=by_all,
)
@operation(
    "create_singlethread_workqueue",
    "alloc_ordered_workqueue",
    describe=tell_make,
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(0,),
    writes=(),
    does=(Employs(always=False, single=True), Fails(ALLOCATION)),
    seen=by_all,
)
def create_workqueue(g: Gen, i: Instr) -> None:
    """A queue, if there is memory, and if this place's last one is gone."""
    g.copy()
    g(f"t = _txt(c, {g.src(i.args[0])})")
    q = f"@{i.info['queue'].key}@"
    may = f"c[{q}] is None"
    if g.m.world.can_fail(ALLOCATION):
        g("e = c[@arm.kmalloc.0@]; c[@!arm.kmalloc.0@] = 0")
        may = f"not e and {may}"
    g(f"r = {q} if {may} else 0")
    with g.when("r"):
        g(f"c[{stored(q)}] = ()")
    g.result("r")
    g.event("t", *(g.src(v) for v in i.args[1:]), result="r")


def tell_wait(x: Happened) -> Told:
    """Whether the caller sleeps, goes on sleeping, or goes on."""
    sleeps = x.becomes(x.actor.index) == ASLEEP_D
    return Told(x.args, (Outcome.AGAIN if x.back else Outcome.SLEEPS) if sleeps else Outcome.ANY)


def resume_wait(g: Gen, i: Instr) -> Branches:
    """Back from sleep: nothing is left to wait for, or this was not the wake-up for it."""
    g.copy()
    operands = told_operands(g, i)

    def again() -> str:
        g(f"{g.to('st')} = {ASLEEP_D}")
        g.event(*operands)
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    def done() -> None:
        leave_wait(g, i)
        g.result(f"c[{g.cell('had')}]")
        g.event(*operands, result=f"c[{g.cell('had')}]")

    left = f"_awaits(c, {g.a.index})"
    if i.op == "destroy_workqueue" and g.m.config.kernel.pools:
        left = f"{left} or _join(c, {g.a.index}, {g.src(i.args[0])}, 0, 1)"
    return [(left, again), (None, done)]


def leave_wait(g: Gen, i: Instr) -> None:
    """The wait is over: a queue is freed, an item may be queued again."""
    if i.op == "destroy_workqueue":
        g(f"c[{g.src(i.args[0])}] = None")
    elif i.op.startswith("cancel"):
        v = i.args[0]
        cell = f"c[{g.obj(v)}]"
        g(f"if {cell}: {stored(cell)} = ({cell}[0], {cell}[1], 0)")


def told_operands(g: Gen, i: Instr) -> list[str]:
    """What an event says of a call that waits."""
    return [g.src(v) for v in i.args]


@operation(
    "flush_scheduled_work",
    resume=resume_wait,
    describe=tell_wait,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Employs(always=True, single=False), Waits("work")),
    seen=by_all,
)
@operation(
    "flush_workqueue",
    "destroy_workqueue",
    "flush_work",
    "cancel_work_sync",
    "cancel_delayed_work_sync",
    "cancel_rearming_delayed_work",
    "flush_delayed_work",
    resume=resume_wait,
    describe=tell_wait,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Waits("work")),
    seen=by_all,
)
def flush(g: Gen, i: Instr) -> Branches:
    """Join those who wait for what is on a queue, or for one item, and sleep in D unless that is nothing.  Nobody can
    queue an item while it is cancelled."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    me, one = g.a.index, i.op not in OF_QUEUES
    cell = "" if not one else timed(g, i, i.args[0]) if "delayed" in i.op else item(g, i.args[0])
    q, w = ("0", g.src(i.args[0])) if one else (queue_at(g, i), "0")
    g("r = 0")
    if i.op == "flush_delayed_work":
        g(f"_hurry(c, {w})")
    if i.op.startswith("cancel"):
        g(f"r = _listed(c, {w}); _drop(c, {w}); {stored(cell)} = ({cell}[0], {cell}[1], {PENDING})")
    others = int(g.m.config.kernel.flush_runs and not one)
    g(f"t = _join(c, {me}, {q}, {w}, {1 - others})")
    if one and not i.op.startswith("cancel"):
        g("r = int(t)")
    operands = told_operands(g, i)

    def at_once() -> None:
        leave_wait(g, i)
        g.result("r")
        g.returned, g.frees = True, False
        g.event(*operands, result="r")

    def sleep() -> None:
        fall_asleep(g, str(ASLEEP_D))
        g(f"{g.to('had')} = r")
        g.ctx = g.ctx._replace(off=0)
        g.event(*operands)

    return [("not t", at_once), (None, sleep)]


# ---- operations: workers --------------------------------------------------------------------------------------------


def tell_take(x: Happened) -> Told:
    """Which item is taken, and whose function begins."""
    address, function = x.operands
    return Told((x.name(address), function), op="work_take")


@operation(
    "take_work",
    describe=tell_take,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN, Serves("{cell}")),
    seen=by_all,
)
def take_work(g: Gen, i: Instr) -> None:
    """The next item is taken off the list, and is not pending any more: its function begins."""
    q = g.src(i.args[0])
    g.guard(f"not s[{q}]", because("idle"))
    g.guard(f"_next(s, {g.a.index}) < 0", because("busy", who=f"_busy(s, {g.a.index})"))
    for line in must_be_loaded(g.m):
        g(line.strip())
    g.copy()
    g(f"w, t = x = c[{q}][_next(c, {g.a.index})]")
    g(f"c[{stored(q)}] = tuple(y for y in c[{q}] if y is not x); {g.to('wrk')} = x")
    g("f, d = _begin(c, w)")
    force_items(g)
    tests = [f"{n} * ({_test(g, case)})" for n, case in enumerate(i.info["cases"], 1)]
    g.result(" or ".join(tests) or "0")
    g.event("w", "f")


def _test(g: Gen, case: Case) -> str:
    """Is it this function, with this argument?"""
    function, data = case
    name = f"f == {g.m.constants.ref(function)}"
    if isinstance(data, Val):
        return name
    return f"{name} and d == {f'@{data.key}@' if isinstance(data, Obj) else g.m.constants.ref(data)}"


@operation(
    "work_argument",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN,),
    seen=by_nobody,
)
def work_argument(g: Gen, i: Instr) -> None:
    """What the function is given whose item was taken."""
    g.copy()
    g.result(f"_given_to(c, c[{g.cell('wrk')}][0])")


def tell_done(x: Happened) -> Told:
    """Which item has been run, and who goes on."""
    address, waiting = x.operands
    woken = [n for n in waiting if x.was(n) and not x.becomes(n)]
    outcome = Outcome.WOKEN if woken else Outcome.ANY
    return Told((x.name(address),), outcome, {"woken": x.tasks(woken)} if woken else {}, op="work_done")


@operation(
    "work_done",
    describe=tell_done,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN,),
    seen=by_all,
)
def work_done(g: Gen, i: Instr) -> None:
    """The function has returned: whoever waits for nothing else is woken."""
    g.copy()
    g.m.hooks.left(g, "0")
    g.ctx = Context()
    if declared_state(g.a):
        g(f"{g.to('st')} = 0")
    g(f"w, t = c[{g.cell('wrk')}]; {g.to('wrk')} = 0")
    g("_let_go(c, t)")
    g.event("w", "t")


# ---- timers ---------------------------------------------------------------------------------------------------------


@initially("dl")
def no_timers(m: Plan, n: int) -> tuple[()]:
    """No item waits for its time."""
    return ()


def delayed_items(m: Plan) -> list[Obj]:
    """The items whose timers somebody may start."""
    if not any(a.does(Does.LATER) for a in m.actors):
        return []
    kinds = ITEMS if m.config.kernel.work_data else ("delayed_work",)
    blocks = [x for root in m.statics.blocks.heap.values() for x in root.parts]
    heap = {x.key: x for x in blocks if x.kind in kinds}
    return [*(o for o in m.all_objects() if o.kind in kinds and not o.heap), *heap.values()]


def world(m: Plan) -> list[tuple[str, list[str]]]:
    """For each item the choice by which its timer expires."""
    return [(f"due{n}", _due(m, n, o)) for n, o in enumerate(delayed_items(m))]


def _due(m: Plan, n: int, o: Obj) -> list[str]:
    return [
        f"def due{n}(s):",
        f" x = next((x for x in s[@{DELAYED}@] if x[0] == @{ADDRESS if o.heap else ''}{o.key}@), None)",
        refuse("x is None", because("idle")),
        *m.cpus.some_irqs_on(m),
        *must_be_loaded(m),
        begin(),
        f" c[@!{DELAYED}@] = tuple(y for y in s[@{DELAYED}@] if y is not x)",
        " _due(c, *x)",
        of_the_world("work_due", -1),
        done(),
    ]


def entries(m: Laid, env: Env) -> list[Entry]:
    """The choices by which items' timers expire."""
    out: list[Entry] = []
    for n, o in enumerate(delayed_items(m)):
        name = f"timer/{o.word}"
        same = sum(e.name.split("#")[0] == name for e in out)
        name = f"{name}#{same + 1}" if same else name
        out.append(Entry(name, 0, 0, [env[f"due{n}"]], -1, False, "timer"))
    return out


# ---- questions ------------------------------------------------------------------------------------------------------


def working_for(m: Laid, s: Now, actor: int) -> tuple[int, ...]:
    """The workers for whom *actor* waits in state *s*: they run what it waits for, or what comes before that."""
    own = {a.index: s[m.index[f"wrk.{a.index}"]] for a in workers(m) if f"wrk.{a.index}" in m.index}
    run = [n for n, x in own.items() if x and actor in x[1]]
    waiting = {k for k, o in m.statics.hidden.items() if o.kind == "workqueue" and _holds(s[m.index[k]], actor)}
    return tuple(run or [a.index for k in sorted(waiting) for a in workers(m, k) if own.get(a.index)])


def _holds(pending: tuple[tuple[int, tuple[int, ...]], ...] | None, actor: int) -> bool:
    """Does *actor* wait for one of these items?"""
    return any(actor in x[1] for x in pending or ())


class Table:
    """The queues and the workers of a machine by their cells."""

    def __init__(self, m: Laid) -> None:
        self.m = m
        hidden = m.statics.hidden.items()
        self.queues = tuple(m.index[k] for k, o in hidden if o.kind == "workqueue" and k in m.index)
        self.runs = {a.index: m.index.get(f"wrk.{a.index}", 0) for a in workers(m)}
        self.queue_of = {a.index: m.index[a.queue.key] for a in workers(m) if a.queue is not None}
        self.items = frozenset(n for kind in ITEMS for n in m.layout.cells_of(kind))
        self.delayed = m.index.get(DELAYED, 0)
        self.alone = m.config.kernel.pools
        self.spares = frozenset(a.index for a in workers(m) if a.spare)

    # ---- memory

    def cell(self, p: int) -> int:
        """The cell of the item at an address."""
        return p - self.m.memory.shift if p >= HEAP else p

    # ---- who works

    def mates(self, me: int) -> list[int]:
        """The workers of the same queue that come before *me*."""
        return [n for n, q in self.queue_of.items() if q == self.queue_of[me] and n < me]

    def next(self, c: Cells | Now, me: int) -> int:
        """Which item of its list worker *me* would take; -1 if none."""
        before = self.mates(me)
        if not all(c[self.runs[n]] for n in before):
            return -1
        if me in self.spares and not all(self.awaits(c, n) for n in before):
            return -1
        run = {c[cell][0] for cell in self.runs.values() if c[cell]} if self.alone else ()
        return next((k for k, (w, _) in enumerate(c[self.queue_of[me]] or ()) if w not in run), -1)

    def busy(self, s: Now, me: int) -> tuple[int, ...]:
        """Who is in the way of worker *me*: one that takes the item itself, or runs it."""
        idle = [n for n in self.mates(me) if not s[self.runs[n]]]
        return tuple(idle[:1] or [n for n, cell in self.runs.items() if s[cell]])

    # ---- items

    def item(self, c: Cells, p: int) -> None:
        """Is this the address of an item, and is that still there?"""
        if not p:
            raise KernelFault("null_pointer")
        if p >= HEAP:
            if self.m.memory.shape(c, p).kind not in ITEMS:
                raise KernelFault("bad_pointer", "this is no work item")
        elif p not in self.items:
            raise KernelFault("bad_pointer", "this is no work item")
        if c[self.cell(p)] is None:
            raise KernelFault("use_after_free" if p >= HEAP else "dead_stack", self.name(p))

    def name(self, p: int) -> str:
        """The object at an address, for messages."""
        return next((o.name for k, n in self.m.index.items() if n == p and (o := self.m.layout.objects.get(k))), "")

    def queue(self, c: Cells, p: int) -> None:
        """Is this the address of a queue, and is that still there?"""
        if p not in self.queues:
            raise KernelFault("bad_pointer" if p else "null_pointer", "this is no workqueue")
        if c[p] is None:
            raise KernelFault("use_after_free", self.name(p))

    def begin(self, c: Cells, w: int) -> tuple[str, int]:
        """An item is pending no more: its function, and what that is given."""
        self.item(c, w)
        function, data, pending = c[self.cell(w)]
        if pending & TORN:
            raise KernelFault("corrupted_list", "a work item was made anew while it was pending")
        c[self.cell(w)] = (function, data, 0)
        return function, data

    def listed(self, c: Cells, w: int) -> int:
        """Is the item on a list?"""
        return int(any(x[0] == w for q in self.queues for x in c[q] or ()) or self.runs_down(c, w))

    def runs_down(self, c: Cells, w: int) -> bool:
        """Does the item's timer run?"""
        return any(x[0] == w for x in c[self.delayed] or ())

    def due(self, c: Cells, w: int, q: int) -> None:
        """The time of an item is up: it is queued."""
        self.item(c, w)
        if c[self.cell(w)][2] & TORN:
            raise KernelFault("corrupted_list", "a work item was made anew while its timer ran")
        self.queue(c, q)
        c[q] += ((w, ()),)

    def hurry(self, c: Cells, w: int) -> None:
        """If the item's timer runs, its time is up now."""
        for x in c[self.delayed] or ():
            if x[0] == w:
                c[self.delayed] = tuple(y for y in c[self.delayed] if y is not x)
                self.due(c, *x)

    def drop(self, c: Cells, w: int) -> None:
        """Take the item off its list, and stop its timer; who waited for it waits no more."""
        if self.runs_down(c, w):
            c[self.delayed] = tuple(x for x in c[self.delayed] if x[0] != w)
        for q in self.queues:
            gone = [x for x in c[q] or () if x[0] == w]
            if gone:
                c[q] = tuple(x for x in c[q] if x[0] != w)
                self.let_go(c, tuple(t for x in gone for t in x[1]))

    # ---- who waits

    def awaits(self, c: Cells | Now, me: int) -> bool:
        """Is anything left that task *me* waits for?"""
        run = any(me in c[cell][1] for cell in self.runs.values() if c[cell])
        return run or any(_holds(c[q], me) for q in self.queues)

    def join(self, c: Cells, me: int, q: int, w: int, own: int) -> bool:
        """Task *me* waits for all that is on queue *q* or runs from it, or for item *w* alone; is that anything?
        *own*: also for what it runs itself."""
        for cell in (q,) if q else self.queues:
            if c[cell]:
                c[cell] = tuple((x, (*t, me)) if not w or x == w else (x, t) for x, t in c[cell])
        for n, cell in self.runs.items():
            mine = not w and self.queue_of[n] == q or w and c[cell] and c[cell][0] == w
            if mine and c[cell] and (own or n != me):
                c[cell] = (c[cell][0], (*c[cell][1], me))
        return self.awaits(c, me)

    def let_go(self, c: Cells, waiting: tuple[int, ...]) -> None:
        """Wake those of *waiting* that wait for nothing else."""
        for task in waiting:
            cell = self.m.state_cells[task]
            if not self.awaits(c, task) and c[cell] == ASLEEP_D:
                c[cell] = 0


def environment(m: Laid) -> dict[str, Callable[..., object]]:
    """What generated code calls."""
    t = Table(m)
    return {
        "_item": t.item,
        "_wq": t.queue,
        "_next": t.next,
        "_busy": t.busy,
        "_begin": t.begin,
        "_listed": t.listed,
        "_drop": t.drop,
        "_due": t.due,
        "_hurry": t.hurry,
        "_runs_down": t.runs_down,
        "_awaits": t.awaits,
        "_join": t.join,
        "_let_go": t.let_go,
        "_given_to": lambda c, w: c[t.cell(w)][1],
    }
