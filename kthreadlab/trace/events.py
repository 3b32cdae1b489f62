"""The trace of one schedule: what every step did, and what the machine looked like after it.

A trace is made by `run.replay` and is immutable.  Everything anybody sees of a run (text, pictures, reports, exports)
is drawn from it; nothing else observes the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kthreadlab.lang.outcome import Outcome


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    *step*: index of the choice in the schedule (several events can share one). *actor*: the choice's name
    (``mykthread``, ``irq/nic``, ``kill/mykthread``).  *task*: the task on whose behalf, *context* ``process``,
    ``irq`` or ``world``; *cpu* from 0, -1 if none.  *op*: a kernel call's name (``wake_up_interruptible``), or
    ``load``, ``store``, ``enter``, ``schedule`` / ``schedule:return``, ``exit``, ``exec``, ``kill``, ``spurious``,
    ``fault`` …  *args* are display values: names of objects, ints, text.  *result* is what the call returned.
    *outcome* is how it came out; *details* are ``(key, value)`` pairs, e.g. ``("woken", ("mykthread",))``.
    """

    step: int
    actor: str
    task: str
    context: str
    cpu: int
    op: str
    args: tuple[object, ...] = ()
    result: int | None = None
    outcome: Outcome = Outcome.ANY
    details: tuple[tuple[str, object], ...] = ()
    file: str = ""
    line: int = 0

    def detail(self, key: str, default: Any = None) -> Any:
        return dict(self.details).get(key, default)


@dataclass(frozen=True)
class TaskView:
    """A task after a step.  *letter* as ps shows it (R S D T t Z X); *state* its ``TASK_*`` or ``EXIT_*`` name;
    *on_runqueue* whether the scheduler may pick it; *waiting_for* a named object or "" ; *line* where it will go on
    (0: finished)."""

    name: str
    comm: str
    pid: int
    ppid: int
    letter: str
    state: str
    on_runqueue: bool
    on_cpu: bool
    waiting_for: str = ""
    line: int = 0
    file: str = ""
    has_mm: bool = False
    locks: tuple[str, ...] = ()
    irqs_off: bool = False
    preempt_count: int = 0
    signals: tuple[str, ...] = ()
    context: str = "process"


@dataclass(frozen=True)
class MachineView:
    """The machine after a step: tasks, wait queues (names of the waiting tasks in order), locks (who holds each),
    statics by name, live heap objects as text, the interrupt frames on each CPU, and by task the name and value of each
    local variable that will still be read."""

    tasks: tuple[TaskView, ...]
    queues: dict[str, tuple[str, ...]] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)
    statics: dict[str, object] = field(default_factory=dict)
    heap: tuple[str, ...] = ()
    frames: tuple[tuple[int, str], ...] = ()
    locals: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Violation:
    """Where the machine noticed something on the way: *property* id, *cause* key, the step, and a sentence."""

    property: str
    cause: str
    step: int
    text: str
    line: int = 0


@dataclass(frozen=True)
class Trace:
    """A replayed schedule.  ``views[i]`` is the machine after step *i*; ``views[0]`` after boot, so there is one view
    more than there are steps.  *log* is the kernel's log as ``(step, line)``.  *ending*: ``""`` running on,
    ``"asleep"`` nobody can move, ``"stuck"`` somebody spins, ``"fault"`` the path ended in a fault, ``"cycle"`` the
    last *cycle* steps repeat."""

    scenario: str
    config: str
    schedule: str
    steps: tuple[str, ...]
    events: tuple[Event, ...]
    views: Sequence[MachineView]
    log: tuple[tuple[int, str], ...] = ()
    violations: tuple[Violation, ...] = ()
    ending: str = ""
    cycle: int = 0
    source: dict[str, str] = field(default_factory=dict)

    def execs(self) -> list[int]:
        """The ids given to user-mode helpers, in order."""
        return [e.detail("id") for e in self.events if e.op == "exec" and e.outcome is Outcome.OK]
