"""registration: what is written to the handler's file, and which path is used.

``obs.reg`` and ``obs.beg`` are the number of the last write to the file, now and when the call began.
"""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells, State
from kthreadlab.compile.hooks import Executed, Given, Machine, Observer
from kthreadlab.kernel.sysctl import WRITE, row_of
from kthreadlab.lang import ir
from kthreadlab.machine.scene import Linked, Scene

from .handlers import KHELPER, handler, registered_now
from .notes import linked, scene


@dataclass(frozen=True)
class Files(Observer):
    """What the handler's file should say, does say, and is used for."""

    def follows(self, m: Scene) -> bool:
        return bool(m.scenario.writes and m.scenario.handler)

    def arrived(self, machine: Machine, a: Actor) -> list[str]:
        m = scene(machine)
        return [" c[@!obs.beg.0@] = s[@obs.reg.0@]"] if self.follows(m) else []

    def written(self, machine: Machine, n: int) -> list[str]:
        m = scene(machine)
        return [f" c[@!obs.reg.0@] = {n + 1}", f" _landed({n}, s, c)"] if self.follows(m) else []

    def read(self, machine: Machine, n: int) -> list[str]:
        m = scene(machine)
        return [f" _shown({n}, s, t, r)"] if self.follows(m) else []

    def executed(self, machine: Machine) -> Executed | None:
        """Which path was used: one that was registered when the call began, or later."""
        m = linked(machine)
        reg, beg = m.index.get("obs.reg.0", 0), m.index.get("obs.beg.0", 0)
        if not (reg and beg):
            return None

        def used(c: Cells, s: State, caller: int, path: str, given: Given | None, error: int, waits: bool) -> None:
            texts = [registered(m, n) for n in range(c[reg] + 1)]
            if path not in texts[c[beg] :]:
                cause = "stale_path" if path in texts else "wrong_path"
                m.hits.append((m.violation("registration", cause, KHELPER, caller), s))

        return used

    def environment(self, machine: Machine) -> dict[str, object]:
        m = linked(machine)

        def note(cause: str, s: State) -> None:
            if cause:
                m.hits.append((m.violation("registration", cause, ir.Pos("", 0), -1), s))

        def landed(n: int, s: State, c: Cells) -> None:
            """Note what is wrong with the file after a write."""
            note(misplaced(m, n, registered_now(m, c)), s)

        def shown(n: int, s: State, text: str, returned: int) -> None:
            """Note what is wrong with what a read gave."""
            wanted = registered(m, s[m.index["obs.reg.0"]]) + "\n"
            note("" if text == wanted else "unreadable" if returned < 0 else "read", s)

        return {"_landed": landed, "_shown": shown}


def registered(m: Linked, n: int) -> str:
    """What the handler's file should hold after the first *n* writes."""
    array = handler(m)
    text = str(array.init) if array is not None else ""
    for x in m.scenario.writes[:n]:
        if x.user == "root" and x.text:
            text = x.text.replace("\0", "\n").partition("\n")[0].encode()[:255].decode(errors="ignore")
    return text


def misplaced(m: Linked, n: int, text: str | None) -> str:
    """What is wrong with the file after write number *n*, if anything; *text* is what the handler's array holds."""
    x, wanted = m.scenario.writes[n], registered(m, n + 1)
    row = row_of(m, x.path)
    if row is None or not row.is_file:
        return "no_file"
    if row.data != m.scenario.handler:
        return "elsewhere"
    if x.user != "root":
        return "writable" if row.mode & 0o022 else ""
    if text == wanted:
        return ""
    return "refused" if not row.allows("root", WRITE) or row.proc_handler != "proc_dostring" else "cut"
