"""mm/slab.c, lib/string.c, lib/vsprintf.c, kernel/printk.c: memory, text, the log."""

from __future__ import annotations

from kthreadlab.lang.ir import PtrType

from .observers import printed, something_failed
from .ops import operation
from .runtime import holds, references
from .sched import check_may_sleep, refuse_interrupt
from .sharing import private_text

GFP_WAIT = 0x10


def unshared_heap(m, a, i) -> bool:
    """No heap address is ever stored where another actor could find it, and no allocation can be made to fail."""
    if m.shares_pointers or m.scenario.faults or a.is_frame:
        return False
    return i.op == "kfree" or i.args[1].const is not None and not i.args[1].const & GFP_WAIT or sleeps_unseen(m, i)


def sleeps_unseen(m, i) -> bool:
    """Sleeping for memory changes nothing: the state is TASK_RUNNING before, and giving up the CPU lets nobody do what
    he could not do anyway."""
    return bool(i.info.get("running")) and (m.mode == "each" or m.config.preempt)


@operation("kmalloc", "kzalloc", local=unshared_heap)
def kmalloc(g, i):
    """Memory.  GFP_KERNEL may sleep for it: once, with the CPU given up, and TASK_RUNNING afterwards."""
    size, gfp = i.args
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
    if g.m.scenario.faults:
        with g.when("c[@arm.fail.0@]"):
            g("p = 0; c[@arm.fail.0@] = 0")
            something_failed(g)
        g(f"else: p = {call}")
    else:
        g(f"p = {call}")
    g.result("p")
    g.event(g.src(size), result="p")
    return None


@operation("kfree", local=unshared_heap)
def kfree(g, i) -> None:
    g.copy()
    g(f"_free(c, {g.src(i.args[0])})")
    g.after.append("_gc(c)")
    g.event(g.src(i.args[0]))


@operation("cast", local=True)
def cast(g, i) -> None:
    g.copy()
    g.result(f"_cast(c, {g.src(i.args[0])}, {g.m.statics.struct_ids[i.info['struct']]})")


def private_texts(m, a, i) -> bool:
    """The buffer is on this stack, or no heap address is shared; what is only read may be a constant."""
    return all(private_text(m, a, v) for v in i.args if hasattr(v, "obj"))


def tuple_src(g, args) -> str:
    return "(" + "".join(g.src(a) + ", " for a in args) + ")"


@operation("sprintf", "snprintf", local=private_texts)
def sprintf(g, i) -> None:
    g.copy()
    bounded = i.op == "snprintf"
    target, format_, rest = i.args[0], i.args[2 if bounded else 1], i.args[3 if bounded else 2 :]
    g.m.force(target)
    g(f"t = _fmt(c, _txt(c, {g.src(format_)}), {tuple_src(g, rest)})")
    if bounded:
        g(f"n = {g.src(i.args[1])}")
        g(f"if n > 0: _put(c, {g.src(target)}, t[:n - 1])")
    else:
        g(f"_put(c, {g.src(target)}, t)")
    g.result("len(t)")
    g.event(g.src(target), "t[:n - 1] if n else ''" if bounded else "t", result="len(t)")


@operation("strcpy", "strncpy", local=private_texts)
def strcpy(g, i) -> None:
    g.copy()
    g.m.force(i.args[0])
    g(f"t = _txt(c, {g.src(i.args[1])})")
    bound = f", {g.src(i.args[2])}" if i.op == "strncpy" else ""
    g(f"_{'ncopy' if bound else 'put'}(c, {g.src(i.args[0])}, t{bound})")
    g.result(g.src(i.args[0]))
    g.event(g.src(i.args[0]), "t", result=g.src(i.args[0]))


@operation("strlen", "strcmp", local=private_texts)
def string_query(g, i) -> None:
    g.copy()
    texts = [f"_txt(c, {g.src(a)})" for a in i.args]
    if i.op == "strlen":
        g(f"r = len({texts[0]})")
    else:
        g(f"x, y = {texts[0]}, {texts[1]}")
        g("r = (x > y) - (x < y)")
    g.result("r")
    g.event(*(texts if g.trace else ()), result="r")


@operation("memset", local=private_texts)
def memset(g, i) -> None:
    g.copy()
    g.m.force(i.args[0])
    p, value, count = (g.src(a) for a in i.args)
    g(f"_set(c, {p}, {value}, {count})")
    g.result(p)
    g.event(p, value, count)


def prints_safely(m, a, i) -> bool:
    """Nobody else can take away what printk has to read."""
    return not m.shares_pointers or not may_fault(i)


def may_fault(i) -> bool:
    """Does printk follow a pointer, or read a buffer, that may be no text?"""
    return any(isinstance(v.type, PtrType) or (v.obj is not None and not v.obj.constant) for v in i.args)


@operation("printk", local=prints_safely)
def printk(g, i) -> None:
    """The log belongs to the trace, not to the state; that what it prints can be read at all is seen in either."""
    g.copy()
    printed(g)
    g.result("0")
    if g.trace or may_fault(i):
        g(f"t = _fmt(c, _txt(c, {g.src(i.args[0])}), {tuple_src(g, i.args[1:])})")
    g.event("t")


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
