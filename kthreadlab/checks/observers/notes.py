"""How observers put down what they notice."""

from __future__ import annotations

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.plan import Plan
from kthreadlab.machine.scenario import Scenario
from kthreadlab.machine.scene import Scene


def hit(g: Gen, property_: str, cause: str) -> None:
    """Record that *property_* is broken here; the machine goes on."""
    number = g.m.violation(property_, cause, g.pos, g.a.index)
    g(f"_hit(({number}, s))")


def note(g: Gen, key: str) -> None:
    """Record that something has come about, where properties ask for it: in a world in which no helper is owed."""
    if not g.m.helper_owed:
        g(f"_X[{key!r}] = 1")


def scenario_of(m: Plan) -> Scenario:
    """What a machine that is watched is in."""
    assert isinstance(m, Scene)
    return m.scenario
