"""Who has which CPU: three ways, and nobody but kernel/cpus.py knows which it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab import Config, Scenario, Thread, replay
from kthreadlab.kernel.cpus import CpuEach, Cpus, ManyCpus, OneCpu, discipline
from tests.support import module

PACKAGE = Path(kthreadlab.__file__).parent

TWO = """
x = u32(0)

def cpufreq(unused):
    global x
    x = 1
    x = 2
    return 0

def other(unused):
    global x
    x = 3
    return 0
"""


@pytest.mark.parametrize(
    "cpus, tasks, kind",
    [(1, 2, OneCpu), (1, 1, CpuEach), (2, 3, ManyCpus), (2, 2, CpuEach), (16, 3, CpuEach)],
)
def test_tasks_share_cpus_only_if_there_are_too_few(cpus: int, tasks: int, kind: type[Cpus]) -> None:
    """As many as tasks: each has its own."""

    assert type(discipline(Config(cpus=cpus), tasks)) is kind


@pytest.mark.parametrize(
    "cpus, preempt, atomic, free",
    [
        (1, False, False, False),
        (1, True, False, True),
        (1, True, True, False),
        (2, True, True, False),
        (9, False, True, True),
    ],
)
def test_others_run_beside_a_task_that_can_be_preempted(cpus: int, preempt: bool, atomic: bool, free: bool) -> None:
    """Or beside one that shares its CPU with nobody; not beside an atomic section on a CPU they wait for."""

    assert discipline(Config(cpus=cpus, preempt=preempt), 4).others_run(atomic) is free


def test_nobody_asks_which_it_is() -> None:
    """The three are named in kernel/cpus.py alone; no other file has a comparison with their cells' names."""

    words = {"OneCpu", "ManyCpus", "CpuEach"}
    for path in PACKAGE.rglob("*.py"):
        if path.parts[-2:] == ("kernel", "cpus.py") or {"given", "linux"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "id", getattr(node, "attr", getattr(node, "name", "")))
            text = getattr(node, "value", "") if isinstance(node, ast.Constant) else ""
            assert name not in words, f"{path}: {name}"
            assert not str(text).startswith(("cpu.", "cur.")) and "@cur." not in str(text), f"{path}: {text}"


@pytest.mark.parametrize("cpus, preempt", [(1, False), (1, True), (2, False), (3, False)])
def test_a_task_may_be_called_as_a_cpu(cpus: int, preempt: bool) -> None:
    """A name that begins with "cpu" is no choice of a CPU."""

    scenario = Scenario("two", threads=(Thread("cpufreq"), Thread("other"), Thread("other", name="third")))
    trace = replay(module(TWO), scenario, Config(cpus=cpus, preempt=preempt), "cpufreq*2")

    assert "cpufreq" in {e.actor for e in trace.events}
