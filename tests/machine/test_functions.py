"""Generated functions that differ in numbers alone are compiled once, and each is what its own text says."""

from __future__ import annotations

import dis
from types import CodeType

import pytest

from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.compile import functions
from kthreadlab.machine.machine import write
from kthreadlab.run.search import build
from tests.oracle.programs import program


def instructions(code: CodeType) -> list[tuple[str, object]]:
    """What a function does, its constants in their places; of a function inside it the same."""
    return [
        (i.opname, instructions(i.argval) if isinstance(i.argval, CodeType) else i.argval)
        for i in dis.get_instructions(code)
    ]


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_a_function_is_what_its_text_says(seed: int) -> None:
    """Whatever else has been compiled in its shape."""

    p = program(seed)
    made = build(p.module, p.scenario, p.config, observers=observers_for(PROPERTIES))
    texts = [made.layout.substitute("\n".join(lines), {}).partition("(")[2] for lines, _ in write(made, trace=False)]

    assert texts
    for text in texts:
        assert instructions(functions._code(text)) == instructions(functions._compiled(text))


@pytest.mark.parametrize(
    "body",
    [
        "return s[{0}] + {1}",
        "return s[{0}] if {1} else {0}",
        "return f(s, {0}, {1}) or {1}",
        "return ({0}, {1}, s)",
        "return -{0} + (3 - {1})",
        "return [x for x in s if x == {0}]",
        "return s in {{{0}, {1}}}",
        "return 'a text, {0}]', {1}",
        "s[{0}] = {1}\n if {0}: return {1}\n return s",
        "return s[1:{0}], {1} and s",
    ],
)
def test_wherever_a_number_stands(body: str) -> None:
    """Also where Python's compiler looks at it: it is asked whether it is true, or computed with at once."""

    for numbers in ((0, 1), (1, 0), (7, 7), (300, 4)):
        text = f"s):\n {body.format(*numbers)}\n"

        assert instructions(functions._code(text)) == instructions(functions._compiled(text)), numbers


def test_functions_of_one_shape_are_compiled_once() -> None:
    """And keep their names, lines and numbers."""

    functions._code.cache_clear()
    functions._shape.cache_clear()
    found = functions.functions([[f"def n{n}(s):", f" return (s[{n}], {n + 5})"] for n in (2, 0, 1)], {})

    assert [("a", 5), ("b", 6), ("c", 7)] == [found[f"n{n}"]("abc") for n in range(3)]
    assert [3, 5, 1] == [found[f"n{n}"].__code__.co_firstlineno for n in range(3)]
    assert functions._shape.cache_info().misses == 1
