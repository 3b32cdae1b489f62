"""The engine and the yardstick measure the same model: their state graphs are the same, step for step."""

import pytest

from kthreadlab.run.search import search
from tests.benchmarks.figures import machine_of
from tests.benchmarks.yardstick import System
from tests.benchmarks.yardstick import search as search_yardstick

FINER = {("enter", 0), ("exit", 0), ("schedule", 1)}
"""What the engine has and the yardstick has not: a task's first step, its last, coming back from schedule()."""


def states_at_the_yardsticks_grain(machine) -> int:
    """How many states are left if whoever stands at one of the finer operations does it at once."""
    nodes = enumerate(machine.nodes)
    finer = {pc for pc, node in nodes if node and (machine.instr(node).op, node.phase) in FINER}
    choices = machine.internal + machine.external

    def successors(state, at=None):
        for choice in choices:
            if state[choice.st] <= 3 and (at is None or state[choice.pc] in at):
                after = choice.table[state[choice.pc]](state)
                if after is not None:
                    yield after

    def settled(state):
        while (after := next(successors(state, finer), None)) is not None:
            state = after
        return state

    seen = {settled(machine.initial): None}
    for state in (todo := list(seen)):
        for after in map(settled, successors(state)):
            if after not in seen:
                seen[after] = None
                todo.append(after)
    return len(seen)


@pytest.mark.parametrize("wakers", [1, 2, 3])
def test_the_engine_and_the_yardstick_have_the_same_states(wakers):
    """Two engines written apart agree on every state of a model, once they cut it at the same points."""

    expected = search_yardstick(System(wakers)).states

    assert expected == states_at_the_yardsticks_grain(machine_of(wakers, reduce=False))


@pytest.mark.parametrize("wakers", [1, 2, 3])
def test_reduction_never_adds_a_state(wakers):
    """The reduced search visits no more than the whole one."""

    whole, reduced = (len(search(machine_of(wakers, reduce=r)).states) for r in (False, True))

    assert reduced <= whole
