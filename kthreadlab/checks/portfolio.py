"""The labs' portfolios: which worlds an answer is searched in, which properties it is graded on, and for how many
points.

A scenario has at most three arrivals and one hazard (a signal, a spurious wake-up, an interrupt).  Each is searched
on one CPU and on a CPU for every task, without preemption, locks being real in both; a third time, on one CPU with
preemption, for ``survives_preemption`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kthreadlab.machine.config import Config
from kthreadlab.run.scenario import Call, Scenario, Signal, Spurious

VERSION = "1"
"""Of the checks: every report carries it."""

ONE_CPU = Config(cpus=1, smp=True)
A_CPU_EACH = Config(cpus=16, smp=True)
PREEMPT = Config(cpus=1, preempt=True, smp=True)

THREAD = "mykthread"


def report(name: str, id_: int, context: str = "process") -> Call:
    """One call of report_event(id)."""
    return Call(name, "report_event", id_, context=context)


def world(lab: str, name: str, *calls: Call, **hazards: tuple) -> Scenario:
    return Scenario(f"{lab}/{name}", threads=(THREAD,), calls=calls, **hazards)


@dataclass(frozen=True, eq=False)
class Lab:
    """*given*: the file that the check links beside the answer. *owns*: what the answer must define. *points* by
    property, in the report's order; *shown*: decided and not graded."""

    name: str
    title: str
    given: str
    owns: tuple[str, ...]
    points: dict[str, int]
    shown: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    module: str = "myevent"

    @cached_property
    def given_text(self) -> str:
        """The text of the given file, as it ships."""
        return (Path(__file__).parent / "given" / self.name / f"{self.given}.py").read_text(encoding="utf-8")

    @property
    def properties(self) -> tuple[str, ...]:
        """Everything the report speaks of, graded first."""
        return (*self.points, *self.shown)


LAB2 = Lab(
    "lab2",
    "Lab 2: mykthread",
    "events",
    ("mykthread", "myevent_waitqueue", "myevent_lock", "myevent_id"),
    {
        "no_oops": 4,
        "delivered_when_asleep": 14,
        "never_sleeps_atomic": 8,
        "locks_balanced": 8,
        "sleeps_when_idle": 8,
        "dies_cleanly": 8,
        "no_dangling": 4,
        "survives_preemption": 2,
        "identity": 4,
    },
    ("delivered", "no_stale_helper"),
    (
        world("lab2", "one-report", report("sensor", 7)),
        world("lab2", "two-reports", report("sensor", 7), report("disk", 9)),
        world("lab2", "same-report-twice", report("sensor", 7), report("sensor", 7)),
        world("lab2", "three-reports", report("sensor", 7), report("disk", 9), report("net", 4)),
        world("lab2", "kill", report("sensor", 7), signals=(Signal(THREAD),)),
        world("lab2", "kill-and-two-reports", report("sensor", 7), report("disk", 9), signals=(Signal(THREAD),)),
        world("lab2", "other-signal", report("sensor", 7), signals=(Signal(THREAD, "SIGTERM"),)),
        world("lab2", "spurious", report("sensor", 7), spurious=(Spurious(THREAD),)),
    ),
)

LAB6 = Lab(
    "lab6",
    "Lab 6: the lost wake-up",
    "handler",
    ("mykthread", "report_event"),
    {
        "no_oops": 4,
        "delivered": 18,
        "no_stale_helper": 8,
        "never_sleeps_atomic": 6,
        "locks_balanced": 4,
        "sleeps_when_idle": 4,
        "dies_cleanly": 6,
        "no_leak": 2,
        "no_dangling": 2,
        "survives_preemption": 2,
        "irq_safe": 4,
    },
    (),
    (
        world("lab6", "one-report", report("sensor", 7)),
        world("lab6", "two-reports", report("sensor", 7), report("disk", 9)),
        world("lab6", "same-report-twice", report("sensor", 7), report("sensor", 7)),
        world("lab6", "one-interrupt", report("nic", 9, "irq")),
        world("lab6", "report-and-interrupt", report("sensor", 7), report("nic", 9, "irq")),
        world("lab6", "two-interrupts", report("nic", 9, "irq"), report("timer", 4, "irq")),
        world("lab6", "same-id-from-both", report("sensor", 7), report("nic", 7, "irq")),
        world("lab6", "two-reports-and-interrupt", report("sensor", 7), report("disk", 9), report("nic", 4, "irq")),
        world("lab6", "kill", report("sensor", 7), signals=(Signal(THREAD),)),
        world("lab6", "kill-and-two-reports", report("sensor", 7), report("disk", 9), signals=(Signal(THREAD),)),
        world("lab6", "other-signal", report("sensor", 7), signals=(Signal(THREAD, "SIGTERM"),)),
        world("lab6", "spurious", report("sensor", 7), report("disk", 9), spurious=(Spurious(THREAD),)),
        world("lab6", "three-reports", report("sensor", 7), report("disk", 9), report("net", 4)),
    ),
)

LABS: dict[str, Lab] = {lab.name: lab for lab in (LAB2, LAB6)}
