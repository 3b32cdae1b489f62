"""kernel/ptrace.c: somebody outside traces a process: strace, gdb.

Who attaches sends SIGSTOP, and a traced process that a signal stops is in TASK_TRACED: nothing but its tracer, or
SIGKILL, gets it out of there.  Of a tracer the cell ``trc`` of its process tells (0: nobody traces it).  A thread of
the kernel has no memory of user space, so nobody can attach to it (-EPERM).
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.plan import Plan
from kthreadlab.lang.task_state import DEAD, TASK_STOPPED, TASK_TRACED

from .signals import SIGSTOP
from .wakeup import S, try_to_wake_up


def attaches(m: Plan, a: Actor) -> list[str]:
    """The lines, one level in, by which a tracer attaches to *a*, if it can: it must be there, and have memory of user
    space; nobody is traced twice."""
    n, bit = a.index, 1 << SIGSTOP
    if a.kind != "user":
        return _asks_thread(m, a)
    unborn = f" and s[@pc.{n}@] != {m.special_number(a, 'unborn')}" if a.dormant else ""
    mask = S | TASK_STOPPED if m.config.kernel.attach_traps else S
    return [
        f"if s[@st.{n}@] != {DEAD} and not s[@trc.{n}@]{unborn}:",
        f" c[@!trc.{n}@] = 1; c[@!pend.{n}@] = s[@pend.{n}@] | {bit}",
        f" {try_to_wake_up(n, mask, 's')}",
    ]


def _asks_thread(m: Plan, a: Actor) -> list[str]:
    """A thread that still has the memory of who made it gets SIGSTOP, which it never obeys."""
    n, bit = a.index, 1 << SIGSTOP
    if a.kind != "thread":
        return ["pass"]
    return [
        f"if s[@st.{n}@] != {DEAD} and s[@mm.{n}@]:",
        f" c[@!blk.{n}@] = s[@blk.{n}@] & ~{bit}; c[@!pend.{n}@] = s[@pend.{n}@] | {bit}",
        f" {try_to_wake_up(n, S, 's')}",
    ]


def lets_go(a: Actor) -> list[str]:
    """The lines, one level in, by which the tracer of *a* lets it go."""
    return [f"c[@!trc.{a.index}@] = 0", try_to_wake_up(a.index, TASK_TRACED, "s")]
