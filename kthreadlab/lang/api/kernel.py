"""include/linux/kernel.h, and what C itself brings along."""

from .declare import OMITTED, declares, since, until
from .kinds import Anything, Array, CharBuffer, Int, Pointer, Size, Text, TypeName, Variable, Void, Word

SOURCE = "include/linux/kernel.h"

CONSTANTS = {
    "NULL": (0, "the address of nothing; None is the same, and 0 too"),
    "INT_MAX": (2**31 - 1, "the largest int"),
    "UINT_MAX": (2**32 - 1, "the largest unsigned int"),
}


@declares
def array(type_: TypeName, n: Int) -> Array:
    """So many of a type, one after the other, all 0.

    The first is number 0.  To reach past the last is a fault.  array(ptr("text"), 4), or an array of plain pointers,
    is what argv and envp are.

    Use: ids = array(u32, 8)
    Source: C: u32 ids[8];
    """


@declares
def char_array(n: Int, text: Text = OMITTED) -> CharBuffer:
    """A text of at most so many characters, the NUL counted.

    A text that it is to begin with may follow; without one it is empty.

    Use: path = char_array(256)
    Source: C: char path[256];
    """


def min(x: Int, y: Int) -> Int:
    """The smaller.

    Context: any; it is plain arithmetic.
    Return: the smaller of the two.
    """


def max(x: Int, y: Int) -> Int:
    """The larger.

    Context: any; it is plain arithmetic.
    Return: the larger of the two.
    """


def sizeof(type_: TypeName) -> Size:
    """How many bytes a type or a variable takes.

    Of a variable, nothing is run: its type alone counts.

    Context: any; the compiler knows it.
    Return: the size.
    Source: C
    """


def cast(type_: TypeName, p: Pointer) -> Pointer:
    """Say what a pointer points to.

    ev = cast(event, p) is C's struct event *ev = p: from then on ev.id is a field.  What kmalloc(sizeof(event), …) and
    its like give needs no cast.

    Context: any; the compiler knows it.
    Return: the same address.
    Source: C
    """


def BUG() -> Void:
    """Stop here: a bug.

    The kernel prints where it is and ends the task; whatever that holds, it keeps.

    Source: include/asm/bug.h
    """


def BUG_ON(condition: Int) -> Void:
    """Stop here if it is true.

    Source: include/asm/bug.h
    """


def WARN_ON(condition: Int) -> Int:
    """Log a warning if it is true.

    And go on.

    Return: the condition.
    Source: include/asm/bug.h
    """


def likely(x: Int) -> Int:
    """The same value; says that it is nearly always true.

    Context: any; the compiler knows it.
    Return: the value.
    Source: include/linux/compiler.h
    """


def unlikely(x: Int) -> Int:
    """The same value; says that it is nearly never true.

    Context: any; the compiler knows it.
    Return: the value.
    Source: include/linux/compiler.h
    """


@since("3.19")
def READ_ONCE(x: Variable) -> Int:
    """What a variable holds, loaded once.

    The compiler may not load it again, leave the load out, or do it in pieces: it says that others may be writing to
    the variable, and that this is meant.  It orders nothing else.

    Context: any.
    Return: the value, of the variable's own type.
    Source: include/asm-generic/rwonce.h
    """


@since("3.19")
def WRITE_ONCE(x: Variable, val: Anything) -> Void:
    """Store into a variable, once.

    The compiler may not store twice, later, or in pieces: it says that others may be looking at the variable, and that
    this is meant.  It orders nothing else.

    Context: any.
    Source: include/asm-generic/rwonce.h
    """


@since("2.6.26")
@until("4.15")
def ACCESS_ONCE(x: Variable) -> Int:
    """What a variable holds, loaded once: what READ_ONCE was until 3.19.

    Context: any.
    Return: the value, of the variable's own type.
    Here: it only reads; C can also assign to it.
    Source: include/linux/compiler.h
    """


@since("2.6")
def num_online_cpus() -> Int:
    """How many CPUs there are.

    Return: the number, at least 1.
    Here: where each task has a CPU of its own, it is the number that the machine was given.
    Source: include/linux/cpumask.h
    Example: r = num_online_cpus() > 0 gives 1
    Story: {who} sees that there are {result} CPUs.
    """


@since("2.6")
def ARRAY_SIZE(arr: Anything) -> Size:
    """How many elements an array has.

    Of a pointer nobody knows: it must be the array itself.

    Context: any; the compiler knows it.
    Return: the number.
    Example: a = [1, 2, 3]; r = ARRAY_SIZE(a) gives 3
    """


@since("3.14")
def smp_load_acquire(p: Word) -> Int:
    """Load a variable, and only then whatever comes after it.

    What whoever stored it with smp_store_release had stored before is seen from here on.

    Context: any.
    Return: the value, of the variable's own type.
    Here: memory is sequentially consistent, so it is READ_ONCE.
    Source: include/asm-generic/barrier.h
    Example: r = smp_load_acquire(word) gives 12
    """


@since("3.14")
def smp_store_release(p: Word, v: Anything) -> Void:
    """Store into a variable, after whatever comes before it.

    Whoever loads it with smp_load_acquire and finds the value sees what was stored before, too.

    Context: any.
    Here: memory is sequentially consistent, so it is WRITE_ONCE.
    Source: include/asm-generic/barrier.h
    Example: smp_store_release(word, 5); r = word gives 5
    """
