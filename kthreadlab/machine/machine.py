"""A machine: a linked module in a scenario on a configuration, compiled into tables of steps over one flat state.

``machine.initial`` is the state after boot; every `Entry` of ``machine.internal`` and ``machine.external`` is a choice:
``entry.table[state[entry.pc]](state)`` is the next state, or None.  Internal choices are what tasks, interrupt frames,
timers and helpers do by themselves; external ones (arrivals, signals, faults, spurious wake-ups) need never happen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache, partial

from kthreadlab.compile import reduce as reduction
from kthreadlab.compile.actor import Actor, Entry, never
from kthreadlab.compile.analysis import analyse
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.config import Config
from kthreadlab.compile.context import Context, Node
from kthreadlab.compile.effects import Does, Sleeps
from kthreadlab.compile.faults import GENERATED, loops
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Layout
from kthreadlab.compile.limits import MAX_CONTEXTS, MAX_NODES, UNREDUCED, Budget, LimitReached
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.runtime import CORRUPT, ENVIRONMENT, make_tear
from kthreadlab.compile.sharing import find_sharing, find_written, fold_constants
from kthreadlab.compile.statics import Statics
from kthreadlab.compile.values import Constants, LowerError, Obj, Val
from kthreadlab.kernel import (  # noqa: F401  (they register the operations)
    atomic,
    blocking,
    completion,
    exit,
    frames,
    freezer,
    kmod,
    kthread,
    lifetime,
    macros,
    mutex,
    sched,
    semaphore,
    slab,
    spinlock,
    string,
    sysctl,
    timer,
    wait,
    wakeup,
)
from kthreadlab.kernel import list as lists
from kthreadlab.kernel.cpus import discipline
from kthreadlab.kernel.frames import cpus_come_back, frames_return, landing_places
from kthreadlab.kernel.links import find_links
from kthreadlab.lang import ir

from . import observers  # noqa: F401  (they register the operations)
from .actors import ScenarioError, make
from .guards import note_guards
from .standing import idle
from .world import arrivals, environment, store, world, world_entries

REMEMBERED = 4096
"""Results of one region of local code that are remembered."""


class Machine:
    """See the module.  *observe*: names of the properties whose observers to keep; none leaves them all out.
    *reduce*: leave out interleavings that are provably equivalent to others.  *heap*: objects for each allocator.
    *budget*: what building and searching it may cost, if that is not to be anything."""

    def __init__(
        self,
        module,
        scenario,
        config: Config,
        *,
        observe: Collection[str] = (),
        reduce: bool = True,
        heap: int = 2,
        budget: Budget | None = None,
    ) -> None:
        self.module, self.scenario, self.config, self.budget = module, scenario, config, budget
        self.observe, self.heap = frozenset(observe), heap
        self.careful = False
        try:
            self._build(reduce and not self._directed())
            if self.careful and self.reduce:
                self._build(reduce=False)
        except LowerError as error:
            error.quote(module)
            raise

    check_may_sleep = staticmethod(sched.check_may_sleep)
    observers = observers

    def _directed(self) -> bool:
        """Does the scenario say when something may happen?"""
        x = self.scenario
        if x.freeze is not None and x.freeze.when is not None:
            return True
        return any(c.when is not None for c in (*x.calls, *x.signals, *x.spurious, *x.faults, *x.writes, *x.reads))

    def _build(self, reduce: bool) -> None:
        """Everything from the module's tree to the tables.  What is generated may ask (``careful``) for a second time,
        unreduced."""
        self.reduce = reduce
        self._empty()
        self._cast()
        find_links(self)
        self.follows_tasks = lifetime.follows_tasks(self)
        find_sharing(self)
        self.observes_leaks = bool(self.observe and self.allocators)
        find_written(self)
        fold_constants(self)
        semaphore.find_mutexes(self)
        self.protected = reduction.protection(self) if self.reduce else {}
        self.frames_return = frames_return(self)
        self.cpus_come_back = cpus_come_back(self)
        for a in self.actors:
            analyse(self, a)
        self.landing_places = landing_places(self)
        self.frame_cpus = {cpu for cpus in self.landing_places.values() for cpu in cpus}
        note_guards(self)
        self._generate(trace=False)

    def _empty(self) -> None:
        """What building collects: constants, nodes and their numbers, violations and sites of events, tables."""
        self.constants = Constants()
        self.statics = Statics(self.module, self.constants, self.config.kernel)
        self.violations: list[tuple[str, str, ir.Pos, int]] = []
        self._violation_index: dict = {}
        self.sites: list = []
        self._site_index: dict = {}
        self.hits: list = []
        self.forced: set[str] = set()
        self.flags: set[str] = set()
        self.predicates: list[Callable[[Node], bool]] = []
        self._helper_table = ""
        self.helper_owed = False
        self.numbers: dict[Node, int] = {}
        self._contexts: dict[tuple, int] = {}
        self.nodes: list[Node | None] = []
        self.special: dict[tuple[int, str], int] = {}
        self.triggers: dict[str, int] = {}
        self.loop_places: list[ir.Pos] = []
        self.stuck: dict[tuple, int] = {}

    def _cast(self) -> None:
        """The actors, and who among them is what."""
        for x in self.scenario.stores:
            store(self, x)
        self.rows = sysctl.rows(self.module, self.config.kernel)
        self.written_by_user = {sysctl.target(self, x.path) for x in self.scenario.writes}
        self.actors = make(self)
        self.by_name = {a.name: a for a in self.actors}
        tasks = [a for a in self.actors if a.is_task]
        runners = len(tasks) + (self.scenario.freeze is not None)  # the freezer is one, too
        self.cpus = discipline(self.config, runners)
        self.irqs = [a for a in self.actors if a.kind == "irq"]
        self.softirqs = [a for a in self.actors if a.kind == "softirq"]
        self.frames = [*self.irqs, *self.softirqs]
        self.nesting = len(self.frames) > 1
        self.watched = next((a for a in self.actors if a.kind == "thread"), None)
        self.ids = sorted({a.report for a in self.actors if a.report is not None})
        self.allocators = [a.index for a in self.actors if a.does(Does.ALLOCATES)]

    # ---- questions the operations ask -----------------------------------------------------------------------------

    def violation(self, property_: str, cause: str, pos: ir.Pos, actor: int) -> int:
        """The number of one way to break a property at one place."""
        key = (property_, cause, pos, actor)
        if key not in self._violation_index:
            self._violation_index[key] = len(self.violations)
            self.violations.append(key)
        return self._violation_index[key]

    def event_site(self, actor: Actor, instr: Instr, pos: ir.Pos, ctx: Context, phase: int) -> int:
        """The number of the place in the program where a traced event happens."""
        key = (actor.index, id(instr), ctx, phase)
        if key not in self._site_index:
            self._site_index[key] = len(self.sites)
            self.sites.append((actor, instr, pos, ctx, phase))
        return self._site_index[key]

    def loop_place(self, pos: ir.Pos) -> int:
        """The number of the place of a local loop."""
        if pos not in self.loop_places:
            self.loop_places.append(pos)
        return self.loop_places.index(pos)

    def force(self, v: Val) -> None:
        """*v* may be written through: the objects it may point to must be in the state."""
        if v.obj is not None:
            self.forced.add(v.obj.key)
        else:
            self.forced.update(o.key for o in self.all_objects() if isinstance(o.type, ir.ObjType) and not o.constant)

    def all_objects(self) -> list[Obj]:
        """The statics and every actor's locals, those included that will be constants."""
        own = [o for a in self.actors for o in a.objects]
        return [*self.statics.objects.values(), *self.statics.hidden.values(), *own]

    def is_watched(self, actor: Actor) -> bool:
        return bool(self.observe) and actor is self.watched

    def task(self, name: str) -> Actor:
        """The task that the scenario calls *name*."""
        a = self.by_name.get(name)
        if a is None or not a.is_task:
            raise ScenarioError(
                f"the scenario has no task {name!r}; it has: {', '.join(a.name for a in self.actors if a.is_task)}"
            )
        return a

    def task_field(self, g: Gen, name: str) -> str:
        """The Python of a field of ``current``."""
        if name == "state":
            return f"c[{g.cell('st')}]"
        return str(self.actors[g.a.index].pid)

    def instr(self, node: Node) -> Instr:
        return self.actors[node.actor].code[node.pc]

    def in_helper(self, node: Node) -> bool:
        """Does a task at this node wait inside call_usermodehelper?"""
        return node.phase == 1 and Does.ASKS_HELPER in effects_of(self.instr(node).op).does

    def table(self, predicate: Callable[[Node], bool]) -> str:
        """The name, in generated code, of a table over nodes that says where *predicate* holds."""
        self.predicates.append(predicate)
        return f"_T{len(self.predicates) - 1}"

    def helper_table(self) -> str:
        """A table over nodes: does the task stand inside call_usermodehelper?"""
        if not self._helper_table:
            self._helper_table = self.table(self.in_helper)
        return self._helper_table

    # ---- numbering ------------------------------------------------------------------------------------------------

    def number(self, node: Node) -> int:
        """The number of a node, which is the value of the cell ``pc`` while the task stands there."""
        if node not in self.numbers:
            self.numbers[node] = len(self.nodes)
            self.nodes.append(node)
            self._bound(node)
        return self.numbers[node]

    def _bound(self, node: Node) -> None:
        """Raises `LimitReached` if there are too many nodes, or too many of this one's operation."""
        operation = node[:3]
        self._contexts[operation] = self._contexts.get(operation, 0) + 1
        most = MAX_CONTEXTS if self.reduce else UNREDUCED * MAX_CONTEXTS
        if self._contexts[operation] > most:
            raise LimitReached(f"more than {most} ways to hold locks", self.instr(node).pos)
        most = MAX_NODES if self.reduce else UNREDUCED * MAX_NODES
        if len(self.nodes) > most:
            raise LimitReached(f"more than {most:,} operations in contexts of their own", self.instr(node).pos)

    def special_number(self, actor: Actor, what: str) -> int:
        """``final``: finished; ``arrive``: a call that has not come; ``unborn``: a thread not yet created."""
        key = (actor.index, what)
        if key not in self.special:
            self.special[key] = len(self.nodes)
            self.nodes.append(None)
        return self.special[key]

    # ---- generation -----------------------------------------------------------------------------------------------

    def _generate(self, trace: bool) -> None:
        """Write the function of every node that can be reached, and of the world's choices; link them."""
        for a in self.actors:
            self.special_number(a, "final")
            if a.kind in ("process", "irq"):
                self.special_number(a, "arrive")
            if a.dormant:
                self.special_number(a, "unborn")
            if a.kind == "softirq":
                self.special_number(a, "idle")
        self.reclaims: dict[int, int] = {}
        self.regions: dict[tuple[int, int], str] = {}
        self.region_texts: list[tuple[list[str], list[ir.Pos]]] = []
        texts = [self._start_function(a, trace) for a in self.actors]
        done = 0
        while done < len(self.nodes):
            node, number = self.nodes[done], done
            done += 1
            if node is None:
                continue
            a = self.actors[node.actor]
            texts.append(self._function(node, f"n{number}", trace))
            if self._may_sleep_for_memory(a, node):
                texts.append(self._function(node, f"r{number}", trace, slept=True))
                self.reclaims[number] = a.index
        texts += self.region_texts
        texts += [(lines, [ir.Pos("", 0)] * len(lines)) for _, lines in [*world(self), *timer.world(self)]]
        self._link(texts, trace)

    def _start_function(self, a: Actor, trace: bool) -> tuple[list[str], list[ir.Pos]]:
        """The function that takes an actor from nothing to its first node."""
        start = Node(a.index, 0, 0, Context())
        g = Gen(self, a, a.program, start, trace)
        g.ind = 0
        g(f"def start{a.index}(s):")
        g.ind = 1
        g.copied = g.boot = True
        g("c = list(s)")
        if 0 in a.chained:
            g.region(1)
        else:
            g.arrive(start)
        return g.lines, g.places

    def _function(self, node: Node, name: str, trace: bool, slept: bool = False) -> tuple[list[str], list[ir.Pos]]:
        a = self.actors[node.actor]
        g = Gen(self, a, a.program, node, trace)
        g.function(name, st=slept)
        if self.budget is not None:
            self.budget.write(len(g.lines), g.pos)
        return g.lines, g.places

    def _may_sleep_for_memory(self, a: Actor, node: Node) -> bool:
        """Is this an allocation that may give up the CPU, with an outcome that others can tell?"""
        i = self.instr(node)
        if effects_of(i.op).sleeping(self, i) is not Sleeps.MEMORY:
            return False
        return a.is_frame or not self.cpus.others_run(node.ctx.atomic) or not i.info.get("running")

    def _link(self, texts: list[tuple[list[str], list[ir.Pos]]], trace: bool) -> None:
        """From symbolic cells to Python functions, and from those to tables."""
        source = "\n".join(line for lines, _ in texts for line in lines)
        self.line_map = [pos for _, places in texts for pos in places]
        if not trace:
            self.layout = Layout(self, source)
            self.index, self.memory = self.layout.index, self.layout.memory
        env = dict(ENVIRONMENT)
        env.update({f"k{n}": v for n, v in enumerate(self.constants.values)})
        self.source = self.layout.substitute(source, env)
        env.update(self._environment())
        exec(compile(self.source, GENERATED, "exec"), env)
        env.update({name: lru_cache(REMEMBERED)(env[name]) for name in self.regions.values()})
        if trace:
            self.trace_env = env
        else:
            self._boot(env)
        self._tables(env, traced=trace)

    def _environment(self) -> dict[str, object]:
        """The functions and tables that depend on the layout."""
        self.state_cells = tuple(self.index.get(f"st.{a.index}", 0) if a.is_task else 0 for a in self.actors)
        self.steps: list = []
        self.mutexes = blocking.mutexes(self)
        tables = {
            f"_T{n}": [bool(node is not None and predicate(node)) for node in self.nodes]
            for n, predicate in enumerate(self.predicates)
        }
        return {
            **self.memory.functions(),
            **tables,
            "_hit": self.hits.append,
            "_event": lambda *a: None,
            "_turn": self._turn,
            **wakeup.environment(self, lifetime.make_gone(self)),
            "_tear": make_tear(self.layout.queues()),
            "_idle": partial(idle, self),
            "_CORRUPT": CORRUPT,
            "_X": self.triggers,
            **environment(self, self.steps),
            **self.cpus.environment(self.index),
            **frames.environment(self),
            **kmod.environment(self),
            **observers.environment(self),
            **blocking.environment(self),
            **kthread.environment(self),
            **lifetime.environment(self),
            **timer.environment(self),
            **lists.environment(self),
            **loops(self),
        }

    def _turn(self, turns: int) -> None:
        """Local loops have made so many turns."""
        if self.budget is not None:
            self.budget.turn(turns)

    def _boot(self, env: dict) -> None:
        """Run every actor up to its first node, then put those back that have not come yet."""
        state = self.layout.initial_state()
        for a in self.actors:
            state = env[f"start{a.index}"](state)
            pc = self.index[f"pc.{a.index}"]
            a.first = state[pc]
            cells = list(state)
            for n in self.cpus.cells:
                if n in self.index:
                    cells[self.index[n]] = -1
            if a.kind in ("process", "irq"):
                cells[pc] = self.special[a.index, "arrive"]
            elif a.kind == "softirq":
                cells[pc] = self.special[a.index, "idle"]
            elif a.dormant:
                cells[pc] = self.special[a.index, "unborn"]
            state = tuple(cells)
        self.initial = state
        self.env = env

    def _tables(self, env: dict, traced: bool) -> None:
        """All choices as entries."""
        env.update({f"_first{a.index}": a.first for a in self.actors})
        steps = [env.get(f"n{n}", never) for n in range(len(self.nodes))]
        self.steps[:] = steps
        internal = [e for a in self.actors for e in self._internal_entries(a, env, steps)]
        external = [e for a in self.actors for e in self._arrival_entries(a, env)]
        more_internal, more_external = world_entries(self, env)
        more_internal += timer.entries(self, env)
        if traced:
            self.traced_internal, self.traced_external = internal + more_internal, external + more_external
        else:
            self.internal, self.external = internal + more_internal, external + more_external

    def _internal_entries(self, a: Actor, env: dict, steps: list) -> list[Entry]:
        """The actor's own choice, and the other outcome of its allocations."""
        pc, st = self.index[f"pc.{a.index}"], self.state_cells[a.index]
        out = [Entry(a.name, pc, st, steps, a.index, False, a.kind)]
        if a.index in self.reclaims.values():
            table = [env[f"r{n}"] if self.reclaims.get(n) == a.index else never for n in range(len(self.nodes))]
            out.append(Entry(f"reclaim/{a.name}", pc, st, table, a.index, False, "reclaim"))
        return out

    def _arrival_entries(self, a: Actor, env: dict) -> list[Entry]:
        """The choices by which a call comes."""
        out = []
        for name, function in arrivals(self, a) if a.kind in ("process", "irq") else ():
            table = [never] * len(self.nodes)
            table[self.special[a.index, "arrive"]] = env[function]
            out.append(Entry(name, self.index[f"pc.{a.index}"], 0, table, a.index, True, "arrival"))
        return out

    # ---- tracing --------------------------------------------------------------------------------------------------

    def traced(self) -> list[Entry]:
        """The same choices as functions that also call ``trace_env["_event"]`` for everything that happens."""
        if not hasattr(self, "traced_internal"):
            source, line_map, nodes = self.source, self.line_map, len(self.nodes)
            self._generate(trace=True)
            assert len(self.nodes) == nodes, "internal: tracing found another node"
            self.traced_source, self.traced_map = self.source, self.line_map
            self.source, self.line_map = source, line_map
        return self.traced_internal + self.traced_external
