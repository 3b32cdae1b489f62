"""One more arrival, which need not come, and one more CPU, which may stand idle, mend nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kthreadlab import Config, Scenario, explore
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU
from kthreadlab.run.words import FAILS, NOT_DECIDED
from tests.support import Submission, corpus, linked

ANSWERS = [s for s in corpus() if s.kind in ("right", "wrong") and "problem" not in s.header and "slow" not in s.header]
EVERY_TH = 24
"""So many answers for one that the default run tries."""
MOST = 60_000
"""More states than this are too many: a property is then not decided."""
ARRIVALS = ("calls", "signals", "spurious", "faults", "writes", "reads")
"""What a world has that need not come."""
MENDED = "returns"
"""Every call is taken to come at last, and one more may end the wait of another."""
OF_ONE_CPU = ("sleeps_when_idle", "irq_safe")
"""What may fail because a CPU is shared: whoever goes round on it, or spins, keeps others from it."""


def part_of(small: Scenario, large: Scenario) -> bool:
    """Is everything that may come in the one world among what may come in the other, and more, all else alike?"""
    few, many = (Counter((x, y) for x in ARRIVALS for y in getattr(w, x)) for w in (small, large))
    return few < many and bare(small) == bare(large)


def bare(world: Scenario) -> Scenario:
    """The world in which nothing comes."""
    return replace(world, name="", **dict.fromkeys(ARRIVALS, ()))


PAIRS = {lab.name: [(a, b) for a in lab.scenarios for b in lab.scenarios if part_of(a, b)] for lab in LABS.values()}


def failures(s: Submission) -> dict[tuple[str, Config], dict[str, str]]:
    """For each world of the answer's lab, on one CPU and on a CPU each: the verdict's word on each property."""
    made, lab = linked(s.lab, s.text), LABS[s.lab]
    found = {}
    for w in lab.scenarios:
        for config in (ONE_CPU, A_CPU_EACH):
            verdicts = explore(made, w, config, max_states=MOST).verdicts
            found[w.name, config] = {n: v.verdict for n, v in verdicts.items() if n != MENDED}
    return found


def mended(found: dict[tuple[str, Config], dict[str, str]], lab: str) -> Iterator[str]:
    """What fails in a world and not in a larger one."""
    for small, large in PAIRS[lab]:
        for config in (ONE_CPU, A_CPU_EACH):
            many = found[large.name, config]
            for n, word in found[small.name, config].items():
                if word == FAILS and many[n] not in (FAILS, NOT_DECIDED):
                    yield f"{small.name}, then {large.name} on {config.cpus}: {n} {many[n]}"
    for w in LABS[lab].scenarios:
        one, each = found[w.name, ONE_CPU], found[w.name, A_CPU_EACH]
        for n, word in one.items():
            if n not in OF_ONE_CPU and word == FAILS and each[n] not in (FAILS, NOT_DECIDED):
                yield f"{w.name} on one CPU, then on a CPU each: {n} {each[n]}"


def sample() -> list:
    return [pytest.param(s, id=s.name, marks=[pytest.mark.long] * (k % EVERY_TH > 0)) for k, s in enumerate(ANSWERS)]


def test_there_are_worlds_within_worlds() -> None:
    """In each lab."""

    assert all(PAIRS.values())


@pytest.mark.parametrize("s", sample())
def test_what_fails_goes_on_failing(s: Submission) -> None:
    """Whatever else may come, and wherever it may run."""

    assert [] == list(mended(failures(s), s.lab))
