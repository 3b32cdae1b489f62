"""kernel/sched.c: completions, include/linux/completion.h.

A completion's cell is ``(done, waiters)``.  *done* counts, so what is completed before anybody waits is not lost: that
is its difference from a wake-up.  After complete_all() it stays `ALL`.
"""

from __future__ import annotations

from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, Waits, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import Branch, Branches, operation
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh
from kthreadlab.lang.errno import ERESTARTSYS

from .blocking import MOST, fall_in, fall_out, returns, signals, sleep_on, tell_line
from .sched import MAX_TIMEOUT, declared_state
from .wakeup import D, S

ALL = 1 << 30
"""What complete_all() makes of the count: as good as endless."""


SIZES["completion"] = 32


@fresh("completion")
def fresh_completion(statics: Statics, decl: Declared) -> Fresh:
    """Nothing is complete, and nobody waits; links of zeros where nothing has initialised it."""
    ready = decl.make != "completion"
    return Fresh((0, ()) if ready else None, ready)


def taken(cell: str) -> str:
    """The count when one has been taken."""
    return f"{cell}[0] - ({cell}[0] < {ALL})"


@operation(
    "init_completion",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES,),
    seen=by_all,
)
def init_completion(g: Gen, i: Instr) -> None:
    """Differs from Linux: who waits for it already is forgotten, and sleeps for ever."""
    g.copy()
    cell = f"c[@{i.named.key}@]"
    g(f"{stored(cell)} = (0, ())")
    g.event(g.obj(i.args[0]))


@operation(
    "complete",
    "complete_all",
    describe=tell_line,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def complete(g: Gen, i: Instr) -> None:
    """One more is done, and the longest waiter is woken; or all are, now and later."""
    g.copy()
    cell, everybody = f"c[@{i.named.key}@]", i.op == "complete_all"
    g(f"n, w = {cell}")
    g(f"{stored(cell)} = ({ALL if everybody else f'n + (n < {MOST})'}, w)")
    g(f"_rouse(c, w, {int(everybody)})")
    g.event(g.obj(i.args[0]))


@operation(
    "INIT_COMPLETION",
    "reinit_completion",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def reinit_completion(g: Gen, i: Instr) -> None:
    """Only the count is new: who waits stays in line."""
    g.copy()
    cell = f"c[@{i.named.key}@]"
    g(f"{stored(cell)} = (0, {cell}[1])")
    g.event(g.obj(i.args[0]))


def resume_wait(g: Gen, i: Instr) -> Branches:
    """Back from sleep: taken, given up, or back to sleep."""
    g.copy()
    cell, name, timed, state = operands(g, i)
    done, tmo = f"{cell}[0]", f"c[{g.cell('tmo')}]"

    def leave(result: str) -> None:
        g(f"r = {result}")
        if timed:
            g(f"{stored(tmo)} = 0")
        returns(g, name, "r")

    def take() -> None:
        fall_out(g, cell, taken(cell))
        leave(f"{g.m.constants.ref((1, 1, 1, MAX_TIMEOUT))}[{tmo}]" if timed else "0")

    def give_up(result: str) -> None:
        fall_out(g, cell, done)
        leave(result)

    ways: list[Branch] = [(done, take), *signals(g, state, lambda: give_up(str(-ERESTARTSYS)))]
    if timed:
        late = f" and not {done}" if g.m.config.kernel.late_completion else ""
        ways = [(f"{tmo} == 2{late}", lambda: give_up("0")), *ways]
    return [*ways, (None, lambda: sleep_on(g, name, state))]


def operands(g: Gen, i: Instr) -> tuple[str, str, bool, int]:
    """The completion's cell and its name for events, whether there is a timer, and the state to sleep in."""
    state = S if "_interruptible" in i.op else D
    return f"c[@{i.named.key}@]", g.obj(i.args[0]), i.op.endswith("_timeout"), state


@operation(
    "wait_for_completion",
    "wait_for_completion_interruptible",
    resume=resume_wait,
    describe=tell_line,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Waits("completion")),
    seen=by_all,
)
@operation(
    "wait_for_completion_timeout",
    "wait_for_completion_interruptible_timeout",
    resume=resume_wait,
    describe=tell_line,
    sleeps=Sleeps.YIELDS,
    state=State.UNSURE,
    context=(),
    reads=(),
    writes=(),
    does=(Does.LOOKS_AGAIN, Does.TIMED, Waits("completion")),
    seen=by_all,
)
def wait_for_completion(g: Gen, i: Instr) -> Branches:
    """Take one that is done, or sleep until there is one.  Differs from Linux: what is left of a timeout is 1."""
    g.copy()
    cell, name, timed, state = operands(g, i)
    if timed:
        g(f"t = {g.src(i.args[1])}")

    def take() -> None:
        g(f"{stored(cell)} = ({taken(cell)}, {cell}[1])")
        left = "t or 1" if g.m.config.kernel.late_completion else "t"
        returns(g, name, f"({left})" if timed else "0", at_once=True)

    def sleep() -> str | None:
        refused = fall_in(g, cell, state)
        if timed and not refused:
            g(f"{g.to('tmo')} = 3 if t == {g.m.constants.ref(MAX_TIMEOUT)} else 1")
        if not refused:
            g.event(name)
        return refused

    def wrong_time() -> None:
        if declared_state(g.a):
            g(f"{g.to('st')} = 0")
        returns(g, name, "0", at_once=True)

    ways: list[Branch] = [(f"{cell}[0]", take)]
    ways += signals(g, state, lambda: returns(g, name, str(-ERESTARTSYS), at_once=True))
    if timed:
        ways.append(("t < 0", wrong_time))
    return [*ways, (None, sleep)]


@operation(
    "try_wait_for_completion",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def try_wait_for_completion(g: Gen, i: Instr) -> None:
    g.copy()
    cell = f"c[@{i.named.key}@]"
    g(f"r = 1 if {cell}[0] else 0")
    g(f"if r: {stored(cell)} = ({taken(cell)}, {cell}[1])")
    g.result("r")
    g.event(g.obj(i.args[0]), result="r")


@operation(
    "completion_done", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def completion_done(g: Gen, i: Instr) -> None:
    g.copy()
    cell = f"c[@{i.named.key}@]"
    g(f"r = 1 if {cell}[0] else 0")
    g.result("r")
    g.event(g.obj(i.args[0]), result="r")
