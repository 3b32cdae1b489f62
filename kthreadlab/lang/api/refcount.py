"""include/linux/refcount.h, include/linux/kref.h: counts of who still needs something."""

from .declare import declares, since, tag, type_name
from .kinds import Int, Kref, KrefRelease, Refcount, UInt, Void

SOURCE = "include/linux/refcount.h"


@since("4.11")
@declares
def REFCOUNT_INIT(n: Int) -> Refcount:
    """A reference count with a value.

    Use: users = REFCOUNT_INIT(1)
    """


@since("4.11")
@type_name
def refcount_t() -> Refcount:
    """A reference count, 0; refcount_set makes it what it is to be.

    There is no other way to it than these calls.  One that has gone wrong stays saturated, far below 0: rather a leak
    than memory that is freed while somebody uses it.
    """


@since("4.11")
def refcount_set(r: Refcount, n: Int) -> Void:
    """Store a value.

    Example: refcount_set(users, 2); r = refcount_read(users) gives 2
    Story: {who} writes {b} to {a}.
    """


@since("4.11")
def refcount_read(r: Refcount) -> UInt:
    """Load the value.

    Return: the value.
    Example: r = refcount_read(users) gives 1
    Story: {who} reads {a}: {result}.
    """


@since("4.11")
def refcount_inc(r: Refcount) -> Void:
    """Take a reference, in one step.

    Who takes one must have one, or know that somebody has: at 0 what is counted may be gone.  Then it logs a warning,
    and the count is saturated for good.

    Source: lib/refcount.c
    Example: refcount_inc(users); r = refcount_read(users) gives 2
    Story: {who} takes a reference of {a}, in one step: {value} now.
    Story: wrong: {who} takes a reference of {a}, which has none left: a warning, and it is saturated.
    """


@since("4.11")
def refcount_dec(r: Refcount) -> Void:
    """Give a reference back that is not the last, in one step.

    If it was the last, nobody is left to free what it counts: a warning, and the count is saturated for good.

    Source: lib/refcount.c
    Example: refcount_inc(users); refcount_dec(users); r = refcount_read(users) gives 1
    Story: {who} gives a reference of {a} back, in one step: {value} now.
    Story: wrong: {who} gives back a reference of {a} as if it were not the last: a warning, and it is saturated.
    """


@since("4.11")
def refcount_dec_and_test(r: Refcount) -> Int:
    """Give a reference back, in one step; was it the last?

    At 0 there is none to give back: a warning, and the count is saturated for good.

    Return: 1 if it was the last, 0 if not.
    Source: lib/refcount.c
    Example: r = refcount_dec_and_test(users) gives 1
    Story: yes: {who} gives the last reference of {a} back, in one step.
    Story: no: {who} gives a reference of {a} back, in one step, and is not the last.
    Story: wrong: {who} gives back a reference of {a}, which has none left: a warning, and it is saturated.
    """


@since("4.11")
def refcount_inc_not_zero(r: Refcount) -> Int:
    """Take a reference unless there is none left, in one step.

    Return: 1 if it was taken, 0 if there is none left.
    Source: lib/refcount.c
    Example: r = refcount_inc_not_zero(users) gives 1
    Story: yes: {who} takes a reference of {a}, in one step: somebody still had one.
    Story: no: {who} finds that {a} has no reference left, and takes none.
    """


@since("2.6")
@tag
def kref() -> Kref:
    """A reference count of an object, 0; kref_init gives whoever made the object its first.

    Use: users = kref()
    Source: include/linux/kref.h
    """


@since("2.6")
def kref_init(kref: Kref) -> Void:
    """One reference: that of whoever calls it.

    Source: include/linux/kref.h
    Example: kref_init(refs); r = kref_put(refs, gone) gives 1
    Story: {who} has the first reference of {a}.
    """


@since("2.6")
def kref_get(kref: Kref) -> Void:
    """Take a reference.

    Who takes one must have one, or know that somebody has: at 0 what is counted may be gone, and it logs a warning.

    Versions: 6.12: and the count is saturated for good.
    Source: include/linux/kref.h
    Example: kref_init(refs); kref_get(refs); r = kref_put(refs, gone) gives 0
    Story: {who} takes a reference of {a}, in one step: {value} now.
    Story: wrong: {who} takes a reference of {a}, which has none left: a warning.
    """


@since("3.8")
def kref_get_unless_zero(kref: Kref) -> Int:
    """Take a reference unless there is none left.

    For who looks something up that may be on its way out.

    Return: 1 if it was taken, 0 if there is none left.
    Source: include/linux/kref.h
    Example: kref_init(refs); r = kref_get_unless_zero(refs) gives 1
    Story: yes: {who} takes a reference of {a}, in one step: somebody still had one.
    Story: no: {who} finds that {a} has no reference left, and takes none.
    """


@since("4.11")
def kref_read(kref: Kref) -> UInt:
    """How many references there are.

    Return: the count.
    Source: include/linux/kref.h
    Example: kref_init(refs); r = kref_read(refs) gives 1
    Story: {who} reads {a}: {result}.
    """


@since("2.6")
def kref_put(kref: Kref, release: KrefRelease) -> Int:
    """Give a reference back; with the last one the function is called, on the spot.

    The function is given the count, and frees what that is in.  It runs where the caller stands: with the locks that it
    holds, in an interrupt if it is called there.

    Context: any, if the function may run there.
    Return: 1 if the function was called, 0 if not.
    Source: lib/kref.c
    Example: kref_init(refs); r = kref_put(refs, gone) gives 1
    """
