"""The machines on which one program can be played: those that are asked for, and those beside them.

A world that there can't be is kept, with the reason: its control is grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kthreadlab.checks.portfolio import A_CPU_EACH
from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import Budget
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.profile import PROFILES
from kthreadlab.machine.scenario import Scenario
from kthreadlab.run.search import build
from kthreadlab.trace.narrate import plain

MACHINE, VERSION = "machine", "version"


@dataclass(frozen=True)
class World:
    """A machine by its *name*, among the others of its *kind*: `MACHINE`, `VERSION`.  *config*: None if there can't be
    such a machine; *why*: then, or if nobody can play on it, the reason."""

    name: str
    kind: str
    config: Config | None
    why: str = ""


def worlds_of(configs: Sequence[Config]) -> list[World]:
    """What is asked for; beside one alone the same machine built otherwise; and every other version of the kernel."""
    first = configs[0]
    machines = list(dict.fromkeys(configs if len(configs) > 1 else [first, *_switched(first)]))
    return [*(World(str(config), MACHINE, config) for config in machines), *_versions(first)]


def _switched(config: Config) -> Iterator[Config]:
    """The machine with one thing changed: preemptible or not, one CPU or one for each task."""
    if config.kernel.preemptible:
        yield replace(config, preempt=not config.preempt)
    yield replace(config, cpus=A_CPU_EACH.cpus if config.cpus == 1 else 1)


def _versions(config: Config) -> Iterator[World]:
    for profile in PROFILES:
        try:
            if profile != config.profile:
                yield World(profile, VERSION, replace(config, profile=profile))
        except ValueError as problem:
            yield World(profile, VERSION, None, str(problem))


def judged(module: KernelModule, scenario: Scenario, world: World) -> World:
    """The world, with the reason why *module* cannot be run on it in *scenario*, if it cannot."""
    if world.config is None:
        return world
    try:
        build(module, scenario, world.config, reduce=False, budget=Budget())
    except ValueError as problem:
        return replace(world, why=reason_of(problem))
    return world


def reason_of(problem: ValueError) -> str:
    """Why there is no such world, in a line."""
    if isinstance(problem, LowerError):
        found = problem.diagnostic
        return plain(f"line {found.pos.line} of {found.pos.file}: {found.message}")
    return plain(str(problem).partition("\n")[0])
