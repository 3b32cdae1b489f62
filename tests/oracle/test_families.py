"""Parents, children, zombies, stopped processes: the engine and the interpreter reach the same."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kthreadlab.kernel.family import in_family
from kthreadlab.run.search import Graph, build, search
from kthreadlab.run.view import Viewer
from tests.oracle.interpreter import explore
from tests.oracle.programs.compare import Given, as_interpreted, differences, interpreted, reduced, unreduced
from tests.oracle.programs.families import family, listeners, starters

SEEDS = range(30)
MOST = 1_500
LETTERS = {0: "R", 1: "S", 2: "D", 4: "T"}
Portrait = tuple[tuple[str, str, str], ...]


def portrait(rows: Iterable[tuple[str, str, str]]) -> Portrait:
    """In order; which of two threads that run one function is the second is each one's own affair."""
    return tuple(sorted((name.partition("#")[0], letter, parent) for name, letter, parent in rows))


def portraits(p: Given) -> set[Portrait] | None:
    """Each way in which the family can stand: who is there, with the letter of ps and the parent; None if there are
    too many."""
    graph: Graph = search(build(p.module, p.scenario, p.config, reduce=False), MOST)
    if not graph.complete:
        return None
    m, viewer, found = graph.machine, Viewer(graph.machine), set()
    names = {1: "init", 2: "kthreadd", **{a.pid: a.name for a in m.actors}}
    kin = [a for a in m.actors if in_family(m, a)]
    for s in graph.states:
        there = [(a, viewer.task(s, a)) for a in kin if viewer.exists(s, a)]
        found.add(portrait((a.name, t.letter, names[t.ppid]) for a, t in there))
    return found


def portraits_of_the_interpreter(p: Given) -> set[Portrait] | None:
    found = explore(p.module, p.scenario, p.config, max_states=MOST)
    if not found.complete:
        return None
    letters = LETTERS | {8: "t" if p.config.profile == "6.12" else "T"}
    return {
        portrait(
            (t.name, t.exit_state or letters[t.state], t.parent)
            for t in state.tasks
            if (t.kind == "user" or t.kin) and (t.born or t.done)
        )
        for state in found.graph.states
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_and_interpreter_reach_the_same_families(seed):
    p = family(seed)
    mine, yours = portraits(p), portraits_of_the_interpreter(p)
    if mine is None or yours is None:
        pytest.skip("too many states")

    assert mine - yours == set()
    assert yours - mine == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_and_interpreter_judge_families_alike(seed):
    p = family(seed)

    assert [] == differences(as_interpreted(p, MOST), interpreted(p, MOST))


@pytest.mark.parametrize("seed", SEEDS)
def test_families_are_judged_alike_with_and_without_reduction(seed):
    p = family(seed)

    assert [] == differences(reduced(p, MOST), unreduced(p, MOST))


@pytest.mark.parametrize("seed", range(24))
def test_threads_of_the_kernel_hear_of_sigstop_and_sigcont_alike(seed):
    """What they find pending in the end is a number, which is compared at rest."""

    p = listeners(seed)

    assert [] == differences(as_interpreted(p, MOST), interpreted(p, MOST))
    assert [] == differences(reduced(p, MOST), unreduced(p, MOST))


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_and_interpreter_judge_who_starts_a_thread_alike(seed):
    """Who waits for it in the kernel, passes it by, or says nothing of a failure."""
    p = starters(seed)

    assert [] == differences(as_interpreted(p, MOST), interpreted(p, MOST))
    assert [] == differences(reduced(p, MOST), unreduced(p, MOST))
    mine, yours = portraits(p), portraits_of_the_interpreter(p)
    assert mine == yours or None in (mine, yours)
