"""Integers of kernel Python against C: seeded random expressions, evaluated by gcc's code and by the machine."""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.machine.drive import drive, fault, lines, printed

SEED, EXPRESSIONS, BATCH = 20050301, 80, 20
C_TYPES = {f"{s}{bits}": f"{'u' if s == 'u' else ''}int{bits}_t" for s in "us" for bits in (8, 16, 32, 64)}
EDGES = (0, 1, 2, 3, 5, 7, 31, 32, 63, 100, 127, 128, 200, 255, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
LITERALS = ("-7", "-1", "0", "1", "2", "3", "5", "8", "17", "100", "255", "256", "65535")
HEAD = """
#include <stdint.h>
#include <setjmp.h>
static jmp_buf out;
static int cause;
static void leave(int n) { cause = n; longjmp(out, 1); }
void __ubsan_handle_add_overflow(void *d, void *a, void *b) { leave(1); }
void __ubsan_handle_sub_overflow(void *d, void *a, void *b) { leave(1); }
void __ubsan_handle_mul_overflow(void *d, void *a, void *b) { leave(1); }
void __ubsan_handle_negate_overflow(void *d, void *a) { leave(1); }
void __ubsan_handle_divrem_overflow(void *d, void *a, void *b) { leave(2); }
void __ubsan_handle_shift_out_of_bounds(void *d, void *a, void *b) {
    leave((uintptr_t)b < 64 && (intptr_t)a < 0 ? 4 : 3);
}
#define EVALUATE(n, body) int f##n(int64_t *result) { cause = 0; if (!setjmp(out)) { body } return cause; }
"""
"""gcc's sanitizer calls these where C leaves the result open: there the kernel's log line and the verdict are ours."""
OPEN_IN_C = 4
"""A negative number shifted to the left: C leaves it open, gcc and the kernel do not."""
FAULTS = {1: {"overflow"}, 2: {"divide_by_zero", "overflow"}, 3: {"shift", "overflow"}}
COMPARISONS = "== != < <= > >="


def wrap(value: int, type_: str) -> int:
    """*value* as a variable of *type_* holds it."""
    bits = int(type_[1:])
    value &= (1 << bits) - 1
    return value - (1 << bits) if type_[0] == "s" and value >> (bits - 1) else value


def c_literal(value: int) -> str:
    """A 64-bit constant of C; the smallest number has no literal of its own."""
    return "(-9223372036854775807LL - 1)" if value == -(2**63) else f"{value}{'U' if value >= 2**63 else ''}LL"


@dataclass(frozen=True)
class Sample:
    """An expression over declared variables, as kernel Python and as C, and the type of the variable it ends in."""

    variables: tuple[tuple[str, str, int], ...]
    python: str
    c: str
    result: str

    def kernel(self) -> list[str]:
        """Lines that compute it, print it as a signed number of 64 bits, and say whether it is below 0."""
        declared = [f"{name} = {type_}({value})" for name, type_, value in self.variables]
        return [*declared, f"r: {self.result} = {self.python}", 'printk("%ld %d", r, r < 0)']

    def shown(self, value: int) -> str:
        """What the lines print for C's value."""
        return f"{value} {int(value < 0 and self.result[0] == 's')}"

    def function(self, n: int) -> str:
        """The same in C."""
        declared = "".join(f"volatile {C_TYPES[t]} {name} = {c_literal(v)}; " for name, t, v in self.variables)
        return f"EVALUATE({n}, {declared} __auto_type t = {self.c}; {C_TYPES[self.result]} r = t; *result = r;)"


class Writer:
    """Random expressions from a seed: *types* of the variables, *operators* to join them, at most *depth* deep."""

    def __init__(self, seed: int, types: str, operators: str, depth: int = 3) -> None:
        self.random, self.types, self.operators = random.Random(seed), types.split(), operators.split()
        self.depth = depth

    def samples(self) -> list[Sample]:
        return [self.sample() for _ in range(EXPRESSIONS)]

    def sample(self) -> Sample:
        variables = tuple((n, t, self.number(t)) for n in "abc" for t in (self.random.choice(self.types),))
        python, c = self.expression(self.random.randint(1, self.depth))
        return Sample(variables, python, c, self.random.choice(("u8", "u16", "u32", "u64", "s64", "s64")))

    def number(self, type_: str) -> int:
        value = self.random.choice(EDGES) + self.random.choice((0, 0, 0, -1, 1))
        return wrap(self.random.choice((1, -1)) * value, type_)

    def expression(self, depth: int) -> tuple[str, str]:
        """A bracketed expression; never an operator between two literals, which C would compute in 32 bits."""
        if not depth:
            name = self.random.choice("abc")
            return name, name
        op, left = self.random.choice(self.operators), self.expression(depth - 1)
        if op in ("neg", "~"):
            sign = "-" if op == "neg" else "~"
            return f"({sign}{left[0]})", f"({sign}{left[1]})"
        right = self.expression(self.random.randint(0, depth - 1))
        if op in ("<<", ">>"):
            right = (str(self.random.randint(0, 31)),) * 2 if self.random.random() < 0.8 else right
        elif self.random.random() < 0.4:
            right = (self.random.choice(LITERALS),) * 2
            left, right = (left, right) if self.random.random() < 0.7 else (right, left)
        python = f"({left[0]} {'//' if op == '/' else op} {right[0]})"
        return python, f"{'(int64_t)' if op in COMPARISONS.split() else ''}({left[1]} {op} {right[1]})"


ALL = "+ - * / % & | ^ << >> neg ~ "
FAMILIES = {
    "undeclared": Writer(SEED, "s64", ALL + COMPARISONS),
    "u32": Writer(SEED + 1, "u32", ALL),
    "u32_compared": Writer(SEED + 2, "u32", COMPARISONS, depth=1),
    "u64": Writer(SEED + 3, "u64", ALL),
    "wide": Writer(SEED + 4, "u32 u64 s64", ALL),
    "wide_compared": Writer(SEED + 5, "u32 u64 s64", COMPARISONS, depth=1),
    "narrow": Writer(SEED + 6, "u8 u16 s8 s16 s64", "+ - & | ^ ~ neg"),
    "u32_beside_s32": Writer(SEED + 7, "u32 s32", "+ - & | ^", depth=1),
    "u32_compared_with_s32": Writer(SEED + 8, "u32 s32", COMPARISONS, depth=1),
}


def compiled(directory: Path, samples: list[Sample]) -> list[tuple[int, int]]:
    """``(cause, value)`` of each sample by gcc; cause 0 where C says what the value is."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc here: nothing to compare with")
    source, library = directory / "samples.c", directory / "samples.so"
    source.write_text(HEAD + "\n".join(s.function(n) for n, s in enumerate(samples)))
    checks = "-fsanitize=signed-integer-overflow,shift,integer-divide-by-zero"
    options = ["-shared", "-fPIC", "-O0", "-w", checks, "-fsanitize-recover=all", "-nostdlib"]
    made = subprocess.run([compiler, *options, "-o", library, source, "-lc"], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"gcc cannot build a shared object here: {made.stderr[:200]}")
    functions, out = ctypes.CDLL(str(library)), []
    for n in range(len(samples)):
        value = ctypes.c_int64(0)
        cause = getattr(functions, f"f{n}")(ctypes.byref(value))
        out.append((cause, value.value))
    return out


def simulated(samples: list[Sample]) -> list[str]:
    """What the machine prints for each: a function each, so that their variables have nothing to do with each other."""
    text = "".join(f"def f{n}():\n" + "".join(f"    {x}\n" for x in s.kernel()) + "\n" for n, s in enumerate(samples))
    trace = drive(text + lines(*(f"f{n}()" for n in range(len(samples)))))
    assert "" == fault(trace)
    return printed(trace)


@pytest.mark.parametrize("family", FAMILIES)
def test_arithmetic_is_that_of_c(family: str, tmp_path: Path) -> None:
    """Every width, wrap, conversion, shift, division and comparison; where C leaves it open, a fault and no value."""

    samples = FAMILIES[family].samples()
    found = compiled(tmp_path, samples)
    plain = [(s, value) for s, (cause, value) in zip(samples, found, strict=True) if not cause]
    assert len(plain) > EXPRESSIONS // 3
    wrong = []
    for start in range(0, len(plain), BATCH):
        part = plain[start : start + BATCH]
        got = simulated([s for s, _ in part])
        wrong += [(s, v, g) for (s, v), g in zip(part, got, strict=True) if s.shown(v) != g]
    assert [] == wrong
    for s, (cause, _) in zip(samples, found, strict=True):
        if cause and cause != OPEN_IN_C and "s32" not in family:
            assert fault(drive(lines(*s.kernel()))) in FAULTS[cause], s


@pytest.mark.parametrize(
    "lines_, result",
    [
        (["a: u8 = 200", "a += 100", 'printk("%d", a)'], "44"),
        (["a: u16 = 0", "a -= 1", 'printk("%d", a)'], "65535"),
        (["a: u32 = 0xFFFFFFFF", "a *= a", 'printk("%u", a)'], "1"),
        (["a: u64 = 0", "a -= 1", 'printk("%lu", a)'], "18446744073709551615"),
        (["a = -7", 'printk("%d %d", a // 2, a % 2)'], "-3 -1"),
        (["a = 7", 'printk("%d %d", a // -2, a % -2)'], "-3 1"),
        (['printk("%d %d", -7 // 2, -7 % 2)'], "-3 -1"),
        (["a = 1 << 40", 'printk("%ld", a)'], "1099511627776"),
        (["a = -1", 'printk("%ld", a >> 70 - 7)'], "-1"),
        (["a: u32 = 3", 'printk("%d %d", 0 < a < 5, 5 < a < 9)'], "1 0"),
        (["a = 5", 'printk("%d %d %d", not a, not not a, a and 0)'], "0 1 0"),
        (["a: u32 = 1", 'printk("%d", -1 < a)'], "0"),
        (["a = 3 if 0 else 4", 'printk("%d", a)'], "4"),
    ],
)
def test_an_assignment_keeps_the_width(lines_: list[str], result: str) -> None:
    """Worked by hand: wrap of the unsigned, truncation of `//` and `%`, chains, truth values of 1 and 0."""

    assert [result] == printed(drive(lines(*lines_)))


@pytest.mark.parametrize(
    "lines_, cause",
    [
        (["a = 0x7FFFFFFFFFFFFFFF", "a += 1"], "overflow"),
        (["a = -0x7FFFFFFFFFFFFFFF - 1", "a = -a"], "overflow"),
        (["a: s8 = 127", "a += 1"], "overflow"),
        (["a: s32 = -0x80000000", "a -= 1"], "overflow"),
        (["a = 1 << 63"], "overflow"),
        (["a = 3", "b = 1 << a - 4"], "shift"),
        (["a: u32 = 1", "a = a << 32"], "shift"),
        (["a = 0", "b = 5 // a"], "divide_by_zero"),
        (["a = 0", "b = 5 % a"], "divide_by_zero"),
        (["b = 5 // 0"], "divide_by_zero"),
    ],
)
def test_what_c_leaves_open_is_a_fault(lines_: list[str], cause: str) -> None:
    """Signed overflow, a shift by less than 0 or the width and more, division by 0."""

    assert cause == fault(drive(lines(*lines_)))


def test_a_shift_of_the_unsigned_drops_bits() -> None:
    """u32 << 31 keeps 32 bits; u8 is widened first, and cut when it is stored."""

    body = ["a: u32 = 3", "b: u8 = 0xF0", "c: u8 = b << 1", 'printk("%u %d %d", a << 31, b << 1, c)']
    assert ["2147483648 480 224"] == printed(drive(lines(*body)))


def test_only_what_c_evaluates_is_evaluated() -> None:
    """`and`, `or` and the conditional stop where C's do: the division by 0 behind them never happens."""

    body = ["z = 0", "a = z and 1 // z", "b = 1 or 1 // z", "c = 7 if not z else 1 // z", 'printk("%d %d %d", a, b, c)']
    assert ["0 1 7"] == printed(drive(lines(*body)))


WORDS = {
    "xchg_of_a_u16": ("t = array(u16, 2)\n", ["t[1] = 7", "x = xchg(t[1], -1)"], "x * 100000 + t[1]", "765535"),
    "xchg_of_an_s8": ("t = s8(5)\n", ["x = xchg(t, 200)"], "x * 1000 + t", "4944"),
    "cmpxchg_converts_what_it_compares": ("t = u32(0xFFFFFFFF)\n", ["x = cmpxchg(t, -1, 3)"], "t", "3"),
    "cmpxchg_leaves_what_differs": ("t = u32(4)\n", ["x = cmpxchg(t, 5, 3)"], "x * 10 + t", "44"),
    "the_sign_bit_of_an_s8": ("t = s8(0)\n", ["x = test_and_set_bit(7, t)"], "x * 1000 + t", "-128"),
    "the_highest_bit_of_a_u64": ("t = u64(0)\n", ["set_bit(63, t)"], "t == 0x8000000000000000", "1"),
    "an_atomic_has_32_bits": ("t = ATOMIC_INIT(0x7FFFFFFF)\n", [], "atomic_inc_return(t)", "-2147483648"),
    "an_atomic_wraps_downwards": ("t = ATOMIC_INIT(-0x80000000)\n", [], "atomic_dec_return(t)", "2147483647"),
    "min_in_the_type_of_both": ("t = u64(5)\n", ["b = -1"], "min(b, t)", "5"),
    "max_of_the_signed": ("", ["a = -1", "b = -2"], "max(a, b)", "-1"),
    "bits_counted": ("t = u32(0xF0)\n", [], "ffs(t) * 10000 + fls(t) * 100 + hweight32(t)", "50804"),
    "bits_of_nothing": ("t = u32(0)\n", [], "ffs(t) * 100 + fls(t) * 10 + hweight32(t)", "0"),
}


@pytest.mark.parametrize("claim", WORDS)
def test_operations_in_one_step_keep_the_width(claim: str) -> None:
    """xchg, cmpxchg, bit operations, atomic_t and the macros: worked by hand."""

    before, body, shown, result = WORDS[claim]
    names = ["global t"] if before else []
    assert [result] == printed(drive(before + "\n\n" + lines(*names, *body, f'printk("%ld", {shown})')))
