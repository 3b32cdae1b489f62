"""mm/slab.c: memory."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Fails, Sleeps, State, by_nobody, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import Branches, effects_of, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.runtime import references
from kthreadlab.lang.outcome import Outcome

from .module import is_gone
from .sched import refuse_interrupt
from .telling import Happened, Told

GFP_WAIT = 0x10
ALLOCATION = "kmalloc"
"""What a scenario says for an allocation that it makes fail."""


def for_memory(m: Plan, i: Instr) -> Sleeps:
    """GFP_KERNEL may sleep for memory."""
    gfp = i.args[1].const
    return Sleeps.MEMORY if gfp is None or gfp & GFP_WAIT else Sleeps.NEVER


def unshared_heap(m: Plan, a: Actor, i: Instr) -> bool:
    """No heap address is ever stored where another actor could find it, and no allocation can be made to fail."""
    if m.shares_pointers or m.world.can_fail(ALLOCATION) or a.is_frame:
        return False
    return effects_of(i.op).sleeping(m, i) is Sleeps.NEVER or sleeps_unseen(m, i)


def sleeps_unseen(m: Plan, i: Instr) -> bool:
    """Sleeping for memory changes nothing: the state is TASK_RUNNING before, and giving up the CPU lets nobody do what
    he could not do anyway."""
    return bool(i.info.get("running")) and m.cpus.others_run()


def tell_alloc(x: Happened) -> Told:
    """Whether there was memory, and whether the caller slept for it."""
    if not x.result:
        return Told(x.operands[:1], Outcome.FAILS)
    slept = x.operands[1:] == (1,)
    return Told(x.operands[:1], Outcome.SLEPT if slept else Outcome.OK, {"name": x.name(x.result)})


@operation(
    "kmalloc",
    "kzalloc",
    describe=tell_alloc,
    sleeps=for_memory,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.ALLOCATES, Fails(ALLOCATION)),
    seen=unless(unshared_heap),
)
def kmalloc(g: Gen, i: Instr) -> Branches:
    """Memory.  GFP_KERNEL may sleep for it: once, with the CPU given up, and TASK_RUNNING afterwards."""
    size = i.args[0]
    g.m.hooks.allocated(g)
    if g.second and refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    if g.second:
        g(f"{g.to('st')} = 0")
        g.frees = True
    zero = int(i.op == "kzalloc")
    call = f"_alloc(c, {g.src(size)}, {zero}, {g.m.allocators.index(g.a.index)})"
    if g.m.world.can_fail(ALLOCATION):
        with g.when("c[@arm.kmalloc.0@]"):
            g("p = 0; c[@!arm.kmalloc.0@] = 0")
            g.m.hooks.refused(g)
        g(f"else: p = {call}")
    else:
        g(f"p = {call}")
    g.result("p")
    g.event(g.src(size), *(["1"] if g.second else []), result="p")
    return None


def tell_free(x: Happened) -> Told:
    """What was given back."""
    return Told((x.name(x.operands[0]),), Outcome.OK if x.operands[0] else Outcome.NULL)


@operation(
    "kfree",
    describe=tell_free,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=unless(unshared_heap),
)
def kfree(g: Gen, i: Instr) -> None:
    g.copy()
    with g.when(g.src(i.args[0])):
        g(f"_free(c, {g.src(i.args[0])})")
        g.m.hooks.gone(g)
    g.after.append("_gc(c)")
    g.event(g.src(i.args[0]))


@operation("cast", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody)
def cast(g: Gen, i: Instr) -> None:
    g.copy()
    g.result(f"_cast(c, {g.src(i.args[0])}, {g.m.statics.struct_ids[i.info['struct']]})")


def tell_size(x: Happened) -> Told:
    """Whose size was asked for."""
    return Told((x.name(x.operands[0]),))


@operation(
    "ksize",
    describe=tell_size,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=unless(unshared_heap),
)
def ksize(g: Gen, i: Instr) -> None:
    """Differs from Linux: exactly what was asked for, where slabs come in a few sizes."""
    g.copy()
    g.result(f"_ksize(c, {g.src(i.args[0])})")
    g.event(g.src(i.args[0]), result=g.read(i.dst) if i.dst is not None else "None")


def roots(m: Laid, cells: Cells | Now) -> Cells | Now:
    """What is not on the heap; once the module is unloaded its statics are no more."""
    if not is_gone(m, cells):
        return cells[: m.memory.first]
    gone = {m.index[key] for key in m.layout.objects if key.startswith("s.") and key in m.index}
    return tuple(x for n, x in enumerate(cells[: m.memory.first]) if n not in gone)


def handed_on(m: Laid, cells: Cells | Now) -> set[int]:
    """The blocks of those timers and their like whose function runs now: it has been given them."""
    inside = [(a, m.index[a.timer.key]) for a in m.softirqs if a.timer is not None and a.timer.heap]
    runs = (n for a, n in inside if cells[m.index[f"pc.{a.index}"]] != m.special.get((a.index, "idle")))
    return {m.memory.block(n + m.memory.shift) for n in runs}


def leaked(m: Laid, cells: Cells | Now) -> list[int]:
    """Addresses of live heap objects that nothing outside the heap leads to."""
    memory, shift = m.memory, m.memory.shift
    live = {p + shift for p in memory.heap if cells[p] is not None and cells[p][0] >= 0}
    if not live:
        return []

    def led_to(values: Cells | Now) -> set[int]:
        found = references(values)
        return (found if memory.width == 1 else {memory.block(p) for p in found if memory.in_heap(p)}) & live

    named = {n + shift for n in memory.roots if any(cells[x] for x in memory.roots[n])}
    reached = led_to(roots(m, cells)) | (named | handed_on(m, cells)) & live
    todo = [] if reached == live else [*reached]
    while todo:
        n = todo.pop() - shift
        for q in led_to(cells[n : n + memory.width]) - reached:
            reached.add(q)
            todo.append(q)
    return sorted(live - reached)
