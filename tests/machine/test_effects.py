"""Operations say what they are to others, and everybody else reads that and no names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import MISSING, fields
from inspect import Parameter, signature
from pathlib import Path

import pytest

import kthreadlab.machine.machine  # noqa: F401  (registers the operations)
from kthreadlab.compile.effects import PLACE, REST, Effects, Sleeps
from kthreadlab.compile.ops import OPERATIONS, operation
from kthreadlab.lang.api import CALLS

ROOT = Path(__file__).parents[2]
READERS = [p for folder in ("compile", "machine", "run") for p in sorted((ROOT / "kthreadlab" / folder).glob("*.py"))]
"""Whoever reads effects: what a call does, and is to others, is written in `kernel`."""

OTHER_WORDS = {("observers.py", "up"), ("scenario.py", "up")}
"""What is no call: a machine that has come up."""


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a file that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for n in ast.walk(tree):
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in prose:
            yield n.lineno, n.value


def names_calls(text: str) -> bool:
    """Is it a call's name, or the beginning of several?"""
    several = text.endswith("_") and sum(name.startswith(text) for name in CALLS) > 1
    return text in CALLS or (several and len(text) > 3)


@pytest.mark.parametrize("path", READERS, ids=lambda p: p.stem)
def test_who_reads_effects_knows_no_call_by_name(path: Path) -> None:
    """A call that is added is right everywhere at once."""

    found = [
        (line, text) for line, text in literals(path) if names_calls(text) and (path.name, text) not in OTHER_WORDS
    ]
    assert [] == found


@pytest.mark.parametrize("path", READERS, ids=lambda p: p.stem)
def test_no_method_is_found_by_a_calls_name(path: Path) -> None:
    """What is done for one call stands beside it (`kernel`), and is registered with it."""

    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    assert set() == {name for name in defined if name.startswith("_") and name[1:] in CALLS}


def test_every_effect_has_to_be_declared() -> None:
    """Nothing of what a call is to others is taken for granted."""

    assert all(f.default is MISSING and f.default_factory is MISSING for f in fields(Effects))
    wanted = {f.name for f in fields(Effects)}
    given = {n for n, p in signature(operation).parameters.items() if p.default is Parameter.empty}
    assert wanted == given - {"names"}


def test_the_manual_and_the_machine_agree_on_what_may_sleep() -> None:
    """The page of a call says so, and the search judges by it; memory may sleep or not, by its flags."""

    told = {name for name, call in CALLS.items() if call.sleeps}
    sleeping = {n for n, o in OPERATIONS.items() if n in CALLS and o.effects.sleeps is not Sleeps.NEVER}
    by_flags = {n for n in sleeping if o_depends(n)} - told
    assert sleeping - by_flags == told & set(OPERATIONS)
    assert {"kmalloc", "kzalloc"} == by_flags


def o_depends(name: str) -> bool:
    """Does it depend on the operands whether the call sleeps?"""
    return not isinstance(OPERATIONS[name].effects.sleeps, Sleeps)


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n in CALLS])
def test_operands_that_effects_name_exist(name: str) -> None:
    """By the prototype of the call."""

    call, x = CALLS[name], OPERATIONS[name].effects
    for n in {*x.reads, *x.writes} - {REST, PLACE}:
        assert n < len(call.params)
    if REST in (*x.reads, *x.writes):
        assert call.variadic
    if x.saves or x.restores:
        assert call.params[-1] == "flags"


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n in CALLS])
def test_what_takes_a_text_to_fill_says_that_it_writes(name: str) -> None:
    """A buffer that an operation is given to write to is declared; else its text would be folded as if it never
    changed."""

    for n, kind in enumerate(CALLS[name].params):
        if kind == "text":
            assert n in OPERATIONS[name].effects.writes
        if kind in ("str", "word"):
            assert n in (*OPERATIONS[name].effects.reads, *OPERATIONS[name].effects.writes)
