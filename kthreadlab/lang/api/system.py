"""include/asm/system.h: memory barriers, and exchanges in one step."""

from .declare import accepted
from .kinds import Int, Void, Word

SOURCE = "include/asm/system.h"


@accepted
def mb() -> Void:
    """Memory barrier.

    Loads and stores before it are done before those after it, for devices too.

    Here: memory is sequentially consistent, so a barrier changes nothing, and one that is missing cannot be seen.
    """


@accepted
def rmb() -> Void:
    """Read barrier.

    Loads before it are done before loads after it.

    Here: memory is sequentially consistent, so a barrier changes nothing, and one that is missing cannot be seen.
    """


@accepted
def wmb() -> Void:
    """Write barrier.

    Stores before it are done before stores after it.

    Here: memory is sequentially consistent, so a barrier changes nothing, and one that is missing cannot be seen.
    """


@accepted
def smp_mb() -> Void:
    """Memory barrier between CPUs.

    Nothing but barrier() where there is one CPU.

    Here: memory is sequentially consistent, so a barrier changes nothing, and one that is missing cannot be seen.
    """


@accepted
def smp_rmb() -> Void:
    """Read barrier between CPUs.

    Here: memory is sequentially consistent, so a barrier changes nothing, and one that is missing cannot be seen.
    """


@accepted
def smp_wmb() -> Void:
    """Write barrier between CPUs.

    Here: memory is sequentially consistent, so a barrier changes nothing, and one that is missing cannot be seen.
    """


@accepted
def barrier() -> Void:
    """Compiler barrier.

    The compiler keeps no value of memory in a register across it.

    Here: there is no compiler that would.
    Source: include/linux/compiler.h
    """


def xchg(word: Word, new: Int) -> Int:
    """Store and return the old value, in one step.

    Fetch and clear without a lock: id = xchg(myevent_id, 0).  It is a full memory barrier.

    Return: the value before.
    """


def cmpxchg(word: Word, old: Int, new: Int) -> Int:
    """Store the new value if it holds the old one, in one step; returns what it held.

    Return: the value before: it was stored if and only if that is the old value given.
    """
