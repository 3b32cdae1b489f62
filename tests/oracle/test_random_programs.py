"""Random programs over every call: the reduced search, the unreduced one and the independent interpreter agree.

What is compared, `tests.oracle.programs.compare` says.  A disagreement is told as a small program, as a test to paste.
The long tests take other seeds by ``RANDOM_PROGRAMS_FIRST`` and ``RANDOM_PROGRAMS_COUNT``.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kthreadlab.lang.api import CALLS
from tests.oracle.programs import program, shrunk
from tests.oracle.programs.__main__ import CHECKS, PAIRS, smallest
from tests.oracle.programs.compare import MOST, Found, Search, disagreement, kinds, reduced, unreduced
from tests.oracle.programs.coverage import Coverage, calls_of
from tests.oracle.programs.shrink import as_test
from tests.oracle.programs.tree import Program, lines_of

FEW = {"reduction": (200, MOST), "interpreter": (300, 150)}
"""Programs of the default run, and how many states they may have: the interpreter is slow."""
FIRST = int(os.environ.get("RANDOM_PROGRAMS_FIRST", "0"))
MANY = int(os.environ.get("RANDOM_PROGRAMS_COUNT", "20000"))
CHUNK = 500


def check(pair: str, seeds: range, most: int) -> None:
    """None of these programs differ; of those that do, the first is told small."""
    differ = [seed for seed in seeds if disagreement(program(seed), *PAIRS[pair], most)]
    if differ:
        small = smallest(program(differ[0]), *PAIRS[pair], most)
        told = [f"{len(differ)} of {len(seeds)} differ: {differ}", *disagreement(small, *PAIRS[pair], most)]
        pytest.fail("\n".join([*told, as_test(small, f"{pair}_{differ[0]}", CHECKS[pair])]), pytrace=False)


@pytest.mark.parametrize("pair", PAIRS)
def test_searches_agree_on_random_programs(pair: str) -> None:
    """A few programs, always the same."""

    count, most = FEW[pair]
    check(pair, range(count), most)


@pytest.mark.long
@pytest.mark.parametrize("first", range(FIRST, FIRST + MANY, CHUNK))
@pytest.mark.parametrize("pair", PAIRS)
def test_searches_agree_on_many_random_programs(pair: str, first: int) -> None:
    """The same, for longer."""

    check(pair, range(first, min(first + CHUNK, FIRST + MANY)), MOST)


# ---- the programs themselves ---------------------------------------------------------------------------------------


def test_a_seed_is_one_program_in_every_process() -> None:
    """Nothing in a program hangs on the order of a set."""

    command = "from tests.oracle.programs import program; print([program(n) for n in range(60)])"
    told = [
        subprocess.run(
            [sys.executable, "-c", command], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1]


def test_every_call_is_written_soon() -> None:
    """Each call stands in some program of as many as three for each, and nearly all of them compile."""

    made = [program(seed).module for seed in range(3 * len(CALLS))]
    sound = [m for m in made if not m.broken and not m.undefined]
    assert set(CALLS) == {c.name for m in sound for c in calls_of(m)}
    assert len(sound) > 0.97 * len(made)


def test_most_programs_are_small_and_many_go_wrong() -> None:
    """A search of one is finished at once; a good part ends in faults, deadlocks and lost wake-ups."""

    found = [unreduced(program(seed)) for seed in range(100)]
    assert len([x for x in found if x.complete and not x.refused]) >= 75
    assert sorted(x.states for x in found)[50] < 500
    assert len([x for x in found if x.faults]) >= 10
    assert len([x for x in found if any(not holds for holds, _ in x.verdicts.values())]) >= 40


@pytest.mark.long
def test_every_call_and_every_declared_fact_is_executed() -> None:
    """None of them in fewer than two of 2,000 programs."""

    coverage = Coverage()
    for seed in range(2_000):
        unreduced(program(seed), count=coverage)
    assert [] == coverage.starved
    assert [] == [name for name in CALLS if coverage.executed[name] < 2]


# ---- smaller ones --------------------------------------------------------------------------------------------------


def takes(p: Program) -> bool:
    """Does the text compile, and take a lock inside something?"""
    made = p.module
    lines = [line for f in p.functions for line in lines_of(f.body)]
    return not made.broken and not made.undefined and any("spin_lock(" in line for line in lines)


def test_what_a_failure_does_not_need_is_left_out() -> None:
    """One statement in one function, nobody to run it, on the plainest machine."""

    p = next(p for p in map(program, range(1_000)) if takes(p) and p.scenario.calls and p.config.cpus > 1)
    small = shrunk(p, takes)
    assert 1 == sum(len(f.body) for f in small.functions)
    assert () == small.scenario.threads + small.scenario.calls
    assert (1, False) == (small.config.cpus, small.config.preempt)


def test_a_shrunk_program_still_differs_in_the_same_way() -> None:
    """A search that never sees a fault differs from one that does by faults, whatever else is left out."""

    blind: Search = lambda p, most: Found(**{**vars(reduced(p, most)), "faults": frozenset()})  # noqa: E731
    p = next(p for p in map(program, range(100)) if "faults" in kinds(disagreement(p, blind, unreduced)))
    small = smallest(p, blind, unreduced)
    assert "faults" in kinds(disagreement(small, blind, unreduced))
    assert len(small.text.splitlines()) < len(p.text.splitlines())


def test_a_program_is_printed_as_a_test_that_says_the_same() -> None:
    """What is pasted makes an equal module, scenario and configuration."""

    for seed in range(20):
        p = program(seed)
        scope: dict = {}
        exec(
            "from kthreadlab import *\nfrom tests.support import module\n"
            + as_test(p, "it", "return made, scenario, config"),
            scope,
        )
        if not p.module.broken:
            made, scenario, config = scope["test_it"]()
            assert (p.text, p.scenario, p.config) == (made.files["mykthread"].lstrip("\n"), scenario, config)
