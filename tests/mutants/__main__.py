"""``python -m tests.mutants``: the survivors, of flipped effects and of changed rules.

``--flips`` tries the flips alone, ``--flips NAME…`` those of these operations; ``--rules`` the rules alone, ``--rules
WORD…`` those in whose name or file all these words stand; ``--jobs`` how many at a time.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import kthreadlab.machine.machine  # noqa: F401  (registers the operations)
from kthreadlab.compile.ops import OPERATIONS
from tests.mutants.flips import flips, noticed
from tests.mutants.rules import RULES, survivors


def flip_all(name: str) -> list[tuple[str, str, str, str]]:
    """Every flip of one operation: its name, what it turns round, why nothing could come of it, who notices it."""
    return [(name, f.what, f.safe, noticed(f)) for f in flips(name)]


def effects(names: list[str], jobs: int) -> int:
    """Print who notices which flip, then the survivors; how many of them are not safe."""
    with ProcessPoolExecutor(jobs) as pool:
        rows = [row for some in pool.map(flip_all, names) for row in some]
    for name, what, _, who in rows:
        if who:
            print(f"{name:36} {what:60} {who}")
    alive = [row for row in rows if not row[3]]
    print("\nsurvivors:")
    for name, what, safe, _ in alive:
        print(f"{name:36} {what:60} {safe or 'NOT NOTICED'}")
    kinds = Counter(row[1].partition(" ")[0] for row in alive if not row[2])
    print(f"\n{len(rows)} flips, {len(rows) - len(alive)} noticed, {sum(kinds.values())} not: {dict(kinds)}")
    return sum(kinds.values())


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--flips", nargs="*", metavar="NAME", choices=[[], *OPERATIONS])
    parser.add_argument("--rules", nargs="*", metavar="WORD")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args(words)
    both, alive = asked.flips is None and asked.rules is None, 0
    if both or asked.rules is not None:
        wanted = asked.rules or ()
        alive += len(survivors([r for r in RULES if all(w in f"{r.name} {r.file}" for w in wanted)], asked.jobs))
    if both or asked.flips is not None:
        alive += effects(asked.flips or list(OPERATIONS), asked.jobs)
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
