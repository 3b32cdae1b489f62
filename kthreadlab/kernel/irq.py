"""kernel/irq/manage.c: who is called when an interrupt comes.

An interrupt of the scenario whose function some program registers comes only while that is so, and while its line is
enabled.  The cell ``ir`` holds the registrations, ``(line, function, dev, shared)`` each, the first one first; ``id``
the lines that are disabled, ``(line, depth)``; the cell ``il`` of an interrupt says of which line it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.calls import Calls, macro
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Fails, Handles, Sleeps, State, Waits, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid, initially
from kthreadlab.compile.ops import effects_of, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.refusal import because, refuse
from kthreadlab.compile.values import LowerError, Obj, Val
from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.errno import EBUSY, EINVAL, ENOMEM
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.outcome import Outcome

from .module import must_be_loaded
from .slab import ALLOCATION
from .telling import Happened, Told

SHARED = 0x04000080
"""SA_SHIRQ, and what it is called today."""
MOST = 15
"""A line is disabled so often at most."""
REGISTERS = frozenset(n for n, call in CALLS.items() if "irqreturn_t" in call.c)


@initially("ir", "id")
def nobody(m: Plan, n: int) -> tuple[()]:
    """No handler, and no line that is disabled."""
    return ()


@initially("il")
def no_line(m: Plan, actor: int) -> int:
    """It has not come yet."""
    return -1


# ---- who is registered ----------------------------------------------------------------------------------------------


@cache
def handlers(module: KernelModule) -> frozenset[str]:
    """The functions of a module that some call registers."""
    found: set[str] = set()
    todo: list[ir.Node] = [s for f in module.functions.values() for s in f.body]
    while todo:
        node = todo.pop()
        todo += ir.parts(node)
        if isinstance(node, ir.Call) and node.name in REGISTERS:
            found |= {arg.name for arg in node.args if isinstance(arg, ir.FuncRef)}
    return frozenset(found)


def registrations(actors: list[Actor]) -> Iterator[tuple[str, Val, Val]]:
    """Each function with the line and the dev that some program registers it with."""
    for a in actors:
        for i in a.code:
            for x in effects_of(i.op).made(Handles) if i.kind == "op" else ():
                yield i.args[x.function], i.args[x.line], i.args[x.dev]


def arguments(actors: list[Actor], f: ir.Function, line: tuple[int, ...]) -> tuple[int | Obj | Val, ...]:
    """What a handler is given, as far as it is known when the machine is built; *line*: the one that is meant, or ().
    Raises LowerError where nobody knows which line it is."""
    found = [(x, dev) for name, x, dev in registrations(actors) if name == f.name]
    lines = {x.const for x, _ in found}
    if not line and (None in lines or len(lines) > 1):
        rule = 'each line has a number; the world says which one is meant: Call("nic", "handler", 11, context="irq")'
        raise LowerError(f"{f.name} is registered for a line that nobody knows", f.pos, rule)
    devs = [dev for x, dev in found if not line or x.const in (None, *line)]
    known = {id(dev.obj) if dev.obj is not None else dev.const for dev in devs}
    dev: int | Obj | Val = devs[0] if devs else 0
    if isinstance(dev, Val) and len(known) == 1 and known != {None}:
        dev = dev.obj if dev.obj is not None else dev.const or 0
    return (*line, *lines, 0)[0] or 0, dev, 0


def gated(m: Plan, a: Actor) -> bool:
    """Does some program register the function of the interrupt *a*?"""
    return a.kind == "irq" and a.function in handlers(m.module)


def lands(m: Plan, a: Actor) -> list[str]:
    """Lines that give up while the interrupt *a* has no handler, or its line is disabled."""
    if not gated(m, a):
        return []
    line = a.call_args[:1]
    mine = f"x[1] == {m.constants.ref(a.function)}" + (f" and x[0] == {line[0]}" if line else "")
    return [
        f" x = next((x for x in s[@ir.0@] if {mine}), None)",
        refuse("x is None", because("missing", what=f"{a.function}()")),
        refuse("any(y[0] == x[0] for y in s[@id.0@])", because("masked")),
        *must_be_loaded(m),
    ]


def begins(m: Plan, a: Actor) -> list[str]:
    """Lines by which it is known of which line the interrupt *a* is, and with what it is called."""
    if not gated(m, a):
        return []
    return [f" c[@!il.{a.index}@] = x[0]"] + ([f" c[@!arg.{a.index}@] = x[2]"] if a.code[0].dst is not None else [])


# ---- operations -----------------------------------------------------------------------------------------------------


def tell_request(x: Happened) -> Told:
    """Whether it is registered now."""
    return Told(x.args, Outcome.OK if x.result == 0 else Outcome.REFUSED)


@operation(
    "request_irq",
    describe=tell_request,
    sleeps=Sleeps.ASKS,
    state=State.KEPT,
    context=(),
    reads=(3,),
    writes=(),
    does=(Handles(line=0, function=1, dev=4), Fails(ALLOCATION)),
    seen=by_all,
)
def request_irq(g: Gen, i: Instr) -> None:
    """The line is the caller's, or shared."""
    g.copy()
    line, function, flags, name, dev = i.args
    g(f"t = _txt(c, {g.src(name)}) if {g.src(name)} else ''")
    g(f"n, d, h = {g.src(line)}, {g.src(dev)}, int(bool({g.src(flags)} & {SHARED}))")
    g(f"r = {-EINVAL} if h and not d else 0")
    if g.m.world.can_fail(ALLOCATION):
        with g.when("not r and c[@arm.kmalloc.0@]"):
            g(f"r = {-ENOMEM}; c[@!arm.kmalloc.0@] = 0")
    g(f"if not r and any(x[0] == n and not (h and x[3]) for x in c[@ir.0@]): r = {-EBUSY}")
    with g.when("not r"):
        with g.when("all(x[0] != n for x in c[@ir.0@])"):
            g("c[@!id.0@] = tuple(x for x in c[@id.0@] if x[0] != n)")
        g(f"c[@!ir.0@] = (*c[@ir.0@], (n, {g.m.constants.ref(function)}, d, h))")
    g.result("r")
    g.event("n", g.m.constants.ref(function), g.src(flags), "t", "d", result="r")


@macro("free_irq")
def free(low: Calls, e: ir.Call) -> Val:
    """It is not called any more, and does not run."""
    line, dev = low.operands(e)
    low.op("irq_remove", (line, dev), e.pos)
    low.op("synchronize_irq", (line,), e.pos)
    return low.const(0)


@macro("disable_irq")
def disable(low: Calls, e: ir.Call) -> Val:
    """Its handlers are not called any more, and don't run."""
    operands = tuple(low.operands(e))
    low.op("disable_irq_nosync", operands, e.pos)
    low.op("synchronize_irq", operands, e.pos)
    return low.const(0)


def tell_remove(x: Happened) -> Told:
    """Whether there was such a handler."""
    return Told(x.operands[:1], Outcome.YES if x.operands[1] else Outcome.NO)


@operation(
    "irq_remove",
    describe=tell_remove,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def irq_remove(g: Gen, i: Instr) -> None:
    """The first registration of this line and dev is gone."""
    g.copy()
    g(f"n, d = {g.src(i.args[0])}, {g.src(i.args[1])}")
    g("x = next((x for x in c[@ir.0@] if x[0] == n and x[2] == d), None)")
    g("c[@!ir.0@] = tuple(y for y in c[@ir.0@] if y is not x)")
    g.event("n", "int(x is not None)")


def tell_depth(x: Happened) -> Told:
    """Whether it is still disabled."""
    return Told(x.args, Outcome.YES if x.result else Outcome.NO)


@operation(
    "disable_irq_nosync",
    "enable_irq",
    describe=tell_depth,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def enable_irq(g: Gen, i: Instr) -> None:
    """One more, or one less, who wants none to come; Linux only warns of one too few."""
    g.copy()
    g(f"n = {g.src(i.args[0])}; r = next((x[1] for x in c[@id.0@] if x[0] == n), 0)")
    g("r = max(0, r - 1)" if i.op == "enable_irq" else f"r = min({MOST}, r + 1)")
    g("c[@!id.0@] = tuple(sorted((*(x for x in c[@id.0@] if x[0] != n), *((n, r),) * bool(r))))")
    g.event("n", result="r")


@operation(
    "synchronize_irq",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.TURNS, Waits("handler")),
    seen=by_all,
)
def synchronize_irq(g: Gen, i: Instr) -> None:
    """Turn in a loop while a handler of the line runs; with one CPU none can."""
    if g.m.config.is_smp:
        running = f"_serving(s, {g.src(i.args[0])})"
        g.m.cpus.spin(g, running, because("busy", who=running))
    g.copy()
    g.event(g.src(i.args[0]))


def serving(m: Laid) -> Callable[[Now, int], tuple[int, ...]]:
    """``serving(s, line)``: the interrupts of that line that are under way."""
    own = [a for a in m.irqs if f"il.{a.index}" in m.index]
    cells = [(a.index, m.index[f"il.{a.index}"], m.index[f"pc.{a.index}"]) for a in own]
    away = {m.special[a.index, what] for a in own for what in ("arrive", "final")}
    return lambda s, line: tuple(n for n, il, pc in cells if s[il] == line and s[pc] not in away)


def waits_for_handler(m: Laid, s: Now, i: Instr) -> tuple[int, ...]:
    """The handlers for which the caller of synchronize_irq() turns in its loop in state *s*, if its line is known."""
    line = i.args[0].const
    lines = (line,) if line is not None else {s[n] for k, n in m.index.items() if k.startswith("il.")}
    return tuple(a for x in lines for a in serving(m)(s, x))


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    return {"_serving": serving(m)}
