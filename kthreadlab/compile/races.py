"""What an actor is about to do to memory: which element, field or variable its next step reads or writes, or which
whole text, array or struct a call that is given its address.

Where two actors can be about to touch the same, one of them to write, and one plainly, the data is raced for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kthreadlab.lang.ir import ObjType, PtrType
from kthreadlab.lang.python_text import conversions

from .actor import Actor
from .cells import State
from .context import Node
from .effects import REST, Does, Operands
from .instructions import Instr
from .layout import Laid
from .ops import effects_of
from .plan import Plan
from .sharing import operands, places
from .values import Place, Val

WHOLE = -1
"""The number of the element or field that stands for all of an object."""


@dataclass(frozen=True)
class Access:
    """One actor's next access: *where*, the address of an object and the number of the element or field in it, or
    `WHOLE`; the name to show; whether it *writes*, and whether it is *plain* and no single step of its own."""

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


def shared_steps(m: Plan, node: Node | None) -> list[Step]:
    """What the step at *node* does to memory that others may reach."""
    if node is None or node.phase:
        return []
    i = m.instr(node)
    effects = effects_of(i.op)
    plain = Does.PLAIN in effects.does and not i.info.get("once")
    named = [p for p in places(i) if p.kind not in ("local", "task")]
    found = [Step(p, bool(effects.writes), plain) for p in named[:1] if not kernels_own(p)]
    for which, writes in ((effects.reads, False), (effects.writes, True)):
        found += [Step(Place("whole", v, None, v.type), writes, plain) for v in wholes(m, i, which)]
    return [x for x in found if not private(m, x.place.base)]


def kernels_own(p: Place) -> bool:
    """Is it an object of the kernel's, which looks after itself?"""
    return p.kind == "cell" and isinstance(p.type, ObjType)


def private(m: Plan, base: Val) -> bool:
    """Does it lie on a stack, where nobody else comes?"""
    return base.obj is not None and base.obj.owner is not None and not m.shares_pointers


def wholes(m: Plan, i: Instr, which: Operands) -> Iterator[Val]:
    """The addresses of the module's texts, arrays and structs among these operands."""
    read = formatted(i, which)
    for v in operands(i, which):
        if isinstance(v, Place) or any(v is other for other in read):
            continue
        if v.obj is not None and v.obj.kind in ("text", "array", "struct") and not v.obj.constant:
            yield v
        elif v.obj is None and isinstance(v.type, PtrType):
            if v.type.target in (None, "text", "array") or v.type.target in m.statics.structs:
                yield v


def formatted(i: Instr, which: Operands) -> list[Val]:
    """The arguments of a format that are printed as what they are: all but texts."""
    if REST not in which:
        return []
    last = max((n for n in which if isinstance(n, int)), default=-1)
    form = i.args[last].obj if last >= 0 else None
    if form is None or not form.constant or not isinstance(form.init, str):
        return []
    return [v for v, letter in zip(i.args[last + 1 :], conversions(form.init), strict=False) if letter != "s"]


def access(m: Laid, s: State, a: Actor, step: Step) -> Access | None:
    """What such a *step* of *a* is about to do in state *s*; None if that leads nowhere."""
    place = step.place
    address = number(m, s, a, place.base) if place.base.obj is None else m.layout.address(place.base.obj.key)
    index = number(m, s, a, place.index) if place.index is not None else WHOLE if place.kind == "whole" else 0
    if address is None or index is None or not address:
        return None
    return Access((address, index), place_name(place, index), step.writes, step.plain)


def place_name(place: Place, index: int) -> str:
    """What a person calls it."""
    if place.base.obj is None:
        return place.name or "what a pointer leads to"
    name = place.base.obj.name
    if place.kind == "field":
        return f"{name}.{place.name}"
    return name if place.kind in ("cell", "whole") else f"{name}[{index}]"


def number(m: Laid, s: State, a: Actor, v: Val) -> int | None:
    """The value of *v* in state *s*, where it is a number that the actor's variables tell."""
    if v.const is not None:
        return v.const
    simple = re.fullmatch(r"<(\d+)>", v.src)
    slot = m.chains[a.index].slots.get(int(simple[1])) if simple else None
    value = s[m.index[f"v.{a.index}.{slot}"]] if slot is not None else None
    return value if isinstance(value, int) else None


def meet(x: tuple[int, int], y: tuple[int, int]) -> bool:
    """Is there anything that both places have?"""
    return x[0] == y[0] and (x[1] == y[1] or WHOLE in (x[1], y[1]))


def clash(x: Access, y: Access) -> bool:
    """May the two not happen at the same moment?"""
    return meet(x.where, y.where) and (x.writes or y.writes) and (x.plain or y.plain)
