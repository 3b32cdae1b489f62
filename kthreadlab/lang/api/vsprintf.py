"""lib/vsprintf.c: formatted text.

The conversions are %d %i %u %x %X %o %c %s %p %%, with flags, width, precision and the lengths h, l, ll, z.
"""

from .declare import since
from .kinds import CharBuffer, CharPointer, GfpFlags, Int, Size, Text

SOURCE = "lib/vsprintf.c"


def sprintf(buf: CharBuffer, fmt: Text, *args) -> Int:
    """Format into a buffer; the length written.

    It does not know how large the buffer is: what does not fit is written past its end.  Use snprintf.

    Return: how many characters were written, without the NUL.
    Article: Listing Five.
    """


def snprintf(buf: CharBuffer, size: Size, fmt: Text, *args) -> Int:
    """Format within a size; the length it would have had.

    There is always a NUL, unless the size is 0.  A result that is not smaller than the size says that the text was
    cut.

    Return: how many characters the whole text has, without the NUL.
    """


@since("2.6")
def scnprintf(buf: CharBuffer, size: Size, fmt: Text, *args) -> Int:
    """Format within a size; the length written.

    Return: how many characters were written, without the NUL: less than the size.
    """


@since("2.6.17")
def kasprintf(flags: GfpFlags, fmt: Text, *args) -> CharPointer:
    """memory with the formatted text, or NULL.

    Exactly as much as it needs; kfree gives it back.

    Context: process with nothing locked for GFP_KERNEL, any for GFP_ATOMIC.
    Return: the text, or NULL if there is no memory.
    Source: lib/kasprintf.c, kasprintf()
    """
