"""kernel/mutex.c: mutexes, which one task holds, and for which the others sleep."""

from .declare import declares, process, since, sleeps, tag
from .kinds import Int, Mutex, UInt, Void

SOURCE = "kernel/mutex.c"


@since("2.6.16")
@declares
def DEFINE_MUTEX() -> Mutex:
    """A mutex, unlocked.

    Source: include/linux/mutex.h
    """


@since("2.6.16")
@tag
def mutex() -> Mutex:
    """A mutex that nothing has initialised.

    As a field or behind ptr it stands without brackets: dev = struct("dev", lock=mutex); m = ptr("mutex").
    mutex_init() makes it usable.

    Source: include/linux/mutex.h
    """


@since("2.6.16")
def mutex_init(lock: Mutex) -> Void:
    """Make it unlocked.

    Here: whoever waits for it already is forgotten, and sleeps for ever.
    Source: include/linux/mutex.h
    """


@since("2.6.16")
@sleeps
def mutex_lock(lock: Mutex) -> Void:
    """Take it, sleeping in D while it is held.

    Its holder may sleep, which is what a mutex is for.  A task that takes it twice waits for itself.

    Source: kernel/mutex.c, mutex_lock()
    """


@since("2.6.16")
@sleeps
def mutex_lock_interruptible(lock: Mutex) -> Int:
    """Take it (0), sleeping in S; -EINTR if a signal comes.

    Return: 0 if it was taken, -EINTR if a signal came first.
    Source: kernel/mutex.c, mutex_lock_interruptible()
    """


@since("2.6.16")
@process
def mutex_trylock(lock: Mutex) -> Int:
    """Take it if it is free; 1 if taken.

    Context: process, since only its owner may give it back, and an interrupt owns nothing.
    Return: 1 if it was taken, 0 if it is held.
    Source: kernel/mutex.c, mutex_trylock()
    """


@since("2.6.16")
@process
def mutex_unlock(lock: Mutex) -> Void:
    """Give it back; its owner only.

    Wakes the longest waiter.

    Source: kernel/mutex.c, mutex_unlock()
    """


@since("2.6.16")
def mutex_is_locked(lock: Mutex) -> Int:
    """Is it held?

    Return: 1 if somebody holds it, 0 if not.
    Source: include/linux/mutex.h
    """


@since("2.6.18")
@sleeps
def mutex_lock_nested(lock: Mutex, subclass: UInt) -> Void:
    """As mutex_lock; says to lockdep that another of its class may be held.

    Here: it is mutex_lock: nobody looks at classes.
    Source: kernel/mutex.c, mutex_lock_nested()
    Example: mutex_lock_nested(mut, 1); r = mutex_is_locked(mut); mutex_unlock(mut) gives 1
    """
