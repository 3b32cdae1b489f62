"""Memory and the operations on it that are one step: loads, stores, asm/bitops.h, asm/atomic.h, xchg."""

from __future__ import annotations

from kthreadlab.lang.ir import IntType

from .ops import operation
from .sharing import private_place


def is_private(m, a, i) -> bool:
    """Nobody but this actor ever reads or writes the place."""
    place = i.info.get("place") or next((x for x in i.args if hasattr(x, "base")), None)
    return place is not None and private_place(m, a, place)


@operation("load", local=is_private, plain=True, writes=False)
def load(g, i) -> None:
    g.copy()
    place = i.info["place"]
    value = g.get(place)
    if place.kind == "cell" and place.base.obj is None:
        value = f"_have({value})"
    g.result(value)
    g.event(*where(g, place), result=g.read(i.dst))


@operation("store", local=is_private, plain=True)
def store(g, i) -> None:
    g.copy()
    place = i.info["place"]
    value = g.src(i.args[2])
    if place.kind == "task":
        value = f"{value} & 3"
    g.put(place, value)
    g.event(*where(g, place), result=value)


def where(g, place) -> tuple[str, ...]:
    """The operands of an event on a place: its base and index."""
    base = "None" if place.kind in ("local", "task") else g.src(place.base)
    return base, (g.src(place.index) if place.index is not None else "None")


def wrap(place, expr: str) -> str:
    """*expr* as the place keeps it."""
    t = place.type
    if not isinstance(t, IntType):
        return expr
    return f"(({expr}) & {hex((1 << t.bits) - 1)})" if not t.signed else f"_wrap({expr}, {t.bits})"


def bits(place) -> int:
    return place.type.bits if isinstance(place.type, IntType) else 64


BITS = {
    "set_bit": "{w} | {b}",
    "clear_bit": "{w} & ~{b}",
    "change_bit": "{w} ^ {b}",
    "test_and_set_bit": "{w} | {b}",
    "test_and_clear_bit": "{w} & ~{b}",
    "test_and_change_bit": "{w} ^ {b}",
    "test_bit": "",
}


@operation(*BITS, local=is_private)
def bit_operation(g, i) -> None:
    g.copy()
    nr, place = i.args
    g(f"b = 1 << _bit({g.src(nr)}, {bits(place)})")
    g(f"w = {g.get(place)}")
    if BITS[i.op]:
        g.put(place, wrap(place, BITS[i.op].format(w="w", b="b")))
    g.result("1 if w & b else 0")
    g.event(g.src(nr), *where(g, place), result="1 if w & b else 0")


operation("test_bit", local=is_private, writes=False)(bit_operation)


@operation("xchg", "cmpxchg", local=is_private)
def xchg(g, i) -> None:
    g.copy()
    place = i.args[0]
    g(f"w = {g.get(place)}")
    if i.op == "xchg":
        g.put(place, wrap(place, g.src(i.args[1])))
    else:
        g.put(place, f"{wrap(place, g.src(i.args[2]))} if w == {wrap(place, g.src(i.args[1]))} else w")
    g.result("w")
    g.event(*where(g, place), *(g.src(a) for a in i.args[1:]), result="w")


ATOMIC = {
    "atomic_set": ("{n}", None),
    "atomic_read": (None, "{w}"),
    "atomic_add": ("{w} + {n}", None),
    "atomic_sub": ("{w} - {n}", None),
    "atomic_inc": ("{w} + 1", None),
    "atomic_dec": ("{w} - 1", None),
    "atomic_inc_and_test": ("{w} + 1", "1 if {v} == 0 else 0"),
    "atomic_dec_and_test": ("{w} - 1", "1 if {v} == 0 else 0"),
    "atomic_inc_return": ("{w} + 1", "{v}"),
    "atomic_dec_return": ("{w} - 1", "{v}"),
    "atomic_add_return": ("{w} + {n}", "{v}"),
    "atomic_sub_return": ("{w} - {n}", "{v}"),
}


@operation(*ATOMIC)
def atomic(g, i) -> None:
    g.copy()
    store_, result = ATOMIC[i.op]
    first = i.op in ("atomic_add", "atomic_sub", "atomic_add_return", "atomic_sub_return")
    obj = i.args[1 if first else 0]
    n = g.src(i.args[0] if first else i.args[1]) if len(i.args) > 1 else "0"
    cell = f"c[{g.obj(obj)}]"
    if obj.obj is None:
        g.m.force(obj)
    g(f"w = {cell}")
    if store_:
        g(f"v = _wrap({store_.format(w='w', n=n)}, 32)")
        g(f"{cell} = v")
    answer = result.format(w="w", v="v") if result else "None"
    if result:
        g.result(answer)
    g.event(g.obj(obj), n, result=answer if result else "v")


@operation("new_object", local=True)
def new_object(g, i) -> None:
    """A local object comes to life with its initial value."""
    g.copy()
    obj = i.args[0].obj
    g(f"c[@{obj.key}@] = {g.m.constants.ref(obj.init) if obj.init not in (None, ()) else repr(obj.init)}")


@operation("new_list", local=True)
def new_list(g, i) -> None:
    """An array on the stack."""
    g.copy()
    items = ", ".join(g.src(v) for v in i.args[1:])
    g(f"c[{g.obj(i.args[0])}] = ({items}{',' if items else ''})")
