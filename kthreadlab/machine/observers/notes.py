"""How observers put down what they notice."""

from __future__ import annotations


def hit(g, property_: str, cause: str) -> None:
    """Record that *property_* is broken here; the machine goes on."""
    number = g.m.violation(property_, cause, g.pos, g.a.index)
    g(f"_hit(({number}, s))")


def note(g, key: str) -> None:
    """Record that something has come about, where properties ask for it: in a world in which no helper is owed."""
    if not g.m.helper_owed:
        g(f"_X[{key!r}] = 1")
