"""Text that Python would put together (``%``, f-strings, ``.format``, ``+ str(n)``), as arguments of C's calls."""

from __future__ import annotations

import ast
import json
import re

from .api import LOG_LEVELS
from .ir import IntType, ObjType, PtrType
from .python_data import Declarations, called

_CONVERSION = re.compile(r"%[-+ #0]*(\*|\d*)(\.(\*|\d*))?(hh|h|ll|l|L|z)?[diuxXocsp%]")
_MOST = 8
"""With more arguments than this a suggestion is no help."""


class Texts(Declarations):
    """The part of the lowering that knows how Python makes texts, to say how C does."""

    def formatted(self, node: ast.expr) -> list[str] | None:
        """A format and its arguments, as they follow a buffer in C; None if *node* makes no text."""
        level, node = _without_level(node)
        made = self._made(node)
        if made is None or not (made[1] or isinstance(node, ast.JoinedStr)):
            return None
        form, values = made
        return [level + json.dumps(form, ensure_ascii=False), *map(self.written, values[:_MOST])]

    def _made(self, node: ast.expr) -> tuple[str, list[ast.expr]] | None:
        """The format and the arguments of a text, if this is one."""
        if isinstance(node, ast.Constant):
            return (node.value.replace("%", "%%"), []) if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            return self._pieces(node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.op, ast.Mod):
            values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return (node.left.value, values) if isinstance(node.left.value, str) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._sum(node)
        if called(node) == "str" and len(node.args) == 1:  # type: ignore[attr-defined]  # only a call is called
            return self._pieces([ast.FormattedValue(node.args[0], -1)])  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            text = getattr(node.func.value, "value", None)
            return self._braces(text, node.args) if isinstance(text, str) else None
        return None

    def _sum(self, node: ast.BinOp) -> tuple[str, list[ast.expr]] | None:
        """``"id " + str(n)``, however long."""
        terms = _terms(node)
        if not any(isinstance(term, ast.Constant) and isinstance(term.value, str) for term in terms):
            return None
        made = [self._made(term) or self._pieces([ast.FormattedValue(term, -1)]) for term in terms]
        return "".join(form for form, _ in made), [value for _, values in made for value in values]

    def _pieces(self, pieces: list[ast.expr]) -> tuple[str, list[ast.expr]]:
        """The pieces of an f-string."""
        form, values = "", []
        for piece in pieces:
            if isinstance(piece, ast.FormattedValue):
                form += self._conversion(piece)
                values.append(piece.value)
            else:
                form += str(getattr(piece, "value", "")).replace("%", "%%")
        return form, values

    def _braces(self, text: str, args: list[ast.expr]) -> tuple[str, list[ast.expr]]:
        """``"id {}".format(n)``."""
        parts = text.replace("%", "%%").split("{}")
        pairs = zip(parts, args, strict=False)
        form = "".join(part + self._conversion(ast.FormattedValue(arg, -1)) for part, arg in pairs)
        return form + "".join(parts[len(args) :]), args

    def _conversion(self, piece: ast.FormattedValue) -> str:
        """How C formats a value, as far as its type is known here."""
        spec = getattr(piece.format_spec, "values", [])
        asked = str(getattr(spec[0], "value", "")) if len(spec) == 1 else ""
        if asked and asked[-1] in "dxXosc" and asked[:-1].isalnum() | (len(asked) == 1):
            return f"%{asked}"
        node = piece.value
        type_ = self.type_of(node.id) if isinstance(node, ast.Name) else None
        text = isinstance(type_, ObjType) and type_.kind == "text" or isinstance(type_, PtrType)
        if text or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return "%s"
        wide = "l" if isinstance(type_, IntType) and type_.bits == 64 else ""
        return f"%{wide}{'u' if isinstance(type_, IntType) and not type_.signed else 'd'}"


def conversions(form: str) -> str:
    """The letters of the conversions by which a format takes its arguments, one for each; ``*`` for a width."""
    return "".join("*" * found[0].count("*") + found[0][-1].strip("%") for found in _CONVERSION.finditer(form))


def _terms(node: ast.expr) -> list[ast.expr]:
    """The terms of a sum, from the left."""
    terms: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        terms.append(node.right)
        node = node.left
    return [node, *reversed(terms)]


def _without_level(node: ast.expr) -> tuple[str, ast.expr]:
    """``KERN_ERR + `` as it is written, and the text behind it."""
    first, *rest = _terms(node)
    if not rest or not isinstance(first, ast.Name) or first.id not in LOG_LEVELS:
        return "", node
    text = rest[0]
    for term in rest[1:]:
        text = ast.copy_location(ast.BinOp(text, ast.Add(), term), node)
    return f"{first.id} + ", text
