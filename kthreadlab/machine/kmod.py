"""kernel/kmod.c: call_usermodehelper and the khelper thread.

The caller queues a request and, but for UMH_NO_WAIT, waits in D; khelper forks and executes the program and completes
the caller: once the exec has happened (or failed), or when the child has ended.  What argv and envp hold is read when
the program is executed, not when it was asked for.  Which value of *wait* means what is the profile's business.
"""

from __future__ import annotations

from .effects import Does, Fails, Sleeps, State, Waits, by_all
from .frames import give_up_cpu
from .lifetime import FORK
from .observers import exec_observers, watches_calls
from .ops import operation
from .runtime import HEAP, KernelFault
from .sched import refuse_interrupt
from .slab import ALLOCATION

EPERM, ENOENT, ENOEXEC, EAGAIN, ENOMEM, EFAULT, EBUSY = 1, 2, 8, 11, 12, 14, 16
NO_WAIT, WAIT_EXEC, WAIT_PROC = 0, 1, 2
"""What a request waits for, whatever this version calls it."""
KINDS = {"none": NO_WAIT, "exec": WAIT_EXEC, "exit": WAIT_PROC}
UNTIL = {kind: until for until, kind in KINDS.items()}


def how_long(m, i) -> int | None:
    """What the call *i* waits for, if that is known when the machine is built."""
    if len(i.args) < 4:
        return WAIT_EXEC
    wait = i.args[3].const
    return None if wait is None else KINDS[m.config.kernel.waits_for(wait)]


def waits_how(m, i) -> Sleeps:
    """A caller that waits for nothing may call from anywhere, where the request has memory of its own."""
    alone = how_long(m, i) == NO_WAIT and m.config.kernel.request_on_heap
    return Sleeps.NEVER if alone else Sleeps.YIELDS


def may_wait_for_exit(m, i) -> bool:
    return how_long(m, i) in (None, WAIT_PROC)


def lends(m, i) -> bool:
    """May the caller go on while khelper still reads what it was given?"""
    return NO_WAIT in waits_known(m) and how_long(m, i) in (None, NO_WAIT)


def waits_known(m) -> set[int]:
    """The ways of waiting that this version knows."""
    return {KINDS[x] for x in m.config.kernel.waits.values()}


def waits_surely(m, i) -> State:
    """Does the call wait in D, and so leave TASK_RUNNING, whatever happens?  One that asks nobody, or does not wait,
    leaves the declared state alone."""
    kernel, path = m.config.kernel, i.args[0].obj
    if how_long(m, i) in (None, NO_WAIT) or path is None or not path.constant or not path.init:
        return State.UNSURE
    refused = kernel.request_on_heap and m.scenario.can_fail(ALLOCATION)
    return State.UNSURE if refused or m.scenario.boot == "no_khelper" else State.RUNNING


def resume_helper(g, i) -> list:
    """Back from the wait for the completion; woken by anything else, the caller goes back to sleep."""
    g.copy()
    res = g.cell("res")
    g(f"r = c[{res}]")

    def again() -> str:
        g(f"c[{g.cell('st')}] = 6")
        g.event(result="None")
        give_up_cpu(g)
        g("return tuple(c)")
        return "stop"

    def done() -> None:
        g(f"c[{res}] = None")
        g.result("r")
        g.event(result="r")

    return [("r is None", again), (None, done)]


@operation(
    "call_usermodehelper",
    resume=resume_helper,
    sleeps=waits_how,
    state=waits_surely,
    context=(),
    reads=(0, 1, 2),
    writes=(),
    does=(Does.ASKS_HELPER, Waits("helper"), Fails(ALLOCATION), Fails(FORK)),
    seen=by_all,
)
def call_usermodehelper(g, i):
    kernel, wait = g.m.config.kernel, how_long(g.m, i)
    if waits_how(g.m, i) is Sleeps.YIELDS and refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    g("_X['helper_called'] = 1")
    path, argv, envp = (g.src(a) for a in i.args[:3])
    literal = g.src(i.args[3]) if len(i.args) > 3 else "0"
    g(f"p, w = {path}, {f'_WAITS({literal})' if wait is None else wait}")
    g.m.calls_helper = True
    event = (f"_peek(c, {argv})", f"_peek(c, {envp})", literal, argv, envp)

    def at_once(value: int):
        """The call returns without anybody having been asked."""

        def effect() -> None:
            g.result(str(value))
            g.returned, g.frees = True, False
            g.event("t", *event, result=str(value))

        return effect

    def empty() -> None:
        if watches_calls(g.m, g.a) and "survives_failure" in g.m.observe:
            g.hit("survives_failure", "exec_of_nothing")
        at_once(0)()

    def ask() -> None:
        me = f"{g.a.index} if w else -1" if wait != WAIT_EXEC and lends(g.m, i) else f"{g.a.index}"
        g(f"c[@req.0@] = (*c[@req.0@], ({me}, p, {argv}, {envp}, w, {g.a.index}))")
        g.ctx = g.ctx._replace(off=0) if wait != NO_WAIT else g.ctx
        if wait == NO_WAIT:
            g(f"c[{g.cell('res')}] = 0")
            g.frees = False
        elif wait is None and lends(g.m, i):
            g(f"if w: c[{g.cell('st')}] = 6")
            g(f"else: c[{g.cell('res')}] = 0")
        else:
            g(f"c[{g.cell('st')}] = 6")
        g.event("t", *event)

    ways = []
    early = g.m.scenario.boot == "no_khelper"
    g("t = _txt(c, p) if p else 'NULL'" if early or kernel.null_path is not None else "t = _txt(c, p)")
    if kernel.null_path is not None:
        ways.append(("not p", at_once(kernel.null_path)))
    if early:
        return [*ways, (None, at_once(-EBUSY))]
    if kernel.request_on_heap and g.m.scenario.can_fail(ALLOCATION):
        g("e = c[@arm.kmalloc.0@] and t != ''; c[@arm.kmalloc.0@] = 0 if e else c[@arm.kmalloc.0@]")
        ways.append(("e", at_once(-ENOMEM)))
    return [*ways, ("not t", empty), (None, ask)]


@operation("take_request", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def take_request(g, i) -> None:
    g.guard("not s[@req.0@]")
    if g.m.scenario.boot == "no_root" and g.m.config.kernel.own_threads:
        g.guard("True")  # today's kernel waits for its initramfs
    g.copy()
    g("c[@job.0@] = c[@req.0@][0]; c[@req.0@] = c[@req.0@][1:]")
    g.event("c[@job.0@]")


@operation("exec_request", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all)
def exec_request(g, i) -> None:
    g.copy()
    g("r = _exec(c, s)")
    g.event("s[@job.0@]", "r", result="r[0]")
    g("c[@job.0@] = r[1]")
    g("c[@run.0@] = c[@run.0@] + r[2]") if g.m.waits_for_exit else None


@operation(
    "complete_request", sleeps=Sleeps.YIELDS, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
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


def vectors(memory, c: list, argv: int, envp: int) -> tuple[list[str], list[str]] | None:
    """argv and envp as the new program would find them; None if one of them has no end."""
    try:
        return (vector(memory, c, argv) if argv else []), (vector(memory, c, envp) if envp else [])
    except KernelFault as fault:
        if fault.cause != "not_terminated":
            raise
        return None


def lookup(m, text: str) -> int:
    """What execve says before it has looked at argv and envp: 0 or a negative errno."""
    if m.scenario.boot == "no_root":
        return -EPERM
    helper = m.scenario.program(text)
    if helper is None:
        return -ENOENT
    return helper.error if helper.error != -ENOEXEC else 0


def status(helper) -> int | None:
    """What wait4 says of a helper that has ended; None if it never does."""
    if not helper.ends:
        return None
    return helper.signal or (helper.exit & 0xFF) << 8


def environment(m) -> dict[str, object]:
    """The functions of khelper that depend on the machine's layout."""
    memory, job, fork = m.memory, m.index.get("job.0", 0), m.index.get("arm.fork.0", 0)
    program, kernel = m.scenario.program, m.config.kernel
    observe = exec_observers(m)

    def execute(c: list, s: tuple) -> tuple:
        """Fork and execute: ``(returned, next job, running)``; *returned* is 0 or a negative errno."""
        task, path, argv, envp, wait, caller = c[job]
        text = memory.txt(c, path)
        if fork and c[fork]:
            c[fork] = 0
            observe(c, s, caller, text, None, -EAGAIN)
            return -EAGAIN, (task, -EAGAIN), ()
        error, given = lookup(m, text), None
        if not error:
            given = vectors(memory, c, argv, envp)
            error = -EFAULT if given is None else program(text).error
        observe(c, s, caller, text, given, error)
        if error:
            hidden = wait == WAIT_PROC and kernel.hides_exec_error
            return error, (task, 0 if hidden else error), ()
        if wait == WAIT_PROC:
            return 0, (-1, 0), ((task, status(program(text))),)
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
        "_WAITS": lambda wait: KINDS[kernel.waits_for(wait)],
        "_RES": tuple(m.index.get(f"res.{a.index}", 0) for a in m.actors),
        "_ST": tuple(m.index.get(f"st.{a.index}", 0) for a in m.actors),
    }
