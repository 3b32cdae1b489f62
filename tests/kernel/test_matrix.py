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
    Fault,
    Freeze,
    Scenario,
    Signal,
    Spurious,
    Thread,
    asleep,
    before_first,
    done,
    explore,
    holds,
    in_helper,
    inside,
    never_slept,
    replay,
)
from kthreadlab.lang.module import KernelModule
from kthreadlab.run.outcomes import outcomes
from kthreadlab.run.schedule import parse
from kthreadlab.trace.events import Trace
from tests.kernel.variants import SERVING, variant
from tests.machine.drive import schedule_of
from tests.support import SERVED, calls_of, once, settled

A, B, C = 7, 9, 11
LETTERS = {A: "A", B: "B", C: "C"}
VARIANTS = ("V0", "V1", "V2", "V4", "V3")
BUILDS = {"n": Config(cpus=1), "y": Config(cpus=1, preempt=True)}
ASLEEP, T = asleep("mykthread"), "mykthread"


def reports(*calls: Call, **more: object) -> Scenario:
    return Scenario("row", threads=[Thread(T)], calls=calls, **SERVED, **more)


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


def found(v: str, scenario: Scenario, config: Config, **linked: object) -> set[str]:
    result = settled(outcomes(variant(v, **linked), scenario, config))
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


# ---- S11: the freezer


AWAKE_TO_SIGNALS = ~before_first(T, "allow_signal")
"""As with SIGKILL, a request before daemonize is flushed by it."""
LATER = report("later", A, when=ASLEEP & done("freeze"))
SUSPEND = {"freeze": Freeze(T, when=AWAKE_TO_SIGNALS)}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("v", VARIANTS)
def test_s11_a_freeze_request_ends_who_takes_it_for_sigkill(v: str, build: str) -> None:
    """S11: without 8.1's freezer step every variant exits at suspend, whenever it comes."""

    assert {"-> exited 0"} == found(v, reports(**SUSPEND), BUILDS[build])


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("v", ["V4", "V3"])
def test_s11_the_reference_with_the_freezer_step_survives(v: str, build: str) -> None:
    """S11: it is frozen, thawed, and goes on: an event afterwards has its helper."""

    assert {"-> asleep"} == found(v, reports(**SUSPEND), BUILDS[build], freezer=True)
    assert {"A -> asleep"} == found(v, reports(LATER, **SUSPEND), BUILDS[build], freezer=True)


@pytest.mark.parametrize("v", ["V4", "V3"])
def test_s11_an_event_at_any_time_around_a_suspend_is_served(v: str) -> None:
    """8.1's step goes round to the check again, so nothing posted while frozen is lost."""

    anytime = reports(report("first", A), **SUSPEND)
    assert {"A -> asleep"} == found(v, anytime, BUILDS["n"], freezer=True)


@pytest.mark.parametrize("v", ["V4", "V3"])
def test_s11_the_freezer_step_still_obeys_sigkill(v: str) -> None:
    """A real signal is not thawed away."""

    kill = [Signal(T, "SIGKILL", when=AWAKE_TO_SIGNALS)]
    assert {"-> exited 0"} == found(v, reports(signals=kill, **SUSPEND), BUILDS["n"], freezer=True)


FREEZES_FIRST = (
    "        if signal_pending(current):\n",
    "        try_to_freeze()\n        if signal_pending(current):\n",
)
FREEZES_AFTER_THE_CHECK = (
    "        if signal_pending(current):\n            break\n        ids = take()\n        if ids == 0:\n",
    "        ids = take()\n        if ids == 0:\n            try_to_freeze()\n"
    "            if signal_pending(current):\n                break\n",
)


def reordered(old: str, new: str) -> KernelModule:
    """The reference with its freezer step in another place."""
    made = variant("V3")
    assert old in made.files["V3"]
    return made.with_file("V3", made.files["V3"].replace(old, new))


@pytest.mark.parametrize(
    "config, killed",
    [(BUILDS["n"], False), (BUILDS["y"], True), (Config(cpus=2), True)],
    ids=["one CPU", "preempted", "two CPUs"],
)
def test_s11_khubds_order_leaves_a_window(config: Config, killed: bool) -> None:
    """E-9: try_to_freeze() before signal_pending(): a request between the two still kills it.  The freezer is a task:
    it needs a CPU in between."""

    result = settled(outcomes(reordered(*FREEZES_FIRST), reports(**SUSPEND), config))
    assert {"-> asleep"} | ({"-> exited 0"} if killed else set()) == {words(o) for o in result}


def test_s11_a_freezer_step_after_the_check_loses_events_posted_while_frozen() -> None:
    """E-9: thawed, it goes to sleep on what nobody could wake it for: it was in D."""

    scenario = reports(report("first", A), **SUSPEND)
    found = {words(o) for o in settled(outcomes(reordered(*FREEZES_AFTER_THE_CHECK), scenario, BUILDS["n"]))}
    assert {"A -> asleep", "-> asleep"} <= found


# ---- S12: no handler registered


def driven(made: KernelModule, scenario: Scenario) -> Trace:
    """One run: everything that may come comes as soon as it may."""
    config = BUILDS["n"]
    return replay(made, scenario, config, " ".join(schedule_of(made, scenario, config, prefer=("first", "fail/*"))))


def endless(made: KernelModule, scenario: Scenario) -> Trace:
    """The shortest run to a cycle on which the thread never rests: what repeats is its last `Trace.cycle` steps."""
    config = BUILDS["n"]
    verdict = explore(made, scenario, config, properties=("sleeps_when_idle",)).verdicts["sleeps_when_idle"]
    assert not verdict.holds
    assert parse(verdict.witness).cycle
    return replay(made, scenario, config, verdict.witness)


def on_cycle(trace: Trace) -> set[str]:
    """The operations that a cycle repeats."""
    return {e.op for e in trace.events if e.step >= len(trace.steps) - trace.cycle}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(("v", "expected"), [(v, "-> hog" if v == "V2" else "-> asleep") for v in VARIANTS])
def test_s12_handler_unset(v: str, expected: str, build: str) -> None:
    """S12: nothing runs; V2, whose call returns without sleeping, never sleeps either."""

    config, result = BUILDS[build], settled(outcomes(variant(v, path=""), reports(FIRST), BUILDS[build]))
    assert {(expected, ())} == {(f"-> {o.ending}", o.execs) for o in result}, config


@pytest.mark.parametrize("v", ["V0", "V1"])
def test_s12_listing_five_allocates_calls_and_frees_for_nothing(v: str) -> None:
    """S12: the call of "" returns 0 without sleeping, as if all were well; the buffer is freed; nothing is executed."""

    trace = driven(variant(v, path=""), reports(FIRST))
    ops = ("kmalloc", "call_usermodehelper", "kfree", "exec", "helper_take")
    assert [(T, "kmalloc"), (T, "call_usermodehelper"), (T, "kfree")] == calls_of(trace, *ops)
    call = next(e for e in trace.events if e.op == "call_usermodehelper")
    assert ("empty", 0, "") == (call.outcome, call.result, call.args[0])
    assert "D" not in {t.letter for view in trace.views for t in view.tasks if t.name == T}
    assert () == trace.views[-1].heap


@pytest.mark.parametrize("v", ["V4", "V3"])
def test_s12_the_reference_returns_early(v: str) -> None:
    """S12: it looks at the path first; nothing is allocated, nothing called."""

    trace = driven(variant(v, path=""), reports(FIRST))
    assert [] == calls_of(trace, "kmalloc", "call_usermodehelper", "exec", "printk")


def test_s12_v2_hogs_the_cpu_in_r() -> None:
    """S12: round and round without ever leaving the CPU."""

    trace = endless(variant("V2", path=""), reports(FIRST))
    assert not on_cycle(trace) & {"exec", "helper_take"}
    letters = {t.letter for view in trace.views[-trace.cycle :] for t in view.tasks if t.name == T}
    assert "D" not in letters
    assert {True} == {t.on_runqueue for view in trace.views[-trace.cycle :] for t in view.tasks if t.name == T}


# ---- S13: the handler is a missing file


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("v", [v for v in VARIANTS if v != "V2"])
def test_s13_missing_handler_is_survived(v: str, build: str) -> None:
    """S13: nothing runs, and the thread sleeps again."""

    result = settled(outcomes(variant(v, path="/bin/missing"), reports(FIRST, helpers={}), BUILDS[build]))
    assert {("asleep", ())} == {(o.ending, o.execs) for o in result}


@pytest.mark.parametrize(("v", "reports_it"), [("V0", False), ("V1", False), ("V4", True), ("V3", True)])
def test_s13_only_the_reference_reports_it(v: str, reports_it: bool) -> None:
    """S13: the call returns -ENOENT; Listing Five ignores it, the reference says so in the log."""

    trace = driven(variant(v, path="/bin/missing"), reports(FIRST, helpers={}))
    tried = [(e.outcome, e.result) for e in trace.events if e.op in ("exec", "call_usermodehelper:return")]
    assert [("missing", -2), ("failed", -2)] == tried
    assert reports_it == any("-2" in line and "/bin/missing" in line for _, line in trace.log)


def test_s13_v2_tries_for_ever() -> None:
    """S13: a storm: each turn asks for the helper again."""

    trace = endless(variant("V2", path="/bin/missing"), reports(FIRST, helpers={}))
    assert "exec" in on_cycle(trace)
    assert {-2} == {e.result for e in trace.events if e.op == "exec"}


# ---- S17: kmalloc fails once


FAILS_ONCE = {"faults": [Fault("kmalloc", budget=1, when=never_slept(T))]}
AGAIN = {"spurious": [Spurious(T, when=ASLEEP & done("first"))]}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("v", "expected", "after_a_wake"),
    [
        ("V0", "-> asleep", "A -> asleep"),  # A is still in the slot: a later wake retries it
        ("V1", "-> asleep", "-> asleep"),
        ("V2", "A * -> storm A", "A * -> storm A"),
        ("V4", "-> asleep", "-> asleep"),
        ("V3", "-> asleep", "-> asleep"),
    ],
)
def test_s17_kmalloc_fails_once(v: str, expected: str, after_a_wake: str, build: str) -> None:
    """S17: no helper for A; who has cleared the id has dropped it."""

    assert {expected} == found(v, reports(FIRST, **FAILS_ONCE), BUILDS[build])
    assert {after_a_wake} == found(v, reports(FIRST, **FAILS_ONCE, **AGAIN), BUILDS[build])


@pytest.mark.parametrize("v", [v for v in VARIANTS if v != "V2"])
def test_s17_nothing_is_executed_with_null(v: str) -> None:
    """S17: kmalloc gives NULL, and neither a helper call nor a free follows."""

    trace = driven(variant(v, path="/bin/alert"), reports(FIRST, **FAILS_ONCE))
    assert [(T, "kmalloc")] == calls_of(trace, "kmalloc", "call_usermodehelper", "kfree", "exec")
    assert "fails" == next(e.outcome for e in trace.events if e.op == "kmalloc")
