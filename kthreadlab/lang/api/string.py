"""lib/string.c."""

from kthreadlab.lang.api.kinds import CharBuffer, Int, Pointer, Text

SOURCE = "lib/string.c"


def strcpy(buf: CharBuffer, text: Text) -> Pointer:
    """Copy."""


def strncpy(buf: CharBuffer, text: Text, n: Int) -> Pointer:
    """Copy at most n characters."""


def strlen(text: Text) -> Int:
    """Length."""


def strcmp(text: Text, text2: Text) -> Int:
    """0 if equal, else which is first."""


def strncmp(text: Text, text2: Text, n: Int) -> Int:
    """The same for at most n characters."""


def strcat(buf: CharBuffer, text: Text) -> Pointer:
    """Append."""


def strlcpy(buf: CharBuffer, text: Text, n: Int) -> Int:
    """Copy within a size, always with a NUL; the length of the source."""


def strlcat(buf: CharBuffer, text: Text, n: Int) -> Int:
    """Append within a size, always with a NUL."""


def strscpy(buf: CharBuffer, text: Text, n: Int) -> Int:
    """Copy within a size, always with a NUL; the length, or -E2BIG."""


def memset(p: Pointer, n: Int, n2: Int) -> Pointer:
    """Fill."""
