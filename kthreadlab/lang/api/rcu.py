"""include/linux/rcupdate.h: readers that nobody holds up, and writers that wait until they have left."""

from .declare import since, sleeps, tag
from .kinds import Anything, Int, RcuCallback, RcuHead, Variable, Void

SOURCE = "include/linux/rcupdate.h"


@since("2.6.0")
def rcu_read_lock() -> Void:
    """Begin to read: what is found by a pointer stays there until rcu_read_unlock().

    It never waits, for nobody, and keeps nobody out; it nests.  Whoever reads must not sleep.

    Here: preemption is off meanwhile, as in kernels whose readers can't be preempted.
    Example: rcu_read_lock(); rcu_read_unlock()
    Story: {who} begins to read without a lock.
    """


@since("2.6.0")
def rcu_read_unlock() -> Void:
    """Read no more.

    With the outermost one whoever waits for this reader may go on.

    Example: rcu_read_lock(); rcu_read_unlock()
    Story: {who} reads without a lock no more.
    """


@since("2.6.12")
@sleeps
def synchronize_rcu() -> Void:
    """Sleep in D until all who read now have left.

    What nobody can find any more may be freed then: first the pointer is changed, then this, then kfree.  Readers that
    begin later are not waited for.

    Here: it waits for those in rcu_read_lock() alone.
    Source: kernel/rcupdate.c, synchronize_rcu()
    Example: synchronize_rcu()
    Story: {who} waits until all who read now have left.
    Story: return: {who} is on a CPU again, and goes on if they have.
    """


@since("2.6.10")
def rcu_dereference(p: Variable) -> Int:
    """The pointer, read once: whoever reads looks through it alone.

    Return: what it holds.
    Example: rcu_read_lock(); r = rcu_dereference(ready); rcu_read_unlock() gives 1
    """


@since("2.6.10")
def rcu_assign_pointer(p: Variable, v: Anything) -> Void:
    """Store a pointer, once what it leads to is ready to be read.

    Example: rcu_assign_pointer(ready, 5); r = ready gives 5
    """


@since("2.6.0")
@tag
def rcu_head() -> RcuHead:
    """What call_rcu() keeps a function in; it lies in what is to be freed.

    Source: include/linux/rcupdate.h (include/linux/types.h)
    """


@since("2.6.9")
def call_rcu(head: RcuHead, func: RcuCallback) -> Void:
    """Have a function called when all who read now have left.

    It is called with the rcu_head, in a bottom half, and nobody waits for it: container_of() leads to what is to be
    freed.  One rcu_head is given away once at a time.

    Here: it waits for those in rcu_read_lock() alone.
    Source: kernel/rcupdate.c, call_rcu()
    Example: call_rcu(head, fired)
    Story: {who} has {b} called with {a} when all who read now have left.
    """


@since("2.6.15")
@sleeps
def rcu_barrier() -> Void:
    """Sleep in D until every function has been called that call_rcu() was given.

    Who unloads a module waits so for those of the module: their code is gone afterwards.

    Here: what is given to call_rcu() meanwhile is waited for, too.
    Source: kernel/rcupdate.c, rcu_barrier()
    Example: rcu_barrier()
    Story: {who} waits until what call_rcu() was given has been called.
    Story: return: {who} is on a CPU again, and goes on if it has.
    """
