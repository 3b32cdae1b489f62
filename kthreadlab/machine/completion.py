"""kernel/sched.c: completions, include/linux/completion.h.

A completion's cell is ``(done, waiters)``.  *done* counts, so what is completed before anybody waits is not lost: that
is its difference from a wake-up.  After complete_all() it stays `ALL`.
"""

from __future__ import annotations

from .blocking import ERESTARTSYS, MOST, cell_of, fall_in, fall_out, signalled, sleep_on
from .ops import operation
from .sched import MAX_TIMEOUT, check_may_sleep

ALL = 1 << 30
"""What complete_all() makes of the count: as good as endless."""
S, D = 1, 2
TAKES_AT_EXPIRY = ("2.6.32", "6.12")
"""Versions in which a wait whose time is up still takes what was completed meanwhile."""


def taken(cell: str) -> str:
    """The count when one has been taken."""
    return f"{cell}[0] - ({cell}[0] < {ALL})"


@operation("init_completion")
def init_completion(g, i) -> None:
    """Differs from Linux: who waits for it already is forgotten, and sleeps for ever."""
    g.copy()
    cell = cell_of(g, i.args[0], "completion")
    g(f"{cell} = (0, ())")
    g.event(g.obj(i.args[0]))


@operation("complete", "complete_all")
def complete(g, i) -> None:
    """One more is done, and the longest waiter is woken; or all are, now and later."""
    g.copy()
    cell, everybody = cell_of(g, i.args[0], "completion"), i.op == "complete_all"
    g(f"n, w = {cell}")
    g(f"{cell} = ({ALL if everybody else f'n + (n < {MOST})'}, w)")
    g(f"_rouse(c, w, {int(everybody)})")
    g.event(g.obj(i.args[0]))


def resume_wait(g, i) -> list:
    """Back from sleep: taken, given up, or back to sleep."""
    g.copy()
    cell = cell_of(g, i.args[0], "completion")
    timed, interruptible = i.op.endswith("_timeout"), i.op.endswith("_interruptible")

    def take() -> None:
        fall_out(g, cell, taken(cell))
        leave(f"{g.m.constants.ref((1, 1, 1, MAX_TIMEOUT))}[c[{g.cell('tmo')}]]" if timed else "0")

    def give_up() -> None:
        fall_out(g, cell, f"{cell}[0]")
        leave(str(-ERESTARTSYS) if interruptible else "0")

    def leave(result: str) -> None:
        g(f"r = {result}")
        g.result("r")
        if timed:
            g(f"c[{g.cell('tmo')}] = 0")
        g.event(g.obj(i.args[0]), result="r")

    done = f"{cell}[0]"
    ways = [(done, take)]
    if timed:
        late = f" and not {done}" if g.m.config.profile in TAKES_AT_EXPIRY else ""
        ways = [(f"c[{g.cell('tmo')}] == 2{late}", give_up), (done, take)]
    if interruptible:
        ways += [(test, give_up) for test in signalled(g)]
    return [*ways, (None, lambda: sleep_on(g, i, S if interruptible else D))]


@operation(
    "wait_for_completion",
    "wait_for_completion_timeout",
    "wait_for_completion_interruptible",
    resume=resume_wait,
    sleeps=True,
    frees=True,
)
def wait_for_completion(g, i) -> list:
    """Take one that is done, or sleep until there is one.  Differs from Linux: what is left of a timeout is 1."""
    check_may_sleep(g)
    g.copy()
    cell = cell_of(g, i.args[0], "completion")
    timed, interruptible = i.op.endswith("_timeout"), i.op.endswith("_interruptible")
    queue = g.obj(i.args[0])
    if timed:
        g(f"t = {g.src(i.args[1])}")

    def at_once(result: str, value: str) -> None:
        g(f"{cell} = ({value}, {cell}[1])")
        g.result(result)
        g.returned, g.frees = True, False
        g.event(queue, result=result)

    def sleep() -> str | None:
        refused = fall_in(g, cell, S if interruptible else D)
        if timed and not refused:
            g(f"c[{g.cell('tmo')}] = 3 if t == {g.m.constants.ref(MAX_TIMEOUT)} else 1")
        if not refused:
            g.event(queue)
        return refused

    ways = [(f"{cell}[0]", lambda: at_once("t" if timed else "0", taken(cell)))]
    if timed:
        ways.append(("t < 0", lambda: at_once("0", f"{cell}[0]")))
    if interruptible:
        ways += [(test, lambda: at_once(str(-ERESTARTSYS), f"{cell}[0]")) for test in signalled(g)]
    return [*ways, (None, sleep)]


@operation("try_wait_for_completion")
def try_wait_for_completion(g, i) -> None:
    g.copy()
    cell = cell_of(g, i.args[0], "completion")
    g(f"r = 1 if {cell}[0] else 0")
    g(f"if r: {cell} = ({taken(cell)}, {cell}[1])")
    g.result("r")
    g.event(g.obj(i.args[0]), result="r")


@operation("completion_done")
def completion_done(g, i) -> None:
    g.copy()
    cell = cell_of(g, i.args[0], "completion")
    g(f"r = 1 if {cell}[0] else 0")
    g.result("r")
    g.event(g.obj(i.args[0]), result="r")
