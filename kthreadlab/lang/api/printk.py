"""kernel/printk.c: the kernel's log."""

from .kinds import Int, Text

SOURCE = "kernel/printk.c"

CONSTANTS = {
    "KERN_EMERG": ("<0>", "printk: the system is unusable"),
    "KERN_ALERT": ("<1>", "printk: something must be done at once"),
    "KERN_CRIT": ("<2>", "printk: critical"),
    "KERN_ERR": ("<3>", "printk: an error"),
    "KERN_WARNING": ("<4>", "printk: a warning"),
    "KERN_NOTICE": ("<5>", "printk: normal, but worth a look"),
    "KERN_INFO": ("<6>", "printk: for information"),
    "KERN_DEBUG": ("<7>", "printk: for debugging"),
}


def printk(fmt: Text, *args) -> Int:
    """Write to the kernel's log.

    The format is printf's, without floating point.  A log level stands before it: printk(KERN_ERR + "text %d", n), or
    printk(KERN_ERR, "text %d", n).

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: kernel/printk.c, printk()
    """
