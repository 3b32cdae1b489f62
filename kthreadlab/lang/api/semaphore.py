"""lib/semaphore-sleepers.c."""

from kthreadlab.lang.api.declare import declares, sleeps
from kthreadlab.lang.api.kinds import Int, Semaphore, Void

SOURCE = "lib/semaphore-sleepers.c"


@declares
def DECLARE_MUTEX() -> Semaphore:
    """DECLARE_MUTEX."""


@declares
def DECLARE_MUTEX_LOCKED() -> Semaphore:
    """DECLARE_MUTEX_LOCKED."""


@declares
def DEFINE_SEMAPHORE() -> Semaphore:
    """DEFINE_SEMAPHORE."""


def sema_init(sem: Semaphore, n: Int) -> Void:
    """Make it with that count."""


def init_MUTEX(sem: Semaphore) -> Void:
    """Make it with count 1."""


def init_MUTEX_LOCKED(sem: Semaphore) -> Void:
    """Make it with count 0."""


@sleeps
def down(sem: Semaphore) -> Void:
    """Take one, sleeping in D while there is none."""


@sleeps
def down_interruptible(sem: Semaphore) -> Int:
    """Take one (0), sleeping in S; -EINTR if a signal comes."""


def down_trylock(sem: Semaphore) -> Int:
    """Take one if there is one; 0 if taken, 1 if not."""


def up(sem: Semaphore) -> Void:
    """Give one back; wakes the longest waiter."""
