"""kernel/sched.c: try_to_wake_up().  What a wake-up does to a task's state is said here and nowhere else.

The cell of a task's state holds 0 (TASK_RUNNING), 1 or 2 (declared, not yet asleep), 5 or 6 (asleep in S or D), 8
(dead); `STOPPED` or `TRACED` where a signal has stopped a process.  A wake-up has a mask of the states it is for.  Who
is in one of them is TASK_RUNNING then, on its queue or not; whoever else is left alone, and nothing is remembered.

Of a task that is known when code is generated a wake-up is a line (`try_to_wake_up`; `made_runnable` where it is known,
too, that it sleeps), of any other a call (`make_wake_task`, and `make_walk` for the entries of a wait queue).
"""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells, stored
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.compile.values import TASK
from kthreadlab.lang.task_state import (
    OFF,
    TASK_INTERRUPTIBLE,
    TASK_RUNNING,
    TASK_STOPPED,
    TASK_TRACED,
    TASK_UNINTERRUPTIBLE,
)

from .queue import CORRUPT, NOBODY, unlink

S, D = TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE
ANY = S | D
"""Whom a wake-up is for: sleepers in TASK_INTERRUPTIBLE, in TASK_UNINTERRUPTIBLE, or in either."""


def process_mask(m: Plan, a: Actor) -> int:
    """Whom wake_up_process() is for: who sleeps; up to 2.6.32 a process that is stopped, too."""
    return ANY | _stopped(m) if a.kind == "user" else ANY


def _stopped(m: Plan) -> int:
    return TASK_STOPPED | TASK_TRACED if m.config.kernel.wakes_stopped else 0


def force_queues(m: Plan) -> None:
    """Whoever walks over one queue or changes its links may come to any other: all belong to the state."""
    m.force_kind("wait_queue_head")


def state_of(task: int | str) -> str:
    """The cell of the state of a task: of its number, or of what generated code computes that from."""
    return f"@st.{task}@" if isinstance(task, int) else f"_ST[{task}]"


def born(task: int, state: int) -> str:
    """The line of wake_up_new_task(): a thread that was not there is there, in this state."""
    return f"c[{stored(state_of(task))}] = {state}"


def made_runnable(task: int | str) -> str:
    """The line that makes a task runnable that sleeps."""
    return f"c[{stored(state_of(task))}] = {TASK_RUNNING}"


def sleeps_in(task: int, mask: int = ANY, at: str = "s") -> str:
    """An expression: has *task* declared one of the states of *mask*, asleep in it or not?  *at*: before the step
    (``s``), or now (``c``)."""
    return f"{at}[{state_of(task)}] & {mask}"


def try_to_wake_up(task: int, mask: int = ANY, at: str = "c", unless: str = "") -> str:
    """The line of a wake-up, which does not come where *unless* holds."""
    return f"if {f'not {unless} and ' if unless else ''}{sleeps_in(task, mask, at)}: {made_runnable(task)}"


WakeTask = Callable[[Cells, int, int], int]
"""``wake(c, task, mask)``: what try_to_wake_up() returns, 0 if it is not for *task*."""


def make_wake_task(states: tuple[int, ...], queued_returns: int) -> WakeTask:
    """The wake-up of any task by its number.  *states*: the cells of the tasks' states; *queued_returns*: what is
    returned for a task that had not yet gone to sleep (0 in 2.6, 1 today)."""

    def wake(c: Cells, task: int, mask: int = ANY) -> int:
        cell = states[task]
        x = c[cell]
        if not x & mask:
            return 0
        c[cell] = TASK_RUNNING
        return 1 if x > OFF else queued_returns

    return wake


def make_walk(wake: WakeTask, gone: Callable[[Cells, int], bool], tasks: int) -> Callable[[Cells, int, int, int], None]:
    """``walk(c, queue, mask, nr)``: __wake_up_common(), from the queue's head until *nr* exclusive entries are woken.

    *gone* says of which dead task there is no task_struct any more; whoever is woken is not dead.  There are so many
    *tasks*: what an entry was told to wake may be none.  Non-exclusive entries stand in front, newest first.
    """

    def walk(c: Cells, q: int, mask: int, nr: int) -> None:
        queue = c[q]
        if queue is None:
            raise KernelFault("uninitialised_queue")
        for e in queue:
            if e == CORRUPT:
                raise KernelFault("corrupted_queue")
            entry = c[e]
            if entry is None:
                raise KernelFault("dangling_entry")
            task = entry[0]
            if task == NOBODY:
                raise KernelFault("null_pointer", "an entry that nothing has initialised has no wake function")
            if not 0 <= task < tasks:
                raise KernelFault("bad_pointer" if task + TASK else "null_pointer", "this entry's task is none")
            if wake(c, task, mask):
                if entry[1]:
                    unlink(c, q, e)
                if entry[2]:
                    nr -= 1
                    if not nr:
                        return
            elif gone(c, task):
                raise KernelFault("ended_task")

    return walk


def environment(m: Laid, gone: Callable[[Cells, int], bool]) -> dict[str, object]:
    """What generated code calls."""
    states, queued_returns = m.state_cells, m.config.kernel.queued_wake
    wake = make_wake_task(states, queued_returns)

    def rouse(c: Cells, waiters: tuple[int, ...], everybody: int = 0) -> None:
        """Wake the first of *waiters* that sleeps, or all of them."""
        for task in waiters:
            if wake(c, task, ANY) and not everybody:
                return

    return {
        "_wake": make_walk(wake, gone, len(states)),
        "_wake_process": lambda c, t: wake(c, t - TASK, ANY | _stopped(m)),
        "_rouse": rouse,
        "_ST": tuple(m.index.get(f"st.{a.index}", 0) for a in m.actors),
    }
