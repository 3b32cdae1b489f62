"""include/linux/list.h: lists whose links lie inside what is listed.

The address of a list is that of a ``list_head`` of its own (a cell), or of one inside a struct: the pair of the
struct's address and the field's number.  What such a place holds says what it is: a head is the tuple of its entries'
addresses, in their order; an entry is `LINKED` with the address of its head; 0 are links of zeros, `POISON` is what
list_del() leaves.

To change a list touches the neighbours, so an entry that was freed on it is found when somebody walks over it or works
beside it.  Differs from Linux: a list knows its head; where two lists are torn into each other, both are corrupted.
"""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.compile.effects import Does, Sleeps, State, by_all
from kthreadlab.compile.ops import operation
from kthreadlab.compile.runtime import CORRUPT, HEAP, KernelFault
from kthreadlab.lang import ir

from .telling import Happened, Told

LINKED, POISON = -3, -2
LIST_POISON1 = 0x00100100
"""What the links of an entry hold that was taken off."""
NOWHERE = 0x7FFF0000
"""The struct around something that lies in no struct: an address that leads nowhere."""


def list_fields(m, struct: str) -> list[int]:
    """The fields of *struct* that are links."""
    fields = m.statics.structs[struct].fields
    return [n for n, (_, t) in enumerate(fields) if isinstance(t, ir.ObjType) and t.kind == "list"]


def force(m) -> None:
    """Every list and every struct with links belongs to the state."""
    for o in m.all_objects():
        kind = o.type.kind if isinstance(o.type, ir.ObjType) else ""
        if kind == "list" or (kind == "struct" and list_fields(m, o.type.of)):
            m.forced.add(o.key)


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
def list_del(g, i) -> None:
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
def list_add(g, i) -> None:
    g.copy()
    force(g.m)
    new, head = (g.src(a) for a in i.args)
    g(f"_list_add(c, {new}, {head}, {int(i.op == 'list_add_tail')})")
    g.event(new, head)


@operation("list_empty", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def list_empty(g, i) -> None:
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
def list_step(g, i) -> None:
    """``head.next``, ``head.prev``: a load."""
    g.copy()
    force(g.m)
    g(f"r = _list_step(c, {g.src(i.args[0])}, {int(i.info['back'])})")
    g.result("r")
    g.event(g.src(i.args[0]), "r")


def entry(address: object, field: int) -> object:
    """list_entry(): the struct whose field number *field* is at *address*."""
    return address[0] if type(address) is tuple and address[1] == field else NOWHERE


def environment(m) -> dict[str, Callable]:
    """What generated code calls."""
    memory, objects = m.memory, m.layout.objects
    heads = {m.index[k] for k, o in objects.items() if getattr(o.type, "kind", "") == "list" and k in m.index}

    def get(c: list, a: object) -> object:
        """What the links at *a* hold."""
        if type(a) is tuple:
            v = memory.obj(c, a[0])
            if a[0] < HEAP:
                return v[a[1]]
            if v[0] < 2:
                raise KernelFault("bad_pointer", "this is not such a struct")
            memory.reach(v, a[1])
            return v[2][a[1]]
        if not a:
            raise KernelFault("null_pointer")
        if a not in heads:
            raise KernelFault("bad_pointer", "LIST_POISON1" if a == LIST_POISON1 else "this is no list")
        if c[a] is None:
            raise KernelFault("dead_stack")
        return c[a]

    def put(c: list, a: object, value: object) -> None:
        if type(a) is not tuple:
            c[a] = value
            return
        p, n = a
        v = memory.obj(c, p)
        fields = v if p < HEAP else v[2]
        fields = (*fields[:n], value, *fields[n + 1 :])
        memory.write(c, p, fields if p < HEAP else (v[0], v[1], fields))

    def followed(value: object) -> tuple:
        """Links that somebody follows: a head's entries, or `LINKED` and the head."""
        if value is None:
            raise KernelFault("uninitialised_local", "these links were never initialised")
        if value == 0:
            raise KernelFault("null_pointer")
        if value == POISON:
            raise KernelFault("bad_pointer", "LIST_POISON1: this was taken off its list")
        if CORRUPT in value:
            raise KernelFault("corrupted_list")
        return value

    def linked(value: object) -> bool:
        return type(value) is tuple and value[:1] == (LINKED,)

    def entries(c: list, head: object) -> tuple:
        value = followed(get(c, head))
        if linked(value):
            raise KernelFault("corrupted_list")
        return value

    def place(c: list, a: object) -> tuple[object, tuple, int]:
        """The list that the entry *a* is on: its head, its entries, the position of *a*."""
        head = followed(get(c, a))[1]
        on = entries(c, head)
        if a not in on:
            raise KernelFault("corrupted_list")
        return head, on, on.index(a)

    def touch(c: list, on: tuple, first: int, behind: int) -> None:
        """The links of the neighbours are written, so they must be there."""
        for k in (first, behind):
            if 0 <= k < len(on):
                get(c, on[k])

    def init(c: list, a: object) -> None:
        get(c, a)
        put(c, a, ())

    def add(c: list, new: object, head: object, tail: int) -> None:
        """Between the head and the first entry, or the last entry and the head; beside an entry, if *head* is one."""
        old, value = get(c, new), followed(get(c, head))
        if linked(value):
            head, on, k = place(c, head)
            k += not tail
        else:
            on = value
            k = len(on) if tail else 0
        if new == head or (type(old) is tuple and old):
            put(c, head, (CORRUPT,))
            put(c, old[1] if linked(old) else new, (CORRUPT,))
            return
        touch(c, on, k - 1, k)
        put(c, head, (*on[:k], new, *on[k:]))
        put(c, new, (LINKED, head))

    def take(c: list, a: object, left: object) -> None:
        if linked(followed(get(c, a))):
            head, on, k = place(c, a)
            touch(c, on, k - 1, k + 1)
            put(c, head, (*on[:k], *on[k + 1 :]))
        put(c, a, left)

    def empty(c: list, a: object) -> int:
        """Does its next link lead to itself?"""
        value = get(c, a)
        if value is None:
            raise KernelFault("uninitialised_local", "these links were never initialised")
        return int(value == ())

    def step(c: list, a: object, back: int) -> object:
        """The address behind (or before) *a* in the circle of head and entries."""
        value = get(c, a)
        if value == 0:
            return 0
        if value == POISON:
            return LIST_POISON1
        if linked(followed(value)):
            head, on, k = place(c, a)
            k += -1 if back else 1
            return on[k] if 0 <= k < len(on) else head
        return (value[-1] if back else value[0]) if value else a

    return {
        "_INIT_LIST_HEAD": init,
        "_list_add": add,
        "_list_del": lambda c, a: take(c, a, POISON),
        "_list_del_init": lambda c, a: take(c, a, ()),
        "_list_empty": empty,
        "_list_step": step,
        "_entry": entry,
    }
