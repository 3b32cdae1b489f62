"""A task's states, once: their numbers, their names, and what the cell of a task's state holds.

The cell holds 0, 1 or 2 while the task runs or could run (what it has declared), that plus `OFF` when it has left the
run queue, and `DEAD` when it has ended.
"""

TASK_RUNNING, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE = 0, 1, 2
OFF = 4
"""What is added to a declared state once its task is off the run queue."""
ASLEEP_S, ASLEEP_D = OFF | TASK_INTERRUPTIBLE, OFF | TASK_UNINTERRUPTIBLE
DEAD = 8
DECLARED_STATES = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE
"""The bits of a declared state."""

NAMES = {
    TASK_RUNNING: "TASK_RUNNING",
    TASK_INTERRUPTIBLE: "TASK_INTERRUPTIBLE",
    TASK_UNINTERRUPTIBLE: "TASK_UNINTERRUPTIBLE",
}
LETTERS = {TASK_RUNNING: "R", TASK_INTERRUPTIBLE: "S", TASK_UNINTERRUPTIBLE: "D"}
"""As ps shows a task that is, or may be, in this state."""


def declared(cell: int) -> int:
    """The declared state of a task that has not ended, asleep in it or not."""
    return cell & ~OFF


def asleep(cell: int) -> bool:
    """Is it off the run queue, and not dead?"""
    return OFF < cell < DEAD


def runnable(cell: int) -> bool:
    """Is it on the run queue?"""
    return cell < OFF
