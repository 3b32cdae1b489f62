"""mm/slab.c: memory."""

from __future__ import annotations

from .observers import something_failed
from .ops import operation
from .runtime import holds, references
from .sched import check_may_sleep, refuse_interrupt

GFP_WAIT = 0x10


def unshared_heap(m, a, i) -> bool:
    """No heap address is ever stored where another actor could find it, and no allocation can be made to fail."""
    if m.shares_pointers or m.scenario.can_fail("kmalloc") or a.is_frame:
        return False
    return (
        i.op in ("kfree", "ksize")
        or i.args[1].const is not None
        and not i.args[1].const & GFP_WAIT
        or sleeps_unseen(m, i)
    )


def sleeps_unseen(m, i) -> bool:
    """Sleeping for memory changes nothing: the state is TASK_RUNNING before, and giving up the CPU lets nobody do what
    he could not do anyway."""
    return bool(i.info.get("running")) and (m.mode == "each" or m.config.preempt)


@operation("kmalloc", "kzalloc", local=unshared_heap)
def kmalloc(g, i):
    """Memory.  GFP_KERNEL may sleep for it: once, with the CPU given up, and TASK_RUNNING afterwards."""
    size, gfp = i.args
    g.trigger("allocated")
    may_wait = gfp.const is None or gfp.const & GFP_WAIT
    if may_wait:
        check_may_sleep(g)
    if g.slept and refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    if g.slept:
        g(f"c[{g.cell('st')}] = 0")
        g.frees = True
    zero = int(i.op == "kzalloc")
    call = f"_alloc(c, {g.src(size)}, {zero}, {g.m.allocators.index(g.a.index)})"
    if g.m.scenario.can_fail("kmalloc"):
        with g.when("c[@arm.kmalloc.0@]"):
            g("p = 0; c[@arm.kmalloc.0@] = 0")
            something_failed(g)
        g(f"else: p = {call}")
    else:
        g(f"p = {call}")
    g.result("p")
    g.event(g.src(size), *(["1"] if g.slept else []), result="p")
    return None


@operation("kfree", local=unshared_heap)
def kfree(g, i) -> None:
    g.copy()
    g.trigger("left")
    g(f"_free(c, {g.src(i.args[0])})")
    g.after.append("_gc(c)")
    g.event(g.src(i.args[0]))


@operation("cast", local=True)
def cast(g, i) -> None:
    g.copy()
    g.result(f"_cast(c, {g.src(i.args[0])}, {g.m.statics.struct_ids[i.info['struct']]})")


@operation("ksize", local=unshared_heap)
def ksize(g, i) -> None:
    """Differs from Linux: exactly what was asked for, where slabs come in a few sizes."""
    g.copy()
    g.result(f"_ksize(c, {g.src(i.args[0])})")
    g.event(g.src(i.args[0]), result=g.read(i.dst) if i.dst is not None else "None")


def leaked(m, cells) -> list[int]:
    """Addresses of live heap objects that nothing outside the heap leads to."""
    shift = m.memory.shift
    live = {p + shift for p in m.memory.heap if cells[p] is not None and cells[p][0] >= 0}
    if not live:
        return []
    roots = cells[: m.memory.first]
    if all(holds(roots, p) for p in live):
        return []
    reached = references(roots)
    todo = [p for p in live if p in reached]
    while todo:
        for q in references([cells[todo.pop() - shift]]) & live - reached:
            reached.add(q)
            todo.append(q)
    return sorted(live - reached)
