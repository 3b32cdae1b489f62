"""Scopes of kernel Python: the head of a function, and which names are its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from . import ir
from .api import CALLS
from .diagnostics import Refused, quoted
from .python_base import MACRO_DECLARATIONS, Scope
from .python_expr import Expressions

_FLAGS = {name: call.params.index("flags") for name, call in CALLS.items() if "flags" in call.params}
"""Calls that write a variable, and which argument it is."""


class Scopes(Expressions):
    """The part of the lowering that knows the names of a function."""

    def name_pos(self, node: ast.FunctionDef) -> ir.Pos:
        """Where a function's name stands."""
        line = self.source.line(node.lineno)
        col = line.find(node.name, node.col_offset + 3)
        col = col if col >= 0 else node.col_offset
        return ir.Pos(self.source.file, node.lineno, col, col + len(node.name))

    def check_head(self, node: ast.FunctionDef) -> None:
        self.check_definable(node.name, self.name_pos(node))
        for decorator in node.decorator_list:
            self.refuse(
                decorator,
                "decorators: not in a kernel",
                "a function is what it says, and nothing is put around it",
                "leave it out",
            )
        args = node.args
        for default in [*args.defaults, *(default for default in args.kw_defaults if default)]:
            self.refuse(
                default, "default arguments: not in a kernel", "C passes every argument", "pass it at each call"
            )
        for extra in [args.vararg, args.kwarg, *args.kwonlyargs]:
            if extra is not None:
                self.refuse(
                    extra,
                    "*args and keyword arguments: not in a kernel",
                    "C passes arguments by their place",
                    "name each one",
                )
        for parameter in getattr(node, "type_params", []):
            self.refuse(parameter, "type parameters: not in a kernel", "C has none", "leave them out")

    def params(self, node: ast.FunctionDef) -> tuple[ir.Param, ...]:
        params: dict[str, ir.Param] = {}
        for arg in [*node.args.posonlyargs, *node.args.args]:
            pos = self.pos(arg)
            self.check_definable(arg.arg, pos, local=True)
            if self.symbols.statics.get(arg.arg) in (None, self.source.file):
                self._check_no_shadow(arg.arg, pos)  # another file's statics can't be known to who writes this one
            if arg.arg in params:
                self.refuse(
                    arg,
                    f"redefinition of parameter {quoted(arg.arg)}",
                    "each parameter has a name of its own",
                    "rename one",
                )
            params[arg.arg] = ir.Param(arg.arg, self.annotated(arg.annotation), pos)
        return tuple(params.values())

    def enter(self, node: ast.FunctionDef, params: tuple[ir.Param, ...]) -> None:
        """Make the scope of a function: find the names that it assigns, and refuse those that are something else."""
        nodes = list(ast.walk(node))
        names = frozenset(name for part in nodes if isinstance(part, ast.Global) for name in part.names)
        self.scope = scope = Scope(node.name, dict.fromkeys(param.name for param in params), names)
        scope.types.update({param.name: param.type for param in params if param.type is not None})
        for target in sorted(_assigned(nodes), key=lambda target: (target.lineno, target.col_offset)):
            if target.id in scope.locals or target.id in scope.globals:
                continue
            try:
                self.check_definable(target.id, target, local=True)
                self._check_no_shadow(target.id, self.pos(target))
                scope.locals[target.id] = None
            except Refused as refused:
                self.problems.append(refused.diagnostic)
                scope.globals |= {target.id}  # say it once

    def _check_no_shadow(self, name: str, pos: ir.Pos) -> None:
        """A local may not have the name of something of the module."""
        home, shown = self.symbols, quoted(name)
        if name in home.statics:
            elsewhere = home.statics[name] != self.source.file
            where = f" of {home.statics[name]}" if elsewhere else ""
            rule = f"{shown} is a static{where} (line {home.lines[name]}), and a local never shadows a static"
            look = f"`global {shown}` at the top of the function makes it the static; a local needs another name"
            self.refuse(pos, f"{shown} is assigned without `global {shown}`", rule, look)
        if name in home.functions or name in home.structs:
            kind = "function" if name in home.functions else "struct"
            self.refuse(pos, f"{shown} is redeclared as a variable", f"it is a {kind} of the module", "rename it")


def _assigned(nodes: list[ast.AST]) -> Iterator[ast.Name]:
    """The names that a function assigns, in whatever way."""
    values = {id(part.value) for part in nodes if isinstance(part, ast.Assign | ast.AnnAssign)}
    for part in nodes:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            yield from _written_by(part, part.func.id, alone=id(part) not in values)


def _written_by(call: ast.Call, name: str, alone: bool) -> Iterator[ast.Name]:
    """The variable that a macro writes, or declares where it stands *alone*."""
    if name in MACRO_DECLARATIONS and not alone:
        return
    place = _FLAGS.get(name, 0 if name in MACRO_DECLARATIONS and name != "DECLARE_WAITQUEUE" else None)
    if name == "DECLARE_WAITQUEUE" and len(call.args) == 2:
        place = 0
    written = call.args[place] if place is not None and place < len(call.args) else None
    if isinstance(written, ast.Name):
        yield written
