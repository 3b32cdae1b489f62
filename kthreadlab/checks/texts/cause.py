"""One way in which a property fails, as a report tells it."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A headline, for `texts.sentence` to fill in, and four hints, gentlest first.

    The hints are a ladder: a *nudge*, a place in the article to *look* at, a *part* of the way, and a worked case from
    *elsewhere*.  None of them is the answer."""

    sentence: str
    nudge: str
    look: str
    part: str
    elsewhere: str

    @property
    def hints(self) -> tuple[str, str, str, str]:
        """The four rungs."""
        return self.nudge, self.look, self.part, self.elsewhere
