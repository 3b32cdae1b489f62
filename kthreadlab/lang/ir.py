"""The tree a front end hands on: one kernel module, with every name resolved and nothing of Python left.

Both front ends (kernel Python now, kernel C later) lower to this tree; `machine` compiles it.  Expressions and
statements are frozen dataclasses that carry the place they came from, so that every later message can point at the
student's line.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pos:
    """A place in a module: file name as the module knows it, line from 1, column from 0, last column (exclusive)."""

    file: str
    line: int
    col: int = 0
    end: int = 0


# ---- types ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IntType:
    """An integer of *bits* bits.  ``S64`` is what an undeclared variable holds."""

    name: str
    bits: int
    signed: bool


@dataclass(frozen=True)
class PtrType:
    """A pointer.  *target* is a struct's name, an object's kind (``"text"`` for a char buffer), or None while
    unknown."""

    target: str | None = None


@dataclass(frozen=True)
class ObjType:
    """A kernel object that lives in memory and is passed by address.

    *kind* is one of ``wait_queue_head``, ``wait_queue`` (an entry), ``spinlock``, ``rwlock``, ``atomic``,
    ``completion``, ``semaphore``, ``mutex``, ``timer``, ``list``, ``ctl_table``, ``array``, ``text`` (a char array),
    ``struct``.  *size* is the number of elements of an array or the capacity of a text buffer; *of* the element type of
    an array (of structs: their name) or the name of a struct.
    """

    kind: str
    size: int = 0
    of: IntType | PtrType | ObjType | str | None = None


INTS = {
    f"{'s' if signed else 'u'}{bits}": IntType(f"{'s' if signed else 'u'}{bits}", bits, signed)
    for bits in (8, 16, 32, 64)
    for signed in (False, True)
}
S64, U32 = INTS["s64"], INTS["u32"]

Type = IntType | PtrType | ObjType

# ---- expressions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    pos: Pos


@dataclass(frozen=True)
class Const(Node):
    """An integer (True is 1, False 0, NULL and None 0, a one-character literal beside ``buf[i]`` its code).

    *name* is the constant's name in the source (``TASK_INTERRUPTIBLE``), for narration; empty for a literal.
    """

    value: int
    name: str = ""


@dataclass(frozen=True)
class Str(Node):
    """A string literal."""

    value: str


@dataclass(frozen=True)
class Name(Node):
    """A variable: of the function (*local*), else a static of the module."""

    name: str
    local: bool


@dataclass(frozen=True)
class Current(Node):
    """``current``: the task that is running."""


@dataclass(frozen=True)
class FuncRef(Node):
    """A function's name used as a value: only as an argument of ``kernel_thread`` and its like."""

    name: str


@dataclass(frozen=True)
class TypeRef(Node):
    """A type as an argument of ``sizeof`` or ``cast``: an int type, or the name of a struct."""

    type: IntType | str


@dataclass(frozen=True)
class Call(Node):
    """A call of the kernel's API (a name in ``lang.api.CALLS``)."""

    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True)
class OwnCall(Node):
    """A call of a function of the module (perhaps one that no linked file defines yet)."""

    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True)
class Unary(Node):
    """*op* is ``-``, ``~`` or ``not``."""

    op: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Node):
    """*op* is one of ``+ - * / % << >> & | ^`` with C's meaning (``/`` truncates: it is written ``//`` in kernel
    Python)."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Compare(Node):
    """*op* is one of ``== != < <= > >=``.  A chain ``a < b < c`` is an `And` of two (the front end refuses a middle
    operand that is not a name or a constant)."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class And(Node):
    values: tuple[Expr, ...]


@dataclass(frozen=True)
class Or(Node):
    values: tuple[Expr, ...]


@dataclass(frozen=True)
class Cond(Node):
    """``body if test else orelse``."""

    test: Expr
    body: Expr
    orelse: Expr


@dataclass(frozen=True)
class Index(Node):
    """``base[index]``: an element of an array or a character of a text buffer."""

    base: Expr
    index: Expr


@dataclass(frozen=True)
class Field(Node):
    """``base.name``: a field of a struct, through its address; or of ``current``."""

    base: Expr
    name: str


@dataclass(frozen=True)
class ListLit(Node):
    """``[a, b, NULL]``: an array made where it stands; only as a declaration's right side or a call's argument."""

    items: tuple[Expr, ...]


Expr = (
    Const
    | Str
    | Name
    | Current
    | FuncRef
    | TypeRef
    | Call
    | OwnCall
    | Unary
    | Binary
    | Compare
    | And
    | Or
    | Cond
    | Index
    | Field
    | ListLit
)

# ---- statements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Declare(Node):
    """A declaration of a local: ``x = u32(0)``, ``x: u32 = 0``, ``wait = DECLARE_WAITQUEUE(current)``,
    ``buf = char_array(32)``, ``argv = [path, NULL]``.

    *make* is the declaring name (``u32``, ``DECLARE_WAITQUEUE``, ``DEFINE_WAIT``, ``array``, ``list``, ``struct`` …),
    *args* its arguments.
    """

    name: str
    type: Type
    make: str
    args: tuple[Expr, ...]


@dataclass(frozen=True)
class Assign(Node):
    """*target* is a `Name`, an `Index` or a `Field`."""

    target: Expr
    value: Expr


@dataclass(frozen=True)
class AugAssign(Node):
    """``target op= value``: a load, the operation, a store."""

    target: Expr
    op: str
    value: Expr


@dataclass(frozen=True)
class ExprStmt(Node):
    value: Expr


@dataclass(frozen=True)
class If(Node):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True)
class While(Node):
    test: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class ForRange(Node):
    """``for var in range(start, stop, step)``: start and stop are evaluated once; step is a non-zero constant."""

    var: str
    start: Expr
    stop: Expr
    step: int
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class ForEach(Node):
    """``for var in array``."""

    var: str
    array: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class ForList(Node):
    """``for var in list_for_each_entry(head, struct, "member")``; *safe*: the next entry is known before the body;
    *back*: from the tail on.  Without a *struct* the loop gives the links themselves."""

    var: str
    head: Expr
    struct: str
    member: str
    safe: bool
    body: tuple[Stmt, ...]
    back: bool = False


@dataclass(frozen=True)
class Break(Node):
    pass


@dataclass(frozen=True)
class Continue(Node):
    pass


@dataclass(frozen=True)
class Return(Node):
    value: Expr | None


@dataclass(frozen=True)
class NotWritten(Node):
    """``raise NotImplementedError(...)``: the function is a stub."""


Stmt = (
    Declare
    | Assign
    | AugAssign
    | ExprStmt
    | If
    | While
    | ForRange
    | ForEach
    | ForList
    | Break
    | Continue
    | Return
    | NotWritten
)

# ---- a module ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Param:
    name: str
    type: Type | None
    pos: Pos


@dataclass(frozen=True)
class Function:
    """*locals* are the names the function assigns, parameters first.  *stub*: its body raises NotImplementedError."""

    name: str
    params: tuple[Param, ...]
    body: tuple[Stmt, ...]
    locals: tuple[str, ...]
    pos: Pos
    stub: bool = False


@dataclass(frozen=True)
class Static:
    """A static variable.  *make* and *args* as in `Declare`; ``u32(0)`` has make ``u32`` and args ``(Const 0,)``."""

    name: str
    type: Type
    make: str
    args: tuple[Expr, ...]
    pos: Pos


@dataclass(frozen=True)
class Struct:
    """``ev = struct("ev", id=u32, lock=spinlock_t, next=ptr("ev"))``: its fields in order, each of which may be an
    object."""

    name: str
    fields: tuple[tuple[str, Type], ...]
    pos: Pos


@dataclass(frozen=True)
class Unit:
    """One compiled file."""

    file: str
    functions: dict[str, Function] = field(default_factory=dict)
    statics: dict[str, Static] = field(default_factory=dict)
    structs: dict[str, Struct] = field(default_factory=dict)
    undefined: tuple[tuple[str, Pos], ...] = ()
    exported: tuple[str, ...] = ()


def parts(node: Node) -> list[Node]:
    """The nodes directly in a node, in the order of its fields."""
    values = [value if isinstance(value, tuple) else (value,) for value in vars(node).values()]
    return [part for value in values for part in value if isinstance(part, Node)]
