"""include/linux/rwsem.h: rw_semaphores, which many hold to read or one to write, and for which the others sleep."""

from .declare import declares, since, sleeps, tag
from .kinds import Int, RwSemaphore, Void

SOURCE = "include/linux/rwsem.h, lib/rwsem.c (kernel/locking/rwsem.c)"


@declares
def DECLARE_RWSEM() -> RwSemaphore:
    """A rw_semaphore that nobody holds."""


@tag
def rw_semaphore() -> RwSemaphore:
    """A rw_semaphore that nothing has initialised.

    As a field or behind ptr it stands without brackets: dev = struct("dev", sem=rw_semaphore); s = ptr("rw_semaphore").
    init_rwsem() makes it usable.

    Here: whoever takes it earlier faults; its zero bytes would do until somebody has to wait.
    """


def init_rwsem(sem: RwSemaphore) -> Void:
    """Make it one that nobody holds.

    Here: whoever waits for it already is forgotten, and sleeps for ever.
    """


@sleeps
def down_read(sem: RwSemaphore) -> Void:
    """Take it for reading, sleeping in D while a writer has it or stands in line.

    No signal ends it.  Many may have it for reading at once.  A task that takes it again waits for a writer that came
    in between, and that waits for the first taking.

    Versions: 6.12: a reader that finds it free takes it, whoever stands in line.
    """


@sleeps
def down_write(sem: RwSemaphore) -> Void:
    """Take it for writing, sleeping in D while anybody has it.

    No signal ends it.  Readers that come later wait behind it.

    Versions: 6.12: who comes in between, while the woken one is not yet on a CPU, is faster.
    """


def down_read_trylock(sem: RwSemaphore) -> Int:
    """Take it for reading if no writer has it or stands in line; 1 if taken, 0 if not.

    As mutex_trylock, and the other way round than down_trylock.

    Return: 1 if it was taken, 0 if a writer has it or anybody stands in line.
    """


def down_write_trylock(sem: RwSemaphore) -> Int:
    """Take it for writing if nobody has it; 1 if taken, 0 if not.

    As mutex_trylock, and the other way round than down_trylock.

    Return: 1 if it was taken, 0 if somebody has it.
    """


def up_read(sem: RwSemaphore) -> Void:
    """Give it back after reading; the last reader lets a writer in.

    Only the task that has taken it may.

    Here: where nobody has it for reading, nothing becomes of it.
    """


def up_write(sem: RwSemaphore) -> Void:
    """Give it back after writing; the longest waiter is let in, and if that one reads, other readers with it.

    Only the task that has taken it may.

    Versions: 6.12: all readers in line are let in, wherever they stand; a writer is woken, and may find others faster.
    Here: where nobody has it for writing, nothing becomes of it.
    """


@since("2.6.0")
def downgrade_write(sem: RwSemaphore) -> Void:
    """Keep for reading what one has for writing, and let the readers in that stand first in line.

    No writer comes in between.  up_read() gives it back then.

    Here: where nobody has it for writing, nothing becomes of it.
    """
