"""``python -m tests.benchmarks [--history FILE] [NAME …]``: measure, and print each figure as a JSON line.

Every round runs in a process of its own, so that none inherits the memory or the warmth of another; of several rounds
the least disturbed counts, and the middle one of rates.  The figures need a quiet machine; the ratios bear a noisy one.
With a history, the run is appended to it, and how it compares with the last one is said on stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import history
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
    return inorder[len(inorder) // 2 if figures[0]["unit"] in history.MORE_IS_BETTER else 0]


def main(words: list[str]) -> None:
    if words[:1] == ["--round"]:
        for figure in MEASURES[words[1]][1]():
            print(json.dumps(figure))
        return
    path = Path(words[1]) if words[:1] == ["--history"] else None
    words = words[2:] if path else words
    unknown = [word for word in words if word not in MEASURES]
    if unknown:
        raise SystemExit(f"no measure {', '.join(unknown)}; there are: {', '.join(MEASURES)}")
    busy, figures = history.load(), []
    for name in words or MEASURES:
        for figure in measure(name):
            print(json.dumps(figure), flush=True)
            figures.append(figure)
    if path:
        run = history.entry(figures, busy)
        print(history.report(run, history.read(path)), file=sys.stderr)
        history.append(path, run)


if __name__ == "__main__":
    main(sys.argv[1:])
