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

SEED, EXPRESSIONS, BATCH = 20050301, 600, 20
C_TYPES = {f"{s}{bits}": f"{'u' if s == 'u' else ''}int{bits}_t" for s in "us" for bits in (8, 16, 32, 64)}
EDGES = (0, 1, 2, 3, 5, 7, 31, 32, 63, 100, 127, 128, 200, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
HEAD = """
#include <stdint.h>
#include <setjmp.h>
static jmp_buf out;
static int cause;
#define SEEN(name, n) void __ubsan_handle_##name(void *d, void *a, void *b) { cause = n; longjmp(out, 1); }
SEEN(add_overflow, 1)
SEEN(sub_overflow, 1)
SEEN(mul_overflow, 1)
SEEN(negate_overflow, 1)
SEEN(divrem_overflow, 2)
SEEN(shift_out_of_bounds, 3)
#define EVALUATE(n, body) int f##n(int64_t *r) { cause = 0; if (!setjmp(out)) { body } return cause; }
"""
"""gcc's sanitizer calls these where C leaves the result open: the kernel's log line and the verdict are ours there."""
FAULTS = {1: {"overflow"}, 2: {"divide_by_zero", "overflow"}, 3: {"shift", "overflow"}}


def wrap(value: int, type_: str) -> int:
    """*value* as a variable of *type_* holds it."""
    bits = int(type_[1:])
    value &= (1 << bits) - 1
    return value - (1 << bits) if type_[0] == "s" and value >> (bits - 1) else value


@dataclass(frozen=True)
class Sample:
    """An expression over declared variables, as kernel Python and as C, and the type of the variable it ends in."""

    variables: tuple[tuple[str, str, int], ...]
    python: str
    c: str
    result: str

    @property
    def kernel(self) -> list[str]:
        """Lines that compute it into ``r``."""
        types = {"s64": "{n} = {v}"}
        declared = [types.get(t, f"{{n}} = {t}({{v}})").format(n=n, v=v) for n, t, v in self.variables]
        return [*declared, f"r = {self.result}({self.python})", f'printk("%{"lu" if self.result == "u64" else "ld"}", r)']

    def function(self, n: int) -> str:
        """The same in C."""
        declared = "".join(f"volatile {C_TYPES[t]} {name} = {literal(v)};" for name, t, v in self.variables)
        return f"EVALUATE({n}, {declared} {C_TYPES[self.result]} r = ({self.c}); *r_ = r;)".replace("*r_", "*out_")


def literal(value: int) -> str:
    """A 64-bit constant of C; the smallest number has no literal of its own."""
    return "(-INT64_C(9223372036854775807) - 1)" if value == -(2**63) else f"{value}{'U' if value >= 2**63 else ''}LL"


class Writer:
    """Random expressions from a seed."""

    def __init__(self, seed: int, types: tuple[str, ...], operators: str) -> None:
        self.random, self.types, self.operators = random.Random(seed), types, operators.split()

    def sample(self) -> Sample:
        pick = self.random
        variables = tuple((n, t, self.number(t)) for n in "abc" for t in (pick.choice(self.types),))
        python, c = self.expression(pick.randint(1, 3))
        return Sample(variables, python, c, pick.choice(("u8", "u16", "u32", "u64", "s64", "s64")))

    def number(self, type_: str) -> int:
        value = self.random.choice(EDGES) + self.random.choice((0, 0, 0, -1, 1))
        return wrap(self.random.choice((1, -1)) * value, type_)

    def expression(self, depth: int) -> tuple[str, str]:
        """A fully bracketed expression; never one operator on two literals (C would compute that in 32 bits)."""
        if not depth:
            name = self.random.choice("abc")
            return name, name
        left = self.expression(depth - 1)
        right = self.small() if self.random.random() < 0.3 else self.expression(self.random.randint(0, depth - 1))
        if self.random.random() < 0.15:
            left, right = right, left
        op = self.random.choice(self.operators)
        if op == "minus":
            return f"(-{left[0]})" if left[0][0] != "-" else "(-a)", f"(-{left[1]})" if left[1][0] != "-" else "(-a)"
        if op == "~":
            return f"(~{left[0]})", f"(~{left[1]})"
        if op in ("<<", ">>") and self.random.random() < 0.8:
            count = str(self.random.randint(0, 31))
            left = left if left[0].lstrip("-(~").isidentifier() or "(" in left[0] else ("a", "a")
            return f"({left[0]} {op} {count})", f"({left[1]} {op} {count})"
        python = f"({left[0]} {'//' if op == '/' else op} {right[0]})"
        return python, f"({left[1]} {op} {right[1]})"

    def small(self) -> tuple[str, str]:
        n = str(self.random.choice((-7, -1, 0, 1, 2, 3, 5, 8, 17, 100, 255, 256, 65535)))
        return n, n


FAMILIES = {
    "undeclared": Writer(SEED, ("s64",), "+ - * / % & | ^ << >> minus ~ == < <= != > >="),
    "u32": Writer(SEED + 1, ("u32",), "+ - * / % & | ^ << >> minus ~"),
    "u64": Writer(SEED + 2, ("u64",), "+ - * / % & | ^ << >> minus ~"),
    "wide": Writer(SEED + 3, ("u32", "u64", "s64"), "+ - * / % & | ^ << >> minus ~"),
    "narrow": Writer(SEED + 4, ("u8", "u16", "s8", "s16", "s64"), "+ - & | ^"),
    "u32_beside_s32": Writer(SEED + 5, ("u32", "s32"), "+ - & | ^"),
}
