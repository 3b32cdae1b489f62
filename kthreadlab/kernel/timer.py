"""kernel/timer.c: timers, and the softirq that runs their functions.

A pending timer may expire whenever it likes: the machine has no time.  Its function then runs once, as a frame on a CPU
whose interrupts and bottom halves are on and that serves no interrupt or bottom half already.  There is an actor, of
kind ``softirq``, for each function that a timer is ever given; a function is never a frame twice at once.

A timer's cell is ``(function, data)``: the function's name, "" if none is set, None if nothing has initialised the
timer; the cell ``tp`` says whether it is `PENDING`, and outlives a timer whose stack is gone.  One that is made anew
meanwhile does not know that it is on a list any more: that list is `TORN`, as who comes to run it finds.  Differs from
Linux: any CPU may run the function, not only the one that started the timer.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor, Entry, never
from kthreadlab.compile.cells import Env, Step, stored
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Arms, Does, Sleeps, State, by_all, by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.lower import Lower, declares, stores
from kthreadlab.compile.ops import effects_of, operation, takes_object
from kthreadlab.compile.plan import Loaded, Plan
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh, settled
from kthreadlab.compile.steps import begin, comes, done, of_the_world
from kthreadlab.compile.values import LowerError, Obj, Val
from kthreadlab.lang import ir

from .frames import needs_place
from .telling import Happened, Told

PENDING, TORN = 1, 2
SHUT = "-"
"""The function of a timer that nobody starts any more."""
UNWRITTEN = (None, 0)
"""What is in a timer in memory that nothing has written."""

KINDS = ("timer", "tasklet", "rcu_head")
"""The objects whose functions run so."""
RUN = {"timer": "expire", "tasklet": "tasklet_run", "rcu_head": "rcu_run"}
"""What it is called when they do."""
WORDS = ("function", "expires", "data")
"""What a timer is declared with, and its fields."""


SIZES["timer"] = 56


@fresh("timer")
def fresh_timer(statics: Statics, decl: Declared) -> Fresh:
    """A timer with its function.  DEFINE_TIMER has taken expires and data until timer_setup() came, and takes the
    function alone since: then the argument is the timer itself."""
    args, wanted = decl.args, statics.profile.timer_words
    if args and len(args) != wanted:
        few = "few" if len(args) < wanted else "many"
        right = f"{decl.make}({', '.join(WORDS[:wanted])})"
        raise LowerError(f"too {few} arguments to {decl.make}", decl.pos, f"in this version: {right}")
    data = args[2] if len(args) > 2 else None
    return Fresh((function_of(decl), data.value if isinstance(data, ir.Const) else 0), size=int(len(args) == 1))


def function_of(decl: Declared) -> str | None:
    """The function that a timer is declared with."""
    function = decl.args[0] if decl.args else None
    return function.name if isinstance(function, ir.FuncRef | ir.Name) else None


@settled("timer")
def settle_timer(statics: Statics, static: ir.Static, timer: Obj) -> None:
    """A timer whose function is given an object."""
    data = static.args[2] if len(static.args) > 2 else None
    given = statics.address(data) if data is not None else None
    if given is not None:
        timer.init = (timer.init[0], given)
    elif len(static.args) == 1:
        timer.init = (timer.init[0], timer)


@declares("timer")
def declare_timer(low: Lower, decl: ir.Declare, obj: Obj) -> None:
    """A timer on the stack."""
    data = [low.address(obj) if len(decl.args) == 1 else low.value(decl.args[2])] if decl.args else []
    low.op("timer_declare", (low.address(obj), *data), decl.pos, silent=True, function=function_of(decl))


@stores("timer")
def store_field(low: Lower, base: Val, s: ir.Assign) -> None:
    """``timer.function = f``: the fields of a timer are no memory of their own."""
    assert isinstance(s.target, ir.Field)
    field = s.target.name
    if field not in WORDS:
        raise LowerError(f"a timer has no field {field}", s.pos, "function, data and expires")
    if isinstance(s.value, ir.FuncRef):
        low.op("timer_field", (base,), s.pos, field=field, value=s.value.name)
    elif field == "data":
        low.op("timer_field", (base, low.value(s.value)), s.pos, field=field)
    else:
        low.value(s.value)  # there is no time: when it is to expire means nothing


takes_object("timer_field", "timer")


# ---- which functions run --------------------------------------------------------------------------------------------


def given(m: Loaded, code: list[Instr], objects: list[Obj]) -> list[tuple[Obj, str, int | Obj | Val]]:
    """What these instructions and these objects' initial values give to timers: timer, function, its argument."""
    out: list[tuple[Obj, str, int | Obj | Val]] = []
    functions: dict[Obj, list[str]] = {}
    data: dict[Obj, list[int | Obj | Val]] = {}
    for o in objects:
        if o.kind in KINDS and o.init[0]:
            functions.setdefault(o, []).append(o.init[0])
            data.setdefault(o, []).append(o if o.size else o.init[1])
    for i in code:
        for x in effects_of(i.op).made(Arms) if i.kind == "op" else ():
            functions.setdefault(i.named, []).append(i.args[x.function])
            data.setdefault(i.named, []).append(i.named if x.argument is None else value(i.args[x.argument]))
        if i.kind == "op" and i.op == "timer_field":
            if i.info["field"] == "function":
                functions.setdefault(i.named, []).append(i.info["value"])
            else:
                data.setdefault(i.named, []).append(value(i.args[1]))
    for o in {**functions, **data}:
        out += [(o, f, d) for f in functions.get(o, [""]) for d in data.get(o, [0])]
    return out


def value(v: Val) -> int | Obj | Val:
    """An argument as it is known now: a number, an object, or only its type."""
    return v.const if v.const is not None else v.obj or v


class Functions:
    """The timers' functions, as the actors that run them are made: ``pairs`` of timer and function with all arguments
    that such a function may be given."""

    def __init__(self) -> None:
        self.timers: dict[Obj, tuple[list[str], list[int | Obj | Val]]] = {}

    def note(self, found: list[tuple[Obj, str, int | Obj | Val]]) -> None:
        """Take down with what timers are given functions."""
        for timer, function, data in found:
            functions, arguments = self.timers.setdefault(timer, ([], []))
            if function and function not in functions:
                functions.append(function)
            if not any(same(data, x) for x in arguments):
                arguments.append(data)

    def pairs(self) -> list[tuple[Obj, str]]:
        """Each timer with each of its functions."""
        return [(timer, function) for timer, (functions, _) in self.timers.items() for function in functions]

    def argument(self, timer: Obj) -> int | Obj | Val:
        """The argument, if there is only one; else a value of its type."""
        arguments = self.timers[timer][1]
        if len(arguments) == 1 and not isinstance(arguments[0], Val):
            return arguments[0]
        typed = next((x for x in arguments if isinstance(x, Val)), None)
        return typed if typed is not None else Val("0")


def same(a: int | Obj | Val, b: int | Obj | Val) -> bool:
    """Are these arguments certainly the same?"""
    return a is b or (isinstance(a, int) and isinstance(b, int) and a == b)


def timers(m: Plan) -> dict[Obj, list[Actor]]:
    """The timers that have functions, with the actors that run these."""
    out: dict[Obj, list[Actor]] = {}
    for a in m.softirqs:
        out.setdefault(timer_of(a), []).append(a)
    return out


def timer_of(a: Actor) -> Obj:
    """The timer whose function an actor runs."""
    assert a.timer is not None
    return a.timer


# ---- operations -----------------------------------------------------------------------------------------------------


def cells(g: Gen, i: Instr) -> tuple[Obj, str, str, str]:
    """The timer, its cell, the cell that says whether it is pending, its name for events; fault if it is gone."""
    obj = i.named
    if obj.owner is not None:
        g(f"if c[@{obj.key}@] is None: raise KernelFault('dead_stack', {g.m.constants.ref(obj.name)})")
    return obj, f"c[@{obj.key}@]", f"c[@tp.{obj.key}@]", g.m.constants.ref(obj.name)


def require_ready(g: Gen, cell: str) -> None:
    """Differs from Linux: 2.6.11 only warns of a timer that was never initialised."""
    g(f"if {cell}[0] is None: raise KernelFault('null_pointer', 'this timer was never initialised')")
    g(f"if not {cell}[0]: raise KernelFault('bug')")


def forget_list(g: Gen, pending: str) -> None:
    """The timer is made anew."""
    g(f"if {pending}: {stored(pending)} = {TORN}")


@operation(
    "init_timer",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES,),
    seen=by_all,
)
@operation(
    "setup_timer",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Arms(1, 2), Does.INITIALISES),
    seen=by_all,
)
@operation(
    "timer_setup",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Arms(1, None), Does.INITIALISES),
    seen=by_all,
)
def init_timer(g: Gen, i: Instr) -> None:
    """Ready, not pending; the function stays unless the call gives one."""
    g.copy()
    obj, cell, pending, name = cells(g, i)
    forget_list(g, pending)
    arms = next(effects_of(i.op).made(Arms), None)
    if arms is None:
        g(f"x, y = {cell} or {UNWRITTEN}; {stored(cell)} = (x or '', y)")
        g.event(name)
        return
    function = g.m.constants.ref(i.args[arms.function])
    data = g.src(i.args[0]) if arms.argument is None else g.src(i.args[arms.argument])
    g(f"{stored(cell)} = ({function}, {data})")
    g.event(name, function)


@operation(
    "timer_declare", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody
)
def timer_declare(g: Gen, i: Instr) -> None:
    """A timer on the stack comes to life."""
    g.copy()
    obj, function = i.named, i.info["function"]
    forget_list(g, f"c[@tp.{obj.key}@]")
    ready = "None" if function is None else g.m.constants.ref(function)
    g(f"c[@!{obj.key}@] = ({ready}, {g.src(i.args[1]) if len(i.args) > 1 else 0})")


def tell_field(x: Happened) -> Told:
    """The field, and what it is now."""
    (timer, new), field = x.operands, x.instr.info["field"]
    value = new if field == "function" else x.name(new) if new else 0
    return Told((f"{timer}.{field}",), details={"value": value}, op="store")


@operation(
    "timer_field",
    describe=tell_field,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.INITIALISES,),
    seen=by_all,
)
def timer_field(g: Gen, i: Instr) -> None:
    """``timer.function = f``, ``timer.data = x``, whatever was there before."""
    g.copy()
    _, cell, _, name = cells(g, i)
    field = i.info["field"]
    new = g.m.constants.ref(i.info["value"]) if field == "function" else g.src(i.args[1])
    g(f"x, y = {cell} or {UNWRITTEN}; {stored(cell)} = " + (f"({new}, y)" if field == "function" else f"(x, {new})"))
    g.event(name, new)


@operation(
    "add_timer",
    "mod_timer",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def mod_timer(g: Gen, i: Instr) -> None:
    """Pending; mod_timer() tells whether it was so."""
    g.copy()
    _, cell, pending, name = cells(g, i)
    require_ready(g, cell)
    if i.op == "add_timer" and not g.m.config.kernel.adds_twice:
        g(f"if {pending} & {PENDING}: raise KernelFault('bug')")
    starts = f"if {cell}[0] != {SHUT!r}: " if shuts(g.m) else ""
    g(f"r = {pending} & {PENDING}")
    g(f"{starts}{stored(pending)} |= {PENDING}")
    if i.op == "mod_timer":
        g.result("r")
    g.event(name, *((g.src(i.args[1]),) if i.op == "mod_timer" else ()), result="r")


def running(m: Plan, obj: Obj, state: str = "s") -> str:
    """An expression: is a function of this timer a frame on some CPU?"""
    actors = timers(m).get(obj, [])
    return " or ".join(f"{state}[@pc.{a.index}@] != {m.special_number(a, 'idle')}" for a in actors) or "0"


def shuts(m: Plan) -> bool:
    """Is a timer ever stopped for good?"""
    return any(i.kind == "op" and i.op.startswith("timer_shutdown") for a in m.actors for i in a.code)


@operation(
    "del_timer",
    "timer_delete",
    "timer_shutdown",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
@operation(
    "del_timer_sync",
    "timer_delete_sync",
    "timer_shutdown_sync",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.TURNS,),
    seen=by_all,
)
def del_timer(g: Gen, i: Instr) -> None:
    """Not pending; the forms with _sync also wait for the function, if that runs now, by turning in a loop; those that
    shut it down leave it without a function."""
    obj = i.named
    if Does.TURNS in effects_of(i.op).does:
        if g.a.kind == "irq":
            g.m.hooks.forbidden(g, "interrupt")
        if g.m.config.is_smp:
            actors = timers(g.m).get(obj, [])
            on = "".join(f"*({a.index},) * (s[@pc.{a.index}@] != {g.m.special_number(a, 'idle')}), " for a in actors)
            g.m.cpus.spin(g, running(g.m, obj), because("busy", who=f"({on})"))
    g.copy()
    _, cell, pending, name = cells(g, i)
    g(f"r = {pending} & {PENDING}; {stored(pending)} &= {TORN}")
    if i.op.startswith("timer_shutdown"):
        g(f"{stored(cell)} = ({SHUT!r}, {cell}[1])")
    g.result("r")
    g.event(name, result="r")


@operation(
    "timer_pending", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_all
)
def timer_pending(g: Gen, i: Instr) -> None:
    g.copy()
    _, _, pending, name = cells(g, i)
    g(f"r = {pending} & {PENDING}")
    g.result("r")
    g.event(name, result="r")


def waits_for_function(m: Laid, s: Now, i: Instr) -> bool:
    """Does the caller of del_timer_sync() turn in its loop in state *s*?"""
    return any(s[m.index[f"pc.{a.index}"]] != m.special[a.index, "idle"] for a in timers(m).get(i.named, []))


# ---- the softirq ----------------------------------------------------------------------------------------------------


def world(m: Plan) -> list[tuple[str, list[str]]]:
    """For each function and each CPU: the choice by which the timer expires there."""
    return [(f"expire{a.index}_{cpu}", _expires(m, a, cpu)) for a in m.softirqs for cpu in m.cpus.landing(m, a)]


def _expires(m: Plan, a: Actor, cpu: int) -> list[str]:
    """The timer is pending no more, and its function is a frame on *cpu*.  Another CPU may see the one before the
    function does anything; where there is no other, its first operation is part of the step."""
    served = timers(m)[timer_of(a)]
    key, others = timer_of(a).key, [x for x in served if x is not a]
    busy = [refuse(f"s[@pc.{x.index}@] != {m.special_number(x, 'idle')}", serves(x)) for x in others]
    first = a is served[0]
    gone = "raise KernelFault('dead_stack', 'a timer on the stack of a function that has returned')"
    if timer_of(a).heap:
        gone = "raise KernelFault('use_after_free')"
    is_torn = f"s[@tp.{key}@] & {TORN}"
    torn = "raise KernelFault('corrupted_list', 'a timer was made anew while it was pending')"
    lines = [
        f"def expire{a.index}_{cpu}(s):",
        refuse(f"not s[@tp.{key}@] & {PENDING | TORN}", because("idle")),
        *busy,
        *_softirq_lands(m, cpu),
        f" x = s[@{key}@]",
        f" if x is None: {gone}" if first else refuse("x is None", because("other")),
        f" if {is_torn}: {torn}" if first else refuse(is_torn, because("other")),
        refuse(f"x[0] != {m.constants.ref(a.function)}", because("other")),
        *([refuse("x[2]", because("other"))] if timer_of(a).kind != "timer" else []),
        begin(),
        f" c[@!frm.{cpu}@] = ({a.index},); c[@!tp.{key}@] = s[@tp.{key}@] & ~{PENDING | TORN}",
    ]
    if needs_place(m, a):
        lines += [f" c[@!at.{a.index}@] = {cpu}"]
    if a.code[0].dst is not None:
        lines += [f" c[@!arg.{a.index}@] = x[1]"]
    return [
        *lines,
        f" c[@!pc.{a.index}@] = _first{a.index}",
        of_the_world(RUN[timer_of(a).kind], a.index),
        comes(f"_first{a.index}") if not (m.cpus.parallel or m.irqs) else done(),
    ]


def serves(a: Actor) -> str:
    """The reason that *a* is on its way."""
    return because("busy", who=f"({a.index},)")


def _softirq_lands(m: Plan, cpu: int) -> list[str]:
    """A bottom half begins on *cpu* if nothing there is in one already, has them off, or serves an interrupt."""
    taken = refuse(f"s[@frm.{cpu}@]", because("cpu", who=f"s[@frm.{cpu}@][-1:]", cpu=cpu))
    return [*m.cpus.bottom_halves_on(m, cpu), taken]


def entries(m: Laid, env: Env) -> list[Entry]:
    """The choices by which timers expire."""
    out, seen = [], set()
    for a in m.softirqs:
        for cpu in m.cpus.landing(m, a):
            table: list[Step] = [never] * len(m.nodes)
            table[m.special[a.index, "idle"]] = env[f"expire{a.index}_{cpu}"]
            name = f"{timer_of(a).kind}/{timer_of(a).word}"
            if len(m.cpus.landing(m, a)) > 1:
                name = f"cpu{cpu}>{name}"
            if name in seen:
                name = f"{name}#{a.index}"
            seen.add(name)
            out.append(Entry(name, m.index[f"pc.{a.index}"], 0, table, -1, False, "timer"))
    return out


def environment(m: Plan) -> dict[str, object]:
    """What generated code calls."""
    return {"_BH": [bool(n is not None and (n.ctx.off or n.ctx.bh)) for n in m.nodes]} if m.softirqs else {}
