"""A second implementation of the simulated kernel, to compare the first with: small, slow, plainly readable.

It shares with kthreadlab the tree of a module (`kthreadlab.lang`), the names and kinds of the calls' arguments, and
the plain data of a scenario and a configuration; nothing else.  A state is plain objects that are copied for each step;
the graph of all states is searched breadth first, and every property is decided on it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from kthreadlab.lang.module import KernelModule

from .graph import Graph
from .judge import DECIDED, Judge, resting
from .values import NotInterpreted
from .world import World


@dataclass
class Found:
    """What an exploration found.  *verdicts*: by property whether it holds (None: not decided) and was exercised;
    *words*: ``holds``, ``fails``, ``follows`` or None; *whole*: does it fail on the whole graph, breaks not cut.
    *faults*: (actor, cause, line).  *resting*: for each dead end the actors' states and queues, and the values of the
    integer statics.  *exercised*: how often each call and each effect (``#…``) was executed."""

    complete: bool
    states: int
    verdicts: dict[str, tuple[bool | None, bool]]
    faults: frozenset[tuple[str, str, int]]
    resting: frozenset[tuple]
    exercised: Counter
    words: dict[str, str | None] = field(default_factory=dict)
    whole: dict[str, bool] = field(default_factory=dict)
    graph: Any = field(default=None, repr=False)


def explore(module: KernelModule, scenario: Any, config: Any, max_states: int = 20_000) -> Found:
    """Every schedule of *module* in *scenario* on *config*."""
    graph = Graph(World(module, scenario, config), max_states)
    faults = frozenset(e.fault for edges in graph.edges for e in edges if e.fault is not None)
    judge = Judge(graph)
    words: dict[str, str | None] = {}
    whole: dict[str, bool] = {}
    verdicts: dict[str, tuple[bool | None, bool]] = {}
    for name in DECIDED:
        word = judge.word(name)
        whole[name] = word in ("fails", "follows")
        words[name] = word if graph.complete or word == "fails" else None
        verdicts[name] = (_earned(name, word, graph.complete), judge.exercised(name) or word == "fails")
    spinning = judge.spinning
    return Found(
        graph.complete,
        len(graph.states),
        verdicts,
        faults,
        resting(graph, spinning),
        graph.exercised,
        words,
        whole,
        graph,
    )


def _earned(name: str, word: str, complete: bool) -> bool | None:
    """A promise that only follows is not earned, anything else that follows is."""
    from .judge import PROMISES

    if word == "fails":
        return False
    if not complete:
        return None
    return word == "holds" or name not in PROMISES


__all__ = ["Found", "NotInterpreted", "explore"]
