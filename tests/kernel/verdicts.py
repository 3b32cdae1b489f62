"""What fails of a small module: for tests that say of each call what goes wrong without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kthreadlab import Call, Config, Scenario
from kthreadlab.checks.catalogue import explore
from tests.support import module

UP, EACH, PREEMPT = Config(cpus=1, smp=True), Config(cpus=9, smp=True), Config(cpus=1, preempt=True, smp=True)


def on(profile: str, config: Config = EACH) -> Config:
    """That machine with another kernel."""
    return replace(config, profile=profile)


def failing(text: str, *calls: str, config: Config = EACH, **world: Any) -> set[str]:
    """``property: cause`` of all that fails by itself where these functions are called, all at once."""
    made = tuple(Call(f"{function}{n}", function) for n, function in enumerate(calls))
    found = explore(module(text), Scenario("small", calls=made, **world), config)
    assert found.complete, found.verdicts
    return {f"{name}: {v.cause}" for name, v in found.verdicts.items() if v.verdict == "fails"}
