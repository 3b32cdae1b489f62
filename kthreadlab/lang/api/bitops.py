"""include/asm/bitops.h."""

from kthreadlab.lang.api.kinds import Int, Void, Word

SOURCE = "include/asm/bitops.h"


def set_bit(n: Int, word: Word) -> Void:
    """Set bit nr, in one step."""


def clear_bit(n: Int, word: Word) -> Void:
    """Clear bit nr, in one step."""


def change_bit(n: Int, word: Word) -> Void:
    """Flip bit nr, in one step."""


def test_bit(n: Int, word: Word) -> Int:
    """Is bit nr set?"""


def test_and_set_bit(n: Int, word: Word) -> Int:
    """Set it; 1 if it was set."""


def test_and_clear_bit(n: Int, word: Word) -> Int:
    """Clear it; 1 if it was set."""


def test_and_change_bit(n: Int, word: Word) -> Int:
    """Flip it; 1 if it was set."""


def ffs(n: Int) -> Int:
    """Number of the lowest set bit from 1; 0 if none."""


def fls(n: Int) -> Int:
    """Number of the highest set bit from 1; 0 if none."""


def hweight32(n: Int) -> Int:
    """How many bits are set."""
