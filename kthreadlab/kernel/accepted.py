"""Calls that are accepted without effect, beside barriers and pauses; and how many CPUs there are."""

from __future__ import annotations

from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import by_nobody
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import at_once
from kthreadlab.compile.plan import Plan
from kthreadlab.lang.api import CALLS

from .telling import Happened, Told


def tell_operands(x: Happened) -> Told:
    """Whatever it was given, by name."""
    return Told(tuple(x.args))


@at_once(
    "cpu_relax", "prefetch", "set_user_nice", "sched_setscheduler", "sched_set_fifo",
    describe=tell_operands, context=(), does=(), seen=by_nobody,
)  # fmt: skip
def accept(g: Gen, i: Instr) -> None:
    """A task must be one all the same."""
    g.copy()
    for kind, arg in zip(CALLS[i.op].params, i.args, strict=True):
        if kind == "task":
            g(f"_task(c, {g.src(arg)})")
    g.result("0")
    g.event(*(g.src(a) for a in i.args), result="0")


def online(m: Plan) -> int:
    """How many CPUs there are."""
    return m.config.cpus


@at_once("num_online_cpus", context=(), does=(), seen=by_nobody)
def num_online_cpus(g: Gen, i: Instr) -> None:
    g.copy()
    g.result(str(online(g.m)))
    g.event(result=str(online(g.m)))
