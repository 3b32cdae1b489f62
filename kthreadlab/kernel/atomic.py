"""Memory and the operations on it that are one step: loads, stores, asm/bitops.h, asm/atomic.h, xchg."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import PLACE, Declares, Does, Sleeps, State, by_all, by_nobody, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.sharing import private_place
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh, initial_count
from kthreadlab.compile.values import Place
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.ir import IntType, PtrType
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import DECLARED_STATES

from .telling import Happened, Told

SIZES["atomic"] = 4


@fresh("atomic")
def fresh_atomic(statics: Statics, decl: Declared) -> Fresh:
    """A number."""
    return Fresh(initial_count(decl, 0))


def is_private(m: Plan, a: Actor, i: Instr) -> bool:
    """Nobody but this actor ever reads or writes the place."""
    place = i.info.get("place") or next((x for x in i.args if hasattr(x, "base")), None)
    return place is not None and private_place(m, a, place)


def tell_access(x: Happened) -> Told:
    """The place as the source has it, and the value: addresses by name, characters as characters."""
    place, value = x.instr.info["place"], x.result
    if isinstance(place.type, PtrType):
        value = x.name(value)
    elif place.kind == "char" and isinstance(value, int) and 32 <= value < 127:
        value = repr(chr(value))
    return Told((x.place(*x.operands),), details={"value": value})


@operation(
    "load",
    describe=tell_access,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(PLACE,),
    writes=(),
    does=(Does.PLAIN,),
    seen=unless(is_private),
)
def load(g: Gen, i: Instr) -> None:
    g.copy()
    place = i.info["place"]
    value = g.get(place)
    if place.kind == "cell" and place.base.obj is None:
        value = f"_have({value})"
    g.result(value)
    g.event(*where(g, place), result=g.read(i.dst) if i.dst is not None else "None")


@operation(
    "store",
    describe=tell_access,
    sleeps=Sleeps.NEVER,
    state=Declares(2),
    context=(),
    reads=(),
    writes=(PLACE,),
    does=(Does.PLAIN,),
    seen=unless(is_private),
)
def store(g: Gen, i: Instr) -> None:
    g.copy()
    place = i.info["place"]
    value = "0" if is_unread(g.m, place) else g.src(i.args[2])
    if place.kind == "task":
        value = f"{value} & {DECLARED_STATES}"
    g.put(place, value)
    g.event(*where(g, place), result=value)


def is_unread(m: Plan, place: Place) -> bool:
    """Is it a number that nobody ever looks at?  What it is makes no difference to anybody, then."""
    if place.kind == "field":
        return ("", place.name) in m.statics.unread
    return place.kind == "cell" and place.base.obj is not None and place.base.obj.name in m.statics.unread


def where(g: Gen, place: Place) -> tuple[str, ...]:
    """The operands of an event on a place: its base and index."""
    base = "None" if place.kind in ("local", "task") else g.src(place.base)
    return base, (g.src(place.index) if place.index is not None else "None")


def wrap(place: Place, expr: str) -> str:
    """*expr* as the place keeps it."""
    t = place.type
    if not isinstance(t, IntType):
        return expr
    return f"(({expr}) & {hex((1 << t.bits) - 1)})" if not t.signed else f"_wrap({expr}, {t.bits})"


def bits(place: Place) -> int:
    """The width of a variable."""
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


def bit_operation(g: Gen, i: Instr) -> None:
    """One bit of a word, read and written in one step."""
    g.copy()
    nr, place = i.args
    g(f"b = 1 << _bit({g.src(nr)}, {bits(place)})")
    g(f"w = {g.get(place)}")
    if BITS[i.op]:
        g.put(place, wrap(place, BITS[i.op].format(w="w", b="b")))
    g.result("1 if w & b else 0")
    g.event(g.src(nr), *where(g, place), result="1 if w & b else 0")


for _name, _change in BITS.items():
    operation(
        _name,
        sleeps=Sleeps.NEVER,
        state=State.KEPT,
        context=(),
        reads=(1,),
        writes=(1,) if _change else (),
        does=(),
        seen=unless(is_private),
    )(bit_operation)


def tell_exchange(x: Happened) -> Told:
    """Whether cmpxchg() found what it was told to look for."""
    if len(x.args) < 3:
        return Told(x.args)
    _, wanted, _ = x.args
    same = not (x.result - wanted) % 2 ** x.instr.args[0].type.bits
    return Told(x.args, Outcome.YES if same else Outcome.NO)


@operation(
    "xchg",
    "cmpxchg",
    describe=tell_exchange,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(0,),
    writes=(0,),
    does=(),
    seen=unless(is_private),
)
def xchg(g: Gen, i: Instr) -> None:
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
    "atomic_sub_and_test": ("{w} - {n}", "1 if {v} == 0 else 0"),
    "atomic_add_negative": ("{w} + {n}", "1 if {v} < 0 else 0"),
    "atomic_xchg": ("{n}", "{w}"),
    "atomic_cmpxchg": ("{x} if {w} == {n} else {w}", "{w}"),
    "atomic_add_unless": ("{w} + {n} if {w} != {x} else {w}", "1 if {w} != {x} else 0"),
    "atomic_inc_not_zero": ("{w} + 1 if {w} else 0", "1 if {w} else 0"),
}
"""What an operation stores and what it gives, by what there was (*w*), what there is now (*v*) and its numbers (*n*,
and *x* if there is a second)."""


def atomic(g: Gen, i: Instr) -> None:
    """An atomic_t, read and written in one step."""
    g.copy()
    store_, result = ATOMIC[i.op]
    obj = i.args[which_atomic(i.op)]
    numbers = [g.src(v) for v in i.args if v is not obj] or ["0"]
    cell = f"c[{g.obj(obj)}]"
    words = {"w": "w", "v": "v", "n": numbers[0]}
    if len(numbers) > 1:  # they are compared
        words |= {"n": f"_wrap({numbers[0]}, 32)", "x": f"_wrap({numbers[1]}, 32)"}
    g(f"w = {cell}")
    if store_:
        g(f"v = _wrap({store_.format(**words)}, 32)")
        g(f"{stored(cell)} = v")
    answer = result.format(**words) if result else "None"
    if result:
        g.result(answer)
    g.event(g.obj(obj), *numbers, result=answer if result else "v")


def which_atomic(name: str) -> int:
    """Which operand is the atomic_t: those that add come before it."""
    return CALLS[name].params.index("atomic")


for _name, (_store, _result) in ATOMIC.items():
    _at = (which_atomic(_name),)
    operation(
        _name,
        sleeps=Sleeps.NEVER,
        state=State.KEPT,
        context=(),
        reads=_at if _name != "atomic_set" else (),
        writes=_at if _store else (),
        does=(Does.INITIALISES,) if _name == "atomic_set" else (),
        seen=by_all,
    )(atomic)


def tell_astray(x: Happened) -> Told:
    """The call that was given such an address."""
    return Told((x.name(x.operands[0]),), op=x.instr.info["call"])


@operation(
    "astray",
    describe=tell_astray,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.ENDS,),
    seen=by_all,
)
def astray(g: Gen, i: Instr) -> None:
    """A call of the kernel is given a pointer that leads to no object of the right kind."""
    g.copy()
    g.event(g.src(i.args[0]))
    g(f"_astray(c, {g.src(i.args[0])}, {g.m.constants.ref(i.info['kind'])})")


@operation(
    "new_object", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(0,), does=(), seen=by_nobody
)
def new_object(g: Gen, i: Instr) -> None:
    """A local object comes to life with its initial value, and what lies in it."""
    g.copy()
    obj = i.args[0].obj
    for x in (obj, *obj.parts):
        g(f"c[@!{x.key}@] = {g.m.constants.ref(x.init) if x.init not in (None, ()) else repr(x.init)}")


@operation(
    "new_list", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(0,), does=(), seen=by_nobody
)
def new_list(g: Gen, i: Instr) -> None:
    """An array on the stack."""
    g.copy()
    items = ", ".join(g.src(v) for v in i.args[1:])
    g(f"c[{stored(g.obj(i.args[0]))}] = ({items}{',' if items else ''})")
