"""The kernel Python front end: Python's grammar, C's meaning, the kernel's names; out comes the tree of `ir`.

A file can't be understood alone: whether ``myevent_id = 0`` inside a function makes a local or is a forgotten
``global`` depends on the statics of the other files.  So a module is compiled when it is linked, in three passes over
all its files: which names there are (`symbols_of`), what the data is (`File.lower_data`), what the functions do
(`File.lower_code`).

The other modules named ``python_*`` are its parts, from the bottom: ``rules`` (what is refused and why), ``parse``
(text to tree), ``base``, ``data`` (declarations), ``calls``, ``expr``, ``scope`` (names of a function),
``body`` (functions and statements), ``flow``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kthreadlab.lang.api.module import ENTRIES, NAMES_FUNCTION

from . import ir
from .diagnostics import Diagnostic, Refused, quoted
from .ir import S64, IntType, ObjType, PtrType, Type
from .python_base import MACRO_DECLARATIONS, MODULE_MACROS, TYPE_NAMES, Symbols
from .python_body import Body, is_not_written
from .python_data import called
from .python_flow import read_too_early
from .python_parse import Parsed, parse

__all__ = ["File", "parse", "symbols_of"]


def symbols_of(files: Iterable[Parsed]) -> Symbols:
    """The names that the files define between them.  A name defined twice belongs to the first that did."""
    symbols = Symbols()
    assigned: set[str] = set()
    for parsed in files:
        for kind, name, node in definitions(parsed.tree):
            if name not in {*symbols.functions, *symbols.statics, *symbols.structs}:
                getattr(symbols, kind)[name] = parsed.file
                symbols.lines[name] = node.lineno
        assigned |= parsed.assigned
    return replace(symbols, assigned=frozenset(assigned))


def definitions(tree: ast.Module) -> Iterator[tuple[str, str, ast.stmt]]:
    """What a file defines at module level: (``functions``, ``statics`` or ``structs``; name; where)."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield "functions", node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            kind = "structs" if called(node.value) == "struct" else "statics"
            yield from ((kind, target.id, node) for target in targets if isinstance(target, ast.Name))
        elif (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and called(node.value) in MACRO_DECLARATIONS
        ):
            yield from (("statics", first.id, node) for first in node.value.args[:1] if isinstance(first, ast.Name))


class File(Body):
    """One file of a module on its way from Python's tree to a `ir.Unit`; *problems* says what is wrong with it."""

    def __init__(self, parsed: Parsed, symbols: Symbols) -> None:
        super().__init__(parsed, symbols)
        self.functions: dict[str, ir.Function] = {}
        self.statics: dict[str, ir.Static] = {}
        self.structs: dict[str, ir.Struct] = {}
        self.exported: list[str] = []
        self.entries: list[tuple[str, str, ir.Pos]] = []
        self.constants: dict[str, int] = {}

    @property
    def unit(self) -> ir.Unit:
        """What has been lowered so far."""
        undefined = tuple(self.undefined)
        return ir.Unit(self.source.file, self.functions, self.statics, self.structs, undefined, tuple(self.exported))

    @property
    def known_constants(self) -> dict[str, int]:
        return self.constants

    # ---- data --------------------------------------------------------------------------------------------------------

    def lower_data(self) -> None:
        """Structs, statics, and the statements that speak of the module."""
        for node in self._sound_statements():
            try:
                self._module_statement(node)
            except Refused as refused:
                self.problems.append(refused.diagnostic)

    def _sound_statements(self) -> Iterator[ast.stmt]:
        """The statements of the file, structs first; a name that is defined a second time is refused."""
        seen: dict[str, int] = {}
        for _, name, node in definitions(self.tree):
            if name in seen:
                rule = f"first defined in line {seen[name]}"
                self.problems.append(
                    self.diagnostic(self._place(node), f"redefinition of {quoted(name)}", rule, "delete one of them")
                )
            seen.setdefault(name, node.lineno)
        yield from sorted(self.tree.body, key=lambda node: called(getattr(node, "value", None)) != "struct")

    def _place(self, node: ast.stmt) -> ast.AST | ir.Pos:
        return self.name_pos(node) if isinstance(node, ast.FunctionDef) else node

    def _module_statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            self._data(node, node.targets, node.value, None)
        elif isinstance(node, ast.AnnAssign):
            self._data(node, [node.target], node.value, node.annotation)
        elif isinstance(node, ast.Expr):
            self._speaks_of_module(node)
        elif not (isinstance(node, ast.FunctionDef | ast.Pass | ast.Global) or is_not_written(node)):
            self._refuse_code(node)

    def _refuse_code(self, node: ast.stmt) -> None:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
            self.check_foreign(node.test.left)  # __name__
        if isinstance(node, ast.If | ast.While | ast.For | ast.AugAssign | ast.Return | ast.Break | ast.Continue):
            rule = "nothing runs when a module is compiled: code belongs into a function"
            self.refuse(node, "a statement at module level", rule, "def init_module(): ...")
        self.refuse_python(node)

    def _data(
        self, node: ast.stmt, targets: list[ast.expr], value: ast.expr | None, annotation: ast.expr | None
    ) -> None:
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            self.refuse(node, "one name is declared at a time", "C gives every static a declaration", "x = u32(0)")
        name = targets[0].id
        self.check_definable(name, targets[0])
        if isinstance(value, ast.Call) and called(value) == "struct":
            self.structs.setdefault(name, self._struct(name, value))
            return
        self._static(node, name, *self._static_made(node, value, self.annotated(annotation)))

    def _static_made(
        self, node: ast.stmt, value: ast.expr | None, type_: Type | None
    ) -> tuple[Type, str, tuple[ir.Expr, ...]]:
        """Type, declaring name and arguments of a static."""
        if value is None:
            return self.of_type(type_ or S64, ir.Const(self.pos(node), 0))
        made = self.declaration(value)
        if made is not None:
            return made if type_ is None or isinstance(made[0], ObjType) else self.of_type(type_, made[2][0])
        text = self.expr(value)
        if isinstance(text, ir.Str):
            return PtrType("text"), "ptr", (text,)
        first = self.constant(value)
        if type_ is None:
            type_ = PtrType() if first.name == "NULL" else S64
        return self.of_type(type_, first)

    def _static(self, node: ast.stmt, name: str, type_: Type, make: str, args: tuple[ir.Expr, ...]) -> None:
        if name in self.statics:
            return  # said already
        self.statics[name] = ir.Static(name, type_, make, args, self.pos(node))
        self.symbols.types.setdefault(name, type_)
        if isinstance(type_, IntType) and name not in self.symbols.assigned and isinstance(args[0], ir.Const):
            self.constants[name] = args[0].value

    def _struct(self, name: str, call: ast.Call) -> ir.Struct:
        """``ev = struct("ev", id=u32, next=ptr("ev"))``."""
        if len(call.args) > 1 or (call.args and self.struct_name(call.args[0]) != name):
            self.refuse(
                call,
                f"the struct {quoted(name)} needs its own name first",
                "messages call it by that name",
                f'{quoted(name)} = struct("{quoted(name)}", ...)',
            )
        fields: dict[str, Type] = {}
        for keyword in call.keywords:
            if keyword.arg is None:
                self.refuse(
                    keyword.value,
                    "a struct's fields are written one by one",
                    "each has a name and a type",
                    f'{name} = struct("{name}", id=u32)',
                )
            if keyword.arg in fields:
                self.refuse(
                    keyword.value,
                    f"duplicate member {quoted(keyword.arg)}",
                    "each field has a name of its own",
                    "rename one",
                )
            if keyword.arg.startswith("_"):
                self.refuse(
                    keyword.value,
                    f"{quoted(keyword.arg)}: a name that begins with _",
                    "such names are the kernel's own",
                    "leave the _ away",
                )
            fields[keyword.arg] = self.field_type(keyword.value, name, self.structs)
        if not fields:
            self.refuse(
                call,
                f"the struct {quoted(name)} has no fields",
                "a struct without fields has no size",
                f'{quoted(name)} = struct("{quoted(name)}", id=u32)',
            )
        return ir.Struct(name, tuple(fields.items()), self.pos(call))

    # ---- statements about the module ---------------------------------------------------------------------------------

    def _speaks_of_module(self, node: ast.Expr) -> None:
        """A docstring, ``DEFINE_SPINLOCK(lock)``, ``EXPORT_SYMBOL(f)``, ``MODULE_LICENSE("GPL")``."""
        call = node.value
        if isinstance(call, ast.Constant) and isinstance(call.value, str):
            return
        name = called(call)
        if not isinstance(call, ast.Call):
            self.refuse(node, "a statement at module level", "nothing runs when a module is compiled", "x = u32(0)")
        if name in MACRO_DECLARATIONS:
            declared, made = self.macro_declaration(call)
            self._static(node, declared, *made)
        elif name in NAMES_FUNCTION:
            self._names_function(call, name)
        elif name not in MODULE_MACROS:
            rule = "nothing runs when a module is compiled: code belongs into a function"
            self.check_foreign(call.func)
            look = f"x = {name}(...)" if name in TYPE_NAMES else "call it in a function"
            if name in self.symbols.functions:
                look = f"leave it out: who needs {quoted(name)}, a check or another function, calls it"
            self.refuse(node, "a statement at module level", rule, look)

    def _names_function(self, call: ast.Call, macro: str) -> None:
        """``EXPORT_SYMBOL(report_event)`` and ``module_init(f)`` name what some file must define."""
        named = call.args[0] if len(call.args) == 1 and not call.keywords else None
        if not isinstance(named, ast.Name):
            self.refuse(call, f"{macro} takes one name", "it speaks of one function of the module", f"{macro}(setup)")
        if named.id not in self.symbols.functions and named.id not in self.symbols.statics:
            self.undefined.append((named.id, self.pos(named)))
        if macro in ENTRIES:
            self.entries.append((macro, named.id, self.pos(named)))
        else:
            self.exported.append(named.id)

    # ---- code --------------------------------------------------------------------------------------------------------

    def lower_code(self) -> None:
        """The functions."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef):
                self._lower_function(node)

    def _lower_function(self, node: ast.FunctionDef) -> None:
        known = len(self.problems)
        try:
            function = self.function(node)
        except Refused as refused:
            self.problems.append(refused.diagnostic)
            return
        self.functions.setdefault(node.name, function)
        if len(self.problems) == known:
            self.problems += [self._too_early(read) for read in read_too_early(function)]

    def _too_early(self, read: ir.Name) -> Diagnostic:
        rule = "a local holds whatever was on the stack until it is assigned"
        look = f"give {quoted(read.name)} a value above this line, on every way that leads here"
        return self.diagnostic(read.pos, f"{quoted(read.name)} is used uninitialized in this function", rule, look)
