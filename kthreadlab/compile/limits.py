"""What a machine and its search may cost.  All of it is counted and nothing is timed, so it is the same everywhere.

Whatever would cost more is *not decided*, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.lang import ir

MAX_STATES, MAX_SIZE = 500_000, 500_000_000
"""Of one portfolio: its states, and the bytes that they take."""
MAX_LINES = 150_000
"""Of generated code in one portfolio, a line being about an instruction in one context."""
MAX_TURNS = 5_000_000
"""Of loops without an operation in one portfolio, a turn being some ten instructions."""
SHARE = 4
"""One scenario on one configuration may take the portfolio's rest divided by this, and all of it at a second try."""
MAX_NODES = 20_000
"""Of one machine: operations in contexts."""
MAX_CONTEXTS = 64
"""In which one operation can be reached."""
MOST_TURNS = 10_000
"""A task that makes more turns of local loops than this, and no operation, is stuck in them."""
TURN = 10
"""Instructions that a turn of a local loop counts as one for."""
UNREDUCED = 4
"""Where no operation is left out, a machine may have so many times as many nodes and contexts."""


class LimitReached(Exception):
    """A machine or its search would cost too much: *reason* says in words what, and where."""

    def __init__(self, reason: str, pos: ir.Pos | None = None) -> None:
        super().__init__(f"{reason}, at line {pos.line} of {pos.file}" if pos is not None and pos.line else reason)

    @property
    def reason(self) -> str:
        """What was too much, and how much of it."""
        return str(self)


@dataclass
class Budget:
    """What is left to be spent: *states*, their *size* in bytes, *lines* of generated code, *turns* of local loops.
    *heap*: as many objects for each allocator as were needed so far."""

    states: int = MAX_STATES
    size: int = MAX_SIZE
    lines: int = MAX_LINES
    turns: int = MAX_TURNS
    heap: int = 2

    @classmethod
    def of(cls, most: int | Budget) -> Budget:
        """A budget of its own, or one for so many states, however large they are, if that is more than is usual."""
        if isinstance(most, Budget):
            return most
        return cls(most, MAX_SIZE * max(1, most // MAX_STATES))

    def share(self, parts: int = SHARE) -> Budget:
        """What one scenario on one configuration may spend of it: one of so many *parts*."""
        states, size, lines, turns = (max(0, x) // parts for x in (self.states, self.size, self.lines, self.turns))
        return Budget(states, size, lines, turns, self.heap)

    def settle(self, share: Budget, parts: int = SHARE) -> None:
        """Of a *share*, one of so many *parts*, no more than what is left of it comes back."""
        given = self.share(parts)
        self.states -= given.states - share.states
        self.size -= given.size - share.size
        self.lines -= given.lines - share.lines
        self.turns -= given.turns - share.turns
        self.heap = max(self.heap, share.heap)

    def spent(self) -> tuple[str, ...]:
        """What there is no more of, by its names."""
        return tuple(x for x in ("states", "size", "lines", "turns") if getattr(self, x) < (x == "states"))

    def turn(self, turns: int) -> None:
        """So many turns of a local loop have been made."""
        self.turns -= turns
        if self.turns < 0:
            raise LimitReached("loops that touch nothing of anybody else's turn too often in all")

    def write(self, lines: int, pos: ir.Pos) -> None:
        """So many lines of code have been generated."""
        self.lines -= lines
        if self.lines < 0:
            raise LimitReached("too many operations in too many contexts to be compiled", pos)

    def begin(self) -> None:
        """A machine is to be built.  Where no line may be generated any more, nobody need look at its code."""
        if self.lines < 1:
            self.write(1, ir.Pos("", 0))
