"""kernel/kthread.c: threads made by kthread_create(), told to stop by kthread_stop().

Such a thread is the kernel's own child: named from the start, without user memory, deaf to signals (2.6.11 blocks them,
kthreadd ignores them, and its children are passed over by the freezer).  It begins asleep, in S in 2.6.11 and in D
later, and its function runs after the first wake-up.  The cell ``stop`` of a thread holds 0, or the numbers of the
tasks that have told it to stop and wait for its end; ``over``, once it has ended and somebody may still ask,
``(code, told)``: what its function returned, and whether nobody has been told yet; ``kstop`` the mutex of `stop_lock`,
``(owner plus 1, waiters)``.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import REST, Does, Fails, MakesThread, Sleeps, State, Waits, by_all, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import Branches, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.compile.values import TASK
from kthreadlab.lang.errno import EINTR, ENOMEM
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_D, DEAD, OFF

from .lifetime import ALL_SIGNALS, FORK, stops, told, vacant
from .sched import declared_state, fall_asleep, refuse_interrupt
from .signals import may_freeze, signals_to
from .telling import Happened, Told
from .wakeup import born, try_to_wake_up


def kthreads(m: Plan) -> list[int]:
    """The numbers of the actors that kthread_create() makes."""
    return [a.index for a in m.actors if a.kthread]


def bear(g: Gen, i: Instr, child: Actor, state: int) -> None:
    """The thread number *child* is made: it stands before its first operation."""
    m, n = g.m, child.index
    words = "".join(g.src(a) + ", " for a in i.args[3:])
    g(f" c[@!pc.{n}@] = _first{n}; {born(n, state)}; c[@!parent.{n}@] = {m.config.kernel.kthread_parent}")
    g(f" c[@!comm.{n}@] = _fmt(c, _txt(c, {g.src(i.args[2])}), ({words}))[:15]")
    g(f" c[@!mm.{n}@] = 0")
    if any(a.does(Does.PARKS) for a in m.actors):
        g(f" c[@!park.{n}@] = 0")
    if signals_to(m, child):
        deaf = "blk" if m.config.kernel.kthread_blocks else "ign"
        g(f" c[@!{deaf}.{n}@] = {ALL_SIGNALS}; c[@!pend.{n}@] = 0")
    if may_freeze(m, child):
        g(f" c[@!able.{n}@] = {int(m.config.kernel.kthread_freezable)}")
    lend(g, i, child)


def lend(g: Gen, i: Instr, child: Actor) -> None:
    """The thread's argument, where it is known only now."""
    if child.code[0].dst is not None:
        g(f" c[@!arg.{child.index}@] = {g.src(i.args[1])}")


def resume_create(g: Gen, i: Instr) -> None:
    """The thread is there, or could not be made."""
    g.copy()
    m, child = g.m, i.info.get("child")
    if child is None:
        g(f"r = {-ENOMEM}")
    else:
        may = ""
        if m.world.can_fail(FORK):
            g("e = c[@arm.fork.0@]; c[@!arm.fork.0@] = 0")
            may = "not e and "
        g(f"if {may}{vacant(m, m.actors[child])}:")
        bear(g, i, m.actors[child], 0 if i.op == "kthread_run" else m.config.kernel.born + OFF)
        g(f" r = {TASK + child}")
        g(f"else: r = {-ENOMEM}")
    if declared_state(g.a):
        g(f"{g.to('st')} = 0")
    g.m.hooks.forked(g, "r")
    g.result("r")
    g.event(g.m.constants.ref(i.args[0]), result="r")


def tell_create(x: Happened) -> Told:
    """Whether there is a thread now."""
    made = Outcome.OK if x.back and x.result > 0 else Outcome.FAILS
    return Told(x.operands, made if x.back else Outcome.ANY)


@operation(
    "kthread_create",
    "kthread_run",
    resume=resume_create,
    describe=tell_create,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(2, REST),
    writes=(),
    does=(MakesThread(kthread=True), Fails(FORK), Does.LOOKS_AGAIN),
    seen=by_all,
)
def kthread_create(g: Gen, i: Instr) -> Branches:
    """The caller asks, and sleeps until the thread is made.  Differs from Linux: nobody can see it sleep; and one place
    in the program makes one thread at a time (ERR_PTR(-ENOMEM) while the last one lives, or somebody holds it)."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    g.ctx = g.ctx._replace(off=0)
    g.event(g.m.constants.ref(i.args[0]))
    return None


@operation("kthread_bind", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def kthread_bind(g: Gen, i: Instr) -> None:
    """Differs from Linux: accepted, and of no consequence: any CPU may take any task."""
    g.copy()
    g(f"_task(c, {g.src(i.args[0])})")
    g.event(g.src(i.args[0]), g.src(i.args[1]))


def nobody_stops(m: Plan, a: Actor, i: Instr | None) -> bool:
    """The answer is always no."""
    return a.index not in told(m) or not stops(m)


@operation(
    "kthread_should_stop",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=unless(nobody_stops),
)
def kthread_should_stop(g: Gen, i: Instr) -> None:
    g.copy()
    answer = "0" if nobody_stops(g.m, g.a, i) else f"1 if c[{g.cell('stop')}] else 0"
    g.result(answer)
    g.event(result=answer)


def stop_lock(m: Plan) -> str:
    """The cell of the mutex that up to 2.6.30 is held from a request to stop to the end of the stopped thread; "" where
    nobody could ever wait for it."""
    callers = sum(a.does(Does.STOPS) for a in m.actors)
    return "c[@kstop.0@]" if m.config.kernel.stop_lock and callers > 1 else ""


def ask(g: Gen, line: str) -> None:
    """The task at the address ``t`` is told to stop and woken, whatever it waits for; *line*: who waits for it.  One
    that kthread_create() did not make never says that it has ended."""
    m = g.m
    g("_task(c, t)")
    for k in told(m):
        g(f"if t == {TASK + k}:")
        g(f" c[@!stop.{k}@] = {line.format(k)}")
        if m.actors[k].is_task:
            g(f" {try_to_wake_up(k)}")
    g(f"if t not in ({''.join(f'{TASK + k}, ' for k in told(m))}): _no_kthread(t)")


def stopped_by(m: Laid, s: Now, actor: int) -> int:
    """The thread that *actor* has told to stop, and for whose end it waits in state *s*; -1 if there is none."""
    line = ((k, m.index.get(f"stop.{k}", 0)) for k in told(m))
    return next((k for k, n in line if actor in (s[n] or ())), -1)


def ahead(m: Laid, s: Now) -> int:
    """The task whose kthread_stop() all others wait for in state *s*; -1 if they need not."""
    return (s[m.index.get("kstop.0", 0)] or (0,))[0] - 1


def leave_line(g: Gen) -> None:
    """The caller waits no more for the end of the thread at ``t``.  What that returned is forgotten with its
    task_struct."""
    for k in kthreads(g.m):
        g(f"if t == {TASK + k}:")
        g(f" c[@!stop.{k}@] = _out(c[@stop.{k}@], {g.a.index})")
        g(f" if not c[@stop.{k}@] and not c[@ref.{k}@] and c[@st.{k}@] == {DEAD}: c[@!over.{k}@] = 0")


def look(g: Gen, take: bool, who: str = "") -> None:
    """``r`` is what the thread at ``t`` returned, or None if the caller must wait; *take*: the completion that told of
    its end is used up by that; *who* may look at all."""
    g("r = None")
    for k in kthreads(g.m):
        over = f"c[@over.{k}@]"
        g(f"if {who}t == {TASK + k} and {over}{' and ' + over + '[1]' if take else ''}:")
        g(f" r = {over}[0]")
        if take:
            g(f" {stored(over)} = (r, 0)")


def resume_stop(g: Gen, i: Instr) -> Branches:
    """Back from sleep: the thread has ended, or this was not the wake-up for it."""
    g.copy()
    me, lock = g.a.index, stop_lock(g.m)
    g(f"t = {g.src(i.args[0])}")
    if lock:
        g(f"o, w = {lock}")
    look(g, take=True, who=f"o == {me + 1} and " if lock else "")
    if lock:
        with g.when("not o"):
            g(f"{stored(lock)} = ({me + 1}, _out(w, {me}) or ())")
            ask(g, f"({me},)")

    def again() -> str:
        g(f"{g.to('st')} = {ASLEEP_D}")
        g.event("t")
        g.m.cpus.give_up(g)
        g.done()
        return "stop"

    def done() -> None:
        leave_line(g)
        if lock:
            g(f"{stored(lock)} = (0, w) if w else 0; _rouse(c, w)")
        g.result("r")
        g.event("t", result="r")

    return [("r is None", again), (None, done)]


def tell_stop(x: Happened) -> Told:
    """Whether the caller has told the thread, waits for its turn to do so, or goes on."""
    name = (x.name(x.operands[0]),)
    if x.result is not None:
        return Told(name, Outcome.ANY if x.back else Outcome.ENDED)
    if stopped_by(x.m, x.after, x.actor.index) < 0:
        return Told(name, Outcome.IN_TURN)
    asks = x.back and stopped_by(x.m, x.before, x.actor.index) < 0
    return Told(name, Outcome.ASKS if asks else Outcome.AGAIN if x.back else Outcome.ANY)


@operation(
    "kthread_stop",
    resume=resume_stop,
    describe=tell_stop,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.STOPS, Does.LOOKS_AGAIN, Waits("stop")),
    seen=by_all,
)
def kthread_stop(g: Gen, i: Instr) -> Branches:
    """Tell a thread to stop, wake it whatever it waits for, and sleep in D until it has ended.

    Up to 2.6.30 one mutex serialises all callers, and the end of a thread is told only to who has asked before it; of
    one that kthread_create() did not make it is never told.
    Later a completion of the thread's own tells of it: one that has ended already is not waited for, as long as its
    task_struct is there; but of two callers only one is told (in 2.6.32 none that comes later need wait)."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    m, me, lock = g.m, g.a.index, stop_lock(g.m)
    g(f"t = {g.src(i.args[0])}; r = None")
    if lock:
        g(f"o, w = {lock} or (0, ())")
        with g.when("o"):
            g(f"{stored(lock)} = (o, (*w, {me}))")
        with g.when("not o"):
            g(f"{stored(lock)} = ({me + 1}, w)")
            ask(g, f"({me},)")
    elif m.config.kernel.stop_lock:
        ask(g, f"({me},)")
    else:
        ask(g, f"(*(c[@stop.{{0}}@] or ()), {me})")
        look(g, take=m.config.kernel.told_once)

    def at_once() -> None:
        leave_line(g)
        g.result("r")
        g.returned, g.frees = True, False
        g.event("t", result="r")

    def sleep() -> None:
        fall_asleep(g, "6")
        g.ctx = g.ctx._replace(off=0)
        g.event("t")

    return [(None, sleep)] if m.config.kernel.stop_lock else [("r is not None", at_once), (None, sleep)]


def ends(g: Gen, code: str, returns: bool) -> None:
    """A thread ends: who waits for that in kthread_stop() goes on with what its function returned."""
    m, a = g.m, g.a
    if not a.kthread or not stops(m):
        return
    stop, over = f"c[{g.cell('stop')}]", f"c[{g.cell('over')}]"
    if m.config.kernel.stop_lock:
        if returns:
            g(f"if {stop}: {stored(over)} = ({code}, 1); _rouse(c, {stop})")
    else:
        g(f"if {stop} or c[{g.cell('ref')}]: {stored(over)} = ({code}, 1); _rouse(c, {stop} or ())")


def never_ran(g: Gen) -> list[tuple[str, str]]:
    """The first wake-up was kthread_stop()'s: the function is not called at all."""
    never = not g.a.kthread or nobody_stops(g.m, g.a, None)
    return [] if never else [(f"s[{g.cell('stop')}]", str(-EINTR))]


def environment(m: Plan) -> dict[str, object]:
    """What generated code calls."""

    def no_kthread(t: int) -> None:
        """What was given to kthread_stop() is no thread of kthread_create()'s."""
        raise KernelFault("bad_pointer" if t else "null_pointer", "this is no thread that kthread_create() made")

    return {"_no_kthread": no_kthread, "_out": lambda line, a: tuple(x for x in line or () if x != a) or 0}
