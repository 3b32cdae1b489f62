"""``kthreadlab inventory``: what was said to the twelve questions, before and after; what is right, only where the key
is, beside the solutions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from kthreadlab.course.inventory import ITEMS, NAME
from kthreadlab.course.items import UNANSWERED
from kthreadlab.course.misconceptions import MISCONCEPTIONS
from kthreadlab.grading.cells import BadInput
from kthreadlab.grading.predictions import predictions_in
from kthreadlab.trace.narrate import plain

from .doctor import notebooks, read
from .manual import WIDTH
from .progress import harmless
from .staff import beside_the_solutions

KEY = "inventory-key.json"


@dataclass(frozen=True)
class Sheet:
    """What somebody has said: a letter for each question, or "?"."""

    file: str
    said: dict[str, str]

    @property
    def when(self) -> str:
        """Which of the two it is: by its name."""
        return Path(self.file).stem

    @property
    def answered(self) -> int:
        """How many questions it answers."""
        return sum(letter != UNANSWERED for letter in self.said.values())


def sheets(names: Sequence[str]) -> list[Sheet]:
    """The inventories among these notebooks and in these folders; without any, in the labs' own, or in this one.

    :raises BadInput: if there is none, or one that was named can't be read.
    """
    found = [one for path, asked in notebooks(names) if (one := _sheet(path, asked)) is not None]
    if not found:
        raise BadInput("there is no inventory here: it is before.ipynb or after.ipynb, which kthreadlab lab copies.")
    return found


def _sheet(path: str, asked: bool) -> Sheet | None:
    """The inventory in a notebook; None if it is another, or, unless *asked* for, none that can be read."""
    try:
        notebook = read(path)
    except BadInput:
        if asked:
            raise
        return None
    texts = ("".join(cell.get("source", "")) for cell in notebook["cells"] if isinstance(cell, dict))
    return Sheet(plain(path), predictions_in(notebook, NAME)) if any(f'"{NAME}.' in text for text in texts) else None


def key() -> dict[str, str]:
    """What is right, by question; empty where the key is not."""
    return {name: right for name, (right, _) in _kept().items()}


def _kept() -> dict[str, tuple[str, str]]:
    """Of each question what is right, and why; empty where the key is not."""
    text = beside_the_solutions(KEY)
    return json.loads(text) if text else {}


def with_key() -> Iterator[str]:
    """The questions, each with what is right and why.

    :raises BadInput: where the key is not.
    """
    kept = _kept()
    if not kept:
        raise BadInput("the key lies beside the solutions, in the repository: run this in a clone of it.")
    for asked in ITEMS:
        right, why = kept[asked.key]
        yield from (
            "",
            *wrap(
                f"{asked.name}  {asked.text} ({asked.about}: {MISCONCEPTIONS[asked.about]})",
                WIDTH,
                break_on_hyphens=False,
            ),
        )
        yield from (f"  {'>' if letter == right else ' '} {letter}  {says}" for letter, says in asked.choices.items())
        yield from wrap(why, WIDTH, initial_indent="       ", subsequent_indent="       ")


def told(found: Sequence[Sheet]) -> Iterator[str]:
    """A line for each sheet; with the key, how many were right of each question, before and after."""
    right = key()
    width = max(len(one.file) for one in found)
    for one in found:
        points = f", {_right(one, right)} right" if right else ""
        yield f"{one.file:<{width}}  {one.answered} of {len(ITEMS)} answered{points}"
    if not right:
        yield from ("", "What is right stands beside the solutions.")
        return
    times = sorted({one.when for one in found}, key=lambda when: (when != "before", when))
    yield from ("", "  ".join([f"{'right':<16}", *(f"{when[:10]:>10}" for when in times)]))
    for asked in ITEMS:
        counts = [[one for one in found if one.when == when] for when in times]
        cells = (f"{sum(x.said[asked.key] == right[asked.key] for x in group)}/{len(group)}" for group in counts)
        name = f"{asked.name} {right[asked.key]}  {asked.about}"
        yield "  ".join([f"{name:<16}", *(f"{cell:>10}" for cell in cells), MISCONCEPTIONS[asked.about]])


def _right(one: Sheet, right: dict[str, str]) -> int:
    return sum(letter == right[name] for name, letter in one.said.items())


def as_csv(found: Sequence[Sheet]) -> str:
    """A row for each sheet: the letters, and with the key how many are right."""
    right, text = key(), io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "when", "answered", *(["right"] if right else []), *(f"{x.name} {x.about}" for x in ITEMS)])
    for one in found:
        letters = [one.said[asked.key] for asked in ITEMS]
        names = [harmless(one.file), harmless(one.when)]
        rows.writerow([*names, one.answered, *([_right(one, right)] if right else []), *letters])
    return text.getvalue()
