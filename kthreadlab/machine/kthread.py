"""kernel/kthread.c: threads made by kthread_create(), told to stop by kthread_stop().

Such a thread is the kernel's own child: named from the start, without user memory, deaf to signals (2.6.11 blocks them,
kthreadd ignores them, and its children are passed over by the freezer).  It begins asleep, in S in 2.6.11 and in D
later, and its function runs after the first wake-up.  The cell ``stop`` of a thread holds 0, or the number of the task
that waits in kthread_stop() for its end plus 1.
"""

from __future__ import annotations

from .blocking import EINTR
from .frames import give_up_cpu
from .layout import ALL_SIGNALS
from .ops import operation
from .runtime import KernelFault
from .sched import check_may_sleep, fall_asleep, refuse_interrupt
from .signals import may_freeze, signals_to
from .values import TASK

ENOMEM = 12


def kthreads(m) -> list[int]:
    """The numbers of the actors that kthread_create() makes."""
    return [a.index for a in m.actors if a.kthread]


def stops(m) -> bool:
    """Does anybody ever call kthread_stop()?"""
    return any(i.kind == "op" and i.op == "kthread_stop" for a in m.actors for i in a.code)


def bear(g, i, child, state: int) -> None:
    """The thread number *child* is made: it stands before its first operation."""
    m, n = g.m, child.index
    words = "".join(g.src(a) + ", " for a in i.args[3:])
    g(f" c[@pc.{n}@] = _first{n}; c[@st.{n}@] = {state}; c[@parent.{n}@] = {m.config.kernel.kthread_parent}")
    g(f" c[@comm.{n}@] = _fmt(c, _txt(c, {g.src(i.args[2])}), ({words}))[:15]")
    g(f" c[@mm.{n}@] = 0")
    if signals_to(m, child):
        deaf = "blk" if m.config.kernel.kthread_blocks else "ign"
        g(f" c[@{deaf}.{n}@] = {ALL_SIGNALS}; c[@pend.{n}@] = 0")
    if may_freeze(m, child):
        g(f" c[@able.{n}@] = {int(m.config.kernel.kthread_freezable)}")
    lend(g, i, child)


def lend(g, i, child) -> None:
    """The thread's argument, where it is known only now."""
    if child.code[0].dst is not None:
        g(f" c[@arg.{child.index}@] = {g.src(i.args[1])}")


def resume_create(g, i) -> None:
    g.copy()
    m, child = g.m, i.info.get("child")
    if child is None:
        g(f"r = {-ENOMEM}")
    else:
        unborn, final = (m.special_number(m.actors[child], w) for w in ("unborn", "final"))
        may = ""
        if m.scenario.can_fail("fork"):
            g("e = c[@arm.fork.0@]; c[@arm.fork.0@] = 0")
            may = "not e and "
        g(f"if {may}c[@pc.{child}@] in ({unborn}, {final}):")
        bear(g, i, m.actors[child], 0 if i.op == "kthread_run" else m.config.kernel.born + 4)
        g(f" r = {TASK + child}")
        g(f"else: r = {-ENOMEM}")
    g.result("r")
    g.event(g.m.constants.ref(i.args[0]), result="r")


@operation("kthread_create", "kthread_run", resume=resume_create, sleeps=True, frees=True)
def kthread_create(g, i) -> list | None:
    """The caller asks, and sleeps until the thread is made.  Differs from Linux: nobody can see it sleep; and one place
    in the program makes one thread at a time (ERR_PTR(-ENOMEM) while the last one lives)."""
    check_may_sleep(g)
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    g.ctx = g.ctx._replace(off=0)
    g.event(g.m.constants.ref(i.args[0]))
    return None


@operation("kthread_bind")
def kthread_bind(g, i) -> None:
    """Differs from Linux: accepted, and of no consequence: any CPU may take any task."""
    g.copy()
    g.event(g.src(i.args[0]), g.src(i.args[1]))


def nobody_stops(m, a, i) -> bool:
    """The answer is always no."""
    return not a.kthread or not stops(m)


@operation("kthread_should_stop", local=nobody_stops)
def kthread_should_stop(g, i) -> None:
    g.copy()
    answer = "0" if nobody_stops(g.m, g.a, i) else f"1 if c[{g.cell('stop')}] else 0"
    g.result(answer)
    g.event(result=answer)


def resume_stop(g, i) -> list:
    """Back from sleep: the thread has ended, or this was not the wake-up for it."""
    g.copy()
    ended = f"c[{g.cell('kres')}]"

    def again() -> str:
        g(f"c[{g.cell('st')}] = 6")
        g.event(g.src(i.args[0]))
        give_up_cpu(g)
        g("return tuple(c)")
        return "stop"

    def done() -> None:
        g(f"r = {ended}; {ended} = None")
        g.result("r")
        g.event(g.src(i.args[0]), result="r")

    return [(f"{ended} is None", again), (None, done)]


@operation("kthread_stop", resume=resume_stop, sleeps=True, frees=True, waits="stop")
def kthread_stop(g, i) -> list | None:
    """Tell a thread to stop, wake it whatever it waits for, and sleep in D until it has ended.  A thread that has ended
    already has no task structure any more.  Differs from Linux: in 2.6.11 two callers would wait for each other."""
    check_may_sleep(g)
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    m, me = g.m, g.a.index
    g(f"t = {g.src(i.args[0])}")
    for k in kthreads(m):
        gone = tuple(m.special_number(m.actors[k], what) for what in ("unborn", "final"))
        g(f"if t == {TASK + k}:")
        g(f" if c[@pc.{k}@] in {gone} or c[@stop.{k}@]: raise KernelFault('use_after_free', 'the thread has ended')")
        g(f" c[@stop.{k}@] = {me + 1}")
        g(f" if c[@st.{k}@] & 3: c[@st.{k}@] = 0")
    g(f"if t not in ({''.join(f'{TASK + k}, ' for k in kthreads(m))}): _no_kthread(t)")
    g(f"c[{g.cell('kres')}] = None")
    fall_asleep(g, "6")
    g.ctx = g.ctx._replace(off=0)
    g.event("t")
    return None


def ends(g, code: str, returns: bool) -> None:
    """A thread ends: whoever waits for that in kthread_stop() goes on with what its function returned."""
    m, stop = g.m, g.cell("stop")
    if not g.a.kthread or not stops(m) or not (returns or m.config.kernel.stop_hears_exit):
        return
    g(f"x = c[{stop}]")
    g("if x:")
    g(f" c[_KRES[x - 1]] = {code}; c[_STATE[x - 1]] = 0; c[{stop}] = 0")


def never_ran(g) -> list[tuple]:
    """The first wake-up was kthread_stop()'s: the function is not called at all."""
    return [] if nobody_stops(g.m, g.a, None) else [(f"s[{g.cell('stop')}]", str(-EINTR))]


def environment(m) -> dict[str, object]:
    """What generated code calls."""

    def no_kthread(t: int) -> None:
        """What was given to kthread_stop() is no thread of kthread_create()'s."""
        raise KernelFault("bad_pointer" if t else "null_pointer", "this is no thread that kthread_create() made")

    return {
        "_no_kthread": no_kthread,
        "_KRES": tuple(m.index.get(f"kres.{a.index}", 0) for a in m.actors),
        "_STATE": m.state_cells,
    }
