"""What was measured before: a line of JSON a run, and how a new run compares with the last one of its kind of machine.

A line is ``{"date", "commit", "kind", "load", "figures": {name: [value, unit]}}``.  *commit* ends with a + where files
differ from it; *kind* names no machine: system, number of CPUs, Python, and a digest of the processor's model; *load*
is the system's load as the run began, for figures of a busy machine mean little.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure

Entry = dict[str, Any]
MORE_IS_BETTER = ("transitions/s", "steps/s", "ratio")
"""Units of which more is better; of all others less is."""
SLOWER = 1.3
"""From this factor on a figure is flagged."""
ROOT = Path(__file__).resolve().parents[2]
KEPT = "tests/benchmarks/history.jsonl"
"""Where `make bench` keeps its runs.  It is in git, so that a new clone has something to compare with; of the lines of
two branches git keeps both (`.gitattributes`)."""


def kind() -> str:
    """The kind of this machine."""
    python = ".".join(platform.python_version_tuple()[:2])
    model = hashlib.sha256(_processor().encode()).hexdigest()[:6]
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, {os.cpu_count()} CPUs of model {model}, {platform.python_implementation()} {python}"


def _processor() -> str:
    """The processor's model, as the system names it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.processor()


def commit() -> str:
    """What is measured; "" outside a clone."""
    head = _git("rev-parse", "--short=10", "HEAD")
    return f"{head}+" if head and _git("status", "--porcelain", "--", ".", f":!{KEPT}") else head


def _git(*words: str) -> str:
    """What git says; "" where it has nothing to say."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def load() -> float:
    """How many processes have wanted a CPU in the last minute."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0.0


def entry(figures: Iterable[Figure], busy: float) -> Entry:
    """A run, as a line of the history has it."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(),
        "kind": kind(),
        "load": busy,
        "figures": {figure["name"]: [figure["value"], figure["unit"]] for figure in figures},
    }


def read(path: Path) -> list[Entry]:
    """The runs in a file, the oldest first; none if there is no file yet."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def append(path: Path, run: Entry) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(run) + "\n")


def worse(value: float, before: float, unit: str) -> float | None:
    """By which factor a figure is worse than it was: below 1, better.  None where there is nothing to divide by."""
    more, less = (before, value) if unit in MORE_IS_BETTER else (value, before)
    return more / less if less else None


def compared(run: Entry, former: list[Entry]) -> Iterator[str]:
    """A line for each figure of *run* that a former run on the same kind of machine has: the factor, both values, and
    where the latter is from.  What has become worse by `SLOWER` or more is marked with an exclamation mark."""
    alike = [other for other in reversed(former) if other["kind"] == run["kind"]]
    for name, (value, unit) in run["figures"].items():
        last = next((other for other in alike if other["figures"].get(name, ["", ""])[1] == unit), None)
        factor = worse(value, last["figures"][name][0], unit) if last else None
        if last is None or factor is None:
            continue
        mark = "!" if factor >= SLOWER else " "
        was = f"{last['figures'][name][0]:,} ({last['commit'] or '?'}, {last['date']})"
        yield f"{mark} x {factor:<6.2f} {name}: {value:,} {unit}, was {was}"


def report(run: Entry, former: list[Entry]) -> str:
    """How a run compares, as text; the last line says how many figures have become worse."""
    lines = list(compared(run, former))
    if not lines:
        return f"no former run on a machine of this kind ({run['kind']}): nothing to compare with"
    flagged = sum(line.startswith("!") for line in lines)
    end = f"{flagged} of {len(lines)} figures are worse by a factor of {SLOWER} or more"
    return "\n".join(["", *lines, f"{end}; load {run['load']} as it began"])
