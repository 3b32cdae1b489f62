"""Hooks: every moment that an observer can be told of comes, and being watched changes nothing."""

from __future__ import annotations

import inspect

import pytest

from kthreadlab import Config, Scenario
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import LABS
from kthreadlab.compile.hooks import Hooks, Observer
from kthreadlab.machine.machine import Machine
from kthreadlab.run.search import build, search
from tests.support import Submission, linked, module, submission

HOOKS = sorted(name for name, x in vars(Observer).items() if inspect.isfunction(x))
FACTS = ("signals", "faults", "writes", "reads")
"""What a scenario may have that some hooks speak of."""
ANSWERS = [
    ("lab2/right/reference", Config(cpus=1, preempt=True)),
    ("lab5/right/reference", Config(cpus=1)),
    ("lab6/right/reference", Config(cpus=1)),
    ("lab6/wrong/order_5_state_after_check", Config(cpus=2, smp=True)),
]


def told_of(machine_of) -> set[str]:
    """The hooks of which an observer is told while ``machine_of(observers)`` is built."""
    told = set()

    def noting(name: str):
        plain = getattr(Observer, name)

        def hook(self, *facts):
            told.add(name)
            return plain(self, *facts)

        return hook

    machine_of([type("Noting", (Observer,), {name: noting(name) for name in HOOKS})()])
    return told


def test_all_observers_are_told_of_everything() -> None:
    """`Hooks` passes every hook on."""
    assert HOOKS == sorted(name for name in vars(Hooks) if name in HOOKS)


ODD = """
l = DEFINE_SPINLOCK()

def mykthread(unused):
    spin_lock(l)
    call_usermodehelper('', NULL, NULL, 0)
    spin_unlock(l)
    spin_unlock(l)
    return 0
"""


def test_every_hook_is_told_by_some_machine() -> None:
    """Nothing can be subscribed to that never comes: in lab 1 with processes, lab 5 with its files and failures, lab
    6 with a thread that is killed, and where everything is done wrong."""
    told = told_of(lambda x: build(module(ODD), Scenario("odd", threads=["mykthread"]), Config(), observers=x))
    for name in ("lab1/right/reference", "lab5/right/reference", "lab6/right/reference"):
        s = submission(name)
        made, scenarios = linked(s.lab, s.text), LABS[s.lab].scenarios
        having = [[x for x in scenarios if getattr(x, kind)] for kind in FACTS]
        chosen = [scenarios[0], *(some[0] for some in having if some)]
        for scenario in chosen:
            told |= told_of(lambda x, made=made, scenario=scenario: build(made, scenario, Config(), observers=x))
    assert HOOKS == sorted(told)


def states(machine: Machine, cells: list[str]) -> set[tuple]:
    """The states of *machine*, as far as *cells* go; a heap lies behind them."""
    order = [machine.index[key] for key in cells]
    heap = slice(machine.memory.first, None)
    graph = search(machine)
    return {(*(s[n] for n in order), *s[heap]) for s in (graph.states[n] for n in range(len(graph.states)))}


@pytest.mark.parametrize(("name", "config"), ANSWERS, ids=[name for name, _ in ANSWERS])
def test_being_watched_changes_nothing(name: str, config: Config) -> None:
    """Of all observers together: beside what they keep for themselves there are as many states."""
    s: Submission = submission(name)
    made, scenario = linked(s.lab, s.text), LABS[s.lab].scenarios[0]
    alone = build(made, scenario, config, reduce=False)
    watched = build(made, scenario, config, observers=observers_for(PROPERTIES), reduce=False)
    cells = [key for key in alone.index if key]
    assert set(cells) <= set(watched.index)
    assert len(states(alone, cells)) == len(states(watched, cells))
