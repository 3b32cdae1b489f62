"""What a program is called, in which order it stands and what it prints does not change what is true of it."""

from __future__ import annotations

import ast
import builtins
import random
from collections.abc import Callable

import pytest

import kthreadlab
from kthreadlab.checks.portfolio import LABS
from kthreadlab.lang.api import CALLS, CONSTANTS, DECLARATIONS, LOG_LEVELS, WORDS
from kthreadlab.lang.ir import INTS
from tests.support import ANSWER, GIVEN, Submission, corpus, given

OTHERS = {*CALLS, *CONSTANTS, *DECLARATIONS, *LOG_LEVELS, *WORDS, *INTS, *dir(builtins), "current", "jiffies", "HZ"}
"""Names that are not the module's own."""
ANSWERS = [s for s in corpus() if s.kind in ("right", "wrong") and "problem" not in s.header and "slow" not in s.header]
EVERY_TH = 24
"""So many answers for one that the default run tries."""


def fixed(lab: str) -> set[str]:
    """What an answer must be called, since others use it by that name."""
    words = set(LABS[lab].owns)
    if lab in GIVEN:
        words |= {n.id for n in ast.walk(ast.parse(given(lab))) if isinstance(n, ast.Name)}
        words |= {n.name for n in ast.walk(ast.parse(given(lab))) if isinstance(n, ast.FunctionDef)}
    return words | OTHERS


class Renamed(ast.NodeTransformer):
    """Every name of one's own gets another."""

    def __init__(self, keep: set[str]) -> None:
        self.keep, self.names = keep, {}

    def new(self, name: str) -> str:
        if name in self.keep:
            return name
        return self.names.setdefault(name, f"zz{len(self.names)}q")

    def visit_Name(self, node: ast.Name) -> ast.AST:  # noqa: N802
        node.id = self.new(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self.new(node.arg)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # noqa: N802
        node.name = self.new(node.name)
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:  # noqa: N802
        node.names = [self.new(n) for n in node.names]
        return node


def renamed(lab: str, text: str) -> str:
    """The text with other names, but for structs, whose names are texts as well."""
    tree = ast.parse(text)
    structs = {n.args[0].value for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "struct"}
    return ast.unparse(Renamed(fixed(lab) | structs).visit(tree))


def shuffled(lab: str, text: str) -> str:
    """The text with its functions in another order, and its statics in front of them."""
    body = ast.parse(text).body
    functions = [n for n in body if isinstance(n, ast.FunctionDef)]
    others = [n for n in body if not isinstance(n, ast.FunctionDef)]
    random.Random(len(text)).shuffle(functions)
    return ast.unparse(ast.Module([*others, *functions], []))


def talkative(lab: str, text: str) -> str:
    """The text with a word to the log at the beginning of every function."""
    tree = ast.parse(text)
    for n in ast.walk(tree):
        if isinstance(n, ast.FunctionDef):
            first = next((k for k, s in enumerate(n.body) if not isinstance(s, ast.Global | ast.Expr)), 0)
            n.body.insert(first, ast.parse('printk("here")').body[0])
    return ast.unparse(tree)


CHANGES: dict[str, Callable[[str, str], str]] = {"renamed": renamed, "shuffled": shuffled, "talkative": talkative}


def vector(lab: str, text: str, lengths: bool) -> dict[str, tuple]:
    """What a check says of each property, and how long its shortest story is."""
    report = kthreadlab.check(lab, kthreadlab.load(text, name=ANSWER[lab]))
    assert not report.problem
    return {n: (p.verdict, p.points, p.cause, p.length * lengths) for n, p in report.properties.items()}


def agree(s: Submission, change: str) -> None:
    """The changed text has the same vector; with the same operations, stories of the same length."""
    lengths = change != "talkative"
    text = ast.unparse(ast.parse(s.text))
    assert vector(s.lab, text, lengths) == vector(s.lab, CHANGES[change](s.lab, s.text), lengths)


def sample(n: int) -> list:
    """One of the three changes for each file, and one of *n* files in the default run."""
    return [
        pytest.param(
            s, list(CHANGES)[k % 3], id=f"{s.name}-{list(CHANGES)[k % 3]}", marks=[pytest.mark.long] * (k % n > 0)
        )
        for k, s in enumerate(ANSWERS)
    ]


@pytest.mark.parametrize("s, change", sample(EVERY_TH))
def test_names_order_and_words_to_the_log_change_nothing(s: Submission, change: str) -> None:
    """Nor how long the shortest story of a failure is, but for the steps that print."""

    agree(s, change)


@pytest.mark.long
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("s", ANSWERS, ids=lambda s: s.name)
def test_every_answer_changed_in_every_way(s: Submission, change: str) -> None:
    """The whole corpus."""

    agree(s, change)
