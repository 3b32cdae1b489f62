"""What a pointer may lead to.

Which object a call of the kernel works on must be known when its code is written.  Where it is given a pointer, that is
compared with the address of every object that it may lead to, and the call is written once for each (`Builder.op`).
What there is on the stacks and on the heap turns out while the actors' programs are written: they are written again
until nothing new does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from kthreadlab.lang.ir import ObjType

from .fresh import Declared
from .structs import Types, add_parts
from .values import Obj

MAX_CANDIDATES = 256
"""A pointer that may lead to more objects than these is too much for a machine."""


class Memory(Types, Protocol):
    """The module's memory; see `statics.Statics`."""

    objects: dict[str, Obj]
    hidden: dict[str, Obj]
    cast_to: set[str]
    blocks: Blocks


@dataclass
class Blocks:
    """The objects that a pointer may lead to beside the statics, as far as they are known: the *stacks* of the actors,
    and the heap of those that allocate (*allocators*, with their names), who get *each* so many blocks at a time.
    *asked*: somebody has looked for them."""

    each: int
    stacks: dict[str, tuple[Declared, Obj]] = field(default_factory=dict)
    allocators: dict[int, str] = field(default_factory=dict)
    heap: dict[tuple[int, int, str], Obj] = field(default_factory=dict)
    asked: bool = False

    def block(self, statics: Memory, actor: int, slot: int, struct: str) -> Obj:
        """Block number *slot* of an actor, as that struct."""
        key = actor, slot, struct
        if key not in self.heap:
            name = f"{self.allocators[actor]}'s object {slot + 1}"
            whole = Obj(f"m.{actor}.{slot}", name, ObjType("struct", of=struct), None, heap=struct)
            self.heap[key] = whole
            for x in add_parts(statics, whole):
                x.init, x.initialised = None, False
        return self.heap[key]


def candidates(statics: Memory, kinds: tuple[str, ...], member: tuple[str, str] | None) -> list[Obj]:
    """The objects of these *kinds* that a pointer may lead to; *member*: only those that are such a field."""
    blocks = statics.blocks
    blocks.asked = True
    roots = [*statics.objects.values(), *statics.hidden.values(), *(obj for _, obj in blocks.stacks.values())]
    for actor in blocks.allocators:
        for struct in sorted(statics.cast_to):
            roots += [blocks.block(statics, actor, slot, struct) for slot in range(blocks.each)]
    found = [x for root in roots for x in (root, *root.parts) if isinstance(x.type, ObjType) and x.kind in kinds]
    return [x for x in found if member is None or x.member == member]


def on_heap(key: str) -> bool:
    """Is this the name of a cell in a block of the heap?"""
    return key.startswith("m.")
