"""Boards read back in Python, as the page reads them in the browser."""

from __future__ import annotations

from itertools import accumulate

from kthreadlab.play.board import HOST, targets_of, unpacked


class Reader:
    """A board: where the steps of each state lead, and what there is to see."""

    def __init__(self, board: dict) -> None:
        self.board = board
        self.names = [mover["name"] for mover in board["movers"]]
        degrees = list(unpacked(board["degrees"]))
        self.offsets = [0, *accumulate(degrees)]
        self.by, self.told = (list(unpacked(board[key])) for key in ("by", "told"))
        self.targets = targets_of(board)
        self.why = [list(unpacked(column)) for column in board["why"]]
        self.columns = [(c["of"], c["name"], c["values"], list(unpacked(c["at"]))) for c in board["columns"]]

    def steps(self, n: int) -> dict[str, tuple[int, list]]:
        """From state *n*: each mover that can move, where to, and what is told of it."""
        edges = range(self.offsets[n], self.offsets[n + 1])
        return {self.names[self.by[e]]: (self.targets[e], self.board["tells"][self.told[e]]) for e in edges}

    def says(self, told: list, mover: str, ran: dict[int, str]) -> str:
        """The sentence of a step, after steps that have left *ran*: who ran last on which CPU, as far as the states do
        not say so themselves; that is brought up to date."""
        sentence = told[0]
        for _, on, *over in told[6]:
            if over and on in ran:
                sentence = over[0].replace(HOST, ran[on])
        if told[8] is not None:
            for cpu in [cpu for cpu, name in ran.items() if name == mover]:
                del ran[cpu]
            ran |= {told[8]: mover} if told[8] >= 0 else {}
        return sentence

    def reasons(self, n: int) -> dict[str, str]:
        """Why each mover cannot move in state *n*; "" for those that can."""
        texts = self.board["reasons"]
        return {name: texts[column[n]] for name, column in zip(self.names, self.why, strict=True)}

    def table(self, of: str, n: int) -> dict:
        """What there is of a part of the machine in state *n*, by name."""
        return {name: values[at[n]] for part, name, values, at in self.columns if part == of}
