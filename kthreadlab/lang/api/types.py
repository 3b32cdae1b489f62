"""include/linux/types.h, and the words of kernel Python that stand for types and places in memory."""

from .declare import OMITTED, word
from .kinds import Anything, Int, Pointer, Task, Text

SOURCE = "include/linux/types.h"


@word
def u8(value: Int = OMITTED) -> Int:
    """An unsigned integer of 8 bits, from 0 to 255."""


@word
def s8(value: Int = OMITTED) -> Int:
    """A signed integer of 8 bits, from -128 to 127."""


@word
def u16(value: Int = OMITTED) -> Int:
    """An unsigned integer of 16 bits, from 0 to 65535."""


@word
def s16(value: Int = OMITTED) -> Int:
    """A signed integer of 16 bits, from -32768 to 32767."""


@word
def u32(value: Int = OMITTED) -> Int:
    """An unsigned integer of 32 bits; C's unsigned int.

    It wraps around: after 4294967295 comes 0.  A variable is declared with a first value; u32(x) elsewhere converts.

    Use: n = u32(0)
    Article: Listing Two, as unsigned int.
    """


@word
def s32(value: Int = OMITTED) -> Int:
    """A signed integer of 32 bits; C's int.

    To grow past 2147483647 is a fault.

    Article: Listing Five, as int.
    """


@word
def u64(value: Int = OMITTED) -> Int:
    """An unsigned integer of 64 bits."""


@word
def s64(value: Int = OMITTED) -> Int:
    """A signed integer of 64 bits; what a variable that nothing declares holds."""


@word
def struct(name: Text, *fields) -> Anything:
    """A type of your own, with fields.

    Its name is a text, which is also the name of the variable it is assigned to.  A field is a number, a pointer, an
    array, another struct, or one of the kernel's objects, by the name of its type: lock=spinlock_t, done=completion.

    It declares objects (e = ev()), which are all zeros; a lock, a queue or a completion among them must be initialised.

    Use: ev = struct("ev", id=u32, lock=spinlock_t, next=ptr("ev"), name=char_array(16))
    Source: C: struct ev { u32 id; spinlock_t lock; struct ev *next; char name[16]; };
    """


@word
def ptr(name: Text = OMITTED) -> Pointer:
    """A pointer, NULL at first; to a struct of that name, or to anything.

    To an object of the kernel's, too: ptr("completion"), ptr("spinlock_t").

    Use: head = ptr("ev")
    Source: C: struct ev *head;
    """


@word
def current() -> Task:
    """The task that runs.

    In an interrupt, that is whoever was interrupted: of no use there.

    Use: current
    Article: Listing Two.
    Source: include/asm/current.h
    """


@word
def range(start: Int, stop: Int, step: Int) -> Int:
    """The numbers of a for loop: C's for (i = start; i < stop; i += step).

    As in Python, with one, two or three numbers.

    Use: range(0, 8)
    Source: C
    """
