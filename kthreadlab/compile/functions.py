"""Generated text as Python functions.

The machines of a portfolio have most of their functions in common, down to the last letter; Python compiles each text
once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from types import CodeType, FunctionType

from .faults import GENERATED

REMEMBERED = 4096
"""Texts of which the code is remembered."""


def functions(texts: Iterable[list[str]], env: dict[str, object]) -> dict[str, object]:
    """The function of each text, one ``def``, by its name; *env* are their globals.  Their lines count through all the
    texts, from 1."""
    found: dict[str, object] = {}
    first = 1
    for lines in texts:
        code = _code("\n".join(lines)).replace(co_firstlineno=first)
        found[code.co_name] = FunctionType(code, env)
        first += len(lines)
    return found


@lru_cache(REMEMBERED)
def _code(text: str) -> CodeType:
    """The code of the only function that *text* defines."""
    module = compile(text, GENERATED, "exec", dont_inherit=True)
    (code,) = (x for x in module.co_consts if isinstance(x, CodeType))
    return code
