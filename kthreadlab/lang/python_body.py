"""Functions of kernel Python and their statements."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn

from kthreadlab.lang.api.list import LOOPS

from . import ir
from .diagnostics import Refused, quoted
from .ir import IntType, ObjType, Type
from .python_base import MACRO_DECLARATIONS, MODULE_MACROS, describe
from .python_data import called
from .python_scope import Scopes


class Body(Scopes):
    """The part of the lowering that knows functions and statements."""

    loops = 0

    def function(self, node: ast.FunctionDef) -> ir.Function:
        """One function of the module."""
        self.check_head(node)
        params = self.params(node)
        self.enter(node, params)
        self.loops = 0
        try:
            body = self.block(_without_docstring(node.body))
            stub = bool(body) and isinstance(body[0], ir.NotWritten)
            return ir.Function(node.name, params, body, tuple(self.own.locals), self.name_pos(node), stub)
        finally:
            self.scope = None

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

    def _statement(self, node: ast.stmt) -> list[ir.Stmt]:
        method = _METHODS.get(type(node))
        if method is None:
            self.refuse_python(node)
        return method(self, node)

    def _pass(self, node: ast.Pass) -> list[ir.Stmt]:
        return []

    def _global(self, node: ast.Global) -> list[ir.Stmt]:
        for name in node.names:
            if name in {param for param in self.own.locals}:
                self.refuse(
                    node, f"{quoted(name)} is a parameter and a static", "a local never shadows a static", "rename it"
                )
            if name in self.symbols.functions or name in self.symbols.structs:
                self.refuse(
                    node,
                    f"global {quoted(name)}: not a variable",
                    "global names a static of the module",
                    "leave it out",
                )
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
        callee = called(call)
        if callee in MACRO_DECLARATIONS:
            name, made = self.macro_declaration(call)
            return [self._declare(node, name, *made)] if name in self.own.locals else []
        if callee in MODULE_MACROS:
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
        if isinstance(place, ir.Name) and self._unlocks(place, node.value):
            return [ir.ExprStmt(self.pos(node), ir.Call(self.pos(node), self._unlocks(place, node.value), (place,)))]
        if isinstance(node.value, ast.Name) and self._sets_function(place, node.value):
            return [ir.Assign(self.pos(node), place, ir.FuncRef(self.pos(node.value), node.value.id))]
        value = self.beside(node.value, self._stored(node.value), place)
        if isinstance(place, ir.Name) and isinstance(self.type_of(place.name), ObjType):
            self._assigned_object(node, place)
        return [ir.Assign(self.pos(node), place, value)]

    def _sets_function(self, place: ir.Expr, node: ast.Name) -> bool:
        """Is this ``timer.function = name``?"""
        is_field = isinstance(place, ir.Field) and place.name == "function"
        return is_field and node.id in self.symbols.functions

    def _unlocks(self, place: ir.Name, node: ast.expr) -> str:
        """The call that ``lock = SPIN_LOCK_UNLOCKED`` comes to, if this is one."""
        type_ = self.type_of(place.name)
        value = node.func if isinstance(node, ast.Call) and not node.args else node
        name = value.id if isinstance(value, ast.Name) else ""
        inits = {("SPIN_LOCK_UNLOCKED", "spinlock"): "spin_lock_init", ("RW_LOCK_UNLOCKED", "rwlock"): "rwlock_init"}
        return inits.get((name, getattr(type_, "kind", "")), "")

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
            self.refuse(
                node,
                "an object is declared, not assigned",
                "it has its own place in memory",
                "declare it at module level, or as a local of its own",
            )
        return self.expr(node)

    def _object_made(self, node: ast.expr) -> Type | None:
        made = self.declaration(node) if isinstance(node, ast.Call | ast.Name) else None
        return made[0] if made is not None and isinstance(made[0], ObjType) else None

    def _assigned_object(self, node: ast.Assign, place: ir.Name) -> NoReturn:
        type_ = self.type_of(place.name)
        is_text = getattr(type_, "kind", "") == "text"
        look = f"strcpy({quoted(place.name)}, ...) copies text" if is_text else "declare another one"
        rule = f"{quoted(place.name)} is {describe(type_)}: an object has one place in memory"
        self.refuse(node, f"{quoted(place.name)} can't be assigned", rule, look)

    def _target(self, node: ast.expr) -> ir.Expr:
        """Where an assignment goes."""
        if isinstance(node, ast.Tuple | ast.List):
            self.refuse(
                node, "tuple assignment: not in a kernel", "C assigns one value to one name", "one assignment a line"
            )
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
        value = made[2][0] if made is not None else self.expr(node.value)
        return [self._declare(node, node.target.id, *self.of_type(type_, value))]

    def _declared_only(self, node: ast.AnnAssign, type_: Type | None) -> list[ir.Stmt]:
        """``x: u32``: a declaration without a first value."""
        if not isinstance(node.target, ast.Name) or not self.is_local(node.target.id):
            return []
        if type_ is None:
            self.refuse(node, "this declares no type", "a declaration without a value needs a type", "x: u32 = 0")
        name = type_.name if isinstance(type_, IntType) else "ptr"
        return [self._declare(node, node.target.id, type_, name, ())]

    def _declare(self, node: ast.stmt, name: str, type_: Type, make: str, args: tuple[ir.Expr, ...]) -> ir.Declare:
        known = self.own.types.setdefault(name, type_)
        if known != type_ and not (make == "list" and isinstance(known, ObjType) and known.kind == "array"):
            rule = f"{quoted(name)} is {describe(known)} already: a variable has one type"
            self.refuse(node, f"conflicting types for {quoted(name)}", rule, "give the second one a name of its own")
        return ir.Declare(self.pos(node), name, type_, make, args)

    def _augassign(self, node: ast.AugAssign) -> list[ir.Stmt]:
        op = self.operator(node.op, node)
        target = self._target(node.target)
        if isinstance(target, ir.Name) and isinstance(self.type_of(target.name), ObjType):
            rule = f"{quoted(target.name)} is {describe(self.type_of(target.name))}, no number"
            self.refuse(node, f"invalid operands to {op}=", rule, "atomic_add(n, v) counts in an atomic_t")
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
        self.check_foreign(getattr(node.iter, "func", node.iter))
        if not isinstance(node.target, ast.Name):
            self.refuse(node.target, "a loop has one variable", "C counts with one variable", "for i in range(8):")
        var = node.target.id
        if not self.is_local(var):
            self._loop_body(node)
            self.refuse(
                node.target, f"{quoted(var)} as a loop variable", "a loop counts in a local of its function", "i"
            )
        if isinstance(self.own.types.get(var), ObjType):
            self.refuse(node.target, f"conflicting types for {quoted(var)}", "it is an object already", "rename it")
        if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) and node.iter.func.id == "range":
            return [self._for_range(node, var, node.iter)]
        if isinstance(node.iter, ast.Call) and called(node.iter) in LOOPS and not self.is_local(called(node.iter)):
            return [self._for_list(node, var, node.iter)]
        array = self._iterated(node.iter)
        return [ir.ForEach(self._head(node, array), var, array, self._loop_body(node))]

    def _for_range(self, node: ast.For, var: str, call: ast.Call) -> ir.ForRange:
        if call.keywords or not 1 <= len(call.args) <= 3 or any(isinstance(arg, ast.Starred) for arg in call.args):
            self.refuse(
                call,
                "range takes one to three numbers",
                "a loop counts from start to stop",
                "range(n), range(start, stop), range(start, stop, step)",
            )
        bounds = [self.operand(arg) for arg in call.args[:2]]
        start, stop = bounds if len(bounds) == 2 else (ir.Const(bounds[0].pos, 0), bounds[0])
        step = self.constant(call.args[2]).value if len(call.args) == 3 else 1
        if step == 0:
            self.refuse(call.args[2], "a step of 0", "the loop would never end", "range(start, stop, 1)")
        pos = self.pos(node)
        pos = ir.Pos(pos.file, pos.line, pos.col, self.pos(call).end)
        return ir.ForRange(pos, var, start, stop, step, self._loop_body(node))

    def _for_list(self, node: ast.For, var: str, call: ast.Call) -> ir.ForList:
        """``for p in list_for_each_entry(head, ev, "list"):``."""
        name = called(call)
        walk = LOOPS[name]
        if not walk.structs:
            return self._for_links(node, var, call)
        look = f'for {quoted(var)} in {name}(head, ev, "list"):'
        if call.keywords or len(call.args) != 3 or any(isinstance(arg, ast.Starred) for arg in call.args):
            self.refuse(
                call,
                f"{name} takes a list, a struct and the field with its links",
                "C's macro takes these three, too",
                look,
            )
        struct = self.struct_name(call.args[1])
        member = str(self.member(call.args[1], call.args[2]).value)
        if struct not in self.symbols.structs:
            self.refuse(
                call.args[1], f"{quoted(struct)} is no struct", "a list's entries lie in a struct of the module", look
            )
        head = self.argument_of(name, "list", call.args[0], "head")
        pos = self.pos(node)
        pos = ir.Pos(pos.file, pos.line, pos.col, self.pos(call).end)
        return ir.ForList(pos, var, head, struct, member, walk.safe, self._loop_body(node), walk.back)

    def _for_links(self, node: ast.For, var: str, call: ast.Call) -> ir.ForList:
        """``for p in list_for_each(head):``."""
        name, walk = called(call), LOOPS[called(call)]
        if call.keywords or len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
            self.refuse(call, f"{name} takes a list", "it gives the links", f"for {quoted(var)} in {name}(head):")
        head = self.argument_of(name, "list", call.args[0], "head")
        pos = self.pos(node)
        pos = ir.Pos(pos.file, pos.line, pos.col, self.pos(call).end)
        return ir.ForList(pos, var, head, "", "", walk.safe, self._loop_body(node), walk.back)

    def _iterated(self, node: ast.expr) -> ir.Expr:
        """The array that a loop goes over."""
        array = self.expr(node)
        type_ = self.type_of(array.name) if isinstance(array, ir.Name) else None
        no_array = isinstance(type_, ObjType | IntType) and getattr(type_, "kind", "") not in ("array", "text")
        if not isinstance(array, ir.Name | ir.Field) or no_array:
            self.refuse(
                node, "a loop goes over range(...) or an array", "C has no other iteration", "for i in range(8):"
            )
        return array

    def _no_else(self, node: ast.While | ast.For) -> None:
        if node.orelse:
            self.refuse(
                node.orelse[0], "else on a loop: not in a kernel", "C has no such thing", "set a flag before break"
            )

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
            self.refuse(
                node,
                f"{word} statement not within a loop",
                f"{word} speaks of the loop around it",
                "return leaves a function",
            )

    def _return(self, node: ast.Return) -> list[ir.Stmt]:
        return [ir.Return(self.pos(node), None if node.value is None else self.expr(node.value))]

    def _raise(self, node: ast.Raise) -> list[ir.Stmt]:
        if not is_not_written(node):
            self.refuse_python(node)
        return [ir.NotWritten(self.pos(node))]

    def _nested(self, node: ast.FunctionDef) -> list[ir.Stmt]:
        rule = "C has no functions inside functions"
        self.refuse(
            self.name_pos(node), f"the function {quoted(node.name)} inside another", rule, "move it to module level"
        )


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


_METHODS: dict[type[ast.stmt], Callable[[Body, Any], list[ir.Stmt]]] = {
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
