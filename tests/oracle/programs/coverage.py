"""How often each call of the API, each operation and each effect that is declared of one stands in random programs and
is executed.

An operation counts as executed if an edge of the unreduced graph leaves a state in which somebody stands before it.
What is no step of its own (macros, arithmetic) counts if anything on its line was executed; where there is no step on
it, on the nearest line above that has one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from kthreadlab.compile.analysis import _first_ops as first_operations
from kthreadlab.compile.effects import Deed, Does, Effects, Links, by_all, by_nobody
from kthreadlab.compile.ops import OPERATIONS
from kthreadlab.compile.program import successors
from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.module import KernelModule
from kthreadlab.run.search import Graph


@dataclass
class Coverage:
    """Numbers of programs: *written* with a call, operation or fact in what the world reaches, *executed*."""

    programs: int = 0
    written: Counter[str] = field(default_factory=Counter)
    executed: Counter[str] = field(default_factory=Counter)

    def add(self, module: KernelModule, graph: Graph) -> None:
        """Count one program."""
        self.programs += 1
        stand = {(c.name, c.pos.line) for c in calls_of(module)}
        ops, places = executed_in(graph)
        m = graph.machine
        coded = {i.op for a in m.actors for i in a.code}
        steps = [m.instr(node) for node in m.nodes if node is not None]
        alone, lines = {i.op for i in steps}, {i.pos.line for i in steps if i.pos.file in module.files}
        done = {n for n, line in stand if n in ops or (n not in alone and _part_of(line, lines) in places)}
        self.written.update(_with_facts({n for n, _ in stand} | coded & set(OPERATIONS)))
        self.executed.update(_with_facts(done | ops))

    def table(self) -> str:
        """All names and facts, the rarest first."""
        rows = [f"{self.written[n]:9,} {self.executed[n]:9,}  {n}" for n in sorted(everything(), key=self._rank)]
        return "\n".join([f"of {self.programs:,} programs", "  written  executed", *rows])

    def _rank(self, name: str) -> tuple[bool, int, str]:
        return name in CALLS or name in OPERATIONS, self.executed[name], name

    @property
    def starved(self) -> list[str]:
        """Names and facts that no program executed."""
        return [n for n in everything() if not self.executed[n]]


def everything() -> list[str]:
    """Every call and operation, and every fact about one."""
    names = list(dict.fromkeys([*CALLS, *OPERATIONS]))
    return [*names, *sorted({f for n in names for f in facts(n)})]


def calls_of(module: KernelModule) -> Iterator[ir.Call]:
    """The calls of the kernel that stand in a module."""
    todo: list[ir.Node] = list(module.functions.values())  # type: ignore[arg-type]
    while todo:
        node = todo.pop()
        if isinstance(node, ir.Call):
            yield node
        todo += ir.parts(node)


def executed_in(graph: Graph) -> tuple[set[str], set[int]]:
    """The operations that were executed, and the lines of the module on which any was.  What makes a local variable is
    part of the step before it: it counts if whatever comes first after it was reached."""
    m = graph.machine
    entries = m.internal + m.external
    nodes = {
        graph.states[n][entries[graph.labels[e]].pc]
        for n in range(graph.expanded)
        for e in range(graph.offsets[n], graph.offsets[n + 1])
    } | {graph.states[f.source][entries[f.entry].pc] for f in graph.faults}
    stood = {m.nodes[n][:2] for n in nodes if m.nodes[n] is not None}
    found = [m.actors[a].code[p] for a, p in stood]
    for a in m.actors:
        for p, i in enumerate(a.code):
            if i.kind == "op" and i.info.get("silent"):
                behind = first_operations(a.code, successors(a.code, p))
                found += [i] if any((a.index, q) in stood for q in behind) else []
    return {i.op for i in found}, {i.pos.line for i in found if i.pos.file in m.module.files}


def _part_of(line: int, stepped: set[int]) -> int:
    """The line with the step of which *line* is a part."""
    return max((x for x in stepped if x <= line), default=0)


@cache
def facts(name: str) -> tuple[str, ...]:
    """What is declared: of a call, where it may be called, the kinds of its arguments and its result; of an operation,
    its effects."""
    out: list[str] = []
    call = CALLS.get(name)
    if call is not None:
        out += ["may sleep"] * call.sleeps + ["process only"] * call.process_only + ["variadic"] * call.variadic
        out += [f"takes {kind}" for kind in dict.fromkeys(call.params)] + [f"gives {call.result}"]
    operation = OPERATIONS.get(name)
    return (*out, *(effects(operation.effects) if operation is not None else ()))


def effects(x: Effects) -> Iterator[str]:
    """Each effect of an operation, in words."""
    yield f"sleeps: {'by its operands' if callable(x.sleeps) else x.sleeps.name}"
    yield f"state: {'by its operands' if callable(x.state) else getattr(x.state, 'name', x.state)}"
    yield from (f"context: {change}" for change in x.context)
    yield from (f"reads operand {n}" for n in x.reads)
    yield from (f"writes operand {n}" for n in x.writes)
    yield from (f"does: {_deed(deed)}" for deed in x.does)
    seen = "all" if x.seen is by_all else "nobody" if x.seen is by_nobody else "others, unless it is hidden"
    yield f"seen by {seen}"


def _deed(deed: Deed) -> str:
    if isinstance(deed, Links):
        return f"Links(operand={deed.operand}, looks={deed.looks})"
    return deed.name if isinstance(deed, Does) else str(deed)


def _with_facts(names: Iterable[str]) -> set[str]:
    names = set(names)
    return names | {f for n in names for f in facts(n)}
