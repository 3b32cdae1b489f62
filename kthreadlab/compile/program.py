"""One actor's instructions as a program: what each reads, writes and leads to; which variables are alive where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .context import Context, Node
from .effects import BottomHalves, Declares, Does, Irqs, Preemption, Takes
from .instructions import Instr
from .ops import effects_of
from .values import Place, Val

SWITCHES_OFF = Takes | Irqs | Preemption | BottomHalves
"""The changes of the context after which something may be switched off."""


def operand_vars(arg: object) -> frozenset[int]:
    """The variables on which an operand depends."""
    if isinstance(arg, Val):
        return arg.vars
    if isinstance(arg, Place):
        index = arg.index.vars if arg.index is not None else frozenset()
        return arg.base.vars | index
    return frozenset()


def flags(i: Instr) -> int:
    """The variable in which an operation that saves or restores interrupts keeps what they were."""
    variable: int = i.args[-1]
    return variable


def saves(i: Instr) -> bool:
    """Does this operation keep what interrupts were?"""
    return i.kind == "op" and effects_of(i.op).saves


def restores(i: Instr) -> bool:
    """Does this operation make interrupts what they were?"""
    return i.kind == "op" and effects_of(i.op).restores


def releases(i: Instr) -> bool:
    """Does this operation release a spinning lock?"""
    return i.kind == "op" and effects_of(i.op).releases


def declares(i: Instr) -> Val | None:
    """The state that an operation declares; None if it declares none."""
    state, place = effects_of(i.op).state, i.info.get("place")
    return i.args[state.operand] if isinstance(state, Declares) and (place is None or place.kind == "task") else None


def switches(i: Instr) -> bool:
    """Does this operation change the context so that something may be switched off behind it?"""
    return i.kind == "op" and any(effects_of(i.op).changes(SWITCHES_OFF))


def takes(i: Instr) -> bool:
    """Does this operation take a spinning lock?"""
    return i.kind == "op" and any(effects_of(i.op).changes(Takes))


def tries(i: Instr) -> bool:
    """Does this operation take a spinning lock only if it need not wait?"""
    return i.kind == "op" and any(x.tries for x in effects_of(i.op).changes(Takes))


def looks_again(i: Instr) -> bool:
    """Does this call look at its operands again when it comes back from sleep?"""
    return Does.LOOKS_AGAIN in effects_of(i.op).does


def uses(i: Instr) -> frozenset[int]:
    """The variables that an instruction reads."""
    if i.kind in ("set", "jf"):
        return i.src.vars if i.src is not None else frozenset()
    if i.kind == "chk":
        return frozenset((i.dst,)) if i.dst is not None else frozenset()
    if i.kind == "op":
        out = frozenset().union(*(operand_vars(a) for a in i.args)) if i.args else frozenset()
        place = i.info.get("place")
        return out | operand_vars(place) if place is not None else out
    return frozenset()


def kept_flags(i: Instr) -> frozenset[int]:
    """The variable that an instruction restores interrupts from."""
    return frozenset((flags(i),)) if restores(i) else frozenset()


def defs(i: Instr) -> frozenset[int]:
    """The variables that an instruction writes."""
    out = frozenset((i.dst,)) if i.dst is not None and i.kind != "chk" else frozenset()
    if i.kind == "op":
        if effects_of(i.op).saves:
            out |= {flags(i)}
        for arg in i.args:
            if isinstance(arg, Place) and arg.kind == "local":
                out |= arg.base.vars
    return out


def successors(code: list[Instr], p: int) -> tuple[int, ...]:
    """The instructions that may come after the one at *p*."""
    i = code[p]
    if i.kind in ("jmp", "back"):
        return (i.target,)
    if i.kind == "jf":
        return (p + 1, i.target)
    if i.kind == "op" and effects_of(i.op).ends:
        return ()
    return (p + 1,)


def _reached(start: int, step: Callable[[int], tuple[int, ...]]) -> set[int]:
    """The instructions to which steps lead from *start*, which is one of them."""
    seen, todo = {start}, [start]
    for p in todo:
        for q in step(p):
            if q not in seen:
                seen.add(q)
                todo.append(q)
    return seen


def _mask(variables: frozenset[int]) -> int:
    """A set of variables as one integer, a bit for each."""
    out = 0
    for v in variables:
        out |= 1 << v
    return out


def _variables(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class VariableSets:
    """A set of variables for each instruction, kept as *masks*."""

    def __init__(self, masks: list[int]) -> None:
        self.masks = masks

    def __getitem__(self, p: int) -> frozenset[int]:
        return frozenset(_variables(self.masks[p]))


class Program:
    """One actor's code with the analyses the generator needs: liveness, definite assignment, local loops."""

    def __init__(self, code: list[Instr]) -> None:
        self.code = code
        self.next = [successors(code, p) for p in range(len(code))]
        self.varying = self._varying_flags()
        self.assigned = self._assigned()
        for p, i in enumerate(code):
            if i.kind == "chk" and i.dst is not None and self.assigned.get(p, 0) >> i.dst & 1:
                i.kind, i.target, i.dst = "jmp", p + 1, None
        self.live = self._live(self.uses)
        restored = any(map(restores, code))
        self._flags_live = self._live(kept_flags) if restored else VariableSets([0] * len(code))
        self._paths: dict[int, int] = {}

    def uses(self, i: Instr) -> frozenset[int]:
        """The variables whose values an instruction reads."""
        return uses(i) | {flags(i)} if restores(i) and flags(i) in self.varying else uses(i)

    def _varying_flags(self) -> frozenset[int]:
        """The variables with flags to restore of which more than saving and restoring is done: what they hold is not
        known when the machine is built."""
        kept = {flags(i) for i in self.code if restores(i)}
        if not kept:
            return frozenset()
        other = [uses(i) | (frozenset() if saves(i) else defs(i)) for i in self.code]
        return frozenset(kept) & frozenset().union(*other)

    def known_flags(self, node: Node) -> Context:
        """The context of *node* without flags that nobody restores behind it."""
        ctx = node.ctx
        if not ctx.saved:
            return ctx
        places = successors(self.code, node.pc) if node.phase else (node.pc,)
        alive = frozenset().union(*(self._flags_live[p] for p in places))
        return ctx._replace(saved=tuple(x for x in ctx.saved if x[0] in alive))

    def _live(self, reads: Callable[[Instr], frozenset[int]]) -> VariableSets:
        """The variables that may still be read, as *reads* says, before they are written again."""
        code = self.code
        read, written = [_mask(reads(i)) for i in code], [_mask(defs(i)) for i in code]
        live = [0] * len(code)
        changed = True
        while changed:
            changed = False
            for p in range(len(code) - 1, -1, -1):
                out = 0
                for q in self.next[p]:
                    out |= live[q]
                now = read[p] | out & ~written[p]
                if now != live[p]:
                    live[p], changed = now, True
        return VariableSets(live)

    def _assigned(self) -> dict[int, int]:
        """Variables certainly assigned before each instruction, as a mask."""
        written = [_mask(defs(i)) for i in self.code]
        known = {0: 0}
        todo = [0]
        while todo:
            p = todo.pop()
            out = known[p] | written[p]
            for q in self.next[p]:
                new = out if q not in known else known[q] & out
                if known.get(q) != new:
                    known[q] = new
                    todo.append(q)
        return known

    def paths(self, start: int, is_node: Callable[[int], bool]) -> int:
        """How many instructions the local code from *start*, which never goes round, has up to the next nodes when each
        branch is written out to its end."""
        known, todo = self._paths, [start]
        while todo:
            p = todo[-1]
            after = () if is_node(p) else successors(self.code, p)
            missing = [q for q in after if q not in known]
            if missing:
                todo += missing
            else:
                known[p] = 1 + sum(known[q] for q in after)
                todo.pop()
        return known[start]

    def live_at(self, node: Node) -> frozenset[int]:
        """Variables alive at a node; at the return of a blocking call, those that what follows will read."""
        if node.phase == 0:
            return self.live[node.pc]
        i = self.code[node.pc]
        after = frozenset().union(*(self.live[q] for q in successors(self.code, node.pc))) - defs(i)
        return after | uses(i) if looks_again(i) else after

    def local_loops(self, chained: set[int]) -> set[int]:
        """Instructions from which a loop without an operation can be reached."""
        code = self.code

        def step(p: int) -> tuple[int, ...]:
            return () if code[p].kind == "op" and p not in chained else self.next[p]

        if not any(p in _reached(i.target, step) for p, i in enumerate(code) if i.kind == "back"):
            return set()
        on_loop: set[int] = set()
        colour: dict[int, int] = {}
        for root in range(len(code)):
            if root in colour:
                continue
            stack = [(root, iter(step(root)))]
            colour[root] = 1
            while stack:
                p, it = stack[-1]
                q = next(it, None)
                if q is None:
                    colour[p] = 2
                    if any(n in on_loop for n in step(p)):
                        on_loop.add(p)
                    stack.pop()
                elif q not in colour:
                    colour[q] = 1
                    stack.append((q, iter(step(q))))
                elif colour[q] == 1:
                    on_loop.update(n for n, _ in stack)
        changed = True
        while changed:
            changed = False
            for p in range(len(code) - 1, -1, -1):
                if p not in on_loop and any(n in on_loop for n in step(p)):
                    on_loop.add(p)
                    changed = True
        return on_loop

    def colour(self, entries: list[int]) -> dict[int, int]:
        """Cells for the variables that live across a node; variables never alive together share one."""
        slot: dict[int, int] = {}
        clashes: dict[int, int] = {}
        masks = {self.live.masks[p] for p in entries}
        for mask in masks:
            for v in _variables(mask):
                clashes[v] = clashes.get(v, 0) | mask
        for p in entries:
            for v in _variables(self.live.masks[p]):
                if v not in slot:
                    taken = {slot[x] for x in _variables(clashes[v]) if x in slot}
                    slot[v] = next(n for n in range(len(slot) + 1) if n not in taken)
        return slot
