"""kernel/power/process.c."""

from kthreadlab.lang.api.declare import process, sleeps
from kthreadlab.lang.api.kinds import Int, Task, Void

SOURCE = "kernel/power/process.c"

CONSTANTS = {
    "PF_FREEZE": (0x10000, ""),
    "PF_NOFREEZE": (0x8000, ""),
}


def freezing(p: Task) -> Int:
    """Is the freezer waiting for this task?"""


@sleeps
def try_to_freeze(*args) -> Int:
    """If the freezer asks, stay frozen until it lets go; 1 if it was so."""


@sleeps
def refrigerator(*args) -> Void:
    """Stay frozen until the freezer lets go."""


@process
def set_freezable() -> Void:
    """Let the freezer freeze the caller."""


@sleeps
def kthread_freezable_should_stop(*args) -> Int:
    """try_to_freeze and kthread_should_stop in one."""
