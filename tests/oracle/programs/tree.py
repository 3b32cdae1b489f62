"""A random program as a value: data, functions as trees of statements, a scenario, a configuration; and its text.

What nothing refers to is not printed, so a program that has lost a statement has lost the declarations that only this
statement needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from kthreadlab import Call, Config, KernelModule, Scenario, load
from kthreadlab.machine.scenario import When

NAME = "random"
"""What a program's module is called."""


@dataclass(frozen=True)
class Line:
    """A simple statement."""

    text: str


@dataclass(frozen=True)
class Block:
    """Statements behind a head that ends with a colon; *otherwise* are those of its ``else``."""

    head: str
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Around:
    """Statements between two that belong together, as taking a lock and releasing it."""

    before: str
    body: tuple[Statement, ...]
    after: str


Statement = Line | Block | Around


@dataclass(frozen=True)
class Data:
    """A static or a local by its *name*, and what is assigned to it where it is declared.  *scalar*: a function that
    assigns to it says ``global``."""

    name: str
    made: str
    scalar: bool = False


@dataclass(frozen=True)
class Function:
    """A function of the module.  *data* are the locals that are declared at its beginning, if it uses them."""

    name: str
    params: tuple[str, ...]
    body: tuple[Statement, ...]
    data: tuple[Data, ...] = ()


@dataclass(frozen=True)
class Program:
    """A module in a world on a machine.  *data* are its statics, each after those that it refers to."""

    data: tuple[Data, ...]
    functions: tuple[Function, ...]
    scenario: Scenario
    config: Config

    @property
    def text(self) -> str:
        """The module's text."""
        return text_of(self)

    @property
    def module(self) -> KernelModule:
        """The module; broken, if the text does not compile."""
        return load(self.text, name=NAME)


# ---- text ----------------------------------------------------------------------------------------------------------


def lines_of(body: tuple[Statement, ...], depth: int = 1) -> Iterator[str]:
    """The lines of statements; ``pass`` where there are none."""
    space = "    " * depth
    for s in body:
        if isinstance(s, Line):
            yield space + s.text
        elif isinstance(s, Block):
            yield space + s.head
            yield from lines_of(s.body, depth + 1)
            if s.otherwise:
                yield space + "else:"
                yield from lines_of(s.otherwise, depth + 1)
        else:
            yield space + s.before
            if s.body:
                yield from lines_of(s.body, depth)
            yield space + s.after
    if not body:
        yield space + "pass"


def _words(text: str) -> set[str]:
    """The identifiers in *text*, those within quotes too: a cast names a struct so."""
    return set(re.findall(r"[A-Za-z_]\w*", text))


def function_text(f: Function, scalars: set[str]) -> str:
    """A function with the declarations that its body needs."""
    body = list(lines_of(f.body))
    declared: list[str] = []
    for x in reversed(f.data):
        if x.name not in f.params and any(x.name in _words(line) for line in (*body, *declared)):
            declared.insert(0, f"    {x.name} = {x.made}")
    assigned = {m[1] for line in body if (m := re.match(r"\s*(\w+) (?:[-+*|&^]|<<|>>|//|%)?= ", line))}
    shared = sorted(assigned & scalars)
    head = [f"def {f.name}({', '.join(f.params)}):", *([f"    global {', '.join(shared)}"] if shared else [])]
    return "\n".join([*head, *declared, *body])


def text_of(p: Program) -> str:
    """The module's text: statics and functions that the scenario reaches."""
    scalars = {x.name for x in p.data if x.scalar}
    functions = {f.name: function_text(f, scalars) for f in p.functions}
    pieces = {**{x.name: f"{x.name} = {x.made}" for x in p.data}, **functions}
    wanted, todo = set(), sorted(_words(source(p.scenario)) & set(pieces))
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += sorted(_words(pieces[name]) & set(pieces) - wanted)
    data = [pieces[x.name] for x in p.data if x.name in wanted]
    texts = [text for name, text in functions.items() if name in wanted]
    return "\n\n\n".join([*(["\n".join(data)] if data else []), *texts]) + "\n"


# ---- values as Python ----------------------------------------------------------------------------------------------


def source(value: Any) -> str:
    """The Python that makes a scenario, a configuration or a part of one: what is as by default is left out."""
    if isinstance(value, When):
        return _when(value)
    if isinstance(value, Call):
        given = [repr(value.name), repr(value.function), *map(repr, value.args)]
        return f"Call({', '.join(given + _fields(value, ('name', 'function', 'args')))})"
    if is_dataclass(value):
        return f"{type(value).__name__}({', '.join(_fields(value, ()))})"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(source, value))}]"
    if hasattr(value, "items"):
        return f"{{{', '.join(f'{k!r}: {source(v)}' for k, v in value.items())}}}"
    return repr(value)


def _when(w: When) -> str:
    if w.kind in ("and", "or"):
        return f"({_when(w.args[0])} {'&' if w.kind == 'and' else '|'} {_when(w.args[1])})"
    if w.kind == "not":
        return f"~{_when(w.args[0])}"
    return f"{w.kind}({', '.join(map(repr, w.args))})"


_CALL = Call("", "")


def _fields(value: Any, without: tuple[str, ...]) -> list[str]:
    """The fields that are not as by default, as keyword arguments."""
    out = []
    for f in fields(value):
        now = getattr(value, f.name)
        if f.name in without or now == _default(value, f):
            continue
        out.append(f"{f.name}={source(now)}")
    return out


def _default(value: Any, f: Any) -> Any:
    """What a field holds if nothing is said."""
    if isinstance(value, Call):
        return getattr(_CALL, f.name)
    return f.default_factory() if callable(f.default_factory) else f.default


# ---- smaller programs ----------------------------------------------------------------------------------------------


def with_function(p: Program, f: Function) -> Program:
    """*p* with the function of that name replaced."""
    return replace(p, functions=tuple(f if x.name == f.name else x for x in p.functions))
