"""The unreduced search is the oracle of the reduced one: the same verdicts on the corpus and on random programs."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import Call, Config, Scenario, Signal, Spurious, Thread, explore
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.compile.values import LowerError
from tests.support import GRADED, SERVED, Submission, corpus, linked, module

PROPERTIES = tuple(sorted({n for lab in ("lab2", "lab6") for n in GRADED[lab]} - {"survives_preemption"}))
CONFIGS = {
    "one CPU": Config(cpus=1, smp=True),
    "one CPU, preempt": Config(cpus=1, preempt=True, smp=True),
    "a CPU each": Config(cpus=8, smp=True),
    "UP": Config(cpus=1),
}
SHORT = 60_000
"""More unreduced states than this go to the long tests."""


def verdicts(
    made: object, scenario: Scenario, config: Config, reduce: bool, most: int, names: tuple[str, ...]
) -> dict[str, tuple] | None:
    """Each verdict, without what may differ (witnesses of equal length); None if the search was not finished."""
    found = explore(made, scenario, config, properties=names, max_states=most, reduce=reduce)
    if not found.complete:
        return None
    return {n: (v.holds, v.exercised, v.cause) for n, v in found.verdicts.items()}


def agree(
    made: object, scenario: Scenario, config: Config, most: int = SHORT, names: tuple[str, ...] = PROPERTIES
) -> bool:
    """Compare both searches; False if the unreduced one was too large to be finished."""
    oracle = verdicts(made, scenario, config, False, most, names)
    if oracle is None:
        return False
    reduced = verdicts(made, scenario, config, True, most, names)
    assert reduced is not None, "the reduced search has more states than the unreduced one"
    assert {n: v[:2] for n, v in oracle.items()} == {n: v[:2] for n, v in reduced.items()}
    return True


# ---- the corpus ----------------------------------------------------------------------------------------------------

CHECKED = [s for s in corpus() if s.kind in ("right", "wrong") and "problem" not in s.header]
AT_HOME = ("lab1", "lab4", "lab5")
"""The labs whose answers live in the worlds of their own portfolio; those of the others are threads."""
FILES = [s for s in CHECKED if s.lab not in AT_HOME]
HANDLERS = [s for s in CHECKED if s.lab in AT_HOME]
ENDLESS = {"counts_its_turns"}
"""No finite state space: only a bound ends the search."""

WORLDS = {
    "report-and-kill": {"reports": [(3, "process")], "signals": [Signal("mykthread", "SIGKILL")]},
    "report-and-spurious": {"reports": [(3, "process")], "spurious": [Spurious("mykthread", budget=1)]},
    "task-and-interrupt": {"reports": [(3, "process"), (5, "irq")]},
}


def world(name: str, lab: str) -> Scenario:
    more = dict(WORLDS[name])
    kinds = more.pop("reports")
    calls = [
        Call(f"sensor{i}", "report_event", n, context="process" if lab == "lab2" else kind)
        for i, (n, kind) in enumerate(kinds)
    ]
    return Scenario(name, threads=[Thread("mykthread")], calls=calls, **SERVED, **more)


@pytest.mark.parametrize("s", [s for s in FILES if s.path.stem not in ENDLESS], ids=lambda s: s.name)
def test_reduction_agrees_on_the_corpus(s: Submission) -> None:
    """One small world a file, chosen by its name: all of them together meet every file, world and configuration."""

    made = linked(s.lab, s.text)
    keys = list(WORLDS)
    name = keys[sum(map(ord, s.path.stem)) % len(keys)]
    for config in ("one CPU", "a CPU each"):
        agree(made, world(name, s.lab), CONFIGS[config], 30_000)


@pytest.mark.parametrize("s", HANDLERS, ids=lambda s: s.name)
def test_reduction_agrees_on_the_handlers(s: Submission) -> None:
    """Two scenarios of the portfolio a file, chosen by its name: all of them together meet every one."""

    lab = LABS[s.lab]
    first = sum(map(ord, s.path.stem))
    for n in (first, first + 7):
        scenario = lab.scenarios[n % len(lab.scenarios)]
        for config in (CONFIGS["one CPU"], CONFIGS["a CPU each"]):
            judged = [name for name in lab.judged.get(scenario.name, lab.properties) if name != "survives_preemption"]
            agree(linked(s.lab, s.text), scenario, config, 30_000, tuple(judged))


@pytest.mark.long
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("s", [s for s in FILES if s.path.stem not in ENDLESS], ids=lambda s: s.name)
def test_reduction_agrees_on_the_whole_corpus(s: Submission, name: str, config: str) -> None:
    """Every file, world and configuration."""

    agree(linked(s.lab, s.text), world(name, s.lab), CONFIGS[config], 1_000_000)


@pytest.mark.long
@pytest.mark.parametrize("s", [s for s in FILES if s.path.stem not in ENDLESS], ids=lambda s: s.name)
def test_reduction_agrees_on_the_portfolio_of_the_check(s: Submission) -> None:
    """The scenarios that are graded, as far as the unreduced search can follow."""

    made = linked(s.lab, s.text)
    for scenario in LABS[s.lab].scenarios:
        for config in (ONE_CPU, A_CPU_EACH, PREEMPT):
            agree(made, scenario, config, 400_000)


# ---- random programs -----------------------------------------------------------------------------------------------

HEADER = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
a = u8(0)
b = u8(0)

"""
SIMPLE = [
    "a = 1",
    "b = 1",
    "a = 0",
    "b = 2",
    "a = b",
    "b = a",
    "a += 1",
    "b ^= 1",
    "wake_up_interruptible(queue)",
    "wake_up(queue)",
    "set_bit(1, a)",
    "b = xchg(a, 0)",
]
IN_THREAD = [
    *SIMPLE,
    "set_current_state(TASK_INTERRUPTIBLE)",
    "set_current_state(TASK_UNINTERRUPTIBLE)",
    "set_current_state(TASK_RUNNING)",
    "schedule()",
    "interruptible_sleep_on(queue)",
    "prepare_to_wait(queue, wait, TASK_INTERRUPTIBLE)",
    "finish_wait(queue, wait)",
    "kfree(kmalloc(16, GFP_KERNEL))",
    "local_irq_disable()",
    "local_irq_enable()",
    "preempt_disable()",
    "preempt_enable()",
    "wait_event_interruptible(queue, a != 0)",
    "BUG_ON(a == 2)",
    "BUG_ON(a == 1 and b == 1)",
    "if signal_pending(current):\n    return 1",
]
IN_HANDLER = [*SIMPLE, "BUG_ON(b == 2 and a == 0)"]
TESTS = ["a", "b == 0", "a == b", "a < 2 and b"]
FORMS = [
    ("spin_lock(lock)", "spin_unlock(lock)"),
    ("spin_lock_irq(lock)", "spin_unlock_irq(lock)"),
    ("spin_lock_irqsave(lock, flags)", "spin_unlock_irqrestore(lock, flags)"),
]


def indented(lines: list[str]) -> list[str]:
    return ["    " + part for text in lines for part in text.splitlines()]


def block(simple: list[str], depth: int = 2) -> st.SearchStrategy[list[str]]:
    """Statements: simple ones, locked sections, conditionals; in threads a loop that sleeps."""
    one = st.sampled_from(simple).map(str.splitlines)
    if depth:
        inner = block(simple, depth - 1)
        locked = st.tuples(st.sampled_from(FORMS), inner).map(lambda t: [t[0][0], *t[1], t[0][1]])
        branch = st.tuples(st.sampled_from(TESTS), inner).map(lambda t: [f"if {t[0]}:", *indented(t[1])])
        one = st.one_of(one, one, locked, branch)
        if simple is IN_THREAD:
            loop = st.tuples(st.sampled_from(TESTS), inner).map(
                lambda t: [f"while {t[0]}:", *indented([*t[1], "schedule()"])]
            )
            one = st.one_of(one, one, loop)
    return st.lists(one, min_size=1, max_size=3).map(lambda parts: [line for part in parts for line in part])


def function(name: str, body: list[str], thread: bool) -> str:
    head = [f"def {name}({'unused' if thread else ''}):", "    global a, b"]
    start = ["    wait = DEFINE_WAIT()", '    daemonize("mykthread")', "    allow_signal(SIGKILL)"] if thread else []
    return "\n".join([*head, *start, *indented(body), *(["    return 0"] if thread else [])]) + "\n\n\n"


PROGRAMS = st.tuples(block(IN_THREAD), block(IN_THREAD, 1), block(IN_HANDLER, 1), block(IN_HANDLER, 1)).map(
    lambda bodies: (
        HEADER
        + "".join(
            function(name, body, thread)
            for name, body, thread in zip(
                ("mykthread", "rival", "handler", "caller"), bodies, (True, True, False, False), strict=True
            )
        )
    )
)
RANDOM_WORLDS = [
    Scenario("irq", threads=[Thread("mykthread")], calls=[Call("nic", "handler", context="irq"), Call("p", "caller")]),
    Scenario("rival", threads=[Thread("mykthread"), Thread("rival")], calls=[Call("nic", "handler", context="irq")]),
    Scenario("kill", threads=[Thread("mykthread")], calls=[Call("p", "caller")], signals=[Signal("mykthread")]),
    Scenario(
        "two-lines",
        threads=[Thread("mykthread")],
        calls=[Call("nic", "handler", context="irq"), Call("uart", "caller", context="irq")],
    ),
]


# ---- mutations of the right answers --------------------------------------------------------------------------------

EXCHANGES = [
    ("spin_lock_irq(", "spin_lock("),
    ("spin_unlock_irq(", "spin_unlock("),
    ("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE"),
    ("TASK_RUNNING", "TASK_INTERRUPTIBLE"),
    ("schedule()", "schedule_timeout(HZ)"),
    ("schedule()", "cond_resched()"),
    ("wake_up_interruptible(", "wake_up("),
    ("GFP_ATOMIC", "GFP_KERNEL"),
    ("add_wait_queue(", "add_wait_queue_exclusive("),
    ("DECLARE_WAITQUEUE(current)", "DEFINE_WAIT()"),
    ("break", "continue"),
    ("write_lock_irq(", "read_lock_irq("),
    ("event_id == 0", "event_id != 0"),
    ("return 0", "return 1"),
]


def mutated(text: str, how: list[tuple[str, int]]) -> str:
    """*text* with lines of its functions left out, doubled, moved down, or with one word exchanged."""
    lines = text.splitlines()
    for what, number in how:
        bodies = [i for i, x in enumerate(lines) if x.startswith("    ") and not x.endswith(":")]
        at = bodies[number % len(bodies)]
        if what == "drop":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "swap" and at + 1 in bodies:
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        elif what == "exchange":
            before, after = EXCHANGES[number % len(EXCHANGES)]
            places = [i for i in bodies if before in lines[i]]
            if places:
                at = places[number // len(EXCHANGES) % len(places)]
                lines[at] = lines[at].replace(before, after, 1)
    return "\n".join(lines) + "\n"


RIGHT = [s for s in FILES if s.kind == "right"]
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["drop", "double", "swap", "exchange", "exchange"]), st.integers(0, 400)),
    min_size=1,
    max_size=2,
)


def mutant_agrees(s: Submission, how: list[tuple[str, int]], name: str, config: str, most: int) -> None:
    made = linked(s.lab, mutated(s.text, how))
    if not made.broken and not made.undefined:
        with contextlib.suppress(LowerError):  # a program that only the machine can refuse
            agree(made, world(name, s.lab), CONFIGS[config], most)


@pytest.mark.parametrize("config", CONFIGS)
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(s=st.sampled_from(RIGHT), how=MUTATIONS, name=st.sampled_from(list(WORLDS)))
def test_reduction_agrees_on_mutated_answers(config: str, s: Submission, how: list, name: str) -> None:
    """Right answers with one or two lines changed: what students write."""

    mutant_agrees(s, how, name, config, 8_000)


@pytest.mark.long
@pytest.mark.parametrize("config", CONFIGS)
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(s=st.sampled_from(RIGHT), how=MUTATIONS, name=st.sampled_from(list(WORLDS)))
def test_reduction_agrees_on_many_mutated_answers(config: str, s: Submission, how: list, name: str) -> None:
    """The same, for longer."""

    mutant_agrees(s, how, name, config, 100_000)


# ---- the tests of the random programs ------------------------------------------------------------------------------


@pytest.mark.parametrize("config", CONFIGS)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=PROGRAMS, scenario=st.sampled_from(RANDOM_WORLDS))
def test_reduction_agrees_on_random_programs(config: str, text: str, scenario: Scenario) -> None:
    """Small programs over two shared words, a lock, a queue, interrupts."""

    agree(module(text, "random"), scenario, CONFIGS[config], 20_000)


@pytest.mark.long
@pytest.mark.parametrize("config", CONFIGS)
@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=PROGRAMS, scenario=st.sampled_from(RANDOM_WORLDS))
def test_reduction_agrees_on_many_random_programs(config: str, text: str, scenario: Scenario) -> None:
    """The same, for longer, with new programs every time."""

    agree(module(text, "random"), scenario, CONFIGS[config], 200_000)
