"""include/linux/delay.h: a pause, asleep or not."""

from .declare import accepted, since, sleeps
from .kinds import UInt, ULong, Void

SOURCE = "include/linux/delay.h"


@since("2.6")
@sleeps
def msleep(msecs: UInt) -> Void:
    """Sleep in D for so many milliseconds.

    It declares its own state, so that whatever the caller has declared before is forgotten; and it goes back to sleep
    when something wakes it before its time.  There is no wake-up that ends it.

    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/timer.c, msleep()
    Example: msleep(10)
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} for {a} milliseconds, whoever wakes it.
    """


@since("2.6")
@sleeps
def ssleep(seconds: UInt) -> Void:
    """As msleep, in seconds.

    Here: the machine has no time.  A timer may expire whenever it runs.
    Example: ssleep(1)
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} for {a} seconds, whoever wakes it.
    """


@since("2.6.36")
@sleeps
def usleep_range(min_: ULong, max_: ULong) -> Void:
    """As msleep, in microseconds, of which at least the first number and not many more than the second.

    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/time/timer.c, usleep_range_state()
    Example: usleep_range(10, 20)
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} for {a} microseconds, whoever wakes it.
    """


@since("2.6")
@sleeps
def msleep_interruptible(msecs: UInt) -> ULong:
    """Sleep in S for so many milliseconds, or until a signal comes.

    It declares its own state, and goes back to sleep when something wakes it that is no signal.

    Return: 0 if the time is up, else the milliseconds that were left.
    Here: the machine has no time.  A timer may expire whenever it runs, and what is left of a sleep is one jiffy.
    Source: kernel/timer.c, msleep_interruptible()
    Example: r = msleep_interruptible(10) gives 0
    Story: sleeps: {who} leaves the run queue: it sleeps in {letter} for {a} milliseconds, or until a signal comes.
    Story: signal: {who} has a signal pending and does not sleep: {result} milliseconds are left.
    """


@accepted
def udelay(usecs: ULong) -> Void:
    """Keep the CPU busy for so many microseconds.

    Nothing sleeps, so it is allowed with locks held and in interrupts; nobody else gets the CPU meanwhile.

    Here: accepted without effect, as the machine has no time.
    Example: udelay(5)
    Story: {who} keeps its CPU busy for {a} microseconds.
    """


@accepted
def ndelay(nsecs: ULong) -> Void:
    """As udelay, in nanoseconds.

    Here: accepted without effect, as the machine has no time.
    Example: ndelay(5)
    Story: {who} keeps its CPU busy for {a} nanoseconds.
    """


@accepted
def mdelay(msecs: ULong) -> Void:
    """As udelay, in milliseconds, which is long: a task that may sleep calls msleep.

    Here: accepted without effect, as the machine has no time.
    Example: mdelay(5)
    Story: {who} keeps its CPU busy for {a} milliseconds.
    """
