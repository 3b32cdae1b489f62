"""lib/rwsem.c, kernel/locking/rwsem.c: rw_semaphores.

A rw_semaphore's cell is ``(count, waiters)``: -1, a writer has it, or how many readers have it; who sleeps in line for
it, the longest first.  Who is let in to read has it when it is woken, and is ``~n`` in line then; up to 3.9 a writer,
too (`Profile.rwsem_hands_over`).  Whether a waiter reads or writes is known from where it stands in its program.

Which a task holds, and how, is in the ledger of the context (``owned``), as for mutexes.
"""

from __future__ import annotations

from kthreadlab.compile.cells import Cells, stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.context import REPEATED, Held
from kthreadlab.compile.effects import Does, Gives, Owns, Sleeps, State, Waits, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import Branch, Branches, at_once, effects_of, operation
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh

from .blocking import MOST, Lock, returns, tell_line
from .spinlock import another, wrong_one
from .wakeup import D

READ, WRITE = "r", "w"
WRITTEN = -1
"""The count while a writer has it."""
FREE = (0, ())


SIZES["rw_semaphore"] = 32


@fresh("rw_semaphore", looked_at=True)
def fresh_rwsem(statics: Statics, decl: Declared) -> Fresh:
    """Nobody has it; or nothing has made it one yet."""
    ready = decl.make == "DECLARE_RWSEM"
    return Fresh(FREE if ready else None, ready)


def cell_of(g: Gen, i: Instr) -> tuple[str, str]:
    """The cell of the rw_semaphore of a call, and its name, as source; one that nothing has initialised is a fault."""
    obj = i.named
    cell, name = f"c[@{obj.key}@]", g.m.constants.ref(obj.name)
    if not obj.initialised:
        g(f"if {cell} is None: raise KernelFault('uninitialised_lock', {name})")
    return cell, name


def mode_taken(i: Instr) -> str:
    """How a call takes it: `READ` or `WRITE`."""
    return next(effects_of(i.op).changes(Owns)).mode


def held(g: Gen, i: Instr) -> set[str]:
    """How the caller has it already."""
    key = i.named.key
    return {h.mode for h in g.ctx.owned if h.lock == key}


def enter(g: Gen, i: Instr, mode: str) -> None:
    """The caller has it.  What it takes again and again, and keeps, is in the ledger `REPEATED` times."""
    mine = Held(i.named.key, mode, "plain")
    if g.ctx.owned.count(mine) <= REPEATED:
        g.ctx = g.ctx._replace(owned=(*g.ctx.owned, mine))


def leave(g: Gen, i: Instr, mode: str) -> None:
    """The caller gives it back in this mode: the latest taking of that mode, else the latest."""
    key = i.named.key
    mine = [n for n, h in enumerate(g.ctx.owned) if h.lock == key]
    exact = [n for n in mine if g.ctx.owned[n].mode == mode]
    if not exact:
        g.m.hooks.misused(g, "wrong_form" if mine else "not_held")
    if mine:
        gone = (exact or mine)[-1]
        g.ctx = g.ctx._replace(owned=(*g.ctx.owned[:gone], *g.ctx.owned[gone + 1 :]))


def free_for(cell: str, mode: str) -> str:
    """The Python of: is it to be had at once by one who comes and wants *mode*?"""
    return f"not {cell}[0]" if mode == WRITE else f"not {cell}[0] or {cell}[0] > 0 and not _waiting({cell}[1])"


def after_taking(cell: str, mode: str) -> str:
    """The Python of the count with one holder more."""
    return str(WRITTEN) if mode == WRITE else f"min({cell}[0] + 1, {MOST})"


def lock(g: Gen, i: Instr) -> Lock:
    """The rw_semaphore of a call, and how it is taken."""
    cell, name = cell_of(g, i)
    mode, mine = mode_taken(i), ~g.a.index

    def take(in_line: bool) -> None:
        given = in_line and (mode == READ or g.m.config.kernel.rwsem_hands_over)
        count = f"{cell}[0]" if given else after_taking(cell, mode)
        g(f"{stored(cell)} = ({count}, tuple(a for a in {cell}[1] if a not in ({g.a.index}, {mine})))")
        enter(g, i, mode)

    given = f"{mine} in {cell}[1]" if mode == READ or g.m.config.kernel.rwsem_hands_over else ""
    return Lock(cell, name, free_for(cell, mode), take, lambda: None, D, given=given)


def resume_down(g: Gen, i: Instr) -> Branches:
    """Woken: look again."""
    g.copy()
    return lock(g, i).look_again(g)


def _down(name: str, mode: str) -> None:
    """Register the call that takes it in this mode, or sleeps in line."""

    def down(g: Gen, i: Instr) -> Branches:
        g.copy()
        mine = held(g, i)
        if mine:
            g.m.hooks.misused(g, "read_twice" if mine == {mode} == {READ} else "recursive")
        return lock(g, i).look(g)

    operation(
        name,
        resume=resume_down,
        describe=tell_line,
        sleeps=Sleeps.YIELDS,
        state=State.UNSURE,
        context=(Owns(mode),),
        reads=(),
        writes=(),
        does=(Does.LOOKS_AGAIN, Waits("rw_semaphore")),
        seen=by_all,
    )(down)


_down("down_read", READ)
_down("down_write", WRITE)


@at_once("down_read_trylock", context=(Owns(READ),), does=(), seen=by_all)
@at_once("down_write_trylock", context=(Owns(WRITE),), does=(), seen=by_all)
def trylock(g: Gen, i: Instr) -> list[Branch]:
    """1 if taken.  Nobody overtakes who stands in line."""
    g.copy()
    sem = lock(g, i)

    def take() -> None:
        sem.take(False)
        returns(g, sem.name, "1")

    overtakes = f"({sem.free}) and not _waiting({sem.cell}[1])"
    return [(overtakes, take), (None, lambda: returns(g, sem.name, "0"))]


def let_in(g: Gen, cell: str, count: str) -> None:
    """The count becomes *count*: those are let in, and woken, whose turn it is."""
    g(f"n, w = {cell}")
    g(f"{stored(cell)}, t = _let_in(c, {count}, w)")
    g("_rouse(c, t, 1)")


@at_once("up_read", describe=tell_line, context=(Gives(READ),), does=(), seen=by_all)
@at_once("up_write", describe=tell_line, context=(Gives(WRITE),), does=(), seen=by_all)
def up(g: Gen, i: Instr) -> Branches:
    """Differs from Linux: what nobody has in that mode keeps its count."""
    g.copy()
    if not held(g, i) and another(i.named, g.ctx.owned):
        return [(None, lambda: wrong_one(g))]
    cell, name = cell_of(g, i)
    mode = next(effects_of(i.op).changes(Gives)).mode
    let_in(g, cell, "n - (n > 0)" if mode == READ else f"n * (n != {WRITTEN})")
    leave(g, i, mode)
    g.event(name)
    return None


@at_once("downgrade_write", describe=tell_line, context=(Gives(WRITE), Owns(READ)), does=(), seen=by_all)
def downgrade_write(g: Gen, i: Instr) -> None:
    g.copy()
    cell, name = cell_of(g, i)
    let_in(g, cell, f"1 if n == {WRITTEN} else n")
    mine = held(g, i)
    leave(g, i, next(effects_of(i.op).changes(Gives)).mode)
    if mine:
        enter(g, i, mode_taken(i))
    g.event(name)


@at_once("init_rwsem", context=(), does=(Does.INITIALISES,), seen=by_all)
def init_rwsem(g: Gen, i: Instr) -> None:
    """Differs from Linux: who waits for it already is forgotten, and sleeps for ever; who was given it has it."""
    g.copy()
    obj = i.named
    g(f"c[@!{obj.key}@] = (0, _given((c[@{obj.key}@] or (0, ()))[1]))")
    g.event(g.m.constants.ref(obj.name))


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    reading = tuple(_reads(m, n) for n in range(len(m.nodes)))
    places = {a.index: m.index[f"pc.{a.index}"] for a in m.actors if f"pc.{a.index}" in m.index}
    hands_over = m.config.kernel.rwsem_hands_over

    def let_in(c: Cells, count: int, line: tuple[int, ...]) -> tuple[tuple[int, tuple[int, ...]], tuple[int, ...]]:
        """The cell with *count*, after those have been let in whose turn it is, and who they are."""
        waiting = [a for a in line if a >= 0]
        readers = [a for a in waiting if reading[c[places[a]]]]
        if not waiting or count < 0:
            return (count, line), ()
        if waiting[0] not in readers:
            if count:
                return (count, line), ()
            return ((WRITTEN, given(line, waiting[:1])), (waiting[0],)) if hands_over else ((0, line), (waiting[0],))
        if hands_over:
            readers = waiting[: next((n for n, a in enumerate(waiting) if a not in readers), len(waiting))]
        return (min(count + len(readers), MOST), given(line, readers)), tuple(readers)

    return {"_let_in": let_in, "_waiting": lambda line: any(a >= 0 for a in line)}


def given(line: tuple[int, ...], who: list[int]) -> tuple[int, ...]:
    """The line, where *who* have been let in: those stand in an order of their own."""
    let = sorted(a if a < 0 else ~a for a in line if a < 0 or a in who)
    return (*let, *(a for a in line if a >= 0 and a not in who))


def _reads(m: Laid, node: int) -> bool:
    """Does whoever stands at this node wait to read?"""
    there = m.nodes[node]
    return there is not None and any(x.mode == READ for x in effects_of(m.instr(there).op).changes(Owns))
