"""lib/refcount.c, lib/kref.c: counts of references, which notice when they are used as no reference is.

A count that has gone wrong is `SATURATED` from then on, and whatever is done to it logs that again; the plain count of
an older kref goes on counting.
"""

from __future__ import annotations

from kthreadlab.compile.calls import macro
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Does, Sleeps, State, by_all
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.ops import operation, takes_object
from kthreadlab.compile.statics import SIZES, Declared, Fresh, Statics, fresh, initial_count
from kthreadlab.compile.values import LowerError, Val
from kthreadlab.lang import ir
from kthreadlab.lang.ir import S64
from kthreadlab.lang.outcome import Outcome

from .telling import Happened, Told

SIZES.update(refcount=4, kref=4)
SATURATED = -(1 << 30)
MOST = (1 << 31) - 1


@fresh("refcount", "kref")
def fresh_refcount(statics: Statics, decl: Declared) -> Fresh:
    """A number."""
    return Fresh(initial_count(decl, 0))


COUNTS = {
    "refcount_set": ("{n}", "", None),
    "kref_init": ("1", "", None),
    "refcount_read": ("{w}", "", "{w} & 0xFFFFFFFF"),
    "kref_read": ("{w}", "", "{w} & 0xFFFFFFFF"),
    "refcount_inc": ("{w} + 1", "{w} <= 0 or {w} == {most}", None),
    "kref_get": ("{w} + 1", "{w} <= 0 or {w} == {most}", None),
    "refcount_inc_not_zero": ("{w} and {w} + 1", "{w} < 0 or {w} == {most}", "1 if {w} else 0"),
    "kref_get_unless_zero": ("{w} and {w} + 1", "{w} < 0 or {w} == {most}", "1 if {w} else 0"),
    "refcount_dec": ("{w} - 1", "{w} <= 1", None),
    "refcount_dec_and_test": ("{w} - 1", "{w} <= 0", "1 if {w} == 1 else 0"),
    "kref_drop": ("{w} - 1", "{w} <= 0", "1 if {w} == 1 else 0"),
}
"""What each makes of a count *w*, when that is a mistake, and what it gives."""
WARNINGS = {
    "refcount_inc": "addition on 0; use-after-free",
    "kref_get": "addition on 0; use-after-free",
    "refcount_dec": "decrement hit 0; leaking memory",
    "refcount_dec_and_test": "underflow; use-after-free",
    "kref_drop": "underflow; use-after-free",
}
"""What the log says of a mistake; of an overflow, and of a count that was saturated before an increment: that."""
OVERFLOW = "saturated; leaking memory"


def tell_count(x: Happened) -> Told:
    """How it came out; of a mistake the log is told."""
    before, wrong = x.operands[-2:]
    args = (x.name(x.operands[0]), *x.operands[1:-2])
    if wrong:
        grows = "inc" in x.instr.op or "get" in x.instr.op
        said = OVERFLOW if grows and before else WARNINGS[x.instr.op]
        return Told(args, Outcome.WRONG, log=(f"refcount_t: {said}.",))
    given = COUNTS[x.instr.op][2] is not None and not x.instr.op.endswith("_read")
    outcome = (Outcome.YES if x.result else Outcome.NO) if given else Outcome.ANY
    return Told(args, outcome, {"value": x.result})


def count(g: Gen, i: Instr) -> None:
    """A count, read and written in one step."""
    g.copy()
    change, mistake, gives = COUNTS[i.op]
    cell, number = f"c[{g.obj(i.args[0])}]", g.src(i.args[1]) if len(i.args) > 1 else "0"
    words = {"w": "w", "n": number, "most": MOST}
    g(f"w = {cell}")
    warns = mistake.format(**words) or "0"
    if "kref" in i.op and not g.m.config.kernel.kref_saturates:
        warns = "w == 0" if i.op == "kref_get" else "0"
        g(f"v = _wrap({change.format(**words)}, 32)")
    else:
        g(f"v = {SATURATED} if {warns} else _wrap({change.format(**words)}, 32)")
    g(f"{stored(cell)} = v")
    if gives:
        g.result(gives.format(**words))
    shown = gives.format(**words) if gives else "v"
    g.event(g.obj(i.args[0]), *([number] if len(i.args) > 1 else []), "w", f"1 if {warns} else 0", result=shown)


for _name, (_change, _mistake, _gives) in COUNTS.items():
    operation(
        _name,
        describe=tell_count,
        sleeps=Sleeps.NEVER,
        state=State.KEPT,
        context=(),
        reads=(0,) if "w" in _change else (),
        writes=(0,) if _change != "{w}" else (),
        does=(Does.INITIALISES,) if _name in ("refcount_set", "kref_init") else (),
        seen=by_all,
    )(count)

takes_object("kref_drop", "kref")


@macro("kref_put")
def kref_put(low: Lower, e: ir.Call) -> Val:
    """One reference less; the function that is to release what they were of is called in place."""
    counted, name = low.operands(e)
    counted = low.kept(counted, e.pos)
    release = low.module.functions[name]
    if len(release.params) != 1:
        raise LowerError(f"{name} takes {len(release.params)} arguments, not 1", e.pos, "it is given the count")
    last = low.var("", S64)
    low.op("kref_drop", (counted,), e.pos, dst=last)
    more = low.emit("jf", e.pos, src=low.ref(last))
    low.inline(release, [counted], e.pos)
    more.target = low.label()
    return low.ref(last)
