"""What a step comes to that a property forbids: every time is kept, and each choice can be asked."""

from __future__ import annotations

from kthreadlab import Config, Scenario
from kthreadlab.checks.observers import observers_for
from kthreadlab.machine.standing import hits_of
from kthreadlab.run.search import build, search
from tests.machine.drive import lines
from tests.support import module

TEXT = "lock = DEFINE_SPINLOCK()\n\n\n" + lines("spin_lock(lock)", "schedule()", "spin_unlock(lock)", "return 0")
TEXT += "x = u32(0)\n\n\ndef other(unused):\n    global x\n    x = 1\n    x = 2\n    return 0\n"


def test_all_hits_are_kept_and_each_choice_can_be_asked() -> None:
    """One way to break a property, in several states: all of them are known, and there the choice says so."""

    made = build(
        module(TEXT),
        Scenario("hits", threads=["mykthread", "other"]),
        Config(cpus=4),
        observers=observers_for(["never_sleeps_atomic"]),
        reduce=False,
    )
    graph = search(made)
    asked: dict[int, set[int]] = {}
    for n in range(len(graph.states)):
        for e in made.internal + made.external:
            for violation in hits_of(made, graph.states[n], e):
                asked.setdefault(violation, set()).add(n)

    assert {"never_sleeps_atomic"} == {made.violations[v][0] for v in asked}
    assert all(len(states) > 1 for states in asked.values())
    assert {v: set(states) for v, states in graph.hits.items()} == asked
