"""include/linux/printk.h: printk with a level before the format."""

from __future__ import annotations

from kthreadlab.compile.calls import macro
from kthreadlab.compile.lower import Lower
from kthreadlab.compile.values import LowerError, Val
from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS, LOG_LEVELS

LEVELS = {
    "pr_emerg": "KERN_EMERG",
    "pr_alert": "KERN_ALERT",
    "pr_crit": "KERN_CRIT",
    "pr_err": "KERN_ERR",
    "pr_warning": "KERN_WARNING",
    "pr_warn": "KERN_WARNING",
    "pr_notice": "KERN_NOTICE",
    "pr_info": "KERN_INFO",
    "pr_cont": "",
}


@macro(*LEVELS)
def with_level(low: Lower, e: ir.Call) -> Val:
    """The level and the format are one literal."""
    text = e.args[0]
    if not isinstance(text, ir.Str):
        rule = "the level is written before it when the module is compiled"
        raise LowerError(f"{e.name}: the format must be a literal", e.pos, rule, CALLS[e.name].prototype)
    whole = ir.Str(text.pos, LOG_LEVELS.get(LEVELS[e.name], "") + text.value)
    return low.value(ir.Call(e.pos, "printk", (whole, *e.args[1:])))


@macro("pr_debug")
def pr_debug(low: Lower, e: ir.Call) -> Val:
    """Nothing is left of it without DEBUG."""
    return low.const(0)
