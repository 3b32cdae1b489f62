"""The mutants themselves: that each can be made, that its killers are there, and that a lie about a call is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

import kthreadlab.machine.machine  # noqa: F401  (registers the operations)
from kthreadlab.compile.effects import by_nobody
from kthreadlab.compile.ops import OPERATIONS
from tests.mutants.flips import (
    FOLLOWS,
    INITIALISERS,
    NEVER_OVER,
    OF_WORKERS,
    ONLY_SAYS,
    PLACES,
    UNSEEN,
    flips,
    noticed,
)
from tests.mutants.probes import probes
from tests.mutants.rules import ROOT, RULES, Rule
from tests.mutants.table import Mutant, table
from tests.oracle.programs.compare import disagreement, reduced, unreduced
from tests.support import NO_PLUGINS


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_a_rule_stands_where_it_says(rule: Rule) -> None:
    """Once, so that the change is one; and it has killers, or a reason to have none."""

    text = rule.path.read_text(encoding="utf-8")
    assert text.count(rule.old) == 1
    compile(text.replace(rule.old, rule.new), rule.file, "exec")
    assert bool(rule.killers) != bool(rule.equivalent)


def test_every_killer_is_there() -> None:
    """Pytest knows each by its name."""

    wanted = sorted({killer for rule in RULES for killer in rule.killers})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *wanted]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **NO_PLUGINS}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_surrounds_a_call_is_found_by_both_searches(name: str) -> None:
    """The probes of a call as it is."""

    assert [] == [(p.scenario.name, found) for p in probes(name) if (found := disagreement(p, reduced, unreduced))]


LIES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "strlen reads nothing": ("strlen", lambda what: what.startswith("reads")),
    "set_bit writes nothing": ("set_bit", lambda what: what.startswith("writes")),
    "complete leaves TASK_RUNNING": ("complete", lambda what: what == "leaves TASK_RUNNING"),
    "need_resched leaves TASK_RUNNING": ("need_resched", lambda what: what == "leaves TASK_RUNNING"),
    "up switches interrupts off": ("up", lambda what: what.startswith("interrupts")),
    "spin_unlock_irqrestore restores nothing": ("spin_unlock_irqrestore", lambda what: "Drops" in what),
    "nobody sees a wake-up": ("wake_up", lambda what: what == "seen by nobody"),
    "kmalloc never sleeps": ("kmalloc", lambda what: what.startswith("sleeps")),
    "wait_for_completion waits for nothing": ("wait_for_completion", lambda what: "Waits" in what),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_a_call_is_noticed(lie: str) -> None:
    """One of each kind."""

    name, which = LIES[lie]
    assert all([noticed(flip) for flip in flips(name) if which(flip.what)])


def test_what_is_argued_is_there_to_be_turned_round() -> None:
    """No argument outlives what it is about."""

    assert {*UNSEEN, *NEVER_OVER, *INITIALISERS, *PLACES, *FOLLOWS, *OF_WORKERS, *ONLY_SAYS} <= set(OPERATIONS)
    assert [] == [name for name in UNSEEN if OPERATIONS[name].effects.seen is by_nobody]


def test_the_table_counts_who_survives() -> None:
    """Noticed, argued, or neither."""

    found = [Mutant("a", "x", "a test", ""), Mutant("a", "y", "", "it is equal"), Mutant("b", "z", "", "")]

    counts = [line.split()[-5:] for line in list(table(found))[1:]]

    assert [["a", "2", "1", "1", "0"], ["b", "1", "0", "0", "1"], ["all", "3", "1", "1", "1"]] == counts
    assert [False, False, True] == [x.survives for x in found]
