"""include/linux/jiffies.h: ticks, milliseconds, and which of two ticks comes first."""

from .declare import since
from .kinds import Int, UInt, ULong

SOURCE = "include/linux/jiffies.h"


def time_after(a: ULong, b: ULong) -> Int:
    """Is tick a later than tick b?

    It is right when the counter of ticks has wrapped around between the two, which a > b is not.

    Context: any; it is plain arithmetic.
    Return: 1 if a is later, 0 if not.
    Here: jiffies stands still: a loop until it is later never ends.
    Example: r = time_after(jiffies + HZ, jiffies) gives 1
    """


def time_before(a: ULong, b: ULong) -> Int:
    """Is tick a earlier than tick b?

    Context: any; it is plain arithmetic.
    Return: 1 if a is earlier, 0 if not.
    Here: jiffies stands still: a loop until it is later never ends.
    Example: r = time_before(jiffies, jiffies + HZ) gives 1
    """


def time_after_eq(a: ULong, b: ULong) -> Int:
    """Is tick a tick b, or later?

    Context: any; it is plain arithmetic.
    Return: 1 if a is not earlier than b, 0 if it is.
    Here: jiffies stands still: a loop until it is later never ends.
    Example: r = time_after_eq(jiffies, jiffies) gives 1
    """


def time_before_eq(a: ULong, b: ULong) -> Int:
    """Is tick a tick b, or earlier?

    Context: any; it is plain arithmetic.
    Return: 1 if a is not later than b, 0 if it is.
    Here: jiffies stands still: a loop until it is later never ends.
    Example: r = time_before_eq(jiffies + 1, jiffies) gives 0
    """


@since("2.6.25")
def time_is_before_jiffies(a: ULong) -> Int:
    """Has tick a passed?

    Context: any; it is plain arithmetic.
    Return: 1 if jiffies is later than a, 0 if not.
    Here: jiffies stands still.
    Example: r = time_is_before_jiffies(jiffies + 1) gives 0
    """


@since("2.6.25")
def time_is_after_jiffies(a: ULong) -> Int:
    """Is tick a still to come?

    Context: any; it is plain arithmetic.
    Return: 1 if a is later than jiffies, 0 if not.
    Here: jiffies stands still.
    Example: r = time_is_after_jiffies(jiffies + 1) gives 1
    """


@since("2.6")
def get_jiffies_64() -> ULong:
    """The ticks since boot, all 64 bits of them.

    Context: any.
    Return: the ticks.
    Here: jiffies stands still.
    Example: r = get_jiffies_64() gives 0
    """


@since("2.6")
def msecs_to_jiffies(m: UInt) -> ULong:
    """Milliseconds in ticks, rounded up.

    Context: any; it is plain arithmetic.
    Return: the ticks; of a number that is negative as an int, as many as no timer waits.
    Source: kernel/time.c, msecs_to_jiffies()
    Example: r = msecs_to_jiffies(1000) - HZ gives 0
    """


@since("2.6")
def jiffies_to_msecs(j: ULong) -> UInt:
    """Ticks in milliseconds.

    Context: any; it is plain arithmetic.
    Return: the milliseconds.
    Source: kernel/time.c, jiffies_to_msecs()
    Example: r = jiffies_to_msecs(HZ) gives 1000
    """


@since("2.6")
def usecs_to_jiffies(u: UInt) -> ULong:
    """Microseconds in ticks, rounded up.

    Context: any; it is plain arithmetic.
    Return: the ticks.
    Source: kernel/time.c, usecs_to_jiffies()
    Example: r = usecs_to_jiffies(1) gives 1
    """


@since("2.6")
def jiffies_to_usecs(j: ULong) -> UInt:
    """Ticks in microseconds.

    Context: any; it is plain arithmetic.
    Return: the microseconds.
    Source: kernel/time.c, jiffies_to_usecs()
    Example: r = jiffies_to_usecs(HZ) gives 1000000
    """


@since("2.6.20")
def round_jiffies(j: ULong) -> ULong:
    """A tick near this one at which many timers expire: a full second.

    Context: any; it is plain arithmetic.
    Return: the tick, not before jiffies.
    Source: kernel/timer.c, round_jiffies()
    Example: r = round_jiffies(jiffies + HZ + 1) - HZ gives 0
    """


@since("2.6.20")
def round_jiffies_relative(j: ULong) -> ULong:
    """As round_jiffies, of ticks counted from now.

    Context: any; it is plain arithmetic.
    Return: the ticks from now.
    Source: kernel/timer.c, round_jiffies_relative()
    Example: r = round_jiffies_relative(HZ + 1) - HZ gives 0
    """
