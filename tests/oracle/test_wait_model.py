"""Wait queues, states and schedule() against a model: random programs, every rest of every interleaving.

The model is KERNEL 2.4, 2.6, 3.2 to 3.4 written down once more, in a hundred lines, and knows nothing of
the machine: a masked compare on the state, an entry that takes itself off if its wake-up counted, exclusive waiters at
the tail.  What a wake-up of somebody not yet asleep returns is 0 before 6.12 and 1 in it, and shows in both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import Call, Config, Scenario, Thread
from kthreadlab.run.graph import Paths
from kthreadlab.run.search import build, search
from kthreadlab.run.view import Viewer
from tests.support import module

# ---- programs: lists of (operation, value)

STATES = {"0": "TASK_RUNNING", "1": "TASK_INTERRUPTIBLE", "2": "TASK_UNINTERRUPTIBLE"}
WAKES = {
    # call: mask, how many exclusive waiters (0: all)
    "wake_up(queue)": (3, 1),
    "wake_up_nr(queue, 2)": (3, 2),
    "wake_up_all(queue)": (3, 0),
    "wake_up_interruptible(queue)": (1, 1),
    "wake_up_interruptible_all(queue)": (1, 0),
}
TEXTS = {
    "state": lambda v: f"set_current_state({STATES[v]})",
    "prepare": lambda v: f"prepare_to_wait(queue, wait, {STATES[v]})",
    "prepare exclusive": lambda v: f"prepare_to_wait_exclusive(queue, wait, {STATES[v]})",
    "finish": lambda v: "finish_wait(queue, wait)",
    "schedule": lambda v: "schedule()",
    "schedule unless": lambda v: f"if a != {v}:\n    schedule()",
    "store": lambda v: f"a = {v}",
    "wake": lambda v: v,
}
IN_THREAD = st.one_of(
    st.tuples(st.sampled_from(["state", "prepare", "prepare", "prepare exclusive"]), st.sampled_from("112")),
    st.just(("schedule", "")),
    st.just(("schedule", "")),
    st.just(("finish", "")),
    st.tuples(st.just("schedule unless"), st.sampled_from("12")),
    st.tuples(st.just("store"), st.sampled_from("12")),
    st.tuples(st.just("wake"), st.sampled_from(list(WAKES))),
)
IN_HANDLER = st.one_of(
    st.tuples(st.just("store"), st.sampled_from("12")), st.tuples(st.just("wake"), st.sampled_from(list(WAKES)))
)
PROGRAMS = st.tuples(
    st.lists(st.lists(IN_THREAD, min_size=2, max_size=6), min_size=2, max_size=3), st.lists(IN_HANDLER, max_size=2)
)


def source(threads: list[list[tuple]], handler: list[tuple]) -> str:
    """The programs as kernel Python; whoever leaves takes himself off the queue."""
    out = ["queue = DECLARE_WAIT_QUEUE_HEAD()\na = u8(0)\ncame = u8(0)\n"]
    for i, ops in enumerate(threads):
        lines = [line for op, v in [*ops, ("finish", "")] for line in TEXTS[op](v).splitlines()]
        body = "".join(f"    {line}\n" for line in lines)
        out.append(f"def t{i}(unused):\n    global a\n    wait = DEFINE_WAIT()\n{body}    return 0\n")
    body = "".join(f"    {TEXTS[op](v)}\n" for op, v in handler)
    out.append(f"def handler():\n    global a, came\n{body}    came = 1\n")
    return "\n\n".join(out)


# ---- the model


@dataclass(frozen=True)
class Task:
    pc: int = 0
    state: int = 0
    asleep: bool = False
    half: int = 0
    """What an operation of two steps has left between them: 0 before the first, else 1 and a value."""


@dataclass(frozen=True)
class World:
    tasks: tuple[Task, ...]
    queue: tuple[tuple[int, bool], ...] = ()
    """Who is on it, and whether exclusively, from the head."""
    a: int = 0
    came: int = 0
    current: tuple[int | None, ...] = ()
    """Whom each CPU runs, where that matters."""
    frame: int | None = None
    """The CPU on which the interrupt runs."""
    armed: int = 0
    """Is the timer pending?"""


class Model:
    """All rests of *threads* and *handler*; *queued*: what a wake-up of somebody not yet asleep returns; *cpus*: None
    where everybody has one; *preempt*: whoever has one may be taken off it."""

    def __init__(
        self, threads: list[list[tuple]], handler: list[tuple], queued: int, cpus: int | None, preempt: bool
    ) -> None:
        self.programs = [[*ops, ("finish", ""), ("exit", "")] for ops in threads]
        self.handler, self.queued = [*handler, ("came", "")], queued
        self.cpus, self.keeps = cpus, cpus is not None and not preempt

    def rests(self) -> set[tuple]:
        tasks = tuple(Task() for _ in (*self.programs, None))  # the last one is the interrupt
        start = World(tasks, current=(None,) * (self.cpus or 0))
        seen, todo, ends = {start}, [start], set()
        while todo:
            w = todo.pop()
            moves = [self.step(w, i) for i in range(len(self.programs)) if self.may_run(w, i)]
            if not moves and self.is_quiet(w):
                ends.add(self.seen_from_outside(w))
            for t in [*moves, *self.interrupt(w)]:
                if t not in seen:
                    seen.add(t)
                    todo.append(t)
        return ends

    def may_run(self, w: World, i: int) -> bool:
        t = w.tasks[i]
        if t.asleep or t.pc >= len(self.programs[i]):
            return False
        return self.cpus is None or self.cpu_for(w, i) is not None

    def cpu_for(self, w: World, i: int) -> int | None:
        """The CPU on which thread *i* goes on: its own, or a free one; none under the interrupt.  Where there are
        enough for everybody, each has had one of its own since boot."""
        free = [k for k in range(self.cpus) if k != w.frame]
        if 1 < self.cpus >= len(self.programs):
            return i if i in free else None
        if not self.keeps:
            return next(iter(free), None)
        if i in w.current:
            return next((k for k in free if w.current[k] == i), None)
        return next((k for k in free if w.current[k] is None), None)

    def is_quiet(self, w: World) -> bool:
        """Is the interrupt not under way?  It need not come."""
        return w.tasks[-1].pc in (0, len(self.handler))

    def interrupt(self, w: World) -> list[World]:
        """It lands on any CPU, and that one runs nothing else until it is through."""
        me = len(w.tasks) - 1
        pc = w.tasks[me].pc
        if pc == len(self.handler):
            return []
        places = [w.frame] if pc else list(range(self.cpus or 1))
        w = self.put(self.operate(w, me, *self.handler[pc]), me, pc=pc + 1)
        last = pc + 1 == len(self.handler)
        return [replace(w, frame=None if last or self.cpus is None else k) for k in places]

    def put(self, w: World, i: int, **changes: object) -> World:
        tasks = list(w.tasks)
        tasks[i] = replace(tasks[i], **changes)
        return replace(w, tasks=tuple(tasks))

    def step(self, w: World, i: int) -> World:
        """The next operation of thread *i*."""
        before, t = w, w.tasks[i]
        op, v = self.programs[i][t.pc]
        gives_up = False
        if op == "schedule unless" and not t.half:
            w = self.put(w, i, half=1) if w.a != int(v) else self.put(w, i, pc=t.pc + 1)
        elif op in ("schedule", "schedule unless"):
            w = self.put(w, i, pc=t.pc + 1, half=0, asleep=t.state != 0)
            gives_up = True
        else:
            w = self.put(self.operate(w, i, op, v), i, pc=t.pc + 1)
            gives_up = op == "exit"
        return self.stays(before, w, i, gives_up)

    def stays(self, before: World, w: World, i: int, gives_up: bool) -> World:
        """Thread *i* has made its step on a CPU, which it keeps or gives up."""
        if not self.keeps:
            return w
        current = list(w.current)
        current[self.cpu_for(before, i)] = None if gives_up else i
        return replace(w, current=tuple(current))

    def operate(self, w: World, i: int, op: str, v: str) -> World:
        if op == "wake":
            return self.wake(w, *WAKES[v])
        queue, a, came = w.queue, w.a, w.came
        if op.startswith("prepare"):
            exclusive = op.endswith("exclusive")
            if i in dict(queue):
                queue = tuple((x, exclusive if x == i else e) for x, e in queue)
            else:
                queue = (*queue, (i, True)) if exclusive else ((i, False), *queue)
        elif op == "finish":
            queue = tuple(x for x in queue if x[0] != i)
        a = int(v) if op == "store" else a
        came = 1 if op == "came" else came
        w = replace(w, queue=queue, a=a, came=came)
        if op == "finish":
            return self.put(w, i, state=0)
        return self.put(w, i, state=int(v)) if op == "state" or op.startswith("prepare") else w

    def wake(self, w: World, mask: int, most: int) -> World:
        """The walk: from the head, until enough exclusive waiters were really woken."""
        queue = list(w.queue)
        for i, exclusive in w.queue:
            t = w.tasks[i]
            if not t.state & mask:
                continue
            counted = t.asleep or self.queued
            w = self.put(w, i, state=0, asleep=False)
            if counted:
                queue.remove((i, exclusive))
                most -= exclusive
                if exclusive and most == 0:
                    break
        return replace(w, queue=tuple(queue))

    def seen_from_outside(self, w: World) -> tuple:
        letters = tuple("gone" if not t.asleep else "RSD"[t.state] for t in w.tasks[:-1])
        return letters, tuple(i for i, _ in w.queue), w.a, w.came


# ---- the machine


def machine_rests(text: str, count: int, config: Config) -> set[tuple]:
    names = [f"t{i}" for i in range(count)]
    scenario = Scenario("model", threads=[Thread(n) for n in names], calls=[Call("nic", "handler", context="irq")])
    graph = search(build(module(text, "model"), scenario, config))
    assert graph.complete and not graph.faults
    viewer, ends = Viewer(graph.machine), set()
    for n in Paths(graph).dead_ends:
        view = viewer.view(graph.states[n])
        letters = {t.name: t.letter for t in view.tasks}
        ends.add(
            (
                tuple("gone" if letters[n] in "XZ" else letters[n] for n in names),
                tuple(names.index(n) for n in view.queues["queue"]),
                view.statics["a"],
                view.statics["came"],
            )
        )
    return ends


MACHINES = {
    "a CPU each": {"cpus": 8},
    "one CPU, preempt": {"cpus": 1, "preempt": True},
    "one CPU": {"cpus": 1},
    "two CPUs": {"cpus": 2},
}


def cpus_of(machine: str) -> tuple[int | None, bool]:
    """What the model wants to know of a machine."""
    config = MACHINES[machine]
    return None if config["cpus"] > 2 else config["cpus"], "preempt" in config


def agree(programs: tuple, machine: str, profile: str) -> None:
    threads, handler = programs
    text = source(threads, handler)
    found = machine_rests(text, len(threads), Config(profile=profile, **MACHINES[machine]))
    expected = Model(threads, handler, int(profile == "6.12"), *cpus_of(machine)).rests()
    assert expected == found, text


CASES = [(m, p) for m in MACHINES for p in ("2.6.11", "6.12")]


@pytest.mark.parametrize(("machine", "profile"), CASES)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(programs=PROGRAMS)
def test_random_waiters_and_wakers_rest_where_the_model_does(machine: str, profile: str, programs: tuple) -> None:
    """Who sleeps in which state, who is on the queue in which order, what is stored."""

    agree(programs, machine, profile)


@pytest.mark.long
@pytest.mark.parametrize(("machine", "profile"), CASES)
@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs=PROGRAMS)
def test_many_random_waiters_and_wakers_rest_where_the_model_does(machine: str, profile: str, programs: tuple) -> None:
    """The same, for longer, with new programs every time."""

    agree(programs, machine, profile)
