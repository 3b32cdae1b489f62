"""Char buffers against the C library: seeded random sequences of calls on one buffer, byte by byte."""

from __future__ import annotations

import ctypes
import random

import pytest

from tests.machine.drive import drive, fault, lines, printed
from tests.machine.test_formats import c_library

SEED, SEQUENCES, SIZE = 8, 60, 8
TEXTS = ("", "a", "abc", "bin", "alert", "seven77")


def sequence(pick: random.Random, stores: bool) -> list[tuple]:
    """A few calls that all stay within the buffer; *stores* of single characters anywhere, or none."""
    kinds = ["strcpy", "strncpy", "snprintf", "memset"] + ["store"] * 4 * stores
    out: list[tuple] = []
    for _ in range(pick.randint(1, 5)):
        kind, text = pick.choice(kinds), pick.choice(TEXTS)
        if kind == "store":
            out.append((kind, pick.randrange(SIZE), pick.choice((0, 65, 120, 200))))
        elif kind == "memset":
            out.append((kind, pick.choice((0, 0, 66)), pick.randint(0, SIZE)))
        elif kind == "strcpy":
            out.append((kind, text))
        elif kind == "snprintf":
            out.append((kind, pick.randint(1, SIZE), text, pick.choice((7, -12, 345678))))
        else:
            out.append((kind, text, pick.randint(0, SIZE)))
    return out


def kernel_line(op: tuple) -> str:
    """One call as kernel Python."""
    kind, *args = op
    if kind == "store":
        return f"b[{args[0]}] = {args[1]}"
    if kind == "snprintf":
        return f'n = snprintf(b, {args[0]}, "%s%d", "{args[1]}", {args[2]})'
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
        if kind in ("strcpy", "snprintf"):
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
