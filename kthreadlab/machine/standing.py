"""Questions about one state: who waits for a lock, who is on a queue, what a choice would do, is all at rest?"""

from __future__ import annotations

from .actor import Actor, Entry
from .effects import Does, Takes
from .ops import effects_of
from .runtime import KernelFault
from .timer import waits_for_function


def blocked(m, s: tuple, actor: int) -> bool:
    """Does *actor* stand before a lock that it cannot have in state *s*?"""
    node = m.nodes[s[m.index[f"pc.{actor}"]]]
    if node is None or not m.config.is_smp:
        return False
    i = m.instr(node)
    effects = effects_of(i.op)
    if Does.TURNS in effects.does:
        return waits_for_function(m, s, i)
    takes = next((x for x in effects.changes(Takes) if not x.tries), None)
    if takes is None:
        return False
    word = s[m.index[i.args[0].obj.key]] if i.args[0].obj.key in m.index else 0
    return word is not None and (word < 0 if takes.mode == "r" else word != 0)


def spinners(m, s: tuple) -> list[int]:
    """Actors that wait for a lock on a CPU in state *s*."""
    out = []
    for a in m.actors:
        if s[m.state_cells[a.index]] < 4 and blocked(m, s, a.index):
            cpus = [n for k, n in m.index.items() if k.startswith(("cur.", "cpu."))]
            if a.is_frame or not cpus or m.config.preempt or any(s[n] == a.index for n in cpus):
                out.append(a.index)
    return out


def deadlocked(m, s: tuple) -> list[int]:
    """Tasks that sleep for a mutex in state *s*: where nobody can move, they wait for each other, or for themselves."""
    return [a for n in m.mutexes if s[n] for a in s[n][1] if 4 < s[m.state_cells[a]] < 8]


def on_queue(m, s: tuple, actor: Actor) -> bool:
    """Is an entry of *actor* linked on some wait queue in state *s*?"""
    entries = (o for o in actor.objects if getattr(o.type, "kind", "") == "wait_queue")
    return any(s[m.index[o.key]] and s[m.index[o.key]][3] for o in entries if o.key in m.index)


def step_kind(m, s: tuple, entry: Entry) -> str:
    """What a choice does in state *s*: ``exec``, ``timer``, or the operation's name."""
    if entry.actor < 0:
        return entry.kind
    node = m.nodes[s[entry.pc]]
    op = m.instr(node).op if node is not None else ""
    return "exec" if op == "exec_request" else op


def idle(m, s: tuple) -> bool:
    """Can nothing move by itself?"""
    for e in m.internal:
        if s[e.st] < 4:
            try:
                if e.table[s[e.pc]](s) is not None:
                    return False
            except KernelFault:
                return False
    return True
