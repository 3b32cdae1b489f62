"""The reference of KERNEL 8.1 (ids in a set) holds every Lab 6 property, whoever reports, wherever it runs."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Spurious, Thread, explore
from tests.kernel.variants import variant
from tests.support import GRADED, SERVED, linked, submission

PROPERTIES = tuple(name for name in GRADED["lab6"] if name != "survives_preemption")
"""I11 is a comparison of configurations, and holds if all the others hold on all of them."""

IDS = (3, 5, 17, 31)
REFERENCES = {"8.1": lambda: variant("V3"), "lab 6": lambda: linked("lab6", submission("lab6/right/reference").text)}


def world(reporters: int, context: str, hazard: str) -> Scenario:
    calls = [Call(f"sensor{n}", "report_event", IDS[n], context=context) for n in range(reporters)]
    hazards = {
        "none": {},
        "kill": {"signals": [Signal("mykthread", "SIGKILL")]},
        "sigterm": {"signals": [Signal("mykthread", "SIGTERM")]},
        "spurious": {"spurious": [Spurious("mykthread", budget=1)]},
    }
    return Scenario(
        f"{reporters}-{context}-{hazard}", threads=[Thread("mykthread")], calls=calls, **SERVED, **hazards[hazard]
    )


CASES = [
    pytest.param(*case, marks=[pytest.mark.long] if case[0] == 4 else [], id="-".join(map(str, case)))
    for case in (
        (reporters, cpus, preempt, context, hazard)
        for reporters in (1, 2, 3, 4)
        for cpus in (1, 2, 8)
        for preempt in (False, True)
        for context in ("process", "irq")
        for hazard in ("none", "kill", "sigterm", "spurious")
    )
]


@pytest.mark.parametrize(("reporters", "cpus", "preempt", "context", "hazard"), CASES)
def test_reference_holds_every_property(reporters: int, cpus: int, preempt: bool, context: str, hazard: str) -> None:
    """1, 2, 3 (and 4) reporters; 1, 2, and a CPU each; preemption off and on; tasks and interrupts; each hazard."""

    config = Config(cpus=cpus, preempt=preempt, smp=True)
    scenario = world(reporters, context, hazard)
    found = explore(variant("V3"), scenario, config, properties=PROPERTIES, max_states=5_000_000)
    assert found.complete
    assert [] == [name for name, verdict in found.verdicts.items() if not verdict.sound]
    assert found.verdicts["delivered"].exercised


@pytest.mark.parametrize("preempt", [False, True])
@pytest.mark.parametrize("name", REFERENCES)
def test_reference_without_lock_words(name: str, preempt: bool) -> None:
    """The UP builds as well, where locks are nothing but switched-off interrupts."""

    config = Config(cpus=1, preempt=preempt, smp=False)
    found = explore(REFERENCES[name](), world(2, "irq", "none"), config, properties=PROPERTIES)
    assert [] == [name for name, verdict in found.verdicts.items() if not verdict.sound]
