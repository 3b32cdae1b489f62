"""exec_vector, large_ids and survives_failure: each call of the handler, and what the program is given.

What a report is, which text is the handler and what a helper is told stands in the scenario.  Of a call that serves its
report itself, the cell ``obs.call`` of its actor holds: `PRINT`, a failure not yet put into the log; `FAILED`,
something failed; `SERVED`, a helper ran; `UNSET`, no handler was registered when it began.  ``obs.met`` says that a
failure, or a missing handler, has been met by any call so far.
"""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells, State, stored
from kthreadlab.compile.hooks import Executed, Given, Machine, Observer, Writer
from kthreadlab.compile.values import Obj
from kthreadlab.lang import ir
from kthreadlab.lang.errno import EFAULT, ENOEXEC
from kthreadlab.machine.given import given_id
from kthreadlab.machine.scenario import Scenario
from kthreadlab.machine.scene import Linked, Scene

from .notes import linked, scene

PRINT, FAILED, SERVED, UNSET = 1, 2, 4, 8
PATHS = ("PATH=/sbin:/bin:/usr/sbin:/usr/bin", "PATH=/sbin:/usr/sbin:/bin:/usr/bin")
"""The article's order of directories, and modprobe's."""
LARGE = 1 << 31
"""An id from which on %d and %u differ."""
KHELPER = ir.Pos("kernel/kmod.py", 0)
"""Where what a helper is given is looked at."""


def handler(m: Scene) -> Obj | None:
    """The char array that holds the path of the program to run; None where the scenario names none."""
    name = m.scenario.handler
    return m.statics.objects[name] if name is not None else None


def handler_text(m: Scene, state: str) -> str:
    """The Python of what the handler's char array holds in the state named *state*."""
    obj = handler(m)
    return f"{state}[@{obj.key}@]" if obj is not None else "1"


def nothing_owed(m: Scene, a: Actor) -> str:
    """An expression over ``s``: does the call of *a* owe nobody a helper, since no handler is registered?"""
    return f"(not {handler_text(m, 's')})" if a.serves else "0"


def registered_now(m: Linked, c: Cells) -> str | None:
    """What the handler's char array says in the state *c*; None where the scenario names none."""
    obj = handler(m)
    if obj is None:
        return None
    cell = m.index.get(obj.key)
    return str(c[cell] if cell is not None else obj.init).partition("\0")[0]


def would_run(m: Scene) -> str:
    """An expression over ``c``: would the registered program begin?"""
    return f"_runs({handler_text(m, 'c')})" if handler(m) is not None else "1"


@dataclass(frozen=True)
class Handlers(Observer):
    """*survives*: what follows a failure; *vector*: what a program is given, and that it runs; *large*: large ids."""

    survives: bool
    vector: bool
    large: bool

    def follows(self, a: Actor) -> bool:
        """Is this one call of the handler, and does anybody follow it?"""
        return a.serves and (self.survives or self.vector)

    def arrived(self, machine: Machine, a: Actor) -> list[str]:
        m = scene(machine)
        if not self.follows(a):
            return []
        cell = f"@obs.call.{a.index}@"
        return [
            f" c[{stored(cell)}] = 0 if {handler_text(m, 's')} else {UNSET}",
            f" c[@!obs.met.0@] = s[@obs.met.0@] or c[{cell}]",
        ]

    def asked(self, g: Writer) -> None:
        g("_X['helper_called'] = 1")

    def asked_for_nothing(self, g: Writer) -> None:
        if self.survives and self.follows(g.a):
            g.hit("survives_failure", "exec_of_nothing")

    def refused(self, g: Writer) -> None:
        if self.follows(g.a):
            g(f"{g.to('obs.call')} |= {PRINT | FAILED}; c[@!obs.met.0@] = 1")
            g(f"c[@!obs.pend.0@] &= ~{1 << scene(g.m).ids.index(g.a.report)}")

    def logged(self, g: Writer) -> None:
        if self.follows(g.a):
            g(f"{g.to('obs.call')} &= ~{PRINT}")

    def left(self, g: Writer, code: str) -> None:
        """What the call should have done by now."""
        m, a = scene(g.m), g.a
        if not self.follows(a):
            return
        cell = f"c[{g.cell('obs.call')}]"
        if self.survives:
            with g.when(f"{cell} & {PRINT}"):
                g.hit("survives_failure", "silent")
        if self.vector:
            with g.when(f"not {cell} and not c[@obs.met.0@] and {would_run(m)}"):
                g.hit("exec_vector", "not_run")
        if self.survives and a.index in m.allocators:
            g(f"unlucky = {cell} & {FAILED | UNSET}")
            number = m.violation("survives_failure", "leak", g.pos, a.index)
            g.after.append(f"if unlucky: _leak(c, s, {number}, {a.index})")
        g(f"{stored(cell)} = 0")

    def executed(self, machine: Machine) -> Executed:
        m = linked(machine)
        failures = self.failures(m)

        def tried(c: Cells, s: State, caller: int, path: str, given: Given | None, error: int, waits: bool) -> None:
            id_ = m.actors[caller].report
            if id_ is not None and m.actors[caller].serves and error in (0, -ENOEXEC, -EFAULT):
                self.look(m, s, caller, id_, path, given)
            if failures is not None:
                failures(c, s, caller, path, given, error, waits)

        return tried

    def look(self, m: Linked, s: State, caller: int, id_: int, path: str, given: Given | None) -> None:
        """Note what is wrong with what the program is given."""
        if id_ < LARGE:
            cause = wrong_vector(m.scenario, path, *given, id_) if given else "not_terminated"
            name, wanted = "exec_vector", self.vector
        elif given:
            m.triggers["large"] = 1
            cause = "" if gives(m.scenario, *given, id_) else "id"
            name, wanted = "large_ids", self.large
        else:
            return
        if cause and wanted:
            m.hits.append((m.violation(name, cause, KHELPER, caller), s))

    def failures(self, m: Linked) -> Executed | None:
        """A call met a failure, or was served."""
        met, pend = m.index.get("obs.met.0", 0), m.index.get("obs.pend.0", 0)
        if not met:
            return None
        cells = {a.index: m.index.get(f"obs.call.{a.index}", 0) for a in m.actors}

        def met_or_served(
            c: Cells, s: State, caller: int, path: str, given: Given | None, error: int, waits: bool
        ) -> None:
            cell = cells[caller]
            if cell:
                if c[cell] & UNSET:
                    m.hits.append((m.violation("survives_failure", "exec_when_unset", KHELPER, caller), s))
                c[cell] |= (PRINT | FAILED if waits else FAILED) if error else SERVED
                if not error or (error != -EFAULT and registered_now(m, c) in (path, None)):
                    c[pend] &= ~(1 << m.ids.index(m.actors[caller].report))
            program = m.world.program(path)
            if error or program is None or not program.ends:
                c[met] = 1

        return met_or_served

    def environment(self, machine: Machine) -> dict[str, object]:
        m = linked(machine)

        def runs(path: str) -> bool:
            """Would a helper begin if it were asked for?"""
            program = m.world.program(path)
            return m.world.boot == "up" and program is not None and not program.error

        return {"_runs": runs}


def wrong_vector(scenario: Scenario, path: str, argv: list[str], envp: list[str], id_: int) -> str:
    """What is wrong with argv or envp, as a cause; "" if nothing is."""
    if argv[:1] != [path]:
        return "argv0"
    if len(argv) != 1:
        return "argv_extra"
    if [e for e in envp if e.startswith("HOME=")] != ["HOME=/"]:
        return "home"
    searched = [e for e in envp if e.startswith("PATH=")]
    if len(searched) != 1 or searched[0] not in PATHS:
        return "path"
    return "" if gives(scenario, argv, envp, id_) else "id"


def gives(scenario: Scenario, argv: list[str], envp: list[str], id_: int) -> bool:
    """Is the program given this id, and no other?"""
    given = given_id(scenario, argv, envp)
    if given is None or given[1] != str(id_):
        return False
    return not given[0] or sum(e.startswith(f"{given[0]}=") for e in envp) == 1
