"""delivered, delivered_when_asleep and no_stale_helper: which reports have been answered.

``obs.pend`` has a bit for each id that is owed a helper; ``obs.own`` is the call, counted from 1, that reported while
nothing else was owed, ``obs.arm`` the id, counted from 1, whose report found the thread asleep; ``obs.cred`` counts,
two bits for each id, the helpers that may run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells, State
from kthreadlab.compile.hooks import Executed, Given, Machine, Observer, Writer
from kthreadlab.compile.values import TASK
from kthreadlab.kernel.signals import killed
from kthreadlab.lang.task_state import DEAD, OFF
from kthreadlab.machine.given import given_id, is_number

from .handlers import KHELPER, nothing_owed
from .notes import linked, scene

REMEMBERED = 1024
"""What so many helpers were given is read once."""


@dataclass(frozen=True)
class Reports(Observer):
    """*owed*: which reports are owed a helper; *asleep*: also those that found the thread asleep; *stale*: helpers that
    answer nobody."""

    owed: bool
    asleep: bool
    stale: bool

    def arrived(self, machine: Machine, a: Actor) -> list[str]:
        """A report is owed to the watched thread, unless that was killed."""
        m = scene(machine)
        if a.report is None:
            return []
        n, lines = m.ids.index(a.report), []
        if self.owed and m.helper_owed:
            lapsed = killed(m, m.watched) if m.watched is not None else nothing_owed(m, a)
            lines = [f" if not {lapsed}:", f"  c[@!obs.pend.0@] = s[@obs.pend.0@] | {1 << n}; _X['report'] = 1"]
            if self.asleep and m.watched is not None:
                lines += [f"  c[@!obs.own.0@] = 0 if s[@obs.pend.0@] else {a.index + 1}; c[@!obs.arm.0@] = 0"]
        if self.stale:
            lines += [f" c[@!obs.cred.0@] = s[@obs.cred.0@] + {1 << 2 * n}"]
        return lines

    def sent(self, machine: Machine, a: Actor, signal: str) -> list[str]:
        """Nothing is owed by a thread that is killed."""
        m = scene(machine)
        if a is not m.watched or signal != "SIGKILL" or not (self.owed and m.ids and m.helper_owed):
            return []
        asleep = [" c[@!obs.arm.0@] = 0; c[@!obs.own.0@] = 0"] if self.asleep else []
        return [" c[@!obs.pend.0@] = 0", *asleep]

    def wakes(self, g: Writer, whom: str) -> None:
        """It is the report's own wake-up that finds the thread asleep, in a wait of its own: not inside a helper call,
        nor before it has begun."""
        m, w = scene(g.m), scene(g.m).watched
        if not (self.asleep and m.helper_owed and g.a.report is not None and w is not None):
            return
        n = m.ids.index(g.a.report)
        mine = f"{whom} == {TASK + w.index} and " if whom else ""
        away = m.notes.shared_table("away", lambda node: node.pc == 0 or m.in_helper(node))
        g(f"if {mine}{OFF} < c[@st.{w.index}@] < {DEAD} and not {away}[c[@pc.{w.index}@]]:")
        g(f" if c[@obs.own.0@] == {g.a.index + 1} and c[@obs.pend.0@] & {1 << n}:")
        g(f"  c[@!obs.arm.0@] = {n + 1}; _X['asleep_report'] = 1")

    def executed(self, machine: Machine) -> Executed:
        """A helper begins: the reports it answers, and whether there was one to answer."""
        m = linked(machine)
        pend, cred, arm, own = (m.index.get(f"obs.{k}.0", 0) for k in ("pend", "cred", "arm", "own"))
        position = {x: n for n, x in enumerate(m.ids)}
        stale = m.violation("no_stale_helper", "stale_id", KHELPER, -1)
        unknown = m.violation("no_stale_helper", "unknown_id", KHELPER, -1)

        @lru_cache(REMEMBERED)
        def told(argv: tuple[str, ...], envp: tuple[str, ...]) -> int | None:
            """The number, in `m.ids`, of the id that a helper is given."""
            value = given_id(m.scenario, argv, envp)
            return position.get(int(value[1])) if value is not None and is_number(value[1]) else None

        def begins(c: Cells, s: State, caller: int, path: str, given: Given | None, error: int, waits: bool) -> None:
            if error or given is None:
                return
            m.triggers["served"] = 1
            n = told(tuple(given[0]), tuple(given[1]))
            if cred and (n is not None or m.helper_owed):
                if n is None:
                    m.hits.append((unknown, s))
                elif c[cred] >> 2 * n & 3:
                    c[cred] -= 1 << 2 * n
                else:
                    m.hits.append((stale, s))
            if n is not None:
                if pend:
                    c[pend] &= ~(1 << n)
                if arm and c[arm] == n + 1:
                    c[arm] = c[own] = 0

        return begins
