"""A book of sentences: one template for each (operation, outcome).

Templates speak of *{who}* acts, of the arguments *{a}*, *{b}*, *{c}*, and of what an event's details say;
`trace.narrate` fills them in.  The outcome `Outcome.ANY` stands for any other.
"""

from __future__ import annotations

from collections.abc import Iterable

from kthreadlab.lang.outcome import Outcome


class Sentences(dict[tuple[str, str], str]):
    """The templates by operation and outcome.  ``name:return`` is the operation *name* when its caller has come back
    from a sleep in it."""

    def say(self, ops: str, **outcomes: str) -> None:
        """Enter templates for each of *ops*; the keyword ``any`` is for any other outcome.  Raises ValueError for what
        is no outcome, and for what has a sentence already."""
        for op in ops.split() or [""]:
            for outcome, template in outcomes.items():
                key = op, Outcome.ANY if outcome == "any" else Outcome(outcome)
                if key in self:
                    raise ValueError(f"there are two sentences for {key}")
                self[key] = template

    @classmethod
    def joined(cls, books: Iterable[Sentences]) -> Sentences:
        """All of *books* as one.  Raises ValueError for what is in two of them."""
        whole = cls()
        for book in books:
            twice = whole.keys() & book.keys()
            if twice:
                raise ValueError(f"there are two sentences for {', '.join(map(str, sorted(twice)))}")
            whole.update(book)
        return whole
