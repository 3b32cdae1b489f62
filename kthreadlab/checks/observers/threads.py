"""sleeps_when_idle, dies_cleanly and identity: what the first thread is, and how it ends.  tells_failure: whoever
starts one says whether it could.

In the cell ``kob`` of a thread stands that it owes its death; in ``alw``, that it has allowed SIGKILL; in ``asked`` of
a process, what its call has last been told when it asked for a thread: 0 nothing, 1 that there is none, 2 its pid.
"""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.hooks import Machine, Observer, Writer
from kthreadlab.compile.steps import notices
from kthreadlab.kernel.lifetime import stops, told
from kthreadlab.kernel.signals import SIGKILL, allows_kill, killed, signalled, signals_to
from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.machine.scene import Scene

from .notes import Noting, scene


@dataclass(frozen=True)
class Ends(Noting):
    """Did anybody ask a thread that stays to end?  And if SIGKILL did: is nothing of it left behind?"""

    def prepare(self, machine: Machine) -> None:
        m = scene(machine)
        w = m.watched
        if m.scenario.stays and w is not None and signals_to(m, w) and not allows_kill(w):
            m.flags.add(f"slept.{w.index}")

    def allowed(self, g: Writer, signal: str) -> None:
        if g.a is scene(g.m).watched and signals_to(scene(g.m), g.a):
            g(f"if {signal} == {SIGKILL}: {g.to('alw')} = 1")

    def slept(self, g: Writer) -> None:
        if g.a is scene(g.m).watched:
            self.record(g, "slept")
        if g.a.kind == "thread":
            self.note(g, "a thread slept")

    def signalled(self, machine: Machine, a: Actor, signal: str) -> list[str]:
        """A thread that is ready for SIGKILL owes its death: one that allows it, and one that is there to be killed.
        Another signal must not reach the latter."""
        m = scene(machine)
        if a is not m.watched:
            return []
        t, stays = a.index, m.scenario.stays
        armed = f"s[@alw.{t}@]" if allows_kill(a) else f"s[@slept.{t}@]" if stays else "0"
        if signal == "SIGKILL":
            return [f"  if {armed}: c[@!kob.{t}@] = 1; _X['kill'] = 1"]
        if not stays:
            return []
        number = m.violation("dies_cleanly", "other_signal", ir.Pos("", 0), t)
        heard = f"not (s[@blk.{t}@] | s[@ign.{t}@]) & {1 << CONSTANTS[signal]}"
        return [notices(number, 2, f"if {armed} and {heard}: ")]

    def ended(self, g: Writer, code: str) -> None:
        if g.a in stayers(scene(g.m)):
            unasked_end(g)
        if g.a is scene(g.m).watched:
            for test, cause in what_is_left(g, code):
                with g.when(f"c[{g.cell('kob')}] and ({test})"):
                    g.hit("dies_cleanly", cause)


def stayers(m: Scene) -> list[Actor]:
    """The threads that must not end unasked: those of a scenario that says so, or the first that its module makes."""
    there = [a for a in m.actors if a.kind == "thread" and not a.dormant]
    first = [m.watched] if m.watched is not None else []
    return (there or first) if m.scenario.stays else []


def unasked_end(g: Writer) -> None:
    """Did anybody ask a thread that stays to end?"""
    m, a = scene(g.m), g.a
    kills = any(x.task == a.name and x.signal == "SIGKILL" for x in m.world.signals)
    asked = [killed(m, a)] if killed(m, a) != "0" else []
    if a.index in told(m) and stops(m):
        asked.append(f"c[{g.cell('stop')}]")
    with g.when(f"not ({' or '.join(asked) or '0'})"):
        g.hit("sleeps_when_idle", "exits")
        if a is m.watched and kills and signalled(m, a) != "0":
            with g.when(signalled(m, a)):
                g.hit("dies_cleanly", "other_signal")


def what_is_left(g: Writer, code: str) -> list[tuple[str, str]]:
    """Tests over ``c`` for what a thread that was killed must not leave, each with its cause.  How it should lie there
    is known only of one that is there to be killed."""
    entries = [o for o in g.a.objects if getattr(o.type, "kind", "") == "wait_queue"]
    linked = " or ".join(f"(c[@{o.key}@] and c[@{o.key}@][3] > 0)" for o in entries)
    queued = [(linked, "on_queue")] if linked else []
    if not scene(g.m).scenario.stays:
        return queued
    return [
        *queued,
        (f"c[{g.cell('st')}]", "state"),
        (code, "code"),
        (f"c[{g.cell('parent')}] != {scene(g.m).config.kernel.reaper}", "zombie"),
    ]


@dataclass(frozen=True)
class Looks(Observer):
    """Who the thread is when it sleeps."""

    def looks_at(self, machine: Machine, a: Actor, cell: str) -> bool:
        m = scene(machine)
        return a is m.watched and cell == "blk"

    def slept(self, g: Writer) -> None:
        m, wanted = scene(g.m), scene(g.m).scenario.identity
        if g.a is not m.watched or wanted is None:
            return
        parent = m.config.kernel.reaper if wanted.ppid is None else wanted.ppid
        tests = [
            (f"c[{g.cell('comm')}] != {m.constants.ref(wanted.name)}", "name"),
            (f"c[{g.cell('parent')}] != {parent}", "parent"),
        ]
        if wanted.blocked is not None:
            tests.append((f"c[{g.cell('blk')}] != {wanted.blocked << 1}", "signals"))
        for test, cause in tests:
            with g.when(test):
                g.hit("identity", cause)


@dataclass(frozen=True)
class Starts(Noting):
    """Does a function that starts a thread return a negative number where it could not, and only there?"""

    def forked(self, g: Writer, pid: str) -> None:
        if scene(g.m).scenario.starts and g.a.kind == "user":
            g(f"{g.to('asked')} = 2 if {pid} > 0 else 1")

    def returned(self, g: Writer, code: str) -> None:
        g(f"t, {g.to('asked')} = c[{g.cell('asked')}], 0")
        with g.when("t == 1"):
            self.record(g, REFUSED)
        with g.when(f"t != 2 and {code} >= 0"):
            g.hit("tells_failure", "silent")
        with g.when(f"t != 1 and {code} < 0"):
            g.hit("tells_failure", "false_alarm")


REFUSED = "thread refused"
"""What is triggered where a function that starts a thread returns without one."""
