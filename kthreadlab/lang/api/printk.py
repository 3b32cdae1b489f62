"""kernel/printk.c: the kernel's log."""

from .declare import accepted, since, until
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
    Here: the level is not counted.
    Source: kernel/printk.c, printk()
    """


@since("2.6.28")
def pr_emerg(fmt: Text, *args) -> Int:
    """Write to the kernel's log: the system is unusable.

    It is printk(KERN_EMERG + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_emerg("seen %d", 7) gives 6
    """


@since("2.6.28")
def pr_alert(fmt: Text, *args) -> Int:
    """Write to the kernel's log: something must be done at once.

    It is printk(KERN_ALERT + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_alert("seen %d", 7) gives 6
    """


@since("2.6.28")
def pr_crit(fmt: Text, *args) -> Int:
    """Write to the kernel's log: a critical condition.

    It is printk(KERN_CRIT + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_crit("seen %d", 7) gives 6
    """


@since("2.6.28")
def pr_err(fmt: Text, *args) -> Int:
    """Write to the kernel's log: an error.

    It is printk(KERN_ERR + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_err("seen %d", 7) gives 6
    """


@since("2.6.28")
@until("5.5")
def pr_warning(fmt: Text, *args) -> Int:
    """Write to the kernel's log: a warning.

    It is printk(KERN_WARNING + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_warning("seen %d", 7) gives 6
    """


@since("2.6.35")
def pr_warn(fmt: Text, *args) -> Int:
    """Write to the kernel's log: a warning.

    It is printk(KERN_WARNING + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/printk.h
    Example: r = pr_warn("seen %d", 7) gives 6
    """


@since("2.6.28")
def pr_notice(fmt: Text, *args) -> Int:
    """Write to the kernel's log: normal, but worth a look.

    It is printk(KERN_NOTICE + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_notice("seen %d", 7) gives 6
    """


@since("2.6")
def pr_info(fmt: Text, *args) -> Int:
    """Write to the kernel's log: for information.

    It is printk(KERN_INFO + fmt, ...), so the format is a literal.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Source: include/linux/kernel.h
    Example: r = pr_info("seen %d", 7) gives 6
    """


@since("2.6.31")
def pr_cont(fmt: Text, *args) -> Int:
    """Go on with the line of the log that was written last.

    Context: any, interrupts too, with any lock held.
    Return: how many characters were written.
    Here: it begins a line of its own.
    Source: include/linux/kernel.h
    Example: r = pr_cont("seen %d", 7) gives 6
    """


@since("2.6")
@accepted
def pr_debug(fmt: Text, *args) -> Int:
    """Write to the kernel's log, for debugging, if DEBUG is defined: it is not.

    Its arguments are not even worked out.

    Context: any, interrupts too, with any lock held.
    Return: 0.
    Here: accepted without effect, as in a kernel without DEBUG.
    Source: include/linux/kernel.h
    Example: r = pr_debug("seen %d", 7) gives 0
    """
