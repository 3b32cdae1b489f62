"""The interpreter shares nothing with the engine but the tree and the calls' signatures, and agrees with it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kthreadlab import explore as engine
from kthreadlab.checks.labs import answer_of
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.lang.module import load
from tests.oracle.interpreter import explore

PACKAGE = Path(__file__).parent / "interpreter"
SUBMISSIONS = Path(__file__).parents[1] / "submissions"
CONFIGS = {"up": ONE_CPU, "each": A_CPU_EACH, "pre": PREEMPT}

SAMPLE = {
    "lab2": (
        "right/listing_two", "right/sleep_on", "wrong/autoremove_entry_once", "wrong/enqueues_every_turn",
        "wrong/uninitialised_lock", "wrong/lock_leak_at_exit", "wrong/storm",
    ),
    "lab6": (
        "right/reference", "right/wait_event_interruptible", "wrong/event_on_the_stack", "wrong/plain_lock_in_producer",
        "wrong/order_5_state_after_check", "wrong/allocates_with_gfp_kernel",
    ),
}  # fmt: skip
WORLDS = {"lab2": ("one-report",), "lab6": ("one-report", "one-interrupt")}


def imported(path: Path) -> set[str]:
    """The modules that a file imports, relative ones by their last name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {f"{'.' * node.level}{node.module or ''}"} | (names if node.level == 0 else set())
    return found


def test_it_shares_the_tree_and_the_signatures_and_nothing_else():
    files = sorted(PACKAGE.glob("*.py"))
    shared = {name for path in files for name in imported(path) if name.startswith("kthreadlab")}
    assert files
    assert all(name == "kthreadlab.lang" or name.startswith("kthreadlab.lang.") for name in shared), shared
    assert not any(name.startswith("..") for path in files for name in imported(path))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(("lab", "answer"), [(lab, answer) for lab, answers in SAMPLE.items() for answer in answers])
def test_it_agrees_with_the_engine_on(lab, answer, config):
    module = answer_of(LABS[lab], load(SUBMISSIONS / lab / f"{answer}.py"))
    for scenario in LABS[lab].scenarios:
        if scenario.name.split("/")[1] in WORLDS[lab]:
            assert not disagreements(module, scenario, CONFIGS[config])


def disagreements(module, scenario, config) -> list[tuple]:
    """The verdicts in which the two differ.  What only follows from a break may be called either."""
    mine, theirs = explore(module, scenario, config), engine(module, scenario, config)
    assert mine.complete
    return [
        (scenario.name, name, verdict.holds, mine.words[name])
        for name, verdict in theirs.verdicts.items()
        if mine.words.get(name) == ("holds" if verdict.holds is False else "fails")
        and verdict.holds is not None
        and (name, verdict.cause) not in SPEAKS_OF_OTHERS
    ]


SPEAKS_OF_OTHERS = {("identity", "name"), ("identity", "signals"), ("sleeps_when_idle", "stuck")}
"""What the engine says in worlds that do not ask it, or of calls that spin."""
