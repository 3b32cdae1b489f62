"""What may happen on one CPU, on two and on a CPU each, against a brute-force enumeration of small random programs."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from kthreadlab import Call, Config, Scenario
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.search import build, search
from tests.support import module

SEED, PROGRAMS = 1105, 40
VARIABLES = ("x", "y")
Op = tuple[str, str, int]
Program = tuple[tuple[Op, ...], ...]

CONFIGS = {
    "one_cpu": (Config(cpus=1), 1, False),
    "one_cpu_preempt": (Config(cpus=1, preempt=True), 1, True),
    "one_cpu_smp_preempt": (Config(cpus=1, preempt=True, smp=True), 1, True),
    "two_cpus": (Config(cpus=2), 2, False),
    "two_cpus_preempt": (Config(cpus=2, preempt=True), 2, True),
    "a_cpu_each": (Config(cpus=4), 4, False),
}


def random_program(pick: random.Random, tasks: int, interrupt: bool) -> Program:
    """A few operations for each: store, add (a load and a store), xchg (one step), copy, schedule, irqs off and on."""
    kinds = ["store", "add", "add", "xchg", "copy", "schedule"]
    out = []
    for n in range(tasks + interrupt):
        quiet = n == tasks
        ops = [
            (pick.choice([k for k in kinds if not (quiet and k == "schedule")]), pick.choice("xy"), pick.randint(1, 3))
            for _ in range(pick.randint(1, 3))
        ]
        if interrupt and not quiet and pick.random() < 0.5:
            ops = [("off", "", 0), *(op for op in ops if op[0] != "schedule"), ("on", "", 0)]
        out.append(tuple(ops))
    return tuple(out)


# ---- as kernel Python ----------------------------------------------------------------------------------------------

PYTHON = {
    "store": "{v} = {n}",
    "add": "{v} += {n}",
    "xchg": "{o} = xchg({v}, {n})",
    "copy": "{v} = {o}",
    "schedule": "schedule()",
    "off": "local_irq_disable()",
    "on": "local_irq_enable()",
}


def text_of(program: Program) -> str:
    """The program as a module: threads t0, t1, …; the last may be an interrupt's handler."""
    parts = ["x = u32(0)\ny = u32(0)\n"]
    for n, ops in enumerate(program):
        body = [PYTHON[op].format(v=v, n=k, o="y" if v == "x" else "x") for op, v, k in ops]
        parts.append(f"def t{n}(unused):\n    global x, y\n" + "".join(f"    {line}\n" for line in body))
    return "\n\n".join(parts)


def by_the_machine(program: Program, config: Config, interrupt: bool, reduce: bool) -> set[tuple[int, ...]]:
    """Values of the statics wherever the machine comes to rest with every arrival come."""
    threads = [f"t{n}" for n in range(len(program) - interrupt)]
    calls = [Call("nic", f"t{len(threads)}", 0, context="irq")] if interrupt else []
    scenario = Scenario("small", threads=threads, calls=calls)
    graph = search(build(module(text_of(program)), scenario, config, reduce=reduce))
    assert graph.complete
    machine, arrived = graph.machine, set()
    for n in Analysis(graph).paths.dead_ends:
        s = graph.states[n]
        pending = [e for e in machine.external if s[e.pc] == machine.special.get((e.actor, "arrive"))]
        if not pending:
            arrived.add(tuple(s[machine.index[f"s.{v}"]] if f"s.{v}" in machine.index else 0 for v in VARIABLES))
    return arrived


# ---- by brute force ------------------------------------------------------------------------------------------------


def steps_of(op: Op) -> list[tuple]:
    """An operation as single steps on memory: ``load``, ``put`` (what was loaded plus n), ``set``, ``swap`` …"""
    kind, v, n = op
    other = "y" if v == "x" else "x"
    return {
        "store": [("set", v, n)],
        "add": [("load", v, 0), ("put", v, n)],
        "xchg": [("swap", v, n), ("put", other, 0)],
        "copy": [("load", other, 0), ("put", v, 0)],
        "schedule": [("yield", "", 0)],
        "off": [("off", "", 0)],
        "on": [("on", "", 0)],
    }[kind]


def by_brute_force(program: Program, cpus: int, preempt: bool, interrupt: bool) -> set[tuple[int, ...]]:
    """Every order of the steps that *cpus* processors can make.  A task keeps its CPU until it ends or calls
    schedule(), or for ever less with *preempt*; an interrupt (one CPU only) runs whole while interrupts are on."""
    code = [[step for op in ops for step in steps_of(op)] for ops in program]
    tasks = len(code) - interrupt
    start = ((0,) * tasks, (0,) * tasks, (0, 0), frozenset(), frozenset(), interrupt)
    seen, todo, ends = {start}, [start], set()
    while todo:
        state = todo.pop()
        following = list(successors(state, code, tasks, cpus, preempt))
        if not following:
            ends.add(state[2])
        for after in following:
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return ends


def successors(state: tuple, code: list, tasks: int, cpus: int, preempt: bool) -> Iterator[tuple]:
    pcs, temps, memory, on_cpu, off, pending = state
    if pending and not off:
        now, temp = memory, 0
        for step in code[tasks]:
            now, temp = performed(step, now, temp)
        yield pcs, temps, now, on_cpu, off, False
    for t in range(tasks):
        if pcs[t] == len(code[t]):
            continue
        if t in on_cpu or len(on_cpu) < cpus:
            kind = code[t][pcs[t]][0]
            now, temp = performed(code[t][pcs[t]], memory, temps[t])
            done = pcs[t] + 1 == len(code[t])
            running = on_cpu - {t} if done or kind == "yield" else on_cpu | {t}
            irqs = off | {t} if kind == "off" else off - {t} if kind == "on" else off
            if preempt and not irqs:
                running = frozenset()
            yield replaced(pcs, t, pcs[t] + 1), replaced(temps, t, temp), now, running, irqs, pending


def replaced(values: tuple, n: int, value: int) -> tuple:
    return (*values[:n], value, *values[n + 1 :])


def performed(step: tuple, memory: tuple, temp: int) -> tuple[tuple, int]:
    kind, v, n = step
    where = VARIABLES.index(v) if v else 0
    if kind == "load":
        return memory, memory[where]
    if kind == "set":
        return replaced(memory, where, n), temp
    if kind == "put":
        return replaced(memory, where, temp + n), temp
    if kind == "swap":
        return replaced(memory, where, n), memory[where]
    return memory, temp


@pytest.mark.parametrize("name", CONFIGS)
def test_three_tasks_do_what_brute_force_says(name: str) -> None:
    """The values in which a small program can end are those of the enumeration, reduced search or not."""

    config, cpus, preempt = CONFIGS[name]
    pick = random.Random(SEED)
    for _ in range(PROGRAMS):
        program = random_program(pick, 3, interrupt=False)
        expected = by_brute_force(program, cpus, preempt, False)
        assert expected == by_the_machine(program, config, False, reduce=True), text_of(program)
        assert expected == by_the_machine(program, config, False, reduce=False), text_of(program)


@pytest.mark.parametrize("name", [n for n in CONFIGS if n.startswith("one_cpu")])
def test_an_interrupt_comes_whole_and_never_while_they_are_off(name: str) -> None:
    """On one CPU a handler runs from its first operation to its last, anywhere with interrupts on, idle included."""

    config, cpus, preempt = CONFIGS[name]
    pick = random.Random(SEED + 1)
    for _ in range(PROGRAMS):
        program = random_program(pick, 2, interrupt=True)
        expected = by_brute_force(program, cpus, preempt, True)
        assert expected == by_the_machine(program, config, True, reduce=True), text_of(program)
        assert expected == by_the_machine(program, config, True, reduce=False), text_of(program)
