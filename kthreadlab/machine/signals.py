"""What the scenario's signals mean for the program: who gets which, whether one has landed, whether it can."""

from __future__ import annotations

from kthreadlab.lang.api import CONSTANTS

from .actor import Actor


def signals_to(m, actor: Actor) -> list[int]:
    """Numbers of the signals that the scenario sends to *actor*."""
    return [CONSTANTS[x.signal] for x in m.scenario.signals if x.task == actor.name]


def killed(m, actor: Actor) -> str:
    """An expression over ``s``: has a SIGKILL landed on *actor*?"""
    return _landed(m, actor, lambda signal: signal == "SIGKILL")


def signalled(m, actor: Actor) -> str:
    """An expression over ``s``: has a signal other than SIGKILL landed on *actor*?  ``0`` where none is sent."""
    return _landed(m, actor, lambda signal: signal != "SIGKILL")


def _landed(m, actor: Actor, which) -> str:
    sent = enumerate(m.scenario.signals)
    cells = [f"s[@env.kill.{n}@]" for n, x in sent if x.task == actor.name and which(x.signal)]
    return "(" + " or ".join(cells) + ")" if cells else "0"


def allows_kill(actor: Actor) -> bool:
    """Does the program ever call allow_signal(SIGKILL)?"""
    return any(i.kind == "op" and i.op == "allow_signal" and i.args[0].const in (9, None) for i in actor.code)
