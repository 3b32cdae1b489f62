"""printk and its family against the C library's snprintf: seeded random formats and arguments."""

from __future__ import annotations

import ctypes
import ctypes.util
import random

import pytest

from kthreadlab import Config, Scenario, explore
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module

SEED, CASES, BATCH = 21072005, 240, 24
NUMBERS = (0, 1, -1, 5, -5, 42, 255, -200, 65535, 2**31 - 1, -(2**31), 2**32 - 1, 2**33 + 7, 2**63 - 1, -(2**63) + 1)
TEXTS = ("", "a", "alert", "/bin/alert", "two words")


def c_library() -> ctypes.CDLL:
    """The C library, or a skip where there is none to be found."""
    name = ctypes.util.find_library("c")
    if name is None:
        pytest.skip("no C library here: nothing to compare with")
    return ctypes.CDLL(name)


def by_libc(size: int, format_: str, *args: int | str) -> tuple[int, str]:
    """What snprintf returns and writes."""
    buffer = ctypes.create_string_buffer(size)
    values = [ctypes.c_char_p(a.encode()) if isinstance(a, str) else ctypes.c_long(a) for a in args]
    returned = c_library().snprintf(buffer, ctypes.c_size_t(size), format_.encode(), *values)
    return returned, buffer.value.decode()


def cases() -> list[tuple[str, tuple]]:
    """``(format, arguments)``: every flag, width, precision and length beside every conversion, from a seed."""
    pick, out = random.Random(SEED), []
    while len(out) < CASES:
        conversion = pick.choice("ddiuuxXocs%")
        flags = "".join(pick.sample("-+ #0", pick.choice((0, 0, 1, 1, 2)))) if conversion not in "cs%" else ""
        flags += pick.choice(("", "-")) if conversion in "cs" else ""
        width = pick.choice(("", "", "1", "5", "12")) if conversion != "%" else ""
        precision = pick.choice(("", "", "", ".0", ".3", ".7", ".")) if conversion not in "c%" else ""
        length = pick.choice(("", "", "l", "ll", "h", "z")) if conversion in "diuxXo" else ""
        if "#" in flags and conversion in "diu":
            continue  # C leaves it open
        if set(flags) & set("+ ") and conversion in "uxXo":
            continue  # and this
        if conversion in "cs" and "0" in flags:
            continue
        argument = pick.choice(TEXTS) if conversion == "s" else pick.randint(33, 126) if conversion == "c" else None
        values = () if conversion == "%" else (pick.choice(NUMBERS) if argument is None else argument,)
        out.append((f"[%{flags}{width}{precision}{length}{conversion}]", values))
    return out


def argument(value: int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_formats_are_those_of_c() -> None:
    """Flags, width, precision, length and conversion give the same text as the C library's."""

    wrong, samples = [], cases()
    for start in range(0, CASES, BATCH):
        part = samples[start : start + BATCH]
        calls = [f"printk({', '.join([argument(f), *map(argument, values)])})" for f, values in part]
        got = printed(drive(lines(*calls)))
        wrong += [(f, v, g) for (f, v), g in zip(part, got, strict=True) if by_libc(200, f, *v)[1] != g]
    assert [] == wrong


@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, 16])
def test_snprintf_cuts_and_says_how_long_it_would_have_been(size: int) -> None:
    """As C's: at most size - 1 characters and a NUL; the result is the length of the whole text."""

    returned, text = by_libc(size, "%d-%s", 42, "abc")
    body = ["b = char_array(16)", f'n = snprintf(b, {size}, "%d-%s", 42, "abc")', 'printk("%d %s", n, b)']
    assert [f"{returned} {text}"] == printed(drive(lines(*body)))


def test_snprintf_of_no_size_writes_nothing() -> None:
    """A size of 0 only asks for the length."""

    body = ["b = char_array(4)", 'strcpy(b, "xy")', 'n = snprintf(b, 0, "%d", 12345)', 'printk("%d %s", n, b)']
    assert ["5 xy"] == printed(drive(lines(*body)))


@pytest.mark.parametrize("number", [0, 7, -7, 99999, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("capacity", [4, 11, 12])
def test_sprintf_past_the_capacity_is_a_fault(number: int, capacity: int) -> None:
    """What C would write past the end of the buffer is a detected overflow; what fits is written."""

    fits = by_libc(100, "%d", number)[0] < capacity
    trace = drive(lines(f"b = char_array({capacity})", f'n = sprintf(b, "%d", {number})', 'printk("%d %s", n, b)'))
    assert ("" if fits else "text_overflow") == fault(trace)
    assert ([f"{len(str(number))} {number}"] if fits else []) == printed(trace)


def test_a_format_may_ask_for_its_width() -> None:
    """`%*d` and `%.*d` take an argument more."""

    assert by_libc(50, "[%*d %.*d]", 5, 42, 3, 7)[1] == "[   42 007]"
    assert ["[   42 007]"] == printed(drive(lines('printk("[%*d %.*d]", 5, 42, 3, 7)')))


def test_a_nul_ends_a_text() -> None:
    """`%c` of 0 writes a NUL: the result counts it, strlen stops there."""

    body = ["b = char_array(8)", 'n = sprintf(b, "a%cb", 0)', 'printk("%d %d %s", n, strlen(b), b)']
    assert ["3 1 a"] == printed(drive(lines(*body)))


def test_a_missing_argument_is_a_fault() -> None:
    """C reads whatever lies on the stack."""

    assert "bad_pointer" == fault(drive(lines('printk("%d %d", 1)')))


@pytest.mark.parametrize("format_", ['"%d %d", 1', '"%s"', '"%s", 5', '"%*d", 1'])
def test_a_search_sees_a_format_that_does_not_fit(format_) -> None:
    """What faults when it is played faults when it is searched: nothing holds that a replay would break."""

    made = module(lines(f"printk({format_})", "return 0"))
    found = explore(made, Scenario("one", threads=["mykthread"]), Config(), ["no_oops"]).verdicts["no_oops"]

    assert (False, "bad_pointer") == (found.holds, found.cause)


def test_null_is_printed_as_such() -> None:
    """The kernel and the C library print (null)."""

    assert ["<(null)>"] == printed(drive(lines('printk("<%s>", NULL)')))
