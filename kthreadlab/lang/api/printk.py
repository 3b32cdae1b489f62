"""kernel/printk.c."""

from kthreadlab.lang.api.kinds import Int, Text

SOURCE = "kernel/printk.c"

CONSTANTS = {
    "KERN_EMERG": ("<0>", "the system is unusable"),
    "KERN_ALERT": ("<1>", "action must be taken at once"),
    "KERN_CRIT": ("<2>", "critical conditions"),
    "KERN_ERR": ("<3>", "error conditions"),
    "KERN_WARNING": ("<4>", "warning conditions"),
    "KERN_NOTICE": ("<5>", "normal, but significant"),
    "KERN_INFO": ("<6>", "informational"),
    "KERN_DEBUG": ("<7>", "debug messages"),
}


def printk(text: Text, *args) -> Int:
    """Write to the kernel's log."""
