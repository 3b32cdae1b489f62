"""Who can move: the scenario's threads, calls and interrupts, the threads they make, khelper."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.effects import Does, MakesThread
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.integers import wrap_const
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.ops import effects_of
from kthreadlab.compile.statics import Statics
from kthreadlab.compile.values import LowerError, Obj, Val
from kthreadlab.kernel.kmod import lends, may_wait_for_exit
from kthreadlab.kernel.timer import Functions, given, same
from kthreadlab.lang.diagnostics import THREAD_RULE, InputError, unfit
from kthreadlab.lang.ir import Function, IntType
from kthreadlab.lang.module import KernelModule

PRIVATE = frozenset({"take_request", "exec_request", "complete_request"})
"""Operations that only the machine's own threads may use."""
MAX_ACTORS = 16


class ScenarioError(InputError):
    """The scenario asks for something the module or the machine does not have."""


@cache
def kernel_source(path: str) -> KernelModule:
    """One of the machine's own sources, in `kthreadlab.linux` at the path of its original."""
    text = (Path(__file__).parent.parent / "linux" / path).read_text(encoding="utf-8")
    return KernelModule("kernel", {path: text})


def argument(v: Val) -> int | Obj | Val:
    """What a new thread is given: a number or the address of an object, if that is known now."""
    return v.const if v.const is not None else v.obj or v


def as_declared(f, id_: int) -> int:
    """An id as the function's first parameter holds it: -1 is 4294967295 for a u32."""
    type_ = f.params[0].type if f.params else None
    return wrap_const(id_, type_) if isinstance(type_, IntType) else id_


def serve_timers(actors: list[Actor], functions: Functions, add, lower) -> None:
    """An actor for each function that a timer is given; one whose argument has turned out to vary is lowered again."""
    served = {(a.timer, a.function): a for a in actors if a.kind == "softirq"}
    for timer, function in functions.pairs():
        argument = functions.argument(timer)
        if (timer, function) not in served:
            if len(actors) < MAX_ACTORS:
                add(f"softirq/{timer.name}", "softirq", function, (argument,), timer=timer)
        elif not same(served[timer, function].args[0], argument):
            a = served[timer, function]
            a.args = (argument,)
            lower(a)


def require_fit(f: Function, given: int, caller: str, rule: str) -> None:
    """Refuse a function that the world calls with another number of arguments than it takes."""
    if len(f.params) != given:
        message, look = unfit(f, given, caller)
        raise LowerError(message, f.pos, rule, look)


def require_names(m) -> None:
    """Refuse what a scenario says of functions and texts that the module does not have."""
    x = m.scenario
    for name in (x.report, x.ends_after):
        if name is not None and name not in m.module.functions:
            raise ScenarioError(f"module {m.module.name} has no function {name}")
    text = m.statics.objects.get(x.handler)
    if x.handler is not None and getattr(getattr(text, "type", None), "kind", "") != "text":
        raise ScenarioError(f"module {m.module.name} has no char array {x.handler}")


def make(m) -> list[Actor]:
    """All actors with their instructions, in the order that settles ties between equally short witnesses."""
    require_names(m)
    actors: list[Actor] = []
    names: dict[str, int] = {}

    def add(name: str, kind: str, function: str, args: tuple, **fields) -> Actor:
        if function not in m.module.functions:
            raise ScenarioError(f"module {m.module.name} has no function {function}")
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name}#{names[name]}"
        actor = Actor(len(actors), name, kind, function, args, **fields)
        actor.pid = 100 + actor.index
        actors.append(actor)
        return actor

    for t in m.scenario.threads:
        add(t.name or t.function, "thread", t.function, (t.arg,))
        require_fit(m.module.functions[t.function], 1, "whoever starts it as a thread", THREAD_RULE)
    for c in m.scenario.calls:
        kind = "process" if c.context == "process" else "irq"
        actor = add(c.name if kind == "process" else f"irq/{c.name}", kind, c.function, c.args, when=c.when, call=c)
        shown = f"{c.function}({', '.join(map(str, c.args))})"
        require_fit(m.module.functions[c.function], len(c.args), f"the call {c.name}", f"this world calls {shown}")
        if c.function == m.scenario.report and c.args:
            actor.report = as_declared(m.module.functions[c.function], c.args[0])
            actor.serves = kind == "process" and not m.scenario.threads
    results = m.scenario.results
    functions = Functions()
    functions.note(given(m, [], list(m.statics.objects.values())))

    def lower(a: Actor) -> None:
        lowered = Lower(m.statics, a.index, returns=a.kind == "thread" or a.name in results)
        f = m.module.functions[a.function]
        start = Instr("op", f.pos, op="enter", stack=(a.function,))
        lowered.code.append(start)
        result = lowered.run(a.function, a.args)
        a.code, a.objects, a.names = result.code, result.objects, result.names
        functions.note(given(m, a.code, a.objects))

    done = 0
    while True:
        if done == len(actors):
            serve_timers(actors, functions, add, lower)
            if done == len(actors):
                break
        a = actors[done]
        done += 1
        lower(a)
        for i in a.code:
            made = [*effects_of(i.op).made(MakesThread)] if i.kind == "op" and len(actors) < MAX_ACTORS else []
            for x in made:
                child = add(i.args[0], "thread", i.args[0], (argument(i.args[1]),), dormant=True, kthread=x.kthread)
                i.info["child"] = child.index
    asks = [(a, i) for a in actors for i in a.code if i.kind == "op" and Does.ASKS_HELPER in effects_of(i.op).does]
    m.waits_for_exit = any(may_wait_for_exit(m, i) for _, i in asks)
    m.lends = any(lends(m, i) for _, i in asks)
    m.calls_helper = bool(asks)
    owed = m.scenario.helper_owed
    m.helper_owed = any(a.kind == "thread" for a, _ in asks) if owed is None else owed
    if m.calls_helper:
        actor = Actor(len(actors), "khelper", "khelper", "khelper", (), pid=5)
        kernel = kernel_source("kernel/kmod.py")
        lowered = Lower(Statics(kernel, m.constants, m.config.kernel), actor.index, private=PRIVATE)
        lowered.code.append(Instr("op", kernel.functions["khelper"].pos, op="enter", stack=("khelper",)))
        actor.code = lowered.run("khelper", ()).code
        actors.append(actor)
    return actors
