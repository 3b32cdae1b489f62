"""Smaller programs: what is left of a program when everything is gone that a failure does not need, as a test to paste.

A step leaves out statements, unwraps a branch, a loop or a section, drops an actor or a part of the world, or makes the
machine plainer.  Steps are taken as long as the program still fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from kthreadlab import Config, Scenario
from tests.oracle.programs.tree import Around, Block, Function, Line, Program, Statement, source, with_function

Test = Callable[[Program], bool]
"""Does a program still fail in the same way?  One that does not compile should not."""


def shrunk(p: Program, fails: Test) -> Program:
    """A program that *fails* and of which no step leaves one that does.  *p* itself must fail."""
    assert fails(p), "a program that does not fail can't be made smaller"
    while True:
        smaller = next((x for x in steps(p) if x != p and fails(x)), None)
        if smaller is None:
            return p
        p = smaller


def steps(p: Program) -> Iterator[Program]:
    """Programs that are a little smaller, the boldest first."""
    yield from (replace(p, scenario=x) for x in _scenarios(p.scenario))
    for f in p.functions:
        yield from (with_function(p, replace(f, body=b)) for b in bodies(f.body))
    yield from _inlined(p)
    yield from (replace(p, config=x) for x in _configs(p.config))
    yield from _plainer_data(p)


# ---- the world -----------------------------------------------------------------------------------------------------

_LISTS = ("threads", "calls", "signals", "writes", "reads", "stores", "faults", "spurious")


def _scenarios(x: Scenario) -> Iterator[Scenario]:
    """With one thing less that happens, or with nothing said of when it may."""
    for name in _LISTS:
        values = getattr(x, name)
        for n in range(len(values)):
            yield replace(x, **{name: values[:n] + values[n + 1 :]})
    plain = Scenario(x.name)
    for f in fields(x):
        if f.name not in ("name", *_LISTS) and getattr(x, f.name) != getattr(plain, f.name):
            yield replace(x, **{f.name: getattr(plain, f.name)})
    for name in ("calls", "signals", "writes", "reads", "faults", "spurious"):
        values = getattr(x, name)
        for n, value in enumerate(values):
            if value.when is not None:
                yield replace(x, **{name: (*values[:n], _always(value), *values[n + 1 :])})


def _always(value: Any) -> Any:
    """An arrival that may come at any time."""
    if hasattr(value, "cpu_of"):
        return type(value)(value.name, value.function, *value.args, context=value.context)
    return replace(value, when=None)


def _configs(c: Config) -> Iterator[Config]:
    """Plainer machines: fewer CPUs, no preemption, the course's version."""
    for plainer in (
        replace(c, cpus=1, smp=True if c.cpus > 1 else c.smp),
        replace(c, cpus=2 if c.cpus > 2 else c.cpus),
        replace(c, preempt=False),
        replace(c, smp=None),
        replace(c, profile="2.6.11"),
    ):
        if plainer != c:
            yield plainer


# ---- the text ------------------------------------------------------------------------------------------------------


def bodies(body: tuple[Statement, ...]) -> Iterator[tuple[Statement, ...]]:
    """Bodies with less in them: halves, without one statement, with one of them smaller."""
    size = len(body) // 2
    while size > 1:
        yield from (body[:n] + body[n + size :] for n in range(0, len(body), size))
        size //= 2
    for n, s in enumerate(body):
        before, after = body[:n], body[n + 1 :]
        yield (*before, *after)
        yield from ((*before, *x, *after) for x in _smaller(s))


def _smaller(s: Statement) -> Iterator[tuple[Statement, ...]]:
    """What may stand in the place of a statement."""
    if isinstance(s, Line):
        return
    yield s.body
    if isinstance(s, Around):
        yield (Line(s.before), *s.body)
        yield (*s.body, Line(s.after))
        yield from ((replace(s, body=b),) for b in bodies(s.body))
        return
    if s.otherwise:
        yield s.otherwise
        yield (replace(s, otherwise=()),)
        yield from ((replace(s, otherwise=b),) for b in bodies(s.otherwise))
    yield from ((replace(s, body=b),) for b in bodies(s.body))


def _inlined(p: Program) -> Iterator[Program]:
    """Without a call of a function of one's own."""
    own = {f.name for f in p.functions}
    for f in p.functions:
        for name in sorted(own - {f.name}):
            yield from _calls_replaced(p, f, name)


def _calls_replaced(p: Program, f: Function, name: str) -> Iterator[Program]:
    """The body of *name* in the place of a line that calls it."""
    callee = next(x for x in p.functions if x.name == name)
    for n, s in enumerate(f.body):
        if isinstance(s, Line) and s.text.startswith(f"{name}("):
            body = (*f.body[:n], *callee.body, *f.body[n + 1 :])
            known = {x.name for x in f.data}
            data = (*f.data, *(x for x in callee.data if x.name not in known))
            yield with_function(p, replace(f, body=body, data=data))


def _plainer_data(p: Program) -> Iterator[Program]:
    """Numbers that are 0 at first and wide enough."""
    for n, x in enumerate(p.data):
        if x.scalar and "(" in x.made and not x.made.startswith("ptr") and x.made != "u32(0)":
            yield replace(p, data=(*p.data[:n], replace(x, made="u32(0)"), *p.data[n + 1 :]))


# ---- as a test -----------------------------------------------------------------------------------------------------


def as_test(p: Program, name: str, check: str) -> str:
    """A pytest function with the program's text, its world and its machine; *check* is what it asserts of ``made``,
    ``scenario`` and ``config``."""
    text = "".join(f"{line}\n" for line in p.text.rstrip("\n").split("\n")).replace("\\", "\\\\")
    return (
        f"def test_{name}() -> None:\n"
        f'    made = module("""\n{text}""")\n'
        f"    scenario = {source(p.scenario)}\n"
        f"    config = {source(p.config)}\n"
        f"    {check}\n"
    )


__all__ = ["Block", "as_test", "bodies", "shrunk", "steps"]
