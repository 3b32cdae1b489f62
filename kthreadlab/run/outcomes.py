"""The set of things that can come of a scenario, over every schedule: which helpers ran, and how the thread ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from kthreadlab.compile.cells import State
from kthreadlab.compile.config import Config
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.compile.values import Val
from kthreadlab.kernel.kmod import vectors
from kthreadlab.lang.errno import EINTR
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.task_state import DEAD, asleep
from kthreadlab.machine.given import given_id, is_number
from kthreadlab.machine.scenario import Scenario
from kthreadlab.machine.standing import on_queue

from .analysis import Analysis
from .search import DEFAULT_MAX_STATES, Graph, build, search


@dataclass(frozen=True)
class Outcome:
    """One way a scenario can end.

    *execs*: ids given to helpers, in order; what a cycle repeats is written once. *ending* of the first thread:
    ``asleep``, ``exited``, ``helper`` (for ever in a helper call), ``stuck``, ``fault``, ``storm`` (a cycle that runs
    helpers, *storm* says which), ``polling`` (a cycle that timers drive), ``hog`` (a cycle that does neither).
    *code*, *on_queue*: at its exit. *pending*: arrivals that had not come.
    """

    execs: tuple[int, ...]
    ending: str
    storm: frozenset[int] = frozenset()
    code: int | None = None
    on_queue: bool = False
    pending: frozenset[str] = frozenset()


class Incomplete(ValueError):
    """The graph is larger than the budget: no set can be given."""


def outcomes(
    module: KernelModule, scenario: Scenario, config: Config, max_states: int = DEFAULT_MAX_STATES
) -> frozenset[Outcome]:
    """All outcomes of *scenario*.  Raises `Incomplete` beyond *max_states*, ValueError if there is no thread at all."""
    graph = search(build(module, scenario, config, exact=False), max_states)
    if not graph.complete:
        raise Incomplete(f"more than {max_states:,} states")
    if graph.machine.watched is None:
        raise ValueError(f"scenario {scenario.name} has no thread whose end could be told")
    return frozenset(_Walk(graph).outcomes())


Place = tuple[int, tuple[int, ...], frozenset[int], int | None, bool]
"""A state of the graph with what has happened on the way: the helpers that ran, those of the cycle it is on, the
thread's exit code, whether it was on a queue then."""


class _Walk:
    def __init__(self, graph: Graph) -> None:
        self.graph, self.machine = graph, graph.machine
        self.a = Analysis(graph)
        watched = graph.machine.watched
        assert watched is not None
        self.watched = watched
        self.part: dict[int, int] = {}
        cyclic = self.a.paths.cyclic()
        for n, states in enumerate(self.a.paths.components(cyclic)):
            self.part.update(dict.fromkeys(states, n))
        self.khelper = next((x for x in self.machine.actors if x.kind == "khelper"), None)
        self.faulty = {f.source for f in graph.faults}

    def outcomes(self) -> Iterator[Outcome]:
        start: Place = (0, (), frozenset(), None, False)
        seen, todo = {start}, deque([start])
        fair: dict[int, frozenset[int]] = {}
        for part in self.a.fair_cycles():
            fair.update(dict.fromkeys(part, frozenset(part)))
        dead = set(self.a.paths.dead_ends)
        while todo:
            n, execs, recent, code, queued = node = todo.popleft()
            if n in dead:
                yield self.at_rest(n, execs, code, queued)
            if n in self.faulty:
                yield Outcome(execs, "fault", code=code, on_queue=queued, pending=self.pending(n))
            if n in fair:
                yield self.cycle(fair[n], n, execs, code, queued)
            for c, t in self.graph.edges(n):
                new = self.step(node, c, t)
                if new not in seen:
                    seen.add(new)
                    todo.append(new)

    def step(self, node: Place, c: int, t: int) -> Place:
        n, execs, recent, code, queued = node
        same = n in self.part and self.part[n] == self.part.get(t)
        if not same:
            recent = frozenset()
        ran = self.executed(n, c, t)
        if ran is not None:
            if not same:
                execs = (*execs, ran)
            elif ran not in recent and execs[-1:] != (ran,):
                execs, recent = (*execs, ran), recent | {ran}
        s, after = self.graph.states[n], self.graph.states[t]
        if s[self.a.st] != DEAD and after[self.a.st] == DEAD:
            code, queued = self.exit_code(s), on_queue(self.machine, s, self.watched)
        return t, execs, recent, code, queued

    def executed(self, n: int, c: int, t: int) -> int | None:
        """The id that a step gives to a helper."""
        m = self.machine
        entry = self.a.paths.choices[c]
        if self.khelper is None or entry.actor != self.khelper.index:
            return None
        s = self.graph.states[n]
        node = m.nodes[s[entry.pc]]
        if node is None or m.instr(node).op != "exec_request":
            return None
        try:
            if m.env["_exec"](list(s), s)[0]:
                return None
        except KernelFault:
            return None
        _, _, argv, envp, *_ = s[m.index["job.0"]]
        given = vectors(m.memory, list(s), argv, envp)
        value = given_id(m.scenario, *given) if given else None
        return int(value[1]) if value and is_number(value[1]) else -1

    def exit_code(self, s: State) -> int | None:
        m, w = self.machine, self.watched
        node = m.nodes[s[m.index[f"pc.{w.index}"]]]
        assert node is not None
        if m.instr(node).op == "enter":
            return -EINTR  # a thread of kthread_create() that was stopped before it ran
        value: Val = m.instr(node).args[0]
        if value.const is not None:
            return value.const
        for v in value.vars:
            slot = m.chains[w.index].slots.get(v)
            if slot is not None:
                code: int | None = s[m.index[f"v.{w.index}.{slot}"]]
                return code
        return 0

    def pending(self, n: int) -> frozenset[str]:
        m, s = self.machine, self.graph.states[n]
        out = set()
        for e in m.external:
            if e.kind == "arrival":
                if s[e.pc] == m.special.get((e.actor, "arrive")):
                    out.add(m.actors[e.actor].name)
            elif s[e.pc] == 0:
                out.add(e.name)
        return frozenset(out)

    def at_rest(self, n: int, execs: tuple[int, ...], code: int | None, queued: bool) -> Outcome:
        s = self.graph.states[n]
        if self.a.spinners(n):
            ending = "stuck"
        elif s[self.a.st] == DEAD:
            ending = "exited"
        elif self.a.in_helper(n):
            ending = "helper"
        elif asleep(s[self.a.st]):
            ending = "asleep"
        else:
            ending = "stuck"
        return Outcome(execs, ending, code=code, on_queue=queued, pending=self.pending(n))

    def cycle(self, part: frozenset[int], n: int, execs: tuple[int, ...], code: int | None, queued: bool) -> Outcome:
        ran, timers = set(), False
        for x in part:
            for c, t in self.a.paths.next(x):
                if t in part:
                    timers |= self.a.paths.choices[c].kind == "timer"
                    done = self.executed(x, c, t)
                    if done is not None:
                        ran.add(done)
        ending = "storm" if ran else "polling" if timers else "hog"
        if ran and not set(execs) >= ran:
            execs = (*execs, *sorted(ran - set(execs)))
        return Outcome(execs, ending, frozenset(ran), code, queued, self.pending(n))
