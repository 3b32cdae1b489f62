"""lib/string.c: texts that a NUL ends."""

from .declare import since, until
from .kinds import CharBuffer, CharPointer, Int, Pointer, Size, Text

SOURCE = "lib/string.c"


def strcpy(dest: CharBuffer, src: Text) -> CharPointer:
    """Copy a text.

    It does not know how large the buffer is: what does not fit is written past its end.

    Return: the buffer.
    """


def strncpy(dest: CharBuffer, src: Text, count: Size) -> CharPointer:
    """Copy at most so many characters of a text.

    A text as long as that, or longer, is left without a NUL; after a shorter one the rest is filled with NULs.

    Return: the buffer.
    """


def strlen(s: Text) -> Size:
    """Length of a text, without the NUL.

    Return: the length.
    """


def strcmp(cs: Text, ct: Text) -> Int:
    """0 if two texts are equal, else which is first.

    Return: 0 if they are equal, negative if the first comes before the second, else positive.
    """


def strncmp(cs: Text, ct: Text, count: Size) -> Int:
    """As strcmp, for at most so many characters.

    Return: 0 if they are equal so far, negative if the first comes before the second, else positive.
    """


def strcat(dest: CharBuffer, src: Text) -> CharPointer:
    """Append a text.

    It does not know how large the buffer is: what does not fit is written past its end.

    Return: the buffer.
    """


@until("6.8")
def strlcpy(dest: CharBuffer, src: Text, size: Size) -> Size:
    """Copy within a size, always with a NUL; the length of the source.

    A result that is not smaller than the size says that the text was cut.

    Return: the length of the source.
    """


def strlcat(dest: CharBuffer, src: Text, count: Size) -> Size:
    """Append within a size, always with a NUL.

    The size is that of the whole buffer.

    Return: the length that the whole text would have had.
    """


@since("4.3")
def strscpy(dest: CharBuffer, src: Text, count: Size) -> Int:
    """Copy within a size, always with a NUL; the length, or -E2BIG.

    Return: how many characters were copied, without the NUL; -E2BIG if the text was cut.
    """


def memset(s: Pointer, c: Int, count: Size) -> Pointer:
    """Fill memory with one character.

    Return: the memory.
    """
