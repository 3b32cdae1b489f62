"""Lab 5's callers come one after the other: CPUs and reduction can make no difference to any verdict."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import explore, load
from kthreadlab.checks.portfolio import A_CPU_EACH, LAB5, ONE_CPU
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.scenario import Scenario
from tests.support import Submission, corpus

ANSWERS = [s for s in corpus() if s.lab == "lab5" and s.kind in ("right", "wrong")]
EXCHANGES = [
    ("GFP_KERNEL", "GFP_ATOMIC"),
    ("32", "12"),
    ("%u", "%d"),
    (", 0)", ", 1)"),
    ("NULL]", "]"),
    ("== NULL", "!= NULL"),
    ("< 0", "== 0"),
    ("return", "pass"),
    ("'\\0'", "'x'"),
    ("kfree(", "printk("),
    ("256", "255"),
    ("256", "64"),
    ("0o644", "0o444"),
    ("snprintf(buffer, 32, ", "sprintf(buffer, "),
    ("buffer", "NULL"),
]
CHANGES = st.lists(
    st.tuples(st.sampled_from(["drop", "double", "swap", "exchange", "exchange"]), st.integers(0, 400)), max_size=2
)


def mutated(text: str, changes: list[tuple[str, int]]) -> str:
    """*text* with lines of its functions left out, doubled, moved down, or with one word exchanged anywhere."""
    lines = text.splitlines()
    for what, number in changes:
        bodies = [i for i, x in enumerate(lines) if x.startswith("    ") and not x.endswith(":")]
        at = bodies[number % len(bodies)]
        if what == "drop":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "swap" and at + 1 in bodies:
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        elif what == "exchange":
            old, new = EXCHANGES[number % len(EXCHANGES)]
            places = [i for i, x in enumerate(lines) if old in x and not x.startswith("#")]
            if places:
                at = places[number // len(EXCHANGES) % len(places)]
                lines[at] = lines[at].replace(old, new, 1)
    return "\n".join(lines) + "\n"


def verdicts(made: KernelModule, scenario: Scenario, config: object, reduce: bool) -> dict | None:
    names = (*LAB5.points, "no_stale_helper")
    found = explore(made, scenario, config, properties=names, max_states=60_000, reduce=reduce)
    return {n: (v.holds, v.exercised) for n, v in found.verdicts.items()} if found.complete else None


def compare(answer: Submission, changes: list[tuple[str, int]], scenario: Scenario) -> None:
    """Four searches, one result."""
    made = load(mutated(answer.text, changes), name="myevent")
    if made.broken or made.undefined:
        return
    try:
        found = [verdicts(made, scenario, c, r) for c in (ONE_CPU, A_CPU_EACH) for r in (True, False)]
    except LowerError:  # a program that only the machine can refuse
        return
    finished = [v for v in found if v is not None]
    assert all(v == finished[0] for v in finished)


WORLDS = st.sampled_from(LAB5.scenarios)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(answer=st.sampled_from(ANSWERS), changes=CHANGES, scenario=WORLDS)
def test_lone_callers_are_judged_alike(answer: Submission, changes: list, scenario: Scenario) -> None:
    """Answers as they are, and with a line or two changed."""

    compare(answer, changes, scenario)


@pytest.mark.long
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=st.sampled_from(ANSWERS), changes=CHANGES, scenario=WORLDS)
def test_many_lone_callers_are_judged_alike(answer: Submission, changes: list, scenario: Scenario) -> None:
    """The same, for longer, with new changes every time."""

    compare(answer, changes, scenario)
