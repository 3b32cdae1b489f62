"""What an actor is about to do to memory: which element, field or variable its next step reads or writes.

Where two actors can be about to touch the same, one of them to write, and one plainly, the data is raced for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kthreadlab.lang.ir import ObjType

from .actor import Actor
from .cells import State
from .context import Node
from .effects import Does
from .layout import Laid
from .ops import effects_of
from .plan import Plan
from .sharing import places
from .values import Place, Val


@dataclass(frozen=True)
class Access:
    """One actor's next access: *where*, the address of an object and the number of the element or field in it; the name
    to show; whether it *writes*, and whether it is *plain* and no single step of its own."""

    where: tuple[int, int]
    name: str
    writes: bool
    plain: bool


@dataclass(frozen=True)
class Step:
    """What is known of a step before any state is: the *place* that it touches, whether it *writes* it, and whether it
    does so *plain*, without READ_ONCE or WRITE_ONCE around it."""

    place: Place
    writes: bool
    plain: bool


def shared_step(m: Plan, node: Node | None) -> Step | None:
    """The step at *node*, if it touches memory that others may reach."""
    if node is None or node.phase:
        return None
    i = m.instr(node)
    found = [p for p in places(i) if p.kind not in ("local", "task")]
    if i.info.get("silent") or not found:
        return None
    place = found[0]
    kernels = place.kind == "cell" and isinstance(place.type, ObjType)
    own = place.base.obj is not None and place.base.obj.owner is not None and not m.shares_pointers
    effects = effects_of(i.op)
    plain = Does.PLAIN in effects.does and not i.info.get("once")
    return None if kernels or own else Step(place, bool(effects.writes), plain)


def access(m: Laid, s: State, a: Actor, step: Step) -> Access | None:
    """What such a *step* of *a* is about to do in state *s*; None if that leads nowhere."""
    place = step.place
    address = number(m, s, a, place.base) if place.base.obj is None else m.layout.address(place.base.obj.key)
    index = number(m, s, a, place.index) if place.index is not None else 0
    if address is None or index is None or not address:
        return None
    return Access((address, index), place_name(place, index), step.writes, step.plain)


def place_name(place: Place, index: int) -> str:
    """What a person calls it."""
    if place.base.obj is None:
        return place.name or "what a pointer leads to"
    name = place.base.obj.name
    return f"{name}.{place.name}" if place.kind == "field" else f"{name}[{index}]" if place.kind != "cell" else name


def number(m: Laid, s: State, a: Actor, v: Val) -> int | None:
    """The value of *v* in state *s*, where it is a number that the actor's variables tell."""
    if v.const is not None:
        return v.const
    simple = re.fullmatch(r"<(\d+)>", v.src)
    slot = m.chains[a.index].slots.get(int(simple[1])) if simple else None
    value = s[m.index[f"v.{a.index}.{slot}"]] if slot is not None else None
    return value if isinstance(value, int) else None


def clash(x: Access, y: Access) -> bool:
    """May the two not happen at the same moment?"""
    return x.where == y.where and (x.writes or y.writes) and (x.plain or y.plain)
