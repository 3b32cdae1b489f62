"""kernel/signal.c: what the scenario's signals mean for the program: who gets which, what sending one does, whether one
has landed, whether it can."""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import stored
from kthreadlab.compile.effects import Does
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.plan import Cast, Plan
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.task_state import TASK_STOPPED, TASK_TRACED

from .wakeup import S, try_to_wake_up

SIGKILL, SIGCHLD, SIGCONT, SIGSTOP = (CONSTANTS[f"SIG{x}"] for x in ("KILL", "CHLD", "CONT", "STOP"))
UNHEEDED = 1 << SIGCHLD | 1 << SIGCONT
"""The signals that are dropped unless somebody has asked for them (SIG_DFL ignores them)."""


def signals_to(m: Plan, actor: Actor) -> list[int]:
    """Numbers of the signals that may become pending for *actor*."""
    sent = [CONSTANTS[x.signal] for x in m.world.signals if x.task == actor.name]
    sent += sent_by_programs(m) if actor.kind != "user" else []
    sent += [SIGSTOP] if is_traced(m, actor) else []
    if actor.kind != "user":
        return sent
    return [n for n in dict.fromkeys(sent) if not (UNHEEDED | actor.ignores) >> n & 1]


def sent_by_programs(m: Cast) -> list[int]:
    """Numbers of the signals that programs send, to whomever."""
    senders = (a for a in m.actors if a.does(Does.SENDS))
    calls = (i for a in senders for i in a.code if i.kind == "op" and Does.SENDS in effects_of(i.op).does)
    return sorted({i.args[0].const or 0 for i in calls} - {0})


def is_traced(m: Plan, actor: Actor) -> bool:
    """May a tracer attach to *actor*?"""
    return any(x.task == actor.name for x in m.world.ptraces)


def sent_now(m: Plan, actor: Actor, signal: int) -> list[str]:
    """The same lines in the middle of a step: the cells as they are by then.  Whom a program kills is remembered."""
    lines = [line.replace("s[@", "c[@") for line in sent_to(m, actor, signal)]
    return [*lines, f"c[@!killed.{actor.index}@] = 1"] if signal == SIGKILL else lines


def sent_to(m: Plan, actor: Actor, signal: int) -> list[str]:
    """The lines, one level in, by which *signal* comes to *actor*, which has not ended: it is pending, and who sleeps
    in S and does not block it wakes up."""
    if actor.kind == "user":
        return _sent_to_process(m, actor, signal)
    t, bit = actor.index, 1 << signal
    pend, blk = f"@pend.{t}@", f"@blk.{t}@"
    kept, lines = _opposite(m, actor, signal)
    if UNHEEDED & bit and actor.kind == "process":
        return lines or ["pass"]
    dropped = f"s[@ign.{t}@] & ~s[{blk}] & {bit}"
    if UNHEEDED & bit:  # unless allow_signal() has asked for it, which takes a thread without user memory
        default = f"s[@mm.{t}@] and " if m.config.kernel.daemon_signals else ""
        dropped = f"({dropped} or {default}not s[{blk}] & {bit})"
    return [
        *lines,
        f"if not {dropped}:",
        f" c[{stored(pend)}] = {kept} | {bit}",
        f" {try_to_wake_up(t, S, 's', unless=f's[{blk}] & {bit}')}",
    ]


def _opposite(m: Plan, actor: Actor, signal: int) -> tuple[str, list[str]]:
    """SIGCONT takes back SIGSTOP, and the other way round, whoever listens: what else stays pending, and the line."""
    pend, other = f"@pend.{actor.index}@", {SIGCONT: SIGSTOP, SIGSTOP: SIGCONT}.get(signal)
    if other not in signals_to(m, actor):
        return f"s[{pend}]", []
    kept = f"s[{pend}] & ~{1 << other}"
    return kept, [f"c[{stored(pend)}] = {kept}"]


def _sent_to_process(m: Plan, a: Actor, signal: int) -> list[str]:
    """As of a process, which SIGCONT wakes that has been stopped, and SIGKILL even if it is traced."""
    n = a.index
    kept, lines = _opposite(m, a, signal)
    if signal == SIGCONT:
        lines.append(try_to_wake_up(n, TASK_STOPPED, "s"))
    if signal in signals_to(m, a):
        mask = S | TASK_STOPPED | TASK_TRACED if signal == SIGKILL else S
        lines += [f"c[@!pend.{n}@] = {kept} | {1 << signal}", try_to_wake_up(n, mask, "s")]
    if a.dormant and lines:
        return [f"if s[@pc.{n}@] != {m.special_number(a, 'unborn')}:", *(f" {line}" for line in lines)]
    return lines or ["pass"]


def may_freeze(m: Plan, actor: Actor) -> bool:
    """Does the scenario's suspend speak to this task?"""
    x = m.world.freeze
    if x is None or actor.kind != "thread":
        return False
    return actor.name == x.task if x.task else actor is next(a for a in m.actors if a.kind == "thread")


def fake_signal(m: Plan, actor: Actor) -> str:
    """An expression over ``c``: does the freezer's request look like a signal to *actor*?  "" where it never does."""
    return f"c[@frz.{actor.index}@] == 1" if m.config.kernel.freezer == "signal" and may_freeze(m, actor) else ""


def notified(m: Plan, actor: Actor) -> str:
    """An expression over ``c``: does kthread_stop() look like a signal to *actor*?  "" where it never does."""
    return f"c[@stop.{actor.index}@]" if m.config.kernel.signals_ignored and actor.kthread else ""


def hears(m: Plan, actor: Actor) -> bool:
    """Can signal_pending() ever say yes to *actor*?"""
    return bool(signals_to(m, actor) or fake_signal(m, actor) or notified(m, actor))


def killed(m: Plan, actor: Actor) -> str:
    """An expression over ``s``: has a SIGKILL landed on *actor*, from outside or from a program?"""
    outside = _landed(m, actor, lambda signal: signal == "SIGKILL")
    if SIGKILL not in sent_by_programs(m):
        return outside
    return f"({outside} or s[@killed.{actor.index}@])"


def signalled(m: Plan, actor: Actor) -> str:
    """An expression over ``s``: has a signal other than SIGKILL landed on *actor*?  ``0`` where none is sent."""
    return _landed(m, actor, lambda signal: signal != "SIGKILL")


def _landed(m: Plan, actor: Actor, which: Callable[[str], bool]) -> str:
    sent = enumerate(m.world.signals)
    cells = [f"s[@env.kill.{n}@]" for n, x in sent if x.task == actor.name and which(x.signal)]
    return "(" + " or ".join(cells) + ")" if cells else "0"


def allows_kill(actor: Actor) -> bool:
    """Does the program ever call allow_signal(SIGKILL)?"""
    heard = (i for i in actor.code if i.kind == "op" and Does.HEARS in effects_of(i.op).does)
    return any(i.args[0].const in (CONSTANTS["SIGKILL"], None) for i in heard)
