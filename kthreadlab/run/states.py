"""The states that a search has found, in the order of discovery: each has the number of its place.

A few are kept as they are.  Of many, the two halves are kept: most cells do not change in a step, so there are far
fewer halves than states.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator

MANY = 250_000
"""As many states are kept as they are: that takes twice the memory, and a fourth less of time."""


class States:
    """The states as they are.  *add(state, count)* gives the number of a state, which is *count* if it is new: *keep*
    must be called then.  *number(state)*: its number, or None."""

    def __init__(self, first: tuple) -> None:
        self.states, self.index = [first], {first: 0}
        self.add, self.keep, self.number = self.index.setdefault, self.states.append, self.index.get

    def __len__(self) -> int:
        return len(self.states)

    def __getitem__(self, n: int) -> tuple:
        return self.states[n]

    def __iter__(self) -> Iterator[tuple]:
        return iter(self.states)

    def after(self, n: int) -> Iterator[tuple]:
        """The states from number *n* on, those included that are found meanwhile."""
        found = iter(self.states)
        for _ in range(n):
            next(found)
        return found

    def close(self) -> None:
        """No state will be looked for any more."""
        self.index = {}
        del self.add, self.number


class Halves:
    """States of which the halves are kept.  Like `States`, but *add* keeps what is new."""

    def __init__(self, states: Iterable[tuple], cut: int) -> None:
        self.cut = cut
        self.left: list[tuple] = []
        self.right: list[tuple] = []
        self.lefts: dict[tuple, int] = {}
        self.rights: dict[tuple, int] = {}
        self.codes: dict[int, int] = {}
        self.at = array("i")  # of each state the number of its left half, then of its right one
        self.add = self._adder()
        for n, s in enumerate(states):
            self.add(s, n)

    def _adder(self) -> Callable[[tuple, int], int]:
        cut, lefts, rights, codes = self.cut, self.lefts.setdefault, self.rights.setdefault, self.codes.setdefault
        keep_left, keep_right, keep = self.left.append, self.right.append, self.at.append
        last, end = 0, 0  # the numbers of the next new halves

        def add(state: tuple, count: int) -> int:
            nonlocal last, end
            a = lefts(half := state[:cut], last)
            if a == last:
                keep_left(half)
                last += 1
            b = rights(half := state[cut:], end)
            if b == end:
                keep_right(half)
                end += 1
            n = codes(a << 32 | b, count)
            if n == count:
                keep(a)
                keep(b)
            return n

        return add

    def keep(self, state: tuple) -> None:
        """`add` has done it."""

    def __len__(self) -> int:
        return len(self.at) // 2

    def __getitem__(self, n: int) -> tuple:
        n = n if n >= 0 else len(self) + n
        return self.left[self.at[2 * n]] + self.right[self.at[2 * n + 1]]

    def __iter__(self) -> Iterator[tuple]:
        return self.after(0)

    def after(self, n: int) -> Iterator[tuple]:
        at, left, right = self.at, self.left, self.right
        n *= 2
        while n < len(at):
            yield left[at[n]] + right[at[n + 1]]
            n += 2

    def number(self, state: tuple) -> int | None:
        a, b = self.lefts.get(state[: self.cut]), self.rights.get(state[self.cut :])
        return None if a is None or b is None else self.codes.get(a << 32 | b)

    def close(self) -> None:
        self.codes, self.lefts, self.rights = {}, {}, {}
        del self.add
