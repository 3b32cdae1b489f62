"""kernel/mutex.c."""

from kthreadlab.lang.api.declare import declares, process, sleeps
from kthreadlab.lang.api.kinds import Int, Mutex, Void

SOURCE = "kernel/mutex.c"


@declares
def DEFINE_MUTEX() -> Mutex:
    """DEFINE_MUTEX."""


def mutex_init(lock: Mutex) -> Void:
    """Make it unlocked."""


@sleeps
def mutex_lock(lock: Mutex) -> Void:
    """Take it, sleeping in D while it is held."""


@sleeps
def mutex_lock_interruptible(lock: Mutex) -> Int:
    """Take it (0), sleeping in S; -EINTR if a signal comes."""


@process
def mutex_trylock(lock: Mutex) -> Int:
    """Take it if it is free; 1 if taken."""


@process
def mutex_unlock(lock: Mutex) -> Void:
    """Give it back; its owner only."""


def mutex_is_locked(lock: Mutex) -> Int:
    """Is it held?"""
