"""include/linux/jiffies.h, kernel/time.c: arithmetic with ticks.  The machine has no time: jiffies is 0."""

from __future__ import annotations

from kthreadlab.compile.calls import macro
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.values import Val
from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS
from kthreadlab.lang.ir import S64
from kthreadlab.lang.profile import Profile

MAX_OFFSET = 2**62 - 2
"""MAX_JIFFY_OFFSET: what a negative number of milliseconds comes to."""
UINT = 0xFFFFFFFF


def hertz(kernel: Profile) -> int:
    """HZ: how many ticks are a second."""
    return kernel.constants.get("HZ") or CONSTANTS["HZ"]


def computed(low: Lower, e: ir.Call, python: str, condition: bool = False) -> Val:
    """A value by the *python* of it, where ``{0}`` and ``{1}`` are the arguments."""
    given: list[Val] = []
    for n, arg in enumerate(e.args):
        v = low.value(arg)
        given.append(low.hold(v, e.args[n + 1]) if n + 1 < len(e.args) else v)
    names = frozenset().union(*(v.vars for v in given))
    faults = any(v.faults for v in given)
    return Val(f"({python.format(*(v.src for v in given))})", names, S64, faults=faults, condition=condition)


def signed(python: str) -> str:
    """*python* as a long."""
    return f"_wrap({python}, 64)"


ORDER = {
    "time_after": f"{signed('{1} - {0}')} < 0",
    "time_before": f"{signed('{0} - {1}')} < 0",
    "time_after_eq": f"{signed('{0} - {1}')} >= 0",
    "time_before_eq": f"{signed('{1} - {0}')} >= 0",
    "time_is_before_jiffies": f"{signed('{0}')} < 0",
    "time_is_after_jiffies": f"{signed('-{0}')} < 0",
}
"""Which tick comes first, by their difference as a long."""


@macro(*ORDER)
def in_order(low: Lower, e: ir.Call) -> Val:
    return computed(low, e, ORDER[e.name], condition=True)


@macro("get_jiffies_64")
def get_jiffies_64(low: Lower, e: ir.Call) -> Val:
    return low.const(0)


@macro("msecs_to_jiffies", "usecs_to_jiffies")
def to_jiffies(low: Lower, e: ir.Call) -> Val:
    """Rounded up; what is negative as an int is longer than any timer waits, in milliseconds."""
    parts = 1_000 if e.name == "msecs_to_jiffies" else 1_000_000
    ticks = f"(({{0}} & {UINT}) * {hertz(low.statics.profile)} + {parts - 1}) // {parts}"
    endless = f"{MAX_OFFSET} if {{0}} & {1 << 31} else " if parts == 1_000 else ""
    return computed(low, e, endless + ticks)


@macro("jiffies_to_msecs", "jiffies_to_usecs")
def from_jiffies(low: Lower, e: ir.Call) -> Val:
    parts = 1_000 if e.name == "jiffies_to_msecs" else 1_000_000
    return computed(low, e, f"{{0}} * {parts // hertz(low.statics.profile)} & {UINT}")


@macro("round_jiffies", "round_jiffies_relative")
def round_jiffies(low: Lower, e: ir.Call) -> Val:
    """Down to a full second within its first quarter, else up; never to a tick that has passed."""
    hz = hertz(low.statics.profile)
    down, up = f"{{0}} - {{0}} % {hz}", f"{{0}} - {{0}} % {hz} + {hz}"
    return computed(low, e, f"({down} or {{0}}) if {{0}} % {hz} < {hz // 4} else {up}")
