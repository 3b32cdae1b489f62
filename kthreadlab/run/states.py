"""The states that a search has found, in the order of discovery: each has the number of its place.

A few are kept as they are.  Of many, the two halves are kept: most cells do not change in a step, so there are far
fewer halves than states.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import add
from typing import overload

from kthreadlab.compile.cells import State
from kthreadlab.compile.limits import MAX_STATES

MANY = MAX_STATES
"""As many states are kept as they are: that takes three times the memory, and a fifth less of time."""
SAMPLE = 5_000
"""So many states are looked at to find out where to cut."""


class States:
    """The states as they are.  *add(state, count)* gives the number of a state, which is *count* if it is new: *keep*
    must be called then.  *number(state)*: its number, or None."""

    def __init__(self, first: State) -> None:
        self.states, self.index = [first], {first: 0}
        self.add, self.keep, self.number = self.index.setdefault, self.states.append, self.index.get

    def __len__(self) -> int:
        return len(self.states)

    def __getitem__(self, n: int) -> State:
        return self.states[n]

    def __iter__(self) -> Iterator[State]:
        return iter(self.states)

    def after(self, n: int) -> Iterator[State]:
        """The states from number *n* on, those included that are found meanwhile."""
        return islice(self.states, n, None)

    def close(self) -> Sequence[State]:
        """No state will be looked for any more: all of them."""
        self.index = {}
        del self.add, self.number
        return self.states


class Halves(Sequence[State]):
    """States of which the halves are kept, each once.  Like `States`, but *add* keeps what is new.

    ``rows`` has for each left half itself, and of each right half that occurs with it the number of the whole."""

    def __init__(self, states: States) -> None:
        self.cut = middle_of(states.states)
        self.left: list[State] = []
        self.right: list[State] = []
        self.rows: dict[State, tuple[State, dict[State, int]]] = {}
        self.rights: dict[State, State] = {}
        self.add = self._adder()
        for n, s in enumerate(states):
            self.add(s, n)

    def _adder(self) -> Callable[[State, int], int]:
        cut, rows, row_of, once = self.cut, self.rows, self.rows.get, self.rights.setdefault
        keep_left, keep_right = self.left.append, self.right.append

        def add(state: State, count: int) -> int:
            right = state[cut:]
            row = row_of(state[:cut])
            if row is None:
                left = state[:cut]
                row = rows[left] = left, {}
            left, numbers = row
            n = numbers.get(right)
            if n is None:
                n, right = count, once(right, right)
                numbers[right] = n
                keep_left(left)
                keep_right(right)
            return n

        return add

    def keep(self, state: State) -> None:
        """`add` has done it."""

    def __len__(self) -> int:
        return len(self.left)

    @overload
    def __getitem__(self, n: int) -> State: ...

    @overload
    def __getitem__(self, n: slice) -> Sequence[State]: ...

    def __getitem__(self, n: int | slice) -> State | Sequence[State]:
        if isinstance(n, slice):
            return list(map(add, self.left[n], self.right[n]))
        return self.left[n] + self.right[n]

    def __iter__(self) -> Iterator[State]:
        return self.after(0)

    def after(self, n: int) -> Iterator[State]:
        """The states from number *n* on."""
        return map(add, islice(self.left, n, None), islice(self.right, n, None))

    def number(self, state: State) -> int | None:
        """The number of a state; None if it is new."""
        row = self.rows.get(state[: self.cut])
        return None if row is None else row[1].get(state[self.cut :])

    def close(self) -> Sequence[State]:
        """No more will come: what only finds them again goes."""
        self.rows, self.rights = {}, {}
        del self.add
        return self


def middle_of(states: list[State]) -> int:
    """Where to cut these states, so that there are about as many left halves as right ones, and few of both."""
    some = states[:: -(-len(states) // SAMPLE)]

    def is_behind(cut: int) -> bool:
        return len({s[:cut] for s in some}) >= len({s[cut:] for s in some})

    return 1 + bisect(range(1, len(some[0]) - 1), False, key=is_behind)
