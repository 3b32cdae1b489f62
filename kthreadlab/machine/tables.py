"""Tables of steps: every choice of a machine as an `Entry`."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor, Entry, never
from kthreadlab.compile.cells import Env, Step
from kthreadlab.kernel import timer, workqueue

from .scene import Linked
from .world import arrivals, world_entries


def entries(m: Linked, env: Env, steps: list[Step]) -> tuple[list[Entry], list[Entry]]:
    """All choices, internal and external ones.  *env* are the functions; *steps*, the table of nodes, is filled in."""
    steps[:] = [env.get(f"n{n}", never) for n in range(len(m.nodes))]
    internal = [e for a in m.actors for e in _internal_entries(m, a, env, steps)]
    external = [e for a in m.actors for e in _arrival_entries(m, a, env)]
    more_internal, more_external = world_entries(m, env)
    return internal + more_internal + timer.entries(m, env) + workqueue.entries(m, env), external + more_external


def _internal_entries(m: Linked, a: Actor, env: Env, steps: list[Step]) -> list[Entry]:
    """The actor's own choice, and the other outcomes of its operations."""
    pc, st = m.index[f"pc.{a.index}"], m.state_cells[a.index]
    out = [Entry(a.name, pc, st, steps, a.index, False, a.kind)]
    seconds = m.notes.seconds
    for kind in sorted({kind for kind, actor in seconds.values() if actor == a.index}):
        table = [env[f"r{n}"] if seconds.get(n) == (kind, a.index) else never for n in range(len(m.nodes))]
        out.append(Entry(f"{kind}/{a.name}", pc, st, table, a.index, False, kind))
    return out


def _arrival_entries(m: Linked, a: Actor, env: Env) -> list[Entry]:
    """The choices by which a call comes."""
    out = []
    for name, function in arrivals(m, a) if a.kind in ("process", "irq") else ():
        table: list[Step] = [never] * len(m.nodes)
        table[m.special[a.index, "arrive"]] = env[function]
        out.append(Entry(name, m.index[f"pc.{a.index}"], 0, table, a.index, True, "arrival"))
    return out
