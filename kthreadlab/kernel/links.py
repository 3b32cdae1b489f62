"""What is known of a wait-queue entry's links before each operation on it.

An entry's fourth value is the queue it is on, or, off every queue, what its links are: `EMPTY` (to itself), `NULL`,
`POISON`, or, where list_del() leaves them, `STALE`.  Whether an operation looks at them, and what it makes of them, is
declared beside it (`effects.Links`).  Mostly the program's text says which of the four an entry off every queue has at
a place; such an entry's cell just holds 0 there, and only others' cells tell them apart.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.effects import Links
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Cast
from kthreadlab.compile.program import successors
from kthreadlab.compile.values import Obj

from .queue import EMPTY, NULL, POISON, STALE

QUEUED = 1
"""Some queue, when what is known is a set."""

Known = frozenset[int]


def touched(i: Instr) -> Links | None:
    """What an instruction has to do with an entry, if anything."""
    return next(effects_of(i.op).made(Links), None) if i.kind == "op" else None


def find_links(m: Cast) -> None:
    """Note at each operation on an entry what its links may be there (``info["links"]``, a set) and what 0 means in its
    cell (``info["off"]``); and whether that cell tells links apart (``info["told"]``)."""
    entries: dict[str, tuple[Actor, Obj]] = {}
    reached: set[str] = set()
    for a in m.actors:
        for i in a.code:
            effect = touched(i)
            if effect is None:
                continue
            i.info.update(links=frozenset((EMPTY, NULL, POISON, QUEUED)), off=EMPTY, told=True)
            obj = i.args[effect.operand].obj
            if obj.owner == a.index:
                entries[obj.key] = (a, obj)
            else:
                reached.add(obj.key)
    for key, (a, obj) in entries.items():
        if key not in reached:
            _settle(m, a, obj)


def _settle(m: Cast, a: Actor, obj: Obj) -> None:
    """One entry on the stack of *a*, which nobody else can reach."""
    mine = {p: e for p, i in enumerate(a.code) if (e := touched(i)) is not None and i.args[e.operand].obj is obj}
    known = _flow(m, a, mine)
    looked = [known[p] - {QUEUED} for p, effect in mine.items() if effect.looks and p in known]
    told = any(len(off) > 1 or STALE in off for off in looked)
    for p in mine.keys() & known.keys():
        off = known[p] - {QUEUED}
        a.code[p].info.update(links=known[p], off=next(iter(off)) if off and not told else EMPTY, told=told)


def _flow(m: Cast, a: Actor, mine: dict[int, Links]) -> dict[int, Known]:
    """What the links of an entry may be before each instruction that can be reached; *mine* are those that touch it."""
    leaves = any(effect.autoremoves(a.code[p]) for p, effect in mine.items())
    known: dict[int, Known] = {0: frozenset()}
    todo = [0]
    while todo:
        p = todo.pop()
        after = known[p]
        if p in mine:
            after = frozenset(mine[p].after(m, a.code[p], after))
            if leaves and QUEUED in after:
                after |= {EMPTY}
        for q in successors(a.code, p):
            new = known.get(q, frozenset()) | after
            if new != known.get(q):
                known[q] = new
                todo.append(q)
    return known
