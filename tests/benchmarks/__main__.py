"""``python -m tests.benchmarks [NAME …]``: measure, and print each figure as a JSON line.

Every round runs in a process of its own, so that none inherits the memory or the warmth of another; of several rounds
the least disturbed counts, and the middle one of rates.  The figures need a quiet machine; the ratios bear a noisy one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.benchmarks.figures import MEASURES, Figure


def measure(name: str) -> list[Figure]:
    """The figures of one measure: of several rounds, the middle one of rates and the least of everything else."""
    rounds = [_round(name) for _ in range(MEASURES[name][0])]
    return [_best(figures) for figures in zip(*rounds, strict=True)]


def _round(name: str) -> list[Figure]:
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "tests.benchmarks", "--round", name]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{name}: {run.stderr}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def _best(figures: tuple[Figure, ...]) -> Figure:
    inorder = sorted(figures, key=lambda figure: figure["value"])
    return inorder[len(inorder) // 2 if figures[0]["unit"] in ("transitions/s", "steps/s", "ratio") else 0]


def main(words: list[str]) -> None:
    if words[:1] == ["--round"]:
        for figure in MEASURES[words[1]][1]():
            print(json.dumps(figure))
        return
    unknown = [word for word in words if word not in MEASURES]
    if unknown:
        raise SystemExit(f"no measure {', '.join(unknown)}; there are: {', '.join(MEASURES)}")
    for name in words or MEASURES:
        for figure in measure(name):
            print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
