"""Observers: what a property must remember of a run, a few bits beside the state, and what it notices on the way.

What a report is, which text is the handler and what a helper is told stands in the scenario.  The observers of a call
that serves its report itself stand in the cell ``obs.call`` of its actor: `PRINT`, a failure not yet put into the log;
`FAILED`, something failed; `SERVED`, a helper ran; `UNSET`, no handler was registered when it began.  ``obs.met`` says
that a failure, or a missing handler, has been met by any call so far; ``obs.reg`` and ``obs.beg`` are the number of the
last write to the handler's file, now and when the call began.
"""

from __future__ import annotations

from collections.abc import Sequence

from kthreadlab.compile.actor import Actor
from kthreadlab.kernel.sysctl import WRITE, row_of
from kthreadlab.lang import ir
from kthreadlab.lang.errno import EFAULT, ENOEXEC

PRINT, FAILED, SERVED, UNSET = 1, 2, 4, 8
PATHS = ("PATH=/sbin:/bin:/usr/sbin:/usr/bin", "PATH=/sbin:/usr/sbin:/bin:/usr/bin")
"""The article's order of directories, and modprobe's."""
LARGE = 1 << 31
"""An id from which on %d and %u differ."""
KHELPER = ir.Pos("kernel/kmod.py", 0)


def runs_handler(a: Actor) -> bool:
    """Is this actor one call of the handler?"""
    return a.serves


def watches_calls(m, a: Actor) -> bool:
    """Do observers follow each call of the handler that *a* makes?"""
    return runs_handler(a) and bool(m.observe & {"survives_failure", "exec_vector"})


def watches_file(m) -> bool:
    """Do observers follow what is written to the handler's file?"""
    return "registration" in m.observe and bool(m.scenario.writes and m.scenario.handler)


def handler(m):
    """The char array that holds the path of the program to run; None where the scenario names none."""
    return m.statics.objects[m.scenario.handler] if m.scenario.handler is not None else None


# ---- lines of generated code ---------------------------------------------------------------------------------------


def call_begins(m, a: Actor) -> list[str]:
    """Lines for the arrival of a call."""
    lines = []
    if watches_calls(m, a):
        cell = f"@obs.call.{a.index}@"
        lines += [
            f" c[{cell}] = 0 if {handler_text(m, 's')} else {UNSET}",
            f" c[@obs.met.0@] = s[@obs.met.0@] or c[{cell}]",
        ]
    if watches_file(m):
        lines += [" c[@obs.beg.0@] = s[@obs.reg.0@]"]
    return lines


def nothing_owed(m, a: Actor) -> str:
    """An expression over ``s``: does the call of *a* owe nobody a helper, since no handler is registered?"""
    return f"(not {handler_text(m, 's')})" if runs_handler(a) else "0"


def handler_text(m, state: str) -> str:
    """The Python of what the handler's char array holds in the state named *state*."""
    obj = handler(m)
    return f"{state}[@{obj.key}@]" if obj is not None else "1"


def file_written(m, n: int) -> list[str]:
    """Lines for the scenario's write number *n*: what the file should now hold."""
    if not watches_file(m):
        return []
    return [f" c[@obs.reg.0@] = {n + 1}", f" _landed({n}, s, c)"]


def file_read(m, n: int) -> list[str]:
    """Lines for the scenario's read number *n*, which gave the text ``t`` and returned ``r``."""
    return [f" _shown({n}, s, t, r)"] if watches_file(m) else []


def something_failed(g) -> None:
    """The caller is refused memory here."""
    if watches_calls(g.m, g.a):
        g(f"c[{g.cell('obs.call')}] |= {PRINT | FAILED}; c[@obs.met.0@] = 1")
        g(f"c[@obs.pend.0@] &= ~{1 << g.m.ids.index(g.a.report)}")


def printed(g) -> None:
    """The caller writes to the log here."""
    if watches_calls(g.m, g.a):
        g(f"c[{g.cell('obs.call')}] &= ~{PRINT}")


def would_run(m) -> str:
    """An expression over ``c``: would the registered program begin?"""
    return f"_runs({handler_text(m, 'c')})" if handler(m) is not None else "1"


def call_ends(g) -> None:
    """The call returns here: what it should have done by now."""
    m, a = g.m, g.a
    if not watches_calls(m, a):
        return
    cell = f"c[{g.cell('obs.call')}]"
    for property_, test, cause in (
        ("survives_failure", f"{cell} & {PRINT}", "silent"),
        ("exec_vector", f"not {cell} and not c[@obs.met.0@] and {would_run(m)}", "not_run"),
    ):
        if property_ in m.observe:
            with g.when(test):
                g.hit(property_, cause)
    if "survives_failure" in m.observe and a.index in m.allocators:
        g(f"unlucky = {cell} & {FAILED | UNSET}")
        number = m.violation("survives_failure", "leak", g.pos, a.index)
        g.after.append(f"if unlucky: _leak(c, s, {number}, {a.index})")
    g(f"{cell} = 0")


# ---- what khelper's exec tells them --------------------------------------------------------------------------------


def exec_observers(m):
    """``observe(c, s, caller, path, given, error)``: *given* are argv and envp, or None, as execve found them."""
    seen = [_deliveries(m), _vectors(m), _failures(m), _paths(m)]
    watching = [observe for observe in seen if observe is not None]

    def observe(c: list, s: tuple, caller: int, path: str, given: tuple | None, error: int) -> None:
        for one in watching:
            one(c, s, caller, path, given, error)

    return observe


def given_id(scenario, argv: Sequence[str], envp: Sequence[str]) -> tuple[str, str] | None:
    """The id that a helper is given, as text, and the name of the variable that gives it: the scenario's, or the first
    whose value is a number; else an argument, and no name.  None if it is given none."""
    told = [(name, value) for name, equals, value in (e.partition("=") for e in envp) if equals]
    if scenario.variable is not None:
        return next((x for x in told if x[0] == scenario.variable), None)
    return next((x for x in [*told, *(("", x) for x in argv[1:])] if is_number(x[1])), None)


def is_number(text: str) -> bool:
    """Is this how printf writes a whole number?"""
    return text.isascii() and text.removeprefix("-").isdigit()


def _deliveries(m):
    """A helper begins: the reports it answers, and whether there was one to answer."""
    pend, cred, arm, own = (m.index.get(f"obs.{k}.0", 0) for k in ("pend", "cred", "arm", "own"))
    position = {x: n for n, x in enumerate(m.ids)}
    stale = m.violation("no_stale_helper", "stale_id", KHELPER, -1)
    unknown = m.violation("no_stale_helper", "unknown_id", KHELPER, -1)

    def observe(c, s, caller, path, given, error):
        if error:
            return
        m.triggers["served"] = 1
        value = given_id(m.scenario, *given)
        n = position.get(int(value[1])) if value is not None and is_number(value[1]) else None
        if cred:
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

    return observe


def registered_now(m, c: list) -> str | None:
    """What the handler's char array says in the state *c*; None where the scenario names none."""
    obj = handler(m)
    if obj is None:
        return None
    cell = m.index.get(obj.key)
    return (c[cell] if cell is not None else obj.init).partition("\0")[0]


def wrong_vector(scenario, path: str, argv: list[str], envp: list[str], id_: int) -> str:
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


def gives(scenario, argv: list[str], envp: list[str], id_: int) -> bool:
    """Is the program given this id, and no other?"""
    given = given_id(scenario, argv, envp)
    if given is None or given[1] != str(id_):
        return False
    return not given[0] or sum(e.startswith(f"{given[0]}=") for e in envp) == 1


def _vectors(m):
    """What the program is given."""
    if not m.observe & {"exec_vector", "large_ids"}:
        return None

    def observe(c, s, caller, path, given, error):
        if not runs_handler(m.actors[caller]):
            return
        id_ = m.actors[caller].report
        if error not in (0, -ENOEXEC, -EFAULT):
            return
        if id_ < LARGE:
            name, cause = "exec_vector", wrong_vector(m.scenario, path, *given, id_) if given else "not_terminated"
        elif given:
            m.triggers["large"] = 1
            name, cause = "large_ids", "" if gives(m.scenario, *given, id_) else "id"
        else:
            return
        if cause and name in m.observe:
            m.hits.append((m.violation(name, cause, KHELPER, caller), s))

    return observe


def _failures(m):
    """A call met a failure, or was served."""
    met, pend = m.index.get("obs.met.0", 0), m.index.get("obs.pend.0", 0)
    if not met:
        return None
    cells = {a.index: m.index.get(f"obs.call.{a.index}", 0) for a in m.actors}

    def observe(c, s, caller, path, given, error):
        cell = cells[caller]
        if cell:
            if c[cell] & UNSET:
                m.hits.append((m.violation("survives_failure", "exec_when_unset", KHELPER, caller), s))
            c[cell] |= PRINT | FAILED if error else SERVED
            if not error or (error != -EFAULT and registered_now(m, c) in (path, None)):
                c[pend] &= ~(1 << m.ids.index(m.actors[caller].report))
        if error or not m.scenario.program(path).ends:
            c[met] = 1

    return observe


def _paths(m):
    """Which path was used: one that was registered when the call began, or later."""
    reg, beg = m.index.get("obs.reg.0", 0), m.index.get("obs.beg.0", 0)
    if not (reg and beg):
        return None

    def observe(c, s, caller, path, given, error):
        texts = [registered(m, n) for n in range(c[reg] + 1)]
        if path not in texts[c[beg] :]:
            cause = "stale_path" if path in texts else "wrong_path"
            m.hits.append((m.violation("registration", cause, KHELPER, caller), s))

    return observe


def registered(m, n: int) -> str:
    """What the handler's file should hold after the first *n* writes."""
    text = handler(m).init
    for x in m.scenario.writes[:n]:
        if x.user == "root" and x.text:
            text = x.text.replace("\0", "\n").partition("\n")[0].encode()[:255].decode(errors="ignore")
    return text


def misplaced(m, n: int, text: str) -> str:
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


def environment(m) -> dict[str, object]:
    """The functions that generated code asks."""

    def note(cause: str, s: tuple) -> None:
        if cause:
            m.hits.append((m.violation("registration", cause, ir.Pos("", 0), -1), s))

    def landed(n: int, s: tuple, c: list) -> None:
        """Note what is wrong with the file after a write."""
        note(misplaced(m, n, registered_now(m, c)), s)

    def shown(n: int, s: tuple, text: str, returned: int) -> None:
        """Note what is wrong with what a read gave."""
        wanted = registered(m, s[m.index["obs.reg.0"]]) + "\n"
        note("" if text == wanted else "unreadable" if returned < 0 else "read", s)

    def runs(path: str) -> bool:
        """Would a helper begin if it were asked for?"""
        program = m.scenario.program(path)
        return m.scenario.boot == "up" and program is not None and not program.error

    return {"_runs": runs, "_landed": landed, "_shown": shown}
