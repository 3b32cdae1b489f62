"""include/asm/semaphore.h: semaphores, which sleep while there is none to take."""

from .declare import declares, since, sleeps, tag, until
from .kinds import Int, Long, Semaphore, Void

SOURCE = "include/asm/semaphore.h, arch/i386/kernel/semaphore.c"


@until("2.6.37")
@declares
def DECLARE_MUTEX() -> Semaphore:
    """A semaphore with count 1.

    Before there were mutexes, this was one.
    """


@until("2.6.37")
@declares
def DECLARE_MUTEX_LOCKED() -> Semaphore:
    """A semaphore with count 0: the first down() sleeps until somebody calls up()."""


@since("2.6.37")
@declares
def DEFINE_SEMAPHORE() -> Semaphore:
    """A semaphore with count 1."""


@tag
def semaphore() -> Semaphore:
    """A semaphore that nothing has initialised.

    As a field or behind ptr it stands without brackets: dev = struct("dev", sem=semaphore); s = ptr("semaphore").
    sema_init() makes it usable.
    """


def sema_init(sem: Semaphore, val: Int) -> Void:
    """Make it with that count.

    Here: whoever waits for it already is forgotten, and sleeps for ever.
    """


@until("2.6.37")
def init_MUTEX(sem: Semaphore) -> Void:
    """Make it with count 1.

    Here: whoever waits for it already is forgotten, and sleeps for ever.
    """


@until("2.6.37")
def init_MUTEX_LOCKED(sem: Semaphore) -> Void:
    """Make it with count 0.

    Here: whoever waits for it already is forgotten, and sleeps for ever.
    """


@sleeps
def down(sem: Semaphore) -> Void:
    """Take one, sleeping in D while there is none.

    No signal ends it.  Whoever takes one need not be who gives it back.
    """


@sleeps
def down_interruptible(sem: Semaphore) -> Int:
    """Take one (0), sleeping in S; -EINTR if a signal comes.

    Return: 0 if one was taken, -EINTR if a signal came first: then nothing is taken, and nothing to be given back.
    """


def down_trylock(sem: Semaphore) -> Int:
    """Take one if there is one; 0 if taken, 1 if not.

    The other way round than spin_trylock and mutex_trylock, which return 1 if they succeed.

    Return: 0 if one was taken, 1 if there was none.
    """


def up(sem: Semaphore) -> Void:
    """Give one back; wakes the longest waiter.

    Any task may, and an interrupt too.

    Versions: 2.6.32: it is handed to the longest waiter; before, who comes in between is faster.
    Versions: 6.12: it is handed to the longest waiter.
    """


@since("2.6.26")
@sleeps
def down_timeout(sem: Semaphore, timeout: Long) -> Int:
    """As down, with a timer: -ETIME if it expired.

    Return: 0 if it was taken, -ETIME if the time was up before.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/semaphore.c, down_timeout()
    Example: down(sem); r = down_timeout(sem, 5) gives -62
    Story: {who} takes {a}.
    Story: sleeps: {who} finds none left of {a}: it sleeps in {letter} until one is given back or its timer expires.
    Story: expired: {who} may not wait for {a} at all: the time is up, and it gets -ETIME.
    """
