"""A task's states, once: their numbers, their names, and what the cell of a task's state holds.

The cell holds 0, 1 or 2 while the task runs or could run (what it has declared), that plus `OFF` when it has left the
run queue, `STOPPED` or `TRACED` when a signal has stopped it on its way back to user space, and `DEAD` when it has
ended.  Whether it is a zombie then or gone (exit_state) is another cell's to say: `kernel.family`.
"""

TASK_RUNNING, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE = 0, 1, 2
OFF = 4
"""What is added to a declared state once its task is off the run queue."""
ASLEEP_S, ASLEEP_D = OFF | TASK_INTERRUPTIBLE, OFF | TASK_UNINTERRUPTIBLE
DEAD = 8
TASK_STOPPED, TASK_TRACED = 16, 32
"""As bits here; in Linux 2.6.11 these are 4 and 8, and no program can declare them."""
STOPPED, TRACED = OFF | TASK_STOPPED, OFF | TASK_TRACED
DECLARED_STATES = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE
"""The bits of a declared state."""

NAMES = {
    TASK_RUNNING: "TASK_RUNNING",
    TASK_INTERRUPTIBLE: "TASK_INTERRUPTIBLE",
    TASK_UNINTERRUPTIBLE: "TASK_UNINTERRUPTIBLE",
    TASK_STOPPED: "TASK_STOPPED",
    TASK_TRACED: "TASK_TRACED",
}
LETTERS = {TASK_RUNNING: "R", TASK_INTERRUPTIBLE: "S", TASK_UNINTERRUPTIBLE: "D", TASK_STOPPED: "T", TASK_TRACED: "T"}
"""As ps shows a task that is, or may be, in this state; of `TASK_TRACED` a version may have its own (`Profile`)."""
ENDED = {"EXIT_ZOMBIE": "Z", "EXIT_DEAD": "X"}
"""As ps shows a task that has ended, by its exit_state: one whose parent has not waited, and one that nobody need wait
for any more, which is gone before ps can look."""


def declared(cell: int) -> int:
    """The declared state of a task that has not ended, asleep in it or not."""
    return cell & ~OFF


def asleep(cell: int) -> bool:
    """Is it off the run queue until a wake-up, and not dead?"""
    return OFF < cell < DEAD


def runnable(cell: int) -> bool:
    """Is it on the run queue?"""
    return cell < OFF
