"""kernel/exit.c: parents, children, zombies.

A *family* is a process of user space with what it forks and the threads that it makes by kernel_thread().  Of each
member two cells say whose it is and what is left of it: ``parent``, the pid of its parent, and ``reap``, once it has
ended, 0 (EXIT_ZOMBIE: somebody has still to wait for it) or 1 (EXIT_DEAD).  Who ends tells its parent; a parent that
ignores SIGCHLD, as kthreadd does, is told nothing, and the child is gone at once.  The children of a parent that ends
are init's, who reaps when it comes to it (`lifetime`).

A thread may be made so that its end sends no SIGCHLD (``sig``, the low byte of kernel_thread's flags); then wait4()
passes it by, as long as it is not init's.  ``code`` is what wait4() gives of a member that has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cell, stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Waits
from kthreadlab.compile.layout import initially
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Cast, Plan
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import DEAD

from .telling import Happened, Told
from .wakeup import S, try_to_wake_up

CREATOR = 2000
"""The pid of insmod, the parent of every thread of a scenario until daemonize()."""
INIT = 1
"""The pid of init."""
SIGCHLD = CONSTANTS["SIGCHLD"]


def in_family(m: Cast, a: Actor) -> bool:
    """Is it a process of user space, or a thread that one has made?"""
    return a.kind == "user" or (a.made_by >= 0 and m.actors[a.made_by].kind == "user" and not a.kthread)


def kin(m: Cast, a: Actor) -> Sequence[Actor]:
    """Whom the process *a* may have as children."""
    return [x for x in m.actors if x.made_by == a.index and in_family(m, x)]


@initially("sig")
def first_signal(m: Plan, task: int) -> Cell:
    """What its parent gets at its end."""
    return SIGCHLD


def child_of(n: int, parent: Actor) -> str:
    """An expression over ``c``: is number *n* a child of *parent*, alive or a zombie?"""
    return f"c[@parent.{n}@] == {parent.pid} and not c[@reap.{n}@]"


def heard(n: int) -> str:
    """An expression over ``c``: does the end of number *n* send SIGCHLD?"""
    return f"c[@sig.{n}@] == {SIGCHLD}"


def sends(g: Gen, child: Actor, signal: str) -> None:
    """The caller has made a thread, whose end sends *signal*: a line one level in."""
    g(f" c[@!sig.{child.index}@] = {signal}")


def waits_for_child(m: Plan) -> str:
    """The name of a table over nodes: does whoever stands there sleep in wait4()?"""
    return m.notes.shared_table("child", lambda n: n.phase == 1 and Waits("child") in effects_of(m.instr(n).op).does)


def waited_for(m: Cast, a: Actor) -> dict[int, str]:
    """Whom the process *a* may wait for, by number, each with the test over ``c`` for being its child, dead or alive,
    whose end is told."""
    own = {x.index: child_of(x.index, a) for x in kin(m, a)}
    return own | {n: f"{test} and {heard(n)}" for n, test in own.items() if m.actors[n].kind == "thread"}


def reaps(g: Gen, n: int) -> None:
    """Nothing is left of number *n*."""
    g(f"c[@!reap.{n}@] = 1; c[@!code.{n}@] = 0")


def ends(g: Gen, code: str) -> None:
    """A member ends, with *code* as wait4() gives it: its children become init's, its parent hears of it."""
    n = g.a.index
    if g.a.made_by >= 0:
        g(f"c[@!code.{n}@] = {code}")
    g(f"c[{stored(g.cell('st'))}] = {DEAD}")
    for child in kin(g.m, g.a):
        with g.when(child_of(child.index, g.a)):
            g(f"c[@!parent.{child.index}@] = {INIT}")
            if child.kind == "thread":
                g(f"c[@!sig.{child.index}@] = {SIGCHLD}")
            g.event(str(ORPHANED), str(child.index))
    _tell_parent(g)


def _tell_parent(g: Gen) -> None:
    """do_notify_parent(): whoever ignores SIGCHLD has no zombies, and whoever waits wakes up."""
    m, n, reaper = g.m, g.a.index, g.m.config.kernel.reaper
    if g.a.kind == "thread" and reaper != INIT:
        g(f"if c[@parent.{n}@] == {reaper}: c[@!reap.{n}@] = 1")
    if g.a.made_by < 0:
        return
    parent = m.actors[g.a.made_by]
    if parent.ignores >> SIGCHLD & 1:
        with g.when(f"c[@parent.{n}@] == {parent.pid} and {heard(n)}"):
            g(f"c[@!reap.{n}@] = 1")
    with g.when(f"c[@parent.{n}@] == {parent.pid} and {waits_for_child(m)}[c[@pc.{parent.index}@]]"):
        g(try_to_wake_up(parent.index, S))


# ---- how it is told -------------------------------------------------------------------------------------------------

OWN, ENDS, ORPHANED, STANDS = 0, 1, 2, 3
"""The first operand of an event of a process: what its call is, that the process ends, that a child has become init's,
that a signal has stopped it."""


def parent_of(x: Happened, a: Actor) -> tuple[int, str]:
    """The pid and the name of the parent of *a* before the step."""
    pid = x.names.identity(x.before, a)[1]
    return pid, "init" if pid == INIT else next((p.name for p in x.m.actors if p.pid == pid), f"process {pid}")


def fate(x: Happened, a: Actor) -> tuple[Outcome, str]:
    """What is left of a member that ends, and the name of its parent."""
    pid, name = parent_of(x, a)
    signal = x.before[n] if (n := x.m.index.get(f"sig.{a.index}")) is not None else SIGCHLD
    if pid == INIT:
        return Outcome.LEFT, name
    parent = next((p for p in x.m.actors if p.pid == pid), None)
    if parent is None or (signal == SIGCHLD and parent.ignores >> SIGCHLD & 1):
        return Outcome.DISOWNED, name
    return (Outcome.AWAITED if signal == SIGCHLD else Outcome.UNTOLD), name


def meaning(code: int) -> str:
    """What wait4() makes of *code*: the low seven bits are a signal, the next eight an exit status."""
    return f"killed by signal {code & 0x7F}" if code & 0x7F else f"exit status {code >> 8 & 0xFF}"


def tell_end(x: Happened) -> Told:
    """A process ends: by itself, or by a signal."""
    _, code, signal = x.operands
    outcome, parent = fate(x, x.actor)
    details = {"parent": parent, "status": meaning(code), "comm": x.actor.name, "pid": x.actor.pid}
    return Told((signal or code >> 8,), outcome, details, op="fatal_signal" if signal else "sys_exit")


def tell_orphan(x: Happened) -> Told:
    """A child of whoever ends is init's from now on."""
    return Told(x.tasks(x.operands[1:]), op="reparent")
