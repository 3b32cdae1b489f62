"""include/asm/bitops.h: single bits of a word, each changed in one step."""

from .kinds import Int, Void, Word

SOURCE = "include/asm/bitops.h"


def set_bit(nr: Int, addr: Word) -> Void:
    """Set bit nr, in one step.

    So that nobody's change of another bit of the word is lost.  It is no memory barrier.
    """


def clear_bit(nr: Int, addr: Word) -> Void:
    """Clear bit nr, in one step.

    It is no memory barrier.
    """


def change_bit(nr: Int, addr: Word) -> Void:
    """Flip bit nr, in one step."""


def test_bit(nr: Int, addr: Word) -> Int:
    """Is bit nr set?

    Return: not 0 if it is set.
    """


def test_and_set_bit(nr: Int, addr: Word) -> Int:
    """Set bit nr, in one step; 1 if it was set.

    Return: not 0 if it was set before.
    """


def test_and_clear_bit(nr: Int, addr: Word) -> Int:
    """Clear bit nr, in one step; 1 if it was set.

    Fetch and clear of one bit: of several who try, one gets it.

    Return: not 0 if it was set before.
    """


def test_and_change_bit(nr: Int, addr: Word) -> Int:
    """Flip bit nr, in one step; 1 if it was set.

    Return: not 0 if it was set before.
    """


def ffs(x: Int) -> Int:
    """Number of the lowest set bit from 1; 0 if none.

    Context: any; it is plain arithmetic.
    Return: 1 for bit 0, 32 for bit 31, 0 if no bit is set.
    """


def fls(x: Int) -> Int:
    """Number of the highest set bit from 1; 0 if none.

    Context: any; it is plain arithmetic.
    Return: 1 for bit 0, 32 for bit 31, 0 if no bit is set.
    """


def hweight32(w: Int) -> Int:
    """How many bits are set.

    Context: any; it is plain arithmetic.
    Return: a number from 0 to 32.
    Source: include/linux/bitops.h
    """
