"""kernel/module.c: who holds a reference to the module, and what comes of it when it is unloaded.

A scenario says which calls are insmod and rmmod.  While somebody holds a reference rmmod is refused; once it has
returned, or insmod a negative number, the module's code is gone: whoever of its threads and timers goes on in it
faults.  Such a world is searched unreduced; in any other nobody looks at the count.  A process that is inside by a call
holds the module, too, without being counted: a scenario that lets rmmod come meanwhile says something impossible.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import Cells
from kthreadlab.compile.cells import State as Now
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.ops import at_once, module_check
from kthreadlab.compile.plan import Plan
from kthreadlab.lang.api import CONSTANTS

THIS_MODULE = CONSTANTS["THIS_MODULE"]
MOST = 32
"""References are counted up to here."""
COUNT = "@refs.0@"
"""How many references there are; at least -1: after one too many is given back the module can't be unloaded."""


def the_call(m: Plan, name: str | None) -> Actor | None:
    """The process call of that name."""
    return next((a for a in m.actors if name and a.kind == "process" and a.name == name), None)


def unloads(m: Plan) -> bool:
    """Is the module loaded or unloaded in this world?"""
    return bool(m.world.insmod or m.world.rmmod)


def is_loaded_no_more(m: Plan) -> str:
    """An expression over ``s``: has rmmod returned, or insmod failed?  "" where neither comes."""
    out, load = the_call(m, m.world.rmmod), the_call(m, m.world.insmod)
    tests = [f"s[@pc.{out.index}@] == {m.special_number(out, 'final')}"] if out is not None else []
    if load is not None:
        failed = f"s[@pc.{load.index}@] == {m.special_number(load, 'final')}"
        tests.append(f"{failed} and not s[@good.{load.index}@]")
    return " or ".join(tests)


def is_gone(m: Laid, s: Now | Cells) -> bool:
    """The same of the cells *s*."""
    if not unloads(m):
        return False
    out, load = the_call(m, m.world.rmmod), the_call(m, m.world.insmod)
    if out is not None and over(m, s, out):
        return True
    return load is not None and over(m, s, load) and not s[m.index[f"good.{load.index}"]]


def over(m: Laid, s: Now | Cells, call: Actor) -> bool:
    """Has this call returned?"""
    return bool(s[m.index[f"pc.{call.index}"]] == m.special.get((call.index, "final")))


def in_use() -> str:
    """An expression over ``s``: does somebody hold a reference?"""
    return f"s[{COUNT}]"


@module_check
def check_loaded(g: Gen) -> None:
    """A thread, a timer's function or a work item's goes on in the module's code: that must be there."""
    if g.a.kind not in ("thread", "softirq", "worker") or not unloads(g.m) or g.i.info.get("in_kernel"):
        return
    g(f"if {is_loaded_no_more(g.m)}: raise KernelFault('unloaded')")


def must_be_loaded(m: Plan) -> list[str]:
    """Lines of a choice that leads to something of the module's."""
    return [f" if {is_loaded_no_more(m)}: raise KernelFault('unloaded')"] if unloads(m) else []


def going(m: Plan) -> str:
    """An expression over ``c``: has rmmod begun?"""
    out = the_call(m, m.world.rmmod)
    return f"c[@pc.{out.index}@] != {m.special_number(out, 'arrive')}" if out is not None else "0"


def meant(g: Gen, i: Instr) -> str:
    """The operand, which is THIS_MODULE or NULL, as source."""
    g(f"t = {g.src(i.args[0])}")
    g(f"if t not in (0, {THIS_MODULE}): raise KernelFault('bad_pointer', 'this is no module')")
    return "t"


@at_once("try_module_get", context=(), does=(), seen=by_nobody)
def try_module_get(g: Gen, i: Instr) -> None:
    """1, and one reference more, unless rmmod has begun; of NULL, which stands for the kernel itself, 1."""
    g.copy()
    module = meant(g, i)
    g(f"r = int(not {module} or not ({going(g.m)}))")
    g(f"if {module} and r: c[@!refs.0@] = min(c[{COUNT}] + 1, {MOST})")
    g.result("r")
    g.event(result="r")


@at_once("__module_get", context=(), does=(), seen=by_nobody)
def module_get(g: Gen, i: Instr) -> None:
    g.copy()
    g(f"if {meant(g, i)}: c[@!refs.0@] = min(c[{COUNT}] + 1, {MOST})")
    g.event()


@at_once("module_put", context=(), does=(), seen=by_nobody)
def module_put(g: Gen, i: Instr) -> None:
    g.copy()
    g(f"if {meant(g, i)}: c[@!refs.0@] = max(c[{COUNT}] - 1, -1)")
    g.event()
