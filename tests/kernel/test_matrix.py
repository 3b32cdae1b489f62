"""KERNEL 10.2: what each variant of mykthread can do in each scenario, over every schedule.

An outcome is written ``A B -> asleep``: the ids given to helpers in order, and how the thread ends; ``A * -> storm B``:
helpers for ever, for B in the end (how often A ran before does not matter).  The rows speak of runs in which every
arrival comes, so runs that miss one are left out (`support.settled`).
"""

from __future__ import annotations

import pytest

from kthreadlab import (
    Call,
    Config,
    Scenario,
    Signal,
    Spurious,
    Thread,
    asleep,
    before_first,
    done,
    holds,
    in_helper,
    inside,
)
from kthreadlab.run.outcomes import outcomes
from tests.kernel.variants import SERVING, variant
from tests.support import once, settled

A, B, C = 7, 9, 11
LETTERS = {A: "A", B: "B", C: "C"}
VARIANTS = ("V0", "V1", "V2", "V4", "V3")
BUILDS = {"n": Config(cpus=1), "y": Config(cpus=1, preempt=True)}
ASLEEP, T = asleep("mykthread"), "mykthread"


def reports(*calls: Call, **more: object) -> Scenario:
    return Scenario("row", threads=[Thread(T)], calls=calls, **more)


def report(name: str, event_id: int, **more: object) -> Call:
    return Call(name, "report_event", event_id, **more)


FIRST = report("first", A, when=ASLEEP)


def while_serving(v: str) -> Call:
    """B between the unlock after reading A and the return of run_umode_handler, all of it."""
    return report("second", B, when=inside(T, SERVING[v]), whole=True)


SCENARIOS = {
    "S1": lambda v: reports(FIRST),
    "S2": lambda v: reports(FIRST, while_serving(v)),
    "S3": lambda v: reports(report("first", A, when=before_first(T, "set_current_state"), whole=True)),
    "S4": lambda v: reports(FIRST, spurious=[Spurious(T, when=ASLEEP & done("first"))]),
    # one interrupt on the idle CPU posts both: so nobody gets the CPU in between
    "S5": lambda v: reports(Call("nic", "report_both", A, B, context="irq", when=ASLEEP)),
    "S6": lambda v: reports(FIRST, report("second", A, when=ASLEEP & done("first"))),
    "S7": lambda v: reports(FIRST, while_serving(v), report("third", C, when=ASLEEP & done("second"))),
    "S8": lambda v: reports(signals=[Signal(T, "SIGKILL", when=ASLEEP)]),
    "S9": lambda v: reports(FIRST, signals=[Signal(T, "SIGKILL", when=in_helper(T))]),
    "S10": lambda v: reports(signals=[Signal(T, "SIGTERM")]),
    "S10 and A": lambda v: reports(FIRST, signals=[Signal(T, "SIGTERM")]),
    "S16": lambda v: Scenario(
        "row",
        threads=[Thread(T, name="one"), Thread(T, name="two")],
        calls=[report("first", A, when=asleep("one") & asleep("two"))],
    ),
}

EXPECTED = {
    # V0, V1, V2, V4, V3
    "S1": ["A -> asleep", "A -> asleep", "A * -> storm A", "A -> asleep", "A -> asleep"],
    "S2": ["A -> asleep", "A -> asleep", "A B * -> storm B", "A B -> asleep", "A B -> asleep"],
    "S3": ["-> asleep", "-> asleep", "A * -> storm A", "A -> asleep", "A -> asleep"],
    "S4": ["A A -> asleep", "A -> asleep", "A * -> storm A", "A -> asleep", "A -> asleep"],
    "S5": ["B -> asleep", "B -> asleep", "B * -> storm B", "B -> asleep", "A B -> asleep"],
    "S6": ["A A -> asleep", "A A -> asleep", "A * -> storm A", "A A -> asleep", "A A -> asleep"],
    "S7": ["A C -> asleep", "A C -> asleep", "A B * -> storm B", "A B C -> asleep", "A B C -> asleep"],
    "S8": ["-> exited 0"] * 5,
    "S9": ["A -> exited 0"] * 5,
    "S10": ["-> asleep"] * 5,
    "S10 and A": ["A -> asleep", "A -> asleep", "A * -> storm A", "A -> asleep", "A -> asleep"],
    "S16": ["A A -> asleep", "A -> asleep", "A * -> storm A", "A -> asleep", "A -> asleep"],
}
"""Where the table says "asleep with B pending", "A" alone is what shows: B has come and has no helper."""


def words(outcome: object, endless: bool = False) -> str:
    """An outcome as it is written here; *endless*: it is V2, which may repeat an id any number of times."""
    ids = once(outcome.execs) if endless or outcome.storm else outcome.execs
    run = " ".join(LETTERS[x] for x in ids)
    if outcome.ending == "storm":
        return f"{run} * -> storm {' '.join(LETTERS[x] for x in sorted(outcome.storm))}"
    end = outcome.ending if outcome.code is None else f"{outcome.ending} {outcome.code}"
    return f"{run} -> {end}".strip()


def found(v: str, scenario: Scenario, config: Config) -> set[str]:
    result = settled(outcomes(variant(v), scenario, config))
    assert not any(o.on_queue for o in result if o.ending == "exited"), "off the queue before it exits"
    return {words(o, endless=v == "V2") for o in result}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("v", VARIANTS)
@pytest.mark.parametrize("row", SCENARIOS)
def test_row_of_the_scenario_matrix(row: str, v: str, build: str) -> None:
    """A cell of KERNEL 10.2: exactly the outcomes that it allows."""

    expected = {EXPECTED[row][VARIANTS.index(v)]}
    assert expected == found(v, SCENARIOS[row](v), BUILDS[build])


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("v", ["V4", "V3"])
def test_s7_with_c_already_during_the_helper(v: str, build: str) -> None:
    """S7's bracket: C may come during A's helper, and overwrites B in a single slot."""

    third = report("third", C, when=done("second"))
    expected = {"V4": {"A B C -> asleep", "A C -> asleep"}, "V3": {"A B C -> asleep"}}[v]
    assert expected == found(v, reports(FIRST, while_serving(v), third), BUILDS[build])


def irq_in_locked_read(v: str) -> Scenario:
    """B in an interrupt on the thread's CPU, inside the locked read of A.

    V3 and V4 read with interrupts off: an interrupt raised in there lands behind the unlock, which is where `serve`
    begins.
    """
    inside_read = holds(T, "myevent_lock") if v in ("V0", "V1", "V2") else inside(T, "serve")
    return reports(FIRST, report("nic", B, context="irq", cpu_of=T, when=inside_read & done("first")))


@pytest.mark.parametrize("preempt", [False, True])
@pytest.mark.parametrize("v", VARIANTS)
def test_s14_irq_producer_inside_the_locked_read_smp(v: str, preempt: bool) -> None:
    """S14: with real lock words a plain read lock deadlocks the CPU; with interrupts off nothing happens."""

    # V2 repeats A while nothing comes: the interrupt may hit any of its reads.
    expected = {
        "V0": {"-> stuck"},
        "V1": {"-> stuck"},
        "V2": {"-> stuck", "A -> stuck"},
        "V4": {"A B -> asleep"},
        "V3": {"A B -> asleep"},
    }[v]
    assert expected == found(v, irq_in_locked_read(v), Config(cpus=1, preempt=preempt, smp=True))


@pytest.mark.parametrize("v", VARIANTS)
def test_s15_irq_producer_inside_the_locked_read_up(v: str) -> None:
    """S15: without lock words the handler walks through the section: before, between, after its loads and stores."""

    expected = {
        "V0": {"B -> asleep", "A -> asleep"},  # B over A before the load; or A, with B pending
        "V1": {"B -> asleep", "A -> asleep"},  # the same, and A with B erased
        "V2": {"B * -> storm B", "A B * -> storm B"},
        "V4": {"A B -> asleep"},
        "V3": {"A B -> asleep"},
    }[v]
    assert expected == found(v, irq_in_locked_read(v), Config(cpus=1, preempt=False, smp=False))
