"""Puzzles: lines in an order that a student has chosen are put together, linked, and searched.

Any order that is right is right: nothing is compared with a solution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kthreadlab.checks.catalogue import explore
from kthreadlab.checks.labs import shown
from kthreadlab.compile.limits import LimitReached
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.diagnostics import joined, told
from kthreadlab.lang.module import KernelModule
from kthreadlab.run.words import FAILS, FOLLOWS, NOT_DECIDED
from kthreadlab.show.host import in_notebook, somebody_plays

from .earned import Earned, NotEarned, answer_given
from .items import UNANSWERED, Puzzle
from .page import puzzle_html, still
from .registry import item


@dataclass(frozen=True, repr=False)
class Arrangement:
    """A puzzle as it stands in a notebook, with what its *answer* comes to: *says*, and whether it is *right*."""

    puzzle: Puzzle
    answer: str
    says: str
    right: bool

    def __repr__(self) -> str:
        asked = self.puzzle
        return "\n".join([asked.text, "", self.code(), "", self.says])

    def code(self) -> str:
        """The lines with their letters, between those that are given."""
        asked = self.puzzle
        lines = [f"{letter}  {line}" for letter, piece in asked.pieces.items() for line in piece.split("\n")]
        given = (["   " + line for line in part.rstrip().split("\n")] for part in (asked.before, asked.after))
        before, after = given
        return "\n".join([*before, *lines, *after])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        if in_notebook():
            bundle["text/html"] = self.output() if somebody_plays() else self.still()
        return bundle

    def still(self) -> str:
        """What stands where no script runs."""
        return still([self.puzzle.text, self.says], self.code())

    def output(self) -> str:
        """What a notebook stores: lines that can be moved."""
        asked = self.puzzle
        grouped = {group[0]: group for group in asked.alternatives}
        others = {letter for group in asked.alternatives for letter in group[1:]}
        return puzzle_html(
            self.still(),
            {
                **{
                    "key": asked.key,
                    "text": asked.text,
                    "before": asked.before.rstrip(),
                    "after": asked.after.rstrip(),
                },
                "pieces": dict(asked.pieces),
                "blocks": [grouped.get(letter, (letter,)) for letter in asked.pieces if letter not in others],
                **{"answer": self.answer, "says": self.says, "right": self.right},
            },
        )


def arrange(key: str, order: str = UNANSWERED) -> Arrangement:
    """Put lines in order; *order* is their letters, or "?" as long as nobody has tried.

    :raises InputError: if there is no puzzle of that key.
    """
    asked = item(key, Puzzle)
    try:
        return Arrangement(asked, order, repr(arranged(key, order)), True)
    except NotEarned as refusal:
        answer = order if isinstance(order, str) else UNANSWERED
        return Arrangement(asked, answer, refusal.missing, False)


def arranged(key: str, order: str) -> Earned:
    """What an order of lines comes to.

    :raises NotEarned: if something is wrong with the order, or with the program that it makes.
    :raises InputError: if there is no puzzle of that key.
    """
    asked = item(key, Puzzle)
    letters = letters_of(asked, answer_given(asked, order))
    missing = _judged(asked, letters)
    if missing:
        raise NotEarned(asked, missing)
    return Earned(asked, "in this order it holds on every interleaving.")


def letters_of(asked: Puzzle, order: str) -> tuple[str, ...]:
    """The letters of an answer, in order: ``c a e b d``, with commas or without.

    :raises NotEarned: if they are not the letters of lines, each at most once, all that belong there.
    """
    letters = tuple(re.split(r"[\s,]+", order.strip().strip(",")))
    letters = tuple(letters[0]) if len(letters) == 1 else letters
    for letter in letters:
        if letter not in asked.pieces:
            raise NotEarned(asked, f"there is no line {letter[:20]!r}; there are: {', '.join(asked.pieces)}.")
        if letters.count(letter) > 1:
            raise NotEarned(asked, f"the line {letter} stands there {letters.count(letter)} times.")
    for group in asked.alternatives:
        taken = [letter for letter in group if letter in letters]
        if len(taken) != 1:
            raise NotEarned(asked, f"of {' and '.join(group)} one belongs there, not {len(taken)}.")
    left = [letter for letter in asked.pieces if letter not in {*letters, *sum(asked.alternatives, ())}]
    if left:
        raise NotEarned(asked, f"not in place yet: {', '.join(left)}.")
    return letters


def assembled(asked: Puzzle, letters: tuple[str, ...]) -> str:
    """The text that lines in this order make."""
    parts = (asked.before, *(asked.pieces[letter] for letter in letters), asked.after)
    return "".join(f"{part.rstrip()}\n" for part in parts if part.strip())


def module_of(asked: Puzzle, letters: tuple[str, ...]) -> KernelModule:
    """The module of which that text is a file."""
    return KernelModule(asked.module_name, {**asked.files, asked.file: assembled(asked, letters)})


@lru_cache(maxsize=64)
def _judge(key: str, digest: str, letters: tuple[str, ...]) -> str:
    asked = item(key, Puzzle)
    return next(_troubles(asked, module_of(asked, letters)), "")


def _judged(asked: Puzzle, letters: tuple[str, ...]) -> str:
    """What is wrong with an order of lines, in a sentence; "" if nothing is."""
    return _judge(asked.key, module_of(asked, letters).digest, letters)


def _troubles(asked: Puzzle, module: KernelModule) -> Iterator[str]:
    """What is wrong with the module: that it does not compile, else what fails in its worlds, before what follows from
    that, else what never came about in any."""
    if module.diagnostics:
        yield f"it does not compile.\n{joined(told(module.diagnostics))}"
        return
    exercised: set[str] = set()
    for scenario, config in asked.worlds:
        try:
            found = explore(module, scenario, config, asked.properties)
        except (LowerError, LimitReached) as problem:
            yield f"it can't be run: {problem}"
            return
        for name, verdict in sorted(found.verdicts.items(), key=lambda one: one[1].verdict != FAILS):
            exercised |= {name} if verdict.exercised else set()
            if verdict.verdict in (FAILS, FOLLOWS):
                says, witness = shown(found, verdict)
                yield f"{name} fails. {says}\n  {witness}"
            elif verdict.verdict == NOT_DECIDED:
                yield f"{name} is not decided: {found.limit or found.bug or 'too many states'}"
    idle = [name for name in asked.properties if name not in exercised]
    if idle:
        yield f"what {idle[0]} speaks of never happens."
