"""lib/string.c: texts that a NUL ends."""

from .declare import since, until
from .kinds import AnyPointer, CharBuffer, CharPointer, Int, Pointer, Size, Text

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


def strncat(dest: CharBuffer, src: Text, count: Size) -> CharPointer:
    """Append at most so many characters of a text, and a NUL.

    The count bounds what is appended, not the buffer.

    Return: the buffer.
    Example: strcpy(text, "abc"); strncat(text, "defg", 2); r = strlen(text) gives 5
    Story: {who} appends "{text}" to {a}.
    """


def memcpy(dest: Pointer, src: AnyPointer, count: Size) -> Pointer:
    """Copy so many bytes of memory.

    It knows neither how much there is to read nor how much room there is: both are the caller's to know.  It stops at
    no NUL, and copies none that the count leaves out.  The two may not overlap.

    Return: where it was copied to.
    Here: a text is copied to a text, an array or a struct to one of the same layout, and of a struct, what are numbers,
    pointers and texts.  Fields and elements are copied whole: to copy a piece of one is a fault.
    Example: memcpy(text, "abc", 4); r = strlen(text) gives 3
    Story: {who} copies {c} bytes from {b} to {a}.
    """


def memmove(dest: Pointer, src: AnyPointer, count: Size) -> Pointer:
    """As memcpy, where the two may overlap.

    Return: where it was copied to.
    Here: as memcpy.
    Example: memmove(text, "abcdef", 3); r = strlen(text) gives 3
    Story: {who} copies {c} bytes from {b} to {a}.
    """


def memcmp(cs: AnyPointer, ct: AnyPointer, count: Size) -> Int:
    """0 if so many bytes of memory are equal, else which is first.

    It stops at no NUL.

    Return: 0 if they are equal, negative if the first that differ are smaller in the first, else positive.
    Here: as memcpy.
    Example: strcpy(text, "abc"); r = memcmp(text, "abd", 2) * 10 + memcmp(text, "abd", 3) gives -1
    Story: {who} compares {c} bytes of {a} and {b}: {result}.
    """
