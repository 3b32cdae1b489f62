"""Which local is certainly read before it is assigned?

For every local two facts are carried along: *fresh*, some path leads here on which it was never assigned; *kept*, some
path on which it was.  A path that reads a fresh local ends there, as the machine would end it; so a read of a local
that is fresh and nowhere kept is one that nobody survives.  Works on `ir`, so it is the same for every front end.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import ir
from .api import CALLS

Facts = tuple[int, int]
"""(*fresh*, *kept*): a bit for each local."""

_DEAD: Facts = (0, 0)


def read_too_early(function: ir.Function) -> list[ir.Name]:
    """The first certainly too early read of each local."""
    return _Flow(function).run()


class _Flow:
    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.bits = {name: 1 << n for n, name in enumerate(function.locals)}
        self.found: dict[tuple[str, ir.Pos], ir.Name] = {}
        self.judging = True
        self.exits: list[tuple[list[Facts], list[Facts]]] = []  # of each loop around: breaks, continues
        self.left: dict[tuple[int, Facts, bool], Facts] = {}  # what is known behind a loop, by what was known before it

    def run(self) -> list[ir.Name]:
        everything = (1 << len(self.bits)) - 1
        given = (1 << len(self.function.params)) - 1
        self.block(self.function.body, (everything & ~given, given))
        first: dict[str, ir.Name] = {}
        for (name, _), node in sorted(self.found.items(), key=lambda item: (item[0][1].line, item[0][1].col)):
            first.setdefault(name, node)
        return list(first.values())

    # ---- facts -------------------------------------------------------------------------------------------------------

    def read(self, node: ir.Name, facts: Facts) -> Facts:
        bit = self.bits.get(node.name, 0)
        fresh, kept = facts
        if fresh & bit and not kept & bit and self.judging:
            self.found[node.name, node.pos] = node
        return fresh & ~bit, kept

    def write(self, name: str, facts: Facts) -> Facts:
        bit = self.bits.get(name, 0) & (facts[0] | facts[1])
        return facts[0] & ~bit, facts[1] | bit

    # ---- expressions -------------------------------------------------------------------------------------------------

    def expr(self, e: ir.Expr, facts: Facts) -> Facts:
        if isinstance(e, ir.Name):
            return self.read(e, facts) if e.local else facts
        if isinstance(e, ir.Call):
            return self.call(e, facts)
        if isinstance(e, ir.And | ir.Or):
            return self.either(e.values, facts)
        if isinstance(e, ir.Cond):
            facts = self.expr(e.test, facts)
            return _join(self.expr(e.body, facts), self.expr(e.orelse, facts))
        return self.exprs(_children(e), facts)

    def exprs(self, parts: Iterable[ir.Expr], facts: Facts) -> Facts:
        for part in parts:
            facts = self.expr(part, facts)
        return facts

    def either(self, values: tuple[ir.Expr, ...], facts: Facts) -> Facts:
        """``a and b and c``: it may end behind each of them."""
        out = facts = self.expr(values[0], facts)
        for value in values[1:]:
            facts = self.expr(value, facts)
            out = _join(out, facts)
        return out

    def call(self, e: ir.Call, facts: Facts) -> Facts:
        if e.name == "sizeof":
            return facts
        kinds = CALLS[e.name].params
        writes = [n for n, kind in enumerate(kinds[: len(e.args)]) if kind == "flags" and e.name.endswith("save")]
        facts = self.exprs((arg for n, arg in enumerate(e.args) if n not in writes), facts)
        for n in writes:
            facts = self.write(getattr(e.args[n], "name", ""), facts)
        return facts

    # ---- statements --------------------------------------------------------------------------------------------------

    def block(self, statements: tuple[ir.Stmt, ...], facts: Facts) -> Facts:
        for statement in statements:
            facts = self.statement(statement, facts)
        return facts

    def statement(self, s: ir.Stmt, facts: Facts) -> Facts:
        if isinstance(s, ir.Declare):
            facts = self.exprs(s.args, facts)
            return self.write(s.name, facts) if s.args or isinstance(s.type, ir.ObjType) else facts
        if isinstance(s, ir.Assign | ir.AugAssign):
            return self.assign(s, facts)
        if isinstance(s, ir.ExprStmt):
            return self.expr(s.value, facts)
        if isinstance(s, ir.If):
            return self.if_(s, facts)
        if isinstance(s, ir.While | ir.ForRange | ir.ForEach | ir.ForList):
            return self.loop(s, facts)
        if isinstance(s, ir.Break | ir.Continue):
            self.exits[-1][isinstance(s, ir.Continue)].append(facts)
        elif isinstance(s, ir.Return) and s.value is not None:
            self.expr(s.value, facts)
        return _DEAD

    def assign(self, s: ir.Assign | ir.AugAssign, facts: Facts) -> Facts:
        facts = self.expr(s.value, facts)
        if isinstance(s, ir.AugAssign) or not isinstance(s.target, ir.Name):
            facts = self.expr(s.target, facts)
        return self.write(s.target.name, facts) if isinstance(s.target, ir.Name) and s.target.local else facts

    def if_(self, s: ir.If, facts: Facts) -> Facts:
        """An if with its chain of elifs."""
        out = _DEAD
        while True:
            facts = self.expr(s.test, facts)
            out = _join(out, self.block(s.body, facts))
            if not (len(s.orelse) == 1 and isinstance(s.orelse[0], ir.If)):
                return _join(out, self.block(s.orelse, facts))
            s = s.orelse[0]

    def loop(self, s: ir.While | ir.ForRange | ir.ForEach | ir.ForList, facts: Facts) -> Facts:
        """Round and round until nothing new comes back to the head; only then are reads judged."""
        if isinstance(s, ir.ForRange):
            facts = self.exprs((s.start, s.stop), facts)
        elif isinstance(s, ir.ForEach):
            facts = self.expr(s.array, facts)
        elif isinstance(s, ir.ForList):
            facts = self.write(s.var, self.expr(s.head, facts))
        key = (id(s), facts, self.judging)
        if key not in self.left:
            self.left[key] = self.rounds(s, facts)
        return self.left[key]

    def rounds(self, s: ir.While | ir.ForRange | ir.ForEach | ir.ForList, head: Facts) -> Facts:
        judging, self.judging = self.judging, False
        while True:
            back = _join(head, self.turn(s, head)[0])
            if back == head:
                break
            head = back
        self.judging = judging
        return self.turn(s, head)[1]

    def turn(self, s: ir.While | ir.ForRange | ir.ForEach | ir.ForList, head: Facts) -> tuple[Facts, Facts]:
        """One turn from the head of a loop: what comes back to it, and what leaves it."""
        endless = isinstance(s, ir.While) and isinstance(s.test, ir.Const) and s.test.value != 0
        head = self.expr(s.test, head) if isinstance(s, ir.While) else head
        inside = head if isinstance(s, ir.While) else self.write(s.var, head)
        self.exits.append(([], []))
        end = self.block(s.body, inside)
        breaks, continues = self.exits.pop()
        return _join(end, *continues), _join(_DEAD if endless else head, *breaks)


def _join(*facts: Facts) -> Facts:
    fresh = kept = 0
    for one in facts:
        fresh, kept = fresh | one[0], kept | one[1]
    return fresh, kept


def _children(e: ir.Expr) -> tuple[ir.Expr, ...]:
    """The operands of an expression, in the order in which they are evaluated."""
    if isinstance(e, ir.OwnCall):
        return e.args
    if isinstance(e, ir.Unary):
        return (e.operand,)
    if isinstance(e, ir.Binary | ir.Compare):
        return (e.left, e.right)
    if isinstance(e, ir.Index):
        return (e.base, e.index)
    if isinstance(e, ir.Field):
        return (e.base,)
    return e.items if isinstance(e, ir.ListLit) else ()
