"""C's integers: the type in which an operation computes, what a variable keeps, constants folded."""

from __future__ import annotations

from kthreadlab.lang.ir import S64, U32, IntType

from .values import Val


def wrap_const(value: int, type_: object) -> int:
    """*value* as a variable of *type_* keeps it: modulo 2**bits, read as signed where the type is."""
    if not isinstance(type_, IntType):
        return value
    value &= (1 << type_.bits) - 1
    return value - (1 << type_.bits) if type_.signed and value >> (type_.bits - 1) else value


def promote(v: Val) -> IntType:
    """The type in which C computes with *v* alone: nothing narrower than an int, and ours is 64 bits wide."""
    t = v.type if isinstance(v.type, IntType) else S64
    return t if t.bits == 64 or t == U32 else S64


def common(a: Val, b: Val) -> IntType:
    """The type in which C would compute: a literal takes the other operand's type."""
    ta, tb = promote(a), promote(b)
    if ta == tb:
        return ta
    if a.literal and a.const is not None and -(2**31) <= a.const < 2**32:
        return tb
    if b.literal and b.const is not None and -(2**31) <= b.const < 2**32:
        return ta
    for t in (ta, tb):
        if t.bits == 64 and not t.signed:
            return t
    narrow = all(isinstance(v.type, IntType) and v.type.bits <= 32 for v in (a, b))
    return U32 if narrow and U32 in (ta, tb) else S64


def coerce(v: Val, t: IntType) -> str:
    """The source of *v* as an operand of a computation in *t*: what may be negative is masked where *t* is unsigned."""
    if not t.signed and (
        v.const is not None and v.const < 0 or (isinstance(v.type, IntType) and v.type.signed and v.const is None)
    ):
        return f"({v.src} & {mask(t)})"
    return v.src


def mask(t: IntType) -> str:
    """All bits of *t* set, as source."""
    return hex((1 << t.bits) - 1)


def compare(op: str, x: int, y: int) -> bool:
    """The comparison of two constants."""
    return {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op]


def fold(op: str, x: int, y: int, t: IntType) -> int | None:
    """A constant result, or None where evaluating it at run time must report what is wrong."""
    if op in ("/", "%"):
        if y == 0:
            return None
        q = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
        r = q if op == "/" else x - q * y
    elif op in ("<<", ">>"):
        if not 0 <= y < t.bits:
            return None
        r = x << y if op == "<<" else x >> y
    else:
        r = {"+": x + y, "-": x - y, "*": x * y, "&": x & y, "|": x | y, "^": x ^ y}[op]
    if t.signed and not -(1 << (t.bits - 1)) <= r < 1 << (t.bits - 1):
        return None
    return wrap_const(r, t)
