"""Replays that say where a property is broken on the way."""

from __future__ import annotations

from kthreadlab.compile.config import Config
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.scenario import Scenario
from kthreadlab.run.replay import replay as watched
from kthreadlab.run.schedule import Schedule
from kthreadlab.trace.events import Trace

from .observers import observers_for

OBSERVED = observers_for(["delivered_when_asleep", "no_stale_helper", "identity"])
"""What a trace tells beside what is always looked at."""


def replay(module: KernelModule, scenario: Scenario, config: Config, schedule: str | Schedule) -> Trace:
    """What *schedule* does.  Raises `ScheduleError` if it cannot be read, belongs to another module, scenario or
    configuration, or asks for a choice that is not open."""
    return watched(module, scenario, config, schedule, OBSERVED)
