"""kernel/fork.c, kernel/exit.c: how long a task_struct lives.

It is there until the task has ended, was reaped, and nobody holds a reference.  Who reaps a thread depends on whose
child it is: kthreadd, and whatever else ignores SIGCHLD, in the step in which it ends; init whenever it comes to that,
which is a choice of its own (``reap/task``, the cell ``reap``); a process of user space when it waits (`family`); the
creator of any other thread never, as it lives and does not wait.  Should that creator be a thread and end, init
inherits the child.

The cell ``ref`` counts the references that get_task_struct() has taken.  Both cells exist only where some program looks
at a task other than itself.
"""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells, stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid, initially
from kthreadlab.compile.ops import effects_of, operation
from kthreadlab.compile.plan import Cast, Plan
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.compile.steps import begin, done, of_the_world
from kthreadlab.compile.values import TASK, Val
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.task_state import DEAD

from .blocking import MOST
from .family import CREATOR, INIT, in_family
from .signals import may_freeze, signals_to

ALL_SIGNALS = (1 << 65) - 2
FORK = "fork"
"""What a scenario says for a new task that it makes fail."""

# ---- what a thread is before it has run: a child of insmod with its name; today, a thread of kthreadd's --------------


@initially("comm")
def first_name(m: Plan, task: int) -> str:
    """The name that ps shows."""
    a = m.actors[task]
    return a.name.split("#")[0][:15] if m.config.kernel.own_threads else maker_name(m, a)


def maker_name(m: Cast, a: Actor) -> str:
    """The name that a thread inherits."""
    return m.actors[a.made_by].name.split("#")[0][:15] if in_family(m, a) else "insmod"


@initially("parent")
def first_parent(m: Plan, task: int) -> int:
    """Whose child it is; of a process that nobody has forked, nobody's."""
    if m.actors[task].kind == "user":
        return 0 if m.actors[task].dormant else INIT
    return m.config.kernel.kthread_parent if m.config.kernel.own_threads else CREATOR


@initially("ign")
def first_ignored(m: Plan, task: int) -> int:
    """The signals that it is deaf to."""
    return ALL_SIGNALS if m.config.kernel.signals_ignored and m.actors[task].kind == "thread" else 0


@initially("able")
def first_freezable(m: Plan, task: int) -> int:
    """Does the freezer ask it?"""
    return int(m.config.kernel.freezable)


@initially("mm")
def first_memory(m: Plan, task: int) -> int:
    """Has it memory of user space?"""
    return int(not m.config.kernel.own_threads)


# ---- whose task_structs matter --------------------------------------------------------------------------------------


def own_address(a: Actor) -> str:
    """The Python of ``current``."""
    return str(TASK + a.index)


def operands(i: Instr, kind: str) -> list[Val]:
    """The operands of this kind that a call is given."""
    call = CALLS.get(i.op) if i.kind == "op" else None
    return [v for k, v in zip(call.params, i.args, strict=False) if k == kind] if call is not None else []


def keeps(i: Instr) -> bool:
    """Does a call leave the task that it is given where it is found later, in a wait-queue entry on nobody's stack?"""
    return any(v.obj is None or v.obj.owner is None for v in operands(i, "entry"))


def hands_back(i: Instr) -> bool:
    """Is the task that a call is given its result, which somebody takes?"""
    return i.kind == "op" and i.dst is not None and Does.HANDS_BACK in effects_of(i.op).does


def asks_another(a: Actor, i: Instr) -> bool:
    """Is a call given a task that may be another than its caller?"""
    return any(v.src != own_address(a) for v in operands(i, "task"))


def meant(g: Gen, i: Instr) -> list[tuple[Actor, str]]:
    """Which tasks a call may speak of, each with the test for it: the caller, or whatever task is at the address ``t``,
    where a task_struct must be."""
    if not asks_another(g.a, i):
        return [(g.a, "True")]
    g(f"t = {g.src(operands(i, 'task')[0])}")
    g("_task(c, t)")
    return [(a, f"t == {TASK + a.index}") for a in g.m.actors if a.is_task]


def follows_tasks(m: Cast) -> bool:
    """Does any program look at a task that may not be the one that runs?"""
    looks = any(asks_another(a, i) or (operands(i, "task") and keeps(i)) for a in m.actors for i in a.code)
    return looks or any(a.does(Does.LETS_GO) for a in m.actors)


def publishes(a: Actor) -> bool:
    """May a pointer to *a* get into other hands?  kthread_create() hands one out; else it is the thread itself that
    stores ``current``.  One that gives back a reference to itself is in the hands of whoever frees it."""
    if a.kthread or a.does(Does.LETS_GO):
        return True
    values = [v for i in a.code for v in (i.src, *i.args) if keeps(i) or hands_back(i) or v not in operands(i, "task")]
    return any(isinstance(v, Val) and own_address(a) in v.src for v in values)


def may_be_used_later(m: Plan, a: Actor) -> bool:
    """May somebody use the task_struct of thread *a* after its end?"""
    return a.kind in ("thread", "user") and m.follows_tasks and publishes(a)


def reaped_later(m: Plan, a: Actor) -> bool:
    """Is it a choice when *a* is reaped, and does that matter?"""
    return in_family(m, a) or (may_be_used_later(m, a) and not a.kthread and bool(heirs(m, a)))


def heirs(m: Plan, a: Actor) -> str:
    """An expression over ``s``: is the thread *a*, if it has ended, init's to reap?  "" if it never can be."""
    if in_family(m, a):
        return f"s[@parent.{a.index}@] == {INIT}"
    tests = [f"s[@parent.{a.index}@] == {INIT}"] if m.config.kernel.reaper == INIT else []
    creator = creator_of(m, a)
    if creator is not None and creator.kind == "thread":
        tests.append(f"s[@parent.{a.index}@] == {CREATOR} and s[@st.{creator.index}@] == {DEAD}")
    return " or ".join(tests)


def creator_of(m: Plan, a: Actor) -> Actor | None:
    """The actor that makes the thread *a*; None if the scenario does."""
    return next((x for x in m.actors for i in x.code if i.info.get("child") == a.index), None)


def stops(m: Plan) -> bool:
    """Does anybody ever call kthread_stop()?"""
    return any(a.does(Does.STOPS) for a in m.actors)


def told(m: Plan) -> list[int]:
    """Whom somebody may tell to stop: those that kthread_create() makes, and where kthread_stop() does not look at whom
    it is given, any whose address gets into its hands."""
    anybody = m.config.kernel.stop_lock and stops(m)
    return [a.index for a in m.actors if a.kthread or anybody and (publishes(a) or a.does(Does.STOPS))]


def counted(m: Plan) -> list[int]:
    """The threads of which references may be counted."""
    return [a.index for a in m.actors if may_be_used_later(m, a)]


# ---- operations -----------------------------------------------------------------------------------------------------


@operation(
    "get_task_struct",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.HANDS_BACK,),
    seen=by_all,
)
def get_task_struct(g: Gen, i: Instr) -> None:
    """One reference more."""
    count(g, i, lambda cell: f"{stored(cell)} += {cell} < {MOST}")


@operation(
    "put_task_struct",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LETS_GO,),
    seen=by_all,
)
def put_task_struct(g: Gen, i: Instr) -> None:
    """One reference less.  One that nobody took is the task's own: its task_struct goes while it is in use, at once
    where it has ended, else at its end, and at once again with the next one."""
    count(g, i, lambda cell: f"{stored(cell)} -= _taken(c, {cell}, t)")


def ends(g: Gen) -> None:
    """The thread ends, and gives back the references that it had by itself: one may be gone."""
    if may_be_used_later(g.m, g.a):
        g.after.append(f"if c[{g.cell('ref')}] < 0: raise KernelFault('ended_task', {g.m.constants.ref(g.a.name)})")


def count(g: Gen, i: Instr, change: Callable[[str], str]) -> None:
    """The references to the task that a call is given; with the last one goes what its function returned."""
    g.copy()
    g(f"t = {g.src(i.args[0])}")
    g("_task(c, t)")
    for k in counted(g.m):
        g(f"if t == {TASK + k}:")
        g(f" {change(f'c[@ref.{k}@]')}")
        if g.m.actors[k].kthread and stops(g.m):
            g(f" if not c[@ref.{k}@] and not c[@stop.{k}@] and c[@st.{k}@] == {DEAD}: c[@!over.{k}@] = 0")
    g.result("t")
    g.event("t")


def born_again(g: Gen, child: Actor) -> None:
    """Where a thread is made that was there before: it is a child of its creator again, deaf to nothing, and nobody has
    reaped it."""
    m, n = g.m, child.index
    parent = g.a.pid if in_family(m, child) else CREATOR
    g(f" c[@!comm.{n}@] = {m.constants.ref(maker_name(m, child))}; c[@!parent.{n}@] = {parent}; c[@!mm.{n}@] = 1")
    if signals_to(m, child):
        g(f" c[@!pend.{n}@] = c[@!blk.{n}@] = c[@!ign.{n}@] = 0")
    if may_freeze(m, child):
        g(f" c[@!able.{n}@] = {int(m.config.kernel.freezable)}")
    if reaped_later(m, child):
        g(f" c[@!reap.{n}@] = 0")


def vacant(m: Plan, child: Actor) -> str:
    """An expression over ``c``: may the place of the thread *child* be given to a new one?  Differs from Linux: not
    while somebody holds a reference to the last one."""
    n = child.index
    unborn, final = m.special_number(child, "unborn"), m.special_number(child, "final")
    ended = f"c[@pc.{n}@] in ({unborn}, {final})"
    if in_family(m, child):
        ended = f"(c[@pc.{n}@] == {unborn} or c[@pc.{n}@] == {final} and c[@reap.{n}@])"
    held = [f"c[@ref.{n}@]"] if m.follows_tasks else []
    held += [f"c[@stop.{n}@]"] if n in told(m) else []
    return " and not ".join([ended, *held])


# ---- the choice of init ---------------------------------------------------------------------------------------------


def world(m: Plan) -> list[tuple[str, list[str]]]:
    """The choices by which init reaps: names and lines."""
    return [(f"reap{a.index}", _reaps(m, a)) for a in m.actors if reaped_later(m, a)]


def _reaps(m: Plan, a: Actor) -> list[str]:
    n = a.index
    return [
        f"def reap{n}(s):",
        refuse(f"s[@st.{n}@] != {DEAD} or not ({heirs(m, a)})", because("alive", who=f"({n},)")),
        *m.cpus.room(),
        begin(),
        f" c[@!reap.{n}@] = 1",
        of_the_world("reap", n),
        done(),
    ]


def make_gone(m: Laid) -> Callable[[Cells, int], bool]:
    """``gone(c, k)``: is the task_struct of task number *k* no more?"""
    index, kernel = m.index, m.config.kernel
    at_once = {kernel.kthread_parent, kernel.reaper} - {INIT}

    def cells(name: str) -> tuple[int, ...]:
        return tuple(index.get(f"{name}.{a.index}", 0) for a in m.actors)

    refs, reaped, stops, parents = cells("ref"), cells("reap"), cells("stop"), cells("parent")
    threads = tuple(a.kind in ("thread", "user") for a in m.actors)
    born = tuple(m.layout.initial_value(f"parent.{a.index}") if threads[a.index] else 0 for a in m.actors)
    kthreads = tuple(a.kthread for a in m.actors)
    states = m.state_cells

    def gone(c: Cells, k: int) -> bool:
        if not threads[k] or c[states[k]] != DEAD or c[refs[k]] or (stops[k] and not kernel.stop_lock and c[stops[k]]):
            return False
        parent = c[parents[k]] if parents[k] else born[k]
        return bool(kthreads[k] or c[reaped[k]] or parent in at_once)

    return gone


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    gone, tasks = make_gone(m), len(m.actors)

    def task(c: Cells, t: int) -> None:
        """Is this the address of a task_struct at all, and is that still there?"""
        if not TASK <= t < TASK + tasks:
            raise KernelFault("bad_pointer" if t else "null_pointer")
        if gone(c, t - TASK):
            raise KernelFault("ended_task", m.actors[t - TASK].name)

    def taken(c: Cells, references: int, t: int) -> int:
        if references < (c[m.state_cells[t - TASK]] == DEAD):
            raise KernelFault("ended_task", m.actors[t - TASK].name)
        return 1

    return {"_task": task, "_taken": taken}
