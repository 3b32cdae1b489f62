"""Which operations need no choice before them: reduction after Lipton.

Between taking a lock and releasing it, a task that touches only what that lock protects can be observed by nobody:
such an access commutes with everything others may do meanwhile, and so does the release with whatever came before it.
 Both are then part of the step before them.  This is decided for the whole program: data counts as protected only if
 every access of
every actor is made under the lock.  The unreduced search is the oracle (tests compare the two).
"""

from __future__ import annotations

from .instructions import Instr
from .ops import OPERATIONS
from .program import successors
from .spinlock import LOCKS, NAME, UNLOCKS

SWITCHES_OFF = {"local_irq_disable", "local_irq_save"}
ACCESSES = ("load", "store", "xchg", "cmpxchg")


OBSERVES = ("spin_trylock", "read_trylock", "write_trylock", "spin_is_locked")
"""They see whether a lock is held without waiting for it, so its release is no longer nobody's business."""
Known = tuple[frozenset[tuple[str, str]], bool, bool]
"""The locks certainly held (cell, mode), and whether interrupts, whether bottom halves are certainly off."""


def held_at(code: list[Instr]) -> dict[int, Known]:
    """What is known before each reachable instruction."""
    known: dict[int, Known] = {0: (frozenset(), False, False)}
    todo = [0]
    while todo:
        p = todo.pop()
        after = _after(code[p], *known[p])
        for q in successors(code, p):
            new = _both(known[q], after) if q in known else after
            if known.get(q) != new:
                known[q] = new
                todo.append(q)
    return known


def _both(a: Known, b: Known) -> Known:
    """What is certain on either way."""
    return a[0] & b[0], a[1] and b[1], a[2] and b[2]


def _after(i: Instr, held: frozenset, off: bool, bh: bool) -> Known:
    if i.kind != "op":
        return held, off, bh
    if i.op in LOCKS:
        obj, form = i.args[0].obj, NAME.match(i.op)[3]
        held = held | {(obj.key, i.op[0])} if obj is not None else held
        return held, off or form.startswith("_irq"), bh or form == "_bh"
    if i.op in UNLOCKS:
        obj, form = i.args[0].obj, NAME.match(i.op)[3]
        key = obj.key if obj is not None else None
        return frozenset(h for h in held if h[0] != key), off and not form.startswith("_irq"), bh and form != "_bh"
    if i.op in SWITCHES_OFF:
        return held, True, bh
    if i.op.startswith("local_bh"):
        return held, off, i.op == "local_bh_disable"
    if i.op.startswith("local_irq") or OPERATIONS[i.op].frees:
        return held, False, bh
    return held, off, bh


def accesses(i: Instr):
    """The named objects that an instruction reads or writes as plain memory: ``(cell, is it a scalar, does it
    write)``."""
    if i.kind != "op":
        return
    places = [x for x in (*i.args, i.info.get("place")) if hasattr(x, "base")]
    for p in places:
        if p.base.obj is not None and p.kind not in ("local", "task"):
            yield p.base.obj.key, p.kind == "cell", i.op not in ("load", "test_bit")
    if i.op.startswith("atomic_"):
        for v in i.args:
            if getattr(v, "obj", None) is not None:
                yield v.obj.key, True, i.op != "atomic_read"


def observed(machine) -> set[str]:
    """The locks at which somebody looks without waiting."""
    ops = (i for a in machine.actors for i in a.code if i.kind == "op" and i.op in OBSERVES)
    return {x.obj.key for i in ops for x in i.args if hasattr(x, "obj") and x.obj}


def protection(machine) -> dict[str, set[str]]:
    """For each static: the locks under which every access of every actor is made (writers not merely for reading)."""
    guards: dict[str, set[str]] = {}
    spoiled = observed(machine)
    for a in machine.actors:
        held = held_at(a.code)
        for p, (locks, *_) in held.items():
            for key, scalar, writes in accesses(a.code[p]):
                here = {lock for lock, mode in locks if not (writes and mode == "r")}
                if machine.wild and not scalar:
                    here = set()
                guards[key] = guards[key] & here if key in guards else here
    return {key: locks - spoiled for key, locks in guards.items()}


def movers(machine, a) -> set[int]:
    """Instructions of *a* that belong to the step before them."""
    if machine.mode != "one" and not machine.config.is_smp:
        return set()
    protected = machine.protected
    trylocked = observed(machine)
    out = set()
    for p, (locks, off, bh) in held_at(a.code).items():
        i = a.code[p]
        interrupted = (machine.irqs and not off) or (machine.softirqs and not (off or bh or a.is_frame))
        if i.kind != "op" or interrupted:
            continue
        mine = {lock for lock, _ in locks}
        if i.op in UNLOCKS:
            obj = i.args[0].obj
            if obj is not None and obj.key in mine and obj.key not in trylocked and obj.initialised:
                out.add(p)
        elif i.op in ACCESSES or i.op.startswith(("atomic_", "test_", "set_bit", "clear_bit", "change_bit")):
            touched = list(accesses(i))
            if touched and all(protected.get(key, set()) & mine for key, _, _ in touched):
                out.add(p)
    return out
