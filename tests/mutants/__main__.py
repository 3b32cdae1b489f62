"""``python -m tests.mutants``: who notices which mutant, and a table that says how many nobody does.

``--flips`` tries the flips of declared effects alone, ``--flips NAME…`` those of these operations; ``--rules`` the
rules alone, ``--rules WORD…`` those in whose name or file all these words stand; ``--jobs`` how many at a time.  The
exit status is 1 if one is neither noticed nor argued to be no mistake.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import kthreadlab.machine.machine  # noqa: F401  (registers the operations)
from kthreadlab.compile.ops import OPERATIONS
from tests.mutants.flips import flips, noticed
from tests.mutants.rules import SECTIONS, broken, judged
from tests.mutants.table import Mutant, table


def flip_all(name: str) -> list[Mutant]:
    """Every flip of one operation."""
    return [Mutant(f"flips: {f.kind}", f"{name}: {f.what}", noticed(f), f.safe) for f in flips(name)]


def effects(names: list[str], jobs: int) -> Iterator[Mutant]:
    """The flips of these operations, as they are judged."""
    with ProcessPoolExecutor(jobs) as pool:
        for some in pool.map(flip_all, names):
            yield from some


def rules(words: list[str], jobs: int) -> Iterator[Mutant]:
    """The rules in whose name or file these words stand, as they are judged."""
    if who := broken():
        raise SystemExit(f"with nothing changed: {who}")
    for section, some in SECTIONS.items():
        wanted = [r for r in some if all(w in f"{r.name} {r.file}" for w in words)]
        for rule, who in judged(wanted, jobs):
            yield Mutant(f"rules: {section}", rule.name, who, rule.equivalent)


def asked(words: list[str]) -> Iterator[Mutant]:
    """The mutants that the command line asks for, as they are judged."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--flips", nargs="*", metavar="NAME", choices=[[], *OPERATIONS])
    parser.add_argument("--rules", nargs="*", metavar="WORD")
    parser.add_argument("--jobs", type=int, default=2)
    x = parser.parse_args(words)
    both = x.flips is None and x.rules is None
    if both or x.flips is not None:
        yield from effects(x.flips or list(OPERATIONS), x.jobs)
    if both or x.rules is not None:
        yield from rules(x.rules or [], x.jobs)


def main(words: list[str]) -> int:
    """Print each mutant as it is judged, then those that nobody notices, then the table."""
    found = []
    for mutant in asked(words):
        print(mutant, flush=True)
        found.append(mutant)
    print("", *(x for x in found if x.lives), *table(found), sep="\n")
    return int(any(x.survives for x in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
