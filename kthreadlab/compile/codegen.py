"""From an actor's instructions to Python: one generated function for each operation in each context.

A node's function takes a state (a tuple) and gives the next one, or None while the task cannot move.  What is known of
the context at a node is in `context`; what is known of the actor's variables in `program`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from kthreadlab.lang import ir

from .actor import Actor
from .cells import stored
from .context import Context, Node
from .effects import Does, Sleeps
from .fresh import LOOKED_AT
from .instructions import Instr
from .limits import MOST_TURNS, TURN
from .ops import OPERATIONS, Operation, before_sleep, in_module, object_operands
from .places import CURRENT
from .plan import Plan
from .program import defs, releases, successors, uses
from .refusal import Refusal, because, refuse
from .steps import Line, begin, done, notices
from .values import Place, Val

VARIABLE = re.compile(r"<(\d+)>")
"""A variable in the Python of a value, by its number."""
TREE_LIMIT = 120
"""So many instructions are written as nested branches; more become numbered blocks."""


class Gen:
    """Writes the function of one node.  Operations use it; see `ops`."""

    def __init__(self, m: Plan, a: Actor, node: Node, trace: bool) -> None:
        self.m, self.a, self.node, self.trace = m, a, node, trace
        self.chains = m.chains[a.index]
        self.program = self.chains.program
        self.ctx = node.ctx
        self.lines: list[str] = []
        self.places: list[ir.Pos] = []
        self.ind = 1
        self.assigned: set[int] = set()
        self.copied = False
        self.frees = False
        self.after: list[str] = []
        self.at = node.pc
        self.i = self.program.code[node.pc]
        self.pos = self.i.pos
        self.slept = False
        self.budget = TREE_LIMIT
        self.turns: dict[int, int] = {}
        self.outer: set[int] = set()
        self.returned = self.boot = self.computing = False

    # ---- writing --------------------------------------------------------------------------------------------------

    def __call__(self, line: str) -> None:
        self._write(" " * self.ind + line)

    def _write(self, line: str) -> None:
        self.lines.append(line)
        self.places.append(self.pos)

    @contextmanager
    def when(self, test: str) -> Iterator[None]:
        """What is written inside is done where *test* holds."""
        self(f"if {test}:")
        self.ind += 1
        yield
        self.ind -= 1

    def guard(self, cannot: str, why: str) -> None:
        """The task cannot move while *cannot* holds (an expression over ``s``); *why*: see `because`."""
        self._write(refuse(cannot, why, self.ind))

    def never(self, why: str) -> None:
        """The task moves on from here in no state."""
        self._write(Refusal(" " * self.ind + "return None", why))

    def copy(self) -> None:
        """From here on there is a next state, ``c``."""
        if not self.copied:
            self.begin()
            self.copied = True

    def either(self, by_value: str, in_place: str) -> None:
        """Write a line that has another text in a step in place (`steps`)."""
        self._write(Line(" " * self.ind + by_value, " " * self.ind + in_place))

    def begin(self) -> None:
        """There is a next state on this way."""
        self._write(begin(self.ind))

    def done(self) -> None:
        """The step has been made."""
        self._write(done(self.ind))

    def src(self, v: Val | str | int) -> str:
        """The Python of a value at this point."""
        text = v.src if isinstance(v, Val) else str(v)
        return VARIABLE.sub(lambda m: self.read(int(m[1])), text) if "<" in text else text

    def read(self, var: int) -> str:
        """The Python of a variable."""
        if var in self.assigned:
            return f"v{var}"
        slot = self.chains.slots.get(var)
        return f"s[@v.{self.a.index}.{slot}@]" if slot is not None else "None"

    def assign(self, var: int, expr: str) -> None:
        """Give a variable a value in this function."""
        self(f"v{var} = {expr}")
        self.assigned.add(var)

    def result(self, expr: str) -> None:
        """What the call returns."""
        if self.i.dst is not None:
            self.assign(self.i.dst, expr)

    @property
    def wanted(self) -> bool:
        """Is the call's result used?"""
        return self.i.dst is not None and (
            self.trace or any(self.i.dst in self.program.live[q] for q in successors(self.program.code, self.at))
        )

    def hit(self, property_: str, cause: str) -> None:
        """An observer notices here that *property_* is broken; the machine goes on."""
        number = self.m.violation(property_, cause, self.pos, self.a.index)
        self._write(notices(number, self.ind))

    def note_locks(self, before: Context) -> None:
        """Tell that a lock was taken, if there are more in the ledger than *before*."""
        spins = len(self.ctx.held) > len(before.held)
        if spins or len(self.ctx.owned) > len(before.owned):
            self.m.hooks.took(self, spins)

    def event(self, *operands: str, result: str = "None") -> None:
        """In the tracing variant: say what happened."""
        if self.trace:
            n = self.m.event_site(self.a, self.i, self.pos, self.ctx, self.node.phase if self.at == self.node.pc else 0)
            self(f"_event({n}, ({', '.join(operands)}{',' if operands else ''}), {result}, c)")

    # ---- memory ---------------------------------------------------------------------------------------------------

    def cell(self, name: str) -> str:
        """A cell of this actor (``st``, ``comm`` …)."""
        return f"@{name}.{self.a.index}@"

    def to(self, name: str) -> str:
        """The Python of a cell of this actor, where something is stored."""
        return f"c[{stored(self.cell(name))}]"

    def obj(self, v: Val) -> str:
        """The cell index of an object, known or through a pointer."""
        return f"@{v.obj.key}@" if v.obj is not None else self.src(v)

    def there(self, i: Instr) -> None:
        """The kernel's objects that an operation works on must be there, and initialised unless it does that."""
        now = "c" if self.copied else "s"
        for n, _ in object_operands(i.op):
            v = i.args[n] if n < len(i.args) else None
            if not isinstance(v, Val) or (obj := v.obj) is None:
                continue
            root = obj.root or obj
            if obj.heap:
                struct = self.m.statics.struct_ids[obj.heap]
                self(f"_present({now}, @{root.key}@, {struct}, {obj.offset})")
            elif obj.owner is not None and (v.lent or root is not obj):
                self(f"if {now}[@{root.key}@] is None: raise KernelFault('dead_stack')")
            if (
                not obj.initialised
                and Does.INITIALISES not in OPERATIONS[i.op].effects.does
                and obj.kind not in LOOKED_AT
            ):
                self.m.forced.add(obj.key)
                name = self.m.constants.ref(f"{obj.name or obj.kind} was never initialised")
                self(f"if {now}[@{obj.key}@] is None: raise KernelFault('uninitialised_local', {name})")

    def get(self, p: Place) -> str:
        """The Python that loads a place."""
        if p.kind == "local":
            var = next(iter(p.base.vars))
            return self.read(var)
        if p.kind == "task":
            own = CURRENT[p.name]
            assert own.load is not None, "internal: what is an address is no place"
            return own.load(self)
        if p.kind == "cell":
            return f"c[{self.src(p.base)}]"
        base, index = self.src(p.base), self.src(p.number)
        if p.kind == "element":
            return f"_el(c[{base}], {index})" if p.base.obj is not None else f"_arr(c, {base}, {index})"
        if p.kind == "char":
            return f"_chr(c, {base}, {index})"
        return f"_fld(c, {base}, {index}, {self.m.statics.struct_ids[p.struct]})"

    def put(self, p: Place, value: str) -> None:
        """Store into a place."""
        if p.kind == "local":
            self.assign(next(iter(p.base.vars)), value)
        elif p.kind == "task":
            own = CURRENT[p.name]
            assert own.target is not None, "internal: lowering lets no other field be stored to"
            self(f"{own.target(self)} = {value}")
        elif p.kind == "cell":
            self(f"c[{stored(self.src(p.base))}] = {value}")
        elif p.kind == "element" and p.base.obj is not None:
            base = self.src(p.base)
            self(f"c[{stored(base)}] = _sel(c[{base}], {self.src(p.number)}, {value})")
        else:
            self.m.force(p.base)
            base, index = self.src(p.base), self.src(p.number)
            if p.kind == "element":
                self(f"_sarr(c, {base}, {index}, {value})")
            elif p.kind == "char":
                self(f"_sch(c, {base}, {index}, {value})")
            else:
                self(f"_sfld(c, {base}, {index}, {self.m.statics.struct_ids[p.struct]}, {value})")

    # ---- one node -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Write the function that takes the actor from nothing to its first node."""
        self.ind = 0
        self(f"def start{self.a.index}(s):")
        self.ind = 1
        self.copied = self.boot = True
        self.begin()
        if 0 in self.chains.chained:
            self.region(1)
        else:
            self.arrive(self.node)

    def function(self, name: str, second: bool = False) -> None:
        """Write the whole function of this node; *second*: of the other outcome of an operation that has two."""
        self.ind = 0
        self(f"def {name}(s):")
        self.ind = 1
        self.second = second
        p = self.node.pc
        i = self.program.code[p]
        self.i, self.at = i, p
        self.cpu_guard()
        operation = OPERATIONS[i.op]
        if p and not self.node.phase:
            in_module(self)
        self.perform(operation, p, self.node.phase)

    def perform(self, operation: Operation, p: int, phase: int) -> None:
        """Write the operation at *p*, or its return (*phase* 1), and what comes after it."""
        i = self.program.code[p]
        self.i, self.at, self.pos = i, p, i.pos
        how = Sleeps.NEVER if phase else operation.effects.sleeping(self.m, i)
        self.frees = how is Sleeps.YIELDS
        if how is not Sleeps.NEVER:
            before_sleep(self)
        self.there(i)
        locks = self.ctx
        write = operation.resume if phase and operation.resume is not None else operation.emit
        branches = write(self, i)
        self.copy()
        self.note_locks(locks)
        self.remember(i)
        if branches is None:
            self.continue_at(p, phase, operation)
            return
        saved, after = (self.ctx, self.ind, set(self.assigned), self.frees), list(self.after)
        for n, (cond, effect) in enumerate(branches):
            self.ctx, self.ind, self.assigned, self.frees = saved[0], saved[1], set(saved[2]), saved[3]
            self.after = list(after)
            if cond is not None:
                self(f"if {cond}:")
                self.ind += 1
            self.i, self.at, self.pos = i, p, i.pos
            self.returned = False
            if effect() != "stop":
                self.note_locks(locks)
                self.continue_at(p, phase, operation)
            self.ind = saved[1]
            if cond is None and n < len(branches) - 1:
                raise AssertionError("internal: an unconditional branch must be the last")

    def remember(self, i: Instr) -> None:
        """An arrival waits until this call has been made for the first time."""
        flag = f"did.{self.a.index}.{i.op}"
        if flag in self.m.flags:
            self(f"c[@!{flag}@] = 1")

    def continue_at(self, p: int, phase: int, operation: Operation) -> None:
        """What comes after the operation at *p*: its return, if that is a step of its own, or the computation behind
        it."""
        if phase:
            in_module(self)
        if operation.resume is not None and phase == 0 and not self.returned and self.chains.keeps_return(p):
            self.arrive(Node(self.node.actor, p, 1, self.ctx))
        elif successors(self.program.code, p):
            self.region(p + 1)

    # ---- local computation ----------------------------------------------------------------------------------------

    def region(self, p: int) -> None:
        """The local computation from instruction *p* up to the next nodes."""
        while p in self.chains.loops and self.done_once(p):
            self.step(p)
            if not successors(self.program.code, p):
                return
            p += 1
        if p in self.chains.loops:
            self.dispatcher(p)
        else:
            self.tree(p)

    def is_node(self, p: int) -> bool:
        """Does the step end before the instruction *p*?"""
        return self.program.code[p].kind == "op" and p not in self.chains.chained

    def ends_block(self, p: int) -> bool:
        """Is *p* a node, or does it release a lock?  That changes the context, so blocks of a dispatcher cannot share
        what follows it."""
        return self.is_node(p) or releases(self.program.code[p])

    def tree(self, p: int) -> None:
        """The local computation from *p*, with a branch of Python for each of its own."""
        code = self.program.code
        while True:
            self.budget -= 1
            i = code[p]
            self.pos = i.pos
            if i.kind == "op":
                if self.is_node(p):
                    self.arrive(Node(self.node.actor, p, 0, self.ctx))
                    return
                self.chain(p)
                if not successors(code, p):
                    return
                p += 1
            elif i.kind in ("jmp", "back"):
                p = i.target
            elif i.kind == "jf":
                if self.program.paths(p, self.is_node) > self.budget:
                    self.dispatcher(p)
                    return
                self(f"if {self.src(i.given)}:")
                state = (self.ctx, self.ind, set(self.assigned), list(self.after))
                self.ind += 1
                self.tree(p + 1)
                self.ctx, self.ind, self.assigned, self.after = state[0], state[1], set(state[2]), list(state[3])
                p = i.target
                if p in self.chains.loops:
                    self.dispatcher(p)
                    return
            else:
                self.simple(i)
                p += 1

    def simple(self, i: Instr) -> None:
        """An instruction that is no operation and no jump."""
        self.pos = i.pos
        if i.kind == "set":
            self.assign(i.variable, self.src(i.given))
        elif i.kind == "chk":
            value = self.read(i.variable)
            self(f"if {value} is None: raise KernelFault('uninitialised_local')")
        elif i.kind == "kill":
            for obj in i.objs:
                self(f"c[@!{obj.key}@] = None")
                self.m.hooks.gone(self)

    def step(self, p: int) -> None:
        """A chained operation, or a simple instruction."""
        if self.program.code[p].kind == "op":
            self.chain(p)
        else:
            self.simple(self.program.code[p])

    def chain(self, p: int) -> None:
        """An operation that nobody can observe: part of the step before it, with its usual outcome."""
        second, self.second = self.second, False
        i = self.program.code[p]
        self.i, self.at, self.pos = i, p, i.pos
        operation = OPERATIONS[i.op]
        if operation.effects.sleeping(self.m, i) is not Sleeps.NEVER:
            before_sleep(self)
        self.there(i)
        branches = operation.emit(self, i)
        self.remember(i)
        if branches is not None and successors(self.program.code, p):
            raise AssertionError(f"internal: {i.op} cannot be chained")
        self.second = second

    def dispatcher(self, start: int) -> None:
        """Local code with loops or many branches: numbered blocks and a loop that picks the next one.  Where it
        computes first it calls a function for that (`Region`), whose results are remembered."""
        computes = self.computes(start)
        leaders, seen = self.leaders(start, computes)
        code = self.program.code
        self.turns = {code[p].target: p for p in sorted(seen) if code[p].kind == "back"}
        self.outer = {t for t, last in self.turns.items() if any(t < other <= last for other in self.turns)}
        if computes:
            self.call_region(start, leaders, seen)
            return
        used = {v for p in seen for v in uses(code[p]) | defs(code[p])}
        for v in sorted((used | self.program.live[start]) - self.assigned):
            self.assign(v, self.read(v))
        self.blocks(leaders)

    def leaders(self, start: int, computes: bool) -> tuple[dict[int, int], set[int]]:
        """The blocks that are reached from *start* before the next nodes (*computes*: before anything but
        computation), in order and numbered, and all their instructions."""
        code, leaders, todo = self.program.code, {start: 0}, [start]
        seen: set[int] = set()
        while todo:
            p = todo.pop()
            while p not in seen:
                seen.add(p)
                if self.ends_region(p) if computes else code[p].kind == "op" and self.ends_block(p):
                    break
                nxt = successors(code, p)
                if code[p].kind in ("back", "jf") or any(q in seen for q in nxt):
                    for q in nxt:
                        if q not in leaders:
                            leaders[q] = len(leaders)
                            todo.append(q)
                    break
                if not nxt:
                    break
                p = nxt[0]
        return leaders, seen

    def blocks(self, leaders: dict[int, int]) -> None:
        """Numbered blocks, and the loop that picks the next one."""
        self("; ".join(["_b = _n = _w = 0", "_k = None", *(f"_t{t} = 0" for t in sorted(self.outer))]))
        base = self.ind
        if self.turns:
            self("try:")
            self.ind += 1
        self("while True:")
        inside = self.ind
        for q in sorted(leaders):
            self.ind = inside + 1
            self(f"if _b == {leaders[q]}:")
            self.ind = inside + 2
            self.block(q, leaders)
        self.ind = base
        if self.turns:
            self("finally: _turn(_w)")

    # ---- computation that is remembered -------------------------------------------------------------------------

    def ends_region(self, p: int) -> bool:
        """Is *p* more than computation?"""
        return self.program.code[p].kind not in ("set", "jf", "jmp", "back", "chk")

    def computes(self, start: int) -> bool:
        """Does the local code from *start* compute first, then go on at one place at most, and never come back?"""
        _, seen = self.leaders(start, True)
        ends = [p for p in seen if self.ends_region(p) and not self.is_node(p)]
        return start not in ends and len(ends) <= 1 and not self.behind(ends) & seen

    def done_once(self, p: int) -> bool:
        """Is *p* more than computation, no node, and not to be done again before the next?"""
        return self.ends_region(p) and not self.is_node(p) and p not in self.behind([p])

    def behind(self, places: list[int]) -> set[int]:
        """The local code that can come after *places*."""
        todo, after = list(places), set()
        while todo:
            p = todo.pop()
            for q in () if self.is_node(p) else successors(self.program.code, p):
                if q not in after:
                    after.add(q)
                    todo.append(q)
        return after

    def call_region(self, start: int, leaders: dict[int, int], seen: set[int]) -> None:
        """Call the function of the region that begins at *start*, and go on where it ends."""
        code, live = self.program.code, self.program.live
        ends = [p for p in sorted(seen) if self.ends_region(p)]
        inner = [code[p] for p in seen if not self.ends_region(p)]
        written = {v for i in inner for v in defs(i)}
        used = {v for i in inner for v in uses(i)} | written
        given = sorted(live[start] & used)
        results = sorted(written & {v for p in ends for v in live[p]})
        key = self.a.index, start
        if key not in self.m.notes.regions:
            self.m.notes.regions[key] = f"local{len(self.m.notes.regions)}"
            region = Region(self, ends, results)
            region.write(self.m.notes.regions[key], given, used, leaders)
            self.m.notes.region_texts.append(self.m.notes.text(region.lines, region.places))
        name = self.m.notes.regions[key]
        values = ", ".join(self.read(v) for v in given)
        self(f"_e, {''.join(f'v{v}, ' for v in results)}= {name}({values})" if results else f"_e, = {name}({values})")
        self.assigned.update(results)
        state = (self.ctx, self.ind, set(self.assigned), list(self.after))
        for n, p in enumerate(ends):
            self.ctx, self.ind, self.assigned, self.after = state[0], state[1], set(state[2]), list(state[3])
            self.pos = code[p].pos
            if n < len(ends) - 1:
                self(f"if _e == {n}:")
                self.ind += 1
            self.region(p)
        self.ind = state[1]

    def block(self, start: int, leaders: dict[int, int]) -> None:
        """The block that begins at *start*, up to where another one goes on: below in the text, or in the next turn."""
        code, ctx, p = self.program.code, self.ctx, start

        def go_on(choice: str, *targets: int) -> None:
            self(f"_b = {choice}" if all(q > start for q in targets) else f"_b = {choice}; continue")

        while True:
            i = code[p]
            self.pos = i.pos
            if p in leaders and p != start:
                go_on(str(leaders[p]), p)
                break
            if self.computing and self.ends_region(p):
                self.end(p)
                break
            if i.kind == "op":
                if self.ends_block(p):
                    self.arrive(Node(self.node.actor, p, 0, self.ctx))
                    break
                self.chain(p)
                if not successors(code, p):
                    break
                self("_k = None" if i.info.get("silent") else "_n = 0")
                p += 1
            elif i.kind == "jmp":
                p = i.target
            elif i.kind == "back":
                self.turn(p)
                go_on(str(leaders[i.target]), i.target)
                break
            elif i.kind == "jf":
                test = f"{leaders[p + 1]} if {self.src(i.given)} else {leaders[i.target]}"
                go_on(test, p + 1, i.target)
                break
            else:
                self.simple(i)
                p += 1
        self.ctx = ctx

    def end(self, p: int) -> None:
        """The computation of a `Region` ends before instruction *p*."""
        raise AssertionError("internal: only a region ends so")

    def turn(self, p: int) -> None:
        """One more turn of a local loop; too many are a fault.  Where the first of them began (``_k``: the loop, and
        its variables) tells whether it comes to that, unless memory is written or looked at on the way."""
        top = self.program.code[p].target
        values = "".join(f", v{v}" for v in sorted(self.program.live[top] & self.assigned))
        self(f"if not _n and (_k := ({self.a.index}, {top}{values})) in _STUCK: raise _stuck(_k)")
        self(f"_n += 1; _w += {1 + (p - top) // TURN}")
        if top in self.outer:
            self(f"_t{top} = _n")
        self(f"if _n > {MOST_TURNS}: raise _stuck(_k, {self.goes_round(p)})")

    def goes_round(self, p: int) -> str:
        """The number of the place of the loop that goes round at *p*: of those around it the outermost that has turned
        lately."""
        place = {top: self.m.notes.loop_place(self.program.code[last].pos) for top, last in self.turns.items()}
        around = [top for top, last in sorted(self.turns.items()) if top <= p <= last]
        text = str(place[self.program.code[p].target])
        for top in reversed([top for top in around if top in self.outer]):
            text = f"{place[top]} if _t{top} > {MOST_TURNS // 2} else {text}"
        return text

    # ---- the end of a step ----------------------------------------------------------------------------------------

    def arrive(self, node: Node) -> None:
        """The task now stands before *node*: store what lives on, forget what does not, give the state."""
        node = node._replace(ctx=self.program.known_flags(node))
        number = self.m.number(node)
        live, slots, me = self.program.live_at(node), self.chains.slots, self.a.index
        occupied = set()
        for v in sorted(live):
            if v in slots:
                occupied.add(slots[v])
                if v in self.assigned:
                    self(f"c[@!v.{me}.{slots[v]}@] = v{v}")
        for slot in sorted({slots[v] for v in self.program.live_at(self.node) if v in slots} - occupied):
            self(f"c[@!v.{me}.{slot}@] = None")
        self.copy()
        self(f"c[@!pc.{me}@] = {number}")
        self.m.cpus.release(self, node)
        for line in self.after:
            self(line)
        self.done()

    # ---- CPUs -----------------------------------------------------------------------------------------------------

    def cpu_guard(self) -> None:
        """Has the actor a CPU, or may it take one?"""
        if self.a.is_frame:
            if self.m.nesting:
                self.guard(f"_buried(s, {self.a.index})", f"_over(s, {self.a.index})")
            return
        self.m.cpus.guard(self)
        if self.a.index in self.m.whole:
            self.guard(f"not ({self.m.whole[self.a.index]})", because("scenario", what=str(self.a.when)))


class Region(Gen):
    """Computation as a function of its own, which gives the number of where it ends, of *ends*, then *results*."""

    def __init__(self, g: Gen, ends: list[int], results: list[int]) -> None:
        super().__init__(g.m, g.a, g.node, g.trace)
        self.ends, self.results, self.computing = ends, results, True
        self.turns, self.outer, self.pos = g.turns, g.outer, g.pos

    def write(self, name: str, given: list[int], used: set[int], leaders: dict[int, int]) -> None:
        """The function, of the variables *given*; it has others, *used* too, of its own."""
        self.ind = 0
        self(f"def {name}({', '.join(f'v{v}' for v in given)}):")
        self.ind = 1
        self.assigned = set(used)
        for v in sorted(used - set(given)):
            self(f"v{v} = None")
        self.blocks(leaders)

    def end(self, p: int) -> None:
        self(f"return {', '.join([str(self.ends.index(p)), *(f'v{v}' for v in self.results)])},")
