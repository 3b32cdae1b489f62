"""Who has which CPU: one for all tasks (`OneCpu`), several that they share (`ManyCpus`), one for each (`CpuEach`).

Everything that depends on it is asked here: who may make a step, what a step leaves of its CPU, where an interrupt may
land and on whom, where the world's own tasks (init, the freezer) find room.  Nobody asks which of the three it is.

CPUs that tasks share are cells: the number of the task that has it, or -1.  A task that could lose its CPU at once
(preempted, and in no atomic section) leaves it free after every step.  A CPU of one's own needs no cell; it has the
number of its task, and those without a task have higher ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import State
from kthreadlab.compile.config import Config
from kthreadlab.compile.context import Node
from kthreadlab.compile.cpus import Facts, Placed, Writer
from kthreadlab.compile.layout import initially
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.lang.task_state import OFF, runnable

SWITCHED_OFF = {"_OFF": "irqs_off", "_BH": "bh_off"}
"""What the tables say of whoever stands at a node."""
NOBODY = -2
"""The number of a task that the program knows nothing of, and that is on no CPU."""


@initially("cur", "cpu")
def free(m: Plan, cpu: int) -> int:
    """Nobody has a CPU."""
    return -1


def discipline(config: Config, tasks: int) -> Cpus:
    """Who has which CPU on this machine with so many tasks, the freezer counted."""
    if config.cpus >= tasks:
        return CpuEach(config)
    return OneCpu(config) if config.cpus == 1 else ManyCpus(config)


def unless_off(cell: str, cpu: int, table: str) -> list[str]:
    """Lines that give up if whoever has *cpu*, which is in *cell*, stands where *table* says that something is off."""
    why = because(SWITCHED_OFF[table], who="(k,)", cpu=cpu)
    return [f" k = s[{cell}]", refuse(f"k >= 0 and {table}[s[_PC[k]]]", why)]


def unless_frame_off(m: Facts, cpu: int) -> list[str]:
    """Lines that give up if the innermost interrupt on *cpu*, the only one there is, has interrupts off itself."""
    why = because("irqs_off", who=f"s[@frm.{cpu}@][-1:]", cpu=cpu)
    return [refuse(f"s[@frm.{cpu}@] and _OFF[s[_PC[s[@frm.{cpu}@][-1]]]]", why)] if m.frames else []


class Cpus(ABC):
    """What is asked of the CPUs.  *cells*: where it is written who has them; *kept*: those of them that are in the
    state though nothing may write them; *shared*: do tasks wait for each other's CPU?  *parallel*: can two tasks be in
    the middle of a call at once, neither preempted?"""

    shared = True
    parallel = True
    cells: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __init__(self, config: Config) -> None:
        self.count, self.preempt = config.cpus, config.preempt

    # ---- facts ----------------------------------------------------------------------------------------------------

    def others_run(self, atomic: bool = False) -> bool:
        """Can others run as well as if a task, in an atomic section or not, gave up its CPU here?"""
        return not self.shared or (self.preempt and not atomic)

    @property
    def taken_away(self) -> bool:
        """Can a task lose its CPU to another though it would go on?"""
        return self.shared and self.preempt

    # ---- a step of a task -----------------------------------------------------------------------------------------

    @abstractmethod
    def guard(self, g: Writer) -> None:
        """The task cannot move unless it has a CPU, or may take one."""

    @abstractmethod
    def put(self, g: Writer, who: int) -> None:
        """The CPU of this step is *who*'s from now on, or, -1, free."""

    def release(self, g: Writer, node: Node) -> None:
        """The step is over, and the task stands before *node*: does it keep its CPU?"""
        if self.shared and not g.a.is_frame and not g.boot:
            self.put(g, -1 if g.frees or self.others_run(node.ctx.atomic) else g.a.index)

    def give_up(self, g: Writer) -> None:
        """Whoever runs goes back to sleep: its CPU is free."""
        if self.shared:
            self.put(g, -1)

    @abstractmethod
    def spin(self, g: Writer, cannot: str, why: str) -> None:
        """Wait while *cannot* holds, and *why*.  A task that has just taken the CPU keeps it while it spins, unless it
        can be preempted."""

    def keep_spinning(self, g: Writer, cannot: str, why: str, cell: str) -> None:
        """`spin` where the CPU of this step is what the cell *cell* says."""
        if g.a.is_frame or self.others_run(g.ctx.atomic):
            g.guard(cannot, why)
            return
        with g.when(cannot):
            g.guard(f"s[{cell}] == {g.a.index}", why)
            g.begin()
            self.put(g, g.a.index)
            g.done()

    # ---- what comes from outside: lines that give up, or nothing ---------------------------------------------------

    @abstractmethod
    def room(self) -> list[str]:
        """A task that is none of the program's (init, the freezer) has a CPU."""

    @abstractmethod
    def room_for(self, m: Facts, a: Actor) -> list[str]:
        """The process *a*, which does not run yet, has a CPU."""

    @abstractmethod
    def some_irqs_on(self, m: Facts) -> list[str]:
        """Some CPU has its interrupts on."""

    @abstractmethod
    def irqs_on(self, m: Facts, cpu: int, of: int | None) -> list[str]:
        """Whoever runs on *cpu* has interrupts on, and, if that is asked, is task *of*."""

    @abstractmethod
    def bottom_halves_on(self, m: Facts, cpu: int) -> list[str]:
        """Whoever runs on *cpu* has bottom halves on."""

    def landing(self, m: Facts, a: Actor) -> Sequence[int]:
        """The CPUs on which the interrupt or bottom half *a* may land."""
        return list(range(self.count))

    # ---- questions about a state ----------------------------------------------------------------------------------

    def runs(self, m: Facts, task: int) -> str:
        """The Python that says whether *task* runs, or, if it can be preempted, may be the one that runs."""
        stands, ready = f"{m.table(lambda n: True)}[s[@pc.{task}@]]", f"s[@st.{task}@] < {OFF}"
        if not self.cells:
            return f"({stands} and {ready})"
        mine = " or ".join(f"s[@{cell}@] == {task}" for cell in self.cells)
        if not self.preempt:
            return f"({mine})"
        free = " or ".join(f"s[@{cell}@] < 0" for cell in self.cells)
        return f"({mine} or {m.table(lambda n: not n.ctx.atomic)}[s[@pc.{task}@]] and {ready} and ({free}))"

    def idle_first(self, m: Facts, a: Actor, cpu: int) -> list[str]:
        """The interrupt *a* leaves *cpu* to who will come there, while there is a CPU for nobody."""
        return []

    def some_free(self, m: Placed, s: State) -> bool:
        """Has some CPU neither task nor interrupt in state *s*?"""
        free = (n for n, key in enumerate(self.cells) if key in m.index and s[m.index[key]] < 0)
        return any(f"frm.{n}" not in m.index or not s[m.index[f"frm.{n}"]] for n in free)

    def has_cpu(self, m: Placed, s: State, task: int) -> bool:
        """Has *task*, which would run, a CPU in state *s*?"""
        cells = [m.index[key] for key in self.cells if key in m.index]
        return not cells or any(s[n] == task for n in cells)

    def of(self, m: Placed, s: State, actor: int) -> int:
        """The CPU that a task has, or an interrupt is on, in state *s*; -1: none."""
        if m.actors[actor].is_task:
            return self.of_task(m, s, actor)
        return next((int(key[4:]) for key, n in m.index.items() if key.startswith("frm.") and actor in s[n]), -1)

    @abstractmethod
    def of_task(self, m: Placed, s: State, task: int) -> int:
        """The CPU that *task* has in state *s*; -1: none."""

    def next_of(self, m: Placed, s: State, task: int) -> int:
        """The CPU on which *task* makes its next step in state *s*; -1: there is none."""
        return self.of_task(m, s, task)

    def task_on(self, m: Placed, s: State, cpu: int) -> int:
        """The task that has *cpu* in state *s*; -1: none."""
        return int(s[m.index[self.cells[cpu]]])

    def frames_over(self, m: Placed, s: State, task: int) -> tuple[int, ...]:
        """The interrupts on the CPU of *task* in state *s*, the innermost last."""
        cell = m.index.get(f"frm.{self.of_task(m, s, task)}")
        return s[cell] if cell is not None else ()

    def environment(self, index: Mapping[str, int]) -> dict[str, object]:
        """What generated code calls; *index*: the places of the cells."""
        return {}


class OneCpu(Cpus):
    """One CPU for all."""

    parallel = False
    cells = ("cur.0",)

    def guard(self, g: Writer) -> None:
        if g.m.frames:
            g.guard("s[@frm.0@]", because("cpu", who="s[@frm.0@][-1:]", cpu=0))
        g("k = s[@cur.0@]")
        g.guard(f"k >= 0 and k != {g.a.index}", because("cpu", who="(k,)", cpu=0))

    def put(self, g: Writer, who: int) -> None:
        g(f"c[@!cur.0@] = {who}")

    def spin(self, g: Writer, cannot: str, why: str) -> None:
        self.keep_spinning(g, cannot, why, "@cur.0@")

    def room(self) -> list[str]:
        return [refuse("s[@cur.0@] >= 0 or s[@frm.0@]", because("cpu", who="s[@frm.0@][-1:] or (s[@cur.0@],)", cpu=0))]

    def room_for(self, m: Facts, a: Actor) -> list[str]:
        return self.room()

    def some_irqs_on(self, m: Facts) -> list[str]:
        return [*self.irqs_on(m, 0, None), *unless_frame_off(m, 0)]

    def irqs_on(self, m: Facts, cpu: int, of: int | None) -> list[str]:
        return unless_off("@cur.0@", 0, "_OFF")

    def bottom_halves_on(self, m: Facts, cpu: int) -> list[str]:
        return unless_off("@cur.0@", 0, "_BH")

    def of(self, m: Placed, s: State, actor: int) -> int:
        return 0

    def of_task(self, m: Placed, s: State, task: int) -> int:
        return 0


class ManyCpus(Cpus):
    """Fewer CPUs than tasks: who has none takes the lowest that is free.  In generated code ``k`` is the number of the
    CPU of the step."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.cells = self.kept = tuple(f"cpu.{n}" for n in range(self.count))

    def guard(self, g: Writer) -> None:
        g(f"k = _cpu(s, {g.a.index})")
        g.guard("k < 0", because("cpu", who=f"_takers(s, {g.a.index})"))

    def put(self, g: Writer, who: int) -> None:
        g(f"c[_CP[k]] = {who}")

    def spin(self, g: Writer, cannot: str, why: str) -> None:
        self.keep_spinning(g, cannot, why, "_CP[k]")

    def room(self) -> list[str]:
        return self._room(NOBODY)

    def room_for(self, m: Facts, a: Actor) -> list[str]:
        return self._room(a.index)

    @staticmethod
    def _room(task: int) -> list[str]:
        return [refuse(f"_cpu(s, {task}) < 0", because("cpu", who=f"_takers(s, {task})"))]

    def some_irqs_on(self, m: Facts) -> list[str]:
        return []

    def irqs_on(self, m: Facts, cpu: int, of: int | None) -> list[str]:
        lines = unless_off(f"@cpu.{cpu}@", cpu, "_OFF")
        return lines if of is None else [*lines, refuse(f"k != {of}", because("elsewhere", who=f"({of},)", cpu=cpu))]

    def bottom_halves_on(self, m: Facts, cpu: int) -> list[str]:
        return unless_off(f"@cpu.{cpu}@", cpu, "_BH")

    def of_task(self, m: Placed, s: State, task: int) -> int:
        return next((n for n, key in enumerate(self.cells) if s[m.index[key]] == task), -1)

    def next_of(self, m: Placed, s: State, task: int) -> int:
        return self._taker(m.index)(s, task)

    def environment(self, index: Mapping[str, int]) -> dict[str, object]:
        cells = tuple(index[key] for key in self.cells)
        return {"_cpu": self._taker(index), "_CP": cells, "_takers": partial(self._takers, index)}

    def _takers(self, index: Mapping[str, int], s: State, me: int) -> tuple[int, ...]:
        """Who is in the way of *me*, which has no CPU to run on: an interrupt on its own, or whoever has all others."""
        tops = [(s[index.get(f"frm.{n}", 0)] or (s[index[key]],))[-1] for n, key in enumerate(self.cells)]
        mine = [tops[n] for n, key in enumerate(self.cells) if s[index[key]] == me]
        return tuple(mine or tops)

    def _taker(self, index: Mapping[str, int]) -> Callable[[State, int], int]:
        """``cpu(s, me)``: the CPU that task *me* has in state *s*, or the lowest that is free; -1: an interrupt runs
        on the one, or there is no other."""
        cpus = tuple(index[key] for key in self.cells)
        frames = tuple(index.get(f"frm.{n}", 0) for n in range(self.count))

        def cpu(s: State, me: int) -> int:
            free = -1
            for n, cell in enumerate(cpus):
                v = s[cell]
                if v == me:
                    return -1 if frames[n] and s[frames[n]] else n
                if v == -1 and free < 0 and not (frames[n] and s[frames[n]]):
                    free = n
            return free

        return cpu


class CpuEach(Cpus):
    """At least as many CPUs as tasks."""

    shared = False

    def guard(self, g: Writer) -> None:
        if g.a.index in g.m.frame_cpus:
            g.guard(f"s[@frm.{g.a.index}@]", self._taken(g.a.index))

    def put(self, g: Writer, who: int) -> None:
        """Nothing to write down."""

    def spin(self, g: Writer, cannot: str, why: str) -> None:
        g.guard(cannot, why)

    def room(self) -> list[str]:
        return []

    def room_for(self, m: Facts, a: Actor) -> list[str]:
        return [refuse(f"s[@frm.{a.index}@]", self._taken(a.index))] if a.index in m.frame_cpus else []

    def some_irqs_on(self, m: Facts) -> list[str]:
        if self.count > 1:
            return []
        off: list[str] = []
        for n in (a.index for a in m.actors if a.is_task):
            off += [refuse(f"s[@st.{n}@] < {OFF} and _OFF[s[@pc.{n}@]]", because("irqs_off", who=f"({n},)", cpu=n))]
            off += unless_frame_off(m, n)
        return off

    def irqs_on(self, m: Facts, cpu: int, of: int | None) -> list[str]:
        why = because("irqs_off", who=f"({cpu},)", cpu=cpu)
        return [refuse(f"_OFF[s[@pc.{cpu}@]]", why)] if cpu < len(m.actors) else []

    def idle_first(self, m: Facts, a: Actor, cpu: int) -> list[str]:
        """That call would have gone to a CPU for nobody, had it found its own taken."""
        idle = [n for n in m.landing_places[a.index] if n >= len(m.actors)]
        if cpu >= len(m.actors) or m.actors[cpu].kind != "process" or not idle:
            return []
        taken = " and ".join(f"s[@frm.{n}@]" for n in idle)
        coming = m.special_number(m.actors[cpu], "arrive")
        return [refuse(f"s[@pc.{cpu}@] == {coming} and not ({taken})", because("cpu", who=f"({cpu},)", cpu=cpu))]

    def bottom_halves_on(self, m: Facts, cpu: int) -> list[str]:
        why = because("bh_off", who=f"({cpu},)", cpu=cpu)
        return [refuse(f"s[@st.{cpu}@] < {OFF} and _BH[s[@pc.{cpu}@]]", why)] if cpu < len(m.actors) else []

    @staticmethod
    def _taken(task: int) -> str:
        """Why *task* cannot move while an interrupt is on its CPU."""
        return because("cpu", who=f"s[@frm.{task}@][-1:]", cpu=task)

    def landing(self, m: Facts, a: Actor) -> Sequence[int]:
        return m.landing_places[a.index]

    def of_task(self, m: Placed, s: State, task: int) -> int:
        return task

    def task_on(self, m: Placed, s: State, cpu: int) -> int:
        return cpu if cpu < len(m.actors) and runnable(s[m.state_cells[cpu]]) else -1
