"""kernel/kmod.c: call_usermodehelper and the khelper thread.

The caller queues a request and, but for UMH_NO_WAIT, waits in D; khelper forks and executes the program and completes
the caller: once the exec has happened (or failed), or when the child has ended.  What argv and envp hold is read when
the program is executed, not when it was asked for.  Which value of *wait* means what is the profile's business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from kthreadlab.compile.cells import Cells, stored
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Fails, Sleeps, State, Waits, by_all
from kthreadlab.compile.facts import Executable
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid, initially
from kthreadlab.compile.ops import Branch, Branches, operation
from kthreadlab.compile.plan import Loaded, Plan
from kthreadlab.compile.refusal import because
from kthreadlab.compile.runtime import HEAP, KernelFault, Memory
from kthreadlab.lang.errno import EACCES, EAGAIN, EBUSY, EFAULT, ENOENT, ENOEXEC, ENOMEM, EPERM
from kthreadlab.lang.outcome import Outcome

from .lifetime import FORK
from .sched import refuse_interrupt
from .slab import ALLOCATION
from .telling import Happened, Told
from .wakeup import made_runnable

NO_WAIT, WAIT_EXEC, WAIT_PROC = 0, 1, 2
"""What a request waits for, whatever this version calls it."""
KINDS = {"none": NO_WAIT, "exec": WAIT_EXEC, "exit": WAIT_PROC}
UNTIL = {kind: until for until, kind in KINDS.items()}


@initially("req", "run")
def nothing_asked(m: Plan, n: int) -> tuple[()]:
    """No requests wait for khelper, and no programs run that somebody waits for."""
    return ()


@initially("res")
def nothing_returned(m: Plan, task: int) -> None:
    """The call has not come to an end."""
    return None


def how_long(m: Loaded, i: Instr) -> int | None:
    """What the call *i* waits for, if that is known when the machine is built."""
    if len(i.args) < 4:
        return WAIT_EXEC
    wait = i.args[3].const
    return None if wait is None else KINDS[m.config.kernel.waits_for(wait)]


def waits_how(m: Loaded, i: Instr) -> Sleeps:
    """A caller that waits for nothing may call from anywhere, where the request has memory of its own."""
    alone = how_long(m, i) == NO_WAIT and m.config.kernel.request_on_heap
    return Sleeps.NEVER if alone else Sleeps.YIELDS


def may_wait_for_exit(m: Loaded, i: Instr) -> bool:
    """Does the caller perhaps wait until the helper has ended?"""
    return how_long(m, i) in (None, WAIT_PROC)


def lends(m: Loaded, i: Instr) -> bool:
    """May the caller go on while khelper still reads what it was given?"""
    return NO_WAIT in waits_known(m) and how_long(m, i) in (None, NO_WAIT)


def waits_known(m: Loaded) -> set[int]:
    """The ways of waiting that this version knows."""
    return {KINDS[x] for x in m.config.kernel.waits.values()}


def waits_surely(m: Plan, i: Instr) -> State:
    """Does the call wait in D, and so leave TASK_RUNNING, whatever happens?  One that asks nobody, or does not wait,
    leaves the declared state alone."""
    kernel, path = m.config.kernel, i.args[0].obj
    if how_long(m, i) in (None, NO_WAIT) or path is None or not path.constant or not path.init:
        return State.UNSURE
    refused = kernel.request_on_heap and m.world.can_fail(ALLOCATION)
    return State.UNSURE if refused or m.world.boot == "no_khelper" else State.RUNNING


def resume_helper(g: Gen, i: Instr) -> Branches:
    """Back from the wait for the completion; woken by anything else, the caller goes back to sleep."""
    g.copy()
    res = g.cell("res")
    g(f"r = c[{res}]")

    def again() -> str:
        g(f"{g.to('st')} = 6")
        g.event(result="None")
        g.m.cpus.give_up(g)
        g("return tuple(c)")
        return "stop"

    def done() -> None:
        g(f"c[{stored(res)}] = None")
        g.result("r")
        g.event(result="r")

    return [("r is None", again), (None, done)]


def tell_call(x: Happened) -> Told:
    """What the helper is to be given, and whether anybody is sent; or what the wait came to."""
    if x.back:
        return Told((), Outcome.AGAIN if x.result is None else Outcome.OK if x.result >= 0 else Outcome.FAILED)
    path, argv, envp, wait, *pointers = x.operands
    details = {"argv": argv, "envp": envp, "wait": wait}
    if x.result is not None and path:
        return Told((path, wait), Outcome.BUSY if x.result == -EBUSY else Outcome.REFUSED, details)
    no_wait = x.m.config.kernel.waits_for(wait) == "none"
    outcome = Outcome.EMPTY if not path else Outcome.NO_WAIT if no_wait else Outcome.ANY
    return Told((path, " ".join(argv), " ".join(envp), wait), outcome, details | slots(x, x.after, *pointers))


def slots(x: Happened, cells: Now, argv: int, envp: int) -> dict[str, tuple[tuple[str, str | None], ...]]:
    """Every slot of both arrays, also behind the NULL: where it points, and the text there (None if there is none,
    or none that could be read)."""
    return {"argv_slots": slots_of(x, list(cells), argv), "envp_slots": slots_of(x, list(cells), envp)}


def slots_of(x: Happened, cells: Cells, array: int) -> tuple[tuple[str, str | None], ...]:
    """The elements of an array of addresses, and the texts there; nothing where the address leads nowhere."""
    try:
        pointers = x.m.memory.obj(cells, array) if array else ()
    except KernelFault:
        return ()
    return tuple((x.name(p), text_at(x, cells, p)) for p in pointers if isinstance(p, int))


def text_at(x: Happened, cells: Cells, p: int) -> str | None:
    """The text at an address; None where there is none."""
    try:
        return x.m.memory.txt(cells, p) if p else None
    except KernelFault:
        return None


@operation(
    "call_usermodehelper",
    resume=resume_helper,
    describe=tell_call,
    sleeps=waits_how,
    state=waits_surely,
    context=(),
    reads=(0, 1, 2),
    writes=(),
    does=(Does.ASKS_HELPER, Waits("helper"), Fails(ALLOCATION), Fails(FORK)),
    seen=by_all,
)
def call_usermodehelper(g: Gen, i: Instr) -> Branches:
    kernel, wait = g.m.config.kernel, how_long(g.m, i)
    g.copy()
    g.m.hooks.asked(g)
    path, argv, envp = (g.src(a) for a in i.args[:3])
    literal = g.src(i.args[3]) if len(i.args) > 3 else "0"
    g(f"p, w = {path}, {f'_WAITS({literal})' if wait is None else wait}")
    event = (f"_peek(c, {argv})", f"_peek(c, {envp})", literal, argv, envp)

    def at_once(value: int) -> Callable[[], None]:
        """The call returns without anybody having been asked."""

        def effect() -> None:
            g.result(str(value))
            g.returned, g.frees = True, False
            g.event("t", *event, result=str(value))

        return effect

    def empty() -> None:
        g.m.hooks.asked_for_nothing(g)
        at_once(0)()

    def ask() -> str | None:
        if waits_how(g.m, i) is Sleeps.YIELDS and refuse_interrupt(g):
            return "stop"
        me = f"{g.a.index} if w else -1" if wait != WAIT_EXEC and lends(g.m, i) else f"{g.a.index}"
        g(f"c[@!req.0@] = (*c[@req.0@], ({me}, p, {argv}, {envp}, w, {g.a.index}))")
        g.ctx = g.ctx._replace(off=0) if wait != NO_WAIT else g.ctx
        if wait == NO_WAIT:
            g(f"{g.to('res')} = 0")
            g.frees = False
        elif wait is None and lends(g.m, i):
            g(f"if w: {g.to('st')} = 6")
            g(f"else: {g.to('res')} = 0")
        else:
            g(f"{g.to('st')} = 6")
        g.event("t", *event)
        return None

    ways: list[Branch] = []
    early = g.m.world.boot == "no_khelper"
    g("t = _txt(c, p) if p else 'NULL'" if early or kernel.null_path is not None else "t = _txt(c, p)")
    if kernel.null_path is not None:
        ways.append(("not p", at_once(kernel.null_path)))
    if early:
        return [*ways, (None, at_once(-EBUSY))]
    if kernel.request_on_heap and g.m.world.can_fail(ALLOCATION):
        g("e = c[@arm.kmalloc.0@] and t != ''; c[@!arm.kmalloc.0@] = 0 if e else c[@arm.kmalloc.0@]")
        ways.append(("e", at_once(-ENOMEM)))
    return [*ways, ("not t", empty), (None, ask)]


def tell_take(x: Happened) -> Told:
    """khelper takes a request: for which program, and who waits."""
    job = x.operands[0]
    path = x.m.memory.txt(list(x.after), job[1])
    return Told((path,), details={"waiting": x.m.actors[job[5]].name}, op="helper_take")


@operation(
    "take_request",
    describe=tell_take,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN,),
    seen=by_all,
)
def take_request(g: Gen, i: Instr) -> None:
    g.guard("not s[@req.0@]", because("idle"))
    if g.m.world.boot == "no_root" and g.m.config.kernel.own_threads:
        g.guard("True", because("missing", what="/"))  # today's kernel waits for its initramfs
    g.copy()
    g("c[@!job.0@] = c[@req.0@][0]; c[@!req.0@] = c[@req.0@][1:]")
    g.event("c[@job.0@]")


EXECUTED = {0: Outcome.OK, -ENOENT: Outcome.MISSING, -EACCES: Outcome.DENIED, -ENOEXEC: Outcome.NOEXEC}


def tell_exec(x: Happened) -> Told:
    """A program begins, or cannot: what it is given, and what it finds itself to be."""
    (_, path, argv, envp, wait, caller), _ = x.operands
    cells, memory = list(x.before), x.m.memory
    arguments, environment = peek(memory, cells, argv), peek(memory, cells, envp)
    details = {
        "argv": arguments,
        "envp": environment,
        "uid": 0,
        "cwd": "/",
        "parent": x.m.config.kernel.parent_of(UNTIL[wait]),
        "wait": wait,
        "caller": x.m.actors[caller].name,
        **slots(x, x.before, argv, envp),
    }
    outcome = EXECUTED.get(x.result, Outcome.FAILED)
    return Told((memory.txt(cells, path),), outcome, details, op="exec", program=(arguments, environment))


@operation(
    "exec_request",
    describe=tell_exec,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN,),
    seen=by_all,
)
def exec_request(g: Gen, i: Instr) -> None:
    g.copy()
    g("r = _exec(c, s)")
    g.event("s[@job.0@]", "r", result="r[0]")
    g("c[@!job.0@] = r[1]")
    g("c[@!run.0@] = c[@run.0@] + r[2]") if g.m.waits_for_exit else None


def tell_complete(x: Happened) -> Told:
    """khelper reports back, if anybody waits."""
    task, value = x.operands
    return Told((value,), details={"waiting": x.m.actors[task].name} if task >= 0 else {}, op="helper_complete")


@operation(
    "complete_request",
    describe=tell_complete,
    sleeps=Sleeps.YIELDS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.OWN,),
    seen=by_all,
)
def complete_request(g: Gen, i: Instr) -> None:
    g.copy()
    g("t, r = c[@job.0@]; c[@!job.0@] = 0")
    g(f"if t >= 0: c[_RES[t]] = r; {made_runnable('t')}")
    g.event("t", "r")


def vector(memory: Memory, c: Cells, p: int) -> list[str]:
    """The strings of a NULL-terminated array of text; without a terminator, -EFAULT."""
    out: list[str] = []
    array = memory.obj(c, p)
    if not isinstance(array, tuple) or p >= HEAP:
        raise KernelFault("bad_pointer", "this is not an array of strings")
    for q in array:
        if not q:
            return out
        out.append(memory.txt(c, q))
    raise KernelFault("not_terminated", "the array has no NULL at its end")


def vectors(memory: Memory, c: Cells, argv: int, envp: int) -> tuple[list[str], list[str]] | None:
    """argv and envp as the new program would find them; None if one of them has no end."""
    try:
        return (vector(memory, c, argv) if argv else []), (vector(memory, c, envp) if envp else [])
    except KernelFault as fault:
        if fault.cause != "not_terminated":
            raise
        return None


def peek(memory: Memory, c: Cells, p: int) -> tuple[str, ...]:
    """What a vector holds, for the trace; nothing where it cannot be read."""
    try:
        return tuple(vector(memory, c, p)) if p else ()
    except KernelFault:
        return ()


def lookup(m: Plan, helper: Executable | None) -> int:
    """What execve says before it has looked at argv and envp: 0 or a negative errno."""
    if m.world.boot == "no_root":
        return -EPERM
    if helper is None:
        return -ENOENT
    return helper.error if helper.error != -ENOEXEC else 0


def status(helper: Executable) -> int | None:
    """What wait4 says of a helper that has ended; None if it never does."""
    if not helper.ends:
        return None
    return helper.signal or (helper.exit & 0xFF) << 8


def environment(m: Laid) -> dict[str, object]:
    """The functions of khelper that depend on the machine's layout."""
    memory, job, fork = m.memory, m.index.get("job.0", 0), m.index.get("arm.fork.0", 0)
    program, kernel = m.world.program, m.config.kernel
    tell = m.hooks.executed(m)

    def execute(c: Cells, s: Now) -> tuple[int, tuple[int, int], tuple[tuple[int, int | None], ...]]:
        """Fork and execute: ``(returned, next job, running)``; *returned* is 0 or a negative errno."""
        task, path, argv, envp, wait, caller = c[job]
        text, waits = memory.txt(c, path), wait != NO_WAIT
        if fork and c[fork]:
            c[fork] = 0
            tell(c, s, caller, text, None, -EAGAIN, waits)
            return -EAGAIN, (task, -EAGAIN), ()
        helper = program(text)
        error, given = lookup(m, helper), None
        if helper is not None and not error:
            given = vectors(memory, c, argv, envp)
            error = -EFAULT if given is None else helper.error
        tell(c, s, caller, text, given, error, waits)
        if error:
            hidden = wait == WAIT_PROC and kernel.hides_exec_error
            return error, (task, 0 if hidden else error), ()
        if helper is not None and wait == WAIT_PROC:
            return 0, (-1, 0), ((task, status(helper)),)
        return 0, (task, 0), ()

    return {
        "_peek": partial(peek, memory),
        "_exec": execute,
        "_vec": lambda c, p: tuple(vector(memory, c, p)) if p else (),
        "_WAITS": lambda wait: KINDS[kernel.waits_for(wait)],
        "_RES": tuple(m.index.get(f"res.{a.index}", 0) for a in m.actors),
    }
