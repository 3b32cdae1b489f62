"""mm/vmalloc.c, and kcalloc(): memory by other names."""

from __future__ import annotations

from kthreadlab.compile.calls import macro
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.values import Val
from kthreadlab.lang import ir
from kthreadlab.lang.api import CONSTANTS


@macro("kcalloc")
def kcalloc(low: Lower, e: ir.Call) -> Val:
    """So many times the size."""
    n, size, gfp = low.operands(e)
    return low.api("kzalloc", [low.binary("*", n, size, e.pos), gfp], e.pos)


@macro("vmalloc")
def vmalloc(low: Lower, e: ir.Call) -> Val:
    """It waits for memory as GFP_KERNEL does."""
    (size,) = low.operands(e)
    return low.api("kmalloc", [size, low.const(CONSTANTS["GFP_KERNEL"])], e.pos)


@macro("vfree")
def vfree(low: Lower, e: ir.Call) -> Val:
    return low.api("kfree", low.operands(e), e.pos)
