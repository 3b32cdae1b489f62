"""Who can reach which memory: shared by several actors, private to one, or never written at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kthreadlab.lang import ir

from .actor import Actor
from .effects import PLACE, REST, Does
from .instructions import Instr
from .ops import effects_of
from .plan import Cast, Sharing
from .values import Obj, Place, Val


def places(i: Instr) -> list[Place]:
    """The places in memory that an operation names."""
    return [x for x in (*i.args, i.info.get("place")) if hasattr(x, "base")]


def operands(i: Instr, which: tuple[int | str, ...]) -> Iterator[Place | Val]:
    """The operands of an operation that its effects name."""
    numbered = [n for n in which if isinstance(n, int)]
    yield from (i.args[n] for n in numbered if n < len(i.args))
    if REST in which:
        yield from i.args[max(numbered) + 1 :]
    if PLACE in which:
        yield i.info["place"]


@dataclass
class _Found:
    """What is being found out about who reaches which memory; see `plan.Sharing`."""

    users: dict[str, set[int]]
    wild: bool = False
    shares_pointers: bool = False
    writes_wild: bool = False


def find_sharing(m: Cast, follows_tasks: bool) -> Sharing:
    """Which memory more than one actor can reach, and what of it is written."""
    found = _Found({})
    for a in m.actors:
        found.shares_pointers |= a.kind in ("thread", "softirq", "worker") and any(_lent(x) for x in a.args)
        for i in a.code:
            if i.kind == "op":
                _note_sharing(found, a, i)
    found.users |= {obj.key: {a.index for a in m.actors} for obj in m.statics.pointed}
    written = {*m.written_by_user, *_written(m, found)}
    return m.then(
        Sharing,
        users=found.users,
        wild=found.wild,
        shares_pointers=found.shares_pointers or m.lends or bool(m.statics.pointed),
        follows_tasks=follows_tasks,
        written=written,
        writes_wild=found.writes_wild,
    )


def _lent(x: object) -> bool:
    """Is this argument of a thread or a timer's function an address of what its maker can reach, too?"""
    if isinstance(x, Obj):
        return x.owner is not None
    return isinstance(x, Val) and not isinstance(x.type, ir.IntType)


def _note_sharing(found: _Found, a: Actor, i: Instr) -> None:
    if Does.PUBLISHES in effects_of(i.op).does:
        found.shares_pointers = True
    for p in places(i):
        if p.base.obj is not None:
            found.users.setdefault(p.base.obj.key, set()).add(a.index)
        elif p.kind not in ("local", "task"):
            found.wild = True
    if i.op == "store":
        p, value = i.info["place"], i.args[2]
        own_stack = p.base.obj is not None and p.base.obj.owner is not None
        if isinstance(value.type, ir.PtrType) and value.type.target != "task" and not own_stack and p.kind != "task":
            found.shares_pointers = True
    for v in i.args:
        if hasattr(v, "obj") and v.obj is not None:
            found.users.setdefault(v.obj.key, set()).add(a.index)


def _written(m: Cast, found: _Found) -> Iterator[str]:
    """The keys of the objects that some actor writes; whether something writes through a pointer of which nothing is
    known is noted in *found*."""
    for a in m.actors:
        for i in a.code:
            for x in operands(i, effects_of(i.op).writes) if i.kind == "op" else ():
                base, kind = (x.base, x.kind) if isinstance(x, Place) else (x, "")
                if base.obj is not None:
                    yield base.obj.key
                elif kind not in ("local", "task"):
                    found.writes_wild = True


def fold_constants(m: Sharing) -> None:
    """A static that nothing writes is a constant: reading it is not an operation."""
    for a in m.actors:
        for i in a.code:
            if i.kind == "op" and i.op == "load":
                value = _constant(m, i.info["place"])
                if value is not None:
                    i.kind, i.src = "set", value


def _constant(m: Sharing, p: Place) -> Val | None:
    """What a place always holds, if nothing ever writes it."""
    obj = p.base.obj
    if obj is None or obj.owner is not None or obj.key in m.written:
        return None
    if p.kind == "cell":
        return Val(f"@{obj.init.key}@" if isinstance(obj.init, Obj) else m.constants.ref(obj.init))
    n = p.index.const if p.index is not None else None
    if p.kind == "char" and not m.writes_wild and n is not None and 0 <= n < obj.size:
        text = obj.init
        return Val(m.constants.ref(ord(text[n]) if n < len(text) else 0))
    return None


def private_place(m: Sharing, a: Actor, place: Place) -> bool:
    """Can only *a* ever reach this memory?"""
    if place.kind == "local":
        return True
    if place.kind == "task":
        return False
    obj = place.base.obj
    if obj is None or obj.owner is not None:
        return not m.shares_pointers
    return not m.wild and obj.key not in m.written_by_user and m.users.get(obj.key, set()) <= {a.index}


def private_text(m: Sharing, a: Actor, v: Val) -> bool:
    """Can nobody else change this text while *a* reads or fills it?"""
    obj = v.obj
    if obj is None:
        return not m.shares_pointers
    own_stack = obj.owner is not None and not m.lends
    return obj.constant or own_stack or m.users.get(obj.key, set()) <= {a.index} or obj.key not in m.written
