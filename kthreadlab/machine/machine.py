"""A machine: a linked module in a scenario on a configuration, compiled into tables of steps over one flat state.

``machine.initial`` is the state after boot; every `Entry` of ``machine.internal`` and ``machine.external`` is a choice:
``entry.table[state[entry.pc]](state)`` is the next state, or None.  Internal choices are what tasks, interrupt frames,
timers and helpers do by themselves; external ones (arrivals, signals, faults, spurious wake-ups) need never happen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS

from . import actors as actors_
from . import atomic, exit, kmod, sched, slab, spinlock, wait  # noqa: F401  (they register the operations)
from . import reduce as reduction
from .codegen import Context, Gen, Node, Program, successors
from .config import Config
from .instructions import Instr
from .ops import OPERATIONS
from .runtime import CONSTANT, CORRUPT, ENVIRONMENT, KernelFault, Memory, make_wake
from .statics import Statics
from .values import Constants, LowerError, Obj, Val

REPORT = "report_event"


def never(s: tuple) -> None:
    """The step of an actor that cannot move."""
    return None


@dataclass(frozen=True)
class Entry:
    """A choice: its *name* in schedules, the cell that selects its step, the cell that must be below 4 (runnable), the
    table of steps, the actor it belongs to (-1: the world) and whether it is external."""

    name: str
    pc: int
    st: int
    table: list
    actor: int
    external: bool
    kind: str


@dataclass
class Actor:
    """One mover.  *kind*: ``thread``, ``process``, ``irq`` or ``khelper``."""

    index: int
    name: str
    kind: str
    function: str
    args: tuple[int, ...]
    code: list[Instr] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    objects: list[Obj] = field(default_factory=list)
    program: Program | None = None
    chained: set[int] = field(default_factory=set)
    loops: set[int] = field(default_factory=set)
    slots: dict[int, int] = field(default_factory=dict)
    skipped_returns: set[int] = field(default_factory=set)
    when: object = None
    whole: str = ""
    call: object = None
    dormant: bool = False
    first: int = -1
    pid: int = 0
    report: int | None = None

    def keeps_return(self, p: int) -> bool:
        return p not in self.skipped_returns

    @property
    def is_task(self) -> bool:
        return self.kind != "irq"


class Machine:
    """See the module.  *observe*: names of the properties whose observers to
    keep; none leaves them all out.  *reduce*: leave out interleavings that
    are provably equivalent to others."""

    def __init__(
        self, module, scenario, config: Config, *, observe: Collection[str] = (), reduce: bool = True, heap: int = 2
    ) -> None:
        self.module, self.scenario, self.config = module, scenario, config
        self.observe, self.reduce, self.heap = frozenset(observe), reduce, heap
        self.constants = Constants()
        self.statics = Statics(module, self.constants)
        self.violations: list[tuple[str, str, ir.Pos, int]] = []
        self._violation_index: dict = {}
        self.sites: list = []
        self._site_index: dict = {}
        self.hits: list = []
        self.forced: set[str] = set()
        self.flags: set[str] = set()
        self.predicates: list[Callable[[Node], bool]] = []
        self.numbers: dict[Node, int] = {}
        self.nodes: list[Node | None] = []
        self.special: dict[tuple[int, str], int] = {}
        self.cells: dict[str, object] = {}
        self.triggers: dict[str, int] = {}
        self.loops_seen: dict[int, set[tuple]] = {}
        self.actors: list[Actor] = actors_.make(self)
        self.by_name = {a.name: a for a in self.actors}
        tasks = [a for a in self.actors if a.is_task]
        self.mode = "each" if config.cpus >= len(tasks) else "one" if config.cpus == 1 else "many"
        self.irqs = [a for a in self.actors if a.kind == "irq"]
        self.nesting = len(self.irqs) > 1
        self.watched = next((a for a in self.actors if a.kind == "thread"), None)
        self.ids = sorted({c.args[0] for c in scenario.calls if c.function == REPORT and c.args})
        self.allocators = [a.index for a in self.actors if any(i.op in ("kmalloc", "kzalloc") for i in a.code)]
        self._fold_constants()
        directed = any(a.when is not None for a in self.actors) or any(
            x.when is not None for x in (*scenario.signals, *scenario.spurious, *scenario.faults, *scenario.writes)
        )
        self.reduce = reduce and not directed
        self.protected = reduction.protection(self) if self.reduce else {}
        for a in self.actors:
            self._analyse(a)
        self.frame_cpus = self._frame_cpus()
        self._guards()
        self.careful = False
        self._generate(trace=False)
        if self.careful and self.reduce:
            self.__dict__.clear()
            self.__init__(module, scenario, config, observe=observe, reduce=False, heap=heap)  # type: ignore[misc]

    # ---- questions the operations ask -----------------------------------------------------------------------------

    def violation(self, property_: str, cause: str, pos: ir.Pos, actor: int) -> int:
        key = (property_, cause, pos, actor)
        if key not in self._violation_index:
            self._violation_index[key] = len(self.violations)
            self.violations.append(key)
        return self._violation_index[key]

    def event_site(self, actor: Actor, instr: Instr, pos: ir.Pos, ctx: Context, phase: int) -> int:
        key = (actor.index, id(instr), ctx, phase)
        if key not in self._site_index:
            self._site_index[key] = len(self.sites)
            self.sites.append((actor, instr, pos, ctx, phase))
        return self._site_index[key]

    def force(self, v: Val) -> None:
        """*v* may be written through: the objects it may point to must be in the state."""
        if v.obj is not None:
            self.forced.add(v.obj.key)
        else:
            self.forced.update(o.key for o in self.all_objects() if isinstance(o.type, ir.ObjType) and not o.constant)

    def all_objects(self) -> list[Obj]:
        return [*self.statics.objects.values(), *self.statics.hidden.values(), *(o for a in self.actors for o in
        a.objects)]

    def signals_to(self, actor: Actor) -> list[int]:
        """Numbers of the signals that the scenario sends to *actor*."""
        return [CONSTANTS[x.signal] for x in self.scenario.signals if x.task == actor.name]

    def is_watched(self, actor: Actor) -> bool:
        return bool(self.observe) and actor is self.watched

    def killed(self, actor: Actor) -> str:
        """An expression over ``s``: has a SIGKILL landed on *actor*?"""
        cells = [
            f"s[@env.kill.{n}@]"
            for n, x in enumerate(self.scenario.signals)
            if x.task == actor.name and x.signal == "SIGKILL"
        ]
        return "(" + " or ".join(cells) + ")" if cells else "0"

    def signalled(self, actor: Actor) -> str:
        cells = [
            f"s[@env.kill.{n}@]"
            for n, x in enumerate(self.scenario.signals)
            if x.task == actor.name and x.signal != "SIGKILL"
        ]
        return "(" + " or ".join(cells) + ")" if cells else "0"

    def allows_kill(self, actor: Actor) -> bool:
        """Does the program ever call allow_signal(SIGKILL)?"""
        return any(i.kind == "op" and i.op == "allow_signal" and i.args[0].const in (9, None) for i in actor.code)

    def declared_state(self, actor: Actor) -> bool:
        """Does the actor ever declare a state, so that its state cell can be other than TASK_RUNNING while it runs?"""
        ops = {"set_current_state", "__set_current_state", "prepare_to_wait", "prepare_to_wait_exclusive"}
        return any(
            i.kind == "op" and (i.op in ops or (i.op == "store" and i.info["place"].kind == "task")) for i in actor.code
        )

    def helper_table(self) -> str:
        """A table over nodes: does the task stand inside call_usermodehelper?"""
        if not hasattr(self, "_helper_table"):
            self._helper_table = self.table(self.in_helper)
        return self._helper_table

    def private_place(self, a: Actor, place) -> bool:
        """Can only *a* ever reach this memory?"""
        if place.kind == "local":
            return True
        if place.kind == "task":
            return False
        obj = place.base.obj
        if obj is None:
            return not self.shares_pointers
        if obj.owner is not None:
            return not self.shares_pointers
        written = any(f"s.{w.path.rsplit('/', 1)[-1]}" == obj.key for w in self.scenario.writes)
        return not self.wild and not written and self.users.get(obj.key, set()) <= {a.index}

    def private_text(self, a: Actor, v: Val) -> bool:
        obj = v.obj
        if obj is None:
            return not self.shares_pointers
        return (
            obj.constant
            or obj.owner is not None
            or self.users.get(obj.key, set()) <= {a.index}
            or obj.key not in self.written
        )

    def needs_place(self, a: Actor) -> bool:
        """Must the state say on which CPU this interrupt landed?"""
        return len(actors_.landing_cpus(self, a)) > 1

    def pop_frame(self, g: Gen) -> None:
        """The interrupt returns: its frame leaves its CPU."""
        cpus = actors_.landing_cpus(self, g.a)
        for n, cpu in enumerate(cpus):
            if len(cpus) > 1:
                g(f"{'el' if n else ''}if s[@at.{g.a.index}@] == {cpu}: c[@frm.{cpu}@] = c[@frm.{cpu}@][:-1]")
            else:
                g(f"c[@frm.{cpu}@] = c[@frm.{cpu}@][:-1]")
        if len(cpus) > 1:
            g(f"c[@at.{g.a.index}@] = 0")

    def blocked(self, s: tuple, actor: int) -> bool:
        """Does *actor* stand before a lock that it cannot have in state *s*?"""
        node = self.nodes[s[self.index[f"pc.{actor}"]]]
        if node is None or not self.config.is_smp:
            return False
        i = self.instr(node)
        if i.op not in spinlock.LOCKS:
            return False
        word = s[self.index[i.args[0].obj.key]] if i.args[0].obj.key in self.index else 0
        return word is not None and (word < 0 if i.op.startswith("read") else word != 0)

    def spinners(self, s: tuple) -> list[int]:
        """Actors that wait for a lock on a CPU in state *s*."""
        out = []
        for a in self.actors:
            if s[self.state_cells[a.index]] < 4 and self.blocked(s, a.index):
                cpus = [n for k, n in self.index.items() if k.startswith(("cur.", "cpu."))]
                if a.kind == "irq" or not cpus or self.config.preempt or any(s[n] == a.index for n in cpus):
                    out.append(a.index)
        return out

    def on_queue(self, s: tuple, actor: Actor) -> bool:
        """Is an entry of *actor* linked on some wait queue in state *s*?"""
        entries = (o for o in actor.objects if getattr(o.type, "kind", "") == "wait_queue")
        return any(s[self.index[o.key]] and s[self.index[o.key]][3] for o in entries if o.key in self.index)

    def step_kind(self, s: tuple, entry: Entry) -> str:
        """What a choice does in state *s*: ``exec``, ``timer``, or the operation's name."""
        if entry.actor < 0:
            return entry.kind
        node = self.nodes[s[entry.pc]]
        op = self.instr(node).op if node is not None else ""
        return "exec" if op == "exec_request" else op

    def task_field(self, g: Gen, name: str) -> str:
        if name == "state":
            return f"c[{g.cell('st')}]"
        return str(self.actors[g.a.index].pid)

    # ---- numbering ------------------------------------------------------------------------------------------------

    def number(self, node: Node) -> int:
        if node not in self.numbers:
            self.numbers[node] = len(self.nodes)
            self.nodes.append(node)
            if len(self.nodes) > 40_000:
                raise LowerError(
                    "too many operations in too many contexts",
                    self.actors[node.actor].code[node.pc].pos,
                    "simplify the locking",
                )
        return self.numbers[node]

    def special_number(self, actor: Actor, what: str) -> int:
        """``final``: finished; ``arrive``: a call that has not come; ``unborn``: a thread not yet created."""
        key = (actor.index, what)
        if key not in self.special:
            self.special[key] = len(self.nodes)
            self.nodes.append(None)
        return self.special[key]

    # ---- analyses -------------------------------------------------------------------------------------------------

    def _fold_constants(self) -> None:
        """A static that no code of any actor writes is a constant: reading it is not an operation."""
        written: set[str] = set()
        wild = False
        for a in self.actors:
            for i in a.code:
                if i.kind != "op":
                    continue
                places = [x for x in (*i.args, i.info.get("place")) if hasattr(x, "base")]
                for p in places:
                    if i.op != "load":
                        if p.base.obj is not None:
                            written.add(p.base.obj.key)
                        elif p.kind not in ("local", "task"):
                            wild = True
                if i.op in ("sprintf", "snprintf", "strcpy", "strncpy", "memset"):
                    if i.args[0].obj is not None:
                        written.add(i.args[0].obj.key)
                    else:
                        wild = True
        written |= {f"s.{w.path.rsplit('/', 1)[-1]}" for w in self.scenario.writes}
        self.written = written
        for a in self.actors:
            for i in a.code:
                if i.kind == "op" and i.op == "load":
                    p = i.info["place"]
                    obj = p.base.obj
                    if obj is None or obj.owner is not None or obj.key in written:
                        continue
                    if p.kind == "cell":
                        i.kind, i.src = "set", self._constant(obj, i)
                    elif p.kind == "char" and not wild and p.index.const is not None and 0 <= p.index.const < obj.size:
                        text = obj.init
                        i.kind, i.src = (
                            "set",
                            Val(self.constants.ref(ord(text[p.index.const]) if p.index.const < len(text) else 0)),
                        )

    def _constant(self, obj: Obj, i: Instr) -> Val:
        if isinstance(obj.init, Obj):
            return Val(f"@{obj.init.key}@")
        return Val(self.constants.ref(obj.init))

    def _analyse(self, a: Actor) -> None:
        program = a.program = Program(a.code)
        code = program.code
        reachable = set(program.assigned)
        free_ops = {p for p in reachable if code[p].kind == "op" and self._gives_up_cpu(code[p], a)}
        firsts = self._first_ops(code, (1,))
        for p in free_ops:
            firsts |= self._first_ops(code, successors(code, p))
        for p in self.surely_running(a):
            code[p].info["running"] = True
        a.chained = {0} if self._plain(code, 1) else set()
        for p in sorted(reachable - {0}):
            i = code[p]
            if i.kind != "op":
                continue
            silent = i.info.get("silent", False)
            test = OPERATIONS[i.op].local if i.op in OPERATIONS else None
            if silent or (self.reduce and p not in firsts and test is not None and test(self, a, i)):
                a.chained.add(p)
        if self.reduce:
            a.chained |= reduction.movers(self, a) - firsts
            a.chained -= self._loop_heads(code, a.chained)
            a.skipped_returns = {
                p
                for p in reachable
                if code[p].kind == "op" and code[p].op in ("schedule",) and self._plain(code, p + 1)
            }
        a.loops = program.local_loops(a.chained)
        entries = []
        for p in sorted(reachable):
            if code[p].kind == "op" and (p not in a.chained or code[p].op in spinlock.UNLOCKS):
                entries.append(p)
        a.slots = program.colour(entries)
        extra = [Node(a.index, p, 1, Context()) for p in entries if OPERATIONS[code[p].op].resume is not None]
        for node in extra:
            for v in program.live_at(node):
                a.slots.setdefault(v, len(set(a.slots.values())) + len(a.slots))

    def _gives_up_cpu(self, i: Instr, a: Actor) -> bool:
        return OPERATIONS[i.op].frees or (i.op in ("kmalloc", "kzalloc") and self.mode != "each")

    def _first_ops(self, code: list[Instr], starts: tuple[int, ...]) -> set[int]:
        out, seen, todo = set(), set(), list(starts)
        while todo:
            p = todo.pop()
            if p in seen:
                continue
            seen.add(p)
            if code[p].kind == "op":
                out.add(p)
                if code[p].info.get("silent"):
                    todo.extend(successors(code, p))
            else:
                todo.extend(successors(code, p))
        return out

    def _plain(self, code: list[Instr], p: int) -> bool:
        """From *p* to the next operations there is only computation that ends and cannot fault."""
        seen, todo = set(), [p]
        while todo:
            p = todo.pop()
            if p in seen:
                return False
            i = code[p]
            if i.kind == "op":
                if i.info.get("silent"):
                    return False
                continue
            seen.add(p)
            if i.kind in ("chk", "kill") or (i.src is not None and i.src.faults):
                return False
            todo.extend(successors(code, p))
        return True

    def _loop_heads(self, code: list[Instr], chained: set[int]) -> set[int]:
        """Chained operations that a loop of nothing but chained operations goes through: one of them must be a node."""
        heads: set[int] = set()
        for p, i in enumerate(code):
            if i.kind != "back":
                continue
            seen, todo = set(), [i.target]
            while todo:
                q = todo.pop()
                if q in seen or (code[q].kind == "op" and q not in chained):
                    continue
                seen.add(q)
                todo.extend(successors(code, q))
            if p in seen:
                ops = [
                    q for q in sorted(seen) if q in chained and not code[q].info.get("silent") and i.target <= q <= p
                ]
                if ops:
                    heads.add(ops[0])
        return heads

    def _frame_cpus(self) -> set[int]:
        """In ``each`` mode: the tasks on whose CPU an interrupt may land; one more number is a CPU without a task.

        Reduced: an interrupt beside a task it shares no lock with is the same on an idle CPU, where it holds up nobody.
        """
        if not self.irqs or self.mode != "each":
            return set()
        out: set[int] = set()
        self.candidates: dict[int, list[int]] = {}
        tasks = [a.index for a in self.actors if a.is_task]
        idle = min(self.config.cpus - len(tasks), len(self.irqs))
        spare = [len(self.actors) + n for n in range(idle)]
        for a in self.irqs:
            if a.call.cpu_of:
                places = [self.task(a.call.cpu_of).index]
            elif self.reduce:
                mine = self._locks(a)
                places = [t for t in tasks if idle < len(self.irqs) or self._locks(self.actors[t]) & mine]
                places += spare
            else:
                places = tasks + spare
            self.candidates[a.index] = places
            out |= set(places)
        return out

    def _locks(self, a: Actor) -> set[str]:
        return {
            x.obj.key
            for i in a.code
            if i.kind == "op" and "lock" in i.op
            for x in i.args
            if isinstance(x, Val) and x.obj is not None
        }

    def task(self, name: str) -> Actor:
        a = self.by_name.get(name)
        if a is None or not a.is_task:
            raise ValueError(
                f"the scenario has no task {name!r}; it has: {', '.join(a.name for a in self.actors if a.is_task)}"
            )
        return a

    # ---- guards of arrivals ---------------------------------------------------------------------------------------

    def _guards(self) -> None:
        for x in (*self.scenario.signals, *self.scenario.spurious, *self.scenario.faults, *self.scenario.writes):
            if x.when is not None:
                self.when(x.when)
        if self.watched is not None and self.signals_to(self.watched) and not self.allows_kill(self.watched):
            self.flags.add(f"slept.{self.watched.index}")
        for a in self.actors:
            if a.when is not None:
                src = self.when(a.when)
                if a.call is not None and a.call.whole:
                    a.whole = src

    def when(self, w) -> str:
        """A `run.scenario.When` as an expression over ``s``."""
        if w.kind in ("and", "or"):
            return f"({self.when(w.args[0])} {w.kind} {self.when(w.args[1])})"
        if w.kind == "not":
            return f"(not {self.when(w.args[0])})"
        if w.kind == "idle":
            return "_idle(s)"
        if w.kind == "done":
            return self._done(w.args[0])
        t = self.task(w.args[0])
        pc, st = f"s[@pc.{t.index}@]", f"s[@st.{t.index}@]"
        helper = self.table(lambda n: self.in_helper(n))
        if w.kind == "asleep":
            return f"(4 < {st} < 8 and not {helper}[{pc}])"
        if w.kind == "in_helper":
            return f"(4 < {st} < 8 and {helper}[{pc}])"
        if w.kind == "never_slept":
            self.flags.add(f"slept.{t.index}")
            return f"(not s[@slept.{t.index}@])"
        if w.kind == "before_first":
            self.flags.add(f"did.{t.index}.{w.args[1]}")
            return f"(not s[@did.{t.index}.{w.args[1]}@])"
        if w.kind == "inside":
            if w.args[1] not in self.module.functions:
                raise ValueError(f"the module has no function {w.args[1]!r}")
            return f"{self.table(lambda n: w.args[1] in self.instr(n).stack)}[{pc}]"
        if w.kind == "holds":
            key = f"s.{w.args[1]}"
            if w.args[1] not in self.statics.objects:
                raise ValueError(f"the module has no lock {w.args[1]!r}")
            return f"{self.table(lambda n: any(h.lock == key for h in n.ctx.held))}[{pc}]"
        if w.kind == "on_cpu":
            return f"(s[@cur.0@] == {t.index})" if self.mode == "one" else f"({st} < 4)"
        raise ValueError(f"unknown condition {w.kind!r}")

    def _done(self, name: str) -> str:
        for n, x in enumerate(self.scenario.signals):
            if name in (f"kill/{x.task}", x.signal, f"{x.signal}/{x.task}"):
                return f"(s[@env.kill.{n}@] != 0)"
        for n, x in enumerate(self.scenario.spurious):
            if name == f"spurious/{x.task}":
                return f"(s[@env.spurious.{n}@] != 0)"
        for n, x in enumerate(self.scenario.writes):
            if name in (x.path, f"write{x.path}"):
                return f"(s[@env.write.{n}@] != 0)"
        a = self.by_name.get(name) or self.by_name.get(f"irq/{name}")
        if a is None:
            raise ValueError(f"the scenario has no actor {name!r}")
        return f"(s[@pc.{a.index}@] == {self.special_number(a, 'final')})"

    def table(self, predicate: Callable[[Node], bool]) -> str:
        self.predicates.append(predicate)
        return f"_T{len(self.predicates) - 1}"

    def instr(self, node: Node) -> Instr:
        return self.actors[node.actor].code[node.pc]

    def surely_running(self, a: Actor) -> set[int]:
        """Instructions before which the actor's own declared state is certainly TASK_RUNNING."""
        code = a.code
        states: dict[int, frozenset[int]] = {0: frozenset((0,))}
        todo = [0]
        while todo:
            p = todo.pop()
            i, now = code[p], states[p]
            if i.kind == "op":
                if i.op in ("set_current_state", "__set_current_state"):
                    now = frozenset((i.args[0].const if i.args[0].const is not None else 9,))
                elif i.op.startswith("prepare_to_wait") or (i.op == "store" and i.info["place"].kind == "task"):
                    now = frozenset((9,))
                elif i.op in ("schedule", "schedule_timeout", "finish_wait", "call_usermodehelper", "yield", "kmalloc"):
                    now = frozenset((0,)) if i.op != "kmalloc" else now
            for q in successors(code, p):
                new = states.get(q, frozenset()) | now
                if new != states.get(q):
                    states[q] = new
                    todo.append(q)
        return {p for p, now in states.items() if now == {0}}

    def in_helper(self, node: Node) -> bool:
        return node.phase == 1 and self.instr(node).op == "call_usermodehelper"

    # ---- generation -----------------------------------------------------------------------------------------------

    def _generate(self, trace: bool) -> None:
        texts: list[tuple[str, list[str], list[ir.Pos]]] = []
        for a in self.actors:
            self.special_number(a, "final")
            if a.kind in ("process", "irq"):
                self.special_number(a, "arrive")
            if a.dormant:
                self.special_number(a, "unborn")
        for a in self.actors:
            g = Gen(self, a, a.program, Node(a.index, 0, 0, Context()), trace)
            g.ind = 0
            g(f"def start{a.index}(s):")
            g.ind = 1
            g.copied = g.boot = True
            g("c = list(s)")
            if 0 in a.chained:
                g.region(1)
            else:
                g.arrive(Node(a.index, 0, 0, Context()))
            texts.append((f"start{a.index}", g.lines, g.places))
        done = 0
        self.reclaims: dict[int, int] = {}
        while done < len(self.nodes):
            node, number = self.nodes[done], done
            done += 1
            if node is None:
                continue
            a = self.actors[node.actor]
            g = Gen(self, a, a.program, node, trace)
            g.function(f"n{number}")
            texts.append((f"n{number}", g.lines, g.places))
            i = a.code[node.pc]
            if i.op in ("kmalloc", "kzalloc") and (i.args[1].const is None or i.args[1].const & slab.GFP_WAIT):
                if (
                    a.kind == "irq"
                    or (self.mode != "each" and not (self.config.preempt and not node.ctx.atomic))
                    or not i.info.get("running")
                ):
                    g = Gen(self, a, a.program, node, trace)
                    g.function(f"r{number}", st=True)
                    texts.append((f"r{number}", g.lines, g.places))
                    self.reclaims[number] = a.index
        world = actors_.world(self)
        for name, lines in world:
            texts.append((name, lines, [ir.Pos("", 0)] * len(lines)))
        self._link(texts, trace)

    def _link(self, texts: list, trace: bool) -> None:
        source = "\n".join(line for _, lines, _ in texts for line in lines)
        self.line_map = [pos for _, _, places in texts for pos in places]
        if not trace:
            self._layout(source)
        env = dict(ENVIRONMENT)
        env.update({f"k{n}": v for n, v in enumerate(self.constants.values)})
        text = re.sub(r"\{(\d+)\}", r"k\1", self._cells(source, env))
        self.source = text
        env["_hit"] = self.hits.append
        env.update(self._environment())
        env["_event"] = lambda *a: None
        if trace:
            self.trace_env = env
        exec(compile(text, "<kthreadlab machine>", "exec"), env)
        if trace:
            self._tables(env, traced=True)
        else:
            self._boot(env)
            self._tables(env, traced=False)

    def _layout(self, source: str) -> None:
        """Which symbolic cells exist: those that are written; all others are constants."""
        written = set(re.findall(r"c\[@([^@]+)@\] [-|&^+]?=(?!=)", source)) | self.forced
        written |= {k for k in re.findall(r"_(?:link|unlink)\(c, @([^@]+)@", source)}
        written |= {k for k in re.findall(r"_(?:link|unlink)\(c, [^,]+, @([^@]+)@", source)}
        written |= {k for k in re.findall(r"_(?:put|set|alloc|gc)\(c, @([^@]+)@", source)}
        wakes = re.findall(r"_wake\(c, ([^,]+),", source)
        if "_link(" in source or "_unlink(" in source or wakes:
            written |= {
                o.key for o in self.all_objects() if isinstance(o.type, ir.ObjType) and o.type.kind == "wait_queue_head"
            }
        used = set(re.findall(r"@([^@]+)@", source))
        written |= {k for k in used if k.startswith(("pc.", "cpu."))}
        if self.mode == "many":
            written |= {f"cpu.{n}" for n in range(self.config.cpus)}
        always = set(self.statics.hidden) | {k for k in written if k.startswith("cpu.")}
        order = sorted(used & written | always, key=self._cell_order)
        self.index = {"": 0} | {key: n + 1 for n, key in enumerate(order)}
        self.heap_start = len(self.index)
        self.size = self.heap_start + self.heap * len(self.allocators)
        objects = {o.key: o for o in [*self.all_objects(), *self.statics.strings.values()]}
        self.objects = objects
        constant = sorted(objects.keys() - self.index.keys(), key=self._cell_order)
        self.literal_index = {key: CONSTANT + n for n, key in enumerate(constant)}
        self.literals: list = [None] * len(constant)
        for key, n in self.literal_index.items():
            self.literals[n - CONSTANT] = self._resolve(objects[key].init)
        sizes = {
            n: objects[k].size
            for k, n in self.index.items()
            if k in objects and isinstance(objects[k].type, ir.ObjType)
        }
        structs = {n: self.statics.ends(name) for name, n in self.statics.struct_ids.items()}
        self.memory = Memory(range(self.heap_start, self.size), self.heap, self.literals, sizes, structs)

    def _cell_order(self, key: str) -> tuple:
        return tuple(
            int(part) if part.isdigit() else part for part in [f"~{key.count('.')}", *key.split(".")]
        ).__repr__(), key

    def address(self, key: str) -> int:
        return self.index.get(key) or self.literal_index.get(key, 0)

    def _resolve(self, value: object) -> object:
        if isinstance(value, Obj):
            return self.address(value.key)
        if isinstance(value, tuple):
            return tuple(self._resolve(v) for v in value)
        return value

    def initial_value(self, key: str) -> object:
        """What a cell holds when nothing has run."""
        obj = self.objects.get(key)
        if obj is not None:
            return None if obj.owner is not None else self._resolve(obj.init)
        kind = key.split(".")[0]
        if kind in ("cur", "cpu"):
            return -1
        if kind in ("frm", "req", "run"):
            return ()
        if kind in ("v", "res"):
            return None
        if kind == "comm":
            return "insmod"
        if kind == "parent":
            return 2000
        return 0

    def _cells(self, source: str, env: dict) -> str:
        def access(m: re.Match) -> str:
            key = m[1]
            if key in self.index:
                return f"{m[0][0]}[{self.index[key]}]"
            if key in self.literal_index:
                return self._constant_name(self.literals[self.literal_index[key] - CONSTANT], env)
            return self._constant_name(self.initial_value(key), env)

        source = re.sub(r"\b[cs]\[@([^@]+)@\]", access, source)
        return re.sub(r"@([^@]+)@", lambda m: str(self.address(m[1])), source)

    def _constant_name(self, value: object, env: dict) -> str:
        if value in (0, 1, -1, None, ()) and not isinstance(value, str):
            return repr(value)
        name = f"z{len([k for k in env if k[0] == 'z'])}"
        env[name] = value
        return name

    def _environment(self) -> dict[str, object]:
        """The functions and tables that depend on the layout."""
        env = self.memory.functions()
        states = tuple(self.index.get(f"st.{a.index}", 0) if a.is_task else 0 for a in self.actors)
        self.state_cells = states
        env["_wake"] = make_wake(states, self.config.kernel.queued_wake)
        cpus = tuple(self.index.get(f"cpu.{n}", 0) for n in range(self.config.cpus))
        env["_CP"] = cpus
        for n, predicate in enumerate(self.predicates):
            env[f"_T{n}"] = [bool(node is not None and predicate(node)) for node in self.nodes]
        off = [bool(node is not None and node.ctx.off) for node in self.nodes]
        env["_OFF"] = off
        env["_PC"] = tuple(self.index[f"pc.{a.index}"] for a in self.actors)
        env["_idle"] = self.idle
        env["_CORRUPT"] = CORRUPT
        env["_X"] = self.triggers
        self.steps: list = []
        env.update(actors_.environment(self, self.steps))
        env.update(kmod.environment(self))
        return env

    def idle(self, s: tuple) -> bool:
        """Can nothing move by itself?"""
        for e in self.internal:
            if s[e.st] < 4:
                try:
                    if e.table[s[e.pc]](s) is not None:
                        return False
                except KernelFault:
                    return False
        return True

    def _boot(self, env: dict) -> None:
        s: list = [None] * self.size
        s[0] = 0
        for key, n in self.index.items():
            if key:
                s[n] = self.initial_value(key)
        state = tuple(s)
        for a in self.actors:
            state = env[f"start{a.index}"](state)
            pc = self.index[f"pc.{a.index}"]
            a.first = state[pc]
            cells = list(state)
            for n in ("cur.0", *(f"cpu.{k}" for k in range(self.config.cpus))):
                if n in self.index:
                    cells[self.index[n]] = -1
            if a.kind in ("process", "irq"):
                cells[pc] = self.special[a.index, "arrive"]
            elif a.dormant:
                cells[pc] = self.special[a.index, "unborn"]
            state = tuple(cells)
        self.initial = state
        self.env = env
        for a in self.actors:
            env[f"_first{a.index}"] = a.first

    def _tables(self, env: dict, traced: bool) -> None:
        for a in self.actors:
            env[f"_first{a.index}"] = a.first
        table = [env.get(f"n{n}", never) for n in range(len(self.nodes))]
        self.steps[:] = table
        internal, external = [], []
        for a in self.actors:
            pc = self.index[f"pc.{a.index}"]
            internal.append(Entry(a.name, pc, self.state_cells[a.index], table, a.index, False, a.kind))
            if a.kind in ("process", "irq"):
                for name, function in actors_.arrivals(self, a):
                    mini = [never] * len(self.nodes)
                    mini[self.special[a.index, "arrive"]] = env[function]
                    external.append(Entry(name, pc, 0, mini, a.index, True, "arrival"))
            if any(owner == a.index for owner in self.reclaims.values()):
                mini = [env[f"r{n}"] if self.reclaims.get(n) == a.index else never for n in range(len(self.nodes))]
                internal.append(
                    Entry(f"reclaim/{a.name}", pc, self.state_cells[a.index], mini, a.index, False, "reclaim")
                )
        more_internal, more_external = actors_.world_entries(self, env)
        if traced:
            self.traced_internal, self.traced_external = internal + more_internal, external + more_external
        else:
            self.internal, self.external = internal + more_internal, external + more_external

    # ---- tracing --------------------------------------------------------------------------------------------------

    def traced(self) -> list[Entry]:
        """The same choices as functions that also call ``trace_env["_event"]`` for everything that happens."""
        if not hasattr(self, "traced_internal"):
            before = self.source, self.line_map, len(self.nodes)
            self._generate(trace=True)
            assert len(self.nodes) == before[2], "internal: tracing found another node"
            self.traced_source, self.traced_map = self.source, self.line_map
            self.source, self.line_map = before[0], before[1]
        return self.traced_internal + self.traced_external

    def remember_loop(self, entry: Entry, s: tuple, place: ir.Pos) -> None:
        """A step of *entry* ran into an endless local loop.  Such a loop depends on the actor's own variables only,
        so it need not be run again from a state in which they are the same."""
        number = s[entry.pc]
        node = self.nodes[number]
        if node is None or self.instr(node).op in spinlock.LOCKS or entry.table is not self.internal[0].table:
            return
        cells = [n for key, n in self.index.items() if key.startswith((f"v.{entry.actor}.", f"o.{entry.actor}."))]
        if number not in self.loops_seen:
            self.loops_seen[number] = set()
            step, seen = entry.table[number], self.loops_seen[number]

            def guarded(s: tuple) -> tuple | None:
                if tuple(s[n] for n in cells) in seen:
                    fault = KernelFault("endless_loop")
                    fault.place = place
                    raise fault
                return step(s)

            entry.table[number] = guarded
        self.loops_seen[number].add(tuple(s[n] for n in cells))

    def place_of(self, error: BaseException, traced: bool = False) -> ir.Pos:
        """Where in the module a fault that left generated code happened."""
        if getattr(error, "place", None) is not None:
            return error.place
        line, tb = 0, error.__traceback__
        while tb is not None:
            if tb.tb_frame.f_code.co_filename == "<kthreadlab machine>":
                line = tb.tb_lineno
            tb = tb.tb_next
        positions = self.traced_map if traced else self.line_map
        return positions[line - 1] if 0 < line <= len(positions) else ir.Pos("", 0)
