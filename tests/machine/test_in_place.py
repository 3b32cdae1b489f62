"""A step in place does what the step by value does: the same cells, hits and faults, over every edge of a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

import pytest

from kthreadlab import Config
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import LABS
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.refusal import Refusal, refuse
from kthreadlab.compile.runtime import HeapFull, KernelFault
from kthreadlab.compile.steps import begin, changing, done
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.task_state import runnable
from kthreadlab.machine.machine import Machine
from kthreadlab.run.search import build, search
from tests.oracle.programs import program
from tests.oracle.programs.families import family
from tests.support import corpus, linked

CONFIGS = [Config(cpus=1, smp=True), Config(cpus=16, smp=True), Config(cpus=1, preempt=True, smp=True), Config(cpus=2)]
MOST = 1500
"""So many states of a machine are looked at."""
ANSWERS = [s for s in corpus() if s.kind == "right" and "slow" not in s.header]


def machines_of_a_lab(lab: str) -> Iterator[Machine]:
    """Right answers in turn, one for each scenario, each on one configuration: watched, or reduced and not."""
    answers = [x for x in ANSWERS if x.lab == lab]
    for n, scenario in enumerate(LABS[lab].scenarios):
        module = linked(lab, answers[n % len(answers)].text)
        watching = observers_for(PROPERTIES) if n % 3 else ()
        yield build(module, scenario, CONFIGS[n % len(CONFIGS)], observers=watching, reduce=bool(n % 2))


def random_machines(first: int, count: int) -> Iterator[Machine]:
    """Those of random programs that can be loaded."""
    for seed in range(first, first + count):
        p = program(seed)
        if not p.module.broken and not p.module.undefined:
            watching = observers_for(PROPERTIES) if seed % 2 else ()
            yield build(p.module, p.scenario, p.config, observers=watching, reduce=bool(seed % 4 // 2))


Came = tuple[object, list[int]]
"""What came of a step: whether it was made, or the fault; and the violations that it came to."""


def came(m: Machine, step: Callable[[], object]) -> Came:
    """What comes of *step*, which gives None where it is refused."""
    m.hits.clear()
    try:
        outcome: object = step() is not None
    except (KernelFault, HeapFull) as error:
        outcome = type(error), getattr(error, "cause", ""), getattr(error, "detail", "")
    return outcome, [violation for violation, _ in m.hits]


def compared(m: Machine) -> Counter[str]:
    """How many steps were made, refused and ended in a fault, in a graph of *m* on whose edges both kinds agree; and
    how often something was noticed."""
    graph = search(m, Budget(MOST))
    m = graph.machine
    faulty = {(f.source, f.entry): f.state for f in graph.faults}
    count: Counter[str] = Counter()
    for n, s in enumerate(islice(graph.states, graph.expanded)):
        for k, (entry, move) in enumerate(zip(m.internal + m.external, m.in_place, strict=True)):
            if not runnable(s[entry.st]):
                continue
            cells, after = list(s), []
            by_value = came(m, lambda e=entry, s=s, to=after: to.append(e.table[s[e.pc]](s)) or to[0])
            in_place = came(m, lambda e=entry, x=move, c=cells: x.table[c[e.pc]](c))
            assert by_value == in_place, entry.name
            refused = by_value[0] is False
            wanted = s if refused else faulty.get((n, k), ()) if not after else after[0]
            assert wanted == tuple(cells) or by_value[0] == (HeapFull, "", ""), entry.name
            count["refused" if refused else "made" if after else "faults"] += 1
            count["hits"] += len(by_value[1])
    return count


@pytest.mark.parametrize("lab", LABS)
def test_in_place_as_by_value_in_the_labs(lab: str) -> None:
    """Every scenario of a lab, on one configuration after the other."""

    count = sum((compared(m) for m in machines_of_a_lab(lab)), Counter())
    assert min(count["made"], count["refused"]) > 0


def test_in_place_as_by_value_in_wrong_answers() -> None:
    """Where runs end in faults, and much is noticed."""

    count: Counter[str] = Counter()
    for n, answer in enumerate(x for x in corpus() if x.kind == "wrong" and "slow" not in x.header):
        scenario = LABS[answer.lab].scenarios[n % len(LABS[answer.lab].scenarios)]
        with suppress(InputError):  # what can't be loaded on this version
            if n % 6 == 0:
                module, watching = linked(answer.lab, answer.text), observers_for(PROPERTIES)
                count += compared(build(module, scenario, CONFIGS[n // 6 % 4], observers=watching))
    assert min(count["made"], count["refused"], count["hits"], count["faults"]) > 0


def test_in_place_as_by_value_in_random_programs() -> None:
    """Programs over all calls, watched and not, reduced and not."""

    count = sum((compared(m) for m in random_machines(0, 32)), Counter())
    assert min(count["made"], count["refused"], count["faults"]) > 0


def test_in_place_as_by_value_in_random_families() -> None:
    """Processes of user space: forks, zombies, stops."""

    count: Counter[str] = Counter()
    for seed in range(12):
        p = family(seed)
        count += compared(build(p.module, p.scenario, p.config, observers=observers_for(PROPERTIES), reduce=False))
    assert min(count["made"], count["refused"]) > 0


# ---- the rule --------------------------------------------------------------------------------------------------------


def rendered(*lines: str) -> list[str]:
    """What becomes of a step with these lines, without its first and its last."""
    return changing(["def n1(s):", begin(), *(x if isinstance(x, Refusal) else f" {x}" for x in lines), done()])[1:-1]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["v1 = s[@a@]", "c[@!a@] = 2"], [" c = s", " v1 = s[@a@]", " c[@!a@] = 2"]),
        (["c[@!a@] = s[@a@] + 1"], [" c = s", " c[@!a@] = s[@a@] + 1"]),
        (["c[@!a@] = 2", "v1 = s[@a@]"], [" c = s; was0 = s[@a@]", " c[@!a@] = 2", " v1 = was0"]),
        (["c[@!a@] = 2; c[@!b@] = s[@a@]"], [" c = s; was0 = s[@a@]", " c[@!a@] = 2; c[@!b@] = was0"]),
        (["c[@!a@] = 2", "v1 = s[@b@]"], [" c = s", " c[@!a@] = 2", " v1 = s[@b@]"]),
        (["_wake(c, @q@)", "v1 = s[@b@]"], [" c = s; was0 = s[@b@]", " _wake(c, @q@)", " v1 = was0"]),
        (["c[v2] = 0", "v1 = s[@b@]"], [" c = s; was0 = s[@b@]", " c[v2] = 0", " v1 = was0"]),
        (["c[@!a@] = 2", "_seen(s)"], [" c = s; s = tuple(c)", " c[@!a@] = 2", " _seen(s)"]),
        (["_seen(s)", "c[@!a@] = 2"], [" c = s", " _seen(s)", " c[@!a@] = 2"]),
        (
            ["if v1:", " c[@!a@] = 2", " return tuple(c)", "v1 = s[@a@]"],
            [" c = s", " if v1:", "  c[@!a@] = 2", "  return tuple(c)", " v1 = s[@a@]"],
        ),
        (
            ["while True:", " v1 = s[@a@]", " c[@!a@] = v1"],
            [" c = s; was0 = s[@a@]", " while True:", "  v1 = was0", "  c[@!a@] = v1"],
        ),
    ],
)
def test_what_a_step_looks_at_late_is_kept(lines: list[str], expected: list[str]) -> None:
    """In place the state before is gone where something was stored."""

    assert rendered(*lines) == expected


def test_a_step_refuses_before_it_stores() -> None:
    """A step in place that is refused must have changed nothing."""

    assert rendered("v1 = s[@a@]", refuse("v1", "()"))
    with pytest.raises(AssertionError, match="comes after something is stored"):
        rendered("c[@!a@] = 2", refuse("v1", "()"))


def test_nothing_is_built_unless_it_is_asked_for() -> None:
    """A search pays nothing for steps in place."""

    m = next(machines_of_a_lab("lab2"))
    search(m, Budget(MOST))
    assert "in_place" not in vars(m)
    assert m.in_place is m.in_place
