"""Values of the interpreted kernel: whole numbers and addresses; and what ends or blocks a step."""

from __future__ import annotations

from typing import Any, NamedTuple

from kthreadlab.lang import ir


class Ptr(NamedTuple):
    """The address of an object, or with *key* of a field or an element of it."""

    obj: Any
    key: Any = None


class Number(NamedTuple):
    """What comes of an address as a number (``PTR_ERR`` of what is no errno): nobody knows which it is."""

    op: str
    left: Any
    right: Any = 0


class LocalRef(NamedTuple):
    """A local variable of the frame that runs, given by name (``flags``, ``xchg(x, …)``)."""

    name: str


class Fn(NamedTuple):
    """A function of the module as a value."""

    name: str


class TypeVal(NamedTuple):
    """A type as an argument of ``cast`` or ``sizeof``."""

    type: Any


Value = Any
"""An int (NULL is 0, an ERR_PTR is negative), a `Ptr`, a `Fn`."""


class KernelFault(Exception):
    """The path ends here.  *cause* as in the catalogue of properties."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause, self.detail = cause, detail


class Blocked(Exception):
    """The operation cannot be done now: its task spins."""


class NotInterpreted(Exception):
    """The program uses something that the interpreter does not know."""


def path_of(address: Any) -> str:
    """How an object is called, of whatever struct it is a part: ``sem`` a static, ``.sem`` a field, ``.sem[]`` an
    element; "" where it has no name."""
    if address[0] == "s":
        return str(address[1])
    if isinstance(address[0], str):
        return ""
    return f".{address[1]}" if isinstance(address[1], str) else f"{path_of(address[0])}[]"


S64_MIN, S64_MAX = -(1 << 63), (1 << 63) - 1


def fit(type_: ir.IntType, value: Value) -> Value:
    """*value* as a variable of *type_* keeps it: unsigned wraps, signed faults beyond its range."""
    if isinstance(value, Ptr | Number) and type_.signed and type_.bits < 64:
        raise KernelFault("overflow")
    if not isinstance(value, int):
        return value
    if not type_.signed:
        return value & ((1 << type_.bits) - 1)
    if not -(1 << (type_.bits - 1)) <= value < 1 << (type_.bits - 1):
        raise KernelFault("overflow")
    return value


def checked(value: int, unsigned: bool) -> int:
    """The result of arithmetic in 64 bits."""
    if unsigned:
        return value & ((1 << 64) - 1)
    if not S64_MIN <= value <= S64_MAX:
        raise KernelFault("overflow")
    return value


def truncated(a: int, b: int) -> int:
    """C's division."""
    if b == 0:
        raise KernelFault("divide_by_zero")
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def binary(op: str, a: Value, b: Value, type_: ir.IntType) -> Value:
    """``a op b``; *type_* is the type of the left operand if it is declared, else of the whole."""
    if not isinstance(a, int | Ptr | Number) or not isinstance(b, int | Ptr | Number):
        raise KernelFault("bad_pointer")
    if isinstance(a, Ptr | Number) or isinstance(b, Ptr | Number):
        return Number(op, a, b)
    wide = type_.bits == 64 and not type_.signed
    if op in ("<<", ">>"):
        if not 0 <= b < type_.bits:
            raise KernelFault("shift")
        return checked(a << b, wide) if op == "<<" else a >> b
    if op == "/":
        return checked(truncated(a, b), wide)
    if op == "%":
        return a - truncated(a, b) * b
    result = {"+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b}[op]
    return checked(result, wide)


def compare(op: str, a: Value, b: Value) -> int:
    """``a op b`` as 0 or 1; addresses are only equal or not."""
    if op == "==":
        return int(a == b)
    if op == "!=":
        return int(a != b)
    if not isinstance(a, int) or not isinstance(b, int):
        a, b = repr(a), repr(b)
    return int({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])


def true(value: Value) -> bool:
    return value != 0


def is_error(value: Value) -> bool:
    """IS_ERR()."""
    return isinstance(value, int) and -4095 <= value < 0


UNWRITTEN = "#unwritten"
"""What lies in memory that nothing has written."""
