"""A mutant that was judged, and the table of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """*name* says what is wrong with the engine, *kind* what sort of thing; *who* notices it, "" if nobody does;
    *argued*: why nobody could, "" if somebody should."""

    kind: str
    name: str
    who: str
    argued: str

    @property
    def lives(self) -> bool:
        """Does nobody notice it?"""
        return not self.who

    @property
    def survives(self) -> bool:
        """Does nobody notice it, and does nothing say why?"""
        return self.lives and not self.argued

    @property
    def fate(self) -> str:
        return "killed" if self.who else "argued" if self.argued else "SURVIVOR"

    def __str__(self) -> str:
        return f"{self.fate:9} {self.name:90} {self.who or self.argued}".rstrip()


FATES = ("killed", "argued", "SURVIVOR")


def table(mutants: Iterable[Mutant]) -> Iterator[str]:
    """For each kind, and for all: how many mutants there are, and what became of them."""
    count: dict[str, Counter[str]] = {}
    for x in mutants:
        count.setdefault(x.kind, Counter()).update([x.fate])
    yield f"\n{'kind':42}{'mutants':>9}{'killed':>9}{'argued':>9}{'survivors':>11}"
    for kind, fates in (*count.items(), ("all", sum(count.values(), Counter()))):
        killed, argued, survivors = (fates[fate] for fate in FATES)
        yield f"{kind:42}{fates.total():9}{killed:9}{argued:9}{survivors:11}"
