"""include/linux/list.h: lists whose links lie inside what is listed.

Every ``list_head`` has a cell, one that lies in a struct, too.  What it holds says what it is: a head is the tuple of
its entries' addresses, in their order; an entry is `LINKED` with the address of its head; 0 are links of zeros,
`POISON` is what list_del() leaves.

To change a list touches the neighbours, so an entry that was freed on it is found when somebody walks over it or works
beside it.  Differs from Linux: a list knows its head; where two lists are torn into each other, both are corrupted.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from kthreadlab.compile.cells import Cell, Cells
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import operation
from kthreadlab.compile.plan import Cast
from kthreadlab.compile.runtime import HEAP, KernelFault, Memory

from .queue import CORRUPT
from .telling import Happened, Told

LINKED, POISON = -3, -2
LIST_POISON1 = 0x00100100
"""What the links of an entry hold that was taken off."""


def force(m: Cast) -> None:
    """Every list belongs to the state."""
    m.force_kind("list")


@operation(
    "INIT_LIST_HEAD",
    "list_del",
    "list_del_init",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def list_del(g: Gen, i: Instr) -> None:
    g.copy()
    force(g.m)
    g(f"_{i.op}(c, {g.src(i.args[0])})")
    g.event(g.src(i.args[0]))


@operation(
    "list_add",
    "list_add_tail",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.PUBLISHES,),
    seen=by_all,
)
def list_add(g: Gen, i: Instr) -> None:
    g.copy()
    force(g.m)
    new, head = (g.src(a) for a in i.args)
    g(f"_list_add(c, {new}, {head}, {int(i.op == 'list_add_tail')})")
    g.event(new, head)


@operation(
    "list_move",
    "list_move_tail",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.PUBLISHES,),
    seen=by_all,
)
@operation(
    "list_splice",
    "list_splice_init",
    "list_splice_tail",
    "list_splice_tail_init",
    "list_replace_init",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def list_move(g: Gen, i: Instr) -> None:
    """One entry, or all of a list, to another place.  What is on a list already others can find."""
    g.copy()
    force(g.m)
    first, second = (g.src(a) for a in i.args)
    what = next(x for x in ("move", "splice", "replace") if x in i.op)
    how = f", {int('tail' in i.op)}, {int(i.op.endswith('init'))}" if what != "replace" else ""
    g(f"_list_{what}(c, {first}, {second}{how})")
    g.event(first, second)


@operation(
    "list_is_singular", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def list_is_singular(g: Gen, i: Instr) -> None:
    g.copy()
    force(g.m)
    g(f"r = _list_is_singular(c, {g.src(i.args[0])})")
    g.result("r")
    g.event(g.src(i.args[0]), result="r")


@operation("list_empty", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def list_empty(g: Gen, i: Instr) -> None:
    g.copy()
    force(g.m)
    g(f"r = _list_empty(c, {g.src(i.args[0])})")
    g.result("r")
    g.event(g.src(i.args[0]), result="r")


def tell_step(x: Happened) -> Told:
    """Which link was read, and whose address it holds."""
    entry, found = x.operands
    return Told(
        (f"{x.name(entry)}.{'prev' if x.instr.info['back'] else 'next'}",), details={"value": x.name(found)}, op="load"
    )


@operation(
    "list_step",
    describe=tell_step,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def list_step(g: Gen, i: Instr) -> None:
    """``head.next``, ``head.prev``: a load."""
    g.copy()
    force(g.m)
    g(f"r = _list_step(c, {g.src(i.args[0])}, {int(i.info['back'])})")
    g.result("r")
    g.event(g.src(i.args[0]), "r")


# ---- what generated code calls --------------------------------------------------------------------------------------


def followed(links: Cell) -> tuple[Cell, ...]:
    """Links that somebody follows: a head's entries, or `LINKED` and the head."""
    if links is None:
        raise KernelFault("uninitialised_local", "these links were never initialised")
    if links == 0:
        raise KernelFault("null_pointer")
    if links == POISON:
        raise KernelFault("bad_pointer", "LIST_POISON1: this was taken off its list")
    if CORRUPT in links:
        raise KernelFault("corrupted_list")
    return cast(tuple[Cell, ...], links)


def linked(links: Cell) -> bool:
    """Are these the links of an entry that is on a list?"""
    return type(links) is tuple and links[:1] == (LINKED,)


class Lists:
    """The lists of one machine: *memory*, and the cells that are *heads* of lists."""

    def __init__(self, memory: Memory, heads: Collection[int]) -> None:
        self.memory, self.heads = memory, heads

    def functions(self) -> dict[str, object]:
        """The names that generated code uses."""
        return {
            "_INIT_LIST_HEAD": self.init,
            "_list_add": self.add,
            "_list_del": lambda c, a: self.take(c, a, POISON),
            "_list_del_init": lambda c, a: self.take(c, a, ()),
            "_list_move": self.move,
            "_list_splice": self.splice,
            "_list_replace": self.replace,
            "_list_is_singular": self.singular,
            "_list_empty": self.empty,
            "_list_step": self.step,
        }

    # ---- links ----------------------------------------------------------------------------------------------------

    def get(self, c: Cells, a: int) -> Cell:
        """What the links at *a* hold."""
        if a >= HEAP:
            self.memory.astray_unless(c, a, "list")
            return c[a - self.memory.shift]
        if a not in self.heads:
            self.memory.astray(c, a, "list") if a != LIST_POISON1 else None
            raise KernelFault("bad_pointer", "LIST_POISON1")
        if c[a] is None:
            raise KernelFault("dead_stack")
        return c[a]

    def put(self, c: Cells, a: int, links: Cell) -> None:
        """Store *links* at *a*."""
        c[a - self.memory.shift if a >= HEAP else a] = links

    def entries(self, c: Cells, head: int) -> tuple[Cell, ...]:
        """The entries of the list whose head is at *head*."""
        on = followed(self.get(c, head))
        if linked(on):
            raise KernelFault("corrupted_list")
        return on

    def place(self, c: Cells, a: int) -> tuple[int, tuple[Cell, ...], int]:
        """The list that the entry *a* is on: its head, its entries, the position of *a*."""
        head = followed(self.get(c, a))[1]
        on = self.entries(c, head)
        if a not in on:
            raise KernelFault("corrupted_list")
        return head, on, on.index(a)

    def touch(self, c: Cells, on: tuple[Cell, ...], first: int, behind: int) -> None:
        """The links of the neighbours are written, so they must be there."""
        for k in (first, behind):
            if 0 <= k < len(on):
                self.get(c, on[k])

    # ---- calls ----------------------------------------------------------------------------------------------------

    def init(self, c: Cells, a: int) -> None:
        """A list without entries."""
        self.get(c, a)
        self.put(c, a, ())

    def add(self, c: Cells, new: int, head: int, tail: int) -> None:
        """Between the head and the first entry, or the last entry and the head; beside an entry, if *head* is one."""
        old, on = self.get(c, new), followed(self.get(c, head))
        if linked(on):
            head, on, k = self.place(c, head)
            k += not tail
        else:
            k = len(on) if tail else 0
        if new == head and not on:
            return
        if new == head or (type(old) is tuple and old):
            self.tear(c, new, head, on if tail or new != head else ())
            return
        self.touch(c, on, k - 1, k)
        self.put(c, head, (*on[:k], new, *on[k:]))
        self.put(c, new, (LINKED, head))

    def tear(self, c: Cells, new: int, head: int, on: tuple[Cell, ...]) -> None:
        """*new* is on a list already, or is the head itself: nobody comes to the end of these lists any more.  *on*:
        what the links of *head* still lead to."""
        old = self.get(c, new)
        other = old[1] if linked(old) else new
        rest = () if other == head else self.get(c, other)
        self.put(c, head, (CORRUPT, *on))
        if other != head:
            self.put(c, other, (CORRUPT, *(x for x in rest if x != CORRUPT)))

    def take(self, c: Cells, a: int, left: Cell) -> None:
        """Off its list; *left* is what becomes of its links.  What was on the list of a head that goes is a ring
        without it: its first entry is the head now."""
        mine = followed(self.get(c, a))
        if mine and not linked(mine):
            first, *others = cast(tuple[int, ...], mine)
            self.touch(c, mine, 0, len(mine) - 1)
            self.put(c, first, tuple(others))
            for x in others:
                self.put(c, x, (LINKED, first))
        elif mine:
            head, on, k = self.place(c, a)
            self.touch(c, on, k - 1, k + 1)
            self.put(c, head, (*on[:k], *on[k + 1 :]))
        self.put(c, a, left)

    def move(self, c: Cells, a: int, head: int, tail: int, _: int) -> None:
        """Off its list, and onto one."""
        self.take(c, a, ())
        self.add(c, a, head, tail)

    def splice(self, c: Cells, a: int, head: int, tail: int, init: int) -> None:
        """All that is on *a* goes beside *head*.  The links of *a* lead there until it is made empty."""
        mine = self.get(c, a)
        if mine == ():
            return
        mine = self.entries(c, a)
        self.touch(c, mine, 0, len(mine) - 1)
        on = followed(self.get(c, head))
        if a == head:
            self.put(c, a, () if init else (CORRUPT, *mine))
            return
        if linked(on):
            head, on, k = self.place(c, head)
            k += not tail
        else:
            k = len(on) if tail else 0
        if head == a:
            self.put(c, a, (CORRUPT, *mine))
            return
        self.touch(c, on, k - 1, k)
        self.put(c, head, (*on[:k], *mine, *on[k:]))
        for x in mine:
            self.put(c, cast(int, x), (LINKED, head))
        self.put(c, a, () if init else (CORRUPT, *mine))

    def replace(self, c: Cells, old: int, new: int) -> None:
        """*new* stands where *old* stood, whatever it was before; of an empty list the links of *new* lead to *old*."""
        self.get(c, new)
        mine = followed(self.get(c, old))
        if linked(mine):
            head, on, k = self.place(c, old)
            self.touch(c, on, k - 1, k + 1)
            self.put(c, head, (*on[:k], new, *on[k + 1 :]))
            self.put(c, new, (LINKED, head))
        else:
            self.touch(c, mine, 0, len(mine) - 1)
            self.put(c, new, mine or (CORRUPT,))
            for x in mine:
                self.put(c, cast(int, x), (LINKED, new))
        self.put(c, old, ())

    def singular(self, c: Cells, a: int) -> int:
        """Not empty, and next and prev lead to the same: NULL, too."""
        links = self.get(c, a)
        if links in (0, POISON):
            return int(links == 0)
        if not linked(followed(links)):
            return int(len(links) == 1)
        return int(len(self.place(c, a)[1]) == 1)

    def empty(self, c: Cells, a: int) -> int:
        """Does its next link lead to itself?"""
        links = self.get(c, a)
        if links is None:
            raise KernelFault("uninitialised_local", "these links were never initialised")
        return int(links == ())

    def step(self, c: Cells, a: int, back: int) -> int:
        """The address behind (or before) *a* in the circle of head and entries."""
        links = self.get(c, a)
        if links == 0:
            return 0
        if links == POISON:
            return LIST_POISON1
        if not linked(followed(links)):
            return cast(int, links[-1 if back else 0] if links else a)
        head, on, k = self.place(c, a)
        k += -1 if back else 1
        return cast(int, on[k] if 0 <= k < len(on) else head)


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    objects = m.layout.objects.items()
    heads = {m.index[k] for k, o in objects if getattr(o.type, "kind", "") == "list" and k in m.index}
    return Lists(m.memory, heads).functions()
