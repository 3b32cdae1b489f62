"""A timer against a model: it may expire whenever it is pending, does so in the end, and its function runs once.

The model is that of `test_wait_model` with the interrupt replaced by a timer: its function begins when the timer is
pending and the function is not running already; on one CPU nothing else moves until it is through.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import Config, Scenario, Thread
from kthreadlab.run.graph import Paths
from kthreadlab.run.search import build, search
from kthreadlab.run.view import Viewer
from tests.oracle.test_wait_model import IN_HANDLER, IN_THREAD, MACHINES, TEXTS, Model, World, cpus_of
from tests.support import module

TIMED = {
    "arm": "mod_timer(timer, jiffies + HZ)",
    "was armed": "a = mod_timer(timer, jiffies + HZ)",
    "disarm": "a = del_timer(timer)",
    "pending": "a = timer_pending(timer)",
}
ON_TIMERS = st.sampled_from([(op, "") for op in TIMED])
ARM = st.just(("arm", ""))
PROGRAMS = st.tuples(
    st.lists(st.lists(st.one_of(IN_THREAD, ON_TIMERS, ARM), min_size=2, max_size=5), min_size=1, max_size=3),
    st.lists(st.one_of(IN_HANDLER, IN_HANDLER, st.just(("pending", ""))), min_size=1, max_size=3),
)


def text_of(op: str, v: str) -> str:
    return TIMED[op] if op in TIMED else TEXTS[op](v)


def source(threads: list[list[tuple]], function: list[tuple]) -> str:
    out = ["queue = DECLARE_WAIT_QUEUE_HEAD()\na = u8(0)\n"]
    body = "".join(f"    {text_of(op, v)}\n" for op, v in function)
    out.append(f"def expired(data):\n    global a\n{body}")
    out.append("timer = TIMER_INITIALIZER(expired, 0, 0)\n")
    for i, ops in enumerate(threads):
        lines = [line for op, v in [*ops, ("finish", "")] for line in text_of(op, v).splitlines()]
        body = "".join(f"    {line}\n" for line in lines)
        out.append(f"def t{i}(unused):\n    global a\n    wait = DEFINE_WAIT()\n{body}    return 0\n")
    return "\n\n".join(out)


class TimerModel(Model):
    """The last task is the timer's function: pc 0 is not running."""

    def is_quiet(self, w: World) -> bool:
        return not w.armed and w.tasks[-1].pc == 0

    def interrupt(self, w: World) -> list[World]:
        """It expires, or its function goes on."""
        me = len(w.tasks) - 1
        pc = w.tasks[me].pc
        if not pc and not w.armed:
            return []
        if not pc:
            begun = self.put(replace(w, armed=0), me, pc=1)
            return [replace(begun, frame=None if self.cpus is None else k) for k in range(self.cpus or 1)]
        if pc == len(self.handler):  # the model's own last operation
            return [self.put(replace(w, frame=None), me, pc=0, half=0)]
        return [self.one_step(w, me, *self.handler[pc - 1])]

    def one_step(self, w: World, i: int, op: str, v: str) -> World:
        """An operation, or half of one that stores what it got."""
        t = w.tasks[i]
        if op in TIMED and op != "arm":
            if t.half:
                return self.put(replace(w, a=t.half - 1), i, pc=t.pc + 1, half=0)
            w = self.put(w, i, half=1 + w.armed)
            return replace(w, armed={"was armed": 1, "disarm": 0, "pending": w.armed}[op])
        if op == "arm":
            return self.put(replace(w, armed=1), i, pc=t.pc + 1)
        return self.put(self.operate(w, i, op, v), i, pc=t.pc + 1)

    def step(self, w: World, i: int) -> World:
        op, v = self.programs[i][w.tasks[i].pc]
        if op in TIMED:
            return self.stays(w, self.one_step(w, i, op, v), i, gives_up=False)
        return super().step(w, i)

    def seen_from_outside(self, w: World) -> tuple:
        return super().seen_from_outside(w)[:3]


def machine_rests(text: str, count: int, config: Config) -> set[tuple]:
    names = [f"t{i}" for i in range(count)]
    scenario = Scenario("model", threads=[Thread(n) for n in names])
    graph = search(build(module(text, "model"), scenario, config))
    assert graph.complete and not graph.faults
    viewer, ends = Viewer(graph.machine), set()
    for n in Paths(graph).dead_ends:
        view = viewer.view(graph.states[n])
        letters = {t.name: t.letter for t in view.tasks}
        seen = tuple("gone" if letters[n] in "XZ" else letters[n] for n in names)
        ends.add((seen, tuple(names.index(n) for n in view.queues["queue"]), view.statics["a"]))
    return ends


def agree(programs: tuple, machine: str) -> None:
    threads, function = programs
    text = source(threads, function)
    expected = TimerModel(threads, function, 0, *cpus_of(machine)).rests()
    assert expected == machine_rests(text, len(threads), Config(**MACHINES[machine])), text


@pytest.mark.parametrize("machine", MACHINES)
def test_another_cpu_may_see_that_it_expired_before_its_function_has_done_anything(machine: str) -> None:
    """del_timer returns 0, its caller goes on, and only then does the function do its one thing."""

    programs = [[("arm", ""), ("disarm", "")]], [("store", "2")]
    agree(programs, machine)
    values = {a for _, _, a in machine_rests(source(*programs), 1, Config(**MACHINES[machine]))}
    assert ({1, 0, 2} if MACHINES[machine]["cpus"] > 1 else {1, 0}) == values


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(programs=PROGRAMS)
def test_random_programs_with_a_timer_rest_where_the_model_does(machine: str, programs: tuple) -> None:
    """Whatever starts it, stops it, looks at it, and whatever its function does."""

    agree(programs, machine)


@pytest.mark.long
@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs=PROGRAMS)
def test_many_random_programs_with_a_timer_rest_where_the_model_does(machine: str, programs: tuple) -> None:
    """The same, for longer, with new programs every time."""

    agree(programs, machine)
