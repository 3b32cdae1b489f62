"""What judging an answer comes to: it is `Earned`, or `NotEarned` says in a sentence what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from kthreadlab.checks.report import PropertyFails

from .items import UNANSWERED, Evidence


class NotEarned(PropertyFails):
    """An answer that earns nothing.  Its text says what is missing; *item* is what was asked, *trace* plays what was
    answered, if there is something to see."""

    def __init__(self, item: Evidence, missing: str) -> None:
        super().__init__(f"{item.key}: {missing}")
        self.item, self.missing = item, missing


@dataclass(frozen=True, repr=False)
class Earned:
    """An answer that is right: *says* what it shows, in a sentence."""

    item: Evidence
    says: str

    def __repr__(self) -> str:
        return f"✓ {self.item.key}, {self.item.points} points: {self.says}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def answer_given(item: Evidence, answer: object) -> str:
    """The text of an answer.

    :raises NotEarned: if there is none, or it is no text.
    """
    if not isinstance(answer, str):
        raise NotEarned(item, f"the answer is a text in quotes, not {type(answer).__name__}.")
    if answer.strip() in ("", UNANSWERED, "…", "..."):
        raise NotEarned(item, "nothing is answered yet.")
    if len(answer) > MOST_LETTERS:
        raise NotEarned(item, f"an answer has at most {MOST_LETTERS:,} characters, this one {len(answer):,}.")
    return answer


MOST_LETTERS = 20_000


@dataclass(frozen=True)
class Result:
    """What an answer beside the module has come to: *says* what it shows, or what is missing."""

    item: Evidence
    points: int
    says: str
