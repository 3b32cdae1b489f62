"""One run of a program, chosen by hand: what the tests of the machine look at."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatch

from kthreadlab import Config, Scenario, replay
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.profile import PROFILES
from kthreadlab.machine.machine import Machine
from kthreadlab.trace.events import Trace
from tests.support import module

UP = Config(cpus=1)
LAST = ("reclaim/*", "timer/*", "helper/*")
"""What moves only when nothing else can, unless a test asks for it earlier."""
MOST_STEPS = 2_000


def lines(*body: str) -> str:
    """The text of ``mykthread`` with this body."""
    return "def mykthread(unused):\n" + "".join(f"    {line}\n" for line in body)


def fitting(text: str, config: Config) -> Config:
    """*config*, or, where its kernel lacks something that *text* uses, the oldest later one that lacks nothing."""
    words = set(re.findall(r"\w+", text))
    names = list(PROFILES)
    order = [*names[names.index(config.profile) :], *names]
    return replace(config, profile=next(name for name in order if not words & PROFILES[name].missing))


def schedule_of(made: KernelModule, scenario: Scenario, config: Config, prefer: tuple[str, ...] = ()) -> list[str]:
    """Choices from boot to rest (or to a fault): always the first open one of *prefer* (patterns; what matches none
    comes after them, arrivals only if asked for)."""
    machine = Machine.of(made, scenario, config, reduce=False, heap=8)
    entries = [*machine.internal, *machine.external]

    def rank(name: str, external: bool) -> int | None:
        wanted = next((n for n, pattern in enumerate(prefer) if fnmatch(name, pattern)), None)
        if wanted is not None:
            return wanted
        return None if external else 90 if not any(fnmatch(name, x) for x in LAST) else 99

    ranked = [(rank(e.name, e.external), n) for n, e in enumerate(entries)]
    order = [entries[n] for r, n in sorted((r, n) for r, n in ranked if r is not None)]
    state, steps = machine.initial, []
    while len(steps) < MOST_STEPS:
        for e in order:
            if state[e.st] > 3:
                continue
            try:
                after = e.table[state[e.pc]](state)
            except KernelFault:
                return [*steps, e.name]
            if after is not None:
                steps.append(e.name)
                state = after
                break
        else:
            return steps
    raise AssertionError(f"no rest after {MOST_STEPS} steps: {steps[-8:]}")


def drive(text: str, config: Config = UP, prefer: tuple[str, ...] = (), **scenario: object) -> Trace:
    """The trace of one run of *text*, whose thread is ``mykthread`` unless *scenario* says otherwise."""
    world, config = Scenario("one", **{"threads": ["mykthread"], **scenario}), fitting(text, config)
    made = module(text)
    return replay(made, world, config, " ".join(schedule_of(made, world, config, prefer)))


def printed(trace: Trace) -> list[str]:
    """The lines that the program printed."""
    return [e.args[0] for e in trace.events if e.op == "printk"]


def fault(trace: Trace) -> str:
    """The cause of the fault that ended the run, or ''."""
    return trace.events[-1].outcome if trace.events and trace.events[-1].op == "fault" else ""


def code(trace: Trace, task: str = "mykthread") -> int | None:
    """What *task* exited with; None if it did not."""
    return next((e.detail("code") for e in trace.events if e.op in ("exit", "do_exit") and e.task == task), None)
