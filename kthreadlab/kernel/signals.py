"""What the scenario's signals mean for the program: who gets which, whether one has landed, whether it can."""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.effects import Does
from kthreadlab.compile.ops import effects_of
from kthreadlab.lang.api import CONSTANTS


def signals_to(m, actor: Actor) -> list[int]:
    """Numbers of the signals that the scenario sends to *actor*."""
    return [CONSTANTS[x.signal] for x in m.world.signals if x.task == actor.name]


def may_freeze(m, actor: Actor) -> bool:
    """Does the scenario's suspend speak to this task?"""
    x = m.world.freeze
    if x is None or actor.kind != "thread":
        return False
    return actor.name == x.task if x.task else actor is next(a for a in m.actors if a.kind == "thread")


def fake_signal(m, actor: Actor) -> str:
    """An expression over ``c``: does the freezer's request look like a signal to *actor*?  "" where it never does."""
    return f"c[@frz.{actor.index}@] == 1" if m.config.kernel.freezer == "signal" and may_freeze(m, actor) else ""


def notified(m, actor: Actor) -> str:
    """An expression over ``c``: does kthread_stop() look like a signal to *actor*?  "" where it never does."""
    return f"c[@stop.{actor.index}@]" if m.config.kernel.signals_ignored and actor.kthread else ""


def hears(m, actor: Actor) -> bool:
    """Can signal_pending() ever say yes to *actor*?"""
    return bool(signals_to(m, actor) or fake_signal(m, actor) or notified(m, actor))


def killed(m, actor: Actor) -> str:
    """An expression over ``s``: has a SIGKILL landed on *actor*?"""
    return _landed(m, actor, lambda signal: signal == "SIGKILL")


def signalled(m, actor: Actor) -> str:
    """An expression over ``s``: has a signal other than SIGKILL landed on *actor*?  ``0`` where none is sent."""
    return _landed(m, actor, lambda signal: signal != "SIGKILL")


def _landed(m, actor: Actor, which) -> str:
    sent = enumerate(m.world.signals)
    cells = [f"s[@env.kill.{n}@]" for n, x in sent if x.task == actor.name and which(x.signal)]
    return "(" + " or ".join(cells) + ")" if cells else "0"


def allows_kill(actor: Actor) -> bool:
    """Does the program ever call allow_signal(SIGKILL)?"""
    heard = (i for i in actor.code if i.kind == "op" and Does.HEARS in effects_of(i.op).does)
    return any(i.args[0].const in (CONSTANTS["SIGKILL"], None) for i in heard)
