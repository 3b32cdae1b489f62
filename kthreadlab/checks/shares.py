"""Which searches of a portfolio have left something undecided, and which of them are worth a second try.

At first every search has its share of the budget, whatever the others will need.  When all have been made it is known
what the cheap ones have left.  A search that came to the end of its share is then made again with all that is left, if
that is more than anybody could have at first."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import Budget
from kthreadlab.machine.scenario import Scenario
from kthreadlab.run.verdict import Exploration
from kthreadlab.run.words import NOT_DECIDED


@dataclass(frozen=True)
class Open:
    """What a search has left undecided: the properties of these *names*, and why, if it was a *limit*; *spent*: what of
    its share it has used up."""

    scenario: Scenario
    config: Config
    names: frozenset[str]
    bug: str
    limit: str
    spent: tuple[str, ...]

    @classmethod
    def after(cls, found: Exploration, scenario: Scenario, config: Config, share: Budget) -> Open:
        """What is open after a search that was not exhausted, with a *share* of which this is left."""
        names = frozenset(name for name, verdict in found.verdicts.items() if verdict.verdict == NOT_DECIDED)
        limit = found.limit and f"{scenario.name} on {config}: {found.limit}"
        return cls(scenario, config, names, found.bug, limit, share.spent())

    def may_be_decided(self, left: Budget, first: Budget) -> bool:
        """Is there more *left* of all that was used up than there was in the *first* share of all?"""
        return bool(self.spent) and all(getattr(left, x) > getattr(first, x) for x in self.spent)
