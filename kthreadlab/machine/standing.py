"""Questions about one state: who waits for a lock, who is on a queue, what a choice would do, is all at rest?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kthreadlab.compile.actor import Actor, Entry, never
from kthreadlab.compile.cells import State
from kthreadlab.compile.context import Node
from kthreadlab.compile.effects import Does, Waits
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.runtime import HeapFull, KernelFault
from kthreadlab.kernel.blocking import mutexes
from kthreadlab.kernel.irq import waits_for_handler
from kthreadlab.kernel.kthread import ahead, stopped_by
from kthreadlab.kernel.refused import Refused
from kthreadlab.kernel.spinlock import kept_out
from kthreadlab.kernel.timer import waits_for_function
from kthreadlab.kernel.workqueue import working_for
from kthreadlab.lang.task_state import DEAD, STOPPED, TRACED, asleep, runnable

from .scene import Linked


def blocked(m: Linked, s: State, actor: int) -> bool:
    """Does *actor* stand before a lock that it cannot have in state *s*?"""
    number = s[m.index[f"pc.{actor}"]]
    if number not in m.waiting_places or not m.config.is_smp:
        return False
    if number not in m.locks_at:
        node = m.nodes[number]
        assert node is not None
        i = m.instr(node)
        return bool(waits_for_handler(m, s, i)) if i.args[0].obj is None else waits_for_function(m, s, i)
    mode, cell = m.locks_at[number]
    word = s[cell] if cell is not None else 0
    return word is not None and kept_out(m, mode, word)


def waits_to_take(m: Plan, node: Node) -> bool:
    """Does whoever stands at this node wait for what somebody else has and will give back?"""
    return waits_for(m, node) in ("lock", "mutex", "semaphore", "rw_semaphore")


def waits_for(m: Plan, node: Node) -> str:
    """What whoever stands at this node sleeps or spins for, in a word of `effects.Waits`; "" for nothing of its own."""
    return next((x.what for x in effects_of(m.instr(node).op).made(Waits)), "")


def unemployed(m: Linked, s: State, number: int) -> bool:
    """Does whoever stands at the node of that number find nothing to do in state *s*?"""
    return number in m.work and not s[m.work[number]]


def spinners(m: Linked, s: State) -> list[int]:
    """Actors that wait for a lock on a CPU in state *s*."""
    out, waiting = [], m.waiting_places
    for a, pc, state in m.stands:
        if s[pc] in waiting and runnable(s[state]) and blocked(m, s, a.index):
            preempted = m.config.preempt and m.cpus.some_free(m, s)
            if a.is_frame or preempted or m.cpus.has_cpu(m, s, a.index):
                out.append(a.index)
    return out


def deadlocked(m: Linked, s: State) -> list[int]:
    """Tasks that sleep for a mutex in state *s*: where nobody can move, they wait for each other, or for themselves."""
    return [a for n in mutexes(m) if s[n] for a in s[n][1] if a >= 0 and asleep(s[m.state_cells[a]])]


def on_queue(m: Linked, s: State, actor: Actor) -> bool:
    """Is an entry of *actor* linked on some wait queue in state *s*?"""
    entries = (o for o in actor.objects if getattr(o.type, "kind", "") == "wait_queue")
    return any(s[m.index[o.key]] and s[m.index[o.key]][3] > 0 for o in entries if o.key in m.index)


def step_kind(m: Linked, s: State, entry: Entry) -> str:
    """What a choice does in state *s*: ``exec``, ``timer``, or the operation's name."""
    if entry.actor < 0:
        return entry.kind
    node = m.nodes[s[entry.pc]]
    op = m.instr(node).op if node is not None else ""
    return "exec" if op == "exec_request" else op


def hits_of(m: Linked, s: State, entry: Entry) -> tuple[int, ...]:
    """The violations, by number, that the choice *entry* comes to in state *s*; none where it is not open."""
    if not runnable(s[entry.st]):
        return ()
    before = len(m.hits)
    try:
        entry.table[s[entry.pc]](s)
    except (KernelFault, HeapFull):
        pass
    found = tuple(violation for violation, _ in m.hits[before:])
    del m.hits[before:]
    return found


def why_not(m: Linked, reasons: Mapping[tuple[str, bool], Entry], s: State, entry: Entry) -> Refused | None:
    """Why *entry* is no choice in state *s*; None if it is one.  *reasons*: all choices as functions that say it."""
    if not runnable(s[entry.st]):
        return _not_running(m, s, entry.actor)
    if entry.table[s[entry.pc]] is never:
        return _nothing_to_do(m, s, entry)
    if entry.actor >= 0 and unemployed(m, s, s[entry.pc]):
        return Refused("idle")
    try:
        answer = reasons[entry.name, entry.external].table[s[entry.pc]](s)
    except (KernelFault, HeapFull):
        return None
    if not isinstance(answer, Refused):
        return None
    if answer.kind != "lock":
        return answer
    key = answer.what
    return replace(answer, what=m.layout.objects[key].name, who=tuple(holders(m, s, key)))


def _not_running(m: Linked, s: State, task: int) -> Refused:
    """Why *task*, which is off the run queue, does not move."""
    if s[m.state_cells[task]] in (STOPPED, TRACED):
        return Refused("sigstop" if s[m.state_cells[task]] == STOPPED else "traced")
    wait = awaited(m, s, task)
    return Refused("over") if wait is None else Refused("asleep", wait.holders, what=wait.name, wait=wait.kind)


def _nothing_to_do(m: Linked, s: State, entry: Entry) -> Refused:
    """Why there is no step at all where the cell of *entry* stands."""
    at = s[entry.pc]
    if entry.external and entry.actor >= 0:
        return Refused("over")
    if entry.actor >= 0:
        special = {number: what for (_, what), number in m.special.items()}.get(at, "idle")
        return Refused({"final": "over", "arrive": "away"}.get(special, special))
    on_its_way = tuple(a.index for a in m.softirqs if m.index[f"pc.{a.index}"] == entry.pc)
    if on_its_way:
        return Refused("busy", on_its_way)
    return Refused("idle" if entry.kind == "timer" or (entry.kind == "thaw" and not at) else "over")


def idle(internal: Sequence[Entry], s: State) -> bool:
    """Can nothing move by itself?"""
    for e in internal:
        if runnable(s[e.st]):
            try:
                if e.table[s[e.pc]](s) is not None:
                    return False
            except KernelFault:
                return False
    return True


def quietly_idle(m: Linked, internal: Sequence[Entry], s: State) -> bool:
    """`idle`, of which nothing is noticed."""
    before = len(m.hits)
    try:
        return idle(internal, s)
    finally:
        del m.hits[before:]


@dataclass(frozen=True)
class Wait:
    """What a task or frame waits for: *kind*, one of the words of `effects.Waits`, ``timer`` (a timer's function
    to return) or ``wakeup``; the name of the object, or ""; and the actors that have it, or must end first."""

    kind: str
    name: str = ""
    holders: tuple[int, ...] = ()


def awaited(m: Linked, s: State, actor: int) -> Wait | None:
    """What *actor* waits for in state *s*; None if it may run."""
    number, st = s[m.index[f"pc.{actor}"]], s[m.state_cells[actor]] if m.actors[actor].is_task else 0
    node = m.nodes[number]
    if node is None or st == DEAD or (runnable(st) and number not in m.waiting_places):
        return None
    i = m.instr(node)
    kind = waits_for(m, node)
    if runnable(st):
        if not blocked(m, s, actor):
            return None
        kind = kind or "timer"
    elif node.phase != 1 or not kind:
        return Wait("wakeup", queue_of(m, s, m.actors[actor]))
    if kind == "stop":
        thread = stopped_by(m, s, actor)
        return Wait(kind, "", (thread if thread >= 0 else ahead(m, s),))
    obj = getattr(i.args[0], "obj", None) if i.args else None
    if kind == "handler":
        return Wait(kind, "", waits_for_handler(m, s, i))
    if kind == "work":
        return Wait(kind, obj.name if obj is not None else "", working_for(m, s, actor))
    if obj is None or kind == "helper":
        return Wait(kind)
    return Wait(kind, obj.name, tuple(holders(m, s, obj.key)))


def holders(m: Linked, s: State, lock: str) -> list[int]:
    """Who has this lock, mutex, semaphore or rw_semaphore in state *s*, by the ledger of the context."""
    out = []
    for a in m.actors:
        node = m.nodes[s[m.index[f"pc.{a.index}"]]]
        if node is not None and any(h.lock == lock for h in (*node.ctx.held, *node.ctx.owned)):
            out.append(a.index)
    return out


def frames_above(m: Linked, s: State, actor: int) -> tuple[int, ...]:
    """The interrupt frames that keep *actor*, a task or a frame below them, from going on in state *s*."""
    if m.actors[actor].is_frame:
        stacks = [s[n] for key, n in m.index.items() if key.startswith("frm.") and actor in s[n]]
        return stacks[0][stacks[0].index(actor) + 1 :] if stacks else ()
    return m.cpus.frames_over(m, s, actor)


def queue_of(m: Linked, s: State, actor: Actor) -> str:
    """The name of a wait queue that an entry of *actor* is on in state *s*, or ""."""
    entries = (o for o in actor.objects if getattr(o.type, "kind", "") == "wait_queue")
    queues = {s[m.index[o.key]][3] for o in entries if o.key in m.index and s[m.index[o.key]]}
    return next((o.name for k, o in m.layout.objects.items() if m.index.get(k) in queues - {0, None}), "")


def inside_module(m: Linked) -> frozenset[int]:
    """The numbers of the nodes where somebody stands who makes no call of the machine's own."""
    own = {n for n, node in enumerate(m.nodes) if node is None or Does.OWN in effects_of(m.instr(node).op).does}
    return frozenset(range(len(m.nodes))) - own


def _in_module(pc: int, inside: frozenset[int], s: State) -> bool:
    return s[pc] in inside


def under_way(m: Linked, call: int) -> Callable[[State], bool]:
    """Whether, in a state, the call of actor *call* has begun and not returned; of a process, one into the module."""
    if m.actors[call].kind == "user":
        return partial(_in_module, m.index[f"pc.{call}"], inside_module(m))
    pc, away = m.index[f"pc.{call}"], {m.special.get((call, what)) for what in ("arrive", "final")}
    return lambda s: s[pc] not in away
