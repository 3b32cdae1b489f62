"""include/asm/system.h."""

from kthreadlab.lang.api.kinds import Int, Void, Word

SOURCE = "include/asm/system.h"


def mb() -> Void:
    """Memory barrier."""


def rmb() -> Void:
    """Read barrier."""


def wmb() -> Void:
    """Write barrier."""


def smp_mb() -> Void:
    """Memory barrier between CPUs."""


def smp_rmb() -> Void:
    """Read barrier between CPUs."""


def smp_wmb() -> Void:
    """Write barrier between CPUs."""


def barrier() -> Void:
    """Compiler barrier."""


def xchg(word: Word, n: Int) -> Int:
    """Store and return the old value, in one step."""


def cmpxchg(word: Word, n: Int, n2: Int) -> Int:
    """Store new if it holds old; returns what it held."""
