"""``python -m tests.oracle.programs``: what random programs exercise, and where searches of them differ.

``--count 2000`` counts how often each call and each declared fact is written and executed; ``--compare`` looks for
programs on which the reduced search, the unreduced one and the interpreter don't agree, makes each small and prints it
as a test to paste; ``--show SEED`` prints one program.  ``--first`` is the first seed, so that a long run can be made
in pieces.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from functools import partial
from statistics import median

from kthreadlab.lang.api import CALLS
from tests.oracle.programs.compare import (
    MOST,
    Found,
    Search,
    as_interpreted,
    disagreement,
    interpreted,
    kinds,
    reduced,
    unreduced,
)
from tests.oracle.programs.coverage import Coverage
from tests.oracle.programs.generate import program
from tests.oracle.programs.shrink import as_test, shrunk
from tests.oracle.programs.tree import Program, source

PAIRS: dict[str, tuple[Search, Search]] = {"reduction": (reduced, unreduced)}
"""Which searches are compared, by what a disagreement speaks of."""
if interpreted is not None:
    PAIRS["interpreter"] = (interpreted, as_interpreted)
CHECKS = {
    "reduction": "assert [] == disagreement(Given(made, scenario, config), reduced, unreduced)",
    "interpreter": "assert [] == disagreement(Given(made, scenario, config), interpreted, as_interpreted)",
}


def smallest(p: Program, first: Search, second: Search, most: int = MOST) -> Program:
    """The smallest program on which the two differ in the same way as on *p*."""
    wanted = kinds(disagreement(p, first, second, most))
    return shrunk(p, lambda x: bool(wanted & kinds(disagreement(x, first, second, most))))


def table(first: int, count: int, most: int) -> None:
    """Print what programs exercise, and of what kind they are."""
    coverage, sizes, ends = Coverage(), [], Counter[str]()
    for seed in range(first, first + count):
        found: Found = unreduced(program(seed), most, coverage)
        ends[kind_of(found)] += 1
        sizes += [found.states] if found.states else []
        ends.update(f"{name} fails" for name, (holds, _) in found.verdicts.items() if not holds)
    print(coverage.table())
    print(f"states: median {median(sizes):,.0f}, most {max(sizes):,}")
    print("\n".join(f"{number:9,}  {what}" for what, number in sorted(ends.items())))
    print("never executed:", ", ".join(coverage.starved) or "nothing")


def kind_of(found: Found) -> str:
    """How a search of a program ended, in a word."""
    if found.refused:
        return "refused"
    return "too large" if not found.complete else "faults" if found.faults else "searched"


def compare(first: int, count: int, most: int, wanted: list[str], shrink: bool) -> int:
    """Print every disagreement, and which call was executed least often; how many disagreements there are."""
    number, coverage = 0, Coverage()
    for seed in range(first, first + count):
        for name in wanted:
            p = program(seed)
            one, other = PAIRS[name]
            counting = partial(other, count=coverage) if name == wanted[0] else other
            found = disagreement(p, one, counting, most)
            if found:
                number += 1
                small = smallest(p, *PAIRS[name], most) if shrink else p
                told = "\n".join(f"# {line}" for line in disagreement(small, *PAIRS[name], most))
                print(f"# {name}, seed {seed}\n{told}\n{as_test(small, f'{name}_{seed}', CHECKS[name])}", flush=True)
    least = min(CALLS, key=lambda name: coverage.executed[name])
    print(f"# {coverage.programs:,} programs searched, each call in {coverage.executed[least]} at least ({least})")
    print(f"# never executed: {', '.join(coverage.starved) or 'nothing'}")
    print(f"# seeds {first} to {first + count - 1}: {number} disagreements")
    return number


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.programs", description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--most", type=int, default=MOST, help="more unreduced states than this are too many")
    parser.add_argument("--compare", nargs="*", choices=list(PAIRS), metavar="PAIR", help=f"of {', '.join(PAIRS)}")
    parser.add_argument("--as-found", action="store_true", help="don't make the programs smaller")
    parser.add_argument("--show", type=int, metavar="SEED")
    asked = parser.parse_args(words)
    if asked.show is not None:
        p = program(asked.show)
        print(f"{p.text}\n\n{source(p.scenario)}\n{source(p.config)}")
        return 0
    if asked.compare is None:
        table(asked.first, asked.count, asked.most)
        return 0
    pairs = asked.compare or list(PAIRS)
    return int(compare(asked.first, asked.count, asked.most, pairs, not asked.as_found) > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
