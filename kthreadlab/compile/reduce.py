"""Which operations need no choice before them: reduction after Lipton.

Between taking a lock and releasing it, a task that touches only what that lock protects can be observed by nobody:
such an access commutes with everything others may do meanwhile, and so does the release with whatever came before it.
 Both are then part of the step before them.  This is decided for the whole program: data counts as protected only if
 every access of
every actor is made under the lock.  The unreduced search is the oracle (tests compare the two).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set

from kthreadlab.lang.ir import ObjType, PtrType

from .actor import Actor
from .effects import BottomHalves, Does, Drops, Form, Irqs, Looks, Resets, Sleeps, Takes
from .instructions import Instr
from .notes import Known
from .ops import effects_of
from .plan import Cast, Protection, Sharing
from .program import Program, flags, releases, restores, successors
from .sharing import operands
from .values import Obj, Place, Val, element_of


def held_at(m: Cast, a: Actor) -> Mapping[int, Known]:
    """What is known before each reachable instruction of *a*: found out once, since many ask."""
    if a.index not in m.notes.held:
        m.notes.held[a.index] = _held_at(m, a.code)
    return m.notes.held[a.index]


def _held_at(m: Cast, code: list[Instr]) -> dict[int, Known]:
    known: dict[int, Known] = {0: (frozenset(), False, False)}
    todo = [0]
    while todo:
        p = todo.pop()
        after = _after(m, code[p], *known[p])
        for q in successors(code, p):
            new = _both(known[q], after) if q in known else after
            if known.get(q) != new:
                known[q] = new
                todo.append(q)
    return known


def _both(a: Known, b: Known) -> Known:
    """What is certain on either way."""
    return a[0] & b[0], a[1] and b[1], a[2] and b[2]


def _after(m: Cast, i: Instr, held: frozenset[tuple[str, str]], off: bool, bh: bool) -> Known:
    """What is certain after an instruction."""
    if i.kind != "op":
        return held, off, bh
    effects = effects_of(i.op)
    for taken in effects.changes(Takes):
        if not taken.tries:
            held |= {(key, taken.mode) for key in lock_of(i)}
            off, bh = off or taken.form in (Form.IRQ, Form.SAVE), bh or taken.form is Form.BH
    for dropped in effects.changes(Drops):
        held = frozenset(h for h in held if h[0] not in lock_of(i))
        off, bh = off and dropped.form not in (Form.IRQ, Form.SAVE), bh and dropped.form is not Form.BH
    for irqs in effects.changes(Irqs):
        off = irqs in (Irqs.OFF, Irqs.SAVE)
    for halves in effects.changes(BottomHalves):
        bh = halves.by > 0
    return held, off and effects.sleeping(m, i) is not Sleeps.YIELDS, bh


def may_hold(code: list[Instr]) -> dict[int, frozenset[str]]:
    """The locks that are perhaps held before each reachable instruction."""
    known: dict[int, frozenset[str]] = {0: frozenset()}
    todo = [0]
    while todo:
        p = todo.pop()
        i, held = code[p], known[p]
        if i.kind == "op" and any(effects_of(i.op).changes(Takes)):
            held |= frozenset(lock_of(i))
        elif i.kind == "op" and releases(i):
            held -= frozenset(lock_of(i))
        for q in successors(code, p):
            if q not in known or not held <= known[q]:
                known[q] = known.get(q, frozenset()) | held
                todo.append(q)
    return known


def may_last(m: Cast, code: list[Instr], p: int) -> bool:
    """Could a task stay for good at the instruction *p*, or end there?"""
    i = code[p]
    if i.kind == "back":
        return operates(code, p)
    if i.kind != "op":
        return False
    effects = effects_of(i.op)
    waits = any(effects.changes(Takes)) or effects.sleeping(m, i) is not Sleeps.NEVER or Does.TURNS in effects.does
    return waits or effects.ends


def operates(code: list[Instr], last: int) -> bool:
    """Is there an operation in the loop that goes round at *last*?  A loop without one ends, or is a fault."""
    first = code[last].target
    return any(i.kind == "op" and not i.info.get("silent") for i in code[first : last + 1])


def lock_of(i: Instr) -> tuple[str, ...]:
    """The cell of the lock that an operation names, if it is known."""
    obj = i.args[0].obj
    return (obj.key,) if obj is not None else ()


def accesses(i: Instr) -> Iterator[tuple[str, bool, bool]]:
    """The named objects that an instruction reads or writes as plain memory: ``(cell, is it a scalar, does it
    write)``."""
    if i.kind != "op":
        return
    effects = effects_of(i.op)
    for writes, which in ((False, effects.reads), (True, effects.writes)):
        for x in operands(i, which):
            base = x.base if isinstance(x, Place) else x
            if base.obj is not None and not (isinstance(x, Place) and x.kind in ("local", "task")):
                yield base.obj.key, x.kind == "cell" if isinstance(x, Place) else is_scalar(base.obj), writes


def is_scalar(obj: Obj) -> bool:
    """Is the object one value, so that no pointer leads into it?"""
    return isinstance(obj.type, ObjType) and obj.type.kind == "atomic"


def may_be_lent(obj: Obj) -> bool:
    """Is the object a text, or an array of addresses, as khelper reads them?"""
    return obj.kind == "text" or (obj.kind == "array" and isinstance(element_of(obj.type), PtrType))


def observed(m: Cast) -> frozenset[str]:
    """The locks of which it is not nobody's business whether they are held: somebody looks without waiting, makes one
    free that may be held, or releases one that he perhaps has not."""
    seen: Counter[str] = Counter(dict.fromkeys(stray_releases(m), 2))
    for a in m.actors:
        for i in a.code:
            if i.kind == "op" and (looks(i) or resets(i)):
                fresh = resets(i) and not i.args[0].obj.initialised
                seen.update(dict.fromkeys(lock_of(i), 1 if fresh else 2))
    return frozenset(key for key, times in seen.items() if times > 1)


def stray_releases(m: Cast) -> set[str]:
    """The locks that somebody releases who perhaps does not hold them in that mode."""
    stray: set[str] = set()
    for a in m.actors:
        for p, (held, *_) in held_at(m, a).items():
            i = a.code[p]
            for x in effects_of(i.op).changes(Drops) if i.kind == "op" else ():
                stray.update(key for key in lock_of(i) if (key, x.mode) not in held)
    return stray


def resets(i: Instr) -> bool:
    """Does this operation make a lock free, whoever has it?"""
    return any(effects_of(i.op).changes(Resets))


def looks(i: Instr) -> bool:
    """Does this operation see whether a lock is held without waiting for it?"""
    effects = effects_of(i.op)
    return any(effects.changes(Looks)) or any(x.tries for x in effects.changes(Takes))


def protection(m: Sharing, observed: Set[str]) -> dict[str, set[str]]:
    """For each static: the locks, none of those *observed*, under which every access of every actor is made (writers
    not merely for reading).  What user space writes, and texts and arrays that khelper may read, nothing protects."""
    guards: dict[str, set[str]] = {key: set() for key in m.written_by_user}
    lent = {o.key for o in m.all_objects() if may_be_lent(o)} if m.calls_helper else set()
    for a in m.actors:
        for p, (locks, *_) in held_at(m, a).items():
            for key, scalar, writes in accesses(a.code[p]):
                here = {lock for lock, mode in locks if not (writes and mode == "r")}
                if (m.wild and not scalar) or key in lent:
                    here = set()
                guards[key] = guards[key] & here if key in guards else here
    return {key: locks - observed for key, locks in guards.items()}


def movers(m: Protection, a: Actor, program: Program) -> set[int]:
    """Instructions of *a* that belong to the step before them."""
    if m.cpus.parallel and not m.config.is_smp:
        return set()
    protected = m.protected
    out = set()
    for p, (locks, off, bh) in held_at(m, a).items():
        i = a.code[p]
        interrupted = (m.irqs and not off) or (m.softirqs and not (off or bh or a.is_frame))
        if i.kind != "op" or interrupted:
            continue
        mine = {lock for lock, _ in locks}
        if releases(i):
            obj = i.args[0].obj
            known = not restores(i) or flags(i) not in program.varying
            if obj is not None and obj.key in mine - m.observed_locks and obj.initialised and known:
                out.add(p)
        elif is_access(i):
            touched = list(accesses(i))
            if touched and all(protected.get(key, set()) & mine for key, _, _ in touched):
                out.add(p)
    return out


def is_access(i: Instr) -> bool:
    """Does an operation do nothing but look at memory and change it?"""
    x = effects_of(i.op)
    if not x.touches:
        return False
    touched = [x for which in (x.reads, x.writes) for x in operands(i, which)]
    return bool(touched) and not any(leads_anywhere(x) for x in touched)


def leads_anywhere(x: Place | Val) -> bool:
    """Is this operand a pointer of which it is not known where it leads?"""
    if isinstance(x, Place):
        return x.base.obj is None and x.kind not in ("local", "task")
    return x.obj is None and x.const is None and isinstance(x.type, PtrType)
