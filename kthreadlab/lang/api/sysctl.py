"""kernel/sysctl.c."""

from kthreadlab.lang.api.declare import declares, process
from kthreadlab.lang.api.kinds import Argument, CtlTable, Pointer, Text, Void

SOURCE = "kernel/sysctl.c"

CONSTANTS = {
    "CTL_KERN": (1, ""),
    "KERN_MYEVENT_HANDLER": (77, ""),
}


@declares
def ctl_table() -> CtlTable:
    """ctl_table."""


@process
def register_sysctl(text: Text, arg: Argument) -> Pointer:
    """Make files of rows under /proc/sys; NULL if it cannot."""


@process
def register_sysctl_table(arg: Argument, *args) -> Pointer:
    """The same, for a table of rows; NULL if it cannot."""


@process
def unregister_sysctl_table(p: Pointer) -> Void:
    """Take the files away."""
