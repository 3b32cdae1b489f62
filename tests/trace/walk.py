"""Every path of a small program, and the sentences that tell them."""

from __future__ import annotations

from kthreadlab import Config, Scenario
from kthreadlab.machine.machine import Machine
from kthreadlab.run.replay import Recorder
from kthreadlab.run.schedule import ScheduleError
from kthreadlab.run.warned import Warned
from kthreadlab.trace.narrate import key_of
from tests.machine.drive import fitting
from tests.support import module

MOST_STATES = 4_000


def told(text: str, config: Config, heap: int = 4, **world: object) -> set[tuple[str, str]]:
    """The sentences that tell what can happen to *text*, on every path: each step of each state once."""
    scenario = Scenario("small", **{"threads": ["mykthread"], **world})
    machine = Machine.of(module(text), scenario, fitting(text, config), observers=(Warned(),), reduce=False, heap=heap)
    recorder = Recorder(machine)
    names = list(dict.fromkeys(e.name for e in recorder.entries))
    todo, seen = [machine.initial], {machine.initial}
    for state in todo:
        for name in names:
            try:
                after = recorder.take(0, name, state)
            except ScheduleError:
                continue
            if after is not None and after not in seen and len(seen) < MOST_STATES:
                seen.add(after)
                todo.append(after)
    return {key_of(event) for event in recorder.events}
