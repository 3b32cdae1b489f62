"""Functions of kernel Python: their scope, and their statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.diagnostics import Refused, quoted
from kthreadlab.lang.ir import IntType, ObjType, Type
from kthreadlab.lang.python_base import MACRO_DECLARATIONS, MODULE_MACROS, Scope, describe
from kthreadlab.lang.python_expr import Expressions

_FLAGS = {name: call.params.index("flags") for name, call in CALLS.items() if "flags" in call.params}
"""Calls that write a variable, and which argument it is."""


class Body(Expressions):
    """The part of the lowering that knows functions and statements."""

    loops = 0

    # ---- functions ---------------------------------------------------------------------------------------------------

    def function(self, node: ast.FunctionDef) -> ir.Function:
        """One function of the module."""
        self._check_head(node)
        params = self._params(node)
        self.scope = Scope(node.name, dict.fromkeys(param.name for param in params), self._globals(node))
        self.scope.types.update({param.name: param.type for param in params if param.type is not None})
        self.loops = 0
        try:
            self._add_locals(node)
            body = self.block(_without_docstring(node.body))
            stub = bool(body) and isinstance(body[0], ir.NotWritten)
            return ir.Function(node.name, params, body, tuple(self.scope.locals), self.name_pos(node), stub)
        finally:
            self.scope = None

    def name_pos(self, node: ast.FunctionDef) -> ir.Pos:
        """Where a function's name stands."""
        line = self.source.line(node.lineno)
        col = line.find(node.name, node.col_offset + 3)
        col = col if col >= 0 else node.col_offset
        return ir.Pos(self.source.file, node.lineno, col, col + len(node.name))

    def _check_head(self, node: ast.FunctionDef) -> None:
        self.check_definable(node.name, self.name_pos(node))
        for decorator in node.decorator_list:
            self.refuse(decorator, "decorators: not in a kernel", "a function is what it says, and nothing is put around it")
        args = node.args
        for default in [*args.defaults, *(default for default in args.kw_defaults if default)]:
            self.refuse(default, "default arguments: not in a kernel", "C passes every argument", "pass it at each call")
        for extra in [args.vararg, args.kwarg, *args.kwonlyargs]:
            if extra is not None:
                self.refuse(extra, "*args and keyword arguments: not in a kernel", "C passes arguments by their place")
        for parameter in getattr(node, "type_params", []):
            self.refuse(parameter, "type parameters: not in a kernel", "C has none")

    def _params(self, node: ast.FunctionDef) -> tuple[ir.Param, ...]:
        params: dict[str, ir.Param] = {}
        for arg in [*node.args.posonlyargs, *node.args.args]:
            pos = self.pos(arg)
            self.check_definable(arg.arg, pos)
            self._check_no_shadow(arg.arg, pos)
            if arg.arg in params:
                self.refuse(arg, f"redefinition of parameter {quoted(arg.arg)}")
            params[arg.arg] = ir.Param(arg.arg, self.annotated(arg.annotation), pos)
        return tuple(params.values())

    def _globals(self, node: ast.FunctionDef) -> frozenset[str]:
        """The names of the function's ``global`` statements."""
        names = [name for statement in ast.walk(node) if isinstance(statement, ast.Global) for name in statement.names]
        return frozenset(names)

    def _add_locals(self, node: ast.FunctionDef) -> None:
        """Find the names that the function assigns, and refuse those that are something else already."""
        found = sorted(_assigned(node), key=lambda target: (target.lineno, target.col_offset))
        for target in found:
            if target.id in self.scope.locals or target.id in self.scope.globals:
                continue
            try:
                self.check_definable(target.id, target)
                self._check_no_shadow(target.id, self.pos(target))
            except Refused as refused:
                self.problems.append(refused.diagnostic)
                self.scope.globals |= {target.id}  # say it once
                continue
            self.scope.locals[target.id] = None

    def _check_no_shadow(self, name: str, pos: ir.Pos) -> None:
        """A local may not have the name of something of the module."""
        home = self.symbols
        if name in home.statics:
            where = "" if home.statics[name] == self.source.file else f" of the file {home.statics[name]}"
            rule = f"{quoted(name)} is a static{where}, and a local never shadows a static"
            look = f"write `global {quoted(name)}` at the top of the function, or choose another name for the local"
            self.refuse(pos, f"{quoted(name)} is assigned without `global {quoted(name)}`", rule, look)
        if name in home.functions or name in home.structs:
            kind = "function" if name in home.functions else "struct"
            self.refuse(pos, f"{quoted(name)} is redeclared as a variable", f"it is a {kind} of the module", "rename it")

    # ---- statements --------------------------------------------------------------------------------------------------

    def block(self, nodes: list[ast.stmt]) -> tuple[ir.Stmt, ...]:
        """Statements, one after the other.  One that is refused is left out, and the next one looked at."""
        made: list[ir.Stmt] = []
        for node in nodes:
            try:
                made += self._statement(node)
            except Refused as refused:
                self.problems.append(refused.diagnostic)
        return tuple(made)

    def _statement(self, node: ast.stmt) -> Iterator[ir.Stmt] | list[ir.Stmt]:
        method = _METHODS.get(type(node))
        if method is None:
            self.refuse_python(node)
        return method(self, node)

    def _pass(self, node: ast.Pass) -> list[ir.Stmt]:
        return []

    def _global(self, node: ast.Global) -> list[ir.Stmt]:
        for name in node.names:
            if name in {param for param in self.scope.locals}:
                self.refuse(node, f"{quoted(name)} is a parameter and a static", "a local never shadows a static", "rename it")
            if name in self.symbols.functions or name in self.symbols.structs:
                self.refuse(node, f"global {quoted(name)}: not a variable", "global names a static of the module")
            if name not in self.symbols.statics:
                self.check_definable(name, node)
                self.undefined.append((name, self.pos(node)))
        return []

    def _expression(self, node: ast.Expr) -> list[ir.Stmt]:
        value = node.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return []  # a docstring, or a comment written as one
        if isinstance(value, ast.Yield):
            return [ir.ExprStmt(self.pos(node), self.yield_(value, unused=True))]
        if isinstance(value, ast.Call):
            return self._call_statement(node, value)
        return [ir.ExprStmt(self.pos(node), self.expr(value))]

    def _call_statement(self, node: ast.Expr, call: ast.Call) -> list[ir.Stmt]:
        callee = call.func.id if isinstance(call.func, ast.Name) else ""
        if callee in MACRO_DECLARATIONS:
            name, made = self.macro_declaration(call)
            return [self._declare(node, name, *made)] if name in self.scope.locals else []
        if callee in MODULE_MACROS or callee == "EXPORT_SYMBOL":
            self.refuse(node, f"{callee} inside a function", "it speaks of the whole module", "put it at module level")
        return [ir.ExprStmt(self.pos(node), self.call(call, unused=True))]

    # ---- assignment --------------------------------------------------------------------------------------------------

    def _assign(self, node: ast.Assign) -> list[ir.Stmt]:
        if len(node.targets) > 1:
            return self._assign_chain(node)
        target = node.targets[0]
        if isinstance(target, ast.Name) and self.is_local(target.id):
            made = self.declaration(node.value)
            if made is not None:
                return [self._declare(node, target.id, *made)]
        place = self._target(target)
        value = self.beside(node.value, self._stored(node.value), place)
        if isinstance(place, ir.Name) and isinstance(self.type_of(place.name), ObjType):
            return self._assigned_object(node, place, value)
        return [ir.Assign(self.pos(node), place, value)]

    def _assign_chain(self, node: ast.Assign) -> list[ir.Stmt]:
        """``a = b = 0``, from right to left as in C; a constant only, since anything else would be computed twice."""
        value = self.operand(node.value)
        if not isinstance(value, ir.Const):
            self.refuse(node, "a chain of assignments", "it would be computed once for each", "one assignment a line")
        return [ir.Assign(self.pos(node), self._target(target), value) for target in reversed(node.targets)]

    def _stored(self, node: ast.expr) -> ir.Expr:
        """A value to assign where no declaration can stand."""
        made = None if isinstance(node, ast.List) else self._object_made(node)
        if made is not None:
            self.refuse(node, "an object is declared, not assigned", "it has its own place in memory", "declare it at module "
                        "level, or as a local of its own")
        return self.value(node)

    def _object_made(self, node: ast.expr) -> Type | None:
        made = self.declaration(node) if isinstance(node, ast.Call | ast.Name) else None
        return made[0] if made is not None and isinstance(made[0], ObjType) else None

    def _assigned_object(self, node: ast.Assign, place: ir.Name, value: ir.Expr) -> list[ir.Stmt]:
        type_ = self.type_of(place.name)
        look = f"strcpy({quoted(place.name)}, ...) copies text" if type_.kind == "text" else ""
        rule = f"{quoted(place.name)} is {describe(type_)}: an object has one place in memory"
        self.refuse(node, f"{quoted(place.name)} can't be assigned", rule, look)

    def _target(self, node: ast.expr) -> ir.Expr:
        """Where an assignment goes."""
        if isinstance(node, ast.Tuple | ast.List):
            self.refuse(node, "tuple assignment: not in a kernel", "C assigns one value to one name", "one assignment a line")
        if not isinstance(node, ast.Name | ast.Subscript | ast.Attribute):
            self.refuse_python(node)
        if isinstance(node, ast.Name) and not self.is_local(node.id) and node.id not in self.symbols.statics:
            # refused as a local, or a `global` that no file defines: said where that was found
            return ir.Name(self.pos(node), node.id, False)
        return self.expr(node)

    def _annassign(self, node: ast.AnnAssign) -> list[ir.Stmt]:
        type_ = self.annotated(node.annotation)
        if node.value is None:
            return self._declared_only(node, type_)
        plain = ast.copy_location(ast.Assign([node.target], node.value), node)
        if type_ is None or not isinstance(node.target, ast.Name) or not self.is_local(node.target.id):
            return self._assign(plain)
        made = self.declaration(node.value)
        if made is not None and isinstance(made[0], ObjType):
            return self._assign(plain)
        value = made[2][0] if made is not None else self.value(node.value)
        return [self._declare(node, node.target.id, *self.of_type(type_, value))]

    def _declared_only(self, node: ast.AnnAssign, type_: Type | None) -> list[ir.Stmt]:
        """``x: u32``: a declaration without a first value."""
        if not isinstance(node.target, ast.Name) or not self.is_local(node.target.id):
            return []
        if type_ is None:
            self.refuse(node, "this declares no type", "", "x: u32 = 0")
        name = type_.name if isinstance(type_, IntType) else "ptr"
        return [self._declare(node, node.target.id, type_, name, ())]

    def _declare(self, node: ast.stmt, name: str, type_: Type, make: str, args: tuple[ir.Expr, ...]) -> ir.Declare:
        known = self.scope.types.setdefault(name, type_)
        if known != type_ and not (make == "list" and isinstance(known, ObjType) and known.kind == "array"):
            rule = f"{quoted(name)} is {describe(known)} already: a variable has one type"
            self.refuse(node, f"conflicting types for {quoted(name)}", rule, "give the second one a name of its own")
        return ir.Declare(self.pos(node), name, type_, make, args)

    def _augassign(self, node: ast.AugAssign) -> list[ir.Stmt]:
        op = self.operator(node.op, node)
        target = self._target(node.target)
        if isinstance(target, ir.Name) and isinstance(self.type_of(target.name), ObjType):
            rule = f"{quoted(target.name)} is {describe(self.type_of(target.name))}, no number"
            self.refuse(node, f"invalid operands to {op}=", rule)
        return [ir.AugAssign(self.pos(node), target, op, self.operand(node.value))]

    # ---- control flow ------------------------------------------------------------------------------------------------

    def _if(self, node: ast.If) -> list[ir.Stmt]:
        """An if and its elifs, from the last to the first: a long chain must not be a deep recursion."""
        chain = [node]
        while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
            chain.append(chain[-1].orelse[0])
        parts = [(link, self._test(link), self.block(link.body)) for link in chain]
        orelse = self.block(chain[-1].orelse)
        for link, test, body in reversed(parts):
            orelse = (ir.If(self._head(link, test), test, body, orelse),)
        return list(orelse)

    def _test(self, node: ast.If | ast.While) -> ir.Expr:
        """A condition.  If it is refused, what it guards is still looked at."""
        try:
            return self.operand(node.test)
        except Refused as refused:
            self.problems.append(refused.diagnostic)
            return ir.Const(self.pos(node), 1)

    def _head(self, node: ast.stmt, last: ir.Expr) -> ir.Pos:
        """The place of a compound statement: its first line up to the end of its condition."""
        pos = self.pos(node)
        return ir.Pos(pos.file, pos.line, pos.col, last.pos.end if last.pos.line == pos.line else pos.end)

    def _while(self, node: ast.While) -> list[ir.Stmt]:
        self._no_else(node)
        test = self._test(node)
        return [ir.While(self._head(node, test), test, self._loop_body(node))]

    def _for(self, node: ast.For) -> list[ir.Stmt]:
        self._no_else(node)
        if not isinstance(node.target, ast.Name):
            self.refuse(node.target, "a loop has one variable", "C counts with one variable", "for i in range(8):")
        var = node.target.id
        if not self.is_local(var):
            if var in self.symbols.statics and var in self.scope.globals:
                self.refuse(node.target, f"the static {quoted(var)} as a loop variable", "a loop counts in a local")
            return list(self._loop_body(node))  # refused already
        if isinstance(self.scope.types.get(var), ObjType):
            self.refuse(node.target, f"conflicting types for {quoted(var)}", "it is an object already")
        if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) and node.iter.func.id == "range":
            return [self._for_range(node, var, node.iter)]
        array = self._iterated(node.iter)
        return [ir.ForEach(self._head(node, array), var, array, self._loop_body(node))]

    def _for_range(self, node: ast.For, var: str, call: ast.Call) -> ir.ForRange:
        if call.keywords or not 1 <= len(call.args) <= 3 or any(isinstance(arg, ast.Starred) for arg in call.args):
            self.refuse(call, "range takes one to three numbers", "", "range(n), range(start, stop), range(start, stop, step)")
        bounds = [self.operand(arg) for arg in call.args[:2]]
        start, stop = bounds if len(bounds) == 2 else (ir.Const(bounds[0].pos, 0), bounds[0])
        step = self.constant(call.args[2]).value if len(call.args) == 3 else 1
        if step == 0:
            self.refuse(call.args[2], "a step of 0", "the loop would never end")
        pos = self.pos(node)
        pos = ir.Pos(pos.file, pos.line, pos.col, self.pos(call).end)
        return ir.ForRange(pos, var, start, stop, step, self._loop_body(node))

    def _iterated(self, node: ast.expr) -> ir.Expr:
        """The array that a loop goes over."""
        array = self.value(node)
        type_ = self.type_of(array.name) if isinstance(array, ir.Name) else None
        no_array = isinstance(type_, ObjType | IntType) and getattr(type_, "kind", "") not in ("array", "text")
        if not isinstance(array, ir.Name | ir.Field) or no_array:
            self.refuse(node, "a loop goes over range(...) or an array", "C has no other iteration", "for i in range(8):")
        return array

    def _no_else(self, node: ast.While | ast.For) -> None:
        if node.orelse:
            self.refuse(node.orelse[0], "else on a loop: not in a kernel", "C has no such thing", "set a flag before break")

    def _loop_body(self, node: ast.While | ast.For) -> tuple[ir.Stmt, ...]:
        self.loops += 1
        try:
            return self.block(node.body)
        finally:
            self.loops -= 1

    def _break(self, node: ast.Break) -> list[ir.Stmt]:
        self._check_in_loop(node, "break")
        return [ir.Break(self.pos(node))]

    def _continue(self, node: ast.Continue) -> list[ir.Stmt]:
        self._check_in_loop(node, "continue")
        return [ir.Continue(self.pos(node))]

    def _check_in_loop(self, node: ast.stmt, word: str) -> None:
        if not self.loops:
            self.refuse(node, f"{word} statement not within a loop")

    def _return(self, node: ast.Return) -> list[ir.Stmt]:
        return [ir.Return(self.pos(node), None if node.value is None else self.value(node.value))]

    def _raise(self, node: ast.Raise) -> list[ir.Stmt]:
        if not is_not_written(node):
            self.refuse_python(node)
        return [ir.NotWritten(self.pos(node))]

    def _nested(self, node: ast.FunctionDef) -> list[ir.Stmt]:
        rule = "C has no functions inside functions"
        self.refuse(self.name_pos(node), f"the function {quoted(node.name)} inside another", rule, "move it to module level")


def is_not_written(node: ast.stmt) -> bool:
    """Is this ``raise NotImplementedError`` or ``raise NotImplementedError(...)``?"""
    if not isinstance(node, ast.Raise) or node.cause is not None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return body[1:] if said else body


def _assigned(node: ast.FunctionDef) -> Iterator[ast.Name]:
    """The names that a function assigns, in whatever way."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            yield from _written_by(part, part.func.id)


def _written_by(call: ast.Call, name: str) -> Iterator[ast.Name]:
    """The variable that a macro writes or declares."""
    place = _FLAGS.get(name, 0 if name in MACRO_DECLARATIONS and name != "DECLARE_WAITQUEUE" else None)
    if name == "DECLARE_WAITQUEUE" and len(call.args) == 2:
        place = 0
    if place is not None and place < len(call.args) and isinstance(call.args[place], ast.Name):
        yield call.args[place]


_METHODS = {
    ast.Pass: Body._pass,
    ast.Global: Body._global,
    ast.Expr: Body._expression,
    ast.Assign: Body._assign,
    ast.AnnAssign: Body._annassign,
    ast.AugAssign: Body._augassign,
    ast.If: Body._if,
    ast.While: Body._while,
    ast.For: Body._for,
    ast.Break: Body._break,
    ast.Continue: Body._continue,
    ast.Return: Body._return,
    ast.Raise: Body._raise,
    ast.FunctionDef: Body._nested,
}
