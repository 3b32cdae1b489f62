"""lib/string.c, lib/vsprintf.c, kernel/printk.c: text, the log.

A char buffer is one object with a capacity (see `runtime.Memory`): writing past it is a fault, wherever it happens.
Differs from Linux: what stood behind the NUL of a text that is written is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import REST, Does, Operands, Sleeps, State, unless
from kthreadlab.compile.instructions import Instr
from kthreadlab.compile.ops import E, operation
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.sharing import private_text
from kthreadlab.compile.values import LowerError, Val
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.errno import E2BIG
from kthreadlab.lang.ir import PtrType

from .telling import Happened, Told


def private_texts(m: Plan, a: Actor, i: Instr) -> bool:
    """The buffer is on this stack, or no heap address is shared; what is only read may be a constant."""
    return all(private_text(m, a, v) for v in i.args if hasattr(v, "obj"))


def text_call(*names: str, reads: Operands, writes: Operands) -> Callable[[E], E]:
    """Register a call that does no more than read and write texts."""
    return operation(
        *names,
        sleeps=Sleeps.NEVER,
        state=State.KEPT,
        context=(),
        reads=reads,
        writes=writes,
        does=(Does.PLAIN,),
        seen=unless(private_texts),
    )


def tuple_src(g: Gen, args: Iterable[Val]) -> str:
    """The Python of a tuple of values."""
    return "(" + "".join(g.src(a) + ", " for a in args) + ")"


def formatted(g: Gen, format_: Val, rest: Iterable[Val]) -> str:
    """The formatted text, as source."""
    return f"_fmt(c, _txt(c, {g.src(format_)}), {tuple_src(g, rest)})"


@text_call("sprintf", reads=(1, REST), writes=(0,))
def sprintf(g: Gen, i: Instr) -> None:
    g.copy()
    target = g.src(i.args[0])
    g.m.force(i.args[0])
    g(f"t = {formatted(g, i.args[1], i.args[2:])}")
    g(f"_put(c, {target}, t)")
    g.result("len(t)")
    g.event(target, "t", result="len(t)")


@text_call("snprintf", "scnprintf", reads=(2, REST), writes=(0,))
def snprintf(g: Gen, i: Instr) -> None:
    """Not more than fits, with a NUL.  The length that it would have had, or (scnprintf) has."""
    g.copy()
    target = g.src(i.args[0])
    g.m.force(i.args[0])
    g(f"t = {formatted(g, i.args[2], i.args[3:])}")
    g(f"n = {g.src(i.args[1])}")
    g("w = t[: max(0, n - 1)]")
    g(f"if n > 0: _put(c, {target}, w)")
    length = "len(t)" if i.op == "snprintf" else "len(w)"
    g.result(length)
    g.event(target, "w", result=length)


@text_call("vsnprintf", reads=(0, REST), writes=())
def text_length(g: Gen, i: Instr) -> None:
    """How long the formatted text is: the first half of kasprintf()."""
    g.copy()
    g(f"t = {formatted(g, i.args[0], i.args[1:])}")
    g.result("len(t)")
    g.event("t", result="len(t)")


@text_call("strcpy", "strncpy", reads=(1,), writes=(0,))
@text_call("strcat", reads=(0, 1), writes=(0,))
def strcpy(g: Gen, i: Instr) -> None:
    g.copy()
    target = g.src(i.args[0])
    g.m.force(i.args[0])
    g(f"t = _txt(c, {g.src(i.args[1])})")
    if i.op == "strncpy":
        g(f"_ncopy(c, {target}, t, {g.src(i.args[2])})")
    else:
        before = f"_txt(c, {target}) + " if i.op == "strcat" else ""
        g(f"_put(c, {target}, {before}t)")
    g.result(target)
    g.event(target, "t", result=target)


@text_call("strncat", reads=(0, 1), writes=(0,))
def strncat(g: Gen, i: Instr) -> None:
    """Bounded by the count; what does not fit into the buffer is a fault."""
    g.copy()
    g.m.force(i.args[0])
    target, source, count = (g.src(a) for a in i.args)
    g(f"t = _ntxt(c, {source}, {count})")
    g(f"_put(c, {target}, _txt(c, {target}) + t)")
    g.result(target)
    g.event(target, "t", result=target)


@text_call("strlcpy", "strscpy", reads=(1,), writes=(0,))
@text_call("strlcat", reads=(0, 1), writes=(0,))
def strlcpy(g: Gen, i: Instr) -> None:
    """Not more than fits, with a NUL, if there is room for one at all.  strlcpy and strlcat give the length that they
    wanted to make; strscpy the length that it made, or -E2BIG."""
    g.copy()
    target = g.src(i.args[0])
    g.m.force(i.args[0])
    g(f"t = _txt(c, {g.src(i.args[1])})")
    g(f"n = {g.src(i.args[2])}")
    if i.op == "strlcat":
        g(f"b = _txt(c, {target})")
        g("if len(b) >= n: raise KernelFault('bug')")
        g("t = b + t")
    g("w = t[: max(0, n - 1)]")
    g(f"if n > 0: _put(c, {target}, w)")
    g(f"r = {'len(t)' if i.op != 'strscpy' else f'len(w) if 0 < n and len(w) == len(t) else -{E2BIG}'}")
    g.result("r")
    g.event(target, "w", result="r")


@text_call("strlen", reads=(0,), writes=())
@text_call("strcmp", "strncmp", reads=(0, 1), writes=())
def string_query(g: Gen, i: Instr) -> None:
    g.copy()
    if i.op == "strlen":
        g(f"x = _txt(c, {g.src(i.args[0])})")
        g("r = len(x)")
        operands = ["x"]
    else:
        operands = ["x", "y"]
        for name, text in zip(operands, i.args, strict=False):
            bounded = f"_ntxt(c, {g.src(text)}, {g.src(i.args[2])})" if i.op == "strncmp" else f"_txt(c, {g.src(text)})"
            g(f"{name} = {bounded}")
        g("r = (x > y) - (x < y)")
    g.result("r")
    g.event(*(operands if g.trace else ()), *((g.src(i.args[2]),) if i.op == "strncmp" else ()), result="r")


def will_be_written(g: Gen, i: Instr) -> None:
    """The memory at the first operand is to change: it must be in the state, and no literal."""
    obj = i.args[0].obj
    if obj is not None and obj.constant:
        raise LowerError(f"{i.op}: a string literal cannot be written to", i.pos, CALLS[i.op].prototype)
    g.m.force(i.args[0])


@text_call("memset", reads=(), writes=(0,))
def memset(g: Gen, i: Instr) -> None:
    g.copy()
    will_be_written(g, i)
    p, value, count = (g.src(a) for a in i.args)
    g(f"_set(c, {p}, {value}, {count})")
    g.result(p)
    g.event(p, value, count)


def prints_safely(m: Plan, a: Actor, i: Instr) -> bool:
    """Nobody else can take away what printk has to read: a text behind a pointer, or in a buffer."""
    return not m.shares_pointers or all(reads_a_constant(v) for v in i.args)


def reads_a_constant(v: Val) -> bool:
    """Is it a number, or a text that never changes?"""
    return not isinstance(v.type, PtrType) and (v.obj is None or v.obj.constant)


def tell_printk(x: Happened) -> Told:
    """The log gets the text without its level, line by line."""
    text = str(x.args[0])
    if text[:1] == "<" and text[2:3] == ">":
        text = text[3:]
    return Told(x.args, log=text.removesuffix("\n").split("\n") if text else ())


@operation(
    "printk",
    describe=tell_printk,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(0, REST),
    writes=(),
    does=(Does.PLAIN,),
    seen=unless(prints_safely),
)
def printk(g: Gen, i: Instr) -> None:
    """The log belongs to the trace, not to the state; that what it prints can be read at all, and that the format has
    its arguments, is seen in either."""
    g.copy()
    g.m.hooks.logged(g)
    g(f"t = {formatted(g, i.args[0], i.args[1:])}")
    g.result("len(t) - 3 * (t[:1] == '<' and t[2:3] == '>')")
    g.event("t")
