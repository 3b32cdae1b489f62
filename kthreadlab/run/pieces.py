"""What is made from states, made once for all states that agree where it looks.

Of tens of thousands of states there are only a few different tasks, queues and sentences.  Which cells one is made from
is declared nowhere: it is watched (`Watched`), and hung into a tree that asks for the same cells in the same order.
So it is exact, whatever makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, Generic, SupportsIndex, TypeVar

from kthreadlab.compile.cells import Cell, State

T = TypeVar("T", bound=Hashable)
Tree = Any
"""A number, or a cell and, for each of its values, a tree; None: nothing is known yet."""


class Watched(tuple[Cell, ...]):
    """A state that writes down which of its cells are looked at, in order, into *seen*; but not *own* ones, whose
    values follow from others."""

    seen: list[int]
    own: Collection[int] = ()

    def note(self, cells: Iterable[int]) -> None:
        """These cells are being looked at."""
        self.seen.extend(n for n in cells if n not in self.own)

    def __getitem__(self, n: SupportsIndex | slice) -> Cell:
        self.note(range(len(self))[n] if isinstance(n, slice) else (range(len(self))[n],))
        return tuple.__getitem__(self, n)

    def __iter__(self) -> Iterator[Cell]:
        self.note(range(len(self)))
        return tuple.__iter__(self)

    def __contains__(self, value: object) -> bool:
        self.note(range(len(self)))
        return tuple.__contains__(self, value)

    def __eq__(self, other: object) -> bool:
        self.note(range(len(self)))
        return tuple.__eq__(self, other)

    def __hash__(self) -> int:
        self.note(range(len(self)))
        return tuple.__hash__(self)


class WatchedCells(list[Cell]):
    """The cells of a step under way, which began in a `Watched` state.  What it has written itself it may look at."""

    def __init__(self, s: Watched) -> None:
        super().__init__(tuple.__iter__(s))
        self.before, self.written = s, set[int]()

    def __getitem__(self, n: SupportsIndex | slice) -> Cell:
        here = range(len(self))[n] if isinstance(n, slice) else (range(len(self))[n],)
        self.before.note(x for x in here if x not in self.written)
        return list.__getitem__(self, n)

    def __iter__(self) -> Iterator[Cell]:
        self.before.note(x for x in range(len(self)) if x not in self.written)
        return list.__iter__(self)

    def __contains__(self, value: object) -> bool:
        self.before.note(x for x in range(len(self)) if x not in self.written)
        return list.__contains__(self, value)

    def __setitem__(self, n: SupportsIndex | slice, value: Cell) -> None:
        list.__setitem__(self, n, value)
        self.written.update(range(len(self))[n] if isinstance(n, slice) else (range(len(self))[n],))

    def now(self) -> Watched:
        """The state as it is at this moment of the step."""
        s = Watched(list.__iter__(self))
        s.seen, s.own = self.before.seen, {*self.before.own, *self.written}
        return s


def cells_of(s: State) -> list[Cell]:
    """The cells of a step that begins in *s*: what generated code calls ``list``."""
    return WatchedCells(s) if isinstance(s, Watched) else list(s)


def state_of(c: list[Cell]) -> State:
    """The state that the cells of a step are at this moment."""
    return c.now() if isinstance(c, WatchedCells) else tuple(c)


class Piece(Generic[T]):
    """A function of a state that is called once for all states that agree in the cells it looks at.  Its *values* have
    numbers, in the order in which they came up; pieces may share them."""

    def __init__(self, make: Callable[[State], T], values: dict[T, int] | None = None) -> None:
        self.make = make
        self.values: dict[T, int] = {} if values is None else values
        self._tree: Tree = None  # the number of a value, or (cell, {what is in it: the tree below})

    def __call__(self, s: State) -> int:
        """The number of the value that state *s* has."""
        node: Tree = self._tree
        while type(node) is tuple:
            node = node[1].get(s[node[0]])
        return self._new(s) if node is None else node

    def _new(self, s: State) -> int:
        watched = Watched(s)
        watched.seen = []
        number = self.values.setdefault(self.make(watched), len(self.values))
        path = list(dict.fromkeys(watched.seen))
        if not path:
            self._tree = number
            return number
        node: Tree = self._tree or (path[0], {})
        self._tree = node
        for n, after in zip(path, path[1:], strict=False):
            assert node[0] == n, "internal: what is looked at next must follow from what was there"
            node = node[1].setdefault(s[n], (after, {}))
        assert node[0] == path[-1], "internal: what is looked at next must follow from what was there"
        node[1][s[path[-1]]] = number
        return number
