"""Generated text as Python functions.

The functions of a machine, and of all machines of a portfolio, have few shapes: most differ in nothing but their names
and the numbers of cells and nodes.  Python compiles a shape once, with a *blank* for each such number; what a function
has in its place is put among the constants of its code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from types import CodeType, FunctionType

from .faults import GENERATED

REMEMBERED = 4096
"""Texts, and shapes, of which the code is remembered."""
NUMBER = re.compile(r"(\[|, |\((?=\d+,)|[=|&+<>] )(\d+)(?=[\],):;\n])")
"""A number of which Python's compiler makes a constant whatever it is: an index, an operand, what is stored.  One that
is asked whether it is true is none."""
BLANK = 10**30
"""The first blank; what generated code computes with is far smaller."""


def functions(texts: Iterable[list[str]], env: dict[str, object]) -> dict[str, object]:
    """The function of each text, one ``def``, by its name; *env* are their globals.  Their lines count through all the
    texts, from 1."""
    found: dict[str, object] = {}
    first = 1
    for lines in texts:
        name, _, text = "\n".join(lines).removeprefix("def ").partition("(")
        code = _code(text).replace(co_name=name, co_qualname=name, co_firstlineno=first)
        found[name] = FunctionType(code, env)
        first += len(lines)
    return found


@lru_cache(REMEMBERED)
def _code(text: str) -> CodeType:
    """The code of the function of which this is the *text* from its parameters on."""
    parts = NUMBER.split(text)  # what is no number, and before each number what stands in front of it
    numbers = [int(x) for x in parts[2::3]]
    parts[2::3] = [f"1{n:030}" for n in range(len(numbers))]
    shape = _shape("".join(parts), len(numbers))
    return shape.replace(co_consts=_filled(shape.co_consts, numbers)) if shape is not None else _compiled(text)


@lru_cache(REMEMBERED)
def _shape(text: str, blanks: int) -> CodeType | None:
    """The code of *text*, which has so many blanks; None if one of them is not among the constants as it is."""
    code = _compiled(text)
    return code if sorted(_blanks(code.co_consts)) == list(range(blanks)) else None


def _compiled(text: str) -> CodeType:
    module = compile(f"def _({text}", GENERATED, "exec", dont_inherit=True)
    (code,) = (x for x in module.co_consts if isinstance(x, CodeType))
    return code


def _blanks(constants: tuple[object, ...]) -> Iterator[int]:
    """The numbers of the blanks among *constants*."""
    for x in constants:
        if isinstance(x, tuple):
            yield from _blanks(x)
        elif isinstance(x, int) and x >= BLANK:
            yield x - BLANK


def _filled(constants: tuple[object, ...], numbers: Sequence[int]) -> tuple[object, ...]:
    """*constants* with *numbers* in their blanks."""

    def fill(x: object) -> object:
        if isinstance(x, tuple):
            return _filled(x, numbers)
        return numbers[x - BLANK] if isinstance(x, int) and x >= BLANK else x

    return tuple(map(fill, constants))
