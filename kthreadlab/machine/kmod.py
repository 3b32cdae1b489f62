"""kernel/kmod.c: call_usermodehelper and the khelper thread.

The caller queues a request and waits in D; khelper forks and executes the program and completes the caller: with wait=0
once the exec has happened (or failed), with wait=1 when the child has ended.  What argv and envp hold is read when the
program is executed, not when it was asked for.
"""

from __future__ import annotations

from kthreadlab.lang import ir

from .ops import operation
from .runtime import HEAP, KernelFault
from .sched import check_may_sleep, refuse_interrupt

ENOENT, EFAULT = 2, 14
PREFIX = "TROUBLED_DS="


def resume_helper(g, i) -> list:
    """Back from the wait for the completion; woken by anything else, the caller goes back to sleep."""
    g.copy()
    me, st, res = g.a.index, g.cell("st"), g.cell("res")
    g(f"r = c[{res}]")

    def again() -> str:
        g(f"c[{st}] = 6")
        g.event(result="None")
        if g.m.mode != "each":
            g("c[@cur.0@] = -1" if g.m.mode == "one" else "c[_CP[k]] = -1")
        g("return tuple(c)")
        return "stop"

    def done() -> None:
        g(f"c[{res}] = None")
        g.result("r")
        g.event(result="r")

    del me
    return [("r is None", again), (None, done)]


@operation("call_usermodehelper", resume=resume_helper, sleeps=True, frees=True)
def call_usermodehelper(g, i):
    check_may_sleep(g)
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    path, argv, envp, wait = (g.src(a) for a in i.args)
    g(f"p = {path}")
    g("t = _txt(c, p)")
    g.m.calls_helper = True
    event = (f"_peek(c, {argv})", f"_peek(c, {envp})", wait)

    def empty() -> None:
        g.result("0")
        g.returned, g.frees = True, False
        g.event("t", *event, result="0")

    def ask() -> None:
        g(f"c[@req.0@] = (*c[@req.0@], ({g.a.index}, p, {argv}, {envp}, {wait}))")
        g(f"c[{g.cell('st')}] = 6")
        g.ctx = g.ctx._replace(off=0)
        g.event("t", *event)

    return [("not t", empty), (None, ask)]


@operation("take_request")
def take_request(g, i) -> None:
    g.guard("not s[@req.0@]")
    g.copy()
    g("c[@job.0@] = c[@req.0@][0]; c[@req.0@] = c[@req.0@][1:]")
    g.event("c[@job.0@]")


@operation("exec_request")
def exec_request(g, i) -> None:
    g.copy()
    g("r = _exec(c, s)")
    g.event("s[@job.0@]", "r", result="r[0]")
    g("c[@job.0@] = r[1]")
    g("c[@run.0@] = c[@run.0@] + r[2]") if g.m.waits_for_exit else None


@operation("complete_request", frees=True)
def complete_request(g, i) -> None:
    g.copy()
    g("t, r = c[@job.0@]; c[@job.0@] = 0")
    g("if t >= 0: c[_RES[t]] = r; c[_ST[t]] = 0")
    g.event("t", "r")


def vector(memory, c: list, p: int) -> list[str]:
    """The strings of a NULL-terminated array of text; without a terminator, -EFAULT."""
    out = []
    array = memory.obj(c, p)
    if not isinstance(array, tuple) or p >= HEAP:
        raise KernelFault("bad_pointer", "this is not an array of strings")
    for q in array:
        if not q:
            return out
        out.append(memory.txt(c, q))
    raise KernelFault("not_terminated", "the array has no NULL at its end")


def environment(m) -> dict[str, object]:
    """The functions of khelper that depend on the machine's layout."""
    memory, index = m.memory, m.index
    job = index.get("job.0", 0)
    pend, cred, arm, own = (index.get(f"obs.{k}.0", 0) for k in ("pend", "cred", "arm", "own"))
    position = {x: n for n, x in enumerate(m.ids)}
    helpers, triggers, hits = m.scenario.helpers, m.triggers, m.hits
    pos, hides = ir.Pos("kernel/kmod.py", 0), m.config.kernel.wait_hides_exec_error
    stale = m.violation("no_stale_helper", "stale_id", pos, -1)
    unknown = m.violation("no_stale_helper", "unknown_id", pos, -1)

    def execute(c: list, s: tuple) -> tuple:
        """Fork and execute: ``(returned, next job, running)``; *returned* is 0 or a negative errno."""
        task, path, argv, envp, wait = c[job]
        text = memory.txt(c, path)
        helper = helpers.get(text)
        try:
            vector(memory, c, argv) if argv else None
            env = vector(memory, c, envp) if envp else []
        except KernelFault as fault:
            if fault.cause != "not_terminated":
                raise
            return -EFAULT, (task, 0 if wait and hides else -EFAULT), ()
        error = -ENOENT if helper is None else helper.error
        if error:
            return error, (task, 0 if wait and hides else error), ()
        triggers["served"] = 1
        value = next((e[len(PREFIX) :] for e in env if e.startswith(PREFIX)), None)
        n = position.get(int(value)) if value is not None and value.lstrip("-").isdigit() else None
        if cred:
            if n is None:
                hits.append((unknown, s))
            elif c[cred] >> 2 * n & 3:
                c[cred] -= 1 << 2 * n
            else:
                hits.append((stale, s))
        if n is not None:
            if pend:
                c[pend] &= ~(1 << n)
            if arm and c[arm] == n + 1:
                c[arm] = c[own] = 0
        if wait:
            return 0, (-1, 0), ((task, helper.exit << 8),)
        return 0, (task, 0), ()

    def peek(c: list, p: int) -> tuple[str, ...]:
        """What a vector holds, for the trace; nothing where it cannot be read."""
        try:
            return tuple(vector(memory, c, p)) if p else ()
        except KernelFault:
            return ()

    return {
        "_peek": peek,
        "_exec": execute,
        "_vec": lambda c, p: tuple(vector(memory, c, p)) if p else (),
        "_RES": tuple(index.get(f"res.{a.index}", 0) for a in m.actors),
        "_ST": tuple(index.get(f"st.{a.index}", 0) for a in m.actors),
    }
