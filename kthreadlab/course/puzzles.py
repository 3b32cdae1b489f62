"""Puzzles: lines in an order that a student has chosen are put together, linked, and searched.

Any order that is right is right: nothing is compared with a solution.  An answer may hold several tries, one behind the
other, with a ``/`` between them: the last one counts.  After two that are wrong a line that belongs nowhere drops out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
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

from .earned import MOST_LETTERS, Earned, NotEarned, answer_given
from .items import UNANSWERED, Puzzle
from .page import puzzle_html, still
from .registry import item


@dataclass(frozen=True, repr=False)
class Arrangement:
    """A puzzle as it stands in a notebook, with what its *answer* comes to: *says*, and whether it is *right*; *tries*:
    the first that were wrong, as far as they count."""

    puzzle: Puzzle
    answer: str
    says: str
    right: bool
    tries: tuple[tuple[str, ...], ...] = ()

    def __repr__(self) -> str:
        asked = self.puzzle
        told = [self.says, self.dropped and f"{self.dropped} has dropped out: it belongs nowhere."]
        if self.tries and asked.distractors and not self.dropped:
            told.append(f'Write the next try behind this one, with a "/": after {FAILURES} a line drops out.')
        return "\n".join([asked.text, "", self.code(), "", *filter(None, told)])

    @property
    def dropped(self) -> str:
        """The letter that has dropped out, or ""."""
        return dropped(self.puzzle, self.tries)

    def pieces(self) -> dict[str, str]:
        """The lines that are left, by their letters."""
        return {letter: piece for letter, piece in self.puzzle.pieces.items() if letter != self.dropped}

    def code(self) -> str:
        """The lines with their letters, between those that are given."""
        asked = self.puzzle
        lines = [f"{letter}  {line}" for letter, piece in self.pieces().items() for line in piece.split("\n")]
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
        gone = [f"{self.dropped} has dropped out."] if self.dropped else []
        return still([self.puzzle.text, self.says, *gone], self.code())

    def output(self) -> str:
        """What a notebook stores: lines that can be moved."""
        asked, pieces = self.puzzle, self.pieces()
        groups = [tuple(letter for letter in group if letter in pieces) for group in asked.alternatives]
        grouped = {group[0]: group for group in groups}
        others = {letter for group in groups for letter in group[1:]}
        return puzzle_html(
            self.still(),
            {
                **{
                    "key": asked.key,
                    "text": asked.text,
                    "before": asked.before.rstrip(),
                    "after": asked.after.rstrip(),
                },
                "pieces": pieces,
                "blocks": [grouped.get(letter, (letter,)) for letter in pieces if letter not in others],
                **{"answer": tries_of(self.answer)[-1], "says": self.says, "right": self.right},
                **{"tries": [" ".join(letters) for letters in self.tries], "dropped": self.dropped},
            },
        )


def arrange(key: str, order: str = UNANSWERED) -> Arrangement:
    """Put lines in order; *order* is their letters, or "?" as long as nobody has tried.

    :raises InputError: if there is no puzzle of that key.
    """
    asked = item(key, Puzzle)
    answer = order if isinstance(order, str) else UNANSWERED
    try:
        return Arrangement(asked, answer, repr(arranged(key, order)), True, failures(asked, answer))
    except NotEarned as refusal:
        return Arrangement(asked, answer, refusal.missing, False, failures(asked, answer))


def arranged(key: str, order: str) -> Earned:
    """What an order of lines comes to, the last of those that an answer holds.

    :raises NotEarned: if something is wrong with the order, or with the program that it makes.
    :raises InputError: if there is no puzzle of that key.
    """
    asked = item(key, Puzzle)
    letters = letters_of(asked, tries_of(answer_given(asked, order))[-1])
    missing = _judged(asked, letters)
    if missing:
        raise NotEarned(asked, missing)
    return Earned(asked, "in this order it holds on every interleaving.")


FAILURES = 2
"""Tries that are wrong, after which a line drops out."""


def tries_of(answer: str) -> list[str]:
    """The orders that an answer holds, one behind the other; the last one counts."""
    return [part.strip() for part in answer[:MOST_LETTERS].split("/") if part.strip()] or [answer]


def failures(asked: Puzzle, answer: str) -> tuple[tuple[str, ...], ...]:
    """The first tries of an answer that are wrong, each another order with nothing missing; as many as count."""
    found: list[tuple[str, ...]] = []
    for part in tries_of(answer) if asked.distractors else ():
        try:
            letters = letters_of(asked, part)
        except NotEarned:
            continue
        if letters not in found and len(found) < FAILURES and _judged(asked, letters):
            found.append(letters)
    return tuple(found)


def dropped(asked: Puzzle, tries: Collection[tuple[str, ...]]) -> str:
    """The line that drops out after these tries: of those that belong nowhere the first that one of them has taken,
    else the first; "" as long as they are too few."""
    taken = [letter for letter in asked.distractors if any(letter in letters for letters in tries)]
    return next(iter([*taken, *asked.distractors]), "") if len(tries) >= FAILURES else ""


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
