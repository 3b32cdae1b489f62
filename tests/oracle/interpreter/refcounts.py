"""refcount_t and struct kref."""

from __future__ import annotations

from .memory import written
from .run import Run, operation
from .state import Obj
from .values import Value

SATURATED = -(1 << 30)
MOST = (1 << 31) - 1


def counted(run: Run, r: Value) -> Obj:
    """An old kref is a plain count, all others notice what is wrong."""
    return run.thing(r, "kref" if run.thing(r).kind == "kref" else "refcount")


def plain(run: Run, thing: Obj) -> bool:
    return thing.kind == "kref" and not run.version.saturates


def add(run: Run, r: Value, unless_zero: bool = False) -> int:
    """One more; what there was."""
    thing = counted(run, r)
    old = written(thing.data["value"])
    if unless_zero and old == 0:
        return 0
    wrong = not plain(run, thing) and (old <= 0 or old == MOST)
    thing.data["value"] = SATURATED if wrong else old + 1
    return old


def take(run: Run, r: Value, least: int) -> int:
    """One less, which may not be less than *least*; what there was."""
    thing = counted(run, r)
    old = written(thing.data["value"])
    wrong = not plain(run, thing) and old - 1 < least
    thing.data["value"] = SATURATED if wrong else old - 1
    return old


def setter(name: str, fixed: int | None) -> None:
    def call(run: Run, r: Value, n: int = 0) -> Value:
        n = n if fixed is None else fixed
        counted(run, r).data["value"] = (n + (1 << 31)) % (1 << 32) - (1 << 31)
        return 0

    operation(name)(call)


setter("refcount_set", None)
setter("kref_init", 1)


@operation("refcount_read", "kref_read")
def read(run: Run, r: Value) -> Value:
    return written(counted(run, r).data["value"]) & 0xFFFFFFFF


@operation("refcount_inc", "kref_get")
def inc(run: Run, r: Value) -> Value:
    add(run, r)
    return 0


@operation("refcount_inc_not_zero", "kref_get_unless_zero")
def inc_not_zero(run: Run, r: Value) -> Value:
    return int(add(run, r, True) != 0)


@operation("refcount_dec")
def dec(run: Run, r: Value) -> Value:
    take(run, r, 1)
    return 0


@operation("refcount_dec_and_test", "#kref_drop")
def dec_and_test(run: Run, r: Value) -> Value:
    return int(take(run, r, 0) == 1)
