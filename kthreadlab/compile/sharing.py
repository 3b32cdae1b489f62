"""Who can reach which memory: shared by several actors, private to one, or never written at all."""

from __future__ import annotations

from collections.abc import Iterator

from kthreadlab.lang import ir

from .actor import Actor
from .effects import PLACE, REST, Does
from .instructions import Instr
from .ops import effects_of
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


def find_sharing(m) -> None:
    """Which memory more than one actor can reach: ``m.users`` are the actors that name an object, ``m.wild`` says that
    some pointer is followed of which nothing is known, ``m.shares_pointers`` that one is stored where others find it.
    """
    m.users = {}
    m.shares_pointers = m.wild = False
    for a in m.actors:
        m.shares_pointers |= a.kind in ("thread", "softirq") and any(_lent(x) for x in a.args)
        for i in a.code:
            if i.kind == "op":
                _note_sharing(m, a, i)
    m.shares_pointers |= m.lends or bool(m.statics.pointed)
    for obj in m.statics.pointed:
        m.users[obj.key] = {a.index for a in m.actors}


def _lent(x: object) -> bool:
    """Is this argument of a thread or a timer's function an address of what its maker can reach, too?"""
    if isinstance(x, Obj):
        return x.owner is not None
    return isinstance(x, Val) and not isinstance(x.type, ir.IntType)


def _note_sharing(m, a: Actor, i: Instr) -> None:
    if Does.PUBLISHES in effects_of(i.op).does:
        m.shares_pointers = True
    for p in places(i):
        if p.base.obj is not None:
            m.users.setdefault(p.base.obj.key, set()).add(a.index)
        elif p.kind not in ("local", "task"):
            m.wild = True
    if i.op == "store":
        p, value = i.info["place"], i.args[2]
        own_stack = p.base.obj is not None and p.base.obj.owner is not None
        if isinstance(value.type, ir.PtrType) and value.type.target != "task" and not own_stack and p.kind != "task":
            m.shares_pointers = True
    for v in i.args:
        if hasattr(v, "obj") and v.obj is not None:
            m.users.setdefault(v.obj.key, set()).add(a.index)


def find_written(m) -> None:
    """``m.written``: the objects that some actor or user space writes; ``m.writes_wild``: something writes through a
    pointer of which nothing is known."""
    m.written = set(m.written_by_user)
    m.writes_wild = False
    for a in m.actors:
        for i in a.code:
            if i.kind != "op":
                continue
            for x in operands(i, effects_of(i.op).writes):
                base, kind = (x.base, x.kind) if isinstance(x, Place) else (x, "")
                _note_written(m, base.obj, kind)


def _note_written(m, obj: Obj | None, kind: str = "") -> None:
    if obj is not None:
        m.written.add(obj.key)
    elif kind not in ("local", "task"):
        m.writes_wild = True


def fold_constants(m) -> None:
    """A static that nothing writes is a constant: reading it is not an operation."""
    for a in m.actors:
        for i in a.code:
            if i.kind == "op" and i.op == "load":
                value = _constant(m, i.info["place"])
                if value is not None:
                    i.kind, i.src = "set", value


def _constant(m, p: Place) -> Val | None:
    """What a place always holds, if nothing ever writes it."""
    obj = p.base.obj
    if obj is None or obj.owner is not None or obj.key in m.written:
        return None
    if p.kind == "cell":
        return Val(f"@{obj.init.key}@" if isinstance(obj.init, Obj) else m.constants.ref(obj.init))
    if p.kind == "char" and not m.writes_wild and p.index.const is not None and 0 <= p.index.const < obj.size:
        text, n = obj.init, p.index.const
        return Val(m.constants.ref(ord(text[n]) if n < len(text) else 0))
    return None


def private_place(m, a: Actor, place: Place) -> bool:
    """Can only *a* ever reach this memory?"""
    if place.kind == "local":
        return True
    if place.kind == "task":
        return False
    obj = place.base.obj
    if obj is None or obj.owner is not None:
        return not m.shares_pointers
    return not m.wild and obj.key not in m.written_by_user and m.users.get(obj.key, set()) <= {a.index}


def private_text(m, a: Actor, v: Val) -> bool:
    """Can nobody else change this text while *a* reads or fills it?"""
    obj = v.obj
    if obj is None:
        return not m.shares_pointers
    own_stack = obj.owner is not None and not m.lends
    return obj.constant or own_stack or m.users.get(obj.key, set()) <= {a.index} or obj.key not in m.written
