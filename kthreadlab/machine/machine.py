"""A machine: a linked module in a scenario on a configuration, compiled into tables of steps over one flat state.

``machine.initial`` is the state after boot; every `Entry` of ``machine.internal`` and ``machine.external`` is a choice:
``entry.table[state[entry.pc]](state)`` is the next state, or None.  Internal choices are what tasks, interrupt frames,
timers and helpers do by themselves; external ones (arrivals, signals, faults, spurious wake-ups) need never happen.

`Machine.of` makes one: who can move (`actors.cast`), what is known of them (`plan`), their code (`generate`), where
everything lies (`layout`), and tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import islice
from typing import cast as typed

from kthreadlab.compile.actor import Entry, Move
from kthreadlab.compile.analysis import analyse
from kthreadlab.compile.cells import Change, Env, State, Step
from kthreadlab.compile.config import Config
from kthreadlab.compile.faults import loops
from kthreadlab.compile.functions import functions
from kthreadlab.compile.generate import generate
from kthreadlab.compile.hooks import Hooks, Observer
from kthreadlab.compile.layout import Layout
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.notes import Text
from kthreadlab.compile.plan import Plan, Protection, Sharing
from kthreadlab.compile.reduce import observed, protection
from kthreadlab.compile.refusal import telling
from kthreadlab.compile.runtime import ENVIRONMENT
from kthreadlab.compile.sharing import find_sharing, fold_constants
from kthreadlab.compile.steps import changing
from kthreadlab.compile.values import LowerError
from kthreadlab.kernel import (  # noqa: F401  (they register the operations)
    accepted,
    atomic,
    blocking,
    completion,
    delay,
    exit,
    family,
    frames,
    freezer,
    irq,
    jiffies,
    kmod,
    kthread,
    lifetime,
    macros,
    memory,
    mutex,
    nested,
    printk,
    process,
    ptrace,
    queue,
    rcu,
    refcount,
    rwsem,
    sched,
    semaphore,
    slab,
    softirq,
    spinlock,
    string,
    sysctl,
    timer,
    vmalloc,
    wait,
    waitid,
    wakeup,
    workqueue,
)
from kthreadlab.kernel import list as lists
from kthreadlab.kernel import module as _modules  # noqa: F401
from kthreadlab.kernel.frames import cpus_come_back, frames_return, landing_places
from kthreadlab.kernel.links import find_links
from kthreadlab.kernel.refused import Refused
from kthreadlab.lang import ir
from kthreadlab.lang.module import KernelModule

from .actors import cast, load
from .guards import note_guards
from .scenario import Scenario
from .scene import Linked, Scene
from .standing import idle, quietly_idle, why_not
from .tables import entries
from .world import environment, world

REMEMBERED = 4096
"""Results of one region of local code that are remembered."""


@dataclass(frozen=True)
class Code:
    """Generated code, ready to run: its *source*, from which place in the module each line of it comes (*line_map*),
    the names that it sees and its functions (*env*), and the choices."""

    source: str
    line_map: Sequence[ir.Pos]
    env: Env
    internal: list[Entry]
    external: list[Entry]


@dataclass(frozen=True, eq=False, kw_only=True)
class Machine(Linked):
    """See the module.  *initial*: the state after boot; *first*: the number of each actor's first node; *mutexes*: the
    cells of mutexes, of rw_semaphores, and of semaphores that are used as mutexes; *code*: what runs."""

    initial: State
    first: Sequence[int]
    mutexes: Sequence[int]
    code: Code

    @classmethod
    def of(
        cls,
        module: KernelModule,
        scenario: Scenario,
        config: Config,
        *,
        observers: Sequence[Observer] = (),
        reduce: bool = True,
        exact: bool = True,
        heap: int = 2,
        budget: Budget | None = None,
    ) -> Machine:
        """The machine of *module* in *scenario* on *config*.  *observers* are told of what
        comes about (`hooks`).  *reduce*: leave out interleavings that are provably equivalent to others.
        *exact*: numbers that nobody reads are kept.  *heap*: objects for each allocator.  *budget*: what building and
        searching it may cost, if that is not to be anything.  Raises `InputError` where module and scenario don't fit,
        `LimitReached` for what costs more."""
        if budget is not None:
            budget.begin()
        try:
            less = reduce and not scenario.directed
            machine = _build(module, scenario, config, observers, less, heap, budget, exact=exact)
            if machine.notes.careful and machine.reduce:
                machine = _build(module, scenario, config, observers, False, heap, budget, exact=exact)
        except LowerError as error:
            error.quote(module)
            raise
        return machine

    def again(self, *, reduce: bool, heap: int, exact: bool = True, budget: Budget | None = None) -> Machine:
        """The same module in the same scenario, on the same configuration and before the same observers, built in
        another way; what is to be said is as for `of`."""
        observers = self.hooks.observers
        return Machine.of(
            self.module,
            self.scenario,
            self.config,
            observers=observers,
            reduce=reduce,
            exact=exact,
            heap=heap,
            budget=budget,
        )

    @property
    def source(self) -> str:
        """The generated code."""
        return self.code.source

    @property
    def line_map(self) -> Sequence[ir.Pos]:
        """From which place in the module each line of the generated code comes."""
        return self.code.line_map

    @property
    def env(self) -> Env:
        """The names that generated code sees, and its functions."""
        return self.code.env

    @property
    def internal(self) -> list[Entry]:
        """The choices that tasks, frames, timers and helpers make by themselves."""
        return self.code.internal

    @property
    def external(self) -> list[Entry]:
        """The choices of the world, which need never be made."""
        return self.code.external

    # ---- tracing --------------------------------------------------------------------------------------------------

    @cached_property
    def tracing(self) -> Code:
        """The same code, which also calls ``env["_event"]`` for everything that happens."""
        nodes = len(self.nodes)
        texts = write(self, trace=True)
        assert len(self.nodes) == nodes, "internal: tracing found another node"
        code = link(self, texts, self.first)
        code.env["_idle"] = partial(idle, self.internal)
        return code

    @cached_property
    def reasons(self) -> Mapping[tuple[str, bool], Entry]:
        """All choices, by name and whether they are external, as functions that say why one is not open; see
        `standing.why_not`."""
        texts = [(telling(lines), places) for lines, places in write(self, trace=False)]
        code = link(self, texts, self.first)
        code.env.update(_idle=partial(idle, self.internal), _hit=lambda hit: None, _X={}, _come=lambda first, s, t: t)
        return {(e.name, e.external): e for e in code.internal + code.external}

    def why_not(self, s: State, entry: Entry) -> Refused | None:
        """Why *entry* is no choice in state *s*; None if it is one."""
        return why_not(self, self.reasons, s, entry)

    @cached_property
    def in_place(self) -> Sequence[Move]:
        """All choices, internal ones first, as steps that change the list of cells they are given and copy nothing.
        Whoever runs them asks first, as of an `Entry`, whether the task is runnable.  What they notice is in `hits`,
        but without the state before where that was not kept; a fault leaves the cells as far as the step had come."""
        texts = [(changing(lines), places) for lines, places in write(self, trace=False)]
        code = link(self, texts, self.first)
        code.env["_idle"] = partial(quietly_idle, self, self.internal)
        code.env["_hit"] = lambda number: self.hits.append((number, ()))
        code.env["_turn"] = lambda turns: None
        return [Move(e, typed(list[Change], e.table)) for e in code.internal + code.external]

    def traced(self) -> list[Entry]:
        """All choices, as functions that tell what happens."""
        return self.tracing.internal + self.tracing.external

    @property
    def trace_env(self) -> Env:
        """The names that the code which tells what happens sees."""
        return self.tracing.env

    @property
    def traced_source(self) -> str:
        """The generated code which tells what happens."""
        return self.tracing.source

    @property
    def traced_map(self) -> Sequence[ir.Pos]:
        """From which place in the module each line of it comes."""
        return self.tracing.line_map


def _build(
    module: KernelModule,
    scenario: Scenario,
    config: Config,
    observers: Sequence[Observer],
    reduce: bool,
    heap: int,
    budget: Budget | None,
    *,
    exact: bool,
) -> Machine:
    """Everything from the module's tree to the tables.  What is generated may ask (`Notes.be_careful`) for a second
    time, unreduced.  *exact*: numbers that nobody reads are what they are."""
    loaded = load(module, scenario, config, Hooks(observers), reduce=reduce, heap=heap, budget=budget, exact=exact)
    movers = cast(loaded, scenario)
    find_links(movers)
    sharing = find_sharing(movers, lifetime.follows_tasks(movers))
    fold_constants(sharing)
    scene = _plan(sharing).then(Scene, scenario=scenario)
    scene = replace(scene, whole=note_guards(scene))
    scene.hooks.prepare(scene)
    texts = write(scene, trace=False)
    linked = _lay_out(scene)
    return _boot(linked, texts)


def _plan(m: Sharing) -> Plan:
    """All that is to be known of the actors before their code is written."""
    as_mutex, observed_locks = semaphore.find_mutexes(m), observed(m)
    protected = protection(m, observed_locks) if m.reduce else {}
    back = frames_return(m)
    known = m.then(
        Protection,
        as_mutex=as_mutex,
        observed_locks=observed_locks,
        protected=protected,
        frames_return=back,
        cpus_come_back=cpus_come_back(m, back),
    )
    chains = [analyse(known, a) for a in m.actors]
    places = landing_places(known)
    return known.then(
        Plan,
        chains=chains,
        landing_places=places,
        frame_cpus={cpu for cpus in places.values() for cpu in cpus},
        whole={},
    )


def write(m: Scene, trace: bool) -> list[Text]:
    """The functions of every node that can be reached, and of the world's choices."""
    texts = generate(m, trace)
    return texts + [m.notes.text(lines) for _, lines in [*world(m), *timer.world(m), *workqueue.world(m)]]


def _text_of(texts: list[Text]) -> str:
    return "\n".join(line for lines, _ in texts for line in lines)


def _lay_out(m: Scene) -> Linked:
    """Give everything its place that the texts speak of."""
    layout = Layout(m)
    states = tuple(layout.index.get(f"st.{a.index}", 0) if a.is_task else 0 for a in m.actors)
    return m.then(Linked, layout=layout, index=layout.index, memory=layout.memory, state_cells=states)


def _compiled(m: Linked, texts: list[Text], steps: list[Step]) -> tuple[str, Env]:
    """From symbolic cells to Python functions: the source, and the names that it sees, its functions included.
    *steps*: the table of nodes, filled in later."""
    env: Env = dict(ENVIRONMENT)
    env.update({f"k{n}": v for n, v in enumerate(m.constants.values)})
    source = m.layout.substitute(_text_of(texts), env)
    env.update(_environment(m, steps))
    lines = iter(source.split("\n"))
    env.update(functions([list(islice(lines, len(places))) for _, places in texts], env))
    env.update({name: lru_cache(REMEMBERED)(env[name]) for name in m.notes.regions.values()})
    return source, env


def link(m: Linked, texts: list[Text], first: Sequence[int]) -> Code:
    """From texts to tables; *first*: the number of each actor's first node."""
    steps: list[Step] = []
    source, env = _compiled(m, texts, steps)
    return _tabulated(m, texts, source, env, steps, first)


def _tabulated(m: Linked, texts: list[Text], source: str, env: Env, steps: list[Step], first: Sequence[int]) -> Code:
    """The functions in tables."""
    env.update({f"_first{a.index}": number for a, number in zip(m.actors, first, strict=True)})
    internal, external = entries(m, env, steps)
    return Code(source, [pos for _, places in texts for pos in places], env, internal, external)


def _boot(m: Linked, texts: list[Text]) -> Machine:
    """Run every actor up to its first node, then put those back that have not come yet."""
    steps: list[Step] = []
    source, env = _compiled(m, texts, steps)
    state, first = m.layout.initial_state(), []
    cpus = [m.index[n] for n in m.cpus.cells if n in m.index]
    for a in m.actors:
        cells = list(env[f"start{a.index}"](state))
        pc = m.index[f"pc.{a.index}"]
        first.append(cells[pc])
        for n in cpus:
            cells[n] = -1
        away = "arrive" if a.kind in ("process", "irq") else "idle" if a.kind == "softirq" else "unborn"
        cells[pc] = m.special.get((a.index, away), cells[pc])
        state = tuple(cells)
    code = _tabulated(m, texts, source, env, steps, first)
    machine = m.then(Machine, initial=state, first=first, mutexes=blocking.mutexes(m), code=code)
    env["_idle"] = partial(idle, machine.internal)
    return machine


def _environment(m: Linked, steps: list[Step]) -> Mapping[str, object]:
    """The functions and tables that depend on the layout."""
    tables = {
        f"_T{n}": [bool(node is not None and predicate(node)) for node in m.nodes]
        for n, predicate in enumerate(m.notes.predicates)
    }
    return {
        **m.memory.functions(),
        **tables,
        "_hit": m.hits.append,
        "_event": lambda *a: None,
        "_turn": m.meter.turn,
        **queue.environment(m),
        **wakeup.environment(m, lifetime.make_gone(m)),
        **m.cpus.environment(m.index),
        **frames.environment(m),
        "_X": m.triggers,
        **environment(m, steps),
        **kmod.environment(m),
        **m.hooks.environment(m),
        **blocking.environment(m),
        **rwsem.environment(m),
        **kthread.environment(m),
        **lifetime.environment(m),
        **timer.environment(m),
        **workqueue.environment(m),
        **irq.environment(m),
        **spinlock.environment(m),
        **lists.environment(m),
        **memory.environment(m),
        **loops(m),
    }
