"""kernel/sysctl.c: files below /proc/sys."""

from .declare import declares, process, since, until, word
from .kinds import Anything, CtlTable, Pointer, Table, Text, Void

SOURCE = "kernel/sysctl.c"

HANDLERS = frozenset({"proc_dostring", "proc_dointvec", "sysctl_string", "sysctl_intvec"})
"""The kernel's own functions that a row of a ctl_table may name."""

CONSTANTS = {
    "CTL_KERN": (1, "the number of /proc/sys/kernel"),
    "KERN_MYEVENT_HANDLER": (77, "the number of the article's row; it ought to stand in include/linux/sysctl.h"),
}


@declares
def ctl_table(*args) -> CtlTable:
    """One row: a file below /proc/sys/kernel, and the data behind it.

    In order: number, name of the file, data, size of the data, mode, child, handler, strategy.  With proc_dostring
    the data is a char array.  A write stores up to the newline and at most one character less than the size; a read
    gives it back with a newline.  A number of 0 ends the table: such a row is not there.

    Use: row = ctl_table(KERN_MYEVENT_HANDLER, "a_file", text, 256, 0o644, NULL, proc_dostring, sysctl_string)
    Article: section "User-Mode Helpers".
    Here: a function of your own as handler is not called.
    Source: include/linux/sysctl.h
    """


@since("3.4")
@process
def register_sysctl(path: Text, table: Table) -> Pointer:
    """Make files of rows under /proc/sys; NULL if it cannot.

    Return: what unregister_sysctl_table takes, or NULL.
    Here: it returns the row itself.
    Source: fs/proc/proc_sysctl.c, register_sysctl()
    """


@until("6.5")
@process
def register_sysctl_table(table: Table, *args) -> Pointer:
    """Make files of a table of rows under /proc/sys; NULL if it cannot.

    Return: what unregister_sysctl_table takes, or NULL.
    Here: it returns the row itself.
    Source: kernel/sysctl.c, register_sysctl_table()
    """


@process
def unregister_sysctl_table(header: Pointer) -> Void:
    """Take the files away.

    Source: kernel/sysctl.c, unregister_sysctl_table()
    """


@word
def proc_dostring() -> Anything:
    """Reads and writes a row whose data is a text.

    A write stores what comes before the first newline or NUL, cut to one character less than the row's size, and says
    that it has taken everything.  Blanks stay as they are.  A read gives the text and a newline.

    Use: proc_dostring
    Article: section "User-Mode Helpers".
    Source: kernel/sysctl.c, proc_dostring()
    """


@word
def proc_dointvec() -> Anything:
    """Reads and writes a row whose data are integers.

    Use: proc_dointvec
    Source: kernel/sysctl.c, proc_dointvec()
    """


@word
def sysctl_string() -> Anything:
    """The strategy of a row whose data is a text: what the sysctl system call does with it.

    Use: sysctl_string
    Article: section "User-Mode Helpers".
    Source: kernel/sysctl.c, sysctl_string()
    """


@word
def sysctl_intvec() -> Anything:
    """The strategy of a row whose data are integers: what the sysctl system call does with it.

    Use: sysctl_intvec
    Source: kernel/sysctl.c, sysctl_intvec()
    """
