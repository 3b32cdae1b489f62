"""What the generator has to know of an actor's code: which operations are nodes, which belong to the step before them.

An operation is *chained* when it is part of the step before it: nobody can observe it (see `reduce` and the operations'
own ``local``), or it is *silent*: the initialiser of a local variable, which is no call.
"""

from __future__ import annotations

from . import reduce
from .actor import Actor, Chains
from .context import Context, Node
from .effects import Does, Sleeps, State
from .instructions import Instr
from .ops import OPERATIONS, back, effects_of
from .plan import Protection
from .program import Program, declares, releases, successors

UNKNOWN = 9
"""A declared state of which nothing is known."""


def analyse(m: Protection, a: Actor) -> Chains:
    """Decide what `codegen.Gen` asks of *a*: its chained operations, its local loops, its variables' cells."""
    program = Program(a.code)
    for p in _surely_running(m, a.code):
        a.code[p].info["running"] = True
    reachable = sorted(program.assigned)
    chained = _chain(m, a, program, reachable)
    skipped = {p for p in reachable if m.reduce and _back_is_plain(a.code, p)}
    entries = [p for p in reachable if _needs_cells(a, p, chained)]
    return Chains(program, chained, program.local_loops(chained), _share_cells(a, program, entries), skipped)


def _chain(m: Protection, a: Actor, program: Program, reachable: list[int]) -> set[int]:
    """Which operations are part of the step before them."""
    code = a.code
    firsts = _firsts(m, a, reachable)
    chained = {0} if _plain(code, 1) and not _begins_anew(a, program) and not _ends_at_once(a) else set()
    for p in reachable:
        if p != 0 and code[p].kind == "op" and (code[p].info.get("silent") or _local(m, a, p, firsts)):
            chained.add(p)
    if m.reduce:
        chained |= reduce.movers(m, a, program) - firsts
        while heads := _loop_heads(code, chained):
            chained -= heads
    return chained


def _back_is_plain(code: list[Instr], p: int) -> bool:
    """Is *p* a blocking call whose return nobody could tell?  Of a process it is told where that leaves the module."""
    if code[p].kind != "op" or OPERATIONS[code[p].op].resume is not back or not _plain(code, p + 1):
        return False
    return not any(Does.OWN in effects_of(code[q].op).does for q in _first_ops(code, (p + 1,)))


def _begins_anew(a: Actor, program: Program) -> bool:
    """Is there more to do when the actor begins than to stand before its first operation?"""
    carried = (a.dormant or a.kind == "softirq") and any(program.live[p] for p in _first_ops(a.code, (1,)))
    return a.kthread or a.code[0].dst is not None or carried


def _ends_at_once(a: Actor) -> bool:
    """Is it a call in which nothing may come before its end?  It has begun all the same: a fault, or an interrupt that
    never returns, may come upon it.  What ends without a code is a fault of its own."""
    first = (a.code[p] for p in _first_ops(a.code, (1,)))
    return a.kind == "process" and any(effects_of(i.op).ends and i.args for i in first)


def _firsts(m: Protection, a: Actor, reachable: list[int]) -> set[int]:
    """Never reduced: the first operations of the actor, and those after a call that gives up the CPU."""
    firsts = _first_ops(a.code, (1,))
    for p in reachable:
        if a.code[p].kind == "op" and _gives_up_cpu(m, a.code[p]):
            firsts |= _first_ops(a.code, successors(a.code, p))
    return firsts


def _local(m: Protection, a: Actor, p: int, firsts: set[int]) -> bool:
    """May the operation at *p* be left out as a choice because nobody else can observe it?"""
    i = a.code[p]
    return m.reduce and p not in firsts and not effects_of(i.op).seen(m, a, i)


def _gives_up_cpu(m: Protection, i: Instr) -> bool:
    how = effects_of(i.op).sleeping(m, i)
    return how is Sleeps.YIELDS or (how is Sleeps.MEMORY and m.cpus.shared)


def _needs_cells(a: Actor, p: int, chained: set[int]) -> bool:
    """Is *p* an operation before which variables may have to be stored?  A release may end a block of a dispatcher."""
    return a.code[p].kind == "op" and (p not in chained or releases(a.code[p]))


def _share_cells(a: Actor, program: Program, entries: list[int]) -> dict[int, int]:
    """For each variable that lives across a node, or across the wait inside one, its cell."""
    slots = program.colour(entries)
    for p in entries:
        if OPERATIONS[a.code[p].op].resume is not None:
            for v in program.live_at(Node(a.index, p, 1, Context())):
                slots.setdefault(v, len(set(slots.values())) + len(slots))
    return slots


def _first_ops(code: list[Instr], starts: tuple[int, ...]) -> set[int]:
    """The operations that come first after any of *starts*; a silent one does not count, the next does too."""
    out, seen, todo = set(), set(), list(starts)
    while todo:
        p = todo.pop()
        if p in seen:
            continue
        seen.add(p)
        if code[p].kind == "op":
            out.add(p)
            if code[p].info.get("silent"):
                todo.extend(successors(code, p))
        else:
            todo.extend(successors(code, p))
    return out


def _plain(code: list[Instr], p: int) -> bool:
    """From *p* to the next operations there is only computation that ends and cannot fault."""
    seen, todo = set(), [p]
    while todo:
        p = todo.pop()
        if p in seen:
            return False
        i = code[p]
        if i.kind == "op":
            if i.info.get("silent"):
                return False
            continue
        seen.add(p)
        if i.kind in ("chk", "kill") or (i.src is not None and i.src.faults):
            return False
        todo.extend(successors(code, p))
    return True


def _loop_heads(code: list[Instr], chained: set[int]) -> set[int]:
    """Chained operations that a loop of nothing but chained operations goes through: one of them must be a node."""
    heads: set[int] = set()
    for p, i in enumerate(code):
        if i.kind != "back":
            continue
        seen, todo = set(), [i.target]
        while todo:
            q = todo.pop()
            if q in seen or (code[q].kind == "op" and q not in chained):
                continue
            seen.add(q)
            todo.extend(successors(code, q))
        if p in seen:
            ops = [q for q in sorted(seen) if q in chained and not code[q].info.get("silent") and i.target <= q <= p]
            if ops:
                heads.add(ops[0])
    return heads


def _surely_running(m: Protection, code: list[Instr]) -> set[int]:
    """Instructions before which the task's own declared state is certainly TASK_RUNNING."""
    states: dict[int, frozenset[int]] = {0: frozenset((0,))}
    todo = [0]
    while todo:
        p = todo.pop()
        i, now = code[p], states[p]
        if i.kind == "op":
            value, state = declares(i), effects_of(i.op).leaves(m, i)
            if value is not None:
                now = frozenset((value.const if value.const is not None else UNKNOWN,))
            elif state is State.RUNNING:
                now = frozenset((0,))
            elif state is State.UNSURE:
                now |= {0}
        for q in successors(code, p):
            new = states.get(q, frozenset()) | now
            if new != states.get(q):
                states[q] = new
                todo.append(q)
    return {p for p, now in states.items() if now == {0}}
