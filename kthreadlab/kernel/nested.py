"""include/linux/spinlock.h, include/linux/mutex.h: locks taken with a class for lockdep, which is not here."""

from __future__ import annotations

from kthreadlab.compile.calls import macro
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.values import Val
from kthreadlab.lang import ir


@macro("spin_lock_nested")
def spin_lock_nested(low: Lower, e: ir.Call) -> Val:
    return plainly(low, e, "spin_lock")


@macro("mutex_lock_nested")
def mutex_lock_nested(low: Lower, e: ir.Call) -> Val:
    return plainly(low, e, "mutex_lock")


def plainly(low: Lower, e: ir.Call, call: str) -> Val:
    """The call without the class, which is worked out all the same."""
    lock, _ = low.operands(e)
    return low.api(call, [lock], e.pos)
