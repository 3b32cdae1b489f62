"""Sleeping inside a kernel call: what completions, semaphores and mutexes have in common.

The cell of such an object is ``(value, waiters)``; *waiters* are the tasks that sleep for it, the longest first.  To be
woken is not yet to have it: a waiter stays in line, looks again when it is back on a CPU, and goes back to sleep if
somebody was faster.
"""

from __future__ import annotations

from kthreadlab.lang import ir

from .runtime import KernelFault
from .sched import fall_asleep, pending, refuse_interrupt

KINDS = ("completion", "semaphore", "mutex")
"""The objects that tasks wait for in line."""
MOST = 32
"""What is counted is counted up to here: the states must stay finite.  Differs from Linux: one more is not noticed."""
EINTR, ERESTARTSYS = 4, 512


def cell_of(g, v, kind: str) -> str:
    """The cell of the object that *v* leads to, as source; a pointer of which nothing is known is looked at first."""
    if v.obj is None:
        g(f"_waited(c, {g.src(v)}, {g.m.constants.ref(kind)})")
        force(g.m, kind)
    return f"c[{g.obj(v)}]"


def force(m, kind: str) -> None:
    """Objects of this kind may be reached through a pointer: they belong to the state."""
    for o in m.all_objects():
        if isinstance(o.type, ir.ObjType) and o.type.kind == kind:
            m.forced.add(o.key)


def fall_in(g, cell: str, state: int) -> str | None:
    """The caller joins the end of the line and sleeps in *state*."""
    if refuse_interrupt(g):
        return "stop"
    g(f"{cell} = ({cell}[0], (*{cell}[1], {g.a.index}))")
    fall_asleep(g, str(state + 4))
    g.ctx = g.ctx._replace(off=0)
    return None


def fall_out(g, cell: str, value: str) -> None:
    """The caller leaves the line; the object's value is *value* then."""
    g(f"{cell} = ({value}, tuple(a for a in {cell}[1] if a != {g.a.index}))")


def sleep_on(g, i, state: int) -> str:
    """Woken for nothing: the caller keeps its place in line and goes back to sleep."""
    g(f"c[{g.cell('st')}] = {state + 4}")
    g.event(g.obj(i.args[0]))
    if g.m.mode != "each":
        g("c[@cur.0@] = -1" if g.m.mode == "one" else "c[_CP[k]] = -1")
    g("return tuple(c)")
    return "stop"


def signalled(g) -> list[str]:
    """A test whether a signal ends an interruptible wait; none where nobody sends one."""
    test = pending(g)
    return [] if test == "0" else [test]


def environment(m) -> dict[str, object]:
    """What generated code calls."""
    states = m.state_cells
    kinds = {n: o.type.kind for k, o in m.layout.objects.items() if (n := m.index.get(k)) and hasattr(o.type, "kind")}

    def waited(c: list, p: int, kind: str) -> None:
        """Is this the address of such an object, and is that still there?"""
        if not p:
            raise KernelFault("null_pointer")
        if kinds.get(p) != kind:
            raise KernelFault("bad_pointer", f"this is no {kind}")
        if c[p] is None:
            raise KernelFault("dead_stack")

    def rouse(c: list, waiters: tuple, everybody: int = 0) -> None:
        """Wake the first of *waiters* that sleeps, or all of them."""
        for a in waiters:
            if c[states[a]] & 3:
                c[states[a]] = 0
                if not everybody:
                    return

    return {"_waited": waited, "_rouse": rouse}
