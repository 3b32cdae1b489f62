"""Linking: the files of a module become one, and what no file could know alone is checked."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kthreadlab.lang.api.module import ENTRIES

from . import ir
from .api import CALLS, DECLARATIONS
from .diagnostics import (
    IRQ_RULE,
    RELEASE_RULE,
    THREAD_RULE,
    TIMER_RULE,
    WORK_RULE,
    Diagnostic,
    miscounted,
    place_of,
    quoted,
    unfit,
)
from .python import File, definitions, parse, symbols_of
from .python_data import CALLED_BACK
from .python_parse import MAX_CHAIN
from .source import MAX_NESTING
from .turns import written_out

MAX_DIAGNOSTICS = 20
MAX_OPERATIONS = 10_000
MAX_SIZE = 100_000
MAX_LEVELS = MAX_CHAIN + MAX_NESTING
RELEASES = frozenset(name for name, call in CALLS.items() if "release" in call.names)
MAKES_THREADS = frozenset(name for name, call in CALLS.items() if "int (*fn)(void *)" in call.c)
TAKES_HANDLERS = frozenset(name for name, call in CALLS.items() if "irqreturn_t" in call.c)
TAKES_WORK = frozenset(
    {name for name, call in CALLS.items() if {"work", "delayed_work"} & set(call.params)}
    | {name for name, makes in DECLARATIONS.items() if makes in ("work", "delayed_work")}
)
_STACK = "own functions are inlined into their callers: the kernel stack is 8 KiB"


@dataclass(frozen=True)
class Linked:
    """What linking gave: the merged tables, in the order of the files' names."""

    functions: dict[str, ir.Function] = field(default_factory=dict)
    statics: dict[str, ir.Static] = field(default_factory=dict)
    structs: dict[str, ir.Struct] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    undefined: tuple[tuple[str, ir.Pos], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def link(module: str, files: Mapping[str, str], doubled: tuple[str, ...] = ()) -> Linked:
    """Compile and link the *files* of *module*; the order in which they were given makes no difference."""
    parsed = [parse(file, files[file]) for file in sorted(files)]
    unreadable = tuple(one.problem for one in parsed if one.problem is not None)
    if unreadable:  # what the other files lack can't be said yet
        return Linked(diagnostics=unreadable)
    symbols = symbols_of(parsed)
    lowered = [File(one, symbols) for one in parsed]
    try:
        for one in lowered:
            one.lower_data()
        for one in lowered:
            one.lower_code()
        return _merge(module, lowered, doubled)
    except RecursionError:
        problem = Diagnostic("the module is nested too deeply to be compiled", ir.Pos(parsed[0].file, 1), _STACK)
        return Linked(diagnostics=(problem,))


def _merge(module: str, files: list[File], doubled: tuple[str, ...]) -> Linked:
    linked = Linked()
    for file in reversed(files):  # so that the first definition of a name stands
        linked.functions.update(file.functions)
        linked.statics.update(file.statics)
        linked.structs.update(file.structs)
    for table in (linked.functions, linked.statics, linked.structs):
        _sort_by_place(table)
    linked.functions.update(written_out(linked.functions, linked.statics, MAKES_THREADS))
    problems = [problem for file in files for problem in file.problems] + [_given_twice(file) for file in doubled]
    problems += [*_duplicates(module, files), *_wrong_entries(linked.functions, files)]
    if not problems:
        lines = {file.source.file: file for file in files}
        problems += [
            lines[pos.file].diagnostic(pos, *words) for pos, *words in _call_problems(linked.functions, linked.statics)
        ]
    problems.sort(key=lambda problem: (problem.pos.file, problem.pos.line, problem.pos.col))
    return Linked(
        linked.functions,
        linked.statics,
        linked.structs,
        tuple(name for file in files for name in file.exported),
        _entries(linked.functions, files),
        _first_places(files),
        _first_at_each_place(problems)[:MAX_DIAGNOSTICS],
    )


def _sort_by_place(table: dict[str, Any]) -> None:
    ordered = sorted(table.items(), key=lambda item: (item[1].pos.file, item[1].pos.line, item[1].pos.col))
    table.clear()
    table.update(ordered)


def _first_places(files: list[File]) -> tuple[tuple[str, ir.Pos], ...]:
    """Each undefined name with the first place that uses it."""
    first: dict[str, ir.Pos] = {}
    for file in files:
        for name, pos in sorted(file.undefined, key=lambda item: (item[1].line, item[1].col)):
            first.setdefault(name, pos)
    return tuple(first.items())


def _first_at_each_place(problems: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One diagnostic for each place: what follows from it would only be in the way."""
    first: dict[tuple[str, int, int], Diagnostic] = {}
    for problem in problems:
        first.setdefault((problem.pos.file, problem.pos.line, problem.pos.col), problem)
    return tuple(first.values())


def _given_twice(file: str) -> Diagnostic:
    rule = "where it is graded, one file has one text: nobody could say which of two counts"
    return Diagnostic(
        f"the file {file} is defined twice", ir.Pos(file, 1), rule, "keep one %%kmod cell for it, delete the other"
    )


def _duplicates(module: str, files: list[File]) -> Iterator[Diagnostic]:
    """Names that two files define."""
    first: dict[str, tuple[str, int]] = {}
    for file in files:
        for _, name, node in definitions(file.tree):
            home, line = first.setdefault(name, (file.source.file, node.lineno))
            if home != file.source.file:
                message = (
                    f"insmod: error inserting '{module}.ko': -1 Invalid module format\n"
                    f"{module}: exports duplicate symbol {quoted(name)} (owned by {home})"
                )
                rule = f"it is first defined in {home}, line {line}: files of one module share their names"
                place = file.name_pos(node) if isinstance(node, ast.FunctionDef) else node
                yield file.diagnostic(place, message, rule, "delete one of them, or rename it")


# ---- what insmod and rmmod call --------------------------------------------------------------------------------------


def _entries(functions: Mapping[str, ir.Function], files: list[File]) -> dict[str, str]:
    """Which function is declared as what, or has the name of it."""
    named = {macro: name for macro, name in ENTRIES.items() if name in functions and not functions[name].params}
    declared = {macro: name for file in files for macro, name, _ in file.entries}
    return {macro: name for macro, name in {**named, **declared}.items() if name in functions}


def _wrong_entries(functions: Mapping[str, ir.Function], files: list[File]) -> Iterator[Diagnostic]:
    """Declared twice, no function at all, or one that takes arguments."""
    first: dict[str, ir.Pos] = {}
    for file in files:
        for macro, name, pos in file.entries:
            before = first.setdefault(macro, pos)
            function = functions.get(name)
            if before is not pos:
                rule = f"{macro} stands in line {before.line}{f' of {before.file}' if before.file != pos.file else ''}"
                yield file.diagnostic(pos, f"redefinition of {quoted(ENTRIES[macro])}", rule, "delete one of them")
            elif function is None and name in file.symbols.statics:
                rule = f"{macro} names the function that is called"
                yield file.diagnostic(pos, f"{quoted(name)} is not a function", rule, f"def {quoted(name)}():")
            elif function is not None and function.params:
                message, look = unfit(function, 0, macro)
                yield file.diagnostic(pos, message, f"who loads a module gives {macro}'s function nothing", look)


# ---- calls between functions -----------------------------------------------------------------------------------------

Problem = tuple[ir.Pos, str, str, str]
"""Where, message, rule, look."""


@dataclass(frozen=True)
class _Shape:
    """A function as its callers see it: calls of own functions with their depth, functions that it hands on and to
    whom, how deep it is, how much it does (kernel calls, shared memory, inlined calls), and how large its tree is."""

    calls: tuple[tuple[ir.OwnCall, int], ...]
    handed: tuple[tuple[ir.FuncRef, str], ...]
    levels: int
    operations: int
    size: int


_OPERATIONS = (ir.Call, ir.OwnCall, ir.Index, ir.Field)


def _call_problems(functions: Mapping[str, ir.Function], statics: Mapping[str, ir.Static]) -> list[Problem]:
    shapes = {name: _shape(function) for name, function in functions.items()}
    problems = [problem for shape in shapes.values() for problem in _wrong_counts(functions, shape)]
    handed = [pair for shape in shapes.values() for pair in shape.handed]
    handed += [
        (arg, static.make)
        for static in statics.values()
        for arg in static.args[:1]
        if isinstance(arg, ir.FuncRef) and getattr(static.type, "kind", "") in CALLED_BACK
    ]
    problems += _wrong_callbacks(functions, handed)
    order, cycles = _callees_first(shapes)
    return problems + (cycles or _too_large(functions, shapes, order))


def _shape(function: ir.Function) -> _Shape:
    """Look through a function once, without recursion."""
    calls: list[tuple[ir.OwnCall, int]] = []
    handed: list[tuple[ir.FuncRef, str]] = []
    deepest = operations = size = 0
    todo: list[tuple[ir.Node, int]] = [(statement, 1) for statement in function.body]
    while todo:
        node, level = todo.pop()
        deepest = max(deepest, level)
        if isinstance(node, ir.OwnCall):
            calls.append((node, level))
        size += 1
        operations += isinstance(node, _OPERATIONS) or (isinstance(node, ir.Name) and not node.local)
        parts = ir.parts(node)
        todo += [(part, level + 1) for part in parts]
        handed += [(part, _receiver(node)) for part in parts if isinstance(part, ir.FuncRef)]
    for found in (calls, handed):
        found.sort(key=lambda pair: (pair[0].pos.line, pair[0].pos.col))
    return _Shape(tuple(calls), tuple(handed), deepest, operations, size)


def _receiver(node: ir.Node) -> str:
    """Who is handed a function."""
    return node.name if isinstance(node, ir.Call) else node.make if isinstance(node, ir.Declare) else "the timer"


def _wrong_counts(functions: Mapping[str, ir.Function], shape: _Shape) -> Iterator[Problem]:
    for call, _ in shape.calls:
        callee = functions.get(call.name)
        if callee is None or len(callee.params) == len(call.args):
            continue
        wrong = miscounted(call.name, [param.name for param in callee.params], len(call.args))
        yield call.pos, wrong, f"it is defined in {callee.pos.file}, line {callee.pos.line}", ""


def _wrong_callbacks(
    functions: Mapping[str, ir.Function], handed: Iterable[tuple[ir.FuncRef, str]]
) -> Iterator[Problem]:
    """Functions that the kernel is to call, and that take another number of arguments than it gives: one, or, as an
    interrupt's handler, two or three."""
    for ref, receiver in handed:
        function = functions.get(ref.name)
        given = (2, 3) if receiver in TAKES_HANDLERS else (1,)
        if function is None or len(function.params) in given:
            continue
        message, look = unfit(function, given[0], f"{receiver} ({place_of(ref.pos, function.pos.file)})")
        yield function.pos, message, _callback_rule(receiver), look


def _callback_rule(receiver: str) -> str:
    """What a function must be that *receiver* is handed."""
    if receiver in MAKES_THREADS:
        return THREAD_RULE
    if receiver in TAKES_HANDLERS:
        return IRQ_RULE
    if receiver in RELEASES:
        return RELEASE_RULE
    return WORK_RULE if receiver in TAKES_WORK else TIMER_RULE


def _callees_first(shapes: Mapping[str, _Shape]) -> tuple[list[str], list[Problem]]:
    """The functions, each behind all that it calls; or the calls that close a circle."""
    order: list[str] = []
    problems: list[Problem] = []
    state: dict[str, int] = {}  # 1 being looked at, 2 done
    for root in shapes:
        path = [(root, iter(shapes[root].calls))] if root not in state else []
        state.setdefault(root, 1)
        while path:
            name, calls = path[-1]
            call = next((call for call, _ in calls if call.name in shapes and state.get(call.name) != 2), None)
            if call is None:
                order.append(name)
                state[name] = 2
                path.pop()
            elif state.get(call.name) == 1:
                problems.append(_recursion(call, [caller for caller, _ in path]))
            else:
                state[call.name] = 1
                path.append((call.name, iter(shapes[call.name].calls)))
    return order, problems


def _recursion(call: ir.OwnCall, path: list[str]) -> Problem:
    circle = [quoted(name) for name in path[path.index(call.name) :]]
    shown = circle if len(circle) <= 6 else [*circle[:3], "...", *circle[-2:]]
    message = f"recursion: {' calls '.join([*shown, quoted(call.name)])}"
    return call.pos, message, "the kernel stack is 8 KiB", "write it as a loop"


def _too_large(functions: Mapping[str, ir.Function], shapes: Mapping[str, _Shape], order: list[str]) -> list[Problem]:
    """Functions that are too large once all that they call is inlined; the first of each chain of callers."""
    levels: dict[str, int] = {}
    operations: dict[str, int] = {}
    size: dict[str, int] = {}
    problems: list[Problem] = []
    for name in order:
        calls = [(call.name, level) for call, level in shapes[name].calls if call.name in levels]
        levels[name] = max([shapes[name].levels, *(level + levels[callee] for callee, level in calls)])
        operations[name] = shapes[name].operations + sum(operations[callee] for callee, _ in calls)
        size[name] = shapes[name].size + sum(size[callee] for callee, _ in calls)
        if problems:
            continue
        if operations[name] > MAX_OPERATIONS or size[name] > MAX_SIZE:
            message = f"{quoted(name)} is too large, with all that it calls"
            problems.append((functions[name].pos, message, f"{_STACK}; more than {MAX_OPERATIONS:,} do not fit", ""))
        elif levels[name] > MAX_LEVELS:
            message = f"{quoted(name)} goes too deep: its calls and blocks are {levels[name]} levels inside each other"
            problems.append((functions[name].pos, message, _STACK, ""))
    return problems
