"""Python's own parser, held at arm's length: any text in, a tree of bounded depth or one `Diagnostic` out."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from .diagnostics import Diagnostic
from .python_rules import c_habit
from .source import MAX_NESTING, Source, limits, too_deep

MAX_CHAIN = 200
"""How long a chain of ``elif`` or ``+`` may be, and how deep a tree altogether: what works on trees is recursive."""

_NODES_A_BRACKET = 3
"""``(not (a == (...)))``: how many tree levels one level of brackets is worth."""


@dataclass(frozen=True)
class Parsed:
    """One file: its source, and its tree or what is wrong with it.  *assigned* are the names of its ``global``s."""

    source: Source
    tree: ast.Module
    problem: Diagnostic | None = None
    assigned: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        return self.source.file


def parse(file: str, text: str) -> Parsed:
    """Parse one file.  Never raises, never warns, whatever the text."""
    source, problem = limits(file, text)
    if problem is not None:
        return Parsed(source, _NOTHING, problem)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except SyntaxError as error:
        return Parsed(source, _NOTHING, _syntax(source, error))
    except (RecursionError, MemoryError):
        return Parsed(source, _NOTHING, source.problem(*_too_long_chain(), look="cut it into several statements"))
    except ValueError as error:  # what an older Python says of a NUL byte, or of half a character
        return Parsed(source, _NOTHING, source.problem(str(error), 1))
    return _survey(source, tree)


_NOTHING = ast.Module([], [])


def _too_long_chain() -> tuple[str, int]:
    return f"an expression or a chain of elif with more than {MAX_CHAIN} links", 1


# ---- syntax errors ---------------------------------------------------------------------------------------------------

_READ = "read it up to the caret: what is missing there?"
_OWN_WORDS = [
    ("too many levels of indentation", f"more than {MAX_NESTING} blocks inside each other", ""),
    ("too many nested parentheses", f"more than {MAX_NESTING} brackets inside each other", ""),
    ("expected an indented block", "", "write pass, or raise NotImplementedError(), until you know what goes here"),
    ("unexpected indent", "", "is a line above missing its colon?"),
    ("unindent does not match", "", "lines of one block begin in the same column"),
    ("inconsistent use of tabs", "tabs and spaces are mixed in this block", "use spaces only"),
    ("unindent", "", "lines of one block begin in the same column"),
    ("expected ':'", "", "if, while, for, else and def lines end with a colon"),
    ("or ':='", "= assigns; == compares", "if myevent_id == 0:"),
    ("cannot assign to", "", "what stands left of = must be a variable, an element or a field"),
    (
        "illegal expression for augmented assignment",
        "",
        "what stands left of = must be a variable, an element or a field",
    ),
    ("unterminated string", "this string has no closing quote on its line", "a line end inside a text is written \\n"),
    ("unterminated triple-quoted", "this string is never closed", ""),
    ("leading zeros", "a number can't begin with 0", "an octal number is written 0o644"),
    ("invalid decimal literal", "", "a name can't begin with a digit, and a number has no suffix"),
    ("unexpected EOF", "the file ends in the middle of something", "is a bracket open?"),
    ("is a keyword", "", ""),
    (
        "Missing parentheses in call to 'print'",
        "print: not in a kernel",
        'printk("text\\n") writes to the kernel log, and a call has brackets',
    ),
    ("expected '('", "", "def mykthread(unused):"),
    ("invalid syntax", "the compiler doesn't understand this line", ""),
]


def _syntax(source: Source, error: SyntaxError) -> Diagnostic:
    """Python's complaint, in words for somebody who writes C, at the place where it is."""
    line = min(max(error.lineno or 1, 1), len(source.lines))
    col = max((error.offset or 1) - 1, 0)
    same_line = error.end_lineno == error.lineno
    end = max((error.end_offset or 0) - 1, col + 1) if same_line else len(source.line(line))
    col = min(col, len(source.line(line)))
    message, look = _words(source.line(line), error.msg or "invalid syntax")
    return source.problem(message, line, col, end, "kernel Python has Python's grammar", look)


def _words(line: str, said: str) -> tuple[str, str]:
    habit = c_habit(line)
    if habit is not None:
        return habit
    known = next(((own or said, look) for start, own, look in _OWN_WORDS if start in said), (said, ""))
    return known[0].partition(". Maybe you meant")[0].removesuffix(" here")[:200], known[1] or _READ


# ---- depth -----------------------------------------------------------------------------------------------------------

_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)
_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


def _survey(source: Source, tree: ast.Module) -> Parsed:
    """Look at every node once: for ``global``, and for what is nested too deeply (then the tree is dropped)."""
    assigned: set[str] = set()
    for node, problem in _nodes(source, tree):
        if problem is not None:
            return Parsed(source, _NOTHING, problem)
        if isinstance(node, ast.Global):
            assigned.update(node.names)
    return Parsed(source, tree, None, frozenset(assigned))


def _nodes(source: Source, tree: ast.Module) -> Iterator[tuple[ast.AST, Diagnostic | None]]:
    """Every node, with what is wrong with its depth.  A chain counts as one level, up to `MAX_CHAIN` links."""
    todo: list[tuple[ast.AST, int, int, int]] = [(node, 0, 0, 1) for node in tree.body]
    while todo:
        node, blocks, nested, levels = todo.pop()
        yield node, _depth_problem(source, node, blocks, nested, levels)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _LEAVES):
                continue
            chained = _is_link(node, child)
            if isinstance(child, _BLOCKS):
                todo.append((child, blocks + (not chained), 0, levels + 1))
            else:
                todo.append((child, blocks, nested + (not chained), levels + 1))


def _depth_problem(source: Source, node: ast.AST, blocks: int, nested: int, levels: int) -> Diagnostic | None:
    if blocks > MAX_NESTING + 1:  # the function itself is not counted
        return _at(source, node, *too_deep("blocks"))
    if nested > MAX_NESTING * _NODES_A_BRACKET:
        return _at(source, node, *too_deep("brackets or operators"))
    if levels > MAX_CHAIN + MAX_NESTING:
        return _at(source, node, _too_long_chain()[0], "the kernel stack is 8 KiB, and a reader's is smaller")
    return None


def _is_link(node: ast.AST, child: ast.AST) -> bool:
    """Is *child* the next link of a chain that *node* is part of: an elif, a ``+`` to the left, an ``a if b else``?"""
    if isinstance(node, ast.If) and isinstance(child, ast.If):
        return node.orelse == [child]
    if isinstance(node, ast.BinOp) and isinstance(child, ast.BinOp):
        return child is node.left
    return isinstance(node, ast.IfExp) and isinstance(child, ast.IfExp) and child is node.orelse


def _at(source: Source, node: ast.AST, message: str, rule: str) -> Diagnostic:
    line = getattr(node, "lineno", 1)
    col = source.char_column(line, getattr(node, "col_offset", 0))
    return source.problem(message, line, col, col + 1, rule, "give parts of it a name or a function of their own")
