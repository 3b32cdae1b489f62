"""What every part of the lowering from Python's tree shares: the names of the linked module, places, and refusing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn

from kthreadlab.lang.api.list import LOOPS
from kthreadlab.lang.api.module import ABOUT_MODULE, NAMES_FUNCTION
from kthreadlab.lang.api.sysctl import HANDLERS

from .api import CALLS, CONSTANTS, DECLARATIONS, LOG_LEVELS, TAGS
from .diagnostics import Diagnostic, Refused, plain, quoted
from .ir import INTS, Expr, IntType, ObjType, Pos, PtrType, Type
from .python_foreign import NOT_HERE, foreign
from .python_parse import Parsed
from .python_rules import refusal
from .source import Source

Placed = ast.stmt | ast.expr | ast.arg | ast.keyword
"""Nodes that know where they stand."""

TYPE_NAMES = frozenset({*INTS, "struct", "ptr"})
MODULE_MACROS = frozenset({*NAMES_FUNCTION, *ABOUT_MODULE})
"""Statements of a module that are no declarations of data."""
KERNEL_NAMES = (
    frozenset(
        {*CALLS, *CONSTANTS, *DECLARATIONS, *LOG_LEVELS, *TYPE_NAMES, *MODULE_MACROS, "current", "range", *HANDLERS}
    )
    | frozenset(LOOPS)
) - TAGS
"""Names that a module can't define for itself."""

MACRO_DECLARATIONS = frozenset(name for name in DECLARATIONS if name.startswith(("DECLARE_", "DEFINE_", "LIST_HEAD")))
"""``DECLARE_WAITQUEUE(wait, current)`` as a statement declares its first argument."""


KIND_WORDS = {
    "wait_queue_head": "a wait queue",
    "wait_queue": "a wait-queue entry",
    "spinlock": "a spinlock_t",
    "rwlock": "a rwlock_t",
    "atomic": "an atomic_t",
    "refcount": "a refcount_t",
    "kref": "a kref",
    "completion": "a completion",
    "semaphore": "a semaphore",
    "mutex": "a mutex",
    "rw_semaphore": "a rw_semaphore",
    "timer": "a timer",
    "work": "a work item",
    "tasklet": "a tasklet",
    "rcu_head": "an rcu_head",
    "delayed_work": "a delayed_work",
    "list": "a list_head",
    "array": "an array",
    "text": "a char buffer",
    "struct": "a struct",
    "ctl_table": "a row of a ctl_table",
}


@dataclass(frozen=True)
class Symbols:
    """The names that the files of a module define between them, each with the file that does; *lines* where;
    *types* of the statics as far as they are known.  *assigned* are the names of some ``global`` statement."""

    functions: dict[str, str] = field(default_factory=dict)
    statics: dict[str, str] = field(default_factory=dict)
    structs: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    assigned: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        return [*self.functions, *self.statics, *self.structs]


@dataclass
class Scope:
    """The names of one function: its locals (parameters first), those it declared ``global``, known types."""

    function: str
    locals: dict[str, None]
    globals: frozenset[str]
    types: dict[str, Type] = field(default_factory=dict)


class Base:
    """One file being lowered.  *problems* and *undefined* fill as it goes."""

    def __init__(self, parsed: Parsed, symbols: Symbols) -> None:
        self.source: Source = parsed.source
        self.tree = parsed.tree
        self.symbols = symbols
        self.scope: Scope | None = None
        self.problems: list[Diagnostic] = []
        self.undefined: list[tuple[str, Pos]] = []

    @property
    def own(self) -> Scope:
        """The scope, inside a function."""
        assert self.scope is not None
        return self.scope

    # what the layers above add, and the layers below them need already

    def expr(self, node: ast.expr) -> Expr:
        """Any expression that stands for a value."""
        raise NotImplementedError

    def operand(self, node: ast.expr) -> Expr:
        """An expression that is computed with: no text."""
        raise NotImplementedError

    def name(self, node: ast.Name) -> Expr:
        """A name as a value."""
        raise NotImplementedError

    def argument_of(self, name: str, kind: str, node: ast.expr, param: str) -> Expr:
        """The argument of a declaring macro."""
        raise NotImplementedError

    # places and refusals

    def pos(self, node: ast.AST) -> Pos:
        """Where a node stands; what goes on over several lines ends with its first."""
        assert isinstance(node, Placed)
        line, end = node.lineno, node.end_col_offset or 0
        text = self.source.line(line)
        if node.end_lineno != line:
            end = len(text.encode("utf-8", "replace"))
        if text.isascii():
            return Pos(self.source.file, line, node.col_offset, end)
        column = self.source.char_column
        return Pos(self.source.file, line, column(line, node.col_offset), column(line, end))

    def written(self, node: ast.expr) -> str:
        """A piece of the file as it is written, as far as its first line and a message go."""
        pos = self.pos(node)
        text = plain(self.source.line(pos.line)[pos.col : pos.end].strip())
        return text if len(text) <= 64 else f"{text[:61]}..."

    def diagnostic(self, place: ast.AST | Pos, message: str, rule: str = "", look: str = "") -> Diagnostic:
        pos = place if isinstance(place, Pos) else self.pos(place)
        return Diagnostic(message, pos, rule, look, self.source.line(pos.line))

    def refuse(self, place: ast.AST | Pos, message: str, rule: str, look: str) -> NoReturn:
        """Give up what is being lowered, up to the statement it is part of."""
        raise Refused(self.diagnostic(place, message, rule, look))

    def refuse_python(self, node: ast.AST, place: ast.AST | None = None) -> NoReturn:
        """Refuse a piece of Python that the kernel has no use for."""
        known = refusal(node)
        if known is None:
            self.refuse(
                place or node, f"{type(node).__name__} is no kernel Python", "C has nothing like it", "leave it out"
            )
        what, rule, look = known
        self.refuse(place or node, f"{what}: not in a kernel", rule, look)

    def check_foreign(self, node: ast.expr) -> None:
        """Refuse a name of Python's, or of C's library, that the module has not made its own."""
        dotted, root = dotted_name(node)
        known = foreign(dotted) if dotted and not self.is_local(root) and root not in self.symbols.names else None
        if known is not None:
            what = "not modelled" if known.rule == NOT_HERE else "not in a kernel"
            self.refuse(node, f"{quoted(dotted)}: {what}", known.rule, known.look)

    def type_of(self, name: str) -> Type | None:
        """The declared type of a variable as seen from here, if it has one."""
        if self.scope is not None and name in self.scope.locals:
            return self.scope.types.get(name)
        return self.symbols.types.get(name)

    def is_local(self, name: str) -> bool:
        return self.scope is not None and name in self.scope.locals

    def check_definable(self, name: str, place: ast.AST | Pos, local: bool = False) -> None:
        """A module may not define what the kernel has, nor what is the kernel's by its spelling.  A *local* may be
        called as a function of the kernel is: in C, too, it hides that one."""
        if name.startswith("_"):
            self.refuse(
                place,
                f"{quoted(name)}: a name that begins with _",
                "such names are the kernel's own",
                "leave the _ away",
            )
        if name in KERNEL_NAMES and not (local and name in CALLS):
            self.refuse(place, f"conflicting types for {name}", "the kernel defines this name", "choose another one")


def dotted_name(node: ast.expr) -> tuple[str, str]:
    """``a.b.c`` as it is written, and the name that it begins with; two empty texts for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return "", ""
    return ".".join([node.id, *reversed(parts)]), node.id


def describe(type_: Type | None) -> str:
    """A type in words."""
    if isinstance(type_, IntType):
        return f"a number ({type_.name})"
    if isinstance(type_, PtrType):
        return "a pointer"
    if isinstance(type_, ObjType):
        return KIND_WORDS[type_.kind]
    return "a value"


def nearest(name: str, names: Iterable[str], cutoff: float = 0.8) -> str:
    """The known name that somebody who typed *name* may have meant; "" if none is near."""
    import difflib  # costs more than all else here, and is rarely needed

    pool = list(dict.fromkeys(names))
    if len(name) > 64:
        return ""
    same = [known for known in pool if known.lower() == name.lower()]
    return next(iter(same or difflib.get_close_matches(name, pool, 1, cutoff)), "")


def suggestion(name: str, names: Iterable[str], places: Mapping[str, str] = MappingProxyType({})) -> str:
    """What to look at when *name* is not known: the nearest of the module's own *names*, with its place if that is
    known; what the kernel has for a name from elsewhere; the nearest of the kernel's."""
    own = nearest(name, names)
    if own:
        return f"did you mean {own}{f' ({places[own]})' if own in places else ''}?"
    return elsewhere(name)


def elsewhere(name: str) -> str:
    """What the kernel has for a name from elsewhere, or its nearest name; "" if it has neither."""
    known = foreign(name)
    if known is not None:
        return known.look
    near = nearest(name, [*KERNEL_NAMES, *LOG_LEVELS])
    return f"did you mean {near}? See kthreadlab man {near}" if near else ""
