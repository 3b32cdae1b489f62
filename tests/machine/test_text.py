"""Char buffers against the C library: seeded random sequences of calls on one buffer, byte by byte."""

from __future__ import annotations

import ctypes
import random

import pytest

from kthreadlab import Fault
from tests.machine.drive import drive, fault, lines, printed
from tests.machine.test_formats import c_library

SEED, SEQUENCES, SIZE = 8, 60, 8
TEXTS = ("", "a", "abc", "bin", "alert", "seven77")


def sequence(pick: random.Random, stores: bool) -> list[tuple]:
    """A few calls that all stay within the buffer; *stores* of single characters anywhere, or none."""
    kinds = ["strcpy", "strncpy", "snprintf", "scnprintf", "memset"] + ["store"] * 4 * stores
    out: list[tuple] = []
    for _ in range(pick.randint(1, 5)):
        kind, text = pick.choice(kinds), pick.choice(TEXTS)
        if kind == "store":
            out.append((kind, pick.randrange(SIZE), pick.choice((0, 65, 120, 200))))
        elif kind == "memset":
            out.append((kind, pick.choice((0, 0, 66)), pick.randint(0, SIZE)))
        elif kind == "strcpy":
            out.append((kind, text))
        elif kind in ("snprintf", "scnprintf"):
            out.append((kind, pick.randint(1, SIZE), text, pick.choice((7, -12, 345678))))
        else:
            out.append((kind, text, pick.randint(0, SIZE)))
    return out


def kernel_line(op: tuple) -> str:
    """One call as kernel Python."""
    kind, *args = op
    if kind == "store":
        return f"b[{args[0]}] = {args[1]}"
    if kind in ("snprintf", "scnprintf"):
        return f'n = {kind}(b, {args[0]}, "%s%d", "{args[1]}", {args[2]})'
    shown = ", ".join(f'"{a}"' if isinstance(a, str) else str(a) for a in args)
    return f"{kind}(b, {shown})"


def by_libc(ops: list[tuple]) -> bytes:
    """The buffer's bytes after the calls.  What strcpy and snprintf leave behind their NUL the machine forgets."""
    libc, buffer = c_library(), ctypes.create_string_buffer(SIZE)
    for kind, *args in ops:
        if kind == "store":
            buffer[args[0]] = args[1]
        elif kind == "strcpy":
            libc.strcpy(buffer, args[0].encode())
        elif kind == "strncpy":
            libc.strncpy(buffer, args[0].encode(), ctypes.c_size_t(args[1]))
        elif kind == "memset":
            libc.memset(buffer, args[0], ctypes.c_size_t(args[1]))
        else:
            libc.snprintf(buffer, ctypes.c_size_t(args[0]), b"%s%d", args[1].encode(), ctypes.c_int(args[2]))
        if kind in ("strcpy", "snprintf", "scnprintf"):
            buffer.raw = buffer.value.ljust(SIZE, b"\0")
    return buffer.raw


@pytest.mark.parametrize("stores", [False, True], ids=["calls", "calls_and_stores"])
def test_a_buffer_holds_what_c_leaves_in_it(stores: bool) -> None:
    """Its text and length after each sequence; the characters up to the NUL."""

    pick, wrong = random.Random(SEED), []
    for _ in range(SEQUENCES):
        ops = sequence(pick, stores)
        raw = by_libc(ops)
        if 0 not in raw:
            continue  # no NUL: strlen runs past the end, in C as here
        text = raw[: raw.index(0)]
        shown = 'printk("%d", strlen(b))', *(f'printk("%d", b[{i}])' for i in range(len(text) + 1))
        trace = drive("b = char_array(8)\n\n\n" + lines("global b", *map(kernel_line, ops), *shown))
        expected = [str(len(text)), *map(str, text), "0"]
        # a char is signed or not as the machine likes: only its 8 bits are compared
        got = (
            [printed(trace)[0], *(str(int(x) & 255) for x in printed(trace)[1:])] if not fault(trace) else fault(trace)
        )
        if expected != got:
            wrong.append((ops, expected, got))
    assert [] == wrong


@pytest.mark.parametrize("a", TEXTS)
@pytest.mark.parametrize("b", ["", "ab", "abd", "alert", "seven"])
def test_strncmp_says_what_c_says(a: str, b: str) -> None:
    """The sign, for every length."""

    libc = c_library()
    signs = [libc.strncmp(a.encode(), b.encode(), ctypes.c_size_t(n)) for n in range(9)]
    body = [f'printk("%d", strncmp("{a}", "{b}", {n}))' for n in range(9)]

    assert [str((x > 0) - (x < 0)) for x in signs] == printed(drive(lines(*body)))


@pytest.mark.parametrize("first", ["", "ab", "abcd"])
@pytest.mark.parametrize("second", ["", "c", "cde", "cdefgh"])
def test_strcat_does_what_c_does_and_stops_where_the_buffer_ends(first: str, second: str) -> None:
    """In C the bytes behind the buffer are overwritten."""

    trace = drive(
        "b = char_array(8)\n\n\n" + lines(f'strcpy(b, "{first}")', f'strcat(b, "{second}")', 'printk("%s", b)')
    )
    buffer = ctypes.create_string_buffer(first.encode(), 32)
    c_library().strcat(buffer, second.encode())

    text = buffer.value.decode()
    assert ([text], "") == (printed(trace), fault(trace)) if len(text) < 8 else "text_overflow" == fault(trace)


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("text", ["", "a", "abcd", "abcdefg"])
def test_the_l_and_s_forms_always_end_with_a_nul(text: str, size: int) -> None:
    """As much as fits; the two results differ in what they say of what did not."""

    body = [
        'strcpy(b, "?")',
        f'printk("%d %s", strlcpy(b, "{text}", {size}), b)',
        'strcpy(b, "?")',
        f'printk("%d %s", strscpy(b, "{text}", {size}), b)',
    ]
    fits = text[: max(0, size - 1)] if size else "?"
    wanted = [f"{len(text)} {fits}", f"{len(text) if len(text) < size else -7} {fits}"]
    statics = "b = char_array(8)\n\n\n"

    assert [wanted[0]] == printed(drive(statics + lines(*body[:2])))
    assert [wanted[1]] == printed(drive(statics + lines(*body[2:])))


@pytest.mark.parametrize(
    "size, expected", [(4, "5 abc"), (5, "5 abcd"), (6, "5 abcde"), (8, "5 abcde"), (2, "bug"), (1, "bug")]
)
def test_strlcat_counts_what_is_there(size: int, expected: str) -> None:
    """The size is that of the whole buffer; one that the text already fills is a bug, as the kernel says."""

    body = ['strcpy(b, "ab")', f'n = strlcat(b, "cde", {size})', 'printk("%d %s", n, b)']
    trace = drive("b = char_array(8)\n\n\n" + lines(*body))

    assert expected == (fault(trace) or printed(trace)[0])


@pytest.mark.parametrize(
    "call", ['strlcpy(b, "abcdefgh", 20)', 'strscpy(b, "abcdefgh", 20)', 'scnprintf(b, 20, "12345678")']
)
def test_a_size_larger_than_the_buffer_does_not_help(call: str) -> None:
    """The machine knows how large it is."""

    assert "text_overflow" == fault(drive("b = char_array(8)\n\n\n" + lines(f"n = {call}")))


def test_strncmp_needs_no_nul_within_its_count() -> None:
    """Beyond it, it does."""

    body = ['strncpy(b, "abcd", 4)', 'printk("%d", strncmp(b, "abcd", 4))', 'n = strncmp(b, "abcde", 5)']
    trace = drive("b = char_array(4)\n\n\n" + lines(*body))

    assert (["0"], "out_of_bounds") == (printed(trace), fault(trace))


@pytest.mark.parametrize("make", ['kstrdup("id 42", GFP_ATOMIC)', 'kasprintf(GFP_ATOMIC, "id %d", 42)'])
def test_memory_with_a_text_is_as_long_as_it_and_may_fail(make: str) -> None:
    """Five characters and a NUL; NULL if there is none; it must be freed like any other."""

    body = [f"p = {make}", "if p == NULL:", '    printk("none")', "else:", '    printk("%s, %d bytes", p, ksize(p))']
    assert ["id 42, 6 bytes"] == printed(drive(lines(*body)))
    assert ["none"] == printed(drive(lines(*body), prefer=("fail/*",), faults=[Fault("kmalloc")]))


def test_kstrdup_of_nothing_is_nothing() -> None:
    """NULL gives NULL."""

    assert ["1"] == printed(drive(lines('printk("%d", kstrdup(NULL, GFP_ATOMIC) == NULL)')))
    unknown = ["p = ptr()", 'printk("%d", kstrdup(p, GFP_ATOMIC) == NULL)']
    assert ["1"] == printed(drive(lines(*unknown)))


def test_ksize_of_what_was_freed_is_a_fault() -> None:
    """As any other use."""

    assert "use_after_free" == fault(drive(lines("p = kmalloc(8, GFP_ATOMIC)", "kfree(p)", "n = ksize(p)")))


def test_characters_behind_the_nul_are_kept() -> None:
    """Writing over the NUL brings back what stood behind it."""

    body = ['strcpy(b, "abc")', "b[1] = 0", "b[1] = 'x'", 'printk("%s", b)']
    assert ["axc"] == printed(drive("b = char_array(8)\n\n\n" + lines("global b", *body)))


def test_every_element_of_a_full_buffer_can_be_read() -> None:
    """strncpy may leave no NUL: the elements are in bounds all the same."""

    trace = drive("b = char_array(4)\n\n\n" + lines("global b", 'strncpy(b, "abcdef", 4)', 'printk("%d", b[3])'))
    assert (["100"], "") == (printed(trace), fault(trace))


def test_a_text_without_its_nul_is_a_fault_to_read() -> None:
    """strlen would run past the end."""

    trace = drive("b = char_array(4)\n\n\n" + lines("global b", 'strncpy(b, "abcdef", 4)', "n = strlen(b)"))
    assert fault(trace)
