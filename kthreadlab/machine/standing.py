"""Questions about one state: who waits for a lock, who is on a queue, what a choice would do, is all at rest?"""

from __future__ import annotations

from dataclasses import dataclass

from .actor import Actor, Entry
from .effects import Does, Takes, Waits
from .kthread import ahead, stopped_by
from .ops import effects_of
from .runtime import KernelFault
from .spinlock import kept_out
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
    return word is not None and kept_out(m, takes.mode, word)


def may_block(m, node) -> bool:
    """May whoever stands at this node have to wait there without sleeping?"""
    effects = effects_of(m.instr(node).op)
    return Does.TURNS in effects.does or any(not x.tries for x in effects.changes(Takes))


def waits_to_take(m, node) -> bool:
    """Does whoever stands at this node wait for what somebody else has and will give back?"""
    return waits_for(m, node) in ("lock", "mutex", "semaphore")


def waits_for(m, node) -> str:
    """What whoever stands at this node sleeps or spins for, in a word of `effects.Waits`; "" for nothing of its own."""
    return next((x.what for x in effects_of(m.instr(node).op).made(Waits)), "")


def spinners(m, s: tuple) -> list[int]:
    """Actors that wait for a lock on a CPU in state *s*."""
    out = []
    for a in m.actors:
        if s[m.state_cells[a.index]] < 4 and blocked(m, s, a.index):
            cpus = [n for k, n in m.index.items() if k.startswith(("cur.", "cpu."))]
            free = m.config.preempt and any(s[n] < 0 for n in cpus)
            if a.is_frame or not cpus or free or any(s[n] == a.index for n in cpus):
                out.append(a.index)
    return out


def deadlocked(m, s: tuple) -> list[int]:
    """Tasks that sleep for a mutex in state *s*: where nobody can move, they wait for each other, or for themselves."""
    return [a for n in m.mutexes if s[n] for a in s[n][1] if 4 < s[m.state_cells[a]] < 8]


def on_queue(m, s: tuple, actor: Actor) -> bool:
    """Is an entry of *actor* linked on some wait queue in state *s*?"""
    entries = (o for o in actor.objects if getattr(o.type, "kind", "") == "wait_queue")
    return any(s[m.index[o.key]] and s[m.index[o.key]][3] > 0 for o in entries if o.key in m.index)


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


@dataclass(frozen=True)
class Wait:
    """What a task or frame waits for: *kind*, one of the words of `effects.Waits`, ``timer`` (a timer's function
    to return) or ``wakeup``; the name of the object, or ""; and the actors that have it, or must end first."""

    kind: str
    name: str = ""
    holders: tuple[int, ...] = ()


def awaited(m, s: tuple, actor: int) -> Wait | None:
    """What *actor* waits for in state *s*; None if it may run."""
    node, st = m.nodes[s[m.index[f"pc.{actor}"]]], s[m.state_cells[actor]] if m.actors[actor].is_task else 0
    if node is None or st == 8:
        return None
    i = m.instr(node)
    kind = waits_for(m, node)
    if st < 4:
        if not blocked(m, s, actor):
            return None
        kind = kind or "timer"
    elif node.phase != 1 or not kind:
        return Wait("wakeup", queue_of(m, s, m.actors[actor]))
    if kind == "stop":
        thread = stopped_by(m, s, actor)
        return Wait(kind, "", (thread if thread >= 0 else ahead(m, s),))
    obj = getattr(i.args[0], "obj", None) if i.args else None
    if obj is None or kind == "helper":
        return Wait(kind)
    return Wait(kind, obj.name, tuple(holders(m, s, obj.key)))


def holders(m, s: tuple, lock: str) -> list[int]:
    """Who has this lock, mutex or semaphore in state *s*, by the ledger of the context."""
    out = []
    for a in m.actors:
        node = m.nodes[s[m.index[f"pc.{a.index}"]]]
        if node is not None and any(h.lock == lock for h in (*node.ctx.held, *node.ctx.owned)):
            out.append(a.index)
    return out


def frames_above(m, s: tuple, actor: int) -> tuple[int, ...]:
    """The interrupt frames that keep *actor*, a task or a frame below them, from going on in state *s*."""
    if m.actors[actor].is_frame:
        stacks = [s[n] for key, n in m.index.items() if key.startswith("frm.") and actor in s[n]]
        return stacks[0][stacks[0].index(actor) + 1 :] if stacks else ()
    cell = "frm.0"
    if m.mode == "each":
        cell = f"frm.{actor}"
    elif m.mode == "many":
        cell = next((f"frm.{n}" for n in range(m.config.cpus) if s[m.index[f"cpu.{n}"]] == actor), "")
    return s[m.index[cell]] if cell and cell in m.index else ()


def queue_of(m, s: tuple, actor: Actor) -> str:
    """The name of a wait queue that an entry of *actor* is on in state *s*, or ""."""
    entries = (o for o in actor.objects if getattr(o.type, "kind", "") == "wait_queue")
    queues = {s[m.index[o.key]][3] for o in entries if o.key in m.index and s[m.index[o.key]]}
    return next((o.name for k, o in m.layout.objects.items() if m.index.get(k) in queues - {0, None}), "")


def begun(m, s: tuple, call: int) -> bool:
    """Has the call of actor *call* begun and not returned in state *s*?"""
    away = {m.special.get((call, what)) for what in ("arrive", "final")}
    return s[m.index[f"pc.{call}"]] not in away
