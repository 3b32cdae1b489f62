"""Expressions of kernel Python: Python's operators with C's meaning."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from . import ir
from .api import CALLS, CONSTANTS, LOG_LEVELS
from .diagnostics import manual_page, quoted
from .ir import ObjType, PtrType
from .python_base import KERNEL_NAMES, suggestion
from .python_calls import Calls
from .python_foreign import NOT_HERE, foreign
from .source import MAX_STRING, too_long

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "/", ast.Mod: "%", ast.LShift: "<<", ast.RShift: ">>",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_NULL_TEST = {ast.Is: "==", ast.IsNot: "!="}


class Expressions(Calls):
    """The part of the lowering that knows expressions."""

    def expr(self, node: ast.expr) -> ir.Expr:
        """Any expression that stands for a value."""
        method = _METHODS.get(type(node))
        if method is not None:
            return method(self, node)
        if isinstance(node, ast.List):
            look = "give it a name first: argv = [path, NULL]"
            self.refuse(node, "an array can't be made here", "an array has a place in memory of its own", look)
        self.refuse_python(node)

    def operand(self, node: ast.expr) -> ir.Expr:
        """An expression that is computed with: no text."""
        value = self.expr(node)
        if isinstance(value, ir.Str):
            self.refuse(node, "C can't compute with text", "a text is an address", "sprintf, strcpy, strcmp")
        return value

    def operator(self, op: ast.operator, place: ast.AST) -> str:
        """The C operator of a Python one."""
        if type(op) not in _BINARY:
            self.refuse_python(op, place)
        return _BINARY[type(op)]

    def text(self, node: ast.AST, value: str) -> ir.Str:
        """A text literal, if memory can hold it."""
        if any("\ud800" <= char <= "\udfff" for char in value):
            self.refuse(node, "half a character in a text", "text is UTF-8", "type it again")
        if len(value.encode()) > MAX_STRING:
            self.refuse(node, *too_long())
        return ir.Str(self.pos(node), value)

    # ---- leaves ------------------------------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant) -> ir.Expr:
        value = node.value
        if value is None:
            return ir.Const(self.pos(node), 0, "NULL")
        if isinstance(value, int):
            return ir.Const(self.pos(node), int(value))
        if isinstance(value, str):
            return self.text(node, value)
        self.refuse_python(node)

    def name(self, node: ast.Name) -> ir.Expr:
        """A name as a value.  What no file of the module defines is noted as undefined: linking may still find it."""
        name, pos = node.id, self.pos(node)
        if self.is_local(name):
            return ir.Name(pos, name, True)
        if name in self.symbols.statics:
            return ir.Name(pos, name, False)
        if name == "current":
            if self.scope is None:
                self.refuse(
                    node,
                    "initializer element is not constant",
                    "no task runs while a module is compiled",
                    "in a function",
                )
            return ir.Current(pos)
        if name in CONSTANTS:
            return ir.Const(pos, CONSTANTS[name], name)
        if name in LOG_LEVELS:
            return ir.Str(pos, LOG_LEVELS[name])
        self._check_value(node)
        self.undefined.append((name, pos))
        return ir.Name(pos, name, False)

    def _check_value(self, node: ast.Name) -> None:
        """Refuse a name that is known but no value, or that looks like a constant and is none."""
        name = node.id
        if name in self.symbols.functions:
            rule = "a function's name is a value only as the argument of kernel_thread and its like"
            self.refuse(node, f"the function {quoted(name)} as a value", rule, f"to call it: {quoted(name)}(...)")
        if name in self.symbols.structs:
            self.refuse(
                node,
                f"{quoted(name)} is a type, no value",
                "a type has no place in memory",
                f"{quoted(name)}() declares one",
            )
        if name in CALLS:
            self.refuse(node, f"{name} is not called", "a kernel call needs its brackets", CALLS[name].prototype)
        if name in KERNEL_NAMES:
            self.refuse(node, f"{name} is no value", "it declares something", manual_page(name))
        if name.isupper():
            known = [*self.symbols.names, *(self.scope.locals if self.scope else ())]
            rule = "a name in capitals is a constant, and the kernel has none of this name"
            elsewhere = foreign(name)
            rule = elsewhere.rule if elsewhere is not None and elsewhere.rule == NOT_HERE else rule
            self.refuse(
                node,
                f"{quoted(name)} undeclared (first use in this function)",
                rule,
                suggestion(name, known) or "kthreadlab man lists them",
            )

    # ---- operators ---------------------------------------------------------------------------------------------------

    def _binop(self, node: ast.BinOp) -> ir.Expr:
        if isinstance(node.op, ast.Mod):
            self.check_formatted(node, "% with text")
        left, right = self.expr(node.left), self.expr(node.right)
        if isinstance(left, ir.Str) or isinstance(right, ir.Str):
            return self._text_operator(node, left, right)
        return ir.Binary(self.pos(node), self.operator(node.op, node), left, right)

    def _text_operator(self, node: ast.BinOp, left: ir.Expr, right: ir.Expr) -> ir.Expr:
        """``KERN_ERR + "text"``: literals are joined when compiled; nothing else can be done with text."""
        if isinstance(node.op, ast.Add) and isinstance(left, ir.Str) and isinstance(right, ir.Str):
            return self.text(node, left.value + right.value)
        self.check_formatted(node)
        rule = "only literals are joined: a text is an address, and addresses can't be added"
        self.refuse(node, "C can't compute with text", rule, 'snprintf(buffer, sizeof(buffer), "%s%s", a, b)')

    def _joinedstr(self, node: ast.JoinedStr) -> ir.Expr:
        self.check_formatted(node, "f-strings: not in a kernel")
        self.refuse_python(node)

    def _unaryop(self, node: ast.UnaryOp) -> ir.Expr:
        if isinstance(node.op, ast.UAdd | ast.USub) and type(getattr(node.operand, "op", None)) is type(node.op):
            if isinstance(node.operand, ast.UnaryOp) and node.operand.col_offset == node.col_offset + 1:
                self.refuse(node, "there is no ++ and no --", "two signs are a sign of a sign here", "n += 1")
        operand = self.operand(node.operand)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ir.Const) and not operand.name:
            return ir.Const(self.pos(node), -operand.value)
        op = {ast.USub: "-", ast.Invert: "~", ast.Not: "not"}[type(node.op)]
        return ir.Unary(self.pos(node), op, operand)

    def _boolop(self, node: ast.BoolOp) -> ir.Expr:
        make = ir.And if isinstance(node.op, ast.And) else ir.Or
        for before, value in zip([node.values[0], *node.values], node.values, strict=False):
            self._check_condition(node, before, value)
        return make(self.pos(node), tuple(self.operand(value) for value in node.values))

    def _check_condition(self, node: ast.BoolOp, before: ast.expr, value: ast.expr) -> None:
        """Refuse a constant as a part of a condition: ``id == 7 or 9``, ``path or "/bin/alert"``."""
        literal = isinstance(value, ast.Constant) and value.value not in (0, 1)
        if not literal and not (isinstance(value, ast.Name) and value.id in CONSTANTS and value.id != "jiffies"):
            return
        word, shown = "and" if isinstance(node.op, ast.And) else "or", self.written(value)
        look = f"a value is chosen by: {self.written(before)} if {self.written(before)} else {shown}"
        if isinstance(before, ast.Compare) and len(before.ops) == 1:
            look = f"{self.written(before)} {word} {self.written(before.left)} == {shown}"
        rule = "and, or give 1 or 0, as && and || do: each side is a condition of its own"
        self.refuse(value, f"{shown} is no condition: it is always the same", rule, look)

    def _ifexp(self, node: ast.IfExp) -> ir.Expr:
        return ir.Cond(self.pos(node), self.operand(node.test), self.expr(node.body), self.expr(node.orelse))

    def _compare(self, node: ast.Compare) -> ir.Expr:
        parts = [node.left, *node.comparators]
        for middle in parts[1:-1]:
            if not isinstance(middle, ast.Name | ast.Constant):
                rule = "a chain would evaluate its middle twice"
                self.refuse(middle, "the middle of a chained comparison must be a name or a number", rule, "use `and`")
        links = [self._link(node, a, op, b) for a, op, b in zip(parts, node.ops, parts[1:], strict=False)]
        return links[0] if len(links) == 1 else ir.And(self.pos(node), tuple(links))

    def _link(self, node: ast.Compare, a: ast.expr, op: ast.cmpop, b: ast.expr) -> ir.Expr:
        """One comparison of a chain."""
        if type(op) not in _COMPARE and type(op) not in _NULL_TEST:
            self.refuse_python(op, node)
        left, right = self.expr(a), self.expr(b)
        left, right = self.beside(a, left, right), self.beside(b, right, left)
        texts = [side.value for side in (left, right) if isinstance(side, ir.Str)]
        if texts:
            char = "; a character is compared with an element: buf[0] == 'a'" if len(texts[0]) == 1 else ""
            self.refuse(node, "texts are not compared like this", "a text is an address", "strcmp(a, b) == 0" + char)
        if type(op) in _COMPARE:
            return ir.Compare(self.pos(node), _COMPARE[type(op)], left, right)
        if not any(isinstance(side, ir.Const) and side.name == "NULL" for side in (left, right)):
            self.refuse(node, "is: only with None or NULL", "C compares values", "==, or !=")
        return ir.Compare(self.pos(node), _NULL_TEST[type(op)], left, right)

    def beside(self, node: ast.expr, value: ir.Expr, other: ir.Expr) -> ir.Expr:
        """*value*, a character if it is a literal of one character beside an element."""
        if not (isinstance(value, ir.Str) and isinstance(other, ir.Index)) or self._holds_texts(other):
            return value
        if value.value == "":
            self.refuse(node, "an empty character", "a text ends with a NUL byte", "buf[0] == '\\0'")
        if len(value.value) == 1 and ord(value.value) > 127:
            self.refuse(node, "this character is more than one byte", "text is UTF-8", "compare with ASCII characters")
        return ir.Const(value.pos, ord(value.value)) if len(value.value) == 1 else value

    def _holds_texts(self, element: ir.Index) -> bool:
        """Is this known to be an element of an array of addresses?"""
        type_ = self.type_of(element.base.name) if isinstance(element.base, ir.Name) else None
        return isinstance(type_, ObjType) and type_.kind == "array" and isinstance(type_.of, PtrType)

    # ---- places ------------------------------------------------------------------------------------------------------

    def _subscript(self, node: ast.Subscript) -> ir.Expr:
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            self.refuse_python(node.slice, node)
        base = self.operand(node.value)
        if isinstance(base, ir.Const | ir.Current):
            self.refuse(
                node,
                "subscripted value is neither array nor pointer",
                "only arrays and char buffers have elements",
                "ids[0]",
            )
        return ir.Index(self.pos(node), base, self.operand(node.slice))

    def _attribute(self, node: ast.Attribute) -> ir.Expr:
        self.check_foreign(node)
        if node.attr == "siglock" and self.written(node.value) == "current.sighand":
            return ir.Field(self.pos(node), ir.Current(self.pos(node)), "siglock")
        base = self.operand(node.value)
        type_ = self.type_of(base.name) if isinstance(base, ir.Name) else None
        if isinstance(base, ir.Const) or (type_ is not None and _no_struct(type_)):
            self.refuse(
                node,
                f"request for member {quoted(node.attr)} in something not a structure",
                "fields have structs, and what points to them",
                'ev = struct("ev", id=u32); e = ev(); e.id',
            )
        return ir.Field(self.pos(node), base, node.attr)

    def yield_(self, node: ast.Yield, unused: bool = False) -> ir.Expr:
        """``yield()`` is the kernel's call, though Python reads a statement of its own."""
        if isinstance(node.value, ast.Tuple) and not node.value.elts:
            return self.kernel_call(node, CALLS["yield"], [], unused)
        if node.value is not None and self.written(node).startswith("yield("):
            return self.kernel_call(node, CALLS["yield"], [node.value], unused)
        self.refuse_python(node)


def _no_struct(type_: ir.Type) -> bool:
    return isinstance(type_, ir.IntType) or (
        isinstance(type_, ObjType) and type_.kind not in ("struct", "timer", "list")
    )


_METHODS: dict[type[ast.expr], Callable[[Expressions, Any], ir.Expr]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions.name,
    ast.BinOp: Expressions._binop,
    ast.UnaryOp: Expressions._unaryop,
    ast.BoolOp: Expressions._boolop,
    ast.IfExp: Expressions._ifexp,
    ast.Compare: Expressions._compare,
    ast.Subscript: Expressions._subscript,
    ast.Attribute: Expressions._attribute,
    ast.JoinedStr: Expressions._joinedstr,
    ast.Call: Expressions.call,
    ast.Yield: Expressions.yield_,
}
