"""lib/vsprintf.c."""

from kthreadlab.lang.api.kinds import CharBuffer, Int, Pointer, Text

SOURCE = "lib/vsprintf.c"


def sprintf(buf: CharBuffer, text: Text, *args) -> Int:
    """Format into a buffer; the length written."""


def snprintf(buf: CharBuffer, n: Int, text: Text, *args) -> Int:
    """The same within a size; the length it would have had."""


def scnprintf(buf: CharBuffer, n: Int, text: Text, *args) -> Int:
    """The same; the length written."""


def kasprintf(n: Int, text: Text, *args) -> Pointer:
    """Memory with the formatted text, or NULL."""
